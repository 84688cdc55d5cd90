/*
 * An account of the memory that traffic makes us hold: one for each watcher, with a bound that is never passed.
 *
 * Whoever gives memory back says how long it was, so that nothing stands before the bytes. Where the bound or the
 * system says no, NULL comes back, nothing has changed, and the refusal is counted. A NULL account counts nothing and
 * has no bound: for what the user gives, and for tests.
 */
#ifndef TLSWATCH_BASE_MEMORY_H
#define TLSWATCH_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Blocks of up to MEMORY_SMALL bytes that were given back wait, by size, for whoever asks next. */
#define MEMORY_UNIT 64
#define MEMORY_SMALL 4096

struct memory {
    size_t bound; /* bytes */
    size_t held, peak;
    uint64_t refused;
    size_t idle; /* bytes that wait */
    struct idle_block *waiting[MEMORY_SMALL / MEMORY_UNIT];
};

/* memory_clear frees what waits; what is held stays. */
void memory_clear(struct memory *m);

/* memory_new returns zeroed bytes. */
void *memory_new(struct memory *m, size_t len);

/* memory_resize is realloc; `p` may be NULL with old_len 0. On NULL `p` still stands. */
void *memory_resize(struct memory *m, void *p, size_t old_len, size_t len);

void memory_free(struct memory *m, void *p, size_t len);

/* memory_grow returns the array with room for one more of its `num` objects, or NULL, and the array still stands. Arrays
 * grow from `least`, which is always the same for one, two steps to the double, so that `num` alone tells how long it is: it is
 * to be raised at once, and nothing may fail in between. */
#define ARRAY_LEAST 4 /* where nothing is usual */
void *memory_grow(struct memory *m, void *array, size_t num, size_t least, size_t object_len);
void memory_free_array(struct memory *m, void *array, size_t num, size_t least, size_t object_len);

/* memory_charge counts what something else holds, such as libcrypto's objects; false, and nothing is counted, where it
 * would pass the bound. */
bool memory_charge(struct memory *m, size_t len);
void memory_discharge(struct memory *m, size_t len);

/* memory_allows: so much more would not be refused, at least by the account. */
static inline bool memory_allows(const struct memory *m, size_t len) {
    return m == NULL || len <= m->bound - m->held;
}

/* memory_is_scarce: less than a sixteenth is left. It is time to let something go, before anything is refused. */
static inline bool memory_is_scarce(const struct memory *m) {
    return m != NULL && m->held > m->bound - m->bound / 16;
}

#endif
