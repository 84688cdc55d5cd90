/*
 * Any packet may be missing in a capture. What is then said of a conversation is what the whole capture says, or that
 * it is not known: never anything else.
 */
#include <json-c/json.h>
#include <stdio.h>

#include "files.h"
#include "rewrite.h"
#include "tap.h"

enum { NUM_SEEDS = 20 };

static struct names captures;

/* One fact: its place, and what else than the truth may stand there. */
struct fact {
    const char *path;
    const char *unknown[3];
};

static const struct fact facts[] = {
        {"server.port", {0}},
        {"tls.version", {"-"}},
        {"tls.cipher", {"-"}},
        {"tls.client.server_name", {"-"}},
        {"tls.next_protocol", {"-"}},
        {"tls.established", {"false"}},
        {"tls.resumed", {"false"}},
        {"tls.client.subject", {"-"}},
        {"tls.server.subject", {"-"}},
        {"tlswatch.outcome", {"\"incomplete\"", "\"stalled\""}},
        {"tlswatch.certificate_request.state", {"\"lost\""}},
        {"tlswatch.certificate_request.authorities", {"-"}},
        {"tlswatch.certificate_request.certificate_types", {"-"}},
        {"tlswatch.certificate_request.signature_algorithms", {"-"}},
        {"tlswatch.client_certificate.state", {"\"lost\""}},
        {"tlswatch.client_certificate.chain", {"-"}},
        {"tlswatch.server_certificate.state", {"\"lost\""}},
        {"tlswatch.server_certificate.chain", {"-"}},
        {"tlswatch.certificate_verify", {"-", "\"unchecked\""}},
        {"tlswatch.reach.reached", {"\"unknown\""}},
        {"tlswatch.opening", {"-"}},
};

static bool is_allowed(const struct fact *fact, const char *truth, const char *said) {
    bool allowed = strcmp(truth, said) == 0;
    for (size_t i = 0; i < 3 && fact->unknown[i] != NULL; i++) {
        allowed |= strcmp(said, fact->unknown[i]) == 0;
    }
    return allowed;
}

/* json-c gives the same buffer for the next text of the same object. */
static char *text_at(struct json_object *record, const char *path) {
    return strdup(outcome_at(record, path));
}

/* Alerts that are said are among the true ones, in their order. */
static bool alerts_are_true(struct json_object *truth, struct json_object *said) {
    static const char *const parts[] = {"sender", "code", "level", "encrypted"};
    size_t at = 0;
    for (size_t i = 0;; i++) {
        char path[64];
        snprintf(path, sizeof path, "tlswatch.alerts.%zu", i);
        if (strcmp(outcome_at(said, path), "-") == 0) {
            return true;
        }
        bool same = false;
        for (; !same; at++) {
            snprintf(path, sizeof path, "tlswatch.alerts.%zu", at);
            if (strcmp(outcome_at(truth, path), "-") == 0) {
                return false;
            }
            same = true;
            for (size_t part = 0; part < sizeof parts / sizeof *parts; part++) {
                snprintf(path, sizeof path, "tlswatch.alerts.%zu.%s", at, parts[part]);
                char *wanted = text_at(truth, path);
                snprintf(path, sizeof path, "tlswatch.alerts.%zu.%s", i, parts[part]);
                same &= strcmp(wanted, outcome_at(said, path)) == 0;
                free(wanted);
            }
        }
    }
}

/* Who closed is the truth, unless the packet that shows it is the one that is missing. */
static bool closing_is_true(struct json_object *truth, struct json_object *said) {
    char *wanted_by = text_at(truth, "tlswatch.closed.first_by"), *wanted_how = text_at(truth, "tlswatch.closed.how");
    bool same = strcmp(wanted_by, outcome_at(said, "tlswatch.closed.first_by")) == 0 &&
                strcmp(wanted_how, outcome_at(said, "tlswatch.closed.how")) == 0;
    free(wanted_by);
    free(wanted_how);
    return same;
}

/* The record of the same conversation, by the client's port. */
static struct json_object *find(const struct outcomes *outcomes, struct json_object *record) {
    char *port = text_at(record, "client.port");
    struct json_object *found = NULL;
    for (size_t i = 0; i < outcomes->num && found == NULL; i++) {
        found = strcmp(outcome_at(outcomes->records[i], "client.port"), port) == 0 ? outcomes->records[i] : NULL;
    }
    free(port);
    return found;
}

static unsigned complain(const char *where, const char *path, const char *truth, const char *said) {
    fprintf(stderr, "%s: %s: the truth is %.200s, said is %.200s\n", where, path, truth, said);
    return 1;
}

/* How it ended is not known where the end is missing. */
static bool rests_on_closing(const char *path) {
    return strcmp(path, "tlswatch.outcome") == 0 || strcmp(path, "tls.established") == 0;
}

