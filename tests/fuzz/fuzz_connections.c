/*
 * Many connections in one table: reused ports, tunnels, files, the clock, timers, bounds on memory and allocations that
 * fail. A byte on the wire is the last byte of its sequence number, so that whatever is told of a direction must go up by
 * one, and by a gap's length over a gap. Each connection ends once.
 *
 * An input is how much memory there is, how the table is used, and segments of ten bytes. A crowd of half-open connections
 * may have come before.
 */
#include "base/limits.h"
#include "flow/flow.h"
#include "fuzz.h"

enum { LIVE = 1, NOT_FINISHED = 2, CROWD = 4, TOGETHER = 8 };                      /* how the table is used */
enum { CLIENTS = 7, BACK = 8, TUNNEL = 16, FILES = 32, IPV6 = 64, MENTION = 128 }; /* what a segment is */
enum { MOST_SEGMENTS = 200, SEGMENT_LEN = 10, CROWD_LEN = 200, MOST_TOLD = MOST_SEGMENTS + CROWD_LEN, MOST_TOGETHER = 20 };

/* What one connection was told. */
struct told {
    bool begun[2], done[2], ended;
    bool says_over;  /* when it has enough */
    uint8_t next[2]; /* the byte that must come */
    size_t num_bytes[2], enough;
};

struct connections {
    struct told told[MOST_TOLD];
    size_t num_told, num_ended;
    int64_t now_ns;
};

/* Segments that are taken in together, with what they carry. */
struct together {
    struct segment segments[MOST_TOGETHER];
    uint8_t *copies[MOST_TOGETHER];
    size_t num, most;
};

static struct told *told_of(struct connections *all, struct flow *flow) {
    if (flow->reader == NULL) {
        expect(all->num_told < MOST_TOLD, "a segment begins one connection at most");
        struct told *t = &all->told[all->num_told++];
        unsigned kind = flow->side[FORWARD].endpoint.port % 4;
        *t = (struct told){.enough = kind * 50U, .says_over = kind == 3};
        flow->reader = t;
    }
    struct told *t = flow->reader;
    expect(!t->ended, "nothing comes behind the end");
    return t;
}

static enum flow_want want(struct told *t, enum direction sender) {
    t->done[sender] = t->enough > 0 && t->num_bytes[sender] >= t->enough;
    return t->done[sender] ? FLOW_DONE : FLOW_MORE;
}

static enum flow_want on_data(void *user, struct flow *flow, enum direction sender, struct bytes data, struct tlswatch_mark mark) {
    struct told *t = told_of(user, flow);
    (void)mark;
    expect(!t->done[sender] && data.len > 0, "a reader that has enough is left alone");
    for (size_t i = 0; i < data.len; i++) {
        expect(!t->begun[sender] || data.p[i] == t->next[sender], "the next byte is the next one");
        t->begun[sender] = true;
        t->next[sender] = (uint8_t)(data.p[i] + 1);
    }
    t->num_bytes[sender] += data.len;
    enum flow_want wanted = want(t, sender);
    flow->over = flow->over || (t->says_over && t->done[sender]);
    return wanted;
}

static enum flow_want on_gap(void *user, struct flow *flow, enum direction sender, uint64_t len, struct tlswatch_mark mark) {
    struct told *t = told_of(user, flow);
    (void)mark;
    expect(!t->done[sender] && (len > 0 || !t->begun[sender]), "the length of a gap is not known at a start only");
    t->next[sender] = (uint8_t)(t->next[sender] + len);
    return want(t, sender);
}

static void on_late(void *user, struct flow *flow, enum direction sender, struct bytes payload, struct tlswatch_mark mark) {
    const struct told *t = told_of(user, flow);
    (void)mark;
    expect(t->done[sender] && payload.len > 0, "only a reader that has enough gets late bytes");
}

static void on_end(void *user, struct flow *flow, enum flow_end how) {
    struct connections *all = user;
    (void)how;
    if (flow->reader != NULL) {
        told_of(all, flow)->ended = true;
        all->num_ended++;
    }
}

static int64_t time_step(uint8_t code) {
    static const int64_t units[] = {1000000, 10000000, 100000000, SECOND_NS, 10 * SECOND_NS, 100 * SECOND_NS, 2000 * SECOND_NS, -SECOND_NS};
    return units[code >> 4 & 7] * (code & 15);
}

