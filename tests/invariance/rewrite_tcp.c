/* The same bytes in other packets: cut, repeated in other cuts, in IP fragments. */
#include "rewrite.h"

#include <stdlib.h>

enum {
    FIN = 0x01,
    SYN = 0x02,
    RST = 0x04,
    PSH = 0x08,
    MOST_PIECES = 400000, /* of one capture: the packets behind are left as they are */
};

static bool can_be_cut(const struct packet *packet, struct tcp_place *place) {
    return find_tcp(packet, place) && place->whole && place->payload_len > 0 && (place->flags & RST) == 0;
}

/* Adds payload from `from` to `to` of a segment as one of its own. */
static void add_piece(struct packets *out, const struct packet *packet, const struct tcp_place *place, size_t from, size_t to) {
    uint8_t flags = place->flags;
    flags &= (uint8_t) ~(from > 0 ? SYN : 0);
    flags &= (uint8_t) ~(to < place->payload_len ? FIN | PSH : 0);
    uint32_t seq = place->seq + (uint32_t)from + ((place->flags & SYN) != 0 && from > 0);
    add_segment(out, packet, place, seq, flags, bytes_of(packet->data + place->payload + from, to - from));
}

static bool cut(const struct packets *in, struct packets *out, size_t size) {
    struct tcp_place place;
    for (size_t i = 0; i < in->num; i++) {
        const struct packet *packet = &in->v[i];
        if (out->num > MOST_PIECES || !can_be_cut(packet, &place)) {
            packets_copy(out, packet);
            continue;
        }
        for (size_t from = 0; from < place.payload_len; from += size) {
            size_t rest = place.payload_len - from;
            add_piece(out, packet, &place, from, from + (rest < size ? rest : size));
        }
    }
    return true;
}

static bool to_1(const struct packets *in, struct packets *out, uint32_t seed) {
    (void)seed;
    return cut(in, out, 1);
}

static bool to_7(const struct packets *in, struct packets *out, uint32_t seed) {
    (void)seed;
    return cut(in, out, 7);
}

static bool to_536(const struct packets *in, struct packets *out, uint32_t seed) {
    (void)seed;
    return cut(in, out, 536);
}

/* --- Retransmissions that overlap --- */

/* The segment before this one in the same direction, if its bytes end where this one's begin. */
static bool find_previous(const struct packets *in, size_t i, const struct tcp_place *place, size_t *index, struct tcp_place *out) {
    for (size_t j = i; j-- > 0 && i - j < 50;) {
        if (can_be_cut(&in->v[j], out) && same_direction(&in->v[j], out, &in->v[i], place) &&
            out->seq + (uint32_t)out->payload_len == place->seq && (out->flags & (SYN | FIN)) == 0) {
            *index = j;
            return true;
        }
    }
    return false;
}

/* The second half of the segment before, and the first half of this one, in one packet. */
static void add_straddling(const struct packets *in, size_t i, struct packets *out) {
    struct tcp_place place, before;
    size_t index;
    if (!can_be_cut(&in->v[i], &place) || (place.flags & SYN) != 0 || !find_previous(in, i, &place, &index, &before)) {
        return;
    }
    size_t old = before.payload_len - before.payload_len / 2, new = (place.payload_len + 1) / 2;
    uint8_t *joined = malloc(old + new);
    if (joined == NULL) {
        abort();
    }
    memcpy(joined, in->v[index].data + before.payload + before.payload_len - old, old);
    memcpy(joined + old, in->v[i].data + place.payload, new);
    add_segment(out, &in->v[i], &place, place.seq - (uint32_t)old, place.flags & (uint8_t) ~(FIN | PSH), bytes_of(joined, old + new));
    free(joined);
}

/* Each segment that continues another comes again, half behind and half before it. */
static bool overlap_behind(const struct packets *in, struct packets *out, uint32_t seed) {
    (void)seed;
    for (size_t i = 0; i < in->num; i++) {
        packets_copy(out, &in->v[i]);
        add_straddling(in, i, out);
    }
    return true;
}

static bool overlap_before(const struct packets *in, struct packets *out, uint32_t seed) {
    (void)seed;
    for (size_t i = 0; i < in->num; i++) {
        add_straddling(in, i, out);
        packets_copy(out, &in->v[i]);
    }
    return true;
}

/* The same segment with other bytes, right behind the true one: the first wins. */
static bool conflict(const struct packets *in, struct packets *out, uint32_t seed) {
    struct tcp_place place;
    (void)seed;
    for (size_t i = 0; i < in->num; i++) {
        packets_copy(out, &in->v[i]);
        if (can_be_cut(&in->v[i], &place)) {
            struct packet other = out->v[out->num - 1];
            packets_copy(out, &other);
            for (size_t at = place.payload; at < place.payload + place.payload_len; at++) {
                out->v[out->num - 1].data[at] ^= 0x55;
            }
        }
    }
    return true;
}

/* --- IP fragments --- */

