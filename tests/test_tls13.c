/* What the lengths of TLS 1.3 records give away without a key. Lengths are made from RFC 8446: a record is its content, a
 * byte of type and a tag of 16 (5.2); a Finished is 4 + Hash.length (4.4.4), an empty Certificate 4 + 1 + 3 (4.4.2). */
#include "diagnosis/facts_internal.h"
#include "diagnosis_facts.h"
#include "tap.h"

#define CLIENT TLSWATCH_CLIENT
#define SERVER TLSWATCH_SERVER

enum {
    RECORD = 1 + 16,
    FINISHED_256 = 4 + 32,
    FINISHED_384 = 4 + 48,
    EMPTY = 4 + 1 + 3,
    ALERT_IN = 2 + RECORD,
    CHAIN_IN = 900 + RECORD,
};

/* Content and type, padded with zeros to blocks of 16 (RFC 8446, 5.4), and the tag. */
#define PADDED(content) (((content) + 1 + 15) / 16 * 16 + 16)

#define SERVER_SENT(len)                                                                                                                   \
    { SERVER, len }
#define CLIENT_SENT(len)                                                                                                                   \
    { CLIENT, len }
#define SERVERS_PADDED_FLIGHT SERVER_SENT(PADDED(6)), SERVER_SENT(PADDED(1183)), SERVER_SENT(PADDED(FINISHED_256))
#define SERVERS_FLIGHT SERVER_SENT(6 + RECORD), SERVER_SENT(1200), SERVER_SENT(FINISHED_256 + RECORD)

enum { LOST = 1, EARLY_DATA = 2, POST_HANDSHAKE = 4 };

