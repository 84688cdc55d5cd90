/*
 * Blocks of an output that takes less than comes: they wait in their order, each whole, up to a bound that the caller
 * names. A zeroed struct is empty.
 */
#ifndef TLSWATCH_REPORT_WAITING_H
#define TLSWATCH_REPORT_WAITING_H

#include "base/buffer.h"

struct waiting {
    struct buffer blocks; /* each behind its length */
    size_t at;            /* of the first that is not done */
    size_t done;          /* bytes of that one which are */
    uint64_t num;
};

/* waiting_add copies the block behind the others; false where they would be more than `cap` bytes, or memory is exhausted.
 * A single one may be longer. */
bool waiting_add(struct waiting *w, struct bytes block, size_t cap);

/* waiting_rest is what is left of the first block; empty where none waits. Valid until the next call. */
struct bytes waiting_rest(const struct waiting *w);

/* waiting_advance: n bytes of waiting_rest are done. */
void waiting_advance(struct waiting *w, size_t n);

void waiting_clear(struct waiting *w);

#endif
