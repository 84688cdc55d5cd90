/*
 * What is known from elsewhere: which verdicts it makes certain, which it must not, and that it does not matter which
 * conversation came first.
 */
#include "capture/capture.h"
#include "diagnosis/known.h"
#include "diagnosis_facts.h"
#include "tap.h"

#define CLIENT TLSWATCH_CLIENT
#define SERVER TLSWATCH_SERVER
#define CERTAIN TLSWATCH_CERTAIN
#define LIKELY TLSWATCH_LIKELY
#define POSSIBLE TLSWATCH_POSSIBLE
#define CAUSE(name) TLSWATCH_CAUSE_##name
#define MAX 6

static struct scene scene;

static void setup(void) {
    scene_init(&scene);
}

static void teardown(void) {
    scene_clear(&scene);
}

/* --- Verdicts over facts made by hand. --- */

enum given { BY_USER, SEEN };

static void know(const char *name, enum given how) {
    static const struct tlswatch_sighting by_user = {.given = "ca.pem"},
                                          seen = {.stream = 2, .sender = TLSWATCH_CLIENT, .mark = {.frame = 62}};
    certificate_set_seen(add(scene.store, name), how == BY_USER ? &by_user : &seen);
}

static const struct {
    const char *what;
    const char *chain[MAX], *list[MAX], *known[MAX];
    enum given how;
    uint8_t alert;
    enum tlswatch_cause cause;
    enum tlswatch_confidence confidence;
} verdicts[] = {
        /* A gap that a known certificate closes; where it comes from does not matter: its signature does. */
        {"nothing known", {"leaf"}, {"root"}, {NULL}, SEEN, 48, CAUSE(INTERMEDIATE_MISSING), LIKELY},
        {"the intermediate given", {"leaf"}, {"root"}, {"intermediate"}, BY_USER, 48, CAUSE(INTERMEDIATE_MISSING), CERTAIN},
        {"the intermediate seen", {"leaf"}, {"root"}, {"intermediate"}, SEEN, 48, CAUSE(INTERMEDIATE_MISSING), CERTAIN},
        {"46 says it too", {"leaf"}, {"root"}, {"intermediate"}, SEEN, 46, CAUSE(INTERMEDIATE_MISSING), CERTAIN},
        {"one of the same name sent", {"leaf", "rekeyed"}, {"root"}, {"intermediate"}, SEEN, 48, CAUSE(CA_REKEYED), CERTAIN},
        {"one of another name sent", {"leaf", "stranger"}, {"root"}, {"intermediate"}, SEEN, 48, CAUSE(INTERMEDIATE_MISSING), CERTAIN},
        {"44 says something else", {"leaf"}, {"root"}, {"intermediate"}, BY_USER, 44, CAUSE(REVOKED), LIKELY},
        {"43 says something else", {"leaf"}, {"root"}, {"intermediate"}, BY_USER, 43, CAUSE(INTERMEDIATE_MISSING), LIKELY},
        {"a cross certificate", {"leaf"}, {"other"}, {"intermediate", "cross", "root"}, SEEN, 48, CAUSE(INTERMEDIATE_MISSING), CERTAIN},
        {"the intermediate is advertised", {"leaf"}, {"intermediate"}, {"intermediate"}, SEEN, 48, CAUSE(INTERMEDIATE_MISSING), LIKELY},
        /* Where the chain ends is known, and it is not on the list. */
        {"an unknown top", {"leaf", "intermediate"}, {"other"}, {NULL}, SEEN, 48, CAUSE(ISSUER_NOT_ADVERTISED), LIKELY},
        {"its root given", {"leaf", "intermediate"}, {"other"}, {"root"}, BY_USER, 48, CAUSE(ISSUER_NOT_ADVERTISED), CERTAIN},
        {"its root seen", {"leaf", "intermediate"}, {"other"}, {"root"}, SEEN, 42, CAUSE(ISSUER_NOT_ADVERTISED), CERTAIN},
        {"its root sent", {"leaf", "intermediate", "root"}, {"other"}, {NULL}, SEEN, 48, CAUSE(ISSUER_NOT_ADVERTISED), CERTAIN},
        {"a lone leaf, both known", {"leaf"}, {"other"}, {"intermediate", "root"}, BY_USER, 48, CAUSE(ISSUER_NOT_ADVERTISED), CERTAIN},
        {"a lone leaf, half of it known", {"leaf"}, {"other"}, {"intermediate"}, BY_USER, 48, CAUSE(ISSUER_NOT_ADVERTISED), LIKELY},
        {"another root of that name", {"leaf", "intermediate"}, {"other"}, {"root-2"}, BY_USER, 48, CAUSE(ISSUER_NOT_ADVERTISED), LIKELY},
        {"its root known, and 51", {"leaf", "intermediate"}, {"other"}, {"root"}, BY_USER, 51, CAUSE(ISSUER_NOT_ADVERTISED), LIKELY},
        /* The name is advertised; under which key? */
        {"the right key known", {"leaf", "intermediate"}, {"root"}, {"root"}, BY_USER, 46, CAUSE(TRUST_DIFFERS), POSSIBLE},
        {"another key given", {"leaf", "intermediate"}, {"root"}, {"root-2"}, BY_USER, 48, CAUSE(CA_REKEYED), CERTAIN},
        {"another key given, and 51", {"leaf", "intermediate"}, {"root"}, {"root-2"}, BY_USER, 51, CAUSE(CA_REKEYED), CERTAIN},
        {"another key that only went by", {"leaf", "intermediate"}, {"root"}, {"root-2"}, SEEN, 48, CAUSE(CA_REKEYED), LIKELY},
        {"another key, and 44", {"leaf", "intermediate"}, {"root"}, {"root-2"}, BY_USER, 44, CAUSE(REVOKED), LIKELY},
        {"two keys known", {"leaf", "intermediate"}, {"root"}, {"root", "root-2"}, BY_USER, 48, CAUSE(CA_REKEYED), POSSIBLE},
        {"two keys known, and 51", {"leaf", "intermediate"}, {"root"}, {"root", "root-2"}, BY_USER, 51, CAUSE(CA_REKEYED), LIKELY},
        {"another key above the name that is reached",
         {"leaf", "intermediate"},
         {"intermediate"},
         {"root-2"},
         BY_USER,
         48,
         CAUSE(TRUST_DIFFERS),
         LIKELY},
        /* A leaf loaded where its CA belongs. */
        {"the leaf is advertised", {"leaf", "intermediate"}, {"leaf"}, {NULL}, SEEN, 48, CAUSE(ADVERTISED_NOT_A_CA), CERTAIN},
        {"and its root known", {"leaf", "intermediate"}, {"leaf"}, {"root"}, BY_USER, 48, CAUSE(ADVERTISED_NOT_A_CA), CERTAIN},
        {"beside its root", {"leaf", "intermediate"}, {"leaf", "root"}, {"root"}, BY_USER, 46, CAUSE(TRUST_DIFFERS), POSSIBLE},
        {"pinned as it is", {"p384"}, {"p384"}, {NULL}, SEEN, 46, CAUSE(CA_REKEYED), POSSIBLE},
        /* No list: a whole chain known up to its root misses nothing. */
        {"no list, a lone leaf", {"leaf"}, {NULL}, {NULL}, SEEN, 48, CAUSE(INTERMEDIATE_MISSING), LIKELY},
        {"no list, the root known", {"leaf", "intermediate"}, {NULL}, {"root"}, BY_USER, 48, CAUSE(ISSUER_UNKNOWN), LIKELY},
};

