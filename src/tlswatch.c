/*
 * The public API: frames through net and flow to conversations, conversations through diagnosis to records.
 */
#include "tlswatch/tlswatch.h"

#include <stdlib.h>

#include "handover.h"
#include "judge.h"

struct tlswatch {
    uint16_t *tls_ports;
    size_t num_tls_ports;
    struct decapsulator *decapsulator;
    struct flow_table *flows;
    struct shared_table *shared;
    struct judge judge;
    struct handover *handover; /* NULL: the judge is on this thread */
    bool live;
    bool ending; /* no frame waits for what is done now */
    struct hash_key key;
    struct memory memory; /* all that the traffic makes us hold, but for certificates and the record that is being given out */
    uint64_t kernel_drops;
    struct tlswatch_statistics statistics; /* what is in the judge's is 0 here */
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

/* What is not TLS has a record only where TLS was to be expected: on its ports, or where TLS was asked for; and a
 * connection in which nobody said a word only where it ended so. */
static bool deserves_record(const struct tlswatch *w, const struct flow *flow, const struct conversation *c, enum flow_end how) {
    if (c != NULL && (c->protocol == PROTOCOL_TLS || conversation_opening(c)->refusal_len > 0)) {
        return true;
    }
    bool spoke = flow->side[FORWARD].first_data.frame != 0 || flow->side[BACKWARD].first_data.frame != 0;
    return flow->established && (spoke || flow->closed || how == FLOW_END_TIMEOUT) &&
           (is_tls_port(w, flow->side[FORWARD].endpoint.port) || is_tls_port(w, flow->side[BACKWARD].endpoint.port));
}

/* --- The judge on this thread --- */

static struct ended *keep(void *user, struct ended *e) {
    struct tlswatch *w = user;
    return ended_new(e, &w->memory);
}

static void give_back(void *user, struct ended *e) {
    struct tlswatch *w = user;
    ended_free(e, &w->memory);
}

/* What waits yields before anything else has to. */
static bool is_crowded(const struct tlswatch *w) {
    return w->memory.held > w->memory.bound / 2;
}

static void judge_here(struct tlswatch *w, struct ended *e) {
    if (!judge_take(&w->judge, e)) {
        conversation_free(e->conversation, &w->memory);
    }
    while (is_crowded(w) && judge_next(&w->judge)) {
    }
}

/* --- The judge on its own thread --- */

/* Until all is judged that need not wait; then as it would be on one thread. */
static void catch_up(struct tlswatch *w) {
    handover_wait(w->handover);
    while (is_crowded(w) && judge_next(&w->judge)) {
        handover_wait(w->handover);
    }
}

/* Where frames wait in the kernel they come first, and what is too much for the judge is lost. */
static void hand_over(struct tlswatch *w, const struct ended *e) {
    bool patient = !w->live || w->ending, soon = !w->judge.holding && !w->live; /* live, the clock says when */
    bool taken = handover_push(w->handover, e, soon);
    if (patient && (!taken || is_crowded(w))) {
        catch_up(w);
        taken = taken || handover_push(w->handover, e, soon);
    }
    if (!taken) {
        w->statistics.limits_hit++;
        conversation_free(e->conversation, &w->memory);
    }
}

static void judge_waiting(struct tlswatch *w) {
    handover_wait(w->handover);
    judge_rest(&w->judge);
    handover_wait(w->handover);
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
    struct ended e = {.flow = *flow,
                      .conversation = c,
                      .how = how,
                      .deserves_record = deserves_record(w, flow, c, how),
                      .kernel_drops = w->kernel_drops,
                      .time_ns = flow_table_now_ns(w->flows)};
    if (w->handover != NULL) {
        hand_over(w, &e);
    } else {
        judge_here(w, &e);
    }
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
        handover_wait(w->handover);
        w->judge.collecting = true;
        w->ending = true;
        flow_table_finish(w->flows);
        judge_waiting(w);
    }
    flow_table_free(w->flows);
    decapsulator_free(w->decapsulator);
}

/* Begins before the first frame, in place of what was; false, and nothing has changed, where memory is exhausted. */
static bool start(struct tlswatch *w) {
    struct flow_events events = {.user = w, .data = on_data, .gap = on_gap, .late = on_late, .end = on_end, .only_followed = true};
    struct decapsulator *decapsulator = decapsulator_new(&w->memory);
    struct flow_table *flows = flow_table_new(&events, &w->key, &w->memory, w->live);
    if (decapsulator == NULL || flows == NULL) {
        decapsulator_free(decapsulator);
        flow_table_free(flows);
        return false;
    }
    drop_frames(w);
    w->decapsulator = decapsulator;
    w->flows = flows;
    w->ending = false;
    w->statistics = (struct tlswatch_statistics){0};
    w->kernel_drops = 0;
    judge_begin(&w->judge);
    return true;
}

static size_t memory_of(const struct tlswatch_options *options) {
    size_t memory = options != NULL && options->memory > 0 ? options->memory : LIMIT_MEMORY;
    return memory < LIMIT_MEMORY_LEAST ? LIMIT_MEMORY_LEAST : memory;
}

