#include "diagnosis/situation.h"

static bool began(const struct facts *f) {
    return f->has_client_hello || f->has_server_hello || f->conversation->num_messages > 0;
}

static enum situation broken_off(const struct facts *f) {
    if (f->progress <= PROGRESS_SERVER_HELLO && !f->tls13) {
        return SITUATION_NEGOTIATION;
    }
    if (f->progress <= PROGRESS_CLIENT_HELLO) {
        return SITUATION_NEGOTIATION;
    }
    bool in_clear = f->alert != NULL && f->alert->readable;
    if (f->tls13 && !in_clear) {
        return f->progress == PROGRESS_SERVER_HELLO ? SITUATION_NEGOTIATION : SITUATION_ENCRYPTED;
    }
    return f->goodbye == TLSWATCH_CLIENT ? SITUATION_CLIENT_REFUSED : SITUATION_SERVER_REFUSED;
}

enum situation situation_of(const struct facts *f) {
    if (f->conversation->protocol != PROTOCOL_TLS) {
        return SITUATION_NOT_TLS;
    }
    if (f->alert != NULL && (f->progress != PROGRESS_COMPLETED || f->tls13 || f->renegotiated)) {
        return f->alert->readable && began(f) ? broken_off(f) : f->progress <= PROGRESS_CLIENT_HELLO ? SITUATION_NEGOTIATION : f->tls13 || f->renegotiated ? SITUATION_ENCRYPTED : broken_off(f);
    }
    if (f->progress == PROGRESS_COMPLETED) {
        return SITUATION_COMPLETED;
    }
    if (f->lost || !began(f)) {
        return SITUATION_INCOMPLETE;
    }
    if (f->stalled) {
        return SITUATION_STALLED;
    }
    if (f->closed.first_by == TLSWATCH_NOBODY) {
        return SITUATION_INCOMPLETE;
    }
    return broken_off(f);
}

enum tlswatch_outcome situation_outcome(enum situation situation) {
    switch (situation) {
    case SITUATION_NOT_TLS:
        return TLSWATCH_NOT_TLS;
    case SITUATION_INCOMPLETE:
        return TLSWATCH_INCOMPLETE;
    case SITUATION_NEGOTIATION:
    case SITUATION_CLIENT_REFUSED:
    case SITUATION_SERVER_REFUSED:
    case SITUATION_ENCRYPTED:
        return TLSWATCH_FAILED;
    case SITUATION_STALLED:
        return TLSWATCH_STALLED;
    case SITUATION_COMPLETED:
    case NUM_SITUATIONS:
        break;
    }
    return TLSWATCH_COMPLETED; /* or REFUSED, where the verdict has a cause for it */
}
