/* The parsers of handshake messages, on messages of real conversations. Expected values: tshark -V. */
#include "fixtures/player.h"
#include "tap.h"
#include "tls/handshake.h"

enum parser {
    PARSE_CLIENT_HELLO,
    PARSE_CLIENT_HELLO_V2,
    PARSE_SERVER_HELLO,
    PARSE_CERTIFICATE_REQUEST,
    PARSE_CERTIFICATE,
    PARSE_CERTIFICATE_VERIFY,
    PARSE_SERVER_KEY_EXCHANGE,
};

/* `without_extensions` is the one shorter length that is a message too: hellos may leave them out. */
static const struct {
    const char *name;
    enum parser parser;
    int fixture;
    enum direction sender;
    uint8_t type;
    int nth;
    uint16_t version, cipher_suite;
    size_t len, without_extensions;
} rows[] = {
        {"hello of 1.2", PARSE_CLIENT_HELLO, REFUSED_TLS12, FORWARD, CLIENT_HELLO, 0, 0, 0, 197, 95},
        {"hello of 1.0", PARSE_CLIENT_HELLO, EMPTY_TLS10, FORWARD, CLIENT_HELLO, 0, 0, 0, 113, 57},
        {"hello of 1.3", PARSE_CLIENT_HELLO, RETRY_TLS13, FORWARD, CLIENT_HELLO, 0, 0, 0, 310, 133},
        {"second hello of 1.3", PARSE_CLIENT_HELLO, RETRY_TLS13, FORWARD, CLIENT_HELLO, 1, 0, 0, 375, 133},
        {"server hello of 1.2", PARSE_SERVER_HELLO, REFUSED_TLS12, BACKWARD, SERVER_HELLO, 0, 0, 0, 65, 38},
        {"retry request", PARSE_SERVER_HELLO, RETRY_TLS13, BACKWARD, SERVER_HELLO, 0, 0, 0, 84, 70},
        {"request of 1.2", PARSE_CERTIFICATE_REQUEST, REFUSED_TLS12, BACKWARD, CERTIFICATE_REQUEST, 0, TLS_1_2, 0, 111, 0},
        {"request of 1.0", PARSE_CERTIFICATE_REQUEST, EMPTY_TLS10, BACKWARD, CERTIFICATE_REQUEST, 0, TLS_1_0, 0, 69, 0},
        {"server's certificates", PARSE_CERTIFICATE, REFUSED_TLS12, BACKWARD, CERTIFICATE, 0, TLS_1_2, 0, 968, 0},
        {"client's certificates", PARSE_CERTIFICATE, REFUSED_TLS12, FORWARD, CERTIFICATE, 0, TLS_1_2, 0, 1805, 0},
        {"no certificates", PARSE_CERTIFICATE, EMPTY_TLS10, FORWARD, CERTIFICATE, 0, TLS_1_0, 0, 3, 0},
        {"verify of 1.2", PARSE_CERTIFICATE_VERIFY, REFUSED_TLS12, FORWARD, CERTIFICATE_VERIFY, 0, TLS_1_2, 0, 260, 0},
        {"key exchange of 1.2", PARSE_SERVER_KEY_EXCHANGE, REFUSED_TLS12, BACKWARD, SERVER_KEY_EXCHANGE, 0, TLS_1_2, 0xc030, 296, 0},
        {"key exchange of 1.0", PARSE_SERVER_KEY_EXCHANGE, EMPTY_TLS10, BACKWARD, SERVER_KEY_EXCHANGE, 0, TLS_1_0, 0xc014, 294, 0},
};
#define NUM_ROWS ((int)(sizeof(rows) / sizeof(rows[0])))

static bool parses(int row, const uint8_t *p, size_t len) {
    struct client_hello client_hello;
    struct server_hello server_hello;
    struct certificate_request request;
    struct digitally_signed verify;
    struct server_key_exchange exchange;
    struct bytes list, body = bytes_of(p, len);

    switch (rows[row].parser) {
    case PARSE_CLIENT_HELLO:
        return client_hello_parse(body, &client_hello);
    case PARSE_CLIENT_HELLO_V2:
        return client_hello_v2_parse(body, &client_hello);
    case PARSE_SERVER_HELLO:
        return server_hello_parse(body, &server_hello);
    case PARSE_CERTIFICATE_REQUEST:
        return certificate_request_parse(body, rows[row].version, &request);
    case PARSE_CERTIFICATE:
        return certificate_list_parse(body, &list);
    case PARSE_CERTIFICATE_VERIFY:
        return certificate_verify_parse(body, rows[row].version, &verify);
    case PARSE_SERVER_KEY_EXCHANGE:
        return server_key_exchange_parse(body, rows[row].version, rows[row].cipher_suite, &exchange);
    }
    return false;
}

