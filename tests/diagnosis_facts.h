/*
 * Facts made by hand, so that rules and verdicts can be asked without packets.
 *
 * A scene begins as a TLS 1.2 handshake up to the client's flight in which nothing is wrong: the server asked for a
 * certificate of "root"; with scene_chains() it sent its chain, and the client sent leaf and intermediate. Nobody has
 * ended it yet. Each test changes what it is about. Certificates are those of tests/certificates; where a rule needs one
 * that openssl would not make, scene_own() gives a copy to be changed.
 */
#ifndef TLSWATCH_TESTS_DIAGNOSIS_FACTS_H
#define TLSWATCH_TESTS_DIAGNOSIS_FACTS_H

#include "certificates.h"
#include "diagnosis/rules.h"
#include "diagnosis/situation.h"
#include "diagnosis/verdict.h"
#include "tls/registry.h"

#define SCENE_TIME 1780315200 /* 2026-06-01 12:00:00 UTC: every fixture but "expired" and "future" is valid then */
#define SCENE_NAMES 6

enum { /* frames */
       FRAME_CLIENT_HELLO = 4,
       FRAME_SERVER_HELLO = 6,
       FRAME_SERVER_FLIGHT = 7,
       FRAME_CLIENT_FLIGHT = 9,
       FRAME_ALERT = 11,
       FRAME_CLOSE = 12,
};

struct scene {
    struct certificate_store *store;
    struct arena arena;
    struct conversation conversation;
    struct encrypted_record records[2][CONVERSATION_ENCRYPTED_KEPT]; /* the conversation's, by direction */
    struct conversation_alert alerts[LIMIT_ALERTS];
    struct opening opening;
    struct flow flow;
    struct facts facts;
    uint8_t certificate_types[4];
    uint8_t algorithms[16];
};

static inline struct tlswatch_mark scene_mark(uint64_t frame) {
    return (struct tlswatch_mark){.frame = frame, .time_ns = SCENE_TIME * SECOND_NS + (int64_t)frame * 1000000};
}

static inline struct conversation_stream *scene_stream(struct scene *s, enum tlswatch_side side) {
    return &s->conversation.stream[side == TLSWATCH_CLIENT ? FORWARD : BACKWARD];
}

/* scene_list: the names of these certificates are advertised; none: an empty list. */
static inline void scene_list(struct scene *s, const char *const *names) {
    struct certificate_store *elsewhere = new_store(); /* that a name is advertised does not make its certificate known */
    struct buffer encoded = {0};
    for (; *names != NULL; names++) {
        const struct tlswatch_name *subject = &add(elsewhere, *names)->facts.subject;
        const uint8_t len[2] = {(uint8_t)(subject->der_len >> 8), (uint8_t)subject->der_len};
        buffer_append(&encoded, bytes_of(len, 2), 1 << 20);
        buffer_append(&encoded, bytes_of(subject->der, subject->der_len), 1 << 20);
    }
    s->facts.list = certificate_store_authorities(s->store, buffer_bytes(&encoded));
    s->facts.request_state = TLSWATCH_SEEN;
    s->facts.request_mark = scene_mark(FRAME_SERVER_FLIGHT);
    buffer_clear(&encoded);
    certificate_store_free(elsewhere);
}

/* scene_walk follows both chains anew. */
static inline void scene_walk(struct scene *s) {
    struct facts *f = &s->facts;
    if (f->client.num_chain > 0) {
        path_walk(s->store, f->client.chain, f->client.num_chain, f->list, &f->client.path);
    }
    if (f->server.num_chain > 0) {
        path_walk(s->store, f->server.chain, f->server.num_chain, NULL, &f->server.path);
        path_look_beyond(s->store, f->server.chain, f->server.num_chain, &f->server.path);
    }
}

/* scene_chain: that side sends these ("!" is malformed; none: an empty Certificate). */
static inline void scene_chain(struct scene *s, enum tlswatch_side side, const char *const *names) {
    struct party *party = side == TLSWATCH_CLIENT ? &s->facts.client : &s->facts.server;
    *party = (struct party){.side = side,
                            .state = TLSWATCH_SEEN,
                            .time = SCENE_TIME,
                            .mark = scene_mark(side == TLSWATCH_CLIENT ? FRAME_CLIENT_FLIGHT : FRAME_SERVER_FLIGHT)};
    party->path.foreign = party->path.duplicate = -1;
    party->path.reach.at = party->path.reach.authority = -1;
    for (; *names != NULL; names++) {
        bool malformed = strcmp(*names, "!") == 0;
        party->chain[party->num_chain++] = malformed ? certificate_store_add(s->store, bytes_of("!", 1)) : add(s->store, *names);
    }
    scene_walk(s);
}

