/*
 * Everything a rule may look at: what both sides said, their chains, the list, how it ended. Built once for each
 * conversation from the flow, the conversation and the certificate store; no judgement in it.
 */
#ifndef TLSWATCH_DIAGNOSIS_FACTS_H
#define TLSWATCH_DIAGNOSIS_FACTS_H

#include "base/arena.h"
#include "diagnosis/stacks.h"
#include "flow/flow.h"
#include "tls/conversation.h"
#include "x509/path.h"
#include "x509/trust.h"

/* One side's Certificate message, and the path from its leaf. */
struct party {
    enum tlswatch_side side;
    enum tlswatch_state state;
    struct tlswatch_mark mark;
    const struct certificate *chain[LIMIT_CHAIN];
    size_t num_chain;
    bool truncated; /* more certificates than LIMIT_CHAIN */
    struct path path;
    struct trust_verdict trust;            /* would the peer verify it? */
    struct trust_verdict trust_with_known; /* and with what is known above it; only where it would not */
    int64_t time;                          /* of the packet that carried it, in seconds: certificates are judged then */
};

/* How far the handshake came, by the last message in clear. */
enum progress {
    PROGRESS_NOTHING,
    PROGRESS_CLIENT_HELLO,
    PROGRESS_SERVER_HELLO,
    PROGRESS_SERVER_CERTIFICATE,
    PROGRESS_SERVER_DONE,   /* ServerHelloDone, or in TLS 1.3 the server's encrypted flight */
    PROGRESS_CLIENT_FLIGHT, /* client Certificate, ClientKeyExchange or encrypted flight */
    PROGRESS_CLIENT_FINISHED,
    PROGRESS_COMPLETED, /* both sides sent Finished, and nothing says otherwise */
};

/* What the client's first encrypted flight in TLS 1.3 seems to be, by the length of its records. */
enum tls13_answer {
    TLS13_ANSWER_UNKNOWN,
    TLS13_ANSWER_NONE,        /* Finished alone: no CertificateRequest */
    TLS13_ANSWER_EMPTY,       /* an empty Certificate */
    TLS13_ANSWER_CERTIFICATE, /* a chain */
    TLS13_ANSWER_ALERT,       /* an alert in place of its flight */
};

/* Does what followed a completed handshake look like a refusal inside the encryption? */
enum refusal {
    REFUSAL_NONE,
    REFUSAL_POSSIBLE, /* a short answer, and the server closed at once */
    REFUSAL_OF_LOGIN, /* a mail server ended the session without a login: the certificate may be why, or a password */
    REFUSAL_LIKELY,   /* no answer at all, or one as long as a known error page */
};

struct facts {
    const struct conversation *conversation;
    const struct flow *flow;
    struct certificate_store *store;

    uint16_t version; /* that the server chose; 0: no ServerHello */
    bool tls13;
    bool resumed;
    bool has_client_hello, has_server_hello;
    struct client_hello client_hello;
    struct server_hello server_hello;
    const char *server_name; /* SNI, escaped; NULL */
    struct tlswatch_mark client_hello_mark, server_hello_mark;
    struct stack_guess client_stack, server_stack;

    enum tlswatch_state request_state;
    struct tlswatch_mark request_mark;
    struct certificate_request request; /* views into the conversation */
    bool request_malformed;
    const struct authority_list *list; /* NULL: no CertificateRequest in clear */
    bool list_lost;                    /* there was one, and no room for it */

    struct party client, server;
    enum link certificate_verify; /* the client's signature */
    bool has_certificate_verify;
    uint16_t certificate_verify_scheme; /* 0 before TLS 1.2 */
    enum link server_key_exchange;      /* the server's signature; UNCHECKED where there is none */
    uint64_t num_unpaid;                /* signatures that it would have cost too much to check */

    struct tlswatch_alert alerts[LIMIT_ALERTS + 2]; /* the last two for what TLS 1.3 record lengths show */
    size_t num_alerts;
    const struct tlswatch_alert *alert; /* the one that decided: the first that ends the handshake and is no echo */
    const struct tlswatch_alert *echo;  /* decode_error in answer to the peer's FIN */

