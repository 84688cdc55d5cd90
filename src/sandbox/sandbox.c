#include "sandbox/sandbox.h"

#include "sandbox/landlock.h"
#include "sandbox/privileges.h"
#include "sandbox/syscalls.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER true
#endif
#endif
#if !defined HAS_SANITIZER && (defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__)
#define HAS_SANITIZER true
#endif
#ifndef HAS_SANITIZER
#define HAS_SANITIZER false
#endif

enum sandbox_mode sandbox_mode_of(enum sandbox_mode mode) {
    if (mode != SANDBOX_DEFAULT) {
        return mode;
    }
    return HAS_SANITIZER ? SANDBOX_OFF : geteuid() == 0 ? SANDBOX_STRICT : SANDBOX_BEST_EFFORT;
}

static void note_missing(struct sandbox_state *state, const char *what) {
    size_t len = strlen(state->missing);
    snprintf(state->missing + len, sizeof state->missing - len, "%s%s (%s)", len > 0 ? ", " : "", what, strerror(errno));
}

/* What a best effort may lack, nothing else may. */
static bool may_lack(struct sandbox_state *state, const char *what, char error[SANDBOX_ERROR_SIZE]) {
    if (state->mode == SANDBOX_STRICT) {
        snprintf(error, SANDBOX_ERROR_SIZE, "no sandbox: %s: %s; --sandbox=best-effort goes on without", what, strerror(errno));
        return false;
    }
    note_missing(state, what);
    return true;
}

static bool leave_root(const struct sandbox_plan *plan, struct sandbox_state *state, char error[SANDBOX_ERROR_SIZE]) {
    struct account account;
    if (geteuid() != 0) {
        return true;
    }
    if (!account_find(plan->user, &account)) {
        snprintf(error, SANDBOX_ERROR_SIZE, "no sandbox: there is no user %s: -Z names another",
                 plan->user != NULL ? plan->user : "nobody");
        return false;
    }
    if (!privileges_bound() || !privileges_become(&account)) {
        return may_lack(state, "another user than root", error);
    }
    snprintf(state->user, sizeof state->user, "%s", account.name);
    return true;
}

/* Looking up a name costs as much as all the rest: only a live run tells it. */
static void name_user(const struct sandbox_plan *plan, struct sandbox_state *state) {
    struct account account;
    if (plan->capture_descriptor >= 0 && state->user[0] == '\0') {
        account_current(&account);
        snprintf(state->user, sizeof state->user, "%s", account.name);
    }
}

/* They are as confined as what starts them, but for the filter, which is put on all of them. */
static bool start_threads(const struct sandbox_plan *plan, char error[SANDBOX_ERROR_SIZE]) {
    if (plan->start_threads != NULL && !plan->start_threads(plan->user_of_threads)) {
        snprintf(error, SANDBOX_ERROR_SIZE, "no further thread: %s", strerror(errno));
        return false;
    }
    return true;
}

bool sandbox_enter(const struct sandbox_plan *plan, struct sandbox_state *out, char error[SANDBOX_ERROR_SIZE]) {
    *out = (struct sandbox_state){.mode = sandbox_mode_of(plan->mode)};
    if (out->mode != SANDBOX_OFF && !leave_root(plan, out, error)) {
        return false;
    }
    name_user(plan, out);
    if (out->mode == SANDBOX_OFF) {
        return start_threads(plan, error);
    }
    if (!privileges_keep(0) && !may_lack(out, "no capabilities", error)) {
        return false;
    }
    if (!privileges_forbid_new() && !may_lack(out, "no new privileges", error)) {
        return false;
    }
    /* It closes a second time what the list of system calls closes already, and many kernels and containers lack it:
     * strict means all but this. */
    if (!landlock_deny_all()) {
        note_missing(out, "Landlock");
    }
    if (!start_threads(plan, error)) {
        return false;
    }
    if (!privileges_forbid_processes() && !may_lack(out, "no further processes", error)) {
        return false;
    }
    return syscalls_restrict(plan) || may_lack(out, "a filter of system calls", error);
}

#define CAPABILITY(number) (UINT64_C(1) << (number))

bool sandbox_limit_monitor(enum sandbox_mode mode, char error[SANDBOX_ERROR_SIZE]) {
    /* For opening an interface, for becoming another user, for the keeper's files, for ending a worker that hangs. */
    const uint64_t kept = CAPABILITY(CAP_NET_RAW) | CAPABILITY(CAP_NET_ADMIN) | CAPABILITY(CAP_SETUID) | CAPABILITY(CAP_SETGID) |
                          CAPABILITY(CAP_SETPCAP) | CAPABILITY(CAP_DAC_OVERRIDE) | CAPABILITY(CAP_DAC_READ_SEARCH) |
                          CAPABILITY(CAP_FOWNER) | CAPABILITY(CAP_KILL);
    mode = sandbox_mode_of(mode);
    if (mode == SANDBOX_OFF || (privileges_keep(kept) && privileges_forbid_new()) || mode != SANDBOX_STRICT) {
        return true;
    }
    snprintf(error, SANDBOX_ERROR_SIZE, "no sandbox: fewer capabilities for the monitor: %s; --sandbox=best-effort goes on without",
             strerror(errno));
    return false;
}