/* scene_own puts a copy in the place of a certificate of the chain; the path stands. */
static inline struct certificate *scene_own(struct scene *s, struct party *party, size_t index) {
    struct certificate *copy = arena_alloc(&s->arena, sizeof *copy);
    *copy = *party->chain[index];
    party->chain[index] = copy;
    return copy;
}

/* scene_ask: what the CertificateRequest asks for. */
static inline void scene_ask(struct scene *s, struct bytes certificate_types, struct bytes algorithms) {
    memcpy(s->certificate_types, certificate_types.p, certificate_types.len);
    memcpy(s->algorithms, algorithms.p, algorithms.len);
    s->facts.request.certificate_types = bytes_of(s->certificate_types, certificate_types.len);
    s->facts.request.supported_signature_algorithms = bytes_of(s->algorithms, algorithms.len);
}

static inline void scene_init(struct scene *s) {
    *s = (struct scene){.store = new_store()};
    struct facts *f = &s->facts;
    *f = (struct facts){.conversation = &s->conversation, .flow = &s->flow, .store = s->store, .version = TLS_1_2};
    s->conversation.protocol = PROTOCOL_TLS;
    s->conversation.roles_known = true;
    s->conversation.version = TLS_1_2;
    s->conversation.cipher_suite = 0xc02b; /* TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 */
    s->conversation.stream[FORWARD].any_bytes = s->conversation.stream[BACKWARD].any_bytes = true;
    s->conversation.stream[FORWARD].records = s->records[FORWARD];
    s->conversation.stream[BACKWARD].records = s->records[BACKWARD];
    s->conversation.alerts = s->alerts;
    s->conversation.opening = &s->opening;
    s->flow.first = scene_mark(1);
    f->has_client_hello = f->has_server_hello = true;
    f->client_hello.highest_version = f->server_hello.version = TLS_1_2;
    f->client_hello_mark = scene_mark(FRAME_CLIENT_HELLO);
    f->server_hello_mark = scene_mark(FRAME_SERVER_HELLO);
    f->server_name = "a.partner.example";
    scene_list(s, (const char *const[]){"root", NULL});
    scene_ask(s, bytes_of("\x01\x40", 2), bytes_of("\x04\x03\x08\x04\x04\x01", 6));
    f->client.side = TLSWATCH_CLIENT;
    f->server.side = TLSWATCH_SERVER;
    f->progress = PROGRESS_CLIENT_FLIGHT;
}

static inline void scene_chains(struct scene *s) {
    scene_chain(s, TLSWATCH_CLIENT, (const char *const[]){"leaf", "intermediate", NULL});
    scene_chain(s, TLSWATCH_SERVER, (const char *const[]){"host-good", "intermediate", NULL});
}

static inline void scene_clear(struct scene *s) {
    arena_clear(&s->arena);
    certificate_store_free(s->store);
}

/* scene_alert: one more alert in clear; the first decides. */
static inline void scene_alert(struct scene *s, enum tlswatch_side sender, uint8_t code) {
    struct facts *f = &s->facts;
    f->alerts[f->num_alerts] = (struct tlswatch_alert){
            .sender = sender, .readable = true, .level = 2, .code = code, .name = alert_name(code), .mark = scene_mark(FRAME_ALERT)};
    f->alert = f->alert != NULL ? f->alert : &f->alerts[f->num_alerts];
    f->num_alerts++;
    f->goodbye = f->alert->sender;
    f->goodbye_mark = f->alert->mark;
    f->ended = true;
}

static inline void scene_close(struct scene *s, enum tlswatch_side side, enum tlswatch_closed_how how) {
    struct facts *f = &s->facts;
    f->closed = (struct tlswatch_closed){.first_by = side, .how = how, .mark = scene_mark(FRAME_CLOSE)};
    f->goodbye = f->alert != NULL ? f->alert->sender : side;
    f->goodbye_mark = f->alert != NULL ? f->alert->mark : f->closed.mark;
    f->ended = true;
}

/* An encrypted record, the next of its sender; the frame is as the order. */
static inline struct encrypted_record *scene_record(struct scene *s, enum tlswatch_side sender, uint32_t len, uint32_t order) {
    struct conversation_stream *stream = scene_stream(s, sender);
    struct encrypted_record *r = &stream->records[stream->num_records++];
    *r = (struct encrypted_record){.type = APPLICATION_DATA,
                                   .sender = sender == TLSWATCH_CLIENT ? FORWARD : BACKWARD,
                                   .len = len,
                                   .order = order,
                                   .mark = scene_mark(order)};
    stream->total_records++;
    stream->application_records++;
    stream->application_bytes += len;
    stream->last = r->mark;
    return r;
}

