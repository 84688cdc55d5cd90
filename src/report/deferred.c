#include "report/deferred.h"

#include "base/limits.h"

#include <unistd.h>

void deferred_clear(struct deferred *d) {
    buffer_clear(&d->text);
    buffer_clear(&d->blocks);
    buffer_clear(&d->read);
    d->num_spilled = 0;
}

/* The file may hold what was spilled before it was cleared. A disk that is full says so by the time it is flushed. */
static bool spill(struct deferred *d) {
    if (fseek(d->file, (long)d->num_spilled, SEEK_SET) != 0 || fwrite(d->text.p, 1, d->text.len, d->file) != d->text.len ||
        fflush(d->file) != 0) {
        return false;
    }
    d->num_spilled += d->text.len;
    d->text.len = 0;
    return true;
}

/* Reading it again needs no memory that there may not be then. */
static bool add_text(struct deferred *d, struct bytes text) {
    bool spills = d->file != NULL && d->text.len > 0 && d->text.len + text.len > LIMIT_DEFERRED_IN_MEMORY;
    return d->num_spilled + d->text.len + text.len <= d->most && (d->file == NULL || buffer_reserve(&d->read, text.len, d->most)) &&
           (!spills || spill(d)) && buffer_append(&d->text, text, d->most);
}

bool deferred_add(struct deferred *d, struct bytes text, struct deferred_block block) {
    block.start = d->num_spilled + d->text.len;
    block.head_end += block.start;
    if (!add_text(d, text)) {
        return false;
    }
    if (!buffer_append(&d->blocks, bytes_of(&block, sizeof block), d->most)) {
        d->text.len -= text.len;
        return false;
    }
    return true;
}

size_t deferred_num(const struct deferred *d) {
    return d->blocks.len / sizeof(struct deferred_block);
}

static struct deferred_block block_at(const struct deferred *d, size_t i) {
    struct deferred_block block = {.start = d->num_spilled + d->text.len};
    if (i < deferred_num(d)) {
        memcpy(&block, d->blocks.p + i * sizeof block, sizeof block);
    }
    return block;
}

/* A block is spilled whole. Room to read it was made when it was added. */
static bool find_text(struct deferred *d, size_t start, size_t len, struct bytes *out) {
    if (start >= d->num_spilled) {
        *out = bytes_of(d->text.p + (start - d->num_spilled), len);
        return true;
    }
    *out = bytes_of(d->read.p, len);
    return pread(fileno(d->file), d->read.p, len, (off_t)start) == (ssize_t)len;
}

bool deferred_get(struct deferred *d, size_t i, struct deferred_block *block, struct bytes *head, struct bytes *rest) {
    struct deferred_block at = block_at(d, i);
    struct bytes text;
    if (!find_text(d, at.start, block_at(d, i + 1).start - at.start, &text)) {
        return false;
    }
    *block = at;
    bytes_take(&text, at.head_end - at.start, head);
    *rest = text;
    return true;
}
