#include "capture/live.h"

#include "base/limits.h"
#include "capture/batch.h"
#include "capture/counter.h"
#include "capture/interfaces.h"
#include "capture/linktype.h"
#include "capture/wall_clock.h"

#include <pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_SNAPLEN 262144
#define DEFAULT_BUFFER (64 * 1024 * 1024)
#define BATCH_MS CAPTURE_DELAY_MS
#define HANDED_OVER_NS (2 * BATCH_MS * 1000000LL) /* after an interruption: what came before it is readable by then */
#define LONGEST_END_NS (5 * SECOND_NS)            /* and is not read any longer than this */

/* To be woken for each block of the ring costs more than its packets. Where many come, they gather for a moment, for which
 * a ring of this size has room at 10 Gbit/s. */
#define NAP_FRAMES 256 /* so many since it last waited */
#define NAP_MS 2
#define NAP_BUFFER (16 * 1024 * 1024)
#ifdef __linux__
#define NAPS true
#else
#define NAPS false /* what is asked for is more than the kernel may give */
#endif

struct live {
    pcap_t *pcap;
    int fd;          /* to poll; -1: libpcap has none, and is asked every BATCH_MS */
    int64_t tick_ns; /* of the subsecond part of a time */
    uint32_t link_type;
    uint64_t number;
    bool naps;
    size_t since_wait; /* frames */
    struct batch batch;
    int status;             /* of libpcap when it was asked for them; negative: nothing comes behind them */
    int64_t newest_ns;      /* of the frames that were given out */
    int64_t interrupted_ns; /* when that was seen; 0: it was not */
    struct counter kernel_drops, interface_drops;
    char name[64];
    char error[CAPTURE_ERROR_SIZE];
};

static void live_unknown_interface(const char *name, char error[CAPTURE_ERROR_SIZE]) {
    char names[512];
    interfaces_names(names, sizeof names);
    if (names[0] == '\0') {
        snprintf(error, CAPTURE_ERROR_SIZE, "%s: no such interface, and none that may be captured from: run with sudo", name);
    } else {
        snprintf(error, CAPTURE_ERROR_SIZE, "%s: no such interface; there are %s", name, names);
    }
}

static void live_no_permission(const char *name, char error[CAPTURE_ERROR_SIZE]) {
    char program[512] = "tlswatch";
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    if (len > 0) {
        program[len] = '\0';
    }
    snprintf(error, CAPTURE_ERROR_SIZE,
             "%s: no permission to capture: run with sudo, or allow it for good with `sudo setcap cap_net_raw+ep %s`", name, program);
}

static void live_explain(int status, pcap_t *pcap, const char *name, char error[CAPTURE_ERROR_SIZE]) {
    switch (status) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
        live_unknown_interface(name, error);
        break;
    case PCAP_ERROR_PERM_DENIED:
        live_no_permission(name, error);
        break;
    case PCAP_ERROR_IFACE_NOT_UP:
        snprintf(error, CAPTURE_ERROR_SIZE, "%s: the interface is down: `sudo ip link set %s up`", name, name);
        break;
    default:
        snprintf(error, CAPTURE_ERROR_SIZE, "%s: %s: %s", name, pcap_statustostr(status), pcap_geterr(pcap));
        break;
    }
}

/* Never immediate mode: a wake-up for each packet costs twenty times the packet. */
static void live_configure(struct live *l, const struct capture_live *options) {
    pcap_t *pcap = l->pcap;
    int buffer = options->buffer_size > 0 ? options->buffer_size : DEFAULT_BUFFER;
    l->naps = NAPS && buffer >= NAP_BUFFER;
    pcap_set_snaplen(pcap, options->snaplen > 0 ? options->snaplen : DEFAULT_SNAPLEN);
    pcap_set_buffer_size(pcap, buffer);
    pcap_set_promisc(pcap, !options->no_promiscuous && strcmp(options->interface, "any") != 0);
    pcap_set_timeout(pcap, BATCH_MS);
    pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO); /* where it is not to be had, micro stays */
}

