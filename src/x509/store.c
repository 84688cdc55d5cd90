#include "x509/algorithms.h"
#include "x509/der.h"
#include "x509/internal.h"
#include "x509/pending.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>

struct certificate_store *certificate_store_new(const struct hash_key *key, size_t bound) {
    struct certificate_store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        return NULL;
    }
    store->memory.bound = bound;
    store->arena.memory = &store->memory;
    long_hash_key_init(&store->key, key);
    /* Its configuration is read when it is first used, unless the program has said otherwise; that is to be now: the caller
     * may be about to give up the right to open files. */
    OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
    store->libcrypto = OSSL_LIB_CTX_new();
    store->reader = OSSL_LIB_CTX_new();
    store->sha256 = EVP_MD_fetch(store->libcrypto, "SHA256", NULL);
    store->sha1 = EVP_MD_fetch(store->libcrypto, "SHA1", NULL);
    store->nothing = store->reader != NULL ? OSSL_PROVIDER_load(store->reader, "null") : NULL;
    if (store->sha256 == NULL || store->nothing == NULL || !algorithms_fetch(store->libcrypto)) {
        certificate_store_free(store);
        return NULL;
    }
    return store;
}

static void forget_parsed(struct certificate_private *c) {
    X509_free(c->x509);
    EVP_PKEY_free(c->key);
    c->x509 = NULL;
    c->key = NULL;
}

void certificate_store_free(struct certificate_store *store) {
    if (store == NULL) {
        return;
    }
    for (size_t i = 0; i < LIMIT_PARSED_CERTIFICATES; i++) {
        if (store->parsed[i] != NULL) {
            forget_parsed(store->parsed[i]);
        }
    }
    authority_lists_clear(store);
    table_clear(&store->certificates);
    table_clear(&store->names);
    table_clear(&store->folds);
    arena_clear(&store->arena);
    EVP_MD_free(store->sha256);
    EVP_MD_free(store->sha1);
    if (store->nothing != NULL) {
        OSSL_PROVIDER_unload(store->nothing);
    }
    OSSL_LIB_CTX_free(store->reader);
    OSSL_LIB_CTX_free(store->libcrypto);
    free(store);
}

bool store_make_room(struct certificate_store *store, size_t len) {
    if (len > LIMIT_STORE_BYTES - store->num_bytes) {
        return false;
    }
    store->num_bytes += len;
    return true;
}

/* Keeps what is about to be parsed of a certificate at hand in place of the one that was kept longest. */
static void keep_parsed(struct certificate_private *c) {
    struct certificate_store *store = c->store;
    struct certificate_private **place = &store->parsed[store->next_parsed];
    if (c->x509 != NULL || c->key != NULL) {
        return;
    }
    if (*place != NULL) {
        forget_parsed(*place);
    }
    *place = c;
    store->next_parsed = (store->next_parsed + 1) % LIMIT_PARSED_CERTIFICATES;
}

X509 *certificate_x509(const struct certificate *c) {
    struct certificate_private *inner = certificate_private_of(c);
    if (c->facts.malformed != NULL) {
        return NULL;
    }
    if (inner->x509 == NULL) {
        const char *why;
        X509 *x = x509_decode(inner->store->reader, bytes_of(c->facts.der, c->facts.der_len), &why);
        if (x == NULL) {
            return NULL;
        }
        keep_parsed(inner);
        inner->x509 = x;
    }
    return X509_up_ref(inner->x509) == 1 ? inner->x509 : NULL;
}

X509 *certificate_x509_complete(const struct certificate *c) {
    const char *why;
    return c->facts.malformed != NULL
                   ? NULL
                   : x509_decode(certificate_private_of(c)->store->libcrypto, bytes_of(c->facts.der, c->facts.der_len), &why);
}

