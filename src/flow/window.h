/*
 * The last bytes that a reader was given, kept while it still reads, so that a segment that overlaps them with other data
 * is noticed; also behind their acknowledgement: whoever forges an answer is first, and the true one comes when the forged
 * one has been acknowledged. Where memory is exhausted it forgets: then a conflict goes unnoticed, and no byte is wrong.
 */
#ifndef TLSWATCH_FLOW_WINDOW_H
#define TLSWATCH_FLOW_WINDOW_H

#include "base/bytes.h"
#include "base/memory.h"

/* A ring, whose size is a power of two. A zeroed one is empty. */
struct window {
    uint8_t *p;
    uint32_t size; /* allocated */
    uint32_t len;
    uint32_t end; /* where the next byte goes */
};

/* window_add keeps at most the last `most` bytes, LIMIT_OVERLAP_WINDOW or LIMIT_OVERLAP_WINDOW_LESS. */
void window_add(struct window *window, struct bytes data, size_t most, struct memory *memory);

/* window_conflicts compares `data`, which begins `before` bytes before the window's end, with what is kept there. */
bool window_conflicts(const struct window *window, struct bytes data, uint64_t before);

void window_clear(struct window *window, struct memory *memory);

#endif