static bool live_filter(pcap_t *pcap, const char *filter, char error[CAPTURE_ERROR_SIZE]) {
    struct bpf_program program;
    if (filter == NULL || filter[0] == '\0') {
        return true;
    }
    if (pcap_compile(pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) != 0) {
        snprintf(error, CAPTURE_ERROR_SIZE, "filter \"%s\": %s", filter, pcap_geterr(pcap));
        return false;
    }
    bool set = pcap_setfilter(pcap, &program) == 0;
    if (!set) {
        snprintf(error, CAPTURE_ERROR_SIZE, "filter \"%s\": %s", filter, pcap_geterr(pcap));
    }
    pcap_freecode(&program);
    return set;
}

static bool live_activate(struct live *l, const struct capture_live *options, struct warnings *warnings, char error[CAPTURE_ERROR_SIZE]) {
    char problem[PCAP_ERRBUF_SIZE];
    int status = pcap_activate(l->pcap);
    if (status < 0) {
        live_explain(status, l->pcap, options->interface, error);
        return false;
    }
    if (status > 0) {
        warnings_add(warnings, "%s: %s", options->interface, pcap_statustostr(status));
    }
    if (!live_filter(l->pcap, options->filter, error)) {
        return false;
    }
    if (pcap_setnonblock(l->pcap, 1, problem) != 0) {
        snprintf(error, CAPTURE_ERROR_SIZE, "%s: %s", options->interface, problem);
        return false;
    }
    l->fd = pcap_get_selectable_fd(l->pcap);
    l->tick_ns = pcap_get_tstamp_precision(l->pcap) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
    l->link_type = linktype_of_dlt(pcap_datalink(l->pcap));
    if (!batch_init(&l->batch, (size_t)pcap_snapshot(l->pcap))) {
        snprintf(error, CAPTURE_ERROR_SIZE, "%s: out of memory", options->interface);
        return false;
    }
    return true;
}

struct live *live_open(const struct capture_live *options, struct warnings *warnings, char error[CAPTURE_ERROR_SIZE]) {
    char problem[PCAP_ERRBUF_SIZE] = "out of memory";
    struct live *l = calloc(1, sizeof *l);
    if (l != NULL) {
        l->pcap = pcap_create(options->interface, problem);
    }
    if (l == NULL || l->pcap == NULL) {
        snprintf(error, CAPTURE_ERROR_SIZE, "%s: %s", options->interface, problem);
        free(l);
        return NULL;
    }
    snprintf(l->name, sizeof l->name, "%s", options->interface);
    live_configure(l, options);
    if (!live_activate(l, options, warnings, error)) {
        live_free(l);
        return NULL;
    }
    return l;
}

void live_free(struct live *l) {
    if (l == NULL) {
        return;
    }
    pcap_close(l->pcap);
    batch_clear(&l->batch);
    free(l);
}

static void live_on_packet(u_char *user, const struct pcap_pkthdr *header, const u_char *data) {
    struct live *l = (struct live *)user;
    const struct tlswatch_frame frame = {
            .data = data,
            .len = header->caplen,
            .original_len = header->len < header->caplen ? header->caplen : header->len,
            .link_type = l->link_type,
            .number = ++l->number,
            .time_ns = (int64_t)header->ts.tv_sec * SECOND_NS + (int64_t)header->ts.tv_usec * l->tick_ns,
            .time_digits = l->tick_ns == 1 ? 9 : 6,
    };
    batch_add(&l->batch, &frame);
}

size_t live_more(struct live *l, struct tlswatch_frame *frames, size_t max) {
    size_t num = batch_take(&l->batch, frames, max);
    if (num > 0) {
        l->newest_ns = frames[num - 1].time_ns;
    }
    return num;
}

