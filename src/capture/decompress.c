#include "capture/decompress.h"

#include <stdlib.h>

#ifdef HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#define INPUT_SIZE (256 * 1024)

enum compression compression_of(struct bytes head) {
    if (bytes_start_with(head, "\x1f\x8b", 2)) { /* RFC 1952, 2.3.1 */
        return COMPRESSION_GZIP;
    }
    /* RFC 8878, 3.1.1 and 3.1.2: a frame, or a skippable one that others come after. */
    if (bytes_start_with(head, "\x28\xb5\x2f\xfd", 4) ||
        (head.len >= 4 && (head.p[0] & 0xf0) == 0x50 && memcmp(head.p + 1, "\x2a\x4d\x18", 3) == 0)) {
        return COMPRESSION_ZSTD;
    }
    return COMPRESSION_NONE;
}

#ifdef HAVE_ZLIB
static void *gzip_new(void) {
    z_stream *z = calloc(1, sizeof *z);
    if (z != NULL && inflateInit2(z, 15 + 16) != Z_OK) { /* 15: the largest window; 16: a gzip header */
        free(z);
        return NULL;
    }
    return z;
}

static void gzip_free(void *state) {
    inflateEnd(state);
    free(state);
}

/* Between members: the next one, or padding, which gzip(1) ignores as well. */
static bool gzip_next_member(struct decompressor *d) {
    if (d->end - d->start < 2) {
        return false;
    }
    d->finished = compression_of(bytes_of(d->input + d->start, d->end - d->start)) != COMPRESSION_GZIP;
    d->in_member = !d->finished;
    return d->in_member && inflateReset(d->state) == Z_OK;
}

static bool gzip_run(struct decompressor *d, uint8_t *out, size_t *len) {
    z_stream *z = d->state;
    size_t size = *len;
    *len = 0;
    while (*len < size && !d->finished) { /* also without input: zlib may hold back what found no room in out */
        if (!d->in_member && !gzip_next_member(d)) {
            return true;
        }
        z->next_in = d->input + d->start;
        z->avail_in = (uInt)(d->end - d->start);
        z->next_out = out + *len;
        z->avail_out = (uInt)(size - *len);
        int result = inflate(z, Z_NO_FLUSH);
        d->start = d->end - z->avail_in;
        *len = size - z->avail_out;
        if (result == Z_STREAM_END) {
            d->in_member = false;
        } else if (result == Z_BUF_ERROR) {
            return true;
        } else if (result != Z_OK) {
            return false;
        }
    }
    return true;
}
#endif

#ifdef HAVE_ZSTD
static void *zstd_new(void) {
    return ZSTD_createDStream();
}

static void zstd_free(void *state) {
    ZSTD_freeDStream(state);
}

static bool zstd_run(struct decompressor *d, uint8_t *out, size_t *len) {
    ZSTD_outBuffer output = {out, *len, 0};
    ZSTD_inBuffer input = {d->input, d->end, d->start};
    bool sound = true;
    while (sound && output.pos < output.size && (input.pos < input.size || d->held_back)) {
        size_t result = ZSTD_decompressStream(d->state, &output, &input);
        sound = !ZSTD_isError(result);
        d->in_member = result != 0;
        d->held_back = d->in_member && output.pos == output.size;
    }
    d->start = input.pos;
    *len = output.pos;
    return sound;
}
#endif

struct codec {
    void *(*new)(void);
    void (*free)(void *state);
    bool (*run)(struct decompressor *d, uint8_t *out, size_t *len);
};

static const struct codec codecs[] = {
#ifdef HAVE_ZLIB
        [COMPRESSION_GZIP] = {gzip_new, gzip_free, gzip_run},
#endif
#ifdef HAVE_ZSTD
        [COMPRESSION_ZSTD] = {zstd_new, zstd_free, zstd_run},
#endif
        [COMPRESSION_NONE] = {NULL, NULL, NULL},
};

bool compression_supported(enum compression compression) {
    return compression < sizeof codecs / sizeof codecs[0] && codecs[compression].run != NULL;
}

struct decompressor *decompressor_new(enum compression compression, struct bytes head) {
    struct decompressor *d = calloc(1, sizeof *d);
    if (d == NULL) {
        return NULL;
    }
    d->compression = compression;
    d->size = INPUT_SIZE;
    d->input = malloc(d->size);
    d->state = codecs[compression].new();
    if (d->input == NULL || d->state == NULL || head.len > d->size) {
        decompressor_free(d);
        return NULL;
    }
    memcpy(d->input, head.p, head.len);
    d->end = head.len;
    d->in_member = true;
    return d;
}

void decompressor_free(struct decompressor *d) {
    if (d == NULL) {
        return;
    }
    if (d->state != NULL) {
        codecs[d->compression].free(d->state);
    }
    free(d->input);
    free(d);
}

bool decompress_run(struct decompressor *d, uint8_t *out, size_t *len) {
    return codecs[d->compression].run(d, out, len);
}
