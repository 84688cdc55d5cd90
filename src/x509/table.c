#include "x509/internal.h"

#include <stdlib.h>

void *table_find(const struct table *t, uint64_t hash, table_match match, const void *wanted) {
    if (t->num_slots == 0) {
        return NULL;
    }
    size_t mask = t->num_slots - 1;
    for (size_t i = (size_t)hash & mask; t->slots[i].item != NULL; i = (i + 1) & mask) {
        if (t->slots[i].hash == hash && match(t->slots[i].item, wanted)) {
            return t->slots[i].item;
        }
    }
    return NULL;
}

static void insert(struct table_slot *slots, size_t num_slots, struct table_slot slot) {
    size_t i = (size_t)slot.hash & (num_slots - 1);
    while (slots[i].item != NULL) {
        i = (i + 1) & (num_slots - 1);
    }
    slots[i] = slot;
}

static bool grow(struct table *t) {
    size_t num_slots = t->num_slots == 0 ? 64 : t->num_slots * 2;
    struct table_slot *slots = calloc(num_slots, sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < t->num_slots; i++) {
        if (t->slots[i].item != NULL) {
            insert(slots, num_slots, t->slots[i]);
        }
    }
    free(t->slots);
    t->slots = slots;
    t->num_slots = num_slots;
    return true;
}

bool table_add(struct table *t, uint64_t hash, void *item) {
    if (t->num_items >= t->num_slots / 2 && !grow(t)) {
        return false;
    }
    insert(t->slots, t->num_slots, (struct table_slot){hash, item});
    t->num_items++;
    return true;
}

void table_clear(struct table *t) {
    free(t->slots);
    *t = (struct table){0};
}
