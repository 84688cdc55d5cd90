#include "net/decode.h"

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

enum decode_result decode_tcp(struct packet *p) {
    struct segment *segment = &p->segment;
    struct bytes rest = p->rest;
    struct bytes options;
    uint16_t offset_flags;

    /* RFC 9293, 3.1 */
    if (!bytes_u16(&rest, &segment->source.port) || !bytes_u16(&rest, &segment->destination.port) || !bytes_u32(&rest, &segment->seq) ||
        !bytes_u32(&rest, &segment->ack) || !bytes_u16(&rest, &offset_flags) || !bytes_u16(&rest, &segment->window) ||
        !bytes_skip(&rest, 4)) {
        return DECODE_MALFORMED;
    }
    size_t options_len = (offset_flags >> 12) * 4U;
    if (options_len < 20 || options_len - 20 > rest.len + p->cut) {
        return DECODE_MALFORMED;
    }
    options_len -= 20;
    size_t payload_len = rest.len + p->cut - options_len;
    segment->flags = offset_flags & 0x3f;
    if (!bytes_take(&rest, options_len < rest.len ? options_len : rest.len, &options)) {
        return DECODE_MALFORMED;
    }
    segment->mss = (segment->flags & TCP_SYN) != 0 ? read_mss(options) : 0;
    segment->payload = rest;
    segment->payload_len = (uint32_t)payload_len;
    p->rest = rest;
    return DECODE_SEGMENT;
}
