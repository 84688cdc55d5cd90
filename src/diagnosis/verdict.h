/*
 * From facts to a verdict: outcome, cause, rivals, findings, the sentence and what each side must do.
 */
#ifndef TLSWATCH_DIAGNOSIS_VERDICT_H
#define TLSWATCH_DIAGNOSIS_VERDICT_H

#include "base/arena.h"
#include "diagnosis/facts.h"

struct verdict {
    enum tlswatch_outcome outcome;
    enum tlswatch_cause cause;
    enum tlswatch_side certificate_of, at_fault;
    enum tlswatch_confidence confidence;
    struct tlswatch_reach reach;
    const char *reason;
    const char *message;
    const char *advice_client, *advice_server;
    struct tlswatch_stack client_stack, server_stack;
    const char *client_log, *server_log;
    const struct tlswatch_rival *rivals;
    size_t num_rivals;
    const struct tlswatch_finding *findings;
    size_t num_findings;
    struct tlswatch_mark evidence[8]; /* frames that prove it, in no order */
    size_t num_evidence;
};

/* verdict_reach fills in reach for conversations of which it says nothing by itself, and is otherwise the path's. */
struct tlswatch_reach verdict_reach(const struct facts *facts);

/* verdict_find judges. All strings and lists live in the arena or for ever; false where memory is exhausted. */
bool verdict_find(const struct facts *facts, struct arena *arena, struct verdict *out);

#endif
