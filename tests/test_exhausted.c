/* One allocation after the other is refused while libcrypto reads and computes: what can't be done is not done, and never
 * done otherwise. */
#include "x509/trust.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "certificates.h"
#include "tap.h"

#define NOW 1790000000 /* 2026-09-21 */
#define STEP 5         /* where there are thousands */
#define ALLOCATIONS_AT_THE_START 100
#define ALLOCATIONS_AT_THE_END 8
#define PATIENCE_S 20

static long left = -1; /* of the allocations before the one that is refused; -1: none is */
static struct certificate_store *store;

/* libcrypto itself loses what it allocated before the call that is refused. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libcrypto\n";
}

const char *__lsan_default_options(void);
const char *__lsan_default_options(void) {
    return "print_suppressions=0";
}

static bool is_refused(void) {
    return left >= 0 && left-- == 0;
}

static void *refusing_malloc(size_t len, const char *file, int line) {
    (void)file;
    (void)line;
    return is_refused() ? NULL : malloc(len);
}

static void *refusing_realloc(void *p, size_t len, const char *file, int line) {
    (void)file;
    (void)line;
    return is_refused() ? NULL : realloc(p, len);
}

static void plain_free(void *p, const char *file, int line) {
    (void)file;
    (void)line;
    free(p);
}

/* Whether there were as many allocations; from now on all are allowed. */
static bool was_refused(void) {
    bool was = left < 0;
    left = -1;
    return was;
}

static void setup(void) {
    store = new_store();
}

static void teardown(void) {
    certificate_store_free(store);
}

static const struct {
    const char *certificate, *signature;
    uint16_t scheme;
} signatures[] = {
        {"rsa-3072", "0401-rsa-3072.sig", 0x0401}, {"rsa-3072", "0804-rsa-3072.sig", 0x0804}, {"rsa-pss", "0809-rsa-pss.sig", 0x0809},
        {"leaf", "0403-leaf.sig", 0x0403},         {"ed25519", "0807-ed25519.sig", 0x0807},
};

START_TEST(a_signature_that_verifies_is_never_one_that_failed) {
    struct buffer message = read_fixture("message.bin"), signature = read_fixture(signatures[_i].signature);
    const struct certificate *c = add(store, signatures[_i].certificate);
    const struct bytes piece = buffer_bytes(&message);
    const long least = OPENSSL_version_major() == 3 && OPENSSL_version_minor() < 2 ? 10 : 5; /* OpenSSL 3.5 takes 7 for Ed25519 */
    bool refused = true;
    for (long k = 0; refused; k++) {
        left = k;
        enum link link = certificate_verify_signature(c, signatures[_i].scheme, &piece, 1, buffer_bytes(&signature));
        refused = was_refused();
        ck_assert_msg(link != LINK_FAILED, "allocation %ld", k);
        ck_assert(refused || (link == LINK_VERIFIED && k > least));
    }
    buffer_clear(&message);
    buffer_clear(&signature);
}
END_TEST

/* Its key is decoded anew each time. */
START_TEST(a_signature_that_fails_is_never_left_unchecked) {
    struct buffer message = read_fixture("message.bin"), signature = read_fixture(signatures[_i].signature);
    const struct bytes other = bytes_of(message.p, message.len - 1);
    bool refused = true;
    for (long k = 0; refused; k += STEP) {
        certificate_store_free(store);
        store = new_store();
        const struct certificate *c = add(store, signatures[_i].certificate);
        left = k;
        enum link link = certificate_verify_signature(c, signatures[_i].scheme, &other, 1, buffer_bytes(&signature));
        refused = was_refused();
        ck_assert_msg(link == LINK_FAILED, "allocation %ld", k);
    }
    buffer_clear(&message);
    buffer_clear(&signature);
}
END_TEST

