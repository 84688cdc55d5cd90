/* The habits of stacks: the table is well formed, guesses are right on the captures or not made, and they weigh as said. */
#include "capture/capture.h"
#include "diagnosis/habits.h"
#include "tap.h"
#include "tls/registry.h"
#include "tlswatch/tlswatch.h"

#include <stdio.h>
#include <string.h>

/* --- The table. --- */

static void check_row(const struct habit *h, enum failure first, enum failure last) {
    const char *name = stack_name(h->stack);
    ck_assert_ptr_nonnull(name);
    ck_assert_msg(h->failure >= first && h->failure <= last, "%s: a row of the other table", name);
    ck_assert_msg((h->alert != 0) == (h->conduct == TLSWATCH_SENDS_ALERT), "%s, failure %d: an alert is sent or it is not", name,
                  h->failure);
    ck_assert_msg(h->second_alert == 0 || h->alert != 0, "%s, failure %d: a second alert without a first", name, h->failure);
    ck_assert_msg(h->alert == 0 || alert_name(h->alert) != NULL, "%s, failure %d: alert %u has no name", name, h->failure, h->alert);
    ck_assert_msg(h->alert_tls13 == 0 || alert_name(h->alert_tls13) != NULL, "%s: alert %u has no name", name, h->alert_tls13);
    ck_assert_msg(h->log == NULL || h->log[0] != '\0', "%s, failure %d: an empty log line", name, h->failure);
}

static void check_table(const struct habit *table, size_t num, enum failure first, enum failure last) {
    ck_assert_uint_gt(num, 0);
    for (size_t i = 0; i < num; i++) {
        check_row(&table[i], first, last);
        for (size_t k = 0; k < i; k++) {
            ck_assert_msg(table[k].stack != table[i].stack || table[k].failure != table[i].failure, "%s, failure %d: two rows",
                          stack_name(table[i].stack), table[i].failure);
        }
    }
}

START_TEST(rows_are_well_formed_and_stand_once) {
    check_table(server_habits, num_server_habits, FAILURE_NO_CERTIFICATE, FAILURE_ROOT_EXPIRED);
    check_table(client_habits, num_client_habits, FAILURE_SERVER_UNKNOWN_ISSUER, FAILURE_SERVER_HOSTNAME);
}
END_TEST

START_TEST(every_failure_is_some_cause_and_was_measured_with_several_stacks) {
    for (int failure = FAILURE_NONE + 1; failure < NUM_FAILURES; failure++) {
        int causes = 0, stacks = 0;
        for (int cause = 0; cause < TLSWATCH_NUM_CAUSES; cause++) {
            causes += habit_is_about((enum failure)failure, (enum tlswatch_cause)cause, TLSWATCH_NOBODY);
        }
        for (int stack = STACK_UNKNOWN + 1; stack < NUM_STACKS; stack++) {
            stacks += habit_find((enum stack)stack, (enum failure)failure) != NULL;
        }
        ck_assert_msg(causes > 0, "failure %d is no cause", failure);
        ck_assert_msg(stacks >= 7, "failure %d: %d stacks", failure, stacks);
    }
}
END_TEST

/* What is best known of each stack, written down from the captures' own alerts (see pcaps/README.md and RFC 8446). */
static const struct {
    enum stack stack;
    enum failure failure;
    uint8_t alert, second, tls13;
} known[] = {
        {STACK_OPENSSL, FAILURE_NO_CERTIFICATE, 40, 0, 116},
        {STACK_OPENSSL, FAILURE_UNKNOWN_ISSUER, 48, 0, 48},
        {STACK_OPENSSL, FAILURE_NOT_YET_VALID, 42, 0, 42},
        {STACK_OPENSSL, FAILURE_BAD_SIGNATURE, 51, 0, 51},
        {STACK_OPENSSL, FAILURE_OTHER_KEY, 48, 0, 48},
        {STACK_GNUTLS, FAILURE_NO_CERTIFICATE, 50, 0, 116},
        {STACK_GNUTLS, FAILURE_UNKNOWN_ISSUER, 49, 42, 49},
        {STACK_JAVA, FAILURE_NO_CERTIFICATE, 42, 0, 42},
        {STACK_JAVA, FAILURE_EXPIRED, 46, 0, 46},
        {STACK_GO, FAILURE_EXPIRED, 42, 0, 42},
        {STACK_WOLFSSL, FAILURE_NO_CERTIFICATE, 0, 0, 116},
        {STACK_SLAPD, FAILURE_UNKNOWN_ISSUER, 0, 0, 0},
        {STACK_NGINX, FAILURE_UNKNOWN_ISSUER, 0, 0, 0},
        {STACK_GO, FAILURE_SERVER_HOSTNAME, 42, 0, 42},
};

