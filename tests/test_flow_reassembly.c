/* Reassembly of one connection: any cut, order, repetition, overlap and loss of the same bytes. */
#include "flow_kit.h"

#define C0 5000U /* the client's initial sequence number */
#define S0 9000U

static void handshake(struct kit *kit, uint32_t c0, uint32_t s0) {
    kit_send(kit, CLIENT, SYN, c0, 0, "");
    kit_send(kit, SERVER, SYN | ACK, s0, c0 + 1, "");
    kit_send(kit, CLIENT, ACK, c0 + 1, s0 + 1, "");
}

static void bytes_at(struct kit *kit, uint32_t c0, size_t at, const void *data, size_t len) {
    kit_push(kit, kit_segment(CLIENT, 40000, ACK, c0 + 1 + (uint32_t)at, S0 + 1, data, len));
}

START_TEST(both_directions_are_read_in_order) {
    struct kit kit;
    kit_init(&kit, false);
    handshake(&kit, C0, S0);
    kit_send(&kit, CLIENT, ACK, C0 + 1, S0 + 1, "hello");
    kit_send(&kit, SERVER, ACK, S0 + 1, C0 + 6, "you too");
    kit_send(&kit, CLIENT, ACK | FIN, C0 + 6, S0 + 8, " bye");
    kit_send(&kit, SERVER, ACK | FIN, S0 + 8, C0 + 11, "");
    flow_table_finish(kit.table);
    kit_expect(&kit, 0, CLIENT, "hello bye");
    kit_expect(&kit, 0, SERVER, "you too");
    const struct flow *flow = &kit.ended[0].flow;
    ck_assert(kit.ended[0].over && kit.ended[0].how == FLOW_END_CLOSED);
    ck_assert(flow->established && flow->closed && !flow->closed_by_rst && flow->closed_by == CLIENT);
    ck_assert_uint_eq(flow->side[CLIENT].endpoint.port, 40000);
    ck_assert_uint_eq(flow->side[CLIENT].syn.frame, 1);
    ck_assert_uint_eq(flow->side[SERVER].syn.frame, 2);
    ck_assert_uint_eq(flow->side[CLIENT].first_data.frame, 4);
    ck_assert_uint_eq(flow->side[CLIENT].last_data.frame, 6);
    ck_assert_uint_eq(flow->side[CLIENT].fin.frame, 6);
    ck_assert_uint_eq(flow->first.frame, 1);
    ck_assert_uint_eq(flow->last.frame, 7);
    ck_assert_uint_eq(flow->side[CLIENT].bytes, 9);
    ck_assert_uint_eq(flow->side[CLIENT].missing + flow->side[SERVER].missing, 0);
    ck_assert_uint_eq(flow->side[CLIENT].ttl, 64);
    ck_assert(!flow->side[CLIENT].begins_in_middle && !flow->side[SERVER].begins_in_middle);
    kit_clear(&kit);
}
END_TEST

/* All orders of the whole connection, SYNs, FINs and data: the bytes are the same, and so is who is who. */
static void push_nth(struct kit *kit, int n) {
    switch (n) {
    case 0:
        kit_send(kit, CLIENT, SYN, C0, 0, "");
        break;
    case 1:
        kit_send(kit, SERVER, SYN | ACK, S0, C0 + 1, "");
        break;
    case 2:
        kit_send(kit, CLIENT, ACK, C0 + 1, S0 + 1, "abc");
        break;
    case 3:
        kit_send(kit, CLIENT, ACK, C0 + 4, S0 + 1, "def");
        break;
    case 4:
        kit_send(kit, SERVER, ACK, S0 + 1, C0 + 7, "uvw");
        break;
    case 5:
        kit_send(kit, SERVER, ACK | FIN, S0 + 4, C0 + 7, "xyz");
        break;
    default:
        kit_send(kit, CLIENT, ACK | FIN, C0 + 7, S0 + 8, "");
        break;
    }
}

static bool next_permutation(int *order, int num) {
    int i = num - 2, j = num - 1;
    while (i >= 0 && order[i] > order[i + 1]) {
        i--;
    }
    if (i < 0) {
        return false;
    }
    while (order[j] < order[i]) {
        j--;
    }
    int swap = order[i];
    order[i] = order[j];
    order[j] = swap;
    for (int a = i + 1, b = num - 1; a < b; a++, b--) {
        swap = order[a];
        order[a] = order[b];
        order[b] = swap;
    }
    return true;
}

START_TEST(every_order_of_seven_packets_gives_the_same_bytes_and_the_same_closer) {
    int order[7] = {0, 1, 2, 3, 4, 5, 6};
    do {
        struct kit kit;
        kit_init(&kit, false);
        for (int i = 0; i < 7; i++) {
            push_nth(&kit, order[i]);
        }
        flow_table_finish(kit.table);
        ck_assert_uint_eq(kit.num_ended, 1);
        int number = 0;
        while (!kit.ended[number].over) {
            number++;
        }
        const struct flow *flow = &kit.ended[number].flow;
        const struct told *told = flow->reader;
        ck_assert_uint_eq(told[CLIENT].bytes.len, 6);
        ck_assert_mem_eq(told[CLIENT].bytes.p, "abcdef", 6);
        ck_assert_uint_eq(told[SERVER].bytes.len, 6);
        ck_assert_mem_eq(told[SERVER].bytes.p, "uvwxyz", 6);
        ck_assert_uint_eq(told[CLIENT].num_gaps + told[SERVER].num_gaps, 0);
        ck_assert_uint_eq(flow->side[CLIENT].endpoint.port, 40000);
        ck_assert(!flow->side[CLIENT].begins_in_middle && !flow->side[SERVER].begins_in_middle);
        ck_assert(flow->closed && flow->closed_by == SERVER && !flow->closed_by_rst);
        ck_assert_uint_eq(flow->side[CLIENT].conflicts + flow->side[CLIENT].retransmissions, 0);
        kit_clear(&kit);
    } while (next_permutation(order, 7));
}
END_TEST

