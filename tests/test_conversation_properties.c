/* The properties: any cut of the bytes and any order of the directions give the same facts, and what is missing never
 * makes a fact up. */
#include "fixtures/player.h"
#include "tap.h"

static char *facts_of(const struct play *play, size_t cut, const struct loss *loss) {
    struct player player;

    player_run(&player, play, cut, loss);
    char *facts = player_facts(&player);
    player_clear(&player);
    return facts;
}

START_TEST(facts_are_the_same_in_pieces_of_any_size) {
    struct play play;
    play_fixture(&play, &stream_fixtures[_i]);
    char *whole = facts_of(&play, 0, NULL);

    for (size_t cut = 1; cut < 300; cut += cut < 40 ? 1 : 29) {
        char *facts = facts_of(&play, cut, NULL);
        ck_assert_str_eq(facts, whole);
        free(facts);
    }
    free(whole);
    play_free(&play);
}
END_TEST

/* A loss of no bytes cuts the packet that it stands in. */
START_TEST(facts_are_the_same_whatever_the_place_of_a_cut) {
    struct play play;
    play_fixture(&play, &stream_fixtures[_i]);
    char *whole = facts_of(&play, 0, NULL);

    for (int d = 0; d < 2; d++) {
        for (size_t at = 1; at < play.len[d]; at++) {
            struct loss cut = {(enum direction)d, at, at, false};
            char *facts = facts_of(&play, 0, &cut);
            ck_assert_str_eq(facts, whole);
            free(facts);
        }
    }
    free(whole);
    play_free(&play);
}
END_TEST

static bool same_message(const struct player *a, const struct handshake_message *x, const struct player *b,
                         const struct handshake_message *y) {
    return x->type == y->type && x->sender == y->sender && x->whole == y->whole &&
           bytes_equal(conversation_body(&a->c, x), conversation_body(&b->c, y));
}

static bool is_among(const struct player *true_one, const struct player *player, const struct handshake_message *m) {
    for (size_t i = 0; i < true_one->c.num_messages; i++) {
        if (same_message(true_one, &true_one->c.messages[i], player, m)) {
            return true;
        }
    }
    return false;
}

static bool alert_is_among(const struct conversation *c, const struct conversation_alert *alert) {
    for (size_t i = 0; i < c->num_alerts; i++) {
        const struct conversation_alert *a = &c->alerts[i];
        if (a->sender == alert->sender && a->encrypted == alert->encrypted && a->level == alert->level && a->code == alert->code &&
            a->len == alert->len) {
            return true;
        }
    }
    return false;
}

static bool record_is_among(const struct conversation_stream *s, const struct encrypted_record *record) {
    for (size_t i = 0; i < s->num_records; i++) {
        if (s->records[i].type == record->type && s->records[i].len == record->len) {
            return true;
        }
    }
    return false;
}

/* Each fact is the true one, or lost. */
static void assert_nothing_invented(const struct player *player, const struct player *true_one, const char *what, const struct loss *loss) {
    const struct conversation *c = &player->c;

    for (size_t i = 0; i < c->num_messages; i++) {
        ck_assert_msg(is_among(true_one, player, &c->messages[i]), "%s without %zu..%zu of %d: message", what, loss->from, loss->to,
                      loss->sender);
    }
    for (size_t i = 0; i < c->num_alerts; i++) {
        ck_assert_msg(alert_is_among(&true_one->c, &c->alerts[i]), "%s without %zu..%zu of %d: alert", what, loss->from, loss->to,
                      loss->sender);
    }
    for (int d = 0; d < 2; d++) {
        const struct conversation_stream *s = &c->stream[d], *t = &true_one->c.stream[d];
        for (size_t i = 0; i < s->num_records; i++) {
            ck_assert_msg(record_is_among(t, &s->records[i]), "%s without %zu..%zu of %d: record", what, loss->from, loss->to,
                          loss->sender);
        }
        ck_assert(s->finished <= t->finished && s->change_cipher_spec <= t->change_cipher_spec);
        ck_assert(s->encrypted_handshakes_after_finished <= t->encrypted_handshakes_after_finished);
        ck_assert(s->application_records <= t->application_records && s->malformed == MALFORMED_NOTHING);
    }
    ck_assert(c->version == 0 || c->version == true_one->c.version);
    ck_assert(!conversation_resumed(c) || conversation_resumed(&true_one->c));
    for (size_t i = 0; i < NUM_ASKED_TYPES; i++) {
        for (int side = TLSWATCH_CLIENT; side <= TLSWATCH_SERVER; side++) {
            enum tlswatch_state is = conversation_state(c, (enum tlswatch_side)side, asked_types[i], true);
            enum tlswatch_state was = conversation_state(&true_one->c, (enum tlswatch_side)side, asked_types[i], true);
            ck_assert_msg(!c->roles_known || is == was || is == TLSWATCH_LOST,
                          "%s without %zu..%zu of %d: type %d of side %d is %d, not %d", what, loss->from, loss->to, loss->sender,
                          asked_types[i], side, is, was);
        }
    }
}

static void lose(const struct stream_fixture *f, const struct play *play, const struct player *whole, const struct loss *loss) {
    struct player player;

    player_run(&player, play, 0, loss);
    ck_assert(player.c.stream[loss->sender].lost > 0);
    assert_nothing_invented(&player, whole, f->name, loss);
    player_clear(&player);
}

