/* Who signed whom. */
#include "x509/der.h"
#include "x509/internal.h"

#include <openssl/err.h>
#include <openssl/evp.h>

const char *digest_name(enum digest digest) {
    switch (digest) {
    case DIGEST_MD5:
        return "MD5";
    case DIGEST_SHA1:
        return "SHA1";
    case DIGEST_SHA224:
        return "SHA224";
    case DIGEST_SHA256:
        return "SHA256";
    case DIGEST_SHA384:
        return "SHA384";
    case DIGEST_SHA512:
        return "SHA512";
    case DIGEST_OTHER:
        break;
    }
    return NULL;
}

static bool key_fits(enum key_type signature, enum key_type key) {
    return signature == key || (signature == KEY_RSA_PSS && key == KEY_RSA);
}

/* libcrypto may lack a digest (MD5 under FIPS): then a refusal says nothing. EdDSA has its digest built in. */
static bool can_check(OSSL_LIB_CTX *libcrypto, const struct certificate *child) {
    if (child->signature_key == KEY_ED25519 || child->signature_key == KEY_ED448) {
        return true;
    }
    const char *name = digest_name(child->signature_digest);
    EVP_MD *digest = name != NULL ? EVP_MD_fetch(libcrypto, name, NULL) : NULL;
    EVP_MD_free(digest);
    return digest != NULL;
}

/* RFC 5280, 4.1: what is signed, by which algorithm, and the signature. */
struct signed_part {
    struct bytes tbs, algorithm, inner_algorithm, signature;
};

static bool read_signed_part(const struct certificate *c, struct signed_part *out) {
    struct bytes der = bytes_of(c->facts.der, c->facts.der_len), certificate, content, ignored;
    uint8_t unused_bits;
    if (!der_take(&der, DER_SEQUENCE, &certificate, NULL) || !der_take(&certificate, DER_SEQUENCE, &content, &out->tbs) ||
        !der_take(&certificate, DER_SEQUENCE, &ignored, &out->algorithm) ||
        !der_take(&certificate, DER_BIT_STRING, &out->signature, NULL) || !bytes_u8(&out->signature, &unused_bits) || unused_bits != 0) {
        return false;
    }
    der_take(&content, DER_VERSION, &ignored, NULL);
    return der_take(&content, DER_INTEGER, &ignored, NULL) && der_take(&content, DER_SEQUENCE, &ignored, &out->inner_algorithm);
}

/* The plain way, for signatures whose algorithm has no parameters, without decoding the certificate once more. None: it can't be
 * tried in this way. */
static enum answer verify_plainly(OSSL_LIB_CTX *libcrypto, const struct certificate *child, EVP_PKEY *key) {
    struct signed_part part;
    const char *digest = digest_name(child->signature_digest);
    if (digest == NULL || child->signature_key == KEY_RSA_PSS || !read_signed_part(child, &part) ||
        !bytes_equal(part.algorithm, part.inner_algorithm)) {
        return ANSWER_NONE;
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    enum answer verdict = ANSWER_NONE;
    if (context != NULL && EVP_DigestVerifyInit_ex(context, NULL, digest, libcrypto, NULL, key, NULL) == 1 &&
        EVP_DigestVerifyUpdate(context, part.tbs.p, part.tbs.len) == 1) {
        verdict = EVP_DigestVerifyFinal(context, part.signature.p, part.signature.len) == 1 ? ANSWER_YES : ANSWER_NO;
    }
    EVP_MD_CTX_free(context);
    return verdict;
}

/* As libcrypto does it. */
static enum answer verify_completely(const struct certificate *child, EVP_PKEY *key) {
    X509 *x = certificate_x509_complete(child);
    if (x == NULL) {
        return ANSWER_NONE;
    }
    enum answer verdict = X509_verify(x, key) == 1 ? ANSWER_YES : ANSWER_NO;
    X509_free(x);
    return verdict;
}

static enum answer verify(const struct certificate *child, const struct certificate *issuer) {
    OSSL_LIB_CTX *libcrypto = certificate_private_of(child)->store->libcrypto;
    ERR_clear_error(); /* what failed before must not be taken for what fails here */
    EVP_PKEY *key = certificate_key(issuer);
    if (key == NULL) {
        return ANSWER_NONE;
    }
    enum answer verdict = verify_plainly(libcrypto, child, key);
    if (verdict == ANSWER_NONE) {
        verdict = verify_completely(child, key);
    }
    if (verdict == ANSWER_NO && (computing_failed() || !can_check(libcrypto, child))) {
        verdict = ANSWER_NONE;
    }
    return verdict;
}

enum link key_verifies(const struct certificate *child, const struct certificate *issuer) {
    if (!issuer->usable_key || child->signature_key == KEY_OTHER) {
        return LINK_UNCHECKED;
    }
    if (!key_fits(child->signature_key, issuer->key_type)) {
        return LINK_FAILED;
    }
    struct answers answers = {0};
    enum answer answer;
    do {
        if (!store_can_afford(certificate_private_of(child)->store, issuer)) {
            return LINK_UNCHECKED;
        }
        answer = verify(child, issuer);
    } while (!answer_counts(&answers, answer));
    return link_of(answer);
}

static struct known_link *find_link(struct certificate_private *child, const struct certificate *issuer) {
    struct known_link *known = child->links;
    while (known != NULL && known->issuer != issuer) {
        known = known->next;
    }
    return known;
}

static void remember_link(struct certificate_private *child, const struct certificate *issuer, enum link link) {
    if (child->num_links >= LIMIT_LINKS) {
        return;
    }
    struct known_link *known = arena_alloc(&child->store->arena, sizeof *known);
    if (known != NULL) {
        *known = (struct known_link){.issuer = issuer, .link = link, .next = child->links};
        child->links = known;
        child->num_links++;
    }
}

enum link certificate_issued_by(struct certificate_store *store, const struct certificate *child, const struct certificate *issuer) {
    if (certificate_issuer_match(child, issuer) == NAME_DIFFERENT) {
        return LINK_UNCHECKED;
    }
    if (child == issuer) {
        return child->facts.self_signed ? LINK_VERIFIED : child->usable_key ? LINK_FAILED : LINK_UNCHECKED;
    }
    const struct known_link *known = find_link(certificate_private_of(child), issuer);
    if (known != NULL) {
        return known->link;
    }
    uint64_t num_unpaid = certificate_store_num_unpaid(store);
    enum link link = key_verifies(child, issuer);
    if (certificate_store_num_unpaid(store) == num_unpaid) { /* else it may be paid another time */
        remember_link(certificate_private_of(child), issuer, link);
    }
    return link;
}

enum name_match certificate_issuer_match(const struct certificate *child, const struct certificate *issuer) {
    const struct certificate_private *below = certificate_private_of(child);
    const struct certificate_private *above = certificate_private_of(issuer);
    if (below->issuer == NULL || below->issuer != above->subject) {
        return NAME_DIFFERENT;
    }
    const struct tlswatch_name *a = &child->facts.issuer;
    const struct tlswatch_name *b = &issuer->facts.subject;
    return bytes_equal(bytes_of(a->der, a->der_len), bytes_of(b->der, b->der_len)) ? NAME_IDENTICAL : NAME_EQUAL;
}

bool certificate_key_ids_agree(const struct certificate *child, const struct certificate *issuer) {
    const char *wanted = child->facts.authority_key_id;
    const char *has = issuer->facts.subject_key_id;
    return wanted == NULL || has == NULL || strcmp(wanted, has) == 0;
}
