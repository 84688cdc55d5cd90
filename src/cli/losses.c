#include "cli/losses.h"

#include "base/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PAUSE_NS (9 * SECOND_NS) /* it is looked at once a second, and told within ten */

struct text {
    char *out;
    size_t size, len;
};

static void put(struct text *t, uint64_t count, const char *what, const char *because) {
    if (count > 0) {
        int n = snprintf(t->out + t->len, t->size - t->len, "%s%" PRIu64 " %s%s %s", t->len > 0 ? "; " : "", count, what,
                         count == 1 ? "" : "s", because);
        t->len += n > 0 && (size_t)n < t->size - t->len ? (size_t)n : 0;
    }
}

static void put_records(struct text *t, uint64_t count, const char *where, int because) {
    char reason[256];
    const char *why = because == EAGAIN ? "its reader is too slow" : because == EPIPE ? "its reader has gone" : strerror(because);
    snprintf(reason, sizeof reason, "not written to %s: %s", where, why);
    put(t, count, "record", reason);
}

bool losses_text(const struct loss_counts *before, const struct loss_counts *now, char *out, size_t size) {
    struct text t = {out, size, 0};
    out[0] = '\0';
    put(&t, now->kernel - before->kernel, "packet", "dropped by the kernel");
    put(&t, now->interface - before->interface, "packet", "dropped by the interface");
    put_records(&t, now->printed - before->printed, "standard output", now->printed_because);
    put_records(&t, now->logged - before->logged, "the log", now->logged_because);
    return t.len > 0;
}

/* A reader that has gone is told once, and at the end. */
static bool has_gone(const struct loss_counts *told, const struct loss_counts *now) {
    return told->printed_because == EPIPE && now->printed_because == EPIPE;
}

bool losses_due(const struct losses *losses, const struct loss_counts *now, int64_t now_ns) {
    const struct loss_counts *told = &losses->told;
    bool any = now->kernel != told->kernel || now->interface != told->interface || now->logged != told->logged ||
               (now->printed != told->printed && !has_gone(told, now));
    int64_t since = now_ns - losses->told_ns;
    return any && (since >= PAUSE_NS || since < 0);
}
