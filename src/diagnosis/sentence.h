/*
 * The sentence of a verdict: who, what, and the evidence, the side named first.
 */
#ifndef TLSWATCH_DIAGNOSIS_SENTENCE_H
#define TLSWATCH_DIAGNOSIS_SENTENCE_H

#include "diagnosis/rules.h"

/* sentence_of writes one or two sentences. `candidate` NULL: nothing is wrong. */
const char *sentence_of(const struct judge *judge, const struct candidate *candidate);

#endif
