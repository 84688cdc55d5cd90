#include "x509/der.h"

#define CONSTRUCTED 0x20
#define MANY_BYTES 0x1f /* of the tag (X.690, 8.1.2.4) */

/* Any length that libcrypto takes, indefinite ones as 0. */
static bool any_length(struct bytes *b, size_t *out) {
    uint8_t first, byte;
    size_t len = 0;
    if (!bytes_u8(b, &first)) {
        return false;
    }
    for (int i = first > 0x80 ? first & 0x7f : 0; i > 0; i--) {
        if (!bytes_u8(b, &byte) || len > SIZE_MAX >> 8) {
            return false;
        }
        len = len << 8 | byte;
    }
    *out = first < 0x80 ? first : len;
    return true;
}

/* One element's tag and length; `inside` says whether others stand in it. What an extension holds is DER again. */
static bool enter(struct bytes *b, bool *inside, size_t *len) {
    uint8_t tag, more;
    if (!bytes_u8(b, &tag)) {
        return false;
    }
    bool is_long = (tag & MANY_BYTES) == MANY_BYTES;
    while (is_long) {
        if (!bytes_u8(b, &more)) {
            return false;
        }
        is_long = (more & 0x80) != 0;
    }
    if (!any_length(b, len)) {
        return false;
    }
    *inside = (tag & CONSTRUCTED) != 0 || (tag == DER_OCTET_STRING && b->len > 0 && b->p[0] == DER_SEQUENCE);
    return true;
}

size_t der_count(struct bytes der, size_t most) {
    size_t num = 0, len;
    bool inside;
    while (num < most && enter(&der, &inside, &len) && (inside || bytes_skip(&der, len))) {
        num++;
    }
    return num;
}
