/* What followed a completed handshake: does it look like a refusal inside the encryption? */
#include "diagnosis/facts_internal.h"
#include "diagnosis_facts.h"
#include "tap.h"

#define CLIENT TLSWATCH_CLIENT
#define SERVER TLSWATCH_SERVER

enum {                    /* cipher suites, and what their records are longer than their content */
       AES_GCM = 0xc02b,  /* 8 of nonce, 16 of tag (RFC 5288, 3) */
       CHACHA20 = 0xcca9, /* 16 of tag (RFC 7905, 2) */
       AES_CBC = 0xc013,  /* 16 of IV, a MAC of 20, 1 to 16 of padding (RFC 5246, 6.2.3.2) */
       GCM_OVERHEAD = 24,
       CHACHA20_OVERHEAD = 16,
       TLS13_OVERHEAD = 17,
};

#define NGINX_PAGE 380 /* of its 400 for certificates, as measured */
#define HAPROXY_PAGE 208

enum { RESUMED = 1, TLS13 = 2, SMTP = 4, LATE = 8, BABBLED = 16, MISSING = 32, IMAP = 64 };

static const struct row {
    const char *what;
    uint16_t cipher_suite;
    uint32_t requests[4], answers[12]; /* lengths of records of application data */
    enum tlswatch_side closed_by;
    unsigned flags;
    enum refusal refusal;
    bool denied, client_left;
} rows[] = {
        {"no byte from either side, the server closes", AES_GCM, {0}, {0}, SERVER, 0, REFUSAL_LIKELY, false, false},
        {"the same, with bytes missing", AES_GCM, {0}, {0}, SERVER, MISSING, REFUSAL_NONE, false, false},
        {"a request without an answer", AES_GCM, {100}, {0}, SERVER, 0, REFUSAL_LIKELY, false, false},
        {"an answer as long as nginx's page", AES_GCM, {100}, {NGINX_PAGE + GCM_OVERHEAD}, SERVER, 0, REFUSAL_LIKELY, false, false},
        {"the same with ChaCha20", CHACHA20, {100}, {NGINX_PAGE + CHACHA20_OVERHEAD}, SERVER, 0, REFUSAL_LIKELY, false, false},
        {"the same with CBC", AES_CBC, {100}, {16 + (NGINX_PAGE + 20) / 16 * 16 + 16}, SERVER, 0, REFUSAL_LIKELY, false, false},
        {"an answer as long as haproxy's page", AES_GCM, {100}, {HAPROXY_PAGE + GCM_OVERHEAD}, SERVER, 0, REFUSAL_LIKELY, true, false},
        {"one byte longer", AES_GCM, {100}, {HAPROXY_PAGE + 1 + GCM_OVERHEAD}, SERVER, 0, REFUSAL_POSSIBLE, false, false},
        {"some short answer", AES_GCM, {100}, {600}, SERVER, 0, REFUSAL_POSSIBLE, false, false},
        {"a short answer, and much later the end", AES_GCM, {100}, {600}, SERVER, LATE, REFUSAL_NONE, false, false},
        {"a long answer", AES_GCM, {100}, {4000}, SERVER, 0, REFUSAL_NONE, false, false},
        {"much data", AES_GCM, {100}, {9000, 9000}, SERVER, 0, REFUSAL_NONE, false, false},
        {"a short answer, and the client closes", AES_GCM, {100}, {600}, CLIENT, 0, REFUSAL_NONE, false, false},
        {"no answer, and the client closes", AES_GCM, {100}, {0}, CLIENT, 0, REFUSAL_NONE, false, false},
        {"nobody closed", AES_GCM, {100}, {600}, TLSWATCH_NOBODY, 0, REFUSAL_NONE, false, false},
        {"a line in answer to EHLO", AES_GCM, {40}, {90}, SERVER, SMTP, REFUSAL_LIKELY, false, false},
        {"a list in answer to EHLO", AES_GCM, {40}, {300}, SERVER, SMTP, REFUSAL_POSSIBLE, false, false},
        {"the client leaves without a byte", AES_GCM, {0}, {0}, CLIENT, 0, REFUSAL_NONE, false, true},
        {"the server greets, and the client leaves", AES_GCM, {0}, {90}, CLIENT, 0, REFUSAL_NONE, false, true},
        {"the client leaves in plain text", AES_GCM, {0}, {0}, SERVER, BABBLED, REFUSAL_NONE, false, true},
        {"the client leaves a resumed one", AES_GCM, {0}, {0}, CLIENT, RESUMED, REFUSAL_NONE, false, false},
        {"TLS 1.3: nginx's page behind two tickets",
         0x1301,
         {1200, 100},
         {250, 250, NGINX_PAGE + TLS13_OVERHEAD},
         SERVER,
         TLS13,
         REFUSAL_LIKELY,
         false,
         false},
        {"lines, and the server closes", AES_GCM, {64}, {136, 107, 97, 83, 43, 49}, SERVER, 0, REFUSAL_POSSIBLE, false, false},
        {"lines and a longer one", AES_GCM, {64}, {136, 107, 97, 430, 98}, SERVER, 0, REFUSAL_NONE, false, false},
        {"IMAP in lines", AES_GCM, {64}, {136, 107, 97, 83, 43, 49}, SERVER, IMAP, REFUSAL_OF_LOGIN, false, false},
        {"IMAP in lines, much later the end", AES_GCM, {64}, {136, 107, 97, 83, 43, 49}, SERVER, IMAP | LATE, REFUSAL_NONE, false, false},
        {"IMAP in lines, the client closes", AES_GCM, {64}, {136, 107, 97, 83, 43, 49}, CLIENT, IMAP, REFUSAL_NONE, false, false},
        {"IMAP with a login's list of capabilities", AES_GCM, {64}, {107, 97, 430, 98}, SERVER, IMAP, REFUSAL_NONE, false, false},
        {"TLS 1.3: IMAP in lines behind two tickets",
         0x1301,
         {1200, 57},
         {1178, 1178, 100, 90, 76, 36, 42},
         SERVER,
         TLS13 | IMAP,
         REFUSAL_OF_LOGIN,
         false,
         false},
        {"TLS 1.3: lines behind two tickets",
         0x1301,
         {1200, 57},
         {1178, 1178, 129, 100, 90, 76, 36, 42},
         SERVER,
         TLS13,
         REFUSAL_POSSIBLE,
         false,
         false},
        {"TLS 1.3: lines behind a longer one",
         0x1301,
         {1200, 57},
         {1178, 497, 129, 100, 90, 76, 36, 42},
         SERVER,
         TLS13,
         REFUSAL_NONE,
         false,
         false},
        {"TLS 1.3: a long answer", 0x1301, {1200, 100}, {250, 4000, 3000, 200}, SERVER, TLS13, REFUSAL_NONE, false, false},
        {"TLS 1.3: the client leaves", 0x1301, {1200}, {250}, CLIENT, TLS13, REFUSAL_NONE, false, false},
};

