#include "net/decode.h"

static uint16_t read_u16(const uint8_t *p) {
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t read_u32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* skip_options leaves out what is behind the fixed header, as far as it was captured. False where the header would end
 * beyond the packet. */
static bool skip_options(const struct packet *p, struct bytes *rest, uint16_t offset_flags) {
    size_t len = (offset_flags >> 12) * 4U;
    if (len < 20 || len - 20 > rest->len + p->cut) {
        return false;
    }
    return bytes_skip(rest, len - 20 < rest->len ? len - 20 : rest->len);
}

enum decode_result decode_tcp(struct packet *p) {
    struct segment *segment = p->segment;
    struct bytes rest = p->rest;
    struct bytes header;
    size_t wire_len = rest.len + p->cut;

    /* RFC 9293, 3.1; a quotation may end behind the window. */
    if (!bytes_take(&rest, 16, &header)) {
        return DECODE_MALFORMED;
    }
    segment->source.port = read_u16(header.p);
    segment->destination.port = read_u16(header.p + 2);
    segment->seq = read_u32(header.p + 4);
    segment->ack = read_u32(header.p + 8);
    uint16_t offset_flags = read_u16(header.p + 12);
    segment->flags = offset_flags & 0x3f;
    if (p->quoted || !bytes_skip(&rest, 4) || !skip_options(p, &rest, offset_flags)) {
        return DECODE_MENTION;
    }
    segment->payload = rest;
    segment->payload_len = (uint32_t)(wire_len - (offset_flags >> 12) * 4U);
    return DECODE_SEGMENT;
}
