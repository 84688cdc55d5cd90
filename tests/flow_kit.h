/* A flow table with a reader that writes down what it is told, and segments made by hand. */
#ifndef TLSWATCH_TESTS_FLOW_KIT_H
#define TLSWATCH_TESTS_FLOW_KIT_H

#include "base/buffer.h"
#include "base/limits.h"
#include "flow/flow.h"
#include "tap.h"

#define KIT_FLOWS 64
#define MS 1000000LL

/* What the reader was told of one direction. */
struct told {
    struct buffer bytes;
    uint32_t num_gaps;
    uint64_t gap_len;     /* of all gaps */
    uint64_t gap_at;      /* bytes before the last gap, */
    uint64_t gap_peer_at; /* and the peer's by then */
    struct buffer late;
    uint64_t want; /* FLOW_DONE once so many bytes have come; 0: never */
    uint64_t over; /* and the flow is over once these have */
    bool less;     /* FLOW_LESS instead of FLOW_MORE */
};

struct ended {
    bool over;
    enum flow_end how;
    struct flow flow;
    uint32_t place; /* among all ends */
};

struct kit {
    struct flow_table *table;
    struct told told[KIT_FLOWS][2];
    struct ended ended[KIT_FLOWS];
    uint32_t num_ended;
    uint64_t frame;
    int64_t now;
    uint32_t tunnel;
    struct memory memory;
    bool fails; /* something was told after the end, or twice */
};

static inline struct told *kit_told(struct kit *kit, struct flow *flow, enum direction sender) {
    /* One place for each connection, found again by the reader's pointer: numbers may change while it lasts. */
    if (flow->reader == NULL) {
        flow->reader = &kit->told[flow->stream % KIT_FLOWS];
    }
    kit->fails |= kit->ended[flow->stream % KIT_FLOWS].over;
    return (struct told *)flow->reader + sender;
}

static inline enum flow_want kit_want(const struct told *told) {
    return told->want > 0 && told->bytes.len >= told->want ? FLOW_DONE : told->less ? FLOW_LESS : FLOW_MORE;
}

static inline enum flow_want kit_data(void *user, struct flow *flow, enum direction sender, struct bytes data, struct tlswatch_mark mark) {
    struct told *told = kit_told(user, flow, sender);
    (void)mark;
    ((struct kit *)user)->fails |= data.len == 0;
    buffer_append(&told->bytes, data, SIZE_MAX / 2);
    flow->over |= told->over > 0 && told->bytes.len >= told->over;
    return kit_want(told);
}

static inline enum flow_want kit_gap(void *user, struct flow *flow, enum direction sender, uint64_t len, struct tlswatch_mark mark) {
    struct told *told = kit_told(user, flow, sender);
    (void)mark;
    told->num_gaps++;
    told->gap_len += len;
    told->gap_at = told->bytes.len;
    told->gap_peer_at = ((struct told *)flow->reader)[direction_opposite(sender)].bytes.len;
    return kit_want(told);
}

static inline void kit_late(void *user, struct flow *flow, enum direction sender, struct bytes payload, struct tlswatch_mark mark) {
    struct told *told = kit_told(user, flow, sender);
    (void)mark;
    buffer_append(&told->late, payload, SIZE_MAX / 2);
}

static inline void kit_end(void *user, struct flow *flow, enum flow_end how) {
    struct kit *kit = user;
    struct ended *ended = &kit->ended[flow->stream % KIT_FLOWS];
    *ended = (struct ended){true, how, *flow, kit->num_ended++};
}

static inline void kit_init_as(struct kit *kit, bool live, bool only_followed) {
    struct hash_key key = {1, 2};
    *kit = (struct kit){.now = 1000 * SECOND_NS, .memory.bound = LIMIT_MEMORY};
    struct flow_events events = {kit, kit_data, kit_gap, kit_late, kit_end, only_followed};
    kit->table = flow_table_new(&events, &key, &kit->memory, live);
    ck_assert_ptr_nonnull(kit->table);
}

static inline void kit_init(struct kit *kit, bool live) {
    kit_init_as(kit, live, false);
}

static inline void kit_clear(struct kit *kit) {
    ck_assert(!kit->fails);
    flow_table_free(kit->table);
    ck_assert_uint_eq(kit->memory.held, 0);
    for (int i = 0; i < KIT_FLOWS; i++) {
        for (int d = 0; d < 2; d++) {
            buffer_clear(&kit->told[i][d].bytes);
            buffer_clear(&kit->told[i][d].late);
        }
    }
}

static inline struct endpoint kit_endpoint(bool server, uint16_t port) {
    struct endpoint e = {.address = {10, 0, 0, server ? 2 : 9}, .port = server ? 443 : port};
    return e;
}

/* The next segment of the client on `port`, or of its server. Nothing is handed over yet. */
static inline struct segment kit_segment(enum direction sender, uint16_t port, uint8_t flags, uint32_t seq, uint32_t ack, const void *data,
                                         size_t len) {
    struct segment segment = {
            .source = kit_endpoint(sender == BACKWARD, port),
            .destination = kit_endpoint(sender == FORWARD, port),
            .seq = seq,
            .ack = ack,
            .flags = flags,
            .ttl = sender == FORWARD ? 64 : 63,
            .payload = bytes_of(data, len),
            .payload_len = (uint32_t)len,
    };
    return segment;
}

static inline void kit_push(struct kit *kit, struct segment segment) {
    /* Payload from an allocation of exactly its size, that is gone afterwards. */
    uint8_t *copy = malloc(segment.payload.len + 1);
    if (segment.payload.len > 0) {
        memcpy(copy, segment.payload.p, segment.payload.len);
    }
    uint8_t *exact = realloc(copy, segment.payload.len > 0 ? segment.payload.len : 1);
    segment.payload.p = exact;
    segment.tunnel = kit->tunnel;
    segment.mark = (struct tlswatch_mark){++kit->frame, kit->now, NULL};
    flow_table_push(kit->table, &segment);
    free(exact);
    kit->now += kit->now < INT64_MAX / 2 ? MS / 100 : 0;
}

static inline void kit_send(struct kit *kit, enum direction sender, uint8_t flags, uint32_t seq, uint32_t ack, const char *text) {
    kit_push(kit, kit_segment(sender, 40000, flags, seq, ack, text, strlen(text)));
}

static inline void kit_expect(struct kit *kit, int flow, enum direction d, const char *text) {
    struct told *told = &kit->told[flow][d];
    ck_assert_msg(told->bytes.len == strlen(text) && (told->bytes.len == 0 || memcmp(told->bytes.p, text, told->bytes.len) == 0),
                  "told \"%.*s\", expected \"%s\"", (int)told->bytes.len, told->bytes.p ? (char *)told->bytes.p : "", text);
}

static inline uint32_t kit_random(uint64_t *state) {
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(*state >> 33);
}

#define CLIENT FORWARD
#define SERVER BACKWARD
#define SYN TCP_SYN
#define ACK TCP_ACK
#define FIN TCP_FIN
#define RST TCP_RST

#endif
