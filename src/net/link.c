#include "net/decode.h"

/* https://www.tcpdump.org/linktypes.html; 12 and 14 are what DLT_RAW is on some systems. */
enum {
    LINK_NULL = 0,
    LINK_PPP = 9,
    LINK_RAW_12 = 12,
    LINK_RAW_14 = 14,
    LINK_PPP_HDLC = 50,
    LINK_PPP_ETHER = 51,
    LINK_RAW = 101,
    LINK_C_HDLC = 104,
    LINK_IEEE802_11 = 105,
    LINK_LOOP = 108,
    LINK_LINUX_SLL = 113,
    LINK_PFLOG = 117,
    LINK_IEEE802_11_RADIOTAP = 127,
    LINK_PPI = 192,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_NFLOG = 239,
    LINK_LINUX_SLL2 = 276,
};

enum {
    SLL_LLC = 0x0004, /* LINUX_SLL_P_802_2 */
    NFULA_PAYLOAD = 9,
};

/* The address family, in the byte order of the machine that captured or of the network; none is above 255. */
static enum decode_result decode_null(struct packet *p) {
    uint32_t family;
    if (!bytes_u32(&p->rest, &family)) {
        return DECODE_MALFORMED;
    }
    uint32_t value = family > 0xffff ? family >> 24 : family;
    switch (value) {
    case 2:
        return decode_ipv4(p);
    case 10: /* Linux */
    case 24: /* NetBSD, OpenBSD */
    case 28: /* FreeBSD */
    case 30: /* macOS */
        return decode_ipv6(p);
    default:
        return DECODE_OTHER;
    }
}

static enum decode_result decode_cooked(struct packet *p, uint16_t protocol) {
    return protocol == SLL_LLC ? decode_llc(p) : decode_ethertype(p, protocol);
}

/* Packet type, hardware type, length and eight bytes of address, protocol. */
static enum decode_result decode_sll(struct packet *p) {
    uint16_t protocol;
    return bytes_skip(&p->rest, 14) && bytes_u16(&p->rest, &protocol) ? decode_cooked(p, protocol) : DECODE_MALFORMED;
}

/* Protocol, then the rest: reserved, interface, hardware type, packet type, length and eight bytes of address. */
static enum decode_result decode_sll2(struct packet *p) {
    uint16_t protocol;
    return bytes_u16(&p->rest, &protocol) && bytes_skip(&p->rest, 18) ? decode_cooked(p, protocol) : DECODE_MALFORMED;
}

/* read_tlv: length with its own four bytes, type, both in the byte order of the machine that captured; types are
 * small. */
static bool read_tlv(struct bytes *rest, uint16_t *type, size_t *len) {
    struct bytes at = *rest;
    uint16_t length, kind;
    if (!bytes_le16(&at, &length) || !bytes_le16(&at, &kind)) {
        return false;
    }
    if (kind > 0xff) {
        length = (uint16_t)(length << 8 | length >> 8);
        kind = (uint16_t)(kind << 8 | kind >> 8);
    }
    if (length < 4) {
        return false;
    }
    *rest = at;
    *type = kind;
    *len = length - 4U;
    return true;
}

/* Family, version 0, resource; then values, of which one is the packet. */
static enum decode_result decode_nflog(struct packet *p) {
    uint16_t type;
    size_t len;
    if (!bytes_skip(&p->rest, 4)) {
        return DECODE_MALFORMED;
    }
    while (read_tlv(&p->rest, &type, &len)) {
        if (type == NFULA_PAYLOAD) {
            packet_limit(p, len);
            return decode_ip(p);
        }
        if (!bytes_skip(&p->rest, (len + 3) / 4 * 4)) {
            break;
        }
    }
    return DECODE_MALFORMED;
}

/* OpenBSD's pflog(4): its length first, which leaves out the padding to a multiple of four. */
static enum decode_result decode_pflog(struct packet *p) {
    if (p->rest.len == 0 || !bytes_skip(&p->rest, (p->rest.p[0] + 3U) / 4 * 4)) {
        return DECODE_MALFORMED;
    }
    return decode_ip(p);
}

/* Per-packet information: version, flags, length of it all, then what link type is behind it. */
static enum decode_result decode_ppi(struct packet *p) {
    struct bytes rest = p->rest;
    uint8_t version, flags;
    uint16_t length;
    uint32_t link_type;
    if (!bytes_u8(&rest, &version) || !bytes_u8(&rest, &flags) || !bytes_le16(&rest, &length) || !bytes_le32(&rest, &link_type) ||
        length < 8 || !bytes_skip(&p->rest, length)) {
        return DECODE_MALFORMED;
    }
    return link_type == LINK_PPI ? DECODE_UNSUPPORTED : decode_link(p, link_type);
}

enum decode_result decode_link(struct packet *p, uint32_t link_type) {
    switch (link_type) {
    case LINK_ETHERNET:
        return decode_ethernet(p);
    case LINK_NULL:
    case LINK_LOOP:
        return decode_null(p);
    case LINK_PPP:
    case LINK_PPP_HDLC:
    case LINK_C_HDLC:
        return decode_hdlc(p);
    case LINK_PPP_ETHER:
        return decode_pppoe(p);
    case LINK_RAW:
    case LINK_RAW_12:
    case LINK_RAW_14:
    case LINK_IPV4:
    case LINK_IPV6:
        return decode_ip(p);
    case LINK_LINUX_SLL:
        return decode_sll(p);
    case LINK_LINUX_SLL2:
        return decode_sll2(p);
    case LINK_IEEE802_11:
        return decode_80211(p, false);
    case LINK_IEEE802_11_RADIOTAP:
        return decode_radiotap(p);
    case LINK_PPI:
        return decode_ppi(p);
    case LINK_NFLOG:
        return decode_nflog(p);
    case LINK_PFLOG:
        return decode_pflog(p);
    default:
        return DECODE_UNSUPPORTED;
    }
}

bool link_supported(uint32_t link_type) {
    static const uint32_t supported[] = {
            LINK_NULL, LINK_ETHERNET, LINK_PPP,        LINK_RAW_12, LINK_RAW_14,     LINK_PPP_HDLC, LINK_PPP_ETHER,
            LINK_RAW,  LINK_C_HDLC,   LINK_IEEE802_11, LINK_LOOP,   LINK_LINUX_SLL,  LINK_PFLOG,    LINK_IEEE802_11_RADIOTAP,
            LINK_PPI,  LINK_IPV4,     LINK_IPV6,       LINK_NFLOG,  LINK_LINUX_SLL2,
    };
    for (size_t i = 0; i < sizeof supported / sizeof *supported; i++) {
        if (supported[i] == link_type) {
            return true;
        }
    }
    return false;
}
