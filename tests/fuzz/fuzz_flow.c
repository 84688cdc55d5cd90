/*
 * Reassembly against a model: each byte of a direction is the one that was captured first at its place, none is told
 * twice, none that was captured stays away, and a gap stands only where nothing was.
 *
 * An input is how much memory there is, the two initial sequence numbers with after how many bytes the reader has enough
 * of that side, and segments of eight bytes. All go into one file, which is too short for any timer of one. Where memory
 * ends, bytes that were captured may be lost, and still none is wrong.
 */
#include "base/limits.h"
#include "flow/flow.h"
#include "fuzz.h"

enum { PLACES = 1024, LONGEST = 255, SEGMENT_LEN = 8, MOST_SEGMENTS = 64 };

struct side {
    uint8_t first[PLACES + LONGEST];
    bool captured[PLACES + LONGEST], told[PLACES + LONGEST];
    uint32_t isn;
    size_t at;     /* where the reader is */
    size_t enough; /* 0: never */
    bool done;
};

struct model {
    struct side side[2];
    bool bounded;
    uint64_t num_ends;
};

static uint8_t byte_of(size_t place, uint8_t version) {
    return (uint8_t)(place * 7 + (place >> 8) + version * 101);
}

static void tell(struct side *s, size_t place, uint8_t byte) {
    expect(place < PLACES + LONGEST && s->captured[place], "what is told was captured");
    expect(s->first[place] == byte, "the byte that was captured first wins");
    expect(!s->told[place], "no byte is told twice");
    s->told[place] = true;
}

static enum flow_want want(struct side *s) {
    s->done = s->done || (s->enough > 0 && s->at >= s->enough);
    return s->done ? FLOW_DONE : FLOW_MORE;
}

static enum flow_want on_data(void *user, struct flow *flow, enum direction sender, struct bytes data, struct tlswatch_mark mark) {
    struct side *s = &((struct model *)user)->side[sender];
    (void)flow;
    (void)mark;
    expect(!s->done && data.len > 0, "a reader that has enough is left alone");
    for (size_t i = 0; i < data.len; i++) {
        tell(s, s->at++, data.p[i]);
    }
    return want(s);
}

static enum flow_want on_gap(void *user, struct flow *flow, enum direction sender, uint64_t len, struct tlswatch_mark mark) {
    struct side *s = &((struct model *)user)->side[sender];
    (void)flow;
    (void)mark;
    expect(!s->done && len > 0, "both starts are known");
    for (size_t at = s->at; at < PLACES + LONGEST && at < s->at + len; at++) {
        expect(((struct model *)user)->bounded || !s->captured[at], "a gap stands where nothing was captured");
    }
    s->at += len;
    return want(s);
}

/* Late bytes come without their place: it is the first one that holds them and was not told. */
static void on_late(void *user, struct flow *flow, enum direction sender, struct bytes payload, struct tlswatch_mark mark) {
    struct side *s = &((struct model *)user)->side[sender];
    (void)flow;
    (void)mark;
    expect(s->done && payload.len > 0, "only a reader that has enough gets late bytes");
}

static void on_end(void *user, struct flow *flow, enum flow_end how) {
    struct model *m = user;
    (void)how;
    m->num_ends++;
    for (int d = FORWARD; d <= BACKWARD; d++) {
        const struct side *s = &m->side[d];
        size_t num_told = 0, num_captured = 0;
        for (size_t i = 0; i < PLACES + LONGEST; i++) {
            num_told += s->told[i];
            num_captured += s->captured[i];
        }
        expect(m->bounded || s->done || num_told == num_captured, "all that was captured is told");
        expect(flow->side[d].bytes <= num_captured, "no byte is counted twice");
    }
}

static struct segment segment_of(const struct model *m, enum direction sender, uint8_t flags, uint32_t place, uint32_t ack) {
    static const struct endpoint client = {{10, 0, 0, 1}, 40000}, server = {{10, 0, 0, 2}, 443};
    return (struct segment){.source = sender == FORWARD ? client : server,
                            .destination = sender == FORWARD ? server : client,
                            .seq = m->side[sender].isn + 1 + place,
                            .ack = m->side[direction_opposite(sender)].isn + 1 + ack,
                            .flags = flags,
                            .ttl = 64};
}

