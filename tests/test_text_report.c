/* Records as text for people: the blocks by hand, and what must hold whatever a record carries. */
#include "report/report.h"

#include <locale.h>
#include <time.h>
#include <wchar.h>

#include "printed.h"
#include "records.h"
#include "report/glyph.h"

#define HEADING " 2026-11-20, UTC  acme-2026-11-20.pcapng\n"

static char *text_of(const struct tlswatch_record *record, struct text_options options) {
    struct report_sink sink = printed_sink();
    struct text_report report;
    text_report_init(&report, &sink, &options);
    text_report_record(&report, record);
    return printed(&sink);
}

static void begins_with(const char *text, const char *beginning) {
    ck_assert_msg(strncmp(text, beginning, strlen(beginning)) == 0, "%.400s", text);
}

static const struct text_options plain = {.utf8 = true, .utc = true};

/* By hand, after the examples that the report is made to (issue: what people should see). */
static const struct {
    struct tlswatch_record (*build)(void);
    const char *text;
} blocks[] = {
        {record_intermediate_missing,
         HEADING "✗ 14:03:22.779  10.1.7.20:47650 → api.partner.example (10.2.0.8:443)  TLS 1.2  stream 4\n"
                 "  The server refused the client's certificate: an intermediate is missing. The client sent only its\n"
                 "  own certificate; nobody in the handshake knows the CA that signed it.                    [certain]\n"
                 "    server  advertised 1 CA       CN=Acme Partner Root G1,O=Acme,C=DE                       frame 60\n"
                 "    client  sent 1 certificate    CN=b2b-gw01,O=P                                           frame 62\n"
                 "            └ issued by           CN=Acme Issuing CA 2,O=Acme,C=DE  ✗ not sent, not advertised\n"
                 "    server  alert unknown_ca (48), then closed                                              frame 63\n"
                 "  Client: send the chain: append \"Acme Issuing CA 2\" to the certificate file.\n"
                 "  Server: or add that intermediate to the client-CA file.\n"
                 "  Wireshark: tcp.stream eq 4 && frame.number in {60, 62, 63}\n"
                 "\n"},
        {record_declined, HEADING "✗ 14:03:22.779  10.1.7.31:50112 → 10.2.0.8:8443  TLS 1.2  stream 9\n"
                                  "  The client declined: asked for a certificate, it answered with an empty list.            [certain]\n"
                                  "  Why is not in a capture; most likely first:\n"
                                  "    likely    its certificate is not issued by one of the 2 advertised CAs; Java, Go and .NET\n"
                                  "              clients then send nothing\n"
                                  "    possible  no certificate configured, or its key type or algorithm was not asked for\n"
                                  "    server  advertised 2 CAs      CN=Acme Root G1                                            frame 5\n"
                                  "                                  CN=Acme Root G2\n"
                                  "    client  sent an empty list                                                               frame 7\n"
                                  "    server  alert handshake_failure (40)                                                     frame 8\n"
                                  "    client  reset the connection                                                             frame 9\n"
                                  "  Wireshark: tcp.stream eq 9 && frame.number in {5, 7, 8}\n"
                                  "\n"},
        {record_server_expired,
         HEADING "✗ 14:03:22.779  10.3.0.5:39112 → mq1 (10.2.0.40:1414)  TLS 1.2  stream 77\n"
                 "  The CLIENT refused the SERVER's certificate: it expired 8 hours before. Client authentication is\n"
                 "  not involved.                                                                            [certain]\n"
                 "    server  sent 1 certificate    CN=mq1                                                    frame 75\n"
                 "            ✗ ended               2026-11-19 23:59:59 UTC\n"
                 "            └ issued by           CN=Acme Issuing CA 1\n"
                 "    client  alert certificate_expired (45)                                                  frame 77\n"
                 "  Wireshark: tcp.stream eq 77 && frame.number in {75, 77}\n"
                 "\n"},
        {record_refused_inside,
         HEADING "? 14:03:22.779  10.1.7.44:41000 → 10.2.0.8:443  TLS 1.2  stream 5  handshake completed\n"
                 "  Accepted by TLS, probably refused inside it: the client's chain does not reach an advertised CA,\n"
                 "  and the server closed 3 ms after a short answer.                                          [likely]\n"
                 "    server  advertised 1 CA       CN=Acme Partner Root G1,O=Acme,C=DE                       frame 60\n"
                 "    client  sent 1 certificate    CN=b2b-gw01,O=P                                           frame 62\n"
                 "            └ issued by           CN=Acme Issuing CA 2,O=Acme,C=DE  ✗ not sent, not advertised\n"
                 "    server  closed the connection                                                           frame 64\n"
                 "    also    nginx, IIS and API gateways answer 400 or 403 inside TLS instead of sending an alert.\n"
                 "  Wireshark: tcp.stream eq 5 && frame.number in {60, 62, 63}\n"
                 "\n"},
};

