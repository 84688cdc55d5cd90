/*
 * A count of 64 bits from one of 32 that wraps, as libpcap's statistics do: in four hours at 300,000 packets a second.
 */
#ifndef TLSWATCH_CAPTURE_COUNTER_H
#define TLSWATCH_CAPTURE_COUNTER_H

#include <stdint.h>

struct counter {
    uint32_t last;
    uint64_t total;
};

/* counter_update: it is `now` by now; to be called before it moves by half its range. A count that falls back (libpcap's of the
 * interface does, once it may no longer read /sys) is not one that went all the way around. */
static inline void counter_update(struct counter *c, uint32_t now) {
    uint32_t more = now - c->last;
    c->total += more <= INT32_MAX ? more : 0;
    c->last = now;
}

#endif
