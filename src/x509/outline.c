#include "x509/outline.h"

#include "x509/der.h"

#define FOLDED_BYTES 64 /* of each attribute; further ones tell nothing apart */

/* Bytes of a character, of the types that RFC 5280, 7.1 compares as text; 0: another type. */
static size_t unit_of(uint8_t tag) {
    switch (tag) {
    case 12: /* UTF8String */
    case 19: /* PrintableString */
    case 20: /* TeletexString */
    case 22: /* IA5String */
    case 26: /* VisibleString */
        return 1;
    case 28: /* UniversalString */
        return 4;
    case 30: /* BMPString */
        return 2;
    default:
        return 0;
    }
}

/* RFC 5280, 4.1: what stands before the extensions and is passed over. */
static bool read_names(struct bytes *tbs, struct outline *out) {
    struct bytes ignored;
    der_take(tbs, DER_VERSION, &ignored, NULL);
    return der_take(tbs, DER_INTEGER, &ignored, NULL) && der_take(tbs, DER_SEQUENCE, &ignored, NULL) &&
           der_take(tbs, DER_SEQUENCE, &ignored, &out->issuer) && der_take(tbs, DER_SEQUENCE, &ignored, NULL) &&
           der_take(tbs, DER_SEQUENCE, &ignored, &out->subject) && der_take(tbs, DER_SEQUENCE, &ignored, NULL);
}

/* RFC 5280, 4.2: the value of id-ce-authorityKeyIdentifier. */
static bool read_extensions(struct bytes list, struct outline *out) {
    static const uint8_t id[] = {0x55, 0x1d, 0x23};
    struct bytes extension, type, value, ignored;
    while (list.len > 0) {
        if (!der_take(&list, DER_SEQUENCE, &extension, NULL) || !der_take(&extension, DER_OID, &type, NULL)) {
            return false;
        }
        der_take(&extension, DER_BOOLEAN, &ignored, NULL);
        if (!der_take(&extension, DER_OCTET_STRING, &value, NULL) || extension.len != 0) {
            return false;
        }
        if (bytes_equal(type, bytes_of(id, sizeof id))) {
            out->authority_key_id = value;
        }
    }
    return true;
}

bool outline_read(struct bytes der, struct outline *out) {
    struct outline outline = {0};
    struct bytes certificate, tbs, extensions, list;
    if (!der_take(&der, DER_SEQUENCE, &certificate, NULL) || der.len != 0 || !der_take(&certificate, DER_SEQUENCE, &tbs, NULL) ||
        !read_names(&tbs, &outline)) {
        return false;
    }
    if (tbs.len > 0 && (!der_take(&tbs, DER_EXTENSIONS, &extensions, NULL) || tbs.len != 0 ||
                        !der_take(&extensions, DER_SEQUENCE, &list, NULL) || extensions.len != 0 || !read_extensions(list, &outline))) {
        return false;
    }
    *out = outline;
    return true;
}

/* Letters and digits of ASCII, the letters in lower case; nothing of what a comparison may pass over or write otherwise. */
static size_t fold_text(struct bytes value, size_t unit, uint8_t out[FOLDED_BYTES]) {
    size_t n = 0;
    for (size_t i = 0; unit > 0 && i + unit <= value.len && n < FOLDED_BYTES; i += unit) {
        uint8_t high = 0, c = value.p[i + unit - 1];
        for (size_t k = 0; k + 1 < unit; k++) {
            high |= value.p[i + k];
        }
        uint8_t lower = c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
        if (high == 0 && ((lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9'))) {
            out[n++] = lower;
        }
    }
    return n;
}

uint64_t outline_fold_attribute(const struct hash_key *key, struct bytes type, uint8_t tag, struct bytes value) {
    uint8_t folded[FOLDED_BYTES];
    size_t len = fold_text(value, unit_of(tag), folded);
    return siphash(key, folded, len) + siphash(key, type.p, type.len) * 3;
}

bool outline_fold(const struct hash_key *key, struct bytes name, uint64_t *out) {
    struct bytes sets, set, attribute, type, value;
    uint64_t sum = 0;
    if (!der_take(&name, DER_SEQUENCE, &sets, NULL) || name.len != 0) {
        return false;
    }
    while (sets.len > 0) {
        if (!der_take(&sets, DER_SET, &set, NULL)) {
            return false;
        }
        while (set.len > 0) {
            uint8_t tag;
            size_t len;
            if (!der_take(&set, DER_SEQUENCE, &attribute, NULL) || !der_take(&attribute, DER_OID, &type, NULL) ||
                !bytes_u8(&attribute, &tag) || !der_length(&attribute, &len) || !bytes_take(&attribute, len, &value) ||
                attribute.len != 0) {
                return false;
            }
            sum += outline_fold_attribute(key, type, tag, value);
        }
    }
    *out = sum;
    return true;
}