static void push(struct flow_table *table, struct segment *segment, struct bytes payload, size_t cut) {
    static uint64_t frame;
    uint8_t *copy = fuzz_copy(payload);
    segment->payload = bytes_of(copy, payload.len);
    segment->payload_len = (uint32_t)(payload.len + cut);
    segment->mark.frame = ++frame;
    flow_table_push(table, segment);
    fuzz_release(copy);
}

/* The two segments that begin the connection. */
static void begin(struct flow_table *table, const struct model *m) {
    struct segment syn = segment_of(m, FORWARD, TCP_SYN, UINT32_MAX, 0), answer = segment_of(m, BACKWARD, TCP_SYN | TCP_ACK, UINT32_MAX, 0);
    syn.ack = 0;
    push(table, &syn, bytes_of(NULL, 0), 0);
    push(table, &answer, bytes_of(NULL, 0), 0);
}

/* Sender, flags, version of the bytes, how many of them the snapshot length cut; place; length; time; acknowledgement. */
static void next(struct flow_table *table, struct model *m, struct bytes *input) {
    uint8_t what = fuzz_u8(input);
    size_t place = fuzz_u16(input) % PLACES, len = fuzz_u8(input);
    len += len == 1; /* one byte may be a keep-alive, which repeats a byte or brings garbage (RFC 9293, 3.8.4) */
    int64_t later_ns = (int64_t)fuzz_u8(input) * 100000000;
    uint32_t ack = fuzz_u16(input);
    enum direction sender = (what & 1) != 0 ? BACKWARD : FORWARD;
    size_t cut = fuzz_u8(input) % (len + 1);
    struct segment segment = segment_of(m, sender, (uint8_t)(TCP_ACK | ((what & 6) == 6 ? TCP_PSH : 0)), (uint32_t)place, ack);
    struct side *s = &m->side[sender];
    uint8_t payload[LONGEST];
    cut = (what & 8) != 0 ? cut : 0;
    for (size_t i = 0; i < len - cut; i++) {
        payload[i] = byte_of(place + i, what >> 4 & 3);
        if (!s->captured[place + i]) {
            s->captured[place + i] = true;
            s->first[place + i] = payload[i];
        }
    }
    segment.mark.time_ns = later_ns;
    push(table, &segment, bytes_of(payload, len - cut), cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static struct model m;
    const struct hash_key key = {1, 2};
    const struct flow_events events = {&m, on_data, on_gap, on_late, on_end};
    struct bytes input = bytes_of(data, len);
    struct memory memory = {.bound = fuzz_bound(&input, FLOW_BOUND)};
    fuzz_fail(0); /* where the first packets find no memory, no place is known: fuzz_connections.c has that */
    m = (struct model){.bounded = memory.bound < LIMIT_MEMORY};
    for (int d = FORWARD; d <= BACKWARD; d++) {
        m.side[d].isn = fuzz_u32(&input);
        m.side[d].enough = fuzz_u16(&input) % (2 * PLACES);
        m.side[d].enough = m.side[d].enough > PLACES ? 0 : m.side[d].enough;
    }
    struct flow_table *table = flow_table_new(&events, &key, &memory, false);
    if (table == NULL) {
        return 0;
    }
    begin(table, &m);
    for (int i = 0; i < MOST_SEGMENTS && input.len >= SEGMENT_LEN; i++) {
        next(table, &m, &input);
    }
    flow_table_finish(table);
    expect(m.bounded || (m.num_ends == 1 && flow_table_limits_hit(table) == 0), "it is one connection, within all bounds");
    flow_table_free(table);
    memory_clear(&memory);
    expect(memory.held == 0 && memory.peak <= memory.bound, "all memory is accounted for");
    return 0;
}
