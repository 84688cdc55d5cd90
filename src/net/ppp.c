#include "net/decode.h"

enum {
    PPP_IPV4 = 0x0021,
    PPP_IPV6 = 0x0057,
    PPP_MPLS = 0x0281,
    PPP_MPLS_MULTICAST = 0x0283,
    HDLC_UNICAST = 0x0f,
    HDLC_MULTICAST = 0x8f,
};

/* RFC 1661, 2 and 6.5: the protocol has two bytes, or one, which is then odd; 6.6: address and control may stand
 * before it. */
enum decode_result decode_ppp(struct packet *p) {
    uint8_t first, second;
    if (p->rest.len >= 2 && p->rest.p[0] == 0xff && p->rest.p[1] == 0x03 && !bytes_skip(&p->rest, 2)) {
        return DECODE_MALFORMED;
    }
    if (!bytes_u8(&p->rest, &first)) {
        return DECODE_MALFORMED;
    }
    unsigned protocol = first;
    if ((first & 1) == 0) {
        if (!bytes_u8(&p->rest, &second)) {
            return DECODE_MALFORMED;
        }
        protocol = protocol << 8 | second;
    }
    switch (protocol) {
    case PPP_IPV4:
        return decode_ipv4(p);
    case PPP_IPV6:
        return decode_ipv6(p);
    case PPP_MPLS:
    case PPP_MPLS_MULTICAST:
        return decode_mpls(p);
    default:
        return DECODE_OTHER;
    }
}

/* RFC 2516, 4: version and type 1, code 0 in a session, its number, the length. */
enum decode_result decode_pppoe(struct packet *p) {
    uint8_t version_type, code;
    uint16_t session, length;
    if (!bytes_u8(&p->rest, &version_type) || !bytes_u8(&p->rest, &code) || !bytes_u16(&p->rest, &session) ||
        !bytes_u16(&p->rest, &length)) {
        return DECODE_MALFORMED;
    }
    if (version_type != 0x11 || code != 0) {
        return DECODE_OTHER;
    }
    packet_limit(p, length);
    return decode_ppp(p);
}

/* PPP in HDLC-like framing (RFC 1662, 3.1), or Cisco's HDLC, which has the Ethernet type. */
enum decode_result decode_hdlc(struct packet *p) {
    uint16_t type;
    if (p->rest.len > 0 && p->rest.p[0] != HDLC_UNICAST && p->rest.p[0] != HDLC_MULTICAST) {
        return decode_ppp(p);
    }
    if (!bytes_skip(&p->rest, 2) || !bytes_u16(&p->rest, &type)) {
        return DECODE_MALFORMED;
    }
    return decode_ethertype(p, type);
}
