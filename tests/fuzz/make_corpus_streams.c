#include "fixtures/streams.h"
#include "make_corpus.h"

#include <stdlib.h>
#include <string.h>

enum { MISSING = 0x80 }; /* of a tag, see fuzz_conversation.c */

static void write_hex(struct seed *seed, const struct packet *packet, int tag) {
    struct buffer bytes = {0};
    for (const char *hex = packet->hex; hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
        const char digits[] = {hex[0], hex[1], '\0'};
        uint8_t byte = (uint8_t)strtoul(digits, NULL, 16);
        buffer_append(&bytes, bytes_of(&byte, 1), SIZE_MAX / 2);
    }
    seed_chunk(seed, (uint8_t)((int)packet->sender | tag), buffer_bytes(&bytes));
    buffer_clear(&bytes);
}

/* The same without the front of one packet: as many bytes as a tag can say that they are missing. */
static void write_lossy(struct seed *seed, const struct stream_fixture *fixture, size_t lost) {
    for (size_t root = 2; root <= 4; root++) {
        seed_u8(seed, 0);
        seed_u8(seed, 255);
        for (size_t i = 0; i < fixture->num_packets; i++) {
            struct packet packet = fixture->packets[i];
            bool is_cut = i == lost && strlen(packet.hex) > 2 * root * root;
            packet.hex += is_cut ? 2 * root * root : 0;
            write_hex(seed, &packet, is_cut ? MISSING | (int)root << 1 : 0);
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

void seed_streams(struct seed *seed) {
    for (int i = 0; i < NUM_STREAM_FIXTURES; i++) {
        seed_u8(seed, 0);
        seed_u8(seed, 255);
        for (size_t packet = 0; packet < stream_fixtures[i].num_packets; packet++) {
            write_hex(seed, &stream_fixtures[i].packets[packet], 0);
        }
        seed_write(seed, "conversation", false);
        for (size_t packet = 0; packet < stream_fixtures[i].num_packets; packet++) {
            write_lossy(seed, &stream_fixtures[i], packet);
        }
    }
    write_v2(seed);
}
