/*
 * A public key out of a certificate's bytes, for the kinds that nearly everybody has. libcrypto first tries all decoders that it
 * has, which takes longer than most of what is computed with the key.
 */
#include "x509/der.h"
#include "x509/internal.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

/* RFC 5280, 4.1: tbsCertificate up to subjectPublicKeyInfo. */
static bool find_key_info(struct bytes der, struct bytes *algorithm, struct bytes *key) {
    struct bytes certificate, tbs, info, ignored;
    uint8_t unused_bits;
    if (!der_take(&der, DER_SEQUENCE, &certificate, NULL) || !der_take(&certificate, DER_SEQUENCE, &tbs, NULL)) {
        return false;
    }
    der_take(&tbs, DER_VERSION, &ignored, NULL);
    return der_take(&tbs, DER_INTEGER, &ignored, NULL) && der_take(&tbs, DER_SEQUENCE, &ignored, NULL) &&  /* serial, signature */
           der_take(&tbs, DER_SEQUENCE, &ignored, NULL) && der_take(&tbs, DER_SEQUENCE, &ignored, NULL) && /* issuer, validity */
           der_take(&tbs, DER_SEQUENCE, &ignored, NULL) && der_take(&tbs, DER_SEQUENCE, &info, NULL) &&    /* subject */
           der_take(&info, DER_SEQUENCE, algorithm, NULL) && der_take(&info, DER_BIT_STRING, key, NULL) && info.len == 0 &&
           bytes_u8(key, &unused_bits) && unused_bits == 0;
}

static bool push_number(OSSL_PARAM_BLD *params, const char *name, struct bytes number, BIGNUM **out) {
    *out = BN_bin2bn(number.p, (int)number.len, NULL);
    return *out != NULL && OSSL_PARAM_BLD_push_BN(params, name, *out) == 1;
}

static EVP_PKEY *make(OSSL_LIB_CTX *libcrypto, const char *type, OSSL_PARAM_BLD *from) {
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(libcrypto, type, NULL);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(from);
    EVP_PKEY *key = NULL;
    if (context == NULL || params == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        key = NULL;
    }
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(context);
    return key;
}

/* RFC 8017, A.1.1; RFC 3279, 2.3.1 */
static EVP_PKEY *make_rsa(OSSL_LIB_CTX *libcrypto, struct bytes algorithm, struct bytes key, OSSL_PARAM_BLD *params) {
    static const uint8_t rsa_encryption[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
    struct bytes both, modulus, exponent;
    BIGNUM *n = NULL, *e = NULL;
    EVP_PKEY *made = NULL;
    if (bytes_equal(algorithm, bytes_of(rsa_encryption, sizeof rsa_encryption)) && der_take(&key, DER_SEQUENCE, &both, NULL) &&
        key.len == 0 && der_take(&both, DER_INTEGER, &modulus, NULL) && der_take(&both, DER_INTEGER, &exponent, NULL) && both.len == 0 &&
        push_number(params, OSSL_PKEY_PARAM_RSA_N, modulus, &n) && push_number(params, OSSL_PKEY_PARAM_RSA_E, exponent, &e)) {
        made = make(libcrypto, "RSA", params);
    }
    BN_free(n);
    BN_free(e);
    return made;
}

/* RFC 5480, 2.1.1 and 2.2: of the curves with a NIST name. */
static EVP_PKEY *make_ec(OSSL_LIB_CTX *libcrypto, const char *curve, struct bytes algorithm, struct bytes key, OSSL_PARAM_BLD *params) {
    static const uint8_t ec_public_key[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
    struct bytes oid;
    if (curve == NULL || curve[0] != 'P' || !der_take(&algorithm, DER_OID, &oid, NULL) ||
        !bytes_equal(oid, bytes_of(ec_public_key, sizeof ec_public_key)) ||
        OSSL_PARAM_BLD_push_utf8_string(params, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(params, OSSL_PKEY_PARAM_PUB_KEY, key.p, key.len) != 1) {
        return NULL;
    }
    return make(libcrypto, "EC", params);
}

EVP_PKEY *usual_key(const struct certificate *c) {
    OSSL_LIB_CTX *libcrypto = certificate_private_of(c)->store->libcrypto;
    struct bytes algorithm, bits;
    if ((c->key_type != KEY_RSA && c->key_type != KEY_EC) || !find_key_info(bytes_of(c->facts.der, c->facts.der_len), &algorithm, &bits)) {
        return NULL;
    }
    ERR_set_mark();
    OSSL_PARAM_BLD *params = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    if (params != NULL) {
        key = c->key_type == KEY_RSA ? make_rsa(libcrypto, algorithm, bits, params) : make_ec(libcrypto, c->curve, algorithm, bits, params);
    }
    OSSL_PARAM_BLD_free(params);
    ERR_pop_to_mark();
    return key;
}
