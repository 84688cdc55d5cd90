/* Each rule over one side's certificates: facts that fire it, and the nearest facts that must not. */
#include "diagnosis_facts.h"
#include "tap.h"

#define CLIENT TLSWATCH_CLIENT
#define SERVER TLSWATCH_SERVER
#define CERTAIN TLSWATCH_CERTAIN
#define LIKELY TLSWATCH_LIKELY
#define POSSIBLE TLSWATCH_POSSIBLE
#define SILENT ((enum tlswatch_confidence) - 1) /* the rule must not fire */

static struct scene scene;
static struct facts *const f = &scene.facts;

static void setup(void) {
    scene_init(&scene);
}

static void teardown(void) {
    scene_clear(&scene);
}

/* --- What openssl would not make, or a handshake not hold. --- */

static void completed(void) {
    f->alert = NULL;
    f->num_alerts = 0;
    scene_complete(&scene);
}

static void refused_inside(void) {
    completed();
    scene_refused_inside(&scene, REFUSAL_LIKELY);
}

static void denied_inside(void) {
    refused_inside();
    f->denied = true;
}

static void alert_of_the_holder(void) {
    f->alert = NULL;
    f->num_alerts = 0;
    scene_alert(&scene, CLIENT, 44);
}

static void server_is_gnutls(void) {
    f->server_stack = (struct stack_guess){STACK_GNUTLS, TLSWATCH_LIKELY};
}

static void access_denied_then_bad_certificate(void) {
    scene_alert(&scene, SERVER, 42);
}

static void client_signature_fails(void) {
    f->certificate_verify = LINK_FAILED;
}

static void client_signature_verifies(void) {
    f->certificate_verify = LINK_VERIFIED;
}

/* There is one, of an algorithm that is not computed. */
static void client_signature_is_of_another_kind(void) {
    f->has_certificate_verify = true;
}

static void client_signature_may_be_lost(void) {
    f->lost = true;
}

static void server_signature_fails(void) {
    f->server_key_exchange = LINK_FAILED;
}

static void intermediate_is_no_ca(void) {
    scene_own(&scene, &f->client, 1)->facts.ca = false;
}

static void root_allows_no_ca_below(void) {
    scene_own(&scene, &f->client, 2)->facts.path_len = 0;
}

static void root_allows_one_ca_below(void) {
    scene_own(&scene, &f->client, 2)->facts.path_len = 1;
}

static void root_allows_only_a_self_issued_one(void) {
    root_allows_no_ca_below();
    scene_own(&scene, &f->client, 1)->facts.self_issued = true;
}

static void at_the_last_second(void) {
    f->client.time = f->client.chain[0]->facts.not_after;
}

static void one_second_late(void) {
    f->client.time = f->client.chain[0]->facts.not_after + 1;
}

static void at_the_first_second(void) {
    f->client.time = f->client.chain[0]->facts.not_before;
}

static void one_second_early(void) {
    f->client.time = f->client.chain[0]->facts.not_before - 1;
}

static void intermediate_has_expired(void) {
    scene_own(&scene, &f->client, 1)->facts.not_after = SCENE_TIME - 86400;
}

static void root_has_expired(void) {
    scene_own(&scene, &f->client, 2)->facts.not_after = SCENE_TIME - 86400;
}

static void root_has_expired_and_it_completed(void) {
    root_has_expired();
    completed();
    scene_refused_inside(&scene, REFUSAL_POSSIBLE);
}

static void servers_root_has_expired(void) {
    scene_own(&scene, &f->server, 2)->facts.not_after = SCENE_TIME - 86400;
}

static void intermediate_constrains_names(void) {
    f->client.chain[1] = add(scene.store, "constraining");
}

static void intermediate_is_for_servers(void) {
    struct certificate *c = scene_own(&scene, &f->client, 1);
    c->has_extended_key_usage = c->eku_server_auth = true;
}

static void root_is_for_anything(void) {
    struct certificate *c = scene_own(&scene, &f->client, 2);
    c->has_extended_key_usage = c->eku_any = true;
}

static void leaf_has_no_alternative_name(void) {
    intermediate_constrains_names();
    scene_own(&scene, &f->client, 0)->facts.alternative_names = NULL;
}

static void leaf_may_only_encipher(void) {
    scene_own(&scene, &f->client, 0)->key_usage = KU_KEY_ENCIPHERMENT;
}

static void server_may_only_encipher(void) {
    scene_own(&scene, &f->server, 0)->has_key_usage = true;
    scene_own(&scene, &f->server, 0)->key_usage = KU_KEY_ENCIPHERMENT;
}

static void server_may_only_encipher_for_rsa(void) {
    server_may_only_encipher();
    scene.conversation.cipher_suite = 0x009c; /* TLS_RSA_WITH_AES_128_GCM_SHA256 */
}

static void server_may_only_encipher_to_openssl(void) {
    server_may_only_encipher();
    f->client_stack = (struct stack_guess){STACK_OPENSSL, TLSWATCH_LIKELY};
}

static void server_may_only_encipher_to_java(void) {
    server_may_only_encipher();
    f->client_stack = (struct stack_guess){STACK_JAVA, TLSWATCH_LIKELY};
}

static void server_may_only_sign_lists(void) {
    scene_own(&scene, &f->server, 0)->has_key_usage = true;
    scene_own(&scene, &f->server, 0)->key_usage = KU_CRL_SIGN;
}

static void intermediate_may_not_sign(void) {
    scene_own(&scene, &f->client, 1)->key_usage = KU_DIGITAL_SIGNATURE;
}

