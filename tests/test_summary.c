/* Many records on one page: what is counted together, what is told apart, and what a bound leaves out. */
#include "report/summary.h"

#include <json-c/json.h>

#include "printed.h"
#include "records.h"
#include "report/groups.h"

static const struct tlswatch_statistics statistics = {.frames = 1000, .tcp_connections = 12, .tcp_refused = 8, .tcp_unanswered = 9, .unsupported_frames = 3, .not_tcp = {4, 5, 6}};
static const struct summary_end end = {&statistics, 7};

static const char *at(const char *text, const char *needle) {
    const char *found = strstr(text, needle);
    ck_assert_msg(found != NULL, "no \"%s\" in:\n%s", needle, text);
    return found;
}

static char *text_of(const struct summary *s, bool verbose) {
    struct report_sink sink = printed_sink();
    struct text_options options = {.utf8 = true, .utc = true, .verbose = verbose};
    summary_print(s, &sink, &options, &end);
    return printed(&sink);
}

static struct json_object *json_of(const struct summary *s) {
    struct report_sink sink = printed_sink();
    struct json_object *object, *tlswatch, *summary;
    summary_json(s, &sink, &end);
    char *text = printed(&sink);
    ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
    object = json_tokener_parse(text);
    ck_assert_ptr_nonnull(object);
    ck_assert(json_object_object_get_ex(object, "tlswatch", &tlswatch));
    ck_assert(json_object_object_get_ex(tlswatch, "summary", &summary));
    json_object_get(summary);
    json_object_put(object);
    free(text);
    return summary;
}

static struct json_object *member(struct json_object *object, const char *key) {
    struct json_object *value = NULL;
    ck_assert_msg(json_object_object_get_ex(object, key, &value), "no %s in %s", key, json_object_to_json_string(object));
    return value;
}

static int64_t number(struct json_object *object, const char *key) {
    return json_object_get_int64(member(object, key));
}

static struct json_object *row(struct json_object *summary, const char *list, size_t index) {
    struct json_object *array = member(summary, list);
    ck_assert_uint_lt(index, json_object_array_length(array));
    return json_object_array_get_idx(array, index);
}

/* 3 times the intermediate, a minute apart, from two ports; once another client; once declined; once good. */
static struct summary *some(void) {
    struct summary *s = summary_new();
    struct tlswatch_record record = record_intermediate_missing();
    ck_assert_ptr_nonnull(s);
    for (int i = 0; i < 3; i++) {
        record.client.port = (uint16_t)(50000 + i);
        record.stream = 4 + (uint64_t)i;
        record.start.time_ns = RECORDS_TIME_NS + i * 60000000000LL;
        summary_record(s, &record);
    }
    strcpy(record.client.ip, "10.1.7.21");
    summary_record(s, &record);
    record = record_declined();
    summary_record(s, &record);
    record = record_good();
    summary_record(s, &record);
    return s;
}

START_TEST(failures_are_counted_by_cause_server_client_and_issuer) {
    struct summary *s = some();
    struct json_object *summary = json_of(s);
    struct json_object *first = row(summary, "failures", 0);
    ck_assert_int_eq(number(summary, "conversations"), 6);
    ck_assert_int_eq(number(member(summary, "verdicts"), "good"), 1);
    ck_assert_uint_eq(json_object_array_length(member(summary, "failures")), 3);
    ck_assert_int_eq(number(first, "count"), 3);
    ck_assert_str_eq(json_object_get_string(member(first, "cause")), "intermediate-missing");
    ck_assert_str_eq(json_object_get_string(member(member(first, "client"), "ip")), "10.1.7.20");
    ck_assert_str_eq(json_object_get_string(member(member(first, "server"), "domain")), "api.partner.example");
    ck_assert_str_eq(json_object_get_string(member(first, "issuer")), "CN=Acme Issuing CA 2,O=Acme,C=DE");
    ck_assert_str_eq(json_object_get_string(member(first, "first")), "2026-11-20T14:03:22.779000Z");
    ck_assert_str_eq(json_object_get_string(member(first, "last")), "2026-11-20T14:05:22.779000Z");
    ck_assert_str_eq(json_object_get_string(member(member(first, "example"), "file")), records_file);
    ck_assert_int_eq(number(member(first, "example"), "frame"), 63);
    ck_assert_int_eq(number(member(first, "example"), "stream"), 4);
    json_object_put(summary);
    summary_free(s);
}
END_TEST

