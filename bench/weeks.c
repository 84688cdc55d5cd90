/*
 * Writes a capture that is as long as one likes to standard output: half-open connections, no two of them the same, and among them
 * real handshakes, those of small captures, and hostile ones: the same with bytes changed, packets cut, lost, repeated.
 * The same arguments give the same bytes.
 *
 *     weeks FLOWS REAL HOSTILE TEMPLATE.pcap...
 *
 * REAL, HOSTILE: how many of a million flows. A template is a capture of one connection on Ethernet and IPv4, in order, as
 * those in pcaps/. Clients of real handshakes are in 10.77.0.0/16, hostile ones in 172.16.0.0/12, others in 11.0.0.0/8.
 * Says on stderr, a hundred times, how many flows and packets there have been, and how many of them were real handshakes.
 *
 * Four million flows of a flood (2 us from packet to packet) and four million of quieter days (12 ms) take turns: 10^8 flows are a week.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TEMPLATES 64
#define MAX_PACKETS 128
#define MAX_PACKET 2048
#define ACTIVE 16 /* handshakes at a time */
#define PHASE (UINT64_C(1) << 22)
#define FLOOD_US 2
#define QUIET_US 12000
#define ETHERNET 14
#define TCP_AT (ETHERNET + 20)
#define PAYLOAD_AT (TCP_AT + 20)
#define CLIENT_OF_HALF_OPEN UINT32_C(0x0b000000)
#define CLIENT_OF_REAL UINT32_C(0x0a4d0000) /* no address of a template, which a changed packet may show as the client */
#define CLIENT_OF_HOSTILE UINT32_C(0xac100000)

struct packet {
    uint32_t len;
    bool by_client;
    uint8_t data[MAX_PACKET];
};

struct template {
    struct packet packets[MAX_PACKETS];
    uint32_t num_packets;
};

struct replay {
    const struct template *template;
    uint32_t next, client, port;
    bool is_hostile;
};

struct generator {
    struct template templates[MAX_TEMPLATES];
    uint32_t num_templates;
    struct replay active[ACTIVE];
    uint32_t num_active;
    uint64_t flows, packets, num_real, num_hostile, time_us, random;
};

