/* Counts of 64 bits from counters of 32. */
#include "capture/counter.h"

#include "tap.h"

START_TEST(a_counter_goes_on_where_the_narrow_one_wraps) {
    struct counter counter = {0};
    uint64_t counted = 0;
    /* Three times around, in steps that do not divide it. */
    while (counted < 3 * ((uint64_t)UINT32_MAX + 1)) {
        counted += 999999937;
        counter_update(&counter, (uint32_t)counted);
        ck_assert_uint_eq(counter.total, counted);
    }
    counter_update(&counter, (uint32_t)counted);
    ck_assert_uint_eq(counter.total, counted);
}
END_TEST

START_TEST(a_counter_that_falls_back_counts_nothing) {
    struct counter counter = {0};
    counter_update(&counter, 40);
    counter_update(&counter, 0);
    ck_assert_uint_eq(counter.total, 40);
    counter_update(&counter, (uint32_t)-40); /* as libpcap counts a number that it can't read any more */
    ck_assert_uint_eq(counter.total, 40);
    counter_update(&counter, (uint32_t)-40 + 7);
    ck_assert_uint_eq(counter.total, 47);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("counter");
    TCase *tcase = tcase_create("counter");
    tcase_add_test(tcase, a_counter_goes_on_where_the_narrow_one_wraps);
    tcase_add_test(tcase, a_counter_that_falls_back_counts_nothing);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
