/*
 * Conversations that have ended and wait, in the order of their ends: for what comes later and explains them, or for another
 * thread.
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
    bool deserves_record;
    uint64_t kernel_drops; /* by its end, */
    int64_t time_ns;       /* which was then */
};

/* ended_new returns a copy, which takes the conversation over; NULL where memory is exhausted. ended_free frees both. */
struct ended *ended_new(const struct ended *e, struct memory *memory);
void ended_free(struct ended *e, struct memory *memory);

void conversation_free(struct conversation *c, struct memory *memory);

/* A zeroed queue is an empty one. */
struct held {
    struct ended *first, **end;
    size_t num;
};

void held_add(struct held *held, struct ended *e);

/* held_take gives out the one that waits longest; NULL where none does. */
struct ended *held_take(struct held *held);

/* held_move puts all of `from` behind what waits in `held`. */
void held_move(struct held *held, struct held *from);

#endif
