#include "diagnosis/verdict.h"

#include "diagnosis/findings.h"
#include "diagnosis/habits.h"
#include "diagnosis/logs.h"
#include "diagnosis/rules.h"
#include "diagnosis/sentence.h"
#include "diagnosis/situation.h"
#include "diagnosis/words.h"

#define MAX_CANDIDATES 48
#define MAX_RIVALS 8
#define MAX_FINDINGS 40

struct candidates {
    struct candidate list[MAX_CANDIDATES];
    size_t num;
};

uint8_t judge_alert_of(const struct judge *j, enum tlswatch_side refuser) {
    const struct tlswatch_alert *a = j->facts->alert;
    return a != NULL && a->readable && a->sender == refuser ? a->code : 0;
}

bool party_needs(const struct party *party, size_t step) {
    const struct path *p = &party->path;
    bool root = step > 0 && step + 1 == p->num_path && p->ends_self_signed;
    bool reached = false;
    for (size_t k = 0; k < step && p->reach.reached == TLSWATCH_REACHED_YES; k++) {
        reached = reached || (int)p->path[k] == p->reach.at;
    }
    return !root && !reached;
}

bool judge_refused(const struct judge *j, const struct party *party) {
    bool broken_off = j->situation != SITUATION_COMPLETED || j->facts->refusal >= REFUSAL_OF_LOGIN || j->facts->client_left;
    return broken_off && j->accused == party->side;
}

/* May this be the cause of a conversation that completed? What stands in a chain is one where the sequel agrees, or
 * where nothing speaks against it; what servers commonly tolerate, or may know better, only where it looks refused. */
static bool may_be_cause(const struct judge *j, const struct candidate *c) {
    const struct facts *f = j->facts;
    if (j->situation != SITUATION_COMPLETED || f->refusal == REFUSAL_LIKELY) {
        return true;
    }
    if (c->rule == NULL) {
        return !c->outranked;
    }
    if (f->client_left) {
        return c->confidence == TLSWATCH_CERTAIN;
    }
    if (habit_verifies_first(stack_likely(f->server_stack))) {
        return c->confidence == TLSWATCH_CERTAIN && !c->tolerated;
    }
    bool much = f->server_application_bytes > 2048 || f->client_application_records > 8;
    return !much && !c->tolerated && c->confidence != TLSWATCH_POSSIBLE;
}

static void add(struct candidates *c, struct candidate candidate) {
    if (c->num < MAX_CANDIDATES) {
        c->list[c->num++] = candidate;
    }
}

static void try_conversation_rules(const struct judge *j, const struct conversation_rule *rules, size_t num, struct candidates *out) {
    for (size_t i = 0; i < num; i++) {
        struct candidate c = {.cause = rules[i].cause, .index = -1};
        if ((rules[i].situations & 1u << j->situation) != 0 && rules[i].fires(j, &c)) {
            c.advice_client = words_fill(j->arena, rules[i].advice_client, c.object);
            c.advice_server = words_fill(j->arena, rules[i].advice_server, c.object);
            add(out, c);
        }
    }
}

/* The habits of the stack that refused, where it is a likely guess, weigh among rivals: what it would have said in other
 * words is not what it found. */
static void weigh(const struct judge *j, const struct party *party, struct candidate *c) {
    const struct facts *f = j->facts;
    enum tlswatch_side refuser = side_opposite(party->side);
    enum stack stack = stack_likely(refuser == TLSWATCH_SERVER ? f->server_stack : f->client_stack);
    enum failure failure = habit_failure_of(c->cause, party, c->index);
    c->contradicted = !c->confirmed && habit_agrees(stack, failure, judge_alert_of(j, refuser), f->tls13) == AGREEMENT_CONTRADICTS;
    c->tolerated = c->tolerated || habit_accepts(stack, failure);
}

static void try_certificate_rules(const struct judge *j, const struct party *party, struct candidates *out) {
    uint8_t code = judge_alert_of(j, side_opposite(party->side));
    for (size_t i = 0; i < num_certificate_rules; i++) {
        const struct certificate_rule *rule = &certificate_rules[i];
        struct candidate c = {.cause = rule->cause, .index = -1, .rule = rule, .tolerated = rule->tolerated};
        if (!rule->fires(j, party, &c)) {
            continue;
        }
        for (size_t k = 0; k < sizeof rule->confirmed_by && rule->confirmed_by[k] != 0; k++) {
            c.confirmed = c.confirmed || rule->confirmed_by[k] == code;
        }
        weigh(j, party, &c);
        bool client = party->side == TLSWATCH_CLIENT;
        c.advice_client = words_fill(j->arena, client ? rule->advice_holder : rule->advice_peer, c.object);
        c.advice_server = words_fill(j->arena, client ? rule->advice_peer : rule->advice_holder, c.object);
        add(out, c);
    }
}

