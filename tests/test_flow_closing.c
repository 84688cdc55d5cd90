/* Who closed a connection first, and how: by acknowledgements where they tell, else by the order of packets. */
#include "flow_kit.h"

struct packet {
    enum direction sender;
    uint8_t flags;
    uint32_t seq, ack;
};

/* Behind SYN (100) and SYN-ACK (500). */
struct closing {
    const char *name;
    struct packet packets[6];
    bool closed, by_rst;
    enum direction by;
};

static const struct closing closings[] = {
        {"nobody", {{CLIENT, ACK, 101, 501}}, false, false, FORWARD},
        {"the client's FIN, answered", {{CLIENT, FIN | ACK, 101, 501}, {SERVER, FIN | ACK, 501, 102}}, true, false, CLIENT},
        {"the server's FIN, answered", {{SERVER, FIN | ACK, 501, 101}, {CLIENT, FIN | ACK, 101, 502}}, true, false, SERVER},
        {"the answer is captured first", {{CLIENT, FIN | ACK, 101, 502}, {SERVER, FIN | ACK, 501, 101}}, true, false, SERVER},
        {"both at once: the first packet", {{SERVER, FIN | ACK, 501, 101}, {CLIENT, FIN | ACK, 101, 501}}, true, false, SERVER},
        {"both at once, and the FIN sent again acknowledges the other's",
         {{CLIENT, FIN | ACK, 101, 501}, {SERVER, FIN | ACK, 501, 101}, {SERVER, FIN | ACK, 501, 102}},
         true,
         false,
         CLIENT},
        {"the FIN sent again is captured first",
         {{CLIENT, FIN | ACK, 101, 502}, {CLIENT, FIN | ACK, 101, 501}, {SERVER, FIN | ACK, 501, 102}},
         true,
         false,
         CLIENT},
        {"one FIN only", {{SERVER, FIN | ACK, 501, 101}, {CLIENT, ACK, 101, 502}}, true, false, SERVER},
        {"the server's FIN, then the client's RST", {{SERVER, FIN | ACK, 501, 101}, {CLIENT, RST, 101, 0}}, true, false, SERVER},
        {"RST after both FINs", {{CLIENT, FIN | ACK, 101, 501}, {SERVER, FIN | ACK, 501, 102}, {CLIENT, RST, 102, 0}}, true, false, CLIENT},
        {"RST by the server", {{SERVER, RST | ACK, 501, 101}}, true, true, SERVER},
        {"RST by the client", {{CLIENT, RST, 101, 0}}, true, true, CLIENT},
        {"RSTs of both: the first", {{CLIENT, RST, 101, 0}, {SERVER, RST, 501, 0}}, true, true, CLIENT},
        {"RST, then a FIN that crossed it", {{CLIENT, RST, 101, 0}, {SERVER, FIN | ACK, 501, 101}}, true, true, CLIENT},
        {"the RST that acknowledges a FIN is captured before it",
         {{CLIENT, RST | ACK, 101, 502}, {SERVER, FIN | ACK, 501, 101}},
         true,
         false,
         SERVER},
        {"the RST behind the same side's FIN is captured before it",
         {{CLIENT, RST, 102, 0}, {CLIENT, FIN | ACK, 101, 501}},
         true,
         false,
         CLIENT},
        {"a RST far outside the window is not of this connection", {{CLIENT, RST, 0x50000000, 0}}, false, false, FORWARD},
};

static void send_all(struct kit *kit, const struct packet *packets, int most) {
    for (int i = 0; i < most && packets[i].flags != 0; i++) {
        kit_send(kit, packets[i].sender, packets[i].flags, packets[i].seq, packets[i].ack, "");
    }
}

START_TEST(the_first_closer_is_found) {
    const struct closing *row = &closings[_i];
    struct kit kit;
    kit_init(&kit, false);
    kit_send(&kit, CLIENT, SYN, 100, 0, "");
    kit_send(&kit, SERVER, SYN | ACK, 500, 101, "");
    send_all(&kit, row->packets, 6);
    flow_table_finish(kit.table);
    const struct flow *flow = &kit.ended[0].flow;
    ck_assert_msg(flow->closed == row->closed && flow->closed_by_rst == row->by_rst && (!row->closed || flow->closed_by == row->by),
                  "%s: closed %d, by RST %d, by %d", row->name, flow->closed, flow->closed_by_rst, flow->closed_by);
    kit_clear(&kit);
}
END_TEST

