/*
 * From a leaf to the names that were advertised: the path by issuer names through the chain that was sent, what
 * stands beside it, and where it breaks.
 *
 * It answers "where does it break, and against which list", not "does it verify". Trust plays no part. Validity,
 * purpose and the other rules of RFC 5280, section 6 are facts of each certificate, judged by diagnosis.
 */
#ifndef TLSWATCH_X509_PATH_H
#define TLSWATCH_X509_PATH_H

#include "base/limits.h"
#include "x509/certificate.h"

struct path {
    /* The leaf's own path: indexes into the chain, from the leaf (0) upward, each the issuer by name of the one before.
     * Among several candidates with the right name one whose signature verifies is taken, then one whose key
     * identifier agrees, then the first. A self-signed certificate ends it. No index occurs twice. */
    size_t path[LIMIT_CHAIN];
    size_t num_path;
    enum link links[LIMIT_CHAIN]; /* links[i]: path[i + 1] signed path[i]; without a list checked only to choose by */
    bool in_path[LIMIT_CHAIN];    /* by index in the chain */
    bool ends_self_signed;        /* the last of the path is self-signed (a root was sent) */
    bool misordered;              /* the path's indexes do not ascend one by one from 0 */
    int foreign;                  /* first certificate that certifies nobody on the path; -1: none */
    int duplicate;                /* first certificate that stands in the chain twice; -1: none */
    int failed_link;              /* first of links that FAILED; -1: none */
    bool malformed_leaf;          /* nothing can be said */

    /* As record.md; how is one of ISSUER_LISTED .. SIGNATURE_FAILED, LIST_EMPTY or INCOMPLETE. `at` is the certificate that
     * reaches; for NOT_LISTED the path's top; for SIGNATURE_FAILED the one whose signature is wrong. */
    struct tlswatch_reach reach;
    enum name_match match;        /* how the name that reached compares */

    /* Above the top of the path, unless that is self-signed: certificates of the store, none of the path itself, with the
     * name of the issuer that was not sent. */
    const struct certificate *bridge; /* one whose key verifies the top of the path; NULL: none is known */
    bool bridge_reaches;          /* following such certificates, a name on the list is reached */
    int bridge_authority;         /* which; -1: none */
    const struct certificate *root; /* a self-signed one that they lead to, and no name on the list is reached; NULL */
    const struct certificate *rekeyed; /* one with the right name whose key does not verify, where none does; NULL */
    const struct certificate *namesake; /* the same, also where one does: two keys under one name; NULL */
    const struct certificate *above[LIMIT_CHAIN]; /* bridge and what is known above it, each verifying one below */
    size_t num_above;
};

/* path_walk follows chain[0] upward. Where `list` is NULL (no CertificateRequest in clear) reach is not set, and what
 * stands above the top of the path is left to path_look_beyond. */
void path_walk(struct certificate_store *store, const struct certificate *const *chain, size_t num_chain, const struct authority_list *list,
               struct path *out);

/* path_rely_on: what is known above the top of the path matters, to a verdict or only to reach.signatures
 * (certificate_store_outdated). */
void path_rely_on(const struct certificate *const *chain, const struct path *path, bool verdict);

/* path_look_beyond finds bridge and all behind it, for a path that was walked without a list. */
void path_look_beyond(struct certificate_store *store, const struct certificate *const *chain, size_t num_chain, struct path *path);

#endif
