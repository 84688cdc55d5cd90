/* The table of connections: numbers, reuse of ports, tunnels, ends and their order, bounds, time. */
#include "flow_kit.h"

static void client_server(struct kit *kit, uint16_t port, uint8_t flags, enum direction sender, uint32_t seq, uint32_t ack,
                          const char *text) {
    kit_push(kit, kit_segment(sender, port, flags, seq, ack, text, strlen(text)));
}

/* A whole connection on one port, ended by both FINs. */
static void whole(struct kit *kit, uint16_t port, uint32_t c0, uint32_t s0) {
    client_server(kit, port, SYN, CLIENT, c0, 0, "");
    client_server(kit, port, SYN | ACK, SERVER, s0, c0 + 1, "");
    client_server(kit, port, ACK, CLIENT, c0 + 1, s0 + 1, "ask");
    client_server(kit, port, ACK | FIN, SERVER, s0 + 1, c0 + 4, "answer");
    client_server(kit, port, ACK | FIN, CLIENT, c0 + 4, s0 + 8, "");
}

/* Numbers as tshark 4.0 gives them (tcp.stream) in captures of just these packets. */
struct packet {
    enum direction sender;
    uint8_t flags;
    uint32_t seq, ack;
};

struct numbering {
    const char *name;
    struct packet packets[8];
    uint64_t streams;
};

static const struct numbering numberings[] = {
        {"a repeated SYN is the same connection", {{CLIENT, SYN, 100, 0}, {CLIENT, SYN, 100, 0}}, 1},
        {"a SYN with another number is another", {{CLIENT, SYN, 100, 0}, {CLIENT, SYN, 200, 0}}, 2},
        {"a SYN after a whole connection",
         {{CLIENT, SYN, 100, 0}, {SERVER, SYN | ACK, 500, 101}, {CLIENT, ACK | RST, 101, 501}, {CLIENT, SYN, 900, 0}},
         2},
        {"a SYN of the other side is the same, while nothing was known of it", {{CLIENT, SYN, 100, 0}, {SERVER, SYN, 500, 0}}, 1},
        {"a SYN-ACK with another number is the same",
         {{CLIENT, SYN, 100, 0}, {SERVER, SYN | ACK, 500, 101}, {SERVER, SYN | ACK, 700, 101}},
         1},
        {"a SYN behind its own first data", {{CLIENT, ACK, 101, 501}, {CLIENT, SYN, 100, 0}}, 1},
        {"a SYN behind later data counts as another, as in Wireshark", {{CLIENT, ACK, 150, 501}, {CLIENT, SYN, 100, 0}}, 2},
        {"the acknowledgement alone says what the client's number was",
         {{SERVER, SYN | ACK, 500, 101}, {CLIENT, SYN, 100, 0}, {CLIENT, ACK, 101, 501}},
         1},
        {"a late packet after the end is no new connection",
         {{CLIENT, SYN, 100, 0}, {SERVER, RST | ACK, 0, 101}, {CLIENT, ACK, 101, 1}, {CLIENT, ACK | FIN, 101, 1}},
         1},
};

/* As tshark 4.0 counts a SYN that an ICMP error quotes. */
START_TEST(mention_takes_a_number_and_says_nothing_more) {
    struct kit kit;
    kit_init(&kit, false);
    struct segment quoted = kit_segment(CLIENT, 40000, SYN, 100, 0, "", 0);
    flow_table_mention(kit.table, &quoted);
    flow_table_mention(kit.table, &quoted);
    ck_assert_uint_eq(flow_table_num_streams(kit.table), 1);
    whole(&kit, 40000, 100, 500);
    whole(&kit, 40001, 100, 500);
    ck_assert_uint_eq(flow_table_num_streams(kit.table), 2);
    struct segment other = kit_segment(CLIENT, 40001, SYN, 7000, 0, "", 0); /* does not end what is going on */
    flow_table_mention(kit.table, &other);
    ck_assert_uint_eq(flow_table_num_streams(kit.table), 2);
    kit_expect(&kit, 0, CLIENT, "ask");
    kit_expect(&kit, 1, SERVER, "answer");
    kit_clear(&kit);
}
END_TEST

