/* Would a chain verify with what its peer trusts? Expected: `openssl verify -CAfile TRUST -untrusted CHAIN -attime TIME
 * -purpose PURPOSE`, whose numbers stand beside. Files of certificates are read here too. */
#include <openssl/evp.h>

#include "certificates.h"
#include "tap.h"
#include "x509/trust.h"

#define MAX 6
#define CLIENT TLSWATCH_CLIENT
#define SERVER TLSWATCH_SERVER
#define NOW 1790000000 /* 2026-09-21 */

static struct certificate_store *store;

static void setup(void) {
    store = new_store();
}

static void teardown(void) {
    certificate_store_free(store);
}

static void append_der(struct buffer *out, const char *name) {
    char file[128];
    snprintf(file, sizeof file, "%s.der", name);
    struct buffer der = read_fixture(file);
    ck_assert_uint_gt(der.len, 0);
    buffer_append(out, buffer_bytes(&der), 1 << 20);
    buffer_clear(&der);
}

static void append_text(struct buffer *out, const char *text) {
    buffer_append(out, bytes_of(text, strlen(text)), 1 << 20);
}

static void append_pem(struct buffer *out, const char *name, const char *label, const char *behind) {
    struct buffer der = {0};
    unsigned char base64[8192];
    char line[128];
    append_der(&der, name);
    append_text(&der, behind);
    int len = EVP_EncodeBlock(base64, der.p, (int)der.len);
    snprintf(line, sizeof line, "-----BEGIN %s-----\n", label);
    append_text(out, line);
    for (int i = 0; i < len; i += 64) {
        buffer_append(out, bytes_of(base64 + i, (size_t)(len - i < 64 ? len - i : 64)), 1 << 20);
        append_text(out, "\n");
    }
    snprintf(line, sizeof line, "-----END %s-----\n", label);
    append_text(out, line);
    buffer_clear(&der);
}

static struct trust *trust_of(const char *const *names) {
    struct buffer file = {0};
    struct bundle read;
    for (; *names != NULL; names++) {
        append_der(&file, *names);
    }
    struct trust *trust = trust_new(store, buffer_bytes(&file), "trust.pem", &read);
    ck_assert_ptr_nonnull(trust);
    ck_assert_ptr_null(read.why);
    buffer_clear(&file);
    return trust;
}

static struct trust_verdict verdict_of(struct trust *trust, const char *const *chain, const char *const *known, enum tlswatch_side holder,
                                       int64_t time) {
    const struct certificate *sent[MAX], *besides[MAX];
    size_t num_sent = 0, num_besides = 0;
    struct trust_verdict verdict = {0};
    for (; chain[num_sent] != NULL; num_sent++) {
        sent[num_sent] = add(store, chain[num_sent]);
    }
    for (; known != NULL && known[num_besides] != NULL; num_besides++) {
        besides[num_besides] = add(store, known[num_besides]);
    }
    ck_assert(trust_verify(trust, sent, num_sent, besides, num_besides, holder, time, &verdict));
    ck_assert_ptr_eq(verdict.with, trust);
    return verdict;
}