/* Smaller is better: what the alert confirms, then what is likely, then what is only possible; the order of the tables
 * decides between equals. */
static int rank(const struct candidate *c) {
    return c->confirmed ? 0 : c->contradicted ? 3 : c->confidence != TLSWATCH_POSSIBLE ? 1 : c->outranked ? 3 : 2;
}

static const struct candidate *choose(const struct judge *j, const struct candidates *c, size_t num) {
    const struct candidate *best = NULL;
    for (size_t i = 0; i < num; i++) {
        if (!may_be_cause(j, &c->list[i])) {
            continue;
        }
        if (best == NULL || rank(&c->list[i]) < rank(best)) {
            best = &c->list[i];
        }
    }
    return best;
}

static void add_rival(struct verdict *v, struct tlswatch_rival *rivals, enum tlswatch_cause cause, enum tlswatch_side of,
                      enum tlswatch_confidence confidence, const char *why) {
    if (v->num_rivals < MAX_RIVALS && cause != v->cause) {
        rivals[v->num_rivals++] = (struct tlswatch_rival){.cause = cause, .certificate_of = of, .confidence = confidence, .why = why};
    }
}

/* Why a client declines is not on the wire: what stacks do is. */
static void add_reasons_to_decline(const struct judge *j, struct verdict *v, struct tlswatch_rival *rivals) {
    const struct authority_list *list = j->facts->list;
    enum stack stack = stack_likely(j->facts->client_stack);
    enum withholding withholding = habit_withholds(stack);
    const char *name = stack_name(stack);
    bool sends = withholding == SENDS_WHAT_IT_HAS;
    const char *only = facts_only_kind_asked(j->facts);
    const char *asked = only != NULL ? arena_format(j->arena, "the server asks for %s keys only, and its key may be of another kind", only)
                                     : "its key may be of a kind or algorithm that the server did not ask for";
    const char *kind = arena_format(j->arena, "%s; or no certificate is configured", asked);
    if (sends) {
        kind = arena_format(j->arena, "%s clients send what they have, so most likely none is configured; or %s", name, asked);
        add_rival(v, rivals, TLSWATCH_CAUSE_ALGORITHM_NOT_OFFERED, TLSWATCH_CLIENT, TLSWATCH_POSSIBLE, kind);
    }
    if (list != NULL && list->num_names > 0) {
        const char *listed =
                list->num_names == 1 ? "the advertised CA" : arena_format(j->arena, "one of the %zu advertised CAs", list->num_names);
        const char *who = withholding == WITHHOLDS ? arena_format(j->arena, "%s clients then send nothing", name)
                          : sends                  ? "programs may look at the list even where their library does not"
                                                   : "Java, Go and .NET clients then send nothing";
        add_rival(v, rivals, TLSWATCH_CAUSE_ISSUER_NOT_ADVERTISED, TLSWATCH_CLIENT, sends ? TLSWATCH_POSSIBLE : TLSWATCH_LIKELY,
                  arena_format(j->arena, "its certificate may not be issued by %s: %s", listed, who));
    }
    if (!sends) {
        add_rival(v, rivals, TLSWATCH_CAUSE_ALGORITHM_NOT_OFFERED, TLSWATCH_CLIENT, TLSWATCH_POSSIBLE, kind);
    }
}

/* As a rival a candidate is at most likely, and no more than possible where the stack would have said otherwise. */
static enum tlswatch_confidence rival_confidence(const struct candidate *c) {
    return c->contradicted ? TLSWATCH_POSSIBLE : c->confidence < TLSWATCH_CERTAIN ? c->confidence : TLSWATCH_LIKELY;
}

/* What is merely not excluded is not worth telling where something else explains it. */
static bool is_rival(const struct candidate *c, const struct candidate *chosen) {
    bool explained = chosen != NULL && rank(chosen) <= 1;
    bool proven = chosen != NULL && chosen->confidence == TLSWATCH_CERTAIN;
    bool settled = proven && (chosen->confirmed || c->cause == TLSWATCH_CAUSE_POLICY);
    return c != chosen && !c->tolerated && !settled && !(explained && c->outranked);
}

