/*
 * Text cut into units that a line may break between: a character with the marks that join it, or a whole escape (\0A,
 * \\). Text that a terminal can not be given comes out escaped, a backslash and two hex digits for each byte.
 */
#ifndef TLSWATCH_REPORT_GLYPH_H
#define TLSWATCH_REPORT_GLYPH_H

#include <stdbool.h>
#include <stddef.h>

/* Marks that join one character. More are shown escaped, so that nothing towers over the lines above. */
#define GLYPH_MARKS 4

struct glyph {
    char text[24];
    size_t len;
    unsigned columns;
    size_t taken; /* bytes of the source */
};

/* glyph_next reads the unit at `text`; false at its end. Without utf8 only ASCII comes out. */
bool glyph_next(const char *text, bool utf8, struct glyph *out);

/* glyph_plain counts the units at `text`, `max` at most, that are one character of ASCII each and come out as they are. */
size_t glyph_plain(const char *text, size_t max);

#endif
