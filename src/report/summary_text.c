#include "base/limits.h"
#include "report/clock.h"
#include "report/summary.h"
#include "report/text.h"

#include <stdlib.h>

/* How many are shown where -v is not given. */
#define SHOWN_ROWS 5
#define SHOWN_TOTALS 10
#define SHOWN_SERVERS 20
#define SHOWN_NAMES 5

/* Where what was counted begins, and what is said of it. */
#define WHAT_COLUMN 12

/* Whole lines go out when so much has gathered. */
#define FLUSH_BYTES 65536

struct page {
    struct layout l;
    struct report_sink *sink;
    const struct text_options *options;
};

static void flush(struct page *page, size_t least) {
    struct buffer *block = &page->sink->block;
    if (page->l.failed) {
        page->sink->dropped++;
        page->l.failed = false;
        block->len = 0;
    } else if (block->len > least) {
        report_sink_write(page->sink);
    }
}

static void line_end(struct page *page) {
    layout_line_end(&page->l);
    flush(page, FLUSH_BYTES);
}

static void put_line(struct page *page, const char *text) {
    layout_text(&page->l, text);
    line_end(page);
}

static void put_title(struct page *page, const char *title) {
    line_end(page);
    layout_text(&page->l, " ");
    put_line(page, title);
}

static void put_times(struct page *page, uint64_t count) {
    layout_text(&page->l, "    \u00d7");
    layout_number(&page->l, count);
    layout_to(&page->l, page->l.column + 2 > WHAT_COLUMN ? page->l.column + 2 : WHAT_COLUMN);
}

/* "2026-11-20 13:50:01 to 14:05:10"; one moment where it is one. */
static void put_span(struct page *page, const struct summary_span *span) {
    struct layout *l = &page->l;
    layout_text(l, span->count > 1 ? "from " : "at ");
    text_moment(l, page->options, span->first_ns);
    if (span->count > 1) {
        layout_text(l, " to ");
        text_since(l, page->options, span->last_ns, span->first_ns);
    }
}

static void put_place(struct page *page, const struct summary_span *span) {
    struct layout *l = &page->l;
    layout_text(l, span->count > 1 ? "first in frame " : "in frame ");
    layout_number(l, span->frame);
    layout_text(l, ", stream ");
    layout_number(l, span->stream);
    if (span->file != NULL) {
        layout_text(l, " of ");
        text_path(l, span->file);
    }
}

static void put_server(struct layout *l, const char *name, const struct tlswatch_endpoint *endpoint) {
    if (name == NULL) {
        text_address(l, endpoint->ip, endpoint->port);
        return;
    }
    layout_fit(l, name, layout_left(l) > 70 ? layout_left(l) - 50 : 20);
    layout_text(l, " (");
    text_address(l, endpoint->ip, endpoint->port);
    layout_text(l, ")");
}

static void put_more(struct page *page, size_t num, const char *noun) {
    layout_to(&page->l, WHAT_COLUMN);
    layout_text(&page->l, "and ");
    layout_number(&page->l, num);
    layout_text(&page->l, " more ");
    layout_text(&page->l, noun);
    put_line(page, num == 1 ? " (-v)" : "s (-v)");
}

static void put_no_memory(struct page *page) {
    put_line(page, "    there was no memory to list them");
}

/* --- Failures by cause --- */

static void put_failure(struct page *page, const struct summary_failure *failure) {
    struct layout *l = &page->l;
    put_times(page, failure->span.count);
    layout_text(l, failure->client_ip);
    layout_text(l, " \u2192 ");
    put_server(l, failure->server_name, &failure->server);
    line_end(page);
    if (failure->issuer != NULL) {
        layout_to(l, WHAT_COLUMN);
        layout_text(l, "client's certificate issued by ");
        layout_fit(l, failure->issuer, layout_left(l));
        line_end(page);
    }
    layout_to(l, WHAT_COLUMN);
    put_span(page, &failure->span);
    line_end(page);
    layout_to(l, WHAT_COLUMN);
    put_place(page, &failure->span);
    line_end(page);
}

