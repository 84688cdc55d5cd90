/*
 * What nearly all frames are, read at once: Ethernet without a tag, IPv4 without options that is not a fragment, TCP.
 * Everything else goes the long way through decode_link, which would say the same of these.
 */
#include "net/tcp.h"

#define ETHERNET_LEN 14
#define IPV4_LEN 20

static bool is_plain(const uint8_t *ethernet, const uint8_t *ip) {
    return header_u16(ethernet + 12) == ETHERTYPE_IPV4 && ip[0] == 0x45 && (header_u16(ip + 6) & 0x3fff) == 0 && ip[9] == PROTOCOL_TCP;
}

bool decode_plain(const struct tlswatch_frame *frame, struct segment *segment) {
    struct bytes rest = bytes_of(frame->data, frame->len), headers;
    if (!bytes_take(&rest, ETHERNET_LEN + IPV4_LEN, &headers) || rest.len < TCP_LEN) {
        return false;
    }
    const uint8_t *ip = headers.p + ETHERNET_LEN;
    size_t total_length = header_u16(ip + 2);
    if (!is_plain(headers.p, ip) || total_length < IPV4_LEN + TCP_LEN) {
        return false;
    }
    struct packet p = {.rest = rest, .cut = frame_cut(frame)};
    packet_limit(&p, total_length - IPV4_LEN);
    ipv4_addresses(segment, ip);
    segment->ttl = ip[8];
    return tcp_payload(p.rest, p.cut, tcp_ports_and_flags(rest.p, segment), segment);
}