static size_t message_of(int row, uint8_t **out) {
    return fixture_message(&stream_fixtures[rows[row].fixture], rows[row].sender, rows[row].type, rows[row].nth, out);
}

START_TEST(message_is_parsed) {
    uint8_t *p;
    size_t len = message_of(_i, &p);

    ck_assert_msg(len == rows[_i].len, "%s: %zu bytes", rows[_i].name, len);
    ck_assert_msg(parses(_i, p, len), "%s", rows[_i].name);
    free(p);
}
END_TEST

START_TEST(every_strict_prefix_is_refused) {
    uint8_t *p;
    size_t len = message_of(_i, &p);

    for (size_t n = 0; n < len; n++) {
        uint8_t *prefix = malloc(n > 0 ? n : 1);
        memcpy(prefix, p, n);
        bool expected = rows[_i].without_extensions > 0 && n == rows[_i].without_extensions;
        ck_assert_msg(parses(_i, n > 0 ? prefix : NULL, n) == expected, "%s: prefix of %zu", rows[_i].name, n);
        free(prefix);
    }
    free(p);
}
END_TEST

START_TEST(trailing_byte_is_refused) {
    uint8_t *p;
    size_t len = message_of(_i, &p);

    p[len] = 0;
    ck_assert_msg(!parses(_i, p, len + 1), "%s", rows[_i].name);
    free(p);
}
END_TEST

START_TEST(client_hello_gives_its_extensions) {
    struct client_hello hello;
    uint8_t *p;
    size_t len = fixture_message(&stream_fixtures[RETRY_TLS13], FORWARD, CLIENT_HELLO, 0, &p);

    ck_assert(client_hello_parse(bytes_of(p, len), &hello));
    ck_assert_uint_eq(hello.client_version, 0x0303);
    ck_assert_uint_eq(hello.highest_version, 0x0304);
    ck_assert_uint_eq(hello.session_id.len, 32);
    ck_assert_uint_eq(hello.cipher_suites.len, 62);
    ck_assert(bytes_equal(hello.server_name, bytes_of("hrr.example", 11)));
    ck_assert(bytes_equal(hello.alpn, bytes_of("\x02h2\x08http/1.1", 12)));
    ck_assert(bytes_equal(hello.supported_groups, bytes_of("\x00\x1d\x00\x18", 4)));
    ck_assert(bytes_equal(hello.supported_versions, bytes_of("\x03\x04\x03\x03\x03\x02\x03\x01", 8)));
    ck_assert_uint_eq(hello.signature_algorithms.len, 40);
    ck_assert(hello.has_session_ticket && hello.session_ticket.len == 0);
    ck_assert(hello.has_extended_master_secret && hello.has_key_share && hello.renegotiation_info);
    ck_assert(!hello.has_pre_shared_key && !hello.has_early_data && !hello.fallback_scsv && !hello.has_post_handshake_auth);
    free(p);
}
END_TEST

/* Each list claims two bytes more than its extension has; they are there, but they are the next extension's. */
static const struct {
    const char *name, *extension;
    size_t len;
} overreaching[] = {
        {"server_name", "\x00\x00\x00\x06\x00\x06\x00\x00\x01\x61", 10},
        {"supported_groups", "\x00\x0a\x00\x04\x00\x04\x00\x1d", 8},
        {"signature_algorithms", "\x00\x0d\x00\x04\x00\x04\x04\x03", 8},
        {"application_layer_protocol_negotiation", "\x00\x10\x00\x05\x00\x05\x02\x68\x32", 9},
        {"supported_versions", "\x00\x2b\x00\x03\x04\x03\x04", 7},
        {"signature_algorithms_cert", "\x00\x32\x00\x04\x00\x04\x04\x03", 8},
};

#define NUM_OVERREACHING (sizeof(overreaching) / sizeof(*overreaching))