static EVP_PKEY *decode_key(const struct certificate *c) {
    X509 *x = certificate_x509_complete(c);
    EVP_PKEY *key = NULL;
    if (x != NULL) {
        ERR_set_mark();
        key = X509_get_pubkey(x);
        ERR_pop_to_mark();
        X509_free(x);
    }
    return key;
}

EVP_PKEY *certificate_key(const struct certificate *c) {
    struct certificate_private *inner = certificate_private_of(c);
    if (inner->key == NULL && c->usable_key) {
        EVP_PKEY *key = usual_key(c);
        key = key != NULL ? key : decode_key(c);
        if (key != NULL) {
            keep_parsed(inner);
            inner->key = key;
        }
    }
    return inner->key;
}

static bool is_this_certificate(const void *item, const void *wanted) {
    const struct tlswatch_certificate *facts = &((const struct certificate_private *)item)->certificate.facts;
    return bytes_equal(bytes_of(facts->der, facts->der_len), *(const struct bytes *)wanted);
}

static bool read_names(struct certificate_private *c, X509 *x) {
    struct tlswatch_certificate *facts = &c->certificate.facts;
    c->subject = name_intern(c->store, X509_get_subject_name(x));
    c->issuer = name_intern(c->store, X509_get_issuer_name(x));
    if (c->subject == NULL || c->issuer == NULL) {
        return false;
    }
    pending_read_subjects(c->subject, false); /* those that were seen before stand before it */
    facts->self_issued = c->subject == c->issuer;
    uint64_t num_unpaid = certificate_store_num_unpaid(c->store);
    facts->self_signed = facts->self_issued && key_verifies(&c->certificate, &c->certificate) == LINK_VERIFIED;
    if (certificate_store_num_unpaid(c->store) != num_unpaid) {
        return false; /* as what is self-signed or not, everything above it would be judged wrongly */
    }
    facts->ca = facts->ca || (facts->version == 1 && facts->self_signed);
    return true;
}

/* Whether a list may name it: a CA, or a self-signed certificate that is trusted by itself. */
static bool may_be_advertised(const struct certificate *c) {
    return c->facts.ca || c->facts.self_signed;
}

static void outdate(struct certificate_store *store, enum tlswatch_outdated what) {
    store->outdated = store->outdated < what ? what : store->outdated;
}

static void index_by_subject(struct certificate_private *c) {
    struct name *subject = c->subject;
    bool first_ca = may_be_advertised(&c->certificate) && !subject->has_ca;
    bool first_end_entity = !may_be_advertised(&c->certificate) && subject->first_end_entity == NULL;
    bool changed = first_ca ? subject->first_end_entity != NULL : first_end_entity && !subject->has_ca;
    outdate(c->store, subject->advertised && changed ? TLSWATCH_VERDICTS_OUTDATED : subject->relied_on);
    subject->has_ca |= first_ca;
    if (first_end_entity) {
        subject->first_end_entity = &c->certificate;
    }
    if (subject->last_subject != NULL) {
        subject->last_subject->next_of_subject = c;
    } else {
        subject->first_subject = c;
    }
    subject->last_subject = c;
}

static bool same_key_id(const struct certificate *a, const struct certificate *b) {
    return strcmp(a->facts.authority_key_id, b->facts.authority_key_id) == 0;
}

static void index_by_key(struct certificate_private *c) {
    struct name *issuer = c->issuer;
    if (c->certificate.facts.authority_key_id == NULL || issuer->num_keys == LIMIT_KEY_IDS) {
        return;
    }
    for (size_t i = 0; i < issuer->num_keys; i++) {
        if (same_key_id(&c->certificate, issuer->by_key[i])) {
            return;
        }
    }
    issuer->by_key[issuer->num_keys++] = &c->certificate;
    if (issuer->relied_on == TLSWATCH_VERDICTS_OUTDATED) {
        outdate(c->store, TLSWATCH_VERDICTS_OUTDATED);
    }
}

