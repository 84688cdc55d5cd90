#include "traffic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void *new_zeroed(size_t size) {
    void *p = calloc(1, size);
    if (p == NULL) {
        abort(); /* memory is exhausted */
    }
    return p;
}

/* Marsaglia's xorshift64*: the same bytes each time are what matters. */
uint32_t traffic_random(struct generator *g, uint32_t below) {
    g->random ^= g->random >> 12;
    g->random ^= g->random << 25;
    g->random ^= g->random >> 27;
    return (uint32_t)(((g->random * UINT64_C(2685821657736338717)) >> 32) * below >> 32);
}

uint64_t traffic_interval(struct generator *g, double mean) {
    return (uint64_t)(-mean * log((traffic_random(g, UINT32_MAX) + 1.0) / (UINT32_MAX + 1.0)));
}

/* --- Packets, and what becomes of them. --- */

static struct frame *copy_frame(const struct frame *frame) {
    struct frame *copy = new_zeroed(sizeof *copy);
    *copy = *frame;
    return copy;
}

static void write_frame(struct generator *g, struct flow *f, const struct frame *frame) {
    capture_file_write(&g->file, frame, g->now_ns);
    if (f->held != NULL && --f->held_behind == 0) {
        capture_file_write(&g->file, f->held, g->now_ns);
        free(f->held);
        f->held = NULL;
    }
}

/* A third of what is sent again comes in other pieces. */
static void repeat(struct generator *g, const struct flow *f, const struct frame *frame) {
    struct frame *again = copy_frame(frame);
    if (!f->connection.ipv6 && again->len - again->payload_at > 200 && traffic_random(g, 3) == 0) {
        wire_cut(again, 100);
    }
    g->truth.repeated++;
    schedule_add(&g->schedule, g->now_ns + 5 * MS + traffic_random(g, 80 * MS), NULL, again);
}

static void send_frame(struct generator *g, struct flow *f, const struct frame *frame) {
    uint32_t fate = g->lossy ? traffic_random(g, 1000) : 1000;
    bool has_payload = frame->len > frame->payload_at;
    if (fate < 10) {
        g->truth.lost++;
        f->damaged |= has_payload;
    } else if (fate < 20 && has_payload) {
        write_frame(g, f, frame);
        repeat(g, f, frame);
    } else if (fate < 40 && has_payload && f->held == NULL) {
        f->held = copy_frame(frame);
        f->held_behind = 1 + traffic_random(g, 3);
        g->truth.reordered++;
    } else {
        write_frame(g, f, frame);
    }
}

static void send_empty(struct generator *g, struct flow *f, int sender, uint8_t flags) {
    struct frame frame;
    wire_begin(&frame, &f->connection, sender, flags, g->now_ns);
    wire_end(&frame, &f->connection, sender, 0);
    send_frame(g, f, &frame);
}

/* --- What a flow does; each step says after how many nanoseconds the next one comes, 0: none does. --- */

static void enter(struct flow *f, enum phase phase) {
    f->phase = phase;
    f->step = 0;
}

static uint64_t acknowledge(struct generator *g, struct flow *f) {
    f->unacknowledged = 0;
    send_empty(g, f, !f->talks, ACK);
    return 3000 + traffic_random(g, 5000);
}

static uint64_t step_opening(struct generator *g, struct flow *f) {
    static const uint8_t flags[] = {SYN, SYN | ACK, ACK};
    send_empty(g, f, f->step == 1 ? SERVER : CLIENT, flags[f->step]);
    if (f->content == SILENT && f->step + 1 == f->burst) {
        return 0;
    }
    if (++f->step < 3) {
        return f->round_trip_ns / 2 + 1;
    }
    enter(f, f->content == TLS ? TALKING : APPLICATION);
    return 10000 + traffic_random(g, 200000);
}

/* Six digits of the flow's own number in its client's certificate. */
static void make_unique(const struct flow *f, uint8_t *out, size_t from, size_t len) {
    char digits[16];
    snprintf(digits, sizeof digits, "%06u", f->number % 1000000);
    for (size_t i = 0; i < f->handshake->num_digits; i++) {
        for (size_t k = 0; k < 6; k++) {
            size_t at = f->handshake->digits[i].offset + k;
            if (f->handshake->digits[i].flight == f->flight && at >= from && at < from + len) {
                out[at - from] = (uint8_t)digits[k];
            }
        }
    }
}

static uint64_t send_of_flight(struct generator *g, struct flow *f) {
    const struct flight *flight = &f->handshake->flights[f->flight];
    uint32_t most = wire_payload_most(&f->connection), left = (uint32_t)(flight->len - f->offset), len = left < most ? left : most;
    struct frame frame;
    f->talks = flight->by_server;
    uint8_t *payload = wire_begin(&frame, &f->connection, f->talks, ACK | PUSH, g->now_ns);
    memcpy(payload, flight->bytes + f->offset, len);
    if (g->unique) {
        make_unique(f, payload, f->offset, len);
    }
    wire_end(&frame, &f->connection, f->talks, len);
    send_frame(g, f, &frame);
    f->offset += len;
    f->unacknowledged++;
    if (left > len) {
        return 2000 + traffic_random(g, 6000);
    }
    f->flight++;
    f->offset = 0;
    return f->round_trip_ns / 2 + traffic_random(g, 1500000);
}

