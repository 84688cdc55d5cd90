/* Names and values of ASN.1 as text, RFC 2253. */
#include "base/escape.h"
#include "x509/internal.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#define MAX_OID 64                 /* bytes: longer ones are nobody's */
#define MAX_TEXT (8 * 1024 * 1024) /* of one name */

static bool put(struct buffer *b, const char *text) {
    return buffer_append(b, bytes_of(text, strlen(text)), MAX_TEXT);
}

static bool put_hex(struct buffer *b, struct bytes data) {
    static const char digits[] = "0123456789abcdef";
    if (!buffer_reserve(b, data.len * 2, MAX_TEXT)) {
        return false;
    }
    for (size_t i = 0; i < data.len; i++) {
        b->p[b->len++] = (uint8_t)digits[data.p[i] >> 4];
        b->p[b->len++] = (uint8_t)digits[data.p[i] & 15];
    }
    return true;
}

static const char *take_text(struct arena *arena, struct buffer *b, bool ok) {
    const char *text = ok ? arena_copy(arena, buffer_bytes(b)) : NULL;
    buffer_clear(b);
    return text;
}

const char *text_hex(struct arena *arena, struct bytes data) {
    struct buffer b = {0};
    return take_text(arena, &b, put_hex(&b, data));
}

static void dotted(const ASN1_OBJECT *oid, char *out, size_t size) {
    if (OBJ_length(oid) > MAX_OID || OBJ_obj2txt(out, (int)size, oid, 1) <= 0) {
        memcpy(out, "oid", 4);
    }
}

const char *text_oid_dotted(struct arena *arena, const ASN1_OBJECT *oid) {
    char text[256];
    dotted(oid, text, sizeof text);
    return arena_copy(arena, bytes_of(text, strlen(text)));
}

const char *text_oid(struct arena *arena, const ASN1_OBJECT *oid) {
    int nid = OBJ_obj2nid(oid);
    return nid != NID_undef ? OBJ_nid2sn(nid) : text_oid_dotted(arena, oid);
}

const char *text_oid_long(struct arena *arena, const ASN1_OBJECT *oid) {
    int nid = OBJ_obj2nid(oid);
    return nid != NID_undef ? OBJ_nid2ln(nid) : text_oid_dotted(arena, oid);
}

/* RFC 2253, 2.4: what must stand behind a backslash. Backslashes themselves come doubled from escape_utf8. */
static bool needs_backslash(const char *text, size_t i) {
    return strchr(",+\"<>;", text[i]) != NULL || (i == 0 && (text[i] == ' ' || text[i] == '#')) || (text[i] == ' ' && text[i + 1] == '\0');
}

static bool put_value_text(struct buffer *b, struct bytes utf8) {
    char *text = escape_utf8(utf8, LIMIT_NAME_TEXT);
    if (text == NULL) {
        return false;
    }
    bool ok = true;
    for (size_t i = 0; text[i] != '\0' && ok; i++) {
        ok = (!needs_backslash(text, i) || put(b, "\\")) && buffer_append(b, bytes_of(text + i, 1), MAX_TEXT);
    }
    free(text);
    return ok;
}

/* RFC 2253, 2.4: a value without a string form is # and its BER in hex. */
static bool put_value_dump(struct buffer *b, const ASN1_STRING *value) {
    ASN1_TYPE any = {.type = ASN1_STRING_type(value), .value.asn1_string = (void *)(uintptr_t)value};
    unsigned char *der = NULL;
    int len = i2d_ASN1_TYPE(&any, &der);
    if (len <= 0) {
        return put(b, "#");
    }
    size_t shown = len > LIMIT_NAME_TEXT ? LIMIT_NAME_TEXT : (size_t)len;
    bool ok = put(b, "#") && put_hex(b, bytes_of(der, shown));
    OPENSSL_free(der);
    return ok;
}

static bool put_attribute(struct buffer *b, X509_NAME_ENTRY *entry) {
    const ASN1_OBJECT *oid = X509_NAME_ENTRY_get_object(entry);
    const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
    int nid = OBJ_obj2nid(oid);
    if (nid == NID_undef) {
        char number[256];
        dotted(oid, number, sizeof number);
        return put(b, number) && put(b, "=") && put_value_dump(b, value);
    }
    if (!put(b, OBJ_nid2sn(nid)) || !put(b, "=")) {
        return false;
    }
    unsigned char *utf8 = NULL;
    int len = ASN1_STRING_to_UTF8(&utf8, value);
    if (len < 0) {
        return !memory_was_exhausted() && put_value_dump(b, value);
    }
    bool ok = put_value_text(b, bytes_of(utf8, (size_t)len));
    OPENSSL_free(utf8);
    return ok;
}

const char *text_name(struct arena *arena, const X509_NAME *name) {
    struct buffer b = {0};
    bool ok = true;
    int last_set = -1;
    for (int i = X509_NAME_entry_count(name) - 1; i >= 0 && ok; i--) {
        X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        int set = X509_NAME_ENTRY_set(entry);
        ok = (last_set == -1 || put(&b, set == last_set ? "+" : ",")) && put_attribute(&b, entry);
        last_set = set;
    }
    return take_text(arena, &b, ok);
}

static const char *with_prefix(struct arena *arena, const char *prefix, struct bytes value) {
    char *text = escape_utf8(value, LIMIT_NAME_TEXT);
    const char *all = text != NULL ? arena_format(arena, "%s%s", prefix, text) : NULL;
    free(text);
    return all;
}

static const char *text_ip(struct arena *arena, struct bytes address) {
    char text[INET6_ADDRSTRLEN];
    if ((address.len == 4 && inet_ntop(AF_INET, address.p, text, sizeof text) != NULL) ||
        (address.len == 16 && inet_ntop(AF_INET6, address.p, text, sizeof text) != NULL)) {
        return arena_format(arena, "IP:%s", text);
    }
    return arena_format(arena, "IP:%zu bytes", address.len);
}

const char *text_alternative_name(struct arena *arena, const void *general_name) {
    const GENERAL_NAME *name = general_name;
    const char *inner = NULL;
    switch (name->type) {
    case GEN_DNS:
        return with_prefix(arena, "DNS:", bytes_of_string(name->d.dNSName));
    case GEN_EMAIL:
        return with_prefix(arena, "email:", bytes_of_string(name->d.rfc822Name));
    case GEN_URI:
        return with_prefix(arena, "URI:", bytes_of_string(name->d.uniformResourceIdentifier));
    case GEN_IPADD:
        return text_ip(arena, bytes_of_string(name->d.iPAddress));
    case GEN_DIRNAME:
        inner = text_name(arena, name->d.directoryName);
        return inner != NULL ? arena_format(arena, "DirName:%s", inner) : NULL;
    case GEN_RID:
        inner = text_oid_dotted(arena, name->d.registeredID);
        return inner != NULL ? arena_format(arena, "RID:%s", inner) : NULL;
    case GEN_OTHERNAME:
        inner = text_oid_dotted(arena, name->d.otherName->type_id);
        return inner != NULL ? arena_format(arena, "othername:%s", inner) : NULL;
    case GEN_X400:
        return "X400";
    default:
        return "EdiPartyName";
    }
}
