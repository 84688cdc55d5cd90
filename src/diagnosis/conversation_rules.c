/*
 * The table of causes that lie in the conversation, not in a certificate: what was not agreed, not asked, not sent,
 * not seen.
 */
#include "diagnosis/conversation_internal.h"
#include "diagnosis/words.h"
#include "tls/registry.h"

static const char *quote_refusal(const struct judge *j) {
    const struct opening *o = conversation_opening(j->facts->conversation);
    return arena_escape(j->arena, bytes_of(o->refusal, o->refusal_len), 120);
}

static bool not_tls(const struct judge *j, struct candidate *out) {
    const struct conversation *c = j->facts->conversation;
    const struct opening *o = conversation_opening(c);
    if (o->refusal_len > 0) {
        return propose(out, TLSWATCH_SERVER, TLSWATCH_CERTAIN, o->refusal_mark,
                       arena_format(j->arena, "the server refused to begin TLS: \"%s\"", quote_refusal(j)));
    }
    if (o->instead != NULL) {
        enum tlswatch_side side = conversation_side(c, o->instead_by);
        return propose(out, side, TLSWATCH_CERTAIN, o->instead_mark,
                       arena_format(j->arena, "the %s speaks %s in plain text, not TLS", tlswatch_side_name(side), o->instead));
    }
    if (!c->stream[FORWARD].any_bytes && !c->stream[BACKWARD].any_bytes) {
        return false;
    }
    return propose(out, TLSWATCH_NOBODY, TLSWATCH_CERTAIN, (struct tlswatch_mark){0}, "the two sides spoke something else than TLS");
}

static bool spoke_plain(const struct judge *j, struct candidate *out) {
    const struct facts *f = j->facts;
    const struct conversation_stream *server = conversation_server(f->conversation);
    if (f->progress > PROGRESS_CLIENT_HELLO) {
        return false;
    }
    if (conversation_opening(f->conversation)->instead != NULL) {
        return not_tls(j, out);
    }
    return f->has_client_hello && f->num_alerts == 0 && server->malformed == MALFORMED_RECORD &&
           propose(out, TLSWATCH_SERVER, TLSWATCH_CERTAIN, server->malformed_mark,
                   "the server answered the ClientHello with something else than TLS");
}

static bool offers(struct bytes list, uint16_t value) {
    uint16_t v;
    while (bytes_u16(&list, &v)) {
        if (v == value) {
            return true;
        }
    }
    return false;
}

/* Of supported_versions; a hello without them says only the highest. */
static uint16_t lowest_version(const struct client_hello *hello) {
    struct bytes versions = hello->supported_versions;
    uint16_t version, lowest = versions.len > 0 ? hello->highest_version : 0;
    while (bytes_u16(&versions, &version)) {
        lowest = version >= SSL_3_0 && version < lowest ? version : lowest;
    }
    return lowest;
}

static bool offers_common_group(const struct facts *f) {
    struct bytes groups = f->client_hello.supported_groups;
    return offers(groups, 23) || offers(groups, 29) || offers(groups, 24);
}

/* Alert 40 before any ServerHello: of version, cipher suites, groups and algorithms, the lists tell which can be meant. */
static bool negotiation_failed(const struct facts *f) {
    uint8_t code = alert_code(f);
    return f->progress == PROGRESS_CLIENT_HELLO && alert_sender(f) == TLSWATCH_SERVER &&
           (code == ALERT_HANDSHAKE_FAILURE || code == ALERT_INSUFFICIENT_SECURITY || code == ALERT_MISSING_EXTENSION);
}

/* Of the algorithms that RSA keys sign with, or EC keys; none named: TLS 1.2 has defaults (RFC 5246, 7.4.1.4.1). */
static bool offers_signatures_of(const struct facts *f, bool rsa) {
    struct bytes schemes = f->client_hello.signature_algorithms;
    bool any = schemes.len == 0;
    uint16_t s;
    while (bytes_u16(&schemes, &s)) {
        bool of_rsa = s >> 8 < 8 ? (s & 0xff) == 1 : s >= 0x0804 && s <= 0x0806;
        any = any || (rsa ? of_rsa : s >> 8 < 8 && (s & 0xff) == 3);
    }
    return any;
}

