/* Records without addresses, names and numbers: nothing of them is left, and what matched matches. */
#include "report/redact.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "printed.h"
#include "records.h"
#include "report/redact_token.h"

#define ALL (REDACT_IP | REDACT_NAME | REDACT_SERIAL)

static struct redactor *redactor;

static void lacks(const char *text, const char *secret) {
    ck_assert_msg(strstr(text, secret) == NULL, "\"%s\" is in: %s", secret, text);
}

static void has(const char *text, const char *part) {
    ck_assert_msg(strstr(text, part) != NULL, "\"%s\" is not in: %s", part, text);
}

static const struct tlswatch_record *redacted(unsigned what, const struct tlswatch_record *record) {
    redactor = redactor_new(what);
    ck_assert_ptr_nonnull(redactor);
    const struct tlswatch_record *copy = redact_record(redactor, record);
    ck_assert_ptr_nonnull(copy);
    return copy;
}

static void done(void) {
    redactor_free(redactor);
    redactor = NULL;
}

static char *json_of(const struct tlswatch_record *record) {
    struct report_sink sink = printed_sink();
    json_report_record(&sink, record);
    return printed(&sink);
}

static char *text_of(const struct tlswatch_record *record) {
    struct report_sink sink = printed_sink();
    struct text_report report;
    struct text_options options = {.utf8 = true, .utc = true, .verbose = true};
    text_report_init(&report, &sink, &options);
    text_report_record(&report, record);
    return printed(&sink);
}

START_TEST(nothing_of_it_is_left) {
    static const char *const secrets[] = {"10.1.7.20", "10.2.0.8",     "1:abc=",           "api.partner",     "partner",
                                          "b2b-gw01",  "O=P",          "Acme Issuing",     "Acme Partner",    "O=Acme",
                                          "55fbb9c7",  "5e9c1d7f0a3b", "a1b2c3d4e5f60718", "b3c1000000000001"};
    struct tlswatch_record record = record_intermediate_missing();
    record.start.file = record.end.file = "x.pcap";
    record.message = "The client 10.1.7.20 sent CN=b2b-gw01 to api.partner.example: CN=Acme Issuing CA 2 signed it.";
    record.advice_client = record.advice_server = record.client_log = record.server_log = record.message;
    const struct tlswatch_record *copy = redacted(ALL, &record);
    char *json = json_of(copy), *text = text_of(copy);
    for (size_t i = 0; i < RECORDS_COUNT(secrets); i++) {
        lacks(json, secrets[i]);
        lacks(text, secrets[i]);
    }
    has(json, "C=DE");
    has(json, "\"port\":47650");
    has(json, "intermediate-missing");
    free(json);
    free(text);
    done();
}
END_TEST

START_TEST(what_is_not_asked_for_stays) {
    struct tlswatch_record record = record_intermediate_missing();
    const struct tlswatch_record *copy = redacted(REDACT_IP, &record);
    ck_assert_str_eq(copy->server_name, "api.partner.example");
    ck_assert_str_eq(copy->client_certificate.certificates[0]->serial, "55fbb9c7");
    ck_assert_str_eq(copy->client_certificate.certificates[0]->subject.text, "CN=b2b-gw01,O=P");
    ck_assert_str_ne(copy->client.ip, record.client.ip);
    done();
    copy = redacted(REDACT_NAME, &record);
    ck_assert_str_eq(copy->client.ip, "10.1.7.20");
    ck_assert_str_eq(copy->id, record.id);
    ck_assert_str_eq(copy->client_certificate.certificates[0]->serial, "55fbb9c7");
    done();
    copy = redacted(REDACT_SERIAL, &record);
    ck_assert_str_eq(copy->server_name, "api.partner.example");
    ck_assert_str_ne(copy->client_certificate.certificates[0]->serial, "55fbb9c7");
    done();
}
END_TEST

