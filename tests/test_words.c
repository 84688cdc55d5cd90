/* The small pieces of the sentences. Dates and spans are from date(1): `date -u -d @N`. */
#include "diagnosis/words.h"
#include "tap.h"

static const struct {
    int64_t seconds;
    const char *text;
} times[] = {
        {0, "1970-01-01 00:00:00 UTC"},           {951782399, "2000-02-28 23:59:59 UTC"},   {951782400, "2000-02-29 00:00:00 UTC"},
        {1763596799, "2025-11-19 23:59:59 UTC"},  {-1, "1969-12-31 23:59:59 UTC"},          {4102444800, "2100-01-01 00:00:00 UTC"},
        {4107542400, "2100-03-01 00:00:00 UTC"},  {253402300799, "9999-12-31 23:59:59 UTC"}, {-2208988800, "1900-01-01 00:00:00 UTC"},
};

START_TEST(times_are_dates_of_the_gregorian_calendar) {
    struct arena arena = {0};
    ck_assert_str_eq(words_time(&arena, times[_i].seconds), times[_i].text);
    arena_clear(&arena);
}
END_TEST

static const struct {
    int64_t seconds;
    const char *text;
} spans[] = {
        {0, "0 seconds"}, {1, "1 second"}, {119, "119 seconds"}, {120, "2 minutes"}, {7200, "2 hours"}, {28800, "8 hours"}, {172800, "2 days"}, {730 * 86400, "2 years"},
};

START_TEST(spans_are_said_in_the_largest_unit_that_fits_twice) {
    struct arena arena = {0};
    ck_assert_str_eq(words_span(&arena, spans[_i].seconds), spans[_i].text);
    arena_clear(&arena);
}
END_TEST

static const struct {
    const char *name, *text;
} names[] = {
        {"CN=b2b-gw01,O=P", "CN=b2b-gw01"},
        {"CN=a\\,b,O=P", "CN=a\\,b"},
        {"O=only", "O=only"},
        {"", "an empty name"},
        {NULL, "an empty name"},
};

START_TEST(names_are_said_by_their_first_part) {
    struct arena arena = {0};
    ck_assert_str_eq(words_name(&arena, names[_i].name), names[_i].text);
    arena_clear(&arena);
}
END_TEST

START_TEST(long_names_are_cut_between_characters_and_never_inside_an_escape) {
    struct arena arena = {0};
    char name[300];
    for (size_t shift = 0; shift < 8; shift++) {
        memset(name, 'x', sizeof name);
        name[sizeof name - 1] = '\0';
        for (size_t i = 50 + shift; i + 3 < 80; i += 3) {
            memcpy(name + i, shift % 2 == 0 ? "\\0A" : "\xe2\x82\xac", 3);
        }
        const char *cut = words_name(&arena, name);
        size_t len = strlen(cut);
        ck_assert_uint_le(len, 63);
        ck_assert_str_eq(cut + len - 3, "...");
        const char *last = cut + len - 4; /* what stands before the dots is a whole character or a whole escape */
        ck_assert(*last == 'x' || *last == 'A' || (uint8_t)*last == 0xac);
    }
    arena_clear(&arena);
}
END_TEST

START_TEST(the_object_stands_for_each_pair_of_braces) {
    struct arena arena = {0};
    ck_assert_str_eq(words_fill(&arena, "add {} or {}.", "X"), "add X or X.");
    ck_assert_str_eq(words_fill(&arena, "nothing", "X"), "nothing");
    ck_assert_ptr_null(words_fill(&arena, NULL, "X"));
    arena_clear(&arena);
}
END_TEST

START_TEST(the_common_name_is_found_wherever_it_stands) {
    struct bytes cn = words_common_name("O=Acme,CN=Root G1,C=DE");
    ck_assert_uint_eq(cn.len, 7);
    ck_assert_mem_eq(cn.p, "Root G1", 7);
    ck_assert_uint_eq(words_common_name("O=Acme").len, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("words");
    TCase *tests = tcase_create("words");
    tcase_add_loop_test(tests, times_are_dates_of_the_gregorian_calendar, 0, sizeof times / sizeof *times);
    tcase_add_loop_test(tests, spans_are_said_in_the_largest_unit_that_fits_twice, 0, sizeof spans / sizeof *spans);
    tcase_add_loop_test(tests, names_are_said_by_their_first_part, 0, sizeof names / sizeof *names);
    tcase_add_test(tests, long_names_are_cut_between_characters_and_never_inside_an_escape);
    tcase_add_test(tests, the_object_stands_for_each_pair_of_braces);
    tcase_add_test(tests, the_common_name_is_found_wherever_it_stands);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
