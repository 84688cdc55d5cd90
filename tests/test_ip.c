/* IPv4, IPv6 and TCP headers: options, extension headers, lengths that lie, what ICMP quotes. */
#include "fixtures/ip_frames.h"

#include "base/limits.h"

#include <arpa/inet.h>

#define NUM_ROWS ((int)(sizeof ip_frames / sizeof *ip_frames))

START_TEST(each_packet_gives_its_segment) {
    frame_check_whole(&ip_frames[_i]);
}
END_TEST

START_TEST(padding_behind_the_packet_is_not_payload) {
    frame_check_padding(&ip_frames[_i]);
}
END_TEST

START_TEST(every_prefix_of_a_packet_is_refused_or_cut) {
    frame_check_prefixes(&ip_frames[_i]);
}
END_TEST

/* What the card is to cut up says 0: such a packet goes to the end of the frame. */
static const struct frame_row unknown_lengths[] = {
        {"IPv4", 101, {"tcp", "45 00 0000 0001 0000 40 06 0000 0a000001 0a000002"}},
        {"IPv6", 101, {"tcp", "60000000 0000 06 40 20010db8000000000000000000000001 20010db8000000000000000000000002"}},
        {"IPv6 jumbogram",
         101,
         {"tcp", "06 00 c204 00000021", "60000000 0000 00 40 20010db8000000000000000000000001 20010db8000000000000000000000002"}},
};

START_TEST(a_length_of_zero_goes_to_the_end_of_the_frame) {
    frame_check_whole(&unknown_lengths[_i]);
}
END_TEST

START_TEST(a_prefix_of_one_without_a_length_is_refused_or_cut) {
    frame_check_prefixes(&unknown_lengths[_i]);
}
END_TEST

static const struct refusal {
    const char *name;
    enum decode_result result;
    const char *steps[6];
} refusals[] = {
        {"nothing", DECODE_MALFORMED, {""}},
        {"version 5", DECODE_OTHER, {"tcp", "55 00 002d 0001 0000 40 06 0000 0a000001 0a000002"}},
        {"header shorter than its minimum", DECODE_MALFORMED, {"tcp", "44 00 002d 0001 0000 40 06 0000 0a000001 0a000002"}},
        {"header longer than the packet", DECODE_MALFORMED, {"4f 00 0014 0001 0000 40 06 0000 0a000001 0a000002"}},
        {"total length shorter than the header", DECODE_MALFORMED, {"tcp", "45 00 0013 0001 0000 40 06 0000 0a000001 0a000002"}},
        {"total length that leaves no TCP header", DECODE_MALFORMED, {"tcp", "45 00 001c 0001 0000 40 06 0000 0a000001 0a000002"}},
        {"ICMP echo", DECODE_OTHER, {"08 00 0000 0001 0001", "ip4:1"}},
        {"ICMPv6 neighbour solicitation", DECODE_OTHER, {"87 00 0000 00000000", "ip6:58"}},
        {"SCTP", DECODE_OTHER, {"9c40 01bb 00000000 00000000", "ip4:132"}},
        {"IPv6 without a next header", DECODE_OTHER, {"tcp", "ip6:59"}},
        {"IPv6 extension longer than the packet", DECODE_MALFORMED, {"tcp", "06 ff " EIGHT, "ip6:60"}},
        {"authentication longer than the packet", DECODE_MALFORMED, {"tcp", "06 ff 0000 00000001 00000001", "ip4:51"}},
        {"hop by hop behind IPv4", DECODE_OTHER, {"tcp", "06 00 " EIGHT, "ip4:0"}},
        {"TCP header shorter than its minimum", DECODE_MENTION, {"68656c6c6f", "9c40 01bb 000003e8 000007d0 4018 0400 0000 0000", "ip4:6"}},
        {"TCP header longer than the packet", DECODE_MENTION, {"68656c6c6f", "9c40 01bb 000003e8 000007d0 7018 0400 0000 0000", "ip4:6"}},
        {"quoted by ICMP", DECODE_MENTION, {"tcp", "ip4:6", "03 01 0000 00000000", "out4:1"}},
        {"eight bytes quoted by ICMP",
         DECODE_OTHER,
         {"9c40 01bb 000003e8", "45 00 002d 0001 0000 40 06 0000 0a000001 0a000002", "0b 00 0000 00000000", "out4:1"}},
        {"quoted by ICMPv6", DECODE_MENTION, {"tcp", "ip6:6", "01 00 0000 00000000", "out6:58"}},
        {"first fragment quoted",
         DECODE_MENTION,
         {"tcp", "45 00 002d 0001 2000 40 06 0000 0a000001 0a000002", "03 04 0000 00000000", "out4:1"}},
        {"later fragment quoted",
         DECODE_OTHER,
         {"tcp", "45 00 002d 0001 0001 40 06 0000 0a000001 0a000002", "03 04 0000 00000000", "out4:1"}},
};

