/* How many columns of a terminal a character takes. wcwidth(3) is not asked, since it knows nothing in the C locale. */
#ifndef TLSWATCH_REPORT_WIDTH_H
#define TLSWATCH_REPORT_WIDTH_H

#include <stdint.h>

/* width_of is 0 for a mark that joins the character before it, 2 for a wide character, else 1. Controls are not its
 * business. */
unsigned width_of(uint32_t c);

#endif
