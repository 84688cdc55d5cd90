/* What both sides said, from real streams of bytes, whole, cut and with holes. Expected values: tshark, the RFCs. */
#include "fixtures/player.h"
#include "tap.h"

#define A TLSWATCH_ABSENT
#define S TLSWATCH_SEEN
#define E TLSWATCH_ENCRYPTED
#define L TLSWATCH_LOST

/* What became of each message, by what tshark shows; ended, as all of them did. */
static const struct {
    enum tlswatch_state request, server_certificate, client_certificate, verify;
    uint16_t version, cipher_suite;
    bool resumed;
    bool finished[2];
} expected[NUM_STREAM_FIXTURES] = {
        [COMPLETED_TLS12] = {S, S, S, S, 0x0303, 0xc030, false, {true, true}},
        [REFUSED_TLS12] = {S, S, S, S, 0x0303, 0xc030, false, {true, false}},
        [EMPTY_TLS10] = {S, S, S, A, 0x0301, 0xc014, false, {true, false}},
        [CLEAR_ALERT_TLS13] = {E, E, A, A, 0x0304, 0x1302, false, {false, false}},
        [RENEGOTIATED_TLS12] = {E, S, E, E, 0x0303, 0xc030, false, {true, true}},
        [RESUMED_TLS12] = {A, A, A, A, 0x0303, 0xc030, true, {true, true}},
        [RETRY_TLS13] = {E, E, E, E, 0x0304, 0x1302, false, {false, false}},
};

START_TEST(messages_and_alerts_are_those_that_tshark_shows) {
    const struct stream_fixture *f = &stream_fixtures[_i];
    struct player player;
    struct play play;
    size_t clear = 0;

    play_fixture(&play, f);
    player_run(&player, &play, 0, NULL);
    ck_assert_int_eq(player.c.protocol, PROTOCOL_TLS);
    ck_assert(player.c.roles_known && player.c.client == FORWARD);
    ck_assert_uint_eq(player.c.num_messages, f->num_messages);
    for (size_t i = 0; i < f->num_messages; i++) {
        const struct handshake_message *m = &player.c.messages[i];
        ck_assert_msg(m->sender == f->messages[i].sender && m->type == f->messages[i].what && m->len == f->messages[i].value &&
                              m->mark.frame == f->messages[i].frame && m->whole,
                      "%s: message %zu", f->name, i);
        ck_assert_uint_eq(conversation_message(&player.c, m).p[0], m->type);
    }
    for (size_t i = 0; i < player.c.num_alerts; i++) {
        const struct conversation_alert *a = &player.c.alerts[i];
        if (!a->encrypted) {
            ck_assert(clear < f->num_alerts && a->sender == f->alerts[clear].sender && a->level == f->alerts[clear].what &&
                      a->code == f->alerts[clear].value && a->mark.frame == f->alerts[clear].frame);
            clear++;
        }
    }
    ck_assert_uint_eq(clear, f->num_alerts);
    player_clear(&player);
    play_free(&play);
}
END_TEST

START_TEST(states_are_true) {
    struct player player;
    struct play play;
    const struct conversation *c = &player.c;

    play_fixture(&play, &stream_fixtures[_i]);
    player_run(&player, &play, 0, NULL);
    ck_assert_int_eq(conversation_state(c, TLSWATCH_SERVER, CERTIFICATE_REQUEST, true), expected[_i].request);
    ck_assert_int_eq(conversation_state(c, TLSWATCH_SERVER, CERTIFICATE, true), expected[_i].server_certificate);
    ck_assert_int_eq(conversation_state(c, TLSWATCH_CLIENT, CERTIFICATE, true), expected[_i].client_certificate);
    ck_assert_int_eq(conversation_state(c, TLSWATCH_CLIENT, CERTIFICATE_VERIFY, true), expected[_i].verify);
    ck_assert_uint_eq(c->version, expected[_i].version);
    ck_assert_uint_eq(c->cipher_suite, expected[_i].cipher_suite);
    ck_assert_int_eq(conversation_resumed(c), expected[_i].resumed);
    ck_assert_int_eq(conversation_client(c)->finished, expected[_i].finished[0]);
    ck_assert_int_eq(conversation_server(c)->finished, expected[_i].finished[1]);
    ck_assert(!c->stream[0].lost_in_handshake && !c->stream[1].lost_in_handshake && c->limits_hit == 0);
    ck_assert(c->stream[0].malformed == MALFORMED_NOTHING && c->stream[1].malformed == MALFORMED_NOTHING);
    player_clear(&player);
    play_free(&play);
}
END_TEST