START_TEST(list_longer_than_its_extension_is_refused) {
    /* RFC 8446, 4.1.2: version, random, no session, one suite, no compression; then the extensions. */
    uint8_t hello[128] = {0x03, 0x03, [34] = 0x00, 0x00, 0x02, 0x13, 0x01, 0x01, 0x00};
    const uint8_t next[] = {0x00, 0x17, 0x00, 0x00};
    size_t extensions_len = overreaching[_i].len + sizeof(next);
    struct client_hello out;

    hello[41] = (uint8_t)(extensions_len >> 8);
    hello[42] = (uint8_t)extensions_len;
    memcpy(hello + 43, overreaching[_i].extension, overreaching[_i].len);
    memcpy(hello + 43 + overreaching[_i].len, next, sizeof(next));
    ck_assert_msg(!client_hello_parse(bytes_of(hello, 43 + extensions_len), &out), "%s", overreaching[_i].name);
    /* The next extension alone is well-formed: it is the list that is refused. */
    hello[42] = sizeof(next);
    memcpy(hello + 43, next, sizeof(next));
    ck_assert(client_hello_parse(bytes_of(hello, 43 + sizeof(next)), &out));
    ck_assert(out.has_extended_master_secret);
}
END_TEST

START_TEST(server_hello_of_tls12_gives_its_choice) {
    struct server_hello hello;
    uint8_t *p;
    size_t len = fixture_message(&stream_fixtures[REFUSED_TLS12], BACKWARD, SERVER_HELLO, 0, &p);

    ck_assert(server_hello_parse(bytes_of(p, len), &hello));
    ck_assert_uint_eq(hello.version, 0x0303);
    ck_assert_uint_eq(hello.cipher_suite, 0xc030);
    ck_assert(hello.has_session_ticket && hello.has_extended_master_secret);
    ck_assert(!hello.hello_retry_request && !hello.downgrade_sentinel && hello.alpn.len == 0);
    free(p);
}
END_TEST

START_TEST(server_hello_of_tls13_tells_retry_from_hello) {
    struct server_hello hello;
    uint8_t *p;
    size_t len = fixture_message(&stream_fixtures[RETRY_TLS13], BACKWARD, SERVER_HELLO, 0, &p);

    ck_assert(server_hello_parse(bytes_of(p, len), &hello));
    ck_assert(hello.hello_retry_request && server_hello_may_be_retry(bytes_of(p, len)));
    ck_assert(!server_hello_may_be_retry(bytes_of(p, 2 + 31)));
    ck_assert_uint_eq(hello.version, 0x0304);
    ck_assert_uint_eq(hello.server_version, 0x0303);
    free(p);
    len = fixture_message(&stream_fixtures[CLEAR_ALERT_TLS13], BACKWARD, SERVER_HELLO, 0, &p);
    ck_assert(server_hello_parse(bytes_of(p, len), &hello));
    ck_assert(!hello.hello_retry_request && !server_hello_may_be_retry(bytes_of(p, len)));
    ck_assert_uint_eq(hello.version, 0x0304);
    ck_assert_uint_eq(hello.cipher_suite, 0x1302);
    free(p);
}
END_TEST

/* draft-ietf-tls-tls13-18, 4.1.3: version, random, cipher suite, extensions; and of later drafts by supported_versions */
START_TEST(drafts_count_as_tls13) {
    uint8_t body[2 + 32 + 2 + 2] = {0x7f, 0x12};
    uint8_t later[2 + 32 + 1 + 2 + 1 + 2 + 6] = {0x03, 0x03};
    struct server_hello hello;

    memcpy(body + 34, "\x13\x01\x00\x00", 4);
    ck_assert(server_hello_parse(bytes_of(body, sizeof(body)), &hello));
    ck_assert_uint_eq(hello.version, 0x0304);
    ck_assert_uint_eq(hello.cipher_suite, 0x1301);
    memcpy(body, "\x03\x04", 2); /* draft 14, as Mozilla's test server sent it */
    ck_assert(server_hello_parse(bytes_of(body, sizeof(body)), &hello));
    ck_assert_uint_eq(hello.version, 0x0304);
    memcpy(later + 34, "\x00\x13\x02\x00\x00\x06\x00\x2b\x00\x02\x7f\x1c", 12);
    ck_assert(server_hello_parse(bytes_of(later, sizeof(later)), &hello));
    ck_assert_uint_eq(hello.version, 0x0304);
    ck_assert_uint_eq(hello.cipher_suite, 0x1302);
}
END_TEST

/* RFC 8701: values that mean nothing; RFC 7507 */
START_TEST(grease_is_no_version_and_fallback_is_noticed) {
    static const uint8_t tail[] = {0, 0,    6, 0x5a, 0x5a, 0x56, 0x00, 0x13, 0x01, 1, 0, 0, 13,
                                   0, 0x2b, 0, 9,    8,    0xfa, 0xfa, 0x7f, 0x17, 3, 3, 3, 2};
    uint8_t body[34 + sizeof(tail)] = {3, 3};
    struct client_hello hello;

    memcpy(body + 34, tail, sizeof(tail));
    ck_assert(client_hello_parse(bytes_of(body, sizeof(body)), &hello));
    ck_assert_uint_eq(hello.highest_version, 0x0304);
    ck_assert(hello.fallback_scsv);
}
END_TEST

