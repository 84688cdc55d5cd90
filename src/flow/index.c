#include "flow/index.h"

#include "base/limits.h"

#define NUMBERS ((UINT32_C(1) << INDEX_NUMBER_BITS) - 1)

_Static_assert(sizeof(struct index_line) == 64, "a line of the cache");
_Static_assert(LIMIT_FLOWS < NUMBERS && LIMIT_FLOWS < 1 << 28, "numbers and their count fit");

static uint32_t tag_of(uint32_t hash) {
    return hash & ~NUMBERS;
}

/* Odd, so that all lines are reached; of the tag, so that those of one line scatter. */
static uint32_t step_of(uint32_t tag) {
    return tag >> (INDEX_NUMBER_BITS - 1) | 1;
}

size_t index_len(uint32_t num_lines) {
    return num_lines == 0 ? 0 : (num_lines + (size_t)1) * sizeof(struct index_line);
}

bool index_resize(struct slot_index *x, uint32_t num_lines, struct memory *memory) {
    uint8_t *block = memory_new(memory, index_len(num_lines));

    if (block == NULL) {
        return false;
    }
    index_clear(x, memory);
    size_t off = -(uintptr_t)block % sizeof(struct index_line);
    *x = (struct slot_index){(struct index_line *)(void *)(block + off), num_lines, block};
    return true;
}

void index_clear(struct slot_index *x, struct memory *memory) {
    memory_free(memory, x->block, index_len(x->num_lines));
    *x = (struct slot_index){0};
}

void index_add(struct slot_index *x, uint32_t hash, uint32_t number) {
    uint32_t tag = tag_of(hash), at = hash & (x->num_lines - 1);

    while (x->lines[at].num == INDEX_LINE) {
        x->lines[at].num_past++;
        at = (at + step_of(tag)) & (x->num_lines - 1);
    }
    struct index_line *line = &x->lines[at];
    line->entry[line->num++] = tag | number;
}

/* Written so that compilers compare many at once. */
static uint32_t entries_with(const struct index_line *line, uint32_t tag) {
    uint32_t matches = 0;

    for (uint32_t i = 0; i < INDEX_LINE; i++) {
        matches |= (uint32_t)((line->entry[i] ^ tag) >> INDEX_NUMBER_BITS == 0) << i;
    }
    return matches & ((UINT32_C(1) << line->num) - 1);
}

void index_remove(struct slot_index *x, uint32_t hash, uint32_t number) {
    uint32_t entry = tag_of(hash) | number, at = hash & (x->num_lines - 1);

    for (;;) {
        struct index_line *line = &x->lines[at];
        for (uint32_t i = 0; i < line->num; i++) {
            if (line->entry[i] == entry) {
                line->entry[i] = line->entry[--line->num];
                return;
            }
        }
        line->num_past--;
        at = (at + step_of(tag_of(hash))) & (x->num_lines - 1);
    }
}

void index_look(const struct slot_index *x, uint32_t hash, struct index_search *search) {
    uint32_t line = hash & (x->num_lines - 1);

    *search = (struct index_search){x, hash, line, x->num_lines == 0 ? 0 : entries_with(&x->lines[line], tag_of(hash))};
}

/* The line in which it goes on; false where there is none, at the latest when it has been through all. */
static bool next_line(struct index_search *search) {
    const struct slot_index *x = search->index;
    uint32_t mask = x->num_lines - 1;

    if (x->num_lines == 0 || x->lines[search->line].num_past == 0) {
        return false;
    }
    search->line = (search->line + step_of(tag_of(search->hash))) & mask;
    search->matches = entries_with(&x->lines[search->line], tag_of(search->hash));
    return search->line != (search->hash & mask);
}

uint32_t index_next(struct index_search *search) {
    while (search->matches == 0) {
        if (!next_line(search)) {
            return 0;
        }
    }
    int i = __builtin_ctz(search->matches);
    search->matches &= search->matches - 1;
    return search->index->lines[search->line].entry[i] & NUMBERS;
}
