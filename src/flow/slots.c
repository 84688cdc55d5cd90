#include "flow/table.h"

_Static_assert(sizeof(struct slot) == 48, "a half-open connection costs 48 bytes");

static size_t address_len(bool ipv6) {
    return ipv6 ? 16 : 4;
}

static uint32_t word_at(const uint8_t *p) {
    uint32_t word;

    memcpy(&word, p, sizeof(word));
    return word;
}

/* Two of them as one: what is written in halves and read at once has to be waited for. */
static uint64_t pair_of(const uint32_t address[2]) {
    return (uint64_t)address[1] << 32 | address[0];
}

static uint32_t port_pair(const uint16_t port[2]) {
    return (uint32_t)port[1] << 16 | port[0];
}

static bool same_wide(const struct slot_key *a, const uint8_t *low, const uint8_t *high) {
    return memcmp(a->wide[0], low, 16) == 0 && memcmp(a->wide[1], high, 16) == 0;
}

/* Any order will do, as long as both directions agree. */
static void wide_key_of(const struct flow_table *t, const struct segment *segment, const struct slot_key *before, struct slot_key *out) {
    const struct endpoint *low = &segment->source, *high = &segment->destination;
    int order = memcmp(low->address, high->address, 16);

    out->side = order > 0 || (order == 0 && high->port < low->port);
    if (out->side != 0) {
        low = &segment->destination;
        high = &segment->source;
    }
    out->addresses = 0;
    out->ports = port_pair((const uint16_t[]){low->port, high->port});
    out->wide[0] = low->address;
    out->wide[1] = high->address;
    out->again = before != NULL && before->ipv6 && before->ports == out->ports && same_wide(before, low->address, high->address);

    uint32_t words[WORD_HASH_WORDS] = {[WORD_HASH_WORDS - 1] = out->ports};
    memcpy(words, low->address, 16);
    memcpy(words + 4, high->address, 16);
    out->hash = word_hash(&t->key, words, WORD_HASH_WORDS);
}

static uint64_t end_of(const struct endpoint *endpoint) {
    return (uint64_t)word_at(endpoint->address) << 16 | endpoint->port;
}

void slot_key_of(const struct flow_table *t, const struct segment *segment, const struct slot_key *before, struct slot_key *out) {
    out->ipv6 = segment->ipv6;
    out->likely = 0;
    if (segment->ipv6) {
        wide_key_of(t, segment, before, out);
        return;
    }
    uint64_t source = end_of(&segment->source), destination = end_of(&segment->destination);
    uint64_t low = source < destination ? source : destination, high = source < destination ? destination : source;

    out->side = destination < source;
    out->addresses = high >> 16 << 32 | low >> 16;
    out->ports = (uint32_t)(high << 16 | (low & 0xffff));
    out->again = before != NULL && !before->ipv6 && before->addresses == out->addresses && before->ports == out->ports;
    out->hash = word_hash(&t->key, (const uint32_t[]){(uint32_t)(low >> 16), (uint32_t)(high >> 16), out->ports}, 3);
}

static const uint8_t *slot_address(const struct flow_table *t, const struct slot *slot, int side) {
    if ((slot->flags & SLOT_IPV6) != 0) {
        const struct wide_pair *pair = pool_at(&t->wide, slot->address[0]);
        return pair->address[side];
    }
    return (const uint8_t *)&slot->address[side];
}

static bool same_ends(const struct flow_table *t, const struct slot *slot, const struct slot_key *key) {
    if (((slot->flags & SLOT_IPV6) != 0) != key->ipv6 || port_pair(slot->port) != key->ports) {
        return false;
    }
    if (!key->ipv6) {
        return pair_of(slot->address) == key->addresses;
    }
    const struct wide_pair *pair = pool_at(&t->wide, slot->address[0]);
    return same_wide(key, pair->address[0], pair->address[1]);
}

static bool is_newer(const struct flow_table *t, const struct slot *a, const struct slot *b) {
    bool here = a->file == t->file;

    return here != (b->file == t->file) ? here : slot_order(t, a) > slot_order(t, b);
}

static bool is_slot_of(const struct flow_table *t, uint32_t number, const struct slot_key *key, const struct segment *segment) {
    const struct slot *slot = slot_at(t, number);

    return slot_is_used(slot) && slot->tunnel == segment->tunnel && same_ends(t, slot, key);
}

uint32_t slot_look_ahead(const struct flow_table *t, const struct slot_key *key) {
    struct index_search search;

    index_look(&t->index, key->hash, &search);
    uint32_t number = index_next(&search);
    if (number != 0) {
        slot_prefetch(t, number);
    }
    return number;
}

/* Apart from slot_find, which mostly has no need of it and costs less so. */
__attribute__((noinline)) static uint32_t search(const struct flow_table *t, const struct slot_key *key, const struct segment *segment,
                                                 uint32_t *newest) {
    struct index_search search;
    uint32_t own = 0;

    *newest = 0;
    index_look(&t->index, key->hash, &search);
    for (uint32_t i; (i = index_next(&search)) != 0;) {
        const struct slot *slot = slot_at(t, i);
        if (!same_ends(t, slot, key)) {
            continue;
        }
        if (slot->tunnel == segment->tunnel) {
            own = i;
        }
        if (*newest == 0 || is_newer(t, slot, slot_at(t, *newest))) {
            *newest = i;
        }
        if (!t->has_tunnels) {
            break; /* there is no other */
        }
    }
    return own;
}

