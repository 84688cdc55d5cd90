#include "x509/bundle.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "x509/internal.h"

struct reading {
    struct certificate_store *store;
    bundle_visit visit;
    void *user;
    struct bundle *out;
};

static void refuse(struct reading *r, const char *why) {
    r->out->num_refused++;
    r->out->why = r->out->why != NULL ? r->out->why : why;
}

static void take(struct reading *r, struct bytes der) {
    const struct tlswatch_sighting seen = {.given = r->out->name};
    const struct certificate *c = certificate_store_add(r->store, der);
    if (c == NULL) {
        refuse(r, "too many certificates");
        return;
    }
    certificate_set_seen(c, &seen);
    if (c->facts.malformed != NULL) {
        refuse(r, c->facts.malformed);
    } else if (r->visit != NULL && !r->visit(r->user, c)) {
        refuse(r, "memory is exhausted");
    } else {
        r->out->num_certificates++;
    }
}

/* The length of the first DER element (X.690, 8.1); 0: there is none. */
static size_t element_len(struct bytes der) {
    const unsigned char *p = der.p;
    long len;
    int tag, class;
    ERR_set_mark();
    int form = ASN1_get_object(&p, &len, &tag, &class, (long)der.len);
    ERR_pop_to_mark();
    bool is_sequence = form == V_ASN1_CONSTRUCTED && tag == V_ASN1_SEQUENCE && class == V_ASN1_UNIVERSAL;
    return is_sequence ? (size_t)(p - der.p) + (size_t)len : 0;
}

static void read_der(struct reading *r, struct bytes file) {
    while (file.len > 0) {
        size_t len = element_len(file);
        if (len == 0) {
            refuse(r, "neither PEM nor DER");
            return;
        }
        take(r, bytes_of(file.p, len));
        file = bytes_of(file.p + len, file.len - len);
    }
}

/* OpenSSL writes a certificate with trust settings behind it as TRUSTED CERTIFICATE. */
static bool is_certificate(const char *label) {
    return strcmp(label, PEM_STRING_X509) == 0 || strcmp(label, PEM_STRING_X509_OLD) == 0 || strcmp(label, PEM_STRING_X509_TRUSTED) == 0;
}

static void take_block(struct reading *r, const char *label, struct bytes content) {
    if (is_certificate(label)) {
        size_t len = strcmp(label, PEM_STRING_X509_TRUSTED) == 0 ? element_len(content) : 0;
        take(r, len > 0 ? bytes_of(content.p, len) : content);
    }
}

static void read_pem(struct reading *r, struct bytes file) {
    BIO *bio = BIO_new_mem_buf(file.p, (int)file.len);
    bool more = bio != NULL;
    ERR_set_mark();
    while (more) {
        char *label = NULL, *header = NULL;
        unsigned char *content = NULL;
        long len = 0;
        if (PEM_read_bio(bio, &label, &header, &content, &len) == 1) {
            take_block(r, label, bytes_of(content, (size_t)len));
        } else {
            more = ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE && !BIO_eof(bio);
            if (more) {
                refuse(r, "a block of PEM that does not decode");
            }
        }
        OPENSSL_free(label);
        OPENSSL_free(header);
        OPENSSL_free(content);
    }
    ERR_pop_to_mark();
    BIO_free(bio);
}

static bool is_pem(struct bytes file) {
    return file.len > 0 && memmem(file.p, file.len, "-----BEGIN ", 11) != NULL;
}

void bundle_read(struct certificate_store *store, struct bytes file, const char *name, bundle_visit visit, void *user, struct bundle *out) {
    *out = (struct bundle){.name = arena_escape(&store->arena, bytes_of(name, strlen(name)), LIMIT_NAME_TEXT)};
    struct reading r = {store, visit, user, out};
    if (out->name == NULL) {
        refuse(&r, "memory is exhausted");
    } else if (file.len > LIMIT_CERTIFICATE_FILE) {
        refuse(&r, "too long to be a file of certificates");
    } else if (is_pem(file)) {
        read_pem(&r, file);
    } else {
        read_der(&r, file);
    }
}
