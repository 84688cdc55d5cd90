#include "diagnosis/sentence.h"

#include "diagnosis/words.h"

/* " (alert unknown_ca, frame 63)", " (it closed without an alert, frame 64)" */
static const char *evidence(const struct judge *j) {
    const struct facts *f = j->facts;
    if (f->alert != NULL && f->alert->readable) {
        return arena_format(j->arena, " (alert %s, frame %llu)", f->alert->name, (unsigned long long)f->alert->mark.frame);
    }
    if (f->alert != NULL) {
        return arena_format(j->arena, " (encrypted alert, frame %llu)", (unsigned long long)f->alert->mark.frame);
    }
    if (f->closed.first_by != TLSWATCH_NOBODY) {
        return arena_format(j->arena, " (closed by %s, frame %llu)", f->closed.how == TLSWATCH_CLOSED_RST ? "RST" : "FIN",
                            (unsigned long long)f->closed.mark.frame);
    }
    return "";
}

static const char *capitalised(struct arena *arena, const char *text) {
    char *copy = arena_copy(arena, bytes_of(text, strlen(text)));
    if (copy != NULL && copy[0] >= 'a' && copy[0] <= 'z') {
        copy[0] = (char)(copy[0] - 'a' + 'A');
    }
    return copy;
}

static const char *refusal(const struct judge *j, const struct candidate *c, enum tlswatch_side refuser) {
    const char *by = tlswatch_side_name(refuser), *of = tlswatch_side_name(side_opposite(refuser));
    const char *involved = refuser == TLSWATCH_CLIENT ? " Client authentication is not involved." : "";
    if (c->cause == TLSWATCH_CAUSE_CLIENT_DECLINED) {
        return arena_format(j->arena, "The client declined: %s%s.", c->clause,
                            j->facts->alert != NULL ? arena_format(j->arena, ", and the server ended the handshake%s", evidence(j)) : "");
    }
    if (c->certificate_of == side_opposite(refuser)) {
        const char *verb = j->facts->alert != NULL ? "refused" : "closed without an alert after";
        const char *how_sure = j->facts->alert != NULL ? "" : "most likely ";
        return arena_format(j->arena, "The %s %s the %s's certificate%s: %s%s.%s", by, verb, of, evidence(j), how_sure, c->clause, involved);
    }
    if (c->cause == TLSWATCH_CAUSE_CLOSED_WITHOUT_ALERT || c->cause == TLSWATCH_CAUSE_UNEXPLAINED) {
        return arena_format(j->arena, "%s (frame %llu).", capitalised(j->arena, c->clause), (unsigned long long)c->mark.frame);
    }
    return arena_format(j->arena, "The %s ended the handshake%s: %s.%s", by, evidence(j), c->clause, involved);
}

static const char *completed(const struct judge *j, const struct candidate *c) {
    const struct facts *f = j->facts;
    if (f->refusal != REFUSAL_NONE) {
        return arena_format(j->arena, "Accepted by TLS, probably refused inside it: %s, and %s.",
                            c->cause == TLSWATCH_CAUSE_CLIENT_DECLINED ? arena_format(j->arena, "the client, %s", c->clause) : c->clause, f->refusal_why);
    }
    if (c->cause == TLSWATCH_CAUSE_CLIENT_DECLINED) {
        return arena_format(j->arena, "The handshake completed, though the client declined: %s.", c->clause);
    }
    if (c->certificate_of == TLSWATCH_SERVER) {
        return arena_format(j->arena, "The client left right after the handshake, without a byte of data%s: most likely because %s.", evidence(j), c->clause);
    }
    return arena_format(j->arena, "The handshake completed: %s.", c->clause);
}

static const char *nothing_wrong(const struct judge *j) {
    const struct facts *f = j->facts;
    if (f->resumed) {
        return "The handshake completed: it resumed an earlier session, so that no certificates were sent.";
    }
    if (f->tls13) {
        return "The handshake completed, as far as TLS 1.3 lets it be seen: certificates are encrypted.";
    }
    if (f->client.state == TLSWATCH_SEEN && f->client.num_chain > 0) {
        return arena_format(j->arena, "The handshake completed with the client's certificate %s.", words_subject(j->arena, f->client.chain[0]));
    }
    return "The handshake completed.";
}

const char *sentence_of(const struct judge *j, const struct candidate *c) {
    if (c == NULL) {
        return nothing_wrong(j);
    }
    switch (j->situation) {
    case SITUATION_NOT_TLS:
        return arena_format(j->arena, "%s.", capitalised(j->arena, c->clause));
    case SITUATION_INCOMPLETE:
        return arena_format(j->arena, "The capture does not show what happened: %s.", c->clause);
    case SITUATION_NEGOTIATION:
        if (c->cause == TLSWATCH_CAUSE_CLOSED_WITHOUT_ALERT || c->cause == TLSWATCH_CAUSE_NOT_TLS) {
            return arena_format(j->arena, "%s (frame %llu).", capitalised(j->arena, c->clause), (unsigned long long)c->mark.frame);
        }
        return arena_format(j->arena, "The %s ended the handshake before any certificate%s: %s. Client authentication is not involved.",
                            tlswatch_side_name(j->facts->alert != NULL ? j->facts->alert->sender : j->facts->closed.first_by), evidence(j), c->clause);
    case SITUATION_CLIENT_REFUSED:
        return refusal(j, c, TLSWATCH_CLIENT);
    case SITUATION_SERVER_REFUSED:
        return refusal(j, c, TLSWATCH_SERVER);
    case SITUATION_STALLED:
        return arena_format(j->arena, "The handshake stalled: %s.", c->clause);
    case SITUATION_ENCRYPTED:
        return arena_format(j->arena, "It ended inside the encryption%s: %s.", evidence(j), c->clause);
    case SITUATION_COMPLETED:
    case NUM_SITUATIONS:
        break;
    }
    return completed(j, c);
}
