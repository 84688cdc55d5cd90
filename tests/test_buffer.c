/* Owned bytes: growth, the cap, dropping from the front. */
#include "base/buffer.h"
#include "tap.h"

START_TEST(append_keeps_order_over_many_growths) {
    struct buffer b = {0};
    for (int i = 0; i < 5000; i++) {
        uint8_t byte = (uint8_t)i;
        ck_assert(buffer_append(&b, bytes_of(&byte, 1), 10000));
    }
    ck_assert_uint_eq(b.len, 5000);
    for (int i = 0; i < 5000; i++) {
        ck_assert_uint_eq(b.p[i], (uint8_t)i);
    }
    buffer_clear(&b);
    ck_assert_ptr_null(b.p);
}
END_TEST

START_TEST(append_beyond_the_cap_is_refused_and_changes_nothing) {
    struct buffer b = {0};
    ck_assert(buffer_append(&b, bytes_of("abcd", 4), 6));
    ck_assert(!buffer_append(&b, bytes_of("xyz", 3), 6));
    ck_assert_uint_eq(b.len, 4);
    ck_assert_mem_eq(b.p, "abcd", 4);
    ck_assert(buffer_append(&b, bytes_of("xy", 2), 6));
    buffer_clear(&b);
}
END_TEST

START_TEST(drop_takes_from_the_front) {
    struct buffer b = {0};
    ck_assert(buffer_append(&b, bytes_of("abcdef", 6), 100));
    buffer_drop(&b, 0);
    ck_assert_uint_eq(b.len, 6);
    buffer_drop(&b, 4);
    ck_assert_uint_eq(b.len, 2);
    ck_assert_mem_eq(b.p, "ef", 2);
    buffer_drop(&b, 2);
    ck_assert_uint_eq(b.len, 0);
    buffer_clear(&b);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("buffer");
    TCase *tests = tcase_create("buffer");
    tcase_add_test(tests, append_keeps_order_over_many_growths);
    tcase_add_test(tests, append_beyond_the_cap_is_refused_and_changes_nothing);
    tcase_add_test(tests, drop_takes_from_the_front);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