/* What libcrypto refuses keeps its bytes and its hash and nothing half read. */
static void set_malformed(struct certificate_private *c, const char *why) {
    struct tlswatch_certificate facts = {.der = c->certificate.facts.der,
                                         .der_len = c->certificate.facts.der_len,
                                         .sha256 = c->certificate.facts.sha256,
                                         .malformed = why,
                                         .path_len = -1};
    c->certificate = (struct certificate){.facts = facts, .seen = c->certificate.seen, .private_part = c};
}

static bool set_digest(struct certificate_private *c) {
    struct tlswatch_certificate *facts = &c->certificate.facts;
    uint8_t digest[32];
    bool ok = EVP_Digest(facts->der, facts->der_len, digest, NULL, c->store->sha256, NULL) == 1;
    facts->sha256 = ok ? text_hex(&c->store->arena, bytes_of(digest, sizeof digest)) : NULL;
    return facts->sha256 != NULL;
}

void store_parse(struct certificate_private *c) {
    struct tlswatch_certificate *facts = &c->certificate.facts;
    ERR_clear_error(); /* what failed before must not be taken for what fails here */
    c->unread = !set_digest(c);
    if (c->unread) {
        set_malformed(c, NULL);
        return;
    }
    if (facts->der_len == 0 || facts->der_len > LIMIT_CERTIFICATE) {
        set_malformed(c, facts->der_len == 0 ? "empty" : "too long to be a certificate");
        return;
    }
    if (der_count(bytes_of(facts->der, facts->der_len), LIMIT_CERTIFICATE_ELEMENTS) == LIMIT_CERTIFICATE_ELEMENTS) {
        set_malformed(c, "more names and other parts than are read");
        return;
    }
    const char *why = NULL;
    X509 *x = x509_decode(c->store->reader, bytes_of(facts->der, facts->der_len), &why);
    bool ok = x != NULL && facts_read(x, &c->store->arena, &c->certificate, &why) && read_names(c, x);
    X509_free(x);
    c->unread = !ok && why == NULL;
    if (!ok) {
        set_malformed(c, why);
        return;
    }
    index_by_subject(c);
    index_by_key(c);
}

static struct certificate_private *certificate_new(struct certificate_store *store, struct bytes der) {
    struct certificate_private *c = arena_alloc(&store->arena, sizeof *c);
    const char *copy = arena_copy(&store->arena, der);
    if (c == NULL || copy == NULL) {
        return NULL;
    }
    c->store = store;
    c->certificate.private_part = c;
    c->certificate.facts.der = (const uint8_t *)copy;
    c->certificate.facts.der_len = der.len;
    return c;
}

static struct certificate_private *find_or_add(struct certificate_store *store, struct bytes der, bool *is_new) {
    uint64_t hash = long_hash(&store->key, der.p, der.len);
    struct certificate_private *c = table_find(&store->certificates, hash, is_this_certificate, &der);
    *is_new = c == NULL;
    if (c != NULL) {
        return c;
    }
    if (store->certificates.num_items >= LIMIT_STORE_CERTIFICATES || !store_make_room(store, der.len)) {
        return NULL;
    }
    c = certificate_new(store, der);
    return c != NULL && table_add(&store->certificates, hash, c) ? c : NULL;
}

/* The certificate of these bytes, and whether it is new: then nothing has been done with it so far. Most of what comes came a
 * moment ago, and is found without a hash of all of it. */
static struct certificate_private *take_in(struct certificate_store *store, struct bytes der, bool *is_new) {
    struct certificate_private **recent = &store->recent[hash_of_ends(&store->key, der) % RECENT_CERTIFICATES];
    *is_new = false;
    if (*recent == NULL || !is_this_certificate(*recent, &der)) {
        struct certificate_private *c = find_or_add(store, der, is_new);
        *recent = c != NULL ? c : *recent;
        return c;
    }
    return *recent;
}

bool certificate_store_overflowed(const struct certificate_store *store) {
    return store->overflowed;
}