START_TEST(what_is_best_known_stands_in_the_table) {
    const struct habit *h = habit_find(known[_i].stack, known[_i].failure);
    ck_assert_ptr_nonnull(h);
    ck_assert_uint_eq(h->alert, known[_i].alert);
    ck_assert_uint_eq(h->second_alert, known[_i].second);
    ck_assert_uint_eq(h->alert_tls13 != 0 ? h->alert_tls13 : h->alert, known[_i].tls13);
}
END_TEST

START_TEST(an_alert_contradicts_only_what_was_measured) {
    ck_assert_int_eq(habit_agrees(STACK_OPENSSL, FAILURE_EXPIRED, 45, false), AGREEMENT_AGREES);
    ck_assert_int_eq(habit_agrees(STACK_OPENSSL, FAILURE_EXPIRED, 48, false), AGREEMENT_CONTRADICTS);
    ck_assert_int_eq(habit_agrees(STACK_OPENSSL, FAILURE_EXPIRED, 0, false), AGREEMENT_UNKNOWN);
    ck_assert_int_eq(habit_agrees(STACK_UNKNOWN, FAILURE_EXPIRED, 48, false), AGREEMENT_UNKNOWN);
    ck_assert_int_eq(habit_agrees(STACK_GO, FAILURE_REVOKED, 42, false), AGREEMENT_UNKNOWN);
    ck_assert_int_eq(habit_agrees(STACK_GO, FAILURE_EXPIRED, 45, false), AGREEMENT_AGREES); /* 1.24 */
    ck_assert_int_eq(habit_agrees(STACK_GO, FAILURE_EXPIRED, 48, false), AGREEMENT_CONTRADICTS);
    ck_assert_int_eq(habit_agrees(STACK_GNUTLS, FAILURE_PURPOSE, 49, false), AGREEMENT_CONTRADICTS); /* it accepts that */
    ck_assert_int_eq(habit_agrees(STACK_OPENSSL, FAILURE_NO_CERTIFICATE, 116, true), AGREEMENT_AGREES);
    ck_assert_int_eq(habit_agrees(STACK_OPENSSL, FAILURE_NO_CERTIFICATE, 40, true), AGREEMENT_CONTRADICTS);
}
END_TEST

START_TEST(what_a_stack_accepts_is_what_was_seen_to_pass) {
    ck_assert(habit_accepts(STACK_GNUTLS, FAILURE_PURPOSE));
    ck_assert(!habit_accepts(STACK_OPENSSL, FAILURE_PURPOSE));
    ck_assert(!habit_accepts(STACK_UNKNOWN, FAILURE_PURPOSE));
}
END_TEST

START_TEST(an_alert_reads_in_the_receivers_log_as_its_library_writes_it) {
    struct arena arena = {0};
    ck_assert_str_eq(habit_received(STACK_OPENSSL, 48, &arena), "error:0A000418 ... SSL alert number 48"); /* openssl errstr 0A000418 */
    ck_assert_str_eq(habit_received(STACK_JAVA, 116, &arena), "Received fatal alert: certificate_required");
    ck_assert_str_eq(habit_received(STACK_GO, 42, &arena), "remote error: tls: bad certificate");
    ck_assert_ptr_null(habit_received(STACK_GO, 201, &arena));
    ck_assert_ptr_null(habit_received(STACK_UNKNOWN, 48, &arena));
    arena_clear(&arena);
}
END_TEST