START_TEST(what_is_known_makes_a_verdict_certain_or_not) {
    for (size_t i = 0; verdicts[_i].known[i] != NULL; i++) {
        know(verdicts[_i].known[i], verdicts[_i].how);
    }
    scene_list(&scene, verdicts[_i].list);
    scene_chain(&scene, SERVER, (const char *const[]){"host-good", NULL});
    scene_chain(&scene, CLIENT, verdicts[_i].chain);
    scene_alert(&scene, SERVER, verdicts[_i].alert);
    struct verdict v = scene_verdict(&scene);
    ck_assert_msg(v.cause == verdicts[_i].cause && v.confidence == verdicts[_i].confidence, "%s: %s, %s: %s", verdicts[_i].what,
                  tlswatch_cause_name(v.cause), tlswatch_confidence_name(v.confidence), v.message);
}
END_TEST

/* --- What the peer trusts. --- */

static const struct {
    const char *what;
    const char *chain[MAX], *list[MAX], *trust[MAX], *known[MAX];
    uint8_t alert;
    enum tlswatch_cause cause;
    enum tlswatch_confidence confidence;
} trusts[] = {
        /* It verifies: whatever the reason is, it is no CA that is missing. */
        {"refused, 49", {"leaf", "intermediate"}, {"root"}, {"root"}, {NULL}, 49, CAUSE(POLICY), LIKELY},
        {"refused, 46", {"leaf", "intermediate"}, {"root"}, {"root"}, {NULL}, 46, CAUSE(POLICY), LIKELY},
        {"refused as unknown", {"leaf", "intermediate"}, {"root"}, {"root"}, {NULL}, 48, CAUSE(TRUST_DIFFERS), POSSIBLE},
        {"a lone leaf that verifies", {"leaf"}, {"root"}, {"root", "intermediate"}, {NULL}, 46, CAUSE(POLICY), LIKELY},
        {"a self-signed one that verifies", {"p384"}, {NULL}, {"p384"}, {NULL}, 46, CAUSE(POLICY), LIKELY},
        /* It does not. */
        {"an intermediate is known", {"leaf"}, {"root"}, {"root"}, {"intermediate"}, 48, CAUSE(INTERMEDIATE_MISSING), CERTAIN},
        {"the same without a list", {"leaf"}, {NULL}, {"root"}, {"intermediate"}, 48, CAUSE(INTERMEDIATE_MISSING), CERTAIN},
        {"no intermediate is known", {"leaf"}, {"root"}, {"root"}, {NULL}, 48, CAUSE(INTERMEDIATE_MISSING), LIKELY},
        {"another key in the file", {"leaf", "intermediate"}, {"root"}, {"root-2"}, {NULL}, 48, CAUSE(CA_REKEYED), CERTAIN},
        {"another key in the file, no list", {"leaf", "intermediate"}, {NULL}, {"root-2"}, {NULL}, 48, CAUSE(CA_REKEYED), CERTAIN},
        {"another CA in the file", {"leaf", "intermediate", "root"}, {"root"}, {"other"}, {NULL}, 48, CAUSE(TRUST_DIFFERS), CERTAIN},
        {"another CA, the root not sent", {"leaf", "intermediate"}, {"root"}, {"other"}, {NULL}, 46, CAUSE(TRUST_DIFFERS), LIKELY},
        {"neither listed nor in the file",
         {"leaf", "intermediate", "root"},
         {"other"},
         {"other"},
         {NULL},
         48,
         CAUSE(ISSUER_NOT_ADVERTISED),
         CERTAIN},
        {"no list, not in the file", {"leaf", "intermediate", "root"}, {NULL}, {"other"}, {NULL}, 48, CAUSE(ISSUER_UNKNOWN), CERTAIN},
        {"no list, where it ends is unknown", {"leaf", "intermediate"}, {NULL}, {"other"}, {NULL}, 48, CAUSE(ISSUER_UNKNOWN), LIKELY},
};

