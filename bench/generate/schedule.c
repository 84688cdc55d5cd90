#include "schedule.h"

#include <stdbool.h>
#include <stdlib.h>

static bool is_before(const struct event *a, const struct event *b) {
    return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->order < b->order;
}

void schedule_add(struct schedule *s, uint64_t time_ns, struct flow *flow, struct frame *again) {
    const struct event event = {time_ns, s->made++, flow, again};
    if (s->num == s->size) {
        s->size = s->size == 0 ? 1024 : 2 * s->size;
        s->heap = realloc(s->heap, s->size * sizeof *s->heap);
        if (s->heap == NULL) {
            abort(); /* memory is exhausted */
        }
    }
    size_t at = s->num++;
    for (; at > 0 && is_before(&event, &s->heap[(at - 1) / 2]); at = (at - 1) / 2) {
        s->heap[at] = s->heap[(at - 1) / 2];
    }
    s->heap[at] = event;
}

struct event schedule_next(struct schedule *s) {
    const struct event first = s->heap[0], last = s->heap[--s->num];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < s->num; at = child) {
        child += child + 1 < s->num && is_before(&s->heap[child + 1], &s->heap[child]);
        if (!is_before(&s->heap[child], &last)) {
            break;
        }
        s->heap[at] = s->heap[child];
    }
    s->heap[at] = last;
    return first;
}