static void root_is_signed_with_sha1(void) {
    scene_own(&scene, &f->client, 2)->signature_digest = DIGEST_SHA1;
}

static void ask(const char *types, const char *algorithms) {
    scene_ask(&scene, bytes_of(types, strlen(types)), bytes_of(algorithms, strlen(algorithms)));
}

static void asks_for_rsa_keys(void) {
    ask("\x01", "\x04\x01\x04\x03");
}

static void asks_for_ec_keys(void) {
    ask("\x40", "\x04\x03");
}

static void asks_for_rsa_signatures(void) {
    ask("\x01\x40", "\x04\x01\x08\x04");
}

static void asks_for_rsa_signatures_in_tls11(void) {
    asks_for_rsa_signatures();
    f->version = TLS_1_1;
}

static void asks_for_ed25519(void) {
    ask("\x40", "\x08\x07");
}

static void asks_for_rsa_pss_keys(void) {
    ask("\x01", "\x08\x09");
}

static void asks_for_nothing_seen(void) {
    scene_lose_request(&scene);
}

static void leaf_has_a_rare_curve(void) {
    scene_own(&scene, &f->client, 0)->curve = "brainpoolP256r1";
}

static void no_server_name(void) {
    f->server_name = NULL;
}

static void hello_is_lost(void) {
    f->has_client_hello = false;
    f->server_name = NULL;
}

static void asked_for_another_name(void) {
    f->server_name = "b.partner.example";
}

static void client_is_go(void) {
    f->client_stack = (struct stack_guess){STACK_GO, TLSWATCH_LIKELY};
}

static void server_has_its_name_in_cn(void) {
    scene_own(&scene, &f->server, 0)->facts.alternative_names = NULL;
}

static void server_has_its_name_in_cn_for_go(void) {
    server_has_its_name_in_cn();
    client_is_go();
}

static void same_name_in_other_bytes(void) {
    f->client.path.match = NAME_EQUAL;
}

static void same_name_byte_for_byte(void) {
    f->client.path.match = NAME_IDENTICAL;
}

static void advertises_nobody(void) {
    scene_list(&scene, (const char *const[]){NULL});
    scene_walk(&scene);
}

static void advertises_nobody_and_the_signature_verifies(void) {
    advertises_nobody();
    client_signature_verifies();
}

static void advertises_nobody_and_the_signature_is_unknown(void) {
    advertises_nobody();
    client_signature_is_of_another_kind();
}