static uint64_t step_talking(struct generator *g, struct flow *f) {
    const struct handshake *h = f->handshake;
    if (f->unacknowledged >= 2) {
        return acknowledge(g, f);
    }
    if (f->flight == h->num_flights) {
        enter(f, CLOSING);
        return 1;
    }
    if (f->application_left > 0 && !f->had_application && f->flight + 2 == h->num_flights && f->offset == 0) {
        f->had_application = true;
        enter(f, APPLICATION);
        return 1;
    }
    return send_of_flight(g, f);
}

/* Records follow each other without regard to segments. The last one of each direction is brought to its end. */
static uint32_t fill_records(struct generator *g, struct flow *f, uint8_t *out, uint32_t most) {
    struct records *r = &f->records[f->talks];
    uint32_t len = 0;
    while (len < most && (r->at < r->len || f->application_left > 0)) {
        if (r->at == r->len) {
            uint32_t body = f->application_left < RECORD ? (uint32_t)f->application_left : RECORD;
            *r = (struct records){0, 5 + (body < 40 ? 40 : body)};
            f->application_left -= body;
        }
        if (r->at < 5) {
            const uint8_t header[5] = {0x17, 3, 3, (uint8_t)((r->len - 5) >> 8), (uint8_t)(r->len - 5)};
            out[len++] = header[r->at++];
            continue;
        }
        uint32_t take = r->len - r->at < most - len ? r->len - r->at : most - len;
        memcpy(out + len, g->noise + traffic_random(g, NOISE - RECORD), take);
        r->at += take;
        len += take;
    }
    g->truth.application_bytes += len;
    return len;
}

/* Of an answer the head says how long all of it is: what the segments of the burst hold. */
static uint32_t fill_http(struct generator *g, struct flow *f, uint8_t *out, uint32_t most) {
    static const char ask[] = "GET /api/v1/items/%06u HTTP/1.1\r\nHost: shop.example.com\r\nAccept: */*\r\nCookie: sid=1\r\n\r\n";
    static const char answer[] = "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/plain\r\nContent-Length: %06u\r\n\r\n";
    uint32_t len = 0;
    if (f->talks == CLIENT) {
        return (uint32_t)snprintf((char *)out, most, ask, traffic_random(g, 1000000));
    }
    if (f->step++ == 0) {
        uint32_t head = (uint32_t)snprintf(NULL, 0, answer, 0), room = f->burst * most - head;
        len = (uint32_t)snprintf((char *)out, most, answer, room < f->application_left ? room : (uint32_t)f->application_left);
    }
    uint32_t body = most - len < f->application_left ? most - len : (uint32_t)f->application_left;
    memcpy(out + len, g->text + traffic_random(g, NOISE - 2000), body);
    f->application_left -= body;
    return len + body;
}

static uint32_t fill_binary(struct generator *g, struct flow *f, uint8_t *out, uint32_t most) {
    uint32_t len = most < f->application_left ? most : (uint32_t)f->application_left;
    memcpy(out, g->noise + traffic_random(g, NOISE - 2000), len);
    out[0] = 0x51;
    f->application_left -= len;
    return len;
}

static void begin_burst(struct generator *g, struct flow *f) {
    bool ask = f->content == HTTP ? f->talks == SERVER || !f->had_application : traffic_random(g, 10) == 0;
    f->had_application = true;
    f->talks = ask ? CLIENT : SERVER;
    f->burst = f->content == HTTP && ask ? 1 : ask ? 1 + traffic_random(g, 6) : 4 + traffic_random(g, 60);
    f->step = 0;
}

static bool has_application(const struct flow *f) {
    return f->application_left > 0 || f->records[0].at < f->records[0].len || f->records[1].at < f->records[1].len;
}

static uint64_t step_application(struct generator *g, struct flow *f) {
    if (f->unacknowledged >= 3 || (f->burst == 0 && f->unacknowledged > 0)) {
        uint64_t delay_ns = acknowledge(g, f);
        return delay_ns + (f->burst == 0 ? 10000 + traffic_interval(g, (double)f->pause_ns) : 0);
    }
    if (!has_application(f)) {
        enter(f, f->content == TLS ? TALKING : CLOSING);
        f->burst = 0;
        return 100000 + traffic_random(g, 2 * MS);
    }
    if (f->burst == 0) {
        begin_burst(g, f);
    }
    if (f->application_left == 0 && f->records[f->talks].at == f->records[f->talks].len) {
        f->talks = !f->talks; /* only the other direction has something to end */
    }
    struct frame frame;
    uint8_t *payload = wire_begin(&frame, &f->connection, f->talks, ACK | PUSH, g->now_ns);
    uint32_t most = wire_payload_most(&f->connection);
    uint32_t len = f->content == TLS    ? fill_records(g, f, payload, most)
                   : f->content == HTTP ? fill_http(g, f, payload, most)
                                        : fill_binary(g, f, payload, most);
    wire_end(&frame, &f->connection, f->talks, len);
    send_frame(g, f, &frame);
    f->burst--;
    f->unacknowledged++;
    return 1200 + traffic_random(g, 3000);
}

