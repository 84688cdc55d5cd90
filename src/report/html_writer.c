#include "report/html_writer.h"

#include "report/glyph.h"

#include <stdarg.h>

void html_raw(struct html *h, const void *markup, size_t len) {
    if (!buffer_append(h->out, bytes_of(markup, len), h->cap)) {
        h->failed = true;
    }
}

/* HTML 13.1.2.3 and 13.2.5: with these five as references neither text nor a quoted attribute can end. */
static const char *reference_of(char c) {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static void put_byte(struct html *h, char c) {
    const char *reference = reference_of(c);
    html_raw(h, reference != NULL ? reference : &c, reference != NULL ? strlen(reference) : 1);
}

void html_part(struct html *h, const char *text, size_t len) {
    struct glyph g;
    for (size_t taken = 0; taken < len && glyph_next(text + taken, true, &g); taken += g.taken) {
        for (size_t i = 0; i < g.len; i++) {
            put_byte(h, g.text[i]);
        }
    }
}

void html_text(struct html *h, const char *text) {
    if (text != NULL) {
        html_part(h, text, SIZE_MAX);
    }
}

static void put_number(struct html *h, uintmax_t number) {
    char digits[24];
    char *p = digits + sizeof digits;
    do {
        *--p = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    html_raw(h, p, (size_t)(digits + sizeof digits - p));
}

static void put_int(struct html *h, int number) {
    if (number < 0) {
        html_raw(h, "-", 1);
    }
    put_number(h, number < 0 ? 0u - (uintmax_t)number : (uintmax_t)number);
}

void html_put(struct html *h, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    for (const char *percent; (percent = strchr(format, '%')) != NULL; format = percent + 2) {
        html_raw(h, format, (size_t)(percent - format));
        switch (percent[1]) {
        case 's':
            html_text(h, va_arg(arguments, const char *));
            break;
        case 'd':
            put_int(h, va_arg(arguments, int));
            break;
        case 'z': /* NOLINT(bugprone-branch-clone): the same on 64 bits only */
            put_number(h, va_arg(arguments, size_t));
            percent++;
            break;
        case 'j':
            put_number(h, va_arg(arguments, uintmax_t));
            percent++;
            break;
        default:
            html_raw(h, percent + 1, 1);
            break;
        }
    }
    va_end(arguments);
    html_raw(h, format, strlen(format));
}
