/*
 * One run: frames from a capture through a watcher to a report, until the capture ends or somebody ends it.
 */
#ifndef TLSWATCH_CLI_RUN_H
#define TLSWATCH_CLI_RUN_H

#include "cli/options.h"

enum exit_status {
    EXIT_OK = 0,
    EXIT_FAILURE_FOUND = 1, /* with --exit-code */
    EXIT_CANNOT_RUN = 2,
    EXIT_CAPTURE_LOST = 3, /* between a worker and its monitor only */
};

struct monitored;

/* run does what the options ask for; `monitored` says who wants to know that it lives. */
enum exit_status run(const struct options *options, const struct monitored *monitored);

/* run_part is one of several runs that are told as one. */
struct part;
enum exit_status run_part(const struct options *options, const struct part *part);

/* run_list_interfaces prints what -i can be given. */
enum exit_status run_list_interfaces(void);

/* complain writes "tlswatch: ..." and a line end to stderr. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
