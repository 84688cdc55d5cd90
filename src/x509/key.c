/* The public key, and the algorithm of the signature on it. */
#include "x509/der.h"
#include "x509/internal.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#define MAX_EXPONENT_BITS 33
#define MAX_DSA_BITS 4096

static enum key_type key_type_of(int nid) {
    switch (nid) {
    case NID_rsaEncryption:
    case NID_rsa:
        return KEY_RSA;
    case NID_rsassaPss:
        return KEY_RSA_PSS;
    case NID_X9_62_id_ecPublicKey:
        return KEY_EC;
    case NID_ED25519:
        return KEY_ED25519;
    case NID_ED448:
        return KEY_ED448;
    case NID_dsa:
    case NID_dsa_2:
        return KEY_DSA;
    default:
        return KEY_OTHER;
    }
}

static enum digest digest_of(int nid) {
    switch (nid) {
    case NID_md5:
        return DIGEST_MD5;
    case NID_sha1:
        return DIGEST_SHA1;
    case NID_sha224:
        return DIGEST_SHA224;
    case NID_sha256:
        return DIGEST_SHA256;
    case NID_sha384:
        return DIGEST_SHA384;
    case NID_sha512:
        return DIGEST_SHA512;
    default:
        return DIGEST_OTHER;
    }
}

/* RFC 4055, 3.1: absent parameters mean SHA-1. */
static enum digest pss_digest(const X509_ALGOR *algorithm) {
    const void *value = NULL;
    int type;
    X509_ALGOR_get0(NULL, &type, &value, algorithm);
    if (type != V_ASN1_SEQUENCE) {
        return DIGEST_OTHER;
    }
    RSA_PSS_PARAMS *params = ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
    enum digest digest = DIGEST_OTHER;
    if (params != NULL) {
        const ASN1_OBJECT *hash = NULL;
        if (params->hashAlgorithm != NULL) {
            X509_ALGOR_get0(&hash, NULL, NULL, params->hashAlgorithm);
        }
        digest = hash != NULL ? digest_of(OBJ_obj2nid(hash)) : DIGEST_SHA1;
    }
    RSA_PSS_PARAMS_free(params);
    return digest;
}

static bool read_signature_algorithm(X509 *x, struct arena *arena, struct certificate *c) {
    const X509_ALGOR *algorithm;
    const ASN1_OBJECT *oid;
    int digest = NID_undef;
    int key = NID_undef;
    X509_get0_signature(NULL, &algorithm, x);
    X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
    OBJ_find_sigid_algs(OBJ_obj2nid(oid), &digest, &key);
    c->signature_key = key_type_of(key);
    c->signature_digest = c->signature_key == KEY_RSA_PSS ? pss_digest(algorithm) : digest_of(digest);
    c->facts.signature_algorithm = text_oid_long(arena, oid);
    return c->facts.signature_algorithm != NULL;
}

static bool exponent_is_small(const EVP_PKEY *key) {
    BIGNUM *exponent = NULL;
    bool is_small = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 && BN_num_bits(exponent) <= MAX_EXPONENT_BITS;
    BN_free(exponent);
    return is_small;
}

/* NULL: parameters that name no curve (RFC 5480, 2.1.1 forbids them, and computing with a stranger's curve is asking for it). */
static const char *curve_name(struct arena *arena, const X509_ALGOR *algorithm) {
    const void *value = NULL;
    int type;
    X509_ALGOR_get0(NULL, &type, &value, algorithm);
    if (type != V_ASN1_OBJECT) {
        return NULL;
    }
    const char *nist = EC_curve_nid2nist(OBJ_obj2nid(value));
    return nist != NULL && nist[0] == 'P' ? nist : text_oid(arena, value);
}

static size_t bits_of(struct bytes integer) {
    while (integer.len > 0 && integer.p[0] == 0) {
        bytes_skip(&integer, 1);
    }
    return integer.len == 0 ? 0 : integer.len * 8 - (size_t)__builtin_clz(integer.p[0]) + 24;
}

/* RFC 8017, A.1.1 */
static bool read_rsa(struct bytes key, struct certificate *c) {
    struct bytes both, modulus, exponent;
    if (!der_take(&key, DER_SEQUENCE, &both, NULL) || key.len != 0 || !der_take(&both, DER_INTEGER, &modulus, NULL) ||
        !der_take(&both, DER_INTEGER, &exponent, NULL) || both.len != 0 || modulus.len == 0 || exponent.len == 0) {
        return false;
    }
    c->key_bits = (int)bits_of(modulus);
    c->usable_key = c->key_bits <= LIMIT_RSA_BITS && bits_of(exponent) <= MAX_EXPONENT_BITS;
    return true;
}

