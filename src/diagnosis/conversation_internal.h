/* What the two tables of rules over the conversation share. */
#ifndef TLSWATCH_DIAGNOSIS_CONVERSATION_INTERNAL_H
#define TLSWATCH_DIAGNOSIS_CONVERSATION_INTERNAL_H

#include "diagnosis/rules.h"

#define IN(situation) (1u << SITUATION_##situation)
#define ANYWHERE ((1u << NUM_SITUATIONS) - 1)
#define CAUSE(name) .cause = TLSWATCH_CAUSE_##name

static inline bool propose(struct candidate *out, enum tlswatch_side at_fault, enum tlswatch_confidence confidence,
                           struct tlswatch_mark mark, const char *clause) {
    out->certificate_of = TLSWATCH_NOBODY;
    out->index = -1;
    out->at_fault = at_fault;
    out->confidence = confidence;
    out->clause = clause;
    out->mark = mark;
    return true;
}

static inline uint8_t alert_code(const struct facts *f) {
    return f->alert != NULL && f->alert->readable ? f->alert->code : 0;
}

static inline enum tlswatch_side alert_sender(const struct facts *f) {
    return f->alert != NULL ? f->alert->sender : TLSWATCH_NOBODY;
}

/* It stands in both: the capture does not hold what happened. */
bool rule_incomplete(const struct judge *judge, struct candidate *out);

#endif
