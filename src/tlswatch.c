/*
 * The public API: frames through net and flow to conversations, conversations through diagnosis to records.
 */
#include "tlswatch/tlswatch.h"

#include <stdlib.h>

#include "given.h"
#include "held.h"
#include "record.h"
#include "x509/budget.h"

#define FRAMES_AHEAD 16

struct tlswatch {
    tlswatch_callback callback;
    void *user;
    uint16_t *tls_ports;
    size_t num_tls_ports;
    struct decapsulator *decapsulator;
    struct flow_table *flows;
    struct certificate_store *store;
    struct shared_table *shared;
    struct signature_budget budget, held_budget; /* of what is judged at its end, and of what waited */
    struct trust_set trusts;
    struct given given;
    enum tlswatch_outdated outdated; /* by what was known to a store that is gone */
    size_t store_bound;
    bool collecting; /* certificates only */
    bool holding;    /* records wait */
    struct held held;
    bool live;
    bool brief;
    struct hash_key key;
    struct memory memory; /* all that the traffic makes us hold */
    struct arena arena;   /* of the record that is being given out */
    uint64_t kernel_drops;
    struct tlswatch_statistics statistics;
};

/* IANA: https, smtps, nntps, ldaps, dot, ftps, telnets, imaps, pop3s, sips, amqps, syslog-tls, ircs, https-alt, mqtts ... */
static const uint16_t conventional_ports[] = {443,  465,  563,  636,  853,  989,  990,  992,  993,  994,  995, 2376,
                                              3269, 4443, 5061, 5671, 5986, 6443, 6514, 6697, 8443, 8883, 9443};

static bool in_list(const uint16_t *ports, size_t num, uint16_t port) {
    for (size_t i = 0; i < num; i++) {
        if (ports[i] == port) {
            return true;
        }
    }
    return false;
}

static bool is_tls_port(const struct tlswatch *w, uint16_t port) {
    return in_list(conventional_ports, sizeof conventional_ports / sizeof *conventional_ports, port) ||
           in_list(w->tls_ports, w->num_tls_ports, port);
}

/* Without a SYN the side with the known, or else the lower, port is taken for the server until TLS says otherwise. */
static enum direction guess_client(const struct tlswatch *w, const struct flow *flow) {
    if (flow->side[FORWARD].syn.frame != 0 || flow->side[BACKWARD].syn.frame != 0) {
        return FORWARD;
    }
    uint16_t forward = flow->side[FORWARD].endpoint.port, backward = flow->side[BACKWARD].endpoint.port;
    bool forward_known = is_tls_port(w, forward), backward_known = is_tls_port(w, backward);
    if (forward_known != backward_known) {
        return forward_known ? BACKWARD : FORWARD;
    }
    return forward < backward ? BACKWARD : FORWARD;
}

static struct conversation *conversation_of(struct tlswatch *w, struct flow *flow) {
    if (flow->reader == NULL) {
        struct conversation *c = memory_resize(&w->memory, NULL, 0, sizeof *c);
        if (c == NULL) {
            w->statistics.limits_hit++;
            return NULL;
        }
        conversation_init(c, guess_client(w, flow), &w->memory);
        c->shared = w->shared;
        flow->reader = c;
    }
    return flow->reader;
}

static enum flow_want on_data(void *user, struct flow *flow, enum direction sender, struct bytes data, struct tlswatch_mark mark) {
    struct conversation *c = conversation_of(user, flow);
    bool more = c != NULL && conversation_data(c, sender, data, mark);
    flow->over = c != NULL && conversation_failed(c);
    return !more ? FLOW_DONE : c->stream[sender].encrypted ? FLOW_LESS : FLOW_MORE;
}

static enum flow_want on_gap(void *user, struct flow *flow, enum direction sender, uint64_t len, struct tlswatch_mark mark) {
    struct conversation *c = conversation_of(user, flow);
    return c != NULL && conversation_gap(c, sender, len, mark) ? FLOW_MORE : FLOW_DONE;
}

static void on_late(void *user, struct flow *flow, enum direction sender, struct bytes payload, struct tlswatch_mark mark) {
    (void)user;
    if (flow->reader != NULL) {
        conversation_late(flow->reader, sender, payload, mark);
    }
}

