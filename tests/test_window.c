/* The window of bytes that were read, against all the bytes that were ever put in. */
#include "base/limits.h"
#include "flow/window.h"
#include "tap.h"

#define TOTAL (4 * LIMIT_OVERLAP_WINDOW)

static uint8_t all[TOTAL];
static struct window window;
static struct memory memory;

static void setup(void) {
    memory = (struct memory){.bound = LIMIT_MEMORY};
    for (size_t i = 0; i < TOTAL; i++) {
        all[i] = (uint8_t)(i * 7 + i / 251 + i / 65536);
    }
}

static void teardown(void) {
    window_clear(&window, &memory);
    ck_assert_uint_eq(memory.held, 0);
    ck_assert_uint_gt(memory.peak, 0);
}

static const size_t pieces[] = {1, 1448, 1460, 2048, 8960, 40000, LIMIT_OVERLAP_WINDOW, LIMIT_OVERLAP_WINDOW + 1};

/* Cut into pieces of any length, what is kept is the last bytes, and a single other byte among them is noticed. */
START_TEST(the_last_bytes_are_kept_and_another_is_noticed) {
    for (size_t end = 0; end < TOTAL;) {
        size_t len = pieces[_i] < TOTAL - end ? pieces[_i] : TOTAL - end;
        window_add(&window, bytes_of(all + end, len), LIMIT_OVERLAP_WINDOW, &memory);
        end += len;
        size_t kept = end < LIMIT_OVERLAP_WINDOW ? end : LIMIT_OVERLAP_WINDOW;
        ck_assert_uint_eq(window.len, kept);
        ck_assert_uint_eq(memory.held, window.size);
        if (end % 977 < pieces[_i]) {
            ck_assert(!window_conflicts(&window, bytes_of(all + end - kept, kept), kept));
            ck_assert(!window_conflicts(&window, bytes_of(all, end), end));
            uint8_t other = (uint8_t)(all[end - kept] ^ 1);
            ck_assert(window_conflicts(&window, bytes_of(&other, 1), kept));
            other = (uint8_t)(all[end - 1] ^ 1);
            ck_assert(window_conflicts(&window, bytes_of(&other, 1), 1));
            ck_assert(!window_conflicts(&window, bytes_of(&other, 1), kept + 1));
        }
    }
}
END_TEST

START_TEST(where_less_is_to_be_kept_it_shrinks_to_the_last_bytes) {
    const size_t before = 20000, behind = 100, kept = LIMIT_OVERLAP_WINDOW_LESS;
    window_add(&window, bytes_of(all, before), LIMIT_OVERLAP_WINDOW, &memory);
    for (size_t end = before + behind; end < before + 3 * kept; end += behind) {
        window_add(&window, bytes_of(all + end - behind, behind), kept, &memory);
        ck_assert_uint_eq(window.len, kept);
        ck_assert_uint_eq(memory.held, kept);
        ck_assert(!window_conflicts(&window, bytes_of(all + end - kept, kept), kept));
        uint8_t oldest = (uint8_t)(all[end - kept] ^ 1), newest = (uint8_t)(all[end - 1] ^ 1);
        ck_assert(window_conflicts(&window, bytes_of(&oldest, 1), kept));
        ck_assert(window_conflicts(&window, bytes_of(&newest, 1), 1));
    }
}
END_TEST

START_TEST(without_memory_everything_is_forgotten) {
    window_add(&window, bytes_of(all, 2000), LIMIT_OVERLAP_WINDOW, &memory);
    memory.bound = memory.held + 1000;
    window_add(&window, bytes_of(all + 100, 100), LIMIT_OVERLAP_WINDOW, &memory);
    ck_assert_uint_eq(window.len, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("window");
    TCase *tests = tcase_create("window");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, the_last_bytes_are_kept_and_another_is_noticed, 0, sizeof pieces / sizeof *pieces);
    tcase_add_test(tests, where_less_is_to_be_kept_it_shrinks_to_the_last_bytes);
    tcase_add_test(tests, without_memory_everything_is_forgotten);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
