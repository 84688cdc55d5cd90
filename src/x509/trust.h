/*
 * What one side really trusts, where the user has its file: would this chain verify with it?
 *
 * libcrypto builds and verifies the whole path, from the leaf to a self-signed certificate of the file, for the purpose
 * of the leaf's holder, at a time that is given. Certificates are also put into the store. Revocation, host names and
 * security levels are not looked at.
 */
#ifndef TLSWATCH_X509_TRUST_H
#define TLSWATCH_X509_TRUST_H

#include "x509/bundle.h"

struct trust;

enum trust_failure {
    TRUST_VERIFIES,
    TRUST_NO_ISSUER, /* the path does not end at a certificate of the file */
    TRUST_SIGNATURE, /* it does by name, and a signature is wrong */
    TRUST_EXPIRED,
    TRUST_NOT_YET_VALID,
    TRUST_OTHER,
};

struct trust_verdict {
    const struct trust *with; /* NULL: nothing is known of what the peer trusts; the rest means nothing then */
    enum trust_failure failure;
    const char *error; /* libcrypto's words; lives for ever. NULL where it verifies */
    int depth;         /* of the certificate that it stopped at, 0 the leaf */
    bool beyond_chain; /* that certificate is one of the file */
};

/* trust_new reads PEM or DER; NULL where no certificate is in it or memory is exhausted, which `read` tells. It lives
 * no longer than the store. */
struct trust *trust_new(struct certificate_store *store, struct bytes file, const char *name, struct bundle *read);
void trust_free(struct trust *trust);

const char *trust_name(const struct trust *trust);

/* trust_holds: the certificate is in the file. */
bool trust_holds(const struct trust *trust, const struct certificate *c);

/* Files of trust, each with the peers that it stands for. A zeroed set is an empty one. */
struct trust_set {
    struct trust_entry {
        struct trust_entry *next;
        struct trust *trust;
        struct tlswatch_trust_scope scope; /* the server's name is owned */
    } * first;
    size_t num;
};

/* trust_set_add reads one more file; false as trust_new, and where there are too many. */
bool trust_set_add(struct trust_set *set, struct certificate_store *store, const struct tlswatch_trust_scope *scope, struct bytes file,
                   const char *name, struct bundle *read);
void trust_set_clear(struct trust_set *set);

/* trust_set_find returns what holds for the certificates of that side at that server; NULL: nothing is known.
 * `server_name` is the SNI and may be NULL. */
struct trust *trust_set_find(const struct trust_set *set, enum tlswatch_side certificate_of, const char *server_name, const char *address,
                             uint16_t port);

/* trust_verify judges a chain that `holder` sent, the leaf first, at `time` (seconds). `known` are certificates that
 * may be used besides those sent; num_known may be 0. What was judged is remembered. False where memory is exhausted,
 * or `time` is beyond the 32 bits of a libcrypto that has no more (2038). */
bool trust_verify(struct trust *trust, const struct certificate *const *chain, size_t num_chain, const struct certificate *const *known,
                  size_t num_known, enum tlswatch_side holder, int64_t time, struct trust_verdict *out);

#endif
