#include "report/near.h"

#include <stdint.h>
#include <string.h>

static bool is_word(char c) {
    unsigned char u = (unsigned char)c;
    return (u >= '0' && u <= '9') || ((u | 0x20) >= 'a' && (u | 0x20) <= 'z') || u >= 0x80;
}

static size_t num_words(const char *text, size_t len) {
    size_t num = 0;
    for (size_t i = 0; i < len; i++) {
        num += is_word(text[i]) && (i == 0 || !is_word(text[i - 1]));
    }
    return num;
}

/* How much of both ends before or behind a word boundary is the same. */
static size_t same_start(const char *a, const char *b) {
    size_t n = 0;
    while (a[n] != '\0' && a[n] == b[n]) {
        n++;
    }
    while (n > 0 && is_word(a[n - 1]) && (is_word(a[n]) || is_word(b[n]))) {
        n--;
    }
    return n;
}

static size_t same_end(const char *a, size_t a_len, const char *b, size_t b_len) {
    size_t n = 0, most = a_len < b_len ? a_len : b_len;
    while (n < most && a[a_len - n - 1] == b[b_len - n - 1]) {
        n++;
    }
    while (n > 0 && is_word(a[a_len - n]) && ((n < a_len && is_word(a[a_len - n - 1])) || (n < b_len && is_word(b[b_len - n - 1])))) {
        n--;
    }
    return n;
}

bool near_miss(const char *wanted, const char *name, size_t *at, size_t *len) {
    size_t wanted_len = strlen(wanted), name_len = strlen(name);
    size_t start = same_start(wanted, name);
    if (start == wanted_len && start == name_len) {
        return false;
    }
    size_t end = same_end(wanted + start, wanted_len - start, name + start, name_len - start);
    size_t in_wanted = num_words(wanted + start, wanted_len - start - end);
    size_t in_name = num_words(name + start, name_len - start - end);
    bool something_same = num_words(name, start) + num_words(name + name_len - end, end) > 1;
    if (in_wanted > 1 || in_name > 1 || !something_same) {
        return false;
    }
    *at = start;
    *len = name_len - start - end;
    return true;
}
