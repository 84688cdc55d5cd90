/* Connections that TCP never opened: all that came of the client's SYN was an RST, or nothing (RFC 9293, 3.5 and 3.10.7.3). */
#include "flow/table.h"

/* The answer may only be on its way where the capture ends at once. */
static bool is_late(const struct flow_table *t, int64_t syn_ns) {
    int64_t age;

    return !__builtin_sub_overflow(t->clock.raw_ns, syn_ns, &age) && age >= LIMIT_ANSWER_NS;
}

void unopened_slot(struct flow_table *t, const struct slot *slot) {
    int forward = (slot->flags & SLOT_HIGH_IS_FORWARD) != 0;
    unsigned seen = slot->flags & (SLOT_SYN | SLOT_SYN << 1 | SLOT_BASE | SLOT_BASE << 1);

    if (seen == (unsigned)(SLOT_SYN | SLOT_BASE) << forward && is_late(t, slot->time_ns)) {
        t->unopened.unanswered++;
    }
}

void unopened_connection(struct flow_table *t, const struct connection *c) {
    const struct stream *client = &c->stream[FORWARD], *server = &c->stream[BACKWARD];

    if (c->flow.side[FORWARD].syn.frame == 0 || c->has_plain || c->has_payload || server->known || client->has_rst) {
        return;
    }
    if (server->has_rst) {
        t->unopened.refused += server->has_rst_ack && server->rst_ack == (uint32_t)client->start;
    } else if (!server->seen && is_late(t, c->flow.first.time_ns)) {
        t->unopened.unanswered++;
    }
}