START_TEST(what_only_an_acknowledgement_shows_is_missing_and_an_unseen_fin_is_not) {
    for (uint32_t more = 0; more < 4; more++) {
        struct kit kit;
        kit_init(&kit, false);
        kit_send(&kit, CLIENT, SYN, 100, 0, "");
        kit_send(&kit, SERVER, SYN | ACK, 500, 101, "");
        kit_send(&kit, SERVER, ACK, 501, 101, "answer");
        kit_send(&kit, CLIENT, ACK, 101, 507 + more, "");
        flow_table_finish(kit.table);
        ck_assert_uint_eq(kit.told[0][SERVER].gap_len, more < 2 ? 0 : more);
        ck_assert_uint_eq(kit.ended[0].flow.side[SERVER].missing, more < 2 ? 0 : more);
        kit_clear(&kit);
    }
}
END_TEST

START_TEST(a_reset_behind_lost_bytes_leaves_a_gap) {
    struct kit kit;
    kit_init(&kit, false);
    kit_send(&kit, CLIENT, SYN, 100, 0, "");
    kit_send(&kit, SERVER, SYN | ACK, 500, 101, "");
    kit_send(&kit, CLIENT, ACK, 101, 501, "hello");
    kit_send(&kit, CLIENT, RST, 206, 0, "");
    flow_table_finish(kit.table);
    ck_assert_uint_eq(kit.told[0][CLIENT].gap_len, 100);
    kit_clear(&kit);
}
END_TEST

START_TEST(the_time_to_live_of_the_reset_is_its_own) {
    struct kit kit;
    kit_init(&kit, false);
    kit_send(&kit, CLIENT, SYN, 100, 0, "");
    kit_send(&kit, SERVER, SYN | ACK, 500, 101, "");
    struct segment rst = kit_segment(SERVER, 40000, RST, 501, 0, "", 0);
    rst.ttl = 12;
    kit_push(&kit, rst);
    flow_table_finish(kit.table);
    ck_assert_uint_eq(kit.ended[0].flow.side[SERVER].ttl, 63);
    ck_assert_uint_eq(kit.ended[0].flow.side[SERVER].rst_ttl, 12);
    kit_clear(&kit);
}
END_TEST

/* Behind "hello" (101 to 105) and "answer" (501 to 506). */
static const struct lost_fin {
    const char *name;
    bool over;
    struct packet packets[4];
} lost_fins[] = {
        {"the client's FIN is lost, and acknowledged",
         true,
         {{SERVER, FIN | ACK, 507, 106}, {CLIENT, ACK, 107, 508}, {SERVER, ACK, 508, 107}}},
        {"the server's FIN is lost, and the client's acknowledges it", true, {{CLIENT, FIN | ACK, 106, 508}}},
        {"the server's FIN is lost, and acknowledged before the client's", true, {{CLIENT, ACK, 106, 508}, {CLIENT, FIN | ACK, 106, 508}}},
        {"the acknowledgement is captured before what is behind it",
         true,
         {{SERVER, ACK, 508, 107}, {SERVER, FIN | ACK, 507, 106}, {CLIENT, ACK, 107, 508}}},
        {"all that is there is acknowledged", false, {{CLIENT, FIN | ACK, 106, 507}, {SERVER, ACK, 507, 107}}},
        {"nothing is acknowledged", false, {{SERVER, FIN | ACK, 507, 101}}},
        {"bytes are missing as well", false, {{CLIENT, FIN | ACK, 106, 509}}},
        {"both FINs are lost", false, {{CLIENT, ACK, 107, 508}, {SERVER, ACK, 508, 107}}},
};

START_TEST(a_lost_fin_that_is_acknowledged_ends_the_connection) {
    const struct lost_fin *row = &lost_fins[_i];
    struct kit kit;
    kit_init(&kit, true);
    kit_send(&kit, CLIENT, SYN, 100, 0, "");
    kit_send(&kit, SERVER, SYN | ACK, 500, 101, "");
    kit_send(&kit, CLIENT, ACK, 101, 501, "hello");
    kit_send(&kit, SERVER, ACK, 501, 106, "answer");
    send_all(&kit, row->packets, 4);
    flow_table_tick(kit.table, kit.now + 99 * MS);
    ck_assert_msg(!kit.ended[0].over, "%s: too early", row->name);
    flow_table_tick(kit.table, kit.now + 101 * MS);
    ck_assert_msg(kit.ended[0].over == row->over, "%s: %d", row->name, kit.ended[0].over);
    flow_table_finish(kit.table);
    ck_assert_uint_eq(kit.num_ended, 1);
    ck_assert_uint_eq(kit.ended[0].flow.side[CLIENT].missing, 0);
    kit_clear(&kit);
}
END_TEST