static const struct row {
    const char *what;
    struct {
        enum tlswatch_side sender;
        uint32_t len;
    } records[16];
    enum tlswatch_side closed_by;
    unsigned flags;
    enum tls13_answer answer;
    bool client_finished, server_finished;
    enum tlswatch_side alert;
} rows[] = {
        {"Finished alone, SHA-256",
         {SERVERS_FLIGHT, CLIENT_SENT(FINISHED_256 + RECORD), CLIENT_SENT(200), SERVER_SENT(400)},
         CLIENT,
         0,
         TLS13_ANSWER_NONE,
         true,
         true,
         TLSWATCH_NOBODY},
        {"Finished alone, SHA-384",
         {SERVERS_FLIGHT, CLIENT_SENT(FINISHED_384 + RECORD), SERVER_SENT(400)},
         CLIENT,
         0,
         TLS13_ANSWER_NONE,
         true,
         true,
         TLSWATCH_NOBODY},
        {"an empty Certificate, then Finished, then an alert",
         {SERVERS_FLIGHT, CLIENT_SENT(EMPTY + RECORD), CLIENT_SENT(FINISHED_256 + RECORD), SERVER_SENT(ALERT_IN)},
         SERVER,
         0,
         TLS13_ANSWER_EMPTY,
         true,
         false,
         SERVER},
        {"both in one record, SHA-256",
         {SERVERS_FLIGHT, CLIENT_SENT(EMPTY + FINISHED_256 + RECORD), SERVER_SENT(ALERT_IN)},
         SERVER,
         0,
         TLS13_ANSWER_EMPTY,
         true,
         false,
         SERVER},
        {"both in one record, SHA-384",
         {SERVERS_FLIGHT, CLIENT_SENT(EMPTY + FINISHED_384 + RECORD), SERVER_SENT(ALERT_IN)},
         SERVER,
         0,
         TLS13_ANSWER_EMPTY,
         true,
         false,
         SERVER},
        {"an empty Certificate that was let in",
         {SERVERS_FLIGHT, CLIENT_SENT(EMPTY + RECORD), CLIENT_SENT(FINISHED_256 + RECORD), SERVER_SENT(240), SERVER_SENT(400)},
         SERVER,
         0,
         TLS13_ANSWER_EMPTY,
         true,
         true,
         TLSWATCH_NOBODY},
        {"a chain, then an alert",
         {SERVERS_FLIGHT, CLIENT_SENT(CHAIN_IN), CLIENT_SENT(100), SERVER_SENT(ALERT_IN)},
         SERVER,
         0,
         TLS13_ANSWER_CERTIFICATE,
         true,
         false,
         SERVER},
        {"a chain, tickets, then an alert",
         {SERVERS_FLIGHT, CLIENT_SENT(CHAIN_IN), SERVER_SENT(240), SERVER_SENT(ALERT_IN)},
         SERVER,
         0,
         TLS13_ANSWER_CERTIFICATE,
         true,
         true,
         TLSWATCH_NOBODY},
        {"a chain, and the server closes",
         {SERVERS_FLIGHT, CLIENT_SENT(CHAIN_IN), CLIENT_SENT(100)},
         SERVER,
         0,
         TLS13_ANSWER_CERTIFICATE,
         true,
         false,
         TLSWATCH_NOBODY},
        {"a chain, and the client closes",
         {SERVERS_FLIGHT, CLIENT_SENT(CHAIN_IN), CLIENT_SENT(100)},
         CLIENT,
         0,
         TLS13_ANSWER_CERTIFICATE,
         true,
         true,
         TLSWATCH_NOBODY},
        {"a chain, and an alert in place of the signature",
         {SERVERS_FLIGHT, CLIENT_SENT(CHAIN_IN), CLIENT_SENT(ALERT_IN)},
         CLIENT,
         0,
         TLS13_ANSWER_CERTIFICATE,
         false,
         false,
         CLIENT},
        {"a flight in one record, tickets, and a close_notify",
         {SERVERS_FLIGHT, CLIENT_SENT(CHAIN_IN), CLIENT_SENT(ALERT_IN), SERVER_SENT(240)},
         CLIENT,
         0,
         TLS13_ANSWER_CERTIFICATE,
         true,
         true,
         TLSWATCH_NOBODY},
        {"a flight in one record, and the server closes",
         {SERVERS_FLIGHT, CLIENT_SENT(CHAIN_IN), CLIENT_SENT(ALERT_IN)},
         SERVER,
         0,
         TLS13_ANSWER_CERTIFICATE,
         true,
         false,
         TLSWATCH_NOBODY},
        {"an alert in place of the flight", {SERVERS_FLIGHT, CLIENT_SENT(ALERT_IN)}, CLIENT, 0, TLS13_ANSWER_ALERT, false, false, CLIENT},
        {"a chain, then an alert of a server that pads",
         {SERVERS_PADDED_FLIGHT, CLIENT_SENT(CHAIN_IN), CLIENT_SENT(100), SERVER_SENT(PADDED(2))},
         SERVER,
         0,
         TLS13_ANSWER_CERTIFICATE,
         true,
         false,
         SERVER},
        {"as long as a padded alert, of a server that does not pad",
         {SERVERS_FLIGHT, CLIENT_SENT(CHAIN_IN), CLIENT_SENT(100), SERVER_SENT(PADDED(2))},
         SERVER,
         0,
         TLS13_ANSWER_CERTIFICATE,
         true,
         true,
         TLSWATCH_NOBODY},
        {"a chain, and a padded answer that is longer than an alert",
         {SERVERS_PADDED_FLIGHT, CLIENT_SENT(CHAIN_IN), CLIENT_SENT(100), SERVER_SENT(PADDED(35))},
         CLIENT,
         0,
         TLS13_ANSWER_CERTIFICATE,
         true,
         true,
         TLSWATCH_NOBODY},
        {"a chain, a padded answer as short as an alert, and a close_notify",
         {SERVERS_PADDED_FLIGHT, CLIENT_SENT(CHAIN_IN), CLIENT_SENT(100), SERVER_SENT(PADDED(3)), SERVER_SENT(PADDED(2))},
         SERVER,
         0,
         TLS13_ANSWER_CERTIFICATE,
         true,
         true,
         TLSWATCH_NOBODY},
        {"a padded empty Certificate, then Finished, then an alert",
         {SERVERS_FLIGHT, CLIENT_SENT(PADDED(EMPTY)), CLIENT_SENT(PADDED(FINISHED_256)), SERVER_SENT(ALERT_IN)},
         SERVER,
         0,
         TLS13_ANSWER_EMPTY,
         true,
         false,
         SERVER},
        {"a padded Finished alone, SHA-256",
         {SERVERS_FLIGHT, CLIENT_SENT(PADDED(FINISHED_256)), CLIENT_SENT(PADDED(200)), SERVER_SENT(400)},
         CLIENT,
         0,
         TLS13_ANSWER_NONE,
         true,
         true,
         TLSWATCH_NOBODY},
        {"a padded Finished alone, SHA-384",
         {SERVERS_FLIGHT, CLIENT_SENT(PADDED(FINISHED_384)), CLIENT_SENT(PADDED(200)), SERVER_SENT(400)},
         CLIENT,
         0,
         TLS13_ANSWER_NONE,
         true,
         true,
         TLSWATCH_NOBODY},
        {"a padded alert in place of the flight",
         {SERVERS_FLIGHT, CLIENT_SENT(PADDED(2))},
         CLIENT,
         0,
         TLS13_ANSWER_ALERT,
         false,
         false,
         CLIENT},
        {"something else",
         {SERVERS_FLIGHT, CLIENT_SENT(99), SERVER_SENT(400)},
         CLIENT,
         0,
         TLS13_ANSWER_UNKNOWN,
         true,
         true,
         TLSWATCH_NOBODY},
        {"no answer", {SERVERS_FLIGHT}, CLIENT, 0, TLS13_ANSWER_UNKNOWN, false, false, TLSWATCH_NOBODY},
        {"nothing of the server", {CLIENT_SENT(CHAIN_IN)}, CLIENT, 0, TLS13_ANSWER_UNKNOWN, false, false, TLSWATCH_NOBODY},
        {"bytes are lost",
         {SERVERS_FLIGHT, CLIENT_SENT(EMPTY + RECORD), SERVER_SENT(ALERT_IN)},
         SERVER,
         LOST,
         TLS13_ANSWER_UNKNOWN,
         false,
         false,
         TLSWATCH_NOBODY},
        {"early data",
         {CLIENT_SENT(300), SERVERS_FLIGHT, CLIENT_SENT(EMPTY + RECORD), SERVER_SENT(ALERT_IN)},
         SERVER,
         EARLY_DATA,
         TLS13_ANSWER_UNKNOWN,
         true,
         true,
         TLSWATCH_NOBODY},
        {"asked behind the handshake, and refused",
         {SERVERS_FLIGHT, CLIENT_SENT(FINISHED_256 + RECORD), CLIENT_SENT(120), SERVER_SENT(200), CLIENT_SENT(CHAIN_IN),
          SERVER_SENT(ALERT_IN)},
         SERVER,
         POST_HANDSHAKE,
         TLS13_ANSWER_NONE,
         true,
         true,
         SERVER},
        {"the same from a client that does not offer it",
         {SERVERS_FLIGHT, CLIENT_SENT(FINISHED_256 + RECORD), CLIENT_SENT(120), SERVER_SENT(200), CLIENT_SENT(CHAIN_IN),
          SERVER_SENT(ALERT_IN)},
         SERVER,
         0,
         TLS13_ANSWER_NONE,
         true,
         true,
         TLSWATCH_NOBODY},
        {"an answer and close_notify",
         {SERVERS_FLIGHT, CLIENT_SENT(FINISHED_256 + RECORD), CLIENT_SENT(120), SERVER_SENT(400), SERVER_SENT(ALERT_IN)},
         SERVER,
         POST_HANDSHAKE,
         TLS13_ANSWER_NONE,
         true,
         true,
         TLSWATCH_NOBODY},
};