#define STREAM_LEN 3000

/* The same bytes, cut and repeated at random and shuffled over the whole, with the sequence wrap at a random place. */
START_TEST(random_cuts_orders_and_repetitions_give_the_same_bytes) {
    uint64_t seed = (uint64_t)_i + 1;
    uint8_t stream[STREAM_LEN];
    struct part {
        uint32_t at, len;
    } parts[4000];
    uint32_t num = 0, longest = 1 + kit_random(&seed) % 400;
    uint32_t c0 = (_i & 1) != 0 ? 0U - kit_random(&seed) % STREAM_LEN : kit_random(&seed);

    for (uint32_t i = 0; i < STREAM_LEN; i++) {
        stream[i] = (uint8_t)kit_random(&seed);
    }
    for (int copy = 0; copy < 1 + _i % 3; copy++) {
        for (uint32_t at = 0; at < STREAM_LEN && num < 4000;) {
            uint32_t len = 1 + kit_random(&seed) % longest;
            len = len < STREAM_LEN - at ? len : STREAM_LEN - at;
            parts[num++] = (struct part){at, len};
            at += len;
        }
    }
    for (uint32_t i = num - 1; i > 0; i--) {
        uint32_t j = kit_random(&seed) % (i + 1);
        struct part swap = parts[i];
        parts[i] = parts[j];
        parts[j] = swap;
    }
    if (num > 2000) { /* more pieces than the bound: not what is tested here */
        return;
    }
    struct kit kit;
    kit_init(&kit, (_i & 2) != 0);
    handshake(&kit, c0, S0);
    for (uint32_t i = 0; i < num; i++) {
        bytes_at(&kit, c0, parts[i].at, stream + parts[i].at, parts[i].len);
    }
    flow_table_finish(kit.table);
    ck_assert_uint_eq(kit.told[0][CLIENT].bytes.len, STREAM_LEN);
    ck_assert_mem_eq(kit.told[0][CLIENT].bytes.p, stream, STREAM_LEN);
    ck_assert_uint_eq(kit.told[0][CLIENT].num_gaps, 0);
    ck_assert_uint_eq(kit.ended[0].flow.side[CLIENT].conflicts, 0);
    ck_assert_uint_eq(kit.ended[0].flow.side[CLIENT].bytes, STREAM_LEN);
    kit_clear(&kit);
}
END_TEST

START_TEST(the_sequence_wraps_at_every_position) {
    for (uint32_t before = 0; before <= 14; before++) {
        for (int swapped = 0; swapped < 2; swapped++) {
            uint32_t c0 = 0U - before, s0 = 0U - before / 2;
            struct kit kit;
            kit_init(&kit, false);
            kit_send(&kit, CLIENT, SYN, c0, 0, "");
            kit_send(&kit, SERVER, SYN | ACK, s0, c0 + 1, "");
            kit_send(&kit, CLIENT, ACK, c0 + 1 + (swapped ? 6 : 0), s0 + 1, swapped ? "world!" : "hello ");
            kit_send(&kit, CLIENT, ACK, c0 + 1 + (swapped ? 0 : 6), s0 + 1, swapped ? "hello " : "world!");
            kit_send(&kit, SERVER, ACK, s0 + 1, c0 + 13, "answer");
            kit_send(&kit, CLIENT, ACK | FIN, c0 + 13, s0 + 7, "");
            kit_send(&kit, SERVER, ACK | FIN, s0 + 7, c0 + 14, "");
            flow_table_finish(kit.table);
            kit_expect(&kit, 0, CLIENT, "hello world!");
            kit_expect(&kit, 0, SERVER, "answer");
            ck_assert(kit.ended[0].flow.closed_by == CLIENT);
            ck_assert_uint_eq(kit.ended[0].flow.side[CLIENT].missing + kit.ended[0].flow.side[SERVER].missing, 0);
            ck_assert_uint_eq(kit.ended[0].flow.side[SERVER].unacknowledged, 0);
            kit_clear(&kit);
        }
    }
}
END_TEST

/* The oracle: a map of bytes, in which the first to come wins. */
#define MAP 8
#define ENDS 6 /* where segments of all arrangements begin and end */

struct model {
    int byte[MAP]; /* -1: not seen */
    bool conflict;
    uint32_t conflicts;
};

static void model_add(struct model *model, int from, int to, uint8_t fill) {
    bool conflict = false;
    for (int i = from; i < to; i++) {
        uint8_t byte = (uint8_t)(fill == 0 ? 'a' + i : fill);
        if (model->byte[i] < 0) {
            model->byte[i] = byte;
        }
        conflict |= model->byte[i] != byte;
    }
    model->conflicts += conflict;
}

