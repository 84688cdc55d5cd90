/* pcap files: every dialect, what is cut, what is damaged, what is no capture; pipes and compression. */
#include "capture_files.h"
#include "tap.h"

#include <ftw.h>
#include <pthread.h>

#define FRACTION 123456

static struct given given;

/* Magic numbers: https://www.tcpdump.org/manpages/pcap-savefile.5.html, and libpcap's for Kuznetzov's format. */
static const struct {
    const char *name;
    uint32_t magic;
    bool big;
    int64_t tick_ns;
    unsigned extra; /* bytes between the lengths and the packet */
} dialects[] = {
        {"little-endian, microseconds", 0xa1b2c3d4, false, 1000, 0}, {"big-endian, microseconds", 0xa1b2c3d4, true, 1000, 0},
        {"little-endian, nanoseconds", 0xa1b23c4d, false, 1, 0},     {"big-endian, nanoseconds", 0xa1b23c4d, true, 1, 0},
        {"little-endian, modified", 0xa1b2cd34, false, 1000, 8},     {"big-endian, modified", 0xa1b2cd34, true, 1000, 8},
};

START_TEST(a_dialect_is_read) {
    struct made m = {.big = dialects[_i].big};
    put_pcap_header(&m, dialects[_i].magic, 4, 1);
    for (uint32_t i = 0; i < 100; i++) {
        put_u32(&m, 1700000000 + i);
        put_u32(&m, FRACTION);
        put_u32(&m, 60 + i);
        put_u32(&m, 1500);
        put(&m, "\0\0\0\0\0\0\0\0", dialects[_i].extra);
        put_data(&m, i, 60 + i);
    }
    given_read_made(&given, &m, m.file.len);
    ck_assert_msg(given.result == CAPTURE_END && given.num_frames == 100, "%s: %zu frames %s", dialects[_i].name, given.num_frames,
                  given.error);
    ck_assert_str_eq(given.warning, "");
    for (uint32_t i = 0; i < 100; i++) {
        const struct tlswatch_frame *frame = &given.frames[i];
        ck_assert_uint_eq(frame->number, i + 1);
        ck_assert_int_eq(frame->time_ns, (1700000000LL + i) * NS + FRACTION * dialects[_i].tick_ns);
        ck_assert_uint_eq(frame->len, 60 + i);
        ck_assert_uint_eq(frame->original_len, 1500);
        ck_assert_uint_eq(frame->link_type, 1);
        ck_assert_uint_eq(given.sums[i], sum_of_data(i, 60 + i));
    }
    buffer_clear(&m.file);
}
END_TEST

START_TEST(lengths_of_old_versions_are_the_other_way_round) {
    static const struct {
        uint16_t minor;
        uint32_t first, second;
    } rows[] = {{2, 1500, 60}, {3, 1500, 60}, {3, 60, 1500}, {4, 60, 1500}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct made m = {0};
        put_pcap_header(&m, 0xa1b2c3d4, rows[i].minor, 1);
        put_u32(&m, 1);
        put_u32(&m, 2);
        put_u32(&m, rows[i].first);
        put_u32(&m, rows[i].second);
        put_data(&m, 5, 60);
        given_read_made(&given, &m, m.file.len);
        ck_assert_uint_eq(given.num_frames, 1);
        ck_assert_uint_eq(given.frames[0].len, 60);
        ck_assert_uint_eq(given.frames[0].original_len, 1500);
        buffer_clear(&m.file);
    }
}
END_TEST

START_TEST(the_length_of_the_check_sequence_is_no_part_of_the_link_type) {
    struct made m = {0};
    put_pcap_header(&m, 0xa1b2c3d4, 4, 0x44000000 | 276);
    put_pcap_packet(&m, 1, 0, 1, 60);
    given_read_made(&given, &m, m.file.len);
    ck_assert_uint_eq(given.frames[0].link_type, 276);
    buffer_clear(&m.file);
}
END_TEST

START_TEST(packets_that_straddle_blocks_are_whole) {
    struct made m = {0};
    put_pcap_header(&m, 0xa1b2c3d4, 4, 1);
    for (uint32_t i = 0; i < 60; i++) {
        put_pcap_packet(&m, i, 0, i, i % 7 == 0 ? 262144 : 997 * i);
    }
    given_read_made(&given, &m, m.file.len);
    ck_assert_uint_eq(given.num_frames, 60);
    for (uint32_t i = 0; i < 60; i++) {
        ck_assert_uint_eq(given.sums[i], sum_of_data(i, i % 7 == 0 ? 262144 : 997 * i));
    }
    buffer_clear(&m.file);
}
END_TEST

