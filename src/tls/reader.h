/*
 * Private to this folder: how one direction of a conversation is read, record by record, and what is noted of it.
 *
 * A direction is CLEAR until its ChangeCipherSpec (TLS 1.2 and below), its ServerHello or its first record of
 * application data (TLS 1.3); then ENCRYPTED. Behind a gap that may hide this it is UNSURE: then only what proves
 * itself by its own lengths is taken for a message.
 */
#ifndef TLSWATCH_TLS_READER_H
#define TLSWATCH_TLS_READER_H

#include "tls/conversation.h"
#include "tls/messages.h"
#include "tls/record.h"
#include "tls/search.h"

/* What a full handshake with certificates of both sides takes, some data and the end: arrays are made so long at once. */
enum { USUAL_MESSAGES = 10, USUAL_TIMELINE = 18, USUAL_RECORDS = 3, USUAL_ALERTS = 2, USUAL_TRANSCRIPT = 864 };

enum protection { CLEAR, UNSURE, ENCRYPTED };

/* What is done with the fragment of the record that is being read. */
enum route {
    ROUTE_MESSAGES,
    ROUTE_ALERTS,
    ROUTE_CHANGE_CIPHER_SPEC,
    ROUTE_HOLD,    /* kept whole, to be decided at its end */
    ROUTE_PASS,    /* encrypted: passed over and noted at its end */
    ROUTE_NOTHING, /* its beginning is lost */
};

struct tls_reader {
    struct record_reader record;
    enum route route : 8;
    enum protection protection : 8;
    bool begun;      /* a byte was read */
    bool reading_v2; /* the first record is an SSL 2.0 one, and being read */
    bool began_with_v2;
    bool held_cut;       /* bytes of `held` are missing */
    uint8_t alert_level; /* of an alert that is cut in two */
    bool alert_begun;
    uint32_t bytes_clear;  /* hardly more than LIMIT_CLEAR */
    struct search *search; /* owned; NULL: nothing was searched for yet */
    uint64_t bytes_encrypted;
    struct message_reader message;
    struct buffer held; /* ROUTE_HOLD, reading_v2; its account is the reader's too */
};

enum read_result {
    READ_ALL,  /* the data are used up */
    READ_LOST, /* what stands here is no record; a search must find the next */
    READ_DONE, /* this direction needs no more; the data may not be used up */
};

/* reader_read reads records from the front of `data`. */
enum read_result reader_read(struct conversation *c, enum direction sender, struct bytes *data, const struct tlswatch_mark *mark);

/* reader_hole passes over missing bytes; false where the place is lost. */
bool reader_hole(struct conversation *c, enum direction sender, uint64_t len, const struct tlswatch_mark *mark);

/* reader_searches: what this direction sends goes through the search. */
static inline bool reader_searches(const struct tls_reader *r) {
    return r->search != NULL && r->search->active;
}

/* reader_lose_place: messages may be missing here. */
void reader_lose_place(struct conversation *c, enum direction sender);

/* reader_protect: what this direction sends from now on is encrypted. */
void reader_protect(struct conversation_stream *stream);

/* reader_new returns NULL where memory is exhausted. */
struct tls_reader *reader_new(struct memory *memory);
void reader_free(struct tls_reader *r);

/* note_* write down facts, in the order of the capture. */
void note_message(struct conversation *c, enum direction sender, const struct message_view *message, const struct tlswatch_mark *mark);
void note_message_v2(struct conversation *c, enum direction sender, struct bytes record, const struct tlswatch_mark *mark);
void note_alert(struct conversation *c, enum direction sender, uint8_t level, uint8_t code, const struct tlswatch_mark *mark);
void note_change_cipher_spec(struct conversation *c, enum direction sender, const struct tlswatch_mark *mark);
void note_encrypted(struct conversation *c, enum direction sender, uint8_t type, uint32_t len, const struct tlswatch_mark *mark);
/* note_loss: bytes are missing (0: nobody knows how many), or what they say could not be kept. */
void note_loss(struct conversation_stream *stream, uint64_t len);
void note_malformed(struct conversation_stream *stream, enum malformed malformed, const struct tlswatch_mark *mark);

#endif