/* Alert 0: none, and the server closed. The list is the root's name where a row gives none. */
static const struct row {
    enum tlswatch_cause cause;
    enum tlswatch_side of;
    const char *chain[SCENE_NAMES], *list[SCENE_NAMES], *known[SCENE_NAMES];
    uint8_t alert;
    void (*change)(void);
    enum tlswatch_confidence confidence;
    int index;
} rows[] = {
#define R(name) TLSWATCH_CAUSE_##name
        /* The alert alone says so, and it is the peer's. */
        {R(REVOKED), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 44, NULL, LIKELY, 0},
        {R(REVOKED), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 46, NULL, POSSIBLE, 0}, /* stacks that have one word for all */
        {R(REVOKED), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 48, NULL, SILENT, 0},
        {R(REVOKED), CLIENT, {"leaf", "intermediate"}, {"other"}, {NULL}, 0, alert_of_the_holder, SILENT, 0},

        {R(KEY_MISMATCH), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 51, client_signature_fails, CERTAIN, 0},
        {R(KEY_MISMATCH), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 51, client_signature_verifies, SILENT, 0},
        {R(KEY_MISMATCH), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 51, NULL, SILENT, 0}, /* there is none */
        {R(KEY_MISMATCH), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 51, client_signature_is_of_another_kind, POSSIBLE, 0},
        {R(KEY_MISMATCH), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 51, client_signature_may_be_lost, POSSIBLE, 0},
        {R(KEY_MISMATCH), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 48, client_signature_is_of_another_kind, SILENT, 0},
        {R(KEY_MISMATCH), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 51, server_signature_fails, SILENT, 0},
        {R(KEY_MISMATCH), SERVER, {"host-good", "intermediate"}, {NULL}, {NULL}, 51, server_signature_fails, CERTAIN, 0},
        {R(KEY_MISMATCH), SERVER, {"host-good", "intermediate"}, {NULL}, {NULL}, 51, client_signature_fails, SILENT, 0},

        {R(MALFORMED_CERTIFICATE), CLIENT, {"!", "intermediate"}, {NULL}, {NULL}, 42, NULL, CERTAIN, 0},
        {R(MALFORMED_CERTIFICATE), CLIENT, {"leaf", "!"}, {NULL}, {NULL}, 42, NULL, CERTAIN, 1},
        {R(MALFORMED_CERTIFICATE), CLIENT, {"broken-extension", "intermediate"}, {NULL}, {NULL}, 42, NULL, CERTAIN, 0},
        {R(MALFORMED_CERTIFICATE), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 42, NULL, SILENT, 0},

        {R(SELF_SIGNED), CLIENT, {"p384"}, {NULL}, {NULL}, 48, NULL, CERTAIN, 0},
        {R(SELF_SIGNED), CLIENT, {"p384"}, {"p384"}, {NULL}, 48, NULL, SILENT, 0},                          /* it is what was agreed */
        {R(SELF_SIGNED), CLIENT, {"leaf", "intermediate", "root"}, {"other"}, {NULL}, 48, NULL, SILENT, 0}, /* the root is */
        {R(SELF_SIGNED), SERVER, {"p384"}, {NULL}, {NULL}, 48, NULL, CERTAIN, 0},

        {R(ADVERTISED_NOT_A_CA), CLIENT, {"leaf"}, {"leaf"}, {NULL}, 48, NULL, CERTAIN, 0},
        {R(ADVERTISED_NOT_A_CA), CLIENT, {"leaf"}, {"leaf"}, {NULL}, 45, NULL, LIKELY, 0}, /* the alert says something else */
        {R(ADVERTISED_NOT_A_CA), CLIENT, {"leaf"}, {"root"}, {NULL}, 48, NULL, SILENT, 0},
        {R(ADVERTISED_NOT_A_CA), CLIENT, {"leaf", "intermediate"}, {"leaf", "root"}, {NULL}, 48, NULL, SILENT, 0}, /* it reaches the root */
        {R(ADVERTISED_NOT_A_CA), CLIENT, {"path-3"}, {"path-3"}, {NULL}, 48, NULL, SILENT, 0},                     /* it is a CA */

        {R(INTERMEDIATE_MISSING), CLIENT, {"leaf"}, {NULL}, {NULL}, 48, NULL, LIKELY, 0},
        {R(INTERMEDIATE_MISSING), CLIENT, {"leaf"}, {NULL}, {NULL}, 0, completed, POSSIBLE, 0},
        {R(INTERMEDIATE_MISSING), CLIENT, {"leaf"}, {NULL}, {"intermediate"}, 48, NULL, CERTAIN, 0}, /* what closes the gap is known */
        {R(INTERMEDIATE_MISSING), CLIENT, {"leaf"}, {NULL}, {"rekeyed"}, 48, NULL, LIKELY, 0},       /* its name, and another key */
        {R(INTERMEDIATE_MISSING), CLIENT, {"v1-issued"}, {"other"}, {NULL}, 48, NULL, POSSIBLE, 0},  /* a root issued it, by its name */
        {R(INTERMEDIATE_MISSING), CLIENT, {"leaf", "root"}, {NULL}, {NULL}, 48, NULL, LIKELY, 0},
        /* "Acme Root G1" sounds like a root */
        {R(INTERMEDIATE_MISSING), CLIENT, {"leaf", "intermediate"}, {"other"}, {NULL}, 48, NULL, POSSIBLE, 1},
        {R(INTERMEDIATE_MISSING), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 48, NULL, SILENT, 0},
        {R(INTERMEDIATE_MISSING), CLIENT, {"leaf", "intermediate", "root"}, {"other"}, {NULL}, 48, NULL, SILENT, 0},
        {R(INTERMEDIATE_MISSING), CLIENT, {"leaf"}, {"intermediate"}, {NULL}, 48, NULL, LIKELY, 0}, /* servers that want a root */
        {R(INTERMEDIATE_MISSING), CLIENT, {"leaf"}, {"intermediate"}, {NULL}, 0, completed, SILENT, 0},
        {R(INTERMEDIATE_MISSING), CLIENT, {"leaf"}, {NULL}, {NULL}, 48, asks_for_nothing_seen, SILENT, 0},
        {R(INTERMEDIATE_MISSING), SERVER, {"host-good"}, {NULL}, {NULL}, 48, NULL, POSSIBLE, 0},
        {R(INTERMEDIATE_MISSING), SERVER, {"host-good", "intermediate"}, {NULL}, {NULL}, 48, NULL, SILENT, 0},

        {R(ISSUER_NOT_ADVERTISED), CLIENT, {"leaf", "intermediate", "root"}, {"other"}, {NULL}, 48, NULL, CERTAIN, 2},
        /* it is known that this is the end */
        {R(ISSUER_NOT_ADVERTISED), CLIENT, {"leaf", "intermediate"}, {"other"}, {"root"}, 48, NULL, CERTAIN, 1},
        {R(ISSUER_NOT_ADVERTISED), CLIENT, {"leaf", "intermediate"}, {"other"}, {NULL}, 48, NULL, LIKELY, 1},
        {R(ISSUER_NOT_ADVERTISED), CLIENT, {"leaf"}, {"other"}, {NULL}, 48, NULL, POSSIBLE, 0},
        {R(ISSUER_NOT_ADVERTISED), CLIENT, {"v1-issued"}, {"other"}, {NULL}, 48, NULL, LIKELY, 0},
        {R(ISSUER_NOT_ADVERTISED), CLIENT, {"leaf", "intermediate"}, {"other", "root"}, {NULL}, 48, NULL, SILENT, 0},
        {R(ISSUER_NOT_ADVERTISED), CLIENT, {"leaf"}, {NULL}, {"intermediate"}, 48, NULL, SILENT, 0}, /* a missing link leads there */
        {R(ISSUER_NOT_ADVERTISED), CLIENT, {"leaf", "rekeyed-bare", "root"}, {NULL}, {NULL}, 48, NULL, SILENT, 0},
        {R(ISSUER_NOT_ADVERTISED), CLIENT, {"leaf", "intermediate"}, {"other"}, {NULL}, 48, asks_for_nothing_seen, SILENT, 0},
        {R(ISSUER_NOT_ADVERTISED), SERVER, {"host-good", "intermediate", "root"}, {"other"}, {NULL}, 48, NULL, SILENT, 0},

        {R(ISSUER_NOT_CA), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 48, intermediate_is_no_ca, CERTAIN, 1},
        {R(ISSUER_NOT_CA), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 48, NULL, SILENT, 0}, /* nor is the leaf, rightly */

        {R(PATH_TOO_LONG), CLIENT, {"leaf", "intermediate", "root"}, {NULL}, {NULL}, 48, root_allows_no_ca_below, CERTAIN, 2},
        {R(PATH_TOO_LONG), CLIENT, {"leaf", "intermediate", "root"}, {NULL}, {NULL}, 48, root_allows_one_ca_below, SILENT, 0},
        {R(PATH_TOO_LONG), CLIENT, {"leaf", "intermediate", "root"}, {NULL}, {NULL}, 48, root_allows_only_a_self_issued_one, SILENT, 0},
        /* pathlen 0 right above the leaf */
        {R(PATH_TOO_LONG), CLIENT, {"leaf", "intermediate", "root"}, {NULL}, {NULL}, 48, NULL, SILENT, 0},

        {R(EXPIRED), CLIENT, {"expired", "intermediate"}, {NULL}, {NULL}, 45, NULL, CERTAIN, 0},
        {R(EXPIRED), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 46, one_second_late, CERTAIN, 0},
        {R(EXPIRED), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 48, at_the_last_second, SILENT, 0},
        {R(EXPIRED), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 45, intermediate_has_expired, CERTAIN, 1},
        {R(EXPIRED), CLIENT, {"leaf", "intermediate", "expired"}, {NULL}, {NULL}, 48, NULL, SILENT, 0}, /* beside the path */
        {R(EXPIRED), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 45, NULL, LIKELY, 1},            /* one that was not sent */
        /* of the CA that it advertises the server has its own certificate, perhaps a newer one */
        {R(EXPIRED), CLIENT, {"leaf", "intermediate", "root"}, {NULL}, {NULL}, 48, root_has_expired, SILENT, 0},
        {R(EXPIRED), CLIENT, {"leaf", "intermediate", "root"}, {NULL}, {NULL}, 45, root_has_expired, LIKELY, 2},
        {R(EXPIRED), CLIENT, {"leaf", "intermediate", "root"}, {NULL}, {NULL}, 42, root_has_expired, POSSIBLE, 2},
        {R(EXPIRED), CLIENT, {"leaf", "intermediate", "root"}, {NULL}, {NULL}, 0, root_has_expired_and_it_completed, SILENT, 0},
        {R(EXPIRED), CLIENT, {"leaf", "intermediate"}, {"intermediate"}, {NULL}, 48, intermediate_has_expired, SILENT, 0},
        {R(EXPIRED), CLIENT, {"leaf", "intermediate"}, {"intermediate"}, {NULL}, 45, intermediate_has_expired, LIKELY, 1},
        {R(EXPIRED), SERVER, {"host-good", "intermediate", "root"}, {NULL}, {NULL}, 48, servers_root_has_expired, SILENT, 0},
        {R(EXPIRED), SERVER, {"host-good", "intermediate", "root"}, {NULL}, {NULL}, 45, servers_root_has_expired, LIKELY, 2},
        {R(EXPIRED), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 48, NULL, SILENT, 0},

        {R(NOT_YET_VALID), CLIENT, {"future", "intermediate"}, {NULL}, {NULL}, 42, NULL, CERTAIN, 0},
        {R(NOT_YET_VALID), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 42, one_second_early, CERTAIN, 0},
        {R(NOT_YET_VALID), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 42, at_the_first_second, SILENT, 0},

        {R(NAME_CONSTRAINT), CLIENT, {"host-outside", "intermediate"}, {NULL}, {NULL}, 42, intermediate_constrains_names, CERTAIN, 0},
        {R(NAME_CONSTRAINT), CLIENT, {"host-bad", "intermediate"}, {NULL}, {NULL}, 42, intermediate_constrains_names, CERTAIN, 0},
        /* it may be a host name in CN, which not all look at */
        {R(NAME_CONSTRAINT), CLIENT, {"host-outside", "intermediate"}, {NULL}, {NULL}, 46, leaf_has_no_alternative_name, LIKELY, 0},
        {R(NAME_CONSTRAINT), CLIENT, {"host-good", "intermediate"}, {NULL}, {NULL}, 42, intermediate_constrains_names, SILENT, 0},
        {R(NAME_CONSTRAINT), CLIENT, {"host-outside", "intermediate"}, {NULL}, {NULL}, 42, NULL, SILENT, 0},

        {R(CRITICAL_EXTENSION), CLIENT, {"critical", "intermediate"}, {NULL}, {NULL}, 43, NULL, CERTAIN, 0},
        {R(CRITICAL_EXTENSION), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 43, NULL, SILENT, 0},

        {R(PURPOSE), CLIENT, {"server-only", "intermediate"}, {NULL}, {NULL}, 43, NULL, CERTAIN, 0},
        {R(PURPOSE), SERVER, {"server-only", "intermediate"}, {NULL}, {NULL}, 43, NULL, SILENT, 0},
        {R(PURPOSE), SERVER, {"leaf", "intermediate"}, {NULL}, {NULL}, 43, NULL, CERTAIN, 0},
        /* measured: OpenSSL 3.0 (43) and NSS 3.87 (46) do not take "any" */
        {R(PURPOSE), CLIENT, {"any-purpose", "intermediate"}, {NULL}, {NULL}, 43, NULL, LIKELY, 0},
        {R(PURPOSE), SERVER, {"any-purpose", "intermediate"}, {NULL}, {NULL}, 43, NULL, LIKELY, 0},
        {R(PURPOSE), CLIENT, {"any-purpose", "intermediate"}, {NULL}, {NULL}, 46, NULL, POSSIBLE, 0},
        {R(PURPOSE), CLIENT, {"any-purpose", "intermediate"}, {NULL}, {NULL}, 0, refused_inside, POSSIBLE, 0},
        {R(PURPOSE), CLIENT, {"any-purpose", "intermediate"}, {NULL}, {NULL}, 48, NULL, SILENT, 0},
        {R(PURPOSE), CLIENT, {"leaf", "intermediate", "root"}, {NULL}, {NULL}, 43, root_is_for_anything, SILENT, 0}, /* the peer has its own */
        {R(PURPOSE), CLIENT, {"any-purpose", "intermediate"}, {NULL}, {NULL}, 0, completed, SILENT, 0},
        {R(PURPOSE), CLIENT, {"no-key-usage", "intermediate"}, {NULL}, {NULL}, 43, NULL, SILENT, 0},
        {R(PURPOSE), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 43, intermediate_is_for_servers, CERTAIN, 1},

        {R(KEY_USAGE), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 43, leaf_may_only_encipher, CERTAIN, 0},
        /* RSA key exchange; others need a signature, which OpenSSL does not mind */
        {R(KEY_USAGE), SERVER, {"host-good", "intermediate"}, {NULL}, {NULL}, 43, server_may_only_encipher_for_rsa, SILENT, 0},
        {R(KEY_USAGE), SERVER, {"host-good", "intermediate"}, {NULL}, {NULL}, 80, server_may_only_encipher, LIKELY, 0},
        {R(KEY_USAGE), SERVER, {"host-good", "intermediate"}, {NULL}, {NULL}, 42, server_may_only_encipher, POSSIBLE, 0},
        {R(KEY_USAGE), SERVER, {"host-good", "intermediate"}, {NULL}, {NULL}, 46, server_may_only_encipher_to_java, LIKELY, 0},
        {R(KEY_USAGE), SERVER, {"host-good", "intermediate"}, {NULL}, {NULL}, 48, server_may_only_encipher, SILENT, 0},
        {R(KEY_USAGE), SERVER, {"host-good", "intermediate"}, {NULL}, {NULL}, 42, server_may_only_encipher_to_openssl, SILENT, 0},
        {R(KEY_USAGE), SERVER, {"host-good", "intermediate"}, {NULL}, {NULL}, 43, server_may_only_sign_lists, CERTAIN, 0},
        {R(KEY_USAGE), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 48, intermediate_may_not_sign, CERTAIN, 1},
        {R(KEY_USAGE), CLIENT, {"no-key-usage", "intermediate"}, {NULL}, {NULL}, 43, NULL, SILENT, 0},
        {R(KEY_USAGE), CLIENT, {"leaf", "intermediate", "root"}, {NULL}, {NULL}, 43, NULL, SILENT, 0},

        {R(ALGORITHM_NOT_OFFERED), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 40, asks_for_rsa_keys, CERTAIN, 0},
        {R(ALGORITHM_NOT_OFFERED), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 40, asks_for_ec_keys, SILENT, 0},
        {R(ALGORITHM_NOT_OFFERED), CLIENT, {"rsa-3072"}, {NULL}, {NULL}, 40, asks_for_ec_keys, CERTAIN, 0},
        {R(ALGORITHM_NOT_OFFERED), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 40, asks_for_rsa_signatures, CERTAIN, 0},
        {R(ALGORITHM_NOT_OFFERED), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 40, asks_for_rsa_signatures_in_tls11, SILENT, 0},
        {R(ALGORITHM_NOT_OFFERED), CLIENT, {"ed25519"}, {NULL}, {NULL}, 40, asks_for_ec_keys, CERTAIN, 0},
        {R(ALGORITHM_NOT_OFFERED), CLIENT, {"ed25519"}, {NULL}, {NULL}, 40, asks_for_ed25519, SILENT, 0}, /* RFC 8422, 5.5: ecdsa_sign */
        /* rsa_pss_rsae is for other keys */
        {R(ALGORITHM_NOT_OFFERED), CLIENT, {"rsa-pss"}, {NULL}, {NULL}, 40, asks_for_rsa_signatures, CERTAIN, 0},
        {R(ALGORITHM_NOT_OFFERED), CLIENT, {"rsa-pss"}, {NULL}, {NULL}, 40, asks_for_rsa_pss_keys, SILENT, 0},
        {R(ALGORITHM_NOT_OFFERED), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 40, asks_for_nothing_seen, SILENT, 0},

        /* measured: 47 is OpenSSL's word for a curve that it does not take, 51 NSS's */
        {R(ALGORITHM_NOT_OFFERED), CLIENT, {"brainpool"}, {NULL}, {NULL}, 47, asks_for_ec_keys, LIKELY, 0},
        {R(ALGORITHM_NOT_OFFERED), CLIENT, {"secp256k1"}, {NULL}, {NULL}, 51, asks_for_ec_keys, LIKELY, 0},
        {R(ALGORITHM_NOT_OFFERED), CLIENT, {"brainpool"}, {NULL}, {NULL}, 42, asks_for_ec_keys, POSSIBLE, 0},
        {R(ALGORITHM_NOT_OFFERED), CLIENT, {"brainpool"}, {NULL}, {NULL}, 48, asks_for_ec_keys, SILENT, 0},
        {R(ALGORITHM_NOT_OFFERED), CLIENT, {"p521"}, {NULL}, {NULL}, 47, asks_for_ec_keys, SILENT, 0},

        {R(WEAK_ALGORITHM), CLIENT, {"sha1", "intermediate"}, {NULL}, {NULL}, 42, NULL, LIKELY, 0},
        {R(WEAK_ALGORITHM), CLIENT, {"md5", "root"}, {NULL}, {NULL}, 42, NULL, LIKELY, 0},
        {R(WEAK_ALGORITHM), CLIENT, {"rsa-1024"}, {NULL}, {NULL}, 42, NULL, LIKELY, 0},
        {R(WEAK_ALGORITHM), CLIENT, {"rsa-3072"}, {NULL}, {NULL}, 42, NULL, SILENT, 0},
        /* nobody verifies a root */
        {R(WEAK_ALGORITHM), CLIENT, {"leaf", "intermediate", "root"}, {NULL}, {NULL}, 42, root_is_signed_with_sha1, SILENT, 0},

        {R(HOSTNAME_MISMATCH), SERVER, {"host-good", "intermediate"}, {NULL}, {NULL}, 42, asked_for_another_name, CERTAIN, 0},
        {R(HOSTNAME_MISMATCH), SERVER, {"host-good", "intermediate"}, {NULL}, {NULL}, 42, NULL, SILENT, 0},
        {R(HOSTNAME_MISMATCH), SERVER, {"host-good", "intermediate"}, {NULL}, {NULL}, 42, no_server_name, SILENT, 0},
        {R(HOSTNAME_MISMATCH), SERVER, {"host-good", "intermediate"}, {NULL}, {NULL}, 42, server_has_its_name_in_cn_for_go, LIKELY, 0},
        {R(HOSTNAME_MISMATCH), SERVER, {"host-good", "intermediate"}, {NULL}, {NULL}, 42, server_has_its_name_in_cn, SILENT, 0},
        {R(HOSTNAME_MISMATCH), SERVER, {"host-good", "intermediate"}, {NULL}, {NULL}, 42, client_is_go, SILENT, 0},
        {R(HOSTNAME_MISMATCH), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 42, asked_for_another_name, SILENT, 0},

        {R(NAME_ENCODING_DIFFERS), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 48, same_name_in_other_bytes, LIKELY, 1},
        {R(NAME_ENCODING_DIFFERS), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 48, same_name_byte_for_byte, SILENT, 0},
        {R(NAME_ENCODING_DIFFERS), CLIENT, {"leaf", "intermediate"}, {"other"}, {NULL}, 48, same_name_in_other_bytes, SILENT, 0},

        {R(CHAIN_MISORDERED), CLIENT, {"leaf", "root", "intermediate"}, {NULL}, {NULL}, 48, NULL, LIKELY, 0},
        {R(CHAIN_MISORDERED), CLIENT, {"leaf", "root", "intermediate"}, {NULL}, {NULL}, 0, completed, POSSIBLE, 0},
        {R(CHAIN_MISORDERED), CLIENT, {"leaf", "intermediate", "root"}, {NULL}, {NULL}, 48, NULL, SILENT, 0},
        {R(CHAIN_MISORDERED), CLIENT, {"leaf", "stranger", "intermediate"}, {NULL}, {NULL}, 48, NULL, SILENT, 0}, /* foreign instead */
        /* sent twice, and in order otherwise: every stack accepts that */
        {R(CHAIN_MISORDERED), CLIENT, {"leaf", "leaf", "intermediate"}, {NULL}, {NULL}, 48, NULL, SILENT, 0},
        {R(CHAIN_MISORDERED), SERVER, {"host-good", "host-good", "intermediate"}, {NULL}, {NULL}, 48, NULL, SILENT, 0},
        {R(CHAIN_MISORDERED), CLIENT, {"leaf", "intermediate", "intermediate", "root"}, {NULL}, {NULL}, 48, NULL, SILENT, 0},
        {R(CHAIN_MISORDERED), CLIENT, {"leaf", "leaf", "root", "intermediate"}, {NULL}, {NULL}, 48, NULL, LIKELY, 0},

        {R(FOREIGN_CERTIFICATE), CLIENT, {"leaf", "intermediate", "stranger"}, {NULL}, {NULL}, 48, NULL, POSSIBLE, 2},
        {R(FOREIGN_CERTIFICATE), CLIENT, {"leaf", "root", "intermediate"}, {NULL}, {NULL}, 48, NULL, SILENT, 0},

        /* a signature that can be checked fails */
        {R(CA_REKEYED), CLIENT, {"leaf", "rekeyed-bare", "root"}, {NULL}, {NULL}, 42, NULL, CERTAIN, 0},
        {R(CA_REKEYED), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 51, NULL, LIKELY, 1},
        {R(CA_REKEYED), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 51, client_signature_verifies, LIKELY, 1},
        {R(CA_REKEYED), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 51, client_signature_is_of_another_kind, POSSIBLE, 1},
        {R(CA_REKEYED), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 51, leaf_has_a_rare_curve, POSSIBLE, 1},
        {R(CA_REKEYED), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 46, NULL, POSSIBLE, 1},
        {R(CA_REKEYED), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 0, completed, SILENT, 0},
        {R(CA_REKEYED), CLIENT, {"leaf", "intermediate"}, {"other"}, {NULL}, 51, NULL, SILENT, 0},
        {R(CA_REKEYED), CLIENT, {"leaf", "intermediate", "root"}, {NULL}, {NULL}, 0, completed, SILENT, 0},
        {R(CA_REKEYED), SERVER, {"host-good", "rekeyed-bare"}, {NULL}, {NULL}, 48, NULL, CERTAIN, 0},
        {R(CA_REKEYED), SERVER, {"host-good", "rekeyed-bare"}, {NULL}, {NULL}, 45, NULL, LIKELY, 0},
        {R(CA_REKEYED), SERVER, {"host-good", "rekeyed-bare"}, {NULL}, {NULL}, 0, completed, SILENT, 0},
        {R(CA_REKEYED), CLIENT, {"leaf", "rekeyed-bare"}, {NULL}, {NULL}, 48, advertises_nobody, CERTAIN, 0},
        {R(CA_REKEYED), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 51, advertises_nobody_and_the_signature_verifies, LIKELY, 1},
        {R(CA_REKEYED), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 51, advertises_nobody_and_the_signature_is_unknown, SILENT, 0},
        {R(CA_REKEYED), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 48, advertises_nobody, SILENT, 0},

        {R(TRUST_DIFFERS), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 48, NULL, POSSIBLE, 1},
        {R(TRUST_DIFFERS), CLIENT, {"leaf", "intermediate"}, {"intermediate"}, {NULL}, 48, NULL, LIKELY, 1}, /* reached below the top */
        {R(TRUST_DIFFERS), CLIENT, {"leaf", "intermediate"}, {"other"}, {NULL}, 48, NULL, SILENT, 0},
        {R(TRUST_DIFFERS), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 0, completed, SILENT, 0},
        {R(TRUST_DIFFERS), SERVER, {"host-good", "intermediate"}, {NULL}, {NULL}, 48, NULL, SILENT, 0},

        {R(POLICY), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 49, NULL, LIKELY, 0},
        {R(POLICY), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 49, access_denied_then_bad_certificate, POSSIBLE, 0}, /* GnuTLS */
        {R(POLICY), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 49, server_is_gnutls, POSSIBLE, 0},
        {R(POLICY), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 0, denied_inside, LIKELY, 0},
        {R(POLICY), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 0, refused_inside, POSSIBLE, 0},
        {R(POLICY), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 0, completed, SILENT, 0},
        {R(POLICY), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 48, NULL, SILENT, 0},
        {R(POLICY), CLIENT, {"leaf", "intermediate"}, {"other"}, {NULL}, 49, NULL, SILENT, 0},
        {R(POLICY), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 49, asks_for_nothing_seen, SILENT, 0},

        {R(ISSUER_UNKNOWN), SERVER, {"host-good", "intermediate"}, {NULL}, {NULL}, 48, NULL, LIKELY, 1},
        {R(ISSUER_UNKNOWN), SERVER, {"host-good", "intermediate"}, {NULL}, {NULL}, 42, hello_is_lost, POSSIBLE, 1},
        {R(ISSUER_UNKNOWN), SERVER, {"host-good", "intermediate"}, {NULL}, {NULL}, 48, hello_is_lost, LIKELY, 1},
        {R(ISSUER_UNKNOWN), SERVER, {"host-good", "intermediate"}, {NULL}, {NULL}, 80, NULL, POSSIBLE, 1}, /* speaks of something else */
        {R(ISSUER_UNKNOWN), SERVER, {"host-good", "intermediate"}, {NULL}, {NULL}, 0, completed, SILENT, 0},
        {R(ISSUER_UNKNOWN), CLIENT, {"leaf", "intermediate"}, {NULL}, {NULL}, 48, NULL, SILENT, 0}, /* there is a list */
#undef R
};

