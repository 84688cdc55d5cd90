/*
 * What the fuzz targets share: how an input is divided, and what is expected of text. A target is one function that
 * libFuzzer calls with any bytes; a property that does not hold aborts, and the input is kept.
 */
#ifndef TLSWATCH_TESTS_FUZZ_FUZZ_H
#define TLSWATCH_TESTS_FUZZ_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "copy.h"
#include "failing.h"
#include "report/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Numbers from the front of the input; 0 where it is used up. */
static inline uint8_t fuzz_u8(struct bytes *input) {
    uint8_t value = 0;
    bytes_u8(input, &value);
    return value;
}

static inline uint16_t fuzz_u16(struct bytes *input) {
    uint16_t value = 0;
    bytes_u16(input, &value);
    return value;
}

static inline uint32_t fuzz_u32(struct bytes *input) {
    uint32_t value = 0;
    bytes_u32(input, &value);
    return value;
}

enum { FLOW_BOUND = 16 }; /* a table alone takes 200 KiB */

/* A bound on memory: none that is ever reached for 255, else one that soon is, in squares of `unit` bytes; or one that is
 * hardly lower, where an allocation is to fail as well. */
static inline size_t fuzz_bound(struct bytes *input, size_t unit) {
    size_t bound = fuzz_u8(input);
    fuzz_fail(bound >= 192 && bound < 255 ? (unsigned)bound - 191 : 0);
    return bound == 255 ? LIMIT_MEMORY : bound >= 192 ? LIMIT_MEMORY - 1 : bound * bound * unit;
}

/* A first byte that no text begins with says which allocation fails, and is no part of the input. */
static inline void fuzz_fail_by_front(struct bytes *input) {
    fuzz_fail(input->len > 0 && input->p[0] > 0 && input->p[0] < ' ' ? fuzz_u8(input) : 0);
}

/* A piece of the input: a byte that says what it is, two of length, and so many bytes or what is left. */
struct chunk {
    uint8_t tag;
    struct bytes data;
};

static inline bool chunk_next(struct bytes *input, struct chunk *out) {
    if (input->len < 3) {
        return false;
    }
    out->tag = fuzz_u8(input);
    size_t len = fuzz_u16(input);
    return bytes_take(input, len < input->len ? len : input->len, &out->data);
}

/* A running sum over whatever came out, for asking whether it is the same the other way (FNV-1a). */
static inline void fuzz_mix(uint64_t *sum, uint64_t value) {
    *sum = (*sum ^ value) * UINT64_C(0x100000001b3);
}

static inline void fuzz_mix_bytes(uint64_t *sum, struct bytes data) {
    for (size_t i = 0; i < data.len; i++) {
        fuzz_mix(sum, data.p[i]);
    }
}

/* What a terminal obeys, or shows as nothing. */
static inline bool fuzz_is_control(uint32_t c) {
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xe0000 && c <= 0xe0fff);
}

/* expect_inert: the text is valid UTF-8 without control characters, but for those in `allowed`. */
static inline void expect_inert(const char *text, const char *allowed) {
    uint32_t c;
    while (*text != '\0') {
        if (*text >= ' ' && *text <= '~') {
            text++;
            continue;
        }
        size_t len = utf8_next(text, &c);
        expect(len > 0, "text is valid UTF-8");
        expect(!fuzz_is_control(c) || (c < 0x80 && strchr(allowed, (int)c) != NULL), "text has no control character");
        text += len;
    }
}

#endif
