/* The names of the record's other values. */
#include "tlswatch/tlswatch.h"

#define NAME_IN(table, value) ((size_t)(value) < sizeof(table) / sizeof *(table) ? (table)[value] : NULL)

static const char *const outcomes[] = {"incomplete", "completed", "refused", "failed", "stalled", "not-tls"};
static const char *const states[] = {"absent", "seen", "encrypted", "lost"};
static const char *const confidences[] = {"possible", "likely", "certain"};
static const char *const severities[] = {"info", "warning", "error"};
static const char *const sides[] = {NULL, "client", "server"};
static const char *const reached_names[] = {"unknown", "yes", "no"};
static const char *const hows[] = {"incomplete",    "list-empty",     "not-requested", "declined",     "resumed",         "encrypted",
                                   "issuer-listed", "subject-listed", "not-listed",    "chain-broken", "signature-failed"};
static const char *const signature_names[] = {"unverified", "verified", "failed"};
static const char *const closings[] = {"capture-end", "timeout", "fin", "rst"};

const char *tlswatch_outcome_name(enum tlswatch_outcome outcome) {
    return NAME_IN(outcomes, outcome);
}

const char *tlswatch_state_name(enum tlswatch_state state) {
    return NAME_IN(states, state);
}

const char *tlswatch_confidence_name(enum tlswatch_confidence confidence) {
    return NAME_IN(confidences, confidence);
}

const char *tlswatch_severity_name(enum tlswatch_severity severity) {
    return NAME_IN(severities, severity);
}

const char *tlswatch_side_name(enum tlswatch_side side) {
    return NAME_IN(sides, side);
}

const char *tlswatch_reached_name(enum tlswatch_reached reached) {
    return NAME_IN(reached_names, reached);
}

const char *tlswatch_reach_how_name(enum tlswatch_reach_how how) {
    return NAME_IN(hows, how);
}

const char *tlswatch_signatures_name(enum tlswatch_signatures signatures) {
    return NAME_IN(signature_names, signatures);
}

const char *tlswatch_closed_how_name(enum tlswatch_closed_how how) {
    return NAME_IN(closings, how);
}
