/*
 * What is made of each record: text, JSON or a summary on standard output, files of certificates.
 */
#ifndef TLSWATCH_CLI_VIEWS_H
#define TLSWATCH_CLI_VIEWS_H

#include "cli/options.h"
#include "cli/outputs.h"
#include "cli/part.h"
#include "report/export.h"
#include "report/log_file.h"
#include "report/redact.h"
#include "report/report.h"
#include "report/status.h"
#include "report/summary.h"

struct views {
    const struct options *options;
    const struct part *part; /* NULL: the run is all of it */
    struct report_sink sink; /* standard output */
    struct text_report text;
    FILE *deferred;            /* where its blocks wait for the end; NULL: in memory */
    struct summary *summary;   /* NULL: none is wanted */
    struct export *export;     /* the same */
    struct redactor *redactor; /* the same; all views get what it gives */
    struct outputs outputs;    /* -o, -w */
    struct log_file log;       /* --log */
    uint64_t conversations;
    uint64_t failures;
};

/* views_open looks whether all outputs can be had, and tells `files` of them; false where one can't, which was then said on stderr.
 * views_close is called in either case. */
bool views_open(struct views *v, const struct options *options, const struct part *part, struct files *files);
void views_close(struct views *v);

/* views_hold: what is found is not shown before the end. The files in which it waits are opened now. */
void views_hold(struct views *v);

/* views_again: the same conversations will come once more, from the first one on; false where memory is exhausted. */
bool views_again(struct views *v);

/* views_first: when the first packet came. */
void views_first(struct views *v, int64_t time_ns);

void views_record(struct views *v, const struct tlswatch_record *record);

/* views_tick, live, shows what waited for its time; to be called once a second. */
void views_tick(struct views *v, int64_t now_ns);

/* views_drain gives a slow reader what it can take by now; views_waiting: there is more for it. */
void views_drain(struct views *v);
bool views_waiting(const struct views *v);

/* views_flush waits for the reader; where it takes nothing for a while, the rest is lost. */
void views_flush(struct views *v);

/* views_reopen goes over to the log that has the name now; where that can't be, it says so on stderr. */
void views_reopen(struct views *v);

/* views_status puts the line into each stream of JSON; false where one did not take it. */
bool views_status(struct views *v, const struct status *status);

/* views_end says what is said at the end. */
void views_end(struct views *v, const struct tlswatch_statistics *statistics, uint64_t kernel_drops);

/* views_failed: an output can't be written; views_say says that on stderr, but for a pipe that its reader closed
 * (`| head`): who does that has seen enough. False where it said something. */
bool views_failed(const struct views *v);
bool views_say(const struct views *v);

struct text_options views_text_options(const struct options *options);

#endif
