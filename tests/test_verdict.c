/* From facts to a verdict: which of several explanations comes first, what is a rival, what is only noticed; and that
 * nothing rests on what the capture does not hold. */
#include "diagnosis_facts.h"
#include "tap.h"

#define CLIENT TLSWATCH_CLIENT
#define SERVER TLSWATCH_SERVER
#define C(name) TLSWATCH_CAUSE_##name

static struct scene scene;
static struct facts *const f = &scene.facts;

static void setup(void) {
    scene_init(&scene);
}

static void teardown(void) {
    scene_clear(&scene);
}

/* --- The choice. --- */

static void client_signature_fails(void) {
    f->certificate_verify = LINK_FAILED;
}

static void client_signature_is_of_another_kind(void) {
    f->has_certificate_verify = true;
}

/* The alerts are the server's. NUM_CAUSES: no rival is asked for. */
static const struct {
    const char *what, *chain[SCENE_NAMES], *list[SCENE_NAMES];
    uint8_t alerts[2];
    void (*change)(void);
    enum tlswatch_cause cause, rival;
} choices[] = {
        {"expired and not listed, 48", {"expired", "intermediate", "root"}, {"other"}, {48}, NULL, C(ISSUER_NOT_ADVERTISED), C(EXPIRED)},
        {"expired and not listed, 45", {"expired", "intermediate", "root"}, {"other"}, {45}, NULL, C(EXPIRED), TLSWATCH_NUM_CAUSES},
        {"expired and listed, 48", {"expired", "intermediate"}, {"root"}, {48}, NULL, C(EXPIRED), TLSWATCH_NUM_CAUSES},
        {"expired and listed, 49 alone", {"expired", "intermediate"}, {"root"}, {49}, NULL, C(EXPIRED), TLSWATCH_NUM_CAUSES},
        {"for servers and not listed, 43", {"server-only", "intermediate", "root"}, {"other"}, {43}, NULL, C(PURPOSE), TLSWATCH_NUM_CAUSES},
        {"for servers and not listed, 48",
         {"server-only", "intermediate", "root"},
         {"other"},
         {48},
         NULL,
         C(ISSUER_NOT_ADVERTISED),
         C(PURPOSE)},
        {"a lone leaf, 48", {"leaf"}, {"root"}, {48}, NULL, C(INTERMEDIATE_MISSING), C(ISSUER_NOT_ADVERTISED)},
        {"a chain that ends elsewhere, 48",
         {"leaf", "intermediate"},
         {"other"},
         {48},
         NULL,
         C(ISSUER_NOT_ADVERTISED),
         C(INTERMEDIATE_MISSING)},
        {"self-signed, 49 and 42 of GnuTLS", {"p384"}, {"root"}, {49, 42}, NULL, C(SELF_SIGNED), TLSWATCH_NUM_CAUSES},
        {"fine, 44", {"leaf", "intermediate"}, {"root"}, {44}, NULL, C(REVOKED), TLSWATCH_NUM_CAUSES},
        {"not listed, 44", {"leaf", "intermediate", "root"}, {"other"}, {44}, NULL, C(REVOKED), C(ISSUER_NOT_ADVERTISED)},
        {"fine, 45", {"leaf", "intermediate"}, {"root"}, {45}, NULL, C(EXPIRED), TLSWATCH_NUM_CAUSES},
        {"fine, 46", {"leaf", "intermediate"}, {"root"}, {46}, NULL, C(TRUST_DIFFERS), C(CA_REKEYED)},
        {"fine, 49 alone", {"leaf", "intermediate"}, {"root"}, {49}, NULL, C(POLICY), C(TRUST_DIFFERS)},
        {"fine, 51", {"leaf", "intermediate"}, {"root"}, {51}, NULL, C(CA_REKEYED), TLSWATCH_NUM_CAUSES},
        {"fine, 51, a signature that can't be checked",
         {"leaf", "intermediate"},
         {"root"},
         {51},
         client_signature_is_of_another_kind,
         C(CA_REKEYED),
         C(KEY_MISMATCH)},
        {"not listed, 51, a signature that can't be checked",
         {"leaf", "intermediate", "root"},
         {"other"},
         {51},
         client_signature_is_of_another_kind,
         C(KEY_MISMATCH),
         C(ISSUER_NOT_ADVERTISED)},
        {"the signature is not of that key, 51",
         {"leaf", "intermediate"},
         {"root"},
         {51},
         client_signature_fails,
         C(KEY_MISMATCH),
         TLSWATCH_NUM_CAUSES},
        {"another key of that name, 48", {"leaf", "rekeyed-bare", "root"}, {"root"}, {48}, NULL, C(CA_REKEYED), TLSWATCH_NUM_CAUSES},
        {"malformed, 42", {"!"}, {"root"}, {42}, NULL, C(MALFORMED_CERTIFICATE), TLSWATCH_NUM_CAUSES},
        {"no names advertised, 48", {"leaf", "intermediate"}, {NULL}, {48}, NULL, C(ISSUER_UNKNOWN), C(ISSUER_NOT_ADVERTISED)},
        {"no names advertised and a lone leaf, 48", {"leaf"}, {NULL}, {48}, NULL, C(INTERMEDIATE_MISSING), C(ISSUER_UNKNOWN)},
        {"no names advertised, 46", {"leaf", "intermediate"}, {NULL}, {46}, NULL, C(ISSUER_UNKNOWN), C(ISSUER_NOT_ADVERTISED)},
        {"no names advertised and expired, 48", {"expired", "intermediate"}, {NULL}, {48}, NULL, C(EXPIRED), C(ISSUER_UNKNOWN)},
        {"misordered, 48", {"leaf", "root", "intermediate"}, {"root"}, {48}, NULL, C(CHAIN_MISORDERED), C(TRUST_DIFFERS)},
        {"SHA-1, 42", {"sha1", "intermediate"}, {"root"}, {42}, NULL, C(WEAK_ALGORITHM), C(TRUST_DIFFERS)},
        {"SHA-1 and expired, 42", {"expired", "intermediate"}, {"root"}, {42}, NULL, C(EXPIRED), TLSWATCH_NUM_CAUSES},
        {"nothing sent, 40", {NULL}, {"root"}, {40}, NULL, C(CLIENT_DECLINED), C(ISSUER_NOT_ADVERTISED)},
        {"nothing sent, 42", {NULL}, {"root"}, {42}, NULL, C(CLIENT_DECLINED), C(ALGORITHM_NOT_OFFERED)},
        {"fine, 50", {"leaf", "intermediate"}, {"other", "root"}, {80}, NULL, C(TRUST_DIFFERS), TLSWATCH_NUM_CAUSES},
};

