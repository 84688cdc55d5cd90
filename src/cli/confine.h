/*
 * The sandbox of a run: what libraries open at first use is opened, and then no more is.
 */
#ifndef TLSWATCH_CLI_CONFINE_H
#define TLSWATCH_CLI_CONFINE_H

#include "capture/capture.h"
#include "cli/options.h"
#include "sandbox/sandbox.h"

/* confine enters it, all outputs and, live, the interface being open; `capture` is NULL where files are still to be
 * read. The watcher starts its threads. False where it can't be entered as it has to, which was then said on stderr. */
bool confine(struct sandbox_state *state, const struct options *options, const struct capture *capture, struct tlswatch *watcher);

#endif
