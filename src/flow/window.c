#include "flow/window.h"
#include "base/limits.h"

void window_clear(struct buffer *window, struct budget *budget) {
    budget->held -= window->len;
    buffer_clear(window);
}

void window_add(struct buffer *window, struct bytes data, struct budget *budget) {
    if (data.len > LIMIT_OVERLAP_WINDOW / 2) {
        bytes_skip(&data, data.len - LIMIT_OVERLAP_WINDOW / 2);
        budget->held -= window->len;
        buffer_drop(window, window->len);
    }
    if (window->len + data.len > LIMIT_OVERLAP_WINDOW) {
        budget->held -= LIMIT_OVERLAP_WINDOW / 2;
        buffer_drop(window, LIMIT_OVERLAP_WINDOW / 2);
    }
    if (budget->held + data.len > LIMIT_REORDER_TOTAL || !buffer_append(window, data, LIMIT_OVERLAP_WINDOW)) {
        window_clear(window, budget);
        return;
    }
    budget->held += data.len;
}

bool window_conflicts(const struct buffer *window, struct bytes data, uint64_t before) {
    if (before > window->len) {
        uint64_t forgotten = before - window->len;
        if (forgotten >= data.len) {
            return false;
        }
        bytes_skip(&data, forgotten);
        before = window->len;
    }
    size_t len = before < data.len ? before : data.len;
    return len > 0 && memcmp(window->p + (window->len - before), data.p, len) != 0;
}
