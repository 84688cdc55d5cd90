/*
 * Sends the packets of a capture into an interface, once, at a rate or as fast as it goes: packet socket, 64 packets a call,
 * past the queue. Prints packets, bytes, seconds, and CPU seconds.
 *
 *     transmit INTERFACE FILE.pcap PACKETS_A_SECOND     0: as fast as it goes
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#define BATCH 64

struct batch {
    struct mmsghdr messages[BATCH];
    struct iovec packets[BATCH];
    unsigned num;
    uint64_t bytes;
};

static void want(bool good, const char *what) {
    if (!good) {
        perror(what);
        exit(2);
    }
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int open_socket(const char *interface) {
    const struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface)};
    int fd = socket(AF_PACKET, SOCK_RAW, 0), yes = 1, buffer = 8 << 20;
    want(fd >= 0 && address.sll_ifindex > 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0, interface);
    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof yes);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer);
    return fd;
}

/* The next packets, at most `most`; none at the end of the file. */
static void fill(struct batch *b, uint8_t **at, const uint8_t *end, unsigned most) {
    uint32_t len;
    b->bytes = 0;
    for (b->num = 0; b->num < most && end - *at > 16; b->num++) {
        memcpy(&len, *at + 8, sizeof len);
        b->packets[b->num] = (struct iovec){*at + 16, len};
        b->messages[b->num].msg_hdr = (struct msghdr){.msg_iov = &b->packets[b->num], .msg_iovlen = 1};
        b->bytes += len;
        *at += 16 + len;
    }
}

/* What does not fit in just now is tried again. */
static void send_all(int fd, struct batch *b) {
    for (unsigned sent = 0; sent < b->num;) {
        int n = sendmmsg(fd, b->messages + sent, b->num - sent, 0);
        want(n > 0 || errno == ENOBUFS || errno == EAGAIN || errno == EINTR, "transmit");
        sent += n > 0 ? (unsigned)n : 0;
    }
}

static void transmit(int fd, uint8_t *at, const uint8_t *end, double rate) {
    static struct batch batch;
    uint64_t packets = 0, bytes = 0;
    struct rusage usage;
    double begun = now();
    for (fill(&batch, &at, end, BATCH); batch.num > 0; fill(&batch, &at, end, rate > 0 && rate < 200000 ? 16 : BATCH)) {
        while (rate > 0 && now() < begun + (double)packets / rate) {
        }
        send_all(fd, &batch);
        packets += batch.num;
        bytes += batch.bytes;
    }
    double took = now() - begun;
    getrusage(RUSAGE_SELF, &usage);
    printf("%llu %llu %.6f %.6f\n", (unsigned long long)packets, (unsigned long long)bytes, took,
           (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
}

int main(int argc, char **argv) {
    struct stat file;
    want(argc == 4, "usage: transmit INTERFACE FILE.pcap PACKETS_A_SECOND");
    int fd = open(argv[2], O_RDONLY);
    want(fd >= 0 && fstat(fd, &file) == 0, argv[2]);
    uint8_t *bytes = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    want(bytes != MAP_FAILED, argv[2]);
    transmit(open_socket(argv[1]), bytes + 24, bytes + file.st_size, strtod(argv[3], NULL));
    return 0;
}
