#include "packets.h"

#include <stdlib.h>

#include "capture/capture.h"

static void *must(void *p) {
    if (p == NULL) {
        abort();
    }
    return p;
}

static struct packet *room(struct packets *p) {
    if (p->num == p->size) {
        p->size = p->size * 2 + 64;
        p->v = must(realloc(p->v, p->size * sizeof *p->v));
    }
    return &p->v[p->num++];
}

struct packet *packets_add(struct packets *p, const struct packet *like, size_t len) {
    struct packet new = *like;
    new.data = must(malloc(len > 0 ? len : 1));
    new.original_len = (uint32_t)(len + (like->original_len - like->len));
    new.len = (uint32_t)len;
    struct packet *packet = room(p);
    *packet = new;
    return packet;
}

void packets_copy(struct packets *p, const struct packet *packet) {
    struct packet original = *packet;
    memcpy(packets_add(p, &original, original.len)->data, original.data, original.len);
}

void packets_copy_all(struct packets *p, const struct packets *from) {
    for (size_t i = 0; i < from->num; i++) {
        packets_copy(p, &from->v[i]);
    }
}

void packets_number(struct packets *p) {
    for (size_t i = 0; i < p->num; i++) {
        p->v[i].number = i + 1;
    }
}

void packets_clear(struct packets *p) {
    for (size_t i = 0; i < p->num; i++) {
        free(p->v[i].data);
    }
    free(p->v);
    *p = (struct packets){0};
}

static bool read_files(struct packets *p, const char *const *paths, size_t num_paths, size_t most) {
    struct capture_files files = {paths, num_paths, NULL, false};
    char error[CAPTURE_ERROR_SIZE];
    struct tlswatch_frame frame;
    struct capture *capture = capture_open_files(&files, error);
    if (capture == NULL) {
        return false;
    }
    enum capture_result result = CAPTURE_FRAME;
    while ((most == 0 || p->num < most) && (result == CAPTURE_FRAME || result == CAPTURE_IDLE)) {
        result = capture_next(capture, &frame, -1);
        if (result != CAPTURE_FRAME) {
            continue;
        }
        struct packet packet = {.data = (uint8_t *)(uintptr_t)frame.data,
                                .len = frame.len,
                                .original_len = frame.original_len,
                                .link_type = frame.link_type,
                                .time_ns = frame.time_ns,
                                .number = frame.number,
                                .file = "a capture"};
        packets_copy(p, &packet);
    }
    capture_free(capture);
    return true;
}

bool packets_read(struct packets *p, const char *path, size_t most) {
    return read_files(p, &path, 1, most);
}

bool packets_read_series(struct packets *p, const char *const *paths, size_t num_paths) {
    return read_files(p, paths, num_paths, 0);
}

