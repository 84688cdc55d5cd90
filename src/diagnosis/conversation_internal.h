/* What the two tables of rules over the conversation share. */
#ifndef TLSWATCH_DIAGNOSIS_CONVERSATION_INTERNAL_H
#define TLSWATCH_DIAGNOSIS_CONVERSATION_INTERNAL_H

#include "diagnosis/rules.h"

enum {
    ALERT_UNEXPECTED_MESSAGE = 10,
    ALERT_RECORD_OVERFLOW = 22,
    ALERT_HANDSHAKE_FAILURE = 40,
    ALERT_ILLEGAL_PARAMETER = 47,
    ALERT_DECODE_ERROR = 50,
    ALERT_PROTOCOL_VERSION = 70,
    ALERT_INSUFFICIENT_SECURITY = 71,
    ALERT_INTERNAL_ERROR = 80,
    ALERT_INAPPROPRIATE_FALLBACK = 86,
    ALERT_MISSING_EXTENSION = 109,
    ALERT_UNRECOGNIZED_NAME = 112,
    ALERT_NO_APPLICATION_PROTOCOL = 120,
};

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
