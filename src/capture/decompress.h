/*
 * gzip and zstd, as streams of any number of members one after the other. Compressed bytes are put into `input` by
 * whoever reads them; decompress_run turns them into plain ones.
 */
#ifndef TLSWATCH_CAPTURE_DECOMPRESS_H
#define TLSWATCH_CAPTURE_DECOMPRESS_H

#include "base/bytes.h"

enum compression { COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_ZSTD };

struct decompressor {
    enum compression compression;
    uint8_t *input;
    size_t start, end, size; /* of what is not yet used in input */
    void *state;             /* z_stream or ZSTD_DStream */
    bool in_member;          /* the input may not end here */
    bool held_back;          /* zstd may have more output than there was room for */
    bool finished;           /* what follows is not compressed data: padding */
};

/* compression_of recognises the first bytes of a file; four are enough. */
enum compression compression_of(struct bytes head);

/* compression_supported: built in. */
bool compression_supported(enum compression compression);

/* decompressor_new begins with the compressed bytes `head`, fewer than 256 KiB, which are copied. NULL where memory is
 * exhausted. */
struct decompressor *decompressor_new(enum compression compression, struct bytes head);

void decompressor_free(struct decompressor *d);

/* decompress_run fills `out` with at most *len bytes and sets *len to how many: 0 asks for more input. False where the
 * data are damaged; *len then says what came before the damage. */
bool decompress_run(struct decompressor *d, uint8_t *out, size_t *len);

#endif
