/* A record as a line of JSON: record.md's fields and values, held against json-c. */
#include "report/report.h"
#include "report/status.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "base/limits.h"
#include "parse_json.h"
#include "printed.h"
#include "records.h"

static struct tlswatch_record (*const builders[])(void) = {
        record_intermediate_missing, record_declined, record_server_expired, record_refused_inside, record_good,
};

static struct json_object *parsed(const char *line) {
    const char *error;
    size_t len = strlen(line);
    ck_assert_uint_gt(len, 1);
    ck_assert_int_eq(line[len - 1], '\n');
    ck_assert_ptr_eq(strchr(line, '\n'), line + len - 1);
    struct json_object *object = parse_json(line, &error);
    ck_assert_msg(object != NULL, "%s: %s", error, line);
    return object;
}

static struct json_object *json_of(const struct tlswatch_record *record) {
    struct report_sink sink = printed_sink();
    json_report_record(&sink, record);
    char *line = printed(&sink);
    struct json_object *object = parsed(line);
    free(line);
    return object;
}

/* The value at "a.b.0.c", or NULL. */
static struct json_object *at(struct json_object *object, const char *path) {
    char step[64];
    while (object != NULL && *path != '\0') {
        size_t len = strcspn(path, ".");
        ck_assert_uint_lt(len, sizeof step);
        memcpy(step, path, len);
        step[len] = '\0';
        path += len + (path[len] == '.');
        if (json_object_is_type(object, json_type_array)) {
            object = json_object_array_get_idx(object, (size_t)atoi(step));
        } else if (!json_object_object_get_ex(object, step, &object)) {
            object = NULL;
        }
    }
    return object;
}