START_TEST(connections_are_numbered_as_wireshark_numbers_them) {
    const struct numbering *n = &numberings[_i];
    struct kit kit;
    kit_init(&kit, false);
    for (int i = 0; i < 8 && n->packets[i].flags != 0; i++) {
        const struct packet *p = &n->packets[i];
        kit_send(&kit, p->sender, p->flags, p->seq, p->ack, "");
    }
    ck_assert_msg(flow_table_num_streams(kit.table) == n->streams, "%s: %d", n->name, (int)flow_table_num_streams(kit.table));
    kit_clear(&kit);
}
END_TEST

START_TEST(numbers_follow_the_first_packet_of_each_connection) {
    struct kit kit;
    kit_init(&kit, false);
    for (uint16_t i = 0; i < 5; i++) {
        client_server(&kit, (uint16_t)(1000 - i), SYN, CLIENT, 1, 0, "");
    }
    for (uint16_t i = 0; i < 5; i++) {
        whole(&kit, (uint16_t)(1000 - i), 1, 1);
    }
    flow_table_finish(kit.table);
    for (uint16_t i = 0; i < 5; i++) {
        ck_assert_uint_eq(kit.ended[i].flow.side[CLIENT].endpoint.port, 1000 - i);
        ck_assert_uint_eq(kit.ended[i].flow.first.frame, i + 1U);
        kit_expect(&kit, i, CLIENT, "ask");
        kit_expect(&kit, i, SERVER, "answer");
    }
    kit_clear(&kit);
}
END_TEST

START_TEST(a_new_syn_ends_the_old_connection_at_once_with_its_holes_as_gaps) {
    struct kit kit;
    kit_init(&kit, false);
    kit_send(&kit, CLIENT, SYN, 100, 0, "");
    kit_send(&kit, SERVER, SYN | ACK, 500, 101, "");
    kit_send(&kit, CLIENT, ACK, 111, 501, "old");
    kit_send(&kit, CLIENT, SYN, 0x40000000, 0, "");
    ck_assert(kit.ended[0].over && kit.ended[0].how == FLOW_END_REUSED);
    kit_expect(&kit, 0, CLIENT, "old");
    ck_assert_uint_eq(kit.told[0][CLIENT].gap_len, 10);
    kit_send(&kit, SERVER, SYN | ACK, 700, 0x40000001, "");
    kit_send(&kit, CLIENT, ACK, 0x40000001, 701, "new");
    flow_table_finish(kit.table);
    kit_expect(&kit, 1, CLIENT, "new");
    ck_assert_uint_eq(kit.num_ended, 2);
    kit_clear(&kit);
}
END_TEST

START_TEST(ports_used_again_after_a_whole_connection_are_another) {
    struct kit kit;
    kit_init(&kit, false);
    whole(&kit, 40000, 100, 500);
    whole(&kit, 40000, 70000, 900);
    flow_table_finish(kit.table);
    ck_assert_uint_eq(kit.num_ended, 2);
    ck_assert_uint_eq(flow_table_num_streams(kit.table), 2);
    for (int i = 0; i < 2; i++) {
        kit_expect(&kit, i, CLIENT, "ask");
        kit_expect(&kit, i, SERVER, "answer");
        ck_assert(kit.ended[i].how == FLOW_END_CLOSED);
        ck_assert_uint_eq(kit.ended[i].place, (unsigned)i);
    }
    kit_clear(&kit);
}
END_TEST

/* The client gets an answer of an older connection, resets that one, and asks again with the same number (RFC 9293,
 * 3.5.1; seen in suricata-verify's base64-decode-5885). */
START_TEST(a_reset_that_answers_an_older_connection_ends_nothing) {
    struct kit kit;
    kit_init(&kit, false);
    kit_send(&kit, CLIENT, SYN, 255601861, 0, "");
    kit_send(&kit, SERVER, ACK, 3738406957, 1116180385, "");
    kit_send(&kit, CLIENT, RST, 1116180385, 0, "");
    kit_send(&kit, CLIENT, SYN, 255601861, 0, "");
    kit_send(&kit, SERVER, SYN | ACK, 4081086534, 255601862, "");
    kit_send(&kit, CLIENT, ACK, 255601862, 4081086535, "hello");
    kit_send(&kit, SERVER, ACK, 4081086535, 255601867, "answer");
    flow_table_finish(kit.table);
    ck_assert_uint_eq(kit.num_ended, 1);
    kit_expect(&kit, 0, CLIENT, "hello");
    kit_expect(&kit, 0, SERVER, "answer");
    ck_assert(!kit.ended[0].flow.closed);
    ck_assert_uint_eq(kit.told[0][CLIENT].num_gaps + kit.told[0][SERVER].num_gaps, 0);
    kit_clear(&kit);
}
END_TEST

