#include "report/html.h"

#include "base/limits.h"
#include "report/ending.h"
#include <stdio.h>

/* Units of the drawing: narrow enough to be read on a telephone. */
#define WIDTH 470
#define CLIENT_X 12
#define SERVER_X (WIDTH - 12)
#define HEAD_HEIGHT 48
#define RUNG_HEIGHT 34

/* Of a long conversation the beginning and the end are drawn. */
#define FIRST_RUNGS 28
#define LAST_RUNGS 14

#define MOST_RUNGS (LIMIT_TIMELINE + 2)

/* One line of the ladder: a message, with its alert if it is one, or the end of the connection. */
struct rung {
    const struct tlswatch_message *message; /* NULL: the end */
    const struct tlswatch_alert *alert;
    enum tlswatch_side sender;
    struct tlswatch_mark mark;
    size_t repeats; /* of the same kind, one after the other */
    bool broken;
};

struct rungs {
    struct rung items[MOST_RUNGS];
    size_t num;
};

/* --- What stands on the ladder --- */

static bool is_repeat(const struct rung *last, const struct tlswatch_message *message) {
    return last->message != NULL && last->alert == NULL && message->encrypted && last->message->encrypted &&
           last->sender == message->sender && strcmp(last->message->name, message->name) == 0 && strcmp(message->name, "Alert") != 0;
}

static void add(struct rungs *rungs, struct rung rung) {
    if (rungs->num < MOST_RUNGS) {
        rungs->items[rungs->num++] = rung;
    }
}

static void add_end(struct rungs *rungs, const struct tlswatch_record *record, bool broken) {
    add(rungs, (struct rung){.sender = record->closed.first_by, .mark = record->closed.mark, .repeats = 1, .broken = broken});
}

static void collect(const struct tlswatch_record *record, struct rungs *rungs) {
    const struct tlswatch_alert *breaking = ending_alert(record);
    bool ends_here = record->outcome != TLSWATCH_COMPLETED && record->outcome != TLSWATCH_INCOMPLETE && breaking == NULL;
    bool told = false;
    for (size_t i = 0; i < record->num_messages; i++) {
        const struct tlswatch_message *message = &record->messages[i];
        struct rung *last = rungs->num > 0 ? &rungs->items[rungs->num - 1] : NULL;
        if (!told && ending_closed(record) && record->closed.mark.file == message->mark.file &&
            record->closed.mark.frame < message->mark.frame) {
            add_end(rungs, record, ends_here);
            told = true;
        } else if (last != NULL && is_repeat(last, message)) {
            last->repeats++;
            last->mark = message->mark;
            continue;
        }
        const struct tlswatch_alert *alert = ending_alert_of(record, i);
        add(rungs, (struct rung){message, alert, message->sender, message->mark, 1, alert != NULL && alert == breaking});
    }
    if (!told) {
        add_end(rungs, record, ends_here);
    }
}

/* --- How it is drawn --- */

static void put_since(struct html *h, int64_t from_ns, int64_t time_ns) {
    char text[40];
    int64_t us = (time_ns - from_ns) / 1000;
    bool negative = us < 0;
    us = negative ? -us : us;
    if (us < 1000000) {
        snprintf(text, sizeof text, "%s%d.%03d ms", negative ? "-" : "+", (int)(us / 1000), (int)(us % 1000));
    } else {
        snprintf(text, sizeof text, "%s%lld.%03d s", negative ? "-" : "+", (long long)(us / 1000000), (int)(us / 1000 % 1000));
    }
    html_text(h, text);
}

static void put_alert(struct html *h, const struct tlswatch_alert *alert) {
    if (alert->readable) {
        html_put(h, "Alert %s (%d)%s", alert->name, alert->code, alert->level == 1 ? ", warning" : "");
    } else if (alert->inferred == TLSWATCH_INFERRED_CLOSE_NOTIFY) {
        html_put(h, "Alert, by its place close_notify");
    } else {
        html_put(h, alert->inferred == TLSWATCH_INFERRED_FATAL ? "Alert, by its place fatal" : "Alert, encrypted");
    }
}

static void put_end(struct html *h, const struct tlswatch_record *record) {
    switch (record->closed.how) {
    case TLSWATCH_CLOSED_FIN:
        html_put(h, "closed the connection (FIN)");
        break;
    case TLSWATCH_CLOSED_RST:
        html_put(h, "reset the connection (RST)");
        break;
    case TLSWATCH_CLOSED_TIMEOUT:
        html_put(h, "then nothing more, and nobody closed");
        break;
    case TLSWATCH_CLOSED_CAPTURE_END:
        html_put(h, "nobody had closed when the capture ended");
        break;
    }
}