static const char *text_at(struct json_object *object, const char *path) {
    struct json_object *value = at(object, path);
    return value == NULL ? "(left out)" : json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

/* By hand from record.md's example. */
static const struct {
    const char *path, *value;
} expected[] = {
        {"@timestamp", "\"2026-11-20T14:03:22.779000Z\""},
        {"ecs.version", "\"8.17\""},
        {"event.kind", "\"alert\""},
        {"event.category", "[\"network\"]"},
        {"event.type", "[\"connection\",\"protocol\"]"},
        {"event.dataset", "\"tlswatch.conversation\""},
        {"event.outcome", "\"failure\""},
        {"event.code", "\"intermediate-missing\""},
        {"event.reason", "\"unknown_ca\""},
        {"event.start", "\"2026-11-20T14:03:22.779000Z\""},
        {"event.end", "\"2026-11-20T14:03:22.782001Z\""},
        {"event.duration", "3001000"},
        {"client", "{\"ip\":\"10.1.7.20\",\"port\":47650}"},
        {"server", "{\"ip\":\"10.2.0.8\",\"port\":443,\"domain\":\"api.partner.example\"}"},
        {"network", "{\"transport\":\"tcp\",\"protocol\":\"tls\",\"type\":\"ipv4\",\"community_id\":\"1:abc=\"}"},
        {"log.file.path", "\"acme-2026-11-20.pcapng\""},
        {"tls.version", "\"1.2\""},
        {"tls.version_protocol", "\"tls\""},
        {"tls.cipher", "\"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384\""},
        {"tls.established", "false"},
        {"tls.resumed", "false"},
        {"tls.next_protocol", "\"h2\""},
        {"tls.client.server_name", "\"api.partner.example\""},
        {"tls.client.subject", "\"CN=b2b-gw01,O=P\""},
        {"tls.client.issuer", "\"CN=Acme Issuing CA 2,O=Acme,C=DE\""},
        {"tls.client.not_before", "\"2024-02-29T12:00:00Z\""},
        {"tls.client.not_after", "\"2026-11-19T23:59:59Z\""},
        {"tls.client.hash.sha256", "\"5e9c1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3bffff\""},
        {"tls.server", "(left out)"},
        {"tlswatch.schema", "1"},
        {"tlswatch.id", "\"b3c1000000000001\""},
        {"tlswatch.outcome", "\"failed\""},
        {"tlswatch.cause", "\"intermediate-missing\""},
        {"tlswatch.certificate_of", "\"client\""},
        {"tlswatch.confidence", "\"certain\""},
        {"tlswatch.at_fault", "\"client\""},
        {"tlswatch.rivals", "[]"},
        {"tlswatch.findings.0.code", "\"intermediate-missing\""},
        {"tlswatch.findings.0.severity", "\"error\""},
        {"tlswatch.findings.0.certificate_of", "\"client\""},
        {"tlswatch.findings.0.index", "0"},
        {"tlswatch.findings.0.frame", "62"},
        {"tlswatch.advice.server", "\"or add that intermediate to the client-CA file.\""},
        {"tlswatch.alerts",
         "[{\"sender\":\"server\",\"level\":\"fatal\",\"code\":48,\"name\":\"unknown_ca\",\"encrypted\":false,\"frame\":63,"
         "\"time\":\"2026-11-20T14:03:22.781284Z\"}]"},
        {"tlswatch.closed", "{\"first_by\":\"server\",\"how\":\"fin\",\"frame\":64}"},
        {"tlswatch.certificate_request",
         "{\"state\":\"seen\",\"frame\":60,\"certificate_types\":[\"rsa_sign\",\"ecdsa_sign\"],\"signature_algorithms\":"
         "[\"ecdsa_secp256r1_sha256\",\"rsa_pss_rsae_sha256\"],\"authorities\":[\"CN=Acme Partner Root G1,O=Acme,C=DE\"]}"},
        {"tlswatch.client_certificate.state", "\"seen\""},
        {"tlswatch.client_certificate.frame", "62"},
        {"tlswatch.client_certificate.chain.0.serial", "\"55fbb9c7\""},
        {"tlswatch.client_certificate.chain.0.public_key", "\"EC P-256\""},
        {"tlswatch.client_certificate.chain.0.signature_algorithm", "\"ecdsa-with-SHA256\""},
        {"tlswatch.client_certificate.chain.0.self_signed", "false"},
        {"tlswatch.client_certificate.chain.0.ca", "false"},
        {"tlswatch.client_certificate.chain.0.key_usage", "[\"digitalSignature\"]"},
        {"tlswatch.client_certificate.chain.0.extended_key_usage", "[\"clientAuth\"]"},
        {"tlswatch.client_certificate.chain.0.subject_key_id", "(left out)"},
        {"tlswatch.client_certificate.chain.0.authority_key_id", "\"a1b2c3d4e5f60718\""},
        {"tlswatch.client_certificate.chain.0.alternative_names", "[\"DNS:b2b-gw01.p.example\"]"},
        {"tlswatch.server_certificate", "{\"state\":\"lost\"}"},
        {"tlswatch.reach", "{\"reached\":\"no\",\"how\":\"not-listed\",\"at\":0,\"signatures\":\"unverified\"}"},
        {"tlswatch.certificate_verify", "\"unchecked\""},
        {"tlswatch.messages.0.name", "\"ClientHello\""},
        {"tlswatch.messages.0.length", "512"},
        {"tlswatch.capture", "{\"start\":\"seen\",\"client_bytes\":\"whole\",\"server_bytes\":\"whole\",\"kernel_drops\":0}"},
        {"tlswatch.wireshark", "{\"stream\":4,\"frames\":[60,62,63],\"filter\":\"tcp.stream eq 4 && frame.number in {60, 62, 63}\"}"},
};

START_TEST(record_has_the_fields_of_the_contract) {
    struct tlswatch_record record = record_intermediate_missing();
    struct json_object *object = json_of(&record);
    for (size_t i = 0; i < RECORDS_COUNT(expected); i++) {
        ck_assert_msg(strcmp(text_at(object, expected[i].path), expected[i].value) == 0, "%s is %s", expected[i].path,
                      text_at(object, expected[i].path));
    }
    ck_assert_str_eq(json_object_get_string(at(object, "message")), record.message);
    json_object_put(object);
}
END_TEST

/* Every key that record.md and its additions know; "*" stands for an index. */
static const char allowed[] =
        " @timestamp message ecs.version event.kind event.category.* event.type.* event.dataset event.outcome event.code event.reason "
        "event.start event.end event.duration client.ip client.port server.ip server.port server.domain network.transport "
        "network.protocol network.type network.community_id log.file.path tls.version tls.version_protocol tls.cipher tls.established "
        "tls.resumed tls.next_protocol tls.client.server_name tls.S.subject tls.S.issuer tls.S.not_before tls.S.not_after "
        "tls.S.hash.sha256 tlswatch.schema tlswatch.id tlswatch.outcome tlswatch.cause tlswatch.certificate_of tlswatch.confidence "
        "tlswatch.at_fault tlswatch.rivals.*.cause tlswatch.rivals.*.certificate_of tlswatch.rivals.*.confidence tlswatch.rivals.*.why "
        "tlswatch.findings.*.code tlswatch.findings.*.severity tlswatch.findings.*.certificate_of tlswatch.findings.*.index "
        "tlswatch.findings.*.text tlswatch.findings.*.frame tlswatch.advice.client tlswatch.advice.server tlswatch.opening "
        "tlswatch.proxied_client.ip tlswatch.proxied_client.port tlswatch.alerts.*.sender tlswatch.alerts.*.level "
        "tlswatch.alerts.*.code tlswatch.alerts.*.name tlswatch.alerts.*.encrypted tlswatch.alerts.*.inferred tlswatch.alerts.*.frame "
        "tlswatch.alerts.*.time tlswatch.closed.first_by tlswatch.closed.how tlswatch.closed.frame "
        "tlswatch.certificate_request.state tlswatch.certificate_request.frame tlswatch.certificate_request.certificate_types.* "
        "tlswatch.certificate_request.signature_algorithms.* tlswatch.certificate_request.authorities.* tlswatch.C.state "
        "tlswatch.C.frame tlswatch.C.chain.*.subject tlswatch.C.chain.*.issuer tlswatch.C.chain.*.serial tlswatch.C.chain.*.sha256 "
        "tlswatch.C.chain.*.not_before tlswatch.C.chain.*.not_after tlswatch.C.chain.*.public_key "
        "tlswatch.C.chain.*.signature_algorithm tlswatch.C.chain.*.version tlswatch.C.chain.*.self_signed tlswatch.C.chain.*.ca "
        "tlswatch.C.chain.*.path_len tlswatch.C.chain.*.key_usage.* tlswatch.C.chain.*.extended_key_usage.* "
        "tlswatch.C.chain.*.subject_key_id tlswatch.C.chain.*.authority_key_id tlswatch.C.chain.*.alternative_names.* "
        "tlswatch.C.chain.*.malformed tlswatch.reach.reached tlswatch.reach.how tlswatch.reach.at tlswatch.reach.authority "
        "tlswatch.reach.signatures tlswatch.certificate_verify tlswatch.messages.*.sender tlswatch.messages.*.name "
        "tlswatch.messages.*.length tlswatch.messages.*.encrypted tlswatch.messages.*.frame tlswatch.messages.*.time "
        "tlswatch.capture.start tlswatch.capture.client_bytes tlswatch.capture.server_bytes tlswatch.capture.kernel_drops "
        "tlswatch.capture.client_missing tlswatch.capture.server_missing tlswatch.capture.conflicts tlswatch.wireshark.stream "
        "tlswatch.wireshark.frames.* tlswatch.wireshark.filter ";

/* S and C stand for either side in the table above. */
static void check_leaf(const char *path) {
    char word[256];
    bool of_chain = strncmp(path, "tlswatch.client_certificate.", 28) == 0 || strncmp(path, "tlswatch.server_certificate.", 28) == 0;
    bool of_side = strncmp(path, "tls.client.", 11) == 0 || strncmp(path, "tls.server.", 11) == 0;
    if (of_chain) {
        snprintf(word, sizeof word, " tlswatch.C.%s ", path + 28);
    } else if (of_side && strcmp(path, "tls.client.server_name") != 0) {
        snprintf(word, sizeof word, " tls.S.%s ", path + 11);
    } else {
        snprintf(word, sizeof word, " %s ", path);
    }
    ck_assert_msg(strstr(allowed, word) != NULL, "%s", path);
}

/* No key twice, none that the contract does not know, none null. */
static void check_keys(struct json_object *object, const char *path) {
    char below[256];
    ck_assert_msg(object != NULL, "%s is null", path);
    if (json_object_is_type(object, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(object); i++) {
            snprintf(below, sizeof below, "%s.*", path);
            check_keys(json_object_array_get_idx(object, i), below);
        }
    } else if (json_object_is_type(object, json_type_object)) {
        json_object_object_foreach(object, key, value) {
            snprintf(below, sizeof below, "%s%s%s", path, *path != '\0' ? "." : "", key);
            check_keys(value, below);
        }
    } else {
        check_leaf(path);
    }
}

START_TEST(no_key_is_unknown_to_the_contract) {
    struct tlswatch_record record = builders[_i]();
    struct json_object *object = json_of(&record);
    check_keys(object, "");
    static const char *const always[] = {"tlswatch.rivals", "tlswatch.findings", "tlswatch.alerts", "tlswatch.messages"};
    for (size_t i = 0; i < RECORDS_COUNT(always); i++) {
        ck_assert(json_object_is_type(at(object, always[i]), json_type_array));
    }
    json_object_put(object);
}
END_TEST

START_TEST(record_of_nothing_says_nothing_but_states) {
    struct tlswatch_record record = {.outcome = TLSWATCH_NOT_TLS, .cause = TLSWATCH_CAUSE_NOT_TLS, .reach = {.at = -1, .authority = -1}};
    struct json_object *object = json_of(&record);
    check_keys(object, "");
    ck_assert_str_eq(text_at(object, "tls"), "(left out)");
    ck_assert_str_eq(text_at(object, "log"), "(left out)");
    ck_assert_str_eq(text_at(object, "message"), "(left out)");
    ck_assert_str_eq(text_at(object, "network.protocol"), "(left out)");
    ck_assert_str_eq(text_at(object, "event.outcome"), "\"unknown\"");
    ck_assert_str_eq(text_at(object, "event.kind"), "\"event\"");
    ck_assert_str_eq(text_at(object, "tlswatch.certificate_of"), "(left out)");
    ck_assert_str_eq(text_at(object, "tlswatch.certificate_request"), "{\"state\":\"absent\"}");
    ck_assert_str_eq(text_at(object, "tlswatch.closed"), "{\"how\":\"capture-end\"}");
    json_object_put(object);
}
END_TEST

START_TEST(empty_list_of_certificates_is_seen_and_empty) {
    struct tlswatch_record record = record_declined();
    struct json_object *object = json_of(&record);
    ck_assert_str_eq(text_at(object, "tlswatch.client_certificate"), "{\"state\":\"seen\",\"frame\":7,\"chain\":[]}");
    ck_assert_str_eq(text_at(object, "tlswatch.rivals.0.cause"), "\"issuer-not-advertised\"");
    ck_assert_str_eq(text_at(object, "tlswatch.reach"), "{\"reached\":\"unknown\",\"how\":\"declined\"}");
    ck_assert_str_eq(text_at(object, "event.end"), "\"2026-11-20T14:03:22.780000001Z\"");
    json_object_put(object);
}
END_TEST

static const struct {
    struct tlswatch_alert alert;
    const char *json;
} alerts[] = {
        {{.sender = TLSWATCH_CLIENT, .encrypted = true, .inferred = TLSWATCH_INFERRED_FATAL, .level = 2, .code = 48, .name = "x"},
         "[{\"sender\":\"client\",\"encrypted\":true,\"inferred\":\"fatal\"}]"},
        {{.sender = TLSWATCH_SERVER, .encrypted = true, .inferred = TLSWATCH_INFERRED_CLOSE_NOTIFY},
         "[{\"sender\":\"server\",\"encrypted\":true,\"inferred\":\"close_notify\"}]"},
        {{.sender = TLSWATCH_SERVER, .encrypted = true, .inferred = TLSWATCH_INFERRED_UNKNOWN},
         "[{\"sender\":\"server\",\"encrypted\":true,\"inferred\":\"unknown\"}]"},
        {{.sender = TLSWATCH_SERVER, .encrypted = true, .readable = true, .level = 1, .code = 0, .name = "close_notify"},
         "[{\"sender\":\"server\",\"level\":\"warning\",\"code\":0,\"name\":\"close_notify\",\"encrypted\":true}]"},
        {{.sender = TLSWATCH_CLIENT, .readable = true, .level = 2, .code = 99, .name = "alert_99"},
         "[{\"sender\":\"client\",\"level\":\"fatal\",\"code\":99,\"name\":\"alert_99\",\"encrypted\":false}]"},
};

START_TEST(alert_says_what_is_known_of_it) {
    struct tlswatch_record record = record_good();
    record.alerts = &alerts[_i].alert;
    record.num_alerts = 1;
    struct json_object *object = json_of(&record);
    ck_assert_str_eq(text_at(object, "tlswatch.alerts"), alerts[_i].json);
    json_object_put(object);
}
END_TEST

START_TEST(what_is_only_sometimes_there) {
    static const struct tlswatch_endpoint proxied = {"2001:db8::7", 50000};
    static const struct tlswatch_certificate broken = {.sha256 = "ab", .malformed = "asn1 \"encoding\"", .path_len = -1};
    static const struct tlswatch_certificate *const chain[] = {&broken};
    struct tlswatch_record record = record_good();
    record.version = 0x0300;
    record.version_text = "3.0";
    record.ipv6 = true;
    record.opening = "proxy";
    record.proxied_client = &proxied;
    record.client_certificate.certificates = chain;
    record.capture = (struct tlswatch_capture){TLSWATCH_START_MISSED, TLSWATCH_BYTES_GAPS, TLSWATCH_BYTES_NONE, 10, 20, 3, 4};
    record.end.time_ns = record.start.time_ns - 1;
    struct json_object *object = json_of(&record);
    check_keys(object, "");
    ck_assert_str_eq(text_at(object, "tls.version_protocol"), "\"ssl\"");
    ck_assert_str_eq(text_at(object, "network.type"), "\"ipv6\"");
    ck_assert_str_eq(text_at(object, "tlswatch.opening"), "\"proxy\"");
    ck_assert_str_eq(text_at(object, "tlswatch.proxied_client"), "{\"ip\":\"2001:db8::7\",\"port\":50000}");
    ck_assert_str_eq(text_at(object, "client.ip"), "\"10.1.7.20\"");
    ck_assert_str_eq(text_at(object, "tlswatch.client_certificate.chain"), "[{\"sha256\":\"ab\",\"malformed\":\"asn1 \\\"encoding\\\"\"}]");
    ck_assert_str_eq(text_at(object, "tls.client"), "{\"server_name\":\"api.partner.example\",\"hash\":{\"sha256\":\"ab\"}}");
    ck_assert_str_eq(text_at(object, "tlswatch.capture"),
                     "{\"start\":\"missed\",\"client_bytes\":\"gaps\",\"server_bytes\":\"none\",\"kernel_drops\":4,"
                     "\"client_missing\":10,\"server_missing\":20,\"conflicts\":3}");
    ck_assert_str_eq(text_at(object, "event.duration"), "(left out)");
    ck_assert_str_eq(text_at(object, "event.outcome"), "\"success\"");
    json_object_put(object);
}
END_TEST

START_TEST(hostile_bytes_are_inert) {
    static const struct tlswatch_name names[] = {{.text = "CN=\x1b[31m\"},\n\xff\\0A"}, {.text = NULL}};
    struct tlswatch_record record = record_declined();
    record.server_name = "\x1b]0;title\x07\xe2\x80";
    record.certificate_request.authorities = names;
    record.start.file = "a\nb\xff.pcap";
    struct report_sink sink = printed_sink();
    json_report_record(&sink, &record);
    char *line = printed(&sink);
    for (const char *p = line; p[1] != '\0'; p++) {
        ck_assert_uint_ge((unsigned char)*p, 0x20);
    }
    struct json_object *object = parsed(line);
    ck_assert_str_eq(json_object_get_string(at(object, "tlswatch.certificate_request.authorities.0")), "CN=\x1b[31m\"},\n\xef\xbf\xbd\\0A");
    ck_assert_int_eq(json_object_array_length(at(object, "tlswatch.certificate_request.authorities")), 2);
    json_object_put(object);
    free(line);
}
END_TEST

START_TEST(each_record_is_one_write) {
    int ends[2];
    char *line = malloc(65536);
    struct report_sink sink;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    report_sink_init(&sink, ends[0]);
    for (size_t i = 0; i < RECORDS_COUNT(builders); i++) {
        struct tlswatch_record record = builders[i]();
        json_report_record(&sink, &record);
    }
    for (size_t i = 0; i < RECORDS_COUNT(builders); i++) {
        ssize_t n = read(ends[1], line, 65535);
        ck_assert_int_gt(n, 0);
        line[n] = '\0';
        json_object_put(parsed(line));
    }
    ck_assert_int_eq(recv(ends[1], line, 1, MSG_DONTWAIT), -1);
    report_sink_clear(&sink);
    close(ends[0]);
    close(ends[1]);
    free(line);
}
END_TEST

static void put_chain(struct report_sink *sink, const struct tlswatch_certificate *const *chain) {
    struct tlswatch_record record = record_good();
    record.client_certificate = (struct tlswatch_chain){.state = TLSWATCH_SEEN, .certificates = chain, .num_certificates = 2};
    json_report_record(sink, &record);
}

/* The first of them has a place among what is kept, which the second, whose hash begins the same, takes over. */
START_TEST(certificates_that_come_again_are_written_as_before) {
    struct tlswatch_record good = record_good();
    struct tlswatch_certificate one = *good.client_certificate.certificates[0], other = one;
    one.sha256 = "5e9c1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3b0001";
    other.sha256 = "5e9c1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3b0002";
    other.subject.text = "CN=other";
    struct tlswatch_certificate judged = one;
    judged.self_signed = !one.self_signed;
    const struct tlswatch_certificate *const chains[][2] = {{&one, &one}, {&one, &other}, {&other, &one}, {&judged, &other}};
    struct report_sink together = printed_sink();
    char *alone = calloc(1, 1);
    for (size_t i = 0; i < RECORDS_COUNT(chains); i++) {
        struct report_sink sink = printed_sink();
        put_chain(&together, chains[i]);
        put_chain(&sink, chains[i]);
        char *line = printed(&sink);
        alone = realloc(alone, strlen(alone) + strlen(line) + 1);
        strcat(alone, line);
        free(line);
    }
    char *lines = printed(&together);
    ck_assert_str_eq(lines, alone);
    ck_assert_ptr_nonnull(strstr(lines, "\"chain\":[{\"subject\":\"CN=other\""));
    free(lines);
    free(alone);
}
END_TEST

static void put_empty_lines(struct report_sink *sink, size_t num) {
    ck_assert(buffer_reserve(&sink->block, num, SIZE_MAX));
    memset(sink->block.p, '\n', num);
    sink->block.len = num;
    report_sink_write(sink);
}

static void put_all(struct report_sink *sink, const struct tlswatch_certificate *const chains[][2], size_t num, size_t empty_lines) {
    put_empty_lines(sink, empty_lines);
    for (size_t i = 0; i < num; i++) {
        put_chain(sink, chains[i]);
    }
    put_empty_lines(sink, LIMIT_HELD_IN_MEMORY); /* what is before goes to the disk */
}

/* Where a record says of its second certificate that it is as its first. */
static size_t first_reference(const struct tlswatch_certificate *const *chain) {
    struct report_sink sink;
    report_sink_init(&sink, -1);
    report_sink_hold(&sink, SIZE_MAX, SIZE_MAX);
    put_chain(&sink, chain);
    const uint8_t *reference = memchr(sink.held.p, 1, sink.held.len);
    ck_assert_ptr_nonnull(reference);
    size_t at = (size_t)(reference - sink.held.p);
    report_sink_clear(&sink);
    return at;
}

/* Read in parts of 64 KiB, of which the first ends before, in and behind what stands for a certificate. */
START_TEST(what_is_held_back_is_shorter_and_comes_out_as_it_was) {
    struct tlswatch_record good = record_good();
    struct tlswatch_certificate one = *good.client_certificate.certificates[0], other = one, far = one;
    one.sha256 = "5e9c1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3b0001";
    other.sha256 = "5e9c1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3b0002"; /* in the place of the first */
    other.subject.text = "CN=other";
    far.sha256 = "ffff1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3b0003";
    far.subject.text = "CN=far\1\2";
    const struct tlswatch_certificate *const chains[][2] = {{&one, &one}, {&one, &other}, {&other, &far}, {&far, &one}};
    size_t first = first_reference(chains[0]);
    for (size_t cut = 0; cut < 5; cut++) {
        struct report_sink at_once = printed_sink(), held = printed_sink();
        report_sink_hold(&held, SIZE_MAX, SIZE_MAX);
        put_all(&at_once, chains, RECORDS_COUNT(chains), 65536 - first - cut);
        put_all(&held, chains, RECORDS_COUNT(chains), 65536 - first - cut);
        size_t len = held.num_spilled + held.held.len;
        ck_assert_uint_gt(held.num_spilled, 65536);
        ck_assert(report_sink_release(&held));
        char *plain = printed(&at_once), *lines = printed(&held);
        ck_assert_uint_lt(len + 5 * 200, strlen(plain));
        ck_assert_int_eq(strcmp(lines, plain), 0);
        free(plain);
        free(lines);
    }
}
END_TEST

START_TEST(a_reference_that_is_cut_waits_for_the_rest) {
    struct tlswatch_record good = record_good();
    struct tlswatch_certificate one = *good.client_certificate.certificates[0];
    one.sha256 = "5e9c1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3b0001";
    struct json_pieces *pieces = json_pieces_new();
    ck_assert_uint_eq(json_pieces_refer(pieces, JSON_PIECE_LEAF, &one).len, 0);
    json_pieces_keep(pieces, JSON_PIECE_LEAF, &one, bytes_of("piece", 5));
    ck_assert_uint_eq(json_pieces_refer(pieces, JSON_PIECE_CERTIFICATE, &one).len, 0);
    struct bytes reference = json_pieces_refer(pieces, JSON_PIECE_LEAF, &one);
    ck_assert_uint_gt(reference.len, 1);
    for (size_t len = 0; len < reference.len; len++) {
        struct bytes cut = bytes_of(reference.p, len);
        ck_assert_uint_eq(json_pieces_resolve(pieces, &cut).len, 0);
        ck_assert_uint_eq(cut.len, len);
    }
    json_pieces_keep(pieces, JSON_PIECE_LEAF, &one, bytes_of("other", 5)); /* too late */
    struct bytes piece = json_pieces_resolve(pieces, &reference);
    ck_assert_uint_eq(piece.len, 5);
    ck_assert_mem_eq(piece.p, "piece", 5);
    ck_assert_uint_eq(reference.len, 0);
    json_pieces_free(pieces);
}
END_TEST

static const struct status records_lost = {.action = "records-lost",
                                           .message = "12 packets dropped by the kernel",
                                           .interface = "eth0\n\xff",
                                           .time_ns = 1763651002781284000,
                                           .packets = 5000000000,
                                           .conversations = 7,
                                           .kernel_drops = 12,
                                           .interface_drops = 3,
                                           .records_lost = 2};

START_TEST(a_status_is_no_record) {
    struct report_sink sink = printed_sink();
    ck_assert(json_report_status(&sink, &records_lost));
    char *line = printed(&sink);
    struct json_object *object = parsed(line);
    ck_assert_str_eq(json_object_get_string(at(object, "@timestamp")), "2025-11-20T15:03:22.781284Z");
    ck_assert_str_eq(json_object_get_string(at(object, "event.dataset")), "tlswatch.status");
    ck_assert_str_eq(json_object_get_string(at(object, "event.action")), "records-lost");
    ck_assert_str_eq(json_object_get_string(at(object, "observer.ingress.interface.name")), "eth0\n\xef\xbf\xbd");
    ck_assert_int_eq(json_object_get_int64(at(object, "tlswatch.status.packets")), 5000000000);
    ck_assert_int_eq(json_object_get_int64(at(object, "tlswatch.status.kernel_drops")), 12);
    ck_assert_int_eq(json_object_get_int64(at(object, "tlswatch.status.records_lost")), 2);
    ck_assert_ptr_null(at(object, "tlswatch.outcome"));
    ck_assert_ptr_null(at(object, "client"));
    json_object_put(object);
    free(line);
}
END_TEST

START_TEST(a_status_that_found_no_place_is_no_loss) {
    struct report_sink sink;
    int fd = open("/dev/full", O_WRONLY);
    if (fd < 0) {
        return;
    }
    report_sink_init_live(&sink, fd);
    ck_assert(!json_report_status(&sink, &records_lost));
    ck_assert_uint_eq(sink.lost, 0);
    report_sink_clear(&sink);
    close(fd);
}
END_TEST

START_TEST(full_disk_is_kept_as_an_error_and_ends_the_output) {
    struct tlswatch_record record = record_good();
    struct report_sink sink;
    int fd = open("/dev/full", O_WRONLY);
    if (fd < 0) {
        return; /* a system without /dev/full */
    }
    report_sink_init(&sink, fd);
    json_report_record(&sink, &record);
    ck_assert_int_eq(sink.error, ENOSPC);
    json_report_record(&sink, &record);
    ck_assert_int_eq(sink.error, ENOSPC);
    report_sink_clear(&sink);
    close(fd);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("json_report");
    TCase *tests = tcase_create("json_report");
    tcase_add_test(tests, record_has_the_fields_of_the_contract);
    tcase_add_loop_test(tests, no_key_is_unknown_to_the_contract, 0, RECORDS_COUNT(builders));
    tcase_add_test(tests, record_of_nothing_says_nothing_but_states);
    tcase_add_test(tests, empty_list_of_certificates_is_seen_and_empty);
    tcase_add_loop_test(tests, alert_says_what_is_known_of_it, 0, RECORDS_COUNT(alerts));
    tcase_add_test(tests, what_is_only_sometimes_there);
    tcase_add_test(tests, certificates_that_come_again_are_written_as_before);
    tcase_add_test(tests, what_is_held_back_is_shorter_and_comes_out_as_it_was);
    tcase_add_test(tests, a_reference_that_is_cut_waits_for_the_rest);
    tcase_add_test(tests, hostile_bytes_are_inert);
    tcase_add_test(tests, each_record_is_one_write);
    tcase_add_test(tests, a_status_is_no_record);
    tcase_add_test(tests, a_status_that_found_no_place_is_no_loss);
    tcase_add_test(tests, full_disk_is_kept_as_an_error_and_ends_the_output);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
