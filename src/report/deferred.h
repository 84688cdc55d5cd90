/*
 * Blocks of text that wait until a file is read: the head of each says how often its finding came, which is known then.
 * Bounded (limits.h): what finds no place does not wait. Where there is a file to put them into, little of them is in memory.
 */
#ifndef TLSWATCH_REPORT_DEFERRED_H
#define TLSWATCH_REPORT_DEFERRED_H

#include <stdio.h>

#include "base/buffer.h"
#include "report/repeats.h"

struct deferred_block {
    size_t start, head_end; /* in the text; where the head's line ends */
    unsigned column;        /* that it has reached */
    struct repeat *repeat;  /* NULL: none is counted */
};

struct deferred {
    struct buffer text, blocks;
    size_t most; /* bytes of all text, and of the blocks */
    FILE *file;  /* the caller's, for what stands before `text`; NULL: all of it waits in memory */
    size_t num_spilled;
    struct buffer read; /* from the file: as long as the longest of them */
};

/* deferred_clear: none waits any more. */
void deferred_clear(struct deferred *d);

/* deferred_add takes a block as it is, `start` excepted: its head_end counts from the block's beginning. False: there is
 * no place for it. */
bool deferred_add(struct deferred *d, struct bytes text, struct deferred_block block);

size_t deferred_num(const struct deferred *d);

/* deferred_get gives block i in two parts, cut where its head ends; they stand until the next call. False: it can't be read
 * from the file. */
bool deferred_get(struct deferred *d, size_t i, struct deferred_block *block, struct bytes *head, struct bytes *rest);

#endif