/* That side is refused, or whatever the row makes of it. */
static void play(const struct row *row) {
    scene_list(&scene, row->list[0] != NULL ? row->list : (const char *const[]){"root", NULL});
    for (int i = 0; row->known[i] != NULL; i++) {
        add(scene.store, row->known[i]);
    }
    if (row->of == SERVER) {
        scene_unanswered(&scene);
    }
    scene_chain(&scene, row->of, row->chain);
    if (row->alert != 0) {
        scene_alert(&scene, side_opposite(row->of), row->alert);
    }
    scene_close(&scene, side_opposite(row->of), TLSWATCH_CLOSED_FIN);
    if (row->change != NULL) {
        row->change();
    }
}

START_TEST(each_rule_fires_on_its_facts_and_not_on_their_neighbours) {
    const struct row *row = &rows[_i];
    const char *name = tlswatch_cause_name(row->cause);
    struct candidate c;
    play(row);
    bool fires = scene_certificate_rule(&scene, row->cause, row->of, &c);
    ck_assert_msg(fires == (row->confidence != SILENT), "row %d (%s): fires %d", _i, name, fires);
    if (fires) {
        ck_assert_msg(c.confidence == row->confidence, "row %d (%s): confidence %d", _i, name, (int)c.confidence);
        ck_assert_msg(c.index == row->index, "row %d (%s): index %d", _i, name, c.index);
        ck_assert_ptr_nonnull(c.clause);
        ck_assert_ptr_nonnull(c.object);
        ck_assert_uint_ne(c.mark.frame, 0);
    }
}
END_TEST