static struct scene scene;
static struct facts *const f = &scene.facts;

static void setup(void) {
    scene_init(&scene);
    scene_chains(&scene);
    scene_complete(&scene);
}

static void teardown(void) {
    scene_clear(&scene);
}

static void send_records(enum tlswatch_side sender, const uint32_t *lens, size_t max, uint32_t order) {
    struct conversation_stream *stream = scene_stream(&scene, sender);
    for (size_t i = 0; i < max && lens[i] > 0; i++) {
        stream->records[stream->num_records++] =
                (struct encrypted_record){.type = APPLICATION_DATA, .len = lens[i], .order = order++, .mark = scene_mark(FRAME_ALERT)};
        stream->total_records++;
        stream->application_records++;
        stream->application_bytes += lens[i];
        stream->last_application = scene_mark(FRAME_ALERT);
    }
}

static void play(const struct row *row) {
    scene.conversation.cipher_suite = row->cipher_suite;
    send_records(CLIENT, row->requests, 4, 10);
    send_records(SERVER, row->answers, 12, 20);
    f->client_application_records = scene_stream(&scene, CLIENT)->application_records;
    f->client_application_bytes = scene_stream(&scene, CLIENT)->application_bytes;
    f->server_application_records = scene_stream(&scene, SERVER)->application_records;
    f->server_application_bytes = scene_stream(&scene, SERVER)->application_bytes;
    if (row->closed_by != TLSWATCH_NOBODY) {
        scene_close(&scene, row->closed_by, TLSWATCH_CLOSED_FIN);
    }
    f->goodbye_mark.time_ns += (row->flags & LATE) != 0 ? 5 * SECOND_NS : 0;
    f->resumed = (row->flags & RESUMED) != 0;
    f->tls13 = (row->flags & TLS13) != 0;
    f->tls13_answer = f->tls13 ? TLS13_ANSWER_CERTIFICATE : TLS13_ANSWER_UNKNOWN;
    scene.opening.name = (row->flags & SMTP) != 0 ? "smtp" : (row->flags & IMAP) != 0 ? "imap" : NULL;
    scene_stream(&scene, CLIENT)->malformed = (row->flags & BABBLED) != 0 ? MALFORMED_RECORD : MALFORMED_NOTHING;
    scene.flow.side[BACKWARD].missing = (row->flags & MISSING) != 0 ? 100 : 0;
    facts_find_refusal(f);
}