START_TEST(totals_add_the_groups_up) {
    struct summary *s = some();
    struct json_object *summary = json_of(s);
    ck_assert_int_eq(number(row(summary, "by_server", 0), "count"), 4);
    ck_assert_int_eq(number(row(summary, "by_server", 1), "count"), 1);
    ck_assert_uint_eq(json_object_array_length(member(summary, "by_client")), 3);
    ck_assert_uint_eq(json_object_array_length(member(summary, "by_issuer")), 2);
    ck_assert_uint_eq(json_object_array_length(member(summary, "causes")), 2);
    json_object_put(summary);
    summary_free(s);
}
END_TEST

START_TEST(servers_stand_with_the_lists_that_they_advertised) {
    struct summary *s = some();
    struct json_object *summary = json_of(s);
    struct json_object *server = row(summary, "servers", 0), *advertised = row(server, "advertised", 0);
    ck_assert_uint_eq(json_object_array_length(member(summary, "servers")), 2);
    ck_assert_int_eq(number(server, "conversations"), 5);
    ck_assert_int_eq(number(server, "failures"), 4);
    ck_assert_int_eq(number(advertised, "count"), 5);
    ck_assert_str_eq(json_object_get_string(json_object_array_get_idx(member(advertised, "authorities"), 0)),
                     "CN=Acme Partner Root G1,O=Acme,C=DE");
    ck_assert_uint_eq(json_object_array_length(member(row(row(summary, "servers", 1), "advertised", 0), "authorities")), 2);
    json_object_put(summary);
    summary_free(s);
}
END_TEST

/* The certificate of the records ended 14 hours before they begin. */
START_TEST(a_client_certificate_is_listed_within_30_days_of_its_end) {
    static const struct {
        int64_t days_before;
        size_t listed;
    } rows[] = {{-1, 1}, {0, 1}, {29, 1}, {30, 1}, {31, 0}, {400, 0}};
    struct tlswatch_record record = record_intermediate_missing();
    struct summary *s = summary_new();
    int64_t end_ns = record.client_certificate.certificates[0]->not_after * 1000000000LL;
    record.start.time_ns = end_ns - rows[_i].days_before * 86400000000000LL;
    summary_record(s, &record);
    struct json_object *summary = json_of(s);
    ck_assert_uint_eq(json_object_array_length(member(summary, "expiring_client_certificates")), rows[_i].listed);
    if (rows[_i].listed > 0) {
        struct json_object *listed = row(summary, "expiring_client_certificates", 0);
        ck_assert_str_eq(json_object_get_string(member(listed, "sha256")), record.client_certificate.certificates[0]->sha256);
        ck_assert_str_eq(json_object_get_string(member(listed, "not_after")), "2026-11-19T23:59:59Z");
    }
    json_object_put(summary);
    summary_free(s);
}
END_TEST

