#include "cli/options.h"
#include "make_corpus.h"

#include <stdio.h>
#include <string.h>

/* A `|` stands for the NUL that ends a word. */
static void write_words(struct seed *seed, const char *target, const char *text) {
    for (; *text != '\0'; text++) {
        seed_u8(seed, *text == '|' ? 0 : (uint8_t)*text);
    }
    seed_write(seed, target, false);
}

static void options(struct seed *seed) {
    static const char *const lines[] = {
            "-r|capture.pcap|",
            "-i|eth0|-s|128|tcp port 443|",
            "-rcapture.pcap|--json|--summary|",
            "-r|a|-r|b|-c|10|-a|-v|-q|",
            "--redact=ip,name,serial|-r|a|",
            "--tls-port|4443|--tls-port=8443|-r|a|",
            "--ca|ca.pem|--trust|ca.pem|--trust-for|10.0.0.1:443=ca.pem|--client-trust|ca.pem|-r|a|",
            "--trust-for|[2001:db8::1]:443=x|--trust-for|name=x|-r|a|",
            "-t|ad|-r|a|",
            "-t|e|-u|-r|a|",
            "--color=always|--color|never|-r|a|",
            "-o|report.html|-w|out.pcapng|-r|a|",
            "--explain|issuer-not-advertised|",
            "--explain|list|",
            "--completion|bash|",
            "--help|",
            "--version|",
            "-D|",
            "--jsom|",
            "-Z|",
            "--count|",
            "--|port|443|",
            "-o|a|-w|a|-r|b|",
            "-o|./a|-w|a|-r|b|",
            "--sandbox=loose|-r|a|",
            "-B|0|-i|eth0|",
            "--memory|1|-r|a|",
            "--explain|none|",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        write_words(seed, "options", lines[i]);
    }
}

/* Each option of the table with each word that it can take, or a number and a name. */
static void write_option(struct seed *seed, const struct option_row *row, const char *word) {
    char line[256];
    const char *equals = row->argument != NULL ? "=" : "";
    word = row->argument != NULL ? word : "";
    if (row->name != NULL) {
        snprintf(line, sizeof line, "--%s%s%s|-r|a|", row->name, equals, word);
        write_words(seed, "options", line);
    }
    if (row->letter != 0) {
        snprintf(line, sizeof line, "-%c%s|-r|a|", row->letter, word);
        write_words(seed, "options", line);
    }
}

static void option_table(struct seed *seed) {
    for (const struct option_row *row = option_rows; row->name != NULL || row->letter != 0; row++) {
        char words[128];
        snprintf(words, sizeof words, "%s", row->choices != NULL ? row->choices : "1000 eth0");
        for (char *rest = words, *word; (word = strsep(&rest, " ")) != NULL;) {
            write_option(seed, row, word);
        }
    }
}

static void filters(struct seed *seed) {
    static const char *const expressions[] = {
            "tcp port 443|",
            "host 10.0.0.1 and not port 22|",
            "net 10.0.0.0/8|",
            "tcp[13] & 2 != 0|",
            "ip6 and tcp portrange 1-1024|",
            "vlan 100 and tcp|",
            "port 443 nor|",
            "ether host 02:00:00:00:00:01|",
            "(src or dst) host ::1|",
            "tcp[tcpflags] & (tcp-syn|",
    };
    for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++) {
        write_words(seed, "filter", expressions[i]);
    }
}

/* Two bytes first: what fails, where it is cut. Controls, bidi, separators, overlong forms, surrogates, what is plain. */
static void escapes(struct seed *seed) {
    static const char *const texts[] = {
            "\xff\xff"
            "plain \\ text",
            "\xff\xff\x1b[31m\r\n\x7f\xc2\x9b",
            "\xff\xff\xe2\x80\xae\xd8\x9c\xe2\x81\xa6\xe2\x80\xa8",
            "\xff\xff\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf\xed\xa0\x80\xf4\x90\x80\x80",
            "\xff\xff\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x92\xf3\xa0\x81\xa1",
            "\xff\xff\xe2\x82",
            "\xff\x05"
            "caf\xc3\xa9\xc3\xa9",
            "\xff\x01\xf0\x9f\x94\x92\xf0\x9f\x94\x92",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        seed_text(seed, texts[i]);
        seed_write(seed, "escape", false);
    }
}

