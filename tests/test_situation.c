/* How a conversation ended: which alert decided, which only echoes, who wanted to go first, who fell silent; and from
 * that who broke it off, and where. */
#include "diagnosis/facts_internal.h"
#include "diagnosis_facts.h"
#include "tap.h"

#define CLIENT TLSWATCH_CLIENT
#define SERVER TLSWATCH_SERVER
#define NOBODY TLSWATCH_NOBODY

static struct scene scene;
static struct facts *const f = &scene.facts;

static void setup(void) {
    scene_init(&scene);
    scene_chains(&scene);
}

static void teardown(void) {
    scene_clear(&scene);
}

/* --- Situations. --- */

static void nothing(void) {
}

static void not_tls(void) {
    scene.conversation.protocol = PROTOCOL_NOT_TLS;
}

/* Of what one side said, all is lost: the other side's words may be the answer to TLS. */
static void undecided_lost(void) {
    scene.conversation.protocol = PROTOCOL_UNDECIDED;
    f->lost = true;
}

static void refused_lost(void) {
    undecided_lost();
    scene.opening.refusal_len = 3;
}

static void undecided(void) {
    scene.conversation.protocol = PROTOCOL_UNDECIDED;
}

static void server_alert(void) {
    scene_alert(&scene, SERVER, 48);
}

static void client_alert(void) {
    scene_unanswered(&scene);
    scene_alert(&scene, CLIENT, 48);
}

static void client_alert_behind_its_chain(void) {
    f->progress = PROGRESS_CLIENT_FLIGHT;
    scene_alert(&scene, CLIENT, 40);
}

static void client_says_unknown_ca_behind_its_chain(void) {
    f->progress = PROGRESS_CLIENT_FLIGHT;
    scene_alert(&scene, CLIENT, 48);
}

static void server_alert_then_client_fin(void) {
    server_alert();
    scene_close(&scene, CLIENT, TLSWATCH_CLOSED_FIN);
}

static void server_fin(void) {
    scene_close(&scene, SERVER, TLSWATCH_CLOSED_FIN);
}

static void server_rst(void) {
    scene_close(&scene, SERVER, TLSWATCH_CLOSED_RST);
}

static void client_fin_unanswered(void) {
    scene_unanswered(&scene);
    scene_close(&scene, CLIENT, TLSWATCH_CLOSED_FIN);
}

static void alert_on_hello(void) {
    scene_before_certificates(&scene, PROGRESS_CLIENT_HELLO);
    scene_alert(&scene, SERVER, 40);
}

static void alert_on_server_hello(void) {
    scene_before_certificates(&scene, PROGRESS_SERVER_HELLO);
    scene_alert(&scene, CLIENT, 70);
}

static void rst_on_hello(void) {
    scene_before_certificates(&scene, PROGRESS_CLIENT_HELLO);
    server_rst();
}

static void alert_on_hello_lost(void) {
    alert_on_hello();
    f->lost = true;
}

static void server_alert_clients_flight_lost(void) {
    scene_unanswered(&scene);
    scene_lose_chain(&scene, CLIENT);
    scene_alert(&scene, SERVER, 48);
}

static void fin_lost(void) {
    server_fin();
    f->lost = true;
}

static void completed(void) {
    scene_complete(&scene);
    server_fin();
}

static void completed_lost(void) {
    completed();
    f->lost = true;
}

static void stalled(void) {
    f->stalled = f->ended = true;
}

static void stalled_lost(void) {
    stalled();
    f->lost = true;
}

static void tls13(enum progress progress) {
    scene_before_certificates(&scene, progress);
    f->version = TLS_1_3;
    f->tls13 = f->has_server_hello = true;
    f->request_state = f->client.state = f->server.state = TLSWATCH_ENCRYPTED;
}

static void hide_alert(void) {
    f->alerts[0].readable = false;
    f->alerts[0].encrypted = true;
    f->alerts[0].inferred = TLSWATCH_INFERRED_FATAL;
}

static void tls13_encrypted_alert(void) {
    tls13(PROGRESS_CLIENT_FINISHED);
    scene_alert(&scene, SERVER, 48);
    hide_alert();
}

static void tls13_clear_alert(void) {
    tls13(PROGRESS_SERVER_HELLO);
    scene_alert(&scene, CLIENT, 48);
}

static void tls13_fin(void) {
    tls13(PROGRESS_CLIENT_FINISHED);
    server_fin();
}