/* Rivals are other explanations; the rules of last resort explain nothing. */
static bool set_rivals(const struct judge *j, const struct candidates *all, size_t num_explanations, const struct candidate *chosen,
                       struct verdict *v) {
    struct tlswatch_rival *rivals = arena_alloc(j->arena, MAX_RIVALS * sizeof *rivals);
    if (rivals == NULL) {
        return false;
    }
    v->rivals = rivals;
    if (chosen != NULL && chosen->cause == TLSWATCH_CAUSE_CLIENT_DECLINED) {
        add_reasons_to_decline(j, v, rivals);
        return true;
    }
    for (int r = 0; r <= 3; r++) {
        for (size_t i = 0; i < num_explanations; i++) {
            const struct candidate *c = &all->list[i];
            if (rank(c) == r && is_rival(c, chosen)) {
                add_rival(v, rivals, c->cause, c->certificate_of, rival_confidence(c), c->clause);
            }
        }
    }
    bool empty = j->facts->tls13_answer == TLS13_ANSWER_EMPTY || j->facts->late_answer == TLS13_ANSWER_EMPTY;
    if ((v->cause == TLSWATCH_CAUSE_TLS13_ENCRYPTED || v->cause == TLSWATCH_CAUSE_POST_HANDSHAKE_AUTH_HIDDEN) && empty) {
        add_rival(v, rivals, TLSWATCH_CAUSE_CLIENT_DECLINED, TLSWATCH_CLIENT, TLSWATCH_LIKELY,
                  "the client's answer is as long as an empty Certificate");
    }
    return true;
}

/* What is only possible, in a handshake that completed, is worth a look and no more. */
static enum tlswatch_severity cause_severity(const struct verdict *v) {
    if (v->cause == TLSWATCH_CAUSE_NOT_REQUESTED) {
        return TLSWATCH_INFO;
    }
    if (v->cause == TLSWATCH_CAUSE_INCOMPLETE) {
        return TLSWATCH_WARNING; /* of the capture, not of the two sides */
    }
    return v->outcome == TLSWATCH_COMPLETED && v->confidence == TLSWATCH_POSSIBLE ? TLSWATCH_WARNING : TLSWATCH_ERROR;
}

static bool set_findings(const struct judge *j, const struct candidates *all, const struct candidate *chosen, struct verdict *v) {
    struct tlswatch_finding *findings = arena_alloc(j->arena, MAX_FINDINGS * sizeof *findings);
    if (findings == NULL) {
        return false;
    }
    size_t n = 0;
    for (int pass = 0; pass < 2; pass++) { /* the cause first */
        for (size_t i = 0; i < all->num && n < MAX_FINDINGS / 2; i++) {
            const struct candidate *c = &all->list[i];
            bool is_cause = c == chosen;
            bool quiet = c->cause == TLSWATCH_CAUSE_NONE || (!is_cause && (c->rule == NULL || c->confidence == TLSWATCH_POSSIBLE));
            if (is_cause != (pass == 0) || quiet) {
                continue;
            }
            enum tlswatch_severity severity = is_cause ? cause_severity(v) : c->tolerated ? TLSWATCH_INFO : TLSWATCH_WARNING;
            findings[n++] = (struct tlswatch_finding){.code = tlswatch_cause_name(c->cause),
                                                      .severity = severity,
                                                      .certificate_of = c->certificate_of,
                                                      .index = c->index,
                                                      .text = c->clause,
                                                      .mark = c->mark};
        }
    }
    v->num_findings = n + findings_notice(j, findings + n, MAX_FINDINGS - n);
    v->findings = findings;
    return true;
}

struct tlswatch_reach verdict_reach(const struct facts *f) {
    struct tlswatch_reach reach = {.how = TLSWATCH_REACH_INCOMPLETE, .at = -1, .authority = -1};
    if (f->client.num_chain > 0 && f->list != NULL && f->client.state == TLSWATCH_SEEN) {
        return f->client.path.reach;
    }
    if (f->resumed) {
        reach.how = TLSWATCH_REACH_RESUMED;
    } else if (f->tls13 || f->renegotiated || f->request_state == TLSWATCH_ENCRYPTED) {
        reach.how = TLSWATCH_REACH_ENCRYPTED;
    } else if (f->request_state == TLSWATCH_ABSENT) {
        reach.how = TLSWATCH_REACH_NOT_REQUESTED;
    } else if (f->request_state == TLSWATCH_SEEN && f->client.state == TLSWATCH_SEEN) {
        reach.how = TLSWATCH_REACH_DECLINED;
    }
    return reach;
}

static void add_evidence(struct verdict *v, struct tlswatch_mark mark) {
    if (mark.frame != 0 && v->num_evidence < sizeof v->evidence / sizeof *v->evidence) {
        v->evidence[v->num_evidence++] = mark;
    }
}

/* What came behind the alert is no reason for it: a server may be in the midst of its flight. */
static bool is_behind_alert(const struct facts *f, struct tlswatch_mark mark) {
    return f->alert != NULL && f->alert->mark.file == mark.file && mark.frame > f->alert->mark.frame;
}

