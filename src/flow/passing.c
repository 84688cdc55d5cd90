/*
 * What passes through a connection of which nothing is missing or held: the next bytes of a direction, or an
 * acknowledgement of bytes that are known. Nearly all packets of a gateway are such ones. Everything else, and all that is
 * odd, goes the long way through connection_segment, which would do the same with these.
 */
#include "flow/connection.h"

/* Nothing is held where nothing was seen that the reader has not had. Its reference is then behind the last byte or, where
 * it has not begun, all that acknowledgements say of it. */
static bool is_settled(const struct stream *s) {
    return s->seen && s->has_ack && !s->has_fin && !s->has_rst && (s->started ? s->top == s->next && s->reference == s->next : s->top == 0);
}

static bool is_plain(const struct segment *segment) {
    return (segment->flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) == TCP_ACK && segment->payload.len == segment->payload_len;
}

/* What passes changes nothing of this, but what the reader is given. */
static bool may_pass(struct connection *c) {
    c->settled = c->settled || (c->told && !c->holding && is_settled(&c->stream[FORWARD]) && is_settled(&c->stream[BACKWARD]));
    return c->settled;
}

/* stream_note_payload, where of a stream that is done nothing waits for its acknowledgement. */
static void note_payload(struct flow_table *t, struct connection *c, enum direction d, const struct segment *segment) {
    struct stream *s = &c->stream[d];

    if (s->done && s->sent.num == 0 && c->flow.side[d].first_data.frame != 0) {
        c->flow.side[d].last_data = segment->mark;
    } else {
        stream_note_payload(t, c, d, s->next, segment);
    }
}

static void pass_data(struct flow_table *t, struct connection *c, enum direction d, const struct segment *segment, uint64_t acked) {
    struct stream *s = &c->stream[d];

    c->flow.established = c->has_payload = true;
    note_payload(t, c, d, segment);
    s->top = s->reference = s->next + segment->payload_len;
    s->top_ack = acked;
    if (s->done) {
        s->next = s->top;
        c->flow.side[d].bytes += segment->payload_len;
        t->events.late(t->events.user, &c->flow, d, segment->payload, segment->mark);
    } else {
        c->settled = false;
        delivery_bytes(t, c, d, segment->payload, segment->mark);
        connection_change_worth(t, c);
    }
}

bool connection_passes(struct flow_table *t, struct connection *c, enum direction d, const struct segment *segment) {
    struct stream *s = &c->stream[d], *peer = &c->stream[direction_opposite(d)];

    if (!is_plain(segment) || segment->seq != (uint32_t)s->reference || !may_pass(c)) {
        return false;
    }
    uint32_t behind = (uint32_t)peer->reference - segment->ack; /* bytes of the peer that its sender has not read */
    uint64_t acked = peer->reference - behind;
    if (behind > peer->reference - peer->acked) {
        return false;
    }
    if (segment->payload_len > 0 && (!s->started || (!s->done && delivery_waits(c, d, acked)))) {
        return false;
    }
    if (acked > peer->acked) {
        stream_acknowledge(peer, segment->ack, s->reference, t->memory);
    }
    c->flow.last = segment->mark;
    if (segment->payload_len > 0) {
        pass_data(t, c, d, segment, acked);
    }
    timers_use(t, c);
    if (c->ended) {
        timers_set(t, c);
    }
    return true;
}
