#include "net/decode.h"

/* The frame control field of IEEE 802.11 (9.2.4.1): the first byte, then the flags. */
enum {
    TYPE_MASK = 0x0f, /* version and type: */
    TYPE_DATA = 0x08,
    SUBTYPE_NULL = 0x40,
    SUBTYPE_QOS = 0x80,
    FLAG_TO_DS = 0x01,
    FLAG_FROM_DS = 0x02,
    FLAG_MORE_FRAGMENTS = 0x04,
    FLAG_PROTECTED = 0x40,
    FLAG_ORDER = 0x80,
    QOS_AMSDU = 0x80,
};

#define RADIOTAP_MORE 0x80000000U /* another word of fields present follows */

enum {
    RADIOTAP_TSFT = 1 << 0,
    RADIOTAP_FLAGS = 1 << 1,
    RADIOTAP_FLAG_DATA_PAD = 0x20,
};

/* decode_amsdu gives the first TCP segment of the frames that one aggregate holds (9.3.2.2). */
static enum decode_result decode_amsdu(struct packet *p) {
    enum decode_result result = DECODE_MALFORMED;
    struct bytes rest = p->rest;
    uint32_t tunnel = p->segment->tunnel;
    uint16_t length;

    while (bytes_skip(&rest, 12) && bytes_u16(&rest, &length)) {
        struct packet inner = *p;
        inner.rest = rest;
        inner.segment->tunnel = tunnel; /* another one may have been entered in the frame before */
        packet_limit(&inner, length);
        result = decode_llc(&inner);
        if (result == DECODE_SEGMENT) {
            *p = inner;
            break;
        }
        if (!bytes_skip(&rest, length) || !bytes_skip(&rest, (4 - (14U + length) % 4) % 4)) {
            break;
        }
    }
    return result;
}

/* `padded`: the header is filled up to a multiple of four bytes. */
enum decode_result decode_80211(struct packet *p, bool padded) {
    uint8_t control, flags, qos = 0, ignored;
    uint16_t sequence;
    size_t whole = p->rest.len;

    if (!bytes_u8(&p->rest, &control) || !bytes_u8(&p->rest, &flags) || !bytes_skip(&p->rest, 20)) {
        return DECODE_MALFORMED;
    }
    if ((control & TYPE_MASK) != TYPE_DATA || (control & SUBTYPE_NULL) != 0) {
        return DECODE_OTHER;
    }
    bool bridged = (flags & FLAG_TO_DS) != 0 && (flags & FLAG_FROM_DS) != 0;
    bool has_qos = (control & SUBTYPE_QOS) != 0;
    if (!bytes_le16(&p->rest, &sequence) || (bridged && !bytes_skip(&p->rest, 6)) ||
        (has_qos && (!bytes_u8(&p->rest, &qos) || !bytes_u8(&p->rest, &ignored))) ||
        (has_qos && (flags & FLAG_ORDER) != 0 && !bytes_skip(&p->rest, 4))) {
        return DECODE_MALFORMED;
    }
    if ((flags & (FLAG_PROTECTED | FLAG_MORE_FRAGMENTS)) != 0 || (sequence & 0x0f) != 0) {
        return DECODE_UNSUPPORTED;
    }
    if (padded && !bytes_skip(&p->rest, (4 - (whole - p->rest.len) % 4) % 4)) {
        return DECODE_MALFORMED;
    }
    return (qos & QOS_AMSDU) != 0 ? decode_amsdu(p) : decode_llc(p);
}

/* read_flags finds the one field of radiotap that matters here: the second, behind a time that is aligned to 8. */
static uint8_t read_flags(struct bytes fields, uint32_t present, size_t at) {
    uint32_t more = present;
    uint8_t flags = 0;
    while ((more & RADIOTAP_MORE) != 0) {
        if (!bytes_le32(&fields, &more)) {
            return 0;
        }
        at += 4;
    }
    if ((present & RADIOTAP_FLAGS) == 0 || ((present & RADIOTAP_TSFT) != 0 && !bytes_skip(&fields, (8 - at % 8) % 8 + 8)) ||
        !bytes_u8(&fields, &flags)) {
        return 0;
    }
    return flags;
}

/* radiotap.org: version, padding, length of it all, which fields are present. */
enum decode_result decode_radiotap(struct packet *p) {
    struct bytes header = p->rest;
    struct bytes fields;
    uint8_t version, padding;
    uint16_t length;
    uint32_t present;

    if (!bytes_u8(&header, &version) || !bytes_u8(&header, &padding) || !bytes_le16(&header, &length) || !bytes_le32(&header, &present) ||
        length < 8 || !bytes_take(&header, length - 8U, &fields)) {
        return DECODE_MALFORMED;
    }
    p->rest = header;
    return decode_80211(p, (read_flags(fields, present, 8) & RADIOTAP_FLAG_DATA_PAD) != 0);
}