#define NUM_REFUSALS ((int)(sizeof refusals / sizeof *refusals))

START_TEST(what_is_no_segment_is_said_to_be_none) {
    const struct refusal *row = &refusals[_i];
    struct decapsulator *d = decapsulator_new(NULL);
    struct frame f;
    struct segment s = {0};
    uint8_t *copy;
    frame_build(&f, row->steps);
    enum decode_result result = frame_decode(d, &f, 101, frame_len(&f), frame_len(&f), &s, &copy);
    ck_assert_msg(result == row->result, "%s: %d", row->name, (int)result);
    ck_assert_uint_eq(s.destination.port, result == DECODE_MENTION ? 443 : 0);
    ck_assert_uint_eq(s.payload_len, 0);
    free(copy);
    for (size_t len = 0; len < frame_len(&f); len++) {
        result = frame_decode(d, &f, 101, len, len, &s, &copy);
        ck_assert_int_ne(result, DECODE_SEGMENT);
        free(copy);
    }
    decapsulator_free(d);
}
END_TEST

START_TEST(more_extension_headers_than_the_bound_are_refused) {
    for (int count = 0; count < 40; count++) {
        struct decapsulator *d = decapsulator_new(NULL);
        struct frame f;
        struct segment s = {0};
        uint8_t *copy;
        frame_build(&f, (const char *const[]){"tcp", NULL});
        for (int i = 0; i < count; i++) {
            frame_step(&f, i == 0 ? "06 00 " EIGHT : "3c 00 " EIGHT);
        }
        frame_step(&f, count == 0 ? "ip6:6" : "ip6:60");
        enum decode_result result = frame_decode(d, &f, 101, frame_len(&f), frame_len(&f), &s, &copy);
        ck_assert_int_eq(result, count < LIMIT_IPV6_EXTENSIONS ? DECODE_SEGMENT : DECODE_MALFORMED);
        free(copy);
        decapsulator_free(d);
    }
}
END_TEST

START_TEST(the_snapshot_length_cuts_payload_and_not_its_length) {
    struct decapsulator *d = decapsulator_new(NULL);
    struct frame f;
    struct segment s = {0};
    uint8_t *copy;
    frame_build(&f, (const char *const[]){"tcp", "ip4:6", ETHERNET_4, NULL});
    ck_assert_int_eq(frame_decode(d, &f, 1, frame_len(&f) - 3, frame_len(&f), &s, &copy), DECODE_SEGMENT);
    ck_assert_uint_eq(s.payload_len, 5);
    ck_assert_uint_eq(s.payload.len, 2);
    ck_assert_mem_eq(s.payload.p, "he", 2);
    free(copy);
    decapsulator_free(d);
}
END_TEST

START_TEST(the_options_of_a_syn_are_no_payload) {
    struct decapsulator *d = decapsulator_new(NULL);
    struct frame f;
    struct segment s = {0};
    uint8_t *copy;
    frame_build(&f, (const char *const[]){"syn", "ip4:6", NULL});
    ck_assert_int_eq(frame_decode(d, &f, 101, frame_len(&f), frame_len(&f), &s, &copy), DECODE_SEGMENT);
    ck_assert_uint_eq(s.flags, TCP_SYN);
    ck_assert_uint_eq(s.payload_len, 0);
    free(copy);
    decapsulator_free(d);
}
END_TEST