static void compare_with_model(struct kit *kit, const struct model *model) {
    uint8_t expected[MAP];
    size_t len = 0;
    uint64_t missing = 0, hole = 0;
    for (int i = 0; i < MAP; i++) {
        if (model->byte[i] >= 0) {
            expected[len++] = (uint8_t)model->byte[i];
            missing += hole;
            hole = 0;
        } else {
            hole++;
        }
    }
    const struct told *told = &kit->told[0][CLIENT];
    ck_assert_uint_eq(told->bytes.len, len);
    ck_assert_mem_eq(told->bytes.p, expected, len);
    ck_assert_uint_eq(told->gap_len, missing);
    ck_assert_uint_eq(kit->ended[0].flow.side[CLIENT].missing, missing);
    ck_assert_uint_eq(kit->ended[0].flow.side[CLIENT].conflicts, model->conflicts);
}

/* Lays `num` segments, each with the true bytes or, where `fill` says so, with others. */
static void lay(const int *from, const int *to, const uint8_t *fill, int num) {
    struct model model = {.conflicts = 0};
    struct kit kit;

    memset(model.byte, -1, sizeof(model.byte));
    kit_init(&kit, false);
    handshake(&kit, C0, S0);
    for (int i = 0; i < num; i++) {
        uint8_t data[MAP];
        for (int at = from[i]; at < to[i]; at++) {
            data[at - from[i]] = (uint8_t)(fill[i] == 0 ? 'a' + at : fill[i]);
        }
        bytes_at(&kit, C0, (size_t)from[i], data, (size_t)(to[i] - from[i]));
        model_add(&model, from[i], to[i], fill[i]);
    }
    flow_table_finish(kit.table);
    compare_with_model(&kit, &model);
    kit_clear(&kit);
}

/* How the ends lie to each other: for each, how many different ones are lower. */
static int arrangement_of(const int *from, const int *to, int num) {
    bool used[ENDS] = {false};
    int code = 0;
    for (int i = 0; i < num; i++) {
        used[from[i]] = used[to[i]] = true;
    }
    for (int i = 0; i < 2 * num; i++) {
        int end = i < num ? from[i] : to[i - num], lower = 0;
        for (int at = 0; at < end; at++) {
            lower += used[at];
        }
        code = code * ENDS + lower;
    }
    return code;
}

static int power(int base, int exponent) {
    return exponent == 0 ? 1 : base * power(base, exponent - 1);
}

/* Six places are enough for all ends of three segments to differ. Returns how many arrangements there were. */
static int lay_all(int num) {
    static bool seen[ENDS * ENDS * ENDS * ENDS * ENDS * ENDS];
    int num_seen = 0, from[3], to[3];
    memset(seen, 0, sizeof(seen));
    for (int code = 0; code < power(ENDS, 2 * num); code++) {
        bool good = true;
        for (int i = 0, rest = code; i < num; i++, rest /= ENDS * ENDS) {
            from[i] = rest % ENDS;
            to[i] = rest / ENDS % ENDS;
            good &= from[i] < to[i];
        }
        if (!good) {
            continue;
        }
        for (int others = 0; others < 1 << num; others++) {
            uint8_t fill[3] = {(others & 1) != 0 ? 'X' : 0, (others & 2) != 0 ? 'Y' : 0, (others & 4) != 0 ? 'Z' : 0};
            lay(from, to, fill, num);
        }
        int arrangement = arrangement_of(from, to, num);
        num_seen += !seen[arrangement];
        seen[arrangement] = true;
    }
    return num_seen;
}

/* Of two intervals there are 13 (Allen, 1983), of three 409 (OEIS A055203). */
START_TEST(the_first_byte_wins_and_conflicts_are_found_in_all_422_arrangements_of_two_and_three_segments) {
    ck_assert_int_eq(lay_all(2) + lay_all(3), 13 + 409);
}
END_TEST

START_TEST(random_segments_agree_with_the_map_of_bytes) {
    uint64_t seed = (uint64_t)_i * 77 + 5;
    for (int round = 0; round < 400; round++) {
        int from[12], to[12], num = 1 + (int)(kit_random(&seed) % 12);
        uint8_t fill[12];
        for (int i = 0; i < num; i++) {
            from[i] = (int)(kit_random(&seed) % MAP);
            to[i] = from[i] + 1 + (int)(kit_random(&seed) % (uint32_t)(MAP - from[i]));
            fill[i] = kit_random(&seed) % 3 == 0 ? (uint8_t)('A' + kit_random(&seed) % 2) : 0;
        }
        lay(from, to, fill, num);
    }
}
END_TEST

START_TEST(a_dropped_segment_is_a_gap_of_its_length_and_never_other_bytes) {
    const char *text = "abcdefghijklmnop";
    for (uint32_t lost = 0; lost < 4; lost++) {
        for (int reversed = 0; reversed < 2; reversed++) {
            struct kit kit;
            char expected[17] = "";
            size_t len = 0;
            kit_init(&kit, false);
            handshake(&kit, C0, S0);
            for (uint32_t i = 0; i < 4; i++) {
                uint32_t n = reversed ? 3 - i : i;
                if (n != lost) {
                    bytes_at(&kit, C0, (size_t)n * 4, text + (size_t)n * 4, 4);
                }
                if (i != lost) {
                    memcpy(expected + len, text + (size_t)i * 4, 4);
                    len += 4;
                }
            }
            kit_send(&kit, SERVER, ACK | FIN, S0 + 1, C0 + 17, "");
            kit_send(&kit, CLIENT, ACK | FIN, C0 + 17, S0 + 2, "");
            flow_table_finish(kit.table);
            kit_expect(&kit, 0, CLIENT, expected);
            ck_assert_uint_eq(kit.told[0][CLIENT].num_gaps, 1);
            ck_assert_uint_eq(kit.told[0][CLIENT].gap_len, 4);
            ck_assert_uint_eq(kit.told[0][CLIENT].gap_at, lost * 4);
            ck_assert_uint_eq(kit.ended[0].flow.side[CLIENT].missing, 4);
            kit_clear(&kit);
        }
    }
}
END_TEST

