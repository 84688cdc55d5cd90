#include "handover.h"

#include "base/limits.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#define TOGETHER 32 /* taken at a time */
#define STACK_SIZE (1024 * 1024)

struct handover {
    struct judge *judge;
    struct memory *memory;
    pthread_t thread;

    /* of the thread that reads */
    struct held outgoing; /* conversations that go together */
    size_t num_out;       /* those and others that are not yet freed */
    struct held returned; /* and what of them may be */
    uint64_t turns_seen;

    /* of whoever has the judge */
    struct held judged;

    pthread_mutex_t mutex; /* for all below */
    pthread_cond_t more, idle;
    struct held ready, done;
    uint64_t turns; /* how often the judge took some */
    bool sleeps;    /* with nothing to do or very little */
    bool ends;
};

/* --- Whoever has the judge --- */

static struct ended *keep(void *user, struct ended *e) {
    (void)user;
    return e;
}

static void give_back(void *user, struct ended *e) {
    struct handover *h = user;
    held_add(&h->judged, e);
}

static bool wait_for_more(struct handover *h) {
    while (h->ready.num == 0 && !h->ends) {
        h->sleeps = true;
        pthread_cond_signal(&h->idle);
        pthread_cond_wait(&h->more, &h->mutex);
    }
    h->sleeps = false;
    return h->ready.num > 0;
}

static void take_some(struct handover *h, struct held *some) {
    while (some->num < TOGETHER && h->ready.num > 0) {
        held_add(some, held_take(&h->ready));
    }
}

static void judge_some(struct handover *h, struct held *some) {
    for (struct ended *e; (e = held_take(some)) != NULL;) {
        if (!judge_take(h->judge, e)) {
            give_back(h, e);
        }
    }
}

static void *judge_all(void *argument) {
    struct handover *h = argument;
    struct held some = {0};
    pthread_mutex_lock(&h->mutex);
    while (wait_for_more(h)) {
        take_some(h, &some);
        h->turns++;
        pthread_mutex_unlock(&h->mutex);
        judge_some(h, &some);
        pthread_mutex_lock(&h->mutex);
        held_move(&h->done, &h->judged);
    }
    pthread_mutex_unlock(&h->mutex);
    return NULL;
}

/* Signals are for the thread that reads: they interrupt its waiting. */
static bool start_thread(struct handover *h) {
    pthread_attr_t attributes;
    sigset_t all, before;
    if (pthread_attr_init(&attributes) != 0) {
        return false;
    }
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&h->thread, &attributes, judge_all, h);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    errno = error;
    return error == 0;
}

/* --- The thread that reads --- */

/* Never many at once, if more than come. */
static void free_returned(struct handover *h, size_t most) {
    struct ended *e;
    for (size_t i = 0; i < most && (e = held_take(&h->returned)) != NULL; i++) {
        ended_free(e, h->memory);
        h->num_out--;
    }
}

struct handover *handover_new(struct judge *judge, struct memory *memory) {
    struct handover *h = calloc(1, sizeof *h);
    if (h == NULL) {
        return NULL;
    }
    h->judge = judge;
    h->memory = memory;
    pthread_mutex_init(&h->mutex, NULL);
    pthread_cond_init(&h->more, NULL);
    pthread_cond_init(&h->idle, NULL);
    if (!start_thread(h)) {
        free(h);
        return NULL;
    }
    judge->owner = (struct judge_owner){h, keep, give_back};
    handover_wait(h); /* it runs: no system call that begins a thread is needed any more */
    return h;
}

void handover_free(struct handover *h) {
    if (h == NULL) {
        return;
    }
    handover_wait(h);
    pthread_mutex_lock(&h->mutex);
    h->ends = true;
    pthread_cond_signal(&h->more);
    pthread_mutex_unlock(&h->mutex);
    pthread_join(h->thread, NULL);
    pthread_mutex_destroy(&h->mutex);
    pthread_cond_destroy(&h->more);
    pthread_cond_destroy(&h->idle);
    free(h);
}

/* The lock and the waking cost more than many a conversation. */
static void pass_on(struct handover *h) {
    pthread_mutex_lock(&h->mutex);
    held_move(&h->ready, &h->outgoing);
    if (h->sleeps && h->ready.num > 0) {
        pthread_cond_signal(&h->more);
    }
    held_move(&h->returned, &h->done);
    pthread_mutex_unlock(&h->mutex);
}

bool handover_push(struct handover *h, const struct ended *e, bool soon) {
    size_t most = memory_is_scarce(h->memory) ? LIMIT_HANDED_OVER_SCARCE : LIMIT_HANDED_OVER;
    struct ended *handed = h->num_out < most ? ended_new(e, h->memory) : NULL;
    if (handed != NULL) {
        h->num_out++;
        held_add(&h->outgoing, handed);
    }
    if (soon || handed == NULL || h->outgoing.num >= TOGETHER) {
        pass_on(h);
    }
    free_returned(h, TOGETHER);
    return handed != NULL;
}

void handover_flush(struct handover *h, int64_t time_ns) {
    if (h != NULL && h->outgoing.num > 0 && h->outgoing.first->time_ns <= time_ns) {
        pass_on(h);
        free_returned(h, TOGETHER);
    }
}

void handover_wait(struct handover *h) {
    if (h == NULL) {
        return;
    }
    pass_on(h);
    pthread_mutex_lock(&h->mutex);
    while (!h->sleeps || h->ready.num > 0) {
        pthread_cond_signal(&h->more);
        pthread_cond_wait(&h->idle, &h->mutex);
    }
    held_move(&h->returned, &h->done);
    held_move(&h->returned, &h->judged);
    pthread_mutex_unlock(&h->mutex);
    free_returned(h, SIZE_MAX);
}

bool handover_stands(struct handover *h) {
    pthread_mutex_lock(&h->mutex);
    bool stands = !h->sleeps && h->turns == h->turns_seen;
    h->turns_seen = h->turns;
    pthread_mutex_unlock(&h->mutex);
    return stands;
}
