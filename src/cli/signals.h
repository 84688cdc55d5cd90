/*
 * Ctrl-C and SIGTERM end a run in order: no more frames, but everything that was seen is reported. SIGUSR1 asks how far
 * it is.
 */
#ifndef TLSWATCH_CLI_SIGNALS_H
#define TLSWATCH_CLI_SIGNALS_H

#include <stdbool.h>

struct capture;

/* signals_watch makes SIGINT, SIGTERM and SIGHUP interrupt `capture`. A second signal ends the
 * process at once. NULL goes back to the system's defaults. */
void signals_watch(struct capture *capture);

/* signals_stopped: one of them came. */
bool signals_stopped(void);

/* signals_asked: SIGUSR1 came since the last call. */
bool signals_asked(void);

#endif
