/* Tunnels: the segment inside, and the number that tells one tunnel from another. Layouts: the RFCs named in
 * src/net/tunnel.c; tshark reads them so. */
#include "fixtures/tunnel_frames.h"

#define NUM_ROWS ((int)(sizeof tunnel_frames / sizeof *tunnel_frames))

START_TEST(each_tunnel_gives_its_segment) {
    frame_check_whole(&tunnel_frames[_i]);
}
END_TEST

START_TEST(padding_behind_the_packet_is_not_payload) {
    frame_check_padding(&tunnel_frames[_i]);
}
END_TEST

START_TEST(every_prefix_of_a_frame_is_refused_or_cut) {
    frame_check_prefixes(&tunnel_frames[_i]);
}
END_TEST

static uint32_t tunnel_of(const char *const *steps, uint32_t link_type) {
    struct decapsulator *d = decapsulator_new(NULL);
    struct frame f;
    struct segment s = {0};
    uint8_t *copy;
    frame_build(&f, steps);
    ck_assert_int_eq(frame_decode(d, &f, link_type, frame_len(&f), frame_len(&f), &s, &copy), DECODE_SEGMENT);
    free(copy);
    decapsulator_free(d);
    return s.tunnel;
}

/* Two frames, and whether they are in the same tunnel. */
static const struct pair {
    const char *name;
    bool same;
    const char *a[8], *b[8];
} pairs[] = {
        {"no tunnel", true, {"tcp", "ip4:6"}, {"tcp", "ip6:6"}},
        {"inside and outside", false, {"tcp", "ip4:6"}, {"tcp", "ip4:6", "out4:4"}},
        {"both directions", true, {"tcp", "ip4:6", "out4:4"}, {"tcp", "ip4:6", "4500 0055 0001 0000 4004 0000 c0000202 c0000201"}},
        {"both directions of GRE with a key",
         true,
         {"tcp", "ip4:6", "2000 0800 00000009", "out4:47"},
         {"tcp", "ip4:6", "2000 0800 00000009", "4500 0065 0001 0000 402f 0000 c0000202 c0000201"}},
        {"other ends", false, {"tcp", "ip4:6", "out4:4"}, {"tcp", "ip4:6", "4500 0055 0001 0000 4004 0000 c0000203 c0000201"}},
        {"another GRE key", false, {"tcp", "ip4:6", "2000 0800 00000009", "out4:47"}, {"tcp", "ip4:6", "2000 0800 0000000a", "out4:47"}},
        {"another GRE sequence number",
         true,
         {"tcp", "ip4:6", "1000 0800 00000009", "out4:47"},
         {"tcp", "ip4:6", "1000 0800 0000000a", "out4:47"}},
        {"another flow of NVGRE", true, {INNER, "2000 6558 00500107", "out4:47"}, {INNER, "2000 6558 00500108", "out4:47"}},
        {"another subnet of NVGRE", false, {INNER, "2000 6558 00500107", "out4:47"}, {INNER, "2000 6558 00500207", "out4:47"}},
        {"small keys of Ethernet in GRE", false, {INNER, "2000 6558 00000001", "out4:47"}, {INNER, "2000 6558 00000002", "out4:47"}},
        {"another VNI", false, {INNER, "08000000 00002a00", "udp:4789", "out4:17"}, {INNER, "08000000 00002b00", "udp:4789", "out4:17"}},
        {"VXLAN and Geneve of one number",
         false,
         {INNER, "08000000 00002a00", "udp:4789", "out4:17"},
         {INNER, "0000 6558 00002a00", "udp:6081", "out4:17"}},
        {"another source port of VXLAN",
         true,
         {INNER, "08000000 00002a00", "udp:4789", "out4:17"},
         {INNER, "08000000 00002a00", "c351 12b5 0000 0000", "out4:17"}},
        {"another TEID",
         true,
         {"tcp", "ip4:6", "00000011", "len:-4", "30ff", "udp:2152", "out4:17"},
         {"tcp", "ip4:6", "00000012", "len:-4", "30ff", "udp:2152", "out4:17"}},
        {"another ERSPAN session",
         false,
         {INNER, "1064 0007 00000001", "1000 88be 00000001", "out4:47"},
         {INNER, "1064 0008 00000001", "1000 88be 00000002", "out4:47"}},
        {"a tunnel within a tunnel", false, {"tcp", "ip4:6", "out4:4"}, {"tcp", "ip4:6", "out4:4", "out4:4"}},
};

#define NUM_PAIRS ((int)(sizeof pairs / sizeof *pairs))