struct cause {
    enum tlswatch_cause cause;
    enum tlswatch_side certificate_of;
    const struct summary_span *span;
};

static void put_failures(struct page *page, const struct summary *s, const struct cause *cause, void *const *failures) {
    size_t shown = 0, more = 0;
    for (size_t i = 0; i < s->failures.num; i++) {
        const struct summary_failure *failure = failures[i];
        if (failure->cause != cause->cause || failure->certificate_of != cause->certificate_of) {
            continue;
        }
        if (shown < SHOWN_ROWS || page->options->verbose) {
            put_failure(page, failure);
            shown++;
        } else {
            more++;
        }
    }
    if (more > 0) {
        put_more(page, more, "group");
    }
}

static void put_cause(struct page *page, const struct cause *cause) {
    struct layout *l = &page->l;
    const char *side = tlswatch_side_name(cause->certificate_of);
    line_end(page);
    layout_text(l, " ");
    layout_text(l, tlswatch_cause_name(cause->cause));
    layout_text(l, "  \u00d7");
    layout_number(l, cause->span->count);
    if (side != NULL) {
        layout_text(l, "  of the ");
        layout_text(l, side);
        layout_text(l, "'s certificate");
    }
    line_end(page);
    layout_to(l, 2);
    layout_wrap(l, 2, tlswatch_cause_meaning(cause->cause));
    line_end(page);
}

/* All causes that occurred, the most frequent first; how many. */
static size_t list_causes(const struct summary *s, struct cause out[TLSWATCH_NUM_CAUSES * 3]) {
    size_t num = 0;
    for (int i = 0; i < TLSWATCH_NUM_CAUSES; i++) {
        for (int side = 0; side <= TLSWATCH_SERVER; side++) {
            const struct summary_span *span = &s->causes[i][side];
            if (span->count == 0) {
                continue;
            }
            size_t at = num++;
            for (; at > 0 && out[at - 1].span->count < span->count; at--) {
                out[at] = out[at - 1];
            }
            out[at] = (struct cause){(enum tlswatch_cause)i, (enum tlswatch_side)side, span};
        }
    }
    return num;
}

static void put_causes(struct page *page, const struct summary *s) {
    struct cause causes[TLSWATCH_NUM_CAUSES * 3];
    size_t num = list_causes(s, causes);
    void **failures = summary_sorted(&s->failures, offsetof(struct summary_failure, span));
    for (size_t i = 0; i < num; i++) {
        put_cause(page, &causes[i]);
        if (failures != NULL) {
            put_failures(page, s, &causes[i], failures);
        } else {
            put_no_memory(page);
        }
    }
    free(failures);
}

/* --- Failures by server, by client, by issuer: where there is more than one --- */

static void put_total(struct page *page, enum summary_by by, const struct summary_total *total) {
    struct layout *l = &page->l;
    put_times(page, total->span.count);
    switch (by) {
    case SUMMARY_BY_SERVER:
        put_server(l, total->first->server_name, &total->first->server);
        break;
    case SUMMARY_BY_CLIENT:
        layout_text(l, total->first->client_ip);
        break;
    case SUMMARY_BY_ISSUER:
        layout_fit(l, total->first->issuer != NULL ? total->first->issuer : "(no client certificate in clear)", layout_left(l));
        break;
    }
    line_end(page);
}

static void put_totals(struct page *page, const struct summary *s, enum summary_by by, const char *title) {
    struct groups totals;
    bool whole = summary_totals(s, by, &totals);
    bool told = !whole || totals.num > 1;
    void **sorted = told && whole ? summary_sorted(&totals, offsetof(struct summary_total, span)) : NULL;
    if (told) {
        put_title(page, title);
    }
    if (told && sorted == NULL) {
        put_no_memory(page);
    }
    if (sorted != NULL) {
        for (size_t i = 0; i < totals.num && (i < SHOWN_TOTALS || page->options->verbose); i++) {
            put_total(page, by, sorted[i]);
        }
        if (totals.num > SHOWN_TOTALS && !page->options->verbose) {
            put_more(page, totals.num - SHOWN_TOTALS, "row");
        }
    }
    free(sorted);
    groups_clear(&totals);
}