START_TEST(block_reads_as_written_by_hand) {
    struct tlswatch_record record = blocks[_i].build();
    char *text = text_of(&record, plain);
    ck_assert_str_eq(text, blocks[_i].text);
    free(text);
}
END_TEST

START_TEST(good_ones_are_counted_and_shown_only_when_asked) {
    struct tlswatch_record record = record_good();
    struct text_options all = plain;
    all.all = true;
    char *silent = text_of(&record, plain);
    char *line = text_of(&record, all);
    ck_assert_str_eq(silent, "");
    ck_assert_str_eq(line, HEADING "✓ 14:03:22.779  10.1.7.20:47650 → api.partner.example (10.2.0.8:443)  TLS 1.2  CN=b2b-gw01,O=P\n");
    free(silent);
    free(line);
}
END_TEST

START_TEST(cipher_stands_in_the_line_of_a_good_one_where_it_fits) {
    struct tlswatch_record record = record_good();
    struct text_options all = plain;
    all.all = true;
    record.server_name = NULL;
    record.cipher = "TLS_AES_128_GCM_SHA256";
    char *line = text_of(&record, all);
    ck_assert_str_eq(line, HEADING "✓ 14:03:22.779  10.1.7.20:47650 → 10.2.0.8:443  TLS 1.2  CN=b2b-gw01,O=P  TLS_AES_128_GCM_SHA256\n");
    free(line);
}
END_TEST

START_TEST(ascii_stands_for_everything_where_utf8_is_not_wanted) {
    static const struct tlswatch_name names[] = {{.text = "CN=Zürich 東"}};
    struct tlswatch_record record = record_intermediate_missing();
    record.certificate_request.authorities = names;
    char *text = text_of(&record, (struct text_options){.utc = true});
    for (const char *p = text; *p != '\0'; p++) {
        ck_assert_uint_lt((unsigned char)*p, 0x80);
    }
    ck_assert_ptr_nonnull(strstr(text, "\nX 14:03:22.779  10.1.7.20:47650 -> api.partner.example"));
    ck_assert_ptr_nonnull(strstr(text, "CN=Z\\C3\\BCrich \\E6\\9D\\B1  "));
    ck_assert_ptr_nonnull(strstr(text, "            `- issued by          CN=Acme"));
    ck_assert_ptr_nonnull(strstr(text, "X not sent, not advertised\n"));
    free(text);
}
END_TEST

START_TEST(only_the_break_is_red_and_only_when_asked) {
    struct tlswatch_record record = record_intermediate_missing();
    struct text_options colored = plain;
    colored.color = true;
    char *text = text_of(&record, plain);
    ck_assert_ptr_null(strchr(text, '\x1b'));
    free(text);
    text = text_of(&record, colored);
    int escapes = 0;
    for (const char *p = text; (p = strchr(p, '\x1b')) != NULL; p++) {
        escapes++;
    }
    ck_assert_int_eq(escapes, 4);
    ck_assert_ptr_nonnull(strstr(text, "\n\x1b[31m✗\x1b[0m 14:03"));
    ck_assert_ptr_nonnull(strstr(text, "\x1b[31m✗ not sent, not advertised\x1b[0m\n"));
    free(text);
}
END_TEST

