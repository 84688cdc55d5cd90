/*
 * A connection while it is followed packet by packet: the public facts, and the state of its two streams.
 *
 * Bytes of a stream have 64-bit positions: the sequence number, with as many rounds above it as have passed. The layer
 * is cut by subject: stream.c takes in segments and acknowledgements, delivery.c calls the reader, passing.c lets pass what
 * needs neither, closing.c judges who ended it, timers.c says when something is over. table.c finds the connection of a segment.
 */
#ifndef TLSWATCH_FLOW_CONNECTION_H
#define TLSWATCH_FLOW_CONNECTION_H

#include "base/word_hash.h"
#include "flow/clock.h"
#include "flow/flow.h"
#include "flow/holes.h"
#include "flow/index.h"
#include "flow/list.h"
#include "flow/pieces.h"
#include "flow/pool.h"
#include "flow/sent.h"
#include "flow/window.h"

/* When a packet was sent, as well as the capture tells: by its time, and where times are the same by its place. */
struct moment {
    int64_t ns;
    uint64_t order;
};

/* What all packets touch stands in front, here and in struct connection. */
struct stream {
    uint64_t reference; /* the highest position believed so far: sequence numbers are near it */
    uint64_t next;      /* the reader has had, or passed over, everything before it */
    uint64_t top;       /* behind the last byte seen; 0: none seen */
    uint64_t acked;     /* the peer's highest acknowledgement */
    uint64_t top_ack;   /* the least that segments with its last byte acknowledge; 0: not known */
    struct sent sent;   /* what waits to be acknowledged */
    bool anchored, seen, started, known, done;
    bool less; /* its reader said FLOW_LESS */
    bool has_ack, has_fin, has_rst, has_rst_ack;
    uint64_t start;        /* position of the first byte, once started */
    uint64_t ack_first;    /* its lowest, */
    uint64_t ack_from;     /* and where in its own stream it said so */
    uint64_t fin, fin_ack; /* position; the least that its FINs acknowledge, in the other stream */
    uint64_t rst;
    uint32_t rst_seq, rst_ack; /* as they stand in the packet, which may be the first of all */
    struct moment fin_at, rst_at;
    uint64_t waived; /* before this, the peer's answers have waited long enough */
    struct pieces pieces;
    struct window window;
    struct holes *holes; /* only when done */
};

/* What a connection is worth when a bound asks for one to go, least first. */
enum worth {
    WORTH_QUIET, /* no payload so far */
    WORTH_DONE,  /* its reader is done with both directions */
    WORTH_OPEN,
    NUM_WORTHS,
};

/* Files, other than that of its first packet, in which a connection was counted: the last two, since the files of a
 * series follow each other, and those of two interfaces alternate. */
struct elsewhere {
    uint16_t file[2];
};

struct connection {
    int64_t used_ns;     /* when it last moved to the end of its list */
    bool low_is_forward; /* the lower of its two endpoints is FORWARD */
    bool told;           /* the reader has been called */
    bool has_plain;      /* a segment that is neither SYN nor RST */
    bool has_payload, holding, ended;
    bool closed_in_full; /* ended, and nothing more is to be expected: it is among the closed timers */
    bool settled;        /* of both streams nothing is missing or held, as far as passing.c knows */
    enum worth worth : 8;
    struct flow flow;
    struct stream stream[2]; /* by enum direction */
    uint32_t slot;
    struct elsewhere elsewhere;
    struct link by_use;
    uint64_t ended_order;
    struct link short_timer, long_timer;
    struct due short_due, long_due;
    struct due hold_due, linger_from; /* how long from then on depends on holes */
};

struct flow_file {
    const char *name;     /* as frames point to it */
    uint64_t num_streams; /* that Wireshark counts in it so far */
};

