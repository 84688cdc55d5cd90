/* Who broke a conversation off, and where; and the outcome that this means. */
#ifndef TLSWATCH_DIAGNOSIS_SITUATION_H
#define TLSWATCH_DIAGNOSIS_SITUATION_H

#include "diagnosis/rules.h"

enum situation situation_of(const struct facts *f);
/* Whose certificates are in question. */
enum tlswatch_side situation_accused(const struct facts *f, enum situation situation);

enum tlswatch_outcome situation_outcome(enum situation situation);

#endif
