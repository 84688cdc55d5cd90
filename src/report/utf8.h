/*
 * Characters of UTF-8, strictly: no overlong form, no surrogate, nothing above U+10FFFF (RFC 3629).
 */
#ifndef TLSWATCH_REPORT_UTF8_H
#define TLSWATCH_REPORT_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* utf8_next reads the character at `text`, which ends with NUL; the length in bytes, or 0 where there is none (NUL or
 * invalid). */
static inline size_t utf8_next(const char *text, uint32_t *out) {
    const unsigned char *p = (const unsigned char *)text;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t c = p[0];
    if (c < 0x80) {
        *out = c;
        return c != 0;
    }
    size_t n = c >= 0xf0 && c < 0xf5 ? 4 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xc2 && c < 0xe0 ? 2 : 0;
    if (n == 0) {
        return 0;
    }
    c &= 0xffu >> (n + 1);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
        c = c << 6 | (p[i] & 0x3f);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) {
        return 0;
    }
    *out = c;
    return n;
}

#endif
