#include "flow/connection.h"
#include "flow/table.h"

#define USE_STEP_NS SECOND_NS /* the lists of use are in order to within this time */

void timers_use(struct flow_table *t, struct connection *c) {
    if (t->clock.now_ns - c->used_ns < USE_STEP_NS && list_has(&c->by_use)) {
        return;
    }
    if (!list_has(&c->by_use)) {
        t->num_connections[c->worth]++;
    }
    list_remove(&c->by_use);
    list_append(&t->by_use[c->worth], &c->by_use);
    c->used_ns = t->clock.now_ns;
}

void timers_leave(struct flow_table *t, struct connection *c) {
    if (list_has(&c->by_use)) {
        t->num_connections[c->worth]--;
        list_remove(&c->by_use);
    }
}

static bool has_hole(const struct connection *c) {
    return stream_has_hole(&c->stream[FORWARD]) || stream_has_hole(&c->stream[BACKWARD]);
}

static void look_again(struct flow_table *t, int64_t ns) {
    t->next_due_ns = ns < t->next_due_ns ? ns : t->next_due_ns;
}

/* The lists of timers stay in the order of their dues, since each has one span and is only appended to. */
static void set_short(struct flow_table *t, struct connection *c) {
    if (!list_has(&c->short_timer)) {
        c->short_due = clock_due(&t->clock, LIMIT_LINGER_NS);
        list_append(&t->short_timers, &c->short_timer);
        look_again(t, c->short_due.ns);
    }
}

static void set_long(struct flow_table *t, struct connection *c) {
    if (!list_has(&c->long_timer)) {
        c->long_due = clock_due(&t->clock, LIMIT_LINGER_HOLE_NS);
        list_append(&t->long_timers, &c->long_timer);
        look_again(t, c->long_due.ns);
    }
}

/* Each has acknowledged the other's FIN, so that nothing will be sent again. */
static bool is_acknowledged(const struct connection *c) {
    for (int d = FORWARD; d <= BACKWARD; d++) {
        const struct stream *s = &c->stream[d];
        if (!s->has_fin || s->has_rst || !s->has_ack || s->acked <= s->fin) {
            return false;
        }
    }
    return true;
}

/* Of a direction that is done holes are known apart. */
static bool is_read(const struct stream *s) {
    return s->started && s->next == s->fin && s->holes == NULL;
}

/* Hardly anything can come any more. */
static bool is_closed_in_full(const struct connection *c) {
    return is_acknowledged(c) && is_read(&c->stream[FORWARD]) && is_read(&c->stream[BACKWARD]);
}

static void set_closed(struct flow_table *t, struct connection *c) {
    c->closed_in_full = true;
    list_remove(&c->short_timer);
    c->short_due = clock_due(&t->clock, LIMIT_LINGER_CLOSED_NS);
    list_append(&t->closed_timers, &c->short_timer);
    look_again(t, c->short_due.ns);
}

void timers_set(struct flow_table *t, struct connection *c) {
    bool hole = has_hole(c);

    if (c->ended && !c->closed_in_full && !c->holding && is_closed_in_full(c)) {
        set_closed(t, c);
    } else if (c->holding || (c->ended && (!hole || is_acknowledged(c)))) {
        set_short(t, c);
    }
    if (hole) {
        set_long(t, c);
    }
}

static bool is_over(const struct flow_table *t, const struct connection *c) {
    struct due due = c->linger_from;

    due.ns += c->closed_in_full ? LIMIT_LINGER_CLOSED_NS : has_hole(c) && !is_acknowledged(c) ? LIMIT_LINGER_HOLE_NS : LIMIT_LINGER_NS;
    return c->ended && clock_is_over(&t->clock, due);
}

static bool hole_is_old(const struct flow_table *t, const struct stream *s) {
    const struct piece *first = pieces_first(&s->pieces);

    if (first == NULL || !s->started || (!t->clock.live && t->clock.passed < first->passed + LIMIT_DISORDER_BYTES)) {
        return false;
    }
    int64_t age = t->clock.now_ns - first->since_ns;
    bool waits_for_peer = first->position <= s->next; /* which has acknowledged what is missing */
    return age >= LIMIT_HOLE_NS || (age >= LIMIT_HOLE_ACKED_NS && (waits_for_peer || (s->has_ack && s->acked > s->next)));
}

static void check(struct flow_table *t, struct connection *c) {
    c->settled = false;
    if (c->holding && clock_is_over(&t->clock, c->hold_due)) {
        delivery_release(t, c);
    }
    for (int d = FORWARD; d <= BACKWARD; d++) {
        while (hole_is_old(t, &c->stream[d])) {
            delivery_give_up(t, c, (enum direction)d);
        }
    }
    if (is_over(t, c)) {
        table_end(t, c, FLOW_END_CLOSED);
        return;
    }
    timers_set(t, c);
}

static inline void run_list(struct flow_table *t, struct link *timers, size_t link_at, size_t due_at) {
    for (struct link *link; (link = list_first(timers)) != NULL;) {
        struct connection *c = (struct connection *)(void *)((char *)link - link_at);
        struct due due = *(struct due *)(void *)((char *)c + due_at);
        if (!clock_is_over(&t->clock, due)) {
            look_again(t, due.ns);
            return;
        }
        list_remove(link);
        check(t, c);
    }
}

/* Where packets come as they are sent, a connection that says nothing for long is over; one that its reader is done
 * with may be silent for days. */
static void end_idle(struct flow_table *t, enum worth worth) {
    for (struct link *link; (link = list_first(&t->by_use[worth])) != NULL;) {
        struct connection *c = list_object(link, struct connection, by_use);
        if (t->clock.now_ns - c->used_ns < LIMIT_IDLE_NS) {
            return;
        }
        table_end(t, c, c->ended ? FLOW_END_CLOSED : FLOW_END_TIMEOUT);
    }
}

/* The lists are looked at when the first of all may be due. */
static void run_lists(struct flow_table *t) {
    t->next_due_ns = INT64_MAX;
    run_list(t, &t->closed_timers, offsetof(struct connection, short_timer), offsetof(struct connection, short_due));
    run_list(t, &t->short_timers, offsetof(struct connection, short_timer), offsetof(struct connection, short_due));
    run_list(t, &t->long_timers, offsetof(struct connection, long_timer), offsetof(struct connection, long_due));
}

void timers_run(struct flow_table *t) {
    if (t->clock.now_ns >= t->next_due_ns) {
        run_lists(t);
    }
    if (t->clock.live) {
        end_idle(t, WORTH_QUIET);
        end_idle(t, WORTH_OPEN);
    }
}
