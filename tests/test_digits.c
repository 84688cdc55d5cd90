/* Numbers as digits, held against printf. */
#include "base/digits.h"
#include "tap.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void check(const char *text, const char *end, const char *expected) {
    ck_assert_uint_eq((size_t)(end - text), strlen(expected));
    ck_assert_msg(memcmp(text, expected, strlen(expected)) == 0, "%.*s for %s", (int)(end - text), text, expected);
}

static void check_all(uint64_t value) {
    char text[32], expected[32];
    snprintf(expected, sizeof expected, "%" PRIu64, value);
    check(text, digits_decimal(text, value), expected);
    snprintf(expected, sizeof expected, "%016" PRIx64, value);
    check(text, digits_hex(text, value, 16), expected);
    snprintf(expected, sizeof expected, "%" PRIx32, (uint32_t)value);
    check(text, digits_hex_brief(text, (uint32_t)value), expected);
}

START_TEST(numbers_are_as_printf_writes_them) {
    for (uint64_t value = 0; value < 20000; value++) {
        check_all(value);
    }
    for (uint64_t power = 1; power <= UINT64_MAX / 10; power *= 10) {
        check_all(power * 10 - 1);
        check_all(power * 10);
        check_all(power * 10 + power);
    }
    for (int bit = 0; bit < 64; bit++) {
        check_all((UINT64_C(1) << bit) - 1);
        check_all(UINT64_C(1) << bit);
    }
    check_all(UINT64_MAX);
}
END_TEST

START_TEST(padded_numbers_have_as_many_digits_as_asked_for) {
    char text[32], expected[32];
    for (uint32_t value = 0; value < 1000000; value += 997) {
        for (int width = 6; width <= 10; width++) {
            snprintf(expected, sizeof expected, "%0*" PRIu32, width, value);
            check(text, digits_padded(text, value, (unsigned)width), expected);
        }
    }
    check(text, digits_padded(text, 123, 2), "23");
    check(text, digits_padded(text, UINT32_MAX, 10), "4294967295");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("digits");
    TCase *tests = tcase_create("digits");
    tcase_add_test(tests, numbers_are_as_printf_writes_them);
    tcase_add_test(tests, padded_numbers_have_as_many_digits_as_asked_for);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
