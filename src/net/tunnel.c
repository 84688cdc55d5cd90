#include "net/decode.h"

#include "base/siphash.h"

enum {
    PORT_GTP_U = 2152,
    PORT_VXLAN = 4789,
    PORT_VXLAN_LINUX = 8472, /* what Linux used before there was a number */
    PORT_GENEVE = 6081,
    GRE_CHECKSUM = 0x8000,
    GRE_ROUTING = 0x4000,
    GRE_KEY = 0x2000,
    GRE_SEQUENCE = 0x1000,
    GRE_ACKNOWLEDGEMENT = 0x0080,
    GRE_VERSION = 0x0007,
    ETHERTYPE_ERSPAN_1_2 = 0x88be,
    ETHERTYPE_ERSPAN_3 = 0x22eb,
};

enum tunnel_kind { TUNNEL_IP, TUNNEL_ETHERIP, TUNNEL_GRE, TUNNEL_ERSPAN, TUNNEL_VXLAN, TUNNEL_GENEVE, TUNNEL_GTP };

/* enter gives the packet the number of the tunnel that it is in now: the same for both directions, so the outer ends
 * are put in order. A fixed key, since a collision costs no more than what a sender can have by one tunnel. */
static void enter(struct packet *p, enum tunnel_kind kind, uint32_t id) {
    static const struct hash_key key = {0, 0};
    const uint8_t *a = p->segment->source.address;
    const uint8_t *b = p->segment->destination.address;
    bool swapped = memcmp(a, b, 16) > 0;
    uint8_t name[44];

    memcpy(name, swapped ? b : a, 16);
    memcpy(name + 16, swapped ? a : b, 16);
    memcpy(name + 32, &(uint32_t){(uint32_t)kind}, 4);
    memcpy(name + 36, &id, 4);
    memcpy(name + 40, &p->segment->tunnel, 4);
    uint32_t tunnel = (uint32_t)siphash(&key, name, sizeof name);
    p->segment->tunnel = tunnel != 0 ? tunnel : 1;
}

void enter_ip_tunnel(struct packet *p) {
    enter(p, TUNNEL_IP, 0);
}

/* RFC 3378, 3: version 3, and 12 bits of zero. */
enum decode_result decode_etherip(struct packet *p) {
    uint16_t version;
    if (!bytes_u16(&p->rest, &version)) {
        return DECODE_MALFORMED;
    }
    if (version >> 12 != 3) {
        return DECODE_OTHER;
    }
    enter(p, TUNNEL_ETHERIP, 0);
    return decode_ethernet(p);
}

/* draft-foschiano-erspan, 4.2 and 4.3: the session in the first four bytes. Type I has no header at all, and no GRE
 * sequence number. */
static enum decode_result decode_erspan(struct packet *p, uint16_t type, bool has_sequence) {
    uint32_t header = 0;
    uint32_t trailer;
    if (type == ETHERTYPE_ERSPAN_1_2) {
        if (has_sequence && (!bytes_u32(&p->rest, &header) || !bytes_skip(&p->rest, 4))) {
            return DECODE_MALFORMED;
        }
        enter(p, TUNNEL_ERSPAN, header & 0x3ff);
        return decode_ethernet(p);
    }
    if (!bytes_u32(&p->rest, &header) || !bytes_skip(&p->rest, 4) || !bytes_u32(&p->rest, &trailer) ||
        ((trailer & 1) != 0 && !bytes_skip(&p->rest, 8))) {
        return DECODE_MALFORMED;
    }
    enter(p, TUNNEL_ERSPAN, header & 0x3ff);
    /* The frame type: 0 Ethernet, 2 IP. */
    switch (trailer >> 10 & 0x1f) {
    case 0:
        return decode_ethernet(p);
    case 2:
        return decode_ip(p);
    default:
        return DECODE_OTHER;
    }
}

/* RFC 1701, "Source Route Entry": family, offset, length, as much; one of zeros is the last. */
static bool skip_routing(struct bytes *rest) {
    uint16_t family;
    uint8_t offset, length;
    do {
        if (!bytes_u16(rest, &family) || !bytes_u8(rest, &offset) || !bytes_u8(rest, &length) || !bytes_skip(rest, length)) {
            return false;
        }
    } while (family != 0 || length != 0);
    return true;
}

/* gre_id: what of the key names the tunnel. NVGRE's low eight bits name a flow (RFC 7637, 3.2, where ids start at
 * 0x1000); PPTP's are the length and a number for each direction (RFC 2637, 4.1). */
static uint32_t gre_id(uint16_t flags, uint16_t type, uint32_t key) {
    if ((flags & GRE_VERSION) != 0) {
        return 0;
    }
    return type == ETHERTYPE_BRIDGING && key >> 8 >= 0x1000 ? key >> 8 : key;
}

/* RFC 2784, 2; RFC 2890, 2; RFC 1701 for routing; RFC 2637, 4.1 for version 1. */
enum decode_result decode_gre(struct packet *p) {
    uint16_t flags, type;
    uint32_t key = 0;
    struct bytes *rest = &p->rest;