static void set_evidence(const struct facts *f, const struct candidate *chosen, struct verdict *v) {
    if (chosen != NULL) {
        add_evidence(v, chosen->mark);
    }
    if (!is_behind_alert(f, f->request_mark)) {
        add_evidence(v, f->request_mark);
    }
    add_evidence(v, f->client.mark);
    if (chosen != NULL && chosen->certificate_of == TLSWATCH_SERVER) {
        add_evidence(v, f->server.mark);
    }
    if (f->alert != NULL) {
        add_evidence(v, f->alert->mark);
    } else if (v->cause != TLSWATCH_CAUSE_NONE) {
        add_evidence(v, f->closed.mark);
    }
    if (v->num_evidence == 0) {
        add_evidence(v, f->client_hello_mark);
        add_evidence(v, f->server_hello_mark);
    }
    if (v->num_evidence == 0) {
        add_evidence(v, f->flow->first);
    }
}

static void adopt(const struct candidate *chosen, const struct judge *j, struct verdict *v) {
    v->confidence = TLSWATCH_CERTAIN;
    if (chosen == NULL) {
        v->cause = TLSWATCH_CAUSE_NONE;
        return;
    }
    v->cause = chosen->cause;
    v->certificate_of = chosen->certificate_of;
    v->at_fault = chosen->at_fault;
    v->confidence = chosen->confidence;
    v->advice_client = chosen->advice_client;
    v->advice_server = chosen->advice_server;
    /* Without an alert it is an inference that the certificate was why. */
    bool said = j->facts->alert != NULL && j->facts->alert->readable;
    if (chosen->rule != NULL && !said && v->confidence != TLSWATCH_POSSIBLE) {
        bool looks_so = j->situation != SITUATION_COMPLETED || j->facts->refusal != REFUSAL_NONE || j->facts->client_left;
        v->confidence = looks_so ? TLSWATCH_LIKELY : TLSWATCH_POSSIBLE;
    }
}

static struct tlswatch_stack named(struct stack_guess guess) {
    return (struct tlswatch_stack){.name = stack_name(guess.stack), .confidence = guess.confidence};
}

/* That nothing is wrong is no longer proven where something may be: a server that named no CA and closed right behind a short
 * answer may have told the client there that it does not trust it, as XMPP's do. */
static bool may_be_wrong(const struct facts *f, const struct verdict *v) {
    bool trust_unknown = f->client.num_chain > 0 && v->reach.reached != TLSWATCH_REACHED_YES;
    return v->num_rivals > 0 || f->refusal == REFUSAL_LIKELY || f->client_mute || f->server_mute ||
           (f->refusal != REFUSAL_NONE && trust_unknown);
}

bool verdict_find(const struct facts *f, struct arena *arena, struct verdict *out) {
    struct judge j = {.facts = f, .situation = situation_of(f), .arena = arena};
    j.accused = situation_accused(f, j.situation);
    struct candidates candidates;
    struct candidates *all = &candidates;
    all->num = 0;
    try_conversation_rules(&j, first_rules, num_first_rules, all);
    if (j.accused != TLSWATCH_NOBODY) {
        try_certificate_rules(&j, facts_party(f, j.accused), all);
    }
    size_t num_explanations = all->num; /* even a possible one beats the rules of last resort */
    try_conversation_rules(&j, last_rules, num_last_rules, all);
    const struct candidate *chosen = choose(&j, all, num_explanations);
    if (chosen == NULL) {
        chosen = choose(&j, all, all->num);
    }

    *out = (struct verdict){.outcome = situation_outcome(j.situation), .reach = verdict_reach(f)};
    adopt(chosen, &j, out);
    /* Declining may be allowed, and a server may know a chain that does not reach its list. */
    enum refusal needed =
            chosen != NULL && chosen->rule != NULL && chosen->confidence == TLSWATCH_CERTAIN ? REFUSAL_POSSIBLE : REFUSAL_LIKELY;
    if (out->outcome == TLSWATCH_COMPLETED && f->refusal >= needed && out->certificate_of == TLSWATCH_CLIENT) {
        out->outcome = TLSWATCH_REFUSED;
    }
    struct logs logs = logs_of(&j, chosen);
    bool failed = out->outcome == TLSWATCH_FAILED || out->outcome == TLSWATCH_REFUSED;
    out->client_log = failed ? logs.client : NULL;
    out->server_log = failed ? logs.server : NULL;
    out->client_stack = named(f->client_stack);
    out->server_stack = named(f->server_stack);
    out->reason = f->alert != NULL && f->alert->readable ? f->alert->name : NULL;
    out->message = sentence_of(&j, chosen);
    set_evidence(f, chosen, out);
    if (out->message == NULL || !set_findings(&j, all, chosen, out) || !set_rivals(&j, all, num_explanations, chosen, out)) {
        return false;
    }
    if (out->cause == TLSWATCH_CAUSE_NONE && may_be_wrong(f, out)) {
        out->confidence = TLSWATCH_LIKELY;
    }
    return true;
}