/* GnuTLS, Mbed TLS and wolfSSL servers; one that has TLS 1.3 has TLS_AES_128_GCM_SHA256 (RFC 8446, 9.1). */
static bool refuses_tls13(const struct facts *f) {
    return negotiation_failed(f) && alert_code(f) == ALERT_HANDSHAKE_FAILURE && !f->lost && lowest_version(&f->client_hello) == TLS_1_3 &&
           offers(f->client_hello.cipher_suites, 0x1301) && offers_common_group(f) && offers_signatures_of(f, true) &&
           offers_signatures_of(f, false);
}

static bool protocol_version(const struct judge *j, struct candidate *out) {
    const struct facts *f = j->facts;
    const char *highest = version_name(f->client_hello.highest_version), *chosen = version_name(f->version);
    if (alert_code(f) == ALERT_PROTOCOL_VERSION) {
        const char *choice = chosen != NULL ? arena_format(j->arena, ", the server chose TLS %s", chosen) : "";
        const char *only = lowest_version(&f->client_hello) == f->client_hello.highest_version ? "only" : "at most";
        const char *offer = highest != NULL ? arena_format(j->arena, "the client offers %s TLS %s%s", only, highest, choice)
                                            : "what the client offers is not in the capture";
        return propose(out, TLSWATCH_NOBODY, TLSWATCH_CERTAIN, f->alert->mark,
                       arena_format(j->arena, "no protocol version in common: %s", offer));
    }
    if (refuses_tls13(f)) {
        return propose(out, TLSWATCH_NOBODY, TLSWATCH_LIKELY, f->client_hello_mark,
                       "the client offers only TLS 1.3, with common suites and groups; some servers that have no TLS 1.3 say "
                       "handshake_failure");
    }
    bool closed_on_hello = f->alert == NULL && f->progress == PROGRESS_CLIENT_HELLO;
    /* OpenSSL 3 says internal_error where its security level leaves no signature for them. */
    bool code_fits = alert_code(f) == ALERT_HANDSHAKE_FAILURE || alert_code(f) == ALERT_ILLEGAL_PARAMETER ||
                     (alert_code(f) == ALERT_INTERNAL_ERROR && alert_sender(f) == TLSWATCH_SERVER) || closed_on_hello;
    if (f->has_client_hello && f->client_hello.highest_version < TLS_1_2 && code_fits && f->progress == PROGRESS_CLIENT_HELLO && !f->lost) {
        return propose(out, TLSWATCH_NOBODY, TLSWATCH_POSSIBLE, f->client_hello_mark,
                       arena_format(j->arena, "the client offers at most TLS %s, which many servers no longer accept",
                                    highest != NULL ? highest : "1.1"));
    }
    return false;
}

static bool server_name_unknown(const struct judge *j, struct candidate *out) {
    const struct facts *f = j->facts;
    return alert_code(f) == ALERT_UNRECOGNIZED_NAME && alert_sender(f) == TLSWATCH_SERVER &&
           propose(out, TLSWATCH_NOBODY, TLSWATCH_CERTAIN, f->alert->mark,
                   arena_format(j->arena, "the server does not know the name that the client asked for (%s)",
                                f->server_name != NULL ? words_cut(j->arena, f->server_name) : "none"));
}

static bool alpn_mismatch(const struct judge *j, struct candidate *out) {
    const struct facts *f = j->facts;
    return alert_code(f) == ALERT_NO_APPLICATION_PROTOCOL && propose(out, TLSWATCH_NOBODY, TLSWATCH_CERTAIN, f->alert->mark,
                                                                     "client and server have no application protocol (ALPN) in common");
}

static bool downgrade(const struct judge *j, struct candidate *out) {
    const struct facts *f = j->facts;
    if (alert_code(f) == ALERT_INAPPROPRIATE_FALLBACK) {
        return propose(out, TLSWATCH_CLIENT, TLSWATCH_CERTAIN, f->alert->mark,
                       "the client tried a lower protocol version than it can (TLS_FALLBACK_SCSV), and the server noticed");
    }
    return alert_code(f) == ALERT_ILLEGAL_PARAMETER && alert_sender(f) == TLSWATCH_CLIENT && f->has_server_hello &&
           f->server_hello.downgrade_sentinel &&
           propose(out, TLSWATCH_NOBODY, TLSWATCH_LIKELY, f->server_hello_mark,
                   "the server marked its hello as a downgrade: something between the two removed the higher version");
}

