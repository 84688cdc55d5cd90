/*
 * What is known of each cause whatever any capture shows: its page for people, and what TLS stacks do where they meet it. The
 * conventions of tlswatch.h hold; all that is given out lives as long as the program.
 */
#ifndef TLSWATCH_EXPLAIN_H
#define TLSWATCH_EXPLAIN_H

#include "tlswatch/tlswatch.h"

/* The page of a cause, for people: what it means, how it shows on the wire, what to do on each side. Whole sentences. */
struct tlswatch_cause_page {
    const char *means, *shows, *client, *server;
};
const struct tlswatch_cause_page *tlswatch_cause_page(enum tlswatch_cause cause);

/* What a side does that refuses. */
enum tlswatch_conduct {
    TLSWATCH_SENDS_ALERT,    /* a fatal one, and closes */
    TLSWATCH_CLOSES,         /* without an alert */
    TLSWATCH_REFUSES_INSIDE, /* completes the handshake, and refuses inside it */
    TLSWATCH_ACCEPTS,        /* does not refuse this */
};

/* One row of what was measured: what this stack does where it meets the cause in a certificate of its peer. */
struct tlswatch_habit {
    const char *stack; /* "OpenSSL", "nginx" */
    enum tlswatch_side side;
    enum tlswatch_conduct conduct;
    const char *variant;         /* which of the cause's forms, where it has several; NULL */
    uint8_t alert, second_alert; /* codes; 0: none */
    uint8_t alert_tls13;         /* where TLS 1.3 has another; 0: it has not */
    uint8_t alert_later;         /* where later versions have another as well; 0: none that is known */
    bool reset;                  /* a RST right behind, which may hide the alert from the peer's program */
    const char *log;             /* what its log says; NULL: not measured */
};

/* tlswatch_cause_habit gives the rows of a cause one by one; false behind the last. */
bool tlswatch_cause_habit(enum tlswatch_cause cause, size_t index, struct tlswatch_habit *out);

#endif
