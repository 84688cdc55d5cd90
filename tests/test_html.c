/* The HTML report: what anybody may have put into a record is text there, whatever it looks like. */
#include "report/html_report.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "printed.h"
#include "records.h"
#include "report/html_writer.h"
#include "report/near.h"
#include "tap.h"

static struct html_report *new_report(void) {
    struct text_options options = {.utc = true, .utf8 = true};
    struct html_report *report = html_report_new(&options);
    ck_assert_ptr_nonnull(report);
    return report;
}

/* The page of what went in; the caller frees it. The report is freed. */
static char *page_of(struct html_report *report) {
    struct report_sink sink = printed_sink();
    struct tlswatch_statistics statistics = {.frames = 1};
    static const char *const files[] = {"acme\"><script>.pcapng"};
    struct html_end end = {.files = files, .num_files = 1, .statistics = &statistics};
    html_report_write(report, &sink, &end);
    ck_assert_uint_eq(sink.dropped, 0);
    html_report_free(report);
    return printed(&sink);
}

static char *page_of_one(const struct tlswatch_record *record) {
    struct html_report *report = new_report();
    html_report_record(report, record);
    return page_of(report);
}

static size_t count(const char *text, const char *needle) {
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, needle)) != NULL; p += strlen(needle)) {
        n++;
    }
    return n;
}

static void assert_has(const char *text, const char *needle) {
    ck_assert_msg(strstr(text, needle) != NULL, "not there: %s", needle);
}

static char *put_one(const char *text) {
    struct buffer out = {0};
    struct html h = {.out = &out, .cap = 4096};
    html_text(&h, text);
    ck_assert(!h.failed && buffer_append(&out, bytes_of("", 1), 4097));
    return (char *)out.p;
}

static const struct {
    const char *text, *html;
} hostile[] = {
        {"</script><script>alert(1)</script>", "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;"},
        {"\" onload=\"x", "&quot; onload=&quot;x"},
        {"' onload='x", "&#39; onload=&#39;x"},
        {"a & b &lt;", "a &amp; b &amp;lt;"},
        {"]]><svg>", "]]&gt;&lt;svg&gt;"},
        {"\x1b[31m", "\\1B[31m"},
        {"a\xe2\x80\xae"
         "b",
         "a\\E2\\80\\AEb"},
        {"\xe2\x81\xa6", "\\E2\\81\\A6"},
        {"\xff\xc0\xaf", "\\FF\\C0\\AF"},
        {"line\nbreak\r", "line\\0Abreak\\0D"},
        {"\xc3\xa9\xe4\xb8\xad", "\xc3\xa9\xe4\xb8\xad"},
        {"", ""},
};

START_TEST(hostile_text_is_text) {
    char *have = put_one(hostile[_i].text);
    ck_assert_str_eq(have, hostile[_i].html);
    free(have);
}
END_TEST

/* Every string of a record says the same hostile thing: it must not come through anywhere. */
START_TEST(hostile_names_are_inert_everywhere) {
    static const char evil[] = "</script></style></text></svg><img src=x onerror=alert(1)>\"'\x1b]0;x\x07\xe2\x80\xae";
    const char *const evils[] = {evil, NULL};
    struct tlswatch_record record = record_intermediate_missing();
    struct tlswatch_certificate leaf = *record.client_certificate.certificates[0];
    const struct tlswatch_certificate *chain[] = {&leaf, &leaf};
    const struct tlswatch_name names[] = {{.text = evil}, {.text = evil}};
    struct tlswatch_finding finding = {.code = evil, .severity = TLSWATCH_ERROR, .index = -1, .text = evil};
    struct tlswatch_message message = {.sender = TLSWATCH_CLIENT, .name = evil, .mark = {.frame = 1}};
    struct tlswatch_rival rival = {.why = evil};
    leaf.subject.text = leaf.issuer.text = leaf.serial = leaf.public_key = leaf.signature_algorithm = leaf.sha256 = evil;
    leaf.key_usage = leaf.extended_key_usage = leaf.alternative_names = evils;
    record.client_certificate.certificates = record.server_certificate.certificates = chain;
    record.client_certificate.num_certificates = record.server_certificate.num_certificates = 2;
    record.certificate_request.authorities = names;
    record.certificate_request.num_authorities = 2;
    record.findings = &finding;
    record.messages = &message;
    record.rivals = &rival;
    record.num_findings = record.num_messages = record.num_rivals = 1;
    record.server_name = record.message = record.advice_client = record.advice_server = record.filter = record.opening = evil;
    record.start.file = record.client_log = record.server_log = record.client_stack.name = evil;
    char *page = page_of_one(&record);
    ck_assert_uint_eq(count(page, "<img"), 0);
    ck_assert_uint_eq(count(page, "</script>"), 1);
    ck_assert_uint_eq(count(page, "</style>"), 1);
    ck_assert_uint_eq(count(page, "<svg"), 1);
    ck_assert_uint_eq(count(page, "</svg>"), 1);
    ck_assert_uint_eq(count(page, "\x1b"), 0);
    ck_assert_uint_eq(count(page, "\x07"), 0);
    ck_assert_uint_eq(count(page, "\xe2\x80\xae"), 0);
    ck_assert_uint_gt(count(page, "&lt;img src=x onerror=alert(1)&gt;&quot;&#39;\\1B"), 20);
    free(page);
}
END_TEST

