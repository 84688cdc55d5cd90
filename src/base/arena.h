/*
 * Memory for things that die together: what one record points to. Allocations are never freed singly. A zeroed arena
 * is an empty one. Where memory is exhausted every allocation returns NULL.
 */
#ifndef TLSWATCH_BASE_ARENA_H
#define TLSWATCH_BASE_ARENA_H

#include "base/bytes.h"
#include "base/memory.h"

#define ARENA_BLOCK 16384 /* bytes asked for at a time */

struct arena_block;

struct arena {
    struct arena_block *blocks;
    struct memory *memory; /* who pays for it; NULL: nobody */
};

/* arena_alloc returns zeroed memory, aligned for any object. */
void *arena_alloc(struct arena *a, size_t len);

/* arena_copy copies bytes and puts a NUL behind them. */
char *arena_copy(struct arena *a, struct bytes text);

/* arena_format is printf into the arena. */
char *arena_format(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* arena_escape is escape_utf8 into the arena. */
char *arena_escape(struct arena *a, struct bytes text, size_t max_len);

/* arena_reset empties the arena and keeps one block for what comes next; arena_clear gives everything back. */
void arena_reset(struct arena *a);
void arena_clear(struct arena *a);

#endif