/* The Certificate of the server loses bytes of its body; all that follows is still read in step. */
START_TEST(hole_inside_one_message_costs_that_message_only) {
    struct player player;
    struct play play;
    struct loss loss = {BACKWARD, 200, 300, false};

    play_fixture(&play, &stream_fixtures[REFUSED_TLS12]);
    player_run(&player, &play, 0, &loss);
    ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_SERVER, CERTIFICATE, true), L);
    ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_SERVER, SERVER_HELLO, true), S);
    ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_SERVER, CERTIFICATE_REQUEST, true), S);
    ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_SERVER, CERTIFICATE_STATUS, true), A);
    ck_assert(player.c.stream[BACKWARD].lost_in_handshake);
    player_clear(&player);
    play_free(&play);
}
END_TEST

/* From inside the Certificate to the end of the CertificateRequest nothing is there: reading begins anew at the
 * ServerHelloDone, and what may have stood before it is not absent. */
START_TEST(message_that_stood_in_a_hole_is_lost) {
    static const char hello_done[] = "\x16\x03\x03\x00\x04\x0e\x00\x00"; /* and the NUL */
    struct player player;
    struct play play;
    struct buffer server = {0};

    play_fixture(&play, &stream_fixtures[REFUSED_TLS12]);
    for (size_t i = 0; i < play.num_packets; i++) {
        if (play.packets[i].sender == BACKWARD) {
            buffer_append(&server, bytes_of(play.packets[i].p, play.packets[i].len), SIZE_MAX / 2);
        }
    }
    const uint8_t *done = memmem(server.p, server.len, hello_done, sizeof(hello_done));
    ck_assert_ptr_nonnull(done);
    struct loss loss = {BACKWARD, 200, (size_t)(done - server.p) - 5, false};
    player_run(&player, &play, 0, &loss);
    ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_SERVER, SERVER_HELLO, true), S);
    ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_SERVER, SERVER_HELLO_DONE, true), S);
    ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_SERVER, CERTIFICATE_REQUEST, true), L);
    buffer_clear(&server);
    player_clear(&player);
    play_free(&play);
}
END_TEST

START_TEST(what_did_not_come_is_lost_unless_the_connection_ended) {
    struct player player;
    struct play play;

    play_fixture(&play, &stream_fixtures[REFUSED_TLS12]);
    for (size_t i = 1; i < play.num_packets; i++) {
        free(play.packets[i].p);
    }
    play.num_packets = 1; /* the ClientHello alone */
    player_run(&player, &play, 0, NULL);
    ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_CLIENT, CLIENT_HELLO, false), S);
    ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_CLIENT, CERTIFICATE, false), L);
    ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_CLIENT, CERTIFICATE, true), A);
    ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_SERVER, CERTIFICATE_REQUEST, false), L);
    ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_SERVER, CERTIFICATE_REQUEST, true), A);
    player_clear(&player);
    play_free(&play);
}
END_TEST

