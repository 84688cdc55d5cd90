/* Calls of newer C libraries that MemorySanitizer of clang 14 doesn't know: it would never see what they wrote. */
#include <fcntl.h>
#include <sanitizer/msan_interface.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int fstatat(int fd, const char *restrict path, struct stat *restrict out, int flags) {
    int result = (int)syscall(SYS_newfstatat, fd, path, out, flags);
    if (result == 0) {
        __msan_unpoison(out, sizeof *out);
    }
    return result;
}

int fstat(int fd, struct stat *out) {
    return fstatat(fd, "", out, AT_EMPTY_PATH);
}

int stat(const char *restrict path, struct stat *restrict out) {
    return fstatat(AT_FDCWD, path, out, 0);
}

int lstat(const char *restrict path, struct stat *restrict out) {
    return fstatat(AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW);
}

int getentropy(void *out, size_t len) {
    return getrandom(out, len, 0) == (ssize_t)len ? 0 : -1;
}
