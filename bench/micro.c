/*
 * What the parts cost, one by one: nanoseconds an operation, the least of several rounds.
 *
 *     micro CAPTURE.pcap CERTIFICATES [NAME COUNT]
 *
 * CAPTURE: whose first conversation is printed as JSON. CERTIFICATES: a folder with leaf.der, intermediate.der and root.der.
 * With NAME and COUNT that one is done so often, and no time is taken: for callgrind, --toggle-collect='micro_*'.
 */
#include "capture/capture.h"
#include "flow/flow.h"
#include "report/report.h"
#include "tls/record.h"
#include "x509/path.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 9
#define SEGMENT 1448
#define STREAM 64 /* segments of one connection */
#define OUT_OF_ORDER 8

static const char *capture_path, *certificates_path;
static const struct hash_key key = {1, 2};

static void want(bool good, const char *what) {
    if (!good) {
        fprintf(stderr, "micro: %s\n", what);
        exit(2);
    }
}

/* --- Records: of application data of 100 to 1,400 bytes, in pieces as segments would hold them. --- */

static size_t fill_with_records(uint8_t *out, size_t size) {
    size_t len = 0;
    for (size_t body = 100; len + 5 + body <= size; body = 100 + (body * 31 + 7) % 1300) {
        memcpy(out + len, (const uint8_t[]){0x17, 3, 3, (uint8_t)(body >> 8), (uint8_t)body}, 5);
        len += 5 + body;
    }
    return len;
}

__attribute__((noinline)) static void micro_records(size_t count) {
    static uint8_t bytes[SEGMENT * STREAM];
    size_t len = fill_with_records(bytes, sizeof bytes);
    struct record_piece piece;
    for (size_t done = 0; done < count;) {
        struct record_reader reader = {0};
        for (size_t at = 0; at < len; at += SEGMENT) {
            struct bytes segment = bytes_of(bytes + at, len - at < SEGMENT ? len - at : SEGMENT);
            while (record_next(&reader, &segment, &piece) == RECORD_PIECE) {
                done += piece.last;
            }
        }
    }
}

/* --- Reassembly: connections of 64 segments of data, one after the other. --- */

enum order { IN_ORDER, REVERSED, LOSSY };

static enum flow_want on_data(void *user, struct flow *flow, enum direction sender, struct bytes data, struct tlswatch_mark mark) {
    (void)flow, (void)sender, (void)mark;
    *(uint64_t *)user += data.len;
    return FLOW_MORE;
}

static enum flow_want on_gap(void *user, struct flow *flow, enum direction sender, uint64_t len, struct tlswatch_mark mark) {
    (void)user, (void)flow, (void)sender, (void)len, (void)mark;
    return FLOW_MORE;
}

static void on_late(void *user, struct flow *flow, enum direction sender, struct bytes payload, struct tlswatch_mark mark) {
    (void)user, (void)flow, (void)sender, (void)payload, (void)mark;
}

static void on_end(void *user, struct flow *flow, enum flow_end how) {
    (void)user, (void)flow, (void)how;
}

static struct endpoint endpoint(uint8_t last, uint16_t port) {
    return (struct endpoint){.address = {10, 0, 0, last}, .port = port};
}

static void push(struct flow_table *table, bool by_server, uint16_t port, uint8_t flags, uint32_t seq, uint32_t ack, uint32_t len) {
    static const uint8_t zeros[SEGMENT];
    static struct tlswatch_mark mark = {.time_ns = 1000 * SECOND_NS};
    mark.frame++;
    mark.time_ns += 10000;
    const struct endpoint client = endpoint(1, port), server = endpoint(2, 443);
    const struct segment segment = {
            .source = by_server ? server : client,
            .destination = by_server ? client : server,
            .seq = seq,
            .ack = ack,
            .flags = flags,
            .payload = bytes_of(zeros, len),
            .payload_len = len,
            .mark = mark,
    };
    flow_table_push(table, &segment);
}

/* Reversed: in groups of eight. Lossy: of each group one is lost. */
static void push_stream(struct flow_table *table, uint16_t port, enum order order) {
    push(table, false, port, TCP_SYN, 99, 0, 0);
    push(table, true, port, TCP_SYN | TCP_ACK, 499, 100, 0);
    for (uint32_t i = 0; i < STREAM; i++) {
        uint32_t place = order == REVERSED ? i / OUT_OF_ORDER * OUT_OF_ORDER + OUT_OF_ORDER - 1 - i % OUT_OF_ORDER : i;
        if (order != LOSSY || i % OUT_OF_ORDER != 3) {
            push(table, false, port, TCP_ACK, 100 + place * SEGMENT, 500, SEGMENT);
        }
        if (i % OUT_OF_ORDER == OUT_OF_ORDER - 1) {
            push(table, true, port, TCP_ACK, 500, 100 + (i + 1) * SEGMENT, 0);
        }
    }
    push(table, false, port, TCP_RST, 100 + STREAM * SEGMENT, 0, 0);
}

