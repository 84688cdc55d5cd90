/*
 * The table of TCP connections, and the reassembly of each direction of them.
 *
 * Segments go in, in the order of the capture, however TCP or the capture has reordered, repeated, cut or lost them.
 * Out come, for each connection and direction, its bytes in order (first byte wins where segments overlap), the gaps
 * that will not be filled, and the end. The table gives every connection the number that Wireshark gives it
 * (tcp.stream). It holds nothing for a direction that is read in order, and only a small entry for a connection whose
 * reader is done or that never carried a byte. All bounds stand in limits.h.
 */
#ifndef TLSWATCH_FLOW_FLOW_H
#define TLSWATCH_FLOW_FLOW_H

#include "base/direction.h"
#include "base/memory.h"
#include "base/siphash.h"
#include "net/segment.h"

/* What one endpoint did, as far as the capture shows it. There are two for each connection that is followed: what is small
 * stands where there is room. */
struct flow_side {
    struct tlswatch_mark last_data, first_data; /* last and first packets with payload */
    uint64_t bytes;                             /* given to the reader in order, or passed over when it was done */
    struct endpoint endpoint;
    bool begins_in_middle;              /* its first byte is not the first of the connection */
    bool cut;                           /* the snapshot length cut payload */
    bool unseen;                        /* the peer acknowledged bytes of it, or it must have sent some, and there is no packet of it */
    bool last_answers_close : 1;        /* its last bytes were sent by one who had read the peer's FIN */
    bool last_before_close : 1;         /* the peer had read all its bytes when it sent its FIN or RST */
    uint8_t ttl, rst_ttl;               /* of its first packet, and of its RST: they differ where a middlebox sent it */
    struct tlswatch_mark syn, fin, rst; /* the first of each; frame 0: none seen */
    uint64_t missing;                   /* known to have been sent and not in the capture */
    uint32_t retransmissions;           /* segments with no new byte, keep-alives not counted */
    uint32_t conflicts;                 /* segments that overlap earlier ones with other data */
    uint64_t unacknowledged;            /* bytes that the peer had not acknowledged at the end */
    struct tlswatch_mark unacknowledged_mark; /* first segment among them, and how often it was sent: */
    uint32_t unacknowledged_sent;
    uint32_t unacknowledged_segment; /* length of the largest segment among them */
};

enum flow_end {
    FLOW_END_CLOSED,  /* FIN on both sides, or RST, or its reader said that it is over, and the linger time has passed */
    FLOW_END_REUSED,  /* a new SYN began another connection on the same ports */
    FLOW_END_TIMEOUT, /* idle too long */
    FLOW_END_EVICTED, /* a bound was reached: the least useful flow went */
    FLOW_END_CAPTURE, /* the capture ended */
};

struct flow {
    struct tlswatch_mark last; /* packet of this connection */
    void *reader;              /* the events' own; NULL at first */
    uint64_t stream;           /* tcp.stream, in the file of its first packet */
    bool ipv6;
    bool established; /* SYN, SYN-ACK and something behind them, or payload, was seen */
    bool over;        /* set by the reader: nothing that follows matters. Where packets come as they are sent the flow then ends
                       * as if it were closed: a program that forgot to close must not keep back what is known. */
    bool closed;      /* FIN or RST was seen */
    bool closed_by_rst;
    enum direction closed_by;   /* who was first: by acknowledgement where that tells, else by order of packets */
    struct flow_side side[2];   /* by enum direction: what FORWARD and BACKWARD sent */
    struct tlswatch_mark first; /* packet of this connection */
};

enum flow_want {
    FLOW_MORE, /* go on */
    FLOW_LESS, /* go on, and remember little of it: that other data came for the same bytes hardly matters any more */
    FLOW_DONE, /* this direction needs no more reading: hold nothing, call `late` for what follows */
};

/* Upward calls. `flow` may be read in all of them; its `reader` and `over` may be set. */
struct flow_events {
    void *user;
    /* The next bytes of a direction, all from one packet, which `mark` names. */
    enum flow_want (*data)(void *user, struct flow *flow, enum direction sender, struct bytes data, struct tlswatch_mark mark);
    /* `len` bytes are missing here (0: unknown, at a start in the middle of a connection); reading goes on behind them. */
    enum flow_want (*gap)(void *user, struct flow *flow, enum direction sender, uint64_t len, struct tlswatch_mark mark);
    /* Payload of a packet of a direction that is FLOW_DONE, as it lies in the packet, new bytes only. */
    void (*late)(void *user, struct flow *flow, enum direction sender, struct bytes payload, struct tlswatch_mark mark);
    /* The last call for this flow, for every connection of the table, also those without payload. */
    void (*end)(void *user, struct flow *flow, enum flow_end how);
    bool only_followed; /* but not for those of which nothing was seen but how they were opened: there may be millions of them */
};

/* Connections of which the client's SYN was seen and nothing of the server's but ... */
struct flow_unopened {
    uint64_t refused;    /* an RST that acknowledges the SYN */
    uint64_t unanswered; /* nothing, though the capture goes on for LIMIT_ANSWER_NS */
};

struct flow_table;

/* flow_table_new copies `events`, and holds what it needs on the account of `memory`, which may be NULL. NULL where memory
 * is exhausted. `live` says that packets come as they are sent: timers
 * then go by time alone, and idle handshakes end. Else packets may stand out of order as in any file, and a timer also
 * waits for LIMIT_DISORDER_BYTES of further packets; a pipe that grows is better called live. */
struct flow_table *flow_table_new(const struct flow_events *events, const struct hash_key *key, struct memory *memory, bool live);

/* flow_table_free gives back everything and calls nothing. */
void flow_table_free(struct flow_table *table);

/* flow_table_push takes in one segment and runs the timers up to its time. */
void flow_table_push(struct flow_table *table, const struct segment *segment);
/* flow_table_push_all takes in several, one after the other; where the table is large it waits less for memory so, the
 * more of them there are, up to FLOW_AT_ONCE. */
#define FLOW_AT_ONCE 64
void flow_table_push_all(struct flow_table *table, const struct segment *segments, size_t num);

/* flow_table_mention gives a connection that is only spoken of, such as in an ICMP error, the number that Wireshark gives
 * it. Of a connection that is known it says nothing. */
void flow_table_mention(struct flow_table *table, const struct segment *segment);

/* flow_table_tick runs the timers: lingering, holes, idle handshakes. */
void flow_table_tick(struct flow_table *table, int64_t now_ns);

/* flow_table_finish ends every flow, in the order in which they ended or, where they did not, of their numbers. Those
 * that are nothing but a slot come where their slot stands, which is by number but where one is used again. */
void flow_table_finish(struct flow_table *table);

/* flow_table_now_ns: the time by the packets; it never goes back, and no absurd time stamp carries it away (clock.h). */
int64_t flow_table_now_ns(const struct flow_table *table);

uint64_t flow_table_num_streams(const struct flow_table *table);
uint64_t flow_table_limits_hit(const struct flow_table *table);
struct flow_unopened flow_table_unopened(const struct flow_table *table); /* of those that have ended */

#endif
