#include "report/layout.h"

#include "report/glyph.h"

static void put(struct layout *l, const char *text, size_t len) {
    if (!buffer_append(l->out, bytes_of(text, len), l->cap)) {
        l->failed = true;
    }
}

static void put_glyph(struct layout *l, const struct glyph *g) {
    put(l, g->text, g->len);
    l->column += g->columns;
}

size_t layout_columns(const struct layout *l, const char *text) {
    struct glyph g;
    size_t columns = 0;
    for (;;) {
        size_t plain = glyph_plain(text, SIZE_MAX);
        columns += plain;
        text += plain;
        if (!glyph_next(text, l->utf8, &g)) {
            return columns;
        }
        columns += g.columns;
        text += g.taken;
    }
}

static void put_bytes(struct layout *l, const char *text, size_t len) {
    struct glyph g;
    for (size_t at = 0; at < len;) {
        size_t plain = glyph_plain(text + at, len - at);
        if (plain > 0) {
            put(l, text + at, plain);
            l->column += (unsigned)plain;
            at += plain;
        } else if (glyph_next(text + at, l->utf8, &g)) {
            put_glyph(l, &g);
            at += g.taken;
        }
    }
}

void layout_text(struct layout *l, const char *text) {
    put_bytes(l, text, strlen(text));
}

void layout_number(struct layout *l, uint64_t number) {
    char digits[21];
    char *p = digits + sizeof digits - 1;
    *p = '\0';
    do {
        *--p = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    layout_text(l, p);
}

void layout_digits(struct layout *l, uint32_t number, unsigned digits) {
    for (uint32_t power = digits; power > 0; power--) {
        uint32_t rest = number;
        for (uint32_t i = 1; i < power; i++) {
            rest /= 10;
        }
        char digit[2] = {(char)('0' + rest % 10), '\0'};
        layout_text(l, digit);
    }
}

void layout_count(struct layout *l, uint64_t number, const char *noun) {
    layout_number(l, number);
    layout_text(l, " ");
    layout_text(l, noun);
    layout_text(l, number == 1 ? "" : "s");
}

void layout_red(struct layout *l, const char *text) {
    static const char on[] = "\x1b[31m", off[] = "\x1b[0m";
    if (l->color) {
        put(l, on, sizeof on - 1);
    }
    layout_text(l, text);
    if (l->color) {
        put(l, off, sizeof off - 1);
    }
}

void layout_to(struct layout *l, unsigned column) {
    while (l->column < column) {
        put(l, " ", 1);
        l->column++;
    }
}

unsigned layout_left(const struct layout *l) {
    return l->column < l->width ? l->width - l->column : 0;
}

/* How much of the text fits in `room` columns, in bytes. */
static size_t fitting(const struct layout *l, const char *text, unsigned room) {
    struct glyph g;
    size_t taken = 0;
    for (;;) {
        size_t plain = glyph_plain(text + taken, room);
        room -= (unsigned)plain;
        taken += plain;
        if (!glyph_next(text + taken, l->utf8, &g) || g.columns > room) {
            return taken;
        }
        room -= g.columns;
        taken += g.taken;
    }
}

void layout_fit(struct layout *l, const char *text, unsigned room) {
    const char *ellipsis = l->utf8 ? "\u2026" : "...";
    unsigned cut = l->utf8 ? 1 : 3;
    size_t whole = fitting(l, text, room);
    if (text[whole] == '\0') {
        put_bytes(l, text, whole);
    } else if (room >= cut) {
        put_bytes(l, text, fitting(l, text, room - cut));
        layout_text(l, ellipsis);
    }
}

static void new_line(struct layout *l, unsigned indent) {
    layout_line_end(l);
    layout_to(l, indent);
}

/* A word that no line holds is broken wherever the line ends. */
static void put_long_word(struct layout *l, unsigned indent, const char *word, size_t len) {
    struct glyph g;
    for (size_t at = 0; at < len && glyph_next(word + at, l->utf8, &g); at += g.taken) {
        if (l->column + g.columns > l->width) {
            new_line(l, indent);
        }
        put_glyph(l, &g);
    }
}

static void put_word(struct layout *l, unsigned indent, const char *word, size_t len, size_t columns) {
    bool first = l->column <= indent;
    size_t needed = columns + !first;
    if (needed <= layout_left(l)) {
        layout_to(l, l->column + !first);
        put_bytes(l, word, len);
        return;
    }
    if (!first) {
        new_line(l, indent);
    }
    put_long_word(l, indent, word, len);
}

void layout_wrap(struct layout *l, unsigned indent, const char *text) {
    struct glyph g;
    const char *word = text;
    size_t len = 0, columns = 0;
    for (;;) {
        size_t plain = glyph_plain(word + len, strcspn(word + len, " "));
        len += plain;
        columns += plain;
        bool more = glyph_next(word + len, l->utf8, &g);
        if (more && word[len] != ' ') {
            len += g.taken;
            columns += g.columns;
            continue;
        }
        if (len > 0) {
            put_word(l, indent, word, len, columns);
        }
        if (!more) {
            return;
        }
        word += len + 1;
        len = columns = 0;
    }
}

void layout_right(struct layout *l, const char *text) {
    size_t columns = layout_columns(l, text);
    if (columns + 2 > layout_left(l) && l->column > 0) {
        layout_line_end(l);
    }
    if (columns < layout_left(l)) {
        layout_to(l, l->width - (unsigned)columns);
    }
    layout_text(l, text);
}

void layout_line_end(struct layout *l) {
    put(l, "\n", 1);
    l->column = 0;
}
