/* The index of slots, against a list of all that was put in. */
#include "flow/index.h"
#include "tap.h"

#define NUMBERS 3000
#define LINES 256

static struct slot_index slots;
static struct memory memory;
static uint32_t hash_of[NUMBERS + 1];
static bool has[NUMBERS + 1];

static void setup(void) {
    memory = (struct memory){.bound = 1024 * 1024};
    slots = (struct slot_index){0};
    memset(has, 0, sizeof has);
    ck_assert(index_resize(&slots, LINES, &memory));
}

static void teardown(void) {
    index_clear(&slots, &memory);
    ck_assert_uint_eq(memory.held, 0);
}

static void add(uint32_t number, uint32_t hash) {
    hash_of[number] = hash;
    has[number] = true;
    index_add(&slots, hash, number);
}

static void take_out(uint32_t number) {
    has[number] = false;
    index_remove(&slots, hash_of[number], number);
}

/* All that have the hash are found once, and nothing that is not there. */
static uint32_t check_search(uint32_t hash) {
    static uint32_t times[NUMBERS + 1];
    struct index_search search;
    uint32_t num = 0, wrong = 0;

    memset(times, 0, sizeof times);
    index_look(&slots, hash, &search);
    for (uint32_t number; (number = index_next(&search)) != 0; num++) {
        wrong += number > NUMBERS || !has[number] || ++times[number] > 1;
    }
    for (uint32_t number = 1; number <= NUMBERS; number++) {
        wrong += has[number] && hash_of[number] == hash && times[number] == 0;
    }
    ck_assert_uint_eq(wrong, 0);
    return num;
}

static void check_empty(void) {
    for (uint32_t i = 0; i < LINES; i++) {
        ck_assert_uint_eq(slots.lines[i].word[0], 0);
    }
}

static uint32_t random32(uint64_t *state) {
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(*state >> 32);
}

/* What hashes have in common: nothing, the line, the line and the tag, and all. */
static const uint32_t masks[] = {0xffffffff, 0xffffff00, 0x0000ffff, 0x00000003};

START_TEST(numbers_come_and_go_and_leave_nothing) {
    uint64_t state = 1;
    for (uint32_t i = 0; i < 20000; i++) {
        uint32_t number = 1 + random32(&state) % NUMBERS;
        if (has[number]) {
            take_out(number);
        } else {
            add(number, random32(&state) & masks[_i]);
        }
        if (i % 64 == 0) {
            check_search(hash_of[1 + random32(&state) % NUMBERS]);
        }
    }
    for (uint32_t number = 1; number <= NUMBERS; number++) {
        check_search(hash_of[number]);
        if (has[number]) {
            take_out(number);
        }
    }
    check_empty();
}
END_TEST

START_TEST(where_all_have_one_hash_all_are_found_and_others_are_not_asked_for) {
    for (uint32_t number = 1; number <= NUMBERS; number++) {
        add(number, 77);
    }
    ck_assert_uint_eq(check_search(77), NUMBERS);
    ck_assert_uint_eq(check_search(77 + LINES), NUMBERS); /* another hash of the same line and tag */
    ck_assert_uint_eq(check_search(77 + (1U << 31)), 0);
}
END_TEST

/* Every line has some that went past it, and still a search for another ends. */
START_TEST(a_search_ends_where_every_line_is_passed) {
    for (uint32_t i = 0; i < LINES; i++) {
        slots.lines[i].word[0] = 16; /* one */
    }
    ck_assert_uint_eq(check_search(5), 0);
}
END_TEST

START_TEST(of_random_hashes_few_others_are_found) {
    uint64_t state = 3;
    uint32_t num = 0;
    for (uint32_t number = 1; number <= NUMBERS; number++) {
        add(number, random32(&state));
    }
    for (uint32_t i = 0; i < 1000; i++) {
        num += check_search(random32(&state));
    }
    ck_assert_uint_lt(num, 40); /* twelve or so, of 2048 tags each, in a line and now and then a second: 6 at random */
}
END_TEST

START_TEST(an_empty_index_finds_nothing_and_memory_that_is_short_changes_nothing) {
    struct slot_index none = {0};
    struct index_search search;
    index_look(&none, 5, &search);
    ck_assert_uint_eq(index_next(&search), 0);
    add(9, 5);
    ck_assert(!index_resize(&slots, 65536, &memory));
    ck_assert_uint_eq(check_search(5), 1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("index");
    TCase *tests = tcase_create("index");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, numbers_come_and_go_and_leave_nothing, 0, sizeof masks / sizeof *masks);
    tcase_add_test(tests, where_all_have_one_hash_all_are_found_and_others_are_not_asked_for);
    tcase_add_test(tests, a_search_ends_where_every_line_is_passed);
    tcase_add_test(tests, of_random_hashes_few_others_are_found);
    tcase_add_test(tests, an_empty_index_finds_nothing_and_memory_that_is_short_changes_nothing);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