/* One connection captured on both sides of a firewall that rewrites the numbers of one direction (seen in mercury's
 * capture2): only one of the two is read, whole. */
START_TEST(numbers_rewritten_by_a_firewall_are_not_mixed) {
    for (int swapped = 0; swapped < 2; swapped++) {
        struct kit kit;
        kit_init(&kit, false);
        kit_send(&kit, CLIENT, SYN, 506821750, 0, "");
        for (int i = 0; i < 6; i++) {
            bool other = (i % 2 == 0) != (swapped != 0);
            uint32_t s = other ? 2379421577 : 949075287, a = other ? 1134280218 : 506821751;
            if (i < 2) {
                kit_send(&kit, SERVER, SYN | ACK, s, a, "");
            } else if (i < 4) {
                kit_send(&kit, SERVER, ACK, s + 1, a, "banner");
            } else {
                kit_send(&kit, SERVER, ACK | FIN, s + 7, a + 5, "");
            }
            if (i == 3) {
                kit_send(&kit, CLIENT, ACK, 506821751, 949075294, "hello");
            }
        }
        flow_table_finish(kit.table);
        ck_assert_uint_eq(kit.num_ended, 1);
        kit_expect(&kit, 0, CLIENT, "hello");
        kit_expect(&kit, 0, SERVER, "banner");
        const struct flow *flow = &kit.ended[0].flow;
        ck_assert(flow->closed && flow->closed_by == SERVER);
        ck_assert_uint_eq(flow->side[SERVER].missing + flow->side[CLIENT].missing + flow->side[SERVER].retransmissions, 0);
        kit_clear(&kit);
    }
}
END_TEST

START_TEST(the_same_connection_in_two_tunnels_is_read_twice_and_numbered_once) {
    struct kit kit;
    kit_init(&kit, false);
    kit.tunnel = 0;
    kit_send(&kit, CLIENT, SYN, 100, 0, "");
    kit.tunnel = 7;
    kit_send(&kit, CLIENT, SYN, 100, 0, "");
    kit_send(&kit, SERVER, SYN | ACK, 500, 101, "");
    kit.tunnel = 0;
    kit_send(&kit, SERVER, SYN | ACK, 500, 101, "");
    ck_assert_uint_eq(flow_table_num_streams(kit.table), 1);
    kit_send(&kit, CLIENT, SYN, 9000, 0, "");
    kit.tunnel = 7;
    kit_send(&kit, CLIENT, SYN, 9000, 0, "");
    ck_assert_uint_eq(flow_table_num_streams(kit.table), 2);
    flow_table_finish(kit.table);
    ck_assert_uint_eq(kit.num_ended, 4);
    kit.fails = false;
    kit_clear(&kit);
}
END_TEST

START_TEST(a_connection_of_which_only_a_foreign_segment_followed_ends_too) {
    struct kit kit;
    kit_init(&kit, false);
    client_server(&kit, 1, SYN, CLIENT, 100, 0, "");
    client_server(&kit, 1, ACK, SERVER, 500, 0x60000000, "");
    client_server(&kit, 2, SYN, CLIENT, 100, 0, "");
    client_server(&kit, 2, ACK, SERVER, 500, 0x60000000, "");
    flow_table_finish(kit.table);
    ck_assert_uint_eq(kit.num_ended, 2);
    ck_assert_uint_eq(kit.ended[1].place, 1);
    kit_clear(&kit);
}
END_TEST

START_TEST(every_connection_ends_once_also_without_a_byte) {
    struct kit kit;
    kit_init(&kit, false);
    client_server(&kit, 1, SYN, CLIENT, 100, 0, "");
    client_server(&kit, 2, SYN, CLIENT, 100, 0, "");
    client_server(&kit, 2, RST | ACK, SERVER, 0, 101, "");
    client_server(&kit, 3, ACK, CLIENT, 100, 7, "");
    client_server(&kit, 4, SYN | ACK, SERVER, 100, 7, "");
    flow_table_finish(kit.table);
    ck_assert_uint_eq(kit.num_ended, 4);
    ck_assert(kit.ended[0].how == FLOW_END_CAPTURE && !kit.ended[0].flow.established);
    ck_assert_uint_eq(kit.ended[0].flow.side[CLIENT].syn.frame, 1);
    ck_assert_uint_eq(kit.ended[0].flow.side[CLIENT].ttl, 64);
    ck_assert(kit.ended[1].how == FLOW_END_CLOSED && kit.ended[1].flow.closed_by_rst && kit.ended[1].flow.closed_by == SERVER);
    ck_assert_uint_eq(kit.ended[3].flow.side[CLIENT].endpoint.port, 4);
    ck_assert_uint_eq(kit.ended[3].flow.side[SERVER].syn.frame, 5);
    /* The one that was reset ended first; the others by their numbers. */
    ck_assert_uint_eq(kit.ended[1].place, 0);
    ck_assert_uint_eq(kit.ended[0].place, 1);
    ck_assert_uint_eq(kit.ended[2].place, 2);
    kit_clear(&kit);
}
END_TEST

