/*
 * -j: many captures, each a run of its own in a process of its own, several at a time. What each prints waits in a file
 * without a name until its turn comes, so that everything is in the order of the files; what they counted is added up in
 * one last line.
 *
 * This process reads no packet and nothing that was written by one who does, but copies it; each of the others is confined
 * as any run is, and has nothing of the others.
 */
#ifndef TLSWATCH_CLI_JOBS_H
#define TLSWATCH_CLI_JOBS_H

#include "cli/options.h"
#include "cli/run.h"

/* jobs_run returns in each of the processes: the highest of their statuses, and in them their own. */
enum exit_status jobs_run(const struct options *options);

#endif