enum { FRAGMENT = 256 };

static void put_16(uint8_t *p, size_t value) {
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

/* RFC 791, 3.2: each with the header, and its offset in units of eight bytes. */
static void add_ipv4_fragment(struct packets *out, const struct packet *packet, size_t ip, size_t header, size_t from, size_t to,
                              bool more) {
    struct packet *new = packets_add(out, packet, ip + header + to - from);
    memcpy(new->data, packet->data, ip + header);
    memcpy(new->data + ip + header, packet->data + ip + header + from, to - from);
    put_16(new->data + ip + 6, from / 8 | (more ? 0x2000 : 0));
    set_ip_length(new->data + ip, new->len - ip);
}

/* RFC 8200, 4.5: a header of its own behind that of IP. */
static void add_ipv6_fragment(struct packets *out, const struct packet *packet, size_t ip, uint16_t id, size_t from, size_t to, bool more) {
    struct packet *new = packets_add(out, packet, ip + 48 + to - from);
    memcpy(new->data, packet->data, ip + 40);
    memset(new->data + ip + 40, 0, 8);
    new->data[ip + 40] = packet->data[ip + 6];
    new->data[ip + 6] = 44;
    put_16(new->data + ip + 42, from | (more ? 1 : 0));
    put_16(new->data + ip + 46, id);
    memcpy(new->data + ip + 48, packet->data + ip + 40 + from, to - from);
    set_ip_length(new->data + ip, new->len - ip);
}

/* Where the payload of an IP packet stands that can be cut: it is whole, and no fragment. */
static bool can_be_fragmented(const struct packet *packet, struct ip_place *place, size_t *header, size_t *end) {
    if (!find_ip(packet, place) || packet->len != packet->original_len || packet->len < place->at + 40) {
        return false;
    }
    const uint8_t *ip = packet->data + place->at;
    bool version_4 = place->type == 0x0800;
    size_t total = version_4 ? (size_t)ip[2] << 8 | ip[3] : ((size_t)ip[4] << 8 | ip[5]) + 40;
    *header = version_4 ? (ip[0] & 15U) * 4 : 40;
    *end = place->at + total;
    return total > *header + FRAGMENT && *end <= packet->len && (version_4 ? ((ip[6] & 0x3f) | ip[7]) == 0 : ip[6] == 6 || ip[6] == 17);
}

static void add_fragments(struct packets *out, const struct packet *packet, struct ip_place place, size_t header, size_t end, uint16_t id) {
    size_t len = end - place.at - header;
    for (size_t from = 0; from < len; from += FRAGMENT) {
        size_t to = from + FRAGMENT < len ? from + FRAGMENT : len;
        if (place.type == 0x0800) {
            add_ipv4_fragment(out, packet, place.at, header, from, to, to < len);
            put_16(out->v[out->num - 1].data + place.at + 4, id);
            ip_checksum(out->v[out->num - 1].data + place.at);
        } else {
            add_ipv6_fragment(out, packet, place.at, id, from, to, to < len);
        }
    }
}

static bool fragments(const struct packets *in, struct packets *out, bool backwards) {
    struct ip_place place;
    size_t header, end;
    for (size_t i = 0; i < in->num; i++) {
        if (!can_be_fragmented(&in->v[i], &place, &header, &end)) {
            packets_copy(out, &in->v[i]);
            continue;
        }
        size_t first = out->num;
        add_fragments(out, &in->v[i], place, header, end, (uint16_t)(i + 1));
        for (size_t a = first, b = out->num - 1; backwards && a < b; a++, b--) {
            struct packet swapped = out->v[a];
            out->v[a] = out->v[b];
            out->v[b] = swapped;
        }
    }
    return true;
}

bool rewrite_fragments(const struct packets *in, struct packets *out, uint32_t seed) {
    (void)seed;
    return fragments(in, out, false);
}

static bool fragments_backwards(const struct packets *in, struct packets *out, uint32_t seed) {
    (void)seed;
    return fragments(in, out, true);
}

const struct rewriting tcp_rewritings[] = {
        {"cut into segments of 1 byte", to_1, IGNORE_LIMITS | IGNORE_REPEATS, false},
        {"cut into segments of 7 bytes", to_7, IGNORE_LIMITS | IGNORE_REPEATS, false},
        {"cut into segments of 536 bytes", to_536, IGNORE_REPEATS, true},
        {"with retransmissions that straddle what is known", overlap_behind, IGNORE_REPEATS, false},
        {"with retransmissions that straddle what is to come", overlap_before, IGNORE_REPEATS, false},
        {"with retransmissions that hold other data", conflict, IGNORE_REPEATS | IGNORE_OVERLAPS, false},
        {"in IP fragments", rewrite_fragments, 0, true},
        {"in IP fragments, the last one first", fragments_backwards, 0, true},
};
const size_t num_tcp_rewritings = sizeof tcp_rewritings / sizeof *tcp_rewritings;
