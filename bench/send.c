/*
 * Sends what is on standard input, a capture, on an interface, so many packets a second, in bursts of a hundredth of a second.
 *
 *     send INTERFACE PACKETS_PER_SECOND <CAPTURE
 *
 * Ends with the capture. Prints how many packets were sent, and how many the kernel did not take.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define BURSTS 100 /* a second */
#define MAX_PACKET 65536

static void die(const char *what) {
    fprintf(stderr, "send: %s\n", what);
    exit(2);
}

static void wait_until(struct timespec *when) {
    when->tv_nsec += 1000000000 / BURSTS;
    if (when->tv_nsec >= 1000000000) {
        when->tv_sec++;
        when->tv_nsec -= 1000000000;
    }
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, when, NULL);
}

static bool next_packet(uint8_t *data, uint32_t *len) {
    uint32_t header[4];
    if (fread(header, sizeof header, 1, stdin) != 1 || header[2] > MAX_PACKET || fread(data, 1, header[2], stdin) != header[2]) {
        return false;
    }
    *len = header[2];
    return true;
}

int main(int argc, char **argv) {
    static uint8_t data[MAX_PACKET];
    uint64_t sent = 0, refused = 0;
    uint32_t len;
    struct timespec when;
    struct sockaddr_ll address = {.sll_family = AF_PACKET};
    if (argc != 3 || fread(data, 24, 1, stdin) != 1) {
        die("usage: send INTERFACE PACKETS_PER_SECOND <CAPTURE");
    }
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    uint64_t burst = strtoull(argv[2], NULL, 10) / BURSTS;
    address.sll_ifindex = (int)if_nametoindex(argv[1]);
    if (fd < 0 || address.sll_ifindex == 0 || burst == 0) {
        die(argv[1]);
    }
    clock_gettime(CLOCK_MONOTONIC, &when);
    while (next_packet(data, &len)) {
        if (sendto(fd, data, len, 0, (struct sockaddr *)&address, sizeof address) == (ssize_t)len) {
            sent++;
        } else {
            refused++;
        }
        if ((sent + refused) % burst == 0) {
            wait_until(&when);
        }
    }
    printf("%llu sent, %llu refused\n", (unsigned long long)sent, (unsigned long long)refused);
    return 0;
}