START_TEST(local_time_is_shown_with_its_offset) {
    struct tlswatch_record record = record_declined();
    setenv("TZ", "XXX-05:30", 1);
    tzset();
    char *text = text_of(&record, (struct text_options){.utf8 = true});
    begins_with(text, " 2026-11-20, UTC+05:30  acme-2026-11-20.pcapng\n✗ 19:33:22.779  ");
    free(text);
    setenv("TZ", "YYY+10", 1);
    tzset();
    record.start.time_ns -= 5 * 3600 * 1000000000LL;
    text = text_of(&record, (struct text_options){.utf8 = true});
    begins_with(text, " 2026-11-19, UTC-10:00  acme-2026-11-20.pcapng\n✗ 23:03:22.779  ");
    free(text);
}
END_TEST

START_TEST(heading_comes_again_where_day_or_file_changes) {
    struct tlswatch_record record = record_declined();
    struct report_sink sink = printed_sink();
    struct text_report report;
    text_report_init(&report, &sink, &plain);
    text_report_record(&report, &record);
    text_report_record(&report, &record);
    record.start.time_ns += 86400 * 1000000000LL;
    text_report_record(&report, &record);
    record.start.file = NULL;
    text_report_record(&report, &record);
    char *text = printed(&sink);
    char *first = strstr(text, HEADING), *second = strstr(text, "\n 2026-11-21, UTC  acme-2026-11-20.pcapng\n"),
         *third = strstr(text, "\n 2026-11-21, UTC\n");
    ck_assert(first == text && second > first && third > second);
    ck_assert_ptr_null(strstr(first + 1, HEADING));
    free(text);
}
END_TEST

START_TEST(long_path_keeps_its_end) {
    struct tlswatch_record record = record_declined();
    record.start.file = "/a/folder/that/lies/deep/below/many/others/with/names/that/are/long/and/then/there/is/capture.pcapng";
    char *text = text_of(&record, plain);
    begins_with(text, " 2026-11-20, UTC  …/deep/below/many/others/with/names/that/are/long/and/then/there/is/capture.pcapng\n");
    free(text);
}
END_TEST

static struct tlswatch_record with(enum tlswatch_outcome outcome, enum tlswatch_cause cause, enum tlswatch_confidence confidence) {
    struct tlswatch_record record = record_good();
    record.outcome = outcome;
    record.cause = cause;
    record.confidence = confidence;
    return record;
}

static const struct {
    enum tlswatch_outcome outcome;
    enum tlswatch_cause cause;
    enum tlswatch_confidence confidence;
    enum text_class as;
} classes[] = {
        {TLSWATCH_COMPLETED, TLSWATCH_CAUSE_NONE, TLSWATCH_CERTAIN, TEXT_GOOD},
        {TLSWATCH_COMPLETED, TLSWATCH_CAUSE_NOT_REQUESTED, TLSWATCH_CERTAIN, TEXT_GOOD},
        {TLSWATCH_COMPLETED, TLSWATCH_CAUSE_RENEGOTIATION_HIDDEN, TLSWATCH_LIKELY, TEXT_GOOD},
        {TLSWATCH_COMPLETED, TLSWATCH_CAUSE_ISSUER_NOT_ADVERTISED, TLSWATCH_LIKELY, TEXT_DOUBTFUL},
        {TLSWATCH_COMPLETED, TLSWATCH_CAUSE_TLS13_ENCRYPTED, TLSWATCH_LIKELY, TEXT_DOUBTFUL},
        {TLSWATCH_COMPLETED, TLSWATCH_CAUSE_TLS13_ENCRYPTED, TLSWATCH_POSSIBLE, TEXT_GOOD},
        {TLSWATCH_REFUSED, TLSWATCH_CAUSE_POLICY, TLSWATCH_LIKELY, TEXT_DOUBTFUL},
        {TLSWATCH_REFUSED, TLSWATCH_CAUSE_POLICY, TLSWATCH_CERTAIN, TEXT_FAILED},
        {TLSWATCH_FAILED, TLSWATCH_CAUSE_UNEXPLAINED, TLSWATCH_POSSIBLE, TEXT_FAILED},
        {TLSWATCH_STALLED, TLSWATCH_CAUSE_STALLED, TLSWATCH_LIKELY, TEXT_FAILED},
        {TLSWATCH_INCOMPLETE, TLSWATCH_CAUSE_INCOMPLETE, TLSWATCH_CERTAIN, TEXT_DOUBTFUL},
        {TLSWATCH_NOT_TLS, TLSWATCH_CAUSE_NOT_TLS, TLSWATCH_CERTAIN, TEXT_DOUBTFUL},
};

