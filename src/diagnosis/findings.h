/*
 * Things noticed that are no cause: facts about the list, the chains, the connection, worth a line in a report.
 */
#ifndef TLSWATCH_DIAGNOSIS_FINDINGS_H
#define TLSWATCH_DIAGNOSIS_FINDINGS_H

#include "diagnosis/rules.h"

/* findings_notice appends to out[0..max) and returns how many it wrote. */
size_t findings_notice(const struct judge *judge, struct tlswatch_finding *out, size_t max);

#endif