START_TEST(a_refusal_is_known_by_who_closed_when_and_how_long_the_answer_was) {
    const struct row *row = &rows[_i];
    play(row);
    ck_assert_msg(f->refusal == row->refusal, "%s: %d (%s)", row->what, (int)f->refusal, f->refusal_why);
    ck_assert_msg((f->refusal_why != NULL) == (row->refusal != REFUSAL_NONE), "%s", row->what);
    ck_assert_msg(f->denied == row->denied && f->client_left == row->client_left, "%s", row->what);
}
END_TEST

/* Who was not asked for a certificate was not refused for one, as far as can be seen. */
START_TEST(a_client_that_was_not_asked_was_cut_short_and_not_refused) {
    f->tls13 = true;
    send_records(CLIENT, (const uint32_t[]){69, 78}, 2, 10);
    send_records(SERVER, (const uint32_t[]){282, 282, 510}, 3, 20);
    scene_close(&scene, SERVER, TLSWATCH_CLOSED_FIN);
    f->tls13_answer = _i == 0 ? TLS13_ANSWER_NONE : TLS13_ANSWER_CERTIFICATE;
    facts_find_refusal(f);
    ck_assert(f->cut_short);
    ck_assert_int_eq(f->refusal, _i == 0 ? REFUSAL_NONE : REFUSAL_POSSIBLE);
}
END_TEST

START_TEST(imaps_is_known_by_its_port) {
    scene.flow.side[BACKWARD].endpoint.port = _i == 0 ? 993 : 995;
    send_records(CLIENT, (const uint32_t[]){64}, 1, 10);
    send_records(SERVER, (const uint32_t[]){136, 107, 97, 83}, 4, 20);
    f->client_application_records = 1;
    f->server_application_records = 4;
    scene_close(&scene, SERVER, TLSWATCH_CLOSED_FIN);
    facts_find_refusal(f);
    ck_assert_int_eq(f->refusal, _i == 0 ? REFUSAL_OF_LOGIN : REFUSAL_POSSIBLE);
}
END_TEST

START_TEST(nothing_is_refused_inside_a_handshake_that_did_not_complete) {
    f->progress = PROGRESS_CLIENT_FINISHED;
    play(&rows[_i]);
    ck_assert(f->refusal == REFUSAL_NONE && !f->client_left);
}
END_TEST

START_TEST(a_refusal_inside_is_never_certain) {
    play(&rows[_i]);
    struct verdict v = scene_verdict(&scene);
    ck_assert_msg(v.cause == TLSWATCH_CAUSE_NONE || v.confidence != TLSWATCH_CERTAIN, "%s: %s", rows[_i].what,
                  tlswatch_cause_name(v.cause));
    ck_assert(v.outcome == TLSWATCH_COMPLETED || f->refusal != REFUSAL_NONE);
}
END_TEST

/* --- A course that is plain --- */

static void close_by(enum direction who) {
    scene.flow.closed = true;
    scene.flow.closed_by = who;
    scene.flow.side[who].fin = scene_mark(FRAME_CLOSE);
}