static uint64_t step_closing(struct generator *g, struct flow *f) {
    send_empty(g, f, f->step == 1 ? SERVER : CLIENT, f->step < 2 ? FIN | ACK : ACK);
    return ++f->step < 3 ? f->round_trip_ns / 2 + 1 : 0;
}

static uint64_t step(struct generator *g, struct flow *f) {
    switch (f->phase) {
    case OPENING:
        return step_opening(g, f);
    case TALKING:
        return step_talking(g, f);
    case APPLICATION:
        return step_application(g, f);
    case CLOSING:
        return step_closing(g, f);
    }
    return 0;
}

static void end_flow(struct generator *g, struct flow *f) {
    if (f->held != NULL) {
        capture_file_write(&g->file, f->held, g->now_ns);
        free(f->held);
    }
    g->truth.undamaged += f->content == TLS && !f->damaged;
    free(f);
}

/* --- From the first packet to the last. --- */

/* Different ends for each number up to some millions; one of ten speaks IPv6. */
static void set_ends(struct generator *g, struct connection *c, uint32_t number, uint16_t port) {
    uint32_t client = number * 2654435761u & 0xffffff, server = 1 + number % 40;
    c->ipv6 = number % 10 == 9;
    for (int side = CLIENT; side <= SERVER; side++) {
        static const uint8_t ipv6[2][8] = {{0x20, 1, 0xd, 0xb8, 0, 1}, {0x20, 1, 0xd, 0xb8, 0, 2}}, ipv4[2] = {10, 192};
        uint32_t host = side == CLIENT ? client : (c->ipv6 ? server : 0xa80700 + server);
        uint8_t *last = c->address[side] + (c->ipv6 ? 12 : 0);
        if (c->ipv6) {
            memcpy(c->address[side], ipv6[side], 8);
        }
        last[0] = c->ipv6 ? 0 : ipv4[side];
        last[1] = (uint8_t)(host >> 16);
        last[2] = (uint8_t)(host >> 8);
        last[3] = (uint8_t)host;
        c->sequence[side] = traffic_random(g, UINT32_MAX);
    }
    c->port[CLIENT] = (uint16_t)(32768 + number * 7919u % 28000);
    c->port[SERVER] = port;
}

struct flow *traffic_start(struct generator *g, enum content content, uint16_t port) {
    struct flow *f = new_zeroed(sizeof *f);
    f->content = content;
    f->number = g->flows++;
    f->round_trip_ns = 400000 + traffic_interval(g, 8 * MS);
    set_ends(g, &f->connection, f->number, port);
    schedule_add(&g->schedule, g->now_ns, f, NULL);
    g->truth.flows++;
    return f;
}

void traffic_datagram(struct generator *g, bool is_dns) {
    struct connection c = {0};
    struct frame frame;
    set_ends(g, &c, g->flows++, is_dns ? 53 : 443);
    int sender = is_dns ? CLIENT : (int)traffic_random(g, 2);
    uint8_t *payload = wire_udp(&frame, &c, sender);
    uint32_t len = is_dns ? 34 : 1200 + traffic_random(g, 50);
    memcpy(payload, g->noise + traffic_random(g, NOISE - 2000), len);
    if (is_dns) {
        memcpy(payload + 2, "\1\0\0\1\0\0\0\0\0\0\4host\7example\3com\0\0\1\0\1", 32);
    } else {
        payload[0] = 0x40 | (payload[0] & 0x1f);
    }
    wire_udp_end(&frame, len);
    capture_file_write(&g->file, &frame, g->now_ns);
}

void traffic_run(struct generator *g, uint64_t until_ns) {
    while (g->schedule.num > 0 && g->schedule.heap[0].time_ns <= until_ns) {
        struct event event = schedule_next(&g->schedule);
        g->now_ns = event.time_ns;
        if (event.again != NULL) {
            capture_file_write(&g->file, event.again, g->now_ns);
            free(event.again);
            continue;
        }
        uint64_t delay_ns = step(g, event.flow);
        if (delay_ns > 0) {
            schedule_add(&g->schedule, g->now_ns + delay_ns, event.flow, NULL);
        } else {
            end_flow(g, event.flow);
        }
    }
    g->now_ns = until_ns;
}