static struct scene scene;
static struct facts *const f = &scene.facts;

static void setup(void) {
    scene_init(&scene);
    f->version = TLS_1_3;
    f->tls13 = true;
}

static void teardown(void) {
    scene_clear(&scene);
}

static void send_record(enum tlswatch_side sender, uint32_t len, uint32_t order) {
    scene_record(&scene, sender, len, order);
}

static void play(const struct row *row) {
    for (uint32_t i = 0; row->records[i].len > 0; i++) {
        send_record(row->records[i].sender, row->records[i].len, i + 2);
    }
    scene_close(&scene, row->closed_by, TLSWATCH_CLOSED_FIN);
    f->lost = (row->flags & LOST) != 0;
    f->client_hello.has_early_data = (row->flags & EARLY_DATA) != 0;
    f->client_hello.has_post_handshake_auth = (row->flags & POST_HANDSHAKE) != 0;
    facts_infer_tls13(f);
}

START_TEST(the_lengths_of_records_say_what_the_client_answered_and_who_refused) {
    const struct row *row = &rows[_i];
    play(row);
    ck_assert_msg(f->tls13_answer == row->answer, "%s: answer %d", row->what, (int)f->tls13_answer);
    ck_assert_msg(f->client_finished == row->client_finished, "%s: client finished %d", row->what, f->client_finished);
    ck_assert_msg(f->server_finished == row->server_finished, "%s: server finished %d", row->what, f->server_finished);
    ck_assert_msg(f->num_alerts == (row->alert != TLSWATCH_NOBODY), "%s: %zu alerts", row->what, f->num_alerts);
    if (row->alert != TLSWATCH_NOBODY) {
        ck_assert_msg(f->alerts[0].sender == row->alert, "%s", row->what);
        ck_assert(f->alerts[0].encrypted && !f->alerts[0].readable);
        ck_assert_int_eq(f->alerts[0].inferred, TLSWATCH_INFERRED_FATAL);
        ck_assert_uint_ne(f->alerts[0].mark.frame, 0);
    }
}
END_TEST

