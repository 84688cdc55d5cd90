/* TLS 1.3 without keys: a server that says nothing behind the client's flight but what may be an alert has refused, or only
 * says goodbye. Lengths are made from RFC 8446, as in test_tls13.c. */
#include "diagnosis/facts_internal.h"
#include "diagnosis_facts.h"
#include "tap.h"

#define CLIENT TLSWATCH_CLIENT
#define SERVER TLSWATCH_SERVER

enum {
    RECORD = 1 + 16,
    FINISHED_IN = 4 + 48 + RECORD,
    EMPTY_IN = 4 + 1 + 3 + RECORD,
    CHAIN_IN = 900 + RECORD,
    VERIFY_IN = 4 + 4 + 256 + RECORD,
    ALERT_IN = 2 + RECORD,
    PADDED_ALERT_IN = 18 + RECORD, /* Java's, as measured */
    TICKET_IN = 237 + RECORD,
    MESSAGE_IN = 19 + RECORD
};

static struct scene scene;
static struct facts *const f = &scene.facts;

static void setup(void) {
    scene_init(&scene);
    f->version = TLS_1_3;
    f->tls13 = f->has_server_hello = true;
    f->request_state = f->client.state = f->server.state = TLSWATCH_ENCRYPTED;
    f->list = NULL;
}

static void teardown(void) {
    scene_clear(&scene);
}

#define CERTIFICATE                                                                                                                        \
    {CHAIN_IN, 0}, {VERIFY_IN, 0}, {                                                                                                       \
        FINISHED_IN, 0                                                                                                                     \
    }
#define NONE                                                                                                                               \
    {EMPTY_IN, 0}, {                                                                                                                       \
        FINISHED_IN, 0                                                                                                                     \
    }
#define NOT_ASKED                                                                                                                          \
    { FINISHED_IN, 0 }

/* What may be said of it: that it was refused, that it may have been, that nothing speaks against it, that it is fine. */
enum reading { REFUSED, MAYBE_REFUSED, OPEN, FINE };

static const struct row {
    const char *what;
    struct {
        uint32_t len;
        int second; /* behind the first of the flight */
    } client[6];
    uint32_t server;
    int server_second;
    enum tlswatch_side closed_by; /* before the server's record where it is the client, else behind it */
    bool behind_leave;
    enum reading reading;
} rows[] = {
        {"an alert at once", {CERTIFICATE}, ALERT_IN, 0, SERVER, false, REFUSED},
        {"at once, behind a message", {CERTIFICATE, {MESSAGE_IN, 0}}, ALERT_IN, 0, SERVER, false, REFUSED},
        {"a slow refusal", {CERTIFICATE, {MESSAGE_IN, 0}}, ALERT_IN, 5, SERVER, false, REFUSED},
        {"no certificate, and an alert at once", {NONE}, ALERT_IN, 0, SERVER, false, REFUSED},
        {"a message, and both leave at once", {CERTIFICATE, {MESSAGE_IN, 0}, {ALERT_IN, 0}}, ALERT_IN, 0, SERVER, true, MAYBE_REFUSED},
        {"a request as long as a padded alert", {CERTIFICATE, {PADDED_ALERT_IN, 0}}, ALERT_IN, 0, SERVER, false, REFUSED},
        {"a message, two padded alerts",
         {CERTIFICATE, {MESSAGE_IN, 0}, {PADDED_ALERT_IN, 0}, {PADDED_ALERT_IN, 0}},
         ALERT_IN,
         0,
         SERVER,
         true,
         MAYBE_REFUSED},
        {"behind the FIN of the client, at once", {CERTIFICATE, {MESSAGE_IN, 0}}, ALERT_IN, 0, CLIENT, true, MAYBE_REFUSED},
        {"no certificate, behind the FIN of the client, at once", {NONE}, ALERT_IN, 0, CLIENT, true, MAYBE_REFUSED},
        {"messages, and both leave 4 s later", {CERTIFICATE, {MESSAGE_IN, 0}, {ALERT_IN, 4}}, ALERT_IN, 4, SERVER, true, OPEN},
        {"only a goodbye after a while", {CERTIFICATE, {ALERT_IN, 3}}, ALERT_IN, 3, SERVER, true, OPEN},
        {"behind the FIN of the client, after a while", {CERTIFICATE, {MESSAGE_IN, 0}}, ALERT_IN, 6, CLIENT, true, OPEN},
        {"the server leaves a client that went on", {CERTIFICATE, {MESSAGE_IN, 1}, {MESSAGE_IN, 600}}, ALERT_IN, 900, SERVER, false, OPEN},
        {"the server leaves right behind a late message",
         {CERTIFICATE, {MESSAGE_IN, 1}, {MESSAGE_IN, 600}},
         ALERT_IN,
         600,
         SERVER,
         false,
         OPEN},
        {"never a word", {CERTIFICATE, {MESSAGE_IN, 0}}, 0, 0, CLIENT, false, OPEN},
        {"never a word, and the server closes", {CERTIFICATE, {MESSAGE_IN, 0}}, 0, 0, SERVER, false, REFUSED},
        {"a ticket", {CERTIFICATE, {MESSAGE_IN, 0}}, TICKET_IN, 0, CLIENT, false, FINE},
        {"not asked, and never a word", {NOT_ASKED, {MESSAGE_IN, 0}}, 0, 0, CLIENT, false, FINE},
        {"not asked, and both leave", {NOT_ASKED, {MESSAGE_IN, 0}, {ALERT_IN, 0}}, ALERT_IN, 0, SERVER, false, FINE},
};

