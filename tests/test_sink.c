/* Where blocks go, live: nothing waits for a reader or a disk, and what is lost is lost whole and counted. */
#include "report/report.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/limits.h"
#include "printed.h"

#define BLOCK 5000 /* longer than PIPE_BUF, so that a block can be cut */

static void put(struct report_sink *sink, unsigned number, size_t len) {
    uint8_t *block = malloc(len);
    memset(block, 'a' + (int)(number % 26), len);
    block[len - 1] = '\n';
    buffer_append(&sink->block, bytes_of(block, len), SIZE_MAX);
    report_sink_write(sink);
    free(block);
}

/* Everything that is in the pipe now; the length. */
static size_t read_all(int fd, char *out, size_t size) {
    struct pollfd ready = {fd, POLLIN, 0};
    size_t len = 0;
    for (ssize_t n; poll(&ready, 1, 0) > 0 && len < size && (n = read(fd, out + len, size - len)) > 0;) {
        len += (size_t)n;
    }
    return len;
}

/* Whole blocks, in the order of their numbers; how many. */
static unsigned count_blocks(const char *text, size_t len, size_t each) {
    size_t wrong = 0;
    for (size_t i = 0; i < len; i++) {
        wrong += text[i] != (i % each == each - 1 ? '\n' : 'a' + (int)(i / each % 26));
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_eq(len % each, 0);
    return (unsigned)(len / each);
}

START_TEST(a_pipe_that_nobody_reads_does_not_hold_up) {
    int ends[2];
    struct report_sink sink;
    unsigned num = 2 * LIMIT_WAITING / BLOCK;
    ck_assert_int_eq(pipe(ends), 0);
    report_sink_init_live(&sink, ends[1]);
    for (unsigned i = 0; i < num; i++) {
        put(&sink, i, BLOCK);
    }
    ck_assert_uint_gt(sink.lost, num / 3);
    ck_assert_int_eq(sink.lost_because, EAGAIN);
    ck_assert_int_eq(sink.error, 0);
    ck_assert_uint_le(sink.waiting.blocks.len, LIMIT_WAITING);
    ck_assert_int_eq(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0); /* it is not ours alone */

    uint64_t kept = num - sink.lost;
    char *text = malloc(num * BLOCK);
    size_t len = 0;
    while (sink.waiting.num > 0) {
        len += read_all(ends[0], text + len, num * BLOCK - len);
        report_sink_drain(&sink);
    }
    len += read_all(ends[0], text + len, num * BLOCK - len);
    ck_assert_uint_eq(count_blocks(text, len, BLOCK), kept);
    free(text);
    report_sink_clear(&sink);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

START_TEST(what_waits_at_the_end_is_lost_after_the_patience) {
    int ends[2];
    struct report_sink sink;
    ck_assert_int_eq(pipe(ends), 0);
    report_sink_init_live(&sink, ends[1]);
    for (unsigned i = 0; i < 40; i++) {
        put(&sink, i, BLOCK);
    }
    ck_assert_uint_gt(sink.waiting.num, 20);
    uint64_t waited = sink.waiting.num;
    report_sink_flush(&sink, 20);
    ck_assert_uint_eq(sink.lost, waited);
    report_sink_clear(&sink);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

START_TEST(a_reader_that_has_gone_is_an_error) {
    int ends[2];
    struct report_sink sink;
    signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(pipe(ends), 0);
    report_sink_init_live(&sink, ends[1]);
    close(ends[0]);
    put(&sink, 0, 10);
    ck_assert_int_eq(sink.error, EPIPE);
    put(&sink, 1, 10);
    ck_assert_uint_eq(sink.lost, 2);
    ck_assert_int_eq(sink.lost_because, EPIPE);
    report_sink_clear(&sink);
    close(ends[1]);
}
END_TEST

/* A limit of the file's size stands for a disk with so much room: writing beyond it fails, and what begins before it is cut. */
static void put_where_room_is(struct report_sink *sink, unsigned number, size_t room) {
    struct rlimit limit, before;
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = (struct rlimit){room, before.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    put(sink, number, BLOCK);
    setrlimit(RLIMIT_FSIZE, &before);
}

START_TEST(a_full_disk_costs_whole_blocks_and_takes_others_when_it_has_room) {
    struct report_sink sink = printed_sink();
    report_sink_init_live(&sink, sink.fd);
    for (unsigned i = 0; i < 5; i++) {
        put_where_room_is(&sink, i, BLOCK * 2 + BLOCK / 2);
    }
    ck_assert_uint_eq(sink.lost, 3);
    ck_assert_int_eq(sink.lost_because, EFBIG);
    put_where_room_is(&sink, 2, BLOCK * 10);
    char *text = printed(&sink);
    ck_assert_uint_eq(count_blocks(text, strlen(text), BLOCK), 3);
    free(text);
}
END_TEST

START_TEST(one_block_may_be_longer_than_all_that_may_wait) {
    struct report_sink sink = printed_sink();
    report_sink_init_live(&sink, sink.fd);
    put(&sink, 0, LIMIT_WAITING + 1);
    ck_assert_uint_eq(sink.lost, 0);
    char *text = printed(&sink);
    ck_assert_uint_eq(strlen(text), LIMIT_WAITING + 1);
    free(text);
}
END_TEST

/* Half of it on disk. */
START_TEST(what_is_held_back_comes_out_whole_and_in_order) {
    const unsigned num = 2 * LIMIT_HELD_IN_MEMORY / BLOCK;
    char *text = malloc((size_t)num * BLOCK + 1);
    FILE *file = tmpfile();
    struct report_sink sink;
    report_sink_init(&sink, fileno(file));
    report_sink_hold(&sink, (size_t)num * BLOCK, (size_t)num * BLOCK);
    for (unsigned i = 0; i < num; i++) {
        put(&sink, i, BLOCK);
    }
    ck_assert(!sink.full);
    ck_assert_uint_gt(sink.num_spilled, 0);
    ck_assert_int_eq(lseek(fileno(file), 0, SEEK_END), 0);
    put(&sink, num, BLOCK); /* is too much */
    ck_assert(sink.full);
    ck_assert(report_sink_release(&sink));
    ck_assert_int_eq(lseek(fileno(file), 0, SEEK_SET), 0);
    ck_assert_uint_eq(count_blocks(text, fread(text, 1, (size_t)num * BLOCK + 1, file), BLOCK), num);
    report_sink_clear(&sink);
    fclose(file);
    free(text);
}
END_TEST

START_TEST(no_more_is_held_back_than_a_part_of_the_disk) {
    struct report_sink sink;
    report_sink_init(&sink, -1);
    report_sink_hold(&sink, 1000, SIZE_MAX);
    struct statvfs disk;
    ck_assert_int_eq(fstatvfs(fileno(sink.spilled), &disk), 0);
    ck_assert_uint_ge(sink.hold, 1000);
    ck_assert_uint_lt(sink.hold, (uint64_t)disk.f_blocks * disk.f_frsize / 15 + 1001);
    report_sink_forget(&sink);
    report_sink_hold(&sink, 1000, 2000);
    ck_assert_uint_ge(sink.hold, 1000);
    ck_assert_uint_le(sink.hold, 2000);
    report_sink_clear(&sink);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sink");
    TCase *tcase = tcase_create("live");
    tcase_add_test(tcase, a_pipe_that_nobody_reads_does_not_hold_up);
    tcase_add_test(tcase, what_waits_at_the_end_is_lost_after_the_patience);
    tcase_add_test(tcase, a_reader_that_has_gone_is_an_error);
    tcase_add_test(tcase, a_full_disk_costs_whole_blocks_and_takes_others_when_it_has_room);
    tcase_add_test(tcase, one_block_may_be_longer_than_all_that_may_wait);
    tcase_add_test(tcase, what_is_held_back_comes_out_whole_and_in_order);
    tcase_add_test(tcase, no_more_is_held_back_than_a_part_of_the_disk);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
