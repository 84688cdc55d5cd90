/*
 * Integers in the byte order of the machine that wrote a file, which its header tells. The fixed parts of a file are
 * read at their offsets, once it is known that all of them are there.
 */
#ifndef TLSWATCH_CAPTURE_ORDER_H
#define TLSWATCH_CAPTURE_ORDER_H

#include "base/bytes.h"

enum order { ORDER_BIG, ORDER_LITTLE };

/* Written out, so that compilers see one load. */
static inline uint16_t order_u16(enum order order, const uint8_t *p) {
    uint16_t big = (uint16_t)(p[0] << 8 | p[1]);
    return order == ORDER_LITTLE ? __builtin_bswap16(big) : big;
}

static inline uint32_t order_u32(enum order order, const uint8_t *p) {
    uint32_t big = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    return order == ORDER_LITTLE ? __builtin_bswap32(big) : big;
}

static inline uint64_t order_u64(enum order order, const uint8_t *p) {
    uint64_t first = order_u32(order, p);
    uint64_t second = order_u32(order, p + 4);
    return order == ORDER_LITTLE ? second << 32 | first : first << 32 | second;
}

#endif