static struct trust *trust_of(const char *const *names) {
    struct buffer file = {0};
    struct bundle read;
    for (; *names != NULL; names++) {
        const struct tlswatch_certificate *c = &add(scene.store, *names)->facts;
        buffer_append(&file, bytes_of(c->der, c->der_len), 1 << 20);
    }
    struct trust *trust = trust_new(scene.store, buffer_bytes(&file), "trust.pem", &read);
    buffer_clear(&file);
    return trust;
}

static void verify_with(struct trust *trust) {
    struct party *p = &scene.facts.client;
    trust_verify(trust, p->chain, p->num_chain, NULL, 0, CLIENT, p->time, &p->trust);
    if (p->trust.failure != TRUST_VERIFIES && p->path.num_above > 0) {
        trust_verify(trust, p->chain, p->num_chain, p->path.above, p->path.num_above, CLIENT, p->time, &p->trust_with_known);
    }
}

START_TEST(what_the_peer_trusts_decides) {
    struct trust *trust = trust_of(trusts[_i].trust);
    for (size_t i = 0; trusts[_i].known[i] != NULL; i++) {
        know(trusts[_i].known[i], SEEN);
    }
    scene_list(&scene, trusts[_i].list);
    scene_chain(&scene, SERVER, (const char *const[]){"host-good", NULL});
    scene_chain(&scene, CLIENT, trusts[_i].chain);
    if (trusts[_i].list[0] == NULL) {
        path_look_beyond(scene.store, scene.facts.client.chain, scene.facts.client.num_chain, &scene.facts.client.path);
    }
    verify_with(trust);
    scene_alert(&scene, SERVER, trusts[_i].alert);
    struct verdict v = scene_verdict(&scene);
    ck_assert_msg(v.cause == trusts[_i].cause && v.confidence == trusts[_i].confidence, "%s: %s, %s: %s", trusts[_i].what,
                  tlswatch_cause_name(v.cause), tlswatch_confidence_name(v.confidence), v.message);
    trust_free(trust);
}
END_TEST

