/* Systems other than Linux: nothing is given up. */
#include "sandbox/keeper.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum sandbox_mode sandbox_mode_of(enum sandbox_mode mode) {
    return mode == SANDBOX_STRICT ? SANDBOX_STRICT : SANDBOX_OFF;
}

bool sandbox_enter(const struct sandbox_plan *plan, struct sandbox_state *out, char error[SANDBOX_ERROR_SIZE]) {
    *out = (struct sandbox_state){.mode = sandbox_mode_of(plan->mode)};
    snprintf(out->user, sizeof out->user, "%lu", (unsigned long)geteuid());
    if (out->mode == SANDBOX_STRICT) {
        snprintf(error, SANDBOX_ERROR_SIZE, "there is no sandbox on this system");
        return false;
    }
    if (plan->start_threads != NULL && !plan->start_threads(plan->user_of_threads)) {
        snprintf(error, SANDBOX_ERROR_SIZE, "no further thread: %s", strerror(errno));
        return false;
    }
    return true;
}

bool sandbox_limit_monitor(enum sandbox_mode mode, char error[SANDBOX_ERROR_SIZE]) {
    (void)mode, (void)error; /* sandbox_enter says it */
    return true;
}

/* Without a sandbox no keeper is needed. */
bool keeper_start(struct keeper *k, const struct keeper_duty *duty) {
    (void)k, (void)duty;
    errno = ENOSYS;
    return false;
}

void keeper_ask(const struct keeper *k, const struct keeper_question *question, struct keeper_answer *answer) {
    (void)k, (void)question;
    *answer = (struct keeper_answer){.error = EPIPE, .fd = -1};
}

void keeper_answer_clear(struct keeper_answer *answer) {
    (void)answer;
}

void keeper_stop(struct keeper *k) {
    (void)k;
}
