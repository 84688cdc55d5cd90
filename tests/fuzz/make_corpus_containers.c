/* Capture files of the kinds that pcaps/ has none of: every magic number of pcap, pcapng in both byte orders with each
 * kind of block, and both of them compressed. */
#include "make_corpus.h"

#include <zlib.h>
#include <zstd.h>

struct out {
    struct seed *seed;
    bool big;
};

static void put(const struct out *o, uint64_t value, int len) {
    for (int i = 0; i < len; i++) {
        seed_u8(o->seed, (uint8_t)(value >> 8 * (o->big ? len - 1 - i : i)));
    }
}

/* An ACK from 10.0.0.1 to 10.0.0.2, raw IP. */
static const uint8_t packet[40] = {0x45, 0,    0, 40,   0, 0, 0x40, 0,    64, 6, 0, 0,    10,   0,    0, 1, 10, 0, 0, 2,
                                   0x9c, 0x40, 1, 0xbb, 0, 0, 3,    0xe8, 0,  0, 7, 0xd0, 0x50, 0x10, 4, 0, 0,  0, 0, 0};

static void write_compressed(struct seed *seed) {
    static uint8_t compressed[65536];
    struct bytes plain = buffer_bytes(&seed->input);
    z_stream z = {
            .next_in = (uint8_t *)(uintptr_t)plain.p, .avail_in = (uInt)plain.len, .next_out = compressed, .avail_out = sizeof compressed};
    size_t len = ZSTD_compress(compressed, sizeof compressed, plain.p, plain.len, 1);
    struct seed other = {.folder = seed->folder};
    seed_bytes(&other, bytes_of(compressed, len));
    seed_write(&other, "source", false);
    deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    deflate(&z, Z_FINISH);
    seed_bytes(&other, bytes_of(compressed, z.total_out));
    seed_write(&other, "source", false);
    deflateEnd(&z);
}

static void write_all(struct seed *seed) {
    write_compressed(seed);
    seed_write(seed, "capture", true);
    seed_write(seed, "source", true);
    seed_write(seed, "pipeline", false);
}

static void pcap(struct seed *seed, uint32_t magic, bool big, uint16_t major, uint16_t minor, int more) {
    const struct out o = {seed, big};
    put(&o, magic, 4);
    put(&o, major, 2);
    put(&o, minor, 2);
    put(&o, 0, 8);
    put(&o, 65535, 4);
    put(&o, 101, 4);
    for (int i = 0; i < 2; i++) {
        put(&o, 1700000000, 4);
        put(&o, (uint64_t)i, 4);
        put(&o, sizeof packet, 4);
        put(&o, sizeof packet, 4);
        put(&o, 0, more);
        seed_bytes(seed, bytes_of(packet, sizeof packet));
    }
    write_all(seed);
}

static void option(const struct out *o, uint16_t code, uint64_t value, uint16_t len) {
    put(o, code, 2);
    put(o, len, 2);
    put(o, value, len);
    put(o, 0, (4 - len % 4) % 4);
}

static void section(const struct out *o) {
    put(o, 0x0a0d0d0a, 4);
    put(o, 28, 4);
    put(o, 0x1a2b3c4d, 4);
    put(o, 1, 2);
    put(o, 0, 2);
    put(o, UINT64_MAX, 8);
    put(o, 28, 4);
}

static void interface(const struct out *o, uint8_t resolution) {
    put(o, 1, 4);
    put(o, 44, 4);
    put(o, 101, 2);
    put(o, 0, 2);
    put(o, 96, 4);
    option(o, 9, resolution, 1);
    option(o, 14, 3600, 8);
    put(o, 0, 4);
    put(o, 44, 4);
}

static void enhanced(const struct out *o, uint32_t type) {
    put(o, type, 4);
    put(o, 72, 4);
    put(o, 0, 4);
    put(o, 0x60000, 4);
    put(o, 0x12345678, 4);
    put(o, sizeof packet, 4);
    put(o, sizeof packet, 4);
    seed_bytes(o->seed, bytes_of(packet, sizeof packet));
    put(o, 72, 4);
}

static void simple(const struct out *o) {
    put(o, 3, 4);
    put(o, 56, 4);
    put(o, sizeof packet, 4);
    seed_bytes(o->seed, bytes_of(packet, sizeof packet));
    put(o, 56, 4);
}

static void statistics(const struct out *o) {
    put(o, 5, 4);
    put(o, 48, 4);
    put(o, 0, 4);
    put(o, 0, 8);
    option(o, 5, 7, 8);
    option(o, 7, 3, 8);
    put(o, 0, 4);
    put(o, 48, 4);
}

static void other(const struct out *o, uint32_t type) {
    put(o, type, 4);
    put(o, 24, 4);
    put(o, 0x544c534b, 4);
    put(o, 4, 4);
    put(o, 0x61626364, 4);
    put(o, 24, 4);
}

static void pcapng(struct seed *seed, bool big, uint8_t resolution) {
    static const uint32_t others[] = {10, 9, 0x204, 0x216, 0x221, 0xbad, 0x40000bad, 77};
    const struct out o = {seed, big};
    section(&o);
    interface(&o, resolution);
    enhanced(&o, 6);
    simple(&o);
    enhanced(&o, 2);
    statistics(&o);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        other(&o, others[i]);
    }
    enhanced(&o, 6);
    write_all(seed);
}

void seed_containers(struct seed *seed) {
    static const uint8_t resolutions[] = {6, 9, 0, 12, 0x80, 0x8a, 0xa8, 0xff};
    for (int big = 0; big < 2; big++) {
        pcap(seed, 0xa1b2c3d4, big != 0, 2, 4, 0);
        pcap(seed, 0xa1b23c4d, big != 0, 2, 4, 0);
        pcap(seed, 0xa1b2cd34, big != 0, 2, 4, 8);
        pcap(seed, 0xa1b2c3d4, big != 0, 2, 3, 0);
        pcap(seed, 0xa1b2c3d4, big != 0, 2, 2, 0);
        pcap(seed, 0xa1b2c3d4, big != 0, 543, 0, 0);
        for (size_t i = 0; i < sizeof resolutions; i++) {
            pcapng(seed, big != 0, resolutions[i]);
        }
    }
}
