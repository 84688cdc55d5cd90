/*
 * How far the reading of files is, on standard error: a line that changes, on a terminal only and not before half a
 * second; and one line whenever SIGUSR1 asks, also live.
 */
#ifndef TLSWATCH_CLI_PROGRESS_H
#define TLSWATCH_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capture;

/* What there is to say. */
struct progress_facts {
    uint64_t bytes, total; /* total 0: not known */
    uint64_t packets, findings;
    double seconds; /* since the beginning */
    bool again;     /* it is the second reading */
};

struct progress {
    bool terminal; /* a line that changes is wanted */
    bool shown;    /* it stands there now */
    bool shared;   /* standard output is a terminal too */
    bool again;
    unsigned steps_since; /* the clock was looked at */
    double begun, shown_at;
};

/* progress_begin starts the clock; `again` for the second reading, `live` where only SIGUSR1 asks. */
void progress_begin(struct progress *p, bool again, bool live);

/* progress_step is called for each packet and, as `idle`, each time that none came; it costs next to nothing. */
void progress_step(struct progress *p, const struct capture *capture, uint64_t packets, uint64_t findings, bool idle);

/* progress_hide takes the line away: something else is to be written, or all is read. */
void progress_hide(struct progress *p);

/* progress_make_way does so where standard output is a terminal, perhaps the same. */
void progress_make_way(struct progress *p);

/* progress_text writes "42 %, 1.2 GB of 2.9 GB, 310 MB/s, 6 s left, 17 failures" into `out`. */
void progress_text(const struct progress_facts *facts, char *out, size_t size);

#endif