START_TEST(an_expired_certificate_of_the_file_is_named) {
    struct trust *trust = trust_of((const char *const[]){"root", NULL});
    scene_chain(&scene, CLIENT, (const char *const[]){"leaf", "intermediate", NULL});
    scene.facts.client.time = SCENE_TIME;
    verify_with(trust);
    /* As if the file's root, and nothing that was sent, had ended. */
    scene.facts.client.trust.failure = TRUST_EXPIRED;
    scene.facts.client.trust.beyond_chain = true;
    scene_alert(&scene, SERVER, 46);
    struct verdict v = scene_verdict(&scene);
    ck_assert_int_eq(v.cause, TLSWATCH_CAUSE_EXPIRED);
    ck_assert_int_eq(v.confidence, CERTAIN);
    ck_assert_ptr_nonnull(strstr(v.message, "in trust.pem had expired"));
    trust_free(trust);
}
END_TEST

/* --- Where it was seen. --- */

static const struct {
    const char *known, *chain[MAX], *list[MAX];
    enum given how;
    const char *text; /* NULL: nothing is known */
} places[] = {
        {"intermediate", {"leaf"}, {"root"}, SEEN, "stream 2 carried that CA in frame 62: it is issued by the advertised CN=Acme Root G1"},
        {"intermediate", {"leaf"}, {"root"}, BY_USER, "ca.pem holds that CA: it is issued by the advertised CN=Acme Root G1"},
        {"root", {"leaf", "intermediate"}, {"root"}, BY_USER, "ca.pem holds that CA, which is advertised"},
        {"root-2", {"leaf", "intermediate"}, {"root"}, SEEN, "stream 2 carried a CA of that name, with another key in frame 62"},
        {"root", {"leaf"}, {"root"}, SEEN, NULL},
};

START_TEST(records_say_where_a_certificate_was_seen) {
    struct tlswatch_known_issuer known = {0};
    know(places[_i].known, places[_i].how);
    scene_list(&scene, places[_i].list);
    scene_chain(&scene, CLIENT, places[_i].chain);
    bool is_known = known_issuer(&scene.facts, &scene.facts.client, &scene.arena, &known);
    ck_assert_int_eq(is_known, places[_i].text != NULL);
    if (is_known) {
        ck_assert_str_eq(known.text, places[_i].text);
        ck_assert_ptr_eq(known.certificate, &add(scene.store, places[_i].known)->facts);
    }
}
END_TEST

START_TEST(a_file_is_named_only_where_it_is_another) {
    static const char here[] = "a.pcap", again[] = "a.pcap", elsewhere[] = "b.pcap";
    const struct certificate *c = add(scene.store, "intermediate");
    certificate_set_seen(c, &(struct tlswatch_sighting){.stream = 2, .sender = CLIENT, .mark = {.frame = 62, .file = again}});
    scene.flow.first.file = here;
    ck_assert_str_eq(known_where(&scene.facts, c, "it", &scene.arena), "stream 2 carried it in frame 62");
    scene.flow.first.file = elsewhere;
    ck_assert_str_eq(known_where(&scene.facts, c, "it", &scene.arena), "stream 2 of a.pcap carried it in frame 62");
}
END_TEST

START_TEST(the_first_sighting_counts) {
    know("intermediate", SEEN);
    know("intermediate", BY_USER);
    ck_assert_ptr_null(add(scene.store, "intermediate")->seen.given);
    ck_assert_uint_eq(add(scene.store, "intermediate")->seen.mark.frame, 62);
    know("root", BY_USER);
    know("root", SEEN);
    ck_assert_str_eq(add(scene.store, "root")->seen.given, "ca.pem");
}
END_TEST