START_TEST(outcome_and_cause_decide_how_it_is_shown) {
    struct tlswatch_record record = with(classes[_i].outcome, classes[_i].cause, classes[_i].confidence);
    ck_assert_int_eq(text_report_class(&record), classes[_i].as);
}
END_TEST

START_TEST(completed_with_an_error_among_the_findings_is_doubtful) {
    struct tlswatch_finding finding = {.code = "limit", .severity = TLSWATCH_ERROR, .index = -1, .text = "x"};
    struct tlswatch_record record = record_good();
    record.findings = &finding;
    record.num_findings = 1;
    ck_assert_int_eq(text_report_class(&record), TEXT_DOUBTFUL);
    finding.severity = TLSWATCH_WARNING;
    ck_assert_int_eq(text_report_class(&record), TEXT_GOOD);
}
END_TEST

START_TEST(what_began_before_the_capture_is_counted_by_itself) {
    struct tlswatch_alert goodbye = {.sender = TLSWATCH_CLIENT, .encrypted = true, .inferred = TLSWATCH_INFERRED_CLOSE_NOTIFY};
    struct tlswatch_record record = with(TLSWATCH_INCOMPLETE, TLSWATCH_CAUSE_INCOMPLETE, TLSWATCH_CERTAIN);
    record.capture.start = TLSWATCH_START_MISSED;
    record.alerts = &goodbye;
    record.num_alerts = 1;
    record.version = 0;
    ck_assert_int_eq(text_report_class(&record), TEXT_MIDDLE);
    goodbye.inferred = TLSWATCH_INFERRED_FATAL;
    ck_assert_int_eq(text_report_class(&record), TEXT_DOUBTFUL);
    goodbye.inferred = TLSWATCH_INFERRED_UNKNOWN;
    ck_assert_int_eq(text_report_class(&record), TEXT_MIDDLE);
    record.version = 0x0303; /* its hellos were seen: then this may be what ended the handshake */
    ck_assert_int_eq(text_report_class(&record), TEXT_DOUBTFUL);
    record.num_alerts = 0;
    ck_assert_int_eq(text_report_class(&record), TEXT_MIDDLE);
    struct tlswatch_record alerted = record_intermediate_missing();
    record.alerts = alerted.alerts;
    record.num_alerts = 1;
    ck_assert_int_eq(text_report_class(&record), TEXT_DOUBTFUL);
}
END_TEST

