/* Conversations that wait to be judged: in which order, how many, and that it says what a second reading would. */
#include "held.h"

#include "base/limits.h"
#include "capture/capture.h"
#include "printed.h"
#include "tap.h"

#include <dirent.h>
#include <stdlib.h>

#define MOST_CAPTURES 256

/* --- The queue --- */

static struct ended *ended_number(uint64_t number, struct memory *memory) {
    struct conversation *c = memory_new(memory, sizeof *c);
    conversation_init(c, FORWARD, memory);
    return ended_new(&(struct ended){.flow.stream = number, .conversation = c}, memory);
}

static void take_all(struct held *held, uint64_t from, uint64_t to, struct memory *memory) {
    for (uint64_t i = from; i < to; i++) {
        struct ended *e = held_take(held);
        ck_assert_uint_eq(e->flow.stream, i);
        ended_free(e, memory);
    }
    ck_assert_ptr_null(held_take(held));
    ck_assert_uint_eq(held->num, 0);
}

START_TEST(who_waits_longest_is_taken_first_and_all_memory_comes_back) {
    struct memory memory = {.bound = 1 << 20};
    struct held held = {0};
    for (int round = 0; round < 2; round++) {
        for (uint64_t i = 0; i < 3; i++) {
            held_add(&held, ended_number(i, &memory));
        }
        take_all(&held, 0, 3, &memory);
        ck_assert_uint_eq(memory.held, 0);
    }
    memory_clear(&memory);
}
END_TEST

START_TEST(those_that_move_come_last_and_others_may_follow) {
    struct memory memory = {.bound = 1 << 20};
    struct held held = {0}, from = {0};
    held_move(&held, &from);
    held_add(&from, ended_number(0, &memory));
    held_move(&held, &from);
    held_add(&from, ended_number(1, &memory));
    held_add(&from, ended_number(2, &memory));
    held_move(&held, &from);
    held_add(&held, ended_number(3, &memory));
    ck_assert_uint_eq(held.num, 4);
    ck_assert_uint_eq(from.num, 0);
    ck_assert_ptr_null(held_take(&from));
    take_all(&held, 0, 4, &memory);
    memory_clear(&memory);
}
END_TEST

START_TEST(where_memory_is_refused_there_is_no_copy) {
    struct memory memory = {.bound = sizeof(struct ended) - 1};
    ck_assert_ptr_null(ended_new(&(struct ended){0}, &memory));
    ck_assert_uint_eq(memory.held, 0);
}
END_TEST

/* --- Over all captures of pcaps/, read side by side --- */

static char *paths[MOST_CAPTURES];
static size_t num_paths;

static void find_captures(void) {
    const char *folder = getenv("PCAPS") != NULL ? getenv("PCAPS") : "pcaps";
    DIR *captures = opendir(folder);
    ck_assert_ptr_nonnull(captures);
    for (const struct dirent *entry; (entry = readdir(captures)) != NULL && num_paths < MOST_CAPTURES;) {
        if (strstr(entry->d_name, ".pcap") != NULL) {
            ck_assert_int_gt(asprintf(&paths[num_paths++], "%s/%s", folder, entry->d_name), 0);
        }
    }
    closedir(captures);
    ck_assert_uint_ge(num_paths, 12);
}

static void forget_captures(void) {
    while (num_paths > 0) {
        free(paths[--num_paths]);
    }
}

struct told {
    struct report_sink sink;
    size_t num;
};

static void on_record(void *user, const struct tlswatch_record *record) {
    struct told *told = user;
    told->num++;
    json_report_record(&told->sink, record);
}

/* What is read must not be freed before the watcher: it names the files. */
static struct capture *read_all(struct tlswatch *watcher) {
    char error[CAPTURE_ERROR_SIZE] = "";
    struct capture_files files = {(const char *const *)paths, num_paths, NULL, false};
    struct capture *capture = capture_open_files(&files, error);
    struct tlswatch_frame frame;
    ck_assert_msg(capture != NULL, "%s", error);
    while (capture_next(capture, &frame, 0) == CAPTURE_FRAME) {
        tlswatch_frame(watcher, &frame);
    }
    return capture;
}

