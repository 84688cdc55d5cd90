/*
 * Builds frames for the tests of net from the inside out: a list of steps, the payload first, the link last, ended by
 * NULL. Steps are
 *   "tcp"      the segment that all tests know: 40000 to 443, sequence number 1000, "hello"
 *   "syn"      a SYN of the same, with MSS 1460 and no payload
 *   "ip4:P"    IPv4 from 10.0.0.1 to 10.0.0.2 with protocol P; "out4:P" from 192.0.2.1 to 192.0.2.2
 *   "ip6:P"    IPv6 from 2001:db8::1 to 2001:db8::2 with next header P; "out6:P" from 2001:db8:9::1 to 2001:db8:9::2
 *   "udp:P"    UDP from port 50000 to P
 *   "len"      two bytes: how many bytes are behind them; "len:N" N more than that
 *   "aabb 01"  these bytes
 */
#ifndef TLSWATCH_TESTS_FRAMES_H
#define TLSWATCH_TESTS_FRAMES_H

#include "net/segment.h"
#include "tap.h"

#include <stdio.h>

#define MACS "020000000001 020000000002 "
#define ETHERNET_4 MACS "0800"
#define ETHERNET_6 MACS "86dd"

enum { FRAME_ROOM = 4096, FRAME_TAIL = 64 };

struct frame {
    uint8_t space[FRAME_ROOM + FRAME_TAIL];
    size_t at, end;
};

static inline size_t frame_len(const struct frame *f) {
    return f->end - f->at;
}

static inline void frame_put(struct frame *f, const void *data, size_t len) {
    ck_assert(len <= f->at);
    f->at -= len;
    memcpy(f->space + f->at, data, len);
}

static inline void frame_put_16(struct frame *f, size_t value) {
    frame_put(f, (uint8_t[]){(uint8_t)(value >> 8), (uint8_t)value}, 2);
}

static inline void frame_put_hex(struct frame *f, const char *hex) {
    uint8_t bytes[FRAME_ROOM];
    size_t len = 0;
    unsigned value;
    for (const char *p = hex; *p != '\0';) {
        if (*p == ' ') {
            p++;
            continue;
        }
        ck_assert_int_eq(sscanf(p, "%2x", &value), 1);
        bytes[len++] = (uint8_t)value;
        p += 2;
    }
    frame_put(f, bytes, len);
}

static inline void frame_put_ipv4(struct frame *f, int protocol, const char *addresses) {
    char hex[64];
    snprintf(hex, sizeof hex, "45 00 %04zx 0001 0000 40 %02x 0000", frame_len(f) + 20, (unsigned)protocol);
    frame_put_hex(f, addresses);
    frame_put_hex(f, hex);
}

static inline void frame_put_ipv6(struct frame *f, int next_header, const char *addresses) {
    char hex[64];
    snprintf(hex, sizeof hex, "60000000 %04zx %02x 40", frame_len(f), (unsigned)next_header);
    frame_put_hex(f, addresses);
    frame_put_hex(f, hex);
}

static inline void frame_step(struct frame *f, const char *step) {
    int n = strchr(step, ':') != NULL ? atoi(strchr(step, ':') + 1) : 0;
    if (strcmp(step, "tcp") == 0) {
        frame_put(f, "hello", 5);
        frame_put_hex(f, "9c40 01bb 000003e8 000007d0 5018 0400 0000 0000");
    } else if (strcmp(step, "syn") == 0) {
        frame_put_hex(f, "9c40 01bb 000003e8 00000000 8002 0400 0000 0000 01 030307 0402 0204 05b4 00 00");
    } else if (strncmp(step, "ip4:", 4) == 0) {
        frame_put_ipv4(f, n, "0a000001 0a000002");
    } else if (strncmp(step, "out4:", 5) == 0) {
        frame_put_ipv4(f, n, "c0000201 c0000202");
    } else if (strncmp(step, "ip6:", 4) == 0) {
        frame_put_ipv6(f, n, "20010db8000000000000000000000001 20010db8000000000000000000000002");
    } else if (strncmp(step, "out6:", 5) == 0) {
        frame_put_ipv6(f, n, "20010db8000900000000000000000001 20010db8000900000000000000000002");
    } else if (strncmp(step, "udp:", 4) == 0) {
        frame_put_16(f, 0);
        frame_put_16(f, frame_len(f) + 6);
        frame_put_16(f, (size_t)n);
        frame_put_16(f, 50000);
    } else if (strncmp(step, "len", 3) == 0) {
        frame_put_16(f, frame_len(f) + (size_t)n);
    } else {
        frame_put_hex(f, step);
    }
}

static inline void frame_build(struct frame *f, const char *const *steps) {
    f->at = f->end = FRAME_ROOM;
    for (; *steps != NULL; steps++) {
        frame_step(f, *steps);
    }
}