static struct segment segment_of(struct connections *all, uint8_t what, struct bytes *input) {
    static const char *const files[] = {NULL, "second.pcap"};
    struct endpoint client = {{10, 0, 0, what & CLIENTS & 3}, (uint16_t)(40000 + (what & CLIENTS))}, server = {{10, 0, 0, 9}, 443};
    struct segment s = {.source = (what & BACK) != 0 ? server : client,
                        .destination = (what & BACK) != 0 ? client : server,
                        .ipv6 = (what & IPV6) != 0,
                        .tunnel = (what & TUNNEL) != 0,
                        .ttl = 64};
    s.flags = fuzz_u8(input);
    all->now_ns += time_step(fuzz_u8(input));
    s.mark.time_ns = all->now_ns;
    s.mark.file = files[(what & FILES) != 0];
    /* Most of it lies on both sides of the point where the numbers wrap. */
    s.seq = fuzz_u16(input) - UINT32_C(0x8000);
    s.ack = fuzz_u16(input) - UINT32_C(0x8000);
    return s;
}

static void take_in(struct flow_table *table, struct together *t) {
    flow_table_push_all(table, t->segments, t->num);
    for (; t->num > 0; t->num--) {
        fuzz_release(t->copies[t->num - 1]);
    }
}

static void next(struct flow_table *table, struct connections *all, struct together *t, struct bytes *input) {
    static uint64_t frame;
    uint8_t what = fuzz_u8(input), bytes[255];
    struct segment s = segment_of(all, what, input);
    size_t len = fuzz_u8(input);
    uint32_t cut = fuzz_u16(input);
    s.mark.frame = ++frame;
    s.payload_len = (uint32_t)len + cut;
    if ((what & MENTION) != 0 && len == 0) {
        take_in(table, t);
        flow_table_mention(table, &s);
        return;
    }
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)(s.seq + ((s.flags & TCP_SYN) != 0) + i);
    }
    t->copies[t->num] = fuzz_copy(bytes_of(bytes, len));
    s.payload = bytes_of(t->copies[t->num], len);
    t->segments[t->num++] = s;
    if (t->num == t->most) {
        take_in(table, t);
    }
}

/* So many that what finds them grows a few times; some were answered, and some have ended. */
static void crowd(struct flow_table *table) {
    for (uint16_t port = 1; port <= CROWD_LEN; port++) {
        struct segment s = {.source = {{10, 0, 1, 1}, port}, .destination = {{10, 0, 0, 9}, 443}, .flags = TCP_SYN, .ttl = 64};
        flow_table_push(table, &s);
        if (port % 3 == 0) {
            const struct segment answer = {
                    .source = s.destination, .destination = s.source, .flags = TCP_SYN | TCP_ACK, .ack = 1, .ttl = 64};
            flow_table_push(table, &answer);
        }
        if (port % 50 == 0) {
            s.flags = TCP_RST;
            s.seq = 1;
            flow_table_push(table, &s);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static struct connections all;
    const struct hash_key key = {1, 2};
    const struct flow_events events = {&all, on_data, on_gap, on_late, on_end};
    struct bytes input = bytes_of(data, len);
    struct memory memory = {.bound = fuzz_bound(&input, FLOW_BOUND)};
    uint8_t how = fuzz_u8(&input);
    struct flow_table *table = flow_table_new(&events, &key, &memory, (how & LIVE) != 0);
    all.num_told = all.num_ended = 0;
    all.now_ns = 0;
    if (table != NULL && (how & CROWD) != 0) {
        crowd(table);
    }
    struct together together = {.most = (how & TOGETHER) != 0 ? 2 + (how >> 4) : 1};
    for (int i = 0; table != NULL && i < MOST_SEGMENTS && input.len >= SEGMENT_LEN; i++) {
        next(table, &all, &together, &input);
    }
    if (table != NULL) {
        take_in(table, &together);
    }
    if (table != NULL && (how & NOT_FINISHED) == 0) {
        flow_table_tick(table, all.now_ns + SECOND_NS);
        flow_table_finish(table);
        expect(all.num_ended == all.num_told, "each connection ends");
    }
    flow_table_free(table);
    memory_clear(&memory);
    fuzz_fail(0);
    expect(memory.held == 0 && memory.peak <= memory.bound, "all memory is accounted for");
    return 0;
}