static void tell(struct tlswatch *w, const struct tlswatch_record *record) {
    w->statistics.conversations++;
    w->statistics.outcomes[record->outcome]++;
    w->callback(w->user, record);
}

static void forget_conversation(struct tlswatch *w, struct conversation *c) {
    conversation_clear(c);
    memory_free(&w->memory, c, sizeof *c);
}

/* What was put together while memory was refused may lack what the verdict should rest on. */
static void judge(struct tlswatch *w, const struct ended *e) {
    struct facts facts;
    struct verdict verdict;
    struct tlswatch_record record;
    uint64_t refused = w->memory.refused;
    facts_collect_course(&facts, e->conversation, &e->flow, e->how, &w->arena);
    facts_collect_certificates(&facts, w->store, &w->trusts);
    w->statistics.limits_hit += facts_limits_hit(&facts);
    if (verdict_find(&facts, &w->arena, &verdict) && record_build(&record, &facts, &verdict, e->kernel_drops, &w->arena) &&
        w->memory.refused == refused) {
        tell(w, &record);
    } else {
        w->statistics.limits_hit++;
    }
    arena_reset(&w->arena);
}

/* Judges those that wait, the first first, now that more is known, until no more than `most` do. */
static void judge_held(struct tlswatch *w, size_t most) {
    struct ended e;
    while ((w->held.num > most || held_is_full(&w->held, &w->memory)) && held_take(&w->held, &w->memory, &e)) {
        if (!w->collecting) {
            signature_budget_begin(&w->held_budget, e.time_ns);
            certificate_store_charge(w->store, &w->held_budget);
            judge(w, &e);
            certificate_store_charge(w->store, &w->budget);
        }
        forget_conversation(w, e.conversation);
    }
}

/* The store is full: what was seen is forgotten, and what was given is read again. No certificate is in use now. */
static void forget_certificates(struct tlswatch *w) {
    judge_held(w, 0);
    struct certificate_store *fresh = certificate_store_new(&w->key, w->store_bound);
    w->statistics.limits_hit++;
    if (fresh == NULL) {
        return;
    }
    w->outdated = tlswatch_outdated(w);
    trust_set_clear(&w->trusts);
    certificate_store_free(w->store);
    shared_forget_known(w->shared);
    w->store = fresh;
    given_read(&w->given, w->store, &w->trusts);
    certificate_store_charge(w->store, &w->budget);
    certificate_store_settle(w->store);
}

/* Who counts the good ones need not know more of this one. */
static bool is_told_in_brief(struct tlswatch *w, const struct ended *e) {
    struct facts facts;
    if (!w->brief || w->trusts.first != NULL) {
        return false;
    }
    facts_collect_course(&facts, e->conversation, &e->flow, e->how, &w->arena);
    bool well = facts_went_well(&facts);
    arena_reset(&w->arena);
    return well;
}

static void tell_in_brief(struct tlswatch *w, const struct ended *e) {
    facts_gather(e->conversation, &e->flow, w->store);
    tell(w, &(struct tlswatch_record){.outcome = TLSWATCH_COMPLETED,
                                      .confidence = TLSWATCH_CERTAIN,
                                      .ipv6 = e->flow.ipv6,
                                      .start = e->flow.first,
                                      .end = e->flow.last,
                                      .stream = e->flow.stream,
                                      .established = true});
}

/* Its certificates count for those before it at once. */
static bool hold(struct tlswatch *w, const struct ended *e) {
    if (!w->holding || !held_add(&w->held, &w->memory, e)) {
        return false;
    }
    facts_gather_read(e->conversation, &e->flow, w->store);
    judge_held(w, SIZE_MAX);
    return true;
}

/* False: its conversation is still needed. */
static bool give_out(struct tlswatch *w, const struct ended *e) {
    if (certificate_store_overflowed(w->store)) {
        forget_certificates(w);
    }
    if (is_told_in_brief(w, e)) {
        tell_in_brief(w, e);
    } else if (hold(w, e)) {
        return false;
    } else {
        judge_held(w, 0);
        judge(w, e);
    }
    return true;
}

/* What is not TLS has a record only where TLS was to be expected: on its ports, or where TLS was asked for; and a
 * connection in which nobody said a word only where it ended so. */
