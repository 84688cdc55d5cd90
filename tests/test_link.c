/* Link layers: each gives the one segment that it carries. Layouts: tcpdump.org/linktypes.html; tshark reads them so. */
#include "fixtures/link_frames.h"

#define NUM_ROWS ((int)(sizeof link_frames / sizeof *link_frames))

START_TEST(each_link_gives_its_segment) {
    frame_check_whole(&link_frames[_i]);
    ck_assert_uint_eq(frame_tunnel(&link_frames[_i]), 0);
    ck_assert(link_supported(link_frames[_i].link_type));
}
END_TEST

START_TEST(padding_behind_the_packet_is_not_payload) {
    frame_check_padding(&link_frames[_i]);
}
END_TEST

START_TEST(every_prefix_of_a_frame_is_refused_or_cut) {
    frame_check_prefixes(&link_frames[_i]);
}
END_TEST

static const struct refusal {
    const char *name;
    uint32_t link_type;
    enum decode_result result;
    const char *steps[8];
} refusals[] = {
        {"a link type that is not read", 999, DECODE_UNSUPPORTED, {"tcp", "ip4:6"}},
        {"ARP", 1, DECODE_OTHER, {"0001 0800 06 04 0001", MACS "0806"}},
        {"MACsec", 1, DECODE_UNSUPPORTED, {"00", MACS "88e5"}},
        {"spanning tree", 1, DECODE_OTHER, {"424203 0000", "len", MACS}},
        {"IPX without LLC", 1, DECODE_OTHER, {"ffff 0022 00", "len", MACS}},
        {"a type between length and type", 1, DECODE_OTHER, {"tcp", "ip4:6", MACS "05dd"}},
        {"SNAP of another organization", 1, DECODE_OTHER, {"tcp", "ip4:6", "aaaa03 00000c 2000", "len", MACS}},
        {"PPPoE discovery code", 1, DECODE_OTHER, {"0021", "len", "11 09 0000", MACS "8864"}},
        {"PPP link control", 9, DECODE_OTHER, {"0101 0004", "c021"}},
        {"MPLS without a bottom", 1, DECODE_MALFORMED, {"00010040 00020040", MACS "8847"}},
        {"MPLS with nothing in it", 1, DECODE_MALFORMED, {"00010140", MACS "8847"}},
        {"802.11 beacon", 105, DECODE_OTHER, {"8000 0000 020000000001 020000000002 020000000003 1000"}},
        {"802.11 null", 105, DECODE_OTHER, {"4801 0000 020000000001 020000000002 020000000003 1000"}},
        {"802.11 encrypted", 105, DECODE_UNSUPPORTED, {"tcp", "ip4:6", SNAP_4, "0842 0000 020000000001 020000000002 020000000003 1000"}},
        {"802.11 aggregate with a length of nothing",
         105,
         DECODE_MALFORMED,
         {MACS "0000", "8802 0000 020000000001 020000000002 020000000003 1000 8000"}},
        {"radiotap longer than the frame", 127, DECODE_MALFORMED, {"tcp", "00 00 ff00 00000000"}},
        {"radiotap shorter than itself", 127, DECODE_MALFORMED, {"tcp", "00 00 0700 00000000"}},
        {"PPI in PPI", 192, DECODE_UNSUPPORTED, {"tcp", "ip4:6", "00 00 0800 c0000000", "00 00 0800 c0000000"}},
        {"NFLOG value of length 0", 239, DECODE_MALFORMED, {"0000 0100", "02 00 0000"}},
        {"NFLOG without a packet", 239, DECODE_MALFORMED, {"0800 0100 08000100", "02 00 0000"}},
        {"pflog of length 0", 117, DECODE_OTHER, {"tcp", "00 02 00 00"}},
        {"NULL of another family", 0, DECODE_OTHER, {"tcp", "ip4:6", "07000000"}},
};

#define NUM_REFUSALS ((int)(sizeof refusals / sizeof *refusals))

START_TEST(what_is_no_segment_is_said_to_be_none) {
    const struct refusal *row = &refusals[_i];
    struct decapsulator *d = decapsulator_new(NULL);
    struct frame f;
    struct segment s = {.seq = 77};
    uint8_t *copy;
    frame_build(&f, row->steps);
    enum decode_result result = frame_decode(d, &f, row->link_type, frame_len(&f), frame_len(&f), &s, &copy);
    ck_assert_msg(result == row->result, "%s: %d", row->name, (int)result);
    ck_assert_uint_eq(s.seq, 77);
    free(copy);
    decapsulator_free(d);
}
END_TEST

START_TEST(a_hundred_vlan_tags_are_no_trouble) {
    struct decapsulator *d = decapsulator_new(NULL);
    struct frame f;
    struct segment s = {0};
    uint8_t *copy;
    frame_build(&f, (const char *const[]){"tcp", "ip4:6", "0064 0800", NULL});
    for (int i = 0; i < 100; i++) {
        frame_step(&f, "0065 8100");
    }
    frame_step(&f, MACS "88a8");
    ck_assert_int_eq(frame_decode(d, &f, 1, frame_len(&f), frame_len(&f), &s, &copy), DECODE_SEGMENT);
    ck_assert(frame_is_known(&s));
    ck_assert_uint_eq(s.tunnel, 0);
    free(copy);
    decapsulator_free(d);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("link");
    TCase *tests = tcase_create("link");
    tcase_add_loop_test(tests, each_link_gives_its_segment, 0, NUM_ROWS);
    tcase_add_loop_test(tests, padding_behind_the_packet_is_not_payload, 0, NUM_ROWS);
    tcase_add_loop_test(tests, every_prefix_of_a_frame_is_refused_or_cut, 0, NUM_ROWS);
    tcase_add_loop_test(tests, what_is_no_segment_is_said_to_be_none, 0, NUM_REFUSALS);
    tcase_add_test(tests, a_hundred_vlan_tags_are_no_trouble);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
