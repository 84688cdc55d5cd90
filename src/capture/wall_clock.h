/* The clock that an interface's frames are stamped with. */
#ifndef TLSWATCH_CAPTURE_WALL_CLOCK_H
#define TLSWATCH_CAPTURE_WALL_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds since 1970, UTC. It may be set back. */
static inline int64_t wall_clock_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000LL + now.tv_nsec;
}

#endif
