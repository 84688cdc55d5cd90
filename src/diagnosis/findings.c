#include "diagnosis/findings.h"

#include "diagnosis/known.h"
#include "diagnosis/words.h"

#define EXPIRES_SOON (30 * 86400)
#define LIST_LONG 100

struct noticed {
    struct tlswatch_finding *out;
    size_t num, max;
};

static void note(struct noticed *n, const char *code, enum tlswatch_severity severity, enum tlswatch_side of, int index,
                 struct tlswatch_mark mark, const char *text) {
    if (n->num < n->max && text != NULL) {
        n->out[n->num++] = (struct tlswatch_finding){
                .code = code, .severity = severity, .certificate_of = of, .index = index, .text = text, .mark = mark};
    }
}

static void notice_list(const struct judge *j, struct noticed *n) {
    const struct facts *f = j->facts;
    if (f->request_malformed) {
        note(n, "request-malformed", TLSWATCH_WARNING, TLSWATCH_NOBODY, -1, f->request_mark, "the CertificateRequest is malformed");
    }
    if (f->list_lost) {
        note(n, "limit", TLSWATCH_WARNING, TLSWATCH_NOBODY, -1, f->request_mark, "more names were advertised than tlswatch keeps");
    }
    if (f->list == NULL) {
        return;
    }
    if (f->list->malformed) {
        note(n, "list-malformed", TLSWATCH_WARNING, TLSWATCH_NOBODY, -1, f->request_mark, "a name on the advertised list is malformed");
    }
    int index = -1;
    const struct certificate *end_entity = authority_end_entity(f->list, &index);
    if (end_entity != NULL) {
        note(n, tlswatch_cause_name(TLSWATCH_CAUSE_ADVERTISED_NOT_A_CA), TLSWATCH_WARNING, TLSWATCH_NOBODY, -1, f->request_mark,
             arena_format(j->arena, "the advertised %s is no CA, as far as is known: %s", words_name(j->arena, f->list->names[index].text),
                          known_where(f, end_entity, "an end-entity certificate of that name", j->arena)));
    }
    if (f->list->num_names == 0) {
        note(n, "list-empty", TLSWATCH_INFO, TLSWATCH_NOBODY, -1, f->request_mark, "the server advertised no CA names");
    } else if (f->list->num_names > LIST_LONG || f->list->encoded_len > 16384 - 64) {
        note(n, "list-huge", TLSWATCH_WARNING, TLSWATCH_NOBODY, -1, f->request_mark,
             arena_format(j->arena, "the server advertised %zu CA names in %zu bytes: some clients can't take so many", f->list->num_names,
                          f->list->encoded_len));
    }
}

static void notice_chain(const struct judge *j, const struct party *party, struct noticed *n) {
    const struct path *path = &party->path;
    if (party->truncated) {
        note(n, "limit", TLSWATCH_WARNING, party->side, -1, party->mark, "more certificates than tlswatch keeps");
    }
    if (party->num_chain == 0 || path->num_path == 0) {
        return;
    }
    const struct certificate *leaf = party->chain[0];
    if (path->ends_self_signed && path->num_path > 1) {
        int root = (int)path->path[path->num_path - 1];
        note(n, "root-sent", TLSWATCH_INFO, party->side, root, party->mark,
             arena_format(j->arena, "the %s sent the root %s along, which the peer must have by itself", tlswatch_side_name(party->side),
                          words_subject(j->arena, party->chain[root])));
    }
    if (path->duplicate >= 0) {
        note(n, "duplicate-certificate", TLSWATCH_INFO, party->side, path->duplicate, party->mark,
             arena_format(j->arena, "a certificate stands in the %s's chain twice", tlswatch_side_name(party->side)));
    }
    int64_t left = leaf->facts.not_after - party->time;
    if (leaf->facts.malformed == NULL && left >= 0 && left < EXPIRES_SOON) {
        note(n, "expires-soon", TLSWATCH_WARNING, party->side, 0, party->mark,
             arena_format(j->arena, "%s expires %s after this packet", words_subject(j->arena, leaf), words_span(j->arena, left)));
    }
}

