/* The TCP header (RFC 9293, 3.1), read in place for each frame: by decode_tcp, and by decode_plain. */
#ifndef TLSWATCH_NET_TCP_H
#define TLSWATCH_NET_TCP_H

#include "net/decode.h"

#define TCP_LEN 20

/* tcp_ports_and_flags reads the first 16 bytes, which a quotation may have alone; it returns how long the header says it is. */
static inline size_t tcp_ports_and_flags(const uint8_t *header, struct segment *segment) {
    segment->source.port = header_u16(header);
    segment->destination.port = header_u16(header + 2);
    segment->seq = header_u32(header + 4);
    segment->ack = header_u32(header + 8);
    segment->flags = header[13] & 0x3f;
    return (header[12] >> 4) * 4U;
}

/* tcp_payload: what is behind the header, of which options may be cut off. `rest` begins with the header and has at least
 * TCP_LEN bytes; `cut` were behind it on the wire. False where the header would end beyond the packet. */
static inline bool tcp_payload(struct bytes rest, size_t cut, size_t header_len, struct segment *segment) {
    if (header_len < TCP_LEN || header_len > rest.len + cut) {
        return false;
    }
    size_t captured = header_len < rest.len ? header_len : rest.len;
    segment->payload = bytes_of(rest.p + captured, rest.len - captured);
    segment->payload_len = (uint32_t)(rest.len + cut - header_len);
    return true;
}

#endif
