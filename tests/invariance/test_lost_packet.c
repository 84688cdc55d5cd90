/*
 * Any packet may be missing in a capture. What is then said of a conversation is what the whole capture says, or that
 * it is not known: never anything else.
 *
 *     test_lost_packet             the captures of $PCAPS
 *     test_lost_packet FOLDER      $TLSWATCH_ALL=1: all captures below the folder; else some of them
 *
 * Of large captures only some packets are left out, one at a time; $TLSWATCH_ALL=1: each.
 */
#include <json-c/json.h>
#include <stdio.h>

#include "files.h"
#include "net/segment.h"
#include "rewrite.h"
#include "tap.h"

enum {
    NUM_SEEDS = 20,
    MOST_DROPS = 300, /* of one capture */
};

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
        {"tls.established", {"false", "-"}},
        {"tls.resumed", {"false", "-"}},
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
        {"tlswatch.opening", {"-", "\"unknown\""}},
};

static bool is_allowed(const struct fact *fact, const char *truth, const char *said) {
    bool allowed = strcmp(truth, said) == 0 || strcmp(truth, "\"lost\"") == 0;
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

/* The record of the same conversation, by its endpoints, whichever of them is called the client. */
static struct json_object *find(const struct outcomes *outcomes, struct json_object *record) {
    char *id = text_at(record, "network.community_id");
    struct json_object *found = NULL;
    for (size_t i = 0; i < outcomes->num && found == NULL; i++) {
        found = strcmp(outcome_at(outcomes->records[i], "network.community_id"), id) == 0 ? outcomes->records[i] : NULL;
    }
    free(id);
    return found;
}

static bool has_frame(const struct packets *packets, uint64_t number) {
    for (size_t i = 0; i < packets->num; i++) {
        if (packets->v[i].number == number) {
            return true;
        }
    }
    return false;
}

/* All that it ever said in TLS stood in packets that are left out: nobody can know that there was TLS. */
static bool is_lost_whole(struct json_object *truth, const struct packets *less) {
    for (size_t i = 0;; i++) {
        char path[64];
        snprintf(path, sizeof path, "tlswatch.messages.%zu.frame", i);
        const char *frame = outcome_at(truth, path);
        if (strcmp(frame, "-") == 0) {
            return true;
        }
        if (has_frame(less, strtoull(frame, NULL, 10))) {
            return false;
        }
    }
}

/* Where neither a SYN nor a message in clear is left, who is the client is a guess. */
static bool roles_are_known(struct json_object *said) {
    if (strcmp(outcome_at(said, "tlswatch.capture.start"), "\"seen\"") == 0) {
        return true;
    }
    for (size_t i = 0;; i++) {
        char path[64];
        snprintf(path, sizeof path, "tlswatch.messages.%zu.length", i);
        if (strcmp(outcome_at(said, path), "-") == 0) {
            return false;
        }
        snprintf(path, sizeof path, "tlswatch.messages.%zu.encrypted", i);
        bool encrypted = strcmp(outcome_at(said, path), "true") == 0;
        snprintf(path, sizeof path, "tlswatch.messages.%zu.name", i);
        const char *name = outcome_at(said, path);
        if (!encrypted && strcmp(name, "\"ChangeCipherSpec\"") != 0 && strcmp(name, "\"Alert\"") != 0) {
            return true;
        }
    }
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

static unsigned check_record(const char *where, struct json_object *truth, struct json_object *said, bool end_lost) {
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        char *wanted = text_at(truth, facts[i].path), *have = text_at(said, facts[i].path);
        if (!is_allowed(&facts[i], wanted, have) && !(end_lost && rests_on_closing(facts[i].path)) &&
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
    if (!end_lost && !closing_is_true(truth, said)) {
        char *wanted = text_at(truth, "tlswatch.closed");
        wrong += complain(where, "closed", wanted, outcome_at(said, "tlswatch.closed"));
        free(wanted);
    }
    return wrong;
}

static void check(const char *where, const struct outcomes *truth, const struct packets *less, bool end_lost, unsigned *wrong) {
    struct outcomes said;
    outcomes_of(&said, less, 0);
    for (size_t i = 0; i < truth->num; i++) {
        struct json_object *record = find(&said, truth->records[i]);
        if (record != NULL) {
            *wrong += roles_are_known(record) ? check_record(where, truth->records[i], record, end_lost) : 0;
        } else if (!is_lost_whole(truth->records[i], less)) {
            *wrong += complain(where, "record", "there", "missing");
        }
    }
    /* What looks like TLS only where its beginning is lost. */
    for (size_t i = 0; i < said.num; i++) {
        const char *outcome = outcome_at(said.records[i], "tlswatch.outcome");
        if (find(truth, said.records[i]) == NULL && strcmp(outcome, "\"incomplete\"") != 0) {
            *wrong += complain(where, "record", "missing", outcome);
        }
    }
    outcomes_clear(&said);
}

/* A capture, what TCP says in each of its packets, and which of them are left out. */
struct trial {
    struct packets packets;
    struct segment *segments;
    bool *is_tcp, *left_out;
    struct outcomes truth;
    unsigned wrong;
};

static void trial_init(struct trial *t, const char *path) {
    struct decapsulator *d = decapsulator_new(NULL);
    *t = (struct trial){0};
    ck_assert(packets_read(&t->packets, path, 0));
    t->segments = calloc(t->packets.num + 1, sizeof *t->segments);
    t->is_tcp = calloc(t->packets.num + 1, sizeof *t->is_tcp);
    t->left_out = calloc(t->packets.num + 1, sizeof *t->left_out);
    for (size_t i = 0; i < t->packets.num; i++) {
        const struct packet *p = &t->packets.v[i];
        struct tlswatch_frame frame = {p->data, p->len, p->original_len, p->link_type, p->number, p->time_ns, p->file};
        t->is_tcp[i] = decapsulator_decode(d, &frame, &t->segments[i]) == DECODE_SEGMENT;
    }
    decapsulator_free(d);
    outcomes_of(&t->truth, &t->packets, 0);
}

static void trial_clear(struct trial *t) {
    free(t->segments);
    free(t->is_tcp);
    free(t->left_out);
    outcomes_clear(&t->truth);
    packets_clear(&t->packets);
}

static bool same_endpoint(const struct endpoint *a, const struct endpoint *b) {
    return a->port == b->port && memcmp(a->address, b->address, sizeof a->address) == 0;
}

/* b shows that the bytes of a were sent: they are sent again, or others behind them, or acknowledged. */
static bool tells_of(const struct segment *b, const struct segment *a) {
    if (same_endpoint(&a->source, &b->source) && same_endpoint(&a->destination, &b->destination)) {
        return (int32_t)(b->seq + b->payload_len - (a->seq + a->payload_len)) >= 0;
    }
    return same_endpoint(&a->source, &b->destination) && same_endpoint(&a->destination, &b->source) && (b->flags & TCP_ACK) != 0 &&
           (int32_t)(b->ack - (a->seq + a->payload_len)) >= 0;
}

/* It closes, or what it says is the last word of its side, and it might as well never have been sent. */
static bool ends_unseen(const struct trial *t, size_t left_out) {
    const struct segment *segment = &t->segments[left_out];
    bool told = segment->payload_len == 0;
    for (size_t i = 0; i < t->packets.num && !told; i++) {
        told = t->is_tcp[i] && !t->left_out[i] && tells_of(&t->segments[i], segment);
    }
    return t->is_tcp[left_out] && (!told || (segment->flags & (TCP_FIN | TCP_RST)) != 0);
}

static void trial_run(struct trial *t, const char *path) {
    struct packets less = {0};
    char *where = NULL;
    size_t len;
    bool end_lost = false;
    FILE *out = open_memstream(&where, &len);
    fprintf(out, "%s without", path);
    for (size_t i = 0; i < t->packets.num; i++) {
        if (t->left_out[i]) {
            fprintf(out, " %zu", i + 1);
            end_lost |= ends_unseen(t, i);
        } else {
            packets_copy(&less, &t->packets.v[i]);
        }
    }
    fclose(out);
    check(where, &t->truth, &less, end_lost, &t->wrong);
    free(where);
    packets_clear(&less);
}

START_TEST(without_any_one_packet_no_wrong_fact_is_said) {
    struct trial t;
    trial_init(&t, captures.v[_i]);
    size_t step = getenv("TLSWATCH_ALL") != NULL ? 1 : t.packets.num / MOST_DROPS + 1;
    for (size_t i = 0; i < t.packets.num; i += step) {
        t.left_out[i] = true;
        trial_run(&t, captures.v[_i]);
        t.left_out[i] = false;
    }
    trial_clear(&t);
    ck_assert_msg(t.wrong == 0, "%s: %u facts are wrong", captures.v[_i], t.wrong);
}
END_TEST

/* A tenth of the packets, anywhere. */
START_TEST(without_many_packets_no_wrong_fact_is_said) {
    struct trial t;
    trial_init(&t, captures.v[_i]);
    for (uint32_t seed = 1; seed <= NUM_SEEDS; seed++) {
        uint32_t state = random_start(seed);
        for (size_t i = 0; i < t.packets.num; i++) {
            t.left_out[i] = random_below(&state, 10) == 0;
        }
        trial_run(&t, captures.v[_i]);
    }
    trial_clear(&t);
    ck_assert_msg(t.wrong == 0, "%s: %u facts are wrong", captures.v[_i], t.wrong);
}
END_TEST

int main(int argc, char **argv) {
    names_find_captures(&captures, argc > 1 ? argv[1] : getenv("PCAPS"));
    names_leave_sample(&captures);
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