START_TEST(closing_line_counts_what_was_seen) {
    struct tlswatch_statistics statistics = {.frames = 12, .tcp_connections = 1};
    struct report_sink sink = printed_sink();
    struct text_report report;
    struct text_options quiet = plain;
    quiet.quiet = true;
    text_report_init(&report, &sink, &quiet);
    text_report_end(&report, &statistics, 0);
    for (int i = 0; i < 38; i++) {
        struct tlswatch_record record = record_good();
        text_report_record(&report, &record);
    }
    for (size_t i = 0; i < RECORDS_COUNT(blocks); i++) {
        struct tlswatch_record record = blocks[i].build();
        text_report_record(&report, &record);
    }
    text_report_end(&report, &statistics, 1);
    struct tlswatch_record middle = with(TLSWATCH_INCOMPLETE, TLSWATCH_CAUSE_INCOMPLETE, TLSWATCH_CERTAIN);
    middle.capture.start = TLSWATCH_START_MISSED;
    text_report_record(&report, &middle);
    statistics.limits_hit = 2;
    text_report_end(&report, &statistics, 1);
    statistics = (struct tlswatch_statistics){.not_tcp = {.dtls = 1}};
    text_report_end(&report, &statistics, 0);
    statistics.not_tcp = (struct tlswatch_not_tcp){12, 3, 1};
    statistics.tcp_refused = 1;
    text_report_end(&report, &statistics, 0);
    statistics = (struct tlswatch_statistics){.tcp_refused = 5000000, .tcp_unanswered = 2};
    text_report_end(&report, &statistics, 0);
    char *text = printed(&sink);
    ck_assert_str_eq(text, " No TLS conversation in 12 packets and 1 TCP connection.  0 packets dropped.\n"
                           " 42 conversations: 38 good, 3 failed, 1 doubtful.  1 packet dropped.\n"
                           " 43 conversations: 38 good, 3 failed, 1 doubtful, 1 begun before the capture.  1 packet dropped.\n"
                           " Not everything could be kept: a limit was reached 2 times.\n"
                           " 43 conversations: 38 good, 3 failed, 1 doubtful, 1 begun before the capture.  0 packets dropped.\n"
                           " TLS handshakes outside of TCP are not read: 1 packet of DTLS (Wireshark: dtls).\n"
                           " 43 conversations: 38 good, 3 failed, 1 doubtful, 1 begun before the capture.  0 packets dropped.\n"
                           " 1 TCP connection was refused with an RST (Wireshark: tcp.completeness == 37).\n"
                           " TLS handshakes outside of TCP are not read: 12 packets of QUIC, 3 packets of DTLS, 1 packet of EAP\n"
                           " (Wireshark: quic || dtls || eap).\n"
                           " 43 conversations: 38 good, 3 failed, 1 doubtful, 1 begun before the capture.  0 packets dropped.\n"
                           " 5000000 TCP connections were refused with an RST (Wireshark: tcp.completeness == 37).\n"
                           " 2 TCP connections got no answer to the SYN (Wireshark: tcp.completeness == 1).\n");
    free(text);
}
END_TEST

START_TEST(long_addresses_go_on_below) {
    struct tlswatch_record record = record_declined();
    record.client = (struct tlswatch_endpoint){"2001:db8:1111:2222:3333:4444:5555:6666", 65535};
    record.server = (struct tlswatch_endpoint){"2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff", 65534};
    record.server_name = "a.rather.long.name.of.some.server.in.the.middle.of.nowhere.example";
    char *text = text_of(&record, plain);
    begins_with(text, HEADING "✗ 14:03:22.779  [2001:db8:1111:2222:3333:4444:5555:6666]:65535\n"
                              "  → a.rather.long.name.of.some.server.in.the.middl… ([2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:65534)\n"
                              "  TLS 1.2  stream 9\n");
    free(text);
}
END_TEST

START_TEST(names_near_to_the_issuer_come_first_among_many) {
    struct tlswatch_name names[1000];
    struct tlswatch_record record = record_intermediate_missing();
    for (size_t i = 0; i < RECORDS_COUNT(names); i++) {
        names[i] = (struct tlswatch_name){.text = i == 777 ? "CN=ACME Issuing CA 1,O=Acme,C=DE" : i == 778 ? "CN=Acme" : "CN=Other"};
    }
    record.certificate_request.authorities = names;
    record.certificate_request.num_authorities = RECORDS_COUNT(names);
    char *text = text_of(&record, plain);
    ck_assert_msg(strstr(text, "    server  advertised 1000 CAs   CN=ACME Issuing CA 1,O=Acme,C=DE                          frame 60\n"
                               "                                  CN=Acme\n"
                               "                                  CN=Other\n"
                               "                                  and 997 more\n") != NULL,
                  "%.2000s", text);
    free(text);
}
END_TEST

