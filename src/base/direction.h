/*
 * The two directions of a TCP connection, before it is known who is the client: FORWARD is what the side sends that
 * opened it (its SYN, or the first packet of it in the capture).
 */
#ifndef TLSWATCH_BASE_DIRECTION_H
#define TLSWATCH_BASE_DIRECTION_H

enum direction { FORWARD, BACKWARD };

static inline enum direction direction_opposite(enum direction d) {
    return d == FORWARD ? BACKWARD : FORWARD;
}

#endif