static bool deserves_record(const struct tlswatch *w, const struct flow *flow, const struct conversation *c, enum flow_end how) {
    if (c != NULL && (c->protocol == PROTOCOL_TLS || c->opening.refusal_len > 0)) {
        return true;
    }
    bool spoke = flow->side[FORWARD].first_data.frame != 0 || flow->side[BACKWARD].first_data.frame != 0;
    return flow->established && (spoke || flow->closed || how == FLOW_END_TIMEOUT) &&
           (is_tls_port(w, flow->side[FORWARD].endpoint.port) || is_tls_port(w, flow->side[BACKWARD].endpoint.port));
}

static void on_end(void *user, struct flow *flow, enum flow_end how) {
    struct tlswatch *w = user;
    struct conversation *c = flow->reader;
    if (c == NULL && deserves_record(w, flow, NULL, how)) {
        c = conversation_of(w, flow);
    }
    if (c == NULL) {
        return;
    }
    conversation_finish(c);
    flow->reader = NULL;
    struct ended e = {
            .flow = *flow, .conversation = c, .how = how, .kernel_drops = w->kernel_drops, .time_ns = flow_table_now_ns(w->flows)};
    signature_budget_begin(&w->budget, e.time_ns);
    certificate_store_charge(w->store, &w->budget);
    if (w->collecting) {
        facts_gather(c, flow, w->store);
    } else if (deserves_record(w, flow, c, how) && !give_out(w, &e)) {
        return;
    }
    forget_conversation(w, c);
}

static bool copy_options(struct tlswatch *w, const struct tlswatch_options *options) {
    if (options == NULL || options->num_tls_ports == 0) {
        return true;
    }
    w->tls_ports = calloc(options->num_tls_ports, sizeof *w->tls_ports);
    if (w->tls_ports == NULL) {
        return false;
    }
    memcpy(w->tls_ports, options->tls_ports, options->num_tls_ports * sizeof *w->tls_ports);
    w->num_tls_ports = options->num_tls_ports;
    return true;
}

/* flow_table_free calls nothing: the readers of open flows are ended first, unheard, as are those that wait. */
static void drop_frames(struct tlswatch *w) {
    if (w->flows != NULL) {
        w->collecting = true;
        flow_table_finish(w->flows);
    }
    judge_held(w, 0);
    flow_table_free(w->flows);
    decapsulator_free(w->decapsulator);
}

/* Begins before the first frame, in place of what was; false, and nothing has changed, where memory is exhausted. */
static bool start(struct tlswatch *w) {
    struct flow_events events = {.user = w, .data = on_data, .gap = on_gap, .late = on_late, .end = on_end, .only_followed = true};
    struct decapsulator *decapsulator = decapsulator_new();
    struct flow_table *flows = flow_table_new(&events, &w->key, &w->memory, w->live);
    if (decapsulator == NULL || flows == NULL) {
        decapsulator_free(decapsulator);
        flow_table_free(flows);
        return false;
    }
    drop_frames(w);
    w->decapsulator = decapsulator;
    w->flows = flows;
    w->collecting = false;
    signature_budget_init(&w->budget);
    signature_budget_init(&w->held_budget);
    return true;
}

/* A quarter is for certificates, which all conversations share. */
static void set_bounds(struct tlswatch *w, size_t memory) {
    memory = memory < LIMIT_MEMORY_LEAST ? LIMIT_MEMORY_LEAST : memory;
    w->store_bound = memory / 4;
    w->memory.bound = memory - w->store_bound;
    w->arena.memory = &w->memory;
}

struct tlswatch *tlswatch_new(const struct tlswatch_options *options, tlswatch_callback callback, void *user) {
    struct tlswatch *w = calloc(1, sizeof *w);
    if (w == NULL || !hash_key_random(&w->key) || !copy_options(w, options)) {
        tlswatch_free(w);
        return NULL;
    }
    set_bounds(w, options != NULL && options->memory > 0 ? options->memory : LIMIT_MEMORY);
    w->callback = callback;
    w->user = user;
    w->live = options != NULL && options->live;
    w->brief = options != NULL && options->brief;
    w->store = certificate_store_new(&w->key, w->store_bound);
    w->shared = shared_table_new(&w->key, &w->memory);
    if (w->store == NULL || w->shared == NULL || !start(w)) {
        tlswatch_free(w);
        return NULL;
    }
    return w;
}