START_TEST(close_before_the_last_alert_stands_before_it) {
    struct tlswatch_record record = record_declined();
    struct tlswatch_alert late = record.alerts[0];
    late.sender = TLSWATCH_CLIENT;
    late.mark.frame = 14;
    record.alerts = &late;
    char *text = text_of(&record, plain);
    char *closed = strstr(text, "    client  reset the connection  "), *alert = strstr(text, "    client  alert handshake_failure (40)  ");
    ck_assert_msg(closed != NULL && alert > closed, "%.2000s", text);
    free(text);
}
END_TEST

START_TEST(finding_that_a_rival_tells_is_not_told_twice) {
    struct tlswatch_record record = record_declined();
    struct tlswatch_finding finding = {.code = "x", .severity = TLSWATCH_WARNING, .index = -1, .text = record.rivals[0].why};
    record.findings = &finding;
    record.num_findings = 1;
    char *text = text_of(&record, plain);
    ck_assert_ptr_null(strstr(text, "also"));
    free(text);
}
END_TEST

START_TEST(certificate_that_the_cause_names_is_marked) {
    static const struct tlswatch_certificate root = {
            .subject = {.text = "CN=Root"}, .issuer = {.text = "CN=Root"}, .self_signed = true, .path_len = -1};
    struct tlswatch_record record = record_server_expired();
    const struct tlswatch_certificate *const chain[] = {record.server_certificate.certificates[0], &root};
    struct tlswatch_finding finding = record.findings[0];
    record.server_certificate.certificates = chain;
    record.server_certificate.num_certificates = 2;
    record.cause = TLSWATCH_CAUSE_PATH_TOO_LONG;
    record.findings = &finding;
    finding.code = "path-too-long";
    finding.index = 1;
    char *text = text_of(&record, plain);
    ck_assert_msg(strstr(text, "    server  sent 2 certificates   CN=mq1                                                    frame 75\n"
                               "                                  CN=Root  ✗ too many CAs below it\n"
                               "    client  alert") != NULL,
                  "%.2000s", text);
    free(text);
}
END_TEST

START_TEST(escape_or_mark_is_never_torn_from_what_it_belongs_to) {
    static const struct {
        const char *text;
        bool utf8;
        size_t len, taken;
        unsigned columns;
    } glyphs[] = {
            {"a", true, 1, 1, 1},
            {"\\0Ab", true, 3, 3, 3},
            {"\\\\0A", true, 2, 2, 2},
            {"\\,x", true, 2, 2, 2},
            {"\\ x", true, 2, 2, 2},
            {"\\", true, 1, 1, 1},
            {"e\xcc\x81x", true, 3, 3, 1},
            {"\xcc\x81", true, 6, 2, 6}, /* a mark with nothing to join */
            {"東x", true, 3, 3, 2},
            {"🚀", true, 4, 4, 2},
            {"a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81", true, 9, 9, 1}, /* four marks and no more */
            {"\x1b[31m", true, 3, 1, 3},
            {"\xff", true, 3, 1, 3},
            {"\xc2\x9b", true, 6, 2, 6}, /* CSI as a C1 control */
            {"a\xe2\x80\xae", true, 1, 1, 1}, /* U+202E joins nothing: it would turn the line around */
            {"\xe2\x80\xae", true, 9, 3, 9},
            {"a\xe2\x81\xa6", true, 1, 1, 1}, /* U+2066 */
            {"\xe2\x80\xa8", true, 9, 3, 9},  /* a line separator */
            {"\xc2\xad", true, 6, 2, 6},      /* a soft hyphen */
            {"é", false, 6, 2, 6},
            {"→", false, 2, 3, 2},
    };
    for (size_t i = 0; i < RECORDS_COUNT(glyphs); i++) {
        struct glyph g;
        ck_assert(glyph_next(glyphs[i].text, glyphs[i].utf8, &g));
        ck_assert_msg(g.len == glyphs[i].len && g.taken == glyphs[i].taken && g.columns == glyphs[i].columns,
                      "%s: %zu bytes of %zu, %u columns", glyphs[i].text, g.len, g.taken, g.columns);
    }
    struct glyph unused;
    ck_assert(!glyph_next("", true, &unused));
}
END_TEST