START_TEST(an_issuer_is_never_taken_for_another) {
    const struct certificate *issuer = add(store, "intermediate"), *leaf;
    bool refused = true;
    for (long k = 0; refused; k += STEP) {
        certificate_store_free(store);
        store = new_store();
        issuer = add(store, "intermediate");
        struct buffer der = read_fixture("leaf.der");
        left = k;
        leaf = certificate_store_add(store, buffer_bytes(&der));
        enum link link = leaf != NULL ? certificate_issued_by(store, leaf, issuer) : LINK_UNCHECKED;
        refused = was_refused();
        ck_assert_msg(leaf == NULL || certificate_issuer_match(leaf, issuer) == NAME_IDENTICAL, "allocation %ld", k);
        ck_assert_msg(link != LINK_FAILED, "allocation %ld", k);
        ck_assert(refused || link == LINK_VERIFIED);
        buffer_clear(&der);
    }
}
END_TEST

START_TEST(what_is_self_signed_is_never_taken_for_something_else) {
    bool refused = true;
    for (long k = 0; refused; k += STEP) {
        certificate_store_free(store);
        store = new_store();
        struct buffer der = read_fixture("root.der");
        left = k;
        const struct certificate *c = certificate_store_add(store, buffer_bytes(&der));
        refused = was_refused();
        ck_assert_msg(c == NULL || c->facts.self_signed, "allocation %ld", k);
        ck_assert(refused || c != NULL);
        buffer_clear(&der);
    }
}
END_TEST

START_TEST(a_certificate_that_found_no_memory_is_read_when_it_comes_again) {
    struct buffer der = read_fixture("leaf.der");
    bool refused = true;
    for (long k = 0; refused; k += STEP) {
        certificate_store_free(store);
        store = new_store();
        left = k;
        certificate_store_add(store, buffer_bytes(&der));
        refused = was_refused();
        const struct certificate *c = certificate_store_add(store, buffer_bytes(&der));
        ck_assert_msg(c != NULL && c->facts.malformed == NULL, "allocation %ld", k);
        ck_assert_int_eq(certificate_matches_host(c, "gw.partner.example"), HOST_MATCHES);
    }
    buffer_clear(&der);
}
END_TEST

static const struct {
    const char *leaf;
    enum trust_failure failure;
} chains[] = {{"leaf", TRUST_VERIFIES}, {"expired", TRUST_EXPIRED}};

/* By the intermediate, which the root issued: `openssl verify -CAfile root -untrusted intermediate` (test_trust.c). */
START_TEST(a_verdict_of_trust_is_the_right_one) {
    struct buffer root = read_fixture("root.der");
    const struct certificate *chain[] = {add(store, chains[_i].leaf), add(store, "intermediate")};
    bool refused = true;
    for (long k = 0; refused; k += STEP) {
        struct bundle read;
        struct trust_verdict verdict = {0};
        struct trust *trust = trust_new(store, buffer_bytes(&root), "root.der", &read); /* one that has judged nothing yet */
        left = k;
        bool judged = trust_verify(trust, chain, 2, NULL, 0, TLSWATCH_CLIENT, NOW, &verdict);
        refused = was_refused();
        ck_assert_msg(judged && verdict.failure == chains[_i].failure, "allocation %ld", k);
        trust_free(trust);
    }
    buffer_clear(&root);
}
END_TEST

START_TEST(names_are_not_passed_over) {
    const struct certificate *ca = add(store, "constraining"), *bad = add(store, "host-bad"), *good = add(store, "host-good");
    const struct certificate *leaf = add(store, "leaf");
    bool refused = true;
    for (long k = 0; refused; k += STEP) {
        left = k;
        enum host_match match = certificate_matches_host(leaf, "gw.partner.example");
        bool good_is_permitted = certificate_names_permitted(ca, good), bad_is_permitted = certificate_names_permitted(ca, bad);
        refused = was_refused();
        ck_assert_msg(match == HOST_MATCHES, "allocation %ld", k);
        ck_assert_msg(good_is_permitted, "permitted, allocation %ld", k);
        ck_assert_msg(!bad_is_permitted, "excluded, allocation %ld", k);
    }
}
END_TEST