START_TEST(what_the_capture_could_not_show_is_said) {
    struct tlswatch_record record = record_good();
    struct summary *s = summary_new();
    record.capture.start = TLSWATCH_START_MISSED;
    record.capture.client_bytes = TLSWATCH_BYTES_GAPS;
    record.capture.client_missing = 1460;
    record.client_certificate = (struct tlswatch_chain){.state = TLSWATCH_ENCRYPTED};
    summary_record(s, &record);
    struct json_object *summary = json_of(s), *not_shown = member(summary, "not_shown");
    ck_assert_int_eq(number(not_shown, "begun_before"), 1);
    ck_assert_int_eq(number(not_shown, "gaps"), 1);
    ck_assert_int_eq(number(not_shown, "missing_bytes"), 1460);
    ck_assert_int_eq(number(not_shown, "encrypted"), 1);
    ck_assert_int_eq(number(not_shown, "lost"), 1); /* the server's certificate */
    ck_assert_int_eq(number(not_shown, "kernel_drops"), 7);
    ck_assert_int_eq(number(not_shown, "unsupported_frames"), 3);
    ck_assert_int_eq(number(not_shown, "quic_frames"), 4);
    ck_assert_int_eq(number(not_shown, "dtls_frames"), 5);
    ck_assert_int_eq(number(not_shown, "tcp_refused"), 8);
    ck_assert_int_eq(number(not_shown, "tcp_unanswered"), 9);
    ck_assert_int_eq(number(not_shown, "eap_frames"), 6);
    char *text = text_of(s, false);
    at(text, "    1 conversation begun before the capture\n");
    at(text, "    7 packets dropped by the kernel\n");
    json_object_put(summary);
    free(text);
    summary_free(s);
}
END_TEST

START_TEST(the_text_says_the_most_frequent_first) {
    struct summary *s = some();
    char *text = text_of(s, false);
    ck_assert_ptr_eq(text,
                     at(text, " 2026-11-20 14:03:22 to 14:05:22, UTC\n\n intermediate-missing  \u00d74  of the client's certificate\n"));
    ck_assert(at(text, " intermediate-missing  \u00d74") < at(text, " client-declined  \u00d71"));
    ck_assert(at(text,
                 "    \u00d73      10.1.7.20 \u2192 api.partner.example (10.2.0.8:443)\n"
                 "            client's certificate issued by CN=Acme Issuing CA 2,O=Acme,C=DE\n"
                 "            from 2026-11-20 14:03:22 to 14:05:22\n"
                 "            first in frame 63, stream 4 of acme-2026-11-20.pcapng\n") < at(text, "    \u00d71      10.1.7.21 \u2192"));
    at(text, " Failures by client\n    \u00d73      10.1.7.20\n");
    at(text, "ended 2026-11-19 23:59:59 UTC, less than a day before it was last sent\n");
    at(text, " 6 conversations: 1 good, 5 failed, 0 doubtful.  7 packets dropped.\n");
    free(text);
    summary_free(s);
}
END_TEST

/* Hundreds of clients: the text is cut where -v is not given, the JSON has them all. */
START_TEST(many_groups_are_cut_in_the_text_only) {
    struct summary *s = summary_new();
    struct tlswatch_record record = record_declined();
    for (int i = 0; i < 300; i++) {
        snprintf(record.client.ip, sizeof record.client.ip, "10.9.%d.%d", i / 256, i % 256);
        summary_record(s, &record);
    }
    char *brief = text_of(s, false), *whole = text_of(s, true);
    struct json_object *summary = json_of(s);
    at(brief, "and 295 more groups (-v)\n");
    at(brief, "and 290 more rows (-v)\n");
    ck_assert_ptr_null(strstr(whole, "(-v)"));
    at(whole, "10.9.1.43 \u2192");
    ck_assert_uint_eq(json_object_array_length(member(summary, "failures")), 300);
    json_object_put(summary);
    free(brief);
    free(whole);
    summary_free(s);
}
END_TEST

START_TEST(an_empty_summary_is_whole) {
    struct summary *s = summary_new();
    char *text = text_of(s, false);
    struct json_object *summary = json_of(s);
    ck_assert_str_eq(text, " No TLS conversation in 1000 packets and 12 TCP connections.  7 packets dropped.\n"
                           " 8 TCP connections were refused with an RST (Wireshark: tcp.completeness == 37).\n"
                           " 9 TCP connections got no answer to the SYN (Wireshark: tcp.completeness == 1).\n"
                           " TLS handshakes outside of TCP are not read: 4 packets of QUIC, 5 packets of DTLS, 6 packets of EAP\n"
                           " (Wireshark: quic || dtls || eap).\n");
    ck_assert_int_eq(number(summary, "conversations"), 0);
    json_object_put(summary);
    free(text);
    summary_free(s);
}
END_TEST

