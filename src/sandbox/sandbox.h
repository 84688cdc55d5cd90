/*
 * What the process gives up before it looks at the first byte of a stranger: user and groups, capabilities, the file
 * system, and every system call that reading packets does not need. What it will still read and write was opened
 * before, or is opened for it by a keeper (sandbox/keeper.h).
 *
 * Linux only. Elsewhere nothing is given up, and the state says so.
 */
#ifndef TLSWATCH_SANDBOX_SANDBOX_H
#define TLSWATCH_SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

enum sandbox_mode {
    SANDBOX_DEFAULT,     /* strict for root, best-effort for others */
    SANDBOX_STRICT,      /* all or nothing */
    SANDBOX_BEST_EFFORT, /* what the kernel offers */
    SANDBOX_OFF,
};

struct sandbox_plan {
    enum sandbox_mode mode;
    const char *user;       /* whom root becomes; NULL: tlswatch where there is such a user, else nobody */
    int capture_descriptor; /* packets come from it and none may be sent through it; -1: none */
    bool (*start_threads)(void *user); /* called when this may be done for the last time; NULL: there is but one */
    void *user_of_threads;
};

#define SANDBOX_ERROR_SIZE 256
#define SANDBOX_USER_SIZE 64

struct sandbox_state {
    enum sandbox_mode mode;           /* never SANDBOX_DEFAULT */
    char user[SANDBOX_USER_SIZE];     /* who this is now; "" where no interface is watched and nothing changed */
    char missing[SANDBOX_ERROR_SIZE]; /* what of a best effort was not to be had, with commas; "": nothing */
};

/* sandbox_mode_of: what the mode comes to for whoever runs this. In a build with a sanitizer the default is off: leak
 * checking clones and traces this process. */
enum sandbox_mode sandbox_mode_of(enum sandbox_mode mode);
const char *sandbox_mode_name(enum sandbox_mode mode);
bool sandbox_mode_find(const char *name, enum sandbox_mode *out);

/* sandbox_enter: from here on there is no way back. False with a line in `error` where the mode is strict and something
 * was not to be had; what was given up by then stays so. */
bool sandbox_enter(const struct sandbox_plan *plan, struct sandbox_state *out, char error[SANDBOX_ERROR_SIZE]);

/* sandbox_limit_monitor, for the process that starts others, which then enter the sandbox: it keeps only what it takes to
 * open an interface and files, to become another user, and to end them. False where a strict mode did not get that. */
bool sandbox_limit_monitor(enum sandbox_mode mode, char error[SANDBOX_ERROR_SIZE]);

#endif
