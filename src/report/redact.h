/*
 * A record without what its owner would not mail: addresses, names, serial numbers become tokens. The same thing is the
 * same token all through a run, so that what matches still matches; the key is new in each run. A record goes in, a
 * copy comes out for every view: what stands in sentences is replaced as well.
 *
 * Addresses keep their family: 240.0.0.0/4 and 2001:db8::/32, in which nobody lives. Names keep the types of their
 * parts, their countries and the dots of host names. What finds a certificate in public logs (SHA-256, key identifiers)
 * goes with names and with serial numbers; DER goes in any case. Times, ports, names of files and the verdict stay.
 */
#ifndef TLSWATCH_REPORT_REDACT_H
#define TLSWATCH_REPORT_REDACT_H

#include "tlswatch/tlswatch.h"

enum { REDACT_IP = 1, REDACT_NAME = 2, REDACT_SERIAL = 4 };

struct redactor;

/* redactor_new: `what` is of REDACT_. NULL where memory is exhausted or no key can be had. */
struct redactor *redactor_new(unsigned what);
void redactor_free(struct redactor *r);

/* redact_record returns the copy, which lives until the next call; NULL where memory is exhausted. */
const struct tlswatch_record *redact_record(struct redactor *r, const struct tlswatch_record *record);

#endif