/* --- Clients whose certificate is about to end --- */

static void put_expiring(struct page *page, const struct summary_expiring *expiring) {
    struct layout *l = &page->l;
    int64_t left = expiring->not_after - expiring->span.last_ns / SECOND_NS;
    put_times(page, expiring->span.count);
    layout_fit(l, expiring->subject != NULL ? expiring->subject : "(no subject)", layout_left(l));
    line_end(page);
    layout_to(l, WHAT_COLUMN);
    layout_text(l, left < 0 ? "ended " : "ends ");
    text_date_time(l, expiring->not_after);
    layout_text(l, ", ");
    int64_t days = (left < 0 ? -left : left) / CLOCK_DAY_S;
    if (days > 0) {
        layout_count(l, (uint64_t)days, "day");
    } else {
        layout_text(l, "less than a day");
    }
    layout_text(l, left < 0 ? " before it was last sent" : " after it was last sent");
    line_end(page);
    layout_to(l, WHAT_COLUMN);
    layout_text(l, expiring->client_ip);
    layout_text(l, " \u2192 ");
    put_server(l, expiring->server_name, &expiring->server);
    line_end(page);
    layout_to(l, WHAT_COLUMN);
    put_place(page, &expiring->span);
    line_end(page);
}

static void put_all_expiring(struct page *page, const struct summary *s) {
    void **sorted = summary_sorted(&s->expiring, offsetof(struct summary_expiring, span));
    if (s->expiring.num == 0) {
        return;
    }
    put_title(page, "Client certificates that had ended or end within 30 days of being sent");
    if (sorted == NULL) {
        put_no_memory(page);
        return;
    }
    for (size_t i = 0; i < s->expiring.num && (i < SHOWN_SERVERS || page->options->verbose); i++) {
        put_expiring(page, sorted[i]);
    }
    if (s->expiring.num > SHOWN_SERVERS && !page->options->verbose) {
        put_more(page, s->expiring.num - SHOWN_SERVERS, "certificate");
    }
    free(sorted);
}

/* --- Servers and what they advertised --- */

static void put_advertised(struct page *page, const struct summary_advertised *advertised) {
    struct layout *l = &page->l;
    const struct summary_list *list = advertised->list;
    size_t shown = page->options->verbose || list->num_kept < SHOWN_NAMES ? list->num_kept : SHOWN_NAMES;
    layout_to(l, 6);
    layout_text(l, list->num == 0 ? "asked for a certificate, advertised no CA" : "advertised ");
    if (list->num > 0) {
        layout_count(l, list->num, "CA");
    }
    layout_text(l, ", \u00d7");
    layout_number(l, advertised->span.count);
    layout_text(l, ", ");
    put_place(page, &advertised->span);
    line_end(page);
    for (size_t i = 0; i < shown; i++) {
        layout_to(l, WHAT_COLUMN);
        layout_fit(l, list->names[i][0] != '\0' ? list->names[i] : "(empty name)", layout_left(l));
        line_end(page);
    }
    if (shown < list->num) {
        put_more(page, list->num - shown, "name");
    }
}

static void put_server_section(struct page *page, const struct summary_server *server) {
    struct layout *l = &page->l;
    layout_to(l, 4);
    put_server(l, server->name, &server->endpoint);
    layout_text(l, "  ");
    layout_count(l, server->conversations, "conversation");
    layout_text(l, ", ");
    layout_number(l, server->failures);
    layout_text(l, " failed or doubtful");
    line_end(page);
    for (const struct summary_advertised *a = server->first; a != NULL; a = a->next) {
        put_advertised(page, a);
    }
    if (server->not_requested > 0) {
        layout_text(l, "      did not ask for a certificate in clear, \u00d7");
        layout_number(l, server->not_requested);
        line_end(page);
    }
    if (server->hidden > 0) {
        layout_text(l, "      whether it asked is encrypted or lost, \u00d7");
        layout_number(l, server->hidden);
        line_end(page);
    }
}

