/*
 * SipHash-2-4 (Aumasson and Bernstein), for tables whose keys strangers choose. The key comes from hash_key_random,
 * or is fixed where a test wants the same table every time.
 */
#ifndef TLSWATCH_BASE_SIPHASH_H
#define TLSWATCH_BASE_SIPHASH_H

#include "base/bytes.h"

struct hash_key {
    uint64_t k0, k1;
};

/* hash_key_random fills a key from the kernel; false where it gives none. */
bool hash_key_random(struct hash_key *key);

uint64_t siphash(const struct hash_key *key, const void *data, size_t len);

/* hash_scatter moves hashes about, one to one, so that each bit of one reaches the lower bits. */
static inline uint32_t hash_scatter(uint32_t hash) {
    hash ^= hash >> 16;
    hash *= UINT32_C(0x85ebca6b); /* any odd number will do */
    return hash ^ hash >> 13;
}

/* For long data, and faster there: a universal hash of each block goes into SipHash. Who knows neither the key nor
 * the hashes can't find data that collide more often than chance has it. */
#define LONG_HASH_WORDS 32

struct long_hash_key {
    struct hash_key key;
    uint32_t words[LONG_HASH_WORDS];
};

void long_hash_key_init(struct long_hash_key *out, const struct hash_key *key);
uint64_t long_hash(const struct long_hash_key *key, const void *data, size_t len);

/* hash_of_ends looks at 48 bytes at the front, which hold the serial number of a certificate or of a chain's leaf, and 16 at
 * the end; all that is shorter has one hash. For places in which a hit is compared in full and a miss does no harm. */
uint32_t hash_of_ends(const struct long_hash_key *key, struct bytes data);

#endif