START_TEST(a_leaf_of_another_client_on_the_list_is_a_finding) {
    know("www.other.example", SEEN);
    scene_list(&scene, (const char *const[]){"root", "www.other.example", NULL});
    scene_chains(&scene);
    scene_alert(&scene, SERVER, 46);
    struct verdict v = scene_verdict(&scene);
    const struct tlswatch_finding *finding = scene_finding(&v, "advertised-not-a-ca");
    ck_assert_ptr_nonnull(finding);
    ck_assert_ptr_nonnull(strstr(finding->text, "CN=www.other.example"));
    ck_assert_ptr_nonnull(strstr(finding->text, "stream 2"));
    ck_assert_int_ne(v.cause, TLSWATCH_CAUSE_ADVERTISED_NOT_A_CA);
}
END_TEST

/* --- What comes too late. --- */

static const struct {
    const char *chain[MAX], *list[MAX], *late;
    bool verdict;
    enum tlswatch_outdated outdated;
} late[] = {
        {{"leaf"}, {"root"}, "intermediate", true, TLSWATCH_VERDICTS_OUTDATED},
        {{"leaf"}, {"root"}, "rekeyed", true, TLSWATCH_VERDICTS_OUTDATED},
        {{"leaf"}, {"root"}, "root", true, TLSWATCH_UP_TO_DATE},
        {{"leaf", "intermediate"}, {"root"}, "root", true, TLSWATCH_VERDICTS_OUTDATED},
        {{"leaf", "intermediate"}, {"root"}, "root", false, TLSWATCH_DETAILS_OUTDATED},
        {{"leaf", "intermediate"}, {"root"}, "cross", false, TLSWATCH_UP_TO_DATE},
        {{"leaf", "intermediate", "root"}, {"root"}, "root-2", true, TLSWATCH_UP_TO_DATE},
        /* reached lower down: what is above the top does not matter */
        {{"leaf", "intermediate"}, {"intermediate"}, "root", false, TLSWATCH_UP_TO_DATE},
        {{"leaf"}, {"root"}, "leaf", true, TLSWATCH_UP_TO_DATE},
        {{"leaf"}, {"root"}, "other", true, TLSWATCH_UP_TO_DATE},
};

START_TEST(a_certificate_that_comes_late_outdates_what_rests_on_it) {
    scene_list(&scene, late[_i].list);
    scene_chain(&scene, CLIENT, late[_i].chain);
    path_rely_on(scene.facts.client.chain, &scene.facts.client.path, late[_i].verdict);
    ck_assert_int_eq(certificate_store_outdated(scene.store), TLSWATCH_UP_TO_DATE);
    add(scene.store, late[_i].late);
    ck_assert_int_eq(certificate_store_outdated(scene.store), late[_i].outdated);
    certificate_store_settle(scene.store);
    ck_assert_int_eq(certificate_store_outdated(scene.store), TLSWATCH_UP_TO_DATE);
    add(scene.store, late[_i].late);
    ck_assert_int_eq(certificate_store_outdated(scene.store), TLSWATCH_UP_TO_DATE);
}
END_TEST

START_TEST(a_leaf_with_an_advertised_name_that_comes_late_counts) {
    int index = -1;
    scene_list(&scene, (const char *const[]){"root", "leaf", NULL});
    ck_assert_ptr_null(authority_end_entity(scene.facts.list, &index));
    add(scene.store, "root");
    ck_assert_int_eq(certificate_store_outdated(scene.store), TLSWATCH_UP_TO_DATE);
    const struct certificate *leaf = add(scene.store, "leaf");
    ck_assert_int_eq(certificate_store_outdated(scene.store), TLSWATCH_VERDICTS_OUTDATED);
    ck_assert_ptr_eq(authority_end_entity(scene.facts.list, &index), leaf);
    ck_assert_int_eq(index, 1);
}
END_TEST

/* --- The captures of pcaps/, one after the other in several orders. --- */

#define MOST_CAPTURES 64
#define MOST_RECORDS 128

struct outcome {
    char id[17], text[512];
};

struct outcomes {
    struct outcome v[MOST_RECORDS];
    size_t num;
};