static const struct {
    const char *chain[MAX], *trust[MAX], *known[MAX];
    enum tlswatch_side holder;
    int64_t time;
    enum trust_failure failure;
    const char *error; /* NULL: OK */
    int depth;
    bool beyond;
} rows[] = {
        {{"leaf", "intermediate"}, {"root"}, {NULL}, CLIENT, NOW, TRUST_VERIFIES, NULL, 0, false},
        {{"leaf", "intermediate"}, {"root-2", "root"}, {NULL}, CLIENT, NOW, TRUST_VERIFIES, NULL, 0, false},
        {{"leaf"}, {"root", "intermediate"}, {NULL}, CLIENT, NOW, TRUST_VERIFIES, NULL, 0, false},
        {{"leaf", "cross"}, {"other"}, {NULL}, CLIENT, NOW, TRUST_VERIFIES, NULL, 0, false},
        {{"leaf"}, {"root"}, {"intermediate"}, CLIENT, NOW, TRUST_VERIFIES, NULL, 0, false},
        {{"p384"}, {"p384"}, {NULL}, CLIENT, NOW, TRUST_VERIFIES, NULL, 0, false},
        {{"server-only", "intermediate"}, {"root"}, {NULL}, SERVER, NOW, TRUST_VERIFIES, NULL, 0, false},
        /* error 20, 2 (the file holds the intermediate, not its root), 18, 19 */
        {{"leaf"}, {"root"}, {NULL}, CLIENT, NOW, TRUST_NO_ISSUER, "unable to get local issuer certificate", 0, false},
        {{"leaf"}, {"leaf"}, {NULL}, CLIENT, NOW, TRUST_NO_ISSUER, "unable to get local issuer certificate", 0, false},
        {{"leaf", "intermediate"}, {"other"}, {NULL}, CLIENT, NOW, TRUST_NO_ISSUER, "unable to get local issuer certificate", 1, false},
        {{"leaf", "intermediate"}, {"root-2"}, {NULL}, CLIENT, NOW, TRUST_NO_ISSUER, "unable to get local issuer certificate", 1, false},
        {{"leaf", "rekeyed"}, {"root"}, {NULL}, CLIENT, NOW, TRUST_NO_ISSUER, "unable to get local issuer certificate", 0, false},
        {{"leaf"}, {"intermediate"}, {NULL}, CLIENT, NOW, TRUST_NO_ISSUER, "unable to get issuer certificate", 1, true},
        {{"p384"}, {"root"}, {NULL}, CLIENT, NOW, TRUST_NO_ISSUER, "self-signed certificate", 0, false},
        {{"leaf", "intermediate", "root"},
         {"other"},
         {NULL},
         CLIENT,
         NOW,
         TRUST_NO_ISSUER,
         "self-signed certificate in certificate chain",
         2,
         false},
        /* error 7 */
        {{"leaf", "rekeyed-bare"}, {"root"}, {NULL}, CLIENT, NOW, TRUST_SIGNATURE, "certificate signature failure", 0, false},
        {{"leaf"}, {"rekeyed-bare", "root"}, {NULL}, CLIENT, NOW, TRUST_SIGNATURE, "certificate signature failure", 0, false},
        /* error 10, 9 */
        {{"expired", "intermediate"}, {"root"}, {NULL}, CLIENT, NOW, TRUST_EXPIRED, "certificate has expired", 0, false},
        {{"leaf", "intermediate"}, {"root"}, {NULL}, CLIENT, 2400000000, TRUST_EXPIRED, "certificate has expired", 2, true},
        {{"future", "intermediate"}, {"root"}, {NULL}, CLIENT, NOW, TRUST_NOT_YET_VALID, "certificate is not yet valid", 0, false},
        {{"leaf", "intermediate"}, {"root"}, {NULL}, CLIENT, 1700000000, TRUST_NOT_YET_VALID, "certificate is not yet valid", 2, true},
        /* error 26, 34 */
        {{"server-only", "intermediate"}, {"root"}, {NULL}, CLIENT, NOW, TRUST_OTHER, "unsuitable certificate purpose", 0, false},
        {{"leaf", "intermediate"}, {"root"}, {NULL}, SERVER, NOW, TRUST_OTHER, "unsuitable certificate purpose", 0, false},
        {{"critical", "intermediate"}, {"root"}, {NULL}, CLIENT, NOW, TRUST_OTHER, "unhandled critical extension", 0, false},
};

/* 32 bits end in 2038, for libcrypto too. */
static bool can_be_told(int64_t time) {
    return (time_t)time == time;
}

START_TEST(a_chain_verifies_as_openssl_verify_says) {
    struct trust *trust = trust_of(rows[_i].trust);
    /* The second time it is remembered. */
    for (int i = 0; i < 2 && can_be_told(rows[_i].time); i++) {
        struct trust_verdict v = verdict_of(trust, rows[_i].chain, rows[_i].known, rows[_i].holder, rows[_i].time);
        ck_assert_msg(v.failure == rows[_i].failure, "row %d: failure %d, %s", _i, (int)v.failure, v.error != NULL ? v.error : "none");
        ck_assert_pstr_eq(v.error, rows[_i].error);
        ck_assert_int_eq(v.depth, rows[_i].depth);
        ck_assert_msg(v.beyond_chain == rows[_i].beyond, "row %d", _i);
    }
    trust_free(trust);
}
END_TEST