static void play(const struct row *row) {
    uint32_t order = 2;
    scene_record(&scene, SERVER, 1300, order++);
    for (size_t i = 0; i < sizeof row->client / sizeof *row->client && row->client[i].len > 0; i++) {
        scene_record(&scene, CLIENT, row->client[i].len, order++)->mark.time_ns += row->client[i].second * SECOND_NS;
    }
    scene_close(&scene, row->closed_by, TLSWATCH_CLOSED_FIN);
    f->closed.mark = scene_mark(row->closed_by == CLIENT ? order++ : order + 1);
    struct encrypted_record *last = row->server > 0 ? scene_record(&scene, SERVER, row->server, order) : NULL;
    if (last != NULL) {
        last->mark.time_ns += row->server_second * SECOND_NS;
        scene_stream(&scene, SERVER)->last = last->mark;
        f->closed.mark.time_ns = last->mark.time_ns + (row->closed_by == CLIENT ? -1 : 1);
    }
}

static struct verdict judge(void) {
    facts_infer_tls13(f);
    facts_collect_alerts(f, &scene.arena);
    f->progress = f->client_finished && f->server_finished ? PROGRESS_COMPLETED : PROGRESS_CLIENT_FINISHED;
    facts_find_refusal(f);
    return scene_verdict(&scene);
}

START_TEST(a_server_that_only_says_goodbye_has_not_refused) {
    static const struct {
        enum tlswatch_outcome outcome;
        enum tlswatch_cause cause;
        enum tlswatch_confidence confidence;
        const char *words;
    } told[] = {
            [REFUSED] = {TLSWATCH_FAILED, TLSWATCH_CAUSE_TLS13_ENCRYPTED, TLSWATCH_LIKELY, "The server ended the handshake"},
            [MAYBE_REFUSED] = {TLSWATCH_FAILED, TLSWATCH_CAUSE_TLS13_ENCRYPTED, TLSWATCH_POSSIBLE, "no more than a goodbye in return"},
            [OPEN] = {TLSWATCH_COMPLETED, TLSWATCH_CAUSE_NONE, TLSWATCH_LIKELY, "only its log tells whether it accepted the client"},
            [FINE] = {TLSWATCH_COMPLETED, TLSWATCH_CAUSE_NONE, TLSWATCH_CERTAIN, "The handshake completed"},
    };
    const struct row *row = &rows[_i];
    play(row);
    struct verdict v = judge();
    ck_assert_msg(f->alert_behind_leave == row->behind_leave, "%s: behind leave %d", row->what, f->alert_behind_leave);
    ck_assert_msg(v.outcome == told[row->reading].outcome, "%s: %s", row->what, tlswatch_outcome_name(v.outcome));
    ck_assert_msg(v.cause == told[row->reading].cause, "%s: %s", row->what, tlswatch_cause_name(v.cause));
    ck_assert_msg(v.confidence == told[row->reading].confidence, "%s: %s", row->what, tlswatch_confidence_name(v.confidence));
    ck_assert_msg(strstr(v.message, told[row->reading].words) != NULL, "%s: %s", row->what, v.message);
    ck_assert_int_eq(f->refusal, REFUSAL_NONE);
}
END_TEST

/* Only the first records are kept: when a client of many last spoke is known all the same. */
START_TEST(a_client_of_many_messages_went_on_only_if_it_took_time) {
    const int seconds[] = {0, 1, 600};
    struct conversation_stream *client = scene_stream(&scene, CLIENT);
    play(&(struct row){.client = {CERTIFICATE}, .server = ALERT_IN, .server_second = 900, .closed_by = SERVER});
    client->total_records = CONVERSATION_ENCRYPTED_KEPT + 100;
    client->last.time_ns += seconds[_i] * SECOND_NS;
    ck_assert_int_eq(judge().outcome, seconds[_i] < 2 ? TLSWATCH_FAILED : TLSWATCH_COMPLETED);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("TLS 1.3, goodbye");
    TCase *tests = tcase_create("goodbye");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_server_that_only_says_goodbye_has_not_refused, 0, sizeof rows / sizeof *rows);
    tcase_add_loop_test(tests, a_client_of_many_messages_went_on_only_if_it_took_time, 0, 3);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
