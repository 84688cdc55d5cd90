/* PEM: its base64 against the vectors of RFC 4648, 10, its lines against RFC 7468, 3. */
#include "report/pem.h"

#include <stdio.h>

#include "tap.h"

#define CAP 100000

static const char *const vectors[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xfb\xff\xbf", "+/+/"},
};

START_TEST(base64_is_that_of_the_rfc) {
    struct buffer out = {0};
    char expected[100];
    const char *line_end = vectors[_i][0][0] != '\0' ? "\n" : "";
    snprintf(expected, sizeof expected, "-----BEGIN X-----\n%s%s-----END X-----\n", vectors[_i][1], line_end);
    ck_assert(pem_append(&out, "X", bytes_of(vectors[_i][0], strlen(vectors[_i][0])), CAP));
    ck_assert_uint_eq(out.len, strlen(expected));
    ck_assert_int_eq(memcmp(out.p, expected, out.len), 0);
    buffer_clear(&out);
}
END_TEST

/* From an allocation of exactly that size. */
START_TEST(pem_has_lines_of_64_characters) {
    struct buffer out = {0};
    size_t len = (size_t)_i, expected = strlen("-----BEGIN X-----\n-----END X-----\n") + (len + 2) / 3 * 4 + (len + 47) / 48;
    uint8_t *data = malloc(len > 0 ? len : 1);
    memset(data, 'x', len > 0 ? len : 1);
    ck_assert(pem_append(&out, "X", bytes_of(data, len), CAP));
    ck_assert_uint_eq(out.len, expected);
    ck_assert(bytes_start_with(buffer_bytes(&out), "-----BEGIN X-----\n", 18));
    ck_assert_int_eq(memcmp(out.p + out.len - 16, "-----END X-----\n", 16), 0);
    for (size_t at = 18, column = 0; at < out.len - 16; at++) {
        column = out.p[at] == '\n' ? 0 : column + 1;
        ck_assert_uint_le(column, 64);
    }
    free(data);
    buffer_clear(&out);
}
END_TEST

START_TEST(what_does_not_fit_is_not_begun) {
    struct buffer out = {0};
    ck_assert(buffer_append(&out, bytes_of("abc", 3), CAP));
    ck_assert(!pem_append(&out, "X", bytes_of("foobar", 6), 30));
    ck_assert_uint_eq(out.len, 3);
    buffer_clear(&out);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("pem");
    TCase *tcase = tcase_create("pem");
    tcase_add_loop_test(tcase, base64_is_that_of_the_rfc, 0, sizeof vectors / sizeof vectors[0]);
    tcase_add_loop_test(tcase, pem_has_lines_of_64_characters, 0, 100);
    tcase_add_test(tcase, what_does_not_fit_is_not_begun);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
