#include "report/waiting.h"

#include "base/limits.h"

#include <string.h>

/* What is done is given up where it is half of all, so that each byte moves once at most for each byte written. */
static void make_room(struct waiting *w) {
    if (w->at > w->blocks.len / 2) {
        buffer_drop(&w->blocks, w->at);
        w->at = 0;
    }
}

bool waiting_add(struct waiting *w, struct bytes block, size_t cap) {
    size_t len = block.len;
    make_room(w);
    size_t most = w->num > 0 ? w->at + cap : SIZE_MAX;
    if (!buffer_reserve(&w->blocks, sizeof len + len, most)) {
        return false;
    }
    buffer_append(&w->blocks, bytes_of(&len, sizeof len), SIZE_MAX);
    buffer_append(&w->blocks, block, SIZE_MAX);
    w->num++;
    return true;
}

static size_t first_len(const struct waiting *w) {
    size_t len;
    memcpy(&len, w->blocks.p + w->at, sizeof len);
    return len;
}

struct bytes waiting_rest(const struct waiting *w) {
    if (w->num == 0) {
        return (struct bytes){0};
    }
    return bytes_of(w->blocks.p + w->at + sizeof(size_t) + w->done, first_len(w) - w->done);
}

/* A flood's memory is given back. */
static void forget_all(struct waiting *w) {
    w->blocks.len = w->at = 0;
    if (w->blocks.size > LIMIT_WAITING / 8) {
        buffer_clear(&w->blocks);
    }
}

void waiting_advance(struct waiting *w, size_t n) {
    w->done += n;
    if (w->done == first_len(w)) {
        w->at += sizeof(size_t) + w->done;
        w->done = 0;
        w->num--;
    }
    if (w->num == 0) {
        forget_all(w);
    }
}

void waiting_clear(struct waiting *w) {
    buffer_clear(&w->blocks);
    *w = (struct waiting){0};
}