/* Only one direction is in the capture: what the other said is lost, not absent. */
START_TEST(side_that_must_have_spoken_is_lost) {
    struct player player;
    struct play play, one = {0};

    play_fixture(&play, &stream_fixtures[COMPLETED_TLS12]);
    for (size_t i = 0; i < play.num_packets; i++) {
        if ((int)play.packets[i].sender == _i) {
            play_add(&one, play.packets[i].sender, play.packets[i].frame, play.packets[i].p, play.packets[i].len);
        }
    }
    player_run(&player, &one, 0, NULL);
    ck_assert(player.c.roles_known && player.c.client == FORWARD);
    ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_SERVER, CERTIFICATE_REQUEST, true), _i == FORWARD ? L : S);
    ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_CLIENT, CERTIFICATE, true), _i == FORWARD ? S : L);
    player_clear(&player);
    play_free(&play);
    play_free(&one);
}
END_TEST

/* RFC 8446, D.4: without the ServerHello nobody knows that it is the one of TLS 1.3, behind which a Certificate may stand. */
START_TEST(change_cipher_spec_says_nothing_where_the_version_is_lost) {
    struct player player;
    struct play play, client = {0};
    struct loss loss = {FORWARD, 0, 1, true};

    play_fixture(&play, &stream_fixtures[RETRY_TLS13]);
    play_add(&client, FORWARD, 1, "?", 1);
    for (size_t i = 0; i < play.num_packets; i++) {
        if (play.packets[i].sender == FORWARD) {
            play_add(&client, FORWARD, play.packets[i].frame, play.packets[i].p, play.packets[i].len);
        }
    }
    player_run(&player, &client, 0, &loss);
    ck_assert(player.c.version == 0 && player.c.stream[FORWARD].change_cipher_spec && player.c.stream[FORWARD].total_records > 0);
    ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_CLIENT, CERTIFICATE, true), L);
    player_clear(&player);
    play_free(&play);
    play_free(&client);
}
END_TEST

START_TEST(roles_come_from_tls_and_not_from_the_guess) {
    struct player player = {0};
    struct play play;

    play_fixture(&play, &stream_fixtures[REFUSED_TLS12]);
    conversation_init(&player.c, BACKWARD, NULL);
    ck_assert_int_eq(conversation_side(&player.c, FORWARD), TLSWATCH_SERVER);
    for (size_t i = 0; i < play.num_packets; i++) {
        player_data(&player, play.packets[i].sender, play.packets[i].p, play.packets[i].len, 1);
    }
    conversation_finish(&player.c);
    ck_assert_int_eq(conversation_side(&player.c, FORWARD), TLSWATCH_CLIENT);
    ck_assert_int_eq(conversation_side(&player.c, player.c.timeline[0].sender), TLSWATCH_CLIENT);
    ck_assert_str_eq(timeline_name(&player.c.timeline[0]), "ClientHello");
    player_clear(&player);
    play_free(&play);
}
END_TEST

START_TEST(timeline_shows_the_handshake) {
    static const char *const names[] = {"ClientHello", "HelloRetryRequest", "ChangeCipherSpec", "ChangeCipherSpec", "ClientHello",
                                        "ServerHello", "ApplicationData",   "ApplicationData",  "ApplicationData"};
    struct player player;
    struct play play;

    play_fixture(&play, &stream_fixtures[RETRY_TLS13]);
    player_run(&player, &play, 0, NULL);
    ck_assert_uint_eq(player.c.num_timeline, 9);
    for (size_t i = 0; i < 9; i++) {
        ck_assert_str_eq(timeline_name(&player.c.timeline[i]), names[i]);
        ck_assert_int_eq(player.c.timeline[i].encrypted, i >= 6);
    }
    player_clear(&player);
    play_free(&play);
}
END_TEST

static void say(struct player *player, enum direction sender, const void *p, size_t len) {
    player_data(player, sender, p, len, 1);
}

static void open_with(struct player *player, int fixture, size_t packets) {
    struct play play;

    memset(player, 0, sizeof(*player));
    conversation_init(&player->c, FORWARD, NULL);
    play_fixture(&play, &stream_fixtures[fixture]);
    for (size_t i = 0; i < packets; i++) {
        say(player, play.packets[i].sender, play.packets[i].p, play.packets[i].len);
    }
    play_free(&play);
}

