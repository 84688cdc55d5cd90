/* Connections that TCP never opened: refused, or not answered, and what is neither. */
#include "flow_kit.h"

struct step {
    enum direction sender;
    uint8_t flags; /* 0: the end */
    uint32_t seq, ack;
    const char *data;
};

static const struct row {
    const char *name;
    struct step steps[5];
    int64_t later; /* another connection's packet shows that the capture goes on for so long */
    struct flow_unopened unopened;
} rows[] = {
        {"SYN, RST", {{CLIENT, SYN, 100, 0}, {SERVER, RST | ACK, 0, 101}}, 0, {.refused = 1}},
        {"each of the client's SYNs is refused",
         {{CLIENT, SYN, 100, 0}, {SERVER, RST | ACK, 0, 101}, {CLIENT, SYN, 100, 0}, {SERVER, RST | ACK, 0, 101}},
         0,
         {.refused = 1}},
        {"the second SYN is refused", {{CLIENT, SYN, 100, 0}, {CLIENT, SYN, 100, 0}, {SERVER, RST | ACK, 0, 101}}, 0, {.refused = 1}},
        {"two connections of one port",
         {{CLIENT, SYN, 100, 0}, {SERVER, RST | ACK, 0, 101}, {CLIENT, SYN, 900, 0}, {SERVER, RST | ACK, 0, 901}},
         0,
         {.refused = 2}},
        {"an RST that acknowledges nothing", {{CLIENT, SYN, 100, 0}, {SERVER, RST, 0, 0}}, 2 * SECOND_NS, {0}},
        {"an RST that acknowledges another SYN", {{CLIENT, SYN, 100, 0}, {SERVER, RST | ACK, 0, 77}}, 2 * SECOND_NS, {0}},
        {"the client's own RST", {{CLIENT, SYN, 100, 0}, {CLIENT, RST, 101, 0}}, 2 * SECOND_NS, {0}},
        {"answered, and reset behind it", {{CLIENT, SYN, 100, 0}, {SERVER, SYN | ACK, 500, 101}, {SERVER, RST | ACK, 501, 101}}, 0, {0}},
        {"the answer was lost", {{CLIENT, SYN, 100, 0}, {CLIENT, ACK, 101, 501}, {SERVER, RST | ACK, 501, 101}}, 0, {0}},
        {"reset behind data", {{CLIENT, SYN, 100, 0}, {CLIENT, ACK, 101, 501, "hello"}, {SERVER, RST | ACK, 501, 106}}, 0, {0}},
        {"the SYN was lost", {{SERVER, RST | ACK, 0, 101}}, 0, {0}},
        {"SYN alone", {{CLIENT, SYN, 100, 0}}, SECOND_NS, {.unanswered = 1}},
        {"SYN alone, just before the end", {{CLIENT, SYN, 100, 0}}, SECOND_NS - MS, {0}},
        {"SYN sent again and again", {{CLIENT, SYN, 100, 0}, {CLIENT, SYN, 100, 0}, {CLIENT, SYN, 100, 0}}, 3 * SECOND_NS, {.unanswered = 1}},
        {"two that nobody answers", {{CLIENT, SYN, 100, 0}, {CLIENT, SYN, 900, 0}}, 3 * SECOND_NS, {.unanswered = 1}},
        {"answered, and no more", {{CLIENT, SYN, 100, 0}, {SERVER, SYN | ACK, 500, 101}}, 3 * SECOND_NS, {0}},
        {"answered in full", {{CLIENT, SYN, 100, 0}, {SERVER, SYN | ACK, 500, 101}, {CLIENT, ACK, 101, 501}}, 3 * SECOND_NS, {0}},
        {"one direction only", {{CLIENT, SYN, 100, 0}, {CLIENT, ACK, 101, 501}}, 3 * SECOND_NS, {0}},
        {"only the answer", {{SERVER, SYN | ACK, 500, 101}}, 3 * SECOND_NS, {0}},
        {"both send a SYN", {{CLIENT, SYN, 100, 0}, {SERVER, SYN, 500, 0}}, 3 * SECOND_NS, {0}},
};

#define NUM_ROWS ((int)(sizeof rows / sizeof *rows))

static void expect(const struct row *row, bool only_followed) {
    struct kit kit;
    kit_init_as(&kit, false, only_followed);
    for (const struct step *step = row->steps; step < row->steps + 5 && step->flags != 0; step++) {
        kit_send(&kit, step->sender, step->flags, step->seq, step->ack, step->data != NULL ? step->data : "");
    }
    kit.now = 1000 * SECOND_NS + row->later;
    kit_push(&kit, kit_segment(CLIENT, 40001, ACK, 1, 1, "", 0));
    flow_table_finish(kit.table);
    struct flow_unopened got = flow_table_unopened(kit.table);
    ck_assert_msg(got.refused == row->unopened.refused && got.unanswered == row->unopened.unanswered,
                  "%s: %d refused, %d not answered", row->name, (int)got.refused, (int)got.unanswered);
    kit_clear(&kit);
}

START_TEST(what_tcp_never_opened_is_counted) {
    expect(&rows[_i], false);
    expect(&rows[_i], true);
}
END_TEST

START_TEST(what_has_to_go_is_counted_too) {
    struct kit kit;
    kit_init(&kit, false);
    kit.memory.bound = 256 * 1024;
    for (uint16_t port = 1; port <= 5000; port++) {
        kit_push(&kit, kit_segment(CLIENT, port, SYN, 100, 0, "", 0));
        kit.now += 2 * MS;
    }
    kit.now += SECOND_NS;
    kit_push(&kit, kit_segment(CLIENT, 40001, ACK, 1, 1, "", 0));
    ck_assert_uint_gt(flow_table_limits_hit(kit.table), 2000);
    flow_table_finish(kit.table);
    uint64_t unanswered = flow_table_unopened(kit.table).unanswered;
    ck_assert_msg(unanswered > 4900, "%d", (int)unanswered); /* those that went may do so within a second */
    kit_clear(&kit);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("flow_unopened");
    TCase *tests = tcase_create("flow_unopened");
    tcase_add_loop_test(tests, what_tcp_never_opened_is_counted, 0, NUM_ROWS);
    tcase_add_test(tests, what_has_to_go_is_counted_too);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
