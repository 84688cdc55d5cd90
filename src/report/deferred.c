#include "report/deferred.h"

void deferred_clear(struct deferred *d) {
    buffer_clear(&d->text);
    buffer_clear(&d->blocks);
}

bool deferred_add(struct deferred *d, struct bytes text, struct deferred_block block) {
    block.start = d->text.len;
    block.head_end += d->text.len;
    if (!buffer_append(&d->text, text, d->most)) {
        return false;
    }
    if (!buffer_append(&d->blocks, bytes_of(&block, sizeof block), d->most)) {
        d->text.len = block.start;
        return false;
    }
    return true;
}

size_t deferred_num(const struct deferred *d) {
    return d->blocks.len / sizeof(struct deferred_block);
}

struct deferred_block deferred_get(const struct deferred *d, size_t i, struct bytes *head, struct bytes *rest) {
    struct deferred_block block, next = {.start = d->text.len};
    memcpy(&block, d->blocks.p + i * sizeof block, sizeof block);
    if (i + 1 < deferred_num(d)) {
        memcpy(&next, d->blocks.p + (i + 1) * sizeof next, sizeof next);
    }
    *head = bytes_of(d->text.p + block.start, block.head_end - block.start);
    *rest = bytes_of(d->text.p + block.head_end, next.start - block.head_end);
    return block;
}
