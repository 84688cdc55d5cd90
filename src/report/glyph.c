#include "report/glyph.h"

#include <stdint.h>
#include <string.h>

#include "base/escape.h"
#include "report/utf8.h"
#include "report/width.h"

static bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

static void glyph_put(struct glyph *g, const char *text, size_t len) {
    memcpy(g->text + g->len, text, len);
    g->len += len;
}

static void glyph_copy(struct glyph *g, const char *text, size_t len) {
    glyph_put(g, text, len);
    g->columns = (unsigned)len;
    g->taken = len;
}

static void glyph_escape(struct glyph *g, const char *text, size_t len) {
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        char escape[3] = {'\\', hex[c >> 4], hex[c & 15]};
        glyph_put(g, escape, sizeof escape);
    }
    g->columns = (unsigned)g->len;
    g->taken = len;
}

/* What our own sentences are set with, in ASCII. */
static const char *plain_of(uint32_t c) {
    switch (c) {
    case 0x2713: /* check mark */
        return "v";
    case 0x2717: /* ballot X */
        return "X";
    case 0x2192: /* arrow */
        return "->";
    case 0x2514: /* corner */
        return "`-";
    case 0x2026: /* ellipsis */
        return "...";
    case 0x00d7: /* times */
        return "x";
    case 0x00b7: /* middle dot */
        return "|";
    case 0x2013: /* dashes */
    case 0x2014:
        return "-";
    case 0x2018: /* quotation marks */
    case 0x2019:
        return "'";
    case 0x201c:
    case 0x201d:
        return "\"";
    default:
        return NULL;
    }
}

static void glyph_ascii(struct glyph *g, const char *text, size_t len, uint32_t c) {
    const char *plain = plain_of(c);
    if (plain == NULL) {
        glyph_escape(g, text, len);
        return;
    }
    glyph_copy(g, plain, strlen(plain));
    g->taken = len;
}

static void glyph_marks(struct glyph *g, const char *text) {
    uint32_t c;
    for (int i = 0; i < GLYPH_MARKS; i++) {
        size_t len = utf8_next(text + g->taken, &c);
        if (len == 0 || width_of(c) != 0 || escape_is_hidden(c)) {
            return;
        }
        glyph_put(g, text + g->taken, len);
        g->taken += len;
    }
}

static void glyph_backslash(struct glyph *g, const char *text) {
    size_t len = is_hex(text[1]) && is_hex(text[2]) ? 3 : text[1] >= ' ' && text[1] < 0x7f ? 2 : 1;
    glyph_copy(g, text, len);
}

static void glyph_character(struct glyph *g, const char *text, bool utf8) {
    uint32_t c;
    size_t len = utf8_next(text, &c);
    /* Controls, what turns a line around, what is not UTF-8, and marks with nothing to join. */
    if (len == 0 || escape_is_hidden(c) || (utf8 && width_of(c) == 0)) {
        glyph_escape(g, text, len == 0 ? 1 : len);
    } else if (!utf8 && c >= 0x80) {
        glyph_ascii(g, text, len, c);
    } else {
        glyph_put(g, text, len);
        g->columns = width_of(c);
        g->taken = len;
        if (utf8 && c != ' ') {
            glyph_marks(g, text);
        }
    }
}

size_t glyph_plain(const char *text, size_t max) {
    size_t n = 0;
    while (n < max && text[n] >= ' ' && text[n] < 0x7f && text[n] != '\\') {
        n++;
    }
    return n > 0 && ((unsigned char)text[n] & 0x80) != 0 ? n - 1 : n; /* a mark may join the last of them */
}

bool glyph_next(const char *text, bool utf8, struct glyph *out) {
    if (*text == '\0') {
        return false;
    }
    out->len = 0;
    if (*text == '\\') {
        glyph_backslash(out, text);
    } else {
        glyph_character(out, text, utf8);
    }
    return true;
}
