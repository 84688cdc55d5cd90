/*
 * Text from hostile bytes: printable UTF-8 out, whatever comes in.
 *
 * Control characters (C0, DEL, C1), NUL, line and paragraph separators, bidi controls and overrides (U+061C, U+200E/F,
 * U+202A..E, U+2066..9), other invisible format characters (U+200B, U+FEFF, tags) and every byte that is not valid
 * UTF-8 come out as a backslash and two hex digits for each byte (RFC 2253, 2.4). A backslash of the input comes out
 * as two, so that nothing can forge an escape.
 */
#ifndef TLSWATCH_BASE_ESCAPE_H
#define TLSWATCH_BASE_ESCAPE_H

#include "base/bytes.h"

/* escape_utf8 returns a new NUL-terminated string that the caller frees; NULL where memory is exhausted. Input beyond
 * max_len bytes is left out and "..." stands for it. */
char *escape_utf8(struct bytes text, size_t max_len);

/* escape_is_hidden: a code point that is not shown as what it is, as said above. */
bool escape_is_hidden(uint32_t c);

/* escape_is_plain: the text may be shown as it is. */
bool escape_is_plain(struct bytes text);

#endif
