/* The same finding again and again: one block, then counts; live never a flood, and nothing that is never told. */
#include "report/report.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/limits.h"
#include "printed.h"
#include "records.h"

static struct report_sink sink;
static struct text_report report;

static void begin(enum text_fold fold) {
    struct text_options options = {.utf8 = true, .utc = true, .fold = fold};
    sink = printed_sink();
    text_report_init(&report, &sink, &options);
}

/* What was shown; the caller frees it. */
static char *end(void) {
    static const struct tlswatch_statistics statistics;
    text_report_end(&report, &statistics, 0);
    text_report_clear(&report);
    return printed(&sink);
}

static int occurrences(const char *text, const char *needle) {
    int n = 0;
    for (const char *at = text; (at = strstr(at, needle)) != NULL; at++) {
        n++;
    }
    return n;
}

/* The record, so many milliseconds later, in another stream. */
static void add(struct tlswatch_record record, int64_t after_ms, uint64_t stream) {
    record.start.time_ns += after_ms * 1000000;
    record.end.time_ns = record.start.time_ns;
    record.stream = stream;
    text_report_record(&report, &record);
}

START_TEST(in_a_file_a_repeat_is_counted_below_its_block) {
    begin(TEXT_FOLD_FILE);
    for (int i = 0; i < 215; i++) {
        add(record_declined(), i * 1000, 9 + (uint64_t)i);
    }
    add(record_intermediate_missing(), 300000, 400);
    char *text = end();
    ck_assert_int_eq(occurrences(text, "The client declined"), 1);
    ck_assert_int_eq(occurrences(text, "The server refused"), 1);
    const char *more = strstr(text, "\n\n  \u2026 \u00d7214 more like it until 14:06:56, last in stream 223\n\n\u2717 14:08:22.779");
    ck_assert_msg(more != NULL, "%s", text);
    ck_assert_int_eq(occurrences(text, "\u00d7"), 1);
    ck_assert_int_eq(occurrences(text, " 216 conversations: 0 good, 216 failed"), 1);
    free(text);
}
END_TEST

/* Where nothing is shown before all is read, the head says how often; what is good keeps its place. */
START_TEST(what_waits_has_its_count_in_the_head) {
    begin(TEXT_FOLD_FILE);
    report.options.defer = report.options.all = true;
    for (int i = 0; i < 215; i++) {
        add(record_declined(), i * 1000, 9 + (uint64_t)i);
    }
    add(record_good(), 216000, 300);
    add(record_intermediate_missing(), 300000, 400);
    ck_assert_uint_eq(lseek(sink.fd, 0, SEEK_CUR), 0);
    char *text = end();
    ck_assert_int_eq(occurrences(text, "10.2.0.8:8443  TLS 1.2  stream 9  \u00d7215 until 14:06:56\n  The client declined"), 1);
    ck_assert_int_eq(occurrences(text, "\u00d7"), 1);
    ck_assert_ptr_nonnull(strstr(text, "\u2713 14:06:58.779"));
    ck_assert(strstr(text, "The client declined") < strstr(text, "\u2713 14:06:58.779"));
    ck_assert(strstr(text, "\u2713 14:06:58.779") < strstr(text, "stream 400\n  The server refused"));
    free(text);
}
END_TEST

/* More than may wait is shown, and what comes of it later is told at the end. */
START_TEST(what_finds_no_place_to_wait_is_shown) {
    struct tlswatch_record record = record_intermediate_missing();
    begin(TEXT_FOLD_FILE);
    report.options.defer = true;
    report.deferred.most = 3000;
    add(record_declined(), 0, 9);
    for (int i = 0; i < 3; i++) {
        snprintf(record.client.ip, sizeof record.client.ip, "10.9.0.%d", i);
        add(record, 1000, 10);
    }
    add(record_declined(), 2000, 11);
    char *text = end();
    ck_assert_int_eq(occurrences(text, "The client declined"), 1);
    ck_assert_int_eq(occurrences(text, "Wireshark:"), 4);
    ck_assert_int_eq(occurrences(text, "client-declined  \u00d72 since 14:03:22  last in stream 11\n"), 1);
    free(text);
}
END_TEST

/* 500 findings, each twice, which wait together. */
static char *after_waiting(FILE *file, size_t *in_memory) {
    struct tlswatch_record record = record_intermediate_missing();
    begin(TEXT_FOLD_FILE);
    report.options.defer = true;
    report.deferred.file = file;
    for (int i = 0; i < 1000; i++) {
        snprintf(record.client.ip, sizeof record.client.ip, "10.9.%d.%d", i % 500 / 250, i % 250);
        add(record, i, (uint64_t)i);
    }
    *in_memory = report.deferred.text.size;
    return end();
}

