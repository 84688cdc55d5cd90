/* An interface of which every packet is made here: libpcap's part is played by the functions below. */
#include "base/limits.h"
#include "capture/batch.h"
#include "capture/capture.h"
#include "capture/wall_clock.h"
#include "tap.h"

#include <pcap.h>
#include <string.h>

#define LONGEST 262144
#define MANY 300

struct packet {
    uint32_t caplen, len;
    int64_t time_ns;
};

static struct {
    struct packet packets[MANY];
    int num, next;
    int fails_at; /* the packet behind which the interface is gone; negative: it stays */
    int asked;    /* how often for packets */
    int snaplen, precision;
    uint8_t shown[LONGEST + 16]; /* where each packet lies while its callback runs */
} wire;

/* --- libpcap --- */

struct pcap {
    int unused;
};

static struct pcap interface;

pcap_t *pcap_create(const char *source, char *error) {
    (void)source;
    (void)error;
    return &interface;
}

void pcap_close(pcap_t *p) {
    (void)p;
}

int pcap_set_snaplen(pcap_t *p, int snaplen) {
    (void)p;
    wire.snaplen = snaplen;
    return 0;
}

int pcap_snapshot(pcap_t *p) {
    (void)p;
    return wire.snaplen;
}

int pcap_set_buffer_size(pcap_t *p, int size) {
    (void)p;
    return size > 0 ? 0 : -1;
}

int pcap_set_promisc(pcap_t *p, int promisc) {
    (void)p;
    (void)promisc;
    return 0;
}

int pcap_set_timeout(pcap_t *p, int ms) {
    (void)p;
    (void)ms;
    return 0;
}

int pcap_set_tstamp_precision(pcap_t *p, int precision) {
    (void)p;
    (void)precision;
    return 0;
}

int pcap_get_tstamp_precision(pcap_t *p) {
    (void)p;
    return wire.precision;
}

int pcap_activate(pcap_t *p) {
    (void)p;
    return 0;
}

int pcap_setnonblock(pcap_t *p, int on, char *error) {
    (void)p;
    (void)on;
    (void)error;
    return 0;
}

int pcap_get_selectable_fd(pcap_t *p) {
    (void)p;
    return -1;
}

int pcap_datalink(pcap_t *p) {
    (void)p;
    return DLT_EN10MB;
}

char *pcap_geterr(pcap_t *p) {
    static char gone[] = "it went away";
    (void)p;
    return gone;
}

int pcap_stats(pcap_t *p, struct pcap_stat *stat) {
    (void)p;
    *stat = (struct pcap_stat){0};
    return 0;
}

static uint8_t byte_of(int number) {
    return (uint8_t)(number * 7 + 1);
}

/* As libpcap does it: the next packet comes to lie where the last one was. */
int pcap_dispatch(pcap_t *p, int max, pcap_handler callback, u_char *user) {
    int given = 0;
    (void)p;
    wire.asked++;
    for (; given < max && wire.next < wire.num && wire.next != wire.fails_at; given++, wire.next++) {
        const struct packet *packet = &wire.packets[wire.next];
        struct pcap_pkthdr header = {.caplen = packet->caplen, .len = packet->len, .ts.tv_sec = (time_t)(packet->time_ns / SECOND_NS)};
        int64_t rest_ns = packet->time_ns % SECOND_NS;
        header.ts.tv_usec = (suseconds_t)(wire.precision == PCAP_TSTAMP_PRECISION_NANO ? rest_ns : rest_ns / 1000);
        memset(wire.shown, byte_of(wire.next), packet->caplen);
        callback(user, &header, wire.shown);
    }
    memset(wire.shown, 0, sizeof wire.shown);
    return wire.next == wire.fails_at ? PCAP_ERROR : given;
}

/* --- What is asked of it --- */

static struct capture *capture;

static void set_up(void) {
    char error[CAPTURE_ERROR_SIZE] = "";
    memset(&wire, 0, sizeof wire);
    wire.fails_at = -1;
    wire.precision = PCAP_TSTAMP_PRECISION_NANO;
    capture = capture_open_live(&(struct capture_live){.interface = "none"}, error);
    ck_assert_msg(capture != NULL, "%s", error);
}

static void tear_down(void) {
    capture_free(capture);
}

static void send_packets(int num, uint32_t len, int64_t time_ns) {
    for (int i = 0; i < num; i++) {
        wire.packets[wire.num++] = (struct packet){len, len, time_ns};
    }
}

/* The packet of that place as it was sent, or what the snapshot length leaves of it. */
static void check_frame(const struct tlswatch_frame *frame, int place) {
    const struct packet *sent = &wire.packets[place];
    ck_assert_uint_eq(frame->number, (uint64_t)place + 1);
    ck_assert_uint_eq(frame->len, sent->caplen < LONGEST ? sent->caplen : LONGEST);
    ck_assert_uint_eq(frame->original_len, sent->len);
    ck_assert_int_eq(frame->time_ns, sent->time_ns);
    uint32_t same = 0;
    while (same < frame->len && frame->data[same] == byte_of(place)) {
        same++;
    }
    ck_assert_uint_eq(same, frame->len);
}

static uint64_t num_counted(void) {
    struct capture_statistics statistics;
    capture_get_statistics(capture, &statistics);
    return statistics.frames;
}

