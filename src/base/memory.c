#include "base/memory.h"

#include <stdlib.h>

bool memory_charge(struct memory *m, size_t len) {
    if (m == NULL) {
        return true;
    }
    if (len > m->bound - m->held) {
        m->refused++;
        return false;
    }
    m->held += len;
    m->peak = m->held > m->peak ? m->held : m->peak;
    return true;
}

void memory_discharge(struct memory *m, size_t len) {
    if (m != NULL) {
        m->held -= len;
    }
}

static void *refuse(struct memory *m, size_t len) {
    memory_discharge(m, len);
    if (m != NULL) {
        m->refused++;
    }
    return NULL;
}

void *memory_new(struct memory *m, size_t len) {
    if (!memory_charge(m, len)) {
        return NULL;
    }
    void *p = calloc(1, len);
    return p != NULL ? p : refuse(m, len);
}

/* The old bytes are given back only behind the new ones, as realloc may hold both. */
void *memory_resize(struct memory *m, void *p, size_t old_len, size_t len) {
    if (!memory_charge(m, len)) {
        return NULL;
    }
    void *resized = realloc(p, len);
    if (resized == NULL) {
        return refuse(m, len);
    }
    memory_discharge(m, old_len);
    return resized;
}

void memory_free(struct memory *m, void *p, size_t len) {
    if (p != NULL) {
        free(p);
        memory_discharge(m, len);
    }
}

static size_t room_of(size_t num) {
    size_t room = num == 0 ? 0 : ARRAY_LEAST;

    while (room < num) {
        room *= 2;
    }
    return room;
}

void *memory_grow(struct memory *m, void *array, size_t num, size_t object_len) {
    size_t room = room_of(num);

    if (num < room) {
        return array;
    }
    return memory_resize(m, array, room * object_len, room_of(num + 1) * object_len);
}

void memory_free_array(struct memory *m, void *array, size_t num, size_t object_len) {
    memory_free(m, array, room_of(num) * object_len);
}
