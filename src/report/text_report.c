#include "base/limits.h"
#include "report/no_record.h"
#include "report/text.h"

#include <errno.h>
#include <stdio.h>

#define MOST_COLUMNS 100
#define LEAST_COLUMNS 64

void text_report_init(struct text_report *report, struct report_sink *sink, const struct text_options *options) {
    *report = (struct text_report){.sink = sink, .options = *options, .deferred = {.most = LIMIT_DEFERRED}};
    if (options->fold != TEXT_FOLD_NOT) {
        repeats_init(&report->repeats, options->fold == TEXT_FOLD_LIVE);
    }
    unsigned *width = &report->options.width;
    if (*width == 0 || *width > MOST_COLUMNS) {
        *width = MOST_COLUMNS;
    } else if (*width < LEAST_COLUMNS) {
        *width = LEAST_COLUMNS;
    }
}

void text_report_clear(struct text_report *report) {
    repeats_clear(&report->repeats);
    deferred_clear(&report->deferred);
}

void text_report_start(struct text_report *report, int64_t first_ns) {
    report->started = true;
    report->first_ns = first_ns;
}

static bool has_error(const struct tlswatch_record *record) {
    for (size_t i = 0; i < record->num_findings; i++) {
        if (record->findings[i].severity == TLSWATCH_ERROR) {
            return true;
        }
    }
    return false;
}

/* Facts about a completed handshake, with which nothing is wrong; and what is only possible there, which would be a
 * flood where every request has a connection of its own. JSON has it. */
static bool is_harmless(const struct tlswatch_record *record) {
    enum tlswatch_cause cause = record->cause;
    return cause == TLSWATCH_CAUSE_NONE || cause == TLSWATCH_CAUSE_NOT_REQUESTED || cause == TLSWATCH_CAUSE_RENEGOTIATION_HIDDEN ||
           cause == TLSWATCH_CAUSE_POST_HANDSHAKE_AUTH_HIDDEN || record->confidence == TLSWATCH_POSSIBLE;
}

/* An alert that tells of nothing: close_notify, or an encrypted one that is none that ends a handshake by its place. */
static bool is_quiet(const struct tlswatch_alert *a) {
    return a->readable ? a->code == 0 : a->inferred != TLSWATCH_INFERRED_FATAL;
}

/* It ran when the capture began, and went on or ended without an incident. Of one whose hellos were seen, every alert may
 * be what ended its handshake. */
static bool began_before(const struct tlswatch_record *record) {
    for (size_t i = 0; i < record->num_alerts; i++) {
        if (record->version != 0 || !is_quiet(&record->alerts[i])) {
            return false;
        }
    }
    return record->capture.start == TLSWATCH_START_MISSED && !has_error(record) && record->cause == TLSWATCH_CAUSE_INCOMPLETE;
}

enum text_class text_report_class(const struct tlswatch_record *record) {
    switch (record->outcome) {
    case TLSWATCH_FAILED:
    case TLSWATCH_STALLED:
        return TEXT_FAILED;
    case TLSWATCH_REFUSED:
        return record->confidence == TLSWATCH_CERTAIN ? TEXT_FAILED : TEXT_DOUBTFUL;
    case TLSWATCH_COMPLETED:
        return is_harmless(record) && !has_error(record) ? TEXT_GOOD : TEXT_DOUBTFUL;
    case TLSWATCH_INCOMPLETE:
        return began_before(record) ? TEXT_MIDDLE : TEXT_DOUBTFUL;
    case TLSWATCH_NOT_TLS:
        break;
    }
    return TEXT_DOUBTFUL;
}

static void put_sentence(struct layout *l, const struct tlswatch_record *record) {
    const char *sentence = record->message != NULL ? record->message : tlswatch_cause_meaning(record->cause);
    layout_to(l, 2);
    layout_wrap(l, 2, sentence != NULL ? sentence : tlswatch_cause_name(record->cause));
    if (record->cause != TLSWATCH_CAUSE_NONE) {
        char tag[16];
        snprintf(tag, sizeof tag, "[%.13s]", tlswatch_confidence_name(record->confidence));
        layout_right(l, tag);
    }
    layout_line_end(l);
}

static void put_rivals(struct layout *l, const struct tlswatch_record *record) {
    bool declined = record->cause == TLSWATCH_CAUSE_CLIENT_DECLINED;
    if (record->num_rivals == 0) {
        return;
    }
    layout_text(l, declined ? "  Why is not in a capture; most likely first:" : "  What else fits these packets, most likely first:");
    layout_line_end(l);
    for (size_t i = 0; i < record->num_rivals; i++) {
        const struct tlswatch_rival *rival = &record->rivals[i];
        const char *why = rival->why != NULL ? rival->why : tlswatch_cause_meaning(rival->cause);
        layout_to(l, 4);
        layout_text(l, tlswatch_confidence_name(rival->confidence));
        layout_to(l, 14);
        if (!declined) {
            layout_text(l, tlswatch_cause_name(rival->cause));
            layout_text(l, ":");
        }
        layout_wrap(l, 14, why != NULL ? why : "");
        layout_line_end(l);
    }
}

