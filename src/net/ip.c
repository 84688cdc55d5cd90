#include "net/decode.h"

enum {
    PROTOCOL_HOP_BY_HOP = 0,
    PROTOCOL_ICMP = 1,
    PROTOCOL_IPV4 = 4,
    PROTOCOL_UDP = 17,
    PROTOCOL_IPV6 = 41,
    PROTOCOL_ROUTING = 43,
    PROTOCOL_FRAGMENT = 44,
    PROTOCOL_GRE = 47,
    PROTOCOL_ESP = 50,
    PROTOCOL_AUTHENTICATION = 51,
    PROTOCOL_ICMPV6 = 58,
    PROTOCOL_DESTINATION = 60,
    PROTOCOL_ETHERIP = 97,
    PROTOCOL_L2TP = 115,
    PROTOCOL_MOBILITY = 135,
    PROTOCOL_MPLS = 137,
    PROTOCOL_HIP = 139,
    PROTOCOL_SHIM6 = 140,
    PROTOCOL_ETHERNET = 143,
};

/* RFC 4302, 2: the length is in units of four bytes, and two of them are not counted. */
static bool skip_authentication(struct packet *p, uint8_t *protocol) {
    struct bytes rest = p->rest;
    uint8_t next, len;
    if (!bytes_u8(&rest, &next) || !bytes_u8(&rest, &len) || !bytes_skip(&p->rest, (len + 2U) * 4)) {
        return false;
    }
    *protocol = next;
    return true;
}

