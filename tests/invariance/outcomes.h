/*
 * What tlswatch says about a set of packets, as lines that can be compared: each record as JSON, without the capture
 * facts (frames, times, names of files) and in an order that does not depend on the packets'.
 */
#ifndef TLSWATCH_TESTS_INVARIANCE_OUTCOMES_H
#define TLSWATCH_TESTS_INVARIANCE_OUTCOMES_H

#include "packets.h"

struct json_object;

struct outcomes {
    char **lines; /* sorted */
    size_t num, size;
    struct json_object **records; /* as they came, whole */
};

/* What may differ besides the capture facts. */
enum outcome_ignore {
    IGNORE_NOTHING = 0,
    IGNORE_OVERLAPS = 1 << 0, /* overlaps that conflict are findings */
    IGNORE_REPEATS = 1 << 1,  /* how often the same was sent, and in segments of what length */
    IGNORE_MISSING = 1 << 2,  /* how much of each direction the capture holds */
    IGNORE_ADDRESSES = 1 << 3,
    IGNORE_CLOSING = 1 << 4, /* both closed at once: who was first, only the order of the packets says */
    IGNORE_LIMITS = 1 << 5,  /* that a bound was reached */
};

void outcomes_of(struct outcomes *o, const struct packets *packets, unsigned ignore);

/* outcomes_record adds one record, where the packets are fed by the caller: a callback, with `user` the collector. */
struct outcomes_collector {
    struct outcomes *outcomes;
    unsigned ignore;
    int fd; /* of a memfd */
};

void outcomes_begin(struct outcomes_collector *c, struct outcomes *o, unsigned ignore);
void outcomes_record(void *user, const struct tlswatch_record *record);
void outcomes_end(struct outcomes_collector *c); /* sorts */

/* outcomes_differ gives NULL where both are the same, else a text with the first difference, to be freed. */
char *outcomes_differ(const struct outcomes *wanted, const struct outcomes *have);

void outcomes_clear(struct outcomes *o);

/* outcome_at gives the value at "a.b.0.c" as text ("-": there is none). Valid as long as the record. */
const char *outcome_at(struct json_object *record, const char *path);

#endif