START_TEST(the_chain_decides_and_the_alert_confirms) {
    scene_list(&scene, choices[_i].list);
    scene_chain(&scene, CLIENT, choices[_i].chain);
    for (int i = 0; i < 2 && choices[_i].alerts[i] != 0; i++) {
        scene_alert(&scene, SERVER, choices[_i].alerts[i]);
    }
    if (choices[_i].change != NULL) {
        choices[_i].change();
    }
    struct verdict v = scene_verdict(&scene);
    const char *name = tlswatch_cause_name(v.cause);
    ck_assert_msg(v.cause == choices[_i].cause, "%s: %s", choices[_i].what, name);
    ck_assert_int_eq(v.outcome, TLSWATCH_FAILED);
    ck_assert_int_eq(v.certificate_of, CLIENT);
    ck_assert_str_eq(v.reason, f->alert->name);
    ck_assert_msg(choices[_i].rival == TLSWATCH_NUM_CAUSES || scene_rival(&v, choices[_i].rival) != NULL, "%s: no such rival",
                  choices[_i].what);
    ck_assert_str_eq(v.findings[0].code, name);
    ck_assert_int_eq(v.findings[0].severity, TLSWATCH_ERROR);
}
END_TEST

START_TEST(rivals_are_other_causes_each_once_and_never_certain) {
    scene_list(&scene, choices[_i].list);
    scene_chain(&scene, CLIENT, choices[_i].chain);
    scene_alert(&scene, SERVER, choices[_i].alerts[0]);
    struct verdict v = scene_verdict(&scene);
    for (size_t i = 0; i < v.num_rivals; i++) {
        ck_assert_int_ne(v.rivals[i].cause, v.cause);
        ck_assert_int_ne(v.rivals[i].confidence, TLSWATCH_CERTAIN);
        ck_assert_ptr_nonnull(v.rivals[i].why);
        for (size_t k = 0; k < i; k++) {
            ck_assert_int_ne(v.rivals[i].cause, v.rivals[k].cause);
        }
    }
}
END_TEST

