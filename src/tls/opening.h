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
#include "tlswatch/tlswatch.h"

struct opening {
    const char *name;      /* "smtp", "http-connect", "proxy", "postgresql", ...; NULL: TLS from the first byte */
    const char *instead;   /* not TLS: what it is: "http", "ssh", "smtp"; NULL: unknown */
    enum direction instead_by; /* who spoke it first */
    struct tlswatch_mark instead_mark;
    char refusal[512];     /* what the server answered to STARTTLS, raw and cut; refusal_len 0: it did not refuse */
    size_t refusal_len;
    struct tlswatch_mark refusal_mark;
    bool has_proxied_client;
    struct tlswatch_endpoint proxied_client;
};

#endif