/* RFC 5246, 6.2.1: alerts may be cut or joined like anything else */
START_TEST(alerts_are_read_in_any_records) {
    static const struct {
        const char *bytes;
        size_t len;
    } forms[] = {
            {"\x15\x03\x03\x00\x02\x01\x70\x15\x03\x03\x00\x02\x02\x28", 14},
            {"\x15\x03\x03\x00\x04\x01\x70\x02\x28", 9},
            {"\x15\x03\x03\x00\x01\x01\x15\x03\x03\x00\x03\x70\x02\x28", 14},
            {"\x15\x03\x03\x00\x01\x01\x15\x03\x03\x00\x00\x15\x03\x03\x00\x01\x70\x15\x03\x03\x00\x02\x02\x28", 24},
    };
    struct player player;

    open_with(&player, REFUSED_TLS12, 1);
    say(&player, BACKWARD, "\x15\x03\x03\x00\x02\x01\x00", 7);
    say(&player, BACKWARD, forms[_i].bytes, forms[_i].len);
    conversation_finish(&player.c);
    ck_assert_uint_eq(player.c.num_alerts, 3);
    ck_assert(player.c.alerts[1].level == 1 && player.c.alerts[1].code == 112);
    ck_assert(player.c.alerts[2].level == 2 && player.c.alerts[2].code == 40);
    ck_assert_uint_eq(player.c.stream[BACKWARD].malformed, MALFORMED_NOTHING);
    player_clear(&player);
}
END_TEST

START_TEST(a_fatal_alert_in_clear_is_the_end_of_a_handshake) {
    static const struct {
        const char *bytes;
        size_t len;
        bool fails;
    } rows[] = {
            {"\x15\x03\x03\x00\x02\x02\x28", 7, true},
            {"\x15\x03\x03\x00\x02\x01\x70", 7, false}, /* unrecognized_name, a warning */
            {"\x15\x03\x03\x00\x02\x01\x29", 7, false}, /* no_certificate of SSL 3.0, a warning too */
            {"\x15\x03\x03\x00\x02\x02\x00", 7, false}, /* close_notify, whatever its level */
            {"\x15\x03\x03\x00\x02\x02", 6, false},     /* its code has not come */
            /* encrypted: its first bytes say nothing */
            {"\x14\x03\x03\x00\x01\x01\x15\x03\x03\x00\x1a\x02\x28rstuvwxyzabcdefghijklmno", 37, false},
    };
    struct player player;

    open_with(&player, REFUSED_TLS12, 1);
    ck_assert(!conversation_failed(&player.c));
    say(&player, BACKWARD, rows[_i].bytes, rows[_i].len);
    ck_assert_int_eq(conversation_failed(&player.c), rows[_i].fails);
    player_clear(&player);
}
END_TEST

START_TEST(alert_of_no_level_is_malformed) {
    struct player player;

    open_with(&player, REFUSED_TLS12, 1);
    say(&player, BACKWARD, "\x15\x03\x03\x00\x02\x01\x00\x15\x03\x03\x00\x02\x09\x28", 14);
    conversation_finish(&player.c);
    ck_assert_uint_eq(player.c.num_alerts, 1);
    ck_assert_uint_eq(player.c.stream[BACKWARD].malformed, MALFORMED_ALERT);
    player_clear(&player);
}
END_TEST

/* A CertificateRequest of names that add up to more than 16 KiB. */
static size_t big_request(uint8_t *out, size_t record) {
    enum { NAMES = 32000 };
    uint8_t *message = calloc(1, 4 + 8 + NAMES), *p = message;
    size_t len = 4 + 8 + NAMES, out_len = 0;

    memcpy(p, "\x0d\x00\x00\x00\x01\x01\x00\x02\x04\x01\x7d\x00", 12);
    message[2] = (uint8_t)((len - 4) >> 8);
    message[3] = (uint8_t)(len - 4);
    for (size_t at = 12; at < len; at += 200) {
        message[at + 1] = 198;
    }
    for (size_t at = 0, n; at < len; at += n) {
        n = len - at < record ? len - at : record;
        uint8_t header[5] = {22, 3, 3, (uint8_t)(n >> 8), (uint8_t)n};
        memcpy(out + out_len, header, 5);
        memcpy(out + out_len + 5, message + at, n);
        out_len += 5 + n;
    }
    free(message);
    return out_len;
}

