/*
 * Writes a large capture of many connections, interleaved, whose handshakes are real ones. The same arguments give the same
 * bytes with the same libssl. The truth about it goes to stderr, as `name number` lines.
 *
 *     generate KIND OUT.pcap SIZE [CLIENTS]
 *
 * handshakes  SIZE connections, nearly all full mutual handshakes of CLIENTS (640) different clients, some of each failure
 * uniqcerts   SIZE connections, the client's certificate different in each (its signatures are therefore wrong)
 * lossy       as handshakes; 1 % of the packets are lost, 1 % out of order, 0.5 % are there twice
 * bulk        SIZE bytes; 98 % of them application data
 * mixed-web   SIZE bytes; two thirds of them are not TLS: HTTP, UDP, other protocols
 * manyflows   SIZE half-open connections: 70 % SYN, 20 % answered, 10 % opened and silent
 */
#include <stdlib.h>
#include <string.h>

#include "traffic.h"

static void die(const char *what) {
    fprintf(stderr, "generate: %s\n", what);
    exit(2);
}

static void start_tls(struct generator *g, enum handshake_kind kind, uint64_t application) {
    static const uint16_t ports[8] = {443, 443, 443, 443, 443, 443, 8443, 8443};
    struct flow *f = traffic_start(g, TLS, ports[traffic_random(g, 8)]);
    size_t which = traffic_random(g, (uint32_t)g->handshakes.num_of_kind[kind]);
    f->handshake = &g->handshakes.each[g->handshakes.of_kind[kind][which]];
    f->application_left = handshake_completes(kind) ? application : 0;
    f->pause_ns = 60 * MS;
    g->truth.kinds[kind]++;
}

static enum handshake_kind usual_kind(struct generator *g) {
    static const enum handshake_kind failures[] = {DECLINED, UNKNOWN_CA, EXPIRED, SERVER_REFUSED, OLD_VERSION};
    uint32_t x = traffic_random(g, 1000);
    return x < 930 ? MUTUAL : x < 970 ? failures[(x - 930) / 8] : RESUMED;
}

static void start_web_tls(struct generator *g, uint32_t mutual, uint32_t one_sided, uint64_t application) {
    uint32_t x = traffic_random(g, 10);
    start_tls(g, x < mutual ? usual_kind(g) : x < mutual + one_sided ? ONE_SIDED : TLS13, application);
}

static void make_handshakes(struct generator *g, uint64_t size) {
    for (uint64_t i = 0; i < size; i++) {
        traffic_run(g, g->now_ns + traffic_interval(g, 80000));
        start_tls(g, g->unique ? MUTUAL : usual_kind(g), 0);
    }
}

static void make_bulk(struct generator *g, uint64_t size) {
    uint64_t flows = size / 500000 + 1;
    for (uint64_t i = 0; i < flows; i++) {
        traffic_run(g, g->now_ns + traffic_interval(g, 3e9 / (double)flows));
        start_web_tls(g, 6, 2, 20000 + traffic_interval(g, 500000));
    }
}

static void make_web(struct generator *g, uint64_t size) {
    static const uint16_t others[6] = {22, 445, 5432, 3306, 6379, 9092};
    while (g->file.bytes < size) {
        traffic_run(g, g->now_ns + traffic_interval(g, 250000));
        uint32_t x = traffic_random(g, 100);
        if (x < 13) {
            start_web_tls(g, 2, 3, 2000 + traffic_interval(g, 42000));
        } else if (x < 45) {
            struct flow *f = x < 35 ? traffic_start(g, HTTP, traffic_random(g, 4) > 0 ? 80 : 8080)
                                    : traffic_start(g, BINARY, others[traffic_random(g, 6)]);
            f->application_left = 2000 + traffic_interval(g, 55000);
            f->pause_ns = 20 * MS;
        } else {
            traffic_datagram(g, x < 70);
        }
    }
}

static void make_half_open(struct generator *g, uint64_t size) {
    for (uint64_t i = 0; i < size; i++) {
        traffic_run(g, g->now_ns + 1000);
        uint32_t x = traffic_random(g, 10);
        struct flow *f = traffic_start(g, SILENT, 443);
        f->burst = x < 7 ? 1 : x < 9 ? 2 : 3; /* packets */
    }
}

static const struct {
    const char *name;
    void (*make)(struct generator *g, uint64_t size);
    bool has_tls, unique, lossy;
} kinds[] = {
        {"handshakes", make_handshakes, true, false, false}, {"uniqcerts", make_handshakes, true, true, false},
        {"lossy", make_handshakes, true, false, true},       {"bulk", make_bulk, true, false, false},
        {"mixed-web", make_web, true, false, false},         {"manyflows", make_half_open, false, false, false},
};

static void fill_noise(struct generator *g) {
    static const char *const words[8] = {"{\"id\":", "\"name\":", "\"value\"", "alpha ", "beta, ", "gamma\n", "12345,", "}, \r\n"};
    for (size_t i = 0; i < NOISE; i++) {
        g->noise[i] = (uint8_t)traffic_random(g, 256);
    }
    for (size_t i = 0; i + 8 < NOISE;) {
        const char *word = words[traffic_random(g, 8)];
        memcpy(g->text + i, word, strlen(word));
        i += strlen(word);
    }
}

static void say(const char *name, uint64_t number) {
    fprintf(stderr, "%s %llu\n", name, (unsigned long long)number);
}

static void say_truth(const struct generator *g) {
    say("packets", g->file.packets);
    say("bytes", g->file.bytes);
    say("flows", g->truth.flows);
    for (int kind = 0; kind < NUM_KINDS; kind++) {
        say(handshake_kind_name((enum handshake_kind)kind), g->truth.kinds[kind]);
    }
    say("undamaged", g->truth.undamaged);
    say("lost", g->truth.lost);
    say("reordered", g->truth.reordered);
    say("repeated", g->truth.repeated);
    say("application-bytes", g->truth.application_bytes);
}

int main(int argc, char **argv) {
    static struct generator g = {.random = 88172645463325252};
    size_t kind = 0;
    while (argc >= 4 && kind < sizeof kinds / sizeof *kinds && strcmp(kinds[kind].name, argv[1]) != 0) {
        kind++;
    }
    if (argc < 4 || kind == sizeof kinds / sizeof *kinds) {
        die("usage: generate handshakes|uniqcerts|lossy|bulk|mixed-web|manyflows OUT.pcap SIZE [CLIENTS]");
    }
    if (kinds[kind].has_tls) {
        handshakes_make(&g.handshakes, argc > 4 ? strtoul(argv[4], NULL, 10) : 640);
    }
    g.unique = kinds[kind].unique;
    g.lossy = kinds[kind].lossy;
    fill_noise(&g);
    capture_file_open(&g.file, argv[2]);
    kinds[kind].make(&g, strtoull(argv[3], NULL, 10));
    traffic_run(&g, UINT64_MAX);
    capture_file_close(&g.file);
    say_truth(&g);
    free(g.schedule.heap);
    handshakes_clear(&g.handshakes);
    return 0;
}