START_TEST(why_a_client_declined_is_ranked_and_never_that_it_has_none) {
    scene_chain(&scene, CLIENT, (const char *const[]){NULL});
    scene_alert(&scene, SERVER, 40);
    struct verdict v = scene_verdict(&scene);
    ck_assert_int_eq(v.cause, C(CLIENT_DECLINED));
    ck_assert_int_eq(v.confidence, TLSWATCH_CERTAIN);
    ck_assert_uint_eq(v.num_rivals, 2);
    ck_assert_int_eq(v.rivals[0].cause, C(ISSUER_NOT_ADVERTISED));
    ck_assert_int_eq(v.rivals[0].confidence, TLSWATCH_LIKELY);
    ck_assert_int_eq(v.rivals[1].cause, C(ALGORITHM_NOT_OFFERED));
    ck_assert_ptr_null(strstr(v.message, "has no certificate"));
}
END_TEST

/* What was asked for, and the words about it; NULL: no kind is singled out. */
static const struct {
    const char *types;
    const char *kind, *advice;
} kinds[] = {{"\x01", "RSA keys only", "with an RSA key."},
             {"\x40", "EC keys only", "with an EC key."},
             {"\x01\x40", NULL, "with a key of a kind that was asked for."},
             {"\x01\x02", NULL, "with a key of a kind that was asked for."},
             {"\x02", NULL, "with a key of a kind that was asked for."}};

START_TEST(who_declined_reads_which_kind_of_key_was_asked_for) {
    scene_ask(&scene, bytes_of(kinds[_i].types, strlen(kinds[_i].types)), bytes_of("\x04\x01", 2));
    scene_chain(&scene, CLIENT, (const char *const[]){NULL});
    scene_alert(&scene, SERVER, 40);
    struct verdict v = scene_verdict(&scene);
    const struct tlswatch_rival *rival = scene_rival(&v, C(ALGORITHM_NOT_OFFERED));
    ck_assert_ptr_nonnull(rival);
    ck_assert_int_eq(strstr(rival->why, "keys only") != NULL, kinds[_i].kind != NULL);
    ck_assert(kinds[_i].kind == NULL || strstr(rival->why, kinds[_i].kind) != NULL);
    ck_assert_ptr_nonnull(strstr(v.advice_client, kinds[_i].advice));
}
END_TEST

START_TEST(a_rule_of_the_servers_own_is_no_rival_of_what_the_chain_proves) {
    scene_chain(&scene, CLIENT, (const char *const[]){"expired", "intermediate", NULL});
    scene_alert(&scene, SERVER, 49);
    struct verdict v = scene_verdict(&scene);
    ck_assert_int_eq(v.cause, C(EXPIRED));
    ck_assert_ptr_null(scene_rival(&v, C(POLICY)));
}
END_TEST

START_TEST(a_list_that_ends_at_an_intermediate_wants_its_root) {
    scene_list(&scene, (const char *const[]){"intermediate", NULL});
    scene_chain(&scene, CLIENT, (const char *const[]){"leaf", "intermediate", NULL});
    scene_alert(&scene, SERVER, 48);
    struct verdict v = scene_verdict(&scene);
    ck_assert_int_eq(v.cause, C(TRUST_DIFFERS));
    ck_assert_int_eq(v.at_fault, SERVER);
    ck_assert_ptr_nonnull(strstr(v.advice_server, "put the root above CN="));
}
END_TEST

START_TEST(an_empty_list_is_no_reason_to_decline) {
    scene_list(&scene, (const char *const[]){NULL});
    scene_chain(&scene, CLIENT, (const char *const[]){NULL});
    scene_alert(&scene, SERVER, 40);
    struct verdict v = scene_verdict(&scene);
    ck_assert_ptr_null(scene_rival(&v, C(ISSUER_NOT_ADVERTISED)));
    ck_assert_ptr_nonnull(scene_finding(&v, "list-empty"));
}
END_TEST

START_TEST(a_client_that_refuses_the_server_is_not_blamed_for_its_own_chain) {
    scene_unanswered(&scene);
    scene_chain(&scene, SERVER, (const char *const[]){"expired", "intermediate", NULL});
    scene_alert(&scene, CLIENT, 45);
    struct verdict v = scene_verdict(&scene);
    ck_assert_int_eq(v.cause, C(EXPIRED));
    ck_assert_int_eq(v.certificate_of, SERVER);
    ck_assert_int_eq(v.at_fault, SERVER);
    ck_assert_int_eq(v.confidence, TLSWATCH_CERTAIN);
    ck_assert_ptr_nonnull(strstr(v.advice_server, "renew CN=expired"));
}
END_TEST