uint32_t slot_find(const struct flow_table *t, const struct slot_key *key, const struct segment *segment, uint32_t *newest) {
    uint32_t number = key->likely != 0 ? key->likely : t->latest;

    /* Where there are no tunnels, there is no other slot of these endpoints. */
    if (number != 0 && !t->has_tunnels && is_slot_of(t, number, key, segment)) {
        *newest = number;
        return number;
    }
    return search(t, key, segment, newest);
}

/* By their packets: in different tunnels they may have one number. */
static bool began_before(const struct slot *a, const struct slot *b) {
    return a->file != b->file ? a->file < b->file : a->frame < b->frame;
}

uint32_t slot_in_the_way(const struct flow_table *t, const struct slot_key *key) {
    struct index_search search;
    uint32_t num = 0, oldest = 0;

    index_look(&t->index, key->hash, &search);
    for (uint32_t i; (i = index_next(&search)) != 0;) {
        const struct slot *slot = slot_at(t, i);
        if (same_ends(t, slot, key)) {
            oldest = oldest == 0 || began_before(slot, slot_at(t, oldest)) ? i : oldest;
            num++;
        }
    }
    return num < LIMIT_FLOWS_ALIKE ? 0 : oldest;
}

/* Twice as many lines, where there is memory to spare. */
static bool grow_index(struct flow_table *t) {
    uint32_t num_lines = t->index.num_lines == 0 ? INDEX_LEAST_LINES : t->index.num_lines * 2;

    if (!memory_allows(t->memory, index_len(num_lines)) || !index_resize(&t->index, num_lines, t->memory)) {
        return false;
    }
    for (uint32_t i = 1; i < t->slots.num_numbers; i++) {
        const struct slot *slot = slot_at(t, i);
        if (slot_is_used(slot)) {
            index_add(&t->index, slot->hash, i);
        }
    }
    return true;
}

bool slots_make_room(struct flow_table *t) {
    uint64_t num_lines = t->index.num_lines, num = t->slots.num_used;

    return num < num_lines * INDEX_FULL || grow_index(t) || num < num_lines * (INDEX_LINE - 1);
}

static bool set_ends(struct flow_table *t, struct slot *slot, const struct slot_key *key) {
    for (int side = 0; side < 2; side++) {
        slot->port[side] = (uint16_t)(key->ports >> 16 * side);
        slot->address[side] = (uint32_t)(key->addresses >> 32 * side);
    }
    if (!key->ipv6) {
        return true;
    }
    slot->address[0] = pool_take(&t->wide);
    if (slot->address[0] == 0) {
        return false;
    }
    struct wide_pair *pair = pool_at(&t->wide, slot->address[0]);
    memcpy(pair->address[0], key->wide[0], 16);
    memcpy(pair->address[1], key->wide[1], 16);
    return true;
}

uint32_t slot_add(struct flow_table *t, const struct slot_key *key, const struct segment *segment) {
    uint32_t number = pool_take(&t->slots);
    if (number == 0) {
        return 0;
    }
    struct slot *slot = slot_at(t, number);
    slot->flags = (uint8_t)((key->ipv6 ? SLOT_IPV6 : 0) | (key->side == 1 ? SLOT_HIGH_IS_FORWARD : 0));
    if (!set_ends(t, slot, key)) {
        slot->flags = 0;
        pool_give(&t->slots, number);
        return 0;
    }
    slot->tunnel = segment->tunnel;
    t->has_tunnels |= segment->tunnel != 0;
    slot->file = t->file;
    slot->frame = (uint32_t)segment->mark.frame;
    slot->time_ns = segment->mark.time_ns;
    slot->ttl = segment->ttl;
    slot->hash = key->hash;
    index_add(&t->index, key->hash, number);
    return number;
}

void slot_remove(struct flow_table *t, uint32_t number) {
    struct slot *slot = slot_at(t, number);

    t->latest = 0;
    index_remove(&t->index, slot->hash, number);
    if ((slot->flags & SLOT_IPV6) != 0) {
        pool_give(&t->wide, slot->address[0]);
    }
    slot->flags = 0;
    pool_give(&t->slots, number);
}

uint64_t slot_stream(const struct flow_table *t, const struct slot *slot) {
    uint64_t last = files_num_streams(t, slot->file) - 1;

    return last - (uint32_t)((uint32_t)last - slot->stream);
}

uint64_t slot_order(const struct flow_table *t, const struct slot *slot) {
    return (uint64_t)slot->file << 40 | slot_stream(t, slot);
}

void slot_flow(const struct flow_table *t, const struct slot *slot, struct flow *flow) {
    int forward = (slot->flags & SLOT_HIGH_IS_FORWARD) != 0;
    struct tlswatch_mark mark = {slot->frame, slot->time_ns, files_name(t, slot->file)};

    flow->stream = slot_stream(t, slot);
    flow->ipv6 = (slot->flags & SLOT_IPV6) != 0;
    flow->first = flow->last = mark;
    for (int d = FORWARD; d <= BACKWARD; d++) {
        int side = d == FORWARD ? forward : !forward;
        struct flow_side *out = &flow->side[d];
        memcpy(out->endpoint.address, slot_address(t, slot, side), address_len(flow->ipv6));
        out->endpoint.port = slot->port[side];
        if ((slot->flags & SLOT_SYN << side) != 0) {
            out->syn = mark;
            out->ttl = slot->ttl;
        }
    }
}
