#include "flow/table.h"

#include <stdlib.h>

#define INDEX_EACH 8    /* bytes of the index for a slot, in the middle between two times that it grows */
#define HAND_AHEAD 16   /* its line of the index is fetched before a slot goes, and itself before that */
#define SWEEP_PARTS 256 /* of all slots, one part is looked at each second */

static struct connection *first_of(const struct flow_table *t, enum worth worth) {
    struct link *link = list_first(&t->by_use[worth]);

    return link == NULL ? NULL : list_object(link, struct connection, by_use);
}

static bool evict_connection(struct flow_table *t, enum worth worth) {
    struct connection *c = first_of(t, worth);

    if (c == NULL) {
        return false;
    }
    t->limits_hit++;
    table_end(t, c, c->ended ? FLOW_END_CLOSED : FLOW_END_EVICTED);
    return true;
}

void bounds_throw_out(struct flow_table *t, uint32_t number) {
    if (slot_state(slot_at(t, number)) != SLOT_ENDED) {
        t->limits_hit++;
        table_end_slot(t, number, FLOW_END_EVICTED);
    }
    slot_remove(t, number);
}

bool bounds_make_room(struct flow_table *t) {
    for (uint32_t i = 1; i < t->slots.num_numbers; i++) {
        t->hand = t->hand + 1 < t->slots.num_numbers ? t->hand + 1 : 1;
        const struct slot *slot = slot_at(t, t->hand);
        if (t->hand + 2 * HAND_AHEAD < t->slots.num_numbers) {
            __builtin_prefetch(slot_at(t, t->hand + 2 * HAND_AHEAD));
            index_prefetch(&t->index, slot_at(t, t->hand + HAND_AHEAD)->hash);
        }
        if (!slot_is_used(slot) || slot_state(slot) == SLOT_FOLLOWED) {
            continue;
        }
        bounds_throw_out(t, t->hand);
        return true;
    }
    return false;
}

/* A connection that carried nothing becomes a slot again, which still knows where its streams begin. */
static void unfollow(struct flow_table *t, struct connection *c) {
    struct slot *slot = slot_at(t, c->slot);

    timers_leave(t, c);
    list_remove(&c->short_timer);
    list_remove(&c->long_timer);
    slot_turn(slot, SLOT_HALF_OPEN);
    slot->flags &= (uint8_t) ~(SLOT_HIGH_IS_FORWARD | SLOT_SYN | SLOT_SYN << 1);
    slot->flags |= c->low_is_forward ? 0 : SLOT_HIGH_IS_FORWARD;
    slot->time_ns = c->flow.first.time_ns;
    for (int side = 0; side < 2; side++) {
        const struct stream *s = &c->stream[(side == 0) == c->low_is_forward ? FORWARD : BACKWARD];
        if (s->seen && s->known && (uint32_t)s->start == slot->base[side] + 1) {
            slot->flags |= (uint8_t)(SLOT_SYN << side);
        }
    }
    connection_free(t, c);
}

static bool drop_quiet(struct flow_table *t) {
    struct connection *c = first_of(t, WORTH_QUIET);

    if (c != NULL && !c->told && !c->flow.closed) {
        unfollow(t, c);
        return true;
    }
    return evict_connection(t, WORTH_QUIET);
}

/* What lingers behind its end is told now rather than in a moment, and loses nothing by it. */
static bool drop_ended(struct flow_table *t) {
    struct link *closed = list_first(&t->closed_timers), *link = closed != NULL ? closed : list_first(&t->short_timers);
    struct connection *c = link == NULL ? NULL : list_object(link, struct connection, short_timer);

    if (c == NULL || !c->ended || c->holding) {
        return false;
    }
    table_end(t, c, FLOW_END_CLOSED);
    return true;
}

/* Of open handshakes and of those that are decided, whichever there are more of: who floods with one kind takes nothing
 * from the other. One that is decided is told as it stands. */
static bool drop_conversation(struct flow_table *t) {
    enum worth more = t->num_connections[WORTH_OPEN] >= t->num_connections[WORTH_DONE] ? WORTH_OPEN : WORTH_DONE;

    return drop_ended(t) || evict_connection(t, more);
}

