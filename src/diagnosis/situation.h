/* Who broke a conversation off, and where; and the outcome that this means. */
#ifndef TLSWATCH_DIAGNOSIS_SITUATION_H
#define TLSWATCH_DIAGNOSIS_SITUATION_H

#include "diagnosis/rules.h"

enum situation situation_of(const struct facts *f);
enum tlswatch_outcome situation_outcome(enum situation situation);

#endif
