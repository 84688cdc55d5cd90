/* The same IP packets in other links and tunnels. */
#include "rewrite.h"

#include <stdlib.h>

#include "net/segment.h"

/* Headers are put before each other, the innermost first. */
struct wrapped {
    uint8_t header[256];
    size_t at;        /* of the outermost so far */
    size_t inner_len; /* of the IP packet, on the wire */
    uint16_t type;    /* its Ethernet type */
    bool upward;      /* its addresses are in order: outer addresses turn with the direction */
};

#define MACS "\x02\0\0\0\0\1\x02\0\0\0\0\2"

static size_t wrapped_len(const struct wrapped *w) {
    return sizeof w->header - w->at + w->inner_len;
}

static void put(struct wrapped *w, const void *bytes, size_t len) {
    if (len > w->at) {
        abort();
    }
    w->at -= len;
    memcpy(w->header + w->at, bytes, len);
}

/* A string literal, of which the final zero is not a part. */
#define PUT(w, literal) put((w), (literal), sizeof(literal) - 1)

static void put_16(struct wrapped *w, size_t value) {
    put(w, (uint8_t[]){(uint8_t)(value >> 8), (uint8_t)value}, 2);
}

/* A length that has no room in its field is 0. */
static void put_length(struct wrapped *w, size_t len) {
    put_16(w, len > 65535 ? 0 : len);
}

static void put_ethernet(struct wrapped *w, uint16_t type) {
    put_16(w, type);
    PUT(w, MACS);
}

static bool is_ipv4(const struct wrapped *w) {
    return w->type == 0x0800;
}

static void put_outer_ipv4(struct wrapped *w, uint8_t protocol) {
    uint8_t header[20] = {0x45, 0, 0, 0, 0x12, 0x34, 0x40, 0, 64, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2};
    header[15] = w->upward ? 1 : 2;
    header[19] = w->upward ? 2 : 1;
    set_ip_length(header, wrapped_len(w) + 20);
    put(w, header, sizeof header);
}

static void put_outer_ipv6(struct wrapped *w, uint8_t next_header) {
    uint8_t header[40] = {0x60, 0, 0, 0, 0, 0, next_header, 64, 0x20, 1, 0xd, 0xb8};
    memcpy(header + 24, header + 8, 4);
    header[23] = w->upward ? 1 : 2;
    header[39] = w->upward ? 2 : 1;
    set_ip_length(header, wrapped_len(w) + 40);
    put(w, header, sizeof header);
}

static void put_udp(struct wrapped *w, uint16_t port) {
    put_16(w, 0);
    put_length(w, wrapped_len(w) + 6);
    put_16(w, port);
    put_16(w, port == 2152 ? port : 50000);
}

/* --- The links --- */

static uint32_t in_ethernet(struct wrapped *w) {
    put_ethernet(w, w->type);
    return LINK_ETHERNET;
}

static uint32_t in_8021q(struct wrapped *w) {
    put_16(w, w->type);
    PUT(w, "\x81\0\0\x64");
    PUT(w, MACS);
    return LINK_ETHERNET;
}

static uint32_t in_8021ad(struct wrapped *w) {
    put_16(w, w->type);
    PUT(w, "\x88\xa8\0\x64\x81\0\0\x65\x81\0\0\x66");
    PUT(w, MACS);
    return LINK_ETHERNET;
}

static uint32_t in_metadata(struct wrapped *w) {
    put_16(w, w->type);
    PUT(w, "\1\1\0\1\0\x11");
    put_ethernet(w, 0x8909);
    return LINK_ETHERNET;
}

static uint32_t in_mpls(struct wrapped *w) {
    PUT(w, "\0\6\x40\xff\0\6\x51\xff");
    put_ethernet(w, 0x8847);
    return LINK_ETHERNET;
}

static uint32_t in_ethernet_over_mpls(struct wrapped *w) {
    put_ethernet(w, w->type);
    PUT(w, "\0\6\x51\xff\0\0\0\0");
    put_ethernet(w, 0x8847);
    return LINK_ETHERNET;
}