static void on_record(void *user, const struct tlswatch_record *r) {
    struct outcomes *out = user;
    ck_assert_uint_lt(out->num, MOST_RECORDS);
    struct outcome *o = &out->v[out->num++];
    snprintf(o->id, sizeof o->id, "%s", r->id);
    int n = snprintf(o->text, sizeof o->text, "%s %s %s reach %s %s %d %d known %d leads to %d;", tlswatch_outcome_name(r->outcome),
                     tlswatch_cause_name(r->cause), tlswatch_confidence_name(r->confidence), tlswatch_reach_how_name(r->reach.how),
                     tlswatch_signatures_name(r->reach.signatures), r->reach.at, r->reach.authority,
                     r->known_issuer.certificate != NULL ? (int)r->known_issuer.verifies : -1, r->known_issuer.authority);
    for (size_t i = 0; i < r->num_rivals && n < (int)sizeof o->text; i++) {
        n += snprintf(o->text + n, sizeof o->text - (size_t)n, " %s %s", tlswatch_cause_name(r->rivals[i].cause),
                      tlswatch_confidence_name(r->rivals[i].confidence));
    }
}

/* Nothing may be freed before the watcher: it names the files. */
struct fed {
    struct capture *captures[4 * MOST_CAPTURES];
    size_t num;
};

static void feed(struct tlswatch *watcher, const char *name, struct fed *fed) {
    char path[512], error[CAPTURE_ERROR_SIZE] = "";
    const char *folder = getenv("PCAPS");
    snprintf(path, sizeof path, "%s/%s", folder != NULL ? folder : "pcaps", name);
    struct capture_files files = {(const char *const[]){path}, 1, NULL, false};
    struct capture *capture = capture_open_files(&files, error);
    ck_assert_msg(capture != NULL, "%s", error);
    struct tlswatch_frame frame;
    while (capture_next(capture, &frame, 0) == CAPTURE_FRAME) {
        tlswatch_frame(watcher, &frame);
    }
    tlswatch_finish(watcher);
    fed->captures[fed->num++] = capture;
}

static const char *const captures[] = {
        "ca-rekeyed.pcap",           "completed.pcap",     "intermediate-missing.pcap",  "intermediate-missing-ipv6.pcap",
        "expired-java.pcap",         "ldap-starttls.pcap", "issuer-not-advertised.pcap", "silent-close-node.pcap",
        "refused-inside-nginx.pcap", "resumed.pcap",       "server-unknown-ca.pcap",     "server-expired.pcap",
        "self-signed-gnutls.pcap",   "revoked.pcap",       "alert-behind-reset.pcap",    "client-declined.pcap",
};
#define NUM_CAPTURES (sizeof captures / sizeof captures[0])

/* The steps are prime to the number of captures. */
static void in_order(size_t first, size_t step, struct outcomes *out, enum tlswatch_outdated *outdated) {
    struct fed fed = {.num = 0};
    out->num = 0;
    struct tlswatch *watcher = tlswatch_new(NULL, on_record, out);
    ck_assert_ptr_nonnull(watcher);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < NUM_CAPTURES; i++) {
            feed(watcher, captures[(first + i * step) % NUM_CAPTURES], &fed);
        }
        if (pass == 0) {
            *outdated = tlswatch_outdated(watcher);
        }
        if (tlswatch_outdated(watcher) == TLSWATCH_UP_TO_DATE) {
            break;
        }
        ck_assert_int_eq(pass, 0); /* the second time nothing is new */
        ck_assert(tlswatch_restart(watcher));
        out->num = 0;
    }
    tlswatch_free(watcher);
    while (fed.num > 0) {
        capture_free(fed.captures[--fed.num]);
    }
}

static const struct outcome *find(const struct outcomes *all, const char *id) {
    for (size_t i = 0; i < all->num; i++) {
        if (strcmp(all->v[i].id, id) == 0) {
            return &all->v[i];
        }
    }
    return NULL;
}

static const size_t orders[][2] = {{0, 15}, {3, 1}, {5, 3}, {7, 5}, {2, 7}, {9, 11}, {11, 13}};

