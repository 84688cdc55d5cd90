/*
 * Certificates of conversations with which nothing is wrong: they are kept, and only read once somebody asks for a name
 * that they may carry. Most are never read.
 *
 * They wait under the folds of their two names (outline.h). Under an issuer's fold waits one for each authority key
 * identifier: further ones would tell nothing new of the keys of that issuer.
 */
#ifndef TLSWATCH_X509_PENDING_H
#define TLSWATCH_X509_PENDING_H

#include "x509/internal.h"

#define FOLD_KEYS (2 * LIMIT_KEY_IDS)

struct fold {
    uint64_t hash;
    bool subjects_asked, issued_asked; /* an answer was given that one more would have changed: none waits any more */
    struct certificate_private *first_subject, *last_subject;
    struct certificate_private *first_issued, *last_issued;
    uint64_t keys[FOLD_KEYS]; /* hashes of authority key identifiers */
    size_t num_keys;
};

/* pending_fold returns the store's one object for a fold; NULL where memory is exhausted. */
struct fold *pending_fold(struct certificate_store *store, uint64_t hash);

/* pending_add lets a certificate wait, or reads it at once where it matters already. */
void pending_add(struct certificate_store *store, struct certificate_private *c);

/* pending_read reads one that waits, and with it those of its subject; one that does not wait it leaves alone. */
void pending_read(struct certificate_private *c);

/* pending_read_subjects reads those that may have the name for their subject, and with `asked` whatever comes later;
 * pending_read_issued those that may be issued under it, and whatever comes later. */
void pending_read_subjects(struct name *name, bool asked);
void pending_read_issued(struct name *name);

#endif