struct tlswatch *tlswatch_new(const struct tlswatch_options *options, tlswatch_callback callback, void *user) {
    struct tlswatch *w = calloc(1, sizeof *w);
    if (w == NULL || !hash_key_random(&w->key) || !copy_options(w, options) || !judge_init(&w->judge, &w->key, memory_of(options))) {
        tlswatch_free(w);
        return NULL;
    }
    w->memory.bound = memory_of(options) - w->judge.store_bound - w->judge.memory.bound;
    w->judge.callback = callback;
    w->judge.user = user;
    w->judge.owner = (struct judge_owner){w, keep, give_back};
    w->judge.brief = options != NULL && options->brief;
    w->live = options != NULL && options->live;
    w->shared = shared_table_new(&w->key, &w->memory);
    if (w->shared == NULL || !start(w)) {
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
    handover_free(w->handover);
    shared_table_free(w->shared);
    judge_clear(&w->judge);
    memory_clear(&w->memory);
    free(w->tls_ports);
    free(w);
}

bool tlswatch_judge_apart(struct tlswatch *w) {
    if (w->handover == NULL) {
        w->handover = handover_new(&w->judge, &w->memory);
    }
    return w->handover != NULL;
}

bool tlswatch_judge_stands(struct tlswatch *w) {
    return w->handover != NULL && handover_stands(w->handover);
}

size_t tlswatch_add_certificates(struct tlswatch *w, const uint8_t *bytes, size_t len, const char *name, const char **why) {
    struct bundle read = {.why = "memory is exhausted"};
    handover_wait(w->handover);
    if (given_keep(&w->judge.given, NULL, bytes_of(bytes, len), name)) {
        bundle_read(w->judge.store, bytes_of(bytes, len), name, NULL, NULL, &read);
        certificate_store_set_aside(w->judge.store);
    }
    *why = read.why;
    return read.num_certificates;
}

bool tlswatch_add_trust(struct tlswatch *w, const struct tlswatch_trust_scope *scope, const uint8_t *bytes, size_t len, const char *name,
                        const char **why) {
    struct bundle read = {.why = "memory is exhausted"};
    handover_wait(w->handover);
    bool added = given_keep(&w->judge.given, scope, bytes_of(bytes, len), name) &&
                 trust_set_add(&w->judge.trusts, w->judge.store, scope, bytes_of(bytes, len), name, &read);
    certificate_store_set_aside(w->judge.store);
    *why = read.why;
    return added;
}

enum tlswatch_outdated tlswatch_outdated(const struct tlswatch *w) {
    return judge_outdated(&w->judge);
}

void tlswatch_hold(struct tlswatch *w, bool hold) {
    if (hold == w->judge.holding) {
        return;
    }
    handover_wait(w->handover);
    w->judge.holding = hold;
    if (!hold) {
        judge_waiting(w);
    }
}

void tlswatch_collect(struct tlswatch *w) {
    w->judge.collecting = true;
}

bool tlswatch_restart(struct tlswatch *w) {
    return start(w);
}

/* The headers of some frames are read before the first of them is taken in. */
void tlswatch_frames(struct tlswatch *w, const struct tlswatch_frame *frames, size_t num) {
    struct segment segments[FLOW_AT_ONCE];
    size_t num_segments = 0;

    w->statistics.frames += num;
    for (size_t i = 0; i < num; i++) {
        struct segment *segment = &segments[num_segments];
        enum decode_result result = decapsulator_decode(w->decapsulator, &frames[i], segment);
        num_segments += result == DECODE_SEGMENT;
        w->statistics.bytes += frames[i].original_len;
        w->statistics.unsupported_frames += result == DECODE_UNSUPPORTED;
        if (num_segments == FLOW_AT_ONCE || segment->from_fragments || result == DECODE_MENTION || i + 1 == num) {
            w->statistics.tcp_segments += num_segments;
            flow_table_push_all(w->flows, segments, num_segments);
            num_segments = 0;
        }
        if (result == DECODE_MENTION) {
            flow_table_mention(w->flows, segment);
        }
    }
    if (w->live) {
        handover_flush(w->handover, flow_table_now_ns(w->flows) - LIMIT_HANDED_OVER_NS);
    }
}

void tlswatch_frame(struct tlswatch *w, const struct tlswatch_frame *frame) {
    tlswatch_frames(w, frame, 1);
}

void tlswatch_tick(struct tlswatch *w, int64_t now_ns) {
    flow_table_tick(w->flows, now_ns);
    handover_flush(w->handover, INT64_MAX);
}

void tlswatch_drops(struct tlswatch *w, uint64_t kernel_drops) {
    w->kernel_drops = kernel_drops;
}

void tlswatch_finish(struct tlswatch *w) {
    w->ending = true;
    flow_table_finish(w->flows);
    judge_waiting(w);
}

void tlswatch_get_statistics(const struct tlswatch *w, struct tlswatch_statistics *out) {
    const struct tlswatch_statistics *judged = &w->judge.statistics;
    handover_wait(w->handover);
    *out = w->statistics;
    out->conversations = judged->conversations;
    memcpy(out->outcomes, judged->outcomes, sizeof out->outcomes);
    out->not_tcp = decapsulator_not_tcp(w->decapsulator);
    out->tcp_connections = flow_table_num_streams(w->flows);
    struct flow_unopened unopened = flow_table_unopened(w->flows);
    out->tcp_refused = unopened.refused;
    out->tcp_unanswered = unopened.unanswered;
    out->limits_hit += judged->limits_hit + flow_table_limits_hit(w->flows) + decapsulator_limits_hit(w->decapsulator);
}

bool tlswatch_link_supported(uint32_t link_type) {
    return link_supported(link_type);
}