static void put_label(struct html_finding *f, const struct rung *rung) {
    struct html *h = &f->h;
    html_put(h, rung->broken ? "\u2717 " : "");
    if (rung->message == NULL) {
        put_end(h, f->record);
    } else if (rung->alert != NULL) {
        put_alert(h, rung->alert);
    } else if (rung->repeats > 1) {
        html_put(h, "%s \u00d7%zu, encrypted", rung->message->name, rung->repeats);
    } else {
        html_put(h, "%s%s", rung->message->name, rung->message->encrypted ? ", encrypted" : "");
    }
}

static void put_arrow(struct html *h, enum tlswatch_side sender, int y) {
    int from = sender == TLSWATCH_CLIENT ? CLIENT_X : SERVER_X, to = sender == TLSWATCH_CLIENT ? SERVER_X : CLIENT_X;
    int back = sender == TLSWATCH_CLIENT ? -9 : 9;
    html_put(h, "<line class=\"arrow\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>", from, y, to + back, y);
    html_put(h, "<polygon class=\"head\" points=\"%d,%d %d,%d %d,%d\"/>", to, y, to + back, y - 5, to + back, y + 5);
}

static void put_rung(struct html_finding *f, const struct rung *rung, int y) {
    struct html *h = &f->h;
    bool hidden = rung->message == NULL || rung->message->encrypted;
    html_put(h, "<g class=\"%s%s%s\">", hidden ? "hidden " : "", ending_is_proof(f->record, &rung->mark) ? "proof " : "",
             rung->broken ? "broken" : "");
    html_put(h, "<text x=\"%d\" y=\"%d\">", CLIENT_X + 8, y + 17);
    put_label(f, rung);
    html_put(h, "</text>");
    if (rung->mark.frame != 0) {
        html_put(h, "<text class=\"at\" x=\"%d\" y=\"%d\" text-anchor=\"end\">frame %ju \u00b7 ", SERVER_X - 8, y + 17,
                 (uintmax_t)rung->mark.frame);
        put_since(h, f->record->start.time_ns, rung->mark.time_ns);
        html_put(h, "</text>");
    }
    if (rung->sender != TLSWATCH_NOBODY) {
        put_arrow(h, rung->sender, y + 25);
    }
    html_put(h, "</g>\n");
}

static void put_left_out(struct html *h, size_t num, int y) {
    html_put(h, "<text class=\"at\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">\u2026 %zu more messages \u2026</text>\n", WIDTH / 2, y + 20,
             num);
}

static void put_heads(struct html_finding *f, int height) {
    struct html *h = &f->h;
    html_put(h, "<text x=\"2\" y=\"15\"><tspan class=\"who\">Client</tspan> ");
    html_endpoint(h, &f->record->client);
    html_put(h, "</text><text x=\"%d\" y=\"%d\" text-anchor=\"end\"><tspan class=\"who\">Server</tspan> ", WIDTH - 2,
             strlen(f->record->client.ip) + strlen(f->record->server.ip) > 32 ? 34 : 15);
    html_endpoint(h, &f->record->server);
    html_put(h, "</text>\n<line class=\"life\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>", CLIENT_X, HEAD_HEIGHT - 8, CLIENT_X, height);
    html_put(h, "<line class=\"life\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n", SERVER_X, HEAD_HEIGHT - 8, SERVER_X, height);
}

static void put_capture_notes(struct html_finding *f) {
    const struct tlswatch_capture *capture = &f->record->capture;
    bool whole = capture->client_bytes == TLSWATCH_BYTES_WHOLE && capture->server_bytes == TLSWATCH_BYTES_WHOLE;
    html_put(&f->h, "<p class=\"note\">Times count from the connection's first packet. Frames in bold prove the verdict; dashed is "
                    "encrypted, or the end.");
    html_put(&f->h, capture->start == TLSWATCH_START_MISSED ? " The capture began in the middle of the connection." : "");
    html_put(&f->h, whole ? "</p>\n" : " Bytes of this connection are missing in the capture.</p>\n");
}

void html_ladder(struct html_finding *f) {
    struct rungs rungs = {.num = 0};
    collect(f->record, &rungs);
    size_t left_out = rungs.num > FIRST_RUNGS + LAST_RUNGS + 1 ? rungs.num - FIRST_RUNGS - LAST_RUNGS : 0;
    int height = HEAD_HEIGHT + RUNG_HEIGHT * (int)(rungs.num - left_out + (left_out > 0)) + 6;
    int y = HEAD_HEIGHT - 8;
    html_put(&f->h, "<svg class=\"ladder\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n", WIDTH, height, WIDTH, height);
    put_heads(f, height);
    for (size_t i = 0; i < rungs.num; i++, y += RUNG_HEIGHT) {
        if (left_out > 0 && i == FIRST_RUNGS) {
            put_left_out(&f->h, left_out, y);
            i += left_out - 1;
        } else {
            put_rung(f, &rungs.items[i], y);
        }
    }
    html_put(&f->h, "</svg>\n");
    put_capture_notes(f);
}
