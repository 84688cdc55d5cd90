/*
 * A capture file to everything that is made of it: JSON that parses, text and HTML without control characters and
 * without markup of strangers. The last byte of the file says how it is shown, and in which forms beside JSON and text.
 */
#include <json-c/json.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory_capture.h"
#include "report/annotated.h"
#include "report/html_report.h"
#include "report/redact.h"
#include "report/report.h"
#include "report/summary.h"

enum shown {
    SHOW_ASCII = 1,
    SHOW_VERBOSE = 2,
    SHOW_FOLDED = 4,
    SHOW_REDACTED = 8,
    SHOW_ALL = 16,
    SHOW_PAGE = 32,
    SHOW_SUMMARY = 64,
    SHOW_ANNOTATED = 128
};

struct views {
    uint8_t shown;
    struct report_sink text_sink, json_sink;
    struct text_report text;
    struct html_report *html;
    struct annotated *annotated;
    struct summary *summary;
    struct redactor *redactor;
    uint64_t num_records;
};

enum { HOLD = 8 * 1024 * 1024 };

static struct report_sink memory_sink(void) {
    return (struct report_sink){.fd = -1, .hold = HOLD};
}

/* What a sink holds, as it comes out: text that the caller frees. */
static char *held_by(struct report_sink *sink) {
    expect(!sink->full && sink->error == 0 && sink->dropped == 0, "there is room for all of it");
    sink->fd = memfd_create("held", 0);
    expect(sink->fd >= 0 && report_sink_release(sink), "it comes out");
    off_t len = lseek(sink->fd, 0, SEEK_END);
    char *text = calloc(1, (size_t)len + 1);
    expect(text != NULL, "there is memory");
    expect(pread(sink->fd, text, (size_t)len, 0) == (ssize_t)len && strlen(text) == (size_t)len, "text has no NUL");
    close(sink->fd);
    report_sink_clear(sink);
    return text;
}

static void expect_json(const char *line, size_t len) {
    struct json_tokener *tokener = json_tokener_new();
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *object = json_tokener_parse_ex(tokener, line, (int)len);
    expect(object != NULL && json_object_is_type(object, json_type_object), "a line is an object of JSON");
    expect(json_tokener_get_parse_end(tokener) == len, "and nothing else");
    json_object_put(object);
    json_tokener_free(tokener);
}

static void expect_json_lines(const char *text, uint64_t num_expected) {
    uint64_t num = 0;
    expect_inert(text, "\n");
    for (const char *end; (end = strchr(text, '\n')) != NULL; text = end + 1, num++) {
        expect_json(text, (size_t)(end - text));
    }
    expect(*text == '\0' && num == num_expected, "each record is one line");
}

static void expect_text(const char *text, bool ascii) {
    expect_inert(text, "\n");
    for (; ascii && *text != '\0'; text++) {
        expect((unsigned char)*text < 0x80, "ASCII is ASCII");
    }
}

static size_t count(const char *text, const char *word) {
    size_t num = 0;
    while ((text = strstr(text, word)) != NULL) {
        num++;
        text++;
    }
    return num;
}

static void expect_page(const char *page) {
    expect_inert(page, "\n\t");
    expect(count(page, "<script") == count(page, "</script") && count(page, "<script") <= 1, "no script but our own");
    expect(strstr(page, "javascript:") == NULL && strstr(page, "<img") == NULL && strstr(page, "<iframe") == NULL, "nothing is fetched");
}

static void on_record(void *user, const struct tlswatch_record *record) {
    struct views *v = user;
    v->num_records++;
    if (v->annotated != NULL) {
        annotated_record(v->annotated, record);
    }
    if (v->redactor != NULL) {
        record = redact_record(v->redactor, record);
        expect(record != NULL, "there is memory");
    }
    json_report_record(&v->json_sink, record);
    text_report_record(&v->text, record);
    if (v->html != NULL) {
        html_report_record(v->html, record);
    }
    if (v->summary != NULL) {
        summary_record(v->summary, record);
    }
}

static void views_init(struct views *v, uint8_t shown) {
    const struct text_options options = {.utf8 = (shown & SHOW_ASCII) == 0,
                                         .utc = true,
                                         .all = (shown & SHOW_ALL) != 0,
                                         .verbose = (shown & SHOW_VERBOSE) != 0,
                                         .fold = (shown & SHOW_FOLDED) != 0 ? TEXT_FOLD_FILE : TEXT_FOLD_NOT};
    *v = (struct views){.shown = shown, .text_sink = memory_sink(), .json_sink = memory_sink()};
    text_report_init(&v->text, &v->text_sink, &options);
    v->html = (shown & SHOW_PAGE) != 0 ? html_report_new(&options) : NULL;
    v->annotated = (shown & SHOW_ANNOTATED) != 0 ? annotated_new((shown & SHOW_ALL) != 0) : NULL;
    v->summary = (shown & SHOW_SUMMARY) != 0 ? summary_new() : NULL;
    v->redactor = (shown & SHOW_REDACTED) != 0 ? redactor_new(REDACT_IP | REDACT_NAME | REDACT_SERIAL) : NULL;
    expect((shown & SHOW_PAGE) == 0 || v->html != NULL, "there is memory");
    expect((shown & SHOW_ANNOTATED) == 0 || v->annotated != NULL, "there is memory");
    expect((shown & SHOW_SUMMARY) == 0 || v->summary != NULL, "there is memory");
}

