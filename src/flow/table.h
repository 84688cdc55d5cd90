/*
 * The table behind flow.h: one slot of 48 bytes for every connection that is remembered, found by a keyed hash of its
 * addresses and ports. A connection of which only a bare SYN was seen is nothing but its slot, and so is one that has
 * ended: the slot remains for its number. One that was only opened has a greeting besides (greeting.c).
 *
 * Numbers are Wireshark's (packet-tcp.c of 4.0): a connection is a pair of endpoints, whatever the tunnel, and a SYN
 * whose sequence number is not the first that is known of its side begins another. They go by what each single packet
 * shows, even where reassembly, which waits, knows better. Each file counts from 0: a connection has the number that it
 * has in the file of its first packet, and is counted in the others that hold packets of it.
 */
#ifndef TLSWATCH_FLOW_TABLE_H
#define TLSWATCH_FLOW_TABLE_H

#include "flow/connection.h"

/* Sides of a slot are 0, the lower of the two endpoints, and 1. */
enum slot_flag {
    SLOT_IPV6 = 1,
    SLOT_BASE = 2, /* << side: base[side] is known */
    SLOT_SYN = 8,  /* << side: its SYN was seen */
    SLOT_STATE = 32 | 64,
    SLOT_HIGH_IS_FORWARD = 128,
};

enum slot_state {
    SLOT_HALF_OPEN = 0, /* it is nothing but its slot */
    SLOT_ENDED = 32,
    SLOT_FOLLOWED = 64,     /* it has a connection, */
    SLOT_GREETED = 32 | 64, /* or not yet, but a greeting */
};

struct slot {
    uint32_t address[2]; /* IPv4; of IPv6, [0] is the number of the pair in `wide` */
    uint16_t port[2];
    uint32_t tunnel;
    uint32_t stream;  /* the low half of its number in that file */
    uint32_t hash;    /* as the index knows it */
    uint32_t base[2]; /* Wireshark's base_seq of each side */
    uint16_t file;    /* of its first packet, with the three below */
    uint8_t flags;
    uint8_t ttl;
    uint32_t frame;
    union {
        int64_t time_ns;
        uint32_t greeting;             /* its number */
        struct connection *connection; /* of one that is followed */
        struct elsewhere elsewhere;    /* of one that has ended */
    };
};

/* What opens a connection behind its SYN, while nothing else has come. What else there is to know of these packets
 * follows from the slot. */
struct greeting {
    uint32_t slot;
    uint32_t frame[2]; /* of the answer, and of its acknowledgement; 0: it has not come */
    struct elsewhere elsewhere;
    int64_t syn_ns, time_ns[2];
    uint8_t ttl; /* of the answer */
};

struct wide_pair {
    uint8_t address[2][16];
};

/* What a segment's addresses and ports say. */
struct slot_key {
    uint64_t addresses; /* both of IPv4, the lower one's in the lower half; 0 of IPv6 */
    uint32_t ports;     /* in the same order */
    uint8_t side;       /* which of them sends */
    bool ipv6;
    bool again; /* as in the segment before */
    uint32_t hash;
    uint32_t likely;        /* the slot that it was when segments ahead were looked at; 0: not known */
    const uint8_t *wide[2]; /* the addresses of IPv6, in the segment */
};

/* slots.c */
/* slot_key_of fills in the key: `before`, which may be NULL, is that of the segment before; mostly the two are of one
 * connection. */
void slot_key_of(const struct flow_table *t, const struct segment *segment, const struct slot_key *before, struct slot_key *out);
/* slot_look_ahead: the first slot that may be the key's, which is fetched. */
uint32_t slot_look_ahead(const struct flow_table *t, const struct slot_key *key);
/* slot_find returns the slot's number, or 0; *newest is the one of the same endpoints, in any tunnel, with the highest
 * stream number, in this file if there is any. */
