/*
 * From a captured frame to the TCP segment in it: link layers, VLAN tags, MPLS, tunnels, IPv4 and IPv6 with their
 * options and extension headers, fragments, the TCP header.
 *
 * In goes a frame; out comes at most one segment, whose payload points into the frame, or where fragments were put
 * together into the decapsulator, where it lives until the next call. Checksums are not looked at: off-loading makes them
 * wrong in good captures. Lengths are: what IP says ends there, whatever padding the link has put behind.
 */
#ifndef TLSWATCH_NET_SEGMENT_H
#define TLSWATCH_NET_SEGMENT_H

#include "base/bytes.h"
#include "tlswatch/tlswatch.h"

struct endpoint {
    uint8_t address[16]; /* IPv4: the first four, the rest zero */
    uint16_t port;
};

enum tcp_flag { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_RST = 0x04, TCP_PSH = 0x08, TCP_ACK = 0x10, TCP_URG = 0x20 };

struct segment {
    struct endpoint source, destination;
    bool ipv6;
    uint32_t tunnel; /* 0: none; else a number that differs where the tunnel differs (VNI, TEID, GRE key, outer ends) */
    uint32_t seq, ack;
    uint8_t flags;
    uint8_t ttl;
    bool from_fragments;  /* its payload lives in the decapsulator */
    struct bytes payload; /* what the capture holds of it */
    uint32_t payload_len; /* what was on the wire; more than payload.len where the snapshot length cut it */
    struct tlswatch_mark mark;
};

enum decode_result {
    DECODE_SEGMENT,
    DECODE_MENTION,     /* a TCP header that is no segment: quoted in an ICMP error, or one that contradicts itself */
    DECODE_OTHER,       /* not TCP */
    DECODE_FRAGMENT,    /* kept until the rest of its datagram comes */
    DECODE_MALFORMED,   /* headers that end too early or contradict themselves */
    DECODE_UNSUPPORTED, /* a link type or protocol that is not read */
};

struct memory;
struct decapsulator; /* holds the fragments that wait */

/* decapsulator_new puts what waits on the account of `memory`, which may be NULL. */
struct decapsulator *decapsulator_new(struct memory *memory);
void decapsulator_free(struct decapsulator *d);

/* decapsulator_decode reads one frame. *out means something only for DECODE_SEGMENT and DECODE_MENTION; a mention has no
 * payload and its sequence numbers prove nothing, but Wireshark gives its connection a stream number. Of DECODE_FRAGMENT
 * it has the addresses only. */
enum decode_result decapsulator_decode(struct decapsulator *d, const struct tlswatch_frame *frame, struct segment *out);

/* How often fragments were thrown away at a bound, and how often overlapping fragments differed. */
uint64_t decapsulator_limits_hit(const struct decapsulator *d);
uint64_t decapsulator_conflicts(const struct decapsulator *d);

/* Frames with TLS handshakes that TCP does not carry. */
struct tlswatch_not_tcp decapsulator_not_tcp(const struct decapsulator *d);

/* link_supported: frames of this LINKTYPE_ are read. */
bool link_supported(uint32_t link_type);

/* endpoint_text writes the address as text: RFC 5952, as inet_ntop does. */
void endpoint_text(const struct endpoint *endpoint, bool ipv6, char out[46]);

#endif
