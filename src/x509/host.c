/* Names that a certificate speaks for: the host it was asked for, and what a CA permits. */
#include "x509/internal.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

static bool is_address(const char *host) {
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(host);
    ASN1_OCTET_STRING_free(address);
    return address != NULL;
}

static enum answer match_host(const struct certificate *c, const char *host, size_t len) {
    X509 *x = certificate_x509(c);
    if (x == NULL) {
        return ANSWER_NONE;
    }
    ERR_set_mark();
    int verdict = is_address(host) ? X509_check_ip_asc(x, host, 0) : X509_check_host(x, host, len, 0, NULL);
    ERR_pop_to_mark();
    X509_free(x);
    return verdict == 1 ? ANSWER_YES : verdict == 0 ? ANSWER_NO : ANSWER_NONE;
}

enum host_match certificate_matches_host(const struct certificate *c, const char *host) {
    size_t len = host != NULL ? strlen(host) : 0;
    if (len > 1 && host[len - 1] == '.') {
        len--; /* the root's dot is no part of a certificate's name */
    }
    if (len == 0) {
        return HOST_UNKNOWN;
    }
    struct answers answers = {0};
    enum answer answer;
    do {
        answer = match_host(c, host, len);
    } while (!answer_counts(&answers, answer));
    return answer == ANSWER_YES ? HOST_MATCHES : answer == ANSWER_NO ? HOST_DIFFERS : HOST_UNKNOWN;
}

static bool has_dns_name(X509 *x) {
    GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    bool found = false;
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++) {
        found = sk_GENERAL_NAME_value(names, i)->type == GEN_DNS;
    }
    GENERAL_NAMES_free(names);
    return found;
}

/* As libcrypto's own path validation: a host name in CN counts where an end entity has no DNS name. */
static enum answer permits(NAME_CONSTRAINTS *constraints, X509 *x, bool is_ca) {
    if (X509_check_purpose(x, -1, 0) != 1) { /* fills the alternative names that the check below reads */
        return ANSWER_NONE;
    }
    int verdict = NAME_CONSTRAINTS_check(x, constraints);
    if (verdict == X509_V_OK && !is_ca && !has_dns_name(x)) {
        verdict = NAME_CONSTRAINTS_check_CN(x, constraints);
    }
    return verdict == X509_V_OK ? ANSWER_YES : verdict == X509_V_ERR_OUT_OF_MEM ? ANSWER_NONE : ANSWER_NO;
}

static enum answer check_names(const struct certificate *ca, const struct certificate *c) {
    X509 *ca_x = certificate_x509_complete(ca);
    X509 *x = certificate_x509_complete(c);
    enum answer permitted = ANSWER_NONE;
    if (ca_x != NULL && x != NULL) {
        NAME_CONSTRAINTS *constraints = X509_get_ext_d2i(ca_x, NID_name_constraints, NULL, NULL);
        permitted = constraints != NULL ? permits(constraints, x, c->facts.ca) : ANSWER_NONE;
        NAME_CONSTRAINTS_free(constraints);
    }
    X509_free(x);
    X509_free(ca_x);
    return permitted;
}

bool certificate_names_permitted(const struct certificate *ca, const struct certificate *c) {
    /* RFC 5280, 6.1.4 (b): not for a CA's certificate to itself, as it changes keys. */
    if (!ca->has_name_constraints || (c->facts.self_issued && c->facts.ca)) {
        return true;
    }
    struct answers answers = {0};
    enum answer permitted;
    ERR_set_mark();
    do {
        permitted = check_names(ca, c);
    } while (!answer_counts(&answers, permitted));
    ERR_pop_to_mark();
    return permitted != ANSWER_NO;
}