static void tls13_fin_on_server_hello(void) {
    tls13(PROGRESS_SERVER_HELLO);
    scene_close(&scene, CLIENT, TLSWATCH_CLOSED_FIN);
}

static void renegotiated(void) {
    completed();
    f->renegotiated = true;
}

static void renegotiated_alert(void) {
    renegotiated();
    scene_alert(&scene, SERVER, 48);
    hide_alert();
}

static void client_fin_behind_its_finished(void) {
    scene_close(&scene, CLIENT, TLSWATCH_CLOSED_FIN);
    f->client_finished = true;
    f->progress = PROGRESS_CLIENT_FINISHED;
}

static void client_left(void) {
    scene_complete(&scene);
    scene_close(&scene, CLIENT, TLSWATCH_CLOSED_FIN);
    f->client_left = true;
}

static void stalled_on_what_never_arrived(void) {
    stalled();
    scene.flow.side[FORWARD].unacknowledged_sent = 5;
}

static const struct {
    const char *what;
    void (*change)(void);
    enum situation situation;
    enum tlswatch_outcome outcome;
    enum tlswatch_side accused;
} situations[] = {
        {"no TLS", not_tls, SITUATION_NOT_TLS, TLSWATCH_NOT_TLS, NOBODY},
        {"nothing that tells", undecided, SITUATION_NOT_TLS, TLSWATCH_NOT_TLS, NOBODY},
        {"nothing that tells, bytes lost", undecided_lost, SITUATION_INCOMPLETE, TLSWATCH_INCOMPLETE, NOBODY},
        {"TLS refused, bytes lost", refused_lost, SITUATION_NOT_TLS, TLSWATCH_NOT_TLS, NOBODY},
        {"the capture ends", nothing, SITUATION_INCOMPLETE, TLSWATCH_INCOMPLETE, NOBODY},
        {"alert of the server", server_alert, SITUATION_SERVER_REFUSED, TLSWATCH_FAILED, CLIENT},
        {"the client closes behind it", server_alert_then_client_fin, SITUATION_SERVER_REFUSED, TLSWATCH_FAILED, CLIENT},
        {"alert of the client", client_alert, SITUATION_CLIENT_REFUSED, TLSWATCH_FAILED, SERVER},
        {"alert of the client behind its chain", client_alert_behind_its_chain, SITUATION_CLIENT_REFUSED, TLSWATCH_FAILED, NOBODY},
        {"unknown_ca behind its chain", client_says_unknown_ca_behind_its_chain, SITUATION_CLIENT_REFUSED, TLSWATCH_FAILED, SERVER},
        {"FIN of the server", server_fin, SITUATION_SERVER_REFUSED, TLSWATCH_FAILED, CLIENT},
        {"RST of the server", server_rst, SITUATION_SERVER_REFUSED, TLSWATCH_FAILED, CLIENT},
        {"FIN in place of the client's flight", client_fin_unanswered, SITUATION_CLIENT_REFUSED, TLSWATCH_FAILED, SERVER},
        {"FIN behind the client's Finished", client_fin_behind_its_finished, SITUATION_CLIENT_REFUSED, TLSWATCH_FAILED, NOBODY},
        {"alert on ClientHello", alert_on_hello, SITUATION_NEGOTIATION, TLSWATCH_FAILED, NOBODY},
        {"alert on ServerHello", alert_on_server_hello, SITUATION_NEGOTIATION, TLSWATCH_FAILED, NOBODY},
        {"RST on ClientHello", rst_on_hello, SITUATION_NEGOTIATION, TLSWATCH_FAILED, NOBODY},
        {"alert on ClientHello, bytes lost", alert_on_hello_lost, SITUATION_UNPLACED, TLSWATCH_FAILED, NOBODY},
        {"alert, client's flight lost", server_alert_clients_flight_lost, SITUATION_SERVER_REFUSED, TLSWATCH_FAILED, CLIENT},
        {"FIN, bytes lost", fin_lost, SITUATION_INCOMPLETE, TLSWATCH_INCOMPLETE, NOBODY},
        {"completed", completed, SITUATION_COMPLETED, TLSWATCH_COMPLETED, CLIENT},
        {"completed, bytes lost", completed_lost, SITUATION_COMPLETED, TLSWATCH_COMPLETED, CLIENT},
        {"completed, and the client left", client_left, SITUATION_COMPLETED, TLSWATCH_COMPLETED, SERVER},
        {"silence", stalled, SITUATION_STALLED, TLSWATCH_STALLED, CLIENT},
        {"silence, as nothing arrived", stalled_on_what_never_arrived, SITUATION_STALLED, TLSWATCH_STALLED, NOBODY},
        {"silence, bytes lost", stalled_lost, SITUATION_INCOMPLETE, TLSWATCH_INCOMPLETE, NOBODY},
        {"TLS 1.3, encrypted alert", tls13_encrypted_alert, SITUATION_ENCRYPTED, TLSWATCH_FAILED, NOBODY},
        {"TLS 1.3, alert in clear", tls13_clear_alert, SITUATION_CLIENT_REFUSED, TLSWATCH_FAILED, SERVER},
        {"TLS 1.3, FIN", tls13_fin, SITUATION_ENCRYPTED, TLSWATCH_FAILED, NOBODY},
        {"TLS 1.3, FIN on ServerHello", tls13_fin_on_server_hello, SITUATION_NEGOTIATION, TLSWATCH_FAILED, NOBODY},
        {"renegotiation", renegotiated, SITUATION_COMPLETED, TLSWATCH_COMPLETED, CLIENT},
        {"renegotiation, encrypted alert", renegotiated_alert, SITUATION_ENCRYPTED, TLSWATCH_FAILED, NOBODY},
};

