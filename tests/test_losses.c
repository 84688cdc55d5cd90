/* What is said of packets and records that were lost, and when. */
#include "cli/losses.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "tap.h"

static const struct {
    struct loss_counts before, now;
    const char *text;
} texts[] = {
        {{0}, {0}, ""},
        {{.kernel = 5}, {.kernel = 5}, ""},
        {{0}, {.kernel = 1}, "1 packet dropped by the kernel"},
        {{.kernel = UINT32_MAX}, {.kernel = 4294967305}, "10 packets dropped by the kernel"},
        {{0},
         {.kernel = 2, .interface = 1, .printed = 7, .printed_because = EAGAIN},
         "2 packets dropped by the kernel; 1 packet dropped by the interface; 7 records not written to standard output: its reader is too "
         "slow"},
        {{0}, {.printed = 2, .printed_because = EPIPE}, "2 records not written to standard output: its reader has gone"},
        {{.logged = 3}, {.logged = 4, .logged_because = ENOSPC}, "1 record not written to the log: No space left on device"},
};

START_TEST(the_text_names_each_loss_since_the_last) {
    char text[LOSSES_TEXT_SIZE];
    ck_assert_int_eq(losses_text(&texts[_i].before, &texts[_i].now, text, sizeof text), texts[_i].text[0] != '\0');
    ck_assert_str_eq(text, texts[_i].text);
}
END_TEST

START_TEST(a_loss_is_told_within_ten_seconds_and_not_twice_in_them) {
    struct losses losses = {0};
    struct loss_counts now = {.kernel = 1};
    int64_t start = 1000 * SECOND_NS;
    ck_assert(losses_due(&losses, &now, start));
    losses = (struct losses){now, start};
    ck_assert(!losses_due(&losses, &now, start + 100 * SECOND_NS)); /* nothing new */
    now.logged = 1;
    ck_assert(!losses_due(&losses, &now, start + 5 * SECOND_NS));
    ck_assert(losses_due(&losses, &now, start + 9 * SECOND_NS));    /* asked once a second: at the latest at 10 */
    ck_assert(losses_due(&losses, &now, start - 3600 * SECOND_NS)); /* the clock was set back */
}
END_TEST

START_TEST(a_reader_that_has_gone_is_told_once) {
    struct losses losses = {0};
    struct loss_counts now = {.printed = 1, .printed_because = EPIPE};
    ck_assert(losses_due(&losses, &now, 1000 * SECOND_NS));
    losses = (struct losses){now, 1000 * SECOND_NS};
    now.printed = 1000;
    ck_assert(!losses_due(&losses, &now, 2000 * SECOND_NS));
    now.kernel = 1;
    ck_assert(losses_due(&losses, &now, 2000 * SECOND_NS));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("losses");
    TCase *tcase = tcase_create("losses");
    tcase_add_loop_test(tcase, the_text_names_each_loss_since_the_last, 0, sizeof texts / sizeof texts[0]);
    tcase_add_test(tcase, a_loss_is_told_within_ten_seconds_and_not_twice_in_them);
    tcase_add_test(tcase, a_reader_that_has_gone_is_told_once);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