/* Beyond the bound the causes are still counted, and what found no place is said. */
START_TEST(a_bound_leaves_groups_out_and_no_failure) {
    struct summary *s = summary_new();
    struct tlswatch_record record = record_declined();
    s->failures.most = 2;
    for (int i = 0; i < 5; i++) {
        snprintf(record.client.ip, sizeof record.client.ip, "10.9.0.%d", i);
        summary_record(s, &record);
    }
    struct json_object *summary = json_of(s);
    ck_assert_uint_eq(json_object_array_length(member(summary, "failures")), 2);
    ck_assert_int_eq(number(row(summary, "causes", 0), "count"), 5);
    ck_assert_int_eq(number(member(summary, "not_shown"), "groups_left_out"), 3);
    json_object_put(summary);
    summary_free(s);
}
END_TEST

START_TEST(a_table_finds_every_key_again) {
    struct groups g;
    ck_assert(groups_init(&g, sizeof(int), 1000, 1 << 20));
    for (int i = 0; i < 1000; i++) {
        int *value = groups_add(&g, bytes_of(&i, sizeof i));
        ck_assert_ptr_nonnull(value);
        ck_assert_int_eq(*value, 0);
        *value = i + 1;
    }
    for (int i = 0; i < 1000; i++) {
        ck_assert_int_eq(*(int *)groups_find(&g, bytes_of(&i, sizeof i)), i + 1);
        ck_assert_int_eq(*(int *)groups_add(&g, bytes_of(&i, sizeof i)), i + 1);
        ck_assert_int_eq(*(int *)groups_at(&g, (size_t)i), i + 1);
    }
    ck_assert_ptr_null(groups_find(&g, bytes_of("x", 1)));
    ck_assert_ptr_null(groups_add(&g, bytes_of("x", 1)));
    ck_assert_uint_eq(g.left_out, 1);
    groups_clear(&g);
    ck_assert_ptr_null(groups_find(&g, bytes_of("x", 1)));
    ck_assert_ptr_nonnull(groups_add(&g, bytes_of("", 0)));
    groups_clear(&g);
}
END_TEST

START_TEST(a_table_keeps_to_its_bytes) {
    struct groups g;
    char key[100] = "";
    ck_assert(groups_init(&g, 8, 1000, 1000));
    for (int i = 0; i < 100; i++) {
        snprintf(key, sizeof key, "%099d", i);
        groups_add(&g, bytes_of(key, sizeof key));
    }
    ck_assert_uint_gt(g.num, 3);
    ck_assert_uint_lt(g.num, 10);
    ck_assert_uint_le(g.bytes, 1000);
    ck_assert_uint_eq(g.num + g.left_out, 100);
    ck_assert_ptr_null(groups_text(
            &g, "a text that is longer than what is left of the thousand bytes, which is less than a hundred of them ....................."
                "......................................................................................................."));
    groups_clear(&g);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("summary");
    TCase *tcase = tcase_create("summary");
    tcase_add_test(tcase, failures_are_counted_by_cause_server_client_and_issuer);
    tcase_add_test(tcase, totals_add_the_groups_up);
    tcase_add_test(tcase, servers_stand_with_the_lists_that_they_advertised);
    tcase_add_loop_test(tcase, a_client_certificate_is_listed_within_30_days_of_its_end, 0, 6);
    tcase_add_test(tcase, what_the_capture_could_not_show_is_said);
    tcase_add_test(tcase, the_text_says_the_most_frequent_first);
    tcase_add_test(tcase, many_groups_are_cut_in_the_text_only);
    tcase_add_test(tcase, an_empty_summary_is_whole);
    tcase_add_test(tcase, a_bound_leaves_groups_out_and_no_failure);
    tcase_add_test(tcase, a_table_finds_every_key_again);
    tcase_add_test(tcase, a_table_keeps_to_its_bytes);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