static void reassemble(size_t count, enum order order) {
    uint64_t delivered = 0;
    const struct flow_events events = {&delivered, on_data, on_gap, on_late, on_end};
    struct flow_table *table = flow_table_new(&events, &key, NULL, false);
    want(table != NULL, "memory is exhausted");
    size_t streams = 0;
    for (; streams * STREAM < count; streams++) {
        push_stream(table, (uint16_t)(1024 + streams % 60000), order);
    }
    flow_table_finish(table);
    flow_table_free(table);
    uint64_t all = (uint64_t)streams * STREAM * SEGMENT;
    want(delivered == (order == LOSSY ? all - all / OUT_OF_ORDER : all), "a stream is not what was sent");
}

__attribute__((noinline)) static void micro_in_order(size_t count) {
    reassemble(count, IN_ORDER);
}

__attribute__((noinline)) static void micro_reversed(size_t count) {
    reassemble(count, REVERSED);
}

__attribute__((noinline)) static void micro_lossy(size_t count) {
    reassemble(count, LOSSY);
}

/* --- The path from a leaf to a list of one name. --- */

static const struct certificate *read_certificate(struct certificate_store *store, const char *name) {
    char path[1024];
    uint8_t der[65536];
    snprintf(path, sizeof path, "%s/%s.der", certificates_path, name);
    FILE *file = fopen(path, "rb");
    want(file != NULL, path);
    size_t len = fread(der, 1, sizeof der, file);
    fclose(file);
    return certificate_store_add(store, bytes_of(der, len));
}

__attribute__((noinline)) static void micro_path(struct certificate_store *store, const struct certificate *const *chain,
                                                 const struct authority_list *list, size_t count) {
    struct path path;
    for (size_t i = 0; i < count; i++) {
        path_walk(store, chain, 2, list, &path);
        want(path.reach.reached == TLSWATCH_REACHED_YES, "the path does not reach the list");
    }
}

static void walk_paths(size_t count) {
    struct certificate_store *store = certificate_store_new(&key, SIZE_MAX / 4);
    want(store != NULL, "memory is exhausted");
    const struct certificate *chain[2] = {read_certificate(store, "leaf"), read_certificate(store, "intermediate")};
    const struct tlswatch_name *root = &read_certificate(store, "root")->facts.subject;
    uint8_t names[1024] = {(uint8_t)(root->der_len >> 8), (uint8_t)root->der_len};
    want(root->der_len <= sizeof names - 2, "a long name");
    memcpy(names + 2, root->der, root->der_len);
    micro_path(store, chain, certificate_store_authorities(store, bytes_of(names, root->der_len + 2)), count);
    certificate_store_free(store);
}

/* --- One record as JSON. --- */

struct printing {
    struct report_sink sink;
    size_t count;
};

static void print(void *user, const struct tlswatch_record *record) {
    struct printing *p = user;
    for (; p->count > 0; p->count--) {
        json_report_record(&p->sink, record);
    }
}

__attribute__((noinline)) static void micro_json(size_t count) {
    struct printing printing = {.count = count};
    struct capture_files files = {.paths = &capture_path, .num_paths = 1};
    char error[CAPTURE_ERROR_SIZE] = "memory is exhausted";
    struct tlswatch_frame frame;
    int nowhere = open("/dev/null", O_WRONLY);
    struct capture *capture = capture_open_files(&files, error);
    struct tlswatch *watcher = tlswatch_new(NULL, print, &printing);
    want(nowhere >= 0 && capture != NULL && watcher != NULL, error);
    report_sink_init(&printing.sink, nowhere);
    while (capture_next(capture, &frame, 0) == CAPTURE_FRAME) {
        tlswatch_frame(watcher, &frame);
    }
    tlswatch_finish(watcher);
    want(printing.count == 0, "no conversation");
    tlswatch_free(watcher);
    capture_free(capture);
    report_sink_clear(&printing.sink);
}

static const struct {
    const char *name, *of;
    void (*run)(size_t count);
    size_t count;
} micros[] = {
        {"records", "record", micro_records, 1000000},
        {"in-order", "segment", micro_in_order, 200000},
        {"reversed", "segment", micro_reversed, 200000},
        {"lossy", "segment", micro_lossy, 200000},
        {"path", "walk", walk_paths, 20000},
        {"json", "record", micro_json, 20000},
};

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double least_ns(void (*run)(size_t count), size_t count) {
    double least = 0;
    for (int i = 0; i < ROUNDS; i++) {
        double begun = seconds();
        run(count);
        double took = (seconds() - begun) * 1e9 / (double)count;
        least = i == 0 || took < least ? took : least;
    }
    return least;
}

int main(int argc, char **argv) {
    want(argc == 3 || argc == 5, "usage: micro CAPTURE.pcap CERTIFICATES [NAME COUNT]");
    capture_path = argv[1];
    certificates_path = argv[2];
    for (size_t i = 0; i < sizeof micros / sizeof *micros; i++) {
        if (argc == 3) {
            printf("%-9s %8.0f ns a %s\n", micros[i].name, least_ns(micros[i].run, micros[i].count), micros[i].of);
        } else if (strcmp(micros[i].name, argv[3]) == 0) {
            micros[i].run(strtoul(argv[4], NULL, 10));
        }
    }
    return 0;
}