/* scene_before_certificates: it ended with the ClientHello, or with the ServerHello. */
static inline void scene_before_certificates(struct scene *s, enum progress progress) {
    struct facts *f = &s->facts;
    f->progress = progress;
    f->request_state = f->client.state = f->server.state = TLSWATCH_ABSENT;
    f->request_mark = f->client.mark = f->server.mark = (struct tlswatch_mark){0};
    f->client.num_chain = f->server.num_chain = 0;
    f->list = NULL;
    if (progress < PROGRESS_SERVER_HELLO) {
        f->has_server_hello = false;
        f->version = 0;
    }
}

/* scene_unanswered: the client has not sent its flight. */
static inline void scene_unanswered(struct scene *s) {
    s->facts.progress = PROGRESS_SERVER_DONE;
    s->facts.client = (struct party){.side = TLSWATCH_CLIENT, .state = TLSWATCH_ABSENT, .path = {.foreign = -1, .duplicate = -1}};
}

static inline void scene_complete(struct scene *s) {
    struct facts *f = &s->facts;
    f->client_finished = f->server_finished = true;
    f->progress = PROGRESS_COMPLETED;
}

/* scene_refused_inside: completed, and what followed looks like a refusal. */
static inline void scene_refused_inside(struct scene *s, enum refusal refusal) {
    scene_complete(s);
    scene_close(s, TLSWATCH_SERVER, TLSWATCH_CLOSED_FIN);
    s->facts.refusal = refusal;
    s->facts.refusal_why = "the server closed without an answer";
}

/* What is not in the capture: then nothing of it is known, and the handshake has a hole. */
static inline void scene_lose_request(struct scene *s) {
    struct facts *f = &s->facts;
    f->request_state = TLSWATCH_LOST;
    f->request_mark = (struct tlswatch_mark){0};
    f->request = (struct certificate_request){{0}};
    f->list = NULL;
    f->lost = true;
    scene_walk(s);
}

static inline void scene_lose_chain(struct scene *s, enum tlswatch_side side) {
    struct party *party = side == TLSWATCH_CLIENT ? &s->facts.client : &s->facts.server;
    *party = (struct party){.side = side, .state = TLSWATCH_LOST, .path = {.foreign = -1, .duplicate = -1}};
    s->facts.certificate_verify = s->facts.server_key_exchange = LINK_UNCHECKED;
    s->facts.lost = true;
}

static inline struct judge scene_judge(struct scene *s) {
    enum situation situation = situation_of(&s->facts);
    enum tlswatch_side accused = situation_accused(&s->facts, situation);
    return (struct judge){.facts = &s->facts, .situation = situation, .accused = accused, .arena = &s->arena};
}

/* scene_certificate_rule asks the rules of that cause about that side's certificates; false: none fires. */
static inline bool scene_certificate_rule(struct scene *s, enum tlswatch_cause cause, enum tlswatch_side side, struct candidate *out) {
    struct judge j = scene_judge(s);
    for (size_t i = 0; i < num_certificate_rules; i++) {
        *out = (struct candidate){.cause = cause, .index = -1};
        if (certificate_rules[i].cause == cause && certificate_rules[i].fires(&j, facts_party(&s->facts, side), out)) {
            return true;
        }
    }
    return false;
}

static inline bool scene_rule_of(const struct judge *j, const struct conversation_rule *rules, size_t num, enum tlswatch_cause cause,
                                 struct candidate *out) {
    for (size_t i = 0; i < num; i++) {
        *out = (struct candidate){.cause = cause, .index = -1};
        if (rules[i].cause == cause && (rules[i].situations & 1u << j->situation) != 0 && rules[i].fires(j, out)) {
            return true;
        }
    }
    return false;
}

/* scene_conversation_rule does the same for the causes that lie in the conversation. */
static inline bool scene_conversation_rule(struct scene *s, enum tlswatch_cause cause, struct candidate *out) {
    struct judge j = scene_judge(s);
    return scene_rule_of(&j, first_rules, num_first_rules, cause, out) || scene_rule_of(&j, last_rules, num_last_rules, cause, out);
}

static inline struct verdict scene_verdict(struct scene *s) {
    struct verdict verdict = {0};
    if (!verdict_find(&s->facts, &s->arena, &verdict)) {
        abort();
    }
    return verdict;
}

static inline const struct tlswatch_rival *scene_rival(const struct verdict *v, enum tlswatch_cause cause) {
    for (size_t i = 0; i < v->num_rivals; i++) {
        if (v->rivals[i].cause == cause) {
            return &v->rivals[i];
        }
    }
    return NULL;
}

static inline const struct tlswatch_finding *scene_finding(const struct verdict *v, const char *code) {
    for (size_t i = 0; i < v->num_findings; i++) {
        if (strcmp(v->findings[i].code, code) == 0) {
            return &v->findings[i];
        }
    }
    return NULL;
}

#endif