START_TEST(what_waits_may_wait_on_disk) {
    size_t in_memory, with_file;
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    char *text = after_waiting(NULL, &in_memory);
    ck_assert_int_eq(occurrences(text, "\u00d72 until"), 500);
    for (int i = 0; i < 2; i++) { /* the second time something stands in it */
        char *same = after_waiting(file, &with_file);
        ck_assert_str_eq(same, text);
        ck_assert_uint_gt(in_memory, 2 * LIMIT_DEFERRED_IN_MEMORY);
        ck_assert_uint_lt(with_file, 2 * LIMIT_DEFERRED_IN_MEMORY);
        free(same);
    }
    fclose(file);
    free(text);
}
END_TEST

START_TEST(what_finds_no_place_on_disk_is_shown) {
    size_t in_memory;
    FILE *full = fopen("/dev/full", "w+");
    ck_assert_ptr_nonnull(full);
    char *text = after_waiting(full, &in_memory);
    ck_assert_int_eq(sink.error, 0);
    ck_assert_int_eq(occurrences(text, "Wireshark:"), 500);
    fclose(full);
    free(text);
}
END_TEST

START_TEST(what_cant_be_read_back_is_an_error_of_the_output) {
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    begin(TEXT_FOLD_FILE);
    report.options.defer = true;
    report.deferred.file = file;
    struct tlswatch_record record = record_intermediate_missing();
    while (report.deferred.num_spilled == 0) {
        record.server.port++;
        add(record, 0, 1);
    }
    ck_assert_int_eq(ftruncate(fileno(file), 1), 0);
    text_report_rest(&report);
    ck_assert_int_eq(sink.error, EIO);
    sink.error = 0;
    free(end());
    fclose(file);
}
END_TEST

START_TEST(what_repeats_among_others_is_counted_at_the_end) {
    begin(TEXT_FOLD_FILE);
    for (int i = 0; i < 50; i++) {
        add(record_declined(), i * 1000, 9 + (uint64_t)i);
        add(record_intermediate_missing(), i * 1000, 100 + (uint64_t)i);
    }
    char *text = end();
    ck_assert_int_eq(occurrences(text, "Wireshark:"), 2);
    /* One stands right below its block, the other has to say whose it is. */
    ck_assert_int_eq(occurrences(text, "{60, 62, 63}\n\n  \u2026 \u00d749 more like it until 14:04:11, last in stream 149\n\n"), 1);
    ck_assert_int_eq(
            occurrences(text,
                        "\u2717 14:04:11.779  10.1.7.31 \u2192 10.2.0.8:8443  client-declined  \u00d750 since 14:03:22  last in stream 58\n"
                        "\n 100 conversations"),
            1);
    free(text);
}
END_TEST

START_TEST(what_differs_is_told_apart) {
    struct tlswatch_record record = record_declined();
    begin(TEXT_FOLD_FILE);
    add(record, 0, 1);
    record.client.port = 1;
    add(record, 0, 2); /* the same */
    strcpy(record.client.ip, "10.9.9.9");
    add(record, 0, 3);
    record.server.port = 444;
    add(record, 0, 4);
    record.server_name = "a.example";
    add(record, 0, 5);
    record.reason = "unknown_ca";
    add(record, 0, 6);
    record.client_certificate = record_intermediate_missing().client_certificate;
    add(record, 0, 7);
    char *text = end();
    ck_assert_int_eq(occurrences(text, "Wireshark:"), 6);
    free(text);
}
END_TEST

START_TEST(without_folding_all_are_shown) {
    begin(TEXT_FOLD_NOT);
    add(record_declined(), 0, 1);
    add(record_declined(), 1, 2);
    char *text = end();
    ck_assert_int_eq(occurrences(text, "Wireshark:"), 2);
    ck_assert_int_eq(occurrences(text, "\u00d7"), 0);
    free(text);
}
END_TEST

/* A client that tries ten times a second for an hour: by the pauses of 1, 2, 4 ... 64 seconds some 60 lines. */
START_TEST(live_a_flood_is_a_line_now_and_then) {
    begin(TEXT_FOLD_LIVE);
    for (int i = 0; i < 36000; i++) {
        add(record_declined(), i * 100, (uint64_t)i);
    }
    char *text = end();
    ck_assert_int_eq(occurrences(text, "Wireshark:"), 1);
    ck_assert_int_ge(occurrences(text, "\u00d7"), 50);
    ck_assert_int_le(occurrences(text, "\u00d7"), 70);
    ck_assert_int_eq(occurrences(text, "\u00d736000 since 14:03:22"), 1);
    free(text);
}
END_TEST

