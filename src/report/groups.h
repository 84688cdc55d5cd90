/*
 * A bounded table: what was counted, under keys that strangers choose, in the order in which they came first. The hash
 * is keyed. Entries are never removed singly; where a bound is reached or memory is exhausted nothing is added, and
 * counted in `left_out`.
 */
#ifndef TLSWATCH_REPORT_GROUPS_H
#define TLSWATCH_REPORT_GROUPS_H

#include "base/arena.h"
#include "base/siphash.h"

struct group;

struct groups {
    struct hash_key key;
    size_t value_len;
    size_t most;       /* entries */
    size_t most_bytes; /* of keys, values and texts */
    size_t bytes;
    uint64_t left_out;
    struct arena arena;
    struct group **items; /* in their order */
    size_t num, room;
    uint32_t *slots; /* index in items and 1; 0: empty */
    size_t num_slots;
};

/* groups_init makes an empty table, whose values are zeroed blocks of value_len bytes; false where no key can be had. */
bool groups_init(struct groups *g, size_t value_len, size_t most, size_t most_bytes);

/* groups_clear gives the memory back; the table is empty and usable again, its key the same. */
void groups_clear(struct groups *g);

/* groups_find returns the value under the key; NULL where there is none. */
void *groups_find(const struct groups *g, struct bytes key);

/* groups_add returns the value under the key, a new one where there is none; NULL where a bound is reached. */
void *groups_add(struct groups *g, struct bytes key);

/* groups_at returns the value that came as number `index`, groups_key its key, which ends with a NUL that is not part
 * of it; both live as long as the table. */
void *groups_at(const struct groups *g, size_t index);
struct bytes groups_key(const struct groups *g, size_t index);

/* groups_text copies a text for as long as the table lives; NULL for NULL, and where a bound is reached. */
const char *groups_text(struct groups *g, const char *text);

#endif