static void put_labelled(struct layout *l, const char *label, const char *text) {
    if (text != NULL) {
        layout_text(l, label);
        layout_wrap(l, 4, text);
        layout_line_end(l);
    }
}

static void put_block(struct layout *l, struct text_report *report, const struct tlswatch_record *record, enum text_class as) {
    text_head(l, report, record, as);
    report->head_end = l->out->len;
    report->head_column = l->column;
    layout_line_end(l);
    put_sentence(l, record);
    put_rivals(l, record);
    text_evidence(l, record, report->options.verbose);
    put_labelled(l, "  Client:", record->advice_client);
    put_labelled(l, "  Server:", record->advice_server);
    put_labelled(l, "  Client log:", record->client_log);
    put_labelled(l, "  Server log:", record->server_log);
    if (report->options.verbose) {
        text_verbose(l, record);
    }
    put_labelled(l, "  Wireshark:", record->filter);
    layout_line_end(l);
}

static struct layout new_block(struct text_report *report) {
    report->sink->block.len = 0;
    return (struct layout){
            .out = &report->sink->block,
            .cap = LIMIT_REPORT_BLOCK,
            .width = report->options.width,
            .utf8 = report->options.utf8,
            .color = report->options.color,
    };
}

static void write_block(struct text_report *report, const struct layout *l) {
    if (l->failed) {
        report->sink->dropped++;
    } else {
        report_sink_write(report->sink);
    }
}

/* --- What repeats --- */

static void show_repeat(void *user, const struct repeat *repeat) {
    struct text_report *report = user;
    struct layout l = new_block(report);
    text_heading(&l, report, repeat->last_ns, repeat->last_file);
    text_repeat_line(&l, report, repeat);
    write_block(report, &l);
    report->before = NULL;
}

/* Before anything else is shown: how often the block above came again. */
static void show_more_of_it(struct text_report *report) {
    struct repeat *before = report->before;
    report->before = NULL;
    if (before != NULL && before->untold > 0) {
        struct layout l = new_block(report);
        text_more_of_it(&l, report, before);
        write_block(report, &l);
        repeats_told(before);
    }
}

/* --- What waits for its count --- */

/* In a file that is read to its end before anything is shown. */
static bool defers(const struct text_report *report) {
    return report->options.fold == TEXT_FOLD_FILE && (report->options.defer || report->sink->hold > 0);
}

static void show_deferred(struct text_report *report) {
    struct deferred_block block;
    struct bytes head, rest;
    for (size_t i = 0; i < deferred_num(&report->deferred); i++) {
        if (!deferred_get(&report->deferred, i, &block, &head, &rest)) {
            report->sink->error = report->sink->error != 0 ? report->sink->error : EIO;
            break;
        }
        struct layout l = new_block(report);
        l.failed = !buffer_append(l.out, head, l.cap);
        l.column = block.column;
        if (block.repeat != NULL && block.repeat->count > 1) {
            text_times(&l, report, block.repeat);
            repeats_told(block.repeat);
        }
        l.failed |= !buffer_append(l.out, rest, l.cap);
        write_block(report, &l);
    }
    deferred_clear(&report->deferred);
}

/* A block waits, and with it all lines behind it; where there is no place for more, all are shown as they are. */
static bool defer(struct text_report *report, const struct layout *l, struct repeat *repeat) {
    struct deferred_block block = {.head_end = repeat != NULL ? report->head_end : 0, .column = report->head_column, .repeat = repeat};
    if (!defers(report) || l->failed) {
        return false;
    }
    if (deferred_add(&report->deferred, buffer_bytes(l->out), block)) {
        return true;
    }
    struct buffer kept = *l->out;
    report->sink->block = (struct buffer){0};
    show_deferred(report);
    buffer_clear(&report->sink->block);
    report->sink->block = kept;
    return false;
}

static void make_place(struct text_report *report, int64_t now_ns) {
    if (report->options.fold == TEXT_FOLD_LIVE && repeats_full(&report->repeats)) {
        show_more_of_it(report);
        repeats_tell(&report->repeats, now_ns, true, show_repeat, report);
        repeats_clear(&report->repeats);
    }
}

