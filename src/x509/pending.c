#include "x509/pending.h"

#include "x509/outline.h"

static bool is_this_fold(const void *item, const void *wanted) {
    return ((const struct fold *)item)->hash == *(const uint64_t *)wanted;
}

struct fold *pending_fold(struct certificate_store *store, uint64_t hash) {
    struct fold *fold = table_find(&store->folds, hash, is_this_fold, &hash);
    if (fold != NULL) {
        return fold;
    }
    fold = arena_alloc(&store->arena, sizeof *fold);
    if (fold == NULL || !table_add(&store->folds, hash, fold)) {
        return NULL;
    }
    fold->hash = hash;
    return fold;
}

/* Whether a certificate with this authority key identifier is the first of them under its issuer's fold. */
static bool is_new_key(const struct certificate_store *store, struct fold *fold, struct bytes authority_key_id) {
    if (authority_key_id.len == 0) {
        return false;
    }
    uint64_t hash = siphash(&store->key.key, authority_key_id.p, authority_key_id.len);
    for (size_t i = 0; i < fold->num_keys; i++) {
        if (fold->keys[i] == hash) {
            return false;
        }
    }
    if (fold->num_keys < FOLD_KEYS) {
        fold->keys[fold->num_keys++] = hash;
    }
    return true;
}

static void wait_as_subject(struct fold *fold, struct certificate_private *c) {
    c->pending_under = fold;
    if (fold->last_subject != NULL) {
        fold->last_subject->next_pending_subject = c;
    } else {
        fold->first_subject = c;
    }
    fold->last_subject = c;
}

static void wait_as_issued(struct fold *fold, struct certificate_private *c) {
    if (fold->last_issued != NULL) {
        fold->last_issued->next_pending_issued = c;
    } else {
        fold->first_issued = c;
    }
    fold->last_issued = c;
}

/* In the order in which they came, which is the order in which they are given out. */
static void read_all_subjects(struct fold *fold) {
    struct certificate_private *c = fold->first_subject, *next;
    fold->first_subject = fold->last_subject = NULL;
    for (; c != NULL; c = next) {
        next = c->next_pending_subject;
        c->pending_under = NULL;
        store_parse(c);
    }
}

void pending_read(struct certificate_private *c) {
    if (c->pending_under != NULL) {
        read_all_subjects(c->pending_under);
    }
}

void pending_add(struct certificate_store *store, struct certificate_private *c) {
    struct outline outline;
    uint64_t subject_hash, issuer_hash;
    bool is_plain = outline_read(bytes_of(c->certificate.facts.der, c->certificate.facts.der_len), &outline) &&
                    outline_fold(&store->key.key, outline.subject, &subject_hash) &&
                    outline_fold(&store->key.key, outline.issuer, &issuer_hash);
    struct fold *subject = is_plain ? pending_fold(store, subject_hash) : NULL;
    struct fold *issuer = is_plain ? pending_fold(store, issuer_hash) : NULL;
    if (subject == NULL || issuer == NULL) {
        store_parse(c);
        return;
    }
    bool new_key = is_new_key(store, issuer, outline.authority_key_id);
    if (subject->subjects_asked || (new_key && issuer->issued_asked)) {
        store_parse(c);
        return;
    }
    wait_as_subject(subject, c);
    if (new_key) {
        wait_as_issued(issuer, c);
    }
}

void pending_read_subjects(struct name *name, bool asked) {
    name->fold->subjects_asked |= asked;
    read_all_subjects(name->fold);
}

void pending_read_issued(struct name *name) {
    struct fold *fold = name->fold;
    fold->issued_asked = true;
    for (struct certificate_private *c = fold->first_issued; c != NULL; c = c->next_pending_issued) {
        pending_read(c);
    }
    fold->first_issued = fold->last_issued = NULL;
}
