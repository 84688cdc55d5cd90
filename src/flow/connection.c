#include "flow/connection.h"

struct connection *connection_new(struct flow_table *t) {
    return memory_new(t->memory, sizeof(struct connection));
}

void connection_free(struct flow_table *t, struct connection *c) {
    stream_clear(&c->stream[FORWARD], t->memory);
    stream_clear(&c->stream[BACKWARD], t->memory);
    memory_free(t->memory, c, sizeof(*c));
}

/* Where a stream that has not begun has been seen at the lowest. */
static uint64_t lowest(const struct stream *s) {
    const struct piece *first = pieces_first(&s->pieces);
    uint64_t position = first != NULL ? first->position : s->reference;

    return s->has_ack && s->ack_first < position ? s->ack_first : position;
}

bool connection_continues(struct connection *c, enum direction d, const struct segment *segment) {
    struct stream *s = &c->stream[d], *peer = &c->stream[direction_opposite(d)];

    if (!s->anchored) {
        return true;
    }
    uint64_t start = stream_position(s, segment->seq + 1);
    bool same = s->started ? start == s->start : start <= lowest(s) && lowest(s) - start <= LIMIT_REORDER_BYTES;
    if (!same && (segment->flags & TCP_ACK) != 0 && !c->flow.closed) {
        /* A second answer to the same SYN, by a server that keeps no state (SYN cookies), or one that is foreign. */
        return peer->known;
    }
    return same;
}

static bool fits(struct stream *s, uint32_t seq) {
    uint64_t position = stream_position(s, seq);

    return position + 1 >= s->start && position <= stream_known_end(s) + LIMIT_SEQUENCE_AHEAD;
}

/* A segment of other numbers between the same endpoints: of an older connection, or the same connection as seen on the
 * other side of a firewall that rewrites sequence numbers. RFC 9293, 3.10.7.4 drops what acknowledges bytes never sent. */
static bool is_foreign(struct connection *c, enum direction d, const struct segment *segment) {
    struct stream *s = &c->stream[d], *peer = &c->stream[direction_opposite(d)];

    if ((segment->flags & (TCP_ACK | TCP_RST)) != TCP_ACK || !peer->known || fits(peer, segment->ack)) {
        return false;
    }
    return !s->known || !fits(s, segment->seq);
}

/* The SYN came behind packets of its connection, and shows that the sides are the other way round. */
static void turn_round(struct connection *c) {
    struct flow_side side = c->flow.side[FORWARD];
    struct stream stream = c->stream[FORWARD];

    c->flow.side[FORWARD] = c->flow.side[BACKWARD];
    c->flow.side[BACKWARD] = side;
    c->stream[FORWARD] = c->stream[BACKWARD];
    c->stream[BACKWARD] = stream;
    if (c->flow.closed) {
        c->flow.closed_by = direction_opposite(c->flow.closed_by);
    }
    c->low_is_forward = !c->low_is_forward;
}

static enum direction settle_direction(struct connection *c, enum direction d, const struct segment *segment) {
    bool opens = (segment->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN, answers = (segment->flags & TCP_SYN) != 0 && !opens;
    bool no_syn = c->flow.side[FORWARD].syn.frame == 0 && c->flow.side[BACKWARD].syn.frame == 0;

    if (!c->told && no_syn && ((opens && d == BACKWARD) || (answers && d == FORWARD))) {
        turn_round(c);
        return direction_opposite(d);
    }
    return d;
}

static void note_syn(struct connection *c, enum direction d, const struct segment *segment) {
    struct flow_side *side = &c->flow.side[d];

    if (side->syn.frame == 0) {
        side->syn = segment->mark;
    }
    stream_syn(side, &c->stream[d], segment->seq);
    if ((segment->flags & TCP_ACK) != 0) {
        stream_syn(&c->flow.side[direction_opposite(d)], &c->stream[direction_opposite(d)], segment->ack - 1);
    }
}

static void note_acknowledgement(struct flow_table *t, struct connection *c, enum direction d, const struct segment *segment) {
    struct stream *s = &c->stream[d], *peer = &c->stream[direction_opposite(d)];
    bool rst = (segment->flags & TCP_RST) != 0;

    if (rst && !peer->anchored) {
        return;
    }
    uint64_t from = rst ? UINT64_MAX : stream_position(s, segment->seq + ((segment->flags & TCP_SYN) != 0));
    stream_acknowledge(peer, segment->ack, from, t->memory);
}

static void note_header(struct connection *c, enum direction d, const struct segment *segment) {
    struct stream *s = &c->stream[d];

    c->flow.last = segment->mark;
    if (!s->seen) {
        s->seen = true;
        c->flow.side[d].ttl = segment->ttl;
    }
    if ((segment->flags & TCP_RST) == 0) {
        stream_position(s, segment->seq);
        c->has_plain |= (segment->flags & TCP_SYN) == 0;
        c->flow.established |= segment->payload_len > 0;
    }
}

static enum worth worth_of(const struct connection *c) {
    if (c->stream[FORWARD].done && c->stream[BACKWARD].done) {
        return WORTH_DONE;
    }
    return c->has_payload ? WORTH_OPEN : WORTH_QUIET;
}

void connection_change_worth(struct flow_table *t, struct connection *c) {
    enum worth worth = worth_of(c);

    if (worth != c->worth) {
        timers_leave(t, c);
        c->worth = worth;
    }
}

void connection_segment(struct flow_table *t, struct connection *c, enum direction d, const struct segment *segment) {
    if (is_foreign(c, d, segment)) {
        return;
    }
    c->settled = false;
    d = settle_direction(c, d, segment);
    note_header(c, d, segment);
    if ((segment->flags & TCP_SYN) != 0) {
        note_syn(c, d, segment);
    }
    c->flow.established |= c->has_plain && c->flow.side[FORWARD].syn.frame != 0 && c->flow.side[BACKWARD].syn.frame != 0;
    if ((segment->flags & TCP_ACK) != 0) {
        note_acknowledgement(t, c, d, segment);
    }
    /* RFC 9293, 3.5.3: text in an RST tells why, and is no part of the stream. */
    if (segment->payload_len > 0 && (segment->flags & TCP_RST) == 0) {
        c->has_payload = true;
        stream_data(t, c, d, segment);
    }
    if ((segment->flags & (TCP_FIN | TCP_RST)) != 0) {
        closing_note(t, c, d, segment);
    } else {
        closing_look(t, c);
    }
    if (c->worth != WORTH_DONE) {
        delivery_drain(t, c);
        connection_change_worth(t, c);
    }
    timers_use(t, c);
    if (c->worth != WORTH_DONE || c->ended) {
        timers_set(t, c);
    }
}
