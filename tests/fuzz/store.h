/* A store of certificates for many runs, made anew now and then: making one costs more than most inputs. */
#ifndef TLSWATCH_TESTS_FUZZ_STORE_H
#define TLSWATCH_TESTS_FUZZ_STORE_H

#include "fuzz.h"
#include "x509/certificate.h"

static inline struct certificate_store *fuzz_store(void) {
    static struct certificate_store *store;
    static unsigned num_runs;
    const struct hash_key key = {1, 2};
    if (num_runs++ % 512 == 0) {
        certificate_store_free(store);
        store = certificate_store_new(&key, LIMIT_MEMORY);
        expect(store != NULL, "there is memory");
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

#endif
