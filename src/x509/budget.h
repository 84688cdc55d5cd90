/*
 * What computing with strangers' keys may cost. Most keys cost as little as reading their certificate, and are free; some cost
 * twenty times that. Of these a conversation may use so much, and all together so much in a second of the packets' time.
 *
 * Counted are microseconds of an ordinary machine, by kind and size of the key, and not by the clock: a capture has the same
 * verdicts wherever it is read. What can't be paid is left unchecked, counted and said; it never counts as failed.
 */
#ifndef TLSWATCH_X509_BUDGET_H
#define TLSWATCH_X509_BUDGET_H

#include "base/limits.h"
#include "x509/certificate.h"

struct signature_budget {
    int64_t time_ns;
    uint32_t shared_us;   /* left for all, at that time */
    uint32_t own_us;      /* left for this conversation */
    uint64_t num_refused; /* of this conversation */
};

/* signature_cost_us: of one signature by the key of `c`. */
uint32_t signature_cost_us(const struct certificate *c);

/* signature_budget_init: it begins full, at time 0. */
void signature_budget_init(struct signature_budget *budget);

/* signature_budget_begin: another conversation is judged, at a time that never goes back. */
void signature_budget_begin(struct signature_budget *budget, int64_t time_ns);

/* signature_budget_pay pays for one signature by the key of `c`; false, and counted, where there is not enough left. */
bool signature_budget_pay(struct signature_budget *budget, const struct certificate *c);

#endif