#define VERIFY_IN (4 + 4 + 256 + RECORD)

/* Who closed, and what the client said in all; the answer of the server comes behind it. */
static const struct {
    const char *what;
    uint32_t lens[6];
    enum tlswatch_side closed_by;
    bool mute;
} leavings[] = {
        {"a whole flight, and nothing", {CHAIN_IN, VERIFY_IN, FINISHED_384 + RECORD}, CLIENT, true},
        {"a whole flight, and a close_notify", {CHAIN_IN, VERIFY_IN, FINISHED_256 + RECORD, ALERT_IN}, CLIENT, true},
        {"a whole flight, and a request", {CHAIN_IN, VERIFY_IN, FINISHED_256 + RECORD, 90, ALERT_IN}, CLIENT, false},
        {"a whole flight, and a short request", {CHAIN_IN, VERIFY_IN, FINISHED_256 + RECORD, 30}, CLIENT, false},
        {"a whole flight, and the server closes", {CHAIN_IN, VERIFY_IN, FINISHED_256 + RECORD}, SERVER, false},
        {"no certificate, and nothing", {EMPTY + RECORD, FINISHED_256 + RECORD}, CLIENT, true},
        {"not asked, and nothing", {FINISHED_256 + RECORD}, CLIENT, true},
        {"not asked, and a request", {FINISHED_256 + RECORD, 90}, CLIENT, false},
        {"padded, and a close_notify", {PADDED(CHAIN_IN), PADDED(VERIFY_IN), PADDED(FINISHED_256), PADDED(2)}, CLIENT, true},
        {"padded, and a request", {PADDED(CHAIN_IN), PADDED(VERIFY_IN), PADDED(FINISHED_256), PADDED(18), PADDED(2)}, CLIENT, false},
        {"a flight in one record, where what follows can't be told", {CHAIN_IN + FINISHED_256, 35}, CLIENT, false},
};

START_TEST(a_client_that_says_nothing_behind_its_finished_is_mute) {
    const uint32_t *lens = leavings[_i].lens;
    uint32_t order = 2;
    send_record(SERVER, 1300, order++);
    while (*lens > 0) {
        send_record(CLIENT, *lens++, order++);
    }
    send_record(SERVER, 240, order);
    scene_close(&scene, leavings[_i].closed_by, TLSWATCH_CLOSED_FIN);
    facts_infer_tls13(f);
    ck_assert_msg(f->client_mute == leavings[_i].mute, "%s: %d", leavings[_i].what, f->client_mute);
}
END_TEST

/* RFC 8446, 4.6.2 and 4.4.2: the context of such a request is not empty, and the answer repeats it. */
#define CONTEXT 32
#define ASKED CLIENT_SENT(FINISHED_384 + RECORD), SERVER_SENT(240), SERVER_SENT(240), CLIENT_SENT(61 + RECORD), SERVER_SENT(146 + RECORD)
#define FINISHED_LATE CLIENT_SENT(FINISHED_384 + RECORD)

