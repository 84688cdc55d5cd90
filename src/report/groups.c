#include "report/groups.h"

#include <stddef.h>
#include <stdlib.h>

#define FIRST_SLOTS 64

/* The value stands behind it, and the key behind that, with a NUL. */
struct group {
    uint64_t hash;
    size_t key_len;
    _Alignas(max_align_t) uint8_t value[];
};

bool groups_init(struct groups *g, size_t value_len, size_t most, size_t most_bytes) {
    *g = (struct groups){.value_len = value_len, .most = most < UINT32_MAX ? most : UINT32_MAX - 1, .most_bytes = most_bytes};
    return hash_key_random(&g->key);
}

void groups_clear(struct groups *g) {
    arena_clear(&g->arena);
    free(g->items);
    free(g->slots);
    g->items = NULL;
    g->slots = NULL;
    g->num = g->room = g->num_slots = g->bytes = 0;
    g->left_out = 0;
}

static struct bytes key_of(const struct groups *g, const struct group *group) {
    return bytes_of(group->value + g->value_len, group->key_len);
}

/* The slot where the key stands or would stand; the table has one that is empty. */
static size_t slot_of(const struct groups *g, uint64_t hash, struct bytes key) {
    size_t at = (size_t)hash & (g->num_slots - 1);
    while (g->slots[at] != 0) {
        const struct group *group = g->items[g->slots[at] - 1];
        if (group->hash == hash && bytes_equal(key_of(g, group), key)) {
            break;
        }
        at = (at + 1) & (g->num_slots - 1);
    }
    return at;
}

void *groups_find(const struct groups *g, struct bytes key) {
    if (g->num_slots == 0) {
        return NULL;
    }
    uint32_t found = g->slots[slot_of(g, siphash(&g->key, key.p, key.len), key)];
    return found != 0 ? g->items[found - 1]->value : NULL;
}

static bool grow_slots(struct groups *g) {
    size_t num = g->num_slots > 0 ? 2 * g->num_slots : FIRST_SLOTS;
    uint32_t *slots = calloc(num, sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    free(g->slots);
    g->slots = slots;
    g->num_slots = num;
    for (size_t i = 0; i < g->num; i++) {
        slots[slot_of(g, g->items[i]->hash, key_of(g, g->items[i]))] = (uint32_t)i + 1;
    }
    return true;
}

static bool grow_items(struct groups *g) {
    size_t room = g->room > 0 ? 2 * g->room : FIRST_SLOTS / 2;
    struct group **items = realloc(g->items, room * sizeof *items);
    if (items == NULL) {
        return false;
    }
    g->items = items;
    g->room = room;
    return true;
}

/* At most half of the slots are taken. */
static bool make_room(struct groups *g) {
    return (2 * (g->num + 1) <= g->num_slots || grow_slots(g)) && (g->num < g->room || grow_items(g));
}

static void *alloc(struct groups *g, size_t len) {
    if (len > g->most_bytes - g->bytes) {
        return NULL;
    }
    void *p = arena_alloc(&g->arena, len);
    g->bytes += p != NULL ? len : 0;
    return p;
}

static struct group *new_group(struct groups *g, struct bytes key) {
    struct group *group = alloc(g, sizeof *group + g->value_len + key.len + 1);
    if (group == NULL) {
        return NULL;
    }
    group->hash = siphash(&g->key, key.p, key.len);
    group->key_len = key.len;
    if (key.len > 0) {
        memcpy(group->value + g->value_len, key.p, key.len);
    }
    return group;
}

void *groups_add(struct groups *g, struct bytes key) {
    void *found = groups_find(g, key);
    if (found != NULL) {
        return found;
    }
    struct group *group = g->num < g->most && make_room(g) ? new_group(g, key) : NULL;
    if (group == NULL) {
        g->left_out++;
        return NULL;
    }
    g->slots[slot_of(g, group->hash, key_of(g, group))] = (uint32_t)g->num + 1;
    g->items[g->num++] = group;
    return group->value;
}

void *groups_at(const struct groups *g, size_t index) {
    return g->items[index]->value;
}

struct bytes groups_key(const struct groups *g, size_t index) {
    return key_of(g, g->items[index]);
}

const char *groups_text(struct groups *g, const char *text) {
    if (text == NULL) {
        return NULL;
    }
    size_t len = strlen(text);
    char *copy = alloc(g, len + 1);
    if (copy != NULL) {
        memcpy(copy, text, len);
    }
    return copy;
}