/* --- The guesses. --- */

struct guessed {
    char client[16], server[16], client_log[256], server_log[256];
    enum tlswatch_confidence client_confidence, server_confidence;
    enum tlswatch_cause cause, first_rival;
    enum tlswatch_confidence first_rivals_confidence;
    size_t num;
};

static void note(char *out, size_t size, const char *text) {
    snprintf(out, size, "%s", text != NULL ? text : "");
}

static void on_record(void *user, const struct tlswatch_record *record) {
    struct guessed *g = user;
    if (g->num++ == 0) {
        note(g->client, sizeof g->client, record->client_stack.name);
        note(g->server, sizeof g->server, record->server_stack.name);
        note(g->client_log, sizeof g->client_log, record->client_log);
        note(g->server_log, sizeof g->server_log, record->server_log);
        g->client_confidence = record->client_stack.confidence;
        g->server_confidence = record->server_stack.confidence;
        g->cause = record->cause;
        g->first_rival = record->num_rivals > 0 ? record->rivals[0].cause : TLSWATCH_CAUSE_NONE;
        g->first_rivals_confidence = record->num_rivals > 0 ? record->rivals[0].confidence : TLSWATCH_POSSIBLE;
    }
}

static struct guessed read_capture(const char *name) {
    struct guessed guessed = {.num = 0};
    char path[4096], error[CAPTURE_ERROR_SIZE];
    const char *folder = getenv("PCAPS"), *paths[] = {path};
    snprintf(path, sizeof path, "%s/%s.pcap", folder != NULL ? folder : "pcaps", name);
    struct capture_files files = {paths, 1, NULL, false};
    struct tlswatch_frame frame;
    struct capture *capture = capture_open_files(&files, error);
    ck_assert_msg(capture != NULL, "%s", error);
    struct tlswatch *watcher = tlswatch_new(NULL, on_record, &guessed);
    while (capture_next(capture, &frame, 0) == CAPTURE_FRAME) {
        tlswatch_frame(watcher, &frame);
    }
    tlswatch_finish(watcher);
    tlswatch_free(watcher);
    capture_free(capture);
    return guessed;
}

/* The libraries under the programs that pcaps/README.md names for each capture; "" where the server's can't be told. */
static const struct {
    const char *capture, *client, *server;
} captures[] = {
        {"intermediate-missing", "OpenSSL", "OpenSSL"},
        {"client-declined-java", "Java", "OpenSSL"},
        {"client-declined-go", "Go", "OpenSSL"},
        {"client-declined-go-1.24", "Go", "OpenSSL"},
        {"expired-go", "OpenSSL", "Go"},
        {"expired-java", "OpenSSL", "Java"},
        {"self-signed-gnutls", "OpenSSL", "GnuTLS"},
        {"ca-rekeyed", "OpenSSL", "Java"},
        {"revoked", "OpenSSL", "OpenSSL"},
        {"refused-inside-nginx", "OpenSSL", "OpenSSL"},
        {"silent-close-node", "OpenSSL", "OpenSSL"},
        {"ldap-starttls", "OpenSSL", "GnuTLS"},
        {"postgres-sslrequest", "OpenSSL", "OpenSSL"},
        {"tls13-declined", "Java", ""},
        {"tls13-encrypted", "OpenSSL", ""},
        {"protocol-version", "Java", ""},
        {"cipher-mismatch", "OpenSSL", ""},
};

START_TEST(stacks_of_the_captures_are_guessed_right) {
    struct guessed g = read_capture(captures[_i].capture);
    ck_assert_str_eq(g.client, captures[_i].client);
    ck_assert_str_eq(g.server, captures[_i].server);
    ck_assert_int_le(g.client_confidence, TLSWATCH_LIKELY);
    ck_assert_int_le(g.server_confidence, TLSWATCH_LIKELY);
}
END_TEST

