/*
 * What can be told of a certificate or a name at a glance, without libcrypto: enough to find out later whether it is one
 * that is asked for.
 *
 * It only ever says "perhaps": of two names that RFC 5280, 7.1 calls equal the folds are equal, and of some others too.
 * What it cannot read (no DER, or odd DER) is left to libcrypto at once.
 */
#ifndef TLSWATCH_X509_OUTLINE_H
#define TLSWATCH_X509_OUTLINE_H

#include "base/bytes.h"
#include "base/siphash.h"

struct outline {
    struct bytes issuer, subject;  /* the Names, with their tags */
    struct bytes authority_key_id; /* the extension's value (RFC 5280, 4.2.1.1); empty: there is none */
};

/* outline_read: false where this is not plainly a certificate. */
bool outline_read(struct bytes der, struct outline *out);

/* outline_fold folds a DER Name to a number; false where it is none. */
bool outline_fold(const struct hash_key *key, struct bytes name, uint64_t *out);

/* outline_fold_attribute: one AttributeTypeAndValue of it. The fold of a name is the sum of those of its attributes. */
uint64_t outline_fold_attribute(const struct hash_key *key, struct bytes type, uint8_t tag, struct bytes value);

#endif
