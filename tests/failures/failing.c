/*
 * tlswatch with a fault: each time that an allocation, a write or an open is to fail, the process goes on twice. In a child
 * that call fails, and the child runs to its end; then the parent goes on as if nothing had been, to the next call. So all
 * failures of a run take one run, and for each of them the rest of it.
 *
 * TLSWATCH_FAIL is a descriptor, a colon, and for each kind of call, with commas, which are to fail: of how many the first
 * (1: each; 0: none). To the descriptor goes a struct report for each, behind it both outputs, and at the end one that
 * says how many calls of each kind there were. Both outputs have to be files that can be read.
 *
 * Where it stands in for malloc itself, what libcrypto, libpcap and libc allocate fails too; with a sanitizer that wants to be
 * malloc, only what tlswatch and libcrypto do.
 *
 * How often libcrypto allocates for some curves goes by random numbers, which hide its secrets from who measures time: here
 * they are the same each time.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_FILES 32
#define HANGS_MS 300000

enum kind { ALLOCATION, WRITE, OPEN, NUM_KINDS };

struct report {
    uint64_t kind, number;   /* of the call that failed; NUM_KINDS: it was the end */
    int64_t status;          /* as waitpid has it; -1: the child hung */
    uint64_t len[2];         /* of its outputs */
    uint64_t num[NUM_KINDS]; /* of the calls so far */
};

static struct {
    int reports;            /* -1: nothing more fails */
    int printed[2], out[2]; /* the outputs of the parent, and those of the child */
    uint64_t every[NUM_KINDS], num[NUM_KINDS];
} plan = {.reports = -1};

static void must(bool worked) {
    if (!worked) {
        abort();
    }
}

static void send_bytes(const void *p, size_t len) {
    const char *rest = p;

    for (ssize_t sent; len > 0; rest += sent, len -= (size_t)sent) {
        sent = syscall(SYS_write, plan.reports, rest, len);
        must(sent > 0);
    }
}

static uint64_t len_of(int fd) {
    off_t len = lseek(fd, 0, SEEK_END);

    must(len >= 0);
    return (uint64_t)len;
}

/* All of a file, to where the other one stands. */
static void copy_file(int to, int from) {
    off_t at = 0;
    uint64_t len = len_of(from);

    while ((uint64_t)at < len) {
        must(sendfile(to, from, &at, len - (uint64_t)at) > 0);
    }
}

/* What was printed so far is the beginning of what the child prints. */
static void begin_outputs(void) {
    for (int i = 0; i < 2; i++) {
        must(ftruncate(plan.out[i], 0) == 0 && lseek(plan.out[i], 0, SEEK_SET) == 0);
        copy_file(plan.out[i], plan.printed[i]);
    }
}

static void become_child(void) {
    must(dup2(plan.out[0], STDOUT_FILENO) >= 0 && dup2(plan.out[1], STDERR_FILENO) >= 0);
    plan.reports = -1;
}

static int64_t wait_for(pid_t child) {
    struct pollfd ended = {.fd = (int)syscall(SYS_pidfd_open, child, 0), .events = POLLIN};
    bool hangs = ended.fd < 0 || poll(&ended, 1, HANGS_MS) != 1;
    int status;

    if (hangs) {
        kill(child, SIGKILL);
    }
    must(waitpid(child, &status, 0) == child);
    close(ended.fd);
    return hangs ? -1 : status;
}

static void report(enum kind kind, int64_t status) {
    struct report r = {.kind = kind, .status = status};

    for (int i = 0; i < NUM_KINDS; i++) {
        r.num[i] = plan.num[i];
    }
    if (kind == NUM_KINDS) {
        send_bytes(&r, sizeof r);
        return;
    }
    r.number = plan.num[kind];
    for (int i = 0; i < 2; i++) {
        r.len[i] = len_of(plan.out[i]);
    }
    send_bytes(&r, sizeof r);
    for (int i = 0; i < 2; i++) {
        copy_file(plan.reports, plan.out[i]);
    }
}

/* As fork, but what libc knows of itself stays as it is: locks that are held here are to be let go by the thread that holds them. */
static pid_t split(void) {
#ifdef SYS_fork
    return (pid_t)syscall(SYS_fork);
#else
    return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
#endif
}

/* True in the child. Both share where they stand in their files, so that the parent has to go back there. */
static bool go_on_twice(enum kind kind) {
    off_t at[MAX_FILES];

    for (int fd = 0; fd < MAX_FILES; fd++) {
        at[fd] = lseek(fd, 0, SEEK_CUR);
    }
    begin_outputs();
    pid_t child = split();
    must(child >= 0);
    if (child == 0) {
        become_child();
        return true;
    }
    report(kind, wait_for(child));
    for (int fd = 0; fd < MAX_FILES; fd++) {
        lseek(fd, at[fd], SEEK_SET);
    }
    return false;
}

