/*
 * What both sides of one TCP connection said in TLS, read from its two streams of bytes in order.
 *
 * In go bytes and gaps of each direction; out come facts: who is the client, what was said in clear and in which
 * frame, what is encrypted, what was lost. It judges nothing and it never fails: bytes that are not TLS, or not well
 * formed, are facts too. What it keeps is bounded (limits.h).
 */
#ifndef TLSWATCH_TLS_CONVERSATION_H
#define TLSWATCH_TLS_CONVERSATION_H

#include "base/buffer.h"
#include "base/direction.h"
#include "base/limits.h"
#include "base/shared.h"
#include "tls/handshake.h"
#include "tls/opening.h"
#include "tlswatch/tlswatch.h"

enum content_type {
    CHANGE_CIPHER_SPEC = 20,
    ALERT = 21,
    HANDSHAKE = 22,
    APPLICATION_DATA = 23,
    HEARTBEAT = 24,
};

enum protocol {
    PROTOCOL_UNDECIDED, /* not enough bytes to tell */
    PROTOCOL_TLS,
    PROTOCOL_NOT_TLS,
};

/* A handshake message in clear. Its body lies in the conversation: conversation_body(). */
struct handshake_message {
    struct shared *shared;     /* its bytes, where others say the same; NULL: they lie in the transcript */
    struct tlswatch_mark mark; /* the frame with its last byte */
    uint32_t offset, len;      /* of its body in them; its four bytes of header stand before it */
    uint32_t order;            /* counts all messages and records of the conversation, both directions, as they came */
    uint32_t gaps;             /* private: how often reading had lost its place in this direction before */
    enum direction sender;
    uint8_t type;
    bool whole; /* false: longer than LIMIT_HANDSHAKE_MESSAGE; the body is what was kept. One that a gap cut is dropped */
    bool sslv2; /* a hello in SSL 2.0 framing: two bytes of header before it */
};

/* An encrypted record: all that can be seen of it. */
struct encrypted_record {
    uint8_t type;
    enum direction sender;
    uint32_t len; /* of its fragment, without the five bytes of header */
    uint32_t order;
    struct tlswatch_mark mark;
};

struct conversation_alert {
    enum direction sender;
    bool encrypted;
    uint8_t level, code; /* in clear only */
    uint32_t len;        /* of the record's fragment, where encrypted */
    uint32_t order;
    struct tlswatch_mark mark;
};

/* What kind of malformed bytes a direction sent, if any. */
enum malformed {
    MALFORMED_NOTHING,
    MALFORMED_RECORD,          /* a record header that makes no sense where one must stand */
    MALFORMED_RECORD_TOO_LONG, /* over 2^14 + 2048 bytes (a CertificateRequest in one record of 32 KB) */
    MALFORMED_MESSAGE,         /* a message whose body does not parse */
    MALFORMED_ALERT,
};

/* One line of the record's `messages`. There are many of them: timeline_name() tells its name. */
struct timeline_entry {
    struct tlswatch_mark mark;
    uint32_t len;
    enum direction sender : 8;
    uint8_t content; /* enum content_type */
    uint8_t type;    /* of a handshake message; encrypted, 0 is one of unknown type */
    bool encrypted;
};

#define CONVERSATION_ENCRYPTED_KEPT 48 /* encrypted records kept of each direction, the first ones */

/* What one direction said. */
enum { CONVERSATION_TAIL = 85 }; /* no encrypted alert is longer, with its header */

struct conversation_stream {
    /* private: the record and handshake readers, and what outlives them */
    struct tls_reader *reader;
    bool speaks_tls; /* its opening is over */
    bool done;       /* it is no longer read */

    /* What each packet changes that is no longer read stands together. */
    bool encrypted;                                  /* what follows now is encrypted */
    uint32_t tail_len;                               /* private */
    uint64_t application_records, application_bytes; /* type 23 */
    struct tlswatch_mark last_application;
    struct tlswatch_mark last; /* last record, message or alert */

    /* private, as above */
    uint8_t tail[CONVERSATION_TAIL]; /* the last bytes of what is no longer read, where an alert may have begun in them */
    uint32_t gaps;                   /* how often reading lost its place: messages may be missing there */
    uint32_t change_cipher_spec_gaps;
    uint32_t cut_types;   /* 1 << type of messages that began and of which bytes were lost */
    uint32_t begun_types; /* 1 << type of a message that was not whole when the last byte came */
    bool gap_encrypted;   /* reading lost its place behind the handshake: another handshake may have stood there */

    bool any_bytes;
    bool begins_in_middle;   /* a gap of unknown length stood before its first byte */
    bool lost_in_handshake;  /* bytes were lost before its encryption began (or before it could be told) */
    uint64_t lost;           /* bytes lost in gaps; with begins_in_middle at least one */
    bool change_cipher_spec; /* in TLS 1.3 it means nothing (RFC 8446, D.4) */
    bool finished;           /* TLS 1.2 and below: a handshake record followed the ChangeCipherSpec */
    uint16_t record_version; /* of its first record */
    uint32_t num_records;    /* kept */
    uint64_t total_records;  /* seen */
    /* type 22 behind Finished: renegotiation, or NewSessionTicket before CCS is not counted */
    uint32_t encrypted_handshakes_after_finished;
    enum malformed malformed;
    struct tlswatch_mark malformed_mark;
    uint32_t max_record; /* longest fragment length claimed by a record in clear */

