/*
 * Puts IP fragments together (RFC 791, 3.2; RFC 8200, 4.5): in any order, the first byte to come wins where they
 * overlap. Holds at most LIMIT_FRAGMENT_DATAGRAMS datagrams and LIMIT_FRAGMENT_BYTES; the one that has waited longest
 * goes first.
 */
#ifndef TLSWATCH_NET_FRAGMENT_H
#define TLSWATCH_NET_FRAGMENT_H

#include "base/bytes.h"
#include "base/limits.h"
#include "base/memory.h"

/* What fragments of one datagram have in common. To be zeroed first: it is compared by its bytes. */
struct datagram_key {
    uint8_t source[16], destination[16];
    uint32_t tunnel;
    uint32_t identification;
    uint32_t protocol; /* IPv4; 0 for IPv6, where only the first fragment tells */
    uint32_t version;
};

struct fragment {
    struct datagram_key key;
    size_t offset;
    struct bytes data; /* as far as it was captured */
    size_t len;        /* on the wire */
    bool more_fragments;
    uint8_t next_header; /* what the datagram begins with, if this is its first fragment */
    int64_t time_ns;
};

struct datagram;

struct fragments {
    struct memory *memory;      /* whose account; may be NULL */
    struct datagram *datagrams; /* LIMIT_FRAGMENT_DATAGRAMS of them; NULL before the first fragment */
    uint64_t serial;            /* counts frames: a datagram that a frame has touched lives until the next */
    size_t held;                /* bytes of datagrams, of those that are complete too until their room is wanted */
    uint64_t limits_hit;
    uint64_t conflicts;
};

/* A datagram put together. `data` lives until the next frame. */
struct reassembled {
    struct bytes data;
    size_t cut; /* bytes at its end that the capture does not hold */
    uint8_t next_header;
};

enum fragment_result { FRAGMENT_WAITS, FRAGMENT_COMPLETE, FRAGMENT_REFUSED };

/* Zeroed, nothing waits; `memory` is the caller's to set, and stays. */
void fragments_clear(struct fragments *f);

/* fragments_next_frame: what was given out before may go. */
void fragments_next_frame(struct fragments *f);

enum fragment_result fragments_add(struct fragments *f, const struct fragment *fragment, struct reassembled *out);

#endif