static uint32_t in_pppoe(struct wrapped *w) {
    put_16(w, is_ipv4(w) ? 0x0021 : 0x0057);
    put_length(w, wrapped_len(w));
    PUT(w, "\x11\0\0\1");
    put_ethernet(w, 0x8864);
    return LINK_ETHERNET;
}

static uint32_t in_ppp(struct wrapped *w) {
    put_16(w, is_ipv4(w) ? 0x0021 : 0x0057);
    PUT(w, "\xff\3");
    return 9;
}

static uint32_t in_sll(struct wrapped *w) {
    put_16(w, w->type);
    PUT(w, "\0\4\0\1\0\6\2\0\0\0\0\1\0\0");
    return LINK_SLL;
}

static uint32_t in_sll2(struct wrapped *w) {
    PUT(w, "\0\0\0\0\0\2\0\1\4\6\2\0\0\0\0\1\0\0");
    put_16(w, w->type);
    return LINK_SLL2;
}

static uint32_t in_null(struct wrapped *w) {
    put(w, (uint8_t[]){is_ipv4(w) ? 2 : 30, 0, 0, 0}, 4);
    return LINK_NULL;
}

static uint32_t in_loop(struct wrapped *w) {
    put(w, (uint8_t[]){0, 0, 0, is_ipv4(w) ? 2 : 24}, 4);
    return 108;
}

static uint32_t in_raw(struct wrapped *w) {
    (void)w;
    return LINK_RAW;
}

/* The log of Linux's packet filter: one value, the packet, behind the family. */
static uint32_t in_nflog(struct wrapped *w) {
    size_t len = w->inner_len + 4;
    put(w, (uint8_t[]){(uint8_t)len, (uint8_t)(len >> 8), 9, 0}, 4);
    put(w, (uint8_t[]){is_ipv4(w) ? 2 : 10, 0, 0, 0}, 4);
    return 239;
}

static uint32_t in_pflog(struct wrapped *w) {
    uint8_t header[64] = {61, is_ipv4(w) ? 2 : 24, 0, 0, 'e', 'm', '0'};
    header[60] = 1;
    put(w, header, sizeof header);
    return 117;
}

static void put_80211(struct wrapped *w) {
    put_16(w, w->type);
    PUT(w, "\xaa\xaa\3\0\0\0");
    PUT(w, "\x08\1\0\0\2\0\0\0\0\3\2\0\0\0\0\1\2\0\0\0\0\2\0\0");
}

static uint32_t in_80211(struct wrapped *w) {
    put_80211(w);
    return 105;
}

static uint32_t in_radiotap(struct wrapped *w) {
    put_80211(w);
    PUT(w, "\0\0\x09\0\2\0\0\0\0");
    return LINK_RADIOTAP;
}

static uint32_t in_radiotap_qos(struct wrapped *w) {
    put_16(w, w->type);
    PUT(w, "\xaa\xaa\3\0\0\0");
    PUT(w, "\x88\2\0\0\2\0\0\0\0\1\2\0\0\0\0\3\2\0\0\0\0\2\x10\0\0\0");
    PUT(w, "\0\0\x08\0\0\0\0\0");
    return LINK_RADIOTAP;
}

/* --- The tunnels --- */

static uint32_t in_ip(struct wrapped *w) {
    put_outer_ipv4(w, is_ipv4(w) ? 4 : 41);
    put_ethernet(w, 0x0800);
    return LINK_ETHERNET;
}

static uint32_t in_ipv6(struct wrapped *w) {
    put_outer_ipv6(w, is_ipv4(w) ? 4 : 41);
    put_ethernet(w, 0x86dd);
    return LINK_ETHERNET;
}

static uint32_t in_gre(struct wrapped *w) {
    put_16(w, w->type);
    PUT(w, "\0\0");
    put_outer_ipv4(w, 47);
    put_ethernet(w, 0x0800);
    return LINK_ETHERNET;
}