START_TEST(keep_alives_are_neither_data_nor_conflicts_nor_retransmissions) {
    struct kit kit;
    kit_init(&kit, false);
    handshake(&kit, C0, S0);
    kit_send(&kit, CLIENT, ACK, C0 + 1, S0 + 1, "hello");
    kit_send(&kit, SERVER, ACK, S0 + 1, C0 + 6, "");
    kit_send(&kit, CLIENT, ACK, C0 + 5, S0 + 1, "#"); /* RFC 1122, 4.2.3.6: one garbage octet */
    kit_send(&kit, CLIENT, ACK, C0 + 5, S0 + 1, "");
    kit_send(&kit, CLIENT, ACK, C0 + 6, S0 + 1, " again");
    flow_table_finish(kit.table);
    kit_expect(&kit, 0, CLIENT, "hello again");
    ck_assert_uint_eq(kit.ended[0].flow.side[CLIENT].conflicts, 0);
    ck_assert_uint_eq(kit.ended[0].flow.side[CLIENT].retransmissions, 0);
    kit_clear(&kit);
}
END_TEST

START_TEST(zero_window_probes_and_retransmissions_add_nothing) {
    struct kit kit;
    kit_init(&kit, false);
    handshake(&kit, C0, S0);
    kit_send(&kit, CLIENT, ACK, C0 + 1, S0 + 1, "h");
    kit_send(&kit, CLIENT, ACK, C0 + 1, S0 + 1, "h");
    kit_send(&kit, CLIENT, ACK, C0 + 1, S0 + 1, "hello");
    kit_send(&kit, CLIENT, ACK, C0 + 2, S0 + 1, "ell");
    flow_table_finish(kit.table);
    kit_expect(&kit, 0, CLIENT, "hello");
    ck_assert_uint_eq(kit.ended[0].flow.side[CLIENT].retransmissions, 2);
    ck_assert_uint_eq(kit.ended[0].flow.side[CLIENT].conflicts, 0);
    kit_clear(&kit);
}
END_TEST

START_TEST(a_segment_cut_by_the_snapshot_length_leaves_a_hole_that_a_retransmission_fills) {
    for (int filled = 0; filled < 2; filled++) {
        struct kit kit;
        kit_init(&kit, false);
        handshake(&kit, C0, S0);
        struct segment cut = kit_segment(CLIENT, 40000, ACK, C0 + 1, S0 + 1, "hell", 4);
        cut.payload_len = 6;
        kit_push(&kit, cut);
        kit_send(&kit, CLIENT, ACK, C0 + 7, S0 + 1, "world");
        if (filled) {
            kit_send(&kit, CLIENT, ACK, C0 + 1, S0 + 1, "hello ");
        }
        flow_table_finish(kit.table);
        kit_expect(&kit, 0, CLIENT, filled ? "hello world" : "hellworld");
        ck_assert(kit.ended[0].flow.side[CLIENT].cut);
        ck_assert_uint_eq(kit.told[0][CLIENT].gap_len, filled ? 0 : 2);
        kit_clear(&kit);
    }
}
END_TEST

START_TEST(a_tail_that_the_snapshot_length_cut_is_missing) {
    struct kit kit;
    kit_init(&kit, false);
    handshake(&kit, C0, S0);
    struct segment cut = kit_segment(CLIENT, 40000, ACK, C0 + 1, S0 + 1, "hell", 4);
    cut.payload_len = 600;
    kit_push(&kit, cut);
    flow_table_finish(kit.table);
    ck_assert_uint_eq(kit.told[0][CLIENT].gap_len, 596);
    ck_assert_uint_eq(kit.ended[0].flow.side[CLIENT].missing, 596);
    kit_clear(&kit);
}
END_TEST

START_TEST(data_on_the_syn_is_the_beginning) {
    struct kit kit;
    kit_init(&kit, false);
    kit_send(&kit, CLIENT, SYN, C0, 0, "fast ");
    kit_send(&kit, SERVER, SYN | ACK, S0, C0 + 6, "");
    kit_send(&kit, CLIENT, ACK, C0 + 6, S0 + 1, "open");
    flow_table_finish(kit.table);
    kit_expect(&kit, 0, CLIENT, "fast open");
    ck_assert_uint_eq(kit.told[0][CLIENT].num_gaps, 0);
    kit_clear(&kit);
}
END_TEST

START_TEST(bytes_missing_before_a_fin_are_a_gap) {
    struct kit kit;
    kit_init(&kit, false);
    handshake(&kit, C0, S0);
    kit_send(&kit, CLIENT, ACK, C0 + 1, S0 + 1, "abc");
    kit_send(&kit, CLIENT, ACK | FIN, C0 + 104, S0 + 1, "");
    kit_send(&kit, SERVER, RST | ACK, S0 + 1, C0 + 105, "");
    flow_table_finish(kit.table);
    kit_expect(&kit, 0, CLIENT, "abc");
    ck_assert_uint_eq(kit.told[0][CLIENT].gap_len, 100);
    ck_assert_uint_eq(kit.ended[0].flow.side[CLIENT].missing, 100);
    kit_clear(&kit);
}
END_TEST

