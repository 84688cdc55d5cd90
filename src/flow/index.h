/*
 * Where a hash leads: numbers of slots with some bits of their hash beside them, fifteen to a line of the processor's
 * cache, so that finding a connection, or that there is none, mostly touches one line and no other slot.
 *
 * A number whose line is full stands in another, a step further that its hash chooses; each line counts those that went
 * past it, so that a search knows where to end and nothing is left behind where one is removed.
 */
#ifndef TLSWATCH_FLOW_INDEX_H
#define TLSWATCH_FLOW_INDEX_H

#include "base/memory.h"

#include <stdbool.h>
#include <stdint.h>

#define INDEX_LINE 15 /* numbers in a line, */
#define INDEX_FULL 12 /* and how many of them on average before it grows */
#define INDEX_LEAST_LINES 64
#define INDEX_NUMBER_BITS 21 /* of an entry; above it stand bits of the hash */

struct index_line {
    uint32_t word[1 + INDEX_LINE]; /* the first counts the others, and those that went past it */
};

struct slot_index {
    struct index_line *lines; /* a power of two of them */
    uint32_t num_lines;
    uint8_t *block; /* in which they stand, each at the begin of a cache's line */
};

size_t index_len(uint32_t num_lines);
/* index_resize replaces what it holds by empty lines; false, and nothing has changed, where memory is exhausted. */
bool index_resize(struct slot_index *x, uint32_t num_lines, struct memory *memory);
void index_clear(struct slot_index *x, struct memory *memory);

/* There must be room: no more than INDEX_FULL numbers for each line. */
void index_add(struct slot_index *x, uint32_t hash, uint32_t number);
void index_remove(struct slot_index *x, uint32_t hash, uint32_t number);

/* A search for all numbers that may have a hash: most have it, but not all. */
struct index_search {
    const struct slot_index *index;
    uint32_t hash, line;
    uint32_t matches; /* in that line, a bit each, which are still to be given out */
};

void index_look(const struct slot_index *x, uint32_t hash, struct index_search *search);
/* index_next returns the next of them, or 0. The index must not change in between. */
uint32_t index_next(struct index_search *search);

/* index_prefetch fetches the line that a search begins with. */
static inline void index_prefetch(const struct slot_index *x, uint32_t hash) {
    if (x->num_lines > 0) {
        __builtin_prefetch(&x->lines[hash & (x->num_lines - 1)]);
    }
}

#endif
