/*
 * HTML into a buffer. Markup is ours, text is anybody's: whatever comes through a %s is made harmless, in elements,
 * attributes and SVG alike, with what a page must not hold (controls, bidi overrides, invalid UTF-8) escaped as \1B.
 */
#ifndef TLSWATCH_REPORT_HTML_WRITER_H
#define TLSWATCH_REPORT_HTML_WRITER_H

#include "base/buffer.h"

#include <stdint.h>

/* {.out = &buffer, .cap = n} is ready. Where the cap is reached or memory is exhausted `failed` is set. */
struct html {
    struct buffer *out;
    size_t cap;
    bool failed;
};

/* html_put writes the format, which is markup. %s is text, NULL is nothing; %d int; %zu size_t; %ju uintmax_t; %% is %. */
void html_put(struct html *h, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* html_text writes text; html_part so many bytes of it, or less where it ends before. */
void html_text(struct html *h, const char *text);
void html_part(struct html *h, const char *text, size_t len);

/* html_raw writes markup, or text in which nothing has to be escaped. */
void html_raw(struct html *h, const void *markup, size_t len);

#endif