struct flow_table {
    struct flow_events events;
    struct word_hash_key key;
    struct pool slots, wide; /* wide: the two addresses of IPv6 slots */
    struct pool greetings;
    uint32_t oldest_greeting; /* goes round over them when one has to go */
    struct slot_index index;  /* of slots, by hash */
    uint32_t latest;          /* the slot of the last segment; 0: it is gone */
    uint32_t hand;            /* goes round over the slots when one has to go */
    uint32_t sweep;
    int64_t swept_ns;
    bool has_tunnels;
    struct flow_file *files, nameless; /* number 0 is the nameless one, n is files[n - 1] */
    uint32_t num_files;
    uint16_t file; /* the one that is read now */
    const char *file_name;
    uint64_t num_streams; /* in all files, each once */
    uint64_t limits_hit;
    struct flow_unopened unopened;
    uint64_t order; /* segments so far */
    struct packet_clock clock;
    struct link by_use[NUM_WORTHS];
    uint32_t num_connections[NUM_WORTHS];
    struct link closed_timers, short_timers, long_timers;
    int64_t next_due_ns;   /* before this, none of them is due */
    struct memory *memory; /* who pays for all of it */
};

/* stream.c */
uint64_t stream_position(struct stream *s, uint32_t seq);
void stream_begin(struct flow_side *side, struct stream *s, uint64_t start, bool known);
/* stream_acknowledge: `from` is where in its own stream the peer said so. */
void stream_acknowledge(struct stream *s, uint32_t ack, uint64_t from, struct memory *memory);
void stream_syn(struct flow_side *side, struct stream *s, uint32_t seq);
void stream_data(struct flow_table *t, struct connection *c, enum direction d, const struct segment *segment);
/* stream_note_payload notes that a segment with payload was sent, whether its bytes are new or not. */
void stream_note_payload(struct flow_table *t, struct connection *c, enum direction d, uint64_t position, const struct segment *segment);
bool stream_has_hole(const struct stream *s);
uint64_t stream_known_end(const struct stream *s);
void stream_clear(struct stream *s, struct memory *memory);

/* stream_late takes in bytes of a direction that is done; it returns how many of them are new. */
uint64_t stream_late(struct flow_table *t, struct connection *c, enum direction d, uint64_t position, struct bytes data,
                     struct tlswatch_mark mark);

/* delivery.c */
void delivery_bytes(struct flow_table *t, struct connection *c, enum direction d, struct bytes data, struct tlswatch_mark mark);
void delivery_drain(struct flow_table *t, struct connection *c);                     /* gives out all pieces that follow on */
void delivery_give_up(struct flow_table *t, struct connection *c, enum direction d); /* what the first piece of d waits for is lost */

/* delivery_waits: bytes of d answer bytes of the peer, up to position `needs`, that the reader has not had yet. A
 * capture that is out of order must not turn question and answer round. */
bool delivery_waits(const struct connection *c, enum direction d, uint64_t needs);
void delivery_release(struct flow_table *t, struct connection *c); /* streams whose start was waited for begin now */
void delivery_flush(struct flow_table *t, struct connection *c);   /* everything, with all holes as gaps, and the last facts */

/* closing.c */
void closing_end(struct flow_table *t, struct connection *c); /* what comes late is waited for, and no longer */
void closing_note(struct flow_table *t, struct connection *c, enum direction d, const struct segment *segment);
void closing_look(struct flow_table *t, struct connection *c); /* behind an acknowledgement: it may be that of a FIN that is lost */

/* connection.c */
struct connection *connection_new(struct flow_table *t);
void connection_free(struct flow_table *t, struct connection *c);
void connection_segment(struct flow_table *t, struct connection *c, enum direction d, const struct segment *segment);

/* connection_change_worth moves it to the list of what it is worth now; timers_use then takes it in. */
void connection_change_worth(struct flow_table *t, struct connection *c);

/* connection_passes does the same with a packet with which there is little to do; false, and nothing has changed, with
 * all others (passing.c). */
bool connection_passes(struct flow_table *t, struct connection *c, enum direction d, const struct segment *segment);

/* connection_continues says whether a SYN or SYN-ACK of direction d may belong to this connection. */
bool connection_continues(struct connection *c, enum direction d, const struct segment *segment);

/* timers.c */
void timers_use(struct flow_table *t, struct connection *c); /* it had a packet */
void timers_set(struct flow_table *t, struct connection *c); /* for what it waits for now */
void timers_run(struct flow_table *t);
void timers_leave(struct flow_table *t, struct connection *c);

#endif