START_TEST(at_the_end_of_the_capture_those_come_first_that_ended_first) {
    struct kit kit;
    kit_init(&kit, false);
    client_server(&kit, 1, SYN, CLIENT, 100, 0, "");
    client_server(&kit, 2, SYN, CLIENT, 100, 0, "");
    client_server(&kit, 3, SYN, CLIENT, 100, 0, "");
    client_server(&kit, 3, RST, CLIENT, 101, 0, "");
    client_server(&kit, 2, RST, CLIENT, 101, 0, "");
    flow_table_finish(kit.table);
    ck_assert_uint_eq(kit.ended[2].place, 0);
    ck_assert_uint_eq(kit.ended[1].place, 1);
    ck_assert_uint_eq(kit.ended[0].place, 2);
    kit_clear(&kit);
}
END_TEST

START_TEST(live_an_ended_connection_lingers_for_late_packets_and_then_ends) {
    struct kit kit;
    kit_init(&kit, true);
    whole(&kit, 40000, 100, 500);
    ck_assert(!kit.ended[0].over);
    flow_table_tick(kit.table, kit.now + 50 * MS);
    ck_assert(!kit.ended[0].over);
    flow_table_tick(kit.table, kit.now + 150 * MS);
    ck_assert(kit.ended[0].over && kit.ended[0].how == FLOW_END_CLOSED);
    kit_send(&kit, SERVER, ACK | FIN, 507, 105, "");
    flow_table_finish(kit.table);
    ck_assert_uint_eq(kit.num_ended, 1);
    kit_clear(&kit);
}
END_TEST

START_TEST(live_a_connection_with_a_hole_lingers_longer) {
    for (int filled = 0; filled < 2; filled++) {
        struct kit kit;
        kit_init(&kit, true);
        kit_send(&kit, CLIENT, SYN, 100, 0, "");
        kit_send(&kit, SERVER, SYN | ACK, 500, 101, "");
        kit_send(&kit, CLIENT, ACK | FIN, 104, 501, "lo");
        kit_send(&kit, SERVER, ACK | FIN, 501, 107, "");
        flow_table_tick(kit.table, kit.now + SECOND_NS);
        ck_assert(!kit.ended[0].over);
        kit.now += SECOND_NS;
        if (filled) {
            kit_send(&kit, CLIENT, ACK, 101, 501, "hel");
            flow_table_tick(kit.table, kit.now + 200 * MS);
            ck_assert(kit.ended[0].over);
        }
        flow_table_tick(kit.table, kit.now + 6 * SECOND_NS);
        ck_assert(kit.ended[0].over);
        kit_expect(&kit, 0, CLIENT, filled ? "hello" : "lo");
        ck_assert_uint_eq(kit.told[0][CLIENT].gap_len, filled ? 0 : 3);
        kit_clear(&kit);
    }
}
END_TEST

START_TEST(live_an_idle_handshake_times_out_and_a_decided_one_does_not) {
    struct kit kit;
    kit_init(&kit, true);
    kit.told[1][CLIENT].want = kit.told[1][SERVER].want = 1;
    client_server(&kit, 1, SYN, CLIENT, 100, 0, "");
    client_server(&kit, 1, SYN | ACK, SERVER, 500, 101, "");
    client_server(&kit, 1, ACK, CLIENT, 101, 501, "open");
    client_server(&kit, 2, SYN, CLIENT, 100, 0, "");
    client_server(&kit, 2, SYN | ACK, SERVER, 500, 101, "");
    client_server(&kit, 2, ACK, CLIENT, 101, 501, "done");
    client_server(&kit, 2, ACK, SERVER, 501, 105, "done");
    client_server(&kit, 3, SYN, CLIENT, 100, 0, "");
    for (int i = 1; i <= 600; i++) {
        flow_table_tick(kit.table, kit.now + i * SECOND_NS);
    }
    ck_assert(kit.ended[0].over && kit.ended[0].how == FLOW_END_TIMEOUT);
    ck_assert(!kit.ended[1].over);
    ck_assert(kit.ended[2].over && kit.ended[2].how == FLOW_END_TIMEOUT);
    kit_clear(&kit);
}
END_TEST