/* All memory, sequence numbers, where the readers have enough, then segments: in order, backwards, overlapping, cut. */
static void flows(struct seed *seed) {
    static const uint8_t begin[] = {0xff, 0xff, 0xff, 0xf0, 0x20, 0, 0x7f, 0xff, 0xff, 0xff, 0x20, 0};
    static const uint8_t enough[] = {0, 0, 0, 1, 0, 40, 0xff, 0xff, 0xff, 0xff, 0, 20};
    static const uint8_t segments[][8] = {{0, 0, 0, 20, 0, 0, 0, 0},     {1, 0, 0, 30, 1, 0, 20, 0},    {0, 0, 40, 20, 50, 0, 30, 0},
                                          {0x10, 0, 30, 20, 0, 0, 0, 0}, {8, 0, 60, 20, 0, 0, 0, 10},   {1, 0, 100, 5, 0, 0, 90, 0},
                                          {0, 0, 20, 10, 0, 0, 0, 0},    {0x26, 0, 10, 60, 1, 0, 30, 0}};
    const size_t num = sizeof segments / sizeof *segments;
    for (size_t first = 0; first < num; first++) {
        seed_u8(seed, 255);
        seed_bytes(seed, first % 2 == 0 ? bytes_of(begin, sizeof begin) : bytes_of(enough, sizeof enough));
        for (size_t i = 0; i < num; i++) {
            seed_bytes(seed, bytes_of(segments[first % 3 == 0 ? (first + num - i) % num : (first + i) % num], sizeof segments[0]));
        }
        seed_write(seed, "flow", false);
    }
}

/* Of many connections: what, flags, time, sequence number, acknowledgement, length, how much of it is not there. */
static void connections(struct seed *seed) {
    enum { FIN = 0x11, SYN = 0x02, SYN_ACK = 0x12, ACK = 0x10, RST = 0x04 };
    static const uint8_t segments[][10] = {
            {1, SYN, 0, 0x7f, 0xf0, 0, 0, 0, 0, 0},         {9, SYN_ACK, 1, 0x10, 0, 0x7f, 0xf1, 0, 0, 0},
            {1, ACK, 1, 0x7f, 0xf1, 0x10, 1, 40, 0, 0},     {9, ACK, 1, 0x10, 40, 0x80, 0x19, 60, 0, 0},
            {0x21, ACK, 2, 0x80, 0x19, 0x10, 1, 20, 0, 0},  {1, FIN, 0x31, 0x80, 0x2d, 0x10, 1, 0, 0, 0},
            {9, FIN, 0x12, 0x10, 100, 0x80, 0x2e, 0, 0, 0}, {1, SYN, 0x31, 0x90, 0, 0, 0, 0, 0, 0},
            {0x12, ACK, 0x51, 0x20, 0, 0x30, 0, 50, 0, 0},  {2, ACK, 0x54, 0x20, 0, 0x30, 0, 50, 0xff, 0xf0},
            {0x83, ACK, 0x61, 0x20, 0, 0x30, 0, 0, 0, 0},   {2, RST, 0, 0x30, 0, 0, 0, 0, 0, 0},
            {0x4b, ACK, 0x72, 0x20, 0, 0x30, 0, 9, 0, 0},   {3, ACK, 3, 0x20, 60, 0x30, 0, 9, 0xff, 0xff},
            {0xb, ACK, 0x35, 0x30, 0, 0x20, 90, 200, 0, 0}, {3, ACK, 3, 0x21, 60, 0x30, 0, 9, 0xff, 0xff},
    };
    const size_t num = sizeof segments / sizeof *segments;
    static const uint8_t bounds[] = {255, 25, 30, 36, 42, 50, 60, 75, 90, 120, 200, 204, 208};
    for (size_t first = 0; first < 2 * num; first++) {
        seed_u8(seed, bounds[first % sizeof bounds]);
        seed_u8(seed, (first % 3 != 0) | (first % 4 < 2 ? 4 : 0));
        for (size_t i = 0; i < 2 * num; i++) {
            seed_bytes(seed, bytes_of(segments[first % 2 == 0 ? (first + i) % num : (first + i * 5) % num], sizeof segments[0]));
        }
        seed_write(seed, "connections", false);
    }
}

