#include "net/decode.h"

enum {
    ETHERTYPE_LENGTH_MAX = 1500, /* up to here it is the length of an LLC frame (IEEE 802.3, 3.2.6) */
    ETHERTYPE_VLAN = 0x8100,
    ETHERTYPE_SERVICE_VLAN = 0x88a8,
    ETHERTYPE_VLAN_9100 = 0x9100,
    ETHERTYPE_VLAN_9200 = 0x9200,
    ETHERTYPE_VNTAG = 0x8926,
    ETHERTYPE_CISCO_METADATA = 0x8909,
    ETHERTYPE_PPPOE_SESSION = 0x8864,
    ETHERTYPE_EAPOL = 0x888e,
    ETHERTYPE_MACSEC = 0x88e5,
    ETHERTYPE_PROVIDER_BACKBONE = 0x88e7,
    ETHERTYPE_NSH = 0x894f,
};

/* Cisco metadata: version, length in units of four bytes, then as much. */
static bool skip_metadata(struct bytes *rest) {
    uint8_t version, len;
    return bytes_u8(rest, &version) && bytes_u8(rest, &len) && bytes_skip(rest, len * 4U);
}

static bool is_tag(uint16_t type) {
    return type == ETHERTYPE_VLAN || type == ETHERTYPE_SERVICE_VLAN || type == ETHERTYPE_VLAN_9100 || type == ETHERTYPE_VLAN_9200 ||
           type == ETHERTYPE_VNTAG || type == ETHERTYPE_CISCO_METADATA;
}

/* skip_tag: each tag ends with the type of what follows it. */
static bool skip_tag(struct bytes *rest, uint16_t *type) {
    bool skipped = *type == ETHERTYPE_CISCO_METADATA ? skip_metadata(rest) : bytes_skip(rest, *type == ETHERTYPE_VNTAG ? 4 : 2);
    return skipped && bytes_u16(rest, type);
}

enum decode_result decode_ethertype(struct packet *p, uint16_t type) {
    while (is_tag(type)) {
        if (!skip_tag(&p->rest, &type)) {
            return DECODE_MALFORMED;
        }
    }
    switch (type) {
    case ETHERTYPE_IPV4:
        return decode_ipv4(p);
    case ETHERTYPE_IPV6:
        return decode_ipv6(p);
    case ETHERTYPE_MPLS:
    case ETHERTYPE_MPLS_UPSTREAM:
        return decode_mpls(p);
    case ETHERTYPE_PPPOE_SESSION:
        return decode_pppoe(p);
    case ETHERTYPE_PPP:
        return decode_ppp(p);
    case ETHERTYPE_BRIDGING:
        return decode_ethernet(p);
    case ETHERTYPE_MACSEC:
    case ETHERTYPE_PROVIDER_BACKBONE:
    case ETHERTYPE_NSH:
        return DECODE_UNSUPPORTED;
    case ETHERTYPE_EAPOL:
        note_eapol(p);
        return DECODE_OTHER;
    default:
        break;
    }
    if (type <= ETHERTYPE_LENGTH_MAX) {
        packet_limit(p, type);
        return decode_llc(p);
    }
    return DECODE_OTHER;
}

enum decode_result decode_ethernet(struct packet *p) {
    uint16_t type;
    if (!packet_deeper(p)) {
        return DECODE_UNSUPPORTED;
    }
    if (!bytes_skip(&p->rest, 12) || !bytes_u16(&p->rest, &type)) {
        return DECODE_MALFORMED;
    }
    return type == ETHERTYPE_IPV4 ? decode_ipv4(p) : decode_ethertype(p, type);
}

/* IEEE 802.2: the service access points, the control byte; SNAP brings the Ethernet type back (RFC 1042). */
enum decode_result decode_llc(struct packet *p) {
    uint32_t header, organization;
    uint16_t type;
    if (!bytes_u24(&p->rest, &header)) {
        return DECODE_MALFORMED;
    }
    if (header == 0x060603) {
        return decode_ip(p);
    }
    if (header != 0xaaaa03) {
        return DECODE_OTHER;
    }
    if (!bytes_u24(&p->rest, &organization) || !bytes_u16(&p->rest, &type)) {
        return DECODE_MALFORMED;
    }
    /* 0000f8 is the bridge tunnel of 802.1H: the same types. */
    if ((organization != 0 && organization != 0x0000f8) || type <= ETHERTYPE_LENGTH_MAX) {
        return DECODE_OTHER;
    }
    return decode_ethertype(p, type);
}

static bool is_likely_type(struct bytes at) {
    uint16_t type;
    return bytes_skip(&at, 12) && bytes_u16(&at, &type) &&
           (type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6 || type == ETHERTYPE_MPLS || type == ETHERTYPE_PPPOE_SESSION || is_tag(type));
}

/* A control word begins with four zero bits (RFC 4448, 4.6), and so do many addresses where there is none: the type
 * must tell. */
static enum decode_result decode_pseudowire(struct packet *p) {
    if (!is_likely_type(p->rest) && !bytes_skip(&p->rest, 4)) {
        return DECODE_MALFORMED;
    }
    return decode_ethernet(p);
}

/* RFC 3032, 2.1: labels until the one at the bottom of the stack. What follows is IP, by its version, or Ethernet. */
enum decode_result decode_mpls(struct packet *p) {
    uint32_t label;
    do {
        if (!bytes_u32(&p->rest, &label)) {
            return DECODE_MALFORMED;
        }
    } while ((label & 0x100) == 0);
    if (p->rest.len == 0) {
        return DECODE_MALFORMED;
    }
    switch (p->rest.p[0] >> 4) {
    case 4:
    case 6:
        return decode_ip(p);
    case 1: /* an associated channel (RFC 4385, 5) */
        return DECODE_OTHER;
    case 0:
        return decode_pseudowire(p);
    default:
        return decode_ethernet(p);
    }
}
