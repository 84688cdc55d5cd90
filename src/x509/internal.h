/*
 * What the files of this folder share: the store's insides, interned names and the text of ASN.1 values.
 *
 * Everything in a store is allocated in its arena and lives as long as the store, but for libcrypto's objects: only of
 * the last LIMIT_PARSED_CERTIFICATES that were asked for are they kept, the others are parsed again when need be.
 *
 * With each certificate libcrypto decodes the public key too, which takes four times as long as all the rest. So there
 * are two contexts: `reader` has no algorithms, and decodes no keys; few keys are ever computed with, in `libcrypto`.
 */
#ifndef TLSWATCH_X509_INTERNAL_H
#define TLSWATCH_X509_INTERNAL_H

#include <openssl/provider.h>
#include <openssl/x509.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/limits.h"
#include "x509/answer.h"
#include "x509/budget.h"
#include "x509/certificate.h"

/* Open addressing over keyed hashes. Items are borrowed. A zeroed table is an empty one. */
struct table_slot {
    uint64_t hash;
    void *item;
};

struct table {
    struct table_slot *slots;
    size_t num_slots; /* 0 or a power of two */
    size_t num_items;
};

typedef bool (*table_match)(const void *item, const void *wanted);

/* table_find returns the first item added under this hash that `match` takes; NULL: none. */
void *table_find(const struct table *t, uint64_t hash, table_match match, const void *wanted);
bool table_add(struct table *t, uint64_t hash, void *item);
void table_clear(struct table *t);

/* A name in canonical form, once for each store: names that RFC 5280, 7.1 calls equal are the same pointer. */
struct name {
    struct bytes canonical;
    uint64_t hash;
    struct fold *fold; /* where certificates wait that may have this name */
    struct certificate_private *first_subject, *last_subject; /* certificates with this subject, in the order seen */
    const struct certificate *first_end_entity; /* the first of them that is no CA and not self-signed */
    bool has_ca;                                /* one of them may stand on a list */
    const struct certificate *by_key[LIMIT_KEY_IDS]; /* issued under this name, by authority key identifiers that differ */
    size_t num_keys;
    enum tlswatch_outdated relied_on; /* what would be outdated if another certificate carried this name */
    bool advertised;                  /* a verdict rests on whether one of them is a CA */
};

struct known_link {
    const struct certificate *issuer;
    enum link link;
    struct known_link *next;
};

struct certificate_private {
    struct certificate certificate;
    struct certificate_store *store;
    bool unread; /* memory or the budget was exhausted when it was to be read: it is tried again when it comes again */
    struct fold *pending_under; /* nobody has asked for it so far: of its facts only der is there (pending.h); else NULL */
    struct certificate_private *next_pending_subject, *next_pending_issued;
    struct name *subject, *issuer; /* NULL where malformed */
    struct certificate_private *next_of_subject;
    X509 *x509;    /* of the reader; NULL: not kept */
    EVP_PKEY *key; /* NULL: not kept, or unusable */
    struct known_link *links;
    size_t num_links;
};

#define RECENT_CERTIFICATES 1024

struct certificate_store {
    struct long_hash_key key;
    OSSL_LIB_CTX *libcrypto; /* its own: watchers share nothing */
    OSSL_LIB_CTX *reader;    /* without any algorithm */
    OSSL_PROVIDER *nothing;  /* what the reader has in their place */
    EVP_MD *sha256, *sha1;   /* fetching them by name costs more than computing them */
    struct memory memory; /* of the arena, which holds nearly all of it */
    struct arena arena;
    size_t num_bytes; /* DER taken in */
    uint64_t number;
    bool overflowed;
    struct signature_budget *budget; /* NULL: signatures cost nothing */
    struct table certificates, lists, names, folds;
    struct certificate_private *recent[RECENT_CERTIFICATES]; /* places for what came last, by its ends */
    struct certificate_private *parsed[LIMIT_PARSED_CERTIFICATES]; /* those that hold an x509 or a key, a ring */
    size_t next_parsed;
    enum tlswatch_outdated outdated; /* what a certificate that came late would have changed */
};

static inline struct certificate_private *certificate_private_of(const struct certificate *c) {
    return c->private_part;
}

/* store_can_afford pays for computing one signature by the key of this certificate; false: it has to be left unchecked. */
static inline bool store_can_afford(struct certificate_store *store, const struct certificate *c) {
    return store->budget == NULL || !c->usable_key || signature_budget_pay(store->budget, c);
}

/* certificate_x509 returns a reference that the caller frees; NULL where malformed or memory is exhausted. It is for
 * reading: nothing can be computed with it. */
X509 *certificate_x509(const struct certificate *c);
/* certificate_x509_complete returns one that can be computed with, and that is the caller's alone. */
X509 *certificate_x509_complete(const struct certificate *c);
/* certificate_key returns a borrowed key, which stands until the next call of either; NULL where it is not usable. */
EVP_PKEY *certificate_key(const struct certificate *c);
/* usual_key makes the key, which is the caller's, without decoding the certificate. NULL: it is not of a usual kind, makes
 * no sense or memory is exhausted. */
EVP_PKEY *usual_key(const struct certificate *c);

static inline enum link link_of(enum answer verifies) {
    return verifies == ANSWER_YES ? LINK_VERIFIED : verifies == ANSWER_NO ? LINK_FAILED : LINK_UNCHECKED;
}

/* x509_decode: exactly these bytes are a certificate (nothing behind it). NULL, and the reason in *why, which is NULL
 * where memory is exhausted. */
X509 *x509_decode(OSSL_LIB_CTX *libcrypto, struct bytes der, const char **why);

/* facts_read fills everything of *c but der, sha256 and what needs the names; false: malformed, with the reason. */
bool facts_read(X509 *x, struct arena *arena, struct certificate *c, const char **why);
bool facts_key(X509 *x, struct arena *arena, struct certificate *c);
bool facts_extensions(X509 *x, struct arena *arena, struct certificate *c);

/* key_verifies: does the key of `issuer` verify the signature on `child`? Each time it computes is paid for. */
enum link key_verifies(const struct certificate *child, const struct certificate *issuer);
/* digest_name is libcrypto's; NULL for DIGEST_OTHER. */
const char *digest_name(enum digest digest);

/* store_parse reads a certificate of which only der is there. */
void store_parse(struct certificate_private *c);

/* store_make_room counts bytes that are about to be taken in; false where that is too many. */
bool store_make_room(struct certificate_store *store, size_t len);
void authority_lists_clear(struct certificate_store *store);

/* name_intern returns the store's one object for this name; NULL where memory is exhausted. */
struct name *name_intern(struct certificate_store *store, const X509_NAME *name);

/* Text. All of it is escaped; NULL or false where memory is exhausted. */
const char *text_name(struct arena *arena, const X509_NAME *name);
const char *text_hex(struct arena *arena, struct bytes data);
const char *text_oid(struct arena *arena, const ASN1_OBJECT *oid);      /* short name, else dotted */
const char *text_oid_long(struct arena *arena, const ASN1_OBJECT *oid); /* long name, else dotted */
const char *text_oid_dotted(struct arena *arena, const ASN1_OBJECT *oid);
const char *text_alternative_name(struct arena *arena, const void *general_name);

static inline struct bytes bytes_of_string(const ASN1_STRING *s) {
    return bytes_of(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
}

#endif
