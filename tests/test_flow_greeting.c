/* Connections of which only the packets that open them were seen, and what comes behind them. */
#include "flow_kit.h"

static void open_connection(struct kit *kit) {
    kit_send(kit, CLIENT, SYN, 100, 0, "");
    kit_send(kit, SERVER, SYN | ACK, 500, 101, "");
    kit_send(kit, CLIENT, ACK, 101, 501, "");
}

/* The kit's frames count from 1, its times from 1000 s in steps of 10 us; the client's TTL is 64, the server's 63. */
static void check_opening(const struct flow *flow) {
    ck_assert(flow->established);
    ck_assert_uint_eq(flow->first.frame, 1);
    ck_assert_uint_eq(flow->side[CLIENT].syn.frame, 1);
    ck_assert_uint_eq(flow->side[SERVER].syn.frame, 2);
    ck_assert_int_eq(flow->first.time_ns, 1000 * SECOND_NS);
    ck_assert_int_eq(flow->side[SERVER].syn.time_ns, 1000 * SECOND_NS + 10000);
    ck_assert_uint_eq(flow->side[CLIENT].ttl, 64);
    ck_assert_uint_eq(flow->side[SERVER].ttl, 63);
    ck_assert(!flow->side[CLIENT].begins_in_middle && !flow->side[SERVER].begins_in_middle);
}

START_TEST(what_opened_a_connection_is_known_when_bytes_come) {
    struct kit kit;
    kit_init(&kit, false);
    open_connection(&kit);
    kit_send(&kit, CLIENT, ACK, 101, 501, "ask");
    kit_send(&kit, SERVER, ACK, 501, 104, "answer");
    flow_table_finish(kit.table);
    kit_expect(&kit, 0, CLIENT, "ask");
    kit_expect(&kit, 0, SERVER, "answer");
    check_opening(&kit.ended[0].flow);
    ck_assert_uint_eq(kit.ended[0].flow.last.frame, 5);
    kit_clear(&kit);
}
END_TEST

START_TEST(what_opened_a_connection_is_known_at_its_end_where_nothing_followed) {
    struct kit kit;
    kit_init(&kit, false);
    open_connection(&kit);
    flow_table_finish(kit.table);
    ck_assert_uint_eq(kit.num_ended, 1);
    ck_assert(kit.ended[0].how == FLOW_END_CAPTURE);
    check_opening(&kit.ended[0].flow);
    ck_assert_uint_eq(kit.ended[0].flow.last.frame, 3);
    ck_assert_int_eq(kit.ended[0].flow.last.time_ns, 1000 * SECOND_NS + 20000);
    kit_clear(&kit);
}
END_TEST

START_TEST(a_connection_whose_ports_are_used_again_is_told_as_it_was_opened) {
    struct kit kit;
    kit_init(&kit, false);
    open_connection(&kit);
    kit_send(&kit, CLIENT, SYN, 0x40000000, 0, "");
    ck_assert(kit.ended[0].over && kit.ended[0].how == FLOW_END_REUSED);
    check_opening(&kit.ended[0].flow);
    flow_table_finish(kit.table);
    ck_assert_uint_eq(kit.num_ended, 2);
    kit_clear(&kit);
}
END_TEST

START_TEST(an_answer_alone_establishes_nothing) {
    struct kit kit;
    kit_init(&kit, false);
    kit_send(&kit, CLIENT, SYN, 100, 0, "");
    kit_send(&kit, SERVER, SYN | ACK, 500, 101, "");
    flow_table_finish(kit.table);
    ck_assert(!kit.ended[0].flow.established);
    ck_assert_uint_eq(kit.ended[0].flow.side[SERVER].syn.frame, 2);
    ck_assert_uint_eq(kit.ended[0].flow.last.frame, 2);
    kit_clear(&kit);
}
END_TEST

/* Any other packet behind the SYN: what is read is the same, whatever was kept. */
static const struct {
    const char *name;
    struct {
        enum direction sender;
        uint8_t flags;
        uint32_t seq, ack;
    } packet;
    bool closed;
} others[] = {
        {"the answer again", {SERVER, SYN | ACK, 500, 101}, false},
        {"another answer", {SERVER, SYN | ACK, 700, 101}, false},
        {"an answer to something else", {SERVER, SYN | ACK, 500, 99}, false},
        {"the SYN again", {CLIENT, SYN, 100, 0}, false},
        {"the acknowledgement again", {CLIENT, ACK, 101, 501}, false},
        {"an acknowledgement by the server", {SERVER, ACK, 501, 101}, false},
        {"a keep-alive", {CLIENT, ACK, 100, 501}, false},
        {"the client's RST", {CLIENT, RST, 101, 0}, true},
        {"the server's FIN", {SERVER, FIN | ACK, 501, 101}, true},
};

