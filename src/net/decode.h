/*
 * Inside net: a packet on its way from the frame to the TCP header. Each decode_ function takes its header from the
 * front of `rest` and hands on to the next; where it can't, it says why by its result. All recursion passes through
 * packet_deeper, which bounds it.
 */
#ifndef TLSWATCH_NET_DECODE_H
#define TLSWATCH_NET_DECODE_H

#include "net/fragment.h"
#include "net/segment.h"

struct decapsulator {
    struct fragments fragments;
    struct tlswatch_not_tcp not_tcp;
    uint64_t limits_hit;
};

struct packet {
    struct decapsulator *d;
    struct bytes rest; /* captured, and not yet read */
    size_t cut;        /* bytes that were behind `rest` on the wire and are not in the capture */
    unsigned depth;
    bool quoted;             /* in an ICMP error: most of it is missing, and it was not sent here and now */
    struct segment *segment; /* addresses are those of the innermost IP header so far */
};

enum {
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_MPLS = 0x8847,
    ETHERTYPE_MPLS_UPSTREAM = 0x8848,
    ETHERTYPE_PPP = 0x880b,
    ETHERTYPE_BRIDGING = 0x6558, /* a whole Ethernet frame */
};

enum { PROTOCOL_TCP = 6 };

/* header_u16 and header_u32 read at their offsets the fixed parts of a header that was taken whole. */
static inline uint16_t header_u16(const uint8_t *p) {
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t header_u32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* packet_limit drops what lies behind the next `len` bytes: padding, trailers, checksums of the link. A length beyond
 * the frame's own changes nothing: if the bytes were sent, what TCP sends next shows that they are missing. */
static inline void packet_limit(struct packet *p, size_t len) {
    if (len < p->rest.len) {
        p->rest.len = len;
        p->cut = 0;
    } else if (len - p->rest.len < p->cut) {
        p->cut = len - p->rest.len;
    }
}

/* packet_deeper is false where the packet has too many headers within headers. */
static inline bool packet_deeper(struct packet *p) {
    if (++p->depth > LIMIT_TUNNEL_DEPTH) {
        p->d->limits_hit++;
        return false;
    }
    return true;
}

/* bytes_le16 and bytes_le32 read what some capture headers have in little-endian order. */
static inline bool bytes_le16(struct bytes *b, uint16_t *out) {
    uint16_t value;
    if (!bytes_u16(b, &value)) {
        return false;
    }
    *out = (uint16_t)(value << 8 | value >> 8);
    return true;
}

static inline bool bytes_le32(struct bytes *b, uint32_t *out) {
    uint32_t value;
    if (!bytes_u32(b, &value)) {
        return false;
    }
    *out = value << 24 | (value & 0xff00) << 8 | (value >> 8 & 0xff00) | value >> 24;
    return true;
}

/* How many bytes of the frame the snapshot length cut off. */
static inline size_t frame_cut(const struct tlswatch_frame *frame) {
    return frame->original_len > frame->len ? frame->original_len - frame->len : 0;
}

/* plain.c: false with all but plain Ethernet frames with a segment in them. */
bool decode_plain(const struct tlswatch_frame *frame, struct segment *segment);

/* link.c */
enum { LINK_ETHERNET = 1 };
enum decode_result decode_link(struct packet *p, uint32_t link_type);

/* ethernet.c */
enum decode_result decode_ethernet(struct packet *p);
enum decode_result decode_ethertype(struct packet *p, uint16_t type);
enum decode_result decode_llc(struct packet *p);
enum decode_result decode_mpls(struct packet *p);

/* ppp.c */
enum decode_result decode_pppoe(struct packet *p);
enum decode_result decode_ppp(struct packet *p);
enum decode_result decode_hdlc(struct packet *p);

/* wireless.c */
enum decode_result decode_80211(struct packet *p, bool padded);
enum decode_result decode_radiotap(struct packet *p);

/* ip.c: decode_ip looks at the version. */
enum decode_result decode_ip(struct packet *p);
enum decode_result decode_ipv4(struct packet *p);
enum decode_result decode_ipv6(struct packet *p);

/* The addresses of an IPv4 header. */
static inline void ipv4_addresses(struct segment *segment, const uint8_t *header) {
    memset(segment->source.address + 4, 0, 12);
    memset(segment->destination.address + 4, 0, 12);
    memcpy(segment->source.address, header + 12, 4);
    memcpy(segment->destination.address, header + 16, 4);
    segment->ipv6 = false;
}

/* tunnel.c */
void enter_ip_tunnel(struct packet *p); /* one that has no header of its own */
enum decode_result decode_gre(struct packet *p);
enum decode_result decode_etherip(struct packet *p);
enum decode_result decode_udp(struct packet *p);

/* not_tcp.c: what a datagram of UDP, or a frame of EAPOL (IEEE 802.1X, 11.3), carries is counted where it is TLS. */
void note_datagram(struct packet *p);
void note_eapol(struct packet *p);

/* tcp.c */
enum decode_result decode_tcp(struct packet *p);

#endif