START_TEST(text_in_a_reset_is_not_data) {
    struct kit kit;
    kit_init(&kit, false);
    handshake(&kit, C0, S0);
    kit_send(&kit, SERVER, RST | ACK, S0 + 1, C0 + 1, "go away");
    flow_table_finish(kit.table);
    kit_expect(&kit, 0, SERVER, "");
    ck_assert(kit.ended[0].flow.closed_by_rst && kit.ended[0].flow.closed_by == SERVER);
    kit_clear(&kit);
}
END_TEST

START_TEST(a_capture_that_begins_in_the_middle_says_so_and_keeps_the_order) {
    struct kit kit;
    kit_init(&kit, false);
    kit_send(&kit, CLIENT, ACK, C0 + 500, S0 + 1, "second ");
    kit_send(&kit, CLIENT, ACK, C0 + 494, S0 + 1, "first ");
    kit_send(&kit, SERVER, ACK, S0 + 1, C0 + 507, "answer");
    flow_table_finish(kit.table);
    kit_expect(&kit, 0, CLIENT, "first second ");
    kit_expect(&kit, 0, SERVER, "answer");
    ck_assert_uint_eq(kit.told[0][CLIENT].num_gaps, 1);
    ck_assert_uint_eq(kit.told[0][CLIENT].gap_len, 0);
    ck_assert_uint_eq(kit.told[0][CLIENT].gap_at, 0);
    ck_assert(kit.ended[0].flow.side[CLIENT].begins_in_middle);
    ck_assert(kit.ended[0].flow.side[SERVER].begins_in_middle);
    kit_clear(&kit);
}
END_TEST

START_TEST(live_the_middle_is_given_out_after_half_a_second) {
    struct kit kit;
    kit_init(&kit, true);
    kit_send(&kit, CLIENT, ACK, C0 + 500, S0 + 1, "data");
    kit_expect(&kit, 0, CLIENT, "");
    flow_table_tick(kit.table, kit.now + 400 * MS);
    kit_expect(&kit, 0, CLIENT, "");
    flow_table_tick(kit.table, kit.now + 600 * MS);
    kit_expect(&kit, 0, CLIENT, "data");
    ck_assert_uint_eq(kit.told[0][CLIENT].num_gaps, 1);
    kit_clear(&kit);
}
END_TEST

START_TEST(without_the_answer_to_the_syn_the_first_acknowledgement_says_where_the_server_begins) {
    struct kit kit;
    kit_init(&kit, false);
    kit_send(&kit, CLIENT, SYN, C0, 0, "");
    kit_send(&kit, CLIENT, ACK, C0 + 1, S0 + 1, "");
    kit_send(&kit, CLIENT, ACK, C0 + 1, S0 + 1, "hello");
    kit_send(&kit, SERVER, ACK, S0 + 1, C0 + 6, "answer");
    flow_table_finish(kit.table);
    kit_expect(&kit, 0, SERVER, "answer");
    ck_assert(!kit.ended[0].flow.side[SERVER].begins_in_middle);
    ck_assert_uint_eq(kit.told[0][SERVER].num_gaps, 0);
    kit_clear(&kit);
}
END_TEST

START_TEST(one_direction_only_shows_what_the_other_must_have_sent) {
    struct kit kit;
    kit_init(&kit, false);
    kit_send(&kit, CLIENT, SYN, C0, 0, "");
    kit_send(&kit, CLIENT, ACK, C0 + 1, S0 + 1, "hello");
    kit_send(&kit, CLIENT, ACK, C0 + 6, S0 + 1001, "more");
    flow_table_finish(kit.table);
    kit_expect(&kit, 0, CLIENT, "hellomore");
    ck_assert(kit.ended[0].flow.side[SERVER].unseen);
    ck_assert_uint_eq(kit.ended[0].flow.side[SERVER].missing, 1000);
    ck_assert_uint_eq(kit.told[0][SERVER].gap_len, 1000);
    ck_assert(!kit.ended[0].flow.side[CLIENT].unseen);
    ck_assert_uint_eq(kit.ended[0].flow.side[CLIENT].unacknowledged, 0);
    kit_clear(&kit);
}
END_TEST

START_TEST(a_hole_behind_what_was_settled_is_filled_at_once) {
    struct kit kit;
    kit_init(&kit, false);
    handshake(&kit, C0, S0);
    kit_send(&kit, CLIENT, ACK, C0 + 1, S0 + 1, "abc");
    kit_send(&kit, SERVER, ACK, S0 + 1, C0 + 4, "");
    kit_send(&kit, SERVER, ACK, S0 + 1, C0 + 4, "");
    kit_send(&kit, CLIENT, ACK, C0 + 7, S0 + 1, "ghi");
    kit_send(&kit, CLIENT, ACK, C0 + 10, S0 + 1, "jkl");
    kit_expect(&kit, 0, CLIENT, "abc");
    kit_send(&kit, CLIENT, ACK, C0 + 4, S0 + 1, "def");
    kit_expect(&kit, 0, CLIENT, "abcdefghijkl");
    kit_clear(&kit);
}
END_TEST

START_TEST(a_hole_that_the_peer_acknowledged_is_given_up_after_five_seconds) {
    struct kit kit;
    kit_init(&kit, true);
    handshake(&kit, C0, S0);
    kit_send(&kit, CLIENT, ACK, C0 + 101, S0 + 1, "behind");
    flow_table_tick(kit.table, kit.now + 6 * SECOND_NS);
    kit_expect(&kit, 0, CLIENT, "");
    kit.now += 7 * SECOND_NS;
    kit_send(&kit, SERVER, ACK, S0 + 1, C0 + 107, "");
    flow_table_tick(kit.table, kit.now + 12 * SECOND_NS);
    kit_expect(&kit, 0, CLIENT, "behind");
    ck_assert_uint_eq(kit.told[0][CLIENT].gap_len, 100);
    kit_clear(&kit);
}
END_TEST