START_TEST(any_other_packet_may_come_at_any_place_of_the_opening) {
    for (int place = 1; place <= 3; place++) {
        struct kit kit;
        kit_init(&kit, false);
        for (int i = 0; i <= 3; i++) {
            if (i == place) {
                kit_send(&kit, others[_i].packet.sender, others[_i].packet.flags, others[_i].packet.seq, others[_i].packet.ack, "");
            }
            if (i == 0) {
                kit_send(&kit, CLIENT, SYN, 100, 0, "");
            } else if (i == 1) {
                kit_send(&kit, SERVER, SYN | ACK, 500, 101, "");
            } else if (i == 2) {
                kit_send(&kit, CLIENT, ACK, 101, 501, "");
            }
        }
        kit_send(&kit, CLIENT, ACK, 101, 501, "ask");
        flow_table_finish(kit.table);
        ck_assert_uint_eq(flow_table_num_streams(kit.table), 1);
        ck_assert_msg(kit.num_ended == 1 && kit.ended[0].flow.established, "%s at %d: %u", others[_i].name, place, kit.num_ended);
        ck_assert_msg(kit.ended[0].flow.closed == others[_i].closed, "%s at %d", others[_i].name, place);
        kit_expect(&kit, 0, CLIENT, "ask");
        kit_clear(&kit);
    }
}
END_TEST

START_TEST(live_an_open_connection_in_which_nobody_speaks_times_out_in_time) {
    struct kit kit;
    kit_init(&kit, true);
    open_connection(&kit);
    for (int64_t s = 1; s <= 301; s++) {
        ck_assert(!kit.ended[0].over || s == 301);
        flow_table_tick(kit.table, kit.now + s * SECOND_NS);
    }
    ck_assert(kit.ended[0].over && kit.ended[0].how == FLOW_END_TIMEOUT);
    check_opening(&kit.ended[0].flow);
    kit_clear(&kit);
}
END_TEST

START_TEST(live_an_answered_connection_that_nobody_opens_is_given_up) {
    struct kit kit;
    kit_init(&kit, true);
    kit_send(&kit, CLIENT, SYN, 100, 0, "");
    kit_send(&kit, SERVER, SYN | ACK, 500, 101, "");
    for (int i = 1; i <= 600; i++) {
        flow_table_tick(kit.table, kit.now + i * SECOND_NS);
    }
    ck_assert(kit.ended[0].over && kit.ended[0].how == FLOW_END_TIMEOUT);
    kit_clear(&kit);
}
END_TEST

static enum flow_want note_data(void *user, struct flow *flow, enum direction sender, struct bytes data, struct tlswatch_mark mark) {
    (void)sender, (void)mark;
    *(uint64_t *)user += data.len == 3 && !flow->side[CLIENT].begins_in_middle && flow->side[SERVER].syn.frame != 0;
    return FLOW_MORE;
}

static enum flow_want note_gap(void *user, struct flow *flow, enum direction sender, uint64_t len, struct tlswatch_mark mark) {
    (void)user, (void)flow, (void)sender, (void)len, (void)mark;
    return FLOW_MORE;
}

static void note_late(void *user, struct flow *flow, enum direction sender, struct bytes payload, struct tlswatch_mark mark) {
    (void)user, (void)flow, (void)sender, (void)payload, (void)mark;
}

static void note_end(void *user, struct flow *flow, enum flow_end how) {
    (void)user, (void)flow, (void)how;
}

START_TEST(more_openings_than_the_bound_are_read_from_their_start_all_the_same) {
    const uint32_t num = 2 * LIMIT_GREETINGS;
    uint64_t read = 0;
    struct hash_key key = {1, 2};
    struct memory memory = {.bound = LIMIT_MEMORY};
    struct flow_events events = {&read, note_data, note_gap, note_late, note_end, .only_followed = true};
    struct flow_table *table = flow_table_new(&events, &key, &memory, false);

    for (uint32_t step = 0; step < 4; step++) {
        for (uint32_t n = 0; n < num; n++) {
            const uint8_t flags[] = {SYN, SYN | ACK, ACK, ACK};
            struct segment s = kit_segment(step == 1 ? SERVER : CLIENT, (uint16_t)n, flags[step], step == 1 ? 500 : 100 + (step > 0),
                                           step == 0   ? 0
                                           : step == 1 ? 101
                                                       : 501,
                                           "ask", step == 3 ? 3 : 0);
            s.mark.frame = 1 + step * num + n;
            flow_table_push(table, &s);
        }
        ck_assert_uint_lt(memory.held, 8 * 1024 * 1024 + (step == 3 ? LIMIT_MEMORY : 0));
    }
    ck_assert_uint_eq(read, num);
    ck_assert_uint_eq(flow_table_num_streams(table), num);
    flow_table_free(table);
    ck_assert_uint_eq(memory.held, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("flow_greeting");
    TCase *tests = tcase_create("greeting");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, what_opened_a_connection_is_known_when_bytes_come);
    tcase_add_test(tests, what_opened_a_connection_is_known_at_its_end_where_nothing_followed);
    tcase_add_test(tests, a_connection_whose_ports_are_used_again_is_told_as_it_was_opened);
    tcase_add_test(tests, an_answer_alone_establishes_nothing);
    tcase_add_loop_test(tests, any_other_packet_may_come_at_any_place_of_the_opening, 0, sizeof(others) / sizeof(others[0]));
    tcase_add_test(tests, live_an_open_connection_in_which_nobody_speaks_times_out_in_time);
    tcase_add_test(tests, live_an_answered_connection_that_nobody_opens_is_given_up);
    tcase_add_test(tests, more_openings_than_the_bound_are_read_from_their_start_all_the_same);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
