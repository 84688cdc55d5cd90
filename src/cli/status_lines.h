/*
 * What a run on an interface says of itself, on stderr and as lines of status in the streams of JSON: what was lost, that the
 * capture was lost, that it goes on.
 */
#ifndef TLSWATCH_CLI_STATUS_LINES_H
#define TLSWATCH_CLI_STATUS_LINES_H

#include "capture/capture.h"
#include "cli/losses.h"
#include "cli/monitor.h"
#include "cli/views.h"

struct status_lines {
    struct views *views;
    const char *interface;
    struct losses said, streamed; /* on stderr, in the streams */
};

/* status_losses tells what was lost since it was told last, where that is due: to be called once a second. */
void status_losses(struct status_lines *s, const struct capture_statistics *captured, int64_t now_ns, bool at_end);

/* status_capture_lost puts into the streams why there is no capture any more; stderr has it. */
void status_capture_lost(struct status_lines *s, const struct capture_statistics *captured, int64_t now_ns, const char *why);

/* status_capture_resumed says, where this is not the first worker, that it captures. */
void status_capture_resumed(struct status_lines *s, const struct capture_statistics *captured, int64_t now_ns,
                            const struct monitored *monitored);

#endif
