#include "report/report.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/limits.h"

#define PART_OF_HELD 65536 /* bytes that are read and written at once */

void report_sink_init(struct report_sink *sink, int fd) {
    *sink = (struct report_sink){.fd = fd};
}

void report_sink_init_live(struct report_sink *sink, int fd) {
    struct stat status;
    report_sink_init(sink, fd);
    sink->live = true;
    sink->plain = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

void report_sink_clear(struct report_sink *sink) {
    buffer_clear(&sink->block);
    waiting_clear(&sink->waiting);
    report_sink_forget(sink);
}

static void note_written(struct report_sink *sink, struct bytes part) {
    const uint8_t *line_end = memrchr(part.p, '\n', part.len);
    sink->unfinished = line_end != NULL ? part.len - (size_t)(line_end + 1 - part.p) : sink->unfinished + part.len;
}

/* A full disk may have taken half a line: in a file it is taken back, so that whoever reads it sees whole ones. */
static bool take_back(int fd, size_t len) {
    struct stat status;
    off_t at = lseek(fd, 0, SEEK_CUR);
    bool last = at >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == at;
    if (!last || len == 0 || ftruncate(fd, at - (off_t)len) != 0) {
        return false;
    }
    lseek(fd, at - (off_t)len, SEEK_SET);
    return true;
}

/* Waits where the descriptor does not: somebody may have made a pipe so. */
static bool try_again(int fd, int error) {
    struct pollfd wait = {fd, POLLOUT, 0};
    return error == EINTR || ((error == EAGAIN || error == EWOULDBLOCK) && poll(&wait, 1, -1) >= 0);
}

static bool write_out(struct report_sink *sink, struct bytes rest) {
    struct bytes part;
    /* One call takes it all but where a signal or a full pipe cuts it. */
    while (sink->error == 0 && rest.len > 0) {
        ssize_t n = write(sink->fd, rest.p, rest.len);
        if (n >= 0 && bytes_take(&rest, (size_t)n, &part)) {
            note_written(sink, part);
        } else if (!try_again(sink->fd, errno)) {
            sink->error = errno;
            sink->unfinished = take_back(sink->fd, sink->unfinished) ? 0 : sink->unfinished;
        }
    }
    return sink->error == 0;
}

/* What is held back of a disk's room leaves enough to others. */
static uint64_t room_to_hold(FILE *file) {
    struct statvfs disk;
    return file != NULL && fstatvfs(fileno(file), &disk) == 0 ? (uint64_t)disk.f_bavail * disk.f_frsize / 16 : 0;
}

void report_sink_hold(struct report_sink *sink, size_t least, size_t most) {
    sink->spilled = tmpfile();
    uint64_t room = room_to_hold(sink->spilled);
    sink->hold = room <= least ? least : room < most ? (size_t)room : most;
}

/* Beyond a little it is held on disk, in a file without a name. */
static bool spill(struct report_sink *sink) {
    if (sink->spilled == NULL || fwrite(sink->held.p, 1, sink->held.len, sink->spilled) != sink->held.len) {
        return false;
    }
    sink->num_spilled += sink->held.len;
    sink->held.len = 0;
    return true;
}

static bool hold(struct report_sink *sink) {
    struct bytes block = buffer_bytes(&sink->block);
    if (block.len > sink->hold - sink->num_spilled - sink->held.len) {
        return false;
    }
    return (sink->held.len + block.len <= LIMIT_HELD_IN_MEMORY || sink->held.len == 0 || spill(sink)) &&
           buffer_append(&sink->held, block, sink->hold);
}

/* --- Live --- */

static void lose(struct report_sink *sink, uint64_t blocks, int because) {
    sink->lost += blocks;
    sink->lost_because = because;
}

/* What is taken without waiting. O_NONBLOCK would hold for everybody who shares the descriptor, the shell included; but
 * what poll(2) says is writable takes PIPE_BUF bytes at once. */
static ssize_t write_some(const struct report_sink *sink, struct bytes rest) {
    struct pollfd ready = {sink->fd, POLLOUT, 0};
    if (sink->plain) {
        return write(sink->fd, rest.p, rest.len);
    }
    if (poll(&ready, 1, 0) == 0) {
        errno = EAGAIN;
        return -1;
    }
    return write(sink->fd, rest.p, rest.len < PIPE_BUF ? rest.len : PIPE_BUF);
}

/* Nobody will ever read what is written there. */
static bool is_final(int error) {
    return error == EPIPE || error == EBADF;
}

/* A disk may have room again for the next one. */
static void give_up_first(struct report_sink *sink, int because) {
    take_back(sink->fd, sink->waiting.done);
    waiting_advance(&sink->waiting, waiting_rest(&sink->waiting).len);
    lose(sink, 1, because);
}

void report_sink_drain(struct report_sink *sink) {
    while (sink->error == 0 && sink->waiting.num > 0) {
        ssize_t n = write_some(sink, waiting_rest(&sink->waiting));
        if (n >= 0) {
            waiting_advance(&sink->waiting, (size_t)n);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return;
        } else if (is_final(errno)) {
            sink->error = errno;
            lose(sink, sink->waiting.num, sink->error);
            waiting_clear(&sink->waiting);
        } else if (errno != EINTR) {
            give_up_first(sink, errno);
        }
    }
}

void report_sink_flush(struct report_sink *sink, int patience_ms) {
    struct pollfd ready = {sink->fd, POLLOUT, 0};
    report_sink_drain(sink);
    while (sink->error == 0 && sink->waiting.num > 0 && poll(&ready, 1, patience_ms) > 0) {
        report_sink_drain(sink);
    }
    if (sink->waiting.num > 0) {
        lose(sink, sink->waiting.num, EAGAIN);
        waiting_clear(&sink->waiting);
    }
}

static void write_live(struct report_sink *sink) {
    report_sink_drain(sink);
    if (sink->error != 0) {
        lose(sink, 1, sink->error);
    } else if (!waiting_add(&sink->waiting, buffer_bytes(&sink->block), LIMIT_WAITING)) {
        lose(sink, 1, EAGAIN);
    }
    report_sink_drain(sink);
}

bool report_sink_write(struct report_sink *sink) {
    if (sink->block.len == 0) {
        return sink->error == 0;
    }
    if (sink->live) {
        write_live(sink);
    } else if (sink->hold > 0) {
        sink->full = sink->full || !hold(sink);
    } else {
        write_out(sink, buffer_bytes(&sink->block));
    }
    sink->block.len = 0;
    return sink->error == 0;
}

/* Short parts together. */
static void write_part(struct report_sink *sink, struct bytes part) {
    if (!buffer_append(&sink->block, part, PART_OF_HELD)) {
        write_out(sink, buffer_bytes(&sink->block));
        sink->block.len = 0;
        write_out(sink, part);
    }
}

/* With the pieces to which it refers; all of it, but a reference that is cut. */
static void write_held(struct report_sink *sink, struct bytes *held) {
    struct bytes part = *held;
    if (sink->pieces == NULL) {
        held->len = 0;
        write_part(sink, part);
        return;
    }
    while (sink->error == 0 && (part = json_pieces_resolve(sink->pieces, held)).len > 0) {
        write_part(sink, part);
    }
}

static void write_spilled(struct report_sink *sink) {
    uint8_t block[PART_OF_HELD];
    struct bytes rest = {0};
    size_t n;
    rewind(sink->spilled);
    while (sink->error == 0 && (n = fread(block + rest.len, 1, sizeof block - rest.len, sink->spilled)) > 0) {
        rest = bytes_of(block, rest.len + n);
        write_held(sink, &rest);
        memmove(block, rest.p, rest.len);
    }
    if (ferror(sink->spilled) && sink->error == 0) {
        sink->error = EIO;
    }
}

bool report_sink_release(struct report_sink *sink) {
    struct bytes held = buffer_bytes(&sink->held);
    sink->block.len = 0;
    if (sink->spilled != NULL) {
        write_spilled(sink);
    }
    write_held(sink, &held);
    write_out(sink, buffer_bytes(&sink->block));
    sink->block.len = 0;
    report_sink_forget(sink);
    return sink->error == 0;
}

void report_sink_forget(struct report_sink *sink) {
    buffer_clear(&sink->held);
    json_pieces_free(sink->pieces);
    sink->pieces = NULL;
    if (sink->spilled != NULL) {
        fclose(sink->spilled);
    }
    sink->spilled = NULL;
    sink->num_spilled = 0;
    sink->hold = 0;
    sink->full = false;
}