START_TEST(every_prefix_gives_its_whole_packets_and_a_warning) {
    struct made m = {0};
    size_t ends[6] = {24};
    put_pcap_header(&m, 0xa1b2c3d4, 4, 1);
    for (uint32_t i = 1; i < 6; i++) {
        put_pcap_packet(&m, i, 0, i, 20 * i);
        ends[i] = m.file.len;
    }
    for (size_t len = 0; len <= m.file.len; len++) {
        given_read_made(&given, &m, len);
        size_t whole = 0;
        while (whole < 5 && len >= ends[whole + 1]) {
            whole++;
        }
        ck_assert_int_eq(given.result, len < 24 ? CAPTURE_ERROR : CAPTURE_END);
        ck_assert_uint_eq(given.num_frames, whole);
        ck_assert_uint_eq(given.num_warnings, len >= 24 && len != ends[whole]);
        char expected[64];
        snprintf(expected, sizeof expected, "ends in the middle of packet %zu:", whole + 1);
        ck_assert(given.num_warnings == 0 || strstr(given.warning, expected) != NULL);
    }
    buffer_clear(&m.file);
}
END_TEST

START_TEST(an_absurd_length_ends_the_file_and_says_where) {
    struct made m = {0};
    put_pcap_header(&m, 0xa1b2c3d4, 4, 1);
    put_pcap_packet(&m, 1, 0, 1, 60);
    put_u32(&m, 1);
    put_u32(&m, 1);
    put_u32(&m, 0xfffffff0);
    put_u32(&m, 60);
    put_data(&m, 1, 60);
    given_read_made(&given, &m, m.file.len);
    ck_assert_int_eq(given.result, CAPTURE_END);
    ck_assert_uint_eq(given.num_frames, 1);
    ck_assert_ptr_nonnull(strstr(given.warning, "damaged at byte 100: a packet's length is absurd: analysed up to there, 1 packet"));
    buffer_clear(&m.file);
}
END_TEST