/* By itself, not by another rule of the same cause. */
START_TEST(every_rule_has_a_row_that_fires_it_and_one_that_does_not) {
    const struct certificate_rule *rule = &certificate_rules[_i];
    bool fires = false, keeps_silent = false;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].cause != rule->cause) {
            continue;
        }
        struct candidate c = {.cause = rule->cause, .index = -1};
        teardown();
        setup();
        play(&rows[i]);
        struct judge j = scene_judge(&scene);
        bool fired = rule->fires(&j, facts_party(f, rows[i].of), &c);
        fires |= fired && rows[i].confidence != SILENT;
        keeps_silent |= !fired && rows[i].confidence == SILENT;
    }
    ck_assert_msg(fires && keeps_silent, "rule %d (%s): a row fires %d, a row does not %d", _i, tlswatch_cause_name(rule->cause), fires,
                  keeps_silent);
}
END_TEST

START_TEST(no_rule_fires_on_a_chain_that_is_not_in_the_capture) {
    enum tlswatch_side side = _i == 0 ? CLIENT : SERVER;
    scene_chains(&scene);
    for (unsigned code = 0; code < 256; code++) {
        struct candidate c;
        f->alert = NULL;
        f->num_alerts = 0;
        scene_lose_chain(&scene, side);
        scene_alert(&scene, side_opposite(side), (uint8_t)code);
        for (size_t r = 0; r < num_certificate_rules; r++) {
            ck_assert_msg(!scene_certificate_rule(&scene, certificate_rules[r].cause, side, &c), "alert %u: %s", code,
                          tlswatch_cause_name(certificate_rules[r].cause));
        }
    }
}
END_TEST