START_TEST(one_absurd_time_stamp_ends_nothing) {
    static const int64_t absurd[] = {INT64_MAX, INT64_MIN, 0, 4000000000LL * SECOND_NS};
    for (size_t i = 0; i < sizeof(absurd) / sizeof(absurd[0]); i++) {
        struct kit kit;
        kit_init(&kit, true);
        kit_send(&kit, CLIENT, SYN, 100, 0, "");
        kit_send(&kit, SERVER, SYN | ACK, 500, 101, "");
        kit_send(&kit, CLIENT, ACK, 104, 501, "lo");
        int64_t now = kit.now;
        kit.now = absurd[i];
        kit_send(&kit, SERVER, ACK, 501, 106, "");
        kit.now = now;
        kit_send(&kit, CLIENT, ACK, 101, 501, "hel");
        kit_expect(&kit, 0, CLIENT, "hello");
        ck_assert_uint_eq(kit.num_ended, 0);
        /* And the timers still run afterwards. */
        kit_send(&kit, CLIENT, RST, 106, 0, "");
        flow_table_tick(kit.table, kit.now + SECOND_NS);
        ck_assert_uint_eq(kit.num_ended, 1);
        kit_clear(&kit);
    }
}
END_TEST

START_TEST(ipv6_connections_are_told_apart_by_all_bytes_of_their_addresses) {
    struct kit kit;
    kit_init(&kit, false);
    for (uint8_t i = 0; i < 32; i++) {
        struct segment s = kit_segment(CLIENT, 40000, SYN, 1, 0, "", 0);
        s.ipv6 = true;
        s.source.address[15] ^= 1;
        (i < 16 ? &s.source : &s.destination)->address[i % 16] ^= 0x80;
        kit_push(&kit, s);
        struct segment answer = s;
        answer.source = s.destination;
        answer.destination = s.source;
        answer.flags = SYN | ACK;
        answer.ack = 2;
        kit_push(&kit, answer);
    }
    ck_assert_uint_eq(flow_table_num_streams(kit.table), 32);
    flow_table_finish(kit.table);
    ck_assert_uint_eq(kit.num_ended, 32);
    ck_assert(kit.ended[5].flow.ipv6);
    ck_assert_uint_eq(kit.ended[5].flow.side[CLIENT].endpoint.address[5], 0x80);
    kit_clear(&kit);
}
END_TEST

static enum flow_want count_data(void *user, struct flow *flow, enum direction sender, struct bytes data, struct tlswatch_mark mark) {
    (void)flow, (void)sender, (void)mark;
    ((uint64_t *)user)[0] += data.len;
    return FLOW_MORE;
}

static enum flow_want count_gap(void *user, struct flow *flow, enum direction sender, uint64_t len, struct tlswatch_mark mark) {
    (void)user, (void)flow, (void)sender, (void)len, (void)mark;
    return FLOW_MORE;
}

static void count_late(void *user, struct flow *flow, enum direction sender, struct bytes data, struct tlswatch_mark mark) {
    (void)user, (void)flow, (void)sender, (void)data, (void)mark;
}

static void count_end(void *user, struct flow *flow, enum flow_end how) {
    (void)flow;
    ((uint64_t *)user)[1 + how]++;
}

static struct segment numbered(enum direction sender, uint32_t n, uint8_t flags, uint32_t seq, uint32_t ack, const char *text) {
    struct segment s = kit_segment(sender, (uint16_t)(n & 0x7fff), flags, seq, ack, text, strlen(text));
    struct endpoint *client = sender == FORWARD ? &s.source : &s.destination;
    client->address[1] = (uint8_t)(n >> 15);
    client->address[2] = (uint8_t)(n >> 23);
    s.mark = (struct tlswatch_mark){n + 1, SECOND_NS, NULL};
    return s;
}