static uint32_t in_gre_ethernet(struct wrapped *w) {
    put_ethernet(w, w->type);
    PUT(w, "\x20\0\x65\x58\0\0\0\7");
    put_outer_ipv6(w, 47);
    put_ethernet(w, 0x86dd);
    return LINK_ETHERNET;
}

static uint32_t in_erspan2(struct wrapped *w) {
    put_ethernet(w, w->type);
    PUT(w, "\x10\0\x88\xbe\0\0\0\1\x10\0\0\x07\0\0\0\0");
    put_outer_ipv4(w, 47);
    put_ethernet(w, 0x0800);
    return LINK_ETHERNET;
}

static uint32_t in_erspan3(struct wrapped *w) {
    put_ethernet(w, w->type);
    PUT(w, "\x10\0\x22\xeb\0\0\0\1\x20\0\0\x07\0\0\0\0\0\0\0\0");
    put_outer_ipv4(w, 47);
    put_ethernet(w, 0x0800);
    return LINK_ETHERNET;
}

static uint32_t in_vxlan(struct wrapped *w) {
    put_ethernet(w, w->type);
    PUT(w, "\x08\0\0\0\0\0\x2a\0");
    put_udp(w, 4789);
    put_outer_ipv4(w, 17);
    put_ethernet(w, 0x0800);
    return LINK_ETHERNET;
}

static uint32_t in_geneve(struct wrapped *w) {
    put_ethernet(w, w->type);
    PUT(w, "\2\0\x65\x58\0\0\x2a\0\1\2\x80\1\0\0\0\0");
    put_udp(w, 6081);
    put_outer_ipv6(w, 17);
    put_ethernet(w, 0x86dd);
    return LINK_ETHERNET;
}

static uint32_t in_gtp(struct wrapped *w) {
    put(w, w->upward ? "\0\0\0\1" : "\0\0\0\2", 4);
    put_length(w, wrapped_len(w) - 4);
    PUT(w, "\x30\xff");
    put_udp(w, 2152);
    put_outer_ipv4(w, 17);
    put_ethernet(w, 0x0800);
    return LINK_ETHERNET;
}

/* --- One packet, and all of them --- */

static bool is_upward(const uint8_t *ip) {
    bool version_4 = ip[0] >> 4 == 4;
    return memcmp(ip + (version_4 ? 12 : 8), ip + (version_4 ? 16 : 24), version_4 ? 4 : 16) < 0;
}

/* What the link has put behind the packet is left out. */
static size_t ip_length(const struct packet *packet, struct ip_place place) {
    const uint8_t *ip = packet->data + place.at;
    size_t rest = packet->original_len - place.at;
    size_t said = place.type == 0x0800 ? (size_t)ip[2] << 8 | ip[3] : ((size_t)ip[4] << 8 | ip[5]) + 40;
    return said > (place.type == 0x0800 ? 0 : 40) && said < rest ? said : rest;
}

static void wrap(const struct packet *packet, struct ip_place place, uint32_t (*link)(struct wrapped *), struct packets *out) {
    struct wrapped w = {.at = sizeof w.header, .inner_len = ip_length(packet, place), .type = place.type};
    w.upward = is_upward(packet->data + place.at);
    uint32_t link_type = link(&w);
    size_t header_len = sizeof w.header - w.at, held = packet->len - place.at;
    held = held < w.inner_len ? held : w.inner_len;
    struct packet *new = packets_add(out, packet, header_len + held);
    new->original_len = (uint32_t)(header_len + w.inner_len);
    new->link_type = link_type;
    memcpy(new->data, w.header + w.at, header_len);
    memcpy(new->data + header_len, packet->data + place.at, held);
}

static bool has_ip_header(const struct packet *packet, struct ip_place place) {
    return packet->len - place.at >= (place.type == 0x0800 ? 20 : 40);
}

