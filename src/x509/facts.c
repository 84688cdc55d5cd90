/* What a certificate says about itself, read by libcrypto: names, dates, serial. */
#include "x509/internal.h"

#include <openssl/asn1err.h>
#include <openssl/err.h>

/* The first error says what is wrong; those above it, that they hold it. */
static const char *reason_of(unsigned long error) {
    bool too_long = ERR_GET_LIB(error) == ERR_LIB_ASN1 && ERR_GET_REASON(error) == ASN1_R_TOO_LONG;
    const char *reason = too_long ? "a length reaches past the end" : ERR_reason_error_string(error);
    return reason != NULL ? reason : "no X.509 certificate";
}

X509 *x509_decode(OSSL_LIB_CTX *libcrypto, struct bytes der, const char **why) {
    X509 *x = X509_new_ex(libcrypto, NULL);
    if (x == NULL) {
        *why = NULL;
        return NULL;
    }
    const unsigned char *p = der.p;
    ERR_set_mark();
    if (d2i_X509(&x, &p, (long)der.len) == NULL) { /* which frees x */
        unsigned long error = ERR_peek_error();    /* none: there was no memory to note one */
        *why = memory_was_exhausted() || error == 0 ? NULL : reason_of(error);
        ERR_pop_to_mark();
        return NULL;
    }
    ERR_pop_to_mark();
    if (p != der.p + der.len) {
        *why = "bytes follow the certificate";
        X509_free(x);
        return NULL;
    }
    return x;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar; time zones and <time.h> play no part. */
static int64_t days_of(int64_t year, int64_t month, int64_t day) {
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static bool seconds_of(const ASN1_TIME *time, int64_t *out) {
    struct tm tm;
    if (ASN1_TIME_to_tm(time, &tm) != 1) {
        return false;
    }
    *out = days_of(tm.tm_year + 1900LL, tm.tm_mon + 1LL, tm.tm_mday) * 86400 + tm.tm_hour * 3600LL + tm.tm_min * 60LL + tm.tm_sec;
    return true;
}

/* As it was read. */
static struct bytes name_der(const X509_NAME *name) {
    const unsigned char *der;
    size_t len;
    return X509_NAME_get0_der(name, &der, &len) == 1 ? bytes_of(der, len) : bytes_of(NULL, 0);
}

static bool read_name(struct arena *arena, const X509_NAME *name, struct tlswatch_name *out) {
    struct bytes der = name_der(name);
    out->text = text_name(arena, name);
    out->der = (const uint8_t *)arena_copy(arena, der);
    out->der_len = der.len;
    return out->text != NULL && out->der != NULL;
}

static bool read_serial(struct arena *arena, const ASN1_INTEGER *serial, const char **out) {
    const char *hex = text_hex(arena, bytes_of_string(serial));
    if (hex != NULL && ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER) {
        hex = arena_format(arena, "-%s", hex);
    }
    *out = hex;
    return hex != NULL;
}

bool facts_read(X509 *x, struct arena *arena, struct certificate *c, const char **why) {
    struct tlswatch_certificate *facts = &c->facts;
    if (!seconds_of(X509_get0_notBefore(x), &facts->not_before) || !seconds_of(X509_get0_notAfter(x), &facts->not_after)) {
        *why = "its validity is no time";
        return false;
    }
    if (name_der(X509_get_subject_name(x)).len > LIMIT_NAME || name_der(X509_get_issuer_name(x)).len > LIMIT_NAME) {
        *why = "a name that is too long";
        return false;
    }
    facts->version = (int)X509_get_version(x) + 1;
    *why = NULL; /* from here on only memory can be missing */
    return read_name(arena, X509_get_subject_name(x), &facts->subject) && read_name(arena, X509_get_issuer_name(x), &facts->issuer) &&
           read_serial(arena, X509_get0_serialNumber(x), &facts->serial) && facts_key(x, arena, c) && facts_extensions(x, arena, c);
}
