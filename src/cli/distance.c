#include "cli/distance.h"

#include <stdint.h>
#include <string.h>

#define LONGEST_WORD 32

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Levenshtein's, with one row of the table. */
size_t word_distance(const char *a, const char *b) {
    size_t a_len = strlen(a), b_len = strlen(b);
    size_t row[LONGEST_WORD + 1];
    if (a_len > LONGEST_WORD || b_len > LONGEST_WORD) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= b_len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t substituted = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = least(substituted, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[b_len];
}
