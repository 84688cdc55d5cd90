/*
 * Lines of at most `width` columns: words wrapped, names cut with an ellipsis, columns kept, by the width that
 * characters have on a terminal. Never cuts inside an escape or between a character and its marks.
 */
#ifndef TLSWATCH_REPORT_LAYOUT_H
#define TLSWATCH_REPORT_LAYOUT_H

#include "base/buffer.h"

/* {.out, .cap, .width, .utf8, .color} is ready at the start of a line. */
struct layout {
    struct buffer *out;
    size_t cap;
    unsigned width;
    bool utf8, color;
    unsigned column; /* where the line stands */
    bool failed;     /* the cap is reached or memory is exhausted: what was written is worth nothing */
};

/* layout_columns is how many columns the text takes. */
size_t layout_columns(const struct layout *l, const char *text);

/* layout_text and layout_number go on with the line, however long it gets. */
void layout_text(struct layout *l, const char *text);
void layout_number(struct layout *l, uint64_t number);

/* layout_digits writes exactly `digits` digits, with zeros in front. */
void layout_digits(struct layout *l, uint32_t number, unsigned digits);

/* layout_count writes "1 CA", "2 CAs". */
void layout_count(struct layout *l, uint64_t number, const char *noun);

/* layout_red writes in red, where colour is wanted. */
void layout_red(struct layout *l, const char *text);

/* layout_to puts spaces up to the column. */
void layout_to(struct layout *l, unsigned column);

/* layout_left is how many columns are left on the line. */
unsigned layout_left(const struct layout *l);

/* layout_fit writes as much of the text as `room` columns hold, the last of them an ellipsis where it was cut. */
void layout_fit(struct layout *l, const char *text, unsigned room);

/* layout_wrap writes words and begins new lines with `indent` spaces where they do not fit. */
void layout_wrap(struct layout *l, unsigned indent, const char *text);

/* layout_right writes at the right edge, on a line of its own where no gap of two columns is left. */
void layout_right(struct layout *l, const char *text);

void layout_line_end(struct layout *l);

#endif
