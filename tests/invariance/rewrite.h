/*
 * Other captures of the same conversations: in other links and tunnels, cut otherwise into packets, in another order,
 * with repetitions. What both endpoints said to each other is the same, and so must be what tlswatch says of it.
 */
#ifndef TLSWATCH_TESTS_INVARIANCE_REWRITE_H
#define TLSWATCH_TESTS_INVARIANCE_REWRITE_H

#include "outcomes.h"
#include "packets.h"

/* Adds to `out` the rewritten packets; frames are numbered by the caller. False: some of these packets cannot be
 * rewritten so, and what is in `out` is of no use. */
typedef bool (*rewrite_function)(const struct packets *in, struct packets *out, uint32_t seed);

struct rewriting {
    const char *name;
    rewrite_function apply;
    unsigned ignore;   /* enum outcome_ignore */
    bool same_packets; /* one for one: tshark sees the same handshake messages in the same order */
};

extern const struct rewriting link_rewritings[], tcp_rewritings[], order_rewritings[];
extern const size_t num_link_rewritings, num_tcp_rewritings, num_order_rewritings;

/* All of the above, by number; NULL behind the last. */
const struct rewriting *rewriting_at(size_t i);

/* rewrite applies one, and numbers the frames. */
bool rewrite(const struct rewriting *rewriting, const struct packets *in, struct packets *out, uint32_t seed);

/* Of each packet as Ethernet makes it: tags and cooked headers are gone. False: one with TCP has no plain IP header. */
bool rewrite_to_ethernet(const struct packets *in, struct packets *out);
bool rewrite_to_raw(const struct packets *in, struct packets *out);
bool rewrite_to_sll2(const struct packets *in, struct packets *out);

bool rewrite_fragments(const struct packets *in, struct packets *out, uint32_t seed);

/* rewrite_storm: 10 % of the packets change places with others near by, 5 % come twice, 5 % come again cut in another
 * way, 10 % come late. */
bool rewrite_storm(const struct packets *in, struct packets *out, uint32_t seed);

struct decapsulator;

/* carries_tcp: src/net finds TCP in it, or a part of a datagram. */
bool carries_tcp(struct decapsulator *d, const struct packet *p);

/* split_connections gives the packets of each pair of endpoints, one set for each, to be cleared and freed. Where TCP
 * stands deeper in a packet it gives none. Returns how many. */
size_t split_connections(const struct packets *in, struct packets **out);

/* begins_twice: a side has SYNs of different numbers. Its ports are used again, or a firewall that rewrites sequence numbers
 * was watched on both sides: in another order nobody could tell whose packets are whose. */
bool begins_twice(const struct packets *in);

/* closings_cross: of a FIN or RST of each side neither acknowledges the other: only the order of packets, or the time, says
 * which was first. */
bool closings_cross(const struct packets *in);

/* rewrite_without leaves out one packet. */
void rewrite_without(const struct packets *in, size_t dropped, struct packets *out);

/* random_next is the same everywhere for the same seed (xorshift). */
static inline uint32_t random_next(uint32_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* random_below gives 0 to n - 1. */
static inline uint32_t random_below(uint32_t *state, uint32_t n) {
    return random_next(state) % n;
}

static inline uint32_t random_start(uint32_t seed) {
    return seed * 2654435761U + 0x9e3779b9U;
}

#endif
