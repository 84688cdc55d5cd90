#include "report/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the last whole line ends; -1 where it can't be read. */
static off_t find_last_line_end(int fd, off_t size) {
    uint8_t block[4096];
    while (size > 0) {
        size_t len = size < (off_t)sizeof block ? (size_t)size : sizeof block;
        if (pread(fd, block, len, size - (off_t)len) != (ssize_t)len) {
            return -1;
        }
        const uint8_t *end = memrchr(block, '\n', len);
        if (end != NULL) {
            return size - (off_t)len + (end + 1 - block);
        }
        size -= (off_t)len;
    }
    return 0;
}

/* The lock is held as long as the file is open: somebody else who writes to it, or a tlswatch that is just ending, is
 * not half a line. */
static uint64_t cut_torn_line(int fd) {
    struct stat status;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 || fstat(fd, &status) != 0) {
        return 0;
    }
    off_t end = find_last_line_end(fd, status.st_size);
    return end >= 0 && end < status.st_size && ftruncate(fd, end) == 0 ? (uint64_t)(status.st_size - end) : 0;
}

/* Nobody's capture or certificate is to be cut by a slip. What a crash of the machine left may be zeros. */
static bool is_log(int fd) {
    char first = '{';
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && pread(fd, &first, 1, 0) >= 0 && (first == '{' || first == '\0');
}

/* A link in its place would let others choose the file; O_NONBLOCK: a pipe there must not make it wait. */
static int open_name(int folder, const char *name, const char *path, char error[LOG_FILE_ERROR_SIZE]) {
    int fd = openat(folder, name, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0640);
    if (fd < 0) {
        snprintf(error, LOG_FILE_ERROR_SIZE, "%s: cannot be written: %s", path, strerror(errno));
    } else if (!is_log(fd)) {
        snprintf(error, LOG_FILE_ERROR_SIZE, "%s: holds something else than lines of JSON", path);
        close(fd);
        return -1;
    }
    return fd;
}

static int open_folder(const char *path, const char *name, char error[LOG_FILE_ERROR_SIZE]) {
    char *folder = name > path ? strndup(path, (size_t)(name - path)) : strdup(".");
    int fd = folder != NULL ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd < 0) {
        snprintf(error, LOG_FILE_ERROR_SIZE, "%s: cannot be written: %s", path, strerror(errno));
    }
    free(folder);
    return fd;
}

bool log_file_open(struct log_file *l, const char *path, char error[LOG_FILE_ERROR_SIZE]) {
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    int folder = open_folder(path, name, error);
    int fd = folder >= 0 ? open_name(folder, name, path, error) : -1;
    if (fd < 0) {
        if (folder >= 0) {
            close(folder);
        }
        return false;
    }
    *l = (struct log_file){.path = path, .name = name, .folder = folder, .cut = cut_torn_line(fd)};
    report_sink_init_live(&l->sink, fd);
    return true;
}

int log_file_open_name(const struct log_file *l, char error[LOG_FILE_ERROR_SIZE]) {
    return open_name(l->folder, l->name, l->path, error);
}

static void close_folder(struct log_file *l) {
    if (l->folder >= 0) {
        close(l->folder);
    }
    l->folder = -1;
}

void log_file_through(struct log_file *l, int (*open)(void *user, char error[LOG_FILE_ERROR_SIZE]), void *user) {
    close_folder(l);
    l->open = open;
    l->user = user;
}

bool log_file_reopen(struct log_file *l, char error[LOG_FILE_ERROR_SIZE]) {
    int fd = l->open != NULL ? l->open(l->user, error) : log_file_open_name(l, error);
    if (fd < 0) {
        return false;
    }
    close(l->sink.fd); /* its lock too, where it is the same file */
    l->cut = cut_torn_line(fd);
    l->sink.fd = fd;
    return true;
}

void log_file_close(struct log_file *l) {
    if (l->path != NULL) {
        report_sink_clear(&l->sink);
        close(l->sink.fd);
        close_folder(l);
    }
    *l = (struct log_file){0};
}
