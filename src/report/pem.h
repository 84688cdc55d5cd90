/* Bytes as PEM (RFC 7468). */
#ifndef TLSWATCH_REPORT_PEM_H
#define TLSWATCH_REPORT_PEM_H

#include "base/buffer.h"

/* pem_append writes "-----BEGIN label-----", lines of 64 characters and the end; false where `cap` would be passed or
 * memory is exhausted, with nothing written. */
bool pem_append(struct buffer *out, const char *label, struct bytes der, size_t cap);

#endif