void tlswatch_free(struct tlswatch *w) {
    if (w == NULL) {
        return;
    }
    drop_frames(w);
    shared_table_free(w->shared);
    trust_set_clear(&w->trusts);
    certificate_store_free(w->store);
    given_clear(&w->given);
    arena_clear(&w->arena);
    memory_clear(&w->memory);
    free(w->tls_ports);
    free(w);
}

size_t tlswatch_add_certificates(struct tlswatch *w, const uint8_t *bytes, size_t len, const char *name, const char **why) {
    struct bundle read = {.why = "memory is exhausted"};
    if (given_keep(&w->given, NULL, bytes_of(bytes, len), name)) {
        bundle_read(w->store, bytes_of(bytes, len), name, NULL, NULL, &read);
        certificate_store_set_aside(w->store);
    }
    *why = read.why;
    return read.num_certificates;
}

bool tlswatch_add_trust(struct tlswatch *w, const struct tlswatch_trust_scope *scope, const uint8_t *bytes, size_t len, const char *name,
                        const char **why) {
    struct bundle read = {.why = "memory is exhausted"};
    bool added = given_keep(&w->given, scope, bytes_of(bytes, len), name) &&
                 trust_set_add(&w->trusts, w->store, scope, bytes_of(bytes, len), name, &read);
    certificate_store_set_aside(w->store);
    *why = read.why;
    return added;
}

enum tlswatch_outdated tlswatch_outdated(const struct tlswatch *w) {
    enum tlswatch_outdated now = certificate_store_outdated(w->store);
    return now > w->outdated ? now : w->outdated;
}

void tlswatch_hold(struct tlswatch *w, bool hold) {
    w->holding = hold;
    if (!hold) {
        judge_held(w, 0);
    }
}

void tlswatch_collect(struct tlswatch *w) {
    w->collecting = true;
}

bool tlswatch_restart(struct tlswatch *w) {
    if (!start(w)) {
        return false;
    }
    w->statistics = (struct tlswatch_statistics){0};
    w->kernel_drops = 0;
    certificate_store_settle(w->store);
    shared_forget_known(w->shared);
    w->outdated = TLSWATCH_UP_TO_DATE;
    return true;
}

static enum decode_result decode(struct tlswatch *w, const struct tlswatch_frame *frame, struct segment *segment) {
    enum decode_result result = decapsulator_decode(w->decapsulator, frame, segment);
    w->statistics.frames++;
    w->statistics.bytes += frame->original_len;
    w->statistics.tcp_segments += result == DECODE_SEGMENT;
    w->statistics.unsupported_frames += result == DECODE_UNSUPPORTED;
    return result;
}

/* The headers of some frames are read before the first of them is taken in. */
void tlswatch_frames(struct tlswatch *w, const struct tlswatch_frame *frames, size_t num) {
    struct segment segments[FRAMES_AHEAD];
    size_t num_segments = 0;

    for (size_t i = 0; i < num; i++) {
        struct segment *segment = &segments[num_segments];
        enum decode_result result = decode(w, &frames[i], segment);
        num_segments += result == DECODE_SEGMENT;
        if (num_segments == FRAMES_AHEAD || segment->from_fragments || result == DECODE_MENTION || i + 1 == num) {
            flow_table_push_all(w->flows, segments, num_segments);
            num_segments = 0;
        }
        if (result == DECODE_MENTION) {
            flow_table_mention(w->flows, segment);
        }
    }
}

void tlswatch_frame(struct tlswatch *w, const struct tlswatch_frame *frame) {
    tlswatch_frames(w, frame, 1);
}

void tlswatch_tick(struct tlswatch *w, int64_t now_ns) {
    flow_table_tick(w->flows, now_ns);
}

void tlswatch_drops(struct tlswatch *w, uint64_t kernel_drops) {
    w->kernel_drops = kernel_drops;
}

void tlswatch_finish(struct tlswatch *w) {
    flow_table_finish(w->flows);
    judge_held(w, 0);
}

void tlswatch_get_statistics(const struct tlswatch *w, struct tlswatch_statistics *out) {
    *out = w->statistics;
    out->tcp_connections = flow_table_num_streams(w->flows);
    out->limits_hit += flow_table_limits_hit(w->flows) + decapsulator_limits_hit(w->decapsulator);
}

bool tlswatch_link_supported(uint32_t link_type) {
    return link_supported(link_type);
}