START_TEST(an_alert_behind_the_clients_finished_is_not_about_the_servers_certificate) {
    scene_chains(&scene);
    f->client_finished = true;
    f->progress = PROGRESS_CLIENT_FINISHED;
    scene_alert(&scene, CLIENT, 48);
    struct verdict v = scene_verdict(&scene);
    ck_assert_int_eq(v.cause, C(UNEXPLAINED));
    ck_assert_int_eq(v.certificate_of, TLSWATCH_NOBODY);
}
END_TEST

START_TEST(a_fine_chain_and_an_alert_that_says_nothing_is_unexplained_or_a_protocol_error) {
    scene_unanswered(&scene);
    scene_alert(&scene, SERVER, _i == 0 ? 40 : 10);
    struct verdict v = scene_verdict(&scene);
    ck_assert_int_eq(v.cause, _i == 0 ? C(UNEXPLAINED) : C(PROTOCOL_ERROR));
    ck_assert_int_eq(v.confidence, TLSWATCH_POSSIBLE);
}
END_TEST

START_TEST(without_an_alert_it_is_likely_at_most) {
    scene_chain(&scene, CLIENT, (const char *const[]){"expired", "intermediate", NULL});
    scene_close(&scene, SERVER, _i == 0 ? TLSWATCH_CLOSED_FIN : TLSWATCH_CLOSED_RST);
    struct verdict v = scene_verdict(&scene);
    ck_assert_int_eq(v.cause, C(EXPIRED));
    ck_assert_int_eq(v.confidence, TLSWATCH_LIKELY);
    ck_assert_ptr_null(v.reason);
}
END_TEST

START_TEST(a_reset_behind_the_alert_is_noticed) {
    scene_chain(&scene, CLIENT, (const char *const[]){"leaf", NULL});
    scene_alert(&scene, SERVER, 48);
    scene.flow.side[BACKWARD].rst = scene_mark(FRAME_CLOSE);
    struct verdict v = scene_verdict(&scene);
    ck_assert_int_eq(v.cause, C(INTERMEDIATE_MISSING));
    ck_assert_ptr_nonnull(scene_finding(&v, "alert-lost-behind-reset"));
}
END_TEST

START_TEST(only_what_is_wrong_with_a_chain_is_said_to_be_expired) {
    scene_chain(&scene, CLIENT, (const char *const[]){"expired", "intermediate", NULL});
    scene_alert(&scene, SERVER, 45);
    struct verdict v = scene_verdict(&scene);
    size_t said = 0;
    for (size_t i = 0; i < v.num_findings; i++) {
        said += strcmp(v.findings[i].code, "expired") == 0;
    }
    ck_assert_uint_eq(said, 1);
    ck_assert_int_eq(v.findings[0].index, 0);
}
END_TEST

/* --- Handshakes that completed. --- */

