/*
 * What comes before TLS: PROXY headers, HTTP CONNECT, SOCKS, the STARTTLS of a dozen protocols, TDS, and chatter that
 * nobody knows; and, where TLS never comes, what was spoken instead.
 *
 * In go the first bytes of both directions. Out comes where TLS begins in each of them, or that it never does. An
 * opening is recognised by its bytes, not by the port.
 */
#ifndef TLSWATCH_TLS_OPENING_H
#define TLSWATCH_TLS_OPENING_H

#include "base/bytes.h"
#include "base/direction.h"
#include "base/memory.h"
#include "tlswatch/tlswatch.h"

struct opening {
    const char *name;          /* "smtp", "http-connect", "proxy", "postgresql", ...; NULL: TLS from the first byte */
    const char *instead;       /* not TLS: what it is: "http", "ssh", "smtp"; NULL: unknown */
    enum direction instead_by; /* who spoke it first */
    struct tlswatch_mark instead_mark;
    char refusal[160]; /* what the server answered to STARTTLS, raw and cut; refusal_len 0: it did not refuse */
    size_t refusal_len;
    struct tlswatch_mark refusal_mark;
    bool has_proxied_client;
    struct tlswatch_endpoint proxied_client;
};

enum opening_verdict {
    OPENING_UNDECIDED, /* the bytes were kept */
    OPENING_TLS,       /* this direction now speaks TLS; what was kept of it and is TLS comes by opening_replay */
    OPENING_NOT_TLS,   /* neither direction will, but for one that was told to speak TLS already */
    OPENING_LOST,      /* there was no memory for these bytes: nothing can be told from this direction any more */
};

/* What was not decided yet; it holds no more than LIMIT_OPENING_BYTES of a direction. */
struct opening_reader;

/* opening_looks_like_tls is the fast path: do these first bytes of a direction begin a TLS record (a hello in a
 * handshake record, an alert) or an SSL 2.0 hello? */
bool opening_looks_like_tls(struct bytes data);

/* opening_reader_new returns NULL where memory, whose account may be NULL, is exhausted. The caller frees it; NULL is
 * allowed. */
struct opening_reader *opening_reader_new(struct memory *memory);
void opening_reader_free(struct opening_reader *r);

/* opening_speaks_tls: this direction was found to speak TLS from its first byte, without the reader. */
void opening_speaks_tls(struct opening_reader *r, enum direction sender);

/* opening_push takes the next bytes of a direction that is not known to speak TLS yet, and is never called again for
 * it after OPENING_TLS (except while opening_wrapped). Updates *o: name, proxied client, refusal, instead. After one
 * direction is TLS the other may still be undecided: its chatter is not over. */
enum opening_verdict opening_push(struct opening_reader *r, struct opening *o, enum direction sender, struct bytes data,
                                  struct tlswatch_mark mark);

/* opening_replay hands out kept TLS bytes of a direction, in pieces with the mark of the packet that each came in;
 * false: no more. Views are valid until the next call of any function of the reader. */
bool opening_replay(struct opening_reader *r, enum direction sender, struct bytes *data, struct tlswatch_mark *mark);

/* opening_wrapped: TDS wraps the first TLS records in packets of its own. While this is true, every further byte of
 * both directions goes through opening_push and opening_replay. */
bool opening_wrapped(const struct opening_reader *r);

/* opening_finish: no more bytes come. NOT_TLS, with instead or refusal filled in, or UNDECIDED: too few bytes. */
enum opening_verdict opening_finish(struct opening_reader *r, struct opening *o);

#endif