static const size_t gap_lens[] = {1, 4, 37, 200, 1448};

START_TEST(gap_at_any_place_makes_nothing_up) {
    const struct stream_fixture *f = &stream_fixtures[_i];
    struct player whole;
    struct play play;

    play_fixture(&play, f);
    player_run(&whole, &play, 0, NULL);
    for (int d = 0; d < 2; d++) {
        for (size_t at = 0; at < play.len[d]; at++) {
            size_t len = gap_lens[at % 5];
            struct loss loss = {(enum direction)d, at, at + len < play.len[d] ? at + len : play.len[d], false};
            lose(f, &play, &whole, &loss);
        }
    }
    player_clear(&whole);
    play_free(&play);
}
END_TEST

START_TEST(start_in_the_middle_makes_nothing_up) {
    const struct stream_fixture *f = &stream_fixtures[_i];
    struct player whole;
    struct play play;

    play_fixture(&play, f);
    player_run(&whole, &play, 0, NULL);
    for (int d = 0; d < 2; d++) {
        for (size_t at = 1; at <= play.len[d]; at += at < 100 ? 1 : 7) {
            struct loss loss = {(enum direction)d, 0, at, true};
            lose(f, &play, &whole, &loss);
        }
    }
    player_clear(&whole);
    play_free(&play);
}
END_TEST

START_TEST(facts_behind_a_gap_do_not_hang_on_the_cut) {
    const struct stream_fixture *f = &stream_fixtures[_i];
    struct play play;

    play_fixture(&play, f);
    for (int d = 0; d < 2; d++) {
        for (size_t at = 0; at + 10 < play.len[d]; at += 61) {
            struct loss loss = {(enum direction)d, at, at + 10, false};
            char *whole = facts_of(&play, 0, &loss);
            for (size_t cut = 1; cut <= 7; cut += 2) {
                char *facts = facts_of(&play, cut, &loss);
                ck_assert_str_eq(facts, whole);
                free(facts);
            }
            free(whole);
        }
    }
    play_free(&play);
}
END_TEST

/* The second ClientHello of TLS 1.3 is known for one also where the server was not read yet. */
START_TEST(order_of_the_directions_does_not_matter) {
    for (int fixture = 0; fixture < NUM_STREAM_FIXTURES; fixture++) {
        struct player player = {0}, whole;
        struct play play;
        struct loss none = {FORWARD, 0, 0, false};
        play_fixture(&play, &stream_fixtures[fixture]);
        player_run(&whole, &play, 0, NULL);
        conversation_init(&player.c, FORWARD, NULL);
        for (int d = 0; d < 2; d++) {
            for (size_t i = 0; i < play.num_packets; i++) {
                if ((int)play.packets[i].sender == (_i == 0 ? d : 1 - d)) {
                    player_data(&player, play.packets[i].sender, play.packets[i].p, play.packets[i].len, play.packets[i].frame);
                }
            }
        }
        conversation_finish(&player.c);
        assert_nothing_invented(&player, &whole, stream_fixtures[fixture].name, &none);
        assert_nothing_invented(&whole, &player, stream_fixtures[fixture].name, &none);
        player_clear(&player);
        player_clear(&whole);
        play_free(&play);
    }
}
END_TEST

START_TEST(hostile_bytes_are_bounded_and_break_nothing) {
    uint32_t random = (uint32_t)_i * 2654435761u + 1;
    struct play play;
    struct player player;

    play_fixture(&play, &stream_fixtures[_i % NUM_STREAM_FIXTURES]);
    for (size_t round = 0; round < 60; round++) {
        memset(&player, 0, sizeof(player));
        conversation_init(&player.c, FORWARD, NULL);
        for (size_t i = 0; i < play.num_packets; i++) {
            uint8_t *copy = malloc(play.packets[i].len);
            memcpy(copy, play.packets[i].p, play.packets[i].len);
            for (int flips = 0; flips < 4; flips++) {
                random = random * 1664525u + 1013904223u;
                copy[(random >> 8) % play.packets[i].len] = (uint8_t)(random >> 24);
            }
            player_data(&player, play.packets[i].sender, copy, play.packets[i].len, 1);
            if (random % 7 == 0) {
                player_gap(&player, play.packets[i].sender, random % 3000, 1);
            }
            free(copy);
        }
        conversation_finish(&player.c);
        char *facts = player_facts(&player);
        ck_assert_ptr_nonnull(facts);
        free(facts);
        player_clear(&player);
    }
    play_free(&play);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("conversation properties");
    TCase *tests = tcase_create("conversation properties");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, facts_are_the_same_in_pieces_of_any_size, 0, NUM_STREAM_FIXTURES);
    tcase_add_loop_test(tests, facts_are_the_same_whatever_the_place_of_a_cut, 0, NUM_STREAM_FIXTURES);
    tcase_add_loop_test(tests, gap_at_any_place_makes_nothing_up, 0, NUM_STREAM_FIXTURES);
    tcase_add_loop_test(tests, start_in_the_middle_makes_nothing_up, 0, NUM_STREAM_FIXTURES);
    tcase_add_loop_test(tests, facts_behind_a_gap_do_not_hang_on_the_cut, 0, NUM_STREAM_FIXTURES);
    tcase_add_loop_test(tests, order_of_the_directions_does_not_matter, 0, 2);
    tcase_add_loop_test(tests, hostile_bytes_are_bounded_and_break_nothing, 0, 28);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
