#include "wire.h"

#include <stdlib.h>
#include <string.h>

#define ETHERNET 14
#define TCP 32 /* with a timestamp option */
#define BEGINS 1750000000

static void put16(uint8_t *p, uint32_t value) {
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint32_t value) {
    put16(p, value >> 16);
    put16(p + 2, value);
}

static uint32_t get32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put_checksum(uint8_t *ip) {
    uint32_t sum = 0;
    put16(ip + 10, 0);
    for (int i = 0; i < 20; i += 2) {
        sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
    }
    put16(ip + 10, ~(sum % 0xffff));
}

/* All but the length; returns the header's. */
static uint32_t put_ip(uint8_t *ip, const struct connection *c, int sender, uint8_t protocol) {
    if (c->ipv6) {
        put32(ip, 0x60000000);
        ip[6] = protocol;
        ip[7] = 64;
        memcpy(ip + 8, c->address[sender], 16);
        memcpy(ip + 24, c->address[!sender], 16);
        return 40;
    }
    put32(ip, 0x45000000);
    put32(ip + 4, 0x00004000);
    ip[8] = 64;
    ip[9] = protocol;
    memcpy(ip + 12, c->address[sender], 4);
    memcpy(ip + 16, c->address[!sender], 4);
    return 20;
}

static void put_length(struct frame *f) {
    uint8_t *ip = f->bytes + ETHERNET;
    if (ip[0] >> 4 == 6) {
        put16(ip + 4, f->len - ETHERNET - 40);
    } else {
        put16(ip + 2, f->len - ETHERNET);
        put_checksum(ip);
    }
}

static uint8_t *begin(struct frame *f, const struct connection *c, int sender, uint8_t protocol) {
    static const uint8_t card[2][6] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};
    memcpy(f->bytes, card[!sender], 6);
    memcpy(f->bytes + 6, card[sender], 6);
    put16(f->bytes + 12, c->ipv6 ? 0x86dd : 0x0800);
    uint8_t *transport = f->bytes + ETHERNET + put_ip(f->bytes + ETHERNET, c, sender, protocol);
    put16(transport, c->port[sender]);
    put16(transport + 2, c->port[!sender]);
    return transport;
}

uint32_t wire_payload_most(const struct connection *c) {
    return 1500 - TCP - (c->ipv6 ? 40 : 20);
}

uint8_t *wire_begin(struct frame *f, const struct connection *c, int sender, uint8_t flags, uint64_t time_ns) {
    uint8_t *tcp = begin(f, c, sender, 6);
    put32(tcp + 4, c->sequence[sender]);
    put32(tcp + 8, (flags & ACK) != 0 ? c->sequence[!sender] : 0);
    tcp[12] = TCP / 4 << 4;
    tcp[13] = flags;
    put16(tcp + 14, 502);
    put32(tcp + 16, 0);
    put32(tcp + 20, 0x0101080a);
    put32(tcp + 24, (uint32_t)(time_ns / 1000000));
    put32(tcp + 28, 0);
    f->payload_at = (uint32_t)(tcp - f->bytes) + TCP;
    return tcp + TCP;
}

void wire_end(struct frame *f, struct connection *c, int sender, uint32_t len) {
    const uint8_t *tcp = f->bytes + f->payload_at - TCP;
    f->len = f->payload_at + len;
    put_length(f);
    c->sequence[sender] += len + ((tcp[13] & (SYN | FIN)) != 0 ? 1 : 0);
}

uint8_t *wire_udp(struct frame *f, const struct connection *c, int sender) {
    uint8_t *udp = begin(f, c, sender, 17);
    f->payload_at = (uint32_t)(udp - f->bytes) + 8;
    return udp + 8;
}

void wire_udp_end(struct frame *f, uint32_t len) {
    put16(f->bytes + f->payload_at - 4, len + 8);
    put16(f->bytes + f->payload_at - 2, 0);
    f->len = f->payload_at + len;
    put_length(f);
}

void wire_cut(struct frame *f, uint32_t len) {
    uint8_t *tcp = f->bytes + f->payload_at - TCP;
    put32(tcp + 4, get32(tcp + 4) + len);
    f->len -= len;
    memmove(f->bytes + f->payload_at, f->bytes + f->payload_at + len, f->len - f->payload_at);
    put_length(f);
}

static void write_all(struct capture_file *file, const void *bytes, size_t len) {
    if (fwrite(bytes, 1, len, file->out) != len) {
        perror("generate: cannot write");
        exit(2);
    }
    file->bytes += len;
}

void capture_file_open(struct capture_file *file, const char *path) {
    const uint32_t header[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1};
    *file = (struct capture_file){.out = fopen(path, "wb")};
    if (file->out == NULL) {
        perror(path);
        exit(2);
    }
    setvbuf(file->out, NULL, _IOFBF, 1 << 20);
    write_all(file, header, sizeof header);
}

void capture_file_write(struct capture_file *file, const struct frame *f, uint64_t time_ns) {
    uint64_t us = time_ns / 1000;
    const uint32_t header[4] = {(uint32_t)(BEGINS + us / 1000000), (uint32_t)(us % 1000000), f->len, f->len};
    write_all(file, header, sizeof header);
    write_all(file, f->bytes, f->len);
    file->packets++;
}

void capture_file_close(struct capture_file *file) {
    if (fclose(file->out) != 0) {
        perror("generate: cannot write");
        exit(2);
    }
}
