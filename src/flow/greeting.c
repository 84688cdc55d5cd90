/*
 * A connection of which nothing was seen but the packets that open it needs no streams: what these packets say that its
 * slot does not is kept, and is taken in when another packet comes. Scans and floods are half of such connections.
 */
#include "flow/table.h"

#define AHEAD 16 /* its slot is fetched before a greeting is forgotten */

static struct greeting *greeting_of(const struct flow_table *t, const struct slot *slot) {
    return pool_at(&t->greetings, slot->greeting);
}

static int forward_side(const struct slot *slot) {
    return (slot->flags & SLOT_HIGH_IS_FORWARD) != 0;
}

static bool is_bare(const struct segment *segment, unsigned flags) {
    return (segment->flags & (TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST)) == flags && segment->payload_len == 0;
}

/* The slot alone then knows of it what is known of a connection that was followed and had to go. */
static void forget(struct flow_table *t, uint32_t number) {
    const struct greeting *g = pool_at(&t->greetings, number);
    struct slot *slot = slot_at(t, g->slot);

    slot->flags |= SLOT_SYN | SLOT_SYN << 1;
    greeting_take(t, slot);
}

static uint32_t new_greeting(struct flow_table *t) {
    if (t->greetings.num_used == LIMIT_GREETINGS) {
        t->oldest_greeting = t->oldest_greeting < LIMIT_GREETINGS ? t->oldest_greeting + 1 : 1;
        forget(t, t->oldest_greeting);
        if (t->oldest_greeting + AHEAD <= LIMIT_GREETINGS) {
            const struct greeting *soon = pool_at(&t->greetings, t->oldest_greeting + AHEAD);
            slot_prefetch(t, soon->slot);
        }
    }
    return pool_take(&t->greetings);
}

/* The answer to the SYN that the slot is made of, both by their numbers. */
static bool answers(const struct flow_table *t, const struct slot *slot, int side, const struct segment *segment) {
    int forward = forward_side(slot);
    unsigned known = SLOT_BASE | SLOT_BASE << 1, syns = SLOT_SYN | SLOT_SYN << 1;

    return is_bare(segment, TCP_SYN | TCP_ACK) && side != forward && slot->file == t->file && (slot->flags & known) == known &&
           (slot->flags & syns) == (unsigned)SLOT_SYN << forward && segment->seq == slot->base[side] &&
           segment->ack == slot->base[forward] + 1;
}

static bool keep_answer(struct flow_table *t, uint32_t number, const struct segment *segment) {
    struct slot *slot = slot_at(t, number);
    uint32_t greeting = new_greeting(t);

    if (greeting == 0) {
        return false;
    }
    *(struct greeting *)pool_at(&t->greetings, greeting) = (struct greeting){
            .slot = number,
            .frame = {(uint32_t)segment->mark.frame},
            .syn_ns = slot->time_ns,
            .time_ns = {segment->mark.time_ns},
            .ttl = segment->ttl,
    };
    slot_turn(slot, SLOT_GREETED);
    slot->greeting = greeting;
    return true;
}

/* Live, an open connection that nobody speaks on is told in time: it is followed. */
static bool keep_acknowledgement(struct flow_table *t, struct slot *slot, int side, const struct segment *segment) {
    struct greeting *g = greeting_of(t, slot);

    if (t->clock.live || g->frame[1] != 0 || !is_bare(segment, TCP_ACK) || side != forward_side(slot) || slot->file != t->file ||
        segment->seq != slot->base[side] + 1 || segment->ack != slot->base[!side] + 1) {
        return false;
    }
    g->frame[1] = (uint32_t)segment->mark.frame;
    g->time_ns[1] = segment->mark.time_ns;
    return true;
}

bool greeting_keeps(struct flow_table *t, uint32_t number, const struct slot_key *key, const struct segment *segment) {
    struct slot *slot = slot_at(t, number);

    if (slot_state(slot) == SLOT_GREETED) {
        return keep_acknowledgement(t, slot, key->side, segment);
    }
    return slot_state(slot) == SLOT_HALF_OPEN && answers(t, slot, key->side, segment) && keep_answer(t, number, segment);
}

struct greeting greeting_take(struct flow_table *t, struct slot *slot) {
    struct greeting greeting = {0};

    if (slot_state(slot) == SLOT_GREETED) {
        greeting = *greeting_of(t, slot);
        pool_give(&t->greetings, slot->greeting);
        slot->time_ns = greeting.syn_ns;
        slot_turn(slot, SLOT_HALF_OPEN);
    }
    return greeting;
}

void greeting_tell(struct flow_table *t, struct connection *c, const struct greeting *greeting) {
    const struct slot *slot = slot_at(t, c->slot);
    int forward = forward_side(slot);
    const struct segment packet[2] = {
            {.seq = slot->base[!forward], .ack = slot->base[forward] + 1, .flags = TCP_SYN | TCP_ACK, .ttl = greeting->ttl},
            {.seq = slot->base[forward] + 1, .ack = slot->base[!forward] + 1, .flags = TCP_ACK, .ttl = slot->ttl},
    };

    for (int i = 0; i < 2 && greeting->frame[i] != 0; i++) {
        struct segment segment = packet[i];
        segment.mark = (struct tlswatch_mark){greeting->frame[i], greeting->time_ns[i], files_name(t, slot->file)};
        connection_segment(t, c, i == 0 ? BACKWARD : FORWARD, &segment);
    }
}

int64_t greeting_last_ns(const struct flow_table *t, const struct slot *slot) {
    const struct greeting *g = greeting_of(t, slot);

    return g->time_ns[g->frame[1] != 0];
}
