/*
 * The table's own time, made from the packets' times.
 *
 * It never goes back. A step of more than LIMIT_CLOCK_STEP_NS between two packets, forward or backward, is not
 * believed: the clock stands still and goes on from the new time with the next packet. So one absurd time stamp ends
 * nothing, and a pause of days only makes the timers that were running go off a packet later.
 *
 * In a file packets also stand in the wrong order, with any times. There a timer is due only when LIMIT_DISORDER_BYTES
 * of other packets have passed as well.
 */
#ifndef TLSWATCH_FLOW_CLOCK_H
#define TLSWATCH_FLOW_CLOCK_H

#include "base/limits.h"

#include <stdbool.h>
#include <stdint.h>

struct packet_clock {
    bool live;
    bool started;
    int64_t raw_ns;  /* time of the last packet, as the capture says */
    int64_t here_ns; /* the same with the unbelievable steps left out */
    int64_t now_ns;  /* the latest here_ns */
    uint64_t passed; /* bytes of packets so far */
};

struct due {
    int64_t ns;
    uint64_t passed;
};

static inline void clock_advance(struct packet_clock *clock, int64_t raw_ns) {
    int64_t step;
    bool believed = !__builtin_sub_overflow(raw_ns, clock->raw_ns, &step) && step <= LIMIT_CLOCK_STEP_NS && step >= -LIMIT_CLOCK_STEP_NS &&
                    clock->started && clock->now_ns <= INT64_MAX / 2 && clock->here_ns >= INT64_MIN / 2;

    clock->started = true;
    clock->raw_ns = raw_ns;
    if (believed) {
        clock->here_ns += step;
        clock->now_ns = clock->here_ns > clock->now_ns ? clock->here_ns : clock->now_ns;
    }
}

static inline struct due clock_due(const struct packet_clock *clock, int64_t ns) {
    return (struct due){clock->now_ns + ns, clock->live ? 0 : clock->passed + LIMIT_DISORDER_BYTES};
}

static inline bool clock_is_over(const struct packet_clock *clock, struct due due) {
    return clock->now_ns >= due.ns && clock->passed >= due.passed;
}

#endif
