#include "record.h"

#include <stdlib.h>

#include "base/digits.h"
#include "diagnosis/known.h"
#include "tls/registry.h"

#define MAX_FRAMES 16

static void set_endpoint(struct tlswatch_endpoint *out, const struct flow_side *side, bool ipv6) {
    endpoint_text(&side->endpoint, ipv6, out->ip);
    out->port = side->endpoint.port;
}

static enum direction direction_of(const struct conversation *c, enum tlswatch_side side) {
    return side == TLSWATCH_CLIENT ? c->client : direction_opposite(c->client);
}

static const char *names_of_bytes(struct arena *arena, uint8_t value) {
    const char *name = client_certificate_type_name(value);
    return name != NULL ? name : arena_format(arena, "type_%u", value);
}

static const char *const *certificate_types(struct arena *arena, struct bytes types) {
    const char **list = arena_alloc(arena, (types.len + 1) * sizeof *list);
    for (size_t i = 0; list != NULL && i < types.len; i++) {
        list[i] = names_of_bytes(arena, types.p[i]);
    }
    return list;
}

static const char *const *signature_algorithms(struct arena *arena, struct bytes schemes) {
    const char **list = arena_alloc(arena, (schemes.len / 2 + 1) * sizeof *list);
    uint16_t scheme;
    for (size_t i = 0; list != NULL && bytes_u16(&schemes, &scheme); i++) {
        const char *name = signature_scheme_name(scheme);
        list[i] = name != NULL ? name : arena_format(arena, "0x%04x", scheme);
    }
    return list;
}

static void set_request(struct tlswatch_certificate_request *out, const struct facts *f, struct arena *arena) {
    out->state = f->request_state;
    out->mark = f->request_mark;
    if (f->list == NULL) {
        return;
    }
    out->certificate_types = certificate_types(arena, f->request.certificate_types);
    if (f->version >= TLS_1_2) {
        out->signature_algorithms = signature_algorithms(arena, f->request.supported_signature_algorithms);
    }
    out->authorities = f->list->names;
    out->num_authorities = f->list->num_names;
}

static bool set_chain(struct tlswatch_chain *out, const struct party *party, struct arena *arena) {
    out->state = party->state;
    out->mark = party->mark;
    const struct tlswatch_certificate **list = arena_alloc(arena, (party->num_chain + 1) * sizeof *list);
    if (list == NULL) {
        return false;
    }
    for (size_t i = 0; i < party->num_chain; i++) {
        list[i] = &party->chain[i]->facts;
    }
    out->certificates = list;
    out->num_certificates = party->num_chain;
    return true;
}

static bool set_messages(struct tlswatch_record *out, const struct conversation *c, struct arena *arena) {
    struct tlswatch_message *messages = arena_alloc(arena, (c->num_timeline + 1) * sizeof *messages);
    if (messages == NULL) {
        return false;
    }
    for (size_t i = 0; i < c->num_timeline; i++) {
        const struct timeline_entry *from = &c->timeline[i];
        messages[i] = (struct tlswatch_message){conversation_side(c, from->sender), timeline_name(from), from->len, from->encrypted,
                                                from->mark};
    }
    out->messages = messages;
    out->num_messages = c->num_timeline;
    return true;
}

static enum tlswatch_bytes bytes_state(const struct flow_side *side, const struct flow_side *peer) {
    if (side->bytes == 0 && side->unseen) {
        return TLSWATCH_BYTES_NONE;
    }
    (void)peer;
    return side->begins_in_middle ? TLSWATCH_BYTES_PARTIAL
           : side->cut            ? TLSWATCH_BYTES_CUT
           : side->missing > 0    ? TLSWATCH_BYTES_GAPS
                                  : TLSWATCH_BYTES_WHOLE;
}

static void set_capture(struct tlswatch_capture *out, const struct facts *f, uint64_t kernel_drops) {
    const struct flow_side *client = &f->flow->side[direction_of(f->conversation, TLSWATCH_CLIENT)];
    const struct flow_side *server = &f->flow->side[direction_of(f->conversation, TLSWATCH_SERVER)];
    bool seen = client->syn.frame != 0 || server->syn.frame != 0;
    *out = (struct tlswatch_capture){
            .start = seen ? TLSWATCH_START_SEEN : TLSWATCH_START_MISSED,
            .client_bytes = bytes_state(client, server),
            .server_bytes = bytes_state(server, client),
            .client_missing = client->missing,
            .server_missing = server->missing,
            .conflicts = client->conflicts + server->conflicts,
            .kernel_drops = kernel_drops,
    };
}

static int compare_frames(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Frames of the file in which the conversation began, each once, ascending; and the filter that finds them. */
static bool set_wireshark(struct tlswatch_record *out, const struct facts *f, const struct verdict *v, struct arena *arena) {
    uint64_t *frames = arena_alloc(arena, MAX_FRAMES * sizeof *frames);
    if (frames == NULL) {
        return false;
    }
    size_t n = 0, unique = 0;
    for (size_t i = 0; i < v->num_evidence && n < MAX_FRAMES; i++) {
        if (v->evidence[i].file == out->start.file) {
            frames[n++] = v->evidence[i].frame;
        }
    }
    qsort(frames, n, sizeof *frames, compare_frames);
    const char *list = "";
    for (size_t i = 0; i < n; i++) {
        if (unique == 0 || frames[unique - 1] != frames[i]) {
            frames[unique++] = frames[i];
            list = arena_format(arena, "%s%s%llu", list, unique > 1 ? ", " : "", (unsigned long long)frames[i]);
        }
    }
    out->frames = frames;
    out->num_frames = unique;
    out->stream = f->flow->stream;
    out->filter = arena_format(arena, "tcp.stream eq %llu && frame.number in {%s}", (unsigned long long)out->stream, list);
    return true;
}

static void put_little_endian(uint8_t *out, uint64_t value, size_t len) {
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(value >> 8 * i);
    }
}

