#include "flow/window.h"

#include "base/limits.h"

#define LEAST_SIZE 1024

#define IS_POWER_OF_TWO(n) (((n) & ((n)-1)) == 0)

_Static_assert(LIMIT_OVERLAP_WINDOW_LESS >= LEAST_SIZE && IS_POWER_OF_TWO(LIMIT_OVERLAP_WINDOW) &&
                       IS_POWER_OF_TWO(LIMIT_OVERLAP_WINDOW_LESS),
               "it goes round by a mask");

void window_clear(struct window *window, struct memory *memory) {
    memory_free(memory, window->p, window->size);
    *window = (struct window){0};
}

/* Where the byte that stands `before` bytes before the end lies. */
static size_t place_of(const struct window *w, uint64_t before) {
    return (w->end - before) & (w->size - 1);
}

static bool resize(struct window *w, uint32_t size, struct memory *memory) {
    uint8_t *p = memory_resize(memory, NULL, 0, size);
    uint32_t len = w->len < size ? w->len : size;

    if (p == NULL) {
        return false;
    }
    if (len > 0) {
        size_t start = place_of(w, len), room = w->size - start, first = len < room ? len : room;
        memcpy(p, w->p + start, first);
        memcpy(p + first, w->p, len - first);
    }
    memory_free(memory, w->p, w->size);
    *w = (struct window){p, size, len, len & (size - 1)};
    return true;
}

static bool make_room(struct window *w, size_t more, size_t most, struct memory *memory) {
    size_t needed = w->len + more < most ? w->len + more : most;
    uint32_t size = w->size == 0 ? LEAST_SIZE : w->size;

    while (size < needed) {
        size *= 2;
    }
    while (size > most) {
        size /= 2;
    }
    return size == w->size || resize(w, size, memory);
}

void window_add(struct window *window, struct bytes data, size_t most, struct memory *memory) {
    if (data.len > most) {
        bytes_skip(&data, data.len - most);
    }
    if (!make_room(window, data.len, most, memory)) {
        window_clear(window, memory);
        return;
    }
    size_t room = window->size - window->end, first = data.len < room ? data.len : room;
    size_t len = window->len + data.len < window->size ? window->len + data.len : window->size;
    memcpy(window->p + window->end, data.p, first);
    memcpy(window->p, data.p + first, data.len - first);
    window->end = (uint32_t)(window->end + data.len) & (window->size - 1);
    window->len = (uint32_t)len;
}

bool window_conflicts(const struct window *window, struct bytes data, uint64_t before) {
    if (before > window->len) {
        uint64_t forgotten = before - window->len;
        if (forgotten >= data.len) {
            return false;
        }
        bytes_skip(&data, forgotten);
        before = window->len;
    }
    size_t len = before < data.len ? before : data.len;
    if (len == 0) {
        return false;
    }
    size_t start = place_of(window, before), room = window->size - start, first = len < room ? len : room;
    return memcmp(window->p + start, data.p, first) != 0 || memcmp(window->p, data.p + first, len - first) != 0;
}
