#include "diagnosis/logs.h"

#include "diagnosis/habits.h"

static const char *say(const struct judge *j, struct stack_guess guess, const char *line) {
    return line == NULL ? NULL
                        : arena_format(j->arena, "%s %s: %s", tlswatch_confidence_name(guess.confidence), stack_name(guess.stack), line);
}

static enum tlswatch_side refuser_of(const struct judge *j) {
    switch (j->situation) {
    case SITUATION_SERVER_REFUSED:
        return TLSWATCH_SERVER;
    case SITUATION_CLIENT_REFUSED:
        return TLSWATCH_CLIENT;
    case SITUATION_COMPLETED:
        return j->facts->refusal != REFUSAL_NONE ? TLSWATCH_SERVER : TLSWATCH_NOBODY;
    case SITUATION_NEGOTIATION:
        return j->facts->alert != NULL ? j->facts->alert->sender : TLSWATCH_NOBODY;
    case SITUATION_NOT_TLS:
    case SITUATION_INCOMPLETE:
    case SITUATION_STALLED:
    case SITUATION_UNPLACED:
    case SITUATION_ENCRYPTED:
    case NUM_SITUATIONS:
        break;
    }
    return TLSWATCH_NOBODY;
}

/* What the refusing side's log says of the cause. A stack that would have done something else did not find this. */
static const char *refusers_line(const struct judge *j, struct stack_guess guess, const struct candidate *chosen) {
    const struct facts *f = j->facts;
    enum tlswatch_side of = chosen->certificate_of;
    if (of == TLSWATCH_NOBODY || of == refuser_of(j)) {
        return NULL;
    }
    uint8_t code = judge_alert_of(j, refuser_of(j));
    enum failure failure = habit_failure_of(chosen->cause, facts_party(f, of), chosen->index);
    const struct habit *h = habit_find(guess.stack, failure);
    bool inside = j->situation == SITUATION_COMPLETED;
    if (h == NULL || (h->conduct == TLSWATCH_REFUSES_INSIDE) != inside ||
        habit_agrees(guess.stack, failure, code, f->tls13) == AGREEMENT_CONTRADICTS) {
        return NULL;
    }
    return say(j, guess, h->log);
}

static const char *receivers_line(const struct judge *j, struct stack_guess guess, enum tlswatch_side refuser) {
    uint8_t code = judge_alert_of(j, refuser);
    const char *line = code == 0 ? NULL : habit_received(guess.stack, code, j->arena);
    if (line != NULL && facts_reset_behind_alert(j->facts) != NULL) {
        line = arena_format(j->arena, "%s; or only that the connection was reset", line);
    }
    return say(j, guess, line);
}

struct logs logs_of(const struct judge *j, const struct candidate *chosen) {
    const struct facts *f = j->facts;
    enum tlswatch_side refuser = refuser_of(j);
    struct logs logs = {0};
    if (chosen == NULL || refuser == TLSWATCH_NOBODY) {
        return logs;
    }
    if (refuser == TLSWATCH_CLIENT) {
        logs.client = refusers_line(j, f->client_stack, chosen);
        logs.server = receivers_line(j, f->server_stack, refuser);
        return logs;
    }
    logs.server = refusers_line(j, habit_server(f), chosen);
    if (logs.server == NULL) { /* what runs on top says nothing of its own */
        logs.server = refusers_line(j, f->server_stack, chosen);
    }
    logs.client = receivers_line(j, f->client_stack, refuser);
    return logs;
}
