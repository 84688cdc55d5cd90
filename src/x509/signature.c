/* Signatures of TLS: CertificateVerify and ServerKeyExchange. */
#include "x509/internal.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>

/* What a scheme asks for. digest: libcrypto's name; NULL where the algorithm has its own. */
struct scheme {
    enum key_type key;
    const char *digest;
    bool pss;
};

/* RFC 5246, 7.4.1.4.1: HashAlgorithm in the high byte, SignatureAlgorithm in the low one. */
static bool scheme_of_pair(uint8_t hash, uint8_t signature, struct scheme *out) {
    static const enum digest digests[] = {DIGEST_OTHER,  DIGEST_MD5,    DIGEST_SHA1,  DIGEST_SHA224,
                                          DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512};
    static const enum key_type keys[] = {KEY_OTHER, KEY_RSA, KEY_DSA, KEY_EC};
    if (hash == 0 || hash > 6 || signature == 0 || signature > 3) {
        return false;
    }
    *out = (struct scheme){keys[signature], digest_name(digests[hash]), false};
    return true;
}

/* RFC 8446, 4.2.3; 0x081a to 0x081c: RFC 8734. */
static bool scheme_of_number(uint16_t number, struct scheme *out) {
    static const struct {
        uint16_t number;
        struct scheme scheme;
    } schemes[] = {
            {0x0804, {KEY_RSA, "SHA256", true}},     {0x0805, {KEY_RSA, "SHA384", true}},     {0x0806, {KEY_RSA, "SHA512", true}},
            {0x0807, {KEY_ED25519, NULL, false}},    {0x0808, {KEY_ED448, NULL, false}},      {0x0809, {KEY_RSA_PSS, "SHA256", true}},
            {0x080a, {KEY_RSA_PSS, "SHA384", true}}, {0x080b, {KEY_RSA_PSS, "SHA512", true}}, {0x081a, {KEY_EC, "SHA256", false}},
            {0x081b, {KEY_EC, "SHA384", false}},     {0x081c, {KEY_EC, "SHA512", false}},
    };
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (schemes[i].number == number) {
            *out = schemes[i].scheme;
            return true;
        }
    }
    return scheme_of_pair((uint8_t)(number >> 8), (uint8_t)number, out);
}

/* RFC 4346, 7.4.3: before TLS 1.2 the key decides. */
static bool scheme_of_key(enum key_type key, struct scheme *out) {
    if (key == KEY_OTHER) {
        return false;
    }
    *out = (struct scheme){key, key == KEY_RSA ? "MD5-SHA1" : "SHA1", false};
    return key == KEY_RSA || key == KEY_EC || key == KEY_DSA;
}

/* EdDSA takes its message in one piece. */
static enum answer verify_whole(EVP_MD_CTX *context, const struct bytes *pieces, size_t num_pieces, struct bytes signature) {
    struct buffer whole = {0};
    enum answer verdict = ANSWER_NONE;
    bool ok = true;
    for (size_t i = 0; i < num_pieces && ok; i++) {
        ok = buffer_append(&whole, pieces[i], 2 * LIMIT_TRANSCRIPT);
    }
    if (ok) {
        verdict = EVP_DigestVerify(context, signature.p, signature.len, whole.p, whole.len) == 1 ? ANSWER_YES : ANSWER_NO;
    }
    buffer_clear(&whole);
    return verdict;
}

static enum answer verify_pieces(EVP_MD_CTX *context, const struct bytes *pieces, size_t num_pieces, struct bytes signature) {
    for (size_t i = 0; i < num_pieces; i++) {
        if (pieces[i].len > 0 && EVP_DigestVerifyUpdate(context, pieces[i].p, pieces[i].len) != 1) {
            return ANSWER_NONE;
        }
    }
    return EVP_DigestVerifyFinal(context, signature.p, signature.len) == 1 ? ANSWER_YES : ANSWER_NO;
}

/* RFC 8446, 4.2.3: the salt is as long as the digest. */
static bool set_padding(EVP_PKEY_CTX *context, const struct scheme *scheme) {
    return !scheme->pss || (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
                            EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

static enum answer verify_with(OSSL_LIB_CTX *libcrypto, EVP_PKEY *key, const struct scheme *scheme, const struct bytes *pieces,
                               size_t num_pieces, struct bytes signature) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *key_context = NULL;
    enum answer verdict = ANSWER_NONE;
    if (context != NULL && EVP_DigestVerifyInit_ex(context, &key_context, scheme->digest, libcrypto, NULL, key, NULL) == 1 &&
        set_padding(key_context, scheme)) {
        verdict = scheme->digest == NULL ? verify_whole(context, pieces, num_pieces, signature)
                                         : verify_pieces(context, pieces, num_pieces, signature);
    }
    EVP_MD_CTX_free(context);
    return verdict;
}

static enum answer verify(const struct certificate *c, const struct scheme *scheme, const struct bytes *pieces, size_t num_pieces,
                          struct bytes signature) {
    ERR_clear_error(); /* what failed before must not be taken for what fails here */
    EVP_PKEY *key = certificate_key(c);
    if (key == NULL) {
        return ANSWER_NONE;
    }
    enum answer verdict = verify_with(certificate_private_of(c)->store->libcrypto, key, scheme, pieces, num_pieces, signature);
    return verdict == ANSWER_NO && computing_failed() ? ANSWER_NONE : verdict;
}

enum link certificate_verify_signature(const struct certificate *c, uint16_t number, const struct bytes *signed_data, size_t num_pieces,
                                       struct bytes signature) {
    struct certificate_store *store = certificate_private_of(c)->store;
    struct scheme scheme;
    bool is_known = number != 0 ? scheme_of_number(number, &scheme) : scheme_of_key(c->key_type, &scheme);
    if (!is_known || !c->usable_key) {
        return LINK_UNCHECKED;
    }
    if (scheme.key != c->key_type) {
        return LINK_FAILED; /* whoever signed had another key */
    }
    struct answers answers = {0};
    enum answer answer;
    do {
        if (!store_can_afford(store, c)) {
            return LINK_UNCHECKED;
        }
        answer = verify(c, &scheme, signed_data, num_pieces, signature);
    } while (!answer_counts(&answers, answer));
    return link_of(answer);
}
