/* Link layers: each gives the one segment that it carries. Layouts: tcpdump.org/linktypes.html; tshark reads them so. */
#include "frames.h"

#define SNAP_4 "aaaa03 000000 0800"
#define ARP_IN_AGGREGATE MACS "0024 aaaa03 000000 0806 0001 0800 06 04 0001 020000000002 0a000001 000000000000 0a000002 0000"
#define COOKED "0000 0001 0006 020000000001 0000 "

static const struct frame_row rows[] = {
        {"Ethernet, IPv4", 1, {"tcp", "ip4:6", ETHERNET_4}},
        {"Ethernet, IPv6", 1, {"tcp", "ip6:6", ETHERNET_6}},
        {"one VLAN tag", 1, {"tcp", "ip4:6", "0064 0800", MACS "8100"}},
        {"802.1ad", 1, {"tcp", "ip6:6", "0064 86dd", "0065 8100", MACS "88a8"}},
        {"QinQ of old types", 1, {"tcp", "ip4:6", "0064 0800", "0065 8100", "0066 9200", MACS "9100"}},
        {"VN tag", 1, {"tcp", "ip4:6", "00010002 0800", MACS "8926"}},
        {"Cisco metadata", 1, {"tcp", "ip4:6", "01 01 0001 0006 0800", MACS "8909"}},
        {"Cisco metadata in a VLAN", 1, {"tcp", "ip4:6", "01 01 0001 0006 0800", "0064 8909", MACS "8100"}},
        {"LLC with SNAP", 1, {"tcp", "ip4:6", SNAP_4, "len", MACS}},
        {"LLC with SNAP in a VLAN", 1, {"tcp", "ip4:6", SNAP_4, "len", "0064", MACS "8100"}},
        {"LLC with the IP service access point", 1, {"tcp", "ip4:6", "060603", "len", MACS}},
        {"MPLS, one label", 1, {"tcp", "ip4:6", "00010140", MACS "8847"}},
        {"MPLS, three labels, IPv6", 1, {"tcp", "ip6:6", "00010040 00020040 00030140", MACS "8847"}},
        {"MPLS, upstream assigned", 1, {"tcp", "ip4:6", "00010140", MACS "8848"}},
        {"MPLS pseudowire with control word", 1, {"tcp", "ip4:6", ETHERNET_4, "00000000", "00010140", MACS "8847"}},
        {"MPLS pseudowire without, address of zeros", 1, {"tcp", "ip4:6", ETHERNET_4, "00010140", MACS "8847"}},
        {"MPLS pseudowire without", 1, {"tcp", "ip4:6", "a20000000001 020000000002 0800", "00010140", MACS "8847"}},
        {"PPPoE, IPv4", 1, {"tcp", "ip4:6", "0021", "len", "11 00 0007", MACS "8864"}},
        {"PPPoE, IPv6 in QinQ", 1, {"tcp", "ip6:6", "0057", "len", "11 00 0007", "0064 8864", "0065 8100", MACS "8100"}},
        {"SLL", 113, {"tcp", "ip4:6", COOKED "0800"}},
        {"SLL, IPv6", 113, {"tcp", "ip6:6", COOKED "86dd"}},
        {"SLL, VLAN", 113, {"tcp", "ip4:6", "0064 0800", COOKED "8100"}},
        {"SLL, LLC", 113, {"tcp", "ip4:6", SNAP_4, COOKED "0004"}},
        {"SLL2", 276, {"tcp", "ip4:6", "0800 0000 00000002 0001 00 06 020000000001 0000"}},
        {"SLL2, IPv6", 276, {"tcp", "ip6:6", "86dd 0000 00000002 0001 04 06 020000000001 0000"}},
        {"NULL, little-endian", 0, {"tcp", "ip4:6", "02000000"}},
        {"NULL, big-endian", 0, {"tcp", "ip4:6", "00000002"}},
        {"NULL, IPv6 on macOS", 0, {"tcp", "ip6:6", "1e000000"}},
        {"NULL, IPv6 on FreeBSD", 0, {"tcp", "ip6:6", "0000001c"}},
        {"NULL, IPv6 on NetBSD", 0, {"tcp", "ip6:6", "18000000"}},
        {"LOOP", 108, {"tcp", "ip4:6", "00000002"}},
        {"RAW, IPv4", 101, {"tcp", "ip4:6"}},
        {"RAW, IPv6", 101, {"tcp", "ip6:6"}},
        {"RAW as 12", 12, {"tcp", "ip4:6"}},
        {"RAW as 14", 14, {"tcp", "ip6:6"}},
        {"IPv4", 228, {"tcp", "ip4:6"}},
        {"IPv6", 229, {"tcp", "ip6:6"}},
        {"PPP with address and control", 9, {"tcp", "ip4:6", "ff03 0021"}},
        {"PPP without", 9, {"tcp", "ip4:6", "0021"}},
        {"PPP with a protocol of one byte", 9, {"tcp", "ip6:6", "ff03 57"}},
        {"PPP, MPLS", 9, {"tcp", "ip4:6", "00010140", "ff03 0281"}},
        {"PPP in HDLC", 50, {"tcp", "ip4:6", "ff03 0021"}},
        {"Cisco HDLC", 50, {"tcp", "ip4:6", "0f00 0800"}},
        {"Cisco HDLC of its own type", 104, {"tcp", "ip6:6", "0f00 86dd"}},
        {"PPP_ETHER", 51, {"tcp", "ip4:6", "0021", "len", "11 00 0007"}},
        {"NFLOG", 239, {"tcp", "ip4:6", "3100 0900", "0800 0100 08000100", "0500 0a00 00000000", "02 00 0000"}},
        {"NFLOG, big-endian", 239, {"tcp", "ip4:6", "0031 0009", "0008 0001 08000100", "02 00 0000"}},
        {"pflog",
         117,
         {"tcp", "ip4:6", "00000000 00000000 00000000 00000000 00000000 00000000 01 000000",
          "3d 02 00 00 656d3000000000000000000000000000 00000000000000000000000000000000"}},
        {"802.11 data", 105, {"tcp", "ip4:6", SNAP_4, "0802 0000 020000000001 020000000002 020000000003 1000"}},
        {"802.11 QoS data", 105, {"tcp", "ip6:6", "aaaa03 000000 86dd", "8801 0000 020000000001 020000000002 020000000003 1000 0000"}},
        {"802.11 with four addresses", 105, {"tcp", "ip4:6", SNAP_4, "0803 0000 020000000001 020000000002 020000000003 1000 020000000004"}},
        {"802.11 QoS data with HT control",
         105,
         {"tcp", "ip4:6", SNAP_4, "8881 0000 020000000001 020000000002 020000000003 1000 0000 00000000"}},
        {"802.11 aggregate of two frames",
         105,
         {"tcp", "ip4:6", SNAP_4, "len", MACS, ARP_IN_AGGREGATE, "8802 0000 020000000001 020000000002 020000000003 1000 8000"}},
        {"radiotap", 127, {"tcp", "ip4:6", SNAP_4, "0802 0000 020000000001 020000000002 020000000003 1000", "00 00 0800 00000000"}},
        {"radiotap with data padding",
         127,
         {"tcp", "ip4:6", SNAP_4, "8802 0000 020000000001 020000000002 020000000003 1000 0000 0000",
          "00 00 1900 03000080 00000000 00000000 0000000000000000 20"}},
        {"PPI", 192, {"tcp", "ip4:6", SNAP_4, "0802 0000 020000000001 020000000002 020000000003 1000", "00 00 0800 69000000"}},
};

#define NUM_ROWS ((int)(sizeof rows / sizeof *rows))

START_TEST(each_link_gives_its_segment) {
    frame_check_whole(&rows[_i]);
    ck_assert(link_supported(rows[_i].link_type));
}
END_TEST

START_TEST(padding_behind_the_packet_is_not_payload) {
    frame_check_padding(&rows[_i]);
}
END_TEST

START_TEST(every_prefix_of_a_frame_is_refused_or_cut) {
    frame_check_prefixes(&rows[_i]);
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
    struct decapsulator *d = decapsulator_new();
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
    struct decapsulator *d = decapsulator_new();
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
