/* Names as RFC 5280, 7.1 compares them: brought to one canonical form and interned, so that equal means same pointer. */
#include "base/siphash.h"
#include "x509/internal.h"
#include "x509/outline.h"
#include "x509/pending.h"

#include <openssl/err.h>
#include <stdlib.h>

#define MAX_CANONICAL (4 * 1024 * 1024)

/* The types that RFC 5280, 7.1 compares as strings, as libcrypto does; others are compared byte for byte. */
static bool is_text(int type) {
    return type == V_ASN1_UTF8STRING || type == V_ASN1_BMPSTRING || type == V_ASN1_UNIVERSALSTRING || type == V_ASN1_PRINTABLESTRING ||
           type == V_ASN1_T61STRING || type == V_ASN1_IA5STRING || type == V_ASN1_VISIBLESTRING;
}

static bool is_space(uint8_t byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* Leading and trailing white space goes, runs of it become one space, ASCII becomes lower case. */
static size_t fold(uint8_t *text, size_t len) {
    size_t out = 0;
    bool pending = false;
    for (size_t i = 0; i < len; i++) {
        if (is_space(text[i])) {
            pending = out > 0;
            continue;
        }
        if (pending) {
            text[out++] = ' ';
            pending = false;
        }
        text[out++] = text[i] >= 'A' && text[i] <= 'Z' ? (uint8_t)(text[i] + ('a' - 'A')) : text[i];
    }
    return out;
}

static bool put_sized(struct buffer *b, struct bytes data) {
    const uint8_t len[4] = {(uint8_t)(data.len >> 24), (uint8_t)(data.len >> 16), (uint8_t)(data.len >> 8), (uint8_t)data.len};
    return buffer_append(b, bytes_of(len, sizeof len), MAX_CANONICAL) && buffer_append(b, data, MAX_CANONICAL);
}

static bool put_value(struct buffer *b, const ASN1_STRING *value) {
    int type = ASN1_STRING_type(value);
    unsigned char *utf8 = NULL;
    int len = is_text(type) ? ASN1_STRING_to_UTF8(&utf8, value) : -1;
    if (len < 0 && memory_was_exhausted()) {
        return false;
    }
    if (len < 0) {
        const uint8_t tag = (uint8_t)type;
        return buffer_append(b, bytes_of(&tag, 1), MAX_CANONICAL) && put_sized(b, bytes_of_string(value));
    }
    const uint8_t tag = V_ASN1_UTF8STRING;
    bool ok = buffer_append(b, bytes_of(&tag, 1), MAX_CANONICAL) && put_sized(b, bytes_of(utf8, fold(utf8, (size_t)len)));
    OPENSSL_free(utf8);
    return ok;
}

struct attribute {
    int set; /* which RelativeDistinguishedName */
    size_t start, len;
    const struct buffer *in;
};

/* Within a RelativeDistinguishedName, a SET, order means nothing. */
static int compare_attributes(const void *left, const void *right) {
    const struct attribute *a = left;
    const struct attribute *b = right;
    if (a->set != b->set) {
        return a->set < b->set ? -1 : 1;
    }
    size_t len = a->len < b->len ? a->len : b->len;
    int order = memcmp(a->in->p + a->start, b->in->p + b->start, len);
    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

static bool encode_attributes(const X509_NAME *name, struct attribute *attributes, int num, struct buffer *raw) {
    for (int i = 0; i < num; i++) {
        X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        const ASN1_OBJECT *oid = X509_NAME_ENTRY_get_object(entry);
        size_t start = raw->len;
        if (!put_sized(raw, bytes_of(OBJ_get0_data(oid), OBJ_length(oid))) || !put_value(raw, X509_NAME_ENTRY_get_data(entry))) {
            return false;
        }
        attributes[i] = (struct attribute){X509_NAME_ENTRY_set(entry), start, raw->len - start, raw};
    }
    return true;
}

static bool join_attributes(const struct attribute *attributes, int num, struct buffer *out) {
    for (int i = 0; i < num; i++) {
        const uint8_t is_new_set = i == 0 || attributes[i].set != attributes[i - 1].set;
        if (!buffer_append(out, bytes_of(&is_new_set, 1), MAX_CANONICAL) ||
            !buffer_append(out, bytes_of(attributes[i].in->p + attributes[i].start, attributes[i].len), MAX_CANONICAL)) {
            return false;
        }
    }
    return true;
}

static bool canonical(const X509_NAME *name, struct buffer *out) {
    int num = X509_NAME_entry_count(name);
    struct attribute *attributes = calloc((size_t)num + 1, sizeof *attributes);
    struct buffer raw = {0};
    ERR_set_mark();
    bool ok = attributes != NULL && encode_attributes(name, attributes, num, &raw);
    ERR_pop_to_mark();
    if (ok) {
        qsort(attributes, (size_t)num, sizeof *attributes, compare_attributes);
        ok = join_attributes(attributes, num, out);
    }
    buffer_clear(&raw);
    free(attributes);
    return ok;
}

static bool is_this_name(const void *item, const void *wanted) {
    return bytes_equal(((const struct name *)item)->canonical, *(const struct bytes *)wanted);
}

/* What outline_fold says of every name of this form. */
static uint64_t fold_of(const struct certificate_store *store, struct bytes form) {
    uint64_t sum = 0;
    uint8_t is_new_set, tag;
    uint32_t len;
    struct bytes type, value;
    while (bytes_u8(&form, &is_new_set) && bytes_u32(&form, &len) && bytes_take(&form, len, &type) && bytes_u8(&form, &tag) &&
           bytes_u32(&form, &len) && bytes_take(&form, len, &value)) {
        sum += outline_fold_attribute(&store->key.key, type, tag, value);
    }
    return sum;
}

static struct name *name_new(struct certificate_store *store, struct bytes form, uint64_t hash) {
    struct name *name = arena_alloc(&store->arena, sizeof *name);
    const char *copy = arena_copy(&store->arena, form);
    if (name == NULL || copy == NULL) {
        return NULL;
    }
    name->canonical = bytes_of(copy, form.len);
    name->hash = hash;
    name->fold = pending_fold(store, fold_of(store, name->canonical));
    return name->fold != NULL && table_add(&store->names, hash, name) ? name : NULL;
}

struct name *name_intern(struct certificate_store *store, const X509_NAME *name) {
    struct buffer form = {0};
    struct name *found = NULL;
    if (canonical(name, &form)) {
        struct bytes wanted = buffer_bytes(&form);
        uint64_t hash = long_hash(&store->key, wanted.p, wanted.len);
        found = table_find(&store->names, hash, is_this_name, &wanted);
        if (found == NULL) {
            found = name_new(store, wanted, hash);
        }
    }
    buffer_clear(&form);
    return found;
}
