#include "flow/connection.h"

static bool is_before(struct moment a, struct moment b) {
    return a.ns != b.ns ? a.ns < b.ns : a.order < b.order;
}

/* Which FIN was first. A side whose every FIN acknowledges the other side's FIN had seen it; where both or neither do,
 * the order of the packets has to tell. False: there is none. */
static bool first_fin(const struct connection *c, enum direction *out) {
    const struct stream *forward = &c->stream[FORWARD], *backward = &c->stream[BACKWARD];

    if (!forward->has_fin && !backward->has_fin) {
        return false;
    }
    if (!forward->has_fin || !backward->has_fin) {
        *out = forward->has_fin ? FORWARD : BACKWARD;
        return true;
    }
    bool forward_knew = forward->fin_ack > backward->fin, backward_knew = backward->fin_ack > forward->fin;
    if (forward_knew != backward_knew) {
        *out = forward_knew ? BACKWARD : FORWARD;
    } else {
        *out = is_before(forward->fin_at, backward->fin_at) ? FORWARD : BACKWARD;
    }
    return true;
}

static bool first_rst(const struct connection *c, enum direction *out) {
    const struct stream *forward = &c->stream[FORWARD], *backward = &c->stream[BACKWARD];

    if (!forward->has_rst && !backward->has_rst) {
        return false;
    }
    *out = forward->has_rst && (!backward->has_rst || is_before(forward->rst_at, backward->rst_at)) ? FORWARD : BACKWARD;
    return true;
}

/* Whether the RST answers, or at least comes behind, the FIN. */
static bool rst_is_behind_fin(const struct connection *c, enum direction rst_of, enum direction fin_of) {
    const struct stream *rst = &c->stream[rst_of], *fin = &c->stream[fin_of];

    if (rst_of == fin_of && (int32_t)(rst->rst_seq - (uint32_t)fin->fin) > 0) {
        return true;
    }
    if (rst_of != fin_of && rst->has_rst_ack && (int32_t)(rst->rst_ack - (uint32_t)fin->fin) > 0) {
        return true;
    }
    return is_before(fin->fin_at, rst->rst_at);
}

static void judge(struct connection *c) {
    enum direction fin_of = FORWARD, rst_of = FORWARD;
    bool fin = first_fin(c, &fin_of), rst = first_rst(c, &rst_of);

    c->flow.closed = fin || rst;
    c->flow.closed_by_rst = rst && !(fin && rst_is_behind_fin(c, rst_of, fin_of));
    c->flow.closed_by = c->flow.closed_by_rst ? rst_of : fin_of;
}

static void note_fin(struct flow_table *t, struct connection *c, enum direction d, const struct segment *segment) {
    struct stream *s = &c->stream[d];
    struct moment at = {segment->mark.time_ns, t->order};
    uint64_t knew = 0;

    if (!s->has_fin) {
        s->has_fin = true;
        s->fin = stream_position(s, segment->seq + segment->payload_len + ((segment->flags & TCP_SYN) != 0));
        s->fin_at = at;
        s->fin_ack = UINT64_MAX;
        c->flow.side[d].fin = segment->mark;
    }
    if (is_before(at, s->fin_at)) {
        s->fin_at = at;
    }
    if ((segment->flags & TCP_ACK) != 0) {
        knew = stream_position(&c->stream[direction_opposite(d)], segment->ack);
    }
    if (knew < s->fin_ack) {
        s->fin_ack = knew;
    }
}

/* RFC 9293, 3.5.2: an RST counts where its numbers fit. One that answers a packet of an older connection does not. */
static bool rst_fits(struct stream *s, struct stream *peer, const struct segment *segment) {
    if (!s->known) {
        return true;
    }
    uint64_t position = stream_position(s, segment->seq), end = stream_known_end(s) + LIMIT_SEQUENCE_AHEAD;
    if (position + 1 >= s->start && position <= end) {
        return true;
    }
    if ((segment->flags & TCP_ACK) == 0 || !peer->known) {
        return false;
    }
    position = stream_position(peer, segment->ack);
    return position + 1 >= peer->start && position <= stream_known_end(peer) + 1;
}

static void note_rst(struct flow_table *t, struct connection *c, enum direction d, const struct segment *segment) {
    struct stream *s = &c->stream[d], *peer = &c->stream[direction_opposite(d)];
    struct moment at = {segment->mark.time_ns, t->order};

    if (!rst_fits(s, peer, segment) || (s->has_rst && !is_before(at, s->rst_at))) {
        return;
    }
    s->has_rst = true;
    s->rst = s->anchored ? stream_position(s, segment->seq) : 0;
    s->rst_at = at;
    s->has_rst_ack = (segment->flags & TCP_ACK) != 0;
    s->rst_seq = segment->seq;
    s->rst_ack = segment->ack;
    c->flow.side[d].rst = segment->mark;
    c->flow.side[d].rst_ttl = segment->ttl;
}

/* What both sides have done with is not compared any more where it is encrypted. */
static void forget_encrypted(struct stream *s, struct memory *memory) {
    if (s->less) {
        window_clear(&s->window, memory);
    }
}

void closing_end(struct flow_table *t, struct connection *c) {
    if (!c->ended) {
        c->ended = true;
        forget_encrypted(&c->stream[FORWARD], t->memory);
        forget_encrypted(&c->stream[BACKWARD], t->memory);
        c->ended_order = t->order;
        c->linger_from = clock_due(&t->clock, 0);
    }
}

/* One more than all that there is has been acknowledged where the capture does not hold the FIN. */
static bool has_ended(const struct stream *s) {
    return s->has_fin || (s->known && s->has_ack && s->acked == stream_known_end(s) + 1);
}

static bool both_have_ended(const struct connection *c) {
    const struct stream *forward = &c->stream[FORWARD], *backward = &c->stream[BACKWARD];

    return (forward->has_fin || backward->has_fin) && has_ended(forward) && has_ended(backward);
}

void closing_look(struct flow_table *t, struct connection *c) {
    if (!c->ended && both_have_ended(c)) {
        closing_end(t, c);
    }
}

void closing_note(struct flow_table *t, struct connection *c, enum direction d, const struct segment *segment) {
    if ((segment->flags & TCP_FIN) != 0) {
        note_fin(t, c, d, segment);
    }
    if ((segment->flags & TCP_RST) != 0) {
        note_rst(t, c, d, segment);
    }
    judge(c);
    if (both_have_ended(c) || c->stream[FORWARD].has_rst || c->stream[BACKWARD].has_rst) {
        closing_end(t, c);
    }
}