START_TEST(nothing_is_asked_of_the_network) {
    struct tlswatch_record record = record_intermediate_missing();
    char *page = page_of_one(&record);
    assert_has(page, "default-src 'none'");
    ck_assert_uint_eq(count(page, " src="), 0);
    ck_assert_uint_eq(count(page, "url("), 0);
    ck_assert_uint_eq(count(page, "@import"), 0);
    ck_assert_uint_eq(count(page, "href="), count(page, "href=\"#"));
    free(page);
}
END_TEST

START_TEST(a_finding_says_all_that_the_record_says) {
    struct tlswatch_record record = record_intermediate_missing();
    char *page = page_of_one(&record);
    assert_has(page, "1 of 1 TLS conversation failed");
    assert_has(page, "an intermediate is missing.");
    assert_has(page, "id=\"f1\"");
    assert_has(page, "href=\"#f1\"");
    assert_has(page, "api.partner.example");
    assert_has(page, "append &quot;Acme Issuing CA 2&quot; to the certificate file.");
    assert_has(page, "not sent, not advertised");
    assert_has(page, "Alert unknown_ca (48)");
    assert_has(page, "+2.284 ms");
    assert_has(page, "CN=Acme Partner Root G1,O=Acme,C=DE");
    assert_has(page, "2026-11-19 23:59:59 UTC");
    assert_has(page, "tcp.stream eq 4 &amp;&amp; frame.number in {60, 62, 63}");
    free(page);
}
END_TEST

START_TEST(repeats_are_counted_with_the_first) {
    struct html_report *report = new_report();
    struct tlswatch_record record = record_declined();
    for (int i = 0; i < 214; i++) {
        record.start.time_ns += SECOND_NS;
        html_report_record(report, &record);
    }
    char *page = page_of(report);
    ck_assert_uint_eq(count(page, "<article"), 1);
    assert_has(page, "\u00d7214");
    assert_has(page, "214 of 214 TLS conversations failed");
    free(page);
}
END_TEST

START_TEST(beyond_the_bound_findings_are_counted) {
    struct html_report *report = new_report();
    struct tlswatch_record record = record_declined();
    for (int i = 0; i < LIMIT_HTML_FINDINGS + 5; i++) {
        snprintf(record.client.ip, sizeof record.client.ip, "10.9.%d.%d", i / 256, i % 256);
        html_report_record(report, &record);
    }
    char *page = page_of(report);
    ck_assert_uint_eq(count(page, "<article"), LIMIT_HTML_FINDINGS);
    assert_has(page, "5 more are counted above and not shown");
    free(page);
}
END_TEST

START_TEST(what_was_forgotten_is_not_told) {
    struct html_report *report = new_report();
    struct tlswatch_record record = record_declined();
    html_report_record(report, &record);
    html_report_forget(report);
    record = record_good();
    html_report_record(report, &record);
    char *page = page_of(report);
    assert_has(page, "0 of 1 TLS conversation failed");
    assert_has(page, "Nothing failed");
    ck_assert_uint_eq(count(page, "<article"), 0);
    free(page);
}
END_TEST

/* `differs`: the word of the name that is another; NULL: no near miss. */
static const struct {
    const char *wanted, *name, *differs;
} names[] = {
        {"CN=Acme Issuing CA 2,O=Acme", "CN=Acme Issuing CA 3,O=Acme", "3"},
        {"CN=Acme Issuing CA 2,O=Acme", "CN=Acme Issuing CA 2,O=Acme", NULL},
        {"CN=Corp-CA-Dev,O=Corp", "CN=Corp-CA-Prod,O=Corp", "Prod"},
        {"CN=Acme Root G1,O=Acme,C=DE", "CN=Other Root G2,O=Acme,C=DE", NULL},
        {"CN=Acme Root G1,O=Acme", "CN=Acme Root G10,O=Acme", "G10"},
        {"CN=Acme Root,O=Acme", "CN=Acme Test Root,O=Acme", "Test "},
        {"CN=Acme Test Root,O=Acme", "CN=Acme Root,O=Acme", ""},
        {"CN=a", "CN=b", NULL},
        {"", "", NULL},
        {"CN=x,O=y", "", NULL},
};

START_TEST(one_word_makes_a_near_miss) {
    size_t at = 0, len = 0;
    bool near = near_miss(names[_i].wanted, names[_i].name, &at, &len);
    ck_assert_msg(near == (names[_i].differs != NULL), "%s, %s", names[_i].wanted, names[_i].name);
    if (near) {
        ck_assert_uint_eq(len, strlen(names[_i].differs));
        ck_assert_msg(strncmp(names[_i].name + at, names[_i].differs, len) == 0, "%s: %.*s", names[_i].name, (int)len, names[_i].name + at);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("html");
    TCase *tcase = tcase_create("html");
    tcase_add_loop_test(tcase, hostile_text_is_text, 0, RECORDS_COUNT(hostile));
    tcase_add_test(tcase, hostile_names_are_inert_everywhere);
    tcase_add_test(tcase, nothing_is_asked_of_the_network);
    tcase_add_test(tcase, a_finding_says_all_that_the_record_says);
    tcase_add_test(tcase, repeats_are_counted_with_the_first);
    tcase_add_test(tcase, beyond_the_bound_findings_are_counted);
    tcase_add_test(tcase, what_was_forgotten_is_not_told);
    tcase_add_loop_test(tcase, one_word_makes_a_near_miss, 0, RECORDS_COUNT(names));
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