START_TEST(a_hole_that_nobody_acknowledged_is_given_up_after_two_minutes) {
    struct kit kit;
    kit_init(&kit, true);
    handshake(&kit, C0, S0);
    kit_send(&kit, CLIENT, ACK, C0 + 101, S0 + 1, "behind");
    flow_table_tick(kit.table, kit.now + 100 * SECOND_NS);
    kit_expect(&kit, 0, CLIENT, "");
    flow_table_tick(kit.table, kit.now + 130 * SECOND_NS);
    kit_expect(&kit, 0, CLIENT, "behind");
    kit_clear(&kit);
}
END_TEST

START_TEST(more_than_a_direction_may_hold_gives_the_hole_up_and_is_counted) {
    static uint8_t block[60000];
    struct kit kit;
    kit_init(&kit, false);
    handshake(&kit, C0, S0);
    size_t at = 10;
    for (int i = 0; i < 20; i++, at += sizeof(block)) {
        bytes_at(&kit, C0, at, block, sizeof(block));
    }
    ck_assert_uint_eq(kit.told[0][CLIENT].gap_len, 10);
    ck_assert_uint_eq(kit.told[0][CLIENT].bytes.len, 20 * sizeof(block));
    ck_assert_uint_ge(flow_table_limits_hit(kit.table), 1);
    kit_clear(&kit);
}
END_TEST

START_TEST(more_pieces_than_a_direction_may_hold_lose_no_other_byte) {
    struct kit kit;
    kit_init(&kit, false);
    handshake(&kit, C0, S0);
    for (size_t i = 0; i < 3 * LIMIT_REORDER_SEGMENTS; i++) {
        bytes_at(&kit, C0, 2 * i + 1, "x", 1);
    }
    flow_table_finish(kit.table);
    ck_assert_uint_eq(kit.told[0][CLIENT].bytes.len, 3 * LIMIT_REORDER_SEGMENTS);
    ck_assert_uint_eq(kit.told[0][CLIENT].gap_len, 3 * LIMIT_REORDER_SEGMENTS);
    kit_clear(&kit);
}
END_TEST

/* So it looks where somebody forged the answer: the forged one is first, and acknowledged before the true one comes. */
START_TEST(other_data_is_a_conflict_behind_its_acknowledgement_too) {
    struct kit kit;
    kit_init(&kit, false);
    handshake(&kit, C0, S0);
    kit.told[0][SERVER].less = _i == 1;
    kit_send(&kit, CLIENT, ACK, C0 + 1, S0 + 1, "q");
    kit_send(&kit, SERVER, ACK, S0 + 1, C0 + 2, "forged");
    kit_send(&kit, CLIENT, ACK, C0 + 2, S0 + 7, "");
    kit_send(&kit, SERVER, ACK, S0 + 1, C0 + 2, "forged");
    kit_send(&kit, SERVER, ACK, S0 + 1, C0 + 2, "answer");
    flow_table_finish(kit.table);
    kit_expect(&kit, 0, SERVER, "forged");
    ck_assert_uint_eq(kit.ended[0].flow.side[SERVER].conflicts, 1);
    kit_clear(&kit);
}
END_TEST

/* Nor with what came before the end: the bytes behind it do not follow what was kept. */
START_TEST(encrypted_bytes_behind_the_end_are_told_and_not_compared) {
    struct kit kit;
    kit_init(&kit, false);
    handshake(&kit, C0, S0);
    kit_send(&kit, SERVER, ACK, S0 + 1, C0 + 1, _i == 1 ? "clear" : "");
    uint32_t next = S0 + 1 + (_i == 1 ? 5 : 0);
    kit_send(&kit, CLIENT, RST | ACK, C0 + 1, next, "");
    kit.told[0][SERVER].less = true;
    kit_send(&kit, SERVER, ACK, next, C0 + 1, "late");
    kit_send(&kit, SERVER, ACK, next, C0 + 1, "LATE");
    flow_table_finish(kit.table);
    kit_expect(&kit, 0, SERVER, _i == 1 ? "clearlate" : "late");
    ck_assert_uint_eq(kit.ended[0].flow.side[SERVER].conflicts, 0);
    kit_clear(&kit);
}
END_TEST

/* A reader that is done is told of new bytes only, however they come. */
START_TEST(a_direction_that_is_done_gets_new_bytes_late_and_once) {
    uint64_t seed = (uint64_t)_i + 99;
    struct kit kit;
    kit_init(&kit, false);
    handshake(&kit, C0, S0);
    kit.told[0][CLIENT].want = 4;
    bool had[40] = {false};
    bytes_at(&kit, C0, 6, "early", 2);
    had[6] = had[7] = true;
    bytes_at(&kit, C0, 0, "done", 4);
    ck_assert_uint_eq(kit.told[0][CLIENT].late.len, 2);
    for (int i = 0; i < 30; i++) {
        size_t at = 4 + kit_random(&seed) % 30, len = 1 + kit_random(&seed) % 6;
        bytes_at(&kit, C0, at, "aaaaaaaaa", len);
        for (size_t j = at; j < at + len; j++) {
            had[j] = true;
        }
    }
    size_t num_new = 0, end = 4, missing = 0;
    for (size_t i = 4; i < 40; i++) {
        num_new += had[i];
        end = had[i] ? i + 1 : end;
    }
    for (size_t i = 4; i < end; i++) {
        missing += !had[i];
    }
    flow_table_finish(kit.table);
    kit_expect(&kit, 0, CLIENT, "done");
    ck_assert_uint_eq(kit.told[0][CLIENT].late.len, num_new);
    ck_assert_uint_eq(kit.ended[0].flow.side[CLIENT].bytes, num_new + 4);
    ck_assert_uint_eq(kit.ended[0].flow.side[CLIENT].missing, missing);
    kit_clear(&kit);
}
END_TEST