static const struct {
    const char *content;
    size_t len;
    const char *said;
} strangers[] = {
        {"", 0, "it is empty"},
        {"hello\n", 6, "it is text"},
        {"snoop\0\0\0\0\0\0\2\0\0\0\4", 16, "Sun snoop"},
        {"iptrace 2.0\0\0\0\0", 15, "AIX iptrace"},
        {"\xaa\xaa\xaa\xaa\0\0\0\2", 8, "if Wireshark opens it"}, /* InfoVista 5View */
        {"\x7f"
         "ELF\2\1\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
         25, "it is a program"},
        {"PK\3\4\24\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 25, "zip"},
        {"\xd4\xc3\xb2\xa1\2\0\4\0", 8, "ends inside the header"},
        {"\xd4\xc3\xb2\xa1\3\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0", 24, "--libpcap"},
        {"\x0a\x0d\x0d\x0a\x1c\0\0\0abcdefghijklmnopqrst", 28, "section header is damaged"},
        {"\0\1\2\3\4\5\6\7\0\1\2\3\4\5\6\7\0\1\2\3\4\5\6\7", 24, "no capture file that tlswatch knows"},
};

START_TEST(what_is_no_capture_is_refused_by_name) {
    struct made m = {0};
    put(&m, strangers[_i].content, strangers[_i].len);
    given_read_made(&given, &m, m.file.len);
    ck_assert_int_eq(given.result, CAPTURE_ERROR);
    ck_assert_msg(strstr(given.error, strangers[_i].said) != NULL, "%s: %s", strangers[_i].said, given.error);
    ck_assert_ptr_nonnull(strstr(given.error, made_folder()));
    ck_assert_ptr_null(strchr(given.error, '\n'));
    buffer_clear(&m.file);
}
END_TEST

START_TEST(a_missing_file_is_said_and_its_name_escaped) {
    given_read_file(&given, "/no/such\n\x1b[31mfile");
    ck_assert_int_eq(given.result, CAPTURE_ERROR);
    ck_assert_str_eq(given.error, "/no/such\\0A\\1B[31mfile: no such file");
}
END_TEST

/* Writes a capture of 300 packets and the same packed by a command; false, aloud, where there is no such command. */
static bool pack(const char *command, struct made *m) {
    char line[512];
    put_pcap_header(m, 0xa1b2c3d4, 4, 1);
    for (uint32_t i = 0; i < 300; i++) {
        put_pcap_packet(m, i, 0, i, 1000 + i);
    }
    const char *plain = made_write(m, m->file.len, "plain");
    snprintf(line, sizeof line, "cd %s && %s < %s > packed 2>/dev/null", made_folder(), command, plain);
    if (system(line) == 0) {
        return true;
    }
    fprintf(stderr, "SKIPPED: %s does not work here\n", command);
    return false;
}

static const char *const packers[] = {
        "gzip -c",
        "zstd -qc",
        /* members that follow each other, cut anywhere */
        "sh -c 'cat > x; head -c 100000 x | gzip -c; tail -c +100001 x | gzip -c'",
        "sh -c 'cat > x; head -c 100000 x | zstd -qc; tail -c +100001 x | zstd -qc'",
};

START_TEST(a_compressed_capture_is_read_like_a_plain_one) {
    struct made m = {0};
    char path[256];
    if (pack(packers[_i], &m)) {
        snprintf(path, sizeof path, "%s/packed", made_folder());
        given_read_file(&given, path);
        ck_assert_str_eq(given.error, "");
        ck_assert_uint_eq(given.num_frames, 300);
        ck_assert_str_eq(given.warning, "");
        for (uint32_t i = 0; i < 300; i++) {
            ck_assert_uint_eq(given.sums[i], sum_of_data(i, 1000 + i));
        }
    }
    buffer_clear(&m.file);
}
END_TEST

START_TEST(a_compressed_capture_that_ends_early_is_read_to_its_end) {
    struct made m = {0};
    if (pack("sh -c 'cat > x; gzip -c x | head -c 2000'", &m)) {
        char path[256];
        snprintf(path, sizeof path, "%s/packed", made_folder());
        given_read_file(&given, path);
        ck_assert_int_eq(given.result, CAPTURE_END);
        ck_assert_uint_gt(given.num_frames, 0);
        ck_assert_uint_lt(given.num_frames, 300);
        ck_assert_ptr_nonnull(strstr(given.warning, "its compressed data end early"));
    }
    buffer_clear(&m.file);
}
END_TEST

START_TEST(a_pipe_gives_each_packet_as_soon_as_it_is_whole) {
    struct made m = {0};
    char path[64], error[CAPTURE_ERROR_SIZE];
    const char *paths[] = {path};
    struct capture_files files = {.paths = paths, .num_paths = 1};
    struct tlswatch_frame frame;
    int fds[2];
    put_pcap_header(&m, 0xa1b2c3d4, 4, 1);
    put_pcap_packet(&m, 1, 0, 1, 60);
    put_pcap_packet(&m, 2, 0, 2, 60);
    ck_assert_int_eq(pipe(fds), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", fds[0]);
    struct capture *c = capture_open_files(&files, error);
    ck_assert_msg(c != NULL, "%s", error);
    ck_assert_int_eq(capture_next(c, &frame, 0), CAPTURE_IDLE);
    for (size_t i = 0; i < m.file.len; i++) {
        ck_assert_int_eq(write(fds[1], m.file.p + i, 1), 1);
        bool whole = i + 1 == 24 + 76 || i + 1 == m.file.len;
        enum capture_result result;
        for (int asked = 0; (result = capture_next(c, &frame, 0)) == CAPTURE_IDLE && asked < 3; asked++) {
        }
        ck_assert_int_eq(result, whole ? CAPTURE_FRAME : CAPTURE_IDLE);
    }
    close(fds[1]);
    ck_assert_int_eq(capture_next(c, &frame, 0), CAPTURE_END);
    ck_assert_ptr_null(capture_warning(c));
    capture_free(c);
    close(fds[0]);
    buffer_clear(&m.file);
}
END_TEST

static void *interrupt_soon(void *c) {
    usleep(50000);
    capture_interrupt(c);
    return NULL;
}

START_TEST(an_interrupt_ends_a_wait_without_end) {
    char path[64], error[CAPTURE_ERROR_SIZE];
    const char *paths[] = {path};
    struct capture_files files = {.paths = paths, .num_paths = 1};
    struct tlswatch_frame frame;
    pthread_t thread;
    int fds[2];
    ck_assert_int_eq(pipe(fds), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", fds[0]);
    struct capture *c = capture_open_files(&files, error);
    ck_assert_int_eq(pthread_create(&thread, NULL, interrupt_soon, c), 0);
    ck_assert_int_eq(capture_next(c, &frame, -1), CAPTURE_END);
    ck_assert_int_eq(capture_next(c, &frame, -1), CAPTURE_END);
    pthread_join(thread, NULL);
    capture_free(c);
    close(fds[0]);
    close(fds[1]);
}
END_TEST

static size_t num_compared;

/* libpcap takes seconds behind 2038 for negative ones, and reads one link type of a pcapng file only. */
static int compare_with_libpcap(const char *path, const struct stat *status, int kind, struct FTW *where) {
    (void)where;
    const char *suffix = strrchr(path, '.');
    if (kind != FTW_F || suffix == NULL || strcmp(suffix, ".pcap") != 0 || status->st_size > 4000000) {
        return 0;
    }
    char error[CAPTURE_ERROR_SIZE];
    struct capture_files files = {.paths = &path, .num_paths = 1};
    struct capture *ours = capture_open_files(&files, error);
    files.libpcap = true;
    struct capture *theirs = capture_open_files(&files, error);
    ck_assert_msg(ours != NULL && theirs != NULL, "%s: %s", path, error);
    struct tlswatch_frame a, b;
    while (capture_next(theirs, &b, 0) == CAPTURE_FRAME) {
        ck_assert_msg(capture_next(ours, &a, 0) == CAPTURE_FRAME, "%s: packet %d is missing", path, (int)b.number);
        ck_assert_msg(a.number == b.number && a.len == b.len && a.original_len == b.original_len && a.link_type == b.link_type &&
                              memcmp(a.data, b.data, a.len) == 0 && (a.time_ns == b.time_ns || b.time_ns < 0),
                      "%s: packet %d differs", path, (int)b.number);
    }
    ck_assert_msg(capture_next(ours, &a, 0) == CAPTURE_END, "%s: packet %d is too much", path, (int)a.number);
    capture_free(ours);
    capture_free(theirs);
    num_compared++;
    return 0;
}

START_TEST(frames_are_those_of_libpcap) {
    char folder[512];
    const char *pcaps = getenv("PCAPS");
    ck_assert_ptr_nonnull(pcaps);
    ck_assert_int_eq(nftw(pcaps, compare_with_libpcap, 16, FTW_PHYS), 0);
    snprintf(folder, sizeof folder, "%s/../../shared/captures", pcaps);
    if (access(folder, R_OK) != 0) {
        fprintf(stderr, "SKIPPED: no ../shared/captures to compare with libpcap's reading\n");
    } else {
        ck_assert_int_eq(nftw(folder, compare_with_libpcap, 16, FTW_PHYS), 0);
        ck_assert_uint_gt(num_compared, 1000);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("pcap");
    TCase *tests = tcase_create("pcap");
    made_folder();
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, a_dialect_is_read, 0, sizeof dialects / sizeof dialects[0]);
    tcase_add_test(tests, lengths_of_old_versions_are_the_other_way_round);
    tcase_add_test(tests, the_length_of_the_check_sequence_is_no_part_of_the_link_type);
    tcase_add_test(tests, packets_that_straddle_blocks_are_whole);
    tcase_add_test(tests, every_prefix_gives_its_whole_packets_and_a_warning);
    tcase_add_test(tests, an_absurd_length_ends_the_file_and_says_where);
    tcase_add_loop_test(tests, what_is_no_capture_is_refused_by_name, 0, sizeof strangers / sizeof strangers[0]);
    tcase_add_test(tests, a_missing_file_is_said_and_its_name_escaped);
    tcase_add_loop_test(tests, a_compressed_capture_is_read_like_a_plain_one, 0, sizeof packers / sizeof packers[0]);
    tcase_add_test(tests, a_compressed_capture_that_ends_early_is_read_to_its_end);
    tcase_add_test(tests, a_pipe_gives_each_packet_as_soon_as_it_is_whole);
    tcase_add_test(tests, an_interrupt_ends_a_wait_without_end);
    tcase_add_test(tests, frames_are_those_of_libpcap);
    suite_add_tcase(suite, tests);
    int status = tap_run(suite);
    made_folder_remove();
    return status;
}