static const struct {
    const char *what, *chain[SCENE_NAMES], *list[SCENE_NAMES];
    enum refusal refusal;
    uint64_t server_bytes;
    enum tlswatch_outcome outcome;
    enum tlswatch_cause cause;
    enum tlswatch_confidence confidence;
} completions[] = {
        {"fine", {"leaf", "intermediate"}, {"root"}, REFUSAL_NONE, 900, TLSWATCH_COMPLETED, C(NONE), TLSWATCH_CERTAIN},
        {"fine, and refused", {"leaf", "intermediate"}, {"root"}, REFUSAL_LIKELY, 0, TLSWATCH_REFUSED, C(TRUST_DIFFERS), TLSWATCH_POSSIBLE},
        {"expired", {"expired", "intermediate"}, {"root"}, REFUSAL_NONE, 900, TLSWATCH_COMPLETED, C(EXPIRED), TLSWATCH_POSSIBLE},
        {"expired, and much data",
         {"expired", "intermediate"},
         {"root"},
         REFUSAL_NONE,
         90000,
         TLSWATCH_COMPLETED,
         C(NONE),
         TLSWATCH_LIKELY},
        {"expired, and a login refused",
         {"expired", "intermediate"},
         {"root"},
         REFUSAL_OF_LOGIN,
         600,
         TLSWATCH_REFUSED,
         C(EXPIRED),
         TLSWATCH_LIKELY},
        {"fine, and a login refused",
         {"leaf", "intermediate"},
         {"root"},
         REFUSAL_OF_LOGIN,
         600,
         TLSWATCH_COMPLETED,
         C(NONE),
         TLSWATCH_LIKELY},
        {"a lone leaf, and a login refused",
         {"leaf"},
         {"root"},
         REFUSAL_OF_LOGIN,
         600,
         TLSWATCH_COMPLETED,
         C(INTERMEDIATE_MISSING),
         TLSWATCH_LIKELY},
        {"not listed, a short answer",
         {"leaf", "intermediate"},
         {"other"},
         REFUSAL_POSSIBLE,
         600,
         TLSWATCH_COMPLETED,
         C(ISSUER_NOT_ADVERTISED),
         TLSWATCH_LIKELY},
        {"expired, a short answer",
         {"expired", "intermediate"},
         {"root"},
         REFUSAL_POSSIBLE,
         600,
         TLSWATCH_REFUSED,
         C(EXPIRED),
         TLSWATCH_LIKELY},
        {"expired, and refused", {"expired", "intermediate"}, {"root"}, REFUSAL_LIKELY, 380, TLSWATCH_REFUSED, C(EXPIRED), TLSWATCH_LIKELY},
        {"not listed",
         {"leaf", "intermediate"},
         {"other"},
         REFUSAL_NONE,
         900,
         TLSWATCH_COMPLETED,
         C(ISSUER_NOT_ADVERTISED),
         TLSWATCH_POSSIBLE},
        {"not listed, and refused",
         {"leaf", "intermediate"},
         {"other"},
         REFUSAL_LIKELY,
         380,
         TLSWATCH_REFUSED,
         C(ISSUER_NOT_ADVERTISED),
         TLSWATCH_LIKELY},
        {"a lone leaf", {"leaf"}, {"root"}, REFUSAL_NONE, 900, TLSWATCH_COMPLETED, C(NONE), TLSWATCH_LIKELY},
        {"misordered", {"leaf", "root", "intermediate"}, {"root"}, REFUSAL_NONE, 900, TLSWATCH_COMPLETED, C(NONE), TLSWATCH_CERTAIN},
        {"SHA-1", {"sha1", "intermediate"}, {"root"}, REFUSAL_NONE, 900, TLSWATCH_COMPLETED, C(NONE), TLSWATCH_CERTAIN},
        {"nothing sent", {NULL}, {"root"}, REFUSAL_NONE, 900, TLSWATCH_COMPLETED, C(CLIENT_DECLINED), TLSWATCH_POSSIBLE},
        {"nothing sent, and refused", {NULL}, {"root"}, REFUSAL_LIKELY, 380, TLSWATCH_REFUSED, C(CLIENT_DECLINED), TLSWATCH_LIKELY},
        {"fine, a short answer", {"leaf", "intermediate"}, {"root"}, REFUSAL_POSSIBLE, 600, TLSWATCH_COMPLETED, C(NONE), TLSWATCH_CERTAIN},
        {"nothing advertised", {"leaf", "intermediate"}, {NULL}, REFUSAL_NONE, 900, TLSWATCH_COMPLETED, C(NONE), TLSWATCH_CERTAIN},
        {"nothing advertised, a short answer",
         {"leaf", "intermediate"},
         {NULL},
         REFUSAL_POSSIBLE,
         600,
         TLSWATCH_COMPLETED,
         C(NONE),
         TLSWATCH_LIKELY},
};

enum { MISORDERED = 13 };

static void complete(int i) {
    scene_list(&scene, completions[i].list);
    scene_chain(&scene, CLIENT, completions[i].chain);
    scene_complete(&scene);
    if (completions[i].refusal != REFUSAL_NONE) {
        scene_refused_inside(&scene, completions[i].refusal);
    }
    f->server_application_bytes = completions[i].server_bytes;
}

START_TEST(a_completed_handshake_has_a_cause_where_the_sequel_agrees) {
    complete(_i);
    struct verdict v = scene_verdict(&scene);
    ck_assert_msg(v.cause == completions[_i].cause, "%s: %s", completions[_i].what, tlswatch_cause_name(v.cause));
    ck_assert_msg(v.outcome == completions[_i].outcome, "%s: %s", completions[_i].what, tlswatch_outcome_name(v.outcome));
    ck_assert_msg(v.confidence == completions[_i].confidence, "%s: %s", completions[_i].what, tlswatch_confidence_name(v.confidence));
}
END_TEST

START_TEST(what_servers_tolerate_is_no_error_where_it_was_tolerated) {
    complete(MISORDERED);
    ck_assert_str_eq(completions[MISORDERED].what, "misordered");
    struct verdict v = scene_verdict(&scene);
    ck_assert_uint_eq(v.num_rivals, 0);
    for (size_t i = 0; i < v.num_findings; i++) {
        ck_assert_int_ne(v.findings[i].severity, TLSWATCH_ERROR);
    }
}
END_TEST

