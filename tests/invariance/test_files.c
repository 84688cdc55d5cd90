/*
 * The same packets in files of every kind, from standard input, and split in two at any packet: the same records.
 *
 *     test_files             the captures of $PCAPS
 *     test_files FOLDER      $TLSWATCH_ALL=1: all captures below the folder; else some of them
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"
#include "rewrite.h"
#include "tap.h"

enum { MOST_SPLITS = 250 }; /* of one capture */

static struct names captures;
static char folder[] = "/tmp/tlswatch-files-XXXXXX";

static const char *file(const char *name) {
    static char paths[4][64];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void expect(const struct outcomes *wanted, const struct packets *packets, const char *capture, const char *how) {
    struct outcomes have;
    outcomes_of(&have, packets, 0);
    char *difference = outcomes_differ(wanted, &have);
    ck_assert_msg(difference == NULL, "%s, %s: %s", capture, how, difference);
    outcomes_clear(&have);
}

START_TEST(every_kind_of_file_gives_the_same_records) {
    enum file_kind kind = (enum file_kind)_i;
    for (size_t i = 0; i < captures.num; i++) {
        struct packets packets = {0}, again = {0};
        struct outcomes wanted;
        ck_assert(packets_read(&packets, captures.v[i], 0));
        outcomes_of(&wanted, &packets, 0);
        if (!file_write(file("capture"), kind, &packets)) {
            fprintf(stderr, "skipped: this build has no %s\n", file_kind_name(kind));
        } else {
            ck_assert(packets_read(&again, file("capture"), 0));
            ck_assert_uint_eq(again.num, packets.num);
            expect(&wanted, &again, captures.v[i], file_kind_name(kind));
        }
        outcomes_clear(&wanted);
        packets_clear(&packets);
        packets_clear(&again);
    }
}
END_TEST

/* Each packet goes to another interface than the one before it. */
static bool deal_out(const struct packets *in, struct packets *out) {
    struct packets links[3] = {{0}, {0}, {0}};
    bool good = rewrite_to_ethernet(in, &links[0]) && rewrite_to_raw(in, &links[1]) && rewrite_to_sll2(in, &links[2]);
    for (size_t i = 0; good && i < links[0].num; i++) {
        packets_copy(out, &links[i % 3].v[i]);
    }
    for (int i = 0; i < 3; i++) {
        packets_clear(&links[i]);
    }
    return good;
}

START_TEST(three_interfaces_of_different_link_types_give_the_same_records) {
    for (size_t i = 0; i < captures.num; i++) {
        struct packets packets = {0}, dealt = {0}, again = {0};
        struct outcomes wanted;
        ck_assert(packets_read(&packets, captures.v[i], 0));
        outcomes_of(&wanted, &packets, 0);
        if (deal_out(&packets, &dealt)) { /* TCP in tunnels stays in them */
            ck_assert(file_write(file("capture"), _i == 0 ? FILE_PCAPNG : FILE_PCAPNG_BIG_ENDIAN, &dealt));
            ck_assert(packets_read(&again, file("capture"), 0));
            expect(&wanted, &again, captures.v[i], "with three interfaces");
        }
        outcomes_clear(&wanted);
        packets_clear(&packets);
        packets_clear(&dealt);
        packets_clear(&again);
    }
}
END_TEST

/* Standard input as a pipe, into which somebody writes by and by. */
static void read_from_pipe(struct packets *out, const char *path) {
    int ends[2], keep = dup(STDIN_FILENO);
    ck_assert_int_eq(pipe(ends), 0);
    pid_t writer = fork();
    if (writer == 0) {
        char piece[97];
        ssize_t len;
        int in = open(path, O_RDONLY);
        close(ends[0]);
        while ((len = read(in, piece, sizeof piece)) > 0 && write(ends[1], piece, (size_t)len) == len) {
        }
        _exit(0);
    }
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    ck_assert(packets_read(out, "-", 0));
    dup2(keep, STDIN_FILENO);
    close(keep);
    ck_assert_int_eq(waitpid(writer, NULL, 0), writer);
}

START_TEST(standard_input_gives_the_same_records) {
    for (size_t i = 0; i < captures.num; i++) {
        struct packets packets = {0}, again = {0};
        struct outcomes wanted;
        ck_assert(packets_read(&packets, captures.v[i], 0));
        outcomes_of(&wanted, &packets, 0);
        read_from_pipe(&again, captures.v[i]);
        expect(&wanted, &again, captures.v[i], "from standard input");
        outcomes_clear(&wanted);
        packets_clear(&packets);
        packets_clear(&again);
    }
}
END_TEST

static void part(const struct packets *packets, size_t from, size_t to, const char *path) {
    struct packets some = {0};
    for (size_t i = from; i < to; i++) {
        packets_copy(&some, &packets->v[i]);
    }
    ck_assert(file_write(path, FILE_PCAPNG, &some));
    packets_clear(&some);
}

START_TEST(two_files_split_at_any_packet_give_the_same_records) {
    struct packets packets = {0};
    struct outcomes wanted;
    const char *one = file("one"), *two = file("two");
    ck_assert(packets_read(&packets, captures.v[_i], 0));
    outcomes_of(&wanted, &packets, 0);
    size_t step = packets.num / MOST_SPLITS + 1;
    for (size_t at = 0; at <= packets.num; at += step) {
        struct packets again = {0};
        char how[64];
        part(&packets, 0, at, one);
        part(&packets, at, packets.num, two);
        /* Whichever is named first. */
        ck_assert(packets_read_series(&again, at / step % 2 == 0 ? (const char *[]){one, two} : (const char *[]){two, one}, 2));
        snprintf(how, sizeof how, "split at packet %zu", at);
        ck_assert_uint_eq(again.num, packets.num);
        expect(&wanted, &again, captures.v[_i], how);
        packets_clear(&again);
    }
    outcomes_clear(&wanted);
    packets_clear(&packets);
}
END_TEST

static void remove_files(void) {
    unlink(file("capture"));
    unlink(file("one"));
    unlink(file("two"));
    rmdir(folder);
}

int main(int argc, char **argv) {
    names_find_captures(&captures, argc > 1 ? argv[1] : getenv("PCAPS"));
    names_leave_sample(&captures);
    if (captures.num == 0 || mkdtemp(folder) == NULL) {
        printf("1..0 # SKIP there are no captures, or no place for files\n");
        return EXIT_SUCCESS;
    }
    Suite *suite = suite_create("files");
    TCase *tcase = tcase_create("files");
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, every_kind_of_file_gives_the_same_records, 0, NUM_FILE_KINDS);
    tcase_add_loop_test(tcase, three_interfaces_of_different_link_types_give_the_same_records, 0, 2);
    tcase_add_test(tcase, standard_input_gives_the_same_records);
    tcase_add_loop_test(tcase, two_files_split_at_any_packet_give_the_same_records, 0, (int)captures.num);
    suite_add_tcase(suite, tcase);
    int result = tap_run(suite);
    remove_files();
    return result;
}
