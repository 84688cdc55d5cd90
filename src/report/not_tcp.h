/* What is said of TLS handshakes that TCP does not carry, in every view that ends with totals. */
#ifndef TLSWATCH_REPORT_NOT_TCP_H
#define TLSWATCH_REPORT_NOT_TCP_H

#include "tlswatch/tlswatch.h"

#define NOT_TCP_SIZE 256

/* not_tcp_text writes a sentence; false: there were none, and `out` is empty. */
bool not_tcp_text(const struct tlswatch_not_tcp *seen, char out[NOT_TCP_SIZE]);

#endif