/* frame_decode gives `len` bytes of it, in memory of exactly that size. The payload is freed with `copy`. */
static inline enum decode_result frame_decode(struct decapsulator *d, const struct frame *f, uint32_t link_type, size_t len,
                                              size_t original_len, struct segment *out, uint8_t **copy) {
    *copy = malloc(len > 0 ? len : 1);
    memcpy(*copy, f->space + f->at, len);
    struct tlswatch_frame frame = {.data = *copy,
                                   .len = (uint32_t)len,
                                   .original_len = (uint32_t)original_len,
                                   .link_type = link_type,
                                   .number = 7,
                                   .time_ns = 1000};
    return decapsulator_decode(d, &frame, out);
}

/* frame_is_known: the segment is that of "tcp". */
static inline bool frame_is_known(const struct segment *s) {
    char source[46], destination[46];
    endpoint_text(&s->source, s->ipv6, source);
    endpoint_text(&s->destination, s->ipv6, destination);
    return strcmp(source, s->ipv6 ? "2001:db8::1" : "10.0.0.1") == 0 && strcmp(destination, s->ipv6 ? "2001:db8::2" : "10.0.0.2") == 0 &&
           s->source.port == 40000 && s->destination.port == 443 && s->seq == 1000 && s->ack == 2000 && s->flags == (TCP_ACK | TCP_PSH) &&
           s->ttl == 64 && s->payload_len == 5 && bytes_equal(s->payload, bytes_of("hello", 5)) && s->mark.frame == 7 &&
           s->mark.time_ns == 1000;
}

/* One row of a table: a frame that holds the known segment. */
struct frame_row {
    const char *name;
    uint32_t link_type;
    const char *steps[12];
};

static inline void frame_check_whole(const struct frame_row *row) {
    struct decapsulator *d = decapsulator_new(NULL);
    struct frame f;
    struct segment s = {0};
    uint8_t *copy;
    frame_build(&f, row->steps);
    enum decode_result result = frame_decode(d, &f, row->link_type, frame_len(&f), frame_len(&f), &s, &copy);
    ck_assert_msg(result == DECODE_SEGMENT && frame_is_known(&s), "%s: result %d", row->name, (int)result);
    free(copy);
    decapsulator_free(d);
}

/* frame_tunnel: the tunnel that its segment is in. */
static inline uint32_t frame_tunnel(const struct frame_row *row) {
    struct decapsulator *d = decapsulator_new(NULL);
    struct frame f;
    struct segment s = {0};
    uint8_t *copy;
    frame_build(&f, row->steps);
    ck_assert_int_eq(frame_decode(d, &f, row->link_type, frame_len(&f), frame_len(&f), &s, &copy), DECODE_SEGMENT);
    free(copy);
    decapsulator_free(d);
    return s.tunnel;
}

/* frame_check_padding: what a link puts behind a packet is not payload. */
static inline void frame_check_padding(const struct frame_row *row) {
    struct decapsulator *d = decapsulator_new(NULL);
    struct frame f;
    struct segment s = {0};
    uint8_t *copy;
    frame_build(&f, row->steps);
    memset(f.space + f.end, 0xee, 11);
    f.end += 11;
    enum decode_result result = frame_decode(d, &f, row->link_type, frame_len(&f), frame_len(&f), &s, &copy);
    ck_assert_msg(result == DECODE_SEGMENT && frame_is_known(&s), "%s: result %d", row->name, (int)result);
    free(copy);
    decapsulator_free(d);
}

/* frame_check_prefixes: cut by the snapshot length it is the same segment with less payload, or refused; as a frame
 * that is really shorter, whatever comes out holds no more than was there. */
static inline void frame_check_prefixes(const struct frame_row *row) {
    struct decapsulator *d = decapsulator_new(NULL);
    struct frame f;
    uint8_t *copy;
    frame_build(&f, row->steps);
    size_t whole = frame_len(&f);
    for (size_t len = 0; len < whole; len++) {
        struct segment s = {0};
        enum decode_result result = frame_decode(d, &f, row->link_type, len, whole, &s, &copy);
        if (result == DECODE_SEGMENT) {
            ck_assert_msg(s.payload_len == 5 && s.payload.len < 5, "%s cut to %zu", row->name, len);
            ck_assert_msg(memcmp(s.payload.p, "hello", s.payload.len) == 0, "%s cut to %zu", row->name, len);
        } else {
            ck_assert_msg(result != DECODE_FRAGMENT && len < whole - 5, "%s cut to %zu: %d", row->name, len, (int)result);
        }
        free(copy);
        result = frame_decode(d, &f, row->link_type, len, len, &s, &copy);
        ck_assert_msg(result != DECODE_SEGMENT || s.payload_len < 5, "%s of only %zu", row->name, len);
        free(copy);
    }
    decapsulator_free(d);
}

#endif
