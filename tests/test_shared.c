/* Bytes kept once: who holds them, what they cost, and when they go. */
#include "base/limits.h"
#include "base/shared.h"
#include "tap.h"

static struct memory memory;
static struct shared_table *table;

static void setup(void) {
    memory = (struct memory){.bound = 4 * LIMIT_SHARED_IDLE};
    table = shared_table_new(&(struct hash_key){1, 2}, &memory);
}

/* What the tests hold. */
static struct shared *holding[2100];
static size_t num_holding;

static struct shared *hold(struct bytes bytes) {
    struct shared *s = shared_hold(table, bytes);
    if (s != NULL) {
        holding[num_holding++] = s;
    }
    return s;
}

static void give_back(struct shared *s) {
    for (size_t i = 0; i < num_holding; i++) {
        if (holding[i] == s) {
            holding[i] = holding[--num_holding];
            shared_give_back(table, s);
            return;
        }
    }
    ck_abort_msg("it is not held");
}

static void teardown(void) {
    while (num_holding > 0) {
        give_back(holding[0]);
    }
    shared_table_free(table);
    ck_assert_uint_eq(memory.held, 0);
}

static struct shared *hold_number(uint32_t number, size_t len) {
    static uint8_t bytes[LIMIT_SHARED_IDLE];
    memcpy(bytes, &number, sizeof number);
    return hold(bytes_of(bytes, len));
}

START_TEST(the_same_bytes_are_kept_once) {
    struct shared *a = hold(bytes_of("abc", 3)), *b = hold(bytes_of("abd", 3));
    size_t held = memory.held;
    ck_assert_ptr_eq(hold(bytes_of("abc", 3)), a);
    ck_assert_ptr_ne(a, b);
    ck_assert_uint_eq(memory.held, held);
    ck_assert(bytes_equal(shared_bytes(a), bytes_of("abc", 3)) && bytes_equal(shared_bytes(b), bytes_of("abd", 3)));
    ck_assert_ptr_ne(hold(bytes_of("ab", 2)), a);
    ck_assert_uint_eq(hold(bytes_of(NULL, 0))->len, 0);
}
END_TEST

START_TEST(many_are_found_again) {
    struct shared *all[1000];
    for (uint32_t i = 0; i < 1000; i++) {
        all[i] = hold_number(i, 16);
    }
    for (uint32_t i = 0; i < 1000; i++) {
        ck_assert_ptr_eq(hold_number(i, 16), all[i]);
    }
}
END_TEST

START_TEST(what_nobody_holds_is_kept_for_a_while) {
    struct shared *a = hold_number(1, 1000), *b = hold_number(2, 1000);
    a->known_to = 7;
    give_back(a);
    ck_assert_ptr_eq(hold_number(1, 1000), a);
    ck_assert_uint_eq(a->known_to, 7);
    give_back(a);
    give_back(hold_number(3, LIMIT_SHARED_IDLE)); /* now it is too much */
    ck_assert_uint_lt(memory.held, 4000);
    ck_assert_uint_eq(hold_number(1, 1000)->known_to, 0);
    ck_assert_ptr_eq(hold_number(2, 1000), b);
}
END_TEST

START_TEST(nothing_is_kept_for_later_where_memory_is_scarce) {
    struct shared *a = hold_number(1, 1000);
    size_t held = memory.held;
    memory.bound = held + 10;
    give_back(a);
    ck_assert_uint_lt(memory.held, held - 1000);
}
END_TEST

START_TEST(where_memory_ends_there_is_none) {
    struct shared *a = hold_number(1, 1000);
    memory.bound = memory.held + 999;
    ck_assert_ptr_null(hold_number(2, 1000));
    ck_assert_ptr_eq(hold_number(1, 1000), a);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("shared");
    TCase *tests = tcase_create("shared");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_same_bytes_are_kept_once);
    tcase_add_test(tests, many_are_found_again);
    tcase_add_test(tests, what_nobody_holds_is_kept_for_a_while);
    tcase_add_test(tests, nothing_is_kept_for_later_where_memory_is_scarce);
    tcase_add_test(tests, where_memory_ends_there_is_none);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
