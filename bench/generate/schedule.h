/*
 * What happens next: events in the order of their times, and where they are the same in that in which they were made.
 */
#ifndef TLSWATCH_BENCH_GENERATE_SCHEDULE_H
#define TLSWATCH_BENCH_GENERATE_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

struct flow;
struct frame;

/* A flow's next step, or a frame that is sent once more. */
struct event {
    uint64_t time_ns, order;
    struct flow *flow;
    struct frame *again;
};

struct schedule {
    struct event *heap;
    size_t num, size;
    uint64_t made;
};

/* schedule_add: memory exhausted ends the program. */
void schedule_add(struct schedule *s, uint64_t time_ns, struct flow *flow, struct frame *again);

/* schedule_next takes the first one out; there has to be one. */
struct event schedule_next(struct schedule *s);

#endif