/* wolfSSL puts 32 KB in one record, others in two (RFC 5246, 6.2.1 allows 2^14 bytes in each). */
START_TEST(request_over_16_kib_is_read_from_two_records_or_an_illegal_one) {
    static const size_t records[] = {16384, 65535};
    struct player player;
    struct certificate_request request;
    uint8_t *out = malloc(65536);
    size_t len = big_request(out, records[_i]);

    open_with(&player, RESUMED_TLS12, 1);
    /* a ServerHello of RFC 5246 without extensions */
    uint8_t hello[5 + 4 + 38] = {22, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3};
    memcpy(hello + 5 + 4 + 34, "\x00\xc0\x30\x00", 4);
    say(&player, BACKWARD, hello, sizeof(hello));
    say(&player, BACKWARD, out, len / 2);
    say(&player, BACKWARD, out + len / 2, len - len / 2);
    say(&player, BACKWARD, "\x16\x03\x03\x00\x04\x0e\x00\x00\x00", 9);
    conversation_finish(&player.c);
    const struct handshake_message *m = conversation_find(&player.c, TLSWATCH_SERVER, CERTIFICATE_REQUEST, NULL);
    ck_assert_ptr_nonnull(m);
    ck_assert(m->whole && certificate_request_parse(conversation_body(&player.c, m), TLS_1_2, &request));
    ck_assert_uint_eq(request.certificate_authorities.len, 32000);
    ck_assert_int_eq(player.c.stream[BACKWARD].malformed, _i == 0 ? MALFORMED_NOTHING : MALFORMED_RECORD_TOO_LONG);
    ck_assert_uint_eq(player.c.stream[BACKWARD].max_record, _i == 0 ? 16384 : 32012);
    ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_SERVER, SERVER_HELLO_DONE, true), S);
    player_clear(&player);
    free(out);
}
END_TEST

START_TEST(request_that_its_sender_never_finished_is_absent_and_lost_where_the_capture_ended) {
    struct player player;
    uint8_t *out = malloc(65536);

    (void)big_request(out, 65535);
    open_with(&player, RESUMED_TLS12, 1);
    uint8_t hello[5 + 4 + 38] = {22, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3};
    say(&player, BACKWARD, hello, sizeof(hello));
    say(&player, BACKWARD, out, 5000);
    conversation_finish(&player.c);
    ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_SERVER, CERTIFICATE_REQUEST, true), A);
    ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_SERVER, CERTIFICATE_REQUEST, false), L);
    ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_SERVER, CERTIFICATE, true), A);
    player_clear(&player);
    free(out);
}
END_TEST

START_TEST(message_that_claims_more_than_the_limit_is_kept_in_part) {
    struct player player;
    uint8_t *record = calloc(1, 5 + 16384);

    open_with(&player, RESUMED_TLS12, 1);
    uint8_t hello[5 + 4 + 38] = {22, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3};
    say(&player, BACKWARD, hello, sizeof(hello));
    memcpy(record, "\x16\x03\x03\x40\x00\x0b\x04\xff\xfc", 9); /* 5 * 65536 - 4 bytes: 20 records */
    say(&player, BACKWARD, record, 5 + 16384);
    memset(record + 5, 0, 4);
    for (int i = 1; i < 20; i++) {
        say(&player, BACKWARD, record, 5 + 16384);
    }
    say(&player, BACKWARD, "\x16\x03\x03\x00\x04\x0e\x00\x00\x00", 9);
    conversation_finish(&player.c);
    const struct handshake_message *m = conversation_find(&player.c, TLSWATCH_SERVER, CERTIFICATE, NULL);
    ck_assert(m != NULL && !m->whole && m->len == LIMIT_HANDSHAKE_MESSAGE);
    ck_assert_uint_eq(player.c.limits_hit, 1);
    ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_SERVER, CERTIFICATE, true), L);
    ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_SERVER, SERVER_HELLO_DONE, true), S);
    player_clear(&player);
    free(record);
}
END_TEST