static void die(const char *what) {
    fprintf(stderr, "weeks: %s\n", what);
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

static void write_packet(struct generator *g, const uint8_t *data, uint32_t captured, uint32_t len) {
    g->time_us += g->flows / PHASE % 2 == 0 ? FLOOD_US : QUIET_US;
    uint32_t header[4] = {(uint32_t)(1750000000 + g->time_us / 1000000), (uint32_t)(g->time_us % 1000000), captured, len};
    if (fwrite(header, sizeof header, 1, stdout) != 1 || fwrite(data, captured, 1, stdout) != 1) {
        die("cannot write");
    }
    g->packets++;
}

/* The number, scrambled without two becoming one: 24 bits of an address and 16 of a port. */
static void write_half_open(struct generator *g) {
    static const uint8_t syn[] = {2, 0, 0, 0,   0,   1, 2, 0, 0, 0, 0,   2, 0x08, 0x00, 0x45, 0, 0, 40, 0, 0,    0x40, 0, 64,  6, 0, 0, 0,
                                  0, 0, 0, 192, 168, 0, 1, 0, 0, 1, 187, 0, 0,    0,    7,    0, 0, 0,  0, 0x50, 2,    1, 246, 0, 0, 0, 0};
    uint8_t packet[sizeof syn];
    uint64_t number = g->flows * UINT64_C(2685821657736338717);
    memcpy(packet, syn, sizeof syn);
    put32(packet + ETHERNET + 12, CLIENT_OF_HALF_OPEN | (uint32_t)(number >> 16 & 0xffffff));
    put16(packet + TCP_AT, (uint32_t)(number & 0xffff));
    write_packet(g, packet, sizeof packet, sizeof packet);
}

static void change_bytes(struct generator *g, uint8_t *data, uint32_t from, uint32_t len) {
    for (uint32_t n = 1 + random_below(g, 4); n > 0 && from < len; n--) {
        data[from + random_below(g, len - from)] = (uint8_t)random_below(g, 256);
    }
}

static void fill(struct generator *g, uint8_t *data, uint32_t from, uint32_t len) {
    for (uint32_t i = from; i < len; i++) {
        data[i] = (uint8_t)random_below(g, 256);
    }
}

static void write_hostile(struct generator *g, uint8_t *data, uint32_t len) {
    uint32_t captured = len;
    switch (random_below(g, 12)) {
    case 0:
        return;
    case 1:
        change_bytes(g, data, ETHERNET, len);
        break;
    case 2:
    case 3:
        change_bytes(g, data, PAYLOAD_AT, len);
        break;
    case 4:
        captured = 1 + random_below(g, len);
        break;
    case 5:
        write_packet(g, data, captured, len);
        break;
    case 6:
        fill(g, data, random_below(g, len), len);
        break;
    case 7:
        fill(g, data, len, MAX_PACKET); /* and more than the headers say */
        captured = len = 1 + random_below(g, 1514);
        break;
    default:
        break;
    }
    write_packet(g, data, captured, len);
}

static void step(struct generator *g, uint32_t which) {
    struct replay *replay = &g->active[which];
    const struct packet *packet = &replay->template->packets[replay->next++];
    uint8_t data[MAX_PACKET] = {0};
    memcpy(data, packet->data, packet->len);
    put32(data + ETHERNET + (packet->by_client ? 12 : 16), replay->client);
    put16(data + TCP_AT + (packet->by_client ? 0 : 2), replay->port);
    if (replay->is_hostile) {
        write_hostile(g, data, packet->len);
    } else {
        write_packet(g, data, packet->len, packet->len);
    }
    if (replay->next == replay->template->num_packets) {
        *replay = g->active[--g->num_active];
    }
}

static void start(struct generator *g, bool is_hostile) {
    while (g->num_active == ACTIVE) {
        step(g, random_below(g, g->num_active));
    }
    uint64_t number = is_hostile ? g->num_hostile++ : g->num_real++;
    uint32_t client = (is_hostile ? CLIENT_OF_HOSTILE : CLIENT_OF_REAL) + (uint32_t)(number / 30000) + 1;
    g->active[g->num_active++] = (struct replay){.template = &g->templates[random_below(g, g->num_templates)],
                                                 .client = client,
                                                 .port = 20000 + (uint32_t)(number % 30000),
                                                 .is_hostile = is_hostile};
}

static void run(struct generator *g, uint64_t flows, uint32_t real, uint32_t hostile) {
    for (; g->flows < flows; g->flows++) {
        uint32_t lot = random_below(g, 1000000);
        if (lot < real + hostile) {
            start(g, lot >= real);
        } else {
            write_half_open(g);
        }
        if (g->num_active > 0 && random_below(g, 2) == 0) {
            step(g, random_below(g, g->num_active));
        }
        if ((g->flows + 1) % (flows / 100 + 1) == 0) {
            fprintf(stderr, "%llu %llu %llu\n", (unsigned long long)g->flows + 1, (unsigned long long)g->packets,
                    (unsigned long long)g->num_real);
        }
    }
    while (g->num_active > 0) {
        step(g, 0);
    }
    fprintf(stderr, "%llu %llu %llu\n", (unsigned long long)g->flows, (unsigned long long)g->packets, (unsigned long long)g->num_real);
}

static void read_template(const char *path, struct template *out) {
    FILE *file = fopen(path, "rb");
    uint8_t header[24];
    uint32_t record[4];
    if (file == NULL || fread(header, sizeof header, 1, file) != 1) {
        die(path);
    }
    while (fread(record, sizeof record, 1, file) == 1) {
        struct packet *packet = &out->packets[out->num_packets++];
        if (out->num_packets == MAX_PACKETS || record[2] < PAYLOAD_AT || record[2] > MAX_PACKET ||
            fread(packet->data, record[2], 1, file) != 1) {
            die(path);
        }
        packet->len = record[2];
        packet->by_client = memcmp(packet->data + TCP_AT, out->packets[0].data + TCP_AT, 2) == 0;
    }
    fclose(file);
}

int main(int argc, char **argv) {
    static struct generator generator = {.random = 1};
    static const uint32_t pcap[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 1};
    static char buffer[1 << 18];
    if (argc < 5 || argc - 4 > MAX_TEMPLATES) {
        die("usage: weeks FLOWS REAL HOSTILE TEMPLATE.pcap...");
    }
    for (int i = 4; i < argc; i++) {
        read_template(argv[i], &generator.templates[generator.num_templates++]);
    }
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    fwrite(pcap, sizeof pcap, 1, stdout);
    run(&generator, strtoull(argv[1], NULL, 10), (uint32_t)atoi(argv[2]), (uint32_t)atoi(argv[3]));
    return fclose(stdout) == 0 ? 0 : 2;
}
