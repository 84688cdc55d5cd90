/* Files of certificates that a user gives: what is taken is sound, and what is refused is refused with a reason. */
#include "store.h"
#include "x509/bundle.h"

static bool on_certificate(void *user, const struct certificate *c) {
    ++*(size_t *)user;
    expect(c->facts.malformed == NULL, "only well-formed ones are shown");
    expect_sound_facts(c);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct bundle bundle;
    size_t num = 0;
    uint8_t *copy = fuzz_copy(bytes_of(data, len));
    bundle_read(fuzz_store(), bytes_of(copy, len), "bundle.pem", on_certificate, &num, &bundle);
    free(copy);
    expect(num == bundle.num_certificates, "each is shown and counted");
    expect((bundle.num_refused == 0) == (bundle.why == NULL), "a refusal has a reason");
    expect_inert_or_null(bundle.why);
    return 0;
}
