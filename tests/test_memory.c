/* The account: what is taken, given back and refused, against sums made by hand. */
#include "base/arena.h"
#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "tap.h"

static struct memory memory;

static void setup(void) {
    memory = (struct memory){.bound = 1000};
}

static void teardown(void) {
    memory_clear(&memory);
    ck_assert_uint_eq(memory.idle, 0);
}

START_TEST(what_is_taken_is_counted_until_it_is_given_back) {
    uint8_t *a = memory_new(&memory, 300), *b = memory_new(&memory, 500);
    ck_assert_ptr_nonnull(a);
    ck_assert(a[0] == 0 && a[299] == 0);
    ck_assert_uint_eq(memory.held, 800);
    memory_free(&memory, a, 300);
    ck_assert_uint_eq(memory.held, 500);
    ck_assert_uint_eq(memory.peak, 800);
    memory_free(&memory, b, 500);
    memory_free(&memory, NULL, 77);
    ck_assert_uint_eq(memory.held, 0);
}
END_TEST

START_TEST(the_bound_is_reached_and_never_passed) {
    void *a = memory_new(&memory, 1000);
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_null(memory_new(&memory, 1));
    ck_assert_uint_eq(memory.refused, 1);
    ck_assert(!memory_charge(&memory, SIZE_MAX));
    ck_assert_uint_eq(memory.held, 1000);
    memory_free(&memory, a, 1000);
}
END_TEST

/* Without a sanitizer the bytes of the first are used again. */
START_TEST(what_is_given_back_comes_again_as_new) {
    uint8_t *a = memory_new(&memory, 200), *b;
    memset(a, 7, 200);
    memory_free(&memory, a, 200);
    ck_assert_uint_eq(memory.held, 0);
    b = memory_new(&memory, 199);
    ck_assert(b[0] == 0 && b[198] == 0);
    ck_assert_uint_eq(memory.held, 199);
    memory_free(&memory, b, 199);
}
END_TEST

START_TEST(bytes_stay_the_same_from_small_to_large_and_back) {
    static const size_t lens[] = {1, 64, 65, 200, MEMORY_SMALL, MEMORY_SMALL + 1, 5000, 9000, MEMORY_SMALL, 64, 3};
    uint8_t *p = NULL;
    size_t old = 0;
    memory.bound = 20000;
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        p = memory_resize(&memory, p, old, lens[i]);
        for (size_t k = 0; k < old && k < lens[i]; k++) {
            ck_assert_uint_eq(p[k], k % 251);
        }
        for (size_t k = old; k < lens[i]; k++) {
            p[k] = (uint8_t)(k % 251);
        }
        old = lens[i];
        ck_assert_uint_eq(memory.held, old);
    }
    memory_free(&memory, p, old);
}
END_TEST

START_TEST(little_is_kept_to_be_used_again) {
    void *blocks[1500];
    memory.bound = 4 * LIMIT_MEMORY_IDLE;
    for (size_t i = 0; i < 1500; i++) {
        blocks[i] = memory_new(&memory, 1000);
    }
    for (size_t i = 0; i < 1500; i++) {
        memory_free(&memory, blocks[i], 1000);
    }
    ck_assert_uint_le(memory.idle, LIMIT_MEMORY_IDLE);
    ck_assert_uint_eq(memory.held, 0);
}
END_TEST

/* While it is moved there may be both. */
START_TEST(what_grows_needs_room_for_old_and_new) {
    uint8_t *a = memory_new(&memory, 400), *grown;
    a[399] = 7;
    ck_assert_ptr_null(memory_resize(&memory, a, 400, 601));
    ck_assert(a[399] == 7);
    grown = memory_resize(&memory, a, 400, 600);
    ck_assert_ptr_nonnull(grown);
    ck_assert(grown[399] == 7);
    ck_assert_uint_eq(memory.held, 600);
    ck_assert_uint_eq(memory.peak, 1000);
    memory_free(&memory, grown, 600);
}
END_TEST

START_TEST(an_array_grows_by_steps_and_its_number_tells_its_length) {
    const size_t rooms[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128};
    const size_t least = (size_t[]){1, 4, 5, 18, 100}[_i];
    uint32_t *array = NULL;
    for (uint32_t i = 0; i < 100; i++) {
        memory.bound = 10000;
        array = memory_grow(&memory, array, i, least, sizeof *array);
        array[i] = i;
        size_t step = 0;
        while (rooms[step] <= i) {
            step++;
        }
        ck_assert_uint_eq(memory.held, (i < least ? least : rooms[step]) * sizeof *array);
    }
    ck_assert_uint_eq(array[99], 99);
    memory_free_array(&memory, array, 100, least, sizeof *array);
    ck_assert_uint_eq(memory.held, 0);
}
END_TEST

START_TEST(little_is_left_where_a_sixteenth_is) {
    memory.bound = 1600;
    memory.held = 1500;
    ck_assert(!memory_is_scarce(&memory));
    memory.held = 1501;
    ck_assert(memory_is_scarce(&memory));
    ck_assert(!memory_is_scarce(NULL));
}
END_TEST

START_TEST(buffers_and_arenas_pay_for_what_they_hold) {
    struct buffer buffer = {.memory = &memory};
    struct arena arena = {.memory = &memory};
    ck_assert(buffer_append(&buffer, bytes_of("abc", 3), 1000));
    ck_assert_uint_eq(memory.held, buffer.size);
    ck_assert(!buffer_reserve(&buffer, 900, 1000));
    ck_assert_ptr_null(arena_alloc(&arena, 10));
    memory.bound = 100000;
    ck_assert_ptr_nonnull(arena_alloc(&arena, 10));
    ck_assert_ptr_nonnull(arena_alloc(&arena, 40000));
    ck_assert_uint_gt(memory.held, 40000);
    arena_reset(&arena);
    arena_clear(&arena);
    buffer_clear(&buffer);
    ck_assert_uint_eq(memory.held, 0);
    ck_assert(arena.memory == &memory && buffer.memory == &memory);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("memory");
    TCase *tests = tcase_create("memory");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, what_is_taken_is_counted_until_it_is_given_back);
    tcase_add_test(tests, what_is_given_back_comes_again_as_new);
    tcase_add_test(tests, bytes_stay_the_same_from_small_to_large_and_back);
    tcase_add_test(tests, little_is_kept_to_be_used_again);
    tcase_add_test(tests, the_bound_is_reached_and_never_passed);
    tcase_add_test(tests, what_grows_needs_room_for_old_and_new);
    tcase_add_loop_test(tests, an_array_grows_by_steps_and_its_number_tells_its_length, 0, 5);
    tcase_add_test(tests, little_is_left_where_a_sixteenth_is);
    tcase_add_test(tests, buffers_and_arenas_pay_for_what_they_hold);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