/* Plain packets of a connection whose server is done with, among repeated ones and acknowledgements that lag behind. */
START_TEST(what_passes_a_direction_that_is_done_is_counted_to_the_byte) {
    uint64_t seed = (uint64_t)_i + 7, last_data = 0, last = 0;
    uint32_t sent = 0, acked = 0, repeated = 0;
    char text[2000];
    struct kit kit;
    kit_init(&kit, false);
    handshake(&kit, C0, S0);
    kit.told[0][SERVER].want = 1;
    kit_send(&kit, CLIENT, ACK, C0 + 1, S0 + 1, "q");
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (char)('a' + i % 26);
    }
    for (int i = 0; i < 200; i++) {
        uint32_t len = 1 + kit_random(&seed) % 9, at = sent;
        switch (kit_random(&seed) % 8) {
        case 0: /* once more, all of it or with more behind */
            at = sent > 4 ? sent - 4 : 0;
            repeated += sent > 0 && at + len <= sent;
            /* fall through */
        case 1:
        case 2:
        case 3:
        case 4:
            kit_push(&kit, kit_segment(SERVER, 40000, ACK, S0 + 1 + at, C0 + 2, text + at, len));
            sent = at + len > sent ? at + len : sent;
            last_data = kit.frame;
            break;
        default:
            acked = kit_random(&seed) % 4 == 0 ? acked : acked + kit_random(&seed) % (sent - acked + 1);
            kit_send(&kit, CLIENT, ACK, C0 + 2, S0 + 1 + acked, "");
            break;
        }
        last = kit.frame;
    }
    flow_table_finish(kit.table);
    const struct flow *flow = &kit.ended[0].flow;
    const struct flow_side *server = &flow->side[SERVER];
    struct buffer *bytes = &kit.told[0][SERVER].bytes, *late = &kit.told[0][SERVER].late;
    ck_assert_uint_eq(bytes->len + late->len, sent);
    ck_assert(memcmp(bytes->p, text, bytes->len) == 0 && memcmp(late->p, text + bytes->len, late->len) == 0);
    ck_assert_uint_eq(server->bytes, sent);
    ck_assert_uint_eq(server->missing, 0);
    ck_assert_uint_eq(server->conflicts, 0);
    ck_assert_uint_eq(server->retransmissions, repeated);
    ck_assert_uint_eq(server->unacknowledged, sent - acked);
    ck_assert_uint_eq(server->last_data.frame, last_data);
    ck_assert_uint_eq(flow->last.frame, last);
    ck_assert_uint_eq(flow->side[CLIENT].bytes, 1);
    kit_clear(&kit);
}
END_TEST

START_TEST(what_the_snapshot_length_cut_does_not_pass_uncounted) {
    struct kit kit;
    kit_init(&kit, false);
    handshake(&kit, C0, S0);
    kit.told[0][SERVER].want = 1;
    kit_send(&kit, CLIENT, ACK, C0 + 1, S0 + 1, "q");
    kit_send(&kit, SERVER, ACK, S0 + 1, C0 + 2, "a");
    kit_send(&kit, CLIENT, ACK, C0 + 2, S0 + 2, "");
    struct segment cut = kit_segment(SERVER, 40000, ACK, S0 + 2, C0 + 2, "bc", 2);
    cut.payload_len = 5;
    kit_push(&kit, cut);
    kit_send(&kit, CLIENT, ACK, C0 + 2, S0 + 7, "");
    flow_table_finish(kit.table);
    ck_assert(kit.ended[0].flow.side[SERVER].cut);
    ck_assert_uint_eq(kit.ended[0].flow.side[SERVER].bytes, 3);
    ck_assert_uint_eq(kit.ended[0].flow.side[SERVER].missing, 3);
    kit_clear(&kit);
}
END_TEST

static void speak_shortly(struct kit *kit) {
    kit_init(kit, false);
    handshake(kit, C0, S0);
    kit_send(kit, CLIENT, ACK, C0 + 1, S0 + 1, "small");
    kit_send(kit, SERVER, ACK, S0 + 1, C0 + 6, "ok");
}

START_TEST(a_flight_that_is_never_acknowledged_is_described) {
    struct kit kit;
    uint8_t block[1400] = {0};
    speak_shortly(&kit);
    bytes_at(&kit, C0, 5, block, 1400); /* frame 6 */
    bytes_at(&kit, C0, 1405, block, 700);
    for (int i = 0; i < 3; i++) {
        bytes_at(&kit, C0, 5, block, 1400);
    }
    flow_table_finish(kit.table);
    const struct flow_side *side = &kit.ended[0].flow.side[CLIENT];
    ck_assert_uint_eq(side->unacknowledged, 2100);
    ck_assert_uint_eq(side->unacknowledged_segment, 1400);
    ck_assert_uint_eq(side->unacknowledged_mark.frame, 6);
    ck_assert_uint_eq(side->unacknowledged_sent, 4);
    ck_assert_uint_eq(side->retransmissions, 3);
    ck_assert_uint_eq(kit.ended[0].flow.side[SERVER].unacknowledged, 2);
    kit_clear(&kit);
}
END_TEST

