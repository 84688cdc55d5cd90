#include "report/html_report.h"

#include "base/limits.h"
#include "base/siphash.h"
#include "report/html_template.h"
#include "report/html.h"
#include "report/no_record.h"

#include <stdlib.h>

/* A finding that is laid out, and how often it came again. */
struct kept {
    struct buffer page;
    uint64_t key, list;
    enum text_class as;
    enum tlswatch_cause cause;
    int64_t first_ns, last_ns;
    uint64_t count;
    struct buffer entry; /* what the index says of it */
};

struct cause_count {
    uint64_t failed, doubtful;
    size_t first; /* number of the first finding in full; 0: none */
};

struct html_report {
    struct text_options options;
    struct hash_key key;
    struct kept *kept;
    size_t num_kept, size;
    size_t bytes;
    uint64_t left_out; /* failed or doubtful, and not among those kept */
    uint64_t classes[TEXT_MIDDLE + 1];
    struct cause_count causes[TLSWATCH_NUM_CAUSES];
    int64_t first_ns, last_ns;
};

struct html_report *html_report_new(const struct text_options *options) {
    struct html_report *report = calloc(1, sizeof *report);
    if (report == NULL || !hash_key_random(&report->key)) {
        free(report);
        return NULL;
    }
    report->options = *options;
    return report;
}

void html_report_forget(struct html_report *report) {
    for (size_t i = 0; i < report->num_kept; i++) {
        buffer_clear(&report->kept[i].page);
        buffer_clear(&report->kept[i].entry);
    }
    free(report->kept);
    *report = (struct html_report){.options = report->options, .key = report->key};
}

void html_report_free(struct html_report *report) {
    if (report != NULL) {
        html_report_forget(report);
        free(report);
    }
}

/* --- Which findings are the same --- */

/* One number after the other into a hash of all. */
struct mix {
    const struct hash_key *key;
    uint64_t state;
};

static void mix(struct mix *m, const void *data, size_t len) {
    uint64_t pair[2] = {m->state, siphash(m->key, data, len)};
    m->state = siphash(m->key, pair, sizeof pair);
}

static void mix_text(struct mix *m, const char *text) {
    mix(m, text, text != NULL ? strlen(text) : 0);
}

static uint64_t key_of(const struct html_report *report, const struct tlswatch_record *record) {
    struct mix m = {.key = &report->key};
    uint32_t numbers[] = {record->cause, record->certificate_of, record->outcome, record->confidence, record->server.port};
    mix(&m, numbers, sizeof numbers);
    mix_text(&m, record->client.ip);
    mix_text(&m, record->server.ip);
    mix_text(&m, record->server_name);
    if (record->client_certificate.num_certificates > 0) {
        mix_text(&m, record->client_certificate.certificates[0]->sha256);
    }
    if (record->server_certificate.num_certificates > 0) {
        mix_text(&m, record->server_certificate.certificates[0]->sha256);
    }
    return m.state;
}

/* 0: no list that is long enough to be told once only. */
static uint64_t list_of(const struct html_report *report, const struct tlswatch_record *record) {
    struct mix m = {.key = &report->key};
    if (record->certificate_of == TLSWATCH_SERVER || record->certificate_request.num_authorities <= 8) {
        return 0;
    }
    for (size_t i = 0; i < record->certificate_request.num_authorities; i++) {
        mix_text(&m, record->certificate_request.authorities[i].text);
    }
    return m.state;
}

static struct kept *find(struct html_report *report, uint64_t key) {
    for (size_t i = report->num_kept; i > 0; i--) {
        if (report->kept[i - 1].key == key) {
            return &report->kept[i - 1];
        }
    }
    return NULL;
}

static size_t find_list(const struct html_report *report, uint64_t list) {
    for (size_t i = 0; list != 0 && i < report->num_kept; i++) {
        if (report->kept[i].list == list) {
            return i + 1;
        }
    }
    return 0;
}

/* --- Conversations come in --- */

static bool has_room(struct html_report *report) {
    if (report->num_kept == LIMIT_HTML_FINDINGS || report->bytes >= LIMIT_HTML_BYTES) {
        return false;
    }
    if (report->num_kept == report->size) {
        size_t size = report->size == 0 ? 16 : report->size * 2;
        struct kept *kept = realloc(report->kept, size * sizeof *kept);
        if (kept == NULL) {
            return false;
        }
        report->kept = kept;
        report->size = size;
    }
    return true;
}