/* exim with GnuTLS says goodbye behind QUIT, and never looked at the purpose. */
START_TEST(what_the_guessed_stack_accepts_is_no_cause_of_a_short_answer) {
    scene_chain(&scene, CLIENT, (const char *const[]){"server-only", "intermediate", NULL});
    scene_refused_inside(&scene, REFUSAL_POSSIBLE);
    ck_assert_int_eq(scene_verdict(&scene).cause, C(PURPOSE));
    f->server_stack = (struct stack_guess){STACK_GNUTLS, TLSWATCH_POSSIBLE};
    ck_assert_int_eq(scene_verdict(&scene).cause, C(PURPOSE));
    f->server_stack = (struct stack_guess){STACK_GNUTLS, TLSWATCH_LIKELY};
    struct verdict v = scene_verdict(&scene);
    ck_assert_int_eq(v.cause, C(NONE));
    ck_assert_int_eq(v.outcome, TLSWATCH_COMPLETED);
}
END_TEST

START_TEST(where_something_may_be_wrong_that_nothing_is_wrong_is_not_certain) {
    scene_chain(&scene, CLIENT, (const char *const[]){"leaf", "intermediate", NULL});
    scene_refused_inside(&scene, REFUSAL_OF_LOGIN);
    struct verdict v = scene_verdict(&scene);
    ck_assert_int_eq(v.cause, C(NONE));
    ck_assert_int_eq(v.confidence, TLSWATCH_LIKELY);
    ck_assert(scene_rival(&v, C(POLICY)) != NULL && scene_rival(&v, C(CA_REKEYED)) != NULL && scene_rival(&v, C(TRUST_DIFFERS)) != NULL);
}
END_TEST

START_TEST(a_client_that_leaves_without_a_byte_disliked_the_server) {
    scene_chains(&scene);
    scene_complete(&scene);
    scene_close(&scene, CLIENT, TLSWATCH_CLOSED_FIN);
    f->client_left = true;
    ck_assert_int_eq(scene_verdict(&scene).cause, C(NONE)); /* or it only looked whether somebody is there */
    f->server_name = "b.partner.example";
    struct verdict v = scene_verdict(&scene);
    ck_assert_int_eq(v.cause, C(HOSTNAME_MISMATCH));
    ck_assert_int_eq(v.certificate_of, SERVER);
    ck_assert_int_eq(v.outcome, TLSWATCH_COMPLETED);
}
END_TEST

/* --- What the capture does not hold. --- */

static const char *const chains[][SCENE_NAMES] = {
        {"leaf", "intermediate"},
        {"leaf"},
        {"expired", "intermediate", "root"},
        {"p384"},
        {"server-only", "intermediate"},
        {"leaf", "rekeyed-bare", "root"},
        {"leaf", "root", "intermediate"},
        {"sha1", "intermediate"},
        {NULL},
};

/* Causes that compare with the list, or need to know that there was one. */
static bool rests_on_request(enum tlswatch_cause cause) {
    static const enum tlswatch_cause causes[] = {C(CLIENT_DECLINED),       C(ISSUER_NOT_ADVERTISED),
                                                 C(INTERMEDIATE_MISSING),  C(CA_REKEYED),
                                                 C(TRUST_DIFFERS),         C(POLICY),
                                                 C(NAME_ENCODING_DIFFERS), C(ISSUER_UNKNOWN),
                                                 C(ALGORITHM_NOT_OFFERED), C(ADVERTISED_NOT_A_CA),
                                                 C(LIST_TOO_LONG),         C(NOT_REQUESTED)};
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++) {
        if (causes[i] == cause) {
            return true;
        }
    }
    return false;
}

static bool is_certificate_cause(enum tlswatch_cause cause) {
    for (size_t i = 0; i < num_certificate_rules; i++) {
        if (certificate_rules[i].cause == cause) {
            return true;
        }
    }
    return false;
}

enum { NO_REQUEST = 1, NO_CLIENT = 2, NO_SERVER = 4 };

/* Every ending of a handshake that lacks one message or several. */
static void end_it(unsigned what, uint8_t code) {
    switch (what) {
    case 0:
        scene_alert(&scene, SERVER, code);
        break;
    case 1:
        scene_alert(&scene, CLIENT, code);
        break;
    case 2:
        scene_close(&scene, SERVER, TLSWATCH_CLOSED_FIN);
        break;
    case 3:
        scene_close(&scene, CLIENT, TLSWATCH_CLOSED_RST);
        break;
    case 4:
        scene_complete(&scene);
        break;
    case 5:
        scene_refused_inside(&scene, REFUSAL_LIKELY);
        break;
    default:
        f->stalled = f->ended = true;
        break;
    }
}