/* 1: a frame; 0: none; negative: the interface is lost. */
static int live_read(struct live *l, struct tlswatch_frame *frame) {
    size_t num = live_more(l, frame, 1);
    if (num == 0 && l->status >= 0) {
        batch_begin(&l->batch);
        l->status = pcap_dispatch(l->pcap, BATCH_FRAMES, live_on_packet, (u_char *)l);
        num = live_more(l, frame, 1);
        l->since_wait += l->batch.num;
    }
    return num == 1 ? 1 : l->status;
}

static void live_wait(struct live *l, int timeout_ms, int wake_fd) {
    struct pollfd fds[] = {{wake_fd, POLLIN, 0}, {l->fd, POLLIN, 0}};
    if (l->fd < 0 && (timeout_ms < 0 || timeout_ms > BATCH_MS)) {
        timeout_ms = BATCH_MS;
    }
    l->since_wait = 0;
    poll(fds, 2, timeout_ms); /* -1 is passed over */
}

/* False where it is better to wait until something comes. A signal ends the nap. */
static bool live_nap(struct live *l, int timeout_ms) {
    const struct timespec nap = {.tv_nsec = NAP_MS * 1000000L};
    if (!l->naps || l->since_wait < NAP_FRAMES || (timeout_ms >= 0 && timeout_ms < NAP_MS)) {
        return false;
    }
    l->since_wait = 0;
    nanosleep(&nap, NULL);
    return true;
}

/* As live_read, but waits once for a frame. */
static int live_await(struct live *l, struct tlswatch_frame *frame, int timeout_ms, const struct wake *wake) {
    int result = live_read(l, frame);
    if (result == 0 && live_nap(l, timeout_ms) && !wake->interrupted) {
        result = live_read(l, frame);
    }
    if (result == 0) {
        live_wait(l, timeout_ms, wake->fds[0]);
        result = live_read(l, frame);
    }
    return result;
}

/* Since the interruption was seen; negative where the clock was set back. */
static int64_t live_ending_for(struct live *l) {
    int64_t now = wall_clock_ns();
    if (l->interrupted_ns == 0) {
        l->interrupted_ns = now;
    }
    return now - l->interrupted_ns;
}

/* What is read now has come behind it, or it takes too long. */
static bool live_has_ended(struct live *l) {
    int64_t ending_ns = live_ending_for(l);
    return ending_ns < 0 || ending_ns > LONGEST_END_NS || l->newest_ns > l->interrupted_ns;
}

/* What the kernel took before the interruption is in its ring, and counted: it is read too. */
static int live_read_last(struct live *l, struct tlswatch_frame *frame) {
    int result = 0;
    bool handed_over = false;
    while (result == 0 && !handed_over && !live_has_ended(l)) {
        handed_over = live_ending_for(l) >= HANDED_OVER_NS; /* by now: it may take long until the next look at the clock */
        result = live_read(l, frame);
        if (result == 0 && !handed_over) {
            live_wait(l, BATCH_MS, -1);
        }
    }
    return result;
}

enum capture_result live_next(struct live *l, struct tlswatch_frame *frame, int timeout_ms, struct wake *wake) {
    int result = wake->interrupted ? 0 : live_await(l, frame, timeout_ms, wake);
    bool ending = wake->interrupted;
    if (result == 0 && ending) {
        result = live_read_last(l, frame);
    }
    if (result < 0) {
        snprintf(l->error, sizeof l->error, "%s: %s", l->name, pcap_geterr(l->pcap));
        return CAPTURE_ERROR;
    }
    return result == 1 ? CAPTURE_FRAME : ending ? CAPTURE_END : CAPTURE_IDLE;
}

int live_descriptor(const struct live *l) {
    return pcap_fileno(l->pcap);
}

const char *live_error(const struct live *l) {
    return l->error;
}

void live_drops(struct live *l, struct capture_statistics *out) {
    struct pcap_stat now;
    if (pcap_stats(l->pcap, &now) == 0) {
        counter_update(&l->kernel_drops, now.ps_drop);
        counter_update(&l->interface_drops, now.ps_ifdrop);
    }
    out->kernel_drops = l->kernel_drops.total;
    out->interface_drops = l->interface_drops.total;
}