static void notice_ending(const struct judge *j, struct noticed *n) {
    const struct facts *f = j->facts;
    if (f->echo != NULL) {
        note(n, "echo-of-close", TLSWATCH_INFO, TLSWATCH_NOBODY, -1, f->echo->mark,
             arena_format(j->arena,
                          f->alert_behind_leave ? "the %s's alert came behind the other side's close, and may only answer it"
                                                : "the %s's alert only answers the close before it: OpenSSL calls a bare FIN decode_error",
                          tlswatch_side_name(f->echo->sender)));
    }
    const struct tlswatch_mark *reset = facts_reset_behind_alert(f);
    if (reset != NULL) {
        note(n, "alert-lost-behind-reset", TLSWATCH_INFO, TLSWATCH_NOBODY, -1, *reset,
             arena_format(j->arena,
                          "a RST follows right behind the %s's alert: the %s's program may have logged \"connection reset\" and never seen "
                          "the alert",
                          tlswatch_side_name(f->alert->sender), tlswatch_side_name(side_opposite(f->alert->sender))));
    }
    if (f->refusal != REFUSAL_NONE) {
        note(n, "refused-inside", TLSWATCH_INFO, TLSWATCH_NOBODY, -1, f->goodbye_mark, f->refusal_why);
    }
}

static void notice_tls13(const struct judge *j, struct noticed *n) {
    static const char *const texts[] = {
            [TLS13_ANSWER_NONE] = "inferred from record lengths: the client sent its Finished alone, so that no certificate was asked for",
            [TLS13_ANSWER_EMPTY] = "inferred from record lengths: the client answered with an empty Certificate",
            [TLS13_ANSWER_CERTIFICATE] = "inferred from record lengths: the client sent a certificate",
            [TLS13_ANSWER_ALERT] = "inferred from record lengths: the client answered with an alert",
    };
    const char *text = j->facts->late_answer != TLS13_ANSWER_UNKNOWN
                               ? "inferred from record lengths: a certificate was asked for after the handshake, and not in it"
                               : texts[j->facts->tls13_answer];
    if (j->facts->tls13_answer != TLS13_ANSWER_UNKNOWN) {
        note(n, "inferred", TLSWATCH_INFO, TLSWATCH_NOBODY, -1, (struct tlswatch_mark){0}, text);
    }
}

static void notice_capture(const struct judge *j, struct noticed *n) {
    const struct facts *f = j->facts;
    if (f->flow->side[FORWARD].conflicts + f->flow->side[BACKWARD].conflicts > 0) {
        note(n, "overlap-conflict", TLSWATCH_WARNING, TLSWATCH_NOBODY, -1, (struct tlswatch_mark){0},
             "overlapping segments carry different data; the first of them was read");
    }
    if (f->evicted) {
        note(n, "limit", TLSWATCH_WARNING, TLSWATCH_NOBODY, -1, (struct tlswatch_mark){0},
             "it had to make room before its end: what follows was not read");
    }
    if (f->num_unpaid > 0) {
        note(n, "limit", TLSWATCH_WARNING, TLSWATCH_NOBODY, -1, (struct tlswatch_mark){0},
             "signatures were left unchecked: with such keys they cost much, and so many of them at once more than tlswatch spends");
    }
    if (f->conversation->limits_hit > 0) {
        note(n, "limit", TLSWATCH_WARNING, TLSWATCH_NOBODY, -1, (struct tlswatch_mark){0}, "a bound on what is kept was reached");
    }
    for (int d = 0; d < 2; d++) {
        const struct conversation_stream *s = &f->conversation->stream[d];
        if (s->malformed != MALFORMED_NOTHING) {
            note(n, "malformed", TLSWATCH_WARNING, TLSWATCH_NOBODY, -1, s->malformed_mark,
                 arena_format(j->arena, "the %s sent malformed TLS",
                              tlswatch_side_name(conversation_side(f->conversation, (enum direction)d))));
        }
    }
}

size_t findings_notice(const struct judge *j, struct tlswatch_finding *out, size_t max) {
    struct noticed n = {.out = out, .max = max};
    notice_list(j, &n);
    notice_chain(j, &j->facts->client, &n);
    notice_chain(j, &j->facts->server, &n);
    notice_ending(j, &n);
    notice_tls13(j, &n);
    notice_capture(j, &n);
    return n.num;
}