START_TEST(who_broke_it_off_and_where_follows_from_how_it_ended) {
    situations[_i].change();
    enum situation situation = situation_of(f);
    ck_assert_msg(situation == situations[_i].situation, "%s: situation %d", situations[_i].what, (int)situation);
    ck_assert_msg(situation_outcome(situation) == situations[_i].outcome, "%s", situations[_i].what);
    ck_assert_msg(situation_accused(f, situation) == situations[_i].accused, "%s", situations[_i].what);
}
END_TEST

/* --- Alerts. --- */

/* One more alert on the wire; code 256: it is encrypted. */
static void on_the_wire(enum tlswatch_side sender, uint8_t level, int code, uint64_t frame) {
    struct conversation *c = &scene.conversation;
    c->alerts[c->num_alerts++] = (struct conversation_alert){.sender = sender == CLIENT ? FORWARD : BACKWARD,
                                                             .encrypted = code == 256,
                                                             .level = code == 256 ? 0 : level,
                                                             .code = code == 256 ? 0 : (uint8_t)code,
                                                             .mark = scene_mark(frame)};
    c->stream[sender == CLIENT ? FORWARD : BACKWARD].last = scene_mark(frame);
}

/* What flow knows of FIN or RST, and of which side knew of it when it spoke last. */
static void closed_by(enum tlswatch_side side, bool rst) {
    enum direction d = side == CLIENT ? FORWARD : BACKWARD;
    scene.flow.closed = true;
    scene.flow.closed_by = d;
    scene.flow.closed_by_rst = rst;
    *(rst ? &scene.flow.side[d].rst : &scene.flow.side[d].fin) = scene_mark(FRAME_CLOSE);
    facts_find_ending(f, FLOW_END_CLOSED);
}

static void collect(void) {
    facts_collect_alerts(f, &scene.arena);
}

static const struct {
    const char *what;
    uint8_t level;
    int code;
    bool decides;
} deciding[] = {
        {"unknown_ca", 2, 48, true},
        {"bad_certificate, as a warning", 1, 42, true},
        {"a number without a name", 2, 99, true},
        {"close_notify", 1, 0, false},
        {"close_notify, as fatal", 2, 0, false},
        {"no_certificate of SSL 3.0", 1, 41, false},
        {"user_canceled", 1, 90, false},
        {"no_renegotiation", 1, 100, false},
        {"unrecognized_name, as a warning (RFC 6066, 3)", 1, 112, false},
        {"unrecognized_name, as fatal", 2, 112, true},
};

START_TEST(only_what_ends_a_handshake_decides) {
    on_the_wire(SERVER, deciding[_i].level, deciding[_i].code, FRAME_ALERT);
    collect();
    ck_assert_msg((f->alert != NULL) == deciding[_i].decides, "%s", deciding[_i].what);
    ck_assert_uint_eq(f->num_alerts, 1);
    ck_assert_int_eq(f->alerts[0].sender, SERVER);
}
END_TEST