/* RFC 5480, 2.2: an uncompressed point, of the curves that everybody has. */
static bool read_point(struct bytes key, struct certificate *c) {
    static const struct {
        const char *curve;
        int bits;
    } curves[] = {{"P-256", 256}, {"P-384", 384}, {"P-521", 521}};
    for (size_t i = 0; i < sizeof curves / sizeof *curves && c->curve != NULL; i++) {
        if (strcmp(c->curve, curves[i].curve) == 0 && key.len == 1 + 2 * (((size_t)curves[i].bits + 7) / 8) && key.p[0] == 4) {
            c->key_bits = curves[i].bits;
            c->usable_key = true;
            return true;
        }
    }
    return false;
}

/* What can be said of a key of the usual kinds without libcrypto. One that then does not decode is found out where
 * something is computed with it. */
static bool read_usual_key(X509_PUBKEY *encoded, struct certificate *c) {
    const unsigned char *p;
    int len;
    if (X509_PUBKEY_get0_param(NULL, &p, &len, NULL, encoded) != 1 || len <= 0) {
        return false;
    }
    struct bytes key = bytes_of(p, (size_t)len);
    return c->key_type == KEY_RSA ? read_rsa(key, c) : c->key_type == KEY_EC && read_point(key, c);
}

/* Over binary fields a signature takes milliseconds, and nobody's certificates need them (RFC 8422, 5.1.1). */
static bool is_prime_curve(const EVP_PKEY *key) {
    char field[32] = "";
    return EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_FIELD_TYPE, field, sizeof field, NULL) == 1 &&
           strcmp(field, SN_X9_62_prime_field) == 0;
}

static bool is_usable(const struct certificate *c, const EVP_PKEY *key) {
    if (EVP_PKEY_missing_parameters(key)) {
        return false;
    }
    switch (c->key_type) {
    case KEY_RSA:
    case KEY_RSA_PSS:
        return c->key_bits <= LIMIT_RSA_BITS && exponent_is_small(key);
    case KEY_EC:
        return c->curve != NULL && is_prime_curve(key);
    case KEY_DSA:
        return c->key_bits <= MAX_DSA_BITS;
    case KEY_ED25519:
    case KEY_ED448:
        return true;
    case KEY_OTHER:
        return false;
    }
    return false;
}

static const char *text_key(struct arena *arena, const struct certificate *c, const ASN1_OBJECT *oid) {
    switch (c->key_type) {
    case KEY_RSA:
        return arena_format(arena, "RSA %d", c->key_bits);
    case KEY_RSA_PSS:
        return arena_format(arena, "RSA-PSS %d", c->key_bits);
    case KEY_DSA:
        return arena_format(arena, "DSA %d", c->key_bits);
    case KEY_EC:
        return arena_format(arena, "EC %s", c->curve != NULL ? c->curve : "explicit");
    case KEY_ED25519:
        return "Ed25519";
    case KEY_ED448:
        return "Ed448";
    case KEY_OTHER:
        break;
    }
    return text_oid(arena, oid);
}

static void read_other_key(struct certificate *c) {
    X509 *x = certificate_x509_complete(c);
    const EVP_PKEY *key = x != NULL ? X509_get0_pubkey(x) : NULL;
    if (key != NULL) {
        c->key_bits = EVP_PKEY_get_bits(key);
        c->usable_key = is_usable(c, key);
    }
    X509_free(x);
}

bool facts_key(X509 *x, struct arena *arena, struct certificate *c) {
    X509_PUBKEY *encoded = X509_get_X509_PUBKEY(x);
    X509_ALGOR *algorithm;
    ASN1_OBJECT *oid;
    if (X509_PUBKEY_get0_param(&oid, NULL, NULL, &algorithm, encoded) != 1) {
        return false;
    }
    c->key_type = key_type_of(OBJ_obj2nid(oid));
    if (c->key_type == KEY_EC) {
        c->curve = curve_name(arena, algorithm);
    }
    bool is_explicit = c->key_type == KEY_EC && c->curve == NULL; /* not even decoded: that computes with the curve */
    if (!read_usual_key(encoded, c) && !is_explicit) {
        read_other_key(c);
    }
    c->facts.public_key = text_key(arena, c, oid);
    return c->facts.public_key != NULL && read_signature_algorithm(x, arena, c);
}