static uint16_t get16(const uint8_t *p) {
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p) {
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void put16(uint8_t *p, size_t value) {
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

/* Cisco's metadata: version, length in units of four bytes. */
static size_t tag_length(const struct packet *packet, size_t at, uint16_t type) {
    if (type == 0x8909) {
        return at + 2 <= packet->len ? 4 + packet->data[at + 1] * 4U : packet->len;
    }
    return type == 0x8100 || type == 0x88a8 || type == 0x9100 ? 4 : 0;
}

/* Ethernet, and as many tags as there are: each ends with the type of what follows. */
static bool skip_tags(const struct packet *packet, size_t at, uint16_t type, struct ip_place *out) {
    for (size_t len; (len = tag_length(packet, at, type)) > 0 && at + len <= packet->len; at += len) {
        type = get16(packet->data + at + len - 2);
    }
    if ((type != 0x0800 && type != 0x86dd) || at >= packet->len) {
        return false;
    }
    *out = (struct ip_place){at, type};
    return true;
}

static bool by_version(const struct packet *packet, size_t at, struct ip_place *out) {
    if (at >= packet->len || (packet->data[at] >> 4 != 4 && packet->data[at] >> 4 != 6)) {
        return false;
    }
    *out = (struct ip_place){at, packet->data[at] >> 4 == 4 ? 0x0800 : 0x86dd};
    return true;
}

bool find_ip(const struct packet *packet, struct ip_place *out) {
    switch (packet->link_type) {
    case LINK_ETHERNET:
        return packet->len >= 14 && skip_tags(packet, 14, get16(packet->data + 12), out);
    case LINK_SLL:
        return packet->len >= 16 && skip_tags(packet, 16, get16(packet->data + 14), out);
    case LINK_SLL2:
        return packet->len >= 20 && skip_tags(packet, 20, get16(packet->data), out);
    case LINK_NULL:
        return by_version(packet, 4, out);
    case LINK_RAW:
        return by_version(packet, 0, out);
    default:
        return false;
    }
}

/* The length of the IP header, and what it says of the length of the packet; 0 where it is not plain TCP. */
static size_t ip_header(const uint8_t *ip, size_t held, uint16_t type, size_t *total) {
    if (type == 0x0800 && held >= 20 && (get16(ip + 6) & 0x3fff) == 0 && ip[9] == 6 && (ip[0] & 15) >= 5) {
        *total = get16(ip + 2);
        return (ip[0] & 15U) * 4;
    }
    if (type == 0x86dd && held >= 40 && ip[6] == 6) {
        *total = get16(ip + 4) == 0 ? 0 : get16(ip + 4) + 40U;
        return 40;
    }
    return 0;
}

bool find_tcp(const struct packet *packet, struct tcp_place *out) {
    struct tcp_place place = {0};
    size_t total;
    if (!find_ip(packet, &place.ip)) {
        return false;
    }
    size_t header = ip_header(packet->data + place.ip.at, packet->len - place.ip.at, place.ip.type, &total);
    place.tcp = place.ip.at + header;
    if (header == 0 || place.tcp + 20 > packet->len) {
        return false;
    }
    const uint8_t *tcp = packet->data + place.tcp;
    size_t end = total == 0 ? packet->original_len : place.ip.at + total;
    place.payload = place.tcp + (tcp[12] >> 4) * 4U;
    if (tcp[12] >> 4 < 5 || place.payload > packet->len || place.payload > end) {
        return false;
    }
    place.payload_len = end - place.payload;
    place.whole = end <= packet->len;
    place.seq = get32(tcp + 4);
    place.ack = get32(tcp + 8);
    place.flags = tcp[13];
    *out = place;
    return true;
}

static uint32_t sum(const uint8_t *p, size_t len, uint32_t total) {
    for (size_t i = 0; i + 1 < len; i += 2) {
        total += get16(p + i);
    }
    return len % 2 == 1 ? total + (uint32_t)(p[len - 1] << 8) : total;
}

static uint16_t folded(uint32_t total) {
    while (total >> 16 != 0) {
        total = (total & 0xffff) + (total >> 16);
    }
    return (uint16_t)~total;
}

void ip_checksum(uint8_t *header) {
    put16(header + 10, 0);
    put16(header + 10, folded(sum(header, (header[0] & 15U) * 4, 0)));
}

void set_ip_length(uint8_t *header, size_t len) {
    bool version_4 = header[0] >> 4 == 4;
    size_t value = version_4 ? len : len - 40;
    put16(header + (version_4 ? 2 : 4), value > 65535 ? 0 : value);
    if (version_4) {
        ip_checksum(header);
    }
}

/* RFC 9293, 3.1: over both addresses, protocol and length, too. */
static void tcp_checksum(const uint8_t *ip, uint8_t *tcp, size_t len) {
    bool version_4 = ip[0] >> 4 == 4;
    uint32_t pseudo = sum(ip + (version_4 ? 12 : 8), version_4 ? 8 : 32, 6 + (uint32_t)len);
    put16(tcp + 16, 0);
    put16(tcp + 16, folded(sum(tcp, len, pseudo)));
}

void add_segment(struct packets *out, const struct packet *packet, const struct tcp_place *place, uint32_t seq, uint8_t flags,
                 struct bytes data) {
    struct packet like = *packet;
    like.original_len = like.len;
    struct packet *new = packets_add(out, &like, place->payload + data.len);
    memcpy(new->data, packet->data, place->payload);
    if (data.len > 0) {
        memcpy(new->data + place->payload, data.p, data.len);
    }
    uint8_t *ip = new->data + place->ip.at, *tcp = new->data + place->tcp;
    put16(tcp + 4, seq >> 16);
    put16(tcp + 6, seq);
    tcp[13] = flags;
    set_ip_length(ip, new->len - place->ip.at);
    tcp_checksum(ip, tcp, new->len - place->tcp);
}

bool same_direction(const struct packet *a, const struct tcp_place *at, const struct packet *b, const struct tcp_place *bt) {
    size_t from = at->ip.type == 0x0800 ? 12 : 8, len = at->ip.type == 0x0800 ? 8 : 32;
    return at->ip.type == bt->ip.type && memcmp(a->data + at->ip.at + from, b->data + bt->ip.at + from, len) == 0 &&
           memcmp(a->data + at->tcp, b->data + bt->tcp, 4) == 0;
}
