/*
 * A stand-in for Check where MemorySanitizer watches, which calls whatever comes out of a library without instruments
 * uninitialised. It has what our tests use of Check, without processes and time limits: the first failure ends all.
 */
#ifndef TLSWATCH_TESTS_MSAN_CHECK_H
#define TLSWATCH_TESTS_MSAN_CHECK_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Suite Suite;
typedef struct TCase TCase;
typedef Suite SRunner;

struct check_test {
    const char *name;
    void (*run)(int i);
    int from, to;
};

struct TCase {
    TCase *next;
    void (*setup)(void), (*teardown)(void);
    struct check_test tests[64];
    size_t num_tests;
};

struct Suite {
    TCase *cases;
};

#define CK_SILENT 0
#define START_TEST(name) static void name(int _i __attribute__((unused)))
#define END_TEST

#define ck_abort_msg(...)                                                                                                                  \
    (printf("not ok - %s:%d\n# ", __FILE__, __LINE__), printf(__VA_ARGS__), printf("\n"), fflush(stdout), exit(EXIT_FAILURE))
#define ck_assert_msg(holds, ...) ((holds) ? (void)0 : ck_abort_msg(__VA_ARGS__))
#define ck_assert(holds) ck_assert_msg(holds, "%s", #holds)

#define CHECK_INT(a, op, b) ck_assert_msg((intmax_t)(a)op(intmax_t)(b), "%s: %jd, %jd", #a " " #op " " #b, (intmax_t)(a), (intmax_t)(b))
#define CHECK_UINT(a, op, b)                                                                                                               \
    ck_assert_msg((uintmax_t)(a)op(uintmax_t)(b), "%s: %ju, %ju", #a " " #op " " #b, (uintmax_t)(a), (uintmax_t)(b))
#define ck_assert_int_eq(a, b) CHECK_INT(a, ==, b)
#define ck_assert_int_ne(a, b) CHECK_INT(a, !=, b)
#define ck_assert_int_lt(a, b) CHECK_INT(a, <, b)
#define ck_assert_int_le(a, b) CHECK_INT(a, <=, b)
#define ck_assert_int_gt(a, b) CHECK_INT(a, >, b)
#define ck_assert_int_ge(a, b) CHECK_INT(a, >=, b)
#define ck_assert_uint_eq(a, b) CHECK_UINT(a, ==, b)
#define ck_assert_uint_ne(a, b) CHECK_UINT(a, !=, b)
#define ck_assert_uint_lt(a, b) CHECK_UINT(a, <, b)
#define ck_assert_uint_le(a, b) CHECK_UINT(a, <=, b)
#define ck_assert_uint_gt(a, b) CHECK_UINT(a, >, b)
#define ck_assert_uint_ge(a, b) CHECK_UINT(a, >=, b)
#define ck_assert_ptr_eq(a, b) ck_assert((const void *)(a) == (const void *)(b))
#define ck_assert_ptr_ne(a, b) ck_assert((const void *)(a) != (const void *)(b))
#define ck_assert_ptr_null(a) ck_assert((a) == NULL)
#define ck_assert_ptr_nonnull(a) ck_assert((a) != NULL)
#define ck_assert_mem_eq(a, b, len) ck_assert(memcmp(a, b, len) == 0)
#define ck_assert_str_eq(a, b) ck_assert_msg(strcmp(a, b) == 0, "%s: %s", #a, a)
#define ck_assert_str_ne(a, b) ck_assert_msg(strcmp(a, b) != 0, "%s: %s", #a, a)
#define ck_assert_pstr_eq(a, b) ck_assert(check_same(a, b))

static inline int check_same(const char *a, const char *b) {
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static inline void *check_new(size_t size) {
    void *made = calloc(1, size);
    ck_assert_msg(made != NULL, "no memory");
    return made;
}

static inline Suite *suite_create(const char *name) {
    (void)name;
    return check_new(sizeof(Suite));
}

static inline TCase *tcase_create(const char *name) {
    (void)name;
    return check_new(sizeof(TCase));
}

static inline void suite_add_tcase(Suite *suite, TCase *tests) {
    tests->next = suite->cases;
    suite->cases = tests;
}

#define tcase_add_test(tests, test) check_add(tests, #test, test, 0, 1)
#define tcase_add_loop_test(tests, test, from, to) check_add(tests, #test, test, from, to)

static inline void check_add(TCase *tests, const char *name, void (*run)(int), int from, int to) {
    ck_assert_uint_lt(tests->num_tests, sizeof tests->tests / sizeof tests->tests[0]);
    tests->tests[tests->num_tests++] = (struct check_test){name, run, from, to};
}

static inline void tcase_add_checked_fixture(TCase *tests, void (*setup)(void), void (*teardown)(void)) {
    tests->setup = setup;
    tests->teardown = teardown;
}

static inline void tcase_set_timeout(TCase *tests, double seconds) {
    (void)tests, (void)seconds;
}

static inline SRunner *srunner_create(Suite *suite) {
    return suite;
}

static inline void srunner_set_tap(SRunner *runner, const char *file) {
    (void)runner, (void)file;
}

static inline void check_run(const TCase *tests, const struct check_test *test, int i, int number) {
    if (tests->setup != NULL) {
        tests->setup();
    }
    test->run(i);
    if (tests->teardown != NULL) {
        tests->teardown();
    }
    printf("ok %d - %s %d\n", number, test->name, i);
    fflush(stdout);
}

static inline void srunner_run_all(SRunner *runner, int verbosity) {
    int number = 0;
    (void)verbosity;
    for (const TCase *tests = runner->cases; tests != NULL; tests = tests->next) {
        for (size_t t = 0; t < tests->num_tests; t++) {
            for (int i = tests->tests[t].from; i < tests->tests[t].to; i++) {
                check_run(tests, &tests->tests[t], i, ++number);
            }
        }
    }
    printf("1..%d\n", number);
}

static inline void srunner_free(SRunner *runner) {
    while (runner->cases != NULL) {
        TCase *tests = runner->cases;
        runner->cases = tests->next;
        free(tests);
    }
    free(runner);
}

#endif
