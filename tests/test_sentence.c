/* The sentence: one or two of them, the side first, with the frame that proves it; and the advice. */
#include <ctype.h>

#include "diagnosis/sentence.h"
#include "diagnosis/words.h"
#include "diagnosis_facts.h"
#include "tap.h"

#define CLIENT TLSWATCH_CLIENT
#define SERVER TLSWATCH_SERVER
#define LONGEST 420 /* characters: what still fits a line of a journal and three of a terminal */

static struct scene scene;
static struct facts *const f = &scene.facts;

static void setup(void) {
    scene_init(&scene);
    scene_chains(&scene);
}

static void teardown(void) {
    scene_clear(&scene);
}

static bool begins_with_a_side(const char *sentence) {
    static const char *const beginnings[] = {"The server", "The client", "The handshake", "The capture", "The two sides"};
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        if (strncmp(sentence, beginnings[i], strlen(beginnings[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* A full stop ends a sentence where a space and a capital letter or nothing follows. */
static size_t count_sentences(const char *text) {
    size_t num = 0;
    for (; *text != '\0'; text++) {
        num += text[0] == '.' && (text[1] == '\0' || (text[1] == ' ' && isupper((unsigned char)text[2])));
    }
    return num;
}

static void check_form(const char *sentence, const char *what) {
    ck_assert_msg(sentence != NULL, "%s", what);
    ck_assert_msg(begins_with_a_side(sentence), "%s: %s", what, sentence);
    ck_assert_msg(count_sentences(sentence) == 1 || count_sentences(sentence) == 2, "%s: %s", what, sentence);
    ck_assert_msg(sentence[strlen(sentence) - 1] == '.', "%s: %s", what, sentence);
    ck_assert_msg(strstr(sentence, "(null)") == NULL && strstr(sentence, "  ") == NULL && strstr(sentence, "..") == NULL, "%s: %s", what,
                  sentence);
    ck_assert_msg(strstr(sentence, "trusted") == NULL && strstr(sentence, "session ") == NULL, "%s: %s", what, sentence);
    ck_assert_msg(strlen(sentence) <= LONGEST, "%s: %zu characters: %s", what, strlen(sentence), sentence);
    if (f->alert != NULL && situation_of(f) != SITUATION_NOT_TLS) {
        const char *frame = arena_format(&scene.arena, "frame %d", FRAME_ALERT);
        ck_assert_msg(strstr(sentence, frame) != NULL, "%s: %s", what, sentence);
    }
}

/* --- Every cause in every situation. --- */

static void hidden_alert(enum tlswatch_side sender) {
    scene_alert(&scene, sender, 48);
    f->alerts[0].readable = false;
    f->alerts[0].encrypted = true;
    f->alerts[0].name = NULL;
}

static void by_server(void) {
    scene_alert(&scene, SERVER, 48);
}

static void by_client(void) {
    scene_unanswered(&scene);
    scene_alert(&scene, CLIENT, 42);
}

static void by_fin(void) {
    scene_close(&scene, SERVER, TLSWATCH_CLOSED_FIN);
}

static void by_rst_of_the_client(void) {
    scene_unanswered(&scene);
    scene_close(&scene, CLIENT, TLSWATCH_CLOSED_RST);
}

static void in_negotiation(void) {
    scene_before_certificates(&scene, PROGRESS_CLIENT_HELLO);
    scene_alert(&scene, SERVER, 40);
}

static void at_a_lost_place(void) {
    in_negotiation();
    f->lost = true;
}

static void rst_in_negotiation(void) {
    scene_before_certificates(&scene, PROGRESS_SERVER_HELLO);
    scene_close(&scene, CLIENT, TLSWATCH_CLOSED_RST);
}

static void inside_tls13(void) {
    scene_before_certificates(&scene, PROGRESS_CLIENT_FINISHED);
    f->tls13 = f->has_server_hello = true;
    hidden_alert(SERVER);
}

static void fin_inside_tls13(void) {
    scene_before_certificates(&scene, PROGRESS_CLIENT_FINISHED);
    f->tls13 = f->has_server_hello = true;
    scene_close(&scene, SERVER, TLSWATCH_CLOSED_FIN);
}

static void silence(void) {
    f->stalled = true;
}

static void completion(void) {
    scene_complete(&scene);
}

static void likely_refusal(void) {
    scene_refused_inside(&scene, REFUSAL_LIKELY);
}

static void possible_refusal(void) {
    scene_refused_inside(&scene, REFUSAL_POSSIBLE);
}

static void refusal_of_a_login(void) {
    scene_refused_inside(&scene, REFUSAL_OF_LOGIN);
}

static void client_leaves(void) {
    scene_complete(&scene);
    scene_close(&scene, CLIENT, TLSWATCH_CLOSED_FIN);
    f->client_left = true;
}

static void capture_ends(void) {
}

static void plain_text(void) {
    scene_before_certificates(&scene, PROGRESS_NOTHING);
    scene.conversation.protocol = PROTOCOL_NOT_TLS;
}

static const struct {
    const char *what;
    void (*change)(void);
} endings[] = {
        {"alert of the server", by_server},
        {"alert of the client", by_client},
        {"FIN of the server", by_fin},
        {"RST of the client", by_rst_of_the_client},
        {"alert in the negotiation", in_negotiation},
        {"alert at a lost place", at_a_lost_place},
        {"RST in the negotiation", rst_in_negotiation},
        {"alert inside TLS 1.3", inside_tls13},
        {"FIN inside TLS 1.3", fin_inside_tls13},
        {"silence", silence},
        {"completed", completion},
        {"likely refused inside", likely_refusal},
        {"possibly refused inside", possible_refusal},
        {"a login was refused", refusal_of_a_login},
        {"the client leaves", client_leaves},
        {"the capture ends", capture_ends},
        {"plain text", plain_text},
};

START_TEST(whatever_certificate_rule_fires_the_sentence_has_its_form) {
    endings[_i].change();
    struct judge j = scene_judge(&scene);
    for (size_t i = 0; j.accused != TLSWATCH_NOBODY && i < num_certificate_rules; i++) {
        const struct candidate c = {.cause = certificate_rules[i].cause,
                                    .certificate_of = j.accused,
                                    .clause = "CN=b2b-gw01 expired 8 hours before this packet, on 2026-11-19 23:59:59 UTC",
                                    .mark = scene_mark(FRAME_CLIENT_FLIGHT),
                                    .rule = &certificate_rules[i]};
        const char *sentence = sentence_of(&j, &c);
        check_form(sentence, endings[_i].what);
        ck_assert_msg(strstr(sentence, c.clause) != NULL, "%s", sentence);
    }
}
END_TEST

static void check_rules(const struct judge *j, const struct conversation_rule *rules, size_t num, const char *what) {
    for (size_t i = 0; i < num; i++) {
        struct candidate c = {.cause = rules[i].cause, .index = -1};
        if ((rules[i].situations & 1u << j->situation) != 0 && rules[i].fires(j, &c)) {
            check_form(sentence_of(j, &c), what);
        }
    }
}

/* The alert says any number; where there is none in clear, one round will do. */
START_TEST(whatever_conversation_rule_fires_the_sentence_has_its_form) {
    endings[_i].change();
    bool readable = f->alert != NULL && f->alert->readable;
    for (unsigned code = 0; code < (readable ? 256 : 1); code++) {
        if (readable) {
            const char *name = alert_name((uint8_t)code);
            f->alerts[0].code = (uint8_t)code;
            f->alerts[0].name = name != NULL ? name : arena_format(&scene.arena, "alert_%u", code);
        }
        struct judge j = scene_judge(&scene);
        check_rules(&j, first_rules, num_first_rules, endings[_i].what);
        check_rules(&j, last_rules, num_last_rules, endings[_i].what);
    }
}
END_TEST

START_TEST(every_verdict_has_a_sentence) {
    endings[_i].change();
    check_form(scene_verdict(&scene).message, endings[_i].what);
}
END_TEST

/* --- Sentences as they are read. --- */

static void missing_intermediate(void) {
    scene_chain(&scene, CLIENT, (const char *const[]){"leaf", NULL});
    scene_alert(&scene, SERVER, 48);
}

static void expired_server(void) {
    scene_unanswered(&scene);
    scene_chain(&scene, SERVER, (const char *const[]){"expired", "intermediate", NULL});
    scene_alert(&scene, CLIENT, 45);
}

static void declined(void) {
    scene_chain(&scene, CLIENT, (const char *const[]){NULL});
    scene_alert(&scene, SERVER, 40);
}

static void declined_and_closed(void) {
    scene_chain(&scene, CLIENT, (const char *const[]){NULL});
    scene_close(&scene, SERVER, TLSWATCH_CLOSED_RST);
}

static void expired_and_closed(void) {
    scene_chain(&scene, CLIENT, (const char *const[]){"expired", "intermediate", NULL});
    scene_close(&scene, SERVER, TLSWATCH_CLOSED_FIN);
}

static void expired_and_refused_inside(void) {
    scene_chain(&scene, CLIENT, (const char *const[]){"expired", "intermediate", NULL});
    scene_refused_inside(&scene, REFUSAL_LIKELY);
}

static void fine_and_closed_inside(void) {
    scene_refused_inside(&scene, REFUSAL_LIKELY);
    f->server_application_records = 0;
}

static void fine_and_answered_inside(void) {
    scene_refused_inside(&scene, REFUSAL_LIKELY);
    f->server_application_records = 1;
}

static void completion_in_tls13(void) {
    scene_before_certificates(&scene, PROGRESS_COMPLETED);
    f->tls13 = f->has_server_hello = true;
    f->request_state = f->client.state = f->server.state = TLSWATCH_ENCRYPTED;
}

static void mute_client_in_tls13(void) {
    completion_in_tls13();
    f->client_mute = true;
}

static void mute_server_in_tls13(void) {
    completion_in_tls13();
    f->server_mute = true;
}

/* RFC 8446, 6.2: 43 and its like are about a certificate, 47 may be about any field. */
static void server_disliked_in_tls13(void) {
    scene_before_certificates(&scene, PROGRESS_SERVER_DONE);
    f->tls13 = f->has_server_hello = true;
    scene_alert(&scene, CLIENT, 43);
}

static void client_disliked_in_tls13(void) {
    scene_before_certificates(&scene, PROGRESS_SERVER_DONE);
    f->tls13 = f->has_server_hello = true;
    scene_alert(&scene, SERVER, 43);
}

static void long_list(void) {
    by_rst_of_the_client();
    struct authority_list *list = arena_alloc(&scene.arena, sizeof *list);
    *list = *f->list;
    list->encoded_len = 32000;
    f->list = list;
}

static void alert_with_bytes_lost(void) {
    at_a_lost_place();
}

static void version(void) {
    scene_before_certificates(&scene, PROGRESS_CLIENT_HELLO);
    scene_alert(&scene, SERVER, 70);
}

static const struct {
    void (*change)(void);
    const char *begins, *holds, *lacks;
} sentences[] = {
        {missing_intermediate,
         "The server refused the client's certificate (alert unknown_ca, frame 11): an intermediate is missing: CN=b2b-gw01",
         "Acme Issuing CA 2", "involved"},
        {expired_server, "The client refused the server's certificate (alert certificate_expired, frame 11): CN=expired expired",
         ". Client authentication is not involved.", "clientAuth"},
        {declined,
         "The client, asked for a certificate, answered with an empty list (frame 9), and the server ended the handshake (alert "
         "handshake_failure, frame 11).",
         "Either none is configured, or it withheld one", "has no certificate"},
        {declined_and_closed,
         "The client, asked for a certificate, answered with an empty list (frame 9), and the server closed without an "
         "alert (RST, frame 12).",
         "Either", "refused"},
        {expired_and_closed,
         "The server closed without an alert after the client's certificate (FIN, frame 12), most likely because CN=expired", "2021-01-01",
         "refused"},
        {expired_and_refused_inside,
         "The handshake completed, but most likely the server refused the client's certificate inside TLS, because "
         "CN=expired",
         "In frame 12 the server closed", "failed"},
        {fine_and_closed_inside,
         "The handshake completed, but the server may have refused the client's certificate inside TLS, perhaps because",
         "so does a gateway whose back end is out of reach", "most likely"},
        {fine_and_answered_inside,
         "The handshake completed, but most likely the server refused the client's certificate inside TLS, perhaps",
         "In frame 12 the server closed", "back end"},
        {completion_in_tls13, "The handshake completed, as far as TLS 1.3 lets it be seen", "certificates are encrypted", "left"},
        {mute_client_in_tls13, "The handshake completed, as far as TLS 1.3 lets it be seen", "the client left right after it", "refused"},
        {mute_server_in_tls13, "The handshake completed, as far as TLS 1.3 lets it be seen; the server said nothing more", "only its log",
         "refused"},
        {server_disliked_in_tls13, "The client sent unsupported_certificate (43) about the server's certificate", "the encryption hides",
         "client's certificate"},
        {client_disliked_in_tls13, "The server sent unsupported_certificate (43), and nothing that the capture shows", "frame 11", "about"},
        {long_list, "The client ended the handshake (RST, frame 12): the server advertises", "32000 bytes", "not involved"},
        {alert_with_bytes_lost, "The server ended the handshake (alert handshake_failure, frame 11), and the capture does not show why",
         "not in the capture", "before any certificate"},
        {version, "The server ended the handshake before any certificate (alert protocol_version, frame 11)",
         "Client authentication is not involved.", "trust"},
        {completion, "The handshake completed with the client's certificate CN=b2b-gw01.", "", "("},
};

START_TEST(sentences_say_who_what_and_where) {
    sentences[_i].change();
    const char *message = scene_verdict(&scene).message;
    ck_assert_msg(strncmp(message, sentences[_i].begins, strlen(sentences[_i].begins)) == 0, "%s", message);
    ck_assert_msg(strstr(message, sentences[_i].holds) != NULL, "%s", message);
    ck_assert_msg(strstr(message, sentences[_i].lacks) == NULL, "%s", message);
}
END_TEST

START_TEST(hostile_names_make_no_long_sentence) {
    char *name = arena_alloc(&scene.arena, 1001);
    memset(name, 'a', 1000);
    scene_unanswered(&scene);
    f->server_name = name;
    struct certificate *leaf = scene_own(&scene, &f->server, 0);
    leaf->facts.subject.text = leaf->facts.issuer.text = arena_format(&scene.arena, "CN=%s,O=%s", name, name);
    scene_alert(&scene, CLIENT, 42);
    struct verdict v = scene_verdict(&scene);
    ck_assert_int_eq(v.cause, TLSWATCH_CAUSE_HOSTNAME_MISMATCH);
    ck_assert_uint_le(strlen(v.message), LONGEST);
    ck_assert_uint_le(strlen(v.advice_server), LONGEST);
}
END_TEST

/* --- Advice. --- */

static void ended_inside_tls13(enum tlswatch_side sender) {
    scene_before_certificates(&scene, PROGRESS_SERVER_DONE);
    f->tls13 = f->has_server_hello = true;
    f->goodbye = sender;
    hidden_alert(sender);
}

/* Whoever ended it knows why. */
START_TEST(the_log_that_names_the_reason_is_the_one_of_the_side_that_ended_it) {
    bool readable = _i % 2 == 0, client = _i / 2 == 0;
    enum tlswatch_side sender = client ? CLIENT : SERVER;
    ended_inside_tls13(sender);
    f->alerts[0].readable = readable;
    f->alerts[0].encrypted = !readable;
    f->alerts[0].code = 43;
    f->alerts[0].name = "unsupported_certificate";
    struct verdict v = scene_verdict(&scene);
    ck_assert_int_eq(v.cause, readable ? TLSWATCH_CAUSE_UNEXPLAINED : TLSWATCH_CAUSE_TLS13_ENCRYPTED);
    const char *knows = client ? v.advice_client : v.advice_server, *other = client ? v.advice_server : v.advice_client;
    ck_assert_msg(strstr(knows, "its log names the reason") != NULL, "%s", knows);
    ck_assert_msg(strstr(other, "names the reason") == NULL, "%s", other);
}
END_TEST

/* It knows why where it may have refused the server; where it had said all it had to say, only the server knows. */
START_TEST(a_client_that_did_not_wait_is_sent_to_the_log_of_the_server) {
    static const struct {
        bool behind_leave, mute;
        enum tls13_answer answer;
        bool client_knows;
    } leavers[] = {
            {true, false, TLS13_ANSWER_CERTIFICATE, false}, {true, false, TLS13_ANSWER_EMPTY, false},
            {true, true, TLS13_ANSWER_EMPTY, false},        {true, true, TLS13_ANSWER_CERTIFICATE, true},
            {false, false, TLS13_ANSWER_CERTIFICATE, true}, {false, true, TLS13_ANSWER_EMPTY, true},
    };
    for (size_t i = 0; i < sizeof leavers / sizeof *leavers; i++) {
        ended_inside_tls13(CLIENT);
        f->client_finished = true;
        f->alert_behind_leave = leavers[i].behind_leave;
        f->client_mute = leavers[i].mute;
        f->tls13_answer = leavers[i].answer;
        struct verdict v = scene_verdict(&scene);
        ck_assert_int_eq(v.cause, TLSWATCH_CAUSE_TLS13_ENCRYPTED);
        const char *knows = leavers[i].client_knows ? v.advice_client : v.advice_server;
        ck_assert_msg(strstr(knows, "its log names the reason") != NULL, "%zu: %s", i, knows);
    }
}
END_TEST

static void check_advice(const char *advice, enum tlswatch_cause cause) {
    const char *name = tlswatch_cause_name(cause);
    if (advice == NULL) {
        return;
    }
    ck_assert_msg(advice[strlen(advice) - 1] == '.', "%s: %s", name, advice);
    ck_assert_msg(strstr(advice, "trusted") == NULL, "%s: %s", name, advice);
    ck_assert_msg(!isupper((unsigned char)advice[0]) && strlen(advice) > 6, "%s: %s", name, advice);
}

static bool has_a_fix(enum tlswatch_cause cause) {
    return cause != TLSWATCH_CAUSE_INCOMPLETE && cause != TLSWATCH_CAUSE_NOT_REQUESTED;
}

START_TEST(every_cause_tells_at_least_one_side_what_to_do) {
    for (size_t i = 0; i < num_certificate_rules; i++) {
        const struct certificate_rule *rule = &certificate_rules[i];
        ck_assert(rule->advice_holder != NULL && rule->advice_peer != NULL);
        check_advice(rule->advice_holder, rule->cause);
        check_advice(rule->advice_peer, rule->cause);
    }
    for (size_t i = 0; i < num_first_rules + num_last_rules; i++) {
        const struct conversation_rule *rule = i < num_first_rules ? &first_rules[i] : &last_rules[i - num_first_rules];
        bool any = rule->advice_client != NULL || rule->advice_server != NULL;
        ck_assert_msg(any || !has_a_fix(rule->cause), "%s", tlswatch_cause_name(rule->cause));
        check_advice(rule->advice_client, rule->cause);
        check_advice(rule->advice_server, rule->cause);
    }
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

int main(void) {
    Suite *suite = suite_create("sentence");
    TCase *tests = tcase_create("sentence");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, whatever_certificate_rule_fires_the_sentence_has_its_form, 0, COUNT(endings));
    tcase_add_loop_test(tests, whatever_conversation_rule_fires_the_sentence_has_its_form, 0, COUNT(endings));
    tcase_add_loop_test(tests, every_verdict_has_a_sentence, 0, COUNT(endings));
    tcase_add_loop_test(tests, sentences_say_who_what_and_where, 0, COUNT(sentences));
    tcase_add_test(tests, hostile_names_make_no_long_sentence);
    tcase_add_test(tests, a_client_that_did_not_wait_is_sent_to_the_log_of_the_server);
    tcase_add_loop_test(tests, the_log_that_names_the_reason_is_the_one_of_the_side_that_ended_it, 0, 4);
    tcase_add_test(tests, every_cause_tells_at_least_one_side_what_to_do);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
