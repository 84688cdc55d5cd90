/*
 * Inside of the reader of openings; included by opening*.c only.
 *
 * opening.c keeps the bytes and finds where TLS begins in them: opening_record.c says whether a position can be that.
 * What stands before it is cut into messages and shown to a protocol, which gives the opening its name and notices a
 * refusal. A protocol never decides that TLS begins, but for TDS, which wraps it: so a dialogue of which we
 * understand too little still leads to TLS.
 */
#ifndef TLSWATCH_TLS_OPENING_READER_H
#define TLSWATCH_TLS_OPENING_READER_H

#include "base/buffer.h"
#include "base/limits.h"
#include "tls/opening.h"

enum look { LOOK_NO, LOOK_MAYBE, LOOK_YES }; /* MAYBE: too few bytes to tell */

/* opening_look_record says whether a TLS record or SSL 2.0 hello begins here. At the start of a direction a hello cut
 * into records of a few bytes counts too. It needs at most OPENING_LOOK bytes. */
enum look opening_look_record(struct bytes b, bool at_start);
enum look opening_look_handshake(struct bytes b, bool at_start);
enum look opening_look_alert(struct bytes b);
#define OPENING_LOOK 11

/* Where a packet ends in its direction. */
struct opening_piece {
    uint64_t end;
    struct tlswatch_mark mark;
};
#define OPENING_PIECES 16 /* more than OPENING_LOOK: the newest ones cover what is kept of a record not told yet */

struct opening_side {
    struct buffer kept;
    uint64_t end;    /* bytes of this direction up to the end of `kept` */
    uint64_t pushed; /* counted against LIMIT_OPENING_BYTES */
    size_t scanned;  /* of `kept`: no record begins before */
    size_t looked;   /* of `kept`: no line ends before */
    uint64_t skip;   /* bytes to throw away, the rest of a long PROXY header */
    uint64_t rest;   /* bytes of a long message that was shown: only searched for records */
    size_t replayed; /* of `kept` */
    bool tls, proxied;
    bool spoke;                 /* something else than TLS, since the last tunnel */
    bool tried;                 /* its first bytes were held against the protocols */
    unsigned messages;          /* since the last tunnel */
    struct tlswatch_mark first; /* of what it spoke */
    struct opening_piece pieces[OPENING_PIECES];
    size_t num_pieces;

    /* TDS */
    bool wrapped;     /* its TLS comes, or came, in TDS packets */
    bool bare;        /* its TLS now comes without */
    bool unencrypted; /* its TLS is over: plain TDS follows */
    uint8_t header[8];
    size_t header_len;
    size_t payload; /* bytes left of the packet or record */
};

struct opening_protocol;

struct opening_reader {
    struct opening_side side[2];
    const struct opening_protocol *protocol; /* NULL: not recognised yet */
    enum direction recognised_by;
    const char *tunnel;  /* the last tunnel that opened: "proxy", "http-connect" */
    const char *spoken;  /* what is spoken, if known */
    const char *opening; /* what TLS will have been opened by, where that is not `spoken` */
    bool unnamed;        /* TLS began behind what no protocol was recognised by */
    bool asked;          /* for TLS, or for a tunnel */
    bool awaiting;       /* the answer */
    enum direction asker;
    bool agreed;
    bool plain;            /* it is settled that no TLS follows, but a side that did not speak yet may answer in TLS */
    char tag[64];          /* of IMAP's question; else empty */
    bool tls_only_login;   /* TDS */
    struct memory *memory; /* who pays for it */
};

/* One message, or what it is needed to judge it. */
struct opening_turn {
    struct opening_reader *r;
    struct opening *o;
    enum direction sender;
    struct tlswatch_mark mark;
};

#define OPENING_ENDLESS SIZE_MAX

struct opening_protocol {
    const char *name; /* NULL: its messages tell */
    /* Do these first bytes of a direction belong to it? */
    enum look (*begins)(struct bytes b);
    /* The length of the first message, which may be more than is there; 0: too few bytes to tell; OPENING_ENDLESS: it
     * contradicts itself, and what is behind it can't be told from it. NULL: there are no messages to look at. */
    size_t (*frame)(struct opening_reader *r, enum direction sender, struct bytes b);
    void (*message)(const struct opening_turn *turn, struct bytes message);
    bool plain;  /* it never leads to TLS */
    bool framed; /* TLS does not begin between its messages */
};

extern const struct opening_protocol opening_unknown, opening_text, opening_xmpp;
extern const struct opening_protocol opening_postgresql, opening_mysql, opening_rdp, opening_ldap, opening_amqp, opening_tds;
extern const struct opening_protocol opening_socks4, opening_socks5;

/* opening_recognise sets what the reader takes the conversation for, from a direction's first bytes. */
enum look opening_recognise(struct opening_reader *r, enum direction sender, struct bytes b);

/* opening_asks, opening_agrees and opening_refuses note a question for TLS and its answer. */
void opening_asks(const struct opening_turn *turn);
void opening_agrees(const struct opening_turn *turn);
void opening_refuses(const struct opening_turn *turn, struct bytes text);
void opening_refuses_with(const struct opening_turn *turn, const char *words, unsigned code, struct bytes text);
/* opening_tunnels: a tunnel is open; what follows in both directions begins anew. */
void opening_tunnels(struct opening_reader *r, const char *tunnel);
/* opening_answers: is this the answer to a question? */
bool opening_answers(const struct opening_turn *turn);

/* opening_proxy_header reads a PROXY header at the start of a direction. YES: *len is its length, and the address in
 * it, if any, is in *o. */
enum look opening_proxy_header(struct bytes b, struct opening *o, size_t *len);

/* opening_tds_wraps: does this packet carry TLS? */
enum look opening_tds_wraps(struct bytes b);
/* opening_tds_unwrap appends to `kept` the TLS in the next bytes of a direction; false: memory is exhausted. */
bool opening_tds_unwrap(struct opening_reader *r, struct opening_side *side, struct bytes data);

#endif