/* Frames without IP are left out, unless there is TCP somewhere in them. */
static bool wrap_all(const struct packets *in, struct packets *out, uint32_t (*link)(struct wrapped *)) {
    struct decapsulator *d = decapsulator_new(NULL);
    struct ip_place place;
    bool good = true;
    for (size_t i = 0; i < in->num && good; i++) {
        if (find_ip(&in->v[i], &place) && has_ip_header(&in->v[i], place)) {
            wrap(&in->v[i], place, link, out);
        } else {
            good = !carries_tcp(d, &in->v[i]);
        }
    }
    decapsulator_free(d);
    return good;
}

bool rewrite_to_ethernet(const struct packets *in, struct packets *out) {
    return wrap_all(in, out, in_ethernet);
}

bool rewrite_to_raw(const struct packets *in, struct packets *out) {
    return wrap_all(in, out, in_raw);
}

bool rewrite_to_sll2(const struct packets *in, struct packets *out) {
    return wrap_all(in, out, in_sll2);
}

static bool to_fragmented_vxlan(const struct packets *in, struct packets *out, uint32_t seed) {
    struct packets vxlan = {0};
    bool good = wrap_all(in, &vxlan, in_vxlan) && rewrite_fragments(&vxlan, out, seed);
    packets_clear(&vxlan);
    return good;
}

#define LINK(function)                                                                                                                     \
    static bool to_##function(const struct packets *in, struct packets *out, uint32_t seed) {                                              \
        (void)seed;                                                                                                                        \
        return wrap_all(in, out, in_##function);                                                                                           \
    }
LINK(8021q)
LINK(8021ad)
LINK(metadata)
LINK(mpls)
LINK(ethernet_over_mpls)
LINK(pppoe)
LINK(ppp)
LINK(sll)
LINK(sll2)
LINK(null)
LINK(loop)
LINK(raw)
LINK(nflog)
LINK(pflog)
LINK(80211)
LINK(radiotap)
LINK(radiotap_qos)
LINK(ip)
LINK(ipv6)
LINK(gre)
LINK(gre_ethernet)
LINK(erspan2)
LINK(erspan3)
LINK(vxlan)
LINK(geneve)
LINK(gtp)
#undef LINK

const struct rewriting link_rewritings[] = {
        {"in 802.1Q", to_8021q, 0, true},
        {"in 802.1ad", to_8021ad, 0, true},
        {"behind Cisco metadata", to_metadata, 0, true},
        {"in MPLS", to_mpls, 0, true},
        {"in Ethernet over MPLS", to_ethernet_over_mpls, 0, true},
        {"in PPPoE", to_pppoe, 0, true},
        {"in PPP", to_ppp, 0, true},
        {"in SLL", to_sll, 0, true},
        {"in SLL2", to_sll2, 0, true},
        {"in NULL", to_null, 0, true},
        {"in LOOP", to_loop, 0, true},
        {"in RAW", to_raw, 0, true},
        {"in NFLOG", to_nflog, 0, true},
        {"in pflog", to_pflog, 0, true},
        {"in 802.11", to_80211, 0, true},
        {"in 802.11 with radiotap", to_radiotap, 0, true},
        {"in QoS 802.11 with radiotap", to_radiotap_qos, 0, true},
        {"in IP in IPv4", to_ip, 0, true},
        {"in IP in IPv6", to_ipv6, 0, true},
        {"in GRE", to_gre, 0, true},
        {"in Ethernet in GRE over IPv6", to_gre_ethernet, 0, true},
        {"in ERSPAN II", to_erspan2, 0, true},
        {"in ERSPAN III", to_erspan3, 0, true},
        {"in VXLAN", to_vxlan, 0, true},
        {"in Geneve over IPv6", to_geneve, 0, true},
        {"in GTP-U", to_gtp, 0, true},
        {"in VXLAN in fragments", to_fragmented_vxlan, 0, true},
};
const size_t num_link_rewritings = sizeof link_rewritings / sizeof *link_rewritings;