/* Takes at most `at_once` together until no frame comes; all of them are looked at when the last of them is there. */
static enum capture_result take_all(size_t at_once, int *taken) {
    struct tlswatch_frame frames[MANY];
    enum capture_result result;
    while ((result = capture_next(capture, frames, 0)) == CAPTURE_FRAME) {
        size_t num = 1 + capture_more(capture, frames + 1, at_once - 1);
        ck_assert_uint_le(num, at_once);
        for (size_t i = 0; i < num; i++) {
            check_frame(&frames[i], (*taken)++);
        }
    }
    ck_assert_uint_eq(num_counted(), (uint64_t)*taken);
    return result;
}

static const size_t at_once[] = {1, 2, BATCH_FRAMES - 1, BATCH_FRAMES, BATCH_FRAMES + 1, MANY};

START_TEST(all_come_in_their_order_however_many_are_taken_together) {
    int taken = 0;
    for (int i = 0; i < 3 * BATCH_FRAMES + 5; i++) {
        send_packets(1, (uint32_t)(i * 37 % 1515), SECOND_NS + i);
    }
    ck_assert_int_eq(take_all(at_once[_i], &taken), CAPTURE_IDLE);
    ck_assert_int_eq(taken, wire.num);
    send_packets(BATCH_FRAMES + 1, 60, 2 * SECOND_NS);
    ck_assert_int_eq(take_all(at_once[_i], &taken), CAPTURE_IDLE);
    ck_assert_int_eq(taken, wire.num);
}
END_TEST

START_TEST(there_is_room_where_all_are_as_long_as_they_may_be) {
    int taken = 0;
    send_packets(BATCH_FRAMES + 1, LONGEST, SECOND_NS);
    ck_assert_int_eq(take_all(MANY, &taken), CAPTURE_IDLE);
    ck_assert_int_eq(taken, BATCH_FRAMES + 1);
}
END_TEST

START_TEST(what_is_longer_than_the_snapshot_is_cut) {
    int taken = 0;
    send_packets(BATCH_FRAMES, LONGEST + 16, SECOND_NS);
    ck_assert_int_eq(take_all(MANY, &taken), CAPTURE_IDLE);
    ck_assert_int_eq(taken, BATCH_FRAMES);
}
END_TEST

START_TEST(they_are_fetched_together_and_not_one_by_one) {
    int taken = 0;
    send_packets(4 * BATCH_FRAMES, 60, SECOND_NS);
    take_all(1, &taken);
    ck_assert_int_le(wire.asked, 4 + 2); /* and in vain before the waiting and behind it */
}
END_TEST

START_TEST(what_came_before_the_interface_was_lost_is_given_first) {
    int taken = 0;
    send_packets(10, 60, SECOND_NS);
    wire.fails_at = 5;
    ck_assert_int_eq(take_all(at_once[_i], &taken), CAPTURE_ERROR);
    ck_assert_int_eq(taken, 5);
    ck_assert_str_eq(capture_error(capture), "none: it went away");
    wire.fails_at = -1;
    ck_assert_int_eq(take_all(at_once[_i], &taken), CAPTURE_ERROR);
    ck_assert_int_eq(taken, 5);
    ck_assert_int_eq(wire.asked, 1);
}
END_TEST

START_TEST(what_waits_when_it_is_interrupted_is_given_before_the_end) {
    struct tlswatch_frame frames[2];
    int taken = 1;
    send_packets(BATCH_FRAMES + 3, 60, wall_clock_ns() - SECOND_NS);
    ck_assert_int_eq(capture_next(capture, frames, 0), CAPTURE_FRAME);
    check_frame(frames, 0);
    capture_interrupt(capture);
    ck_assert_uint_eq(capture_more(capture, frames, 2), 0);
    ck_assert_int_eq(take_all(MANY, &taken), CAPTURE_END);
    ck_assert_int_eq(taken, BATCH_FRAMES + 3);
}
END_TEST

START_TEST(what_came_after_the_interruption_ends_it_though_it_was_fetched_before) {
    struct tlswatch_frame frame;
    int taken = 1;
    send_packets(4, 60, wall_clock_ns() - SECOND_NS);
    send_packets(4, 60, wall_clock_ns() + 100 * SECOND_NS);
    ck_assert_int_eq(capture_next(capture, &frame, 0), CAPTURE_FRAME);
    capture_interrupt(capture);
    ck_assert_int_eq(take_all(MANY, &taken), CAPTURE_END);
    ck_assert_int_eq(taken, 5); /* with that which tells */
}
END_TEST

int main(void) {
    Suite *suite = suite_create("live");
    TCase *tests = tcase_create("live");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, all_come_in_their_order_however_many_are_taken_together, 0, sizeof at_once / sizeof *at_once);
    tcase_add_test(tests, there_is_room_where_all_are_as_long_as_they_may_be);
    tcase_add_test(tests, what_is_longer_than_the_snapshot_is_cut);
    tcase_add_test(tests, they_are_fetched_together_and_not_one_by_one);
    tcase_add_loop_test(tests, what_came_before_the_interface_was_lost_is_given_first, 0, sizeof at_once / sizeof *at_once);
    tcase_add_test(tests, what_waits_when_it_is_interrupted_is_given_before_the_end);
    tcase_add_test(tests, what_came_after_the_interruption_ends_it_though_it_was_fetched_before);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