/* A reader that has enough at 50 bytes, and behind that more holes than are remembered. */
static void holes(struct seed *seed) {
    static const uint8_t begin[][10] = {{1, 2, 0, 0x7f, 0xf0, 0, 0, 0, 0, 0}, {1, 0x10, 0, 0x7f, 0xf1, 0x10, 1, 60, 0, 0}};
    seed_u8(seed, 255);
    seed_u8(seed, 0);
    seed_bytes(seed, bytes_of(begin, sizeof begin));
    for (unsigned i = 0; i < 70; i++) {
        uint16_t seq = (uint16_t)(0x8100 + 20 * i);
        const uint8_t segment[] = {1, 0x10, 0, (uint8_t)(seq >> 8), (uint8_t)seq, 0x10, 1, 5, 0, 0};
        seed_bytes(seed, bytes_of(segment, sizeof segment));
    }
    seed_write(seed, "connections", false);
}

/* Both sides speak, then one that has not read all of it by then; both end, and acknowledge that once more. */
static void old_acknowledgement(struct seed *seed) {
    static const uint8_t segments[][10] = {
            {0, 0x02, 0, 0x7f, 0xf0, 0, 0, 0, 0, 0},        {8, 0x12, 1, 0x10, 0, 0x7f, 0xf1, 0, 0, 0},
            {0, 0x10, 1, 0x7f, 0xf1, 0x10, 1, 40, 0, 0},    {8, 0x10, 1, 0x10, 1, 0x80, 0x19, 60, 0, 0},
            {0, 0x10, 1, 0x80, 0x19, 0x10, 0x3d, 20, 0, 0}, {0, 0x10, 1, 0x80, 0x2d, 0x10, 0x01, 20, 0, 0},
            {0, 0x11, 1, 0x80, 0x41, 0x10, 0x3d, 0, 0, 0},  {8, 0x11, 1, 0x10, 0x3d, 0x80, 0x42, 0, 0, 0},
            {0, 0x10, 1, 0x80, 0x42, 0x10, 0x3e, 0, 0, 0},  {8, 0x10, 1, 0x10, 0x3e, 0x80, 0x42, 0, 0, 0},
    };
    for (uint8_t how = 0; how < 2; how++) {
        seed_u8(seed, 255);
        seed_u8(seed, how);
        seed_bytes(seed, bytes_of(segments, sizeof segments));
        seed_write(seed, "connections", false);
    }
}

/* Both sides speak in turn, more than their reader wants: one says then that all is over. At last, an acknowledgement of
 * what nobody has sent. */
static void more_than_enough(struct seed *seed, uint8_t client) {
    enum { SYN = 0x02, SYN_ACK = 0x12, ACK = 0x10, BACK = 8, EACH = 60 };
    const uint8_t begin[][10] = {{client, SYN, 0, 0x7f, 0xf0, 0, 0, 0, 0, 0}, {client | BACK, SYN_ACK, 1, 0x10, 0, 0x7f, 0xf1, 0, 0, 0}};
    uint16_t next[2] = {0x7ff1, 0x1001};
    seed_u8(seed, 255);
    seed_u8(seed, 1); /* live */
    seed_bytes(seed, bytes_of(begin, sizeof begin));
    for (unsigned i = 0; i < 13; i++) {
        const unsigned side = i % 2, len = i < 12 ? EACH : 0;
        const uint16_t seq = next[side], ack = (uint16_t)(next[1 - side] + (i < 12 ? 0 : EACH));
        const uint8_t segment[] = {
                client | (side == 0 ? 0 : BACK), ACK, 1, (uint8_t)(seq >> 8), (uint8_t)seq, (uint8_t)(ack >> 8), (uint8_t)ack, len, 0, 0};
        next[side] = (uint16_t)(seq + len);
        seed_bytes(seed, bytes_of(segment, sizeof segment));
    }
    seed_write(seed, "connections", false);
}

void seed_words(struct seed *seed) {
    options(seed);
    option_table(seed);
    filters(seed);
    escapes(seed);
    flows(seed);
    connections(seed);
    holes(seed);
    old_acknowledgement(seed);
    more_than_enough(seed, 1);
    more_than_enough(seed, 3);
}
