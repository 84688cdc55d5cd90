#include "capture/reader.h"

#include "base/limits.h"
#include "capture/decompress.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_SIZE (256 * 1024)
#define LARGE_BLOCK_SIZE (384 * 1024)
#define FIRST_READ (16 * 1024) /* ten thousand files of a series are opened for their first time stamp */
#define RECOGNISE_LEN 4

bool reader_init(struct reader *r, int fd, struct wake *wake) {
    struct stat status;
    *r = (struct reader){.fd = fd, .wake = wake, .size = BLOCK_SIZE};
    r->block = malloc(r->size);
    if (r->block == NULL) {
        close(fd);
        return false;
    }
    r->waits = fstat(fd, &status) != 0 || !S_ISREG(status.st_mode);
#ifdef POSIX_FADV_SEQUENTIAL /* macOS has none */
    if (!r->waits) {
        posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
#endif
    return true;
}

void reader_clear(struct reader *r) {
    if (r->block == NULL) {
        return;
    }
    close(r->fd);
    decompressor_free(r->decompressor);
    free(r->block);
    *r = (struct reader){0};
}

static void reader_fail(struct reader *r, const char *problem) {
    r->ended = true;
    r->problem = problem;
}

static const char *read_problem(int error) {
    switch (error) {
    case EIO:
        return "the disk reports an error";
    case ESTALE:
        return "the file is gone from its server";
    default:
        return "it could not be read further";
    }
}

/* Waits until the descriptor has something, once a call: who drips bytes must not hold up the timers. */
static bool reader_wait(struct reader *r) {
    struct pollfd fds[] = {{r->fd, POLLIN, 0}, {r->wake->fds[0], POLLIN, 0}};
    int n = poll(fds, 2, r->timeout_ms);
    r->timeout_ms = 0;
    return n > 0 && fds[0].revents != 0 && !r->wake->interrupted;
}

/* reader_read puts bytes from the descriptor at p. SHORT: there are no more. */
static enum reader_result reader_read(struct reader *r, uint8_t *p, size_t size, size_t *len) {
    if (r->wake->interrupted || (r->waits && !reader_wait(r))) {
        return READER_IDLE;
    }
    ssize_t n = read(r->fd, p, r->passed + r->end == 0 && size > FIRST_READ ? FIRST_READ : size);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return READER_IDLE;
    }
    if (n < 0) {
        reader_fail(r, read_problem(errno));
    }
    *len = n > 0 ? (size_t)n : 0;
    r->bytes_read += *len;
    return n > 0 ? READER_READY : READER_SHORT;
}

static enum reader_result reader_read_plain(struct reader *r) {
    size_t len = 0;
    enum reader_result result = reader_read(r, r->block + r->end, r->size - r->end, &len);
    r->end += len;
    return result;
}

static enum reader_result reader_read_compressed(struct reader *r) {
    struct decompressor *d = r->decompressor;
    for (;;) {
        size_t len = r->size - r->end;
        bool sound = decompress_run(d, r->block + r->end, &len);
        r->end += len;
        if (!sound) {
            reader_fail(r, "its compressed data are damaged");
        }
        if (!sound || len > 0 || d->finished) {
            r->ended |= d->finished;
            return READER_READY;
        }
        memmove(d->input, d->input + d->start, d->end - d->start);
        d->end -= d->start;
        d->start = 0;
        enum reader_result result = reader_read(r, d->input + d->end, d->size - d->end, &len);
        if (result != READER_READY) {
            if (result == READER_SHORT && d->in_member && r->problem == NULL) {
                r->problem = "its compressed data end early";
            }
            return result;
        }
        d->end += len;
    }
}

/* What a file is, is told by its content, never by its name. */
static void reader_recognise(struct reader *r) {
    enum compression compression = compression_of(reader_rest(r));
    r->recognised = true;
    if (!compression_supported(compression)) {
        return;
    }
    r->decompressor = decompressor_new(compression, reader_rest(r));
    r->end = 0;
    if (r->decompressor == NULL) {
        reader_fail(r, "there is no memory to decompress it");
    }
}

static bool resize(struct reader *r, size_t size) {
    uint8_t *block = realloc(r->block, size);
    if (block == NULL) {
        return false;
    }
    r->block = block;
    r->size = size;
    return true;
}

/* Moves what is left to the front, so that n bytes find room behind start. */
static bool reader_make_room(struct reader *r, size_t n) {
    size_t len = r->end - r->start;
    if (r->start > 0) {
        memmove(r->block, r->block + r->start, len);
        r->passed += r->start;
        r->start = 0;
        r->end = len;
    }
    if (r->alone && r->size < LARGE_BLOCK_SIZE) {
        resize(r, LARGE_BLOCK_SIZE);
    }
    if (n <= r->size) {
        return true;
    }
    size_t size = r->size;
    while (size < n) {
        size *= 2;
    }
    return n <= LIMIT_CAPTURE_BLOCK && resize(r, size);
}

enum reader_result reader_fill(struct reader *r, size_t n) {
    if (r->only_held) {
        return READER_IDLE;
    }
    if (!r->recognised && n < RECOGNISE_LEN) {
        n = RECOGNISE_LEN;
    }
    if (!reader_make_room(r, n)) {
        reader_fail(r, "there is no memory for a packet");
    }
    while (r->end - r->start < n) {
        if (r->ended) {
            return READER_SHORT;
        }
        enum reader_result result = r->decompressor != NULL ? reader_read_compressed(r) : reader_read_plain(r);
        if (result == READER_IDLE) {
            return READER_IDLE;
        }
        r->ended |= result == READER_SHORT;
        if (!r->recognised && (r->end >= RECOGNISE_LEN || r->ended)) {
            reader_recognise(r);
        }
    }
    return READER_READY;
}