static void put_entry(struct html *h, const struct html_report *report, const struct tlswatch_record *record, enum text_class as) {
    html_put(h, "<span class=\"%s\">%s</span><span class=\"soft\">", as == TEXT_FAILED ? "bad" : "doubt",
             as == TEXT_FAILED ? "\u2717" : "?");
    html_moment(h, &report->options, record->start.time_ns);
    html_put(h, "</span><span class=\"ends-short\">");
    html_endpoint(h, &record->client);
    html_put(h, " \u2192 %s", record->server_name);
    html_put(h, record->server_name != NULL ? " (" : "");
    html_endpoint(h, &record->server);
    html_put(h, record->server_name != NULL ? ")" : "");
    html_put(h, "</span><span class=\"cause\">%s</span>", tlswatch_cause_name(record->cause));
}

static bool keep(struct html_report *report, const struct tlswatch_record *record, enum text_class as, uint64_t key) {
    uint64_t list = list_of(report, record);
    struct kept kept = {.key = key, .list = list, .as = as, .cause = record->cause, .count = 1};
    struct html entry = {.out = &kept.entry, .cap = LIMIT_HTML_BYTES};
    struct html_finding finding = {.h = {.out = &kept.page, .cap = LIMIT_HTML_BYTES - report->bytes},
                                   .options = &report->options,
                                   .record = record,
                                   .as = as,
                                   .number = report->num_kept + 1,
                                   .same_list_as = find_list(report, list)};
    html_finding(&finding);
    put_entry(&entry, report, record, as);
    if (finding.h.failed || entry.failed) {
        buffer_clear(&kept.page);
        buffer_clear(&kept.entry);
        return false;
    }
    kept.first_ns = kept.last_ns = record->start.time_ns;
    report->bytes += kept.page.len + kept.entry.len;
    report->kept[report->num_kept++] = kept;
    return true;
}

static uint64_t num_conversations(const struct html_report *report) {
    uint64_t num = 0;
    for (int i = 0; i <= TEXT_MIDDLE; i++) {
        num += report->classes[i];
    }
    return num;
}

static void count_time(struct html_report *report, const struct tlswatch_record *record) {
    uint64_t before = num_conversations(report);
    if (before == 0 || record->start.time_ns < report->first_ns) {
        report->first_ns = record->start.time_ns;
    }
    if (before == 0 || record->end.time_ns > report->last_ns) {
        report->last_ns = record->end.time_ns;
    }
}

void html_report_record(struct html_report *report, const struct tlswatch_record *record) {
    enum text_class as = text_report_class(record);
    struct cause_count *count = &report->causes[record->cause];
    count_time(report, record);
    report->classes[as]++;
    if (as != TEXT_FAILED && as != TEXT_DOUBTFUL) {
        return;
    }
    count->failed += as == TEXT_FAILED;
    count->doubtful += as == TEXT_DOUBTFUL;
    uint64_t key = key_of(report, record);
    struct kept *known = find(report, key);
    if (known != NULL) {
        known->count++;
        known->last_ns = record->start.time_ns > known->last_ns ? record->start.time_ns : known->last_ns;
    } else if (!has_room(report) || !keep(report, record, as, key)) {
        report->left_out++;
    } else if (count->first == 0) {
        count->first = report->num_kept;
    }
}

/* --- The page --- */

struct page {
    struct html h;
    struct html_report *report;
    const struct html_end *end;
    struct report_sink *sink;
};

/* A block is written as soon as it is whole: the page is not held twice. */
static void page_flush(struct page *p) {
    if (p->h.failed) {
        p->sink->dropped++;
    }
    report_sink_write(p->sink);
}

static void put_title(struct page *p) {
    const struct html_report *report = p->report;
    uint64_t all = num_conversations(report), doubtful = report->classes[TEXT_DOUBTFUL];
    html_put(&p->h, "%ju of %ju TLS conversation%s failed", (uintmax_t)report->classes[TEXT_FAILED], (uintmax_t)all, all == 1 ? "" : "s");
    if (doubtful > 0) {
        html_put(&p->h, ", %ju %s doubtful", (uintmax_t)doubtful, doubtful == 1 ? "is" : "are");
    }
}

