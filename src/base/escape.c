#include "base/escape.h"

#include <stdlib.h>

/* Code points that are not shown as what they are: controls, and everything that a terminal or a browser renders as
 * nothing or obeys (Unicode's Cf and Default_Ignorable_Code_Point, separators, noncharacters). */
static const struct range {
    uint32_t first, last;
} hidden[] = {
        {0x0000, 0x001f}, {0x007f, 0x009f}, {0x00ad, 0x00ad}, {0x034f, 0x034f}, {0x061c, 0x061c},   {0x115f, 0x1160},   {0x17b4, 0x17b5},
        {0x180b, 0x180f}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},   {0xfdd0, 0xfdef},   {0xfe00, 0xfe0f},
        {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

bool escape_is_hidden(uint32_t c) {
    if (c < 0x7f) {
        return c < 0x20;
    }
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        if (c <= hidden[i].last) {
            return c >= hidden[i].first;
        }
    }
    return (c & 0xfffe) == 0xfffe;
}

/* read_char says how many bytes (1 to 4) the well-formed sequence at the front has (RFC 3629, 4); 0: it has none. */
static size_t read_char(struct bytes text, uint32_t *out) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = text.p[0];
    size_t len = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (len == 0 || len > text.len) {
        return 0;
    }
    uint32_t c = len == 1 ? first : first & (0x7fU >> len);
    for (size_t i = 1; i < len; i++) {
        if ((text.p[i] & 0xc0) != 0x80) {
            return 0;
        }
        c = c << 6 | (text.p[i] & 0x3f);
    }
    if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
        return 0;
    }
    *out = c;
    return len;
}

static size_t escape_bytes(char *out, struct bytes bad) {
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < bad.len; i++) {
        out[3 * i] = '\\';
        out[3 * i + 1] = digits[bad.p[i] >> 4];
        out[3 * i + 2] = digits[bad.p[i] & 15];
    }
    return 3 * bad.len;
}

/* escape_char takes one character or one bad byte from the front, and writes what stands for it. */
static size_t escape_char(struct bytes *text, char *out) {
    uint32_t c;
    struct bytes taken;
    size_t len = read_char(*text, &c);
    bool plain = len > 0 && !escape_is_hidden(c);
    if (!bytes_take(text, len > 0 ? len : 1, &taken)) {
        return 0;
    }
    if (!plain) {
        return escape_bytes(out, taken);
    }
    if (c == '\\') {
        memcpy(out, "\\\\", 2);
        return 2;
    }
    memcpy(out, taken.p, taken.len);
    return taken.len;
}

/* cut_to shortens the text to at most max_len bytes, not through a character. */
static struct bytes cut_to(struct bytes text, size_t max_len) {
    uint32_t c;
    for (size_t back = 1; back <= 3 && back <= max_len; back++) {
        struct bytes last = {text.p + max_len - back, text.len - max_len + back};
        if (read_char(last, &c) > back) {
            return bytes_of(text.p, max_len - back);
        }
    }
    return bytes_of(text.p, max_len);
}

char *escape_utf8(struct bytes text, size_t max_len) {
    bool cut = text.len > max_len;
    struct bytes rest = cut ? cut_to(text, max_len) : text;
    if (rest.len > (SIZE_MAX - 4) / 3) {
        return NULL;
    }
    char *out = malloc(3 * rest.len + 4);
    if (out == NULL) {
        return NULL;
    }
    size_t len = 0;
    while (rest.len > 0) {
        len += escape_char(&rest, out + len);
    }
    memcpy(out + len, cut ? "..." : "", cut ? 4 : 1);
    return out;
}

bool escape_is_plain(struct bytes text) {
    while (text.len > 0) {
        uint32_t c = text.p[0];
        size_t len = c < 0x80 ? 1 : read_char(text, &c);
        if (len == 0 || escape_is_hidden(c) || c == '\\' || !bytes_skip(&text, len)) {
            return false;
        }
    }
    return true;
}
