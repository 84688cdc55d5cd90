/*
 * Runs one Check suite and prints TAP on stdout, so that meson counts every test. Each program's main is
 * `return tap_run(suite);`.
 */
#ifndef TLSWATCH_TESTS_TAP_H
#define TLSWATCH_TESTS_TAP_H

#include <check.h>
#include <stdlib.h>

static inline int tap_run(Suite *suite) {
    SRunner *runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    srunner_free(runner);
    return EXIT_SUCCESS; /* TAP says what failed */
}

#endif