/* Whether the record is to be shown whole; where it is not, all is done. */
static bool is_new(struct text_report *report, const struct tlswatch_record *record, struct repeat **repeat) {
    *repeat = NULL;
    if (report->options.fold == TEXT_FOLD_NOT) {
        return true;
    }
    make_place(report, record->end.time_ns);
    switch (repeats_add(&report->repeats, record, repeat)) {
    case REPEAT_BLOCK:
        return true;
    case REPEAT_LINE:
        show_repeat(report, *repeat);
        return false;
    case REPEAT_COUNTED:
        break;
    }
    return false;
}

void text_report_tick(struct text_report *report, int64_t now_ns) {
    repeats_tell(&report->repeats, now_ns, false, show_repeat, report);
}

void text_report_record(struct text_report *report, const struct tlswatch_record *record) {
    enum text_class as = text_report_class(record);
    bool has_block = as == TEXT_FAILED || as == TEXT_DOUBTFUL;
    struct repeat *repeat = NULL;
    report->counts[as]++;
    if (report->options.quiet || (!has_block && !report->options.all) || (has_block && !is_new(report, record, &repeat))) {
        return;
    }
    show_more_of_it(report);
    struct layout l = new_block(report);
    text_heading(&l, report, record->start.time_ns, record->start.file);
    if (has_block || report->options.verbose) {
        put_block(&l, report, record, as);
    } else {
        text_summary_line(&l, report, record, as);
    }
    bool waits = defer(report, &l, repeat);
    if (!waits) {
        write_block(report, &l);
    }
    report->shown_one = true;
    report->before_ns = record->start.time_ns;
    report->before = waits ? NULL : repeat;
}

static void put_totals(struct layout *l, const struct text_report *report, uint64_t conversations) {
    const uint64_t *counts = report->counts;
    layout_count(l, conversations, "conversation");
    layout_text(l, ": ");
    layout_number(l, counts[TEXT_GOOD]);
    layout_text(l, " good, ");
    layout_number(l, counts[TEXT_FAILED]);
    layout_text(l, " failed, ");
    layout_number(l, counts[TEXT_DOUBTFUL]);
    layout_text(l, " doubtful");
    if (counts[TEXT_MIDDLE] > 0) {
        layout_text(l, ", ");
        layout_number(l, counts[TEXT_MIDDLE]);
        layout_text(l, " begun before the capture");
    }
    layout_text(l, ".");
}

static void put_nothing(struct layout *l, const struct tlswatch_statistics *statistics) {
    layout_text(l, "No TLS conversation in ");
    layout_count(l, statistics->frames, "packet");
    layout_text(l, " and ");
    layout_count(l, statistics->tcp_connections, "TCP connection");
    layout_text(l, ".");
}

static void put_no_record(struct layout *l, const struct tlswatch_statistics *statistics) {
    char sentences[NO_RECORD_SENTENCES][NO_RECORD_SIZE];
    int num = no_record_text(statistics, sentences);
    for (int i = 0; i < num; i++) {
        layout_text(l, " ");
        layout_wrap(l, 1, sentences[i]);
        layout_line_end(l);
    }
}

/* What was counted and not shown, at the end. */
static void show_all_repeats(struct text_report *report) {
    show_more_of_it(report);
    bool any = false;
    for (const struct repeat *repeat = report->repeats.waiting; repeat != NULL && !any; repeat = repeat->next) {
        any = repeat->untold > 0;
    }
    repeats_tell(&report->repeats, 0, true, show_repeat, report);
    if (any) {
        struct layout l = new_block(report);
        layout_line_end(&l);
        write_block(report, &l);
    }
}

void text_report_rest(struct text_report *report) {
    show_deferred(report);
    show_all_repeats(report);
}

void text_report_end(struct text_report *report, const struct tlswatch_statistics *statistics, uint64_t kernel_drops) {
    text_report_rest(report);
    struct layout l = new_block(report);
    uint64_t conversations = 0;
    for (int i = 0; i <= TEXT_MIDDLE; i++) {
        conversations += report->counts[i];
    }
    layout_text(&l, " ");
    if (conversations > 0) {
        put_totals(&l, report, conversations);
    } else {
        put_nothing(&l, statistics);
    }
    layout_text(&l, "  ");
    layout_count(&l, kernel_drops, "packet");
    layout_text(&l, " dropped.");
    layout_line_end(&l);
    if (statistics->limits_hit > 0) {
        layout_text(&l, " Not everything could be kept: a limit was reached ");
        layout_count(&l, statistics->limits_hit, "time");
        layout_text(&l, ".");
        layout_line_end(&l);
    }
    put_no_record(&l, statistics);
    write_block(report, &l);
}