/* What TLS 1.2 looks like where nobody minds: both finished, data, the client's close_notify, its FIN. */
static void go_plainly(void) {
    scene.conversation.client = FORWARD;
    scene_stream(&scene, CLIENT)->finished = scene_stream(&scene, SERVER)->finished = true;
    send_records(CLIENT, (const uint32_t[]){100}, 1, 10);
    send_records(SERVER, (const uint32_t[]){600}, 1, 20);
    scene.alerts[0] = (struct conversation_alert){.sender = FORWARD, .encrypted = true, .len = 26, .order = 30};
    scene.alerts[1] = (struct conversation_alert){.sender = BACKWARD, .encrypted = true, .len = 26, .order = 31};
    scene.conversation.num_alerts = 2;
    close_by(FORWARD);
}

static void lose_the_version(void) {
    scene.conversation.version = 0;
}

static void speak_tls13(void) {
    scene.conversation.version = TLS_1_3;
    scene.conversation.tls13 = true;
}

static void break_off(void) {
    scene_stream(&scene, SERVER)->finished = false;
}

static void begin_again(void) {
    scene_stream(&scene, CLIENT)->encrypted_handshakes_after_finished = 1;
    scene_stream(&scene, SERVER)->encrypted_handshakes_after_finished = 1;
}

static void ask_nothing(void) {
    scene_stream(&scene, CLIENT)->application_records = 0;
}

static void warn_in_clear(void) {
    scene.alerts[1] = (struct conversation_alert){.sender = BACKWARD, .level = 2, .code = 42};
}

static void let_the_server_begin(void) {
    scene.alerts[0].sender = BACKWARD;
}

static void let_the_server_close(void) {
    close_by(BACKWARD);
}

static void leave_open(void) {
    scene.flow.closed = false;
}

static void lose_bytes(void) {
    scene_stream(&scene, CLIENT)->lost = 10;
}

static void miss_bytes(void) {
    scene.flow.side[BACKWARD].missing = 10;
}

static void reach_a_limit(void) {
    scene.conversation.limits_hit = 1;
}

static void (*const oddities[])(void) = {lose_the_version,     speak_tls13, break_off,  begin_again, ask_nothing,   warn_in_clear,
                                         let_the_server_begin, leave_open,  lose_bytes, miss_bytes,  reach_a_limit, let_the_server_close};

START_TEST(a_plain_course_went_well) {
    struct facts course;
    go_plainly();
    ck_assert(facts_course_is_plain(&scene.conversation, &scene.flow, FLOW_END_CLOSED));
    facts_collect_course(&course, &scene.conversation, &scene.flow, FLOW_END_CLOSED, &scene.arena);
    ck_assert(facts_went_well(&course));
}
END_TEST

START_TEST(a_course_with_anything_odd_is_not_plain) {
    go_plainly();
    ck_assert(!facts_course_is_plain(&scene.conversation, &scene.flow, FLOW_END_EVICTED));
    oddities[_i]();
    ck_assert(!facts_course_is_plain(&scene.conversation, &scene.flow, FLOW_END_CLOSED));
}
END_TEST

/* --- Who took leave first in TLS 1.3 --- */

enum { TLS13_ALERT = 19, TLS13_PADDED_ALERT = 35 }; /* level, description, the type of the content, a tag of 16 (RFC 8446, 5.2) */

static const struct leave {
    const char *what;
    uint32_t behind_request[2];
    uint32_t before_leave, behind_leave; /* of the client */
    enum tlswatch_side left_first;
} leaves[] = {
        {"the client answers the server's close_notify", {NGINX_PAGE + TLS13_OVERHEAD, TLS13_ALERT}, 0, TLS13_ALERT, SERVER},
        {"the client's close_notify comes first", {NGINX_PAGE + TLS13_OVERHEAD, TLS13_ALERT}, TLS13_ALERT, 0, CLIENT},
        {"a request as long as a padded alert", {NGINX_PAGE + TLS13_OVERHEAD, TLS13_ALERT}, TLS13_PADDED_ALERT, TLS13_ALERT, SERVER},
        {"the client's padded alert comes first", {NGINX_PAGE + TLS13_OVERHEAD, TLS13_ALERT}, TLS13_PADDED_ALERT, 0, CLIENT},
        {"the client closes without a close_notify", {NGINX_PAGE + TLS13_OVERHEAD, TLS13_ALERT}, 0, 0, CLIENT},
        {"the client has more to say", {NGINX_PAGE + TLS13_OVERHEAD, TLS13_ALERT}, 0, 100, CLIENT},
        {"the server says no close_notify", {NGINX_PAGE + TLS13_OVERHEAD, 100}, 0, TLS13_ALERT, CLIENT},
};