    struct tlswatch_closed closed;
    enum tlswatch_side goodbye; /* who wanted to end it first: by close_notify, by an alert that decided, by FIN or RST */
    struct tlswatch_mark goodbye_mark; /* of that alert or segment; frame 0: nobody did */
    bool ended;   /* closed, or fell silent for good */
    bool evicted; /* it had to make room for others before its end */
    bool stalled; /* nobody closed it; one side never answered */
    bool lost;    /* bytes of the handshake are not in the capture */

    enum progress progress;
    bool client_finished, server_finished;
    enum tls13_answer tls13_answer;
    enum tls13_answer late_answer; /* to a request behind the handshake: EMPTY or CERTIFICATE; else UNKNOWN */
    bool renegotiated;             /* handshake records after both Finished: a renegotiation, encrypted */
    enum refusal refusal;
    const char *refusal_why; /* its evidence; NULL: none */
    enum stack answers_like; /* its answer is as long as this one's error page */
    bool cut_short;          /* a short answer, and the server closed at once, whether it asked for a certificate or not */
    bool denied;             /* what it looks like is a denial by rule (403), not a certificate that did not verify (400) */
    bool client_left;        /* the client closed a completed handshake without a byte of data */
    bool client_mute;        /* the same in TLS 1.3, by the lengths of its records */
    bool server_mute;        /* in TLS 1.3 it never said more than goodbye behind the client's answer to its request */
    bool alert_behind_leave; /* in TLS 1.3 the client had left before the server's alert, which may only answer that */
    uint64_t client_application_records, server_application_records;
    uint64_t client_application_bytes, server_application_bytes;
};

/* facts_collect_course fills *out with what both sides said and did and how it ended; certificates are not looked at.
 * Strings live in `arena`, views in the conversation. */
void facts_collect_course(struct facts *out, const struct conversation *conversation, const struct flow *flow, enum flow_end how,
                          struct arena *arena);

/* facts_collect_certificates adds the rest: name, chains, list, signatures, stacks. Certificates live in the store. */
void facts_collect_certificates(struct facts *facts, struct certificate_store *store, const struct trust_set *trusts, struct arena *arena);

/* facts_went_well: it completed, and nothing in its course says that anyone minded; whatever stands in the certificates,
 * without them verified (trust_set) it is at most worth a remark. */
bool facts_went_well(const struct facts *facts);

/* facts_course_is_plain: most conversations of TLS 1.2 go and end so that facts_went_well is true of them, as a few of what would be
 * collected show. False says nothing. */
bool facts_course_is_plain(const struct conversation *conversation, const struct flow *flow, enum flow_end how);

/* facts_limits_hit counts what a bound took from them; each is a finding as well. */
uint64_t facts_limits_hit(const struct facts *facts);

/* facts_gather does no more than put the certificates of both sides into the store. */
void facts_gather(const struct conversation *conversation, const struct flow *flow, struct certificate_store *store);

/* facts_gather_read reads them too: facts_collect_certificates will come for them. */
void facts_gather_read(const struct conversation *conversation, const struct flow *flow, struct certificate_store *store);

/* A RST of its sender right behind the alert that decided: the peer's program may never have seen the alert; NULL: none. */
const struct tlswatch_mark *facts_reset_behind_alert(const struct facts *f);

/* "RSA" or "EC" where the server asked for keys of that kind only; NULL: it did not, or what it asked for is not known. */
const char *facts_only_kind_asked(const struct facts *f);

/* Whether the client's signature could not be checked, though there is one, or was where the capture has lost bytes. */
static inline bool facts_signature_is_unknown(const struct facts *f) {
    return f->client.num_chain > 0 && f->certificate_verify == LINK_UNCHECKED && (f->has_certificate_verify || f->lost);
}

static inline const struct party *facts_party(const struct facts *f, enum tlswatch_side side) {
    return side == TLSWATCH_CLIENT ? &f->client : &f->server;
}

static inline enum tlswatch_side side_opposite(enum tlswatch_side side) {
    return side == TLSWATCH_CLIENT ? TLSWATCH_SERVER : side == TLSWATCH_SERVER ? TLSWATCH_CLIENT : TLSWATCH_NOBODY;
}

#endif