/* Lines as both programs really logged them. */
static const struct {
    const char *capture, *client_log, *server_log;
} logs[] = {
        {"intermediate-missing", "likely OpenSSL: error:0A000418 ... SSL alert number 48",
         "likely OpenSSL: verify error:num=20:unable to get local issuer certificate, then 0A000086 certificate verify failed"},
        {"client-declined-java", "likely Java: Received fatal alert: handshake_failure",
         "likely OpenSSL: 0A0000C7 peer did not return a certificate"},
        {"expired-java", "likely OpenSSL: error:0A000416 ... SSL alert number 46",
         "likely Java: PKIX path validation failed: ... validity check failed"},
        {"expired-go", "likely OpenSSL: error:0A000415 ... SSL alert number 45",
         "likely Go: x509: certificate has expired or is not yet valid"},
        {"revoked", "likely OpenSSL: error:0A000414 ... SSL alert number 44",
         "likely OpenSSL: verify error:num=23:certificate revoked, then 0A000086 certificate verify failed"},
        {"tls13-encrypted", "", ""},
        {"completed", "", ""},
};

START_TEST(a_failure_reads_in_both_logs_as_the_programs_wrote_it) {
    struct guessed g = read_capture(logs[_i].capture);
    ck_assert_str_eq(g.client_log, logs[_i].client_log);
    ck_assert_str_eq(g.server_log, logs[_i].server_log);
}
END_TEST

START_TEST(an_alert_that_a_reset_may_have_hidden_is_said_to_be_so) {
    ck_assert_ptr_nonnull(strstr(read_capture("alert-behind-reset").client_log, "or only that the connection was reset"));
}
END_TEST

START_TEST(nginx_is_told_by_its_error_page) {
    ck_assert_ptr_nonnull(strstr(read_capture("refused-inside-nginx").server_log, "likely nginx: client SSL certificate verify error"));
}
END_TEST

/* The same hello with one extension more than any of the measured ones sends is still nobody's word for certain. */
START_TEST(an_unknown_hello_is_nobodys) {
    static const uint8_t extensions[] = {0, 10, 0, 4, 0, 2, 0, 29, 0, 43, 0, 3, 2, 3, 3};
    struct client_hello hello = {.client_version = TLS_1_2, .extensions = bytes_of(extensions, sizeof extensions)};
    ck_assert_int_eq(stack_guess_client(&hello).stack, STACK_UNKNOWN);
    hello.extensions = bytes_of(extensions, 5); /* cut */
    ck_assert_int_eq(stack_guess_client(&hello).stack, STACK_UNKNOWN);
    ck_assert_int_eq(stack_guess_client(&(struct client_hello){0}).stack, STACK_UNKNOWN);
    ck_assert_int_eq(stack_guess_server(&(struct server_hello){.version = TLS_1_2}, NULL).stack, STACK_UNKNOWN);
    struct certificate_request none = {.certificate_types = bytes_of("", 0)};
    ck_assert_int_eq(stack_guess_server(&(struct server_hello){.version = TLS_1_2}, &none).stack, STACK_UNKNOWN);
}
END_TEST

/* Java and Go send nothing where their issuer is not on the list; OpenSSL sends what it has. */
static const struct {
    const char *capture;
    enum tlswatch_cause cause, first_rival;
    enum tlswatch_confidence confidence;
} weighed[] = {
        {"client-declined-java", TLSWATCH_CAUSE_CLIENT_DECLINED, TLSWATCH_CAUSE_ISSUER_NOT_ADVERTISED, TLSWATCH_LIKELY},
        {"client-declined-go", TLSWATCH_CAUSE_CLIENT_DECLINED, TLSWATCH_CAUSE_ISSUER_NOT_ADVERTISED, TLSWATCH_LIKELY},
        {"client-declined", TLSWATCH_CAUSE_CLIENT_DECLINED, TLSWATCH_CAUSE_ALGORITHM_NOT_OFFERED, TLSWATCH_POSSIBLE},
        /* Java lists what it trusts and takes expired roots: what is left of "certificate_unknown" is another key. */
        {"ca-rekeyed", TLSWATCH_CAUSE_CA_REKEYED, TLSWATCH_CAUSE_TRUST_DIFFERS, TLSWATCH_POSSIBLE},
};

