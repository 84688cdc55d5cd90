/* Frames that are read at once say what they say on the long way: behind a header of "any", which has none but that. */
#include "tap.h"

#include "net/segment.h"

#define ETHERNET 1
#define LINUX_SLL 113
#define HEADERS 66 /* Ethernet, IPv4, and TCP with twelve bytes of options */
#define PAYLOAD 9

/* 10.0.0.1:40000 to 10.0.0.2:443, 32 bytes of header and 9 of payload, and four of padding behind them. */
static const uint8_t frame_bytes[] = "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00"
                                     "\x45\x00\x00\x3d\x00\x07\x40\x00\x40\x06\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02"
                                     "\x9c\x40\x01\xbb\x00\x00\x03\xe8\x00\x00\x07\xd0\x80\x18\x04\x00\x00\x00\x00\x00"
                                     "\x01\x01\x08\x0a\x00\x00\x00\x01\x00\x00\x00\x02"
                                     "\x17\x03\x03\x00\x04hell\0\0\0";

enum { FRAME_LEN = sizeof frame_bytes };

static struct decapsulator *plain, *cooked;

static void set_up(void) {
    plain = decapsulator_new(NULL);
    cooked = decapsulator_new(NULL);
    ck_assert(plain != NULL && cooked != NULL);
}

static void tear_down(void) {
    decapsulator_free(plain);
    decapsulator_free(cooked);
}

static void check_same_segment(const struct segment *a, const struct segment *b) {
    ck_assert_mem_eq(a->source.address, b->source.address, 16);
    ck_assert_mem_eq(a->destination.address, b->destination.address, 16);
    ck_assert_uint_eq(a->source.port, b->source.port);
    ck_assert_uint_eq(a->destination.port, b->destination.port);
    ck_assert(a->ipv6 == b->ipv6 && a->from_fragments == b->from_fragments);
    ck_assert_uint_eq(a->tunnel, b->tunnel);
    ck_assert_uint_eq(a->seq, b->seq);
    ck_assert_uint_eq(a->ack, b->ack);
    ck_assert_uint_eq(a->flags, b->flags);
    ck_assert_uint_eq(a->ttl, b->ttl);
    ck_assert_uint_eq(a->payload_len, b->payload_len);
    ck_assert(bytes_equal(a->payload, b->payload));
    ck_assert_uint_eq(a->mark.frame, b->mark.frame);
}

/* The last two bytes of both link headers are the type. */
static enum decode_result decode_alike(const uint8_t *bytes, uint32_t len, uint32_t cut) {
    static uint64_t number;
    uint8_t ethernet[FRAME_LEN], sll[FRAME_LEN + 2] = {0, 0, 0, 1, 0, 6};
    struct segment a, b;

    memcpy(ethernet, bytes, len);
    memcpy(sll + 14, bytes + 12, len - 12);
    struct tlswatch_frame frame = {.data = ethernet, .len = len, .original_len = len + cut, .link_type = ETHERNET, .number = ++number};
    enum decode_result result = decapsulator_decode(plain, &frame, &a);
    frame.data = sll;
    frame.len += 2;
    frame.original_len += 2;
    frame.link_type = LINUX_SLL;
    ck_assert_int_eq(decapsulator_decode(cooked, &frame, &b), result);
    if (result == DECODE_SEGMENT || result == DECODE_MENTION) {
        check_same_segment(&a, &b);
    }
    return result;
}

START_TEST(the_frame_is_a_segment) {
    struct segment s;
    struct tlswatch_frame frame = {.data = frame_bytes, .len = FRAME_LEN, .original_len = FRAME_LEN, .link_type = ETHERNET, .number = 7};

    ck_assert_int_eq(decapsulator_decode(plain, &frame, &s), DECODE_SEGMENT);
    ck_assert_uint_eq(s.source.port, 40000);
    ck_assert_uint_eq(s.destination.port, 443);
    ck_assert_uint_eq(s.seq, 1000);
    ck_assert_uint_eq(s.ack, 2000);
    ck_assert_uint_eq(s.flags, TCP_PSH | TCP_ACK);
    ck_assert_uint_eq(s.ttl, 64);
    ck_assert_uint_eq(s.payload_len, PAYLOAD);
    ck_assert(bytes_equal(s.payload, bytes_of("\x17\x03\x03\x00\x04hell", PAYLOAD)));
    ck_assert_uint_eq(s.mark.frame, 7);
}
END_TEST

/* Cut anywhere, with more or less of it that was not captured. */
START_TEST(each_byte_may_be_another) {
    static const uint8_t values[] = {0x00, 0x04, 0x06, 0x08, 0x11, 0x20, 0x28, 0x40, 0x45, 0x4f, 0x80, 0xff};
    static const uint32_t cuts[] = {0, 3, 300};
    unsigned num_segments = 0, num_others = 0;
    uint8_t bytes[FRAME_LEN];

    memcpy(bytes, frame_bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof values; i++) {
        bytes[_i] = values[i];
        for (size_t k = 0; k < sizeof cuts / sizeof *cuts; k++) {
            for (uint32_t len = 32; len <= FRAME_LEN; len++) {
                if (decode_alike(bytes, len, cuts[k]) == DECODE_SEGMENT) {
                    num_segments++;
                } else {
                    num_others++;
                }
            }
        }
    }
    ck_assert(num_segments > 0 && num_others > 0);
}
END_TEST

START_TEST(two_bytes_may_be_others) {
    uint32_t random = 1;

    for (int i = 0; i < 20000; i++) {
        uint8_t bytes[FRAME_LEN];
        memcpy(bytes, frame_bytes, sizeof bytes);
        for (int k = 0; k < 2; k++) {
            random = random * 1664525 + 1013904223;
            bytes[12 + (random >> 8) % (HEADERS - 12)] = (uint8_t)(random >> 24);
        }
        decode_alike(bytes, 14 + random % (FRAME_LEN - 13), random >> 16 & 0x3f);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("plain");
    TCase *tests = tcase_create("plain");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, the_frame_is_a_segment);
    tcase_add_loop_test(tests, each_byte_may_be_another, 12, HEADERS);
    tcase_add_test(tests, two_bytes_may_be_others);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
