/*
 * A process beside the one that reads packets: it keeps the right to open the files that the user named, and does so
 * when it is asked. It is forked before the sandbox is entered, so that it knows by itself what was named; a question
 * is of fixed size and can only point at that. It reads no byte of any packet.
 *
 * What it does is the caller's `serve`; here is the way there and back. Linux only.
 */
#ifndef TLSWATCH_SANDBOX_KEEPER_H
#define TLSWATCH_SANDBOX_KEEPER_H

#include "base/buffer.h"

#include <stdint.h>
#include <sys/types.h>

#define KEEPER_NAME_SIZE 96

struct keeper {
    int fd; /* -1: there is no keeper */
    pid_t pid;
};

struct keeper_question {
    uint32_t what;
    uint32_t which;
    char name[KEEPER_NAME_SIZE]; /* with a zero behind it */
};

struct keeper_answer {
    int error;          /* errno; 0: it was done */
    int fd;             /* -1: none */
    struct buffer text; /* what there is to say besides */
};

/* What the keeper's process does. */
struct keeper_duty {
    void (*begin)(void *user);                                                                       /* gives up what it does not need */
    void (*serve)(void *user, const struct keeper_question *question, struct keeper_answer *answer); /* never waits for others */
    void (*end)(void *user); /* nobody can ask any more: the other process is done, or dead */
    void *user;
};

/* keeper_start forks; false with errno set. */
bool keeper_start(struct keeper *k, const struct keeper_duty *duty);

/* keeper_ask waits for the answer; what it holds is then the caller's: keeper_answer_clear. Where the keeper is gone
 * the error is EPIPE, where a descriptor found no place here it is EMFILE. */
void keeper_ask(const struct keeper *k, const struct keeper_question *question, struct keeper_answer *answer);
void keeper_answer_clear(struct keeper_answer *answer);

/* keeper_stop waits until the keeper has ended. One that was never started is allowed: {.fd = -1}. */
void keeper_stop(struct keeper *k);

#endif