static char *after_two_readings(size_t *num) {
    struct told told = {.sink = printed_sink()};
    struct tlswatch *watcher = tlswatch_new(NULL, on_record, &told);
    tlswatch_collect(watcher);
    struct capture *first = read_all(watcher);
    tlswatch_finish(watcher);
    ck_assert_uint_eq(told.num, 0);
    ck_assert(tlswatch_restart(watcher));
    struct capture *second = read_all(watcher);
    tlswatch_finish(watcher);
    tlswatch_free(watcher);
    capture_free(first);
    capture_free(second);
    *num = told.num;
    return printed(&told.sink);
}

static char *after_one(bool hold, bool apart, size_t *num) {
    struct told told = {.sink = printed_sink()};
    struct tlswatch *watcher = tlswatch_new(NULL, on_record, &told);
    ck_assert(!apart || tlswatch_judge_apart(watcher));
    tlswatch_hold(watcher, hold);
    struct capture *capture = read_all(watcher);
    ck_assert(apart || (told.num == 0) == hold);
    tlswatch_finish(watcher);
    ck_assert_int_eq(tlswatch_outdated(watcher) == TLSWATCH_UP_TO_DATE, hold);
    tlswatch_free(watcher);
    capture_free(capture);
    *num = told.num;
    return printed(&told.sink);
}

START_TEST(one_reading_says_what_two_say) {
    size_t num_two, num_held, num_at_once;
    char *two = after_two_readings(&num_two), *held = after_one(true, false, &num_held);
    char *at_once = after_one(false, false, &num_at_once);
    ck_assert_uint_ge(num_two, num_paths);
    ck_assert_uint_eq(num_held, num_two);
    ck_assert_str_eq(held, two);
    ck_assert_str_ne(at_once, two); /* or this would show nothing */
    free(two);
    free(held);
    free(at_once);
}
END_TEST

/* Loop: whether they wait. */
START_TEST(a_thread_apart_says_the_same_in_the_same_order) {
    size_t num_here, num_apart;
    char *here = after_one(_i != 0, false, &num_here), *apart = after_one(_i != 0, true, &num_apart);
    ck_assert_uint_eq(num_apart, num_here);
    ck_assert_str_eq(apart, here);
    free(here);
    free(apart);
}
END_TEST

START_TEST(what_waits_is_given_out_where_nothing_is_to_wait_any_more) {
    struct told told = {.sink = printed_sink()};
    struct tlswatch *watcher = tlswatch_new(NULL, on_record, &told);
    tlswatch_hold(watcher, true);
    struct capture *capture = read_all(watcher);
    ck_assert_uint_eq(told.num, 0);
    tlswatch_hold(watcher, false);
    ck_assert_uint_gt(told.num, 0);
    tlswatch_free(watcher);
    capture_free(capture);
    free(printed(&told.sink));
}
END_TEST

START_TEST(what_waits_is_not_given_out_by_collect_restart_or_free) {
    struct told told = {.sink = printed_sink()};
    struct tlswatch *watcher = tlswatch_new(NULL, on_record, &told);
    tlswatch_hold(watcher, true);
    struct capture *first = read_all(watcher);
    tlswatch_collect(watcher);
    tlswatch_finish(watcher);
    ck_assert(tlswatch_restart(watcher));
    struct capture *second = read_all(watcher);
    ck_assert(tlswatch_restart(watcher));
    struct capture *third = read_all(watcher);
    tlswatch_free(watcher);
    ck_assert_uint_eq(told.num, 0);
    capture_free(first);
    capture_free(second);
    capture_free(third);
    free(printed(&told.sink));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("held");
    TCase *tcase = tcase_create("held");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, find_captures, forget_captures);
    tcase_add_test(tcase, who_waits_longest_is_taken_first_and_all_memory_comes_back);
    tcase_add_test(tcase, those_that_move_come_last_and_others_may_follow);
    tcase_add_test(tcase, where_memory_is_refused_there_is_no_copy);
    tcase_add_test(tcase, one_reading_says_what_two_say);
    tcase_add_loop_test(tcase, a_thread_apart_says_the_same_in_the_same_order, 0, 2);
    tcase_add_test(tcase, what_waits_is_given_out_where_nothing_is_to_wait_any_more);
    tcase_add_test(tcase, what_waits_is_not_given_out_by_collect_restart_or_free);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
