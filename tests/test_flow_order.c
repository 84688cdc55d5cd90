/* Questions before answers: what a segment acknowledges comes before it, in whatever order the capture has them. */
#include "flow_kit.h"

/* Sequence numbers of both sides begin at 100 and 500. */
static void begin(struct kit *kit) {
    kit_init(kit, false);
    kit_send(kit, CLIENT, SYN, 99, 0, "");
    kit_send(kit, SERVER, SYN | ACK, 499, 100, "");
    kit_send(kit, CLIENT, ACK, 100, 500, "");
}

/* Other packets, so many that whatever had to wait has waited long enough. */
static void pass(struct kit *kit) {
    static const char filler[1024];
    kit->now += LIMIT_HOLE_ACKED_NS;
    for (uint32_t i = 0; i < 2 * LIMIT_DISORDER_BYTES / sizeof filler; i++) {
        kit_push(kit, kit_segment(CLIENT, 50000, ACK, 1 + i * (uint32_t)sizeof filler, 1, filler, sizeof filler));
    }
}

START_TEST(an_answer_waits_for_its_question) {
    struct kit kit;
    begin(&kit);
    kit_send(&kit, SERVER, ACK, 500, 105, "pong");
    kit_expect(&kit, 0, SERVER, "");
    kit_send(&kit, CLIENT, ACK, 100, 500, "ping!");
    kit_expect(&kit, 0, CLIENT, "ping!");
    kit_expect(&kit, 0, SERVER, "pong");
    kit_clear(&kit);
}
END_TEST

START_TEST(a_conversation_backwards_is_told_forwards) {
    struct kit kit;
    begin(&kit);
    kit_send(&kit, SERVER, ACK, 502, 104, "d");
    kit_send(&kit, CLIENT, ACK, 102, 502, "cc");
    kit_send(&kit, SERVER, ACK, 500, 102, "bb");
    kit_expect(&kit, 0, SERVER, "");
    kit_expect(&kit, 0, CLIENT, "");
    kit_send(&kit, CLIENT, ACK, 100, 500, "aa");
    kit_expect(&kit, 0, CLIENT, "aacc");
    kit_expect(&kit, 0, SERVER, "bbd");
    kit_clear(&kit);
}
END_TEST

START_TEST(an_answer_to_a_side_that_has_not_begun_waits) {
    struct kit kit;
    kit_init(&kit, false);
    kit_send(&kit, SERVER, SYN | ACK, 499, 100, "");
    kit_send(&kit, SERVER, ACK, 500, 105, "pong");
    kit_expect(&kit, 0, SERVER, "");
    kit_send(&kit, CLIENT, ACK, 100, 500, "ping!");
    kit_expect(&kit, 0, SERVER, "pong");
    kit_clear(&kit);
}
END_TEST

START_TEST(an_answer_to_lost_bytes_waits_for_a_time) {
    struct kit kit;
    begin(&kit);
    kit_send(&kit, SERVER, ACK, 500, 105, "pong");
    pass(&kit);
    kit_expect(&kit, 0, SERVER, "pong");
    ck_assert_uint_eq(kit.told[0][CLIENT].num_gaps, 0);
    /* They were only very late. */
    kit_send(&kit, CLIENT, ACK, 100, 500, "ping!");
    kit_expect(&kit, 0, CLIENT, "ping!");
    kit_clear(&kit);
}
END_TEST

/* Its SYN-ACK is not in the capture, and its first bytes come when nobody waits for it any more. */
START_TEST(a_side_that_speaks_after_all_is_waited_for_again) {
    struct kit kit;
    kit_init(&kit, false);
    kit_send(&kit, CLIENT, SYN, 99, 0, "");
    kit_send(&kit, CLIENT, ACK, 100, 500, "ping!");
    pass(&kit);
    kit_expect(&kit, 0, CLIENT, "ping!");
    kit_send(&kit, SERVER, ACK, 500, 105, "pong");
    kit_send(&kit, CLIENT, ACK, 105, 504, "more");
    kit_expect(&kit, 0, CLIENT, "ping!");
    pass(&kit);
    kit_expect(&kit, 0, SERVER, "pong");
    kit_expect(&kit, 0, CLIENT, "ping!more");
    kit_clear(&kit);
}
END_TEST