START_TEST(the_order_of_conversations_changes_nothing) {
    static struct outcomes reference, other;
    enum tlswatch_outdated outdated;
    in_order(0, 1, &reference, &outdated);
    ck_assert_uint_ge(reference.num, NUM_CAPTURES);
    in_order(orders[_i][0], orders[_i][1], &other, &outdated);
    ck_assert_uint_eq(other.num, reference.num);
    for (size_t i = 0; i < other.num; i++) {
        const struct outcome *same = find(&reference, other.v[i].id);
        ck_assert_ptr_nonnull(same);
        ck_assert_str_eq(other.v[i].text, same->text);
    }
}
END_TEST

static bool says(const struct outcomes *all, const char *text) {
    for (size_t i = 0; i < all->num; i++) {
        if (strstr(all->v[i].text, text) != NULL) {
            return true;
        }
    }
    return false;
}

START_TEST(a_later_conversation_explains_an_earlier_one) {
    static struct outcomes out;
    struct fed fed = {.num = 0};
    struct tlswatch *watcher = tlswatch_new(NULL, on_record, &out);
    out.num = 0;
    feed(watcher, "intermediate-missing.pcap", &fed);
    ck_assert(says(&out, "intermediate-missing likely"));
    ck_assert_int_eq(tlswatch_outdated(watcher), TLSWATCH_UP_TO_DATE);
    tlswatch_collect(watcher);
    feed(watcher, "completed.pcap", &fed);
    ck_assert_uint_eq(out.num, 1);
    ck_assert_int_eq(tlswatch_outdated(watcher), TLSWATCH_VERDICTS_OUTDATED);
    ck_assert(tlswatch_restart(watcher));
    feed(watcher, "intermediate-missing.pcap", &fed);
    ck_assert(says(&out, "intermediate-missing certain"));
    tlswatch_free(watcher);
    while (fed.num > 0) {
        capture_free(fed.captures[--fed.num]);
    }
}
END_TEST

/* The root of the server's chain comes late, which matters only where the client may have refused that chain. */
static const struct {
    const char *first;
    enum tlswatch_outdated outdated;
} refused[] = {
        {"not-requested.pcap", TLSWATCH_VERDICTS_OUTDATED},  /* the client left without a byte of data */
        {"malformed-certificate.pcap", TLSWATCH_UP_TO_DATE}, /* the server refused the client */
};

START_TEST(what_is_above_the_servers_chain_counts_where_the_client_may_have_refused_it) {
    static struct outcomes out;
    struct fed fed = {.num = 0};
    struct tlswatch *watcher = tlswatch_new(NULL, on_record, &out);
    out.num = 0;
    feed(watcher, refused[_i].first, &fed);
    feed(watcher, "root-sent.pcap", &fed);
    ck_assert_uint_eq(out.num, 2);
    ck_assert_int_eq(tlswatch_outdated(watcher), refused[_i].outdated);
    tlswatch_free(watcher);
    while (fed.num > 0) {
        capture_free(fed.captures[--fed.num]);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("known");
    TCase *tcase = tcase_create("known");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, what_is_known_makes_a_verdict_certain_or_not, 0, sizeof verdicts / sizeof verdicts[0]);
    tcase_add_loop_test(tcase, what_the_peer_trusts_decides, 0, sizeof trusts / sizeof trusts[0]);
    tcase_add_test(tcase, an_expired_certificate_of_the_file_is_named);
    tcase_add_loop_test(tcase, records_say_where_a_certificate_was_seen, 0, sizeof places / sizeof places[0]);
    tcase_add_test(tcase, a_file_is_named_only_where_it_is_another);
    tcase_add_test(tcase, the_first_sighting_counts);
    tcase_add_test(tcase, a_leaf_of_another_client_on_the_list_is_a_finding);
    tcase_add_loop_test(tcase, a_certificate_that_comes_late_outdates_what_rests_on_it, 0, sizeof late / sizeof late[0]);
    tcase_add_test(tcase, a_leaf_with_an_advertised_name_that_comes_late_counts);
    tcase_add_loop_test(tcase, the_order_of_conversations_changes_nothing, 0, sizeof orders / sizeof orders[0]);
    tcase_add_test(tcase, a_later_conversation_explains_an_earlier_one);
    tcase_add_loop_test(tcase, what_is_above_the_servers_chain_counts_where_the_client_may_have_refused_it, 0,
                        sizeof refused / sizeof refused[0]);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