static bool cipher_mismatch(const struct judge *j, struct candidate *out) {
    const struct facts *f = j->facts;
    if (!negotiation_failed(f)) {
        return false;
    }
    return propose(out, TLSWATCH_NOBODY, alert_code(f) == ALERT_INSUFFICIENT_SECURITY ? TLSWATCH_CERTAIN : TLSWATCH_LIKELY, f->alert->mark,
                   arena_format(j->arena,
                                "the server found nothing acceptable in the client's hello: most likely none of its %zu cipher suites",
                                f->client_hello.sslv2 ? f->client_hello.cipher_suites.len / 3 : f->client_hello.cipher_suites.len / 2));
}

static bool group_mismatch(const struct judge *j, struct candidate *out) {
    const struct facts *f = j->facts;
    return negotiation_failed(f) && f->client_hello.supported_groups.len > 0 && !offers_common_group(f) &&
           propose(out, TLSWATCH_NOBODY, TLSWATCH_LIKELY, f->client_hello_mark,
                   "the client offers none of the groups that servers commonly have (x25519, secp256r1, secp384r1)");
}

/* RFC 8446, 9.2: a client of TLS 1.3 must name some. SHA-1 and MD5 alone are refused by OpenSSL 3 and others. */
static bool signature_algorithm_mismatch(const struct judge *j, struct candidate *out) {
    const struct facts *f = j->facts;
    struct bytes schemes = f->client_hello.signature_algorithms;
    if (!negotiation_failed(f) || f->client_hello.highest_version < TLS_1_2) {
        return false;
    }
    if (schemes.len == 0) {
        return alert_code(f) == ALERT_MISSING_EXTENSION &&
               propose(out, TLSWATCH_CLIENT, TLSWATCH_LIKELY, f->client_hello_mark, "the client names no signature algorithms");
    }
    bool rsa = offers_signatures_of(f, true), ec = offers_signatures_of(f, false);
    if (!rsa || !ec) {
        const char *kind = rsa ? "no EC" : ec ? "no RSA" : "neither RSA nor EC";
        return propose(out, TLSWATCH_NOBODY, TLSWATCH_LIKELY, f->client_hello_mark,
                       arena_format(j->arena, "the client takes signatures of %s keys, and the server may have no other", kind));
    }
    uint16_t scheme;
    while (bytes_u16(&schemes, &scheme)) {
        if (scheme >> 8 > 2) { /* RFC 5246, 7.4.1.4.1: MD5 is 1, SHA-1 is 2 */
            return false;
        }
    }
    return propose(out, TLSWATCH_NOBODY, TLSWATCH_LIKELY, f->client_hello_mark,
                   "the client offers signatures with SHA-1 or MD5 only, which many servers no longer make");
}

/* The reasons that a capture cannot show are ranked in the findings. SSL 3.0 has a warning no_certificate instead. */
static bool client_declined(const struct judge *j, struct candidate *out) {
    const struct facts *f = j->facts;
    if (f->request_state != TLSWATCH_SEEN || f->client.state != TLSWATCH_SEEN || f->client.num_chain > 0 || f->client.truncated) {
        return false;
    }
    enum tlswatch_confidence inside = f->refusal == REFUSAL_LIKELY ? TLSWATCH_LIKELY : TLSWATCH_POSSIBLE;
    propose(out, TLSWATCH_CLIENT, j->situation == SITUATION_COMPLETED ? inside : TLSWATCH_CERTAIN, f->client.mark,
            "the client, asked for a certificate, answered with an empty list");
    const char *kind = facts_only_kind_asked(f);
    out->object = kind != NULL ? arena_format(j->arena, "an %s key", kind) : "a key of a kind that was asked for";
    out->certificate_of = TLSWATCH_CLIENT;
    return true;
}

