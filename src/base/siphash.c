#include "base/siphash.h"

#include <sys/random.h>
#include <unistd.h>

struct state {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t x, int n) {
    return x << n | x >> (64 - n);
}

/* Written out, so that compilers see one load. */
static inline uint64_t read_word(const uint8_t *p) {
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
           (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

static uint64_t read_le(const uint8_t *p, size_t len) {
    uint64_t x = 0;
    for (size_t i = 0; i < len; i++) {
        x |= (uint64_t)p[i] << (8 * i);
    }
    return x;
}

static inline void mix(struct state *s) {
    s->v0 += s->v1;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v2 = rotate(s->v2, 32);
}

static inline void compress(struct state *s, uint64_t word) {
    s->v3 ^= word;
    mix(s);
    mix(s);
    s->v0 ^= word;
}

bool hash_key_random(struct hash_key *key) {
    struct hash_key fresh;
    if (getentropy(&fresh, sizeof fresh) != 0) {
        return false;
    }
    *key = fresh;
    return true;
}

static inline struct state start(const struct hash_key *key) {
    return (struct state){
            key->k0 ^ UINT64_C(0x736f6d6570736575),
            key->k1 ^ UINT64_C(0x646f72616e646f6d),
            key->k0 ^ UINT64_C(0x6c7967656e657261),
            key->k1 ^ UINT64_C(0x7465646279746573),
    };
}

/* `total` is the length of all that was and is put in. */
static uint64_t finish(struct state *s, const uint8_t *p, size_t len, size_t total) {
    size_t whole = len - len % 8;
    for (size_t i = 0; i < whole; i += 8) {
        compress(s, read_word(p + i));
    }
    compress(s, (uint64_t)total << 56 | (len > whole ? read_le(p + whole, len - whole) : 0));
    s->v2 ^= 0xff;
    for (int i = 0; i < 4; i++) {
        mix(s);
    }
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

uint64_t siphash(const struct hash_key *key, const void *data, size_t len) {
    struct state s = start(key);
    return finish(&s, data, len, len);
}

void long_hash_key_init(struct long_hash_key *out, const struct hash_key *key) {
    out->key = *key;
    for (uint32_t i = 0; i < LONG_HASH_WORDS; i++) {
        out->words[i] = (uint32_t)siphash(key, &i, sizeof i);
    }
}

/* NH (RFC 4418, 5.2.2), a product for each eight bytes. */
static inline uint64_t compress_words(const uint32_t *key, const uint8_t *p, size_t num) {
    uint64_t sum = 0;
    for (size_t i = 0; i < num; i += 2) {
        uint64_t word = read_word(p + i * 4);
        sum += (uint64_t)((uint32_t)word + key[i]) * ((uint32_t)(word >> 32) + key[i + 1]);
    }
    return sum;
}

uint64_t long_hash(const struct long_hash_key *key, const void *data, size_t len) {
    const size_t block = LONG_HASH_WORDS * sizeof(uint32_t);
    const uint8_t *p = data;
    struct state s = start(&key->key);
    compress(&s, len);
    size_t left = len;
    for (; left >= block; left -= block, p += block) {
        compress(&s, compress_words(key->words, p, LONG_HASH_WORDS));
    }
    return finish(&s, p, left, len);
}

uint32_t hash_of_ends(const struct long_hash_key *key, struct bytes data) {
    const size_t front = 48, end = 16;
    uint8_t ends[64] = {0};

    if (data.len >= front + end) {
        memcpy(ends, data.p, front);
        memcpy(ends + front, data.p + data.len - end, end);
    }
    uint64_t sum = compress_words(key->words, ends, sizeof ends / sizeof(uint32_t));
    return hash_scatter((uint32_t)(sum ^ sum >> 32)); /* small differences need not reach the upper half, nor large ones the lowest bits */
}
