#include "base/buffer.h"

bool buffer_reserve(struct buffer *b, size_t more, size_t cap) {
    if (more > cap || b->len > cap - more) {
        return false;
    }
    if (b->len + more > b->size) {
        size_t size = b->size < 256 ? 256 : b->size;
        while (size < b->len + more) {
            size += size / 2;
        }
        uint8_t *p = memory_resize(b->memory, b->p, b->size, size);
        if (p == NULL) {
            return false;
        }
        b->p = p;
        b->size = size;
    }
    return true;
}

bool buffer_append(struct buffer *b, struct bytes data, size_t cap) {
    if (!buffer_reserve(b, data.len, cap)) {
        return false;
    }
    if (data.len > 0) {
        memcpy(b->p + b->len, data.p, data.len);
        b->len += data.len;
    }
    return true;
}

void buffer_drop(struct buffer *b, size_t n) {
    if (n > 0 && n < b->len) {
        memmove(b->p, b->p + n, b->len - n);
    }
    b->len -= n;
}

void buffer_clear(struct buffer *b) {
    memory_free(b->memory, b->p, b->size);
    *b = (struct buffer){.memory = b->memory};
}
