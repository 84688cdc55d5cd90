/*
 * Ethernet frames with TCP or UDP in them, and the pcap file that they go to.
 */
#ifndef TLSWATCH_BENCH_GENERATE_WIRE_H
#define TLSWATCH_BENCH_GENERATE_WIRE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { FIN = 0x01, SYN = 0x02, PUSH = 0x08, ACK = 0x10 };
enum { CLIENT, SERVER };

struct connection {
    bool ipv6;
    uint8_t address[2][16]; /* of the client, of the server */
    uint16_t port[2];
    uint32_t sequence[2];
};

struct frame {
    uint32_t len, payload_at;
    uint8_t bytes[1600];
};

/* wire_payload_most: bytes of payload that a segment of the connection holds. */
uint32_t wire_payload_most(const struct connection *c);

/* wire_begin makes the headers of a segment and returns where its payload goes; wire_end closes it behind `len` bytes of
 * that and moves the sender's sequence number on. TCP's checksum is left out, as where the network card fills it in. */
uint8_t *wire_begin(struct frame *f, const struct connection *c, int sender, uint8_t flags, uint64_t time_ns);
void wire_end(struct frame *f, struct connection *c, int sender, uint32_t len);

/* wire_udp: the same for a datagram. */
uint8_t *wire_udp(struct frame *f, const struct connection *c, int sender);
void wire_udp_end(struct frame *f, uint32_t len);

/* wire_cut takes the first `len` bytes of payload away, as a segment that is sent again in other pieces; IPv4 only. */
void wire_cut(struct frame *f, uint32_t len);

/* A pcap file with microseconds. Any failure ends the program. */
struct capture_file {
    FILE *out;
    uint64_t packets, bytes;
};

void capture_file_open(struct capture_file *file, const char *path);
void capture_file_write(struct capture_file *file, const struct frame *f, uint64_t time_ns);
void capture_file_close(struct capture_file *file);

#endif