START_TEST(what_is_remembered_ends_with_the_validity_of_any_certificate) {
    struct trust *trust = trust_of((const char *const[]){"root", NULL});
    const char *const chain[] = {"expired", "intermediate", NULL}; /* the leaf ends in 2021, its CAs begin in 2026 */
    const int64_t begins = add(store, "intermediate")->facts.not_before, ends = add(store, "intermediate")->facts.not_after;
    static const struct {
        int64_t after;
        enum trust_failure failure;
    } steps[] = {{0, TRUST_EXPIRED}, {-1, TRUST_NOT_YET_VALID}, {0, TRUST_EXPIRED}};
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(verdict_of(trust, chain, NULL, CLIENT, begins + steps[i].after).failure, steps[i].failure);
    }
    const char *const good[] = {"leaf", "intermediate", NULL};
    if (can_be_told(ends)) {
        ck_assert_int_eq(verdict_of(trust, good, NULL, CLIENT, ends - 1).failure, TRUST_VERIFIES);
        ck_assert_int_eq(verdict_of(trust, good, NULL, CLIENT, ends + 1).failure, TRUST_EXPIRED);
    }
    ck_assert_int_eq(verdict_of(trust, good, NULL, CLIENT, begins).failure, TRUST_VERIFIES);
    ck_assert_int_eq(verdict_of(trust, good, NULL, CLIENT, begins - 1).failure, TRUST_NOT_YET_VALID);
    ck_assert_int_eq(verdict_of(trust, good, NULL, SERVER, begins).failure, TRUST_OTHER);
    trust_free(trust);
}
END_TEST

START_TEST(a_chain_without_a_leaf_is_not_judged) {
    struct trust *trust = trust_of((const char *const[]){"root", NULL});
    const struct certificate *malformed = certificate_store_add(store, bytes_of("!", 1));
    struct trust_verdict verdict = {0};
    ck_assert(!trust_verify(trust, &malformed, 1, NULL, 0, CLIENT, NOW, &verdict));
    ck_assert(!trust_verify(trust, &malformed, 0, NULL, 0, CLIENT, NOW, &verdict));
    ck_assert(can_be_told(INT64_MAX) ||
              !trust_verify(trust, (const struct certificate *[]){add(store, "leaf")}, 1, NULL, 0, CLIENT, INT64_MAX, &verdict));
    ck_assert_ptr_null(verdict.with);
    /* a malformed one further up stands in nobody's way */
    const struct certificate *chain[] = {add(store, "leaf"), malformed, add(store, "intermediate")};
    ck_assert(trust_verify(trust, chain, 3, NULL, 0, CLIENT, NOW, &verdict));
    ck_assert_int_eq(verdict.failure, TRUST_VERIFIES);
    trust_free(trust);
}
END_TEST

static struct bundle read_bundle(const struct buffer *file) {
    struct bundle out;
    bundle_read(store, buffer_bytes(file), "a\tb.pem", NULL, NULL, &out);
    ck_assert_str_eq(out.name, "a\\09b.pem");
    return out;
}

START_TEST(pem_is_read_with_all_that_stands_between) {
    struct buffer file = {0};
    append_text(&file, "subject=CN=x\n\n");
    append_pem(&file, "root", "CERTIFICATE", "");
    append_pem(&file, "leaf", "PRIVATE KEY", "");
    append_text(&file, "# the next is OpenSSL's, with trust settings behind it\n");
    append_pem(&file, "intermediate", "TRUSTED CERTIFICATE", "0\014");
    append_pem(&file, "other", "X509 CERTIFICATE", "");
    struct bundle read = read_bundle(&file);
    ck_assert_uint_eq(read.num_certificates, 3);
    ck_assert_uint_eq(read.num_refused, 0);
    ck_assert_ptr_null(read.why);
    ck_assert_str_eq(add(store, "intermediate")->seen.given, "a\\09b.pem");
    ck_assert_ptr_null(add(store, "leaf")->seen.given);
    buffer_clear(&file);
}
END_TEST

