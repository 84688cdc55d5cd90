/*
 * Writes a large capture of many connections, interleaved, whose handshakes are real ones: those of small captures.
 * The same arguments give the same bytes.
 *
 *     generate OUT.pcap BYTES APPLICATION_BYTES TEMPLATE.pcap...
 *
 * BYTES: how large the capture becomes, about. APPLICATION_BYTES: how much encrypted application data each connection
 * carries on average, in TLS records of 16 KiB, between its handshake and its end; 0: handshakes only.
 * A template is a capture of one connection on Ethernet and IPv4, in order, as those in pcaps/.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACTIVE 100 /* connections at a time */
#define MAX_TEMPLATES 64
#define MAX_SEGMENTS 64
#define SEGMENT_SIZE 1448
#define RECORD_SIZE 16384
#define HEADERS (14 + 20 + 32)

enum { FIN = 0x01, SYN = 0x02, PUSH = 0x08, ACK = 0x10 };

struct segment {
    bool by_server;
    uint32_t len;
    uint8_t data[SEGMENT_SIZE];
};

/* The payloads of one connection. */
struct template {
    struct segment segments[MAX_SEGMENTS];
    uint32_t num_segments;
    uint64_t bytes;
    bool completes; /* some application data of its own is among them */
};

enum phase { OPENING, TALKING, CLOSING };

struct connection {
    const struct template *template;
    enum phase phase;
    uint32_t step; /* within the phase */
    uint32_t number;
    uint32_t sequence[2]; /* of the client, of the server */
    uint32_t unacknowledged;
    uint64_t application_left, record_left;
};

struct generator {
    FILE *out;
    uint64_t bytes, packets, connections, application_bytes;
    uint64_t promised; /* bytes, when all that were started have ended */
    uint64_t time_us;
    uint64_t random;
    uint8_t noise[65536];
    struct template templates[MAX_TEMPLATES];
    uint32_t num_templates;
    struct connection active[ACTIVE];
};

static void die(const char *what) {
    fprintf(stderr, "generate: %s\n", what);
    exit(2);
}

/* Marsaglia's xorshift64*: the same bytes each time are what matters. */
static uint32_t random_below(struct generator *g, uint32_t limit) {
    g->random ^= g->random >> 12;
    g->random ^= g->random << 25;
    g->random ^= g->random >> 27;
    return (uint32_t)(((g->random * UINT64_C(2685821657736338717)) >> 32) * limit >> 32);
}

static void put16(uint8_t *p, uint32_t value) {
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint32_t value) {
    put16(p, value >> 16);
    put16(p + 2, value);
}

static void put_ip_header(uint8_t *ip, const struct connection *c, bool by_server, uint32_t len) {
    uint32_t client = 0x0a000000 | (c->number / 20000 + 1), server = 0xc0a80001 + c->number % 40, sum = 0;
    ip[0] = 0x45;
    put16(ip + 2, len);
    put16(ip + 6, 0x4000);
    ip[8] = 64;
    ip[9] = 6;
    put32(ip + 12, by_server ? server : client);
    put32(ip + 16, by_server ? client : server);
    for (int i = 0; i < 20; i += 2) {
        sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
    }
    put16(ip + 10, ~(sum % 0xffff));
}

/* With a timestamp option, as real ones; its checksum is left out, as where the network card fills it in. */
static void put_tcp_header(uint8_t *tcp, const struct connection *c, bool by_server, uint8_t flags, uint64_t time_us) {
    uint32_t port = 10000 + c->number % 20000;
    put16(tcp, by_server ? 443 : port);
    put16(tcp + 2, by_server ? port : 443);
    put32(tcp + 4, c->sequence[by_server]);
    put32(tcp + 8, flags & ACK ? c->sequence[!by_server] : 0);
    tcp[12] = 32 / 4 << 4;
    tcp[13] = flags;
    put16(tcp + 14, 502);
    put32(tcp + 20, 0x0101080a);
    put32(tcp + 24, (uint32_t)(time_us / 1000));
}