START_TEST(habits_weigh_among_rivals) {
    struct guessed g = read_capture(weighed[_i].capture);
    ck_assert_int_eq(g.cause, weighed[_i].cause);
    ck_assert_int_eq(g.first_rival, weighed[_i].first_rival);
    ck_assert_int_eq(g.first_rivals_confidence, weighed[_i].confidence);
}
END_TEST

/* --- The pages. --- */

START_TEST(every_cause_has_a_page_that_speaks_to_both_sides) {
    enum tlswatch_cause cause = (enum tlswatch_cause)_i, found;
    const struct tlswatch_cause_page *page = tlswatch_cause_page(cause);
    ck_assert_ptr_nonnull(page);
    const char *texts[] = {page->means, page->shows, page->client, page->server};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ck_assert_msg(texts[i] != NULL && strlen(texts[i]) > 8, "%s: part %zu", tlswatch_cause_name(cause), i);
        ck_assert_msg(texts[i][strlen(texts[i]) - 1] == '.', "%s: %s", tlswatch_cause_name(cause), texts[i]);
    }
    ck_assert(tlswatch_cause_find(tlswatch_cause_name(cause), &found));
    ck_assert_int_eq(found, cause);
}
END_TEST

START_TEST(pages_end_and_unknown_causes_have_none) {
    struct tlswatch_habit habit;
    enum tlswatch_cause found = TLSWATCH_CAUSE_EXPIRED;
    size_t num = 0;
    while (tlswatch_cause_habit(TLSWATCH_CAUSE_EXPIRED, num, &habit)) {
        ck_assert_ptr_nonnull(habit.stack);
        num++;
    }
    ck_assert_uint_gt(num, 15);
    ck_assert(!tlswatch_cause_habit(TLSWATCH_CAUSE_NONE, 0, &habit));
    ck_assert_ptr_null(tlswatch_cause_page(TLSWATCH_NUM_CAUSES));
    ck_assert(!tlswatch_cause_find("expire", &found));
    ck_assert_int_eq(found, TLSWATCH_CAUSE_EXPIRED);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("habits");
    TCase *tests = tcase_create("habits");
    tcase_add_test(tests, rows_are_well_formed_and_stand_once);
    tcase_add_test(tests, every_failure_is_some_cause_and_was_measured_with_several_stacks);
    tcase_add_loop_test(tests, what_is_best_known_stands_in_the_table, 0, sizeof known / sizeof *known);
    tcase_add_test(tests, an_alert_contradicts_only_what_was_measured);
    tcase_add_test(tests, what_a_stack_accepts_is_what_was_seen_to_pass);
    tcase_add_test(tests, an_alert_reads_in_the_receivers_log_as_its_library_writes_it);
    tcase_add_loop_test(tests, stacks_of_the_captures_are_guessed_right, 0, sizeof captures / sizeof *captures);
    tcase_add_loop_test(tests, a_failure_reads_in_both_logs_as_the_programs_wrote_it, 0, sizeof logs / sizeof *logs);
    tcase_add_test(tests, an_alert_that_a_reset_may_have_hidden_is_said_to_be_so);
    tcase_add_test(tests, nginx_is_told_by_its_error_page);
    tcase_add_test(tests, an_unknown_hello_is_nobodys);
    tcase_add_loop_test(tests, habits_weigh_among_rivals, 0, sizeof weighed / sizeof *weighed);
    tcase_add_loop_test(tests, every_cause_has_a_page_that_speaks_to_both_sides, 0, TLSWATCH_NUM_CAUSES);
    tcase_add_test(tests, pages_end_and_unknown_causes_have_none);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