void certificate_store_charge(struct certificate_store *store, struct signature_budget *budget) {
    store->budget = budget;
}

uint64_t certificate_store_num_unpaid(const struct certificate_store *store) {
    return store->budget != NULL ? store->budget->num_refused : 0;
}

void certificate_store_set_aside(struct certificate_store *store) {
    store->memory.bound += store->memory.held;
}

const struct certificate *certificate_store_add(struct certificate_store *store, struct bytes der) {
    bool is_new;
    struct certificate_private *c = take_in(store, der, &is_new);
    if (c == NULL) {
        store->overflowed = true;
        return NULL;
    }
    if (is_new || c->unread) {
        store_parse(c);
    } else {
        pending_read(c);
    }
    store->overflowed |= c->unread;
    return c->unread ? NULL : &c->certificate;
}

void certificate_store_note(struct certificate_store *store, struct bytes der, const struct tlswatch_sighting *seen) {
    bool is_new;
    struct certificate_private *c = take_in(store, der, &is_new);
    if (c == NULL) {
        store->overflowed = true;
        return;
    }
    certificate_set_seen(&c->certificate, seen);
    if (is_new) {
        pending_add(store, c);
    }
}

bool certificate_store_sha1(const struct certificate_store *store, struct bytes data, uint8_t digest[20]) {
    return store->sha1 != NULL && EVP_Digest(data.p, data.len, digest, NULL, store->sha1, NULL) == 1;
}

void certificate_set_seen(const struct certificate *c, const struct tlswatch_sighting *seen) {
    struct tlswatch_sighting *first = &certificate_private_of(c)->certificate.seen;
    if (first->given == NULL && first->mark.frame == 0) {
        *first = *seen;
    }
}

enum tlswatch_outdated certificate_store_outdated(const struct certificate_store *store) {
    return store->outdated;
}

void certificate_store_set_number(struct certificate_store *store, uint64_t number) {
    store->number = number;
}

uint64_t certificate_store_number(const struct certificate_store *store) {
    return store->number;
}

void certificate_store_settle(struct certificate_store *store) {
    store->outdated = TLSWATCH_UP_TO_DATE;
    store->overflowed = false;
}

void certificate_rely_on_issuers(const struct certificate *c, enum tlswatch_outdated what) {
    struct name *issuer = certificate_private_of(c)->issuer;
    if (issuer != NULL && issuer->relied_on < what) {
        pending_read_subjects(issuer, true);
        pending_read_issued(issuer);
        issuer->relied_on = what;
    }
}

const struct certificate *certificate_other_key(const struct certificate *c) {
    struct name *issuer = certificate_private_of(c)->issuer;
    if (issuer == NULL || c->facts.authority_key_id == NULL) {
        return NULL;
    }
    pending_read_subjects(issuer, true);
    pending_read_issued(issuer);
    issuer->relied_on = TLSWATCH_VERDICTS_OUTDATED;
    for (size_t i = 0; i < issuer->num_keys; i++) {
        if (!same_key_id(c, issuer->by_key[i])) {
            return issuer->by_key[i];
        }
    }
    return NULL;
}

bool certificate_named_as_ca(const struct certificate *c) {
    struct name *subject = certificate_private_of(c)->subject;
    if (subject != NULL) {
        pending_read_subjects(subject, true);
        subject->advertised = true;
    }
    return subject != NULL && subject->has_ca;
}

size_t certificate_store_issuers(const struct certificate_store *store, const struct certificate *child, const struct certificate **out,
                                 size_t max) {
    const struct certificate_private *inner = certificate_private_of(child);
    size_t num = 0;
    (void)store;
    if (inner->issuer == NULL) {
        return 0;
    }
    pending_read_subjects(inner->issuer, false);
    for (const struct certificate_private *c = inner->issuer->first_subject; c != NULL && num < max; c = c->next_of_subject) {
        out[num++] = &c->certificate;
    }
    return num;
}