START_TEST(what_does_not_parse_is_counted_and_the_rest_is_read) {
    struct buffer file = {0};
    append_text(&file, "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n");
    append_text(&file, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    append_pem(&file, "root", "CERTIFICATE", "");
    append_text(&file, "-----BEGIN CERTIFICATE-----\nMIIB");
    struct bundle read = read_bundle(&file);
    ck_assert_uint_eq(read.num_certificates, 1);
    ck_assert_uint_ge(read.num_refused, 2);
    ck_assert_str_eq(read.why, "a block of PEM that does not decode");
    buffer_clear(&file);
}
END_TEST

START_TEST(der_may_hold_several_certificates) {
    struct buffer file = {0};
    append_der(&file, "root");
    append_der(&file, "intermediate");
    ck_assert_uint_eq(read_bundle(&file).num_certificates, 2);
    append_text(&file, "junk");
    struct bundle read = read_bundle(&file);
    ck_assert_uint_eq(read.num_certificates, 2);
    ck_assert_str_eq(read.why, "neither PEM nor DER");
    buffer_clear(&file);
    ck_assert_uint_eq(read_bundle(&file).num_certificates, 0);
}
END_TEST

START_TEST(no_prefix_of_a_file_is_read_past_its_end) {
    struct buffer der = {0}, pem = {0};
    append_der(&der, "root");
    append_pem(&pem, "root", "CERTIFICATE", "");
    const struct buffer *const files[] = {&der, &pem};
    for (size_t f = 0; f < 2; f++) {
        for (size_t len = 0; len + 2 < files[f]->len; len++) {
            uint8_t *copy = malloc(len > 0 ? len : 1);
            struct bundle read;
            memcpy(copy, files[f]->p, len);
            bundle_read(store, bytes_of(copy, len), "x", NULL, NULL, &read);
            ck_assert_msg(read.num_certificates == 0, "%zu bytes", len);
            free(copy);
        }
    }
    buffer_clear(&der);
    buffer_clear(&pem);
}
END_TEST

static const struct {
    const char *server_name, *address;
    uint16_t port;
    enum tlswatch_side side;
    int expected; /* which file; -1: none */
} searches[] = {
        {NULL, "10.0.0.1", 443, CLIENT, 0},           {"api.example", "10.0.0.1", 443, CLIENT, 2},
        {"API.Example", "10.0.0.1", 443, CLIENT, 2},  {"api.example", "10.0.0.1", 8443, CLIENT, 3},
        {NULL, "2001:db8::1", 443, CLIENT, 4},        {NULL, "10.0.0.1", 9443, CLIENT, 1},
        {"api.example", "10.0.0.1", 9443, CLIENT, 2}, {"api.example", "10.0.0.1", 443, SERVER, -1},
};

START_TEST(the_scope_that_names_most_counts) {
    static const struct tlswatch_trust_scope scopes[] = {
            {CLIENT, NULL, 0}, {CLIENT, NULL, 9443}, {CLIENT, "api.example", 0}, {CLIENT, "api.example", 8443}, {CLIENT, "2001:DB8::1", 0},
    };
    struct trust_set set = {0};
    struct buffer root = {0};
    append_der(&root, "root");
    for (size_t i = 0; i < 5; i++) {
        char name[8];
        struct bundle read;
        snprintf(name, sizeof name, "%zu", i);
        ck_assert(trust_set_add(&set, store, &scopes[i], buffer_bytes(&root), name, &read));
    }
    const struct trust *found = trust_set_find(&set, searches[_i].side, searches[_i].server_name, searches[_i].address, searches[_i].port);
    ck_assert_int_eq(found != NULL ? atoi(trust_name(found)) : -1, searches[_i].expected);
    trust_set_clear(&set);
    buffer_clear(&root);
}
END_TEST

START_TEST(of_two_files_for_the_same_the_later_counts) {
    const struct tlswatch_trust_scope all = {CLIENT, NULL, 0};
    struct trust_set set = {0};
    struct buffer root = {0};
    struct bundle read;
    append_der(&root, "root");
    ck_assert(trust_set_add(&set, store, &all, buffer_bytes(&root), "first", &read));
    ck_assert(trust_set_add(&set, store, &all, buffer_bytes(&root), "second", &read));
    ck_assert(!trust_set_add(&set, store, &all, bytes_of("nothing", 7), "third", &read));
    ck_assert_str_eq(read.why, "neither PEM nor DER");
    ck_assert_str_eq(trust_name(trust_set_find(&set, CLIENT, NULL, "10.0.0.1", 443)), "second");
    ck_assert(trust_holds(set.first->trust, add(store, "root")) && !trust_holds(set.first->trust, add(store, "leaf")));
    trust_set_clear(&set);
    buffer_clear(&root);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("trust");
    TCase *tcase = tcase_create("trust");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, a_chain_verifies_as_openssl_verify_says, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tcase, what_is_remembered_ends_with_the_validity_of_any_certificate);
    tcase_add_test(tcase, a_chain_without_a_leaf_is_not_judged);
    tcase_add_test(tcase, pem_is_read_with_all_that_stands_between);
    tcase_add_test(tcase, what_does_not_parse_is_counted_and_the_rest_is_read);
    tcase_add_test(tcase, der_may_hold_several_certificates);
    tcase_add_test(tcase, no_prefix_of_a_file_is_read_past_its_end);
    tcase_add_loop_test(tcase, the_scope_that_names_most_counts, 0, sizeof searches / sizeof searches[0]);
    tcase_add_test(tcase, of_two_files_for_the_same_the_later_counts);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
