/* The table of last resort: who ended it, and that neither the conversation nor the certificates say why. */
#include "diagnosis/conversation_internal.h"

bool rule_incomplete(const struct judge *j, struct candidate *out) {
    const struct facts *f = j->facts;
    const struct conversation_stream *client = conversation_client(f->conversation);
    const char *what = client->begins_in_middle && !f->has_client_hello                  ? "the capture began after the handshake did"
                       : f->flow->side[FORWARD].unseen || f->flow->side[BACKWARD].unseen ? "only one side's bytes are in the capture"
                       : f->lost                                                         ? "bytes of the handshake are not in the capture"
                                                                                         : "the capture ended before the handshake did";
    return propose(out, TLSWATCH_NOBODY, TLSWATCH_CERTAIN, (struct tlswatch_mark){0}, what);
}

/* An alert is there, and what it answers is not. */
static bool incomplete_but_for_the_end(const struct judge *j, struct candidate *out) {
    return j->facts->lost && rule_incomplete(j, out);
}

static bool not_requested(const struct judge *j, struct candidate *out) {
    const struct facts *f = j->facts;
    return f->request_state == TLSWATCH_ABSENT && !f->resumed &&
           propose(out, TLSWATCH_NOBODY, TLSWATCH_CERTAIN, (struct tlswatch_mark){0}, "the server did not ask for a client certificate");
}

static bool protocol_error(const struct judge *j, struct candidate *out) {
    const struct facts *f = j->facts;
    enum tlswatch_side by = alert_sender(f), of = side_opposite(by);
    uint8_t code = alert_code(f);
    bool own = code == ALERT_INTERNAL_ERROR; /* RFC 8446, 6.2: "unrelated to the peer or the correctness of the protocol" */
    bool is = own || code == ALERT_UNEXPECTED_MESSAGE || code == ALERT_BAD_RECORD_MAC || code == ALERT_RECORD_OVERFLOW ||
              code == ALERT_DECOMPRESSION_FAILURE || code == ALERT_ILLEGAL_PARAMETER || code == ALERT_DECODE_ERROR ||
              code == ALERT_UNSUPPORTED_EXTENSION;
    return is && propose(out, own ? by : of, TLSWATCH_POSSIBLE, f->alert->mark,
                         own ? arena_format(j->arena, "the %s gave up for a reason of its own (%s)", tlswatch_side_name(by), f->alert->name)
                             : arena_format(j->arena, "the %s could not take what the %s had sent just before (%s)", tlswatch_side_name(by),
                                            tlswatch_side_name(of), f->alert->name));
}

static const char *last_step(const struct facts *f) {
    switch (f->progress) {
    case PROGRESS_NOTHING:
        return "before a byte of TLS";
    case PROGRESS_CLIENT_HELLO:
        return "after the ClientHello";
    case PROGRESS_SERVER_HELLO:
        return "after the ServerHello";
    case PROGRESS_SERVER_CERTIFICATE:
    case PROGRESS_SERVER_DONE:
        return "after the server's flight";
    case PROGRESS_CLIENT_FLIGHT:
    case PROGRESS_CLIENT_FINISHED:
        return "after the client's flight";
    case PROGRESS_COMPLETED:
        return "after the handshake";
    }
    return "";
}

static bool stalled(const struct judge *j, struct candidate *out) {
    const struct facts *f = j->facts;
    for (int d = 0; d < 2; d++) {
        const struct flow_side *side = &f->flow->side[d];
        if (side->unacknowledged_sent > 2) {
            enum tlswatch_side sender = conversation_side(f->conversation, (enum direction)d);
            return propose(
                    out, TLSWATCH_NOBODY, TLSWATCH_LIKELY, side->unacknowledged_mark,
                    arena_format(j->arena,
                                 "the %s sent the same segment of %u bytes %u times and it was never acknowledged: path MTU or a firewall",
                                 tlswatch_side_name(sender), side->unacknowledged_segment, side->unacknowledged_sent));
        }
    }
    bool clients_turn = f->progress == PROGRESS_SERVER_DONE;
    return propose(out, TLSWATCH_NOBODY, TLSWATCH_LIKELY, (struct tlswatch_mark){0},
                   arena_format(j->arena, "the %s never answered %s, and nobody closed the connection", clients_turn ? "client" : "server",
                                last_step(f)));
}

static bool closed_without_alert(const struct judge *j, struct candidate *out) {
    const struct facts *f = j->facts;
    return f->alert == NULL && f->closed.first_by != TLSWATCH_NOBODY && f->progress != PROGRESS_COMPLETED &&
           propose(out, f->closed.first_by, TLSWATCH_CERTAIN, f->closed.mark,
                   arena_format(j->arena, "the %s closed %s, without an alert and with nothing wrong in what was sent before, by %s",
                                tlswatch_side_name(f->closed.first_by), last_step(f),
                                f->closed.how == TLSWATCH_CLOSED_RST ? "RST" : "FIN"));
}

/* The client's alert about a server's certificate that was not seen. */
static bool by_alert_alone(const struct judge *j, struct candidate *out, uint8_t code, enum tlswatch_side at_fault,
                           enum tlswatch_confidence confidence, const char *clause) {
    const struct facts *f = j->facts;
    if (alert_sender(f) != TLSWATCH_CLIENT || alert_code(f) != code || f->server.num_chain > 0) {
        return false;
    }
    propose(out, at_fault, confidence, f->alert->mark,
            arena_format(j->arena, "%s, which %s", clause, f->tls13 ? "the encryption hides" : "is not in the capture"));
    out->certificate_of = TLSWATCH_SERVER;
    return true;
}