/* The client broke off: asked for keys of some kinds only, it sent no certificate (GnuTLS), or one that it could not sign with
 * (BoringSSL, Go). */
static bool no_key_of_a_kind_asked_for(const struct judge *j, struct candidate *out) {
    const struct facts *f = j->facts;
    const char *kind = facts_only_kind_asked(f);
    bool own_failure = f->alert == NULL || alert_code(f) == ALERT_HANDSHAKE_FAILURE || alert_code(f) == ALERT_INTERNAL_ERROR;
    bool unsigned_chain = f->client.num_chain > 0 && !f->has_certificate_verify && !f->lost;
    if (unsigned_chain && !alert_is_about_certificate(alert_code(f)) && rule_algorithm_not_offered(j, &f->client, out)) {
        out->confidence = f->alert != NULL ? out->confidence : TLSWATCH_LIKELY;
        return true;
    }
    if (f->client.state != TLSWATCH_ABSENT || kind == NULL || !own_failure) {
        return false;
    }
    propose(out, TLSWATCH_CLIENT, TLSWATCH_LIKELY, f->request_mark,
            arena_format(j->arena, "the server asks for %s keys only, and the client's may be of another kind", kind));
    out->certificate_of = TLSWATCH_CLIENT;
    return true;
}

/* The client left in the midst of a CertificateRequest of several records. Some clients can't take one. */
static bool left_in_the_request(const struct judge *j, struct candidate *out) {
    const struct facts *f = j->facts;
    const struct conversation_stream *server = conversation_server(f->conversation);
    enum stack stack = stack_likely(f->client_stack);
    bool cannot = stack == STACK_WOLFSSL || stack == STACK_MBEDTLS;
    if (f->lost || (server->begun_types >> CERTIFICATE_REQUEST & 1) == 0) {
        return false;
    }
    return propose(
            out, TLSWATCH_NOBODY, cannot ? TLSWATCH_LIKELY : TLSWATCH_POSSIBLE, f->closed.mark,
            arena_format(j->arena, "it left in the midst of the server's CertificateRequest%s",
                         cannot ? arena_format(j->arena, ", and %s clients can't take one of several records", stack_name(stack)) : ""));
}

static bool list_too_long(const struct judge *j, struct candidate *out) {
    const struct facts *f = j->facts;
    const struct conversation_stream *server = conversation_server(f->conversation);
    bool oversized = server->malformed == MALFORMED_RECORD_TOO_LONG;
    bool client_ended = alert_sender(f) == TLSWATCH_CLIENT || (f->alert == NULL && f->closed.first_by == TLSWATCH_CLIENT);
    bool unanswered = f->client.state == TLSWATCH_ABSENT && !alert_is_about_certificate(alert_code(f));
    if (unanswered && client_ended && !oversized && left_in_the_request(j, out)) {
        return true;
    }
    if (!unanswered || !client_ended || !(oversized || (f->list != NULL && f->list->encoded_len > 16384 - 64))) {
        return false;
    }
    return propose(
            out, oversized ? TLSWATCH_SERVER : TLSWATCH_NOBODY, oversized ? TLSWATCH_CERTAIN : TLSWATCH_LIKELY, f->request_mark,
            oversized ? "the server put its CertificateRequest into one record that is longer than TLS allows (2^14 bytes)"
                      : arena_format(j->arena,
                                     "the server advertises %zu CA names in %zu bytes, more than one record: some clients can't take that",
                                     f->list->num_names, f->list->encoded_len));
}

static bool renegotiation_hidden(const struct judge *j, struct candidate *out) {
    const struct facts *f = j->facts;
    if (!f->renegotiated || f->tls13) {
        return false;
    }
    propose(out, TLSWATCH_NOBODY, TLSWATCH_LIKELY, (struct tlswatch_mark){0},
            "a second handshake ran inside the encryption: the server asked for the client's certificate there, most likely");
    out->certificate_of = TLSWATCH_CLIENT;
    return true;
}

/* The client says whether it can be asked behind the handshake (RFC 8446, 4.2.6). One that can't is denied by a server that
 * wants to, by location, say; or that is what the application answers. */
