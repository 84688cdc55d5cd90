#include "held.h"

#include "base/limits.h"

bool held_add(struct held *held, struct memory *memory, const struct ended *e) {
    struct ended *kept = memory_new(memory, sizeof *kept);
    if (kept == NULL) {
        return false;
    }
    *kept = *e;
    kept->next = NULL;
    *(held->first != NULL ? held->end : &held->first) = kept;
    held->end = &kept->next;
    held->num++;
    return true;
}

bool held_take(struct held *held, struct memory *memory, struct ended *out) {
    struct ended *first = held->first;
    if (first == NULL) {
        return false;
    }
    *out = *first;
    held->first = first->next;
    held->num--;
    memory_free(memory, first, sizeof *first);
    return true;
}

/* It yields before anything else has to. */
bool held_is_full(const struct held *held, const struct memory *memory) {
    return held->num > LIMIT_HELD_CONVERSATIONS || memory->held > memory->bound / 2;
}
