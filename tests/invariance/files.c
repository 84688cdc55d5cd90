#include "files.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "base/buffer.h"

enum {
    FILE_MAX = 1 << 30,
    MANY = 100,  /* captures are a large collection, */
    SAMPLE = 25, /* of which one in so many is a sample */
};

struct writer {
    struct buffer out;
    bool big_endian;
};

static void put(struct writer *w, const void *data, size_t len) {
    if (!buffer_append(&w->out, bytes_of(data, len), FILE_MAX)) {
        abort();
    }
}

static void put_number(struct writer *w, uint64_t value, int len) {
    for (int i = 0; i < len; i++) {
        put(w, &(uint8_t){(uint8_t)(value >> 8 * (w->big_endian ? len - 1 - i : i))}, 1);
    }
}

static void put_16(struct writer *w, uint32_t value) {
    put_number(w, value, 2);
}

static void put_32(struct writer *w, uint64_t value) {
    put_number(w, value, 4);
}

/* https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html */
static bool write_pcap(struct writer *w, const struct packets *packets, bool nanoseconds) {
    put_32(w, nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4);
    put_16(w, 2);
    put_16(w, 4);
    put_32(w, 0);
    put_32(w, 0);
    put_32(w, 262144);
    put_32(w, packets->num > 0 ? packets->v[0].link_type : 1);
    for (size_t i = 0; i < packets->num; i++) {
        const struct packet *p = &packets->v[i];
        if (p->link_type != packets->v[0].link_type || p->time_ns < 0) {
            return false;
        }
        put_32(w, (uint64_t)p->time_ns / 1000000000);
        put_32(w, (uint64_t)p->time_ns % 1000000000 / (nanoseconds ? 1 : 1000));
        put_32(w, p->len);
        put_32(w, p->original_len);
        put(w, p->data, p->len);
    }
    return true;
}

/* https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html */
static void put_block(struct writer *w, uint32_t type, const struct writer *body) {
    size_t padding = (4 - body->out.len % 4) % 4;
    put_32(w, type);
    put_32(w, 12 + body->out.len + padding);
    put(w, body->out.p, body->out.len);
    put(w, "\0\0\0", padding);
    put_32(w, 12 + body->out.len + padding);
}

static void put_section(struct writer *w) {
    struct writer body = {.big_endian = w->big_endian};
    put_32(&body, 0x1a2b3c4d);
    put_16(&body, 1);
    put_16(&body, 0);
    put_number(&body, UINT64_MAX, 8);
    put_block(w, 0x0a0d0d0a, &body);
    buffer_clear(&body.out);
}

static void put_interface(struct writer *w, uint32_t link_type) {
    struct writer body = {.big_endian = w->big_endian};
    put_16(&body, link_type);
    put_16(&body, 0);
    put_32(&body, 262144);
    put_16(&body, 9); /* if_tsresol: nanoseconds */
    put_16(&body, 1);
    put(&body, "\x09\0\0\0", 4);
    put_32(&body, 0);
    put_block(w, 1, &body);
    buffer_clear(&body.out);
}

static void put_packet(struct writer *w, uint32_t interface, const struct packet *p) {
    struct writer body = {.big_endian = w->big_endian};
    put_32(&body, interface);
    put_32(&body, (uint64_t)p->time_ns >> 32);
    put_32(&body, (uint64_t)p->time_ns & 0xffffffff);
    put_32(&body, p->len);
    put_32(&body, p->original_len);
    put(&body, p->data, p->len);
    put_block(w, 6, &body);
    buffer_clear(&body.out);
}

/* One interface for each link type, described where it is first needed. */
static bool write_pcapng(struct writer *w, const struct packets *packets) {
    uint32_t link_types[16], num = 0;
    put_section(w);
    for (size_t i = 0; i < packets->num; i++) {
        uint32_t interface = 0;
        while (interface < num && link_types[interface] != packets->v[i].link_type) {
            interface++;
        }
        if (interface == num) {
            if (num == 16) {
                return false;
            }
            link_types[num++] = packets->v[i].link_type;
            put_interface(w, packets->v[i].link_type);
        }
        put_packet(w, interface, &packets->v[i]);
    }
    return true;
}