START_TEST(one_direction_alone_is_read_after_a_short_time) {
    struct kit kit;
    kit_init(&kit, true);
    kit_send(&kit, CLIENT, SYN, 99, 0, "");
    kit_send(&kit, CLIENT, ACK, 100, 500, "ping!");
    kit_send(&kit, CLIENT, ACK, 105, 600, "more");
    flow_table_tick(kit.table, kit.now + LIMIT_START_NS + MS);
    kit_expect(&kit, 0, CLIENT, "ping!more");
    kit_send(&kit, CLIENT, ACK, 109, 700, "and more");
    kit_expect(&kit, 0, CLIENT, "ping!moreand more");
    kit_clear(&kit);
}
END_TEST

START_TEST(at_the_end_holes_are_given_up_before_answers) {
    struct kit kit;
    begin(&kit);
    kit_send(&kit, CLIENT, ACK, 103, 500, "g!");
    kit_send(&kit, SERVER, ACK, 500, 105, "pong");
    kit_expect(&kit, 0, SERVER, "");
    flow_table_finish(kit.table);
    kit_expect(&kit, 0, CLIENT, "g!");
    kit_expect(&kit, 0, SERVER, "pong");
    ck_assert_uint_eq(kit.told[0][CLIENT].gap_len, 3);
    ck_assert_uint_eq(kit.told[0][SERVER].num_gaps, 0);
    kit_clear(&kit);
}
END_TEST

START_TEST(at_the_end_a_question_that_is_lost_is_a_gap_before_its_answer) {
    struct kit kit;
    begin(&kit);
    kit_send(&kit, SERVER, ACK, 500, 105, "pong");
    kit_send(&kit, SERVER, ACK, 504, 107, "bye");
    flow_table_finish(kit.table);
    kit_expect(&kit, 0, SERVER, "pongbye");
    ck_assert_uint_eq(kit.told[0][CLIENT].num_gaps, 2);
    ck_assert_uint_eq(kit.told[0][CLIENT].gap_len, 7);
    ck_assert_uint_eq(kit.told[0][CLIENT].gap_peer_at, 4);
    ck_assert_uint_eq(kit.ended[0].flow.side[CLIENT].missing, 7);
    kit_clear(&kit);
}
END_TEST

START_TEST(two_sides_that_wait_for_each_other_are_told_all_the_same) {
    struct kit kit;
    begin(&kit);
    /* Both were sent again, with later acknowledgements; the first copies are not in the capture. */
    kit_send(&kit, CLIENT, ACK, 100, 504, "ping!");
    kit_send(&kit, SERVER, ACK, 500, 105, "pong");
    kit_expect(&kit, 0, CLIENT, "ping!");
    kit_expect(&kit, 0, SERVER, "pong");
    kit_clear(&kit);
}
END_TEST

START_TEST(the_earliest_acknowledgement_of_the_same_bytes_counts) {
    struct kit kit;
    begin(&kit);
    kit_send(&kit, SERVER, ACK, 500, 109, "pong");
    kit_send(&kit, SERVER, ACK, 500, 105, "pong");
    kit_send(&kit, CLIENT, ACK, 100, 500, "ping!");
    kit_expect(&kit, 0, SERVER, "pong");
    kit_clear(&kit);
}
END_TEST

START_TEST(the_acknowledgement_of_a_fin_waits_for_no_byte) {
    struct kit kit;
    begin(&kit);
    kit_send(&kit, CLIENT, ACK, 100, 500, "ping!");
    kit_send(&kit, SERVER, ACK, 500, 106, "pong");
    kit_expect(&kit, 0, SERVER, "pong");
    kit_clear(&kit);
}
END_TEST

