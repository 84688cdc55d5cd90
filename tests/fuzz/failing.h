/*
 * Allocations and reads that fail. Every target is linked with malloc, calloc, realloc, strdup and read wrapped: an input may say that the
 * n-th from now on gets nothing, and what follows must be as sound as without. What libraries allocate is not touched.
 */
#ifndef TLSWATCH_TESTS_FUZZ_FAILING_H
#define TLSWATCH_TESTS_FUZZ_FAILING_H

#include <stdbool.h>

/* fuzz_fail: the n-th allocation from now on fails, and those behind it do not; 0: none. A target ends with 0. */
void fuzz_fail(unsigned nth);

/* fuzz_fail_read: the n-th read(2) from now on fails with that errno; 0: none. */
void fuzz_fail_read(unsigned nth, int error);

/* fuzz_fail_libcrypto: the same for what libcrypto allocates, in a target that lets it ask fuzz_refuses_libcrypto. */
void fuzz_fail_libcrypto(unsigned nth);
bool fuzz_refuses_libcrypto(void);

/* fuzz_failed: it has. */
bool fuzz_failed(void);

#endif
