#include "fixtures/streams.h"
#include "make_corpus.h"

#include <stdlib.h>
#include <string.h>

enum { MISSING = 0x80 }; /* of a tag, see fuzz_conversation.c */

static void write_hex(struct seed *seed, const struct packet *packet, int tag, size_t most) {
    struct buffer bytes = {0};
    for (const char *hex = packet->hex; hex[0] != '\0' && hex[1] != '\0' && bytes.len < most; hex += 2) {
        const char digits[] = {hex[0], hex[1], '\0'};
        uint8_t byte = (uint8_t)strtoul(digits, NULL, 16);
        buffer_append(&bytes, bytes_of(&byte, 1), SIZE_MAX / 2);
    }
    seed_chunk(seed, (uint8_t)((int)packet->sender | tag), buffer_bytes(&bytes));
    buffer_clear(&bytes);
}

/* The same without some bytes of one packet: in front of it, and behind so many of its first ones. */
static void write_lossy(struct seed *seed, const struct stream_fixture *fixture, size_t lost) {
    static const struct {
        size_t before, root; /* a tag says the root of how many are missing */
    } losses[] = {{0, 2}, {0, 4}, {5, 1}, {6, 1}, {7, 2}, {20, 5}};
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++) {
        size_t missing = losses[i].root * losses[i].root;
        seed_u8(seed, 0);
        seed_u8(seed, 255);
        for (size_t k = 0; k < fixture->num_packets; k++) {
            struct packet packet = fixture->packets[k];
            bool is_cut = k == lost && strlen(packet.hex) / 2 >= losses[i].before + missing;
            if (is_cut) {
                write_hex(seed, &packet, 0, losses[i].before);
                packet.hex += 2 * (losses[i].before + missing);
            }
            write_hex(seed, &packet, is_cut ? MISSING | (int)losses[i].root << 1 : 0, SIZE_MAX);
        }
        seed_write(seed, "conversation", false);
    }
}

/* The same while memory ends, or one allocation fails. */
static void write_bounded(struct seed *seed, const struct stream_fixture *fixture) {
    for (unsigned bound = 20; bound < 255; bound += bound < 190 ? 1 : 2) {
        seed_u8(seed, 0);
        seed_u8(seed, (uint8_t)bound);
        for (size_t i = 0; i < fixture->num_packets; i++) {
            write_hex(seed, &fixture->packets[i], 0, SIZE_MAX);
        }
        seed_write(seed, "conversation", false);
    }
}

/* SSL 2.0 hellos (RFC 5246, E.2, and Hickman's draft): the client's for TLS 1.0 and for SSL 2.0, the server's. */
static void write_v2(struct seed *seed) {
    static const uint8_t tls[] = "\x80\x2e\x01\x03\x01\0\x15\0\0\0\x10\0\0\x39\0\0\x38\0\0\x35\0\0\x16\0\0\x13\0\0\x0a\x07\0\xc0"
                                 "0123456789abcdef";
    static const uint8_t ssl[] = "\x80\x1f\x01\0\x02\0\x06\0\0\0\x10\x07\0\xc0\x05\0\x80"
                                 "0123456789abcdef";
    static const uint8_t answer[] = "\x80\x21\x04\0\x01\0\x02\0\x03\0\x03\0\x10"
                                    "abc\x07\0\xc0"
                                    "0123456789abcdef";
    for (int old = 0; old < 2; old++) {
        seed_u8(seed, 0);
        seed_u8(seed, 255);
        seed_chunk(seed, 0, old ? bytes_of(ssl, sizeof ssl - 1) : bytes_of(tls, sizeof tls - 1));
        seed_chunk(seed, 1, bytes_of(answer, sizeof answer - 1));
        seed_write(seed, "conversation", false);
        seed_u8(seed, 255);
        seed_u16(seed, 0x0301);
        seed_u16(seed, 0);
        seed_bytes(seed, old ? bytes_of(ssl + 2, sizeof ssl - 3) : bytes_of(tls + 2, sizeof tls - 3));
        seed_write(seed, "handshake", false);
    }
}

/* More data in each direction than is looked at record by record, and what looks like an encrypted alert at the end of
 * a packet: cut after so many bytes. */
static void write_late(struct seed *seed, const struct stream_fixture *fixture, size_t cut) {
    static const uint8_t data[45] = {23, 3, 3, 0, 40}, alert[31] = {21, 3, 3, 0, 26};
    seed_u8(seed, 0);
    seed_u8(seed, 255);
    for (size_t i = 0; i < fixture->num_packets; i++) {
        write_hex(seed, &fixture->packets[i], 0, SIZE_MAX);
    }
    for (uint8_t i = 0; i < 80; i++) {
        seed_chunk(seed, i & 1, bytes_of(data, sizeof data));
    }
    for (uint8_t sender = 0; sender < 2; sender++) {
        seed_chunk(seed, sender, bytes_of(alert, cut));
        seed_chunk(seed, sender, bytes_of(alert + cut, sizeof alert - cut));
    }
    seed_write(seed, "conversation", false);
}

void seed_streams(struct seed *seed) {
    for (int i = 0; i < NUM_STREAM_FIXTURES; i++) {
        seed_u8(seed, 0);
        seed_u8(seed, 255);
        for (size_t packet = 0; packet < stream_fixtures[i].num_packets; packet++) {
            write_hex(seed, &stream_fixtures[i].packets[packet], 0, SIZE_MAX);
        }
        seed_write(seed, "conversation", false);
        write_late(seed, &stream_fixtures[i], 0);
        write_late(seed, &stream_fixtures[i], 4);
        write_late(seed, &stream_fixtures[i], 20);
        for (size_t packet = 0; packet < stream_fixtures[i].num_packets; packet++) {
            write_lossy(seed, &stream_fixtures[i], packet);
        }
    }
    for (int i = 0; i < NUM_STREAM_FIXTURES; i++) {
        write_bounded(seed, &stream_fixtures[i]);
    }
    write_v2(seed);
}
