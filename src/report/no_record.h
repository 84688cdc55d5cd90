/* What is said, in every view that ends with totals, of what has no record: TLS handshakes that TCP does not carry, and
 * connections that TCP never opened. */
#ifndef TLSWATCH_REPORT_NO_RECORD_H
#define TLSWATCH_REPORT_NO_RECORD_H

#include "tlswatch/tlswatch.h"

#define NO_RECORD_SENTENCES 3
#define NO_RECORD_SIZE 160 /* of a sentence, with its end */

/* no_record_text writes a sentence for each kind that was seen, and returns how many these are. */
int no_record_text(const struct tlswatch_statistics *statistics, char out[NO_RECORD_SENTENCES][NO_RECORD_SIZE]);

#endif
