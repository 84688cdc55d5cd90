/*
 * What connections do, step by step: open, shake hands, send data, close; and what becomes of their packets on the way.
 */
#ifndef TLSWATCH_BENCH_GENERATE_TRAFFIC_H
#define TLSWATCH_BENCH_GENERATE_TRAFFIC_H

#include "handshakes.h"
#include "schedule.h"
#include "wire.h"

#define MS 1000000
#define RECORD 16408 /* of application data, with what encryption adds */
#define NOISE (1 << 20)

enum content { SILENT, TLS, HTTP, BINARY };
enum phase { OPENING, TALKING, APPLICATION, CLOSING };

/* Application data of one direction, in records; `at` is behind what is sent of the record, with its header. */
struct records {
    uint32_t at, len;
};

struct flow {
    struct connection connection;
    enum content content;
    enum phase phase;
    uint32_t step; /* within the phase */
    uint32_t number;
    const struct handshake *handshake;
    size_t flight, offset;
    uint32_t unacknowledged; /* segments of `talks` */
    int talks;
    uint32_t burst;
    uint64_t application_left;
    struct records records[2];
    uint64_t round_trip_ns, pause_ns;
    bool had_application, damaged;
    struct frame *held; /* out of order: it is sent behind so many others */
    uint32_t held_behind;
};

struct truth {
    uint64_t flows, kinds[NUM_KINDS], undamaged, lost, reordered, repeated, application_bytes;
};

struct generator {
    struct capture_file file;
    struct handshakes handshakes;
    struct schedule schedule;
    uint64_t now_ns, random;
    bool lossy, unique;
    uint32_t flows;
    struct truth truth;
    uint8_t noise[NOISE], text[NOISE];
};

uint32_t traffic_random(struct generator *g, uint32_t below);
uint64_t traffic_interval(struct generator *g, double mean); /* of what comes by itself */

/* traffic_start: a new connection to that port, whose first step comes now. It is freed when it ends. */
struct flow *traffic_start(struct generator *g, enum content content, uint16_t port);

/* traffic_datagram writes one that belongs to no connection. */
void traffic_datagram(struct generator *g, bool is_dns);

/* traffic_run does all that happens up to that time, and nothing behind it. */
void traffic_run(struct generator *g, uint64_t until_ns);

#endif
