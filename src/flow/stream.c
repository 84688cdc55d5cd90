#include "flow/connection.h"

#include <stdlib.h>

#define FAR (UINT64_C(1) << 30) /* no window is larger (RFC 7323, 2.3): a number so far off is not of this connection */

uint64_t stream_position(struct stream *s, uint32_t seq) {
    if (!s->anchored) {
        s->anchored = true;
        s->reference = (UINT64_C(2) << 32) | seq;
    }
    /* The difference is signed (RFC 9293, 3.4); the reference never moves down, so that no position is negative. */
    return s->reference + (uint64_t)(int64_t)(int32_t)(seq - (uint32_t)s->reference);
}

static void raise(uint64_t *to, uint64_t position) {
    if (position > *to) {
        *to = position;
    }
}

void stream_begin(struct flow_side *side, struct stream *s, uint64_t start, bool known) {
    s->started = true;
    s->known = known;
    s->start = s->next = start;
    side->begins_in_middle = !known;
    if (s->top == 0) {
        s->reference = start; /* what it was until now may have been of an older connection */
    }
    raise(&s->top, start);
    raise(&s->reference, start);
    if (s->has_ack && s->acked < start) {
        s->has_ack = false;
    } else if (s->has_ack && s->ack_first < start) {
        s->ack_first = start;
    }
}

void stream_syn(struct flow_side *side, struct stream *s, uint32_t seq) {
    uint64_t start = stream_position(s, seq + 1);

    if (!s->started) {
        stream_begin(side, s, start, true);
    } else if (!s->known && start == s->start) {
        s->known = true;
        side->begins_in_middle = false;
    }
}

/* What is not acknowledged yet; all of it is noted no higher than `top`. */
static void acknowledge_sent(struct stream *s, struct memory *memory) {
    if (s->acked >= s->top) {
        s->sent.num = 0;
    } else {
        sent_acknowledge(&s->sent, s->acked);
    }
    if (s->sent.num == 0 && (s->done || s->has_fin)) {
        sent_clear(&s->sent, memory); /* else more will be sent */
    }
}

void stream_acknowledge(struct stream *s, uint32_t ack, uint64_t from, struct memory *memory) {
    uint64_t position = stream_position(s, ack);

    if (position > s->reference + LIMIT_SEQUENCE_AHEAD || position + FAR < s->reference || (s->started && position < s->start)) {
        return;
    }
    raise(&s->reference, position);
    if (!s->has_ack || position < s->ack_first || (position == s->ack_first && from < s->ack_from)) {
        s->ack_first = position;
        s->ack_from = from;
    }
    if (!s->has_ack || position > s->acked) {
        s->acked = position;
    }
    s->has_ack = true;
    if (s->sent.segment != NULL) {
        acknowledge_sent(s, memory);
    }
}

uint64_t stream_known_end(const struct stream *s) {
    uint64_t end = s->top > s->next ? s->top : s->next;

    if (s->has_fin) {
        raise(&end, s->fin);
    } else if (s->has_rst && s->rst > end + 1 && s->rst - end <= LIMIT_SEQUENCE_AHEAD) {
        end = s->rst;
    }
    /* One more than the last byte: the acknowledgement of a FIN that the capture does not hold, rather than of a byte. */
    if (s->has_ack && s->acked > end + 1) {
        end = s->acked;
    }
    return end;
}

bool stream_has_hole(const struct stream *s) {
    if (s->done) {
        return false;
    }
    return s->pieces.num > 0 || (s->started && stream_known_end(s) > s->next);
}

void stream_clear(struct stream *s, struct memory *memory) {
    pieces_clear(&s->pieces, memory);
    window_clear(&s->window, memory);
    sent_clear(&s->sent, memory);
    memory_free(memory, s->holes, sizeof(*s->holes));
    s->holes = NULL;
}

static void tell_late(struct flow_table *t, struct connection *c, enum direction d, struct bytes part, struct tlswatch_mark mark) {
    c->flow.side[d].bytes += part.len;
    t->events.late(t->events.user, &c->flow, d, part, mark);
}

static void skip_ahead(struct flow_table *t, struct flow_side *side, struct stream *s, uint64_t position) {
    if (s->holes == NULL) {
        s->holes = memory_new(t->memory, sizeof(*s->holes));
    }
    if (s->holes == NULL) {
        t->limits_hit++;
        side->missing += position - s->next;
    } else {
        side->missing += holes_add(s->holes, s->next, position);
    }
    s->next = position;
}

uint64_t stream_late(struct flow_table *t, struct connection *c, enum direction d, uint64_t position, struct bytes data,
                     struct tlswatch_mark mark) {
    struct stream *s = &c->stream[d];
    uint64_t num_new = 0;
    struct bytes part;

    if (position > s->next + FAR) {
        return 0;
    }
    if (position > s->next) {
        skip_ahead(t, &c->flow.side[d], s, position);
    }
    while (s->holes != NULL && position < s->next && holes_fill(s->holes, &position, &data, &part)) {
        num_new += part.len;
        tell_late(t, c, d, part, mark);
    }
    if (position + data.len > s->next) {
        bytes_skip(&data, s->next - position);
        num_new += data.len;
        s->next += data.len;
        tell_late(t, c, d, data, mark);
    }
    return num_new;
}

/* Bytes that the reader has had already: it only matters whether they are the same. */
static void skip_old(const struct stream *s, uint64_t *position, struct bytes *data, struct piece_result *result) {
    if (*position < s->next) {
        uint64_t old = s->next - *position;
        struct bytes part = {data->p, old < data->len ? old : data->len};
        result->conflict |= window_conflicts(&s->window, part, old);
        bytes_skip(data, part.len);
        *position += part.len;
    }
}

