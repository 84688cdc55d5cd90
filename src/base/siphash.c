#include "base/siphash.h"

#include <sys/random.h>
#include <unistd.h>

struct state {
    uint64_t v0, v1, v2, v3;
};

static uint64_t rotate(uint64_t x, int n) {
    return x << n | x >> (64 - n);
}

static uint64_t read_le(const uint8_t *p, size_t len) {
    uint64_t x = 0;
    for (size_t i = 0; i < len; i++) {
        x |= (uint64_t)p[i] << (8 * i);
    }
    return x;
}

static void mix(struct state *s) {
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

static void compress(struct state *s, uint64_t word) {
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

uint64_t siphash(const struct hash_key *key, const void *data, size_t len) {
    const uint8_t *p = data;
    struct state s = {
            key->k0 ^ UINT64_C(0x736f6d6570736575),
            key->k1 ^ UINT64_C(0x646f72616e646f6d),
            key->k0 ^ UINT64_C(0x6c7967656e657261),
            key->k1 ^ UINT64_C(0x7465646279746573),
    };
    size_t whole = len - len % 8;
    for (size_t i = 0; i < whole; i += 8) {
        compress(&s, read_le(p + i, 8));
    }
    compress(&s, (uint64_t)len << 56 | (len > whole ? read_le(p + whole, len - whole) : 0));
    s.v2 ^= 0xff;
    for (int i = 0; i < 4; i++) {
        mix(&s);
    }
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
