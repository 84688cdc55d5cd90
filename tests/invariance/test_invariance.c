/*
 * However a conversation was captured, the record is the same but for its capture facts: every capture, in every
 * rewriting of rewrite.h.
 *
 *     test_invariance             the captures of $PCAPS
 *     test_invariance FOLDER      $TLSWATCH_ALL=1: all captures below the folder; else some of them
 *
 * What differs is told on stderr, and kept in the folder $TLSWATCH_KEEP.
 */
#include <stdio.h>

#include "files.h"
#include "rewrite.h"
#include "tap.h"

enum {
    MOST_FRAMES = 3000, /* of one capture: those that follow are bulk */
    NUM_SEEDS = 4,
    SAMPLE = 25, /* one of so many, of a large collection */
};

static struct names captures;

/* For a person who looks into it: the packets as they were and as they are rewritten. */
static void keep(const struct packets *packets, const struct packets *rewritten) {
    static unsigned num;
    const char *folder = getenv("TLSWATCH_KEEP");
    char path[4200];
    if (folder != NULL) {
        snprintf(path, sizeof path, "%s/%u-as-it-was.pcapng", folder, ++num);
        file_write(path, FILE_PCAPNG, packets);
        snprintf(path, sizeof path, "%s/%u-rewritten.pcapng", folder, num);
        file_write(path, FILE_PCAPNG, rewritten);
        fprintf(stderr, "kept as %u: ", num);
    }
}

static void check_seed(const char *path, const struct packets *packets, const struct rewriting *rewriting, uint32_t seed, unsigned ignore,
                       const struct outcomes *wanted, unsigned *bad, char **report) {
    struct packets rewritten;
    struct outcomes have;
    if (!rewrite(rewriting, packets, &rewritten, seed)) {
        return;
    }
    outcomes_of(&have, &rewritten, ignore);
    char *difference = outcomes_differ(wanted, &have);
    if (difference != NULL) {
        keep(packets, &rewritten);
        fprintf(stderr, "%s, %s, seed %u: %s\n", path, rewriting->name, seed, difference);
        (*bad)++;
        if (*report == NULL) {
            *report = difference;
            difference = NULL;
        }
    }
    free(difference);
    outcomes_clear(&have);
    packets_clear(&rewritten);
}

static bool is_order(const struct rewriting *rewriting) {
    return rewriting >= order_rewritings && rewriting < order_rewritings + num_order_rewritings;
}

static bool is_chosen(size_t i, size_t rewriting) {
    return captures.num < 100 || getenv("TLSWATCH_ALL") != NULL || (i + rewriting) % SAMPLE == 0;
}

static void check_packets(const char *path, const struct packets *packets, const struct rewriting *rewriting, unsigned *bad,
                          char **report) {
    struct outcomes wanted;
    bool order = is_order(rewriting);
    unsigned ignore = rewriting->ignore | (order && closings_cross(packets) ? IGNORE_CLOSING : 0);
    outcomes_of(&wanted, packets, ignore);
    for (uint32_t seed = 1; seed <= (order ? NUM_SEEDS : 1); seed++) {
        check_seed(path, packets, rewriting, seed, ignore, &wanted, bad, report);
    }
    outcomes_clear(&wanted);
}

/* What comes from elsewhere in a capture has its part in a verdict: a certificate that was seen before. So where the order
 * changes, each connection stands for itself. */
static void check_capture(const char *path, const struct rewriting *rewriting, unsigned *bad, char **report) {
    struct packets packets = {0}, *sets = NULL;
    if (!packets_read(&packets, path, MOST_FRAMES)) {
        return;
    }
    if (!is_order(rewriting)) {
        check_packets(path, &packets, rewriting, bad, report);
    } else {
        size_t num = split_connections(&packets, &sets);
        for (size_t i = 0; i < num; i++) {
            if (!begins_twice(&sets[i])) {
                check_packets(path, &sets[i], rewriting, bad, report);
            }
            packets_clear(&sets[i]);
        }
        free(sets);
    }
    packets_clear(&packets);
}

START_TEST(records_are_the_same) {
    const struct rewriting *rewriting = rewriting_at((size_t)_i);
    unsigned bad = 0;
    char *report = NULL;
    for (size_t i = 0; i < captures.num; i++) {
        if (is_chosen(i, (size_t)_i)) {
            check_capture(captures.v[i], rewriting, &bad, &report);
        }
    }
    ck_assert_msg(bad == 0, "%s: %u differ; the first: %s", rewriting->name, bad, report);
    free(report);
}
END_TEST

int main(int argc, char **argv) {
    names_find_captures(&captures, argc > 1 ? argv[1] : getenv("PCAPS"));
    if (captures.num == 0) {
        printf("1..0 # SKIP there are no captures in %s\n", argc > 1 ? argv[1] : "$PCAPS");
        return EXIT_SUCCESS;
    }
    int num = 0;
    while (rewriting_at((size_t)num) != NULL) {
        num++;
    }
    Suite *suite = suite_create("invariance");
    TCase *tcase = tcase_create("rewritings");
    tcase_set_timeout(tcase, 3000);
    tcase_add_loop_test(tcase, records_are_the_same, 0, num);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
