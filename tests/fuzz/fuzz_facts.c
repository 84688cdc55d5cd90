/*
 * The facts of one certificate: its text is inert, the same bytes are the same certificate, and each name is matched or is
 * not. What its key says of others, and chains, are fuzz_certificate.c's. A first byte that no certificate begins with says
 * which allocation fails meanwhile.
 */
#include "store.h"
#include "x509/certificate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct certificate_store *store = fuzz_store(true);
    struct bytes input = bytes_of(data, len);
    fuzz_fail_by_front(&input);
    uint8_t *copy = fuzz_copy(input);
    struct bytes der = bytes_of(copy, input.len);
    const struct certificate *c = certificate_store_add(store, der);
    fuzz_fail(0);
    if (c != NULL) {
        expect(certificate_store_add(store, der) == c, "the same bytes are the same certificate");
        expect_sound_facts(c);
        expect_sound_answers(c);
        certificate_names_permitted(c, c);
    }
    fuzz_release(copy);
    return 0;
}
