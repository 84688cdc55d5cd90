/*
 * One file of a series, or standard input: what it is, its frames in their order, and a warning if it ends badly.
 */
#ifndef TLSWATCH_CAPTURE_SOURCE_H
#define TLSWATCH_CAPTURE_SOURCE_H

#include "capture/offline.h"
#include "capture/pcapng_file.h"
#include "capture/warnings.h"

/* What all sources of a capture share. */
struct source_context {
    bool libpcap;
    struct wake *wake;
    struct warnings *warnings;
    struct capture_statistics *statistics;
    const struct capture_secrets *secrets; /* NULL: nobody wants them */
    const struct capture_access *access;   /* NULL: files are opened here */
};

enum source_result {
    SOURCE_FRAME,
    SOURCE_IDLE,
    SOURCE_END,
    SOURCE_FOREIGN, /* not a capture, or not readable: `error` is the line that says it */
};

enum source_format { SOURCE_UNKNOWN, SOURCE_PCAP, SOURCE_PCAPNG, SOURCE_LIBPCAP, SOURCE_ENDED };

struct source {
    const char *name;
    const struct source_context *context;
    enum source_format format;
    bool pipe;     /* it can be read only once, and may make one wait */
    uint64_t size; /* bytes; 0: a pipe */
    struct reader reader;
    union {
        struct pcap_file pcap;
        struct pcapng_file pcapng;
        struct offline *offline;
    };
    struct tlswatch_frame frame; /* the last one read */
    char error[CAPTURE_ERROR_SIZE];
};

/* source_open opens the file, "-" being standard input; `index` is its place in the listing. NULL with `error` filled on
 * failure. The name is borrowed. */
struct source *source_open(const char *name, size_t index, const struct source_context *context, char error[CAPTURE_ERROR_SIZE]);

void source_free(struct source *s);

/* source_bytes is how much of the file has been read, source_size how much it is; 0: a pipe. */
uint64_t source_bytes(const struct source *s);
uint64_t source_size(const struct source *s);

/* source_next reads the next frame into s->frame, waiting at most timeout_ms where it is a pipe. */
enum source_result source_next(struct source *s, int timeout_ms);

/* source_more reads on for at most `max` frames behind the last one, as far as they are in memory with it: that one stays
 * where it is. It returns how many there were; s->frame is not one of them. No other source is read beside this one. */
size_t source_more(struct source *s, struct tlswatch_frame *frames, size_t max);

#endif
