/*
 * The monitor: a small process beside the one that captures, for runs of weeks on an interface. It starts another capture
 * where one died, hung, or lost its interface and that came back. It holds no packet and parses nothing from the wire: it
 * keeps what the capturing process gives up (the right to open an interface), so it has to be small enough to be read.
 *
 * What it shares with the worker, its child, is one pipe, on which the worker says that it lives. The worst that a worker
 * can write there ends the run, which it can do anyway.
 */
#ifndef TLSWATCH_CLI_MONITOR_H
#define TLSWATCH_CLI_MONITOR_H

#include "cli/options.h"
#include "cli/run.h"

/* What a worker knows of the monitor; {.fd = -1}: there is none. */
struct monitored {
    int fd;            /* where it says that it lives */
    const char *after; /* why there had to be another worker: "the interface disappeared"; NULL: it is the first */
    int64_t lost_ns;   /* since when there was no capture, CLOCK_REALTIME */
};

/* monitor_wanted: runs that end with a result are in one process, since that has all it needs for it. */
bool monitor_wanted(const struct options *options);

/* monitor_run calls `work` in processes of their own until one ends by itself or a signal ends all; its status. In the
 * worker it returns too, with what `work` returned. */
enum exit_status monitor_run(const struct options *options, enum exit_status (*work)(const struct options *, const struct monitored *));

/* The worker's side: it has begun to capture, it is alive (to be called at least once a second; false where there is no
 * monitor any more), a failure was found. */
void monitored_begins(const struct monitored *m);
bool monitored_alive(const struct monitored *m);
void monitored_failure(const struct monitored *m);

#endif
