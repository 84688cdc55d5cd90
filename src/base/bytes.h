/*
 * A view of borrowed bytes, and the cursor by which every byte off the wire is read.
 *
 * Each read takes from the front and returns true; where too few bytes are left it returns false and moves nothing.
 * A parser ends by asking that nothing is left (len == 0). Integers are in network byte order.
 */
#ifndef TLSWATCH_BASE_BYTES_H
#define TLSWATCH_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    const uint8_t *p;
    size_t len;
};

static inline struct bytes bytes_of(const void *p, size_t len) {
    return (struct bytes){p, len};
}

/* bytes_take reads the next n bytes as a view. */
static inline bool bytes_take(struct bytes *b, size_t n, struct bytes *out) {
    if (n > b->len) {
        return false;
    }
    *out = (struct bytes){b->p, n};
    if (n > 0) {
        b->p += n;
        b->len -= n;
    }
    return true;
}

static inline bool bytes_skip(struct bytes *b, size_t n) {
    struct bytes ignored;
    return bytes_take(b, n, &ignored);
}

static inline bool bytes_u8(struct bytes *b, uint8_t *out) {
    if (b->len < 1) {
        return false;
    }
    *out = b->p[0];
    b->p += 1;
    b->len -= 1;
    return true;
}

static inline bool bytes_u16(struct bytes *b, uint16_t *out) {
    if (b->len < 2) {
        return false;
    }
    *out = (uint16_t)(b->p[0] << 8 | b->p[1]);
    b->p += 2;
    b->len -= 2;
    return true;
}

static inline bool bytes_u24(struct bytes *b, uint32_t *out) {
    if (b->len < 3) {
        return false;
    }
    *out = (uint32_t)b->p[0] << 16 | (uint32_t)b->p[1] << 8 | b->p[2];
    b->p += 3;
    b->len -= 3;
    return true;
}

static inline bool bytes_u32(struct bytes *b, uint32_t *out) {
    if (b->len < 4) {
        return false;
    }
    *out = (uint32_t)b->p[0] << 24 | (uint32_t)b->p[1] << 16 | (uint32_t)b->p[2] << 8 | b->p[3];
    b->p += 4;
    b->len -= 4;
    return true;
}

/* bytes_vec8, 16, 24 read a TLS vector: its length, then as many bytes (RFC 8446, 3.4). */
static inline bool bytes_vec8(struct bytes *b, struct bytes *out) {
    struct bytes rest = *b;
    uint8_t n;
    if (!bytes_u8(&rest, &n) || !bytes_take(&rest, n, out)) {
        return false;
    }
    *b = rest;
    return true;
}

static inline bool bytes_vec16(struct bytes *b, struct bytes *out) {
    struct bytes rest = *b;
    uint16_t n;
    if (!bytes_u16(&rest, &n) || !bytes_take(&rest, n, out)) {
        return false;
    }
    *b = rest;
    return true;
}

static inline bool bytes_vec24(struct bytes *b, struct bytes *out) {
    struct bytes rest = *b;
    uint32_t n;
    if (!bytes_u24(&rest, &n) || !bytes_take(&rest, n, out)) {
        return false;
    }
    *b = rest;
    return true;
}

static inline bool bytes_equal(struct bytes a, struct bytes b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static inline bool bytes_start_with(struct bytes b, const void *prefix, size_t len) {
    return b.len >= len && memcmp(b.p, prefix, len) == 0;
}

#endif