START_TEST(addresses_keep_their_family_and_differ) {
    char seen[2000][46];
    struct tlswatch_record record = record_declined();
    redactor = redactor_new(REDACT_IP);
    for (int i = 0; i < 2000; i++) {
        uint8_t bytes[16];
        snprintf(record.client.ip, sizeof record.client.ip, i % 2 ? "10.7.%d.%d" : "fd00::%d:%d", i / 250, i % 250);
        const struct tlswatch_record *copy = redact_record(redactor, &record);
        ck_assert_int_eq(inet_pton(i % 2 ? AF_INET : AF_INET6, copy->client.ip, bytes), 1);
        ck_assert(i % 2 ? bytes[0] >= 240 : (bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0d && bytes[3] == 0xb8));
        strcpy(seen[i], copy->client.ip);
        for (int j = 0; j < i; j++) {
            if (strcmp(seen[j], seen[i]) == 0) {
                ck_abort_msg("%s twice", seen[i]);
            }
        }
        ck_assert_str_eq(redact_record(redactor, &record)->client.ip, seen[i]);
    }
    done();
}
END_TEST

START_TEST(what_matches_still_matches) {
    static const char *const pairs[][2] = {
            {"CN=Acme Root,O=Acme", "CN=acme  ROOT,O=Acme"}, /* RFC 5280, 7.1 */
            {"CN=api.partner.example", "CN=API.Partner.Example"},
    };
    redactor = redactor_new(ALL);
    for (size_t i = 0; i < RECORDS_COUNT(pairs); i++) {
        ck_assert_str_eq(token_name(redactor, pairs[i][0]), token_name(redactor, pairs[i][1]));
    }
    const char *host = token_host(redactor, "api.partner.example"), *any = token_alternative_name(redactor, "DNS:*.partner.example");
    ck_assert_int_eq(strncmp(any, "DNS:*.", 6), 0);
    ck_assert_str_eq(strchr(host, '.'), any + 5);
    ck_assert_str_eq(token_name(redactor, "CN=api.partner.example") + 3, host);
    ck_assert_str_eq(token_alternative_name(redactor, "IP:10.2.0.8") + 3, token_address(redactor, "10.2.0.8"));
    ck_assert_str_eq(token_name(redactor, "CN=10.2.0.8") + 3, token_address(redactor, "10.2.0.8"));
    ck_assert_str_eq(token_key_id(redactor, "a1b2c3"), token_key_id(redactor, "a1b2c3"));
    ck_assert_str_ne(token_name(redactor, "CN=Acme Root 1"), token_name(redactor, "CN=Acme Root 2"));
    ck_assert_str_eq(token_name(redactor, "C=DE"), "C=DE");
    ck_assert_uint_eq(strlen(token_sha256(redactor, "00ff")), 64);
    ck_assert(!redactor->failed);
    done();
}
END_TEST

START_TEST(each_run_has_its_own_tokens) {
    struct redactor *one = redactor_new(ALL), *other = redactor_new(ALL);
    ck_assert_str_ne(token_host(one, "a.example"), token_host(other, "a.example"));
    ck_assert_str_ne(token_serial(one, "55fbb9c7"), token_serial(other, "55fbb9c7"));
    redactor_free(one);
    redactor_free(other);
}
END_TEST

