/*
 * What is still missing of a direction whose reader is done: a few ranges, so that bytes which come late are told from
 * bytes which come twice. Where there are more holes than places, the oldest is given up and counted as missing.
 */
#ifndef TLSWATCH_FLOW_HOLES_H
#define TLSWATCH_FLOW_HOLES_H

#include "base/bytes.h"

#define HOLES_KEPT 64 /* as many as packets of full size within 64 KiB can leave, if every other one is late */

struct hole {
    uint64_t from, to;
};

struct holes {
    uint32_t num;
    struct hole hole[HOLES_KEPT]; /* by position */
};

/* holes_add notes a hole behind all others; it returns the length of the one that was given up for it. */
uint64_t holes_add(struct holes *holes, uint64_t from, uint64_t to);

/* holes_fill takes the first part of `data`, which stands at *position, that falls into a hole: *part, with *position
 * behind it. False where none does. */
bool holes_fill(struct holes *holes, uint64_t *position, struct bytes *data, struct bytes *part);

uint64_t holes_missing(const struct holes *holes);

#endif