START_TEST(the_first_of_two_alerts_decides) { /* GnuTLS: access_denied, then bad_certificate */
    on_the_wire(SERVER, 2, 49, FRAME_ALERT);
    on_the_wire(SERVER, 2, 42, FRAME_ALERT);
    collect();
    ck_assert_uint_eq(f->num_alerts, 2);
    ck_assert_uint_eq(f->alert->code, 49);
}
END_TEST

START_TEST(a_warning_before_it_does_not_hide_the_alert_that_decided) {
    on_the_wire(SERVER, 1, 112, FRAME_SERVER_HELLO);
    on_the_wire(CLIENT, 2, 42, FRAME_ALERT);
    collect();
    ck_assert_uint_eq(f->alert->code, 42);
}
END_TEST

START_TEST(a_warning_of_a_side_that_went_on_to_its_finished_does_not_decide) {
    f->client_finished = true;
    on_the_wire(CLIENT, 1, 42, FRAME_ALERT);
    collect();
    ck_assert_ptr_null(f->alert);
    on_the_wire(CLIENT, 2, 42, FRAME_ALERT);
    collect();
    ck_assert_uint_eq(f->alert->level, 2);
}
END_TEST

START_TEST(a_number_without_a_name_gets_one) {
    on_the_wire(SERVER, 2, 99, FRAME_ALERT);
    collect();
    ck_assert_str_eq(f->alert->name, "alert_99");
}
END_TEST

START_TEST(decode_error_behind_the_peers_fin_is_an_echo) {
    closed_by(SERVER, false);
    scene.flow.side[FORWARD].last_answers_close = true;
    on_the_wire(CLIENT, 2, 50, FRAME_CLOSE + 1);
    collect();
    ck_assert_ptr_null(f->alert);
    ck_assert_ptr_nonnull(f->echo);
    ck_assert_int_eq(f->goodbye, SERVER);
    ck_assert_int_eq(situation_of(f), SITUATION_SERVER_REFUSED);
}
END_TEST

/* The client leaves between the server's alert and what stands behind it: GnuTLS's second one (0), MariaDB's plain text (1). */
START_TEST(an_alert_before_the_peers_fin_is_none_whatever_its_sender_says_behind_it) {
    closed_by(CLIENT, false);
    scene.flow.side[BACKWARD].last_answers_close = true;
    on_the_wire(SERVER, 0, 256, FRAME_ALERT);
    if (_i == 0) {
        scene.conversation.stream[BACKWARD].last = scene_mark(FRAME_CLOSE + 1);
    } else {
        scene.conversation.stream[BACKWARD].malformed = MALFORMED_RECORD;
    }
    collect();
    ck_assert_ptr_null(f->echo);
    ck_assert_ptr_nonnull(f->alert);
    ck_assert_int_eq(f->goodbye, SERVER);
}
END_TEST

static const struct {
    const char *what;
    enum tlswatch_side closer;
    bool rst, before_close;
    int code;
} no_echoes[] = {
        {"decode_error before the FIN", SERVER, false, true, 50},
        {"another alert behind the FIN", SERVER, false, false, 48},
        {"decode_error behind a RST", SERVER, true, false, 50},
        {"decode_error of the side that closed", CLIENT, false, false, 50},
};

START_TEST(no_other_alert_is_an_echo) {
    closed_by(no_echoes[_i].closer, no_echoes[_i].rst);
    scene.flow.side[FORWARD].last_before_close = no_echoes[_i].before_close;
    scene.flow.side[FORWARD].last_answers_close = !no_echoes[_i].before_close;
    on_the_wire(CLIENT, 2, no_echoes[_i].code, FRAME_CLOSE + (no_echoes[_i].before_close ? -1 : 1));
    collect();
    ck_assert_msg(f->echo == NULL && f->alert != NULL, "%s", no_echoes[_i].what);
    ck_assert_int_eq(f->goodbye, CLIENT);
}
END_TEST

START_TEST(an_encrypted_alert_behind_the_peers_fin_is_an_echo_too) {
    f->client_finished = true;
    closed_by(SERVER, false);
    scene.flow.side[FORWARD].last_answers_close = true;
    on_the_wire(CLIENT, 0, 256, FRAME_CLOSE + 1);
    collect();
    ck_assert_int_eq(f->alerts[0].inferred, TLSWATCH_INFERRED_FATAL);
    ck_assert_ptr_null(f->alert);
    ck_assert_ptr_nonnull(f->echo);
}
END_TEST

