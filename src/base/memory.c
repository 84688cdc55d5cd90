#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

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

struct idle_block {
    struct idle_block *next;
};

/* Sanitizers are to see every block come and go. */
#ifdef SANITIZED
#define IDLE_BYTES 0
#else
#define IDLE_BYTES LIMIT_MEMORY_IDLE
#endif

static bool is_small(const struct memory *m, size_t len) {
    return m != NULL && len > 0 && len <= MEMORY_SMALL;
}

/* A small block is as long as any of its kind. */
static size_t real_len(size_t len) {
    return (len + MEMORY_UNIT - 1) / MEMORY_UNIT * MEMORY_UNIT;
}

static struct idle_block **waiting_of(struct memory *m, size_t len) {
    return &m->waiting[(len - 1) / MEMORY_UNIT];
}

/* A block of no bytes is one as well: NULL is to say that there is no memory. */
static size_t least(size_t len) {
    return len > 0 ? len : 1;
}

static void *take(struct memory *m, size_t len) {
    if (!is_small(m, len)) {
        return malloc(least(len));
    }
    struct idle_block **first = waiting_of(m, len), *block = *first;
    if (block == NULL) {
        return malloc(real_len(len));
    }
    *first = block->next;
    m->idle -= real_len(len);
    return block;
}

static void give_back(struct memory *m, void *p, size_t len) {
    if (!is_small(m, len) || m->idle + real_len(len) > IDLE_BYTES) {
        free(p);
        return;
    }
    struct idle_block **first = waiting_of(m, len), *block = p;
    block->next = *first;
    *first = block;
    m->idle += real_len(len);
}

static void *move(struct memory *m, void *p, size_t old_len, size_t len) {
    if (real_len(old_len) == real_len(len)) {
        return p;
    }
    void *moved = take(m, len);
    if (moved != NULL) {
        memcpy(moved, p, old_len < len ? old_len : len);
        give_back(m, p, old_len);
    }
    return moved;
}

void memory_clear(struct memory *m) {
    for (size_t i = 0; i < sizeof m->waiting / sizeof *m->waiting; i++) {
        while (m->waiting[i] != NULL) {
            struct idle_block *block = m->waiting[i];
            m->waiting[i] = block->next;
            free(block);
        }
    }
    m->idle = 0;
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
    void *p = take(m, len);
    return p != NULL ? memset(p, 0, len) : refuse(m, len);
}

/* The old bytes are given back only behind the new ones, as realloc may hold both. */
void *memory_resize(struct memory *m, void *p, size_t old_len, size_t len) {
    if (!memory_charge(m, len)) {
        return NULL;
    }
    void *resized = p == NULL                                  ? take(m, len)
                    : is_small(m, len) || is_small(m, old_len) ? move(m, p, old_len, len)
                                                               : realloc(p, least(len));
    if (resized == NULL) {
        return refuse(m, len);
    }
    memory_discharge(m, old_len);
    return resized;
}

void memory_free(struct memory *m, void *p, size_t len) {
    if (p != NULL) {
        give_back(m, p, len);
        memory_discharge(m, len);
    }
}

/* Behind the least, of 4, 6, 8, 12, 16, 24 ... the next. */
static size_t room_of(size_t num, size_t least) {
    if (num <= least) {
        return num == 0 ? 0 : least;
    }
    size_t power = (size_t)1 << (64 - __builtin_clzll(num - 1)), less = power / 4 * 3;
    return num <= less ? less : power;
}

void *memory_grow(struct memory *m, void *array, size_t num, size_t least, size_t object_len) {
    size_t room = room_of(num, least);

    if (num < room) {
        return array;
    }
    return memory_resize(m, array, room * object_len, room_of(num + 1, least) * object_len);
}

void memory_free_array(struct memory *m, void *array, size_t num, size_t least, size_t object_len) {
    memory_free(m, array, room_of(num, least) * object_len);
}
