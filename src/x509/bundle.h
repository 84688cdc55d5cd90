/*
 * Files of certificates into the store: PEM with anything between its blocks, or DER, one certificate or many.
 *
 * Blocks that are no certificates (keys, CRLs) are passed over; a certificate that does not parse is counted.
 */
#ifndef TLSWATCH_X509_BUNDLE_H
#define TLSWATCH_X509_BUNDLE_H

#include "x509/certificate.h"

struct bundle {
    const char *name;        /* a copy, escaped, that lives as long as the store */
    size_t num_certificates; /* well-formed ones */
    size_t num_refused;      /* that do not parse, or that the store has no room for */
    const char *why;         /* of the first of these; NULL: none */
};

typedef bool (*bundle_visit)(void *user, const struct certificate *c);

/* bundle_read puts every certificate of `file` into the store, marked as given under `name`, and shows the well-formed
 * ones to `visit`, which may be NULL; one that it returns false for counts as refused. */
void bundle_read(struct certificate_store *store, struct bytes file, const char *name, bundle_visit visit, void *user, struct bundle *out);

#endif