/* RFC 8446, 4.1.3 */
START_TEST(downgrade_sentinel_is_noticed) {
    uint8_t body[38] = {3, 3};
    struct server_hello hello;

    memcpy(body + 2 + 24, "DOWNGRD\x01", 8);
    memcpy(body + 34, "\x00\xc0\x30\x00", 4);
    ck_assert(server_hello_parse(bytes_of(body, sizeof(body)), &hello));
    ck_assert(hello.downgrade_sentinel);
    ck_assert_uint_eq(hello.version, 0x0303);
}
END_TEST

START_TEST(request_gives_types_algorithms_and_names) {
    struct certificate_request request;
    struct bytes name;
    uint8_t *p;
    size_t len = fixture_message(&stream_fixtures[REFUSED_TLS12], BACKWARD, CERTIFICATE_REQUEST, 0, &p);

    ck_assert(certificate_request_parse(bytes_of(p, len), TLS_1_2, &request));
    ck_assert(bytes_equal(request.certificate_types, bytes_of("\x01\x02\x40", 3)));
    ck_assert_uint_eq(request.supported_signature_algorithms.len, 40);
    ck_assert_uint_eq(request.certificate_authorities.len, 63);
    ck_assert(certificate_authorities_next(&request.certificate_authorities, &name));
    ck_assert_uint_eq(name.len, 61);
    ck_assert(memmem(name.p, name.len, "Corp-CA-Prod", 12) != NULL);
    ck_assert(!certificate_authorities_next(&request.certificate_authorities, &name));
    free(p);
    len = fixture_message(&stream_fixtures[EMPTY_TLS10], BACKWARD, CERTIFICATE_REQUEST, 0, &p);
    ck_assert(certificate_request_parse(bytes_of(p, len), TLS_1_0, &request));
    ck_assert_uint_eq(request.supported_signature_algorithms.len, 0);
    ck_assert_uint_eq(request.certificate_authorities.len, 63);
    free(p);
}
END_TEST

START_TEST(certificate_list_is_read_one_by_one) {
    struct bytes list, certificate;
    uint8_t *p;
    size_t len = fixture_message(&stream_fixtures[REFUSED_TLS12], FORWARD, CERTIFICATE, 0, &p);

    ck_assert(certificate_list_parse(bytes_of(p, len), &list));
    ck_assert(certificate_list_next(&list, &certificate));
    ck_assert_uint_eq(certificate.len, 916);
    ck_assert(certificate_list_next(&list, &certificate));
    ck_assert_uint_eq(certificate.len, 880);
    ck_assert(!certificate_list_next(&list, &certificate));
    free(p);
}
END_TEST

START_TEST(certificate_list_with_a_cut_certificate_is_refused) {
    struct bytes list = {0};

    ck_assert(!certificate_list_parse(bytes_of("\x00\x00\x04\x00\x00\x02\xaa", 7), &list));
    ck_assert_ptr_null(list.p);
}
END_TEST

START_TEST(signatures_have_an_algorithm_from_tls12_on) {
    struct digitally_signed verify;
    struct server_key_exchange exchange;
    uint8_t *p;
    size_t len = fixture_message(&stream_fixtures[REFUSED_TLS12], FORWARD, CERTIFICATE_VERIFY, 0, &p);

    ck_assert(certificate_verify_parse(bytes_of(p, len), TLS_1_2, &verify));
    ck_assert(verify.has_algorithm && verify.algorithm == 0x0804 && verify.signature.len == 256);
    free(p);
    len = fixture_message(&stream_fixtures[REFUSED_TLS12], BACKWARD, SERVER_KEY_EXCHANGE, 0, &p);
    ck_assert(server_key_exchange_parse(bytes_of(p, len), TLS_1_2, 0xc030, &exchange));
    ck_assert(exchange.is_signed && exchange.named_group == 29 && exchange.params.len == 36);
    ck_assert(exchange.params.p == p && exchange.signed_params.algorithm == 0x0804);
    free(p);
    len = fixture_message(&stream_fixtures[EMPTY_TLS10], BACKWARD, SERVER_KEY_EXCHANGE, 0, &p);
    ck_assert(server_key_exchange_parse(bytes_of(p, len), TLS_1_0, 0xc014, &exchange));
    ck_assert(!exchange.signed_params.has_algorithm && exchange.signed_params.signature.len == 256 && exchange.named_group == 29);
    free(p);
}
END_TEST

