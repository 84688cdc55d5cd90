#include "report/pem.h"

#include <stdio.h>

#define LINE_BYTES 48 /* 64 characters */
#define LONGEST_LINE 80

/* RFC 4648, 4 */
static size_t base64_line(const uint8_t *p, size_t len, char *out) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *start = out;
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        uint32_t group = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) | (left > 2 ? p[i + 2] : 0);
        *out++ = alphabet[group >> 18];
        *out++ = alphabet[group >> 12 & 63];
        *out++ = (char)(left > 1 ? alphabet[group >> 6 & 63] : '=');
        *out++ = (char)(left > 2 ? alphabet[group & 63] : '=');
    }
    *out++ = '\n';
    return (size_t)(out - start);
}

static void append_known(struct buffer *out, const char *text, size_t len) {
    memcpy(out->p + out->len, text, len);
    out->len += len;
}

bool pem_append(struct buffer *out, const char *label, struct bytes der, size_t cap) {
    char line[LONGEST_LINE];
    if (!buffer_reserve(out, 2 * LONGEST_LINE + der.len / LINE_BYTES * 65 + 66, cap)) {
        return false;
    }
    append_known(out, line, (size_t)snprintf(line, sizeof line, "-----BEGIN %.40s-----\n", label));
    for (struct bytes part = {0}; der.len > 0;) {
        bytes_take(&der, der.len < LINE_BYTES ? der.len : LINE_BYTES, &part);
        append_known(out, line, base64_line(part.p, part.len, line));
    }
    append_known(out, line, (size_t)snprintf(line, sizeof line, "-----END %.40s-----\n", label));
    return true;
}
