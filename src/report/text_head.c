#include "report/text.h"

#include "report/clock.h"

static bool same_file(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Of a long path the end says most. */
void text_path(struct layout *l, const char *path) {
    const char *tail = path, *slash;
    size_t ellipsis = layout_columns(l, "\u2026");
    while (layout_columns(l, tail) + (tail == path ? 0 : ellipsis) > layout_left(l) && (slash = strchr(tail + 1, '/')) != NULL) {
        tail = slash;
    }
    layout_text(l, tail == path ? "" : "\u2026");
    layout_fit(l, tail, layout_left(l));
}

void text_heading(struct layout *l, struct text_report *report, int64_t time_ns, const char *file) {
    uint32_t ns;
    int64_t time_s = clock_seconds(time_ns, &ns);
    int offset = text_offset(&report->options, time_s);
    int64_t day = clock_days(time_s + offset);
    bool known = report->headed && report->day == day && report->offset == offset;
    if (known && same_file(report->file, file)) {
        return;
    }
    report->headed = true;
    report->day = day;
    report->offset = offset;
    report->file = file;
    layout_text(l, " ");
    text_date(l, time_s + offset);
    layout_text(l, ", ");
    text_zone(l, offset);
    if (report->file != NULL) {
        layout_text(l, "  ");
        text_path(l, report->file);
    }
    layout_line_end(l);
}

void text_address(struct layout *l, const char *ip, uint16_t port) {
    bool brackets = strchr(ip, ':') != NULL;
    layout_text(l, brackets ? "[" : "");
    layout_text(l, ip);
    layout_text(l, brackets ? "]:" : ":");
    layout_number(l, port);
}

static void put_endpoint(struct layout *l, const struct tlswatch_endpoint *endpoint) {
    text_address(l, endpoint->ip, endpoint->port);
}

static unsigned digits_of(uint64_t number) {
    unsigned digits = 1;
    for (uint64_t rest = number; rest >= 10; rest /= 10) {
        digits++;
    }
    return digits;
}

static unsigned endpoint_columns(const struct tlswatch_endpoint *endpoint) {
    return (unsigned)strlen(endpoint->ip) + (strchr(endpoint->ip, ':') != NULL ? 2 : 0) + 1 + digits_of(endpoint->port);
}

static void put_mark(struct layout *l, enum text_class as) {
    switch (as) {
    case TEXT_GOOD:
        layout_text(l, "\u2713");
        break;
    case TEXT_FAILED:
        layout_red(l, "\u2717");
        break;
    case TEXT_DOUBTFUL:
    case TEXT_MIDDLE:
        layout_text(l, "?");
        break;
    }
}

/* A name takes what the address leaves of the line, but is not cut below this for its sake. */
#define LEAST_NAME 20

static unsigned least_name(const struct layout *l, const char *name) {
    size_t columns = layout_columns(l, name);
    return columns < LEAST_NAME ? (unsigned)columns : LEAST_NAME;
}

static void put_name(struct layout *l, const struct tlswatch_record *record) {
    unsigned address = endpoint_columns(&record->server) + 3;
    bool together = address + least_name(l, record->server_name) <= layout_left(l);
    layout_fit(l, record->server_name, layout_left(l) - (together ? address : 0));
    if (!together) {
        layout_line_end(l);
        layout_text(l, "   ");
    }
    layout_text(l, " (");
    put_endpoint(l, &record->server);
    layout_text(l, ")");
}

/* The pair on one line, or the server below where two addresses of IPv6 and a name are too much. */
static void put_pair(struct layout *l, const struct tlswatch_record *record) {
    unsigned name = record->server_name != NULL ? least_name(l, record->server_name) + 3 : 0;
    put_endpoint(l, &record->client);
    if (3 + name + endpoint_columns(&record->server) > layout_left(l)) {
        layout_line_end(l);
        layout_text(l, " ");
    }
    layout_text(l, " \u2192 ");
    if (record->server_name != NULL) {
        put_name(l, record);
    } else {
        put_endpoint(l, &record->server);
    }
}

/* A piece of the head: two columns from the one before, or on a new line. */
static void put_gap(struct layout *l, unsigned columns) {
    if (columns + 2 > layout_left(l)) {
        layout_line_end(l);
    }
    layout_text(l, "  ");
}

static void put_piece(struct layout *l, const char *before, const char *text) {
    unsigned columns = (unsigned)(strlen(before) + layout_columns(l, text));
    put_gap(l, columns);
    layout_text(l, before);
    layout_fit(l, text, layout_left(l));
}

static void put_version(struct layout *l, const struct tlswatch_record *record) {
    if (record->version_text != NULL) {
        put_piece(l, record->version != 0 && record->version <= 0x0300 ? "SSL " : "TLS ", record->version_text);
    }
}

static void put_beginning(struct layout *l, const struct text_report *report, const struct tlswatch_record *record, enum text_class as) {
    put_mark(l, as);
    layout_text(l, " ");
    text_time(l, report, record->start.time_ns);
    layout_text(l, "  ");
    put_pair(l, record);
    put_version(l, record);
}

void text_head(struct layout *l, const struct text_report *report, const struct tlswatch_record *record, enum text_class as) {
    put_beginning(l, report, record, as);
    put_gap(l, (unsigned)strlen("stream ") + digits_of(record->stream));
    layout_text(l, "stream ");
    layout_number(l, record->stream);
    if (record->opening != NULL) {
        put_piece(l, "after ", record->opening);
    }
    if (record->proxied_client != NULL) {
        put_gap(l, endpoint_columns(record->proxied_client) + 4);
        layout_text(l, "for ");
        put_endpoint(l, record->proxied_client);
    }
    if (record->resumed) {
        put_piece(l, "", "resumed");
    }
    if (record->established && as != TEXT_GOOD) {
        put_piece(l, "", "handshake completed");
    }
}

void text_times(struct layout *l, const struct text_report *report, const struct repeat *repeat) {
    put_gap(l, digits_of(repeat->count) + 20);
    layout_text(l, "\u00d7");
    layout_number(l, repeat->count);
    layout_text(l, " until ");
    text_since(l, &report->options, repeat->last_ns, repeat->first_ns);
}

/* What else is known of a good one, while the line lasts. */
static void put_if_it_fits(struct layout *l, const char *text) {
    if (text != NULL && layout_columns(l, text) + 2 <= layout_left(l)) {
        layout_text(l, "  ");
        layout_text(l, text);
    }
}

void text_summary_line(struct layout *l, const struct text_report *report, const struct tlswatch_record *record, enum text_class as) {
    const struct tlswatch_chain *chain = &record->client_certificate;
    put_beginning(l, report, record, as);
    if (as == TEXT_MIDDLE) {
        put_if_it_fits(l, "begun before the capture");
    }
    if (chain->num_certificates > 0 && chain->certificates[0]->subject.text != NULL && layout_left(l) >= LEAST_NAME) {
        layout_text(l, "  ");
        layout_fit(l, chain->certificates[0]->subject.text, layout_left(l));
    }
    put_if_it_fits(l, record->resumed ? "resumed" : NULL);
    put_if_it_fits(l, record->cipher);
    layout_line_end(l);
}

void text_repeat_line(struct layout *l, const struct text_report *report, const struct repeat *repeat) {
    bool certain = repeat->outcome == TLSWATCH_FAILED || repeat->outcome == TLSWATCH_STALLED ||
                   (repeat->outcome == TLSWATCH_REFUSED && repeat->confidence == TLSWATCH_CERTAIN);
    put_mark(l, certain ? TEXT_FAILED : TEXT_DOUBTFUL);
    layout_text(l, " ");
    text_time(l, report, repeat->last_ns);
    layout_text(l, "  ");
    layout_text(l, repeat->client_ip);
    layout_text(l, " \u2192 ");
    if (repeat->server_name != NULL) {
        layout_fit(l, repeat->server_name, LEAST_NAME);
        layout_text(l, " (");
    }
    text_address(l, repeat->server_ip, repeat->server_port);
    layout_text(l, repeat->server_name != NULL ? ")" : "");
    put_piece(l, "", tlswatch_cause_name(repeat->cause));
    put_gap(l, digits_of(repeat->count) + 20);
    layout_text(l, "\u00d7");
    layout_number(l, repeat->count);
    layout_text(l, " since ");
    text_since(l, &report->options, repeat->first_ns, repeat->last_ns);
    put_gap(l, (unsigned)strlen("last in stream ") + digits_of(repeat->last_stream));
    layout_text(l, "last in stream ");
    layout_number(l, repeat->last_stream);
    layout_line_end(l);
}

void text_more_of_it(struct layout *l, const struct text_report *report, const struct repeat *repeat) {
    layout_text(l, "  \u2026 \u00d7");
    layout_number(l, repeat->untold);
    layout_text(l, " more like it until ");
    text_since(l, &report->options, repeat->last_ns, repeat->first_ns);
    layout_text(l, ", last in stream ");
    layout_number(l, repeat->last_stream);
    layout_line_end(l);
    layout_line_end(l);
}
