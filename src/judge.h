/*
 * From an ended conversation to its record: the certificates that were seen, what is known and trusted besides, the
 * diagnosis, the callback.
 *
 * Records rest on what all conversations brought, so there is one judge, which takes them in the order in which they
 * ended. It shares nothing with those who read packets, and gives none of their memory back: it may be on a thread of its
 * own (handover.h).
 */
#ifndef TLSWATCH_JUDGE_H
#define TLSWATCH_JUDGE_H

#include "diagnosis/facts.h"
#include "given.h"
#include "held.h"
#include "x509/budget.h"

/* Whose the conversations are. */
struct judge_owner {
    void *user;
    /* What is to wait: `e` is as it was given to judge_take. NULL where it can't be kept. */
    struct ended *(*keep)(void *user, struct ended *e);
    /* What was kept is needed no more. */
    void (*give_back)(void *user, struct ended *e);
};

struct judge {
    tlswatch_callback callback;
    void *user;
    struct judge_owner owner;
    struct certificate_store *store;
    struct signature_budget budget, held_budget; /* of what is judged at its end, and of what waited */
    struct trust_set trusts;
    struct given given;
    enum tlswatch_outdated outdated; /* by what was known to a store that is gone */
    size_t store_bound;
    uint64_t num_stores; /* each pass through the frames with one counts anew */
    bool collecting;     /* certificates only */
    bool holding;        /* records wait */
    struct held held;
    bool brief;
    struct hash_key key;
    struct memory memory; /* of the record that is being given out, which lies in */
    struct arena arena;
    struct tlswatch_statistics statistics; /* of records; what else is in it stays 0 */
};

/* judge_init: where it is false memory is exhausted; judge_clear is called in either case, when nothing waits. */
bool judge_init(struct judge *j, const struct hash_key *key, size_t memory);
void judge_clear(struct judge *j);

/* judge_begin: the first conversations come, or the same ones once more; certificates are kept. */
void judge_begin(struct judge *j);

/* judge_take judges it, or has it kept and judges what waits for too long. False where it was not kept. */
bool judge_take(struct judge *j, struct ended *e);

/* judge_next judges what waits longest; false where nothing does. judge_rest judges all. */
bool judge_next(struct judge *j);
void judge_rest(struct judge *j);

/* judge_outdated is tlswatch_outdated. */
enum tlswatch_outdated judge_outdated(const struct judge *j);

#endif
