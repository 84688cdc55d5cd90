/*
 * What the stream of records says about itself, in a line of its own among them: that something was lost, that the
 * capture stopped or goes on. Its event.dataset is "tlswatch.status", that of a record "tlswatch.conversation"; it has no
 * tlswatch.outcome and no ends.
 */
#ifndef TLSWATCH_REPORT_STATUS_H
#define TLSWATCH_REPORT_STATUS_H

#include "report/report.h"

struct status {
    const char *action; /* "records-lost", "capture-lost", "capture-resumed" */
    const char *message;
    const char *interface; /* NULL: none */
    int64_t time_ns;
    /* Counted since the capture began: */
    uint64_t packets, conversations;
    uint64_t kernel_drops, interface_drops; /* packets */
    uint64_t records_lost;                  /* which the output did not take */
};

/* json_report_status writes the line; false where it found no place, which is not counted as a loss. */
bool json_report_status(struct report_sink *sink, const struct status *status);

#endif