/* The same packets give the same id, in every run and on every machine. */
static const char *record_id(const struct flow *flow, struct arena *arena) {
    static const struct hash_key fixed = {0x746c737761746368, 0x7265636f72642d31};
    uint8_t input[2 * 18 + 8];
    for (int d = 0; d < 2; d++) {
        memcpy(input + d * 18, flow->side[d].endpoint.address, 16);
        put_little_endian(input + d * 18 + 16, flow->side[d].endpoint.port, 2);
    }
    put_little_endian(input + 36, (uint64_t)flow->first.time_ns, 8);
    char *id = arena_alloc(arena, 16 + 1);
    if (id != NULL) {
        digits_hex(id, siphash(&fixed, input, sizeof input), 16);
    }
    return id;
}

static void set_tls(struct tlswatch_record *out, const struct facts *f, struct arena *arena) {
    out->version = f->version;
    out->version_text = version_name(f->version);
    if (f->conversation->cipher_suite != 0) {
        out->cipher = cipher_suite_name(f->conversation->cipher_suite);
        if (out->cipher == NULL) {
            out->cipher = arena_format(arena, "0x%04x", f->conversation->cipher_suite);
        }
    }
    out->established = f->progress == PROGRESS_COMPLETED;
    out->resumed = f->resumed;
    if (f->server_hello.alpn.len > 0) {
        out->next_protocol = arena_escape(arena, f->server_hello.alpn, 255);
    }
    out->server_name = f->server_name;
    const struct opening *opening = conversation_opening(f->conversation);
    out->opening = opening->name;
    out->proxied_client = opening->has_proxied_client ? &opening->proxied_client : NULL;
    if (f->has_certificate_verify) {
        static const char *const names[] = {[LINK_UNCHECKED] = "unchecked", [LINK_VERIFIED] = "verified", [LINK_FAILED] = "failed"};
        out->certificate_verify = names[f->certificate_verify];
    }
}

static struct tlswatch_trust trust_of(const struct party *party) {
    const struct trust_verdict *t = &party->trust;
    if (t->with == NULL) {
        return (struct tlswatch_trust){0};
    }
    return (struct tlswatch_trust){trust_name(t->with), t->failure == TRUST_VERIFIES, t->error, t->depth};
}

static void set_known(struct tlswatch_record *out, const struct facts *f, struct arena *arena) {
    const struct party *party = facts_party(f, out->certificate_of == TLSWATCH_SERVER ? TLSWATCH_SERVER : TLSWATCH_CLIENT);
    known_issuer(f, party, arena, &out->known_issuer);
    out->client_trust = trust_of(&f->client);
    out->server_trust = trust_of(&f->server);
}

static void set_verdict(struct tlswatch_record *out, const struct verdict *v) {
    out->outcome = v->outcome;
    out->cause = v->cause;
    out->certificate_of = v->certificate_of;
    out->confidence = v->confidence;
    out->at_fault = v->at_fault;
    out->reason = v->reason;
    out->message = v->message;
    out->advice_client = v->advice_client;
    out->client_stack = v->client_stack;
    out->server_stack = v->server_stack;
    out->client_log = v->client_log;
    out->server_log = v->server_log;
    out->advice_server = v->advice_server;
    out->rivals = v->rivals;
    out->num_rivals = v->num_rivals;
    out->findings = v->findings;
    out->num_findings = v->num_findings;
    out->reach = v->reach;
}

bool record_build(struct tlswatch_record *out, const struct facts *f, const struct verdict *v, uint64_t kernel_drops, struct arena *arena) {
    const struct conversation *c = f->conversation;
    const struct flow *flow = f->flow;
    *out = (struct tlswatch_record){.ipv6 = flow->ipv6,
                                    .start = flow->first,
                                    .end = flow->last,
                                    .closed = f->closed,
                                    .alerts = f->alerts,
                                    .num_alerts = f->num_alerts};
    set_endpoint(&out->client, &flow->side[direction_of(c, TLSWATCH_CLIENT)], flow->ipv6);
    set_endpoint(&out->server, &flow->side[direction_of(c, TLSWATCH_SERVER)], flow->ipv6);
    char *id = arena_alloc(arena, 32);
    if (id == NULL) {
        return false;
    }
    if (!community_id(f->store, &flow->side[FORWARD].endpoint, &flow->side[BACKWARD].endpoint, flow->ipv6, id)) {
        return false;
    }
    out->community_id = id;
    out->id = record_id(flow, arena);
    set_tls(out, f, arena);
    set_verdict(out, v);
    set_known(out, f, arena);
    set_request(&out->certificate_request, f, arena);
    set_capture(&out->capture, f, kernel_drops);
    return set_chain(&out->client_certificate, &f->client, arena) && set_chain(&out->server_certificate, &f->server, arena) &&
           set_messages(out, c, arena) && set_wireshark(out, f, v, arena) && out->message != NULL;
}
