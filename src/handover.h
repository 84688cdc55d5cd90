/*
 * Ended conversations on their way from the thread that reads packets to one that judges them, and back. The judge's thread
 * looks at them and frees nothing: what a conversation holds is on the account of the thread that reads, which frees it
 * when it has come back.
 *
 * All functions are for the thread that reads.
 */
#ifndef TLSWATCH_HANDOVER_H
#define TLSWATCH_HANDOVER_H

#include "judge.h"

struct handover;

/* handover_new starts the judge's thread: from now on the judge is its, and the handover the owner of its conversations.
 * `memory` is their account. NULL where memory or threads are exhausted. */
struct handover *handover_new(struct judge *judge, struct memory *memory);

/* handover_free is for when nothing waits any more. It ends the thread. NULL is allowed. */
void handover_free(struct handover *h);

/* handover_push takes the conversation over and returns at once: false where too many are on their way, or memory is
 * exhausted, and the conversation is still the caller's. `soon`: somebody looks on. Otherwise several go together, since
 * waking the judge costs more than many a conversation; fewer wait until handover_flush. */
bool handover_push(struct handover *h, const struct ended *e, bool soon);

/* handover_flush lets them go, however few, where the first ended at that time or before. NULL is allowed. */
void handover_flush(struct handover *h, int64_t time_ns);

/* handover_wait: until the judge has taken all, and what it needs no more is freed. Until the next push the judge may be
 * used from here, as long as this is called once more for what it then needs no more. NULL is allowed. */
void handover_wait(struct handover *h);

/* handover_stands: the judge has been at the same few conversations since this was asked last. */
bool handover_stands(struct handover *h);

#endif