static void lose(unsigned lost, enum tlswatch_state state) {
    if (lost & NO_REQUEST) {
        scene_lose_request(&scene);
        f->request_state = state;
    }
    if (lost & NO_CLIENT) {
        scene_lose_chain(&scene, CLIENT);
        f->client.state = state;
    }
    if (lost & NO_SERVER) {
        scene_lose_chain(&scene, SERVER);
        f->server.state = state;
    }
    f->lost = state == TLSWATCH_LOST;
}

static void check_rests_on_nothing_lost(const struct verdict *v, unsigned lost, const char *what) {
    const char *name = tlswatch_cause_name(v->cause);
    ck_assert_msg(!(lost & NO_REQUEST) || v->certificate_of == SERVER || !rests_on_request(v->cause), "%s: %s without the request", what,
                  name);
    if (((lost & NO_CLIENT) && v->certificate_of == CLIENT) || ((lost & NO_SERVER) && v->certificate_of == SERVER)) {
        ck_assert_msg(!is_certificate_cause(v->cause) || v->confidence != TLSWATCH_CERTAIN, "%s: %s is certain without the chain", what,
                      name);
    }
    for (size_t i = 0; i < v->num_rivals; i++) {
        bool servers = v->rivals[i].certificate_of == SERVER;
        ck_assert_msg(!(lost & NO_REQUEST) || servers || !rests_on_request(v->rivals[i].cause), "%s: rival %s without the request", what,
                      tlswatch_cause_name(v->rivals[i].cause));
    }
}

START_TEST(no_verdict_rests_on_what_is_lost_or_encrypted) {
    static const uint8_t codes[] = {10, 40, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 70, 80, 116};
    enum tlswatch_state state = _i % 2 == 0 ? TLSWATCH_LOST : TLSWATCH_ENCRYPTED;
    unsigned lost = 1 + (unsigned)_i / 2, what = 0;
    for (size_t chain = 0; chain < sizeof chains / sizeof *chains; chain++) {
        scene_clear(&scene);
        scene_init(&scene);
        scene_chains(&scene);
        scene_chain(&scene, CLIENT, chains[chain]);
        lose(lost, state);
        const struct facts without = *f;
        for (what = 0; what < 7; what++) {
            for (size_t c = 0; c < (what < 2 ? sizeof codes : 1); c++) {
                char name[64];
                snprintf(name, sizeof name, "chain %zu, ending %u, alert %u", chain, what, codes[c]);
                *f = without;
                end_it(what, codes[c]);
                struct verdict v = scene_verdict(&scene);
                check_rests_on_nothing_lost(&v, lost, name);
            }
        }
    }
}
END_TEST

START_TEST(without_the_bytes_around_it_an_alert_is_only_reported) {
    scene_before_certificates(&scene, PROGRESS_CLIENT_HELLO);
    scene_alert(&scene, SERVER, 40);
    f->lost = true;
    struct verdict v = scene_verdict(&scene);
    ck_assert_int_eq(v.outcome, TLSWATCH_FAILED);
    ck_assert_int_eq(v.cause, C(INCOMPLETE));
    ck_assert_int_eq(v.findings[0].severity, TLSWATCH_WARNING); /* nobody did anything wrong */
    ck_assert_ptr_null(strstr(v.message, "before any certificate"));
    ck_assert_ptr_null(strstr(v.message, "not involved"));
}
END_TEST

/* --- Reach. --- */

static void resumed(void) {
    f->resumed = true;
}

static void declined(void) {
    scene_chain(&scene, CLIENT, (const char *const[]){NULL});
}

static void not_requested(void) {
    scene_unanswered(&scene);
    f->request_state = TLSWATCH_ABSENT;
    f->list = NULL;
}

static void tls13(void) {
    scene_unanswered(&scene);
    f->request_state = f->client.state = TLSWATCH_ENCRYPTED;
    f->tls13 = true;
    f->list = NULL;
}

static void lost(void) {
    scene_chains(&scene);
    scene_lose_request(&scene);
}

static void client_lost(void) {
    scene_lose_chain(&scene, CLIENT);
}

static void reached(void) {
    scene_chains(&scene);
}