START_TEST(half_open_connections_go_first_and_no_open_conversation_is_lost_to_them) {
    uint64_t counts[8] = {0};
    struct hash_key key = {3, 4};
    struct flow_events events = {counts, count_data, count_gap, count_late, count_end};
    struct flow_table *table = flow_table_new(&events, &key, NULL, false);
    const uint32_t num = LIMIT_FLOWS + LIMIT_FLOWS / 4;

    for (uint32_t n = 0; n < num; n++) {
        struct segment s = numbered(CLIENT, n, SYN, 100, 0, "");
        flow_table_push(table, &s);
        if (n % 1000 == 0) {
            s = numbered(SERVER, n, SYN | ACK, 500, 101, "");
            flow_table_push(table, &s);
            s = numbered(CLIENT, n, ACK, 101, 501, "a");
            flow_table_push(table, &s);
        }
    }
    uint32_t num_open = (num + 999) / 1000;
    ck_assert_uint_eq(counts[1 + FLOW_END_EVICTED], num - LIMIT_FLOWS);
    ck_assert_uint_eq(flow_table_limits_hit(table), num - LIMIT_FLOWS);
    for (uint32_t n = 0; n < num; n += 1000) {
        struct segment s = numbered(CLIENT, n, ACK, 102, 501, "b");
        flow_table_push(table, &s);
    }
    ck_assert_uint_eq(counts[0], num_open * 2);
    ck_assert_uint_eq(flow_table_num_streams(table), num);
    flow_table_finish(table);
    ck_assert_uint_eq(counts[1 + FLOW_END_CAPTURE], LIMIT_FLOWS);
    flow_table_free(table);
}
END_TEST

static void note_stream(void *user, struct flow *flow, enum flow_end how) {
    uint64_t *streams = user;
    (void)how;
    streams[flow->side[CLIENT].endpoint.port - 1000] = flow->stream;
}

/* Of a connection in several files: the number that it has in the one with its first packet. It is counted in the others. */
START_TEST(each_file_has_numbers_of_its_own) {
    static const char one[] = "one", two[] = "two";
    static const struct {
        const char *file;
        uint16_t port;
    } packets[] = {{one, 1000}, {one, 1001}, {two, 1001}, {two, 1002}, {two, 1001}, {one, 1002},
                   {two, 1003}, {one, 1002}, {one, 1004}, {two, 1000}, {two, 1005}};
    const uint64_t wanted[] = {0, 1, 1, 2, 3, 4}; /* by port; 1001 is 0 in "two" and 1000 is 3, 1002 is 2 in "one" */
    uint64_t streams[6];
    struct hash_key key = {5, 6};
    struct flow_events events = {streams, count_data, count_gap, count_late, note_stream};
    struct flow_table *table = flow_table_new(&events, &key, NULL, false);

    for (size_t i = 0; i < sizeof packets / sizeof *packets; i++) {
        struct segment segment = kit_segment(CLIENT, packets[i].port, ACK, 101, 501, "", 0);
        segment.mark = (struct tlswatch_mark){i + 1, (int64_t)i, packets[i].file};
        flow_table_push(table, &segment);
    }
    ck_assert_uint_eq(flow_table_num_streams(table), 6);
    flow_table_finish(table);
    for (size_t i = 0; i < 6; i++) {
        ck_assert_msg(streams[i] == wanted[i], "port %zu: %ju", 1000 + i, (uintmax_t)streams[i]);
    }
    flow_table_free(table);
}
END_TEST

START_TEST(connections_that_carried_nothing_are_set_aside_and_read_from_their_start_later) {
    uint64_t counts[8] = {0};
    struct hash_key key = {3, 4};
    struct flow_events events = {counts, count_data, count_gap, count_late, count_end};
    struct flow_table *table = flow_table_new(&events, &key, NULL, false);
    const uint32_t num = LIMIT_QUIET_CONNECTIONS * 2;

    for (uint32_t n = 0; n < num; n++) {
        struct segment s = numbered(CLIENT, n, SYN, 100, 0, "");
        flow_table_push(table, &s);
        s = numbered(SERVER, n, SYN | ACK, 500, 101, "");
        flow_table_push(table, &s);
        flow_table_push(table, &s); /* twice, so that it is followed */
    }
    for (uint32_t n = 0; n < num; n++) {
        struct segment s = numbered(SERVER, n, ACK, 502, 101, "b");
        flow_table_push(table, &s);
        s = numbered(SERVER, n, ACK, 501, 101, "a");
        flow_table_push(table, &s);
    }
    ck_assert_uint_eq(counts[0], num * 2);
    ck_assert_uint_eq(flow_table_limits_hit(table), 0);
    flow_table_finish(table);
    ck_assert_uint_eq(counts[1 + FLOW_END_CAPTURE], num);
    flow_table_free(table);
}
END_TEST