static bool fails(enum kind kind) {
    int before = errno;

    if (plan.reports < 0) {
        return false;
    }
    uint64_t earlier = plan.num[kind]++;
    bool failed = plan.every[kind] != 0 && earlier % plan.every[kind] == 0 && go_on_twice(kind);
    errno = before;
    return failed;
}

static void *no_memory(void) {
    errno = ENOMEM;
    return NULL;
}

#ifdef STANDS_IN
#define INSTEAD_OF(name) name
#define REAL(name) __libc_##name
#else
#define INSTEAD_OF(name) __wrap_##name
#define REAL(name) __real_##name
#endif

void *REAL(malloc)(size_t len);
void *REAL(calloc)(size_t num, size_t len);
void *REAL(realloc)(void *p, size_t len);
void *INSTEAD_OF(malloc)(size_t len);
void *INSTEAD_OF(calloc)(size_t num, size_t len);
void *INSTEAD_OF(realloc)(void *p, size_t len);

void *INSTEAD_OF(malloc)(size_t len) {
    return fails(ALLOCATION) ? no_memory() : REAL(malloc)(len);
}

void *INSTEAD_OF(calloc)(size_t num, size_t len) {
    return fails(ALLOCATION) ? no_memory() : REAL(calloc)(num, len);
}

void *INSTEAD_OF(realloc)(void *p, size_t len) {
    return fails(ALLOCATION) ? no_memory() : REAL(realloc)(p, len);
}

char *__real_strdup(const char *text);
ssize_t __real_write(int fd, const void *p, size_t len);
int __real_open(const char *path, int flags, ...);
int __real_openat(int folder, const char *path, int flags, ...);
int __real_open64(const char *path, int flags, ...);
int __real_openat64(int folder, const char *path, int flags, ...);

char *__wrap_strdup(const char *text);
ssize_t __wrap_write(int fd, const void *p, size_t len);
int __wrap_open(const char *path, int flags, ...);
int __wrap_openat(int folder, const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_openat64(int folder, const char *path, int flags, ...);

/* Where malloc itself fails, this does already. */
char *__wrap_strdup(const char *text) {
#ifndef STANDS_IN
    if (fails(ALLOCATION)) {
        return no_memory();
    }
#endif
    return __real_strdup(text);
}

/* A disk that is full takes a part of the first write that does not fit, and nothing of the next. */
ssize_t __wrap_write(int fd, const void *p, size_t len) {
    static bool full;

    if (full || fails(WRITE)) {
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
    return fails(OPEN) ? no_file() : __real_open(path, flags, mode);
}

int __wrap_open64(const char *path, int flags, ...) {
    va_list arguments;

    va_start(arguments, flags);
    int mode = mode_of(flags, arguments);
    va_end(arguments);
    return fails(OPEN) ? no_file() : __real_open64(path, flags, mode);
}

int __wrap_openat(int folder, const char *path, int flags, ...) {
    va_list arguments;

    va_start(arguments, flags);
    int mode = mode_of(flags, arguments);
    va_end(arguments);
    return fails(OPEN) ? no_file() : __real_openat(folder, path, flags, mode);
}

int __wrap_openat64(int folder, const char *path, int flags, ...) {
    va_list arguments;

    va_start(arguments, flags);
    int mode = mode_of(flags, arguments);
    va_end(arguments);
    return fails(OPEN) ? no_file() : __real_openat64(folder, path, flags, mode);
}

#ifndef STANDS_IN
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
#endif

static int same_bytes(unsigned char *out, int len) {
    int result = RAND_OpenSSL()->bytes(out, len);

    memset(out, 0x5a, (size_t)len);
    return result;
}

__attribute__((constructor)) static void begin(void) {
    static const RAND_METHOD same = {.bytes = same_bytes, .pseudorand = same_bytes};
    unsigned long every[NUM_KINDS];
    const char *text = getenv("TLSWATCH_FAIL");
    int reports;

    must(text != NULL && sscanf(text, "%d:%lu,%lu,%lu", &reports, &every[ALLOCATION], &every[WRITE], &every[OPEN]) == 4);
#ifndef STANDS_IN
    must(CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) == 1);
#endif
    must(RAND_set_rand_method(&same) == 1);
    for (int i = 0; i < NUM_KINDS; i++) {
        plan.every[i] = every[i];
    }
    for (int i = 0; i < 2; i++) {
        plan.printed[i] = fcntl(STDOUT_FILENO + i, F_DUPFD_CLOEXEC, 0);
        plan.out[i] = memfd_create("output", MFD_CLOEXEC);
        must(plan.printed[i] >= 0 && plan.out[i] >= 0);
    }
    plan.reports = reports;
}

__attribute__((destructor)) static void end(void) {
    if (plan.reports >= 0) {
        report(NUM_KINDS, 0);
        plan.reports = -1;
    }
}