/* What happened inside the encryption is inferred from many things, of which any may be missing: then that the handshake
 * completed is all that is known. */
static bool was_refused_inside(struct json_object *truth, const char *path, const char *said) {
    return strcmp(path, "tlswatch.outcome") == 0 && strcmp(said, "\"completed\"") == 0 &&
           strcmp(outcome_at(truth, "tls.established"), "true") == 0;
}

static unsigned check_record(const char *where, struct json_object *truth, struct json_object *said, bool closing_lost) {
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        char *wanted = text_at(truth, facts[i].path), *have = text_at(said, facts[i].path);
        if (!is_allowed(&facts[i], wanted, have) && !(closing_lost && rests_on_closing(facts[i].path)) &&
            !was_refused_inside(truth, facts[i].path, have)) {
            wrong += complain(where, facts[i].path, wanted, have);
        }
        free(wanted);
        free(have);
    }
    if (!alerts_are_true(truth, said)) {
        char *wanted = text_at(truth, "tlswatch.alerts");
        wrong += complain(where, "alerts", wanted, outcome_at(said, "tlswatch.alerts"));
        free(wanted);
    }
    if (!closing_lost && !closing_is_true(truth, said)) {
        char *wanted = text_at(truth, "tlswatch.closed");
        wrong += complain(where, "closed", wanted, outcome_at(said, "tlswatch.closed"));
        free(wanted);
    }
    return wrong;
}

static void check(const char *where, const struct outcomes *truth, const struct packets *less, bool closing_lost, unsigned *wrong) {
    struct outcomes said;
    outcomes_of(&said, less, 0);
    for (size_t i = 0; i < truth->num; i++) {
        struct json_object *record = find(&said, truth->records[i]);
        *wrong += record == NULL ? complain(where, "record", "there", "missing")
                                 : check_record(where, truth->records[i], record, closing_lost);
    }
    if (said.num > truth->num) {
        *wrong += complain(where, "records", "fewer", "more");
    }
    outcomes_clear(&said);
}

static bool closes(const struct packet *packet) {
    struct tcp_place place;
    return find_tcp(packet, &place) && (place.flags & 0x05) != 0;
}

START_TEST(without_any_one_packet_no_wrong_fact_is_said) {
    struct packets packets = {0};
    struct outcomes truth;
    unsigned wrong = 0;
    ck_assert(packets_read(&packets, captures.v[_i], 0));
    outcomes_of(&truth, &packets, 0);
    for (size_t i = 0; i < packets.num; i++) {
        struct packets less = {0};
        char where[4200];
        snprintf(where, sizeof where, "%s without packet %zu", captures.v[_i], i + 1);
        rewrite_without(&packets, i, &less);
        check(where, &truth, &less, closes(&packets.v[i]), &wrong);
        packets_clear(&less);
    }
    outcomes_clear(&truth);
    packets_clear(&packets);
    ck_assert_msg(wrong == 0, "%s: %u facts are wrong", captures.v[_i], wrong);
}
END_TEST

/* A tenth of the packets, anywhere. */
START_TEST(without_many_packets_no_wrong_fact_is_said) {
    struct packets packets = {0};
    struct outcomes truth;
    unsigned wrong = 0;
    ck_assert(packets_read(&packets, captures.v[_i], 0));
    outcomes_of(&truth, &packets, 0);
    for (uint32_t seed = 1; seed <= NUM_SEEDS; seed++) {
        struct packets less = {0};
        char where[4200];
        int len = snprintf(where, sizeof where, "%s without packets", captures.v[_i]);
        uint32_t state = random_start(seed);
        bool closing_lost = false;
        for (size_t i = 0; i < packets.num; i++) {
            if (random_below(&state, 10) == 0) {
                closing_lost |= closes(&packets.v[i]);
                len += snprintf(where + len, sizeof where - (size_t)len, " %zu", i + 1);
            } else {
                packets_copy(&less, &packets.v[i]);
            }
        }
        check(where, &truth, &less, closing_lost, &wrong);
        packets_clear(&less);
    }
    outcomes_clear(&truth);
    packets_clear(&packets);
    ck_assert_msg(wrong == 0, "%s: %u facts are wrong", captures.v[_i], wrong);
}
END_TEST

int main(int argc, char **argv) {
    names_find_captures(&captures, argc > 1 ? argv[1] : getenv("PCAPS"));
    if (captures.num == 0) {
        printf("1..0 # SKIP there are no captures\n");
        return EXIT_SUCCESS;
    }
    Suite *suite = suite_create("lost packet");
    TCase *tcase = tcase_create("lost packet");
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, without_any_one_packet_no_wrong_fact_is_said, 0, (int)captures.num);
    tcase_add_loop_test(tcase, without_many_packets_no_wrong_fact_is_said, 0, (int)captures.num);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