static const struct {
    const char *what;
    bool client_finished, server_finished, lost, renegotiated;
    uint64_t client_records, server_records;
    enum tlswatch_inferred inferred;
    uint64_t missing; /* bytes of the server */
} encrypted[] = {
        {"before the server's Finished", true, false, false, false, 0, 0, TLSWATCH_INFERRED_FATAL},
        {"where that Finished may be lost", true, false, true, false, 0, 0, TLSWATCH_INFERRED_UNKNOWN},
        {"the same, with application data", true, false, true, false, 3, 0, TLSWATCH_INFERRED_CLOSE_NOTIFY},
        {"behind both, with application data", true, true, false, false, 1, 1, TLSWATCH_INFERRED_CLOSE_NOTIFY},
        {"behind both, without", true, true, false, false, 0, 0, TLSWATCH_INFERRED_UNKNOWN},
        {"in a renegotiation, before any answer", true, true, false, true, 1, 0, TLSWATCH_INFERRED_FATAL},
        {"in a renegotiation, where an answer may be lost", true, true, false, true, 1, 0, TLSWATCH_INFERRED_UNKNOWN, 100},
        {"behind a renegotiation and an answer", true, true, false, true, 1, 1, TLSWATCH_INFERRED_CLOSE_NOTIFY},
};

START_TEST(what_an_encrypted_alert_must_have_been_follows_from_its_place) {
    f->client_finished = encrypted[_i].client_finished;
    f->server_finished = encrypted[_i].server_finished;
    f->lost = encrypted[_i].lost;
    f->renegotiated = encrypted[_i].renegotiated;
    scene.flow.side[BACKWARD].missing = encrypted[_i].missing;
    scene_stream(&scene, CLIENT)->application_records = encrypted[_i].client_records;
    scene_stream(&scene, SERVER)->application_records = encrypted[_i].server_records;
    on_the_wire(SERVER, 0, 256, FRAME_ALERT);
    collect();
    ck_assert_msg(f->alerts[0].inferred == encrypted[_i].inferred, "%s: %d", encrypted[_i].what, (int)f->alerts[0].inferred);
    ck_assert_int_eq(f->alert != NULL, encrypted[_i].inferred == TLSWATCH_INFERRED_FATAL);
}
END_TEST

START_TEST(close_notify_says_goodbye_before_the_peers_fin) {
    scene_complete(&scene);
    scene_stream(&scene, CLIENT)->application_records = scene_stream(&scene, SERVER)->application_records = 1;
    on_the_wire(CLIENT, 0, 256, FRAME_ALERT);
    closed_by(SERVER, false);
    scene.flow.side[FORWARD].last_before_close = true;
    collect();
    ck_assert_ptr_null(f->alert);
    ck_assert_int_eq(f->goodbye, CLIENT);
    ck_assert_uint_eq(f->goodbye_mark.frame, FRAME_ALERT);
}
END_TEST

START_TEST(close_notify_that_answers_a_fin_is_no_goodbye) {
    scene_complete(&scene);
    scene_stream(&scene, CLIENT)->application_records = scene_stream(&scene, SERVER)->application_records = 1;
    closed_by(SERVER, false);
    scene.flow.side[FORWARD].last_answers_close = true;
    on_the_wire(CLIENT, 0, 256, FRAME_CLOSE + 1);
    collect();
    ck_assert_int_eq(f->goodbye, SERVER);
    ck_assert_uint_eq(f->goodbye_mark.frame, FRAME_CLOSE);
}
END_TEST

static const struct {
    const char *what;
    enum tlswatch_side sender;
    int64_t behind_ns;
    bool found;
} resets[] = {
        {"right behind", SERVER, 1000000, true},
        {"two seconds later", SERVER, 2 * SECOND_NS, false},
        {"of the other side", CLIENT, 1000000, false},
};

START_TEST(a_reset_right_behind_an_alert_may_hide_it) {
    scene_alert(&scene, SERVER, 48);
    struct tlswatch_mark *rst = &scene.flow.side[resets[_i].sender == CLIENT ? FORWARD : BACKWARD].rst;
    *rst = scene_mark(FRAME_CLOSE);
    rst->time_ns = f->alert->mark.time_ns + resets[_i].behind_ns;
    ck_assert_msg((facts_reset_behind_alert(f) != NULL) == resets[_i].found, "%s", resets[_i].what);
}
END_TEST