static void put_head(struct page *p) {
    html_put(&p->h, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '" HTML_STYLE_HASH
                    "'; script-src '" HTML_SCRIPT_HASH "'; base-uri 'none'; form-action 'none'\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                    "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
                    "<meta name=\"generator\" content=\"tlswatch " TLSWATCH_VERSION "\">\n<title>tlswatch: ");
    put_title(p);
    html_put(&p->h, "</title>\n<style>");
    html_raw(&p->h, html_style, sizeof html_style - 1);
    html_put(&p->h, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#findings\">Skip to the findings</a>\n<div class=\"page\">\n");
}

static void put_sources(struct page *p) {
    const struct html_report *report = p->report;
    html_put(&p->h, "<p class=\"soft wrap\">");
    if (p->end->interface != NULL) {
        html_put(&p->h, "Interface %s", p->end->interface);
    }
    for (size_t i = 0; i < p->end->num_files && i < LIMIT_HTML_FILES; i++) {
        html_put(&p->h, "%s%s", i > 0 ? ", " : "", p->end->files[i]);
    }
    if (p->end->num_files > LIMIT_HTML_FILES) {
        html_put(&p->h, " and %zu more", p->end->num_files - LIMIT_HTML_FILES);
    }
    if (report->last_ns != 0) {
        html_put(&p->h, "<br>");
        html_moment(&p->h, &report->options, report->first_ns);
        html_put(&p->h, " to ");
        html_moment(&p->h, &report->options, report->last_ns);
        html_put(&p->h, " ");
        html_zone(&p->h, &report->options, report->first_ns);
    }
    html_put(&p->h, "</p>\n");
}

static void put_tile(struct page *p, uint64_t count, const char *name, const char *some) {
    html_put(&p->h, "<li class=\"%s\"><b>%ju</b>%s</li>\n", count > 0 ? some : "", (uintmax_t)count, name);
}

static void put_tiles(struct page *p) {
    const uint64_t *classes = p->report->classes;
    html_put(&p->h, "<ul class=\"tiles\">\n");
    put_tile(p, classes[TEXT_FAILED], "failed", "some-failed");
    put_tile(p, classes[TEXT_DOUBTFUL], "doubtful", "some-doubtful");
    put_tile(p, classes[TEXT_GOOD], "good", "some-good");
    put_tile(p, num_conversations(p->report), "conversations", "");
    html_put(&p->h, "</ul>\n");
    if (classes[TEXT_MIDDLE] > 0) {
        html_put(&p->h, "<p class=\"note\">%ju of them began before the capture, and nothing bad is seen of them.</p>\n",
                 (uintmax_t)classes[TEXT_MIDDLE]);
    }
}

/* The cause with the highest count that has not been told; false: all are. */
static bool next_cause(const struct html_report *report, const bool told[TLSWATCH_NUM_CAUSES], size_t *out) {
    uint64_t most = 0;
    for (size_t i = 0; i < TLSWATCH_NUM_CAUSES; i++) {
        uint64_t count = report->causes[i].failed + report->causes[i].doubtful;
        if (!told[i] && count > most) {
            most = count;
            *out = i;
        }
    }
    return most > 0;
}

static void put_cause(struct page *p, size_t cause) {
    const struct cause_count *count = &p->report->causes[cause];
    const char *name = tlswatch_cause_name((enum tlswatch_cause)cause);
    html_put(&p->h, "<tr><td>");
    if (count->first > 0) {
        html_put(&p->h, "<a href=\"#f%zu\"><code>%s</code></a>", count->first, name);
    } else {
        html_put(&p->h, "<code>%s</code>", name);
    }
    html_put(&p->h, "</td><td class=\"meaning\">%s</td><td class=\"num\">%ju</td><td class=\"num\">%ju</td></tr>\n",
             tlswatch_cause_meaning((enum tlswatch_cause)cause), (uintmax_t)count->failed, (uintmax_t)count->doubtful);
}

static void put_causes(struct page *p) {
    bool told[TLSWATCH_NUM_CAUSES] = {false};
    size_t cause = 0;
    html_put(&p->h, "<h2>By cause</h2>\n<div class=\"panel\"><table>\n<thead><tr><th>Cause</th><th class=\"meaning\">What it means</th>"
                    "<th class=\"num\">Failed</th><th class=\"num\">Doubtful</th></tr></thead>\n<tbody>\n");
    while (next_cause(p->report, told, &cause)) {
        told[cause] = true;
        put_cause(p, cause);
    }
    html_put(&p->h, "</tbody></table></div>\n");
}

static void put_times(struct html *h, uint64_t count) {
    if (count > 1) {
        html_put(h, "\u00d7%ju", (uintmax_t)count);
    }
}

static void put_index(struct page *p) {
    const struct html_report *report = p->report;
    html_put(&p->h, "<nav aria-labelledby=\"index\"><h2 id=\"index\">Findings</h2>\n");
    if (report->num_kept > 8) {
        html_put(&p->h, "<input type=\"search\" placeholder=\"Search: address, name, cause\" aria-label=\"Search the findings\" "
                        "data-list=\"list\" hidden>\n");
    }
    html_put(&p->h, "<div class=\"panel\"><ol class=\"index\" id=\"list\">\n");
    for (size_t i = 0; i < report->num_kept; i++) {
        html_put(&p->h, "<li><a href=\"#f%zu\">", i + 1);
        html_raw(&p->h, report->kept[i].entry.p, report->kept[i].entry.len);
        html_put(&p->h, "<span class=\"num\">");
        put_times(&p->h, report->kept[i].count);
        html_put(&p->h, "</span></a></li>\n");
    }
    html_put(&p->h, "</ol></div>\n");
    if (report->left_out > 0) {
        html_put(&p->h, "<p class=\"note\">%ju more are counted above and not shown: a report holds %d findings.</p>\n",
                 (uintmax_t)report->left_out, LIMIT_HTML_FINDINGS);
    }
    html_put(&p->h, "</nav>\n");
}

static void put_repeats(struct page *p, const struct kept *kept) {
    if (kept->count < 2) {
        return;
    }
    html_put(&p->h, "<p class=\"note\"><b>\u00d7%ju</b>: the same client, server and certificate, for the same reason, from ",
             (uintmax_t)kept->count);
    html_moment(&p->h, &p->report->options, kept->first_ns);
    html_put(&p->h, " to ");
    html_moment(&p->h, &p->report->options, kept->last_ns);
    html_put(&p->h, ". Shown is the first.</p>\n");
}

static void put_finding(struct page *p, size_t index) {
    const struct kept *kept = &p->report->kept[index];
    html_put(&p->h, "<article class=\"finding%s\" id=\"f%zu\" tabindex=\"-1\">\n", kept->as == TEXT_FAILED ? " failed" : "", index + 1);
    html_raw(&p->h, kept->page.p, kept->page.len);
    put_repeats(p, kept);
    html_put(&p->h, "</article>\n");
    page_flush(p);
}

static void put_foot(struct page *p) {
    html_put(&p->h,
             "<footer><p>Read from packets alone by tlswatch " TLSWATCH_VERSION
             ". certain: the packets prove it. likely: they agree with it, and with nothing else that is common. "
             "possible: they do not contradict it.</p>\n<p>%ju packets, %ju TCP connection%s, %ju packets dropped.",
             (uintmax_t)p->end->statistics->frames, (uintmax_t)p->end->statistics->tcp_connections,
             p->end->statistics->tcp_connections == 1 ? "" : "s", (uintmax_t)p->end->kernel_drops);
    if (p->end->statistics->limits_hit > 0) {
        html_put(&p->h, " Not everything could be kept: a limit was reached %ju times.", (uintmax_t)p->end->statistics->limits_hit);
    }
    char sentences[NO_RECORD_SENTENCES][NO_RECORD_SIZE];
    int num = no_record_text(p->end->statistics, sentences);
    for (int i = 0; i < num; i++) {
        html_put(&p->h, " %s", sentences[i]);
    }
    html_put(&p->h, "</p></footer>\n</div>\n<script>");
    html_raw(&p->h, html_script, sizeof html_script - 1);
    html_put(&p->h, "</script>\n</body>\n</html>\n");
}

void html_report_write(struct html_report *report, struct report_sink *sink, const struct html_end *end) {
    struct page p = {.h = {.out = &sink->block, .cap = LIMIT_REPORT_BLOCK + LIMIT_HTML_BYTES}, .report = report, .end = end, .sink = sink};
    sink->block.len = 0;
    put_head(&p);
    html_put(&p.h, "<header><p class=\"eyebrow\">tlswatch report</p><h1>");
    put_title(&p);
    html_put(&p.h, "</h1>\n");
    put_sources(&p);
    put_tiles(&p);
    html_put(&p.h, "</header>\n");
    if (report->num_kept > 0 || report->left_out > 0) {
        put_causes(&p);
        put_index(&p);
    }
    html_put(&p.h, "<main id=\"findings\" tabindex=\"-1\">\n<h2>%s</h2>\n", report->num_kept > 0 ? "In full" : "Nothing failed");
    page_flush(&p);
    for (size_t i = 0; i < report->num_kept; i++) {
        put_finding(&p, i);
    }
    html_put(&p.h, "</main>\n");
    put_foot(&p);
    page_flush(&p);
}
