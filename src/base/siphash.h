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

#endif
