/*
 * What a file is that is not a capture we read: for the sentence that refuses it.
 */
#ifndef TLSWATCH_CAPTURE_FOREIGN_H
#define TLSWATCH_CAPTURE_FOREIGN_H

#include "base/bytes.h"

/* foreign_describe returns a clause such as "it looks like a Sun snoop capture: convert it with editcap", from the
 * first bytes of the file (24 or more where it has them). */
const char *foreign_describe(struct bytes head);

#endif
