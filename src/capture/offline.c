#include "capture/offline.h"

#include "base/limits.h"
#include "capture/linktype.h"

#include <pcap.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert(OFFLINE_PROBLEM_SIZE >= PCAP_ERRBUF_SIZE, "libpcap's messages must fit");

struct offline {
    pcap_t *pcap;
    uint32_t link_type;
    uint64_t number;
};

struct offline *offline_open(int fd, char problem[OFFLINE_PROBLEM_SIZE]) {
    struct offline *o = calloc(1, sizeof *o);
    FILE *file = fdopen(fd, "rb");
    if (o == NULL || file == NULL) {
        snprintf(problem, OFFLINE_PROBLEM_SIZE, "out of memory");
        free(o);
        if (file != NULL) {
            fclose(file);
        } else {
            close(fd);
        }
        return NULL;
    }
    o->pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, problem);
    if (o->pcap == NULL) {
        fclose(file);
        free(o);
        return NULL;
    }
    o->link_type = linktype_of_dlt(pcap_datalink(o->pcap));
    return o;
}

void offline_free(struct offline *o) {
    if (o == NULL) {
        return;
    }
    pcap_close(o->pcap);
    free(o);
}

/* In nanoseconds, as asked for. libpcap takes seconds behind 2038 for negative ones. */
static int64_t time_of(const struct timeval *stamp) {
    const int64_t most_s = LIMIT_TIME_NS / SECOND_NS - 1;
    int64_t seconds = stamp->tv_sec > most_s ? most_s : stamp->tv_sec < -most_s ? -most_s : stamp->tv_sec;

    return seconds * SECOND_NS + stamp->tv_usec;
}

enum format_result offline_next(struct offline *o, struct tlswatch_frame *frame) {
    struct pcap_pkthdr *header;
    int result = pcap_next_ex(o->pcap, &header, &frame->data);
    if (result != 1) {
        return result == PCAP_ERROR_BREAK ? FORMAT_END : FORMAT_DAMAGED;
    }
    frame->len = header->caplen;
    frame->original_len = header->len < header->caplen ? header->caplen : header->len;
    frame->link_type = o->link_type;
    frame->number = ++o->number;
    frame->time_digits = 9;
    frame->time_ns = time_of(&header->ts);
    return FORMAT_FRAME;
}

const char *offline_problem(const struct offline *o) {
    return pcap_geterr(o->pcap);
}

uint64_t offline_bytes(const struct offline *o) {
    long at = ftell(pcap_file(o->pcap));
    return at > 0 ? (uint64_t)at : 0;
}