void bounds_keep(struct flow_table *t) {
    while (t->num_connections[WORTH_QUIET] > LIMIT_QUIET_CONNECTIONS) {
        drop_quiet(t);
    }
    while (t->num_connections[WORTH_DONE] + t->num_connections[WORTH_OPEN] > LIMIT_OPEN_CONVERSATIONS) {
        drop_conversation(t);
    }
    while (memory_is_scarce(t->memory) && (drop_quiet(t) || drop_conversation(t))) {
    }
}

bool bounds_reached(const struct flow_table *t) {
    size_t len = t->slots.num_used * (sizeof(struct slot) + INDEX_EACH) + t->wide.num_used * sizeof(struct wide_pair);

    return t->slots.num_used >= LIMIT_FLOWS || (t->memory != NULL && len >= t->memory->bound / 2);
}

static bool is_idle(const struct flow_table *t, const struct slot *slot) {
    enum slot_state state = slot_state(slot);
    int64_t age;

    if (!slot_is_used(slot) || (state != SLOT_HALF_OPEN && state != SLOT_GREETED)) {
        return false;
    }
    int64_t last = state == SLOT_GREETED ? greeting_last_ns(t, slot) : slot->time_ns;
    return __builtin_sub_overflow(t->clock.raw_ns, last, &age) || age >= LIMIT_IDLE_NS;
}

void bounds_sweep(struct flow_table *t) {
    if (!t->clock.live || t->clock.now_ns - t->swept_ns < SECOND_NS) {
        return;
    }
    t->swept_ns = t->clock.now_ns;
    for (uint32_t i = 0; i < t->slots.num_numbers / SWEEP_PARTS + 1; i++) {
        t->sweep = t->sweep + 1 < t->slots.num_numbers ? t->sweep + 1 : 1;
        if (t->sweep >= t->slots.num_numbers) {
            return;
        }
        if (is_idle(t, slot_at(t, t->sweep))) {
            table_end_slot(t, t->sweep, FLOW_END_TIMEOUT);
        }
    }
}

struct last_call {
    uint64_t key; /* those that ended, by when; then the others, by their numbers */
    uint32_t slot;
};

static int compare(const void *a, const void *b) {
    const struct last_call *x = a, *y = b;

    return x->key < y->key ? -1 : x->key > y->key;
}

static uint64_t last_key(const struct flow_table *t, const struct connection *c) {
    return c->ended ? c->ended_order : UINT64_MAX / 2 + slot_order(t, slot_at(t, c->slot));
}

/* Fills in those that are followed, in the order in which they are to be told. */
static size_t order_followed(const struct flow_table *t, struct last_call *calls) {
    size_t num = 0;

    for (int worth = 0; worth < NUM_WORTHS; worth++) {
        for (struct link *link = t->by_use[worth].next; link != &t->by_use[worth]; link = link->next) {
            const struct connection *c = list_object(link, struct connection, by_use);
            calls[num++] = (struct last_call){last_key(t, c), c->slot};
        }
    }
    if (num > 0) {
        qsort(calls, num, sizeof(*calls), compare);
    }
    return num;
}

static size_t num_followed(const struct flow_table *t) {
    size_t num = 0;

    for (int worth = 0; worth < NUM_WORTHS; worth++) {
        num += t->num_connections[worth];
    }
    return num;
}

/* Slots alone are told as they stand, which is by number where none was used twice: there may be millions of them. */
void flow_table_finish(struct flow_table *t) {
    struct last_call *calls = malloc((num_followed(t) + 1) * sizeof(*calls));
    size_t num = calls != NULL ? order_followed(t, calls) : 0, told = 0;

    for (uint32_t i = 1; i < t->slots.num_numbers; i++) {
        const struct slot *slot = slot_at(t, i);
        if (!slot_is_used(slot) || slot_state(slot) == SLOT_ENDED || (calls != NULL && slot_state(slot) == SLOT_FOLLOWED)) {
            continue;
        }
        for (uint64_t key = UINT64_MAX / 2 + slot_order(t, slot); told < num && calls[told].key < key; told++) {
            table_end_slot(t, calls[told].slot, FLOW_END_CAPTURE);
        }
        table_end_slot(t, i, FLOW_END_CAPTURE);
    }
    for (; told < num; told++) {
        table_end_slot(t, calls[told].slot, FLOW_END_CAPTURE);
    }
    free(calls);
}
