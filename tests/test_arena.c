/* Memory for things that die together. */
#include "base/arena.h"
#include "tap.h"

#include <limits.h>
#include <stdio.h>

START_TEST(memory_is_zeroed_aligned_and_distinct) {
    struct arena a = {0};
    uint8_t *seen[2000];
    for (size_t i = 0; i < 2000; i++) {
        size_t len = i % 97;
        seen[i] = arena_alloc(&a, len);
        ck_assert_ptr_nonnull(seen[i]);
        ck_assert_uint_eq((uintptr_t)seen[i] % _Alignof(max_align_t), 0);
        for (size_t k = 0; k < len; k++) {
            ck_assert_uint_eq(seen[i][k], 0);
        }
        memset(seen[i], (int)(i & 0xff), len);
    }
    for (size_t i = 0; i < 2000; i++) {
        for (size_t k = 0; k < i % 97; k++) {
            ck_assert_uint_eq(seen[i][k], i & 0xff);
        }
    }
    arena_clear(&a);
    ck_assert_ptr_null(a.blocks);
}
END_TEST

START_TEST(large_objects_have_room_of_their_own) {
    struct arena a = {0};
    char *small = arena_copy(&a, bytes_of("small", 5));
    uint8_t *large = arena_alloc(&a, 1000000);
    memset(large, 0xff, 1000000);
    char *after = arena_copy(&a, bytes_of("after", 5));
    ck_assert_str_eq(small, "small");
    ck_assert_str_eq(after, "after");
    arena_clear(&a);
}
END_TEST

START_TEST(memory_is_zeroed_again_after_reset) {
    struct arena a = {0};
    memset(arena_alloc(&a, 100), 0xff, 100);
    arena_reset(&a);
    uint8_t *again = arena_alloc(&a, 100);
    for (size_t i = 0; i < 100; i++) {
        ck_assert_uint_eq(again[i], 0);
    }
    arena_clear(&a);
}
END_TEST

START_TEST(reset_works_from_any_state) {
    struct arena a = {0};
    arena_reset(&a);
    arena_alloc(&a, 100000);
    arena_reset(&a);
    for (int i = 0; i < 1000; i++) {
        arena_alloc(&a, 1000);
    }
    arena_reset(&a);
    ck_assert_str_eq(arena_copy(&a, bytes_of("x", 1)), "x");
    arena_clear(&a);
    arena_clear(&a);
}
END_TEST

START_TEST(copy_ends_in_nul_and_keeps_those_inside) {
    struct arena a = {0};
    char *copy = arena_copy(&a, bytes_of("a\0b", 3));
    ck_assert_mem_eq(copy, "a\0b", 4);
    ck_assert_str_eq(arena_copy(&a, (struct bytes){0}), "");
    arena_clear(&a);
}
END_TEST

START_TEST(format_takes_any_length) {
    struct arena a = {0};
    for (int len = 0; len < 600; len += 17) {
        char *text = arena_format(&a, "%0*d|%s", len, 7, "end");
        ck_assert_uint_eq(strlen(text), (size_t)(len > 1 ? len : 1) + 4);
        ck_assert_str_eq(text + strlen(text) - 5, "7|end");
    }
    arena_clear(&a);
}
END_TEST

/* 255 bytes are what it tries without printf. */
START_TEST(format_is_that_of_printf) {
    static char long_text[600];
    for (size_t len = 0; len < sizeof long_text - 1; len++) {
        struct arena a = {0};
        char expected[1500];
        const unsigned long long number = len % 3 == 0 ? ULLONG_MAX : len;
        long_text[len] = (char)('a' + len % 26);
        snprintf(expected, sizeof expected, "100%% of %s(%llu) %.*s, %02x: %s.", long_text, number, 2, "xyz", 11, "");
        ck_assert_str_eq(arena_format(&a, "100%% of %s(%llu) %.*s, %02x: %s.", long_text, number, 2, "xyz", 11, ""), expected);
        snprintf(expected, sizeof expected, "%s(%llu)%s", "", number, long_text);
        ck_assert_str_eq(arena_format(&a, "%s(%llu)%s", "", number, long_text), expected);
        arena_clear(&a);
    }
}
END_TEST

START_TEST(escape_is_that_of_escape_utf8) {
    struct arena a = {0};
    ck_assert_str_eq(arena_escape(&a, bytes_of("plain", 5), 5), "plain");
    ck_assert_str_eq(arena_escape(&a, bytes_of("plain", 5), 2), "pl...");
    ck_assert_str_eq(arena_escape(&a, bytes_of("a\nb\\", 4), 10), "a\\0Ab\\\\");
    arena_clear(&a);
}
END_TEST

START_TEST(absurd_sizes_are_refused) {
    struct arena a = {0};
    ck_assert_ptr_null(arena_alloc(&a, SIZE_MAX));
    ck_assert_ptr_null(arena_alloc(&a, SIZE_MAX - 20));
    arena_clear(&a);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("arena");
    TCase *tests = tcase_create("arena");
    tcase_add_test(tests, memory_is_zeroed_aligned_and_distinct);
    tcase_add_test(tests, large_objects_have_room_of_their_own);
    tcase_add_test(tests, memory_is_zeroed_again_after_reset);
    tcase_add_test(tests, reset_works_from_any_state);
    tcase_add_test(tests, copy_ends_in_nul_and_keeps_those_inside);
    tcase_add_test(tests, format_takes_any_length);
    tcase_add_test(tests, format_is_that_of_printf);
    tcase_add_test(tests, escape_is_that_of_escape_utf8);
    tcase_add_test(tests, absurd_sizes_are_refused);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