START_TEST(live_what_its_reader_calls_over_ends_though_nobody_closes) {
    for (int live = 0; live <= 1; live++) {
        struct kit kit;
        kit_init(&kit, live);
        kit.told[0][SERVER].over = 5;
        kit_send(&kit, CLIENT, SYN, 100, 0, "");
        kit_send(&kit, SERVER, SYN | ACK, 500, 101, "");
        kit_send(&kit, CLIENT, ACK, 101, 501, "hello");
        kit.now += 150 * MS;
        kit_send(&kit, SERVER, ACK, 501, 106, "alert");
        ck_assert(!kit.ended[0].over);
        flow_table_tick(kit.table, kit.now + 99 * MS);
        ck_assert(!kit.ended[0].over);
        flow_table_tick(kit.table, kit.now + 101 * MS);
        ck_assert(kit.ended[0].over == live);
        kit_send(&kit, SERVER, FIN | ACK, 506, 106, ""); /* too late to be told, and no connection of its own */
        flow_table_finish(kit.table);
        ck_assert_uint_eq(kit.num_ended, 1);
        ck_assert(kit.ended[0].flow.closed == !live && (!live || kit.ended[0].how == FLOW_END_CLOSED));
        kit_clear(&kit);
    }
}
END_TEST

START_TEST(what_is_over_waits_for_bytes_that_were_held_up) {
    struct kit kit;
    kit_init(&kit, true);
    kit.told[0][SERVER].over = 5;
    kit_send(&kit, CLIENT, SYN, 100, 0, "");
    kit_send(&kit, SERVER, SYN | ACK, 500, 101, "");
    kit_send(&kit, CLIENT, ACK, 103, 501, "llo");
    kit_send(&kit, SERVER, ACK, 501, 101, "alert");
    kit.now += 1000 * MS;
    kit_send(&kit, CLIENT, ACK, 101, 501, "he");
    ck_assert(!kit.ended[0].over);
    flow_table_tick(kit.table, kit.now + 101 * MS);
    ck_assert(kit.ended[0].over);
    kit_expect(&kit, 0, CLIENT, "hello");
    kit_clear(&kit);
}
END_TEST

/* With the last acknowledgement both know of the other's end. */
static void open_and_close(struct kit *kit, uint16_t port, bool in_full) {
    kit_push(kit, kit_segment(CLIENT, port, SYN, 100, 0, "", 0));
    kit_push(kit, kit_segment(SERVER, port, SYN | ACK, 500, 101, "", 0));
    kit_push(kit, kit_segment(CLIENT, port, ACK, 101, 501, "hello", 5));
    kit_push(kit, kit_segment(SERVER, port, FIN | ACK, 501, 106, "", 0));
    kit_push(kit, kit_segment(CLIENT, port, FIN | ACK, 106, 502, "", 0));
    if (in_full) {
        kit_push(kit, kit_segment(SERVER, port, ACK, 502, 107, "", 0));
    }
}

/* _i is 1 where they are closed in full. */
START_TEST(each_is_told_a_tenth_or_a_hundredth_of_a_second_after_its_own_end) {
    const int64_t linger = _i ? 10 * MS : 100 * MS;
    struct kit kit;
    kit_init(&kit, true);
    open_and_close(&kit, 40000, _i);
    int64_t first = kit.now;
    kit.now += linger / 10 * 6;
    open_and_close(&kit, 40001, _i);
    int64_t second = kit.now;
    flow_table_tick(kit.table, first + linger - MS);
    ck_assert_uint_eq(kit.num_ended, 0);
    flow_table_tick(kit.table, first + linger + MS);
    ck_assert_uint_eq(kit.num_ended, 1);
    flow_table_tick(kit.table, second + linger - MS);
    ck_assert_uint_eq(kit.num_ended, 1);
    flow_table_tick(kit.table, second + linger + MS);
    ck_assert_uint_eq(kit.num_ended, 2);
    kit_clear(&kit);
}
END_TEST

/* What each of two lingers does not hold up the other. */
START_TEST(who_closed_in_full_does_not_wait_for_who_did_not) {
    struct kit kit;
    kit_init(&kit, true);
    open_and_close(&kit, 40000, false);
    int64_t first = kit.now;
    open_and_close(&kit, 40001, true);
    kit.now += 11 * MS;
    flow_table_tick(kit.table, kit.now);
    ck_assert(!kit.ended[0].over && kit.ended[1].over);
    kit_push(&kit, kit_segment(SERVER, 40000, ACK, 502, 107, "", 0)); /* which is known to be closed in full from here on */
    flow_table_tick(kit.table, kit.now + 9 * MS);
    ck_assert_uint_eq(kit.num_ended, 1);
    flow_table_tick(kit.table, kit.now + 11 * MS);
    ck_assert_uint_eq(kit.num_ended, 2);
    ck_assert_int_lt(flow_table_now_ns(kit.table), first + 99 * MS);
    kit_clear(&kit);
}
END_TEST

