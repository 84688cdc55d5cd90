/*
 * Which TLS stack a side seems to be, from what it says in clear: the order of its extensions, its lists of groups and
 * algorithms, the kinds of keys it asks for. A guess, never more than likely, and none where the wire says too little:
 * it ranks what fits and quotes logs, and decides no cause alone.
 */
#ifndef TLSWATCH_DIAGNOSIS_STACKS_H
#define TLSWATCH_DIAGNOSIS_STACKS_H

#include "tls/handshake.h"
#include "tlswatch/tlswatch.h"

enum stack {
    STACK_UNKNOWN,
    STACK_OPENSSL,
    STACK_BORINGSSL,
    STACK_GNUTLS,
    STACK_NSS,
    STACK_JAVA,
    STACK_GO,
    STACK_MBEDTLS,
    STACK_WOLFSSL,
    STACK_ERLANG,
    NUM_LIBRARIES,
    /* Servers on top of one of them that behave, or log, in a way of their own. */
    STACK_APACHE = NUM_LIBRARIES,
    STACK_NGINX,
    STACK_HAPROXY,
    STACK_STUNNEL,
    STACK_POSTFIX,
    STACK_DOVECOT,
    STACK_POSTGRESQL,
    STACK_NODE,
    STACK_SLAPD,
    NUM_STACKS,
};

/* confidence is POSSIBLE or LIKELY; it means nothing where the stack is unknown. */
struct stack_guess {
    enum stack stack;
    enum tlswatch_confidence confidence;
};

const char *stack_name(enum stack stack); /* "OpenSSL"; NULL for UNKNOWN */

struct stack_guess stack_guess_client(const struct client_hello *hello);

/* stack_guess_server: `request` is NULL where none was seen in clear. TLS 1.3 shows too little of a server. */
struct stack_guess stack_guess_server(const struct server_hello *hello, const struct certificate_request *request);

/* The stack where the guess is a likely one, to weigh rivals with; else UNKNOWN. */
static inline enum stack stack_likely(struct stack_guess guess) {
    return guess.confidence >= TLSWATCH_LIKELY ? guess.stack : STACK_UNKNOWN;
}

#endif
