/*
 * Some frames of an interface together: libpcap shows each only while its callback runs, and who takes them in wants to
 * look ahead. They are copied one behind the other, so that they lie where the processor has them at hand.
 */
#ifndef TLSWATCH_CAPTURE_BATCH_H
#define TLSWATCH_CAPTURE_BATCH_H

#include "tlswatch/tlswatch.h"

#define BATCH_FRAMES 32

struct batch {
    uint8_t *bytes;
    size_t longest; /* frame that there is room for, BATCH_FRAMES times */
    size_t end;     /* of what is used of them */
    size_t num, next;
    struct tlswatch_frame frames[BATCH_FRAMES];
};

/* batch_init: `longest` is the snapshot length. False where memory is exhausted. */
bool batch_init(struct batch *b, size_t longest);

void batch_clear(struct batch *b);

/* batch_begin forgets the frames. At most BATCH_FRAMES are to be added then. */
void batch_begin(struct batch *b);

/* batch_add copies what the frame points to; what is beyond the longest is cut off. */
void batch_add(struct batch *b, const struct tlswatch_frame *frame);

/* batch_take gives the frames in their order, at most `max` of them, and returns how many there were. */
size_t batch_take(struct batch *b, struct tlswatch_frame *frames, size_t max);

#endif