/* --- Whatever a record carries, no line is over 100 columns, by the C library's own wcwidth. --- */

static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static char *random_text(uint32_t *state, size_t pieces) {
    static const char *const parts[] = {"a",    "CN=",  "word ",   " ",  "東", "京都",     "🚀",       "é",          "e\xcc\x81",
                                        "\\0A", "\\\\", "\\,",     "한", "ا",  "\xcc\x81", "Ω",       "0123456789", ",O=Acme",
                                        "x",    "…",    "\x1b[2J", "\n", "\t", "\xff",     "\xc2\x9b"};
    char *text = calloc(1, pieces * 12 + 1);
    for (size_t i = 0; i < pieces; i++) {
        strcat(text, parts[next_random(state) % RECORDS_COUNT(parts)]);
    }
    return text;
}

/* Check's own assertions cost a system call each: they are asked only once for a text. */
static void check_lines(const char *text, int most) {
    int columns = 0;
    const char *line = text;
    mbstate_t shift = {0};
    for (size_t left = strlen(text); left > 0;) {
        wchar_t c;
        size_t n = mbrtowc(&c, text, left, &shift);
        if (n == 0 || n > 4 || (c != L'\n' && wcwidth(c) < 0)) {
            ck_abort_msg("not printable: %.300s", line);
        }
        columns = c == L'\n' ? 0 : columns + wcwidth(c);
        line = c == L'\n' ? text + n : line;
        if (columns > most) {
            ck_abort_msg("too wide: %.300s", line);
        }
        text += n;
        left -= n;
    }
}