START_TEST(of_a_flight_that_is_acknowledged_in_part_the_rest_is_described) {
    struct kit kit;
    uint8_t block[1400] = {0};
    speak_shortly(&kit);
    bytes_at(&kit, C0, 5, block, 1400);
    bytes_at(&kit, C0, 1405, block, 700); /* frame 7 */
    bytes_at(&kit, C0, 2105, block, 500);
    kit_send(&kit, SERVER, ACK, S0 + 3, C0 + 1406, "");
    for (int i = 0; i < 2; i++) {
        bytes_at(&kit, C0, 1405, block, 700);
    }
    flow_table_finish(kit.table);
    const struct flow_side *side = &kit.ended[0].flow.side[CLIENT];
    ck_assert_uint_eq(side->unacknowledged, 1200);
    ck_assert_uint_eq(side->unacknowledged_segment, 700);
    ck_assert_uint_eq(side->unacknowledged_mark.frame, 7);
    ck_assert_uint_eq(side->unacknowledged_sent, 3);
    kit_clear(&kit);
}
END_TEST

START_TEST(a_number_far_outside_any_window_is_not_of_this_connection) {
    struct kit kit;
    kit_init(&kit, false);
    handshake(&kit, C0, S0);
    kit_send(&kit, CLIENT, ACK, C0 + 1, S0 + 1, "abc");
    kit_send(&kit, CLIENT, ACK, C0 + 1 + 0x60000000, S0 + 1, "stray");
    kit_send(&kit, SERVER, ACK, S0 + 1, C0 + 0x70000000, "");
    kit_send(&kit, CLIENT, ACK, C0 + 4, S0 + 1, "def");
    flow_table_finish(kit.table);
    kit_expect(&kit, 0, CLIENT, "abcdef");
    ck_assert_uint_eq(kit.ended[0].flow.side[CLIENT].missing, 0);
    kit_clear(&kit);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("flow_reassembly");
    TCase *tests = tcase_create("reassembly");
    tcase_set_timeout(tests, 250);
    tcase_add_test(tests, both_directions_are_read_in_order);
    tcase_add_test(tests, every_order_of_seven_packets_gives_the_same_bytes_and_the_same_closer);
    tcase_add_loop_test(tests, random_cuts_orders_and_repetitions_give_the_same_bytes, 0, 60);
    tcase_add_test(tests, the_sequence_wraps_at_every_position);
    tcase_add_test(tests, the_first_byte_wins_and_conflicts_are_found_in_all_422_arrangements_of_two_and_three_segments);
    tcase_add_loop_test(tests, random_segments_agree_with_the_map_of_bytes, 0, 5);
    tcase_add_test(tests, a_dropped_segment_is_a_gap_of_its_length_and_never_other_bytes);
    tcase_add_test(tests, keep_alives_are_neither_data_nor_conflicts_nor_retransmissions);
    tcase_add_test(tests, zero_window_probes_and_retransmissions_add_nothing);
    tcase_add_test(tests, a_segment_cut_by_the_snapshot_length_leaves_a_hole_that_a_retransmission_fills);
    tcase_add_test(tests, a_tail_that_the_snapshot_length_cut_is_missing);
    tcase_add_test(tests, data_on_the_syn_is_the_beginning);
    tcase_add_test(tests, bytes_missing_before_a_fin_are_a_gap);
    tcase_add_test(tests, text_in_a_reset_is_not_data);
    tcase_add_test(tests, a_capture_that_begins_in_the_middle_says_so_and_keeps_the_order);
    tcase_add_test(tests, live_the_middle_is_given_out_after_half_a_second);
    tcase_add_test(tests, without_the_answer_to_the_syn_the_first_acknowledgement_says_where_the_server_begins);
    tcase_add_test(tests, one_direction_only_shows_what_the_other_must_have_sent);
    tcase_add_test(tests, a_hole_behind_what_was_settled_is_filled_at_once);
    tcase_add_test(tests, a_hole_that_the_peer_acknowledged_is_given_up_after_five_seconds);
    tcase_add_test(tests, a_hole_that_nobody_acknowledged_is_given_up_after_two_minutes);
    tcase_add_test(tests, more_than_a_direction_may_hold_gives_the_hole_up_and_is_counted);
    tcase_add_test(tests, more_pieces_than_a_direction_may_hold_lose_no_other_byte);
    tcase_add_loop_test(tests, other_data_is_a_conflict_behind_its_acknowledgement_too, 0, 2);
    tcase_add_loop_test(tests, encrypted_bytes_behind_the_end_are_told_and_not_compared, 0, 2);
    tcase_add_loop_test(tests, a_direction_that_is_done_gets_new_bytes_late_and_once, 0, 50);
    tcase_add_loop_test(tests, what_passes_a_direction_that_is_done_is_counted_to_the_byte, 0, 50);
    tcase_add_test(tests, what_the_snapshot_length_cut_does_not_pass_uncounted);
    tcase_add_test(tests, a_flight_that_is_never_acknowledged_is_described);
    tcase_add_test(tests, of_a_flight_that_is_acknowledged_in_part_the_rest_is_described);
    tcase_add_test(tests, a_number_far_outside_any_window_is_not_of_this_connection);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