static void write_packet(struct generator *g, struct connection *c, bool by_server, uint8_t flags, const uint8_t *data, uint32_t len) {
    uint8_t packet[HEADERS + SEGMENT_SIZE] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00};
    uint32_t total = HEADERS + len;
    g->time_us += 3;
    uint32_t header[4] = {(uint32_t)(1750000000 + g->time_us / 1000000), (uint32_t)(g->time_us % 1000000), total, total};
    put_ip_header(packet + 14, c, by_server, total - 14);
    put_tcp_header(packet + 34, c, by_server, flags, g->time_us);
    memcpy(packet + HEADERS, data, len);
    if (fwrite(header, sizeof header, 1, g->out) != 1 || fwrite(packet, total, 1, g->out) != 1) {
        die("cannot write");
    }
    c->sequence[by_server] += len + (flags & (SYN | FIN) ? 1 : 0);
    g->packets++;
    g->bytes += sizeof header + total;
}

static void acknowledge(struct generator *g, struct connection *c, bool by_server) {
    write_packet(g, c, by_server, ACK, g->noise, 0);
    c->unacknowledged = 0;
}

static void enter(struct connection *c, enum phase phase) {
    c->phase = phase;
    c->step = 0;
}

static void step_opening(struct generator *g, struct connection *c) {
    static const uint8_t flags[] = {SYN, SYN | ACK, ACK};
    write_packet(g, c, c->step == 1, flags[c->step], g->noise, 0);
    if (++c->step == 3) {
        enter(c, TALKING);
    }
}

/* A record's header stands at the front of a segment; what is left of the record fills this and the next ones. */
static void step_application(struct generator *g, struct connection *c) {
    uint8_t data[SEGMENT_SIZE];
    uint32_t len = 0;
    if (c->record_left == 0) {
        c->record_left = RECORD_SIZE;
        memcpy(data, "\x17\x03\x03", 3);
        put16(data + 3, RECORD_SIZE);
        len = 5;
    }
    uint32_t fill = SEGMENT_SIZE - len < c->record_left ? SEGMENT_SIZE - len : (uint32_t)c->record_left;
    memcpy(data + len, g->noise + random_below(g, sizeof g->noise - SEGMENT_SIZE), fill);
    write_packet(g, c, true, ACK | PUSH, data, len + fill);
    g->application_bytes += len + fill;
    c->record_left -= fill;
    if (++c->unacknowledged == 2) {
        acknowledge(g, c, false);
    }
    if (c->record_left == 0) {
        c->application_left -= c->application_left < RECORD_SIZE ? c->application_left : RECORD_SIZE;
    }
}

/* Application data goes in front of the last two segments: those that say goodbye. */
static void step_talking(struct generator *g, struct connection *c) {
    if (c->step == c->template->num_segments) {
        enter(c, CLOSING);
    } else if (c->application_left > 0 && c->step + 2 >= c->template->num_segments) {
        step_application(g, c);
    } else {
        const struct segment *s = &c->template->segments[c->step++];
        write_packet(g, c, s->by_server, ACK | PUSH, s->data, s->len);
        acknowledge(g, c, !s->by_server);
    }
}

static void start(struct generator *g, struct connection *c, uint32_t application) {
    const struct template *template = &g->templates[g->connections % g->num_templates];
    uint32_t size = template->completes && application > 0 ? random_below(g, 2 * application) : 0;
    *c = (struct connection){
            .template = template,
            .number = (uint32_t)g->connections,
            .sequence = {random_below(g, UINT32_MAX), random_below(g, UINT32_MAX)},
            .application_left = size,
    };
    g->promised += template->bytes + size;
    g->connections++;
}

