/*
 * The segments of one direction that the peer has not acknowledged yet: which was the first, how often it was sent, how
 * long the longest is. A flight that never gets through (path MTU, firewall) shows here. Only the first few are noted.
 */
#ifndef TLSWATCH_FLOW_SENT_H
#define TLSWATCH_FLOW_SENT_H

#include "base/memory.h"
#include "tlswatch/tlswatch.h"

#define SENT_NOTED 8

struct sent_segment {
    uint64_t position;
    uint32_t len;
    uint32_t times;
    struct tlswatch_mark mark;
};

/* A zeroed one is without a segment. */
struct sent {
    struct sent_segment *segment; /* owned: room for SENT_NOTED, by position; NULL: none was noted yet */
    uint32_t num;
};

void sent_clear(struct sent *sent, struct memory *memory);

/* sent_note counts the segments that this one repeats or, where it repeats none and `add` is set, notes it as new. False:
 * there is no memory to note it. */
bool sent_note(struct sent *sent, uint64_t position, uint32_t len, struct tlswatch_mark mark, bool add, struct memory *memory);

/* sent_acknowledge forgets the segments that end at or before `acknowledged`. */
void sent_acknowledge(struct sent *sent, uint64_t acknowledged);

uint32_t sent_longest(const struct sent *sent);

#endif
