/*
 * Numbers as digits, where printf would take longer than all else. Each writes at `out`, without a NUL, and returns the
 * end of what it wrote.
 */
#ifndef TLSWATCH_BASE_DIGITS_H
#define TLSWATCH_BASE_DIGITS_H

#include <stddef.h>
#include <stdint.h>

#define DIGITS_MOST 20 /* of a number in decimal */

/* digits_decimal writes as many as there are; digits_padded the last `width` of them, with zeros in front. */
char *digits_decimal(char *out, uint64_t value);
char *digits_padded(char *out, uint32_t value, unsigned width);

/* digits_hex writes the last `width` in lower case, with zeros in front; digits_hex_brief as many as there are. */
char *digits_hex(char *out, uint64_t value, unsigned width);
char *digits_hex_brief(char *out, uint32_t value);

#endif
