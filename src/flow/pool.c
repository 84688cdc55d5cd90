#include "flow/pool.h"

#include <string.h>

void pool_init(struct pool *pool, size_t object_len, struct memory *memory) {
    *pool = (struct pool){.object_len = object_len, .memory = memory, .num_numbers = 1};
}

void pool_clear(struct pool *pool) {
    for (uint32_t i = 0; i < pool->num_blocks; i++) {
        memory_free(pool->memory, pool->blocks[i], POOL_BLOCK * pool->object_len);
    }
    memory_free_array(pool->memory, pool->blocks, pool->num_blocks, ARRAY_LEAST, sizeof(*pool->blocks));
    pool_init(pool, pool->object_len, pool->memory);
}

static bool add_block(struct pool *pool) {
    size_t len = POOL_BLOCK * pool->object_len;
    uint8_t *block = memory_resize(pool->memory, NULL, 0, len);
    uint8_t **blocks = block != NULL ? memory_grow(pool->memory, pool->blocks, pool->num_blocks, ARRAY_LEAST, sizeof(*blocks)) : NULL;

    if (blocks == NULL) {
        memory_free(pool->memory, block, len);
        return false;
    }
    pool->blocks = blocks;
    blocks[pool->num_blocks++] = block;
    return true;
}

uint32_t pool_take(struct pool *pool) {
    bool used = pool->free != 0;

    if (!used && pool->num_numbers / POOL_BLOCK >= pool->num_blocks && !add_block(pool)) {
        return 0;
    }
    uint32_t number = used ? pool->free : pool->num_numbers++;
    void *object = pool_at(pool, number);
    if (used) {
        memcpy(&pool->free, object, sizeof(pool->free));
    }
    memset(object, 0, pool->object_len);
    pool->num_used++;
    return number;
}

void pool_give(struct pool *pool, uint32_t number) {
    memcpy(pool_at(pool, number), &pool->free, sizeof(pool->free));
    pool->free = number;
    pool->num_used--;
}