static bool issuer_unknown_by_alert(const struct judge *j, struct candidate *out) {
    return by_alert_alone(j, out, ALERT_UNKNOWN_CA, TLSWATCH_NOBODY, TLSWATCH_LIKELY,
                          "the client does not know the CA of the server's certificate");
}

static bool expired_by_alert(const struct judge *j, struct candidate *out) {
    return by_alert_alone(j, out, ALERT_CERTIFICATE_EXPIRED, TLSWATCH_SERVER, TLSWATCH_LIKELY,
                          "the client found a certificate of the server's chain expired or not yet valid");
}

/* OpenSSL has other alerts for what else is usual. It says internal_error where the program's own callback says no: those of
 * mosquitto and of Perl compare names. */
static bool hostname_by_alert(const struct judge *j, struct candidate *out) {
    bool openssl = j->facts->tls13 && stack_likely(j->facts->client_stack) == STACK_OPENSSL;
    return openssl && (by_alert_alone(j, out, ALERT_BAD_CERTIFICATE, TLSWATCH_NOBODY, TLSWATCH_POSSIBLE,
                                      "the name that was asked for is not in it, or, less often, it is not valid yet or its key is weak") ||
                       by_alert_alone(j, out, ALERT_INTERNAL_ERROR, TLSWATCH_NOBODY, TLSWATCH_POSSIBLE,
                                      "a check of the program's own failed, perhaps because the name that was asked for is not in it"));
}

/* What the client says of a certificate that the encryption hides (RFC 8446, 6.2); the rest may be about anything. */
static const char *hidden_subject(const struct facts *f) {
    bool hidden = f->tls13 && alert_sender(f) == TLSWATCH_CLIENT && f->server.num_chain == 0;
    return hidden && alert_is_about_certificate(alert_code(f)) ? " about the server's certificate, which the encryption hides" : "";
}

static bool unexplained(const struct judge *j, struct candidate *out) {
    const struct facts *f = j->facts;
    if (f->alert == NULL) {
        return false;
    }
    propose(out, TLSWATCH_NOBODY, TLSWATCH_POSSIBLE, f->alert->mark,
            f->alert->readable ? arena_format(j->arena, "the %s sent %s (%u)%s, and nothing that the capture shows explains it",
                                              tlswatch_side_name(alert_sender(f)), f->alert->name, f->alert->code, hidden_subject(f))
                               : arena_format(j->arena, "the %s sent an encrypted alert, and nothing that the capture shows explains it",
                                              tlswatch_side_name(alert_sender(f))));
    out->certificate_of = j->accused;
    return true;
}

/* Whoever sent the alert knows why. */
static bool unexplained_of_client(const struct judge *j, struct candidate *out) {
    return alert_sender(j->facts) == TLSWATCH_CLIENT && unexplained(j, out);
}

const struct conversation_rule last_rules[] = {
        {CAUSE(ISSUER_UNKNOWN), IN(CLIENT_REFUSED), issuer_unknown_by_alert,
         "trust the CA of the server's certificate, if that is intended.", "send the whole chain, from a CA that the client knows."},
        {CAUSE(EXPIRED), IN(CLIENT_REFUSED), expired_by_alert, "nothing to change, unless its clock is wrong.", "renew what has expired."},
        {CAUSE(HOSTNAME_MISMATCH), IN(CLIENT_REFUSED), hostname_by_alert,
         "connect by a name that stands in the server's certificate; its log says what was wrong.",
         "use a certificate with the name that clients connect to."},
        {CAUSE(STALLED), IN(STALLED), stalled, "check the path: lower the MTU or allow ICMP \"fragmentation needed\".",
         "check firewalls between the two."},
        {CAUSE(INCOMPLETE), ANYWHERE & ~IN(COMPLETED), incomplete_but_for_the_end, NULL, NULL},
        {CAUSE(PROTOCOL_ERROR), ANYWHERE & ~(IN(COMPLETED) | IN(NOT_TLS)), protocol_error,
         "look at its log; check TLS library versions and middleboxes.", "look at its log; check TLS library versions and middleboxes."},
        {CAUSE(CLOSED_WITHOUT_ALERT), ANYWHERE & ~(IN(COMPLETED) | IN(INCOMPLETE)), closed_without_alert,
         "if it closed, its log says why; else ask the server's side.", "if it closed, its log says why; else ask the client's side."},
        {CAUSE(UNEXPLAINED), ANYWHERE & ~(IN(COMPLETED) | IN(NOT_TLS)), unexplained_of_client,
         "its log names the reason at the time of this packet.", "compare times with its log."},
        {CAUSE(UNEXPLAINED), ANYWHERE & ~(IN(COMPLETED) | IN(NOT_TLS)), unexplained, "compare times with its log.",
         "its log names the reason at the time of this packet."},
        {CAUSE(NOT_REQUESTED), IN(COMPLETED), not_requested, NULL, NULL},
};
const size_t num_last_rules = sizeof last_rules / sizeof *last_rules;
