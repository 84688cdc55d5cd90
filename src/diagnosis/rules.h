/*
 * The causes as ordered tables of rules over facts.
 *
 * A rule looks at facts and either does not fire or proposes a candidate: the cause, the certificate it is about, a
 * clause for the sentence, and how sure it is. Rules are pure functions. The order of a table is the order in which
 * causes that fit equally well are preferred; an alert that means just this cause lifts a rule above the others.
 */
#ifndef TLSWATCH_DIAGNOSIS_RULES_H
#define TLSWATCH_DIAGNOSIS_RULES_H

#include "base/arena.h"
#include "diagnosis/facts.h"
#include "tls/alert.h"

/* Who broke it off, and where. */
enum situation {
    SITUATION_NOT_TLS,
    SITUATION_INCOMPLETE,     /* the capture does not show how it went on */
    SITUATION_NEGOTIATION,    /* it ended before any certificate */
    SITUATION_UNPLACED,       /* an alert ended it, and bytes that would show what it answers are lost */
    SITUATION_CLIENT_REFUSED, /* the client ended it after the server's certificate, or before answering it */
    SITUATION_SERVER_REFUSED, /* the server ended it after asking for, or seeing, the client's certificate */
    SITUATION_STALLED,
    SITUATION_ENCRYPTED,      /* TLS 1.3 or renegotiation: it ended inside the encryption */
    SITUATION_COMPLETED,
    NUM_SITUATIONS,
};

struct candidate {
    enum tlswatch_cause cause;
    enum tlswatch_side certificate_of;
    int index;          /* in that side's chain; -1 */
    enum tlswatch_side at_fault;
    enum tlswatch_confidence confidence;
    const char *clause; /* for the sentence: "CN=x expired 8 hours before" */
    const char *object; /* for {} in the advice; NULL */
    const char *advice_client, *advice_server;
    struct tlswatch_mark mark;
    bool confirmed;     /* the alert means just this */
    bool outranked;     /* possible, and what else is possible is likelier */
    bool contradicted;  /* the refusing side's stack, as guessed, sends another alert for this */
    bool tolerated;     /* commonly accepted: a finding, and the cause only where the peer refused */
    const struct certificate_rule *rule;
};

/* What a rule may use besides the facts. */
struct judge {
    const struct facts *facts;
    enum situation situation;
    enum tlswatch_side accused; /* whose certificates are in question */
    struct arena *arena;
};

/* About one side's certificates. */
struct certificate_rule {
    enum tlswatch_cause cause;
    bool (*fires)(const struct judge *judge, const struct party *party, struct candidate *out);
    uint8_t confirmed_by[6]; /* alerts that mean just this, 0 behind the last */
    bool tolerated;
    const char *advice_holder; /* for the side whose certificate it is; {} stands for the object */
    const char *advice_peer;
};

/* About the conversation. */
struct conversation_rule {
    enum tlswatch_cause cause;
    unsigned situations; /* bit set of 1 << enum situation */
    bool (*fires)(const struct judge *judge, struct candidate *out);
    const char *advice_client;
    const char *advice_server;
};

extern const struct certificate_rule certificate_rules[];
extern const size_t num_certificate_rules;
extern const struct conversation_rule first_rules[]; /* looked at before the certificates */
extern const size_t num_first_rules;
extern const struct conversation_rule last_rules[];  /* where neither explains it */
extern const size_t num_last_rules;

/* Defects of one certificate's content: dates, purposes, constraints (defects.c); for the table of certificate rules. */
bool rule_malformed(const struct judge *judge, const struct party *party, struct candidate *out);
bool rule_expired(const struct judge *judge, const struct party *party, struct candidate *out);
bool rule_not_yet_valid(const struct judge *judge, const struct party *party, struct candidate *out);
bool rule_purpose(const struct judge *judge, const struct party *party, struct candidate *out);
bool rule_key_usage(const struct judge *judge, const struct party *party, struct candidate *out);
bool rule_issuer_not_ca(const struct judge *judge, const struct party *party, struct candidate *out);
bool rule_path_too_long(const struct judge *judge, const struct party *party, struct candidate *out);
bool rule_name_constraint(const struct judge *judge, const struct party *party, struct candidate *out);
bool rule_critical_extension(const struct judge *judge, const struct party *party, struct candidate *out);
bool rule_weak_algorithm(const struct judge *judge, const struct party *party, struct candidate *out);
bool rule_key_mismatch(const struct judge *judge, const struct party *party, struct candidate *out);
bool rule_key_may_mismatch(const struct judge *judge, const struct party *party, struct candidate *out);
bool rule_algorithm_not_offered(const struct judge *judge, const struct party *party, struct candidate *out);
bool rule_hostname_mismatch(const struct judge *judge, const struct party *party, struct candidate *out);

/* The side that refused, and the code of the alert it refused with; 0: none. */
uint8_t judge_alert_of(const struct judge *judge, enum tlswatch_side refuser);
/* curve_is_usual: of an EC key; other keys have none to mind. Alert 51 may mean one that is not (NSS). */
bool curve_is_usual(const struct certificate *c);
/* party_needs: the peer can't do without the certificate at this step of the path. It has its own of a CA that it advertises,
 * and of a root; what was sent of them may be older or newer. */
bool party_needs(const struct party *party, size_t step);
/* The party's peer refused it. */
bool judge_refused(const struct judge *judge, const struct party *party);

#endif