/* False where the connection has ended. */
static bool step(struct generator *g, struct connection *c) {
    switch (c->phase) {
    case OPENING:
        step_opening(g, c);
        return true;
    case TALKING:
        step_talking(g, c);
        return true;
    case CLOSING:
        write_packet(g, c, c->step == 1, c->step < 2 ? FIN | ACK : ACK, g->noise, 0);
        return ++c->step < 3;
    }
    return false;
}

static uint32_t get16(const uint8_t *p) {
    return (uint32_t)(p[0] << 8 | p[1]);
}

/* The client is who sent the first packet. */
static void add_packet(struct template *t, const uint8_t *p, uint32_t len, uint32_t *client_port) {
    uint32_t ip_header = (p[14] & 15u) * 4, ip_len = get16(p + 16);
    const uint8_t *tcp = p + 14 + ip_header;
    if (len < HEADERS || get16(p + 12) != 0x0800 || p[23] != 6 || 14 + ip_len > len) {
        die("a template holds something that is not TCP over IPv4");
    }
    uint32_t tcp_header = tcp[12] / 16u * 4, data_len = ip_len - ip_header - tcp_header;
    *client_port = *client_port == 0 ? get16(tcp) : *client_port;
    if (data_len == 0) {
        return;
    }
    if (t->num_segments == MAX_SEGMENTS || data_len > SEGMENT_SIZE) {
        die("a template is too long");
    }
    struct segment *s = &t->segments[t->num_segments++];
    s->by_server = get16(tcp) != *client_port;
    s->len = data_len;
    t->bytes += 2 * HEADERS + data_len;
    t->completes |= tcp[tcp_header] == 0x17;
    memcpy(s->data, tcp + tcp_header, data_len);
}

static void read_template(struct generator *g, const char *path) {
    uint32_t file_header[6], header[4], client_port = 0;
    uint8_t packet[65536];
    FILE *in = fopen(path, "rb");
    if (g->num_templates == MAX_TEMPLATES || in == NULL || fread(file_header, sizeof file_header, 1, in) != 1 ||
        file_header[0] != 0xa1b2c3d4 || file_header[5] != 1) {
        die("a template cannot be read: it has to be a pcap file with Ethernet");
    }
    while (fread(header, sizeof header, 1, in) == 1 && header[2] <= sizeof packet && fread(packet, header[2], 1, in) == 1) {
        add_packet(&g->templates[g->num_templates], packet, header[2], &client_port);
    }
    fclose(in);
    g->num_templates++;
}

int main(int argc, char **argv) {
    static struct generator g = {.random = 88172645463325252};
    const uint32_t file_header[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1};
    if (argc < 5) {
        die("usage: generate OUT.pcap BYTES APPLICATION_BYTES TEMPLATE.pcap...");
    }
    uint64_t size = strtoull(argv[2], NULL, 10);
    uint32_t application = (uint32_t)strtoul(argv[3], NULL, 10);
    for (int i = 4; i < argc; i++) {
        read_template(&g, argv[i]);
    }
    for (size_t i = 0; i < sizeof g.noise; i++) {
        g.noise[i] = (uint8_t)random_below(&g, 256);
    }
    g.out = fopen(argv[1], "wb");
    if (g.out == NULL || fwrite(file_header, sizeof file_header, 1, g.out) != 1) {
        die("cannot write");
    }
    for (size_t i = 0; i < ACTIVE; i++) {
        start(&g, &g.active[i], application);
    }
    /* Then those that are open are brought to their end. */
    for (uint32_t open = ACTIVE; open > 0;) {
        uint32_t i = random_below(&g, open);
        if (!step(&g, &g.active[i])) {
            if (g.promised < size) {
                start(&g, &g.active[i], application);
            } else {
                g.active[i] = g.active[--open];
            }
        }
    }
    if (fclose(g.out) != 0) {
        die("cannot write");
    }
    printf("%llu connections, %llu packets, %llu bytes, %.1f %% application data\n", (unsigned long long)g.connections,
           (unsigned long long)g.packets, (unsigned long long)g.bytes, 100.0 * (double)g.application_bytes / (double)g.bytes);
    return 0;
}
