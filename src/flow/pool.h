/*
 * Objects of one size that are named by 32-bit numbers, in blocks that never move. It grows a block at a time and gives
 * memory back only when it is cleared. Number 0 is never given out: it means none.
 */
#ifndef TLSWATCH_FLOW_POOL_H
#define TLSWATCH_FLOW_POOL_H

#include "base/memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POOL_BLOCK 4096 /* objects of a block */

struct pool {
    size_t object_len;
    struct memory *memory; /* who pays for it */
    uint8_t **blocks;
    uint32_t num_blocks;
    uint32_t num_numbers; /* given out so far, also those that came back: every object is below it */
    uint32_t free;        /* the first of those that came back; its first four bytes name the next */
    uint32_t num_used;
};

void pool_init(struct pool *pool, size_t object_len, struct memory *memory);
void pool_clear(struct pool *pool);

/* pool_take returns the number of a zeroed object; 0 where memory is exhausted. */
uint32_t pool_take(struct pool *pool);
void pool_give(struct pool *pool, uint32_t number);

static inline void *pool_at(const struct pool *pool, uint32_t number) {
    return pool->blocks[number / POOL_BLOCK] + (size_t)(number % POOL_BLOCK) * pool->object_len;
}

#endif