    struct encrypted_record *records; /* owned: behind ChangeCipherSpec; in TLS 1.3 behind ServerHello */
};

struct conversation {
    enum protocol protocol;
    bool tls13;       /* a ServerHello or HelloRetryRequest says so */
    uint16_t version; /* of the ServerHello, or SSL 2.0 if that is what follows the ClientHello; 0: none */
    struct conversation_stream stream[2];
    bool roles_known;         /* TLS said who is the client; else `client` is a guess by ports and SYN */
    enum direction client;    /* the direction in which the client sends */
    struct buffer transcript; /* the handshake messages in clear, each with its header, as they came, but for those that are shared */
    size_t shared_len;        /* of those */
    size_t num_messages, num_alerts;
    uint32_t order; /* next number of a message, an encrypted record or alert */
    uint32_t limits_hit;
    struct opening_reader *opening_reader; /* private */
    struct opening *opening;               /* owned; NULL: TLS from the first byte, as nearly always. Ask conversation_opening() */

    uint16_t cipher_suite; /* 0: none */

    struct handshake_message *messages; /* owned, as are the two below */
    struct conversation_alert *alerts;
    struct timeline_entry *timeline;
    size_t num_timeline;
    struct memory *memory;       /* who pays for all of it; NULL: nobody */
    struct shared_table *shared; /* for what others say too; NULL: nothing is shared. To be set behind conversation_init */
};

/* conversation_init puts what the conversation will hold on the account of `memory`, which may be NULL. */
void conversation_init(struct conversation *c, enum direction client_guess, struct memory *memory);
void conversation_clear(struct conversation *c);

/* conversation_data takes the next bytes of a direction; false: it needs no more of this direction, nor will it hold
 * any (call conversation_late instead). */
bool conversation_data(struct conversation *c, enum direction sender, struct bytes data, struct tlswatch_mark mark);

/* conversation_gap: `len` bytes are missing here (0: unknown, the stream begins in its middle). Reading goes on at the
 * next record header that makes sense. */
bool conversation_gap(struct conversation *c, enum direction sender, uint64_t len, struct tlswatch_mark mark);

/* conversation_late: a packet's payload of a direction that is no longer read. Notes an alert record that fills it or
 * ends it, and counts. */
void conversation_late(struct conversation *c, enum direction sender, struct bytes payload, struct tlswatch_mark mark);

/* conversation_finish: no more bytes come. Decides what was left undecided; what follows is asked only then. */
void conversation_finish(struct conversation *c);

enum tlswatch_side conversation_side(const struct conversation *c, enum direction sender);
const struct conversation_stream *conversation_client(const struct conversation *c);
const struct conversation_stream *conversation_server(const struct conversation *c);

/* conversation_find returns the first message of that type that this side sent in clear; NULL: none. `from` is the
 * message to search behind, NULL for the first. */
const struct handshake_message *conversation_find(const struct conversation *c, enum tlswatch_side sender, enum handshake_type type,
                                                  const struct handshake_message *from);
/* Of a ticket nothing is kept. */
struct bytes conversation_body(const struct conversation *c, const struct handshake_message *message);
struct bytes conversation_message(const struct conversation *c, const struct handshake_message *message); /* with its header */

/* conversation_client_hello, _server_hello parse the last one that stands (after a HelloRetryRequest the second
 * ClientHello; the ServerHello that is not a HelloRetryRequest). False: none seen, or malformed. Views point into the
 * conversation. */
bool conversation_client_hello(const struct conversation *c, struct client_hello *out);
bool conversation_server_hello(const struct conversation *c, struct server_hello *out);

const char *timeline_name(const struct timeline_entry *entry);

/* conversation_opening: what stood before TLS; for PROTOCOL_NOT_TLS what it was instead. */
const struct opening *conversation_opening(const struct conversation *c);

/* conversation_failed: a fatal alert in clear was read. Both sides then close at once (RFC 5246, 7.2.2; RFC 8446, 6.2), and
 * what else they say changes nothing. */
bool conversation_failed(const struct conversation *c);

/* conversation_resumed: an abbreviated handshake (RFC 5246, 7.3, by session ID or ticket), or a TLS 1.3 ServerHello
 * with pre_shared_key. */
bool conversation_resumed(const struct conversation *c);

/* conversation_state says what became of a message that this side sends. `ended`: the connection was closed or the
 * side fell silent for good, so that what was not sent by now never was; otherwise the capture ended first, and what
 * is not there is LOST. ENCRYPTED: TLS 1.3 behind ServerHello, or behind a ChangeCipherSpec where a renegotiation may
 * have carried it. A message that began and is not whole is LOST. */
enum tlswatch_state conversation_state(const struct conversation *c, enum tlswatch_side sender, enum handshake_type type, bool ended);

#endif