/* RFC 5246, E.2: two bytes of length, then the hello */
static const uint8_t v2_hello[] = {0x80, 31,  1,   3,   1,   0,   6,   0,   0,   0,   16,  0,   0,   0x2f, 1,   0,  0x80,
                                   'r',  'a', 'n', 'd', 'o', 'm', 'n', 'e', 's', 's', '0', '1', '2', '3',  '4', '5'};

START_TEST(sslv2_hello_opens_a_tls_handshake) {
    for (size_t cut = 1; cut <= sizeof(v2_hello); cut++) {
        struct player player = {0};
        struct client_hello hello;
        struct play play;
        play_fixture(&play, &stream_fixtures[EMPTY_TLS10]);
        conversation_init(&player.c, FORWARD, NULL);
        say(&player, FORWARD, v2_hello, cut);
        say(&player, FORWARD, v2_hello + cut, sizeof(v2_hello) - cut);
        for (size_t i = 1; i < play.num_packets; i++) {
            say(&player, play.packets[i].sender, play.packets[i].p, play.packets[i].len);
        }
        conversation_finish(&player.c);
        ck_assert(player.c.messages[0].sslv2 && player.c.messages[0].type == CLIENT_HELLO);
        ck_assert(conversation_client_hello(&player.c, &hello) && hello.sslv2 && hello.client_version == 0x0301);
        ck_assert_uint_eq(player.c.num_messages, 8);
        ck_assert_uint_eq(player.c.version, 0x0301);
        ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_CLIENT, CERTIFICATE, true), S);
        ck_assert(player.c.alerts[0].code == 40 && !player.c.alerts[0].encrypted);
        player_clear(&player);
        play_free(&play);
    }
}
END_TEST

/* SSL 2.0 (Hickman, 1995): SERVER-HELLO with a certificate of 4 bytes, one cipher, a connection ID of 16 */
START_TEST(sslv2_handshake_is_tls_of_version_2) {
    static const uint8_t server[] = {0x80, 34,   4,   0,   1,   0,   2,   0,   4,   0,   3,   0,   16,  'c', 'e', 'r', 't', 1,
                                     0,    0x80, '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
    uint8_t hello[sizeof(v2_hello)];
    struct player player = {0};

    memcpy(hello, v2_hello, sizeof(hello));
    hello[3] = 0;
    hello[4] = 2;
    conversation_init(&player.c, FORWARD, NULL);
    say(&player, FORWARD, hello, sizeof(hello));
    say(&player, BACKWARD, server, sizeof(server));
    say(&player, FORWARD, "\x80\x05\x02....", 7);
    say(&player, BACKWARD, "\x80\x03...", 5);
    conversation_finish(&player.c);
    ck_assert_int_eq(player.c.protocol, PROTOCOL_TLS);
    ck_assert_uint_eq(player.c.version, SSL_2_0);
    ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_SERVER, CERTIFICATE_REQUEST, true), E);
    ck_assert_uint_eq(player.c.stream[FORWARD].malformed, MALFORMED_NOTHING);
    ck_assert(player.c.roles_known && player.c.client == FORWARD);
    player_clear(&player);
}
END_TEST

/* Its CLIENT-MASTER-KEY, or what an SSL 2.0 client says before it, cannot be read: a certificate may be there. */
START_TEST(sslv2_client_that_goes_on_tells_the_version_where_the_server_is_lost) {
    uint8_t hello[sizeof(v2_hello)];
    struct player player = {0};

    memcpy(hello, v2_hello, sizeof(hello));
    hello[3] = 0;
    hello[4] = 2;
    conversation_init(&player.c, FORWARD, NULL);
    say(&player, FORWARD, hello, sizeof(hello));
    player_gap(&player, BACKWARD, 36, 0);
    ck_assert_uint_eq(player.c.version, 0);
    say(&player, FORWARD, "\x80\x05\x02....", 7);
    conversation_finish(&player.c);
    ck_assert_uint_eq(player.c.version, SSL_2_0);
    ck_assert_int_eq(conversation_state(&player.c, TLSWATCH_CLIENT, CERTIFICATE, true), E);
    player_clear(&player);
}
END_TEST

