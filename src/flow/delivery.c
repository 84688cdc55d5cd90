#include "flow/connection.h"

/* What was held for the reader is not for it any more. */
static void finish_reading(struct flow_table *t, struct connection *c, enum direction d) {
    struct stream *s = &c->stream[d];

    s->done = true;
    window_clear(&s->window, t->memory);
    while (s->pieces.num > 0) {
        struct piece *piece = pieces_take(&s->pieces);
        stream_late(t, c, d, piece->position, bytes_of(piece->bytes, piece->len), piece->mark);
        piece_free(piece, t->memory);
    }
    pieces_clear(&s->pieces, t->memory);
}

void delivery_bytes(struct flow_table *t, struct connection *c, enum direction d, struct bytes data, struct tlswatch_mark mark) {
    struct stream *s = &c->stream[d];

    c->told = true;
    s->next += data.len;
    c->flow.side[d].bytes += data.len;
    switch (t->events.data(t->events.user, &c->flow, d, data, mark)) {
    case FLOW_MORE:
        window_add(&s->window, data, LIMIT_OVERLAP_WINDOW, t->memory);
        break;
    case FLOW_LESS:
        s->less = true;
        if (c->ended) {
            window_clear(&s->window, t->memory);
        } else {
            window_add(&s->window, data, LIMIT_OVERLAP_WINDOW_LESS, t->memory);
        }
        break;
    case FLOW_DONE:
        finish_reading(t, c, d);
        break;
    }
    if (c->flow.over && t->clock.live) {
        closing_end(t, c);
    }
}

static void tell_gap(struct flow_table *t, struct connection *c, enum direction d, uint64_t len, struct tlswatch_mark mark) {
    struct stream *s = &c->stream[d];

    c->told = true;
    s->next += len;
    c->flow.side[d].missing += len;
    window_clear(&s->window, t->memory);
    if (!s->done && t->events.gap(t->events.user, &c->flow, d, len, mark) == FLOW_DONE) {
        finish_reading(t, c, d);
    }
}

bool delivery_waits(const struct connection *c, enum direction d, uint64_t needs) {
    const struct stream *peer = &c->stream[direction_opposite(d)];

    if (needs <= peer->next || needs <= peer->waived || peer->done) {
        return false;
    }
    /* One more than is there is the acknowledgement of a FIN. */
    return !peer->started || needs > peer->next + 1 || peer->top > peer->next;
}

enum hindrance { NOTHING, PEER, HOLE, NO_PIECE };

static enum hindrance hindrance_of(const struct connection *c, enum direction d) {
    const struct stream *s = &c->stream[d];
    const struct piece *first = pieces_first(&s->pieces);

    if (first == NULL || !s->started) {
        return NO_PIECE;
    }
    if (first->position > s->next) {
        return HOLE;
    }
    return delivery_waits(c, d, first->needs) ? PEER : NOTHING;
}

/* Of the first pieces of both streams, the one that was captured first of those with the same hindrance. */
static bool choose(const struct connection *c, enum hindrance hindrance, enum direction *out) {
    const struct piece *best = NULL;

    for (int d = FORWARD; d <= BACKWARD; d++) {
        const struct piece *first = pieces_first(&c->stream[d].pieces);
        if (hindrance_of(c, (enum direction)d) == hindrance && (best == NULL || first->order < best->order)) {
            best = first;
            *out = (enum direction)d;
        }
    }
    return best != NULL;
}

/* Where each of the two waits for the other, one of them came with a later acknowledgement than it was first sent with. */
static bool choose_ready(const struct connection *c, enum direction *out) {
    bool deadlock = hindrance_of(c, FORWARD) == PEER && hindrance_of(c, BACKWARD) == PEER;

    return choose(c, deadlock ? PEER : NOTHING, out);
}

void delivery_drain(struct flow_table *t, struct connection *c) {
    enum direction d;

    while (choose_ready(c, &d)) {
        struct stream *s = &c->stream[d];
        struct piece *piece = pieces_take(&s->pieces);
        struct bytes data = bytes_of(piece->bytes, piece->len);
        if (bytes_skip(&data, s->next - piece->position) && data.len > 0) {
            delivery_bytes(t, c, d, data, piece->mark);
        }
        piece_free(piece, t->memory);
    }
}

void delivery_give_up(struct flow_table *t, struct connection *c, enum direction d) {
    struct stream *s = &c->stream[d], *peer = &c->stream[direction_opposite(d)];
    const struct piece *first = pieces_first(&s->pieces);

    if (first->position > s->next) {
        tell_gap(t, c, d, first->position - s->next, first->mark);
    } else if (first->needs > peer->waived) {
        peer->waived = first->needs;
    }
    delivery_drain(t, c);
}

