/*
 * tlswatch with a fault: its k-th allocation, write or open fails. Linked with --wrap, so that sanitizers see everything
 * else as it is; libcrypto is told to allocate here too.
 *
 * TLSWATCH_FAIL names a file that holds two numbers of 64 bits for each kind of call: which one is to fail (0: none), and how many
 * there have been. It is shared memory, since the sandbox leaves no other way out, and since processes share the count.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum kind { ALLOCATION, WRITE, OPEN, NUM_KINDS };

struct fault {
    uint64_t fails;
    _Atomic uint64_t num;
};

static struct fault none[NUM_KINDS], *faults = none;

static bool is_due(enum kind kind) {
    return atomic_fetch_add(&faults[kind].num, 1) + 1 == faults[kind].fails;
}

void *__real_malloc(size_t len);
void *__real_calloc(size_t num, size_t len);
void *__real_realloc(void *p, size_t len);
char *__real_strdup(const char *text);
ssize_t __real_write(int fd, const void *p, size_t len);
int __real_open(const char *path, int flags, ...);
int __real_openat(int folder, const char *path, int flags, ...);
int __real_open64(const char *path, int flags, ...);
int __real_openat64(int folder, const char *path, int flags, ...);

void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t num, size_t len);
void *__wrap_realloc(void *p, size_t len);
char *__wrap_strdup(const char *text);
ssize_t __wrap_write(int fd, const void *p, size_t len);
int __wrap_open(const char *path, int flags, ...);
int __wrap_openat(int folder, const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_openat64(int folder, const char *path, int flags, ...);

static void *no_memory(void) {
    errno = ENOMEM;
    return NULL;
}

void *__wrap_malloc(size_t len) {
    return is_due(ALLOCATION) ? no_memory() : __real_malloc(len);
}

void *__wrap_calloc(size_t num, size_t len) {
    return is_due(ALLOCATION) ? no_memory() : __real_calloc(num, len);
}

void *__wrap_realloc(void *p, size_t len) {
    return is_due(ALLOCATION) ? no_memory() : __real_realloc(p, len);
}

char *__wrap_strdup(const char *text) {
    return is_due(ALLOCATION) ? no_memory() : __real_strdup(text);
}

/* A disk that is full takes a part of the first write that does not fit, and nothing of the next. */
ssize_t __wrap_write(int fd, const void *p, size_t len) {
    static bool full;

    if (full || is_due(WRITE)) {
        if (!full && len > 1) {
            full = true;
            return __real_write(fd, p, len / 2);
        }
        full = false;
        errno = ENOSPC;
        return -1;
    }
    return __real_write(fd, p, len);
}

static int mode_of(int flags, va_list arguments) {
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, int) : 0;
}

static int no_file(void) {
    errno = EMFILE;
    return -1;
}

int __wrap_open(const char *path, int flags, ...) {
    va_list arguments;

    va_start(arguments, flags);
    int mode = mode_of(flags, arguments);
    va_end(arguments);
    return is_due(OPEN) ? no_file() : __real_open(path, flags, mode);
}

int __wrap_open64(const char *path, int flags, ...) {
    va_list arguments;

    va_start(arguments, flags);
    int mode = mode_of(flags, arguments);
    va_end(arguments);
    return is_due(OPEN) ? no_file() : __real_open64(path, flags, mode);
}

int __wrap_openat(int folder, const char *path, int flags, ...) {
    va_list arguments;

    va_start(arguments, flags);
    int mode = mode_of(flags, arguments);
    va_end(arguments);
    return is_due(OPEN) ? no_file() : __real_openat(folder, path, flags, mode);
}

int __wrap_openat64(int folder, const char *path, int flags, ...) {
    va_list arguments;

    va_start(arguments, flags);
    int mode = mode_of(flags, arguments);
    va_end(arguments);
    return is_due(OPEN) ? no_file() : __real_openat64(folder, path, flags, mode);
}

static void *crypto_malloc(size_t len, const char *file, int line) {
    (void)file;
    (void)line;
    return __wrap_malloc(len);
}

static void *crypto_realloc(void *p, size_t len, const char *file, int line) {
    (void)file;
    (void)line;
    return __wrap_realloc(p, len);
}

static void crypto_free(void *p, const char *file, int line) {
    (void)file;
    (void)line;
    free(p);
}

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("TLSWATCH_FAIL");
    int fd = path != NULL ? __real_open(path, O_RDWR | O_CLOEXEC) : -1;
    void *p = fd >= 0 ? mmap(NULL, sizeof none, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;

    if (p == MAP_FAILED || CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) != 1) {
        abort();
    }
    close(fd);
    faults = p;
}
