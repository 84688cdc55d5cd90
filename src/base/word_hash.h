/*
 * A hash of a few words, for tables whose keys strangers choose: multilinear hashing (Lemire and Kaser, Strongly universal
 * string hashing is fast, 2014). Of any two keys of the same length, without the secret, nobody knows more than that all pairs
 * of hashes are as likely. SipHash costs six times as much for an IPv4 connection.
 */
#ifndef TLSWATCH_BASE_WORD_HASH_H
#define TLSWATCH_BASE_WORD_HASH_H

#include "base/siphash.h"

#define WORD_HASH_WORDS 9 /* at most */

struct word_hash_key {
    uint64_t sum;
    uint64_t factor[WORD_HASH_WORDS];
};

/* word_hash_key_init spreads a key of 128 bits. */
void word_hash_key_init(struct word_hash_key *out, const struct hash_key *key);

/* word_hash: all 32 bits are good. Scattered, so that keys in a row don't have hashes in a row. */
static inline uint32_t word_hash(const struct word_hash_key *key, const uint32_t *words, size_t num) {
    uint64_t sum = key->sum;
    for (size_t i = 0; i < num; i++) {
        sum += key->factor[i] * words[i];
    }
    return hash_scatter((uint32_t)(sum >> 32));
}

#endif
