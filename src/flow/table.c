#include "flow/table.h"

struct flow_table *flow_table_new(const struct flow_events *events, const struct hash_key *key, struct memory *memory, bool live) {
    struct flow_table *t = memory_new(memory, sizeof(*t));

    if (t == NULL) {
        return NULL;
    }
    t->events = *events;
    word_hash_key_init(&t->key, key);
    t->memory = memory;
    t->clock.live = live;
    pool_init(&t->slots, sizeof(struct slot), memory);
    pool_init(&t->wide, sizeof(struct wide_pair), memory);
    pool_init(&t->greetings, sizeof(struct greeting), memory);
    list_init(&t->closed_timers);
    list_init(&t->short_timers);
    list_init(&t->long_timers);
    t->next_due_ns = INT64_MAX;
    for (int worth = 0; worth < NUM_WORTHS; worth++) {
        list_init(&t->by_use[worth]);
    }
    return t;
}

void flow_table_free(struct flow_table *t) {
    if (t == NULL) {
        return;
    }
    for (int worth = 0; worth < NUM_WORTHS; worth++) {
        for (struct link *link; (link = list_first(&t->by_use[worth])) != NULL;) {
            list_remove(link);
            connection_free(t, list_object(link, struct connection, by_use));
        }
    }
    pool_clear(&t->slots);
    pool_clear(&t->wide);
    pool_clear(&t->greetings);
    index_clear(&t->index, t->memory);
    memory_free_array(t->memory, t->files, t->num_files, ARRAY_LEAST, sizeof(*t->files));
    memory_free(t->memory, t, sizeof(*t));
}

int64_t flow_table_now_ns(const struct flow_table *t) {
    return t->clock.now_ns;
}

uint64_t flow_table_num_streams(const struct flow_table *t) {
    return t->num_streams;
}

uint64_t flow_table_limits_hit(const struct flow_table *t) {
    return t->limits_hit;
}

struct flow_unopened flow_table_unopened(const struct flow_table *t) {
    return t->unopened;
}

void table_end(struct flow_table *t, struct connection *c, enum flow_end how) {
    struct slot *slot = slot_at(t, c->slot);

    unopened_connection(t, c);
    timers_leave(t, c);
    list_remove(&c->short_timer);
    list_remove(&c->long_timer);
    slot_turn(slot, SLOT_ENDED);
    slot->elsewhere = c->elsewhere;
    delivery_flush(t, c);
    t->events.end(t->events.user, &c->flow, how);
    connection_free(t, c);
}

/* Of a slot that was nothing but a slot, a connection that is followed, where memory allows. */
static void follow(struct flow_table *t, uint32_t number) {
    struct slot *slot = slot_at(t, number);
    struct connection *c = connection_new(t);

    if (c == NULL) {
        t->limits_hit++;
        return;
    }
    struct greeting greeting = greeting_take(t, slot);
    slot_flow(t, slot, &c->flow);
    c->slot = number;
    c->elsewhere = greeting.elsewhere;
    c->low_is_forward = (slot->flags & SLOT_HIGH_IS_FORWARD) == 0;
    for (int side = 0; side < 2; side++) {
        enum direction d = (side == 0) == c->low_is_forward ? FORWARD : BACKWARD;
        if ((slot->flags & SLOT_SYN << side) != 0) {
            stream_syn(&c->flow.side[d], &c->stream[d], slot->base[side]);
            c->stream[d].seen = true;
        }
    }
    slot_turn(slot, SLOT_FOLLOWED);
    slot->connection = c;
    timers_use(t, c);
    greeting_tell(t, c, &greeting);
}

static void end_unfollowed(struct flow_table *t, uint32_t number, enum flow_end how) {
    struct slot *slot = slot_at(t, number);
    struct elsewhere elsewhere = greeting_take(t, slot).elsewhere;

    unopened_slot(t, slot);
    if (!t->events.only_followed) {
        struct flow flow = {0};
        slot_flow(t, slot, &flow);
        t->events.end(t->events.user, &flow, how);
    }
    slot_turn(slot, SLOT_ENDED);
    slot->elsewhere = elsewhere;
}