/* Nothing says where the stream begins, or only the peer's first acknowledgements do. */
static void begin_somewhere(struct flow_table *t, struct connection *c, enum direction d) {
    struct stream *s = &c->stream[d], *peer = &c->stream[direction_opposite(d)];
    const struct piece *first = pieces_first(&s->pieces);
    struct tlswatch_mark mark = first == NULL ? c->flow.last : first->mark;
    uint64_t start = first != NULL ? first->position : s->has_ack ? s->ack_first : s->top;
    bool known = false;

    if (s->has_ack && s->ack_first <= start && start - s->ack_first <= LIMIT_START_BYTES) {
        /* What the peer acknowledged in its very first segments is where we begin. */
        start = s->ack_first;
        known = peer->known && s->ack_from <= peer->start;
    }
    stream_begin(&c->flow.side[d], s, start, known);
    if (!known) {
        tell_gap(t, c, d, 0, mark);
    }
}

void delivery_release(struct flow_table *t, struct connection *c) {
    c->holding = false;
    for (int d = FORWARD; d <= BACKWARD; d++) {
        if (!c->stream[d].started && c->stream[d].pieces.num > 0) {
            begin_somewhere(t, c, (enum direction)d);
        } else if (!c->stream[d].started) {
            c->stream[d].waived = UINT64_MAX; /* it does not seem to be in the capture */
        }
    }
    delivery_drain(t, c);
}

static bool peer_sent(const struct connection *c, enum direction d) {
    return c->flow.side[direction_opposite(d)].first_data.frame != 0;
}

/* There is no byte of it, but what the peer acknowledges says that there were some. */
static void begin_unseen(struct flow_table *t, struct connection *c, enum direction d) {
    const struct stream *s = &c->stream[d];
    bool acked_more = s->has_ack && (s->acked > s->ack_first + 1 || (!s->seen && peer_sent(c, d)));

    if (!s->started && s->pieces.num == 0 && (acked_more || c->flow.side[d].cut)) {
        begin_somewhere(t, c, d);
    }
}

/* The first piece of d answers bytes that are lost. */
static void give_up_question(struct flow_table *t, struct connection *c, enum direction d) {
    enum direction asker = direction_opposite(d);
    struct stream *s = &c->stream[asker];
    const struct piece *answer = pieces_first(&c->stream[d].pieces);
    uint64_t end = stream_known_end(s), lost_to = answer->needs < end ? answer->needs : end;

    if (s->started && lost_to > s->next) {
        tell_gap(t, c, asker, lost_to - s->next, answer->mark);
    }
    delivery_give_up(t, c, d);
}

/* What the capture does not hold behind the last byte that it holds. */
static void tell_end(struct flow_table *t, struct connection *c, enum direction d) {
    struct stream *s = &c->stream[d], *peer = &c->stream[direction_opposite(d)];
    struct flow_side *side = &c->flow.side[d];

    if (s->started && stream_known_end(s) > s->next) {
        tell_gap(t, c, d, stream_known_end(s) - s->next, c->flow.last);
    }
    if (s->holes != NULL) {
        side->missing += holes_missing(s->holes);
    }
    side->unseen = !s->seen && (peer_sent(c, d) || side->missing > 0);
    side->last_answers_close = peer->has_fin && s->top_ack > peer->fin;
    side->last_before_close = (peer->has_fin && peer->fin_ack >= s->top) ||
                              (peer->has_rst && peer->has_rst_ack && (int32_t)(peer->rst_ack - (uint32_t)s->top) >= 0);
    if (s->has_ack && s->top > s->acked) {
        side->unacknowledged = s->top - s->acked;
    }
    if (side->unacknowledged > 0 && s->sent.num > 0) {
        side->unacknowledged_segment = sent_longest(&s->sent);
        side->unacknowledged_mark = s->sent.segment[0].mark;
        side->unacknowledged_sent = s->sent.segment[0].times;
    }
}

void delivery_flush(struct flow_table *t, struct connection *c) {
    enum direction d;

    begin_unseen(t, c, FORWARD);
    begin_unseen(t, c, BACKWARD);
    delivery_release(t, c);
    /* Holes first: they are what the other side waits for. */
    for (bool hole; (hole = choose(c, HOLE, &d)) || choose(c, PEER, &d);) {
        if (hole) {
            delivery_give_up(t, c, d);
        } else {
            give_up_question(t, c, d);
        }
    }
    tell_end(t, c, FORWARD);
    tell_end(t, c, BACKWARD);
}