static void put_servers(struct page *page, const struct summary *s) {
    if (s->servers.num == 0) {
        return;
    }
    put_title(page, "Servers and what they advertised");
    for (size_t i = 0; i < s->servers.num && (i < SHOWN_SERVERS || page->options->verbose); i++) {
        put_server_section(page, groups_at(&s->servers, i));
    }
    if (s->servers.num > SHOWN_SERVERS && !page->options->verbose) {
        put_more(page, s->servers.num - SHOWN_SERVERS, "server");
    }
}

/* --- What the capture could not show --- */

struct unseen_row {
    uint64_t count;
    const char *noun, *what;
};

static bool put_unseen_row(struct page *page, const struct unseen_row *row) {
    if (row->count == 0) {
        return false;
    }
    layout_to(&page->l, 4);
    layout_count(&page->l, row->count, row->noun);
    layout_text(&page->l, " ");
    put_line(page, row->what);
    return true;
}

static void put_unseen(struct page *page, const struct summary *s, const struct summary_end *end) {
    const struct summary_unseen *unseen = &s->unseen;
    const struct unseen_row rows[] = {
            {unseen->incomplete, "conversation", "of which too little is there for a verdict"},
            {unseen->begun_before, "conversation", "begun before the capture"},
            {unseen->encrypted, "conversation", "with certificates inside the encryption"},
            {unseen->resumed, "conversation", "that resumed an earlier session, without certificates"},
            {unseen->lost, "conversation", "with a message where bytes are missing"},
            {unseen->gaps, "conversation", "with gaps"},
            {unseen->cut, "conversation", "with packets cut by the snapshot length"},
            {unseen->one_sided, "conversation", "of which only one direction is there"},
            {unseen->missing_bytes, "byte", "missing in all"},
            {end->kernel_drops, "packet", "dropped by the kernel"},
            {end->statistics->unsupported_frames, "packet", "of protocols that are not read"},
            {end->statistics->limits_hit, "time", "a limit was reached and something was thrown away"},
            {summary_left_out(s), "time", "this summary had no room for another group"},
    };
    bool any = false;
    put_title(page, "What the capture could not show");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        any = put_unseen_row(page, &rows[i]) || any;
    }
    if (!any) {
        put_line(page, "    nothing was missing");
    }
}

static void put_heading(struct page *page, const struct summary *s) {
    struct layout *l = &page->l;
    uint32_t ns;
    if (s->all.count == 0) {
        return;
    }
    layout_text(l, " ");
    text_moment(l, page->options, s->all.first_ns);
    if (s->all.count > 1) {
        layout_text(l, " to ");
        text_since(l, page->options, s->all.last_ns, s->all.first_ns);
    }
    layout_text(l, ", ");
    text_zone(l, text_offset(page->options, clock_seconds(s->all.first_ns, &ns)));
    line_end(page);
}

void summary_print(const struct summary *s, struct report_sink *sink, const struct text_options *options, const struct summary_end *end) {
    struct text_report totals;
    text_report_init(&totals, sink, options);
    memcpy(totals.counts, s->classes, sizeof totals.counts);
    struct page page = {
            .l = {.out = &sink->block,
                  .cap = LIMIT_REPORT_BLOCK,
                  .width = totals.options.width,
                  .utf8 = options->utf8,
                  .color = options->color},
            .sink = sink,
            .options = options,
    };
    sink->block.len = 0;
    put_heading(&page, s);
    put_causes(&page, s);
    put_totals(&page, s, SUMMARY_BY_SERVER, "Failures by server");
    put_totals(&page, s, SUMMARY_BY_CLIENT, "Failures by client");
    put_totals(&page, s, SUMMARY_BY_ISSUER, "Failures by the issuer of the client's certificate");
    put_all_expiring(&page, s);
    put_servers(&page, s);
    if (s->all.count > 0) {
        put_unseen(&page, s, end);
        line_end(&page);
    }
    flush(&page, 0);
    text_report_end(&totals, end->statistics, end->kernel_drops);
}