START_TEST(bulk_is_passed_over_once_enough_was_seen_and_a_late_alert_is_noted) {
    static const uint8_t alert[] = {21, 3, 3, 0, 26, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};
    struct player player;
    uint8_t *record = calloc(1, 5 + 16384);
    size_t passed = 0;

    open_with(&player, COMPLETED_TLS12, 5);
    memcpy(record, "\x17\x03\x03\x40\x00", 5);
    for (int i = 0; i < 100; i++) {
        passed += player.late[BACKWARD];
        say(&player, BACKWARD, record, 5 + 16384);
    }
    ck_assert(player.late[BACKWARD]);
    ck_assert_uint_gt(passed, 80);
    ck_assert_ptr_null(player.c.stream[BACKWARD].reader);
    ck_assert_uint_ge(player.c.stream[BACKWARD].application_bytes, 100 * 16384);
    size_t before = player.c.num_alerts;
    say(&player, BACKWARD, alert, sizeof(alert));
    ck_assert_uint_eq(player.c.num_alerts, before + 1);
    ck_assert(player.c.alerts[before].encrypted && player.c.alerts[before].len == 26);
    uint64_t application_bytes = player.c.stream[BACKWARD].application_bytes;
    for (size_t i = 0; i < sizeof(alert); i++) {
        say(&player, BACKWARD, alert + i, 1);
    }
    ck_assert_uint_eq(player.c.num_alerts, before + 2);
    ck_assert_uint_eq(player.c.stream[BACKWARD].application_bytes, application_bytes);
    conversation_finish(&player.c);
    player_clear(&player);
    free(record);
}
END_TEST

START_TEST(bytes_that_are_no_record_are_malformed_and_end_the_reading) {
    struct player player;

    open_with(&player, REFUSED_TLS12, 2);
    say(&player, BACKWARD, "GET / HTTP/1.1\r\n\r\n", 18);
    ck_assert(player.c.stream[BACKWARD].malformed == MALFORMED_NOTHING); /* still inside a record */
    player_clear(&player);
    open_with(&player, RESUMED_TLS12, 2);
    say(&player, FORWARD, "GET / HTTP/1.1\r\n\r\n", 18);
    conversation_finish(&player.c);
    ck_assert_int_eq(player.c.protocol, PROTOCOL_TLS);
    ck_assert_int_eq(player.c.stream[FORWARD].malformed, MALFORMED_RECORD);
    player_clear(&player);
}
END_TEST

/* A greeting and an answer that are no TLS: how much memory there is decides whether that is known. */
START_TEST(what_there_was_no_memory_for_is_lost_and_proves_nothing) {
    static const char greeting[] = "220 mail.example ESMTP\r\n", answer[] = "QUIT\r\n";
    uint64_t refused = 1;

    for (size_t bound = 0; refused > 0; bound += 64) {
        struct memory memory = {.bound = bound};
        struct conversation c;
        conversation_init(&c, FORWARD, &memory);
        conversation_data(&c, BACKWARD, bytes_of(greeting, sizeof greeting - 1), (struct tlswatch_mark){.frame = 1});
        conversation_data(&c, FORWARD, bytes_of(answer, sizeof answer - 1), (struct tlswatch_mark){.frame = 2});
        conversation_finish(&c);
        refused = memory.refused;
        ck_assert_uint_eq(c.limits_hit > 0, refused > 0);
        ck_assert_int_eq(c.protocol, refused > 0 ? PROTOCOL_UNDECIDED : PROTOCOL_NOT_TLS);
        conversation_clear(&c);
        memory_clear(&memory);
    }
}
END_TEST