START_TEST(more_open_conversations_than_the_bound_end_the_oldest) {
    uint64_t counts[8] = {0};
    struct hash_key key = {3, 4};
    struct flow_events events = {counts, count_data, count_gap, count_late, count_end};
    struct flow_table *table = flow_table_new(&events, &key, NULL, false);

    for (uint32_t n = 0; n < LIMIT_OPEN_CONVERSATIONS + 100; n++) {
        struct segment s = numbered(CLIENT, n, SYN, 100, 0, "x");
        flow_table_push(table, &s);
    }
    ck_assert_uint_eq(counts[1 + FLOW_END_EVICTED], 100);
    ck_assert_uint_eq(flow_table_limits_hit(table), 100);
    flow_table_free(table);
}
END_TEST

/* Who sends the same addresses and ports in ever more tunnels must not make each packet cost more than the one before. */
START_TEST(of_the_same_endpoints_in_many_tunnels_the_oldest_goes) {
    uint64_t counts[8] = {0};
    struct hash_key key = {3, 4};
    struct flow_events events = {counts, count_data, count_gap, count_late, count_end};
    struct flow_table *table = flow_table_new(&events, &key, NULL, false);
    const uint32_t num = 100000;

    for (uint32_t n = 0; n < num; n++) {
        struct segment s = numbered(CLIENT, 1, SYN, 100, 0, "");
        s.tunnel = n + 1;
        s.mark.frame = n + 1;
        flow_table_push(table, &s);
    }
    ck_assert_uint_eq(flow_table_num_streams(table), 1);
    ck_assert_uint_eq(flow_table_limits_hit(table), num - LIMIT_FLOWS_ALIKE);
    ck_assert_uint_eq(counts[1 + FLOW_END_EVICTED], num - LIMIT_FLOWS_ALIKE);
    for (uint32_t n = num - LIMIT_FLOWS_ALIKE; n < num; n++) {
        struct segment s = numbered(CLIENT, 1, ACK, 101, 501, "x");
        s.tunnel = n + 1;
        flow_table_push(table, &s);
    }
    ck_assert_uint_eq(flow_table_limits_hit(table), num - LIMIT_FLOWS_ALIKE);
    flow_table_finish(table);
    ck_assert_uint_eq(counts[0], LIMIT_FLOWS_ALIKE);
    flow_table_free(table);
}
END_TEST

/* What 12 MiB of half-open connections, of open handshakes and of decided ones leave of each other. */
START_TEST(memory_that_runs_short_is_taken_from_what_is_worth_least) {
    uint64_t counts[8] = {0};
    struct hash_key key = {3, 4};
    struct memory memory = {.bound = 12 * 1024 * 1024};
    struct flow_events events = {counts, count_data, count_gap, count_late, count_end};
    struct flow_table *table = flow_table_new(&events, &key, &memory, false);
    const uint32_t num = 300000, num_open = 1000;

    for (uint32_t n = 0; n < num; n++) {
        struct segment s = numbered(CLIENT, n, SYN, 100, 0, n < num_open ? "x" : "");
        flow_table_push(table, &s);
        s = numbered(SERVER, n, SYN | ACK, 500, 101, "");
        flow_table_push(table, &s);
        ck_assert_uint_le(memory.held, memory.bound);
    }
    ck_assert_uint_gt(flow_table_limits_hit(table), num / 2);
    ck_assert_uint_lt(memory.refused, 10);
    for (uint32_t n = 0; n < num_open; n++) {
        struct segment s = numbered(CLIENT, n, ACK, 102, 501, "y");
        flow_table_push(table, &s);
    }
    ck_assert_uint_eq(counts[0], 2 * num_open);
    flow_table_finish(table);
    flow_table_free(table);
    ck_assert_uint_eq(memory.held, 0);
}
END_TEST

