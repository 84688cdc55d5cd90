/*
 * Our own walk over the DER of a certificate, with libcrypto as the oracle: where both can read it they see the same
 * names and the same authority key identifier, and two names that libcrypto calls equal have equal folds.
 */
#include <openssl/x509v3.h>

#include "fuzz.h"
#include "x509/der.h"
#include "x509/outline.h"

enum { MOST_ELEMENTS = 1000 };

static const struct hash_key key = {1, 2};

static void within(struct bytes view, struct bytes der) {
    expect(view.len == 0 || (view.p >= der.p && view.p + view.len <= der.p + der.len), "a view lies in the certificate");
}

/* The encoding that was read: libcrypto keeps it until the name is changed. */
static struct bytes encoding_of(const X509_NAME *name) {
    const unsigned char *p = NULL;
    size_t len = 0;
    return X509_NAME_get0_der(name, &p, &len) == 1 ? bytes_of(p, len) : bytes_of(NULL, 0);
}

/* Of several the last is taken; libcrypto refuses to say which. */
static void expect_same_key_id(const X509 *x, struct bytes authority_key_id) {
    int at = X509_get_ext_by_NID(x, NID_authority_key_identifier, -1);
    if (X509_get_ext_by_NID(x, NID_authority_key_identifier, at) >= 0 && at >= 0) {
        return;
    }
    X509_EXTENSION *extension = at >= 0 ? X509_get_ext(x, at) : NULL;
    const ASN1_OCTET_STRING *value = extension != NULL ? X509_EXTENSION_get_data(extension) : NULL;
    struct bytes expected = value != NULL ? bytes_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)) : bytes_of(NULL, 0);
    expect(bytes_equal(expected, authority_key_id), "it is the same authority key identifier");
}

static void expect_same(const X509 *x, const struct outline *outline) {
    const X509_NAME *issuer = X509_get_issuer_name(x), *subject = X509_get_subject_name(x);
    uint64_t issuer_fold, subject_fold;
    expect(bytes_equal(encoding_of(issuer), outline->issuer) && bytes_equal(encoding_of(subject), outline->subject),
           "they are the same names");
    expect_same_key_id(x, outline->authority_key_id);
    if (X509_NAME_cmp(issuer, subject) == 0 && outline_fold(&key, outline->issuer, &issuer_fold) &&
        outline_fold(&key, outline->subject, &subject_fold)) {
        expect(issuer_fold == subject_fold, "equal names have equal folds");
    }
}

static void ask_libcrypto(struct bytes der, const struct outline *outline) {
    const unsigned char *p = der.p;
    X509 *x = d2i_X509(NULL, &p, (long)der.len);
    if (x != NULL && p == der.p + der.len) {
        expect_same(x, outline);
    }
    X509_free(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    uint8_t *copy = fuzz_copy(bytes_of(data, len));
    struct bytes der = bytes_of(copy, len);
    struct outline outline;
    uint64_t fold;
    size_t num = der_count(der, MOST_ELEMENTS);
    expect(num <= MOST_ELEMENTS && der_count(der, num) == num, "elements are counted up to a bound");
    if (outline_read(der, &outline)) {
        within(outline.issuer, der);
        within(outline.subject, der);
        within(outline.authority_key_id, der);
        outline_fold(&key, outline.issuer, &fold);
        ask_libcrypto(der, &outline);
    } else {
        outline_fold(&key, der, &fold);
    }
    fuzz_release(copy);
    return 0;
}