START_TEST(an_issuer_is_unknown_where_the_server_advertises_no_names) {
    struct candidate c;
    scene_list(&scene, (const char *const[]){NULL});
    scene_chains(&scene);
    scene_alert(&scene, SERVER, 48);
    ck_assert(scene_certificate_rule(&scene, TLSWATCH_CAUSE_ISSUER_UNKNOWN, CLIENT, &c));
    ck_assert_int_eq(c.confidence, LIKELY);
    ck_assert(scene_certificate_rule(&scene, TLSWATCH_CAUSE_ISSUER_NOT_ADVERTISED, CLIENT, &c)); /* nor was it */
    ck_assert_int_eq(c.confidence, POSSIBLE);
    ck_assert(!scene_certificate_rule(&scene, TLSWATCH_CAUSE_TRUST_DIFFERS, CLIENT, &c));
    completed();
    ck_assert(!scene_certificate_rule(&scene, TLSWATCH_CAUSE_ISSUER_NOT_ADVERTISED, CLIENT, &c));
    scene_lose_request(&scene);
    scene_alert(&scene, SERVER, 48);
    ck_assert(!scene_certificate_rule(&scene, TLSWATCH_CAUSE_ISSUER_NOT_ADVERTISED, CLIENT, &c));
}
END_TEST

