#include "base/word_hash.h"

static uint64_t spread(const struct hash_key *key, uint64_t number) {
    return siphash(key, &number, sizeof number);
}

void word_hash_key_init(struct word_hash_key *out, const struct hash_key *key) {
    out->sum = spread(key, 0);
    for (uint64_t i = 0; i < WORD_HASH_WORDS; i++) {
        out->factor[i] = spread(key, i + 1);
    }
}