/* Text around {} stays, what stands for {} is a token; secrets are what must not occur. */
static const struct {
    const char *text, *beginning, *end, *secret;
} sentences[] = {
        {"its chain ends at CN=Acme Root, which is not advertised", "its chain ends at CN=n", ", which is not advertised", "Acme"},
        {"CN=Acme Root was issued by CN=Acme Root 2", "CN=n", "", "Acme"},
        {"CN=Acme Root.", "CN=n", ".", "Acme"},
        {"the client asked for server, and more", "the client asked for n", ", and more", "for server"},
        {"it may check another name than localhost.", "it may check another name than n", ".", "localhost"},
        {"localhost", "n", "", "localhost"},
        {"the server refused", "the server refused", "", "\x01"}, /* the word, not the host */
        {"it (api.partner.example) is not known", "it (n", ") is not known", "partner"},
        {"from 10.1.7.20:443.", "from 2", ":443.", "10.1.7.20"},
        {"from [2001:db8:1::7]:443", "from [2001:db8:", "]:443", ":1::7"},
        {"the extension 2.5.29.99 is critical", "the extension 2.5.29.99 is critical", "", "\x01"},
        {"at 12:30:45 and 1.2.3.4.5", "at 12:30:45 and 1.2.3.4.5", "", "\x01"},
        {"it was CN=Somebody Else GmbH, frame 7", "it was CN=(redacted), frame 7", "", "Somebody"},
        {"O=Unknown (frame 7)", "O=(redacted)(frame 7)", "", "Unknown"},
        {"the server refused to begin TLS: \"454 mail of \"Acme\" is down\"", "the server refused to begin TLS: (redacted)", "", "Acme"},
        {"CN=A very long name, of a company in the north of the...", "CN=n", "...", "long"},
        {"verify error:num=20:unable", "verify error:num=20:unable", "", "\x01"},
        {"append \"Acme Root\" to the file", "append \"n", "\" to the file", "Acme"},
        {"a \"quoted word\" of ours", "a \"quoted word\" of ours", "", "\x01"},
        {"serial 55fbb9c7 again", "serial ", " again", "55fbb9c7"},
};

START_TEST(sentences_hold_tokens) {
    redactor = redactor_new(ALL);
    token_name(redactor, "CN=Acme Root,O=Acme");
    token_name(redactor, "CN=Acme Root 2");
    token_name(redactor, "CN=A very long name\\, of a company in the north of the country that goes on and on and on");
    token_name(redactor, "CN=A very long name, of a company in the north of the country that goes on and on and on");
    token_host(redactor, "server");
    token_host(redactor, "localhost");
    token_host(redactor, "api.partner.example");
    token_serial(redactor, "55fbb9c7");
    const char *text = token_sentence(redactor, sentences[_i].text);
    size_t len = strlen(text), end_len = strlen(sentences[_i].end);
    ck_assert_msg(strncmp(text, sentences[_i].beginning, strlen(sentences[_i].beginning)) == 0, "%s", text);
    ck_assert_msg(len >= end_len && strcmp(text + len - end_len, sentences[_i].end) == 0, "%s", text);
    lacks(text, sentences[_i].secret);
    done();
}
END_TEST

/* More names than there is place for: tables begin anew, and no sentence leaks. */
START_TEST(too_many_names_take_the_sentences_along) {
    struct tlswatch_record record = record_declined();
    struct tlswatch_name names[40];
    char texts[40][40];
    record.message = "it is CN=Acme Root number 39, frame 7";
    for (int i = 0; i < 40; i++) {
        snprintf(texts[i], sizeof texts[i], "CN=Acme Root number %d", i);
        names[i] = (struct tlswatch_name){.text = texts[i]};
    }
    record.certificate_request.authorities = names;
    record.certificate_request.num_authorities = 40;
    redactor = redactor_new(REDACT_NAME);
    redactor->known.most = 45; /* two for each: as it is and in quotes */
    const struct tlswatch_record *copy = redact_record(redactor, &record);
    ck_assert_ptr_nonnull(copy);
    ck_assert_ptr_null(copy->message);
    record.certificate_request.num_authorities = 20;
    record.message = "it is CN=Acme Root number 19, frame 7";
    copy = redact_record(redactor, &record);
    lacks(copy->message, "Acme");
    has(copy->message, ", frame 7");
    done();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("redact");
    TCase *tcase = tcase_create("redact");
    tcase_add_test(tcase, nothing_of_it_is_left);
    tcase_add_test(tcase, what_is_not_asked_for_stays);
    tcase_add_test(tcase, addresses_keep_their_family_and_differ);
    tcase_add_test(tcase, what_matches_still_matches);
    tcase_add_test(tcase, each_run_has_its_own_tokens);
    tcase_add_loop_test(tcase, sentences_hold_tokens, 0, RECORDS_COUNT(sentences));
    tcase_add_test(tcase, too_many_names_take_the_sentences_along);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
