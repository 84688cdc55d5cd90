/* What the rules of reach_rules.c and trust_rules.c ask about one side's chain. */
#ifndef TLSWATCH_DIAGNOSIS_REACH_INTERNAL_H
#define TLSWATCH_DIAGNOSIS_REACH_INTERNAL_H

#include "diagnosis/reach_rules.h"

static inline bool propose(struct candidate *out, const struct party *party, size_t index, const char *object, const char *clause,
                           enum tlswatch_confidence confidence) {
    out->certificate_of = party->side;
    out->at_fault = party->side;
    out->index = (int)index;
    out->object = object;
    out->clause = clause;
    out->mark = party->mark;
    out->confidence = confidence;
    return true;
}

static inline size_t top_index(const struct party *party) {
    return party->path.num_path > 0 ? party->path.path[party->path.num_path - 1] : 0;
}

static inline const struct certificate *top_of(const struct party *party) {
    return party->num_chain > 0 ? party->chain[top_index(party)] : NULL;
}

static inline bool readable(const struct party *party) {
    return party->num_chain > 0 && !party->path.malformed_leaf;
}

static inline bool trust_is(const struct party *party, enum trust_failure failure) {
    return party->trust.with != NULL && party->trust.failure == failure;
}

static inline bool verifies_with_trust(const struct party *party) {
    return trust_is(party, TRUST_VERIFIES);
}

static inline enum tlswatch_confidence agreed(const struct judge *j, const struct party *party, enum tlswatch_confidence best) {
    return judge_refused(j, party) ? best : TLSWATCH_POSSIBLE;
}

/* Alerts with which one stack or another says that it found no path; none at all (0) fits everything. */
static inline bool fits_no_path(const struct judge *j, const struct party *party) {
    switch (judge_alert_of(j, side_opposite(party->side))) {
    case 0:
    case ALERT_BAD_CERTIFICATE:
    case ALERT_CERTIFICATE_UNKNOWN:
    case ALERT_UNKNOWN_CA:
    case ALERT_ACCESS_DENIED:
        return true;
    default:
        return false;
    }
}

/* CERTAIN where the peer refused it and its alert does not speak of something else. */
static inline enum tlswatch_confidence proven(const struct judge *j, const struct party *party) {
    return judge_refused(j, party) && fits_no_path(j, party) ? TLSWATCH_CERTAIN : TLSWATCH_LIKELY;
}

/* The highest certificate by which the path goes on, as far as is known: its issuer is where it ends. */
static inline const struct certificate *end_of_path(const struct party *party) {
    return party->path.num_above > 0 ? party->path.above[party->path.num_above - 1] : top_of(party);
}

/* The root that the path ends at, sent or known; NULL: it is not known where it ends. */
static inline const struct certificate *known_root(const struct party *party) {
    if (party->path.ends_self_signed) {
        return top_of(party);
    }
    for (size_t i = 0; i < party->path.num_above; i++) {
        if (party->path.above[i]->facts.self_signed) {
            return party->path.above[i];
        }
    }
    return NULL;
}

#endif