START_TEST(what_the_server_did_wrong_is_the_servers_fault) {
    struct candidate c;
    scene_chains(&scene);
    scene_alert(&scene, SERVER, 48);
    ck_assert(scene_certificate_rule(&scene, TLSWATCH_CAUSE_TRUST_DIFFERS, CLIENT, &c));
    ck_assert_int_eq(c.at_fault, SERVER);
    scene_list(&scene, (const char *const[]){"leaf", NULL});
    scene_chain(&scene, CLIENT, (const char *const[]){"leaf", NULL});
    ck_assert(scene_certificate_rule(&scene, TLSWATCH_CAUSE_ADVERTISED_NOT_A_CA, CLIENT, &c));
    ck_assert_int_eq(c.at_fault, SERVER);
    ck_assert_int_eq(c.certificate_of, TLSWATCH_NOBODY);
}
END_TEST

/* Measured: OpenSSL and Go mind, GnuTLS 3.7, Java 17 and NSS 3.87 do not. */
START_TEST(a_ca_for_another_purpose_is_tolerated_and_a_leaf_is_not) {
    struct candidate c;
    scene_chains(&scene);
    intermediate_is_for_servers();
    completed();
    ck_assert(scene_certificate_rule(&scene, TLSWATCH_CAUSE_PURPOSE, CLIENT, &c) && c.tolerated);
    scene_own(&scene, &f->client, 0)->eku_client_auth = false;
    ck_assert(scene_certificate_rule(&scene, TLSWATCH_CAUSE_PURPOSE, CLIENT, &c) && !c.tolerated && c.index == 0);
}
END_TEST

