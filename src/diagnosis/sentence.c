#include "diagnosis/sentence.h"

#include "diagnosis/words.h"

static unsigned long long frame_of(struct tlswatch_mark mark) {
    return (unsigned long long)mark.frame;
}

/* What ended it: " (alert unknown_ca, frame 63)", " (RST, frame 64)" */
static const char *evidence(const struct judge *j) {
    const struct facts *f = j->facts;
    if (f->alert != NULL && f->alert->readable) {
        return arena_format(j->arena, " (alert %s, frame %llu)", f->alert->name, frame_of(f->alert->mark));
    }
    if (f->alert != NULL) {
        return arena_format(j->arena, " (encrypted alert, frame %llu)", frame_of(f->alert->mark));
    }
    if (f->closed.first_by != TLSWATCH_NOBODY) {
        return arena_format(j->arena, " (%s, frame %llu)", f->closed.how == TLSWATCH_CLOSED_RST ? "RST" : "FIN", frame_of(f->closed.mark));
    }
    return "";
}

/* Who ended it. */
static const char *ender(const struct judge *j) {
    const struct facts *f = j->facts;
    const char *name = tlswatch_side_name(f->alert != NULL ? f->alert->sender : f->closed.first_by);
    return name != NULL ? name : "network";
}

/* A clause as a sentence of its own, with its frame. */
static const char *capitalised(struct arena *arena, const char *clause, struct tlswatch_mark mark) {
    char *sentence = mark.frame != 0 ? arena_format(arena, "%s (frame %llu).", clause, frame_of(mark)) : arena_format(arena, "%s.", clause);
    if (sentence != NULL && sentence[0] >= 'a' && sentence[0] <= 'z') {
        sentence[0] = (char)(sentence[0] - 'a' + 'A');
    }
    return sentence;
}

static const char *incomplete(const struct judge *j, const struct candidate *c) {
    if (j->facts->alert == NULL) {
        return arena_format(j->arena, "The capture does not show what happened: %s.", c->clause);
    }
    return arena_format(j->arena, "The %s ended the handshake%s, and the capture does not show why: %s.", ender(j), evidence(j), c->clause);
}

/* Where nobody said why. */
static const char *because(const struct candidate *c) {
    return c->confidence == TLSWATCH_POSSIBLE ? ", perhaps because " : ", most likely because ";
}

static const char *refusal(const struct judge *j, const struct candidate *c, enum tlswatch_side refuser) {
    const char *by = tlswatch_side_name(refuser), *of = tlswatch_side_name(side_opposite(refuser));
    if (c->certificate_of != side_opposite(refuser)) {
        return arena_format(j->arena, "The %s ended the handshake%s: %s.", by, evidence(j), c->clause);
    }
    bool said = j->facts->alert != NULL;
    return arena_format(j->arena, "The %s %s the %s's certificate%s%s%s.%s", by, said ? "refused" : "closed without an alert after", of,
                        evidence(j), said ? ": " : because(c), c->clause,
                        refuser == TLSWATCH_CLIENT ? " Client authentication is not involved." : "");
}

/* Where nothing is wrong with what the client sent, a server that closes without a word may have other reasons. */
static bool is_silence_alone(const struct facts *f, const struct candidate *c) {
    return f->refusal == REFUSAL_LIKELY && !f->tls13 && f->server_application_records == 0 && c->confidence == TLSWATCH_POSSIBLE;
}

/* What a server does that completes the handshake and refuses inside it. */
static const char *refused_inside(const struct judge *j, const struct candidate *c) {
    const struct facts *f = j->facts;
    bool silence = is_silence_alone(f, c);
    bool declined = c->cause == TLSWATCH_CAUSE_CLIENT_DECLINED;
    const char *perhaps = c->confidence == TLSWATCH_POSSIBLE ? "perhaps " : "";
    const char *why = declined          ? "the client inside TLS, because it answered with an empty list when asked for a certificate"
                      : c->rule != NULL ? arena_format(j->arena, "the client's certificate inside TLS, %sbecause %s", perhaps, c->clause)
                                        : arena_format(j->arena, "the client inside TLS; %s", c->clause);
    return arena_format(j->arena, "The handshake completed, but %s refused %s. In frame %llu %s%s.",
                        f->refusal == REFUSAL_LIKELY && !silence ? "most likely the server" : "the server may have", why,
                        frame_of(f->goodbye_mark), f->refusal_why, silence ? ", and so does a gateway whose back end is out of reach" : "");
}

