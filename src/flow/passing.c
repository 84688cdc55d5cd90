/*
 * What passes through a connection of which nothing is missing or held: the next bytes of a direction that its reader is
 * done with, or an acknowledgement of bytes that are known. Nearly all packets of a gateway are such ones. Everything
 * else, and all that is odd, goes the long way through connection_segment, which would do the same with these.
 */
#include "flow/connection.h"

static bool is_settled(const struct stream *s) {
    return s->known && s->seen && s->has_ack && !s->has_fin && !s->has_rst && s->holes == NULL && s->pieces.num == 0 &&
           (s->sent == NULL || (!s->done && s->sent->num == 0)) && s->top == s->next && s->reference == s->next;
}

static bool is_plain(const struct segment *segment) {
    return (segment->flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) == TCP_ACK && segment->payload.len == segment->payload_len;
}

bool connection_passes(struct flow_table *t, struct connection *c, enum direction d, const struct segment *segment) {
    struct stream *s = &c->stream[d], *peer = &c->stream[direction_opposite(d)];
    struct flow_side *side = &c->flow.side[d];
    bool is_for_reader = segment->payload_len > 0 && (!s->done || side->first_data.frame == 0);

    if (!c->told || c->holding || is_for_reader || !is_plain(segment) || segment->seq != (uint32_t)s->next || !is_settled(s) ||
        !is_settled(peer)) {
        return false;
    }
    uint32_t behind = (uint32_t)peer->next - segment->ack; /* bytes of the peer that its sender has not read */
    if (behind > peer->next - peer->acked) {
        return false;
    }
    peer->acked = peer->next - behind;
    c->flow.last = segment->mark;
    if (segment->payload_len > 0) {
        c->flow.established = true;
        side->last_data = segment->mark;
        side->bytes += segment->payload_len;
        s->next = s->top = s->reference = s->next + segment->payload_len;
        s->top_ack = peer->acked;
        t->events.late(t->events.user, &c->flow, d, segment->payload, segment->mark);
    }
    timers_use(t, c);
    return true;
}
