/* The extensions of RFC 5280, 4.2.1 that a path is judged by. */
#include "x509/internal.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

/* Reads one decoded extension into the facts; false where memory is exhausted. */
typedef bool (*extension_reader)(const void *decoded, struct arena *arena, struct certificate *c);

static const char **new_list(struct arena *arena, int num) {
    size_t len = num < LIMIT_LIST_TEXTS ? (size_t)num : LIMIT_LIST_TEXTS;
    return arena_alloc(arena, (len + 1) * sizeof(char *));
}

static bool read_basic_constraints(const void *decoded, struct arena *arena, struct certificate *c) {
    const BASIC_CONSTRAINTS *constraints = decoded;
    (void)arena;
    c->has_basic_constraints = true;
    c->facts.ca = constraints->ca != 0;
    if (constraints->pathlen != NULL) {
        int64_t len;
        bool fits = ASN1_INTEGER_get_int64(&len, constraints->pathlen) == 1 && len >= 0 && len <= INT_MAX;
        c->facts.path_len = fits ? (int)len : INT_MAX;
    }
    return true;
}

static bool read_key_usage(const void *decoded, struct arena *arena, struct certificate *c) {
    static const char *const names[] = {"digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
                                        "keyCertSign",      "cRLSign",        "encipherOnly",    "decipherOnly"};
    const int num_names = sizeof names / sizeof names[0];
    const char **list = new_list(arena, num_names);
    if (list == NULL) {
        return false;
    }
    c->has_key_usage = true;
    c->facts.key_usage = list;
    for (int bit = 0; bit < num_names; bit++) {
        if (ASN1_BIT_STRING_get_bit(decoded, bit)) {
            c->key_usage |= UINT32_C(1) << bit;
            *list++ = names[bit];
        }
    }
    return true;
}

static bool read_extended_key_usage(const void *decoded, struct arena *arena, struct certificate *c) {
    const EXTENDED_KEY_USAGE *usage = decoded;
    int num = sk_ASN1_OBJECT_num(usage);
    const char **list = new_list(arena, num);
    if (list == NULL) {
        return false;
    }
    c->has_extended_key_usage = true;
    c->facts.extended_key_usage = list;
    for (int i = 0; i < num; i++) {
        const ASN1_OBJECT *oid = sk_ASN1_OBJECT_value(usage, i);
        int nid = OBJ_obj2nid(oid);
        c->eku_client_auth |= nid == NID_client_auth;
        c->eku_server_auth |= nid == NID_server_auth;
        c->eku_any |= nid == NID_anyExtendedKeyUsage;
        if (i < LIMIT_LIST_TEXTS && (list[i] = text_oid(arena, oid)) == NULL) {
            return false;
        }
    }
    return true;
}

static bool read_subject_key_id(const void *decoded, struct arena *arena, struct certificate *c) {
    c->facts.subject_key_id = text_hex(arena, bytes_of_string(decoded));
    return c->facts.subject_key_id != NULL;
}

static bool read_authority_key_id(const void *decoded, struct arena *arena, struct certificate *c) {
    const AUTHORITY_KEYID *id = decoded;
    if (id->keyid == NULL) {
        return true;
    }
    c->facts.authority_key_id = text_hex(arena, bytes_of_string(id->keyid));
    return c->facts.authority_key_id != NULL;
}

static bool read_alternative_names(const void *decoded, struct arena *arena, struct certificate *c) {
    const GENERAL_NAMES *names = decoded;
    int num = sk_GENERAL_NAME_num(names);
    const char **list = new_list(arena, num);
    if (list == NULL) {
        return false;
    }
    c->facts.alternative_names = list;
    for (int i = 0; i < num && i < LIMIT_LIST_TEXTS; i++) {
        if ((list[i] = text_alternative_name(arena, sk_GENERAL_NAME_value(names, i))) == NULL) {
            return false;
        }
    }
    return true;
}

static bool read_name_constraints(const void *decoded, struct arena *arena, struct certificate *c) {
    (void)decoded;
    (void)arena;
    c->has_name_constraints = true;
    return true;
}

static const struct {
    int nid;
    extension_reader read;
} readers[] = {
        {NID_basic_constraints, read_basic_constraints},       {NID_key_usage, read_key_usage},
        {NID_ext_key_usage, read_extended_key_usage},          {NID_subject_key_identifier, read_subject_key_id},
        {NID_authority_key_identifier, read_authority_key_id}, {NID_subject_alt_name, read_alternative_names},
        {NID_name_constraints, read_name_constraints},
};

#define NUM_READERS (sizeof readers / sizeof readers[0])

static size_t reader_of(int nid) {
    size_t i = 0;
    while (i < NUM_READERS && readers[i].nid != nid) {
        i++;
    }
    return i;
}

/* Each that has a reader has an ASN.1 template in libcrypto. */
static void free_decoded(X509_EXTENSION *extension, void *decoded) {
    ASN1_item_free(decoded, ASN1_ITEM_ptr(X509V3_EXT_get(extension)->it));
}

static bool note_oid(struct arena *arena, const ASN1_OBJECT *oid, const char **first) {
    if (*first == NULL) {
        *first = text_oid(arena, oid);
    }
    return *first != NULL;
}

/* RFC 5280, 4.2: an extension stands once. One that does not decode, or stands twice, makes every path fail. */
static bool read_extension(X509_EXTENSION *extension, bool *seen, struct arena *arena, struct certificate *c) {
    const ASN1_OBJECT *oid = X509_EXTENSION_get_object(extension);
    if (X509_EXTENSION_get_critical(extension) && !X509_supported_extension(extension) && !note_oid(arena, oid, &c->unknown_critical)) {
        return false;
    }
    size_t i = reader_of(OBJ_obj2nid(oid));
    if (i == NUM_READERS) {
        return true;
    }
    void *decoded = seen[i] ? NULL : X509V3_EXT_d2i(extension);
    if (decoded == NULL) {
        return !memory_was_exhausted() && note_oid(arena, oid, &c->invalid_extension);
    }
    seen[i] = true;
    bool ok = readers[i].read(decoded, arena, c);
    free_decoded(extension, decoded);
    return ok;
}

bool facts_extensions(X509 *x, struct arena *arena, struct certificate *c) {
    bool seen[NUM_READERS] = {false};
    bool ok = true;
    c->facts.path_len = -1;
    ERR_set_mark();
    for (int i = 0; i < X509_get_ext_count(x) && ok; i++) {
        ok = read_extension(X509_get_ext(x, i), seen, arena, c);
    }
    ERR_pop_to_mark();
    return ok;
}