static bool compress_gzip(struct buffer *b) {
#ifdef HAVE_ZLIB
    z_stream z = {0};
    uLong room = compressBound(b->len) + 64;
    struct buffer out = {0};
    if (!buffer_reserve(&out, room, FILE_MAX) || deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        abort();
    }
    z.next_in = b->p;
    z.avail_in = (uInt)b->len;
    z.next_out = out.p;
    z.avail_out = (uInt)room;
    bool good = deflate(&z, Z_FINISH) == Z_STREAM_END;
    out.len = z.total_out;
    deflateEnd(&z);
    buffer_clear(b);
    *b = out;
    return good;
#else
    (void)b;
    return false;
#endif
}

static bool compress_zstd(struct buffer *b) {
#ifdef HAVE_ZSTD
    size_t room = ZSTD_compressBound(b->len);
    struct buffer out = {0};
    if (!buffer_reserve(&out, room, FILE_MAX)) {
        abort();
    }
    out.len = ZSTD_compress(out.p, room, b->p, b->len, 3);
    bool good = !ZSTD_isError(out.len);
    buffer_clear(b);
    *b = out;
    return good;
#else
    (void)b;
    return false;
#endif
}

static bool fill(struct writer *w, enum file_kind kind, const struct packets *packets) {
    switch (kind) {
    case FILE_PCAP:
        return write_pcap(w, packets, false);
    case FILE_PCAP_BIG_ENDIAN:
        w->big_endian = true;
        return write_pcap(w, packets, false);
    case FILE_PCAP_NANOSECONDS:
        return write_pcap(w, packets, true);
    case FILE_PCAP_BIG_ENDIAN_NANOSECONDS:
        w->big_endian = true;
        return write_pcap(w, packets, true);
    case FILE_PCAPNG:
        return write_pcapng(w, packets);
    case FILE_PCAPNG_BIG_ENDIAN:
        w->big_endian = true;
        return write_pcapng(w, packets);
    case FILE_PCAP_GZIP:
        return write_pcap(w, packets, false) && compress_gzip(&w->out);
    case FILE_PCAPNG_ZSTD:
        return write_pcapng(w, packets) && compress_zstd(&w->out);
    case NUM_FILE_KINDS:
        break;
    }
    return false;
}

const char *file_kind_name(enum file_kind kind) {
    static const char *const names[NUM_FILE_KINDS] = {
            "pcap",   "big-endian pcap",   "pcap with nanoseconds", "big-endian pcap with nanoseconds",
            "pcapng", "big-endian pcapng", "pcap in gzip",          "pcapng in zstd",
    };
    return names[kind];
}

bool file_write(const char *path, enum file_kind kind, const struct packets *packets) {
    struct writer w = {0};
    bool good = fill(&w, kind, packets);
    if (good) {
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (fd < 0 || write(fd, w.out.p, w.out.len) != (ssize_t)w.out.len || close(fd) != 0) {
            perror(path);
            abort();
        }
    }
    buffer_clear(&w.out);
    return good;
}

/* --- Folders --- */

static void add_name(struct names *names, const char *path) {
    names->v = realloc(names->v, (names->num + 1) * sizeof *names->v);
    names->v[names->num++] = strdup(path);
}

static bool is_capture_name(const char *name) {
    const char *end = strrchr(name, '.');
    return strstr(name, ".pcap") != NULL || (end != NULL && (strcmp(end, ".cap") == 0 || strcmp(end, ".trace") == 0));
}

void names_find_captures(struct names *names, const char *folder) {
    struct dirent **entries;
    int num = folder == NULL ? -1 : scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < num; i++) {
        char path[4096];
        struct stat info;
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
            names_find_captures(names, path);
        } else if (is_capture_name(entries[i]->d_name)) {
            add_name(names, path);
        }
        free(entries[i]);
    }
    if (num >= 0) {
        free(entries);
    }
}

void names_leave_sample(struct names *names) {
    size_t num = 0;
    if (names->num < MANY || getenv("TLSWATCH_ALL") != NULL) {
        return;
    }
    for (size_t i = 0; i < names->num; i++) {
        if (i % SAMPLE == 0) {
            names->v[num++] = names->v[i];
        } else {
            free(names->v[i]);
        }
    }
    names->num = num;
}