START_TEST(the_number_tells_tunnels_apart_and_nothing_else) {
    const struct pair *pair = &pairs[_i];
    uint32_t a = tunnel_of(pair->a, 101);
    uint32_t b = tunnel_of(pair->b, 101);
    ck_assert_msg((a == b) == pair->same, "%s: %08x, %08x", pair->name, a, b);
}
END_TEST

static const struct refusal {
    const char *name;
    enum decode_result result;
    const char *steps[8];
} refusals[] = {
        {"DNS", DECODE_OTHER, {"0001 0100 0001 0000", "udp:53", "out4:17"}},
        {"VXLAN without a VNI", DECODE_OTHER, {INNER, "00000000 00002a00", "udp:4789", "out4:17"}},
        {"Geneve of another version", DECODE_OTHER, {INNER, "4000 6558 00002a00", "udp:6081", "out4:17"}},
        {"Geneve whose options are longer than it", DECODE_MALFORMED, {"tcp", "3f00 6558 00002a00", "udp:6081", "out4:17"}},
        {"GTP echo", DECODE_OTHER, {"00000011", "len:-4", "3201", "udp:2152", "out4:17"}},
        {"GTP of version 2", DECODE_OTHER, {"tcp", "ip4:6", "00000011", "len:-4", "50ff", "udp:2152", "out4:17"}},
        {"GTP extension of length 0", DECODE_MALFORMED, {"00000011 0000 00 85 00", "len:-4", "34ff", "udp:2152", "out4:17"}},
        {"UDP shorter than its header", DECODE_MALFORMED, {"c350 12b5 0007 0000 00000000", "out4:17"}},
        {"GRE of version 2", DECODE_OTHER, {"tcp", "ip4:6", "0002 0800", "out4:47"}},
        {"PPTP acknowledgement alone", DECODE_OTHER, {"2081 880b 00000018 00000006", "out4:47"}},
        {"GRE with a type nobody reads", DECODE_OTHER, {"0000 0806 0001", "out4:47"}},
        {"GRE whose routes do not end", DECODE_MALFORMED, {"4000 0800 00000000 0800 00ff c0000203", "out4:47"}},
        {"EtherIP of version 4", DECODE_OTHER, {INNER, "4000", "out4:97"}},
        {"ESP", DECODE_UNSUPPORTED, {"00000001 00000001", "out4:50"}},
};

#define NUM_REFUSALS ((int)(sizeof refusals / sizeof *refusals))

START_TEST(what_is_no_tunnel_is_not_read) {
    const struct refusal *row = &refusals[_i];
    struct decapsulator *d = decapsulator_new(NULL);
    struct frame f;
    struct segment s = {.seq = 77};
    uint8_t *copy;
    frame_build(&f, row->steps);
    enum decode_result result = frame_decode(d, &f, 101, frame_len(&f), frame_len(&f), &s, &copy);
    ck_assert_msg(result == row->result, "%s: %d", row->name, (int)result);
    ck_assert_uint_eq(s.seq, 77);
    free(copy);
    decapsulator_free(d);
}
END_TEST

START_TEST(headers_within_headers_end_at_the_bound) {
    for (int depth = 0; depth < 40; depth++) {
        struct decapsulator *d = decapsulator_new(NULL);
        struct frame f;
        struct segment s = {0};
        uint8_t *copy;
        frame_build(&f, (const char *const[]){"tcp", "ip4:6", NULL});
        for (int i = 0; i < depth; i++) {
            frame_step(&f, "out4:4");
        }
        enum decode_result result = frame_decode(d, &f, 101, frame_len(&f), frame_len(&f), &s, &copy);
        ck_assert_int_eq(result, depth < 16 ? DECODE_SEGMENT : DECODE_UNSUPPORTED);
        ck_assert_uint_eq(decapsulator_limits_hit(d), depth < 16 ? 0 : 1);
        free(copy);
        decapsulator_free(d);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("tunnel");
    TCase *tests = tcase_create("tunnel");
    tcase_add_loop_test(tests, each_tunnel_gives_its_segment, 0, NUM_ROWS);
    tcase_add_loop_test(tests, padding_behind_the_packet_is_not_payload, 0, NUM_ROWS);
    tcase_add_loop_test(tests, every_prefix_of_a_frame_is_refused_or_cut, 0, NUM_ROWS);
    tcase_add_loop_test(tests, the_number_tells_tunnels_apart_and_nothing_else, 0, NUM_PAIRS);
    tcase_add_loop_test(tests, what_is_no_tunnel_is_not_read, 0, NUM_REFUSALS);
    tcase_add_test(tests, headers_within_headers_end_at_the_bound);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