START_TEST(a_reset_that_is_captured_first_does_not_hide_the_fin_before_it) {
    struct kit kit;
    kit_init(&kit, false);
    kit_send(&kit, SERVER, RST, 505, 0, "");
    kit_send(&kit, CLIENT, SYN, 99, 0, "");
    kit_send(&kit, SERVER, SYN | ACK, 499, 100, "");
    kit_send(&kit, CLIENT, ACK, 100, 500, "ping!");
    kit_send(&kit, SERVER, ACK | FIN, 500, 105, "pong");
    flow_table_finish(kit.table);
    ck_assert(kit.ended[0].flow.closed);
    ck_assert(!kit.ended[0].flow.closed_by_rst);
    ck_assert_int_eq(kit.ended[0].flow.closed_by, kit.ended[0].flow.side[FORWARD].endpoint.port == 443 ? FORWARD : BACKWARD);
    kit_clear(&kit);
}
END_TEST

START_TEST(last_words_are_known_to_answer_a_fin_or_to_come_before_it) {
    struct kit kit;
    begin(&kit);
    kit_send(&kit, CLIENT, ACK, 105, 505, "bye"); /* captured before the FIN that it answers */
    kit_send(&kit, CLIENT, ACK, 100, 500, "ping!");
    kit_send(&kit, SERVER, ACK | FIN, 500, 105, "pong");
    flow_table_finish(kit.table);
    ck_assert(kit.ended[0].flow.side[CLIENT].last_answers_close);
    ck_assert(!kit.ended[0].flow.side[CLIENT].last_before_close);
    kit_clear(&kit);
    begin(&kit);
    kit_send(&kit, SERVER, ACK | FIN, 500, 105, "pong");
    kit_send(&kit, CLIENT, ACK, 100, 500, "ping!"); /* captured behind the FIN that acknowledges it */
    flow_table_finish(kit.table);
    ck_assert(!kit.ended[0].flow.side[CLIENT].last_answers_close);
    ck_assert(kit.ended[0].flow.side[CLIENT].last_before_close);
    kit_clear(&kit);
}
END_TEST

START_TEST(a_handshake_captured_backwards_establishes_the_connection) {
    struct kit kit;
    kit_init(&kit, false);
    kit_send(&kit, CLIENT, ACK, 100, 500, "");
    kit_send(&kit, SERVER, SYN | ACK, 499, 100, "");
    kit_send(&kit, CLIENT, SYN, 99, 0, "");
    flow_table_finish(kit.table);
    ck_assert(kit.ended[0].over);
    ck_assert(kit.ended[0].flow.established);
    kit_clear(&kit);
}
END_TEST

static Suite *order_suite(void) {
    Suite *suite = suite_create("flow order");
    TCase *tcase = tcase_create("order");
    tcase_add_test(tcase, an_answer_waits_for_its_question);
    tcase_add_test(tcase, a_conversation_backwards_is_told_forwards);
    tcase_add_test(tcase, an_answer_to_a_side_that_has_not_begun_waits);
    tcase_add_test(tcase, an_answer_to_lost_bytes_waits_for_a_time);
    tcase_add_test(tcase, a_side_that_speaks_after_all_is_waited_for_again);
    tcase_add_test(tcase, one_direction_alone_is_read_after_a_short_time);
    tcase_add_test(tcase, at_the_end_holes_are_given_up_before_answers);
    tcase_add_test(tcase, at_the_end_a_question_that_is_lost_is_a_gap_before_its_answer);
    tcase_add_test(tcase, two_sides_that_wait_for_each_other_are_told_all_the_same);
    tcase_add_test(tcase, the_earliest_acknowledgement_of_the_same_bytes_counts);
    tcase_add_test(tcase, the_acknowledgement_of_a_fin_waits_for_no_byte);
    tcase_add_test(tcase, a_reset_that_is_captured_first_does_not_hide_the_fin_before_it);
    tcase_add_test(tcase, a_handshake_captured_backwards_establishes_the_connection);
    tcase_add_test(tcase, last_words_are_known_to_answer_a_fin_or_to_come_before_it);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void) {
    return tap_run(order_suite());
}