/* RFC 792: unreachable, quench, redirect, exceeded and parameter problem quote the packet that they are about. */
static bool icmp_quotes(uint8_t type) {
    return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

/* RFC 4443, 2.1: errors have the types below 128, of which four are assigned. */
static bool icmpv6_quotes(uint8_t type) {
    return type >= 1 && type <= 4;
}

static enum decode_result decode_icmp(struct packet *p, bool version_6) {
    uint8_t type;
    if (!bytes_u8(&p->rest, &type) || !bytes_skip(&p->rest, 7)) {
        return DECODE_MALFORMED;
    }
    if (!(version_6 ? icmpv6_quotes(type) : icmp_quotes(type))) {
        return DECODE_OTHER;
    }
    p->quoted = true;
    return decode_ip(p);
}

static enum decode_result decode_ip_payload(struct packet *p, uint8_t protocol) {
    if (protocol == PROTOCOL_TCP) {
        return decode_tcp(p);
    }
    /* A second one behind the first is nothing that anybody sends. */
    if (protocol == PROTOCOL_AUTHENTICATION && !skip_authentication(p, &protocol)) {
        return DECODE_MALFORMED;
    }
    switch (protocol) {
    case PROTOCOL_TCP:
        return decode_tcp(p);
    case PROTOCOL_UDP:
        return decode_udp(p);
    case PROTOCOL_IPV4:
    case PROTOCOL_IPV6:
        enter_ip_tunnel(p);
        return decode_ip(p);
    case PROTOCOL_GRE:
        return decode_gre(p);
    case PROTOCOL_ICMP:
    case PROTOCOL_ICMPV6:
        return decode_icmp(p, protocol == PROTOCOL_ICMPV6);
    case PROTOCOL_MPLS:
        enter_ip_tunnel(p);
        return decode_mpls(p);
    case PROTOCOL_ETHERIP:
        return decode_etherip(p);
    case PROTOCOL_ETHERNET:
        enter_ip_tunnel(p);
        return decode_ethernet(p);
    case PROTOCOL_ESP:
    case PROTOCOL_L2TP:
        return DECODE_UNSUPPORTED;
    default:
        return DECODE_OTHER;
    }
}

/* add_fragment takes in the rest of the packet. Where that completes a datagram, the packet goes on with all of it. */
static enum fragment_result add_fragment(struct packet *p, struct fragment *fragment, uint8_t *next_header) {
    struct reassembled whole;
    const struct segment *segment = p->segment;

    /* The first fragment has the header that a quotation is read for. */
    if (p->quoted) {
        *next_header = fragment->next_header;
        return fragment->offset == 0 ? FRAGMENT_COMPLETE : FRAGMENT_REFUSED;
    }
    memcpy(fragment->key.source, segment->source.address, 16);
    memcpy(fragment->key.destination, segment->destination.address, 16);
    fragment->key.tunnel = segment->tunnel;
    fragment->data = p->rest;
    fragment->len = p->rest.len + p->cut;
    fragment->time_ns = segment->mark.time_ns;
    enum fragment_result result = fragments_add(&p->d->fragments, fragment, &whole);
    if (result == FRAGMENT_COMPLETE) {
        p->rest = whole.data;
        p->segment->from_fragments = true;
        p->cut = whole.cut;
        *next_header = whole.next_header;
    }
    return result;
}

static enum decode_result result_of(const struct packet *p, enum fragment_result result) {
    if (p->quoted) {
        return DECODE_OTHER;
    }
    return result == FRAGMENT_WAITS ? DECODE_FRAGMENT : DECODE_MALFORMED;
}

static enum decode_result decode_ipv4_fragment(struct packet *p, uint16_t identification, uint16_t flags, uint8_t protocol) {
    struct fragment fragment;
    memset(&fragment, 0, sizeof fragment);
    fragment.key.identification = identification;
    fragment.key.protocol = protocol;
    fragment.key.version = 4;
    fragment.offset = (flags & 0x1fffU) * 8;
    fragment.more_fragments = (flags & 0x2000) != 0;
    fragment.next_header = protocol;
    enum fragment_result result = add_fragment(p, &fragment, &protocol);
    return result == FRAGMENT_COMPLETE ? decode_ip_payload(p, protocol) : result_of(p, result);
}

enum decode_result decode_ipv4(struct packet *p) {
    struct bytes header;
    if (!packet_deeper(p)) {
        return DECODE_UNSUPPORTED;
    }
    /* RFC 791, 3.1 */
    if (p->rest.len < 20 || p->rest.p[0] >> 4 != 4) {
        return DECODE_MALFORMED;
    }
    size_t header_len = (p->rest.p[0] & 15U) * 4;
    if (header_len < 20 || !bytes_take(&p->rest, header_len, &header)) {
        return DECODE_MALFORMED;
    }
    size_t total_length = (size_t)header.p[2] << 8 | header.p[3];
    uint16_t identification = (uint16_t)(header.p[4] << 8 | header.p[5]);
    uint16_t flags = (uint16_t)(header.p[6] << 8 | header.p[7]);
    /* 0: the network card is to cut it into packets, and writes their lengths. */
    if (total_length != 0) {
        if (total_length < header_len) {
            return DECODE_MALFORMED;
        }
        packet_limit(p, total_length - header_len);
    }
    struct segment *segment = p->segment;
    ipv4_addresses(segment, header.p);
    segment->ttl = header.p[8];
    /* MF and the offset: not the whole datagram. */
    if ((flags & 0x3fff) != 0) {
        return decode_ipv4_fragment(p, identification, flags, header.p[9]);
    }
    return decode_ip_payload(p, header.p[9]);
}

/* RFC 8200, 4.5. An "atomic" fragment is the whole packet (RFC 6946). */
static enum fragment_result decode_ipv6_fragment(struct packet *p, uint8_t *next_header) {
    struct bytes rest = p->rest;
    struct fragment fragment;
    uint8_t reserved;
    uint16_t offset;

    memset(&fragment, 0, sizeof fragment);
    if (!bytes_u8(&rest, &fragment.next_header) || !bytes_u8(&rest, &reserved) || !bytes_u16(&rest, &offset) ||
        !bytes_u32(&rest, &fragment.key.identification)) {
        return FRAGMENT_REFUSED;
    }
    p->rest = rest;
    if ((offset & 0xfff9) == 0) {
        *next_header = fragment.next_header;
        return FRAGMENT_COMPLETE;
    }
    fragment.key.version = 6;
    fragment.offset = offset & 0xfff8;
    fragment.more_fragments = (offset & 1) != 0;
    return add_fragment(p, &fragment, next_header);
}

/* note_final_destination: where a routing header still has segments to go, the packet is for the last of them
 * (RFC 2460, 4.4: type 0; RFC 6275, 6.4: type 2; RFC 8754, 2: type 4, whose list is backwards). */
static void note_final_destination(struct packet *p, struct bytes header) {
    uint8_t type = header.p[2];
    uint8_t segments_left = header.p[3];
    if (segments_left == 0 || header.len < 24 || (header.len - 8) / 16 < segments_left) {
        return;
    }
    if (type == 0 || type == 2) {
        memcpy(p->segment->destination.address, header.p + 8 + ((header.len - 8) / 16 - 1) * 16, 16);
    } else if (type == 4) {
        memcpy(p->segment->destination.address, header.p + 8, 16);
    }
}

/* skip_extension: all these headers begin with the next one's number, and their own length in units of eight bytes,
 * of which the first is not counted (RFC 8200, 4.3 to 4.6; RFC 6564). */
static bool skip_extension(struct packet *p, uint8_t *next_header) {
    struct bytes header;
    if (p->rest.len < 8 || !bytes_take(&p->rest, (p->rest.p[1] + 1U) * 8, &header)) {
        return false;
    }
    if (*next_header == PROTOCOL_ROUTING) {
        note_final_destination(p, header);
    }
    *next_header = header.p[0];
    return true;
}

static enum decode_result decode_ipv6_payload(struct packet *p, uint8_t next_header) {
    for (int i = 0; i < LIMIT_IPV6_EXTENSIONS; i++) {
        enum fragment_result result;
        switch (next_header) {
        case PROTOCOL_HOP_BY_HOP:
        case PROTOCOL_ROUTING:
        case PROTOCOL_DESTINATION:
        case PROTOCOL_MOBILITY:
        case PROTOCOL_HIP:
        case PROTOCOL_SHIM6:
            if (!skip_extension(p, &next_header)) {
                return DECODE_MALFORMED;
            }
            break;
        case PROTOCOL_AUTHENTICATION:
            if (!skip_authentication(p, &next_header)) {
                return DECODE_MALFORMED;
            }
            break;
        case PROTOCOL_FRAGMENT:
            result = decode_ipv6_fragment(p, &next_header);
            if (result != FRAGMENT_COMPLETE) {
                return result_of(p, result);
            }
            break;
        default:
            return decode_ip_payload(p, next_header);
        }
    }
    p->d->limits_hit++;
    return DECODE_MALFORMED;
}

enum decode_result decode_ipv6(struct packet *p) {
    struct bytes header;
    if (!packet_deeper(p)) {
        return DECODE_UNSUPPORTED;
    }
    /* RFC 8200, 3 */
    if (!bytes_take(&p->rest, 40, &header) || header.p[0] >> 4 != 6) {
        return DECODE_MALFORMED;
    }
    /* 0: a jumbogram (RFC 2675), or the network card is to cut it into packets. */
    size_t payload_length = (size_t)header.p[4] << 8 | header.p[5];
    if (payload_length != 0) {
        packet_limit(p, payload_length);
    }
    struct segment *segment = p->segment;
    memcpy(segment->source.address, header.p + 8, 16);
    memcpy(segment->destination.address, header.p + 24, 16);
    segment->ipv6 = true;
    segment->ttl = header.p[7];
    return decode_ipv6_payload(p, header.p[6]);
}

enum decode_result decode_ip(struct packet *p) {
    if (p->rest.len == 0) {
        return DECODE_MALFORMED;
    }
    switch (p->rest.p[0] >> 4) {
    case 4:
        return decode_ipv4(p);
    case 6:
        return decode_ipv6(p);
    default:
        return DECODE_OTHER;
    }
}