static bool post_handshake_auth_hidden(const struct judge *j, struct candidate *out) {
    const struct facts *f = j->facts;
    if (f->late_answer != TLS13_ANSWER_UNKNOWN) {
        propose(out, TLSWATCH_NOBODY, TLSWATCH_LIKELY, f->alert != NULL ? f->alert->mark : (struct tlswatch_mark){0},
                arena_format(j->arena, "the server asked for a certificate after the handshake, and the client's answer is %s",
                             f->late_answer == TLS13_ANSWER_EMPTY ? "as long as an empty Certificate"
                                                                  : "long enough for a certificate chain"));
        out->certificate_of = TLSWATCH_CLIENT;
        return true;
    }
    if (!f->tls13 || f->resumed || f->tls13_answer != TLS13_ANSWER_NONE || f->client_hello.has_post_handshake_auth || !f->cut_short) {
        return false;
    }
    propose(out, TLSWATCH_NOBODY, TLSWATCH_POSSIBLE, f->client_hello_mark,
            "a server that asks for a certificate only after the handshake, by location, can't ask this client, which does not offer "
            "post_handshake_auth, and denies it");
    out->certificate_of = TLSWATCH_CLIENT;
    out->outranked = true;
    return true;
}

static bool tls13_encrypted(const struct judge *j, struct candidate *out) {
    const struct facts *f = j->facts;
    const char *what = f->tls13_answer == TLS13_ANSWER_EMPTY         ? ", but by its length the client's answer is an empty list"
                       : f->tls13_answer == TLS13_ANSWER_CERTIFICATE ? ", but by its length the client's answer holds certificates"
                       : f->tls13_answer == TLS13_ANSWER_ALERT
                               ? ", but by its length the client's only answer is an alert: most likely it did not accept the server's "
                                 "certificate"
                               : "";
    bool refused =
            f->alert != NULL || f->refusal != REFUSAL_NONE || j->situation != SITUATION_COMPLETED || f->tls13_answer == TLS13_ANSWER_EMPTY;
    if (!f->tls13 || !refused || j->situation == SITUATION_NEGOTIATION || f->late_answer != TLS13_ANSWER_UNKNOWN) {
        return false;
    }
    bool looks_so = (j->situation != SITUATION_COMPLETED && !f->alert_behind_leave) || f->refusal == REFUSAL_LIKELY;
    out->object = f->tls13_answer == TLS13_ANSWER_EMPTY ? "check that a certificate is configured, with its key: most likely it sent none"
                                                        : "look at its log";
    return propose(
            out, TLSWATCH_NOBODY, looks_so ? TLSWATCH_LIKELY : TLSWATCH_POSSIBLE,
            f->alert != NULL ? f->alert->mark : (struct tlswatch_mark){0},
            arena_format(j->arena, "TLS 1.3 hides certificates and the reason%s%s", what,
                         f->alert_behind_leave
                                 ? "; the client had left before the server's alert came, which may be no more than a goodbye in return"
                                 : ""));
}

/* The same where the client ended it: then its log knows why, not the server's. One that sent data behind its Finished, or that
 * had no certificate, may have left before it saw that it was refused. */
static bool tls13_ended_by_client(const struct judge *j, struct candidate *out) {
    const struct facts *f = j->facts;
    bool did_not_wait = f->alert_behind_leave && (!f->client_mute || f->tls13_answer == TLS13_ANSWER_EMPTY);
    return f->goodbye == TLSWATCH_CLIENT && !did_not_wait && tls13_encrypted(j, out);
}

/* The client sent a chain, and an alert where its CertificateVerify should stand. */
static bool tls13_unsigned(const struct judge *j, struct candidate *out) {
    const struct facts *f = j->facts;
    return f->alert != NULL && f->alert->sender == TLSWATCH_CLIENT && !f->alert->readable && !f->client_finished &&
           f->tls13_answer == TLS13_ANSWER_CERTIFICATE &&
           propose(out, TLSWATCH_NOBODY, TLSWATCH_LIKELY, f->alert->mark,
                   "TLS 1.3 hides certificates and the reason, but by the lengths the client sent certificates and then an alert, where "
                   "its "
                   "signature should be: most likely its key is not of a kind that the server takes");
}