START_TEST(no_line_is_wider_than_it_may_be) {
    uint32_t state = (uint32_t)_i + 1;
    char *texts[14];
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL) {
        return; /* nothing to hold it against */
    }
    for (size_t i = 0; i < RECORDS_COUNT(texts); i++) {
        texts[i] = random_text(&state, next_random(&state) % (i % 3 == 0 ? 12 : 300));
    }
    const char *const uses[] = {texts[0], texts[1], texts[2], NULL};
    const struct tlswatch_certificate leaf = {.sha256 = texts[1],
                                              .subject = {.text = texts[3]},
                                              .issuer = {.text = texts[4]},
                                              .not_after = (int64_t)state << 20,
                                              .path_len = -1,
                                              .public_key = texts[2],
                                              .signature_algorithm = texts[5],
                                              .key_usage = uses,
                                              .extended_key_usage = uses,
                                              .alternative_names = uses};
    const struct tlswatch_certificate *const chain[] = {&leaf, &leaf, &leaf, &leaf, &leaf, &leaf};
    const struct tlswatch_name names[] = {{.text = texts[5]}, {.text = texts[6]}, {.text = texts[4]}, {.text = texts[7]}};
    struct tlswatch_record record = record_intermediate_missing();
    struct tlswatch_finding findings[] = {
            {.code = tlswatch_cause_name((enum tlswatch_cause)(_i % TLSWATCH_NUM_CAUSES)),
             .severity = TLSWATCH_ERROR,
             .certificate_of = TLSWATCH_CLIENT + (unsigned)_i % 2,
             .index = 3,
             .text = texts[8]},
            {.code = "own", .severity = TLSWATCH_WARNING, .index = -1, .text = texts[9]},
    };
    struct tlswatch_rival rival = {.cause = TLSWATCH_CAUSE_POLICY, .why = texts[13]};
    struct tlswatch_message messages[] = {
            {.sender = TLSWATCH_CLIENT, .name = "ServerKeyExchange", .len = UINT32_MAX, .encrypted = true, .mark = {.frame = UINT64_MAX}}};
    record.cause = (enum tlswatch_cause)(_i % TLSWATCH_NUM_CAUSES);
    record.certificate_of = (enum tlswatch_side)(_i % 3);
    record.client_certificate.certificates = record.server_certificate.certificates = chain;
    record.client_certificate.num_certificates = record.server_certificate.num_certificates = RECORDS_COUNT(chain);
    record.server_certificate.state = TLSWATCH_SEEN;
    record.certificate_request.authorities = names;
    record.certificate_request.num_authorities = RECORDS_COUNT(names);
    record.server_name = texts[10];
    record.message = texts[11];
    record.advice_client = record.advice_server = record.filter = texts[12];
    record.opening = texts[0];
    record.start.file = texts[8];
    record.findings = findings;
    record.num_findings = RECORDS_COUNT(findings);
    record.rivals = &rival;
    record.num_rivals = 1;
    record.messages = messages;
    record.num_messages = 1;
    record.client_certificate.mark.frame = _i % 2 == 0 ? UINT64_MAX : 7;
    record.stream = UINT64_MAX;
    record.established = record.resumed = true;
    if (_i % 5 == 0) {
        record.client = (struct tlswatch_endpoint){"2001:db8:1111:2222:3333:4444:5555:6666", 65535};
        record.server = (struct tlswatch_endpoint){"2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff", 65534};
        record.proxied_client = &record.client;
    }
    unsigned width = _i % 4 == 0 ? 64 + (unsigned)_i % 37 : 100;
    for (int form = 0; form < 4; form++) {
        struct text_options options = {.utf8 = form % 2 == 0, .utc = true, .verbose = form >= 2, .all = true, .width = width};
        char *text = text_of(&record, options);
        ck_assert_ptr_null(strchr(text, '\x1b'));
        check_lines(text, (int)width);
        free(text);
        record.outcome = form == 1 ? TLSWATCH_INCOMPLETE : TLSWATCH_COMPLETED;
    }
    for (size_t i = 0; i < RECORDS_COUNT(texts); i++) {
        free(texts[i]);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("text_report");
    TCase *tests = tcase_create("text_report");
    tcase_add_loop_test(tests, block_reads_as_written_by_hand, 0, RECORDS_COUNT(blocks));
    tcase_add_test(tests, good_ones_are_counted_and_shown_only_when_asked);
    tcase_add_test(tests, cipher_stands_in_the_line_of_a_good_one_where_it_fits);
    tcase_add_test(tests, ascii_stands_for_everything_where_utf8_is_not_wanted);
    tcase_add_test(tests, only_the_break_is_red_and_only_when_asked);
    tcase_add_test(tests, local_time_is_shown_with_its_offset);
    tcase_add_test(tests, heading_comes_again_where_day_or_file_changes);
    tcase_add_test(tests, long_path_keeps_its_end);
    tcase_add_loop_test(tests, outcome_and_cause_decide_how_it_is_shown, 0, RECORDS_COUNT(classes));
    tcase_add_test(tests, completed_with_an_error_among_the_findings_is_doubtful);
    tcase_add_test(tests, what_began_before_the_capture_is_counted_by_itself);
    tcase_add_test(tests, closing_line_counts_what_was_seen);
    tcase_add_test(tests, long_addresses_go_on_below);
    tcase_add_test(tests, names_near_to_the_issuer_come_first_among_many);
    tcase_add_test(tests, close_before_the_last_alert_stands_before_it);
    tcase_add_test(tests, finding_that_a_rival_tells_is_not_told_twice);
    tcase_add_test(tests, certificate_that_the_cause_names_is_marked);
    tcase_add_test(tests, escape_or_mark_is_never_torn_from_what_it_belongs_to);
    tcase_add_loop_test(tests, no_line_is_wider_than_it_may_be, 0, 120);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
