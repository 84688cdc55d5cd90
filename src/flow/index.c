#include "flow/index.h"

#include "base/limits.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define MOST 15U     /* of the first word of a line: how many numbers stand in it, */
#define ONE_PAST 16U /* and how many went past it */
#define NUMBERS ((UINT32_C(1) << INDEX_NUMBER_BITS) - 1)

_Static_assert(sizeof(struct index_line) == 64, "a line of the cache");
_Static_assert(INDEX_LINE == MOST, "it fits");
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

static uint32_t num_of(const struct index_line *line) {
    return line->word[0] & MOST;
}

static uint32_t num_past(const struct index_line *line) {
    return line->word[0] / ONE_PAST;
}

void index_add(struct slot_index *x, uint32_t hash, uint32_t number) {
    uint32_t tag = tag_of(hash), at = hash & (x->num_lines - 1);

    while (num_of(&x->lines[at]) == INDEX_LINE) {
        x->lines[at].word[0] += ONE_PAST;
        at = (at + step_of(tag)) & (x->num_lines - 1);
    }
    struct index_line *line = &x->lines[at];
    line->word[0]++;
    line->word[num_of(line)] = tag | number;
}

#ifdef __SSE2__
static __m128i four_like(const struct index_line *line, int first, __m128i entry, int first_bits) {
    __m128i four = _mm_load_si128((const __m128i *)(const void *)(line->word + first));
    return _mm_cmpeq_epi32(_mm_srli_epi32(_mm_xor_si128(four, entry), first_bits), _mm_setzero_si128());
}

/* A bit for each word of the line that agrees with `entry` above its first bits. */
static uint32_t words_like(const struct index_line *line, uint32_t entry, int first_bits) {
    __m128i all = _mm_set1_epi32((int)entry);
    __m128i front = _mm_packs_epi32(four_like(line, 0, all, first_bits), four_like(line, 4, all, first_bits));
    __m128i back = _mm_packs_epi32(four_like(line, 8, all, first_bits), four_like(line, 12, all, first_bits));
    return (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(front, back));
}
#else
static uint32_t words_like(const struct index_line *line, uint32_t entry, int first_bits) {
    uint32_t matches = 0;

    for (uint32_t i = 0; i <= INDEX_LINE; i++) {
        matches |= (uint32_t)((line->word[i] ^ entry) >> first_bits == 0) << i;
    }
    return matches;
}
#endif

/* The same for each entry; what is none has no bit. */
static uint32_t entries_like(const struct index_line *line, uint32_t entry, int first_bits) {
    return words_like(line, entry, first_bits) >> 1 & ((UINT32_C(1) << num_of(line)) - 1);
}

static uint32_t entries_with(const struct index_line *line, uint32_t tag) {
    return entries_like(line, tag, INDEX_NUMBER_BITS);
}

void index_remove(struct slot_index *x, uint32_t hash, uint32_t number) {
    uint32_t tag = tag_of(hash), at = hash & (x->num_lines - 1), matches;

    while ((matches = entries_like(&x->lines[at], tag | number, 0)) == 0) {
        x->lines[at].word[0] -= ONE_PAST;
        at = (at + step_of(tag)) & (x->num_lines - 1);
    }
    struct index_line *line = &x->lines[at];
    line->word[1 + __builtin_ctz(matches)] = line->word[num_of(line)];
    line->word[0]--;
}

void index_look(const struct slot_index *x, uint32_t hash, struct index_search *search) {
    uint32_t line = hash & (x->num_lines - 1);

    *search = (struct index_search){x, hash, line, x->num_lines == 0 ? 0 : entries_with(&x->lines[line], tag_of(hash))};
}

/* The line in which it goes on; false where there is none, at the latest when it has been through all. */
static bool next_line(struct index_search *search) {
    const struct slot_index *x = search->index;
    uint32_t mask = x->num_lines - 1;

    if (x->num_lines == 0 || num_past(&x->lines[search->line]) == 0) {
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
    return search->index->lines[search->line].word[1 + i] & NUMBERS;
}