static const char *declined(const struct judge *j, const struct candidate *c) {
    const char *then = "";
    if (j->situation == SITUATION_COMPLETED) {
        then = ", and the handshake completed all the same";
    } else if (j->facts->alert != NULL) {
        then = arena_format(j->arena, ", and the %s ended the handshake%s", ender(j), evidence(j));
    } else if (j->facts->closed.first_by != TLSWATCH_NOBODY) {
        then = arena_format(j->arena, ", and the %s closed without an alert%s", ender(j), evidence(j));
    }
    return arena_format(j->arena,
                        "The client, asked for a certificate, answered with an empty list (frame %llu)%s. Either none is configured, or "
                        "it withheld one that does not fit the request.",
                        frame_of(c->mark), then);
}

static const char *completed(const struct judge *j, const struct candidate *c) {
    if (j->facts->refusal != REFUSAL_NONE) {
        return refused_inside(j, c);
    }
    if (c->certificate_of == TLSWATCH_SERVER) {
        return arena_format(j->arena, "The client left right after the handshake, without a byte of data%s%s%s.", evidence(j), because(c),
                            c->clause);
    }
    if (c->rule != NULL) {
        return arena_format(j->arena, "The handshake completed, though something speaks against the client's certificate (frame %llu): %s.",
                            frame_of(c->mark), c->clause);
    }
    return arena_format(j->arena, "The handshake completed: %s.", c->clause);
}

static const char *stalled(const struct judge *j, const struct candidate *c) {
    if (c->rule == NULL) {
        return arena_format(j->arena, "The handshake stalled: %s.", c->clause);
    }
    return arena_format(j->arena, "The handshake stalled after the %s's certificate (frame %llu)%s%s.",
                        tlswatch_side_name(c->certificate_of), frame_of(c->mark), because(c), c->clause);
}

static const char *nothing_wrong(const struct judge *j) {
    const struct facts *f = j->facts;
    if (f->resumed) {
        return "The handshake completed: it resumed an earlier session, so that no certificates were sent.";
    }
    if (f->tls13 && f->client_mute) {
        return "The handshake completed, as far as TLS 1.3 lets it be seen, and the client left right after it, without a byte of data.";
    }
    if (f->tls13 && f->server_mute) {
        return "The handshake completed, as far as TLS 1.3 lets it be seen; the server said nothing more, and only its log tells whether "
               "it accepted the client.";
    }
    if (f->tls13) {
        return "The handshake completed, as far as TLS 1.3 lets it be seen: certificates are encrypted.";
    }
    if (f->client.state == TLSWATCH_SEEN && f->client.num_chain > 0) {
        return arena_format(j->arena, "The handshake completed with the client's certificate %s.",
                            words_subject(j->arena, f->client.chain[0]));
    }
    return "The handshake completed.";
}

/* Causes that say who did what, wherever it happened. */
static bool speaks_for_itself(enum tlswatch_cause cause) {
    return cause == TLSWATCH_CAUSE_CLOSED_WITHOUT_ALERT || cause == TLSWATCH_CAUSE_UNEXPLAINED || cause == TLSWATCH_CAUSE_PROTOCOL_ERROR ||
           cause == TLSWATCH_CAUSE_NOT_TLS;
}

static const char *by_situation(const struct judge *j, const struct candidate *c) {
    switch (j->situation) {
    case SITUATION_NEGOTIATION:
        return arena_format(j->arena, "The %s ended the handshake before any certificate%s: %s. Client authentication is not involved.",
                            ender(j), evidence(j), c->clause);
    case SITUATION_UNPLACED:
        return arena_format(j->arena, "The %s ended the handshake%s: %s.", ender(j), evidence(j), c->clause);
    case SITUATION_CLIENT_REFUSED:
        return refusal(j, c, TLSWATCH_CLIENT);
    case SITUATION_SERVER_REFUSED:
        return refusal(j, c, TLSWATCH_SERVER);
    case SITUATION_STALLED:
        return stalled(j, c);
    case SITUATION_ENCRYPTED:
        return arena_format(j->arena, "The %s ended the handshake inside the encryption%s: %s.", ender(j), evidence(j), c->clause);
    case SITUATION_COMPLETED:
        return completed(j, c);
    case SITUATION_NOT_TLS:
    case SITUATION_INCOMPLETE:
    case NUM_SITUATIONS:
        break;
    }
    return capitalised(j->arena, c->clause, c->mark);
}

const char *sentence_of(const struct judge *j, const struct candidate *c) {
    if (c == NULL) {
        return nothing_wrong(j);
    }
    if (c->cause == TLSWATCH_CAUSE_INCOMPLETE) {
        return incomplete(j, c);
    }
    if (c->cause == TLSWATCH_CAUSE_CLIENT_DECLINED && j->facts->refusal == REFUSAL_NONE) {
        return declined(j, c);
    }
    return speaks_for_itself(c->cause) ? capitalised(j->arena, c->clause, c->mark) : by_situation(j, c);
}
