#include "diagnosis/situation.h"

#include "tls/alert.h"

static bool began(const struct facts *f) {
    return f->has_client_hello || f->has_server_hello || f->conversation->num_messages > 0;
}

/* Where it was broken off. In TLS 1.3 without keys everything behind the ServerHello is hidden, and so is what ended a
 * renegotiation. Messages that are not in the capture may have come behind the last one that is. */
static enum situation broken_off(const struct facts *f) {
    bool hidden = f->alert != NULL ? !f->alert->readable && (f->tls13 || f->renegotiated) : f->tls13;
    enum progress negotiation = f->tls13 && f->alert != NULL ? PROGRESS_CLIENT_HELLO : PROGRESS_SERVER_HELLO;
    if (f->progress <= negotiation) {
        return f->lost ? SITUATION_UNPLACED : SITUATION_NEGOTIATION;
    }
    if (hidden) {
        return SITUATION_ENCRYPTED;
    }
    return f->goodbye == TLSWATCH_CLIENT ? SITUATION_CLIENT_REFUSED : SITUATION_SERVER_REFUSED;
}

enum situation situation_of(const struct facts *f) {
    const struct conversation *c = f->conversation;
    if (c->protocol == PROTOCOL_UNDECIDED && f->lost && conversation_opening(c)->refusal_len == 0) {
        return SITUATION_INCOMPLETE;
    }
    if (c->protocol != PROTOCOL_TLS) {
        return SITUATION_NOT_TLS;
    }
    if (f->alert != NULL && (f->progress != PROGRESS_COMPLETED || f->tls13 || f->renegotiated)) {
        return broken_off(f);
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
    return f->closed.first_by == TLSWATCH_NOBODY ? SITUATION_INCOMPLETE : broken_off(f);
}

enum tlswatch_outcome situation_outcome(enum situation situation) {
    switch (situation) {
    case SITUATION_NOT_TLS:
        return TLSWATCH_NOT_TLS;
    case SITUATION_INCOMPLETE:
        return TLSWATCH_INCOMPLETE;
    case SITUATION_NEGOTIATION:
    case SITUATION_UNPLACED:
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

/* A client that has sent its Finished took the server's certificate, and one that has sent its own chain did, unless it says
 * otherwise. */
static bool took_certificate(const struct facts *f) {
    bool refuses = f->alert != NULL && f->alert->readable && alert_is_about_certificate(f->alert->code);
    return f->client_finished || (f->client.num_chain > 0 && !refuses);
}

/* A server that never got the client's flight has not judged it. */
enum tlswatch_side situation_accused(const struct facts *f, enum situation situation) {
    switch (situation) {
    case SITUATION_CLIENT_REFUSED:
        return took_certificate(f) ? TLSWATCH_NOBODY : TLSWATCH_SERVER;
    case SITUATION_SERVER_REFUSED:
        return TLSWATCH_CLIENT;
    case SITUATION_STALLED:
        return f->flow->side[f->conversation->client].unacknowledged_sent > 2 ? TLSWATCH_NOBODY : TLSWATCH_CLIENT;
    case SITUATION_COMPLETED:
        return f->client_left ? TLSWATCH_SERVER : TLSWATCH_CLIENT;
    case SITUATION_ENCRYPTED:
    case SITUATION_NOT_TLS:
    case SITUATION_INCOMPLETE:
    case SITUATION_NEGOTIATION:
    case SITUATION_UNPLACED:
    case NUM_SITUATIONS:
        break;
    }
    return TLSWATCH_NOBODY;
}
