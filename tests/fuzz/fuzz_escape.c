/*
 * Escaped text: inert, the same bytes again where it is undone, and nothing but what is plain is left as it is. One
 * byte says which allocation fails, one where it is cut.
 */
#include "base/arena.h"
#include "base/escape.h"
#include "fuzz.h"

static uint8_t hex(char digit) {
    expect((digit >= '0' && digit <= '9') || (digit >= 'A' && digit <= 'F'), "an escape has two digits");
    return (uint8_t)(digit <= '9' ? digit - '0' : digit - 'A' + 10);
}

/* RFC 2253, 2.4, read backwards. */
static size_t undo(const char *text, size_t len, uint8_t *out) {
    size_t num = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '\\') {
            out[num++] = (uint8_t)text[i];
        } else if (text[i + 1] == '\\') {
            out[num++] = (uint8_t)text[++i];
        } else {
            out[num++] = (uint8_t)(hex(text[i + 1]) << 4 | hex(text[i + 2]));
            i += 2;
        }
    }
    return num;
}

static void escape(struct bytes input, size_t max_len, unsigned fails) {
    fuzz_fail(fails);
    char *text = escape_utf8(input, max_len);
    fuzz_fail(0);
    if (text == NULL) {
        expect(fuzz_failed(), "there is memory");
        return;
    }
    size_t len = strlen(text);
    uint8_t *undone = malloc(len + 1);
    bool cut = input.len > max_len;
    expect_inert(text, "");
    expect(undone != NULL && (!cut || (len >= 3 && strcmp(text + len - 3, "...") == 0)), "a cut is shown");
    size_t num = undo(text, cut ? len - 3 : len, undone);
    expect(cut ? num <= max_len && num + 3 >= max_len : num == input.len, "all of it is there, or as much as may be");
    expect(num == 0 || memcmp(undone, input.p, num) == 0, "undone it is the same");
    expect(cut || escape_is_plain(input) == (len == input.len), "only what is plain stays as it is");
    free(undone);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct bytes input = bytes_of(data, len);
    unsigned fails = (fuzz_u8(&input) + 1U) & 255; /* 255: none */
    size_t max_len = fuzz_u8(&input);
    max_len = max_len == 255 ? SIZE_MAX / 2 : max_len;
    uint8_t *copy = fuzz_copy(input);
    escape(bytes_of(copy, input.len), max_len, fails);
    fuzz_release(copy);
    return 0;
}
