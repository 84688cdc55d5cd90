/*
 * The frames of a capture, owned, for tests that make other captures of the same conversations out of them.
 *
 * What stands where in a frame is found here and not by src/net, so that the two can disagree. Only what a rewriting
 * needs is read: Ethernet with tags, the two cooked headers, NULL, RAW; IPv4, IPv6; TCP.
 */
#ifndef TLSWATCH_TESTS_INVARIANCE_PACKETS_H
#define TLSWATCH_TESTS_INVARIANCE_PACKETS_H

#include "base/bytes.h"
#include "tlswatch/tlswatch.h"

struct packet {
    uint8_t *data;
    uint32_t len, original_len;
    uint32_t link_type;
    int64_t time_ns;
    uint64_t number;
    const char *file; /* not owned */
};

struct packets {
    struct packet *v;
    size_t num, size;
};

enum { LINK_NULL = 0, LINK_ETHERNET = 1, LINK_RAW = 101, LINK_SLL = 113, LINK_RADIOTAP = 127, LINK_SLL2 = 276 };

/* packets_read takes a file in through src/capture, or the first `most` frames of it (0: all). False: it is no capture. */
bool packets_read(struct packets *p, const char *path, size_t most);

/* packets_read_series takes in several files, merged as the program does it. */
bool packets_read_series(struct packets *p, const char *const *paths, size_t num_paths);

/* packets_add makes a packet of `len` bytes for the caller to fill. Number, times and link type are those of `like`,
 * and so is what the snapshot length cut. */
struct packet *packets_add(struct packets *p, const struct packet *like, size_t len);

void packets_copy(struct packets *p, const struct packet *packet);
void packets_copy_all(struct packets *p, const struct packets *from);

/* packets_number counts the frames anew, from 1. */
void packets_number(struct packets *p);

void packets_clear(struct packets *p);

/* Where the outermost IP header stands: offset, and the Ethernet type that it has. */
struct ip_place {
    size_t at;
    uint16_t type; /* 0x0800 or 0x86dd */
};

bool find_ip(const struct packet *packet, struct ip_place *out);

/* A TCP segment that is right behind the outermost IP header, and no fragment. Offsets are in the frame. */
struct tcp_place {
    struct ip_place ip;
    size_t tcp, payload;
    size_t payload_len; /* on the wire */
    bool whole;         /* the capture holds it all */
    uint32_t seq, ack;
    uint8_t flags;
};

bool find_tcp(const struct packet *packet, struct tcp_place *out);

/* add_segment adds a frame like `packet` whose payload is `data`, at sequence number `seq`, with lengths and checksums
 * that are right. */
void add_segment(struct packets *out, const struct packet *packet, const struct tcp_place *place, uint32_t seq, uint8_t flags,
                 struct bytes data);

/* ip_checksum makes the header checksum of an IPv4 header right. */
void ip_checksum(uint8_t *header);

/* set_ip_length writes the length of an IP packet, 0 where it is too long for the field. */
void set_ip_length(uint8_t *header, size_t len);

/* same_direction: both packets go from the same endpoint to the same endpoint. */
bool same_direction(const struct packet *a, const struct tcp_place *at, const struct packet *b, const struct tcp_place *bt);

#endif