    if (!bytes_u16(rest, &flags) || !bytes_u16(rest, &type) || ((flags & (GRE_CHECKSUM | GRE_ROUTING)) != 0 && !bytes_skip(rest, 4)) ||
        ((flags & GRE_KEY) != 0 && !bytes_u32(rest, &key)) || ((flags & GRE_SEQUENCE) != 0 && !bytes_skip(rest, 4)) ||
        ((flags & GRE_VERSION) == 1 && (flags & GRE_ACKNOWLEDGEMENT) != 0 && !bytes_skip(rest, 4)) ||
        ((flags & GRE_ROUTING) != 0 && !skip_routing(rest))) {
        return DECODE_MALFORMED;
    }
    /* PPTP acknowledges also without a packet, then without a sequence number. */
    if ((flags & GRE_VERSION) > 1 || ((flags & GRE_VERSION) == 1 && (flags & GRE_SEQUENCE) == 0)) {
        return DECODE_OTHER;
    }
    if (type == ETHERTYPE_ERSPAN_1_2 || type == ETHERTYPE_ERSPAN_3) {
        return decode_erspan(p, type, (flags & GRE_SEQUENCE) != 0);
    }
    enter(p, TUNNEL_GRE, gre_id(flags, type, key));
    return decode_ethertype(p, type);
}

/* RFC 7348, 5: the I flag, 24 bits of VNI. */
static enum decode_result decode_vxlan(struct packet *p) {
    uint32_t flags, vni;
    if (!bytes_u32(&p->rest, &flags) || !bytes_u32(&p->rest, &vni)) {
        return DECODE_MALFORMED;
    }
    if ((flags & 0x08000000) == 0) {
        return DECODE_OTHER;
    }
    enter(p, TUNNEL_VXLAN, vni >> 8);
    return decode_ethernet(p);
}

/* RFC 8926, 3.4: version 0, length of the options in units of four bytes, flags, type; 24 bits of VNI. */
static enum decode_result decode_geneve(struct packet *p) {
    uint8_t version, flags;
    uint16_t type;
    uint32_t vni;
    if (!bytes_u8(&p->rest, &version) || !bytes_u8(&p->rest, &flags) || !bytes_u16(&p->rest, &type) || !bytes_u32(&p->rest, &vni)) {
        return DECODE_MALFORMED;
    }
    if (version >> 6 != 0 || (type != ETHERTYPE_BRIDGING && type != ETHERTYPE_IPV4 && type != ETHERTYPE_IPV6)) {
        return DECODE_OTHER;
    }
    if (!bytes_skip(&p->rest, (version & 0x3fU) * 4)) {
        return DECODE_MALFORMED;
    }
    enter(p, TUNNEL_GENEVE, vni >> 8);
    return decode_ethertype(p, type);
}

/* 3GPP TS 29.281, 5.2: each extension header has its length in units of four bytes first, the next one's type last. */
static bool skip_gtp_extensions(struct bytes *rest, uint8_t next) {
    uint8_t length;
    struct bytes content;
    while (next != 0) {
        if (!bytes_u8(rest, &length) || length == 0 || !bytes_take(rest, length * 4U - 2, &content) || !bytes_u8(rest, &next)) {
            return false;
        }
    }
    return true;
}

/* 3GPP TS 29.281, 5.1. Each direction has a TEID of its own: the outer ends must do. */
static enum decode_result decode_gtp(struct packet *p) {
    uint8_t flags, type, next = 0;
    uint16_t length;
    uint32_t teid;
    if (!bytes_u8(&p->rest, &flags) || !bytes_u8(&p->rest, &type) || !bytes_u16(&p->rest, &length) || !bytes_u32(&p->rest, &teid)) {
        return DECODE_MALFORMED;
    }
    /* Version 1, GTP and not its charging variant, user data. */
    if ((flags & 0xf0) != 0x30 || type != 0xff) {
        return DECODE_OTHER;
    }
    packet_limit(p, length);
    /* Any of the three flags brings all three fields; the extensions count only with their own. */
    if ((flags & 0x07) != 0 && (!bytes_skip(&p->rest, 3) || !bytes_u8(&p->rest, &next))) {
        return DECODE_MALFORMED;
    }
    if ((flags & 0x04) != 0 && !skip_gtp_extensions(&p->rest, next)) {
        return DECODE_MALFORMED;
    }
    enter(p, TUNNEL_GTP, 0);
    return decode_ip(p);
}

static enum decode_result decode_udp_port(struct packet *p, uint16_t port) {
    switch (port) {
    case PORT_VXLAN:
    case PORT_VXLAN_LINUX:
        return decode_vxlan(p);
    case PORT_GENEVE:
        return decode_geneve(p);
    case PORT_GTP_U:
        return decode_gtp(p);
    default:
        note_datagram(p);
        return DECODE_OTHER;
    }
}

/* RFC 768. Tunnels are known by where they go to; GTP may come from its port to another. */
enum decode_result decode_udp(struct packet *p) {
    uint16_t source, destination, length, checksum;
    if (!bytes_u16(&p->rest, &source) || !bytes_u16(&p->rest, &destination) || !bytes_u16(&p->rest, &length) ||
        !bytes_u16(&p->rest, &checksum)) {
        return DECODE_MALFORMED;
    }
    if (length >= 8) {
        packet_limit(p, length - 8U);
    } else if (length != 0) {
        return DECODE_MALFORMED;
    }
    return decode_udp_port(p, source == PORT_GTP_U ? source : destination);
}
