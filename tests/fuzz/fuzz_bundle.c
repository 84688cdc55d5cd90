/* Files of certificates that a user gives: what is taken is sound, and what is refused is refused with a reason.
 * Where they say what a side trusts, any of them can be held against them. */
#include "store.h"
#include "x509/trust.h"

enum { MOST_LINKS = 4 };

struct chain {
    const struct certificate *links[MOST_LINKS];
    size_t num;
};

static bool on_link(void *user, const struct certificate *c) {
    struct chain *chain = user;
    if (chain->num == MOST_LINKS) {
        return false;
    }
    chain->links[chain->num++] = c;
    return true;
}

static bool on_certificate(void *user, const struct certificate *c) {
    ++*(size_t *)user;
    expect(c->facts.malformed == NULL, "only well-formed ones are shown");
    expect_sound_facts(c);
    return true;
}

/* Each certificate of the file is verified with the file, for each side, by those behind it. */
static void trust(struct certificate_store *store, struct bytes file) {
    struct chain chain = {.num = 0};
    struct bundle bundle;
    struct trust_verdict verdict;
    struct trust *trust = trust_new(store, file, "bundle.pem", &bundle);
    if (trust == NULL) {
        expect(bundle.num_certificates == 0, "what holds a certificate can be trusted");
        return;
    }
    bundle_read(store, file, "bundle.pem", on_link, &chain, &bundle);
    for (size_t i = 0; i < chain.num; i++) {
        const int64_t times[] = {chain.links[i]->facts.not_before, chain.links[i]->facts.not_after + 1, 0};
        for (size_t k = 0; k < sizeof times / sizeof *times; k++) {
            expect(trust_verify(trust, chain.links + i, chain.num - i, NULL, 0, k == 0 ? TLSWATCH_CLIENT : TLSWATCH_SERVER, times[k],
                                &verdict),
                   "there is memory");
            expect((verdict.failure == TRUST_VERIFIES) == (verdict.error == NULL), "a failure has words");
        }
        trust_holds(trust, chain.links[i]);
    }
    trust_free(trust);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct bundle bundle;
    struct bytes file = bytes_of(data, len);
    struct certificate_store *store = fuzz_store(false);
    size_t num = 0;
    fuzz_fail_by_front(&file);
    uint8_t *copy = fuzz_copy(file);
    bundle_read(store, bytes_of(copy, file.len), "bundle.pem", on_certificate, &num, &bundle);
    fuzz_fail(0);
    trust(store, bytes_of(copy, file.len));
    fuzz_release(copy);
    expect(num == bundle.num_certificates, "each is shown and counted");
    expect((bundle.num_refused == 0) == (bundle.why == NULL), "a refusal has a reason");
    expect_inert_or_null(bundle.why);
    return 0;
}