uint32_t slot_find(const struct flow_table *t, const struct slot_key *key, const struct segment *segment, uint32_t *newest);
/* slot_in_the_way: where the same endpoints are remembered in too many tunnels, the oldest of these slots; else 0. */
uint32_t slot_in_the_way(const struct flow_table *t, const struct slot_key *key);
/* slots_make_room: one slot more fits into the index, which grows where it may; where not it becomes slower first. */
bool slots_make_room(struct flow_table *t);
/* slot_add returns 0 where memory is exhausted. There must be room. */
uint32_t slot_add(struct flow_table *t, const struct slot_key *key, const struct segment *segment);
void slot_remove(struct flow_table *t, uint32_t number);
uint64_t slot_stream(const struct flow_table *t, const struct slot *slot);
/* slot_order grows with the number of the file and, within it, with that of the stream. */
uint64_t slot_order(const struct flow_table *t, const struct slot *slot);
/* slot_flow fills in what is known of a connection by its slot alone. */
void slot_flow(const struct flow_table *t, const struct slot *slot, struct flow *flow);

static inline enum slot_state slot_state(const struct slot *slot) {
    return (enum slot_state)(slot->flags & SLOT_STATE);
}

static inline void slot_turn(struct slot *slot, enum slot_state state) {
    slot->flags = (uint8_t)((slot->flags & ~SLOT_STATE) | state);
}

static inline struct slot *slot_at(const struct flow_table *t, uint32_t number) {
    struct slot *block = (struct slot *)(void *)t->slots.blocks[number / POOL_BLOCK]; /* pool_at, of a length that is known */
    return block + number % POOL_BLOCK;
}

/* A slot may lie across two lines of the processor's cache. */
static inline void slot_prefetch(const struct flow_table *t, uint32_t number) {
    const char *slot = (const char *)slot_at(t, number);
    __builtin_prefetch(slot);
    __builtin_prefetch(slot + sizeof(struct slot) - 1);
}

/* Every slot in use knows the base of the side that sent its first packet. */
static inline bool slot_is_used(const struct slot *slot) {
    return (slot->flags & (SLOT_BASE | SLOT_BASE << 1)) != 0;
}

/* files.c */
/* files_turn_to says in which file the next packets stand. */
void files_turn_to(struct flow_table *t, const char *name);
const char *files_name(const struct flow_table *t, uint16_t file);
/* files_num_streams: how many Wireshark counts in it so far. */
uint64_t files_num_streams(const struct flow_table *t, uint16_t file);
/* files_new_stream returns the next number of this file. */
uint64_t files_new_stream(struct flow_table *t);
/* files_count_again counts a connection that began in another file, once, in this one. */
void files_count_again(struct flow_table *t, struct slot *slot);

/* greeting.c */
/* greeting_keeps: this packet opens the connection of a slot that is not followed, and is kept for when more comes. */
bool greeting_keeps(struct flow_table *t, uint32_t number, const struct slot_key *key, const struct segment *segment);
/* greeting_take gives the slot what it had before it was greeted, and back what was kept, if anything was. */
struct greeting greeting_take(struct flow_table *t, struct slot *slot);
/* greeting_tell has the connection take in these packets. */
void greeting_tell(struct flow_table *t, struct connection *c, const struct greeting *greeting);
int64_t greeting_last_ns(const struct flow_table *t, const struct slot *slot); /* when its last packet came */

/* unopened.c: counts what ends now, a slot that is not followed or a connection, where TCP never opened it. */
void unopened_slot(struct flow_table *t, const struct slot *slot);
void unopened_connection(struct flow_table *t, const struct connection *c);

/* table.c */
void table_end(struct flow_table *t, struct connection *c, enum flow_end how);
void table_end_slot(struct flow_table *t, uint32_t number, enum flow_end how); /* where it has not ended yet */

/* bounds.c */
/* bounds_reached: one slot more is more than the table may have. Slots take at most half of the memory. */
bool bounds_reached(const struct flow_table *t);
/* bounds_make_room throws out what is worth least, so that one more slot fits; false where nothing can go. */
bool bounds_make_room(struct flow_table *t);
void bounds_throw_out(struct flow_table *t, uint32_t number); /* this one, whatever it is */
void bounds_keep(struct flow_table *t);  /* the number of connections that are followed, and some memory to go on with */
void bounds_sweep(struct flow_table *t); /* live: half-open connections that nobody answered for long */

#endif