const struct conversation_rule first_rules[] = {
        {CAUSE(NOT_TLS), IN(NOT_TLS), not_tls, "speak TLS on this port.", "check that TLS is on for this port."},
        {CAUSE(NOT_TLS), IN(NEGOTIATION), spoke_plain, "speak TLS on this port.", "check that TLS is on for this port."},
        {CAUSE(INCOMPLETE), IN(INCOMPLETE), rule_incomplete, NULL, NULL},
        {CAUSE(PROTOCOL_VERSION), IN(NEGOTIATION) | IN(UNPLACED) | IN(CLIENT_REFUSED), protocol_version,
         "allow a protocol version that the server has, or update the TLS library.",
         "alternatively, allow a version that the client offers."},
        {CAUSE(SERVER_NAME_UNKNOWN), ANYWHERE, server_name_unknown, "ask for a name that the server has.",
         "alternatively, configure that name."},
        {CAUSE(ALPN_MISMATCH), ANYWHERE, alpn_mismatch, "offer a protocol that the server speaks.",
         "alternatively, enable one that the client offers."},
        {CAUSE(DOWNGRADE), IN(NEGOTIATION) | IN(UNPLACED) | IN(CLIENT_REFUSED), downgrade, "look at why an earlier attempt failed.",
         "look at middleboxes in front of it."},
        {CAUSE(GROUP_MISMATCH), IN(NEGOTIATION), group_mismatch, "offer secp256r1 or x25519.",
         "alternatively, enable a group that the client offers."},
        {CAUSE(SIGNATURE_ALGORITHM_MISMATCH), IN(NEGOTIATION), signature_algorithm_mismatch, "offer signatures with SHA-256.",
         "allowing what the client offers would let it in, and is unwise."},
        {CAUSE(CIPHER_MISMATCH), IN(NEGOTIATION), cipher_mismatch, "enable cipher suites that the server has.",
         "alternatively, enable one that the client offers; its log names the reason."},
        {CAUSE(LIST_TOO_LONG), IN(CLIENT_REFUSED) | IN(INCOMPLETE), list_too_long,
         "use a TLS library that takes a CertificateRequest of several records.", "advertise fewer CAs, or none."},
        {CAUSE(ALGORITHM_NOT_OFFERED), IN(CLIENT_REFUSED), no_key_of_a_kind_asked_for, "use a key of a kind that the server asks for.",
         "alternatively, allow other kinds of keys."},
        {CAUSE(CLIENT_DECLINED), IN(SERVER_REFUSED) | IN(ENCRYPTED) | IN(COMPLETED), client_declined,
         "configure a certificate that fits the request: from an advertised CA, if there are any, with {}.",
         "check that the advertised list names the CA of this client."},
        {CAUSE(RENEGOTIATION_HIDDEN), ANYWHERE, renegotiation_hidden, NULL,
         "its log has what the capture can't show; or ask for the certificate in the first handshake."},
        {CAUSE(POST_HANDSHAKE_AUTH_HIDDEN), IN(ENCRYPTED) | IN(COMPLETED), post_handshake_auth_hidden,
         "configure a certificate, and allow authentication after the handshake.",
         "its log has what the capture can't show; or ask for the certificate in the handshake."},
        {CAUSE(TLS13_ENCRYPTED), IN(ENCRYPTED), tls13_unsigned, "its log names the reason: most likely a key of another kind is needed.",
         "its signature algorithms have to allow the client's kind of key; reproduce it with TLS 1.2, where it can be seen."},
        {CAUSE(TLS13_ENCRYPTED), IN(ENCRYPTED), tls13_ended_by_client,
         "its log names the reason; or capture with a key log (SSLKEYLOGFILE).",
         "check the certificate that it shows, and its name; or reproduce it with TLS 1.2, where it can be seen."},
        {CAUSE(TLS13_ENCRYPTED), IN(ENCRYPTED) | IN(COMPLETED) | IN(STALLED), tls13_encrypted,
         "{}; or capture with a key log (SSLKEYLOGFILE).", "its log names the reason; or reproduce it with TLS 1.2, where it can be seen."},
};
const size_t num_first_rules = sizeof first_rules / sizeof *first_rules;
