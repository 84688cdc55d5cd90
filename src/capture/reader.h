/*
 * A file, a pipe or a compressed stream as plain bytes, read in blocks with read(2) and used where they lie: only what
 * straddles two blocks is moved. Blocks are 256 KiB, or 384 KiB of a file that is read alone, which saves time. (The bytes
 * of a mapped file change under whoever reads them where another may write to it; what was checked is to stay so.)
 *
 * What has been taken stays where it is until the next reader_need.
 */
#ifndef TLSWATCH_CAPTURE_READER_H
#define TLSWATCH_CAPTURE_READER_H

#include "base/bytes.h"

#include <signal.h>

enum reader_result {
    READER_READY,
    READER_IDLE,  /* a pipe, and nothing came within the timeout */
    READER_SHORT, /* the bytes end before; `problem` says why, if it is not just the end of the file */
};

/* How a wait is ended from outside. */
struct wake {
    volatile sig_atomic_t interrupted;
    int fds[2]; /* a pipe: readable as soon as interrupted */
};

struct decompressor;

struct reader {
    uint8_t *block;
    size_t start, end, size; /* of what is not yet taken in block */
    uint64_t passed;         /* bytes of the file before block[0], decompressed */
    uint64_t bytes_read;     /* as they lie in the file, compressed or not */
    int fd;
    bool waits; /* not a plain file: reading may have to wait */
    bool recognised;
    bool alone; /* there are not hundreds of them, whose blocks would add up */
    bool ended;
    bool only_held;      /* nothing is to be read: what is not there yet is IDLE */
    const char *problem; /* why it ended early: a clause without the file's name */
    struct wake *wake;
    struct decompressor *decompressor;
    int timeout_ms; /* of the call in progress; spent by the first wait */
};

/* reader_init takes over the descriptor. False where memory is exhausted; the descriptor is closed even then. */
bool reader_init(struct reader *r, int fd, struct wake *wake);

void reader_clear(struct reader *r);

/* reader_fill makes n bytes available at start; see reader_need, which is the one to call. */
enum reader_result reader_fill(struct reader *r, size_t n);

/* reader_need makes sure that n bytes (at most LIMIT_CAPTURE_BLOCK) are there to be taken. */
static inline enum reader_result reader_need(struct reader *r, size_t n) {
    return r->end - r->start >= n ? READER_READY : reader_fill(r, n);
}

/* reader_rest is what is there, taken or not asked for. */
static inline struct bytes reader_rest(const struct reader *r) {
    return bytes_of(r->block + r->start, r->end - r->start);
}

/* reader_offset is where the next byte stands in the file. */
static inline uint64_t reader_offset(const struct reader *r) {
    return r->passed + r->start;
}

/* reader_take moves on by n bytes, which reader_need has made available. */
static inline const uint8_t *reader_take(struct reader *r, size_t n) {
    const uint8_t *p = r->block + r->start;
    r->start += n;
    return p;
}

#endif
