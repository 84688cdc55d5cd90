/*
 * What flows cost that were chosen to collide in the table, by somebody who knows the hash and not its key: 100,000 of
 * them, against as many that were not chosen. Under the key that they were chosen for a tenth of them is pushed.
 *
 *     cc -O2 -Iinclude -Isrc -D_GNU_SOURCE -o collide bench/collide.c $(find src/flow src/base -name '*.c')
 *
 * Prints CPU seconds, medians of ROUNDS, in turn.
 */
#include "base/word_hash.h"
#include "flow/flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define FLOWS 100000
#define COLLIDING_BITS 10
#define ROUNDS 11

struct ends {
    uint32_t client;
    uint16_t port;
};

static const uint32_t server = 0xc0a800ff; /* above all clients, read as little-endian */

static void put_address(uint8_t *out, uint32_t address) {
    for (int i = 0; i < 4; i++) {
        out[i] = (uint8_t)(address >> (24 - 8 * i));
    }
}

/* As slots.c does it: the lower address, the higher one, the ports in the same order. */
static uint32_t hash_of(const struct word_hash_key *key, struct ends ends) {
    uint32_t words[3] = {0, 0, UINT32_C(443) << 16 | ends.port};

    put_address((uint8_t *)words, ends.client);
    put_address((uint8_t *)(words + 1), server);
    return word_hash(key, words, 3);
}

static struct ends ends_of(uint64_t n) {
    return (struct ends){0x0a000000 + (uint32_t)(n >> 16), (uint16_t)n};
}

static void choose(struct ends *out, const struct hash_key *key) {
    size_t num = 0;
    struct word_hash_key words_key;

    word_hash_key_init(&words_key, key);
    for (uint64_t n = 0; num < FLOWS; n++) {
        if ((hash_of(&words_key, ends_of(n)) & ((1 << COLLIDING_BITS) - 1)) == 0) {
            out[num++] = ends_of(n);
        }
    }
}

static void on_end(void *user, struct flow *flow, enum flow_end how) {
    (void)user, (void)flow, (void)how;
}

static double seconds_of(const struct hash_key *key, const struct ends *ends, size_t num) {
    const struct flow_events events = {.end = on_end};
    struct flow_table *table = flow_table_new(&events, key, NULL, false);
    struct segment segment = {.flags = TCP_SYN, .destination.port = 443, .mark.frame = 1};
    struct timespec from, to;

    if (table == NULL) {
        exit(2);
    }
    put_address(segment.destination.address, server);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (size_t i = 0; i < num; i++) {
        put_address(segment.source.address, ends[i].client);
        segment.source.port = ends[i].port;
        flow_table_push(table, &segment);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    flow_table_free(table);
    return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int main(void) {
    static struct ends chosen[FLOWS], others[FLOWS];
    static const struct hash_key zero;
    double times[2][ROUNDS];
    struct hash_key key;

    choose(chosen, &zero);
    for (uint64_t n = 0; n < FLOWS; n++) {
        others[n] = ends_of(n << COLLIDING_BITS);
    }
    for (int i = 0; i < ROUNDS; i++) {
        if (!hash_key_random(&key)) {
            return 2;
        }
        times[0][i] = seconds_of(&key, others, FLOWS);
        times[1][i] = seconds_of(&key, chosen, FLOWS);
    }
    qsort(times[0], ROUNDS, sizeof times[0][0], compare);
    qsort(times[1], ROUNDS, sizeof times[1][0], compare);
    printf("random key, %d flows: not chosen %.4f s, chosen %.4f s (%+.0f %%)\n", FLOWS, times[0][ROUNDS / 2], times[1][ROUNDS / 2],
           (times[1][ROUNDS / 2] / times[0][ROUNDS / 2] - 1) * 100);
    printf("the key that they were chosen for, %d flows: %.4f s\n", FLOWS / 10, seconds_of(&zero, chosen, FLOWS / 10));
    return 0;
}