/* A new certificate each time is a new finding each time, and still there is a line a second at most. */
START_TEST(live_no_variation_makes_more_than_a_line_a_second) {
    static char sha256[1000][65];
    begin(TEXT_FOLD_LIVE);
    for (int i = 0; i < 1000; i++) {
        struct tlswatch_record record = record_intermediate_missing();
        struct tlswatch_certificate leaf = *record.client_certificate.certificates[0];
        const struct tlswatch_certificate *const chain[] = {&leaf};
        snprintf(sha256[i], sizeof sha256[i], "%064d", i);
        leaf.sha256 = sha256[i];
        record.client_certificate.certificates = chain;
        add(record, i * 10, (uint64_t)i); /* for 10 seconds */
    }
    off_t len = lseek(sink.fd, 0, SEEK_END);
    char *text = calloc(1, (size_t)len + 1);
    ck_assert_int_eq(pread(sink.fd, text, (size_t)len, 0), len);
    ck_assert_int_ge(occurrences(text, "\u2717 14:"), 9);
    ck_assert_int_le(occurrences(text, "\u2717 14:"), 11);
    free(text);
    text = end();
    ck_assert_int_eq(occurrences(text, " 1000 conversations"), 1);
    ck_assert_int_eq(occurrences(text, "last in stream"), 990); /* all are told in the end */
    free(text);
}
END_TEST

START_TEST(live_what_was_counted_is_told_when_its_time_has_come) {
    begin(TEXT_FOLD_LIVE);
    add(record_declined(), 0, 1);
    add(record_declined(), 200, 2);
    add(record_declined(), 400, 3);
    off_t after_block = lseek(sink.fd, 0, SEEK_END);
    text_report_tick(&report, RECORDS_TIME_NS + SECOND_NS / 2);
    ck_assert_int_eq(lseek(sink.fd, 0, SEEK_END), after_block);
    text_report_tick(&report, RECORDS_TIME_NS + SECOND_NS);
    ck_assert_int_gt(lseek(sink.fd, 0, SEEK_END), after_block);
    off_t after_line = lseek(sink.fd, 0, SEEK_END);
    text_report_tick(&report, RECORDS_TIME_NS + 100 * SECOND_NS);
    ck_assert_int_eq(lseek(sink.fd, 0, SEEK_END), after_line);
    char *text = end();
    ck_assert_int_eq(occurrences(text, "\u00d73 since 14:03:22"), 1);
    free(text);
}
END_TEST

/* Somebody repairs and tries again after five minutes: the answer comes at once. */
START_TEST(live_after_a_quiet_time_the_next_one_is_shown_at_once) {
    begin(TEXT_FOLD_LIVE);
    for (int i = 0; i < 1000; i++) {
        add(record_declined(), i * 1000, (uint64_t)i);
    }
    text_report_tick(&report, RECORDS_TIME_NS + 1100 * SECOND_NS);
    off_t before = lseek(sink.fd, 0, SEEK_END);
    add(record_declined(), 1300 * 1000, 2000);
    ck_assert_int_gt(lseek(sink.fd, 0, SEEK_END), before);
    free(end());
}
END_TEST

/* Beyond the bound live begins anew; nothing is lost. */
START_TEST(live_a_full_table_is_told_and_begun_anew) {
    struct tlswatch_record record = record_declined();
    begin(TEXT_FOLD_LIVE);
    report.repeats.findings.most = 10;
    for (int i = 0; i < 25; i++) {
        snprintf(record.client.ip, sizeof record.client.ip, "10.9.0.%d", i);
        add(record, 0, 1);
        add(record, 1, 2);
    }
    char *text = end();
    ck_assert_int_ge(occurrences(text, "Wireshark:"), 25);
    ck_assert_int_eq(occurrences(text, "\u00d71 more like it"), 23); /* the two that filled it got another block */
    free(text);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("repeats");
    TCase *tcase = tcase_create("repeats");
    tcase_add_test(tcase, in_a_file_a_repeat_is_counted_below_its_block);
    tcase_add_test(tcase, what_waits_has_its_count_in_the_head);
    tcase_add_test(tcase, what_finds_no_place_to_wait_is_shown);
    tcase_add_test(tcase, what_waits_may_wait_on_disk);
    tcase_add_test(tcase, what_finds_no_place_on_disk_is_shown);
    tcase_add_test(tcase, what_cant_be_read_back_is_an_error_of_the_output);
    tcase_add_test(tcase, what_repeats_among_others_is_counted_at_the_end);
    tcase_add_test(tcase, what_differs_is_told_apart);
    tcase_add_test(tcase, without_folding_all_are_shown);
    tcase_add_test(tcase, live_a_flood_is_a_line_now_and_then);
    tcase_add_test(tcase, live_no_variation_makes_more_than_a_line_a_second);
    tcase_add_test(tcase, live_what_was_counted_is_told_when_its_time_has_come);
    tcase_add_test(tcase, live_after_a_quiet_time_the_next_one_is_shown_at_once);
    tcase_add_test(tcase, live_a_full_table_is_told_and_begun_anew);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