/* --- Silence. --- */

static const struct {
    const char *what;
    enum flow_end end;
    uint32_t sent;
    bool alert, completed, stalled;
} silences[] = {
        {"the timer ran out", FLOW_END_TIMEOUT, 0, false, false, true},
        {"sent again and again", FLOW_END_CAPTURE, 3, false, false, true},
        {"sent twice when the capture ended", FLOW_END_CAPTURE, 2, false, false, false},
        {"the capture ended", FLOW_END_CAPTURE, 0, false, false, false},
        {"behind an alert", FLOW_END_TIMEOUT, 0, true, false, false},
        {"behind the handshake", FLOW_END_TIMEOUT, 0, false, true, false},
};

START_TEST(silence_is_a_fact_only_where_it_lasted) {
    scene.flow.side[FORWARD].unacknowledged_sent = silences[_i].sent;
    if (silences[_i].alert) {
        scene_alert(&scene, SERVER, 48);
    }
    if (silences[_i].completed) {
        scene_complete(&scene);
    }
    facts_find_ending(f, silences[_i].end);
    facts_find_stall(f);
    ck_assert_msg(f->stalled == silences[_i].stalled, "%s", silences[_i].what);
}
END_TEST

START_TEST(a_closed_connection_has_not_stalled) {
    scene.flow.side[FORWARD].unacknowledged_sent = 9;
    closed_by(CLIENT, true);
    facts_find_stall(f);
    ck_assert(!f->stalled);
    ck_assert_int_eq(f->closed.first_by, CLIENT);
    ck_assert_int_eq(f->closed.how, TLSWATCH_CLOSED_RST);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

START_TEST(what_had_to_make_room_did_not_fall_silent) {
    static const struct {
        enum flow_end how;
        enum tlswatch_closed_how closed;
        bool ended;
    } rows[] = {{FLOW_END_CAPTURE, TLSWATCH_CLOSED_CAPTURE_END, false},
                {FLOW_END_EVICTED, TLSWATCH_CLOSED_CAPTURE_END, false},
                {FLOW_END_TIMEOUT, TLSWATCH_CLOSED_TIMEOUT, true}};
    for (size_t i = 0; i < 3; i++) {
        facts_find_ending(&scene.facts, rows[i].how);
        ck_assert_int_eq(scene.facts.closed.how, rows[i].closed);
        ck_assert(scene.facts.ended == rows[i].ended && scene.facts.evicted == (i == 1));
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("situation");
    TCase *tests = tcase_create("situation");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, who_broke_it_off_and_where_follows_from_how_it_ended, 0, COUNT(situations));
    tcase_add_loop_test(tests, only_what_ends_a_handshake_decides, 0, COUNT(deciding));
    tcase_add_test(tests, the_first_of_two_alerts_decides);
    tcase_add_test(tests, a_warning_before_it_does_not_hide_the_alert_that_decided);
    tcase_add_test(tests, a_warning_of_a_side_that_went_on_to_its_finished_does_not_decide);
    tcase_add_test(tests, a_number_without_a_name_gets_one);
    tcase_add_test(tests, decode_error_behind_the_peers_fin_is_an_echo);
    tcase_add_loop_test(tests, an_alert_before_the_peers_fin_is_none_whatever_its_sender_says_behind_it, 0, 2);
    tcase_add_loop_test(tests, no_other_alert_is_an_echo, 0, COUNT(no_echoes));
    tcase_add_test(tests, an_encrypted_alert_behind_the_peers_fin_is_an_echo_too);
    tcase_add_loop_test(tests, what_an_encrypted_alert_must_have_been_follows_from_its_place, 0, COUNT(encrypted));
    tcase_add_test(tests, close_notify_says_goodbye_before_the_peers_fin);
    tcase_add_test(tests, close_notify_that_answers_a_fin_is_no_goodbye);
    tcase_add_loop_test(tests, a_reset_right_behind_an_alert_may_hide_it, 0, COUNT(resets));
    tcase_add_loop_test(tests, silence_is_a_fact_only_where_it_lasted, 0, COUNT(silences));
    tcase_add_test(tests, a_closed_connection_has_not_stalled);
    tcase_add_test(tests, what_had_to_make_room_did_not_fall_silent);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