static const struct row late_rows[] = {
        {"an empty Certificate, and an alert",
         {SERVERS_FLIGHT, ASKED, CLIENT_SENT(EMPTY + CONTEXT + RECORD), FINISHED_LATE, SERVER_SENT(ALERT_IN)},
         SERVER,
         POST_HANDSHAKE,
         TLS13_ANSWER_EMPTY,
         true,
         true,
         SERVER},
        {"a chain, and an alert",
         {SERVERS_FLIGHT, ASKED, CLIENT_SENT(CHAIN_IN), CLIENT_SENT(264 + RECORD), FINISHED_LATE, SERVER_SENT(ALERT_IN)},
         SERVER,
         POST_HANDSHAKE,
         TLS13_ANSWER_CERTIFICATE,
         true,
         true,
         SERVER},
        {"a chain, and let in",
         {SERVERS_FLIGHT, ASKED, CLIENT_SENT(CHAIN_IN), CLIENT_SENT(264 + RECORD), FINISHED_LATE, SERVER_SENT(400)},
         SERVER,
         POST_HANDSHAKE,
         TLS13_ANSWER_CERTIFICATE,
         true,
         true,
         TLSWATCH_NOBODY},
        {"a client that does not offer it",
         {SERVERS_FLIGHT, ASKED, CLIENT_SENT(CHAIN_IN), CLIENT_SENT(264 + RECORD), FINISHED_LATE, SERVER_SENT(400)},
         SERVER,
         0,
         TLS13_ANSWER_UNKNOWN,
         true,
         true,
         TLSWATCH_NOBODY},
        {"no Finished",
         {SERVERS_FLIGHT, ASKED, CLIENT_SENT(CHAIN_IN), CLIENT_SENT(264 + RECORD), SERVER_SENT(400)},
         SERVER,
         POST_HANDSHAKE,
         TLS13_ANSWER_UNKNOWN,
         true,
         true,
         TLSWATCH_NOBODY},
        {"two requests and their answers",
         {SERVERS_FLIGHT, ASKED, CLIENT_SENT(300), SERVER_SENT(400)},
         SERVER,
         POST_HANDSHAKE,
         TLS13_ANSWER_UNKNOWN,
         true,
         true,
         TLSWATCH_NOBODY},
        {"a request in several records, one of them as long as a Finished",
         {SERVERS_FLIGHT, FINISHED_LATE, SERVER_SENT(240), CLIENT_SENT(61 + RECORD), CLIENT_SENT(300), FINISHED_LATE, SERVER_SENT(400)},
         SERVER,
         POST_HANDSHAKE,
         TLS13_ANSWER_UNKNOWN,
         true,
         true,
         TLSWATCH_NOBODY},
        {"asked in the handshake",
         {SERVERS_FLIGHT, CLIENT_SENT(CHAIN_IN), CLIENT_SENT(264 + RECORD), FINISHED_LATE, SERVER_SENT(240), CLIENT_SENT(80),
          SERVER_SENT(400)},
         SERVER,
         POST_HANDSHAKE,
         TLS13_ANSWER_UNKNOWN,
         true,
         true,
         TLSWATCH_NOBODY},
};

START_TEST(a_request_behind_the_handshake_is_known_by_its_answer) {
    const struct row *row = &late_rows[_i];
    play(row);
    ck_assert_msg(f->late_answer == row->answer, "%s: answer %d", row->what, (int)f->late_answer);
    ck_assert_msg(f->client_finished && f->server_finished, "%s", row->what);
    ck_assert_msg(f->num_alerts == (row->alert != TLSWATCH_NOBODY), "%s: %zu alerts", row->what, f->num_alerts);
}
END_TEST

START_TEST(what_is_lost_hides_no_handshake_that_went_on) {
    for (uint32_t i = 0; i < 30; i++) {
        send_record(i % 2 == 0 ? SERVER : CLIENT, 400, i + 2);
    }
    f->lost = true;
    facts_infer_tls13(f);
    ck_assert(f->client_finished && f->server_finished);
    ck_assert_int_eq(f->tls13_answer, TLS13_ANSWER_UNKNOWN);
}
END_TEST

START_TEST(nothing_inferred_is_ever_certain) {
    play(&rows[_i]);
    facts_collect_alerts(f, &scene.arena);
    f->request_state = f->client.state = f->server.state = TLSWATCH_ENCRYPTED;
    f->progress = f->client_finished && f->server_finished ? PROGRESS_COMPLETED
                  : f->client_finished                     ? PROGRESS_CLIENT_FINISHED
                                                           : PROGRESS_SERVER_DONE;
    f->list = NULL;
    struct verdict v = scene_verdict(&scene);
    bool good = v.cause == TLSWATCH_CAUSE_NONE || v.cause == TLSWATCH_CAUSE_INCOMPLETE || v.cause == TLSWATCH_CAUSE_CLOSED_WITHOUT_ALERT;
    ck_assert_msg(good || v.confidence != TLSWATCH_CERTAIN, "%s: %s", rows[_i].what, tlswatch_cause_name(v.cause));
    ck_assert_int_eq(v.certificate_of, TLSWATCH_NOBODY);
    ck_assert_int_eq(v.reach.reached, TLSWATCH_REACHED_UNKNOWN);
    ck_assert_int_eq(v.reach.how, TLSWATCH_REACH_ENCRYPTED);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("TLS 1.3");
    TCase *tests = tcase_create("TLS 1.3");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, the_lengths_of_records_say_what_the_client_answered_and_who_refused, 0, sizeof rows / sizeof *rows);
    tcase_add_loop_test(tests, a_request_behind_the_handshake_is_known_by_its_answer, 0, sizeof late_rows / sizeof *late_rows);
    tcase_add_loop_test(tests, a_client_that_says_nothing_behind_its_finished_is_mute, 0, sizeof leavings / sizeof *leavings);
    tcase_add_test(tests, what_is_lost_hides_no_handshake_that_went_on);
    tcase_add_loop_test(tests, nothing_inferred_is_ever_certain, 0, sizeof rows / sizeof *rows);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