START_TEST(an_endpoint_is_written_as_text) {
    struct endpoint v4 = {.address = {192, 0, 2, 1}};
    struct endpoint v6 = {.address = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}};
    char text[46];
    endpoint_text(&v4, false, text);
    ck_assert_str_eq(text, "192.0.2.1");
    endpoint_text(&v6, true, text);
    ck_assert_str_eq(text, "2001:db8::1");
}
END_TEST

/* RFC 5952, 4 and 5; RFC 4291, 2.2. */
static const struct {
    uint16_t word[8];
    const char *text;
} addresses[] = {
        {{0}, "::"},
        {{[7] = 1}, "::1"},
        {{0x2001, 0xdb8}, "2001:db8::"},
        {{0x2001, 0xdb8, 0, 1, 1, 1, 1, 1}, "2001:db8:0:1:1:1:1:1"},
        {{0x2001, 0, 0, 1, 0, 0, 0, 1}, "2001:0:0:1::1"},
        {{0x2001, 0xdb8, 0, 0, 1, 0, 0, 1}, "2001:db8::1:0:0:1"},
        {{0xfe80, 0, 0, 0, 0xabc, 0xde, 0xf, 0}, "fe80::abc:de:f:0"},
        {{0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0280}, "::ffff:192.0.2.128"},
        {{0, 0, 0, 0, 0, 0, 0xc000, 0x0280}, "::192.0.2.128"},
};

static struct endpoint endpoint_of(const uint16_t word[8]) {
    struct endpoint endpoint = {0};
    for (int i = 0; i < 8; i++) {
        endpoint.address[2 * i] = (uint8_t)(word[i] >> 8);
        endpoint.address[2 * i + 1] = (uint8_t)word[i];
    }
    return endpoint;
}

START_TEST(an_ipv6_address_is_written_as_rfc_5952_says) {
    struct endpoint endpoint = endpoint_of(addresses[_i].word);
    char text[46];
    endpoint_text(&endpoint, true, text);
    ck_assert_str_eq(text, addresses[_i].text);
}
END_TEST

/* Every arrangement of zeros, ones and longer words. */
START_TEST(an_address_is_written_as_inet_ntop_does) {
    static const uint16_t words[] = {0, 1, 0xffff, 0xa0b};
    for (unsigned n = 0; n < 1 << 16; n++) {
        uint16_t word[8];
        char text[46], expected[46];
        for (int i = 0; i < 8; i++) {
            word[i] = words[n >> 2 * i & 3];
        }
        struct endpoint endpoint = endpoint_of(word);
        for (int ipv6 = 0; ipv6 < 2; ipv6++) {
            endpoint_text(&endpoint, ipv6 != 0, text);
            inet_ntop(ipv6 != 0 ? AF_INET6 : AF_INET, endpoint.address, expected, sizeof expected);
            ck_assert_str_eq(text, expected);
        }
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("ip");
    TCase *tests = tcase_create("ip");
    tcase_add_loop_test(tests, each_packet_gives_its_segment, 0, NUM_ROWS);
    tcase_add_loop_test(tests, padding_behind_the_packet_is_not_payload, 0, NUM_ROWS);
    tcase_add_loop_test(tests, every_prefix_of_a_packet_is_refused_or_cut, 0, NUM_ROWS);
    tcase_add_loop_test(tests, a_length_of_zero_goes_to_the_end_of_the_frame, 0, 3);
    tcase_add_loop_test(tests, a_prefix_of_one_without_a_length_is_refused_or_cut, 0, 3);
    tcase_add_loop_test(tests, what_is_no_segment_is_said_to_be_none, 0, NUM_REFUSALS);
    tcase_add_test(tests, more_extension_headers_than_the_bound_are_refused);
    tcase_add_test(tests, the_snapshot_length_cuts_payload_and_not_its_length);
    tcase_add_test(tests, the_options_of_a_syn_are_no_payload);
    tcase_add_test(tests, an_endpoint_is_written_as_text);
    tcase_add_loop_test(tests, an_ipv6_address_is_written_as_rfc_5952_says, 0, sizeof addresses / sizeof *addresses);
    tcase_add_test(tests, an_address_is_written_as_inet_ntop_does);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
