/*
 * The record layer (RFC 5246, 6.2): bytes in order to records, in pieces as they lie in the data, whatever the cut.
 *
 * Nothing is copied but a header that is cut. A record longer than the RFC allows is read all the same, up to the
 * 65535 bytes that its header can claim. A header that makes no sense is reported, never guessed at; after a gap
 * record_resync says where reading can go on.
 */
#ifndef TLSWATCH_TLS_RECORD_H
#define TLSWATCH_TLS_RECORD_H

#include "base/bytes.h"

#define RECORD_HEADER 5

struct record_header {
    uint8_t type;
    uint16_t version;
    uint32_t len; /* of the fragment */
};

struct record_reader {
    uint8_t partial[RECORD_HEADER];
    uint8_t partial_len;
    bool inside; /* a header was read, `left` bytes of its fragment are still to come */
    struct record_header header;
    uint32_t left;
};

struct record_piece {
    struct record_header header;
    struct bytes data;
    bool first, last; /* both for a record that lies in one piece */
};

enum record_result {
    RECORD_MORE,     /* the data are used up */
    RECORD_PIECE,
    RECORD_NONSENSE, /* what stands where a header must stand is none; it was taken from the data */
};

/* record_next reads the next piece of a record from the front of `data`. A record of no bytes is one piece of none. */
enum record_result record_next(struct record_reader *r, struct bytes *data, struct record_piece *out);

/* record_hole passes over `len` bytes that are missing; false where they reach beyond the record that is being read:
 * the reader is then at no known place. With *ends the record ends behind the hole. */
bool record_hole(struct record_reader *r, uint64_t len, bool *ends);

enum record_resync {
    RESYNC_HERE,     /* a record begins with the first byte */
    RESYNC_NOT_HERE,
    RESYNC_MORE,     /* more bytes are needed to tell; never more than LIMIT_RECORD and two headers */
};

/* record_resync asks whether a record begins at the front of the window. A header alone proves nothing: its fragment
 * must be followed by another header, by the end of the stream (`end`), or be an alert, a ChangeCipherSpec or whole
 * handshake messages. */
enum record_resync record_resync(struct bytes window, bool end);

#endif