static void expect_texts(struct views *v, const struct tlswatch_statistics *statistics) {
    text_report_end(&v->text, statistics, 0);
    char *json = held_by(&v->json_sink), *text = held_by(&v->text_sink);
    expect_json_lines(json, v->num_records);
    expect_text(text, (v->shown & SHOW_ASCII) != 0);
    free(json);
    free(text);
}

static void expect_html(struct views *v, const struct tlswatch_statistics *statistics) {
    static const char *const files[] = {"<capture>.pcap"};
    const struct html_end end = {.files = files, .num_files = 1, .statistics = statistics};
    struct report_sink sink = memory_sink();
    html_report_write(v->html, &sink, &end);
    char *page = held_by(&sink);
    expect_page(page);
    free(page);
}

static void expect_summary(struct views *v, const struct tlswatch_statistics *statistics) {
    const struct summary_end end = {.statistics = statistics};
    struct report_sink text_sink = memory_sink(), json_sink = memory_sink();
    summary_print(v->summary, &text_sink, &v->text.options, &end);
    summary_json(v->summary, &json_sink, &end);
    char *text = held_by(&text_sink), *json = held_by(&json_sink);
    expect_text(text, (v->shown & SHOW_ASCII) != 0);
    expect_json_lines(json, 1);
    free(text);
    free(json);
}

/* The annotated capture of the same frames must be one that can be read, and hold no more of them. */
static void expect_annotated(struct views *v, struct bytes file) {
    struct memory_capture capture;
    struct tlswatch_frame frame = {.file = "capture.pcap"};
    struct report_sink sink = memory_sink();
    uint64_t num = 0, num_copied = 0;
    annotated_begin(v->annotated, &sink);
    if (memory_capture_open(&capture, file)) {
        for (; memory_capture_next(&capture, &frame) == FORMAT_FRAME; num++) {
            annotated_frame(v->annotated, &frame);
        }
        memory_capture_close(&capture);
    }
    annotated_end(v->annotated);
    expect(sink.spilled == NULL && !sink.full, "it fits into memory");
    expect(memory_capture_open(&capture, buffer_bytes(&sink.held)), "it is a capture");
    enum format_result result;
    while ((result = memory_capture_next(&capture, &frame)) == FORMAT_FRAME) {
        num_copied++;
    }
    expect(result == FORMAT_END && num_copied <= num, "and whole");
    memory_capture_close(&capture);
    report_sink_clear(&sink);
}

static void views_clear(struct views *v) {
    text_report_clear(&v->text);
    html_report_free(v->html);
    annotated_free(v->annotated);
    summary_free(v->summary);
    redactor_free(v->redactor);
}

static struct views *views;

static void on_any_record(void *user, const struct tlswatch_record *record) {
    (void)user;
    on_record(views, record);
}

/* Making a watcher costs more than most inputs: one serves for many runs, and keeps nothing but certificates. */
static struct tlswatch *renewed_watcher(void) {
    static struct tlswatch *watcher;
    static unsigned num_runs;
    if (num_runs++ % 512 == 0) {
        tlswatch_free(watcher);
        watcher = tlswatch_new(NULL, on_any_record, NULL);
        expect(watcher != NULL, "there is memory");
    } else {
        expect(tlswatch_restart(watcher), "there is memory");
    }
    return watcher;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct memory_capture capture;
    struct tlswatch_frame frame = {.file = "capture.pcap"};
    struct tlswatch_statistics statistics;
    struct views v;
    if (!memory_capture_open(&capture, bytes_of(data, len))) {
        return 0;
    }
    struct tlswatch *watcher = renewed_watcher();
    views_init(&v, data[len - 1]);
    views = &v;
    while (memory_capture_next(&capture, &frame) == FORMAT_FRAME) {
        tlswatch_frame(watcher, &frame);
    }
    tlswatch_finish(watcher);
    tlswatch_get_statistics(watcher, &statistics);
    memory_capture_close(&capture);
    expect_texts(&v, &statistics);
    if (v.html != NULL) {
        expect_html(&v, &statistics);
    }
    if (v.summary != NULL) {
        expect_summary(&v, &statistics);
    }
    if (v.annotated != NULL) {
        expect_annotated(&v, bytes_of(data, len));
    }
    views_clear(&v);
    return 0;
}
