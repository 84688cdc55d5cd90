#include "cli/status_lines.h"

#include "base/limits.h"

#include <stdio.h>

static bool put(struct status_lines *s, const struct capture_statistics *captured, int64_t now_ns, const char *action,
                const char *message) {
    struct status status = {
            .action = action,
            .message = message,
            .interface = s->interface,
            .time_ns = now_ns,
            .packets = captured->frames,
            .conversations = s->views->conversations,
            .kernel_drops = captured->kernel_drops,
            .interface_drops = captured->interface_drops,
            .records_lost = s->views->sink.lost + s->views->log.sink.lost,
    };
    return views_status(s->views, &status);
}

static bool is_to_be_told(const struct losses *losses, const struct loss_counts *counts, int64_t now_ns, bool at_end,
                          char message[LOSSES_TEXT_SIZE]) {
    return (at_end || losses_due(losses, counts, now_ns)) && losses_text(&losses->told, counts, message, LOSSES_TEXT_SIZE);
}

void status_losses(struct status_lines *s, const struct capture_statistics *captured, int64_t now_ns, bool at_end) {
    const struct report_sink *printed = &s->views->sink, *logged = &s->views->log.sink;
    char message[LOSSES_TEXT_SIZE];
    struct loss_counts counts = {
            .kernel = captured->kernel_drops,
            .interface = captured->interface_drops,
            .printed = printed->lost,
            .printed_because = printed->lost_because,
            .logged = logged->lost,
            .logged_because = logged->lost_because,
    };
    if (is_to_be_told(&s->said, &counts, now_ns, at_end, message)) {
        complain("%s", message);
        s->said = (struct losses){counts, now_ns};
    }
    if (is_to_be_told(&s->streamed, &counts, now_ns, at_end, message)) {
        /* A stream that takes nothing now is told the next time. */
        bool taken = put(s, captured, now_ns, "records-lost", message);
        s->streamed = (struct losses){taken ? counts : s->streamed.told, now_ns};
    }
}

void status_capture_lost(struct status_lines *s, const struct capture_statistics *captured, int64_t now_ns, const char *why) {
    put(s, captured, now_ns, "capture-lost", why);
}

void status_capture_resumed(struct status_lines *s, const struct capture_statistics *captured, int64_t now_ns,
                            const struct monitored *monitored) {
    char message[256];
    if (monitored->after != NULL) {
        double away_s = (double)(now_ns - monitored->lost_ns) / SECOND_NS;
        snprintf(message, sizeof message, "the capture goes on after %.1f s without: %s", away_s, monitored->after);
        complain("%s", message);
        put(s, captured, now_ns, "capture-resumed", message);
    }
}