static const struct {
    void (*change)(void);
    enum tlswatch_reached reached;
    enum tlswatch_reach_how how;
} reaches[] = {
        {reached, TLSWATCH_REACHED_YES, TLSWATCH_REACH_ISSUER_LISTED},
        {resumed, TLSWATCH_REACHED_UNKNOWN, TLSWATCH_REACH_RESUMED},
        {declined, TLSWATCH_REACHED_UNKNOWN, TLSWATCH_REACH_DECLINED},
        {not_requested, TLSWATCH_REACHED_UNKNOWN, TLSWATCH_REACH_NOT_REQUESTED},
        {tls13, TLSWATCH_REACHED_UNKNOWN, TLSWATCH_REACH_ENCRYPTED},
        {lost, TLSWATCH_REACHED_UNKNOWN, TLSWATCH_REACH_INCOMPLETE},
        {client_lost, TLSWATCH_REACHED_UNKNOWN, TLSWATCH_REACH_INCOMPLETE},
};

START_TEST(reach_says_why_it_is_not_known) {
    reaches[_i].change();
    struct tlswatch_reach reach = verdict_reach(f);
    ck_assert_msg(reach.reached == reaches[_i].reached && reach.how == reaches[_i].how, "row %d: %s", _i,
                  tlswatch_reach_how_name(reach.how));
}
END_TEST

static unsigned frames_of_evidence(void) {
    struct verdict v = scene_verdict(&scene);
    unsigned found = 0;
    for (size_t i = 0; i < v.num_evidence; i++) {
        found |= 1u << v.evidence[i].frame;
    }
    return found;
}

START_TEST(the_frames_of_request_certificate_and_alert_are_the_evidence) {
    scene_chain(&scene, CLIENT, (const char *const[]){"leaf", NULL});
    scene_alert(&scene, SERVER, 48);
    ck_assert_uint_eq(frames_of_evidence(), 1u << FRAME_SERVER_FLIGHT | 1u << FRAME_CLIENT_FLIGHT | 1u << FRAME_ALERT);
}
END_TEST

START_TEST(a_request_behind_the_alert_is_no_evidence) {
    scene_unanswered(&scene);
    scene_alert(&scene, CLIENT, 51);
    f->request_mark.frame = FRAME_ALERT + 1;
    ck_assert_uint_eq(frames_of_evidence() >> FRAME_ALERT, 1);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

int main(void) {
    Suite *suite = suite_create("verdict");
    TCase *tests = tcase_create("verdict");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, the_chain_decides_and_the_alert_confirms, 0, COUNT(choices));
    tcase_add_loop_test(tests, rivals_are_other_causes_each_once_and_never_certain, 0, COUNT(choices));
    tcase_add_test(tests, why_a_client_declined_is_ranked_and_never_that_it_has_none);
    tcase_add_loop_test(tests, who_declined_reads_which_kind_of_key_was_asked_for, 0, COUNT(kinds));
    tcase_add_test(tests, a_rule_of_the_servers_own_is_no_rival_of_what_the_chain_proves);
    tcase_add_test(tests, a_list_that_ends_at_an_intermediate_wants_its_root);
    tcase_add_test(tests, an_empty_list_is_no_reason_to_decline);
    tcase_add_test(tests, a_client_that_refuses_the_server_is_not_blamed_for_its_own_chain);
    tcase_add_test(tests, an_alert_behind_the_clients_finished_is_not_about_the_servers_certificate);
    tcase_add_loop_test(tests, a_fine_chain_and_an_alert_that_says_nothing_is_unexplained_or_a_protocol_error, 0, 2);
    tcase_add_loop_test(tests, without_an_alert_it_is_likely_at_most, 0, 2);
    tcase_add_test(tests, a_reset_behind_the_alert_is_noticed);
    tcase_add_test(tests, only_what_is_wrong_with_a_chain_is_said_to_be_expired);
    tcase_add_loop_test(tests, a_completed_handshake_has_a_cause_where_the_sequel_agrees, 0, COUNT(completions));
    tcase_add_test(tests, what_servers_tolerate_is_no_error_where_it_was_tolerated);
    tcase_add_test(tests, what_the_guessed_stack_accepts_is_no_cause_of_a_short_answer);
    tcase_add_test(tests, where_something_may_be_wrong_that_nothing_is_wrong_is_not_certain);
    tcase_add_test(tests, a_client_that_leaves_without_a_byte_disliked_the_server);
    tcase_add_loop_test(tests, no_verdict_rests_on_what_is_lost_or_encrypted, 0, 14);
    tcase_add_test(tests, without_the_bytes_around_it_an_alert_is_only_reported);
    tcase_add_loop_test(tests, reach_says_why_it_is_not_known, 0, COUNT(reaches));
    tcase_add_test(tests, the_frames_of_request_certificate_and_alert_are_the_evidence);
    tcase_add_test(tests, a_request_behind_the_alert_is_no_evidence);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