/* However little memory there is, nobody can take a message or an alert for one that was not sent. */
START_TEST(what_there_was_no_memory_to_read_is_not_absent) {
    const struct stream_fixture *f = &stream_fixtures[REFUSED_TLS12];
    struct play play;
    uint64_t refused = 1;

    play_fixture(&play, f);
    for (size_t bound = 0; refused > 0; bound += 64) {
        struct memory memory = {.bound = bound};
        struct conversation c;
        conversation_init(&c, FORWARD, &memory);
        for (size_t i = 0; i < play.num_packets; i++) {
            conversation_data(&c, play.packets[i].sender, bytes_of(play.packets[i].p, play.packets[i].len),
                              (struct tlswatch_mark){.frame = play.packets[i].frame});
        }
        conversation_finish(&c);
        refused = memory.refused;
        for (int d = 0; d < 2; d++) {
            size_t kept = 0, sent = 0;
            for (size_t i = 0; i < c.num_messages; i++) {
                kept += c.messages[i].sender == (enum direction)d;
            }
            for (size_t i = 0; i < f->num_messages; i++) {
                sent += f->messages[i].sender == (enum direction)d;
            }
            ck_assert_msg(kept == sent || c.stream[d].lost_in_handshake || c.stream[d].gaps > 0, "%zu bytes: %zu of %zu messages", bound,
                          kept, sent);
            ck_assert_msg(d == FORWARD || c.num_alerts == f->num_alerts || c.stream[d].lost_in_handshake, "%zu bytes: no alert", bound);
        }
        conversation_clear(&c);
        memory_clear(&memory);
    }
    play_free(&play);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("conversation");
    TCase *tests = tcase_create("conversation");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, messages_and_alerts_are_those_that_tshark_shows, 0, NUM_STREAM_FIXTURES);
    tcase_add_loop_test(tests, states_are_true, 0, NUM_STREAM_FIXTURES);
    tcase_add_test(tests, hole_inside_one_message_costs_that_message_only);
    tcase_add_test(tests, message_that_stood_in_a_hole_is_lost);
    tcase_add_test(tests, what_did_not_come_is_lost_unless_the_connection_ended);
    tcase_add_loop_test(tests, side_that_must_have_spoken_is_lost, 0, 2);
    tcase_add_test(tests, change_cipher_spec_says_nothing_where_the_version_is_lost);
    tcase_add_test(tests, roles_come_from_tls_and_not_from_the_guess);
    tcase_add_test(tests, timeline_shows_the_handshake);
    tcase_add_loop_test(tests, alerts_are_read_in_any_records, 0, 4);
    tcase_add_loop_test(tests, a_fatal_alert_in_clear_is_the_end_of_a_handshake, 0, 6);
    tcase_add_test(tests, alert_of_no_level_is_malformed);
    tcase_add_loop_test(tests, request_over_16_kib_is_read_from_two_records_or_an_illegal_one, 0, 2);
    tcase_add_test(tests, request_that_its_sender_never_finished_is_absent_and_lost_where_the_capture_ended);
    tcase_add_test(tests, message_that_claims_more_than_the_limit_is_kept_in_part);
    tcase_add_test(tests, sslv2_hello_opens_a_tls_handshake);
    tcase_add_test(tests, sslv2_handshake_is_tls_of_version_2);
    tcase_add_test(tests, sslv2_client_that_goes_on_tells_the_version_where_the_server_is_lost);
    tcase_add_test(tests, bulk_is_passed_over_once_enough_was_seen_and_a_late_alert_is_noted);
    tcase_add_test(tests, bytes_that_are_no_record_are_malformed_and_end_the_reading);
    tcase_add_test(tests, what_there_was_no_memory_for_is_lost_and_proves_nothing);
    tcase_add_test(tests, what_there_was_no_memory_to_read_is_not_absent);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
