#include "net/decode.h"

static uint16_t read_u16(const uint8_t *p) {
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t read_u32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The maximum segment size (RFC 9293, 3.2); 0 where the options do not give one. */
static uint16_t read_mss(struct bytes options) {
    uint8_t kind, len;
    struct bytes value;
    uint16_t mss;

    while (bytes_u8(&options, &kind) && kind != 0) {
        if (kind == 1) {
            continue;
        }
        if (!bytes_u8(&options, &len) || len < 2 || !bytes_take(&options, len - 2U, &value)) {
            return 0;
        }
        if (kind == 2 && len == 4 && bytes_u16(&value, &mss)) {
            return mss;
        }
    }
    return 0;
}

/* read_options takes them from behind the fixed header, as far as they were captured. False where the header would end
 * beyond the packet. */
static bool read_options(const struct packet *p, struct bytes *rest, uint16_t offset_flags, struct bytes *out) {
    size_t len = (offset_flags >> 12) * 4U;
    if (len < 20 || len - 20 > rest->len + p->cut) {
        return false;
    }
    return bytes_take(rest, len - 20 < rest->len ? len - 20 : rest->len, out);
}

enum decode_result decode_tcp(struct packet *p) {
    struct segment *segment = p->segment;
    struct bytes rest = p->rest;
    struct bytes header, options;
    size_t wire_len = rest.len + p->cut;

    /* RFC 9293, 3.1; a quotation may end behind the window. */
    if (!bytes_take(&rest, 16, &header)) {
        return DECODE_MALFORMED;
    }
    segment->source.port = read_u16(header.p);
    segment->destination.port = read_u16(header.p + 2);
    segment->seq = read_u32(header.p + 4);
    segment->ack = read_u32(header.p + 8);
    segment->window = read_u16(header.p + 14);
    uint16_t offset_flags = read_u16(header.p + 12);
    segment->flags = offset_flags & 0x3f;
    if (p->quoted || !bytes_skip(&rest, 4) || !read_options(p, &rest, offset_flags, &options)) {
        return DECODE_MENTION;
    }
    segment->mss = (segment->flags & TCP_SYN) != 0 ? read_mss(options) : 0;
    segment->payload = rest;
    segment->payload_len = (uint32_t)(wire_len - (offset_flags >> 12) * 4U);
    return DECODE_SEGMENT;
}