/* RFC 5246, 7.4.3, RFC 4279, 2 and 3: p, g, Ys; with a hint; anonymous ones are not signed */
START_TEST(finite_field_and_psk_exchanges_are_parsed) {
    static const uint8_t dh[] = {0, 1, 23, 0, 1, 5, 0, 1, 8, 4, 1, 0, 2, 0xaa, 0xbb};
    static const uint8_t psk[] = {0, 4, 'h', 'i', 'n', 't'};
    struct server_key_exchange exchange;

    ck_assert(server_key_exchange_parse(bytes_of(dh, sizeof(dh)), TLS_1_2, 0x009e, &exchange)); /* DHE_RSA */
    ck_assert(exchange.is_signed && exchange.params.len == 9 && exchange.signed_params.algorithm == 0x0401);
    ck_assert(server_key_exchange_parse(bytes_of(dh, 9), TLS_1_2, 0x00a6, &exchange)); /* DH_anon */
    ck_assert(!exchange.is_signed && exchange.params.len == 9);
    ck_assert(!server_key_exchange_parse(bytes_of(dh, 9), TLS_1_2, 0x009e, &exchange));
    ck_assert(server_key_exchange_parse(bytes_of(psk, sizeof(psk)), TLS_1_2, 0x00a8, &exchange)); /* PSK */
    ck_assert(!exchange.is_signed);
}
END_TEST

/* RFC 5246, E.2 */
static const uint8_t v2_hello[] = {1,   3,   1,   0,   6,   0,   0,   0,   16,  0,   0,   0x2f, 1,   0,   0x80, 'r',
                                   'a', 'n', 'd', 'o', 'm', 'n', 'e', 's', 's', '0', '1', '2',  '3', '4', '5'};

START_TEST(sslv2_hello_is_parsed_and_its_prefixes_refused) {
    struct client_hello hello;

    ck_assert(client_hello_v2_parse(bytes_of(v2_hello, sizeof(v2_hello)), &hello));
    ck_assert(hello.sslv2 && !hello.has_extensions);
    ck_assert_uint_eq(hello.client_version, 0x0301);
    ck_assert_uint_eq(hello.highest_version, 0x0301);
    ck_assert_uint_eq(hello.cipher_suites.len, 6);
    ck_assert_uint_eq(hello.random.len, 16);
    for (size_t n = 0; n < sizeof(v2_hello); n++) {
        uint8_t *prefix = malloc(n > 0 ? n : 1);
        memcpy(prefix, v2_hello, n);
        ck_assert(!client_hello_v2_parse(bytes_of(prefix, n), &hello));
        free(prefix);
    }
    /* RFC 5246, E.2: a suite has three bytes. Here the challenge begins a byte sooner. */
    uint8_t uneven[sizeof(v2_hello)];
    memcpy(uneven, v2_hello, sizeof(uneven));
    uneven[4]--;
    uneven[8]++;
    ck_assert(!client_hello_v2_parse(bytes_of(uneven, sizeof(uneven)), &hello));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("handshake");
    TCase *tests = tcase_create("handshake");
    tcase_add_loop_test(tests, message_is_parsed, 0, NUM_ROWS);
    tcase_add_loop_test(tests, every_strict_prefix_is_refused, 0, NUM_ROWS);
    tcase_add_loop_test(tests, trailing_byte_is_refused, 0, NUM_ROWS);
    tcase_add_test(tests, client_hello_gives_its_extensions);
    tcase_add_loop_test(tests, list_longer_than_its_extension_is_refused, 0, NUM_OVERREACHING);
    tcase_add_test(tests, server_hello_of_tls12_gives_its_choice);
    tcase_add_test(tests, server_hello_of_tls13_tells_retry_from_hello);
    tcase_add_test(tests, drafts_count_as_tls13);
    tcase_add_test(tests, grease_is_no_version_and_fallback_is_noticed);
    tcase_add_test(tests, downgrade_sentinel_is_noticed);
    tcase_add_test(tests, request_gives_types_algorithms_and_names);
    tcase_add_test(tests, certificate_list_is_read_one_by_one);
    tcase_add_test(tests, certificate_list_with_a_cut_certificate_is_refused);
    tcase_add_test(tests, signatures_have_an_algorithm_from_tls12_on);
    tcase_add_test(tests, finite_field_and_psk_exchanges_are_parsed);
    tcase_add_test(tests, sslv2_hello_is_parsed_and_its_prefixes_refused);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
