/*
 * Ctrl-C and SIGTERM end a run in order: no more frames than had come by then, but everything that was seen is reported.
 * SIGUSR1 asks how far it is.
 */
#ifndef TLSWATCH_CLI_SIGNALS_H
#define TLSWATCH_CLI_SIGNALS_H

#include <stdbool.h>

struct capture;

/* signals_watch makes SIGINT, SIGTERM and SIGHUP interrupt `capture`. A second one, a second later or more, ends the
 * process at once; before that it is the same one on another way (timeout(1), a service manager, the monitor). NULL:
 * the capture has ended, and there is nothing more to interrupt. */
void signals_watch(struct capture *capture);

/* signals_hangup_reopens: from now on SIGHUP interrupts nothing, and asks for the log to be opened anew. */
void signals_hangup_reopens(void);

/* signals_reopen: it came since the last call. */
bool signals_reopen(void);

/* signals_stop ends the run as SIGTERM does. */
void signals_stop(void);

/* signals_stopped: one of them came. */
bool signals_stopped(void);

/* signals_asked: SIGUSR1 came since the last call. */
bool signals_asked(void);

#endif
