/* A store of certificates for many runs, made anew now and then: making one costs more than most inputs. */
#ifndef TLSWATCH_TESTS_FUZZ_STORE_H
#define TLSWATCH_TESTS_FUZZ_STORE_H

#include "fuzz.h"
#include "x509/budget.h"
#include "x509/certificate.h"

#include <openssl/crypto.h>

void *__real_realloc(void *p, size_t len);

static void *libcrypto_malloc(size_t len, const char *file, int line) {
    (void)file, (void)line;
    return fuzz_refuses_libcrypto() ? NULL : __real_malloc(len);
}

static void *libcrypto_realloc(void *p, size_t len, const char *file, int line) {
    (void)file, (void)line;
    return fuzz_refuses_libcrypto() ? NULL : __real_realloc(p, len);
}

static void libcrypto_free(void *p, const char *file, int line) {
    (void)file, (void)line;
    free(p);
}

/* Before it allocates anything. */
__attribute__((constructor)) static void allocate_for_libcrypto(void) {
    CRYPTO_set_mem_functions(libcrypto_malloc, libcrypto_realloc, libcrypto_free);
}

/* libcrypto itself loses what it allocated before the call that fails. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void) {
    return "leak:libcrypto\n";
}

enum { STORE_RUNS = 1024 };

/* Some that may be scarce hold little, and are full soon; of those, signatures are paid for as well. */
static inline size_t fuzz_store_bound(unsigned num_runs) {
    enum { SCARCE = 4, UNIT = 512, BOUNDS = 256 };
    return num_runs % STORE_RUNS < SCARCE ? ((num_runs / STORE_RUNS * SCARCE + num_runs % SCARCE) % BOUNDS + 1) * UNIT : LIMIT_MEMORY;
}

static inline struct certificate_store *fuzz_store(bool scarce) {
    static struct certificate_store *store;
    static struct signature_budget budget;
    static unsigned num_runs;
    static size_t bound;
    const struct hash_key key = {1, 2};
    size_t wanted = scarce ? fuzz_store_bound(num_runs) : LIMIT_MEMORY;
    if (num_runs++ % STORE_RUNS == 0 || wanted != bound) {
        certificate_store_free(store);
        bound = wanted;
        store = certificate_store_new(&key, bound);
        store = store != NULL ? store : certificate_store_new(&key, LIMIT_MEMORY);
        expect(store != NULL, "there is memory");
        if (scarce) {
            signature_budget_init(&budget);
            certificate_store_charge(store, &budget);
        }
    }
    return store;
}

static inline void expect_inert_or_null(const char *text) {
    if (text != NULL) {
        expect_inert(text, "");
    }
}

static inline void expect_inert_list(const char *const *list) {
    for (; list != NULL && *list != NULL; list++) {
        expect_inert(*list, "");
    }
}

static inline void expect_sound_facts(const struct certificate *c) {
    const struct tlswatch_certificate *facts = &c->facts;
    expect_inert_or_null(facts->subject.text);
    expect_inert_or_null(facts->issuer.text);
    expect_inert_or_null(facts->serial);
    expect_inert_or_null(facts->public_key);
    expect_inert_or_null(facts->signature_algorithm);
    expect_inert_or_null(facts->malformed);
    expect_inert_or_null(c->unknown_critical);
    expect_inert_or_null(c->invalid_extension);
    expect_inert_list(facts->key_usage);
    expect_inert_list(facts->extended_key_usage);
    expect_inert_list(facts->alternative_names);
    expect(facts->path_len >= -1 && facts->sha256 != NULL && strlen(facts->sha256) == 64, "each certificate has a hash");
    expect(facts->malformed != NULL || (facts->subject.text != NULL && facts->issuer.text != NULL && facts->public_key != NULL),
           "what is well-formed has names and a key");
    expect(facts->malformed == NULL || (!c->usable_key && facts->subject.text == NULL), "nothing is known of what is malformed");
}

/* Asked by its names, while memory is there. */
static inline void expect_sound_answers(const struct certificate *c) {
    enum host_match name = certificate_matches_host(c, "www.example.com"), address = certificate_matches_host(c, "192.0.2.1");
    expect(c->facts.malformed == NULL || (name == HOST_UNKNOWN && address == HOST_UNKNOWN), "what is malformed has no host");
    expect(certificate_matches_host(c, "www.example.com.") == name, "the dot at the end of a name makes no difference");
    expect(!certificate_named_as_ca(c) || c->facts.malformed == NULL, "what is malformed is no CA");
}

#endif