/* Each of them holds a segment behind a hole: the bytes, not the number of connections, use the memory up. */
START_TEST(open_handshakes_that_hold_too_much_end_oldest_first) {
    static char text[1400];
    uint64_t counts[8] = {0};
    struct hash_key key = {3, 4};
    struct memory memory = {.bound = 4 * 1024 * 1024};
    struct flow_events events = {counts, count_data, count_gap, count_late, count_end};
    struct flow_table *table = flow_table_new(&events, &key, &memory, false);
    const uint32_t num = 5000;

    memset(text, 'x', sizeof text - 1);
    for (uint32_t n = 0; n < num; n++) {
        struct segment s = numbered(CLIENT, n, SYN, 100, 0, "");
        flow_table_push(table, &s);
        s = numbered(CLIENT, n, ACK, 201, 501, text);
        flow_table_push(table, &s);
        ck_assert_uint_le(memory.held, memory.bound);
    }
    uint64_t evicted = counts[1 + FLOW_END_EVICTED];
    ck_assert_uint_gt(evicted, num / 2);
    ck_assert_uint_lt(evicted, num - 500);
    ck_assert_uint_eq(flow_table_limits_hit(table), evicted);
    ck_assert_uint_eq(memory.refused, 0);
    struct segment s = numbered(CLIENT, num - 1, ACK, 101, 501, "y");
    flow_table_push(table, &s);
    flow_table_free(table);
    ck_assert_uint_eq(memory.held, 0);
}
END_TEST

/* Whatever is the first to find no memory: the table itself, what is found by its endpoints, or the connection. */
START_TEST(one_connection_is_told_or_counted_as_lost_however_little_memory_there_is) {
    struct hash_key key = {3, 4};
    uint64_t told = 0;
    for (size_t bound = 0; told == 0; bound += 256) {
        uint64_t counts[8] = {0};
        struct memory memory = {.bound = bound};
        struct flow_events events = {counts, count_data, count_gap, count_late, count_end};
        struct flow_table *table = flow_table_new(&events, &key, &memory, false);
        if (table != NULL) {
            struct segment s = numbered(CLIENT, 1, SYN, 100, 0, "x");
            flow_table_push(table, &s);
            told = counts[0];
            ck_assert(told > 0 || flow_table_limits_hit(table) > 0);
        }
        flow_table_free(table);
        ck_assert_uint_eq(memory.held, 0);
        ck_assert_uint_lt(bound, 4 * 1024 * 1024);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("flow_table");
    TCase *tests = tcase_create("table");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, mention_takes_a_number_and_says_nothing_more);
    tcase_add_loop_test(tests, connections_are_numbered_as_wireshark_numbers_them, 0, sizeof(numberings) / sizeof(numberings[0]));
    tcase_add_test(tests, numbers_follow_the_first_packet_of_each_connection);
    tcase_add_test(tests, each_file_has_numbers_of_its_own);
    tcase_add_test(tests, a_new_syn_ends_the_old_connection_at_once_with_its_holes_as_gaps);
    tcase_add_test(tests, ports_used_again_after_a_whole_connection_are_another);
    tcase_add_test(tests, a_reset_that_answers_an_older_connection_ends_nothing);
    tcase_add_test(tests, numbers_rewritten_by_a_firewall_are_not_mixed);
    tcase_add_test(tests, the_same_connection_in_two_tunnels_is_read_twice_and_numbered_once);
    tcase_add_test(tests, a_connection_of_which_only_a_foreign_segment_followed_ends_too);
    tcase_add_test(tests, every_connection_ends_once_also_without_a_byte);
    tcase_add_test(tests, at_the_end_of_the_capture_those_come_first_that_ended_first);
    tcase_add_test(tests, live_an_ended_connection_lingers_for_late_packets_and_then_ends);
    tcase_add_test(tests, live_a_connection_with_a_hole_lingers_longer);
    tcase_add_test(tests, live_an_idle_handshake_times_out_and_a_decided_one_does_not);
    tcase_add_test(tests, one_absurd_time_stamp_ends_nothing);
    tcase_add_test(tests, ipv6_connections_are_told_apart_by_all_bytes_of_their_addresses);
    tcase_add_test(tests, half_open_connections_go_first_and_no_open_conversation_is_lost_to_them);
    tcase_add_test(tests, connections_that_carried_nothing_are_set_aside_and_read_from_their_start_later);
    tcase_add_test(tests, more_open_conversations_than_the_bound_end_the_oldest);
    tcase_add_test(tests, of_the_same_endpoints_in_many_tunnels_the_oldest_goes);
    tcase_add_test(tests, memory_that_runs_short_is_taken_from_what_is_worth_least);
    tcase_add_test(tests, open_handshakes_that_hold_too_much_end_oldest_first);
    tcase_add_test(tests, one_connection_is_told_or_counted_as_lost_however_little_memory_there_is);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