static void start_holding(struct flow_table *t, struct connection *c) {
    if (!c->holding) {
        c->holding = true;
        c->hold_due = clock_due(&t->clock, LIMIT_START_NS);
    }
}

static void read_on(struct flow_table *t, struct connection *c, enum direction d, uint64_t position, struct bytes data,
                    const struct piece_source *source, struct piece_result *result) {
    struct stream *s = &c->stream[d];

    for (;;) {
        skip_old(s, &position, &data, result);
        const struct piece *first = pieces_first(&s->pieces);
        if (data.len == 0) {
            return;
        }
        bool waits = delivery_waits(c, d, source->needs);
        if (waits && !c->stream[direction_opposite(d)].started) {
            start_holding(t, c);
        }
        if (position == s->next && !waits && (first == NULL || first->position >= position + data.len)) {
            result->new_bytes += data.len;
            delivery_bytes(t, c, d, data, source->mark);
            return;
        }
        if (pieces_add(&s->pieces, position, data, source, t->memory, result)) {
            return;
        }
        t->limits_hit++;
        if (s->pieces.num == 0) {
            return;
        }
        delivery_give_up(t, c, d);
        if (s->done) {
            result->new_bytes += stream_late(t, c, d, position, data, source->mark);
            return;
        }
    }
}

/* Before the start is known everything waits. */
static void hold(struct flow_table *t, struct connection *c, enum direction d, uint64_t position, struct bytes data,
                 const struct piece_source *source, struct piece_result *result) {
    struct stream *s = &c->stream[d];

    s->waived = 0; /* it is in the capture after all: what answers it waits again */
    start_holding(t, c);
    if (s->pieces.num_bytes + data.len > LIMIT_START_BYTES || !pieces_add(&s->pieces, position, data, source, t->memory, result)) {
        delivery_release(t, c);
        if (s->started && !s->done) {
            read_on(t, c, d, position, data, source, result);
        } else if (s->done) {
            result->new_bytes += stream_late(t, c, d, position, data, source->mark);
        } else {
            t->limits_hit++;
        }
    }
}

/* RFC 9293, 3.8.4: a keep-alive stands one before the next byte and may carry one garbage byte. */
static bool is_keep_alive(const struct connection *c, enum direction d, uint64_t position, const struct segment *segment) {
    const struct stream *s = &c->stream[d];

    if (segment->payload_len != 1 || position + 1 != s->top || (segment->flags & (TCP_SYN | TCP_FIN)) != 0) {
        return false;
    }
    if (!c->stream[direction_opposite(d)].seen) {
        return segment->payload.len == 1 && segment->payload.p[0] == 0;
    }
    return s->has_ack && s->acked >= s->top;
}

void stream_note_payload(struct flow_table *t, struct connection *c, enum direction d, uint64_t position, const struct segment *segment) {
    struct flow_side *side = &c->flow.side[d];
    struct stream *s = &c->stream[d];

    if (side->first_data.frame == 0) {
        side->first_data = segment->mark;
    }
    side->last_data = segment->mark;
    side->cut |= segment->payload.len < segment->payload_len;
    if (s->has_ack && position + segment->payload_len <= s->acked) {
        return;
    }
    t->limits_hit += !sent_note(&s->sent, position, segment->payload_len, segment->mark, !s->done, t->memory);
}

static bool is_stray(const struct stream *s, uint64_t position) {
    const struct piece *first = pieces_first(&s->pieces);

    if (s->started) {
        return position > s->next + (s->done ? FAR : LIMIT_SEQUENCE_AHEAD) || position + FAR < s->next;
    }
    return first != NULL && (position > first->position + LIMIT_SEQUENCE_AHEAD || position + LIMIT_SEQUENCE_AHEAD < first->position);
}

/* Up to where in the peer's stream the sender had read, if that can be believed. */
static uint64_t read_so_far(struct stream *peer, const struct segment *segment) {
    uint64_t position = (segment->flags & TCP_ACK) != 0 && peer->has_ack ? stream_position(peer, segment->ack) : 0;

    return peer->has_ack && position <= peer->acked ? position : 0;
}

void stream_data(struct flow_table *t, struct connection *c, enum direction d, const struct segment *segment) {
    struct stream *s = &c->stream[d];
    uint64_t position = stream_position(s, segment->seq + ((segment->flags & TCP_SYN) != 0));
    uint64_t end = position + segment->payload_len, old_top = s->top;
    struct piece_source source = {segment->mark, t->order, t->clock.now_ns, t->clock.passed,
                                  read_so_far(&c->stream[direction_opposite(d)], segment)};
    struct piece_result result = {0};

    if (is_stray(s, position) || is_keep_alive(c, d, position, segment)) {
        return;
    }
    stream_note_payload(t, c, d, position, segment);
    if (end > s->top || (end == s->top && source.needs < s->top_ack)) {
        s->top_ack = source.needs;
    }
    raise(&s->top, end);
    raise(&s->reference, end);
    if (s->done) {
        result.new_bytes = stream_late(t, c, d, position, segment->payload, segment->mark);
    } else if (s->started) {
        read_on(t, c, d, position, segment->payload, &source, &result);
    } else {
        hold(t, c, d, position, segment->payload, &source, &result);
    }
    c->flow.side[d].conflicts += result.conflict;
    c->flow.side[d].retransmissions += result.new_bytes == 0 && end <= old_top;
}
