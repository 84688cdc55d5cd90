/* How far the reading is, as a line. */
#include "cli/progress.h"

#include <string.h>

#include "tap.h"

static const struct {
    struct progress_facts facts;
    const char *text;
} lines[] = {
        {{.bytes = 1200000000, .total = 2900000000, .findings = 17, .seconds = 4},
         "41 %, 1.2 GB of 2.9 GB, 300 MB/s, 6 s left, 17 failures"},
        {{.bytes = 500, .total = 1000, .findings = 1, .seconds = 0.5}, "50 %, 500 bytes of 1.0 kB, 1.0 kB/s, 0 s left, 1 failure"},
        {{.bytes = 1000000, .total = 1000000000, .seconds = 1}, "0 %, 1.0 MB of 1.0 GB, 1.0 MB/s, 17 min left, 0 failures"},
        {{.bytes = 1000000, .total = 100000000000, .seconds = 1}, "0 %, 1.0 MB of 100 GB, 1.0 MB/s, 28 h left, 0 failures"},
        {{.bytes = 1000, .total = 1000, .seconds = 1, .again = true}, "once more: 100 %, 1.0 kB of 1.0 kB, 1.0 kB/s, 0 failures"},
        {{.bytes = 2000, .total = 1000, .seconds = 1}, "100 %, 2.0 kB of 1.0 kB, 2.0 kB/s, 0 failures"}, /* it grows */
        {{.bytes = 20000, .seconds = 2, .findings = 3}, "20 kB, 10 kB/s, 3 failures"},                   /* a pipe */
        {{.packets = 7, .seconds = 2}, "7 packets, 0 failures"},                                         /* live */
        {{.seconds = 0}, "0 packets, 0 failures"},
};

START_TEST(a_line_says_what_is_known) {
    char text[160];
    progress_text(&lines[_i].facts, text, sizeof text);
    ck_assert_str_eq(text, lines[_i].text);
}
END_TEST

START_TEST(a_line_that_has_no_room_is_cut) {
    for (size_t size = 1; size < 60; size++) {
        char *text = malloc(size);
        progress_text(&lines[0].facts, text, size);
        ck_assert_uint_lt(strlen(text), size);
        free(text);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("progress");
    TCase *tcase = tcase_create("progress");
    tcase_add_loop_test(tcase, a_line_says_what_is_known, 0, sizeof lines / sizeof lines[0]);
    tcase_add_test(tcase, a_line_that_has_no_room_is_cut);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
