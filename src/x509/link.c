/* Who signed whom. */
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

enum link key_verifies(X509 *x, const struct certificate *child, X509 *issuer_x, const struct certificate *issuer) {
    if (!issuer->usable_key || child->signature_key == KEY_OTHER) {
        return LINK_UNCHECKED;
    }
    if (!key_fits(child->signature_key, issuer->key_type)) {
        return LINK_FAILED;
    }
    ERR_set_mark();
    int verdict = X509_verify(x, X509_get0_pubkey(issuer_x));
    bool out_of_memory = verdict != 1 && ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE;
    ERR_pop_to_mark();
    if (verdict == 1) {
        return LINK_VERIFIED;
    }
    return out_of_memory || !can_check(certificate_private_of(child)->store->libcrypto, child) ? LINK_UNCHECKED : LINK_FAILED;
}

static enum link check_link(const struct certificate *child, const struct certificate *issuer) {
    X509 *child_x = certificate_x509(child);
    X509 *issuer_x = certificate_x509(issuer);
    enum link link = LINK_UNCHECKED;
    if (child_x != NULL && issuer_x != NULL) {
        link = key_verifies(child_x, child, issuer_x, issuer);
    }
    X509_free(child_x);
    X509_free(issuer_x);
    return link;
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
    (void)store;
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
    enum link link = check_link(child, issuer);
    remember_link(certificate_private_of(child), issuer, link);
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
