/*
 * What is known from elsewhere about a chain that stops short: the certificate of the issuer that was not sent, where
 * it was seen, and where it leads.
 */
#ifndef TLSWATCH_DIAGNOSIS_KNOWN_H
#define TLSWATCH_DIAGNOSIS_KNOWN_H

#include "diagnosis/facts.h"

/* known_where: "stream 2 carried that CA in frame 62", "ca.pem holds that CA" */
const char *known_where(const struct facts *f, const struct certificate *c, const char *what, struct arena *arena);

/* known_issuer fills *out; false where nothing is known, or its text can't be made. */
bool known_issuer(const struct facts *f, const struct party *party, struct arena *arena, struct tlswatch_known_issuer *out);

#endif