void table_end_slot(struct flow_table *t, uint32_t number, enum flow_end how) {
    struct slot *slot = slot_at(t, number);

    if (slot_state(slot) == SLOT_GREETED && !t->events.only_followed) {
        follow(t, number); /* what its opening said is to be told */
    }
    if (slot_state(slot) == SLOT_FOLLOWED) {
        table_end(t, slot->connection, slot->connection->ended ? FLOW_END_CLOSED : how);
    } else if (slot_state(slot) != SLOT_ENDED) {
        end_unfollowed(t, number, how);
    }
}

static bool is_syn(const struct segment *segment) {
    return (segment->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

/* The number that Wireshark gives this packet's connection. `newest` is what it would find for these endpoints, and
 * `number` the slot that they have in this tunnel: a number of another file is that slot's only. */
static uint64_t number_segment(struct flow_table *t, uint32_t number, uint32_t newest, int side, const struct segment *segment) {
    const struct slot *slot = newest == 0 ? NULL : slot_at(t, newest);

    if (slot == NULL || (is_syn(segment) && (slot->flags & SLOT_BASE << side) != 0 && slot->base[side] != segment->seq)) {
        return files_new_stream(t);
    }
    if (slot->file != t->file) {
        return number == 0 ? files_new_stream(t) : slot_stream(t, slot_at(t, number));
    }
    return slot_stream(t, slot);
}

/* What Wireshark would know of the two first sequence numbers after this packet (tcp_analyze_sequence_number). */
static void note_bases(struct slot *slot, int side, const struct segment *segment) {
    if ((slot->flags & SLOT_BASE << side) == 0) {
        slot->base[side] = (segment->flags & TCP_SYN) != 0 ? segment->seq : segment->seq - 1;
        slot->flags |= (uint8_t)(SLOT_BASE << side);
    }
    if ((slot->flags & SLOT_BASE << !side) == 0 && (segment->flags & TCP_ACK) != 0) {
        slot->base[!side] = segment->ack - 1;
        slot->flags |= (uint8_t)(SLOT_BASE << !side);
    }
}

/* Other tunnels' slots of the same number know the same bases. */
static void share_bases(const struct slot *a, struct slot *b) {
    if (a->file == b->file && a->stream == b->stream) {
        b->base[0] = a->base[0];
        b->base[1] = a->base[1];
        b->flags |= a->flags & (SLOT_BASE | SLOT_BASE << 1);
    }
}

/* Whether this segment of a known pair of endpoints begins another connection. */
static bool begins_anew(struct flow_table *t, uint32_t number, int side, const struct segment *segment, bool renumbered) {
    struct slot *slot = slot_at(t, number);
    bool other_seq = (slot->flags & SLOT_BASE << side) != 0 && slot->base[side] != segment->seq;

    if ((segment->flags & TCP_SYN) == 0 || (segment->flags & TCP_RST) != 0) {
        return false;
    }
    if (slot_state(slot) != SLOT_FOLLOWED) {
        return other_seq || (renumbered && is_syn(segment));
    }
    struct connection *c = slot->connection;
    enum direction d = (side == 0) == c->low_is_forward ? FORWARD : BACKWARD;
    return !connection_continues(c, d, segment);
}

static uint32_t begin(struct flow_table *t, const struct slot_key *key, const struct segment *segment, uint64_t stream) {
    uint32_t in_the_way = t->has_tunnels ? slot_in_the_way(t, key) : 0;

    if (in_the_way != 0) {
        bounds_throw_out(t, in_the_way);
    }
    bool has_room = (!bounds_reached(t) && slots_make_room(t)) || bounds_make_room(t);
    uint32_t number = has_room ? slot_add(t, key, segment) : 0;

    if (number == 0) {
        t->limits_hit++;
        return 0;
    }
    struct slot *slot = slot_at(t, number);
    slot->stream = (uint32_t)stream;
    /* An answer says who asked. */
    if ((segment->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK)) {
        slot->flags ^= SLOT_HIGH_IS_FORWARD;
    }
    return number;
}

/* Nothing about the slot will change: one of this file, whose bases are known. */
static bool is_placed(const struct flow_table *t, const struct slot *slot, const struct segment *segment) {
    const unsigned bases = SLOT_BASE | SLOT_BASE << 1;

    return (segment->flags & TCP_SYN) == 0 && slot->file == t->file && (slot->flags & bases) == bases;
}

/* Makes the slot of a segment where slot_find found none, and brings its number up to date; 0 where a bound or memory
 * forbids. */
static uint32_t place(struct flow_table *t, const struct slot_key *key, const struct segment *segment, uint32_t number, uint32_t newest,
                      bool *fresh) {
    uint64_t num_before = t->num_streams;
    uint64_t stream = number_segment(t, number, newest, key->side, segment);
    bool renumbered = number != 0 && slot_at(t, number)->file == t->file && slot_stream(t, slot_at(t, number)) != stream;

    *fresh = number == 0;
    if (number != 0 && begins_anew(t, number, key->side, segment, renumbered)) {
        struct slot old = *slot_at(t, number);
        bool only_we_see = t->num_streams == num_before, here = old.file == t->file;
        table_end_slot(t, number, FLOW_END_REUSED);
        slot_remove(t, number);
        *fresh = true;
        number = begin(t, key, segment, only_we_see && !here ? files_new_stream(t) : stream);
        /* Where only reassembly sees another connection, Wireshark goes on with what it knew. */
        if (number != 0 && only_we_see && here && !renumbered) {
            struct slot *slot = slot_at(t, number);
            slot->base[0] = old.base[0];
            slot->base[1] = old.base[1];
            slot->flags |= old.flags & (SLOT_BASE | SLOT_BASE << 1);
        }
    } else if (number == 0) {
        number = begin(t, key, segment, stream);
    } else if (renumbered && is_syn(segment)) {
        struct slot *slot = slot_at(t, number);
        slot->stream = (uint32_t)stream;
        slot->flags &= (uint8_t) ~(SLOT_BASE | SLOT_BASE << 1);
        if (slot_state(slot) == SLOT_FOLLOWED) {
            slot->connection->flow.stream = stream;
        }
    }
    return number;
}

/* The bases after this packet, in the slots of all tunnels that carry the same connection. */
static void update_bases(struct flow_table *t, const struct slot_key *key, uint32_t number, const struct segment *segment) {
    struct slot *slot = slot_at(t, number);
    uint32_t newest = number;

    if (t->has_tunnels) {
        slot_find(t, key, segment, &newest);
    }
    if (newest == number) {
        note_bases(slot, key->side, segment);
        return;
    }
    share_bases(slot_at(t, newest), slot);
    note_bases(slot, key->side, segment);
    share_bases(slot, slot_at(t, newest));
}

static bool is_bare_syn(const struct segment *segment) {
    return (segment->flags & (TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST)) == TCP_SYN && segment->payload_len == 0;
}

/* A connection that began in another file: Wireshark, which reads each by itself, counts what it finds there. */
static void count_elsewhere(struct flow_table *t, const struct slot_key *key, const struct segment *segment) {
    uint32_t newest;

    slot_find(t, key, segment, &newest);
    files_count_again(t, slot_at(t, newest));
}

static void push(struct flow_table *t, const struct segment *segment, const struct slot_key *key) {
    bool fresh = false;

    flow_table_tick(t, segment->mark.time_ns);
    t->clock.passed += segment->payload_len + 64;
    t->order++;
    files_turn_to(t, segment->mark.file);

    uint32_t newest, number = slot_find(t, key, segment, &newest);
    struct slot *slot = number != 0 ? slot_at(t, number) : NULL;
    if (slot != NULL && slot_state(slot) == SLOT_GREETED) {
        if (number == newest && greeting_keeps(t, number, key, segment)) {
            t->latest = number;
            return;
        }
        follow(t, number);
    }
    if (slot == NULL || number != newest || !is_placed(t, slot, segment)) {
        number = place(t, key, segment, number, newest, &fresh);
        if (number == 0) {
            return;
        }
        update_bases(t, key, number, segment);
        slot = slot_at(t, number);
    }
    t->latest = number;
    if (fresh && is_bare_syn(segment)) {
        slot->flags |= (uint8_t)(SLOT_SYN << key->side);
        return;
    }
    if (slot_state(slot) == SLOT_HALF_OPEN) {
        if (greeting_keeps(t, number, key, segment)) {
            return;
        }
        follow(t, number);
    }
    if (slot->file != t->file) {
        count_elsewhere(t, key, segment);
    }
    if (slot_state(slot) == SLOT_FOLLOWED) {
        struct connection *c = slot->connection;
        enum direction d = (key->side == 0) == c->low_is_forward ? FORWARD : BACKWARD;
        if (!connection_passes(t, c, d, segment)) {
            connection_segment(t, c, d, segment);
        }
        bounds_keep(t);
    }
}

/* Memory that is far answers many questions in the time of one: what a segment touches is asked for while those before it
 * are taken in, each step when the answer to the one before has come. */
enum { STEP = 4, STEPS_AHEAD = 4 * STEP };

static void find_line(const struct flow_table *t, const struct segment *segments, struct slot_key *keys, size_t i) {
    slot_key_of(t, &segments[i], i > 0 ? &keys[i - 1] : NULL, &keys[i]);
    if (!keys[i].again) {
        index_prefetch(&t->index, keys[i].hash);
    }
}

static void find_slot(const struct flow_table *t, const struct segment *segment, struct slot_key *key) {
    key->likely = key->again || is_bare_syn(segment) ? 0 : slot_look_ahead(t, key);
}

static void find_connection(const struct flow_table *t, const struct slot_key *key) {
    const struct slot *slot = key->likely != 0 ? slot_at(t, key->likely) : NULL;

    if (slot != NULL && slot_state(slot) == SLOT_FOLLOWED) {
        __builtin_prefetch(slot->connection);
    } else if (slot != NULL && slot_state(slot) == SLOT_GREETED) {
        __builtin_prefetch(pool_at(&t->greetings, slot->greeting));
    }
}

static void find_streams(const struct flow_table *t, const struct slot_key *key) {
    const struct slot *slot = key->likely != 0 ? slot_at(t, key->likely) : NULL;

    if (slot != NULL && slot_state(slot) == SLOT_FOLLOWED) {
        const struct connection *c = slot->connection;
        enum direction d = (key->side == 0) == c->low_is_forward ? FORWARD : BACKWARD;
        __builtin_prefetch(&c->stream[FORWARD].reference);
        __builtin_prefetch(&c->stream[FORWARD].has_rst);
        __builtin_prefetch(&c->stream[BACKWARD].reference);
        __builtin_prefetch(&c->stream[BACKWARD].has_rst);
        __builtin_prefetch(&c->flow.side[d].last_data);
        __builtin_prefetch(&c->flow.side[d].bytes);
        __builtin_prefetch(&c->flow.last);
    }
}

static void push_some(struct flow_table *t, const struct segment *segments, size_t num) {
    struct slot_key keys[FLOW_AT_ONCE];

    for (size_t i = 0; i < num + STEPS_AHEAD; i++) {
        if (i < num) {
            find_line(t, segments, keys, i);
        }
        if (i >= STEP && i - STEP < num) {
            find_slot(t, &segments[i - STEP], &keys[i - STEP]);
        }
        if (i >= 2 * STEP && i - 2 * STEP < num) {
            find_connection(t, &keys[i - 2 * STEP]);
        }
        if (i >= 3 * STEP && i - 3 * STEP < num) {
            find_streams(t, &keys[i - 3 * STEP]);
        }
        if (i >= STEPS_AHEAD) {
            push(t, &segments[i - STEPS_AHEAD], &keys[i - STEPS_AHEAD]);
        }
    }
}

void flow_table_push_all(struct flow_table *t, const struct segment *segments, size_t num) {
    for (size_t done = 0, n; done < num; done += n) {
        n = num - done < FLOW_AT_ONCE ? num - done : FLOW_AT_ONCE;
        push_some(t, segments + done, n);
    }
}

void flow_table_push(struct flow_table *t, const struct segment *segment) {
    struct slot_key key;

    slot_key_of(t, segment, NULL, &key);
    push(t, segment, &key);
}

void flow_table_tick(struct flow_table *t, int64_t now_ns) {
    clock_advance(&t->clock, now_ns);
    timers_run(t);
    bounds_sweep(t);
}

void flow_table_mention(struct flow_table *t, const struct segment *segment) {
    struct slot_key key;
    uint32_t newest;

    slot_key_of(t, segment, NULL, &key);
    files_turn_to(t, segment->mark.file);
    slot_find(t, &key, segment, &newest);
    if (newest != 0) {
        files_count_again(t, slot_at(t, newest));
        return;
    }
    uint32_t number = begin(t, &key, segment, files_new_stream(t));
    if (number != 0) {
        note_bases(slot_at(t, number), key.side, segment);
    }
}
