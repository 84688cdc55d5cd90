/*
 * Real TLS handshakes to make captures of: libssl talks to itself in memory, with keys and certificates made for it.
 *
 * Randomness and time are fixed, so that the same libssl makes the same bytes each time. Any failure ends the program.
 */
#ifndef TLSWATCH_BENCH_GENERATE_HANDSHAKES_H
#define TLSWATCH_BENCH_GENERATE_HANDSHAKES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HANDSHAKES_TIME 1750000000 /* when they happen */

enum handshake_kind {
    MUTUAL,         /* TLS 1.2, the client has a certificate, all is well */
    DECLINED,       /* it has none to send, and is refused */
    UNKNOWN_CA,     /* it has one of another CA */
    EXPIRED,        /* it has one that expired */
    SERVER_REFUSED, /* the client knows no CA at all */
    OLD_VERSION,    /* the server speaks TLS 1.2 only, the client TLS 1.3 only */
    RESUMED,        /* TLS 1.2, by ticket or session ID */
    ONE_SIDED,      /* TLS 1.2, nobody asks for the client's certificate */
    TLS13,          /* mutual */
    NUM_KINDS,
};

const char *handshake_kind_name(enum handshake_kind kind);
bool handshake_completes(enum handshake_kind kind);

/* What one side says until it is the other's turn. */
struct flight {
    bool by_server;
    size_t len;
    uint8_t *bytes;
};

#define HANDSHAKE_FLIGHTS 16
#define HANDSHAKE_DIGITS 8

/* The last two flights of one that completes are both close_notify; before them each side has sent some data. */
struct handshake {
    enum handshake_kind kind;
    size_t num_flights;
    struct flight flights[HANDSHAKE_FLIGHTS];
    /* Where the client's certificate holds six digits of its number, as offsets into flights. */
    struct {
        size_t flight, offset;
    } digits[HANDSHAKE_DIGITS];
    size_t num_digits;
};

struct handshakes {
    struct handshake *each;
    size_t num;
    size_t *of_kind[NUM_KINDS]; /* indices into `each` */
    size_t num_of_kind[NUM_KINDS];
};

/* handshakes_make: at least one of each kind, and one with each of so many clients' certificates. */
void handshakes_make(struct handshakes *out, size_t num_clients);
void handshakes_clear(struct handshakes *handshakes);

#endif