static void end_without_hello(struct kit *kit, uint16_t port, bool acknowledged) {
    kit_push(kit, kit_segment(CLIENT, port, SYN, 100, 0, "", 0));
    kit_push(kit, kit_segment(SERVER, port, SYN | ACK, 500, 101, "", 0));
    kit_push(kit, kit_segment(SERVER, port, FIN | ACK, 501, 106, "", 0));
    kit_push(kit, kit_segment(CLIENT, port, FIN | ACK, 106, 502, "", 0));
    if (acknowledged) {
        kit_push(kit, kit_segment(SERVER, port, ACK, 502, 107, "", 0));
    }
}

/* Its reader needs no more of the client, of which bytes are missing then. */
START_TEST(who_has_holes_behind_what_is_read_lingers_longer) {
    struct kit kit;
    kit_init(&kit, true);
    kit.told[0][CLIENT].want = 5;
    kit_send(&kit, CLIENT, SYN, 100, 0, "");
    kit_send(&kit, SERVER, SYN | ACK, 500, 101, "");
    kit_send(&kit, CLIENT, ACK, 101, 501, "hello");
    kit_send(&kit, CLIENT, ACK, 109, 501, "late");
    kit_send(&kit, SERVER, FIN | ACK, 501, 113, "");
    kit_send(&kit, CLIENT, FIN | ACK, 113, 502, "");
    kit_send(&kit, SERVER, ACK, 502, 114, "");
    flow_table_tick(kit.table, kit.now + 99 * MS);
    ck_assert(!kit.ended[0].over);
    flow_table_tick(kit.table, kit.now + 101 * MS);
    ck_assert(kit.ended[0].over);
    ck_assert_uint_eq(kit.ended[0].flow.side[CLIENT].missing, 3);
    kit_clear(&kit);
}
END_TEST

/* A reset may have been sent before the FIN; what is missing may be sent again until its receiver says that it has all. */
START_TEST(who_did_not_read_all_or_was_reset_lingers_longer) {
    struct kit kit;
    kit_init(&kit, true);
    open_and_close(&kit, 40000, false);
    kit_push(&kit, kit_segment(SERVER, 40000, RST | ACK, 502, 107, "", 0));
    end_without_hello(&kit, 40001, true);
    end_without_hello(&kit, 40002, false);
    flow_table_tick(kit.table, kit.now + 99 * MS);
    ck_assert_uint_eq(kit.num_ended, 0);
    flow_table_tick(kit.table, kit.now + 101 * MS);
    ck_assert(kit.ended[0].over && kit.ended[1].over && !kit.ended[2].over);
    ck_assert_uint_eq(kit.ended[1].flow.side[CLIENT].missing, 5);
    flow_table_tick(kit.table, kit.now + 4999 * MS);
    ck_assert(!kit.ended[2].over);
    flow_table_tick(kit.table, kit.now + 5001 * MS);
    ck_assert(kit.ended[2].over);
    kit_clear(&kit);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("flow_closing");
    TCase *tests = tcase_create("closing");
    tcase_add_loop_test(tests, the_first_closer_is_found, 0, sizeof(closings) / sizeof(closings[0]));
    tcase_add_test(tests, what_only_an_acknowledgement_shows_is_missing_and_an_unseen_fin_is_not);
    tcase_add_test(tests, a_reset_behind_lost_bytes_leaves_a_gap);
    tcase_add_test(tests, the_time_to_live_of_the_reset_is_its_own);
    tcase_add_test(tests, live_what_its_reader_calls_over_ends_though_nobody_closes);
    tcase_add_loop_test(tests, a_lost_fin_that_is_acknowledged_ends_the_connection, 0, (int)(sizeof lost_fins / sizeof *lost_fins));
    tcase_add_test(tests, what_is_over_waits_for_bytes_that_were_held_up);
    tcase_add_loop_test(tests, each_is_told_a_tenth_or_a_hundredth_of_a_second_after_its_own_end, 0, 2);
    tcase_add_test(tests, who_closed_in_full_does_not_wait_for_who_did_not);
    tcase_add_test(tests, who_has_holes_behind_what_is_read_lingers_longer);
    tcase_add_test(tests, who_did_not_read_all_or_was_reset_lingers_longer);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