enum { NO_STORE, WHOLE, ALL_ALLOWED, BLIND, UNABLE };

/* As tlswatch does, which has memory for it (cli/libcrypto.c). */
static void start_libcrypto(void) {
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL);
    ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
    ERR_clear_error();
}

/* In a process of its own, where libcrypto has not yet been used. */
static void make_store(long k) {
    signal(SIGALRM, SIG_DFL);
    alarm(PATIENCE_S);
    start_libcrypto();
    left = k;
    store = new_store();
    bool refused = was_refused();
    if (store == NULL) {
        exit(NO_STORE);
    }
    ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
    if (ERR_peek_error() == 0) {
        exit(BLIND);
    }
    bool verifies = certificate_issued_by(store, add(store, "leaf"), add(store, "intermediate")) == LINK_VERIFIED;
    exit(!verifies ? UNABLE : refused ? WHOLE : ALL_ALLOWED);
}

START_TEST(a_store_that_is_there_notes_errors_and_reads_keys) {
    int status = 0;
    for (long k = 0; WEXITSTATUS(status) != ALL_ALLOWED; k += k < ALLOCATIONS_AT_THE_START ? 1 : STEP) {
        pid_t child = fork();
        if (child == 0) {
            make_store(k);
        }
        ck_assert(child > 0 && waitpid(child, &status, 0) == child);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) <= ALL_ALLOWED, "allocation %ld: status %d", k, status);
    }
}
END_TEST

/* libcrypto makes room for errors when the first one comes: once in a process, and maybe while it holds what it waits for then. */
START_TEST(whatever_is_refused_at_the_end_it_comes_to_an_end) {
    for (long k = 0; k < ALLOCATIONS_AT_THE_END; k++) {
        pid_t child = fork();
        if (child == 0) {
            signal(SIGALRM, SIG_DFL);
            alarm(PATIENCE_S);
            start_libcrypto();
            store = new_store();
            left = k;
            certificate_store_free(store);
            exit(EXIT_SUCCESS);
        }
        int status;
        ck_assert(child > 0 && waitpid(child, &status, 0) == child);
        ck_assert_msg(WIFEXITED(status), "allocation %ld: signal %d", k, WTERMSIG(status));
    }
}
END_TEST

int main(void) {
    if (CRYPTO_set_mem_functions(refusing_malloc, refusing_realloc, plain_free) != 1) {
        return EXIT_FAILURE;
    }
    Suite *suite = suite_create("exhausted");
    TCase *cases = tcase_create("exhausted"), *end = tcase_create("end");
    tcase_set_timeout(cases, 240);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, a_signature_that_verifies_is_never_one_that_failed, 0, (int)(sizeof signatures / sizeof *signatures));
    tcase_add_loop_test(cases, a_signature_that_fails_is_never_left_unchecked, 0, (int)(sizeof signatures / sizeof *signatures));
    tcase_add_test(cases, an_issuer_is_never_taken_for_another);
    tcase_add_test(cases, what_is_self_signed_is_never_taken_for_something_else);
    tcase_add_test(cases, a_certificate_that_found_no_memory_is_read_when_it_comes_again);
    tcase_add_loop_test(cases, a_verdict_of_trust_is_the_right_one, 0, (int)(sizeof chains / sizeof *chains));
    tcase_add_test(cases, names_are_not_passed_over);
    tcase_set_timeout(end, 240);
    tcase_add_test(end, a_store_that_is_there_notes_errors_and_reads_keys);
    tcase_add_test(end, whatever_is_refused_at_the_end_it_comes_to_an_end);
    suite_add_tcase(suite, cases);
    suite_add_tcase(suite, end);
    return tap_run(suite);
}
