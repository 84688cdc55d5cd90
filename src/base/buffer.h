/*
 * Owned bytes that grow up to a cap. A zeroed buffer is an empty one. Appending beyond the cap, or where memory is
 * exhausted, is refused and changes nothing.
 */
#ifndef TLSWATCH_BASE_BUFFER_H
#define TLSWATCH_BASE_BUFFER_H

#include "base/bytes.h"
#include "base/memory.h"

struct buffer {
    uint8_t *p;
    size_t len;
    size_t size;           /* allocated */
    struct memory *memory; /* who pays for it; NULL: nobody */
};

/* buffer_reserve makes room for `more` bytes behind len; false where len + more would pass `cap` or memory is exhausted. */
bool buffer_reserve(struct buffer *b, size_t more, size_t cap);

/* buffer_append adds a copy of `data`; false where len would pass `cap` or memory is exhausted. */
bool buffer_append(struct buffer *b, struct bytes data, size_t cap);

/* buffer_drop takes n bytes (n <= len) from the front. */
void buffer_drop(struct buffer *b, size_t n);

/* buffer_clear frees; the buffer is empty and usable again, on the same account. */
void buffer_clear(struct buffer *b);

static inline struct bytes buffer_bytes(const struct buffer *b) {
    return (struct bytes){b->p, b->len};
}

#endif
