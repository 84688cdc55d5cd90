/*
 * Conversations that have ended and wait to be judged, in the order of their ends: what explains one of them may come later.
 */
#ifndef TLSWATCH_HELD_H
#define TLSWATCH_HELD_H

#include "flow/flow.h"
#include "tls/conversation.h"

struct ended {
    struct ended *next;
    struct flow flow;
    struct conversation *conversation;
    enum flow_end how;
    uint64_t kernel_drops; /* by its end, */
    int64_t time_ns;       /* which was then */
};

/* A zeroed queue is an empty one. */
struct held {
    struct ended *first, **end;
    size_t num;
};

/* held_add copies the flow and takes the conversation over. False, and nothing has changed, where memory is exhausted. */
bool held_add(struct held *held, struct memory *memory, const struct ended *e);

/* held_take gives out the one that waits longest: false where none does. The conversation is the caller's then. */
bool held_take(struct held *held, struct memory *memory, struct ended *out);

/* held_is_full: so many wait, or so much of the memory is in use, that the first has to go. */
bool held_is_full(const struct held *held, const struct memory *memory);

#endif