START_TEST(a_long_extended_key_usage_is_not_said_in_full) {
    static const char *purposes[200];
    struct candidate c;
    for (size_t i = 0; i < 199; i++) {
        purposes[i] = "1.2.3.4.5.6.7.8.9";
    }
    scene_chains(&scene);
    struct certificate *leaf = scene_own(&scene, &f->client, 0);
    leaf->facts.extended_key_usage = purposes;
    leaf->eku_client_auth = false;
    scene_alert(&scene, SERVER, 43);
    ck_assert(scene_certificate_rule(&scene, TLSWATCH_CAUSE_PURPOSE, CLIENT, &c));
    ck_assert_uint_lt(strlen(c.clause), 300);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("certificate rules");
    TCase *tests = tcase_create("certificate rules");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, each_rule_fires_on_its_facts_and_not_on_their_neighbours, 0, sizeof rows / sizeof *rows);
    tcase_add_loop_test(tests, every_rule_has_a_row_that_fires_it_and_one_that_does_not, 0, (int)num_certificate_rules);
    tcase_add_loop_test(tests, no_rule_fires_on_a_chain_that_is_not_in_the_capture, 0, 2);
    tcase_add_test(tests, an_issuer_is_unknown_where_the_server_advertises_no_names);
    tcase_add_test(tests, what_the_server_did_wrong_is_the_servers_fault);
    tcase_add_test(tests, a_ca_for_another_purpose_is_tolerated_and_a_leaf_is_not);
    tcase_add_test(tests, a_long_extended_key_usage_is_not_said_in_full);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
