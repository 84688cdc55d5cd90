/*
 * Byte strings that many have in common, each kept once: the same chains and lists of names come again and again.
 *
 * Who holds one gives it back. One that nobody holds is kept for a while, as it may come again, until such take
 * LIMIT_SHARED_IDLE or memory is scarce.
 */
#ifndef TLSWATCH_BASE_SHARED_H
#define TLSWATCH_BASE_SHARED_H

#include "base/memory.h"
#include "base/siphash.h"

#define SHARED_LEAST_HEADS 64 /* a power of two */

struct shared {
    uint64_t known_to;   /* who has looked at these bytes, by a number of their own; 0 at first */
    struct shared *next; /* private, as is all below */
    uint64_t hash;
    uint32_t holders;
    uint32_t len;
    uint8_t data[];
};

struct shared_table;

/* shared_table_new puts what is held on the account of `memory`. shared_table_free is for when all is given back. Both may
 * be NULL. */
struct shared_table *shared_table_new(const struct hash_key *key, struct memory *memory);
void shared_table_free(struct shared_table *t);

/* shared_hold returns the one copy of these bytes; NULL where memory is exhausted, or they are 4 GiB and more. */
struct shared *shared_hold(struct shared_table *t, struct bytes bytes);
void shared_give_back(struct shared_table *t, struct shared *s);

static inline struct bytes shared_bytes(const struct shared *s) {
    return (struct bytes){s->data, s->len};
}

#endif
