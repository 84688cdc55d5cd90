#include "cli/progress.h"

#include "capture/capture.h"
#include "cli/signals.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S 0.5 /* what is done sooner needs no progress */
#define PAUSE_S 0.25
#define STEPS_EACH 16 /* looking at the clock each time would cost more than what is watched */
#define LONGEST_LINE 160

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void progress_begin(struct progress *p, bool again, bool live) {
    const char *terminal = getenv("TERM");
    *p = (struct progress){.again = again, .shared = isatty(STDOUT_FILENO), .begun = now_s()};
    p->terminal = !live && isatty(STDERR_FILENO) && terminal != NULL && strcmp(terminal, "dumb") != 0;
}

/* --- The text --- */

struct text {
    char *out;
    size_t size, len;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *t, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(t->out + t->len, t->size - t->len, format, arguments);
    va_end(arguments);
    t->len += n > 0 && (size_t)n < t->size - t->len ? (size_t)n : 0;
}

static void put_bytes(struct text *t, double bytes) {
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    size_t unit = 0;
    while (bytes >= 1000 && unit < 4) {
        bytes /= 1000;
        unit++;
    }
    put(t, unit > 0 && bytes < 10 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

static void put_time_left(struct text *t, double seconds) {
    if (seconds < 100) {
        put(t, ", %.0f s left", seconds);
    } else if (seconds < 100 * 60) {
        put(t, ", %.0f min left", seconds / 60);
    } else {
        put(t, ", %.0f h left", seconds / 3600);
    }
}

static void put_amount(struct text *t, const struct progress_facts *facts) {
    if (facts->total > 0) {
        uint64_t bytes = facts->bytes < facts->total ? facts->bytes : facts->total; /* a file that grows */
        put(t, "%.0f %%, ", 100.0 * (double)bytes / (double)facts->total);
    }
    put_bytes(t, (double)facts->bytes);
    if (facts->total > 0) {
        put(t, " of ");
        put_bytes(t, (double)facts->total);
    }
}

void progress_text(const struct progress_facts *facts, char *out, size_t size) {
    struct text t = {out, size, 0};
    double rate = facts->seconds > 0 ? (double)facts->bytes / facts->seconds : 0;
    out[0] = '\0';
    put(&t, facts->again ? "once more: " : "");
    if (facts->bytes > 0) {
        put_amount(&t, facts);
        put(&t, ", ");
        put_bytes(&t, rate);
        put(&t, "/s");
    } else {
        put(&t, "%" PRIu64 " packet%s", facts->packets, facts->packets == 1 ? "" : "s");
    }
    if (rate > 0 && facts->total > facts->bytes) {
        put_time_left(&t, (double)(facts->total - facts->bytes) / rate);
    }
    put(&t, ", %" PRIu64 " failure%s", facts->findings, facts->findings == 1 ? "" : "s");
}

/* --- When it is shown --- */

static size_t terminal_columns(void) {
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static void show(struct progress *p, const struct capture *capture, uint64_t packets, uint64_t findings, bool asked) {
    char line[LONGEST_LINE];
    struct progress_facts facts = {.packets = packets, .findings = findings, .seconds = now_s() - p->begun, .again = p->again};
    capture_get_bytes(capture, &facts.bytes, &facts.total);
    progress_text(&facts, line, sizeof line);
    if (asked) {
        progress_hide(p);
        fprintf(stderr, "tlswatch: %s\n", line);
        return;
    }
    /* The last column stays free: some terminals would begin a new line. */
    fprintf(stderr, "\r%.*s\x1b[K", (int)terminal_columns() - 1, line);
    fflush(stderr);
    p->shown = true;
}

void progress_step(struct progress *p, const struct capture *capture, uint64_t packets, uint64_t findings, bool idle) {
    if (signals_asked()) {
        show(p, capture, packets, findings, true);
    }
    if (!p->terminal || (++p->steps_since < STEPS_EACH && !idle)) {
        return;
    }
    double now = now_s();
    p->steps_since = 0;
    if (now - p->begun >= PATIENCE_S && now - p->shown_at >= PAUSE_S) {
        p->shown_at = now;
        show(p, capture, packets, findings, false);
    }
}

void progress_hide(struct progress *p) {
    if (p->shown) {
        fputs("\r\x1b[K", stderr);
        fflush(stderr);
        p->shown = false;
    }
}

void progress_make_way(struct progress *p) {
    if (p->shared) {
        progress_hide(p);
    }
}
