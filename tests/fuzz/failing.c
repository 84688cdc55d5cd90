#include "failing.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

static unsigned left;
static bool failed;
static unsigned libcrypto_left;
static unsigned reads_left;
static int read_error;

void *__real_malloc(size_t len);
void *__real_calloc(size_t num, size_t len);
void *__real_realloc(void *p, size_t len);
ssize_t __real_read(int fd, void *p, size_t len);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t num, size_t len);
void *__wrap_realloc(void *p, size_t len);
char *__wrap_strdup(const char *text);
ssize_t __wrap_read(int fd, void *p, size_t len);

void fuzz_fail(unsigned nth) {
    failed = failed && nth == 0;
    left = nth;
}

void fuzz_fail_libcrypto(unsigned nth) {
    libcrypto_left = nth;
}

bool fuzz_refuses_libcrypto(void) {
    return libcrypto_left > 0 && --libcrypto_left == 0;
}

bool fuzz_failed(void) {
    return failed;
}

void fuzz_fail_read(unsigned nth, int error) {
    reads_left = nth;
    read_error = error;
}

static bool refuses(void) {
    if (left > 0 && --left == 0) {
        failed = true;
        return true;
    }
    return false;
}

void *__wrap_malloc(size_t len) {
    return refuses() ? NULL : __real_malloc(len);
}

void *__wrap_calloc(size_t num, size_t len) {
    return refuses() ? NULL : __real_calloc(num, len);
}

void *__wrap_realloc(void *p, size_t len) {
    return refuses() ? NULL : __real_realloc(p, len);
}

char *__wrap_strdup(const char *text) {
    return refuses() ? NULL : __real_strdup(text);
}

ssize_t __wrap_read(int fd, void *p, size_t len) {
    if (reads_left > 0 && --reads_left == 0) {
        errno = read_error;
        return -1;
    }
    return __real_read(fd, p, len);
}