static void go_in_tls13(const struct leave *leave, struct facts *course) {
    scene.conversation.client = FORWARD;
    speak_tls13();
    send_records(SERVER, (const uint32_t[]){49, 148, 909, 281, 69}, 5, 1);
    send_records(CLIENT, (const uint32_t[]){1761, 281, 69}, 3, 10);
    send_records(SERVER, (const uint32_t[]){1146, 1146}, 2, 20);
    send_records(CLIENT, (const uint32_t[]){52, leave->before_leave}, 2, 30);
    send_records(SERVER, leave->behind_request, 2, 40);
    send_records(CLIENT, &leave->behind_leave, 1, 50);
    close_by(FORWARD);
    facts_collect_course(course, &scene.conversation, &scene.flow, FLOW_END_CLOSED, &scene.arena);
}

/* What was lost may have come behind it. */
START_TEST(in_tls13_nobody_takes_leave_by_what_only_seems_to_be_last) {
    struct facts course;
    scene.flow.side[_i].missing = 10;
    go_in_tls13(&leaves[0], &course);
    ck_assert(course.goodbye == CLIENT && course.refusal == REFUSAL_NONE);
}
END_TEST

START_TEST(in_tls13_a_close_notify_that_is_only_answered_ends_it) {
    struct facts course;
    go_in_tls13(&leaves[_i], &course);
    ck_assert_msg(course.goodbye == leaves[_i].left_first, "%s", leaves[_i].what);
    ck_assert_msg(course.refusal == (leaves[_i].left_first == SERVER ? REFUSAL_LIKELY : REFUSAL_NONE), "%s", leaves[_i].what);
    ck_assert_int_eq(course.closed.first_by, CLIENT);
}
END_TEST

/* A server that closes what was idle sends its close_notify just before: only the answer tells how long that was. */
START_TEST(in_tls13_a_close_notify_is_no_part_of_the_answer) {
    send_records(CLIENT, (const uint32_t[]){1200, 100}, 2, 10);
    send_records(SERVER, (const uint32_t[]){250, 250, 600, TLS13_ALERT}, 4, 20);
    struct conversation_stream *server = scene_stream(&scene, SERVER);
    server->records[3].mark.time_ns += _i == 0 ? 0 : 5 * SECOND_NS;
    server->last_application = server->records[3].mark;
    f->client_application_records = 2;
    f->server_application_records = 4;
    f->tls13 = true;
    f->tls13_answer = TLS13_ANSWER_CERTIFICATE;
    scene_close(&scene, SERVER, TLSWATCH_CLOSED_FIN);
    f->goodbye_mark.time_ns = server->last_application.time_ns;
    facts_find_refusal(f);
    ck_assert_int_eq(f->refusal, _i == 0 ? REFUSAL_POSSIBLE : REFUSAL_NONE);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("refusal");
    TCase *tests = tcase_create("refusal");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_refusal_is_known_by_who_closed_when_and_how_long_the_answer_was, 0, sizeof rows / sizeof *rows);
    tcase_add_loop_test(tests, a_client_that_was_not_asked_was_cut_short_and_not_refused, 0, 2);
    tcase_add_loop_test(tests, imaps_is_known_by_its_port, 0, 2);
    tcase_add_loop_test(tests, nothing_is_refused_inside_a_handshake_that_did_not_complete, 0, sizeof rows / sizeof *rows);
    tcase_add_loop_test(tests, a_refusal_inside_is_never_certain, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tests, a_plain_course_went_well);
    tcase_add_loop_test(tests, a_course_with_anything_odd_is_not_plain, 0, sizeof oddities / sizeof *oddities);
    tcase_add_loop_test(tests, in_tls13_a_close_notify_that_is_only_answered_ends_it, 0, sizeof leaves / sizeof *leaves);
    tcase_add_loop_test(tests, in_tls13_nobody_takes_leave_by_what_only_seems_to_be_last, 0, 2);
    tcase_add_loop_test(tests, in_tls13_a_close_notify_is_no_part_of_the_answer, 0, 2);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
