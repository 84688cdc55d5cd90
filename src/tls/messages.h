/*
 * Handshake messages out of the fragments of records (RFC 5246, 7.4): cut over any number of records, or many in one.
 *
 * A message that lies whole in one piece is handed out where it lies; others are put together, up to
 * LIMIT_HANDSHAKE_MESSAGE. Bytes that are missing inside of a message cost that message only.
 */
#ifndef TLSWATCH_TLS_MESSAGES_H
#define TLSWATCH_TLS_MESSAGES_H

#include "base/buffer.h"

#define MESSAGE_HEADER 4

struct message_reader {
    uint8_t header[MESSAGE_HEADER]; /* of the message that is being read */
    uint8_t num_header;             /* bytes of it that are there */
    struct buffer pending;          /* the message, with its header, as far as there was room */
    uint32_t left;                  /* bytes of its body still to come, once its header is complete */
    bool cut;                       /* bytes of it are missing */
    bool too_long;                  /* bytes of it were not kept */
};

struct message_view {
    uint8_t type;
    struct bytes bytes; /* with its header; of a message that is too long what was kept */
    bool whole;
};

void message_reader_clear(struct message_reader *r);

/* message_next reads the next message from the front of `data`; false: the data are used up. The view is valid until
 * the next call. A message with missing bytes is not handed out. */
bool message_next(struct message_reader *r, struct bytes *data, struct message_view *out);

/* message_hole passes over `len` missing bytes; false where they reach beyond the message: where the next one begins
 * is then not known, and the reader is empty. */
bool message_hole(struct message_reader *r, uint64_t len);

/* message_begun says which message stands half-read; -1: none. */
int message_begun(const struct message_reader *r);

/* messages_plausible: is this fragment handshake messages in clear, and not the middle of one or something encrypted?
 * Sound, not complete: the fragment must be divided into whole messages of known types, or begin with a Certificate or
 * CertificateRequest whose own lengths agree. */
bool messages_plausible(struct bytes fragment);

#endif
