/*
 * DER read by the cursor, where libcrypto's ways are too long for what is wanted: a tag, a definite length, the content.
 *
 * It does not judge: what it refuses (indefinite or huge lengths, tags of many bytes) is left to libcrypto.
 */
#ifndef TLSWATCH_X509_DER_H
#define TLSWATCH_X509_DER_H

#include "base/bytes.h"

enum der_tag {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_OID = 0x06,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_VERSION = 0xa0,
    DER_EXTENSIONS = 0xa3,
};

/* der_length reads X.690, 8.1.3, up to three bytes of length. */
static inline bool der_length(struct bytes *b, size_t *out) {
    struct bytes rest = *b;
    uint8_t first, byte;
    size_t len = 0;
    if (!bytes_u8(&rest, &first) || first == 0x80 || first > 0x83) {
        return false;
    }
    for (int i = first > 0x80 ? first & 0x7f : 0; i > 0; i--) {
        if (!bytes_u8(&rest, &byte)) {
            return false;
        }
        len = len << 8 | byte;
    }
    *out = first < 0x80 ? first : len;
    *b = rest;
    return true;
}

/* der_take reads one element of this tag: its content, and where `whole` is not NULL all of it. */
static inline bool der_take(struct bytes *b, enum der_tag tag, struct bytes *content, struct bytes *whole) {
    struct bytes rest = *b;
    uint8_t found;
    size_t len;
    if (!bytes_u8(&rest, &found) || found != tag || !der_length(&rest, &len) || !bytes_take(&rest, len, content)) {
        return false;
    }
    if (whole != NULL) {
        *whole = bytes_of(b->p, b->len - rest.len);
    }
    *b = rest;
    return true;
}

/* der_count counts the elements, at any depth and in any encoding of lengths, up to `most` or to the first that makes no
 * sense: what libcrypto's decoding costs goes by their number, and not by that of bytes. */
size_t der_count(struct bytes der, size_t most);

#endif
