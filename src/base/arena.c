#include "base/arena.h"

#include "base/digits.h"
#include "base/escape.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct arena_block {
    struct arena_block *next;
    size_t size, used;
    _Alignas(max_align_t) uint8_t data[];
};

static struct arena_block *add_block(struct arena *a, size_t size) {
    struct arena_block *block = memory_resize(a->memory, NULL, 0, sizeof *block + size);
    if (block == NULL) {
        return NULL;
    }
    block->size = size;
    block->used = 0;
    /* A large object gets a block of its own, behind the one that still has room. */
    if (size > ARENA_BLOCK && a->blocks != NULL) {
        block->next = a->blocks->next;
        a->blocks->next = block;
    } else {
        block->next = a->blocks;
        a->blocks = block;
    }
    return block;
}

void *arena_alloc(struct arena *a, size_t len) {
    const size_t unit = _Alignof(max_align_t);
    if (len > SIZE_MAX / 2) {
        return NULL;
    }
    len = (len + unit - 1) / unit * unit;
    struct arena_block *block = a->blocks;
    if (block == NULL || len > block->size - block->used) {
        block = add_block(a, len > ARENA_BLOCK ? len : ARENA_BLOCK);
    }
    if (block == NULL) {
        return NULL;
    }
    void *p = block->data + block->used;
    block->used += len;
    memset(p, 0, len);
    return p;
}

char *arena_copy(struct arena *a, struct bytes text) {
    char *copy = text.len < SIZE_MAX ? arena_alloc(a, text.len + 1) : NULL;
    if (copy != NULL && text.len > 0) {
        memcpy(copy, text.p, text.len);
    }
    return copy;
}

/* Most of what is said is put together from texts and numbers, %s and %llu: without printf that takes a tenth of the time.
 * The length; -1 where there is more to it, or it does not fit. */
static int format_simply(char *out, size_t size, const char *format, va_list args) {
    char digits[DIGITS_MOST];
    size_t len = 0, part_len;

    for (const char *part = format; *format != '\0'; part = format) {
        if (*format != '%') {
            part_len = strcspn(format, "%");
            format += part_len;
        } else if (format[1] == 's' && (part = va_arg(args, const char *)) != NULL) {
            part_len = strlen(part);
            format += 2;
        } else if (strncmp(format, "%llu", 4) == 0) {
            part = digits;
            part_len = (size_t)(digits_decimal(digits, va_arg(args, unsigned long long)) - digits);
            format += 4;
        } else {
            return -1;
        }
        if (part_len > size - len) {
            return -1;
        }
        memcpy(out + len, part, part_len);
        len += part_len;
    }
    return (int)len;
}

char *arena_format(struct arena *a, const char *format, ...) {
    va_list args;
    char brief[256];

    va_start(args, format);
    int len = format_simply(brief, sizeof brief, format, args);
    va_end(args);
    if (len >= 0) {
        return arena_copy(a, bytes_of(brief, (size_t)len));
    }
    va_start(args, format);
    len = vsnprintf(brief, sizeof brief, format, args);
    va_end(args);
    if (len < 0) {
        return NULL;
    }
    if ((size_t)len < sizeof brief) {
        return arena_copy(a, bytes_of(brief, (size_t)len));
    }
    char *text = arena_alloc(a, (size_t)len + 1);
    if (text != NULL) {
        va_start(args, format);
        vsnprintf(text, (size_t)len + 1, format, args);
        va_end(args);
    }
    return text;
}

char *arena_escape(struct arena *a, struct bytes text, size_t max_len) {
    if (text.len <= max_len && escape_is_plain(text)) {
        return arena_copy(a, text);
    }
    char *escaped = escape_utf8(text, max_len);
    char *copy = escaped != NULL ? arena_copy(a, bytes_of(escaped, strlen(escaped))) : NULL;
    free(escaped);
    return copy;
}

static void free_blocks(struct arena *a, struct arena_block *block) {
    while (block != NULL) {
        struct arena_block *next = block->next;
        memory_free(a->memory, block, sizeof *block + block->size);
        block = next;
    }
}

void arena_reset(struct arena *a) {
    if (a->blocks == NULL) {
        return;
    }
    if (a->blocks->size > ARENA_BLOCK) {
        arena_clear(a);
        return;
    }
    free_blocks(a, a->blocks->next);
    a->blocks->next = NULL;
    a->blocks->used = 0;
}

void arena_clear(struct arena *a) {
    free_blocks(a, a->blocks);
    a->blocks = NULL;
}
