/*
 * Capture files made in memory and on disk, and what the reader under test gives back for them.
 */
#ifndef TLSWATCH_TESTS_CAPTURE_FILES_H
#define TLSWATCH_TESTS_CAPTURE_FILES_H

#include "base/buffer.h"
#include "capture/capture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NS 1000000000LL

struct made {
    struct buffer file;
    bool big; /* byte order */
};

/* What came out of a capture: its frames and the first warning. */
struct given {
    struct tlswatch_frame frames[4096]; /* data is not valid any more; sums[] stands for it */
    uint32_t sums[4096];
    size_t num_frames;
    size_t num_idle;
    enum capture_result result;
    char warning[2048], error[CAPTURE_ERROR_SIZE];
    size_t num_warnings;
    struct capture_statistics statistics;
};

static inline void put(struct made *m, const void *p, size_t len) {
    ck_assert(len == 0 || buffer_append(&m->file, bytes_of(p, len), SIZE_MAX));
}

static inline void put_number(struct made *m, uint64_t value, unsigned len) {
    for (unsigned i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)(value >> 8 * (m->big ? len - 1 - i : i));
        put(m, &byte, 1);
    }
}

static inline void put_u16(struct made *m, uint16_t value) {
    put_number(m, value, 2);
}

static inline void put_u32(struct made *m, uint32_t value) {
    put_number(m, value, 4);
}

/* A frame's bytes tell its number: an ARP request so that tools take it for sound, then a pattern. */
static inline void put_data(struct made *m, uint32_t seed, size_t len) {
    static const uint8_t arp[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1};
    static uint8_t data[262144];
    ck_assert_uint_le(len, sizeof data);
    for (size_t i = 0; i < len; i++) {
        data[i] = i < sizeof arp ? arp[i] : (uint8_t)(seed * 31 + i);
    }
    put(m, data, len);
}

static inline uint32_t sum_of(const uint8_t *p, size_t len) {
    uint32_t sum = (uint32_t)len;
    for (size_t i = 0; i < len; i++) {
        sum = sum * 16777619u ^ p[i];
    }
    return sum;
}

static inline uint32_t sum_of_data(uint32_t seed, size_t len) {
    struct made m = {0};
    put_data(&m, seed, len);
    uint32_t sum = sum_of(m.file.p, m.file.len);
    buffer_clear(&m.file);
    return sum;
}

static inline void put_pcap_header(struct made *m, uint32_t magic, uint16_t minor, uint32_t link_type) {
    put_u32(m, magic);
    put_u16(m, 2);
    put_u16(m, minor);
    put_u32(m, 0);
    put_u32(m, 0);
    put_u32(m, 262144);
    put_u32(m, link_type);
}

static inline void put_pcap_packet(struct made *m, uint32_t seconds, uint32_t fraction, uint32_t seed, uint32_t len) {
    put_u32(m, seconds);
    put_u32(m, fraction);
    put_u32(m, len);
    put_u32(m, len);
    put_data(m, seed, len);
}

/* The folder of this test program's files, made once. */
static inline const char *made_folder(void) {
    static char folder[] = "/tmp/tlswatch-test-XXXXXX";
    static bool made;
    if (!made && mkdtemp(folder) == NULL) {
        abort();
    }
    made = true;
    return folder;
}

static inline void made_folder_remove(void) {
    char command[256];
    snprintf(command, sizeof command, "rm -rf %s", made_folder());
    if (system(command) != 0) {
        abort();
    }
}

/* made_write writes what has been made, or its first len bytes, and returns the path, which lasts. */
static inline const char *made_write(const struct made *m, size_t len, const char *name) {
    static char paths[8][256];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", made_folder(), name);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(len > 0 ? fwrite(m->file.p, 1, len, file) : 0, len);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

static inline void given_take_warnings(struct given *g, struct capture *c) {
    for (const char *warning; (warning = capture_warning(c)) != NULL; g->num_warnings++) {
        if (g->num_warnings == 0) {
            snprintf(g->warning, sizeof g->warning, "%s", warning);
        }
    }
}

/* Reads until the end; g->result is CAPTURE_ERROR where it could not be opened. */
static inline void given_read(struct given *g, const struct capture_files *files) {
    g->num_frames = g->num_idle = g->num_warnings = 0;
    g->warning[0] = g->error[0] = '\0';
    struct capture *c = capture_open_files(files, g->error);
    g->result = CAPTURE_ERROR;
    if (c == NULL) {
        return;
    }
    struct tlswatch_frame frame;
    while ((g->result = capture_next(c, &frame, 1000)) == CAPTURE_FRAME || g->result == CAPTURE_IDLE) {
        if (g->result == CAPTURE_IDLE) {
            ck_assert_uint_lt(++g->num_idle, 1000);
            continue;
        }
        ck_assert_uint_lt(g->num_frames, 4096);
        g->sums[g->num_frames] = sum_of(frame.data, frame.len);
        g->frames[g->num_frames++] = frame;
    }
    snprintf(g->error, sizeof g->error, "%s", capture_error(c));
    given_take_warnings(g, c);
    capture_get_statistics(c, &g->statistics);
    capture_free(c);
    for (size_t i = 0; i < g->num_frames; i++) {
        g->frames[i].file = NULL;
    }
}

static inline void given_read_file(struct given *g, const char *path) {
    struct capture_files files = {.paths = &path, .num_paths = 1};
    given_read(g, &files);
}

static inline void given_read_made(struct given *g, const struct made *m, size_t len) {
    given_read_file(g, made_write(m, len, "capture"));
}

#endif
