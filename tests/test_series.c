/* Several files as one capture: rotations, overlaps, folders, and many of them. */
#include "capture_files.h"
#include "tap.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>

static struct given given;

/* Writes packets at the given seconds; the seed of each is its second. */
static const char *write_seconds(const char *name, const uint32_t *seconds, size_t num_seconds) {
    struct made m = {0};
    put_pcap_header(&m, 0xa1b2c3d4, 4, 1);
    for (size_t i = 0; i < num_seconds; i++) {
        put_pcap_packet(&m, seconds[i], 0, seconds[i], 60);
    }
    const char *path = made_write(&m, m.file.len, name);
    buffer_clear(&m.file);
    return path;
}

#define SECONDS(...) (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)

static void expect(const char *const *paths, size_t num_paths, const uint32_t *seconds, const uint64_t *numbers, size_t num_seconds) {
    struct capture_files files = {.paths = paths, .num_paths = num_paths};
    given_read(&given, &files);
    ck_assert_str_eq(given.error, "");
    ck_assert_uint_eq(given.num_frames, num_seconds);
    for (size_t i = 0; i < num_seconds; i++) {
        ck_assert_int_eq(given.frames[i].time_ns, seconds[i] * NS);
        ck_assert_uint_eq(given.frames[i].number, numbers[i]);
        ck_assert_uint_eq(given.sums[i], sum_of_data(seconds[i], 60));
    }
}

START_TEST(a_rotation_is_read_in_the_order_of_time_whatever_the_order_of_names) {
    const char *c = write_seconds("c", SECONDS(1, 2, 3));
    const char *a = write_seconds("a", SECONDS(4, 5));
    const char *b = write_seconds("b", SECONDS(6, 7));
    const uint64_t numbers[] = {1, 2, 3, 1, 2, 1, 2};
    expect((const char *[]){a, b, c}, 3, (const uint32_t[]){1, 2, 3, 4, 5, 6, 7}, numbers, 7);
}
END_TEST

START_TEST(files_that_overlap_are_merged) {
    const char *a = write_seconds("a", SECONDS(1, 4, 5, 9));
    const char *b = write_seconds("b", SECONDS(2, 3, 6));
    const char *c = write_seconds("c", SECONDS(5, 7, 8));
    const uint64_t numbers[] = {1, 1, 2, 2, 3, 1, 3, 2, 3, 4};
    expect((const char *[]){a, b, c}, 3, (const uint32_t[]){1, 2, 3, 4, 5, 5, 6, 7, 8, 9}, numbers, 10);
}
END_TEST

START_TEST(time_that_goes_back_inside_a_file_keeps_the_order_of_the_file) {
    const char *a = write_seconds("a", SECONDS(1, 5, 2, 6));
    const char *b = write_seconds("b", SECONDS(3, 7));
    const uint64_t numbers[] = {1, 1, 2, 3, 4, 2};
    expect((const char *[]){a, b}, 2, (const uint32_t[]){1, 3, 5, 2, 6, 7}, numbers, 6);
}
END_TEST

START_TEST(the_frame_says_its_file) {
    const char *paths[] = {write_seconds("a", SECONDS(1, 3)), write_seconds("b", SECONDS(2))};
    struct capture_files files = {.paths = paths, .num_paths = 2};
    char error[CAPTURE_ERROR_SIZE];
    struct tlswatch_frame frame;
    struct capture *c = capture_open_files(&files, error);
    ck_assert_msg(c != NULL, "%s", error);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(capture_next(c, &frame, 0), CAPTURE_FRAME);
        ck_assert_str_eq(frame.file, paths[i % 2]);
    }
    ck_assert_int_eq(capture_next(c, &frame, 0), CAPTURE_END);
    capture_free(c);
}
END_TEST

START_TEST(a_file_without_packets_and_one_that_is_cut_do_not_stop_the_others) {
    struct made m = {0};
    put_pcap_header(&m, 0xa1b2c3d4, 4, 1);
    const char *empty = made_write(&m, m.file.len, "empty");
    put_pcap_packet(&m, 2, 0, 2, 60);
    put_pcap_packet(&m, 3, 0, 3, 60);
    const char *cut = made_write(&m, m.file.len - 1, "cut");
    const char *whole = write_seconds("whole", SECONDS(1, 4));
    const uint64_t numbers[] = {1, 1, 2};
    expect((const char *[]){cut, empty, whole}, 3, (const uint32_t[]){1, 2, 4}, numbers, 3);
    ck_assert_uint_eq(given.num_warnings, 1);
    ck_assert_ptr_nonnull(strstr(given.warning, "cut: the capture ends in the middle of packet 2"));
    buffer_clear(&m.file);
}
END_TEST

static const char *make_folder(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", made_folder(), name);
    ck_assert(mkdir(path, 0755) == 0);
    return path;
}

START_TEST(in_a_folder_what_is_no_capture_is_passed_over) {
    struct made text = {0};
    const char *folder = make_folder("folder");
    put(&text, "notes\n", 6);
    made_write(&text, text.file.len, "folder/notes.txt");
    write_seconds("folder/2.pcap", SECONDS(2));
    write_seconds("folder/1.pcap", SECONDS(1));
    write_seconds("folder/.hidden", SECONDS(9));
    expect((const char *[]){folder}, 1, (const uint32_t[]){1, 2}, (const uint64_t[]){1, 1}, 2);
    buffer_clear(&text.file);
}
END_TEST

START_TEST(a_folder_without_captures_is_said) {
    const char *folder = make_folder("nothing");
    given_read_file(&given, folder);
    ck_assert_int_eq(given.result, CAPTURE_ERROR);
    ck_assert_ptr_nonnull(strstr(given.error, "nothing: no captures in this folder"));
}
END_TEST

START_TEST(one_file_of_two_that_is_missing_is_refused_before_anything) {
    const char *paths[] = {write_seconds("a", SECONDS(1)), "/no/such/file"};
    struct capture_files files = {.paths = paths, .num_paths = 2};
    given_read(&given, &files);
    ck_assert_int_eq(given.result, CAPTURE_ERROR);
    ck_assert_uint_eq(given.num_frames, 0);
    ck_assert_str_eq(given.error, "/no/such/file: no such file");
}
END_TEST

/* Stands for the process that may open files and compile filters. */
struct elsewhere {
    const struct capture_listing *listing;
    unsigned opened, compiled;
    bool refuses;
};

static int open_elsewhere(void *user, size_t index) {
    struct elsewhere *e = user;
    e->opened++;
    errno = EACCES;
    return e->refuses ? -1 : capture_open_file(capture_listing_path(e->listing, index));
}

static bool compile_elsewhere(void *user, uint32_t link_type, struct buffer *program, char problem[CAPTURE_ERROR_SIZE]) {
    struct elsewhere *e = user;
    e->compiled++;
    return capture_compile("greater 61", link_type, program, problem);
}

static void read_elsewhere(struct elsewhere *elsewhere, const char *folder) {
    char error[CAPTURE_ERROR_SIZE];
    struct capture_listing *listing = capture_list(&folder, 1, error);
    ck_assert_ptr_nonnull(listing);
    elsewhere->listing = listing;
    const struct capture_access access = {open_elsewhere, compile_elsewhere, elsewhere};
    struct capture_files files = {.filter = "greater 61", .listing = listing, .access = &access};
    given_read(&given, &files);
    capture_listing_free(listing);
}

START_TEST(files_and_filters_of_a_process_without_rights_come_from_elsewhere) {
    struct elsewhere elsewhere = {0};
    const char *folder = make_folder("elsewhere");
    write_seconds("elsewhere/2.pcap", SECONDS(2));
    write_seconds("elsewhere/1.pcap", SECONDS(1, 3));
    read_elsewhere(&elsewhere, folder);
    ck_assert_str_eq(given.error, "");
    ck_assert_uint_eq(given.num_frames, 0); /* all have 60 bytes */
    ck_assert_uint_eq(given.statistics.filtered, 3);
    ck_assert_uint_eq(elsewhere.opened, 4); /* for the first time stamp, then for all of them */
    ck_assert_uint_eq(elsewhere.compiled, 1);
}
END_TEST

START_TEST(what_is_refused_elsewhere_is_refused) {
    struct elsewhere elsewhere = {.refuses = true};
    const char *path = write_seconds("refused", SECONDS(1));
    read_elsewhere(&elsewhere, path);
    ck_assert_int_eq(given.result, CAPTURE_ERROR);
    ck_assert_ptr_nonnull(strstr(given.error, "refused: no permission to read it"));
}
END_TEST

static void allow_descriptors(unsigned n) {
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = n;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

START_TEST(two_thousand_files_of_a_rotation_need_few_descriptors) {
    const char *folder = make_folder("rotation");
    for (uint32_t i = 0; i < 2000; i++) {
        char name[64];
        snprintf(name, sizeof name, "rotation/%u.pcap", (i * 7919) % 2000);
        write_seconds(name, SECONDS(2 * i, 2 * i + 1));
    }
    allow_descriptors(32);
    given_read_file(&given, folder);
    ck_assert_uint_eq(given.num_frames, 4000);
    ck_assert_str_eq(given.warning, "");
    for (uint32_t i = 0; i < 4000; i++) {
        ck_assert_int_eq(given.frames[i].time_ns, i * NS);
    }
}
END_TEST

START_TEST(more_files_at_once_than_the_limit_are_all_read_and_said) {
    const char *folder = make_folder("overlap");
    for (uint32_t i = 0; i < 300; i++) {
        char name[64];
        snprintf(name, sizeof name, "overlap/%u.pcap", i);
        write_seconds(name, SECONDS(i, 1000 + i));
    }
    allow_descriptors(1024);
    given_read_file(&given, folder);
    ck_assert_uint_eq(given.num_frames, 600);
    ck_assert_uint_eq(given.num_warnings, 1);
    ck_assert_ptr_nonnull(strstr(given.warning, "overlap in time"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("series");
    TCase *tests = tcase_create("series");
    made_folder();
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, a_rotation_is_read_in_the_order_of_time_whatever_the_order_of_names);
    tcase_add_test(tests, files_that_overlap_are_merged);
    tcase_add_test(tests, time_that_goes_back_inside_a_file_keeps_the_order_of_the_file);
    tcase_add_test(tests, the_frame_says_its_file);
    tcase_add_test(tests, a_file_without_packets_and_one_that_is_cut_do_not_stop_the_others);
    tcase_add_test(tests, in_a_folder_what_is_no_capture_is_passed_over);
    tcase_add_test(tests, a_folder_without_captures_is_said);
    tcase_add_test(tests, one_file_of_two_that_is_missing_is_refused_before_anything);
    tcase_add_test(tests, files_and_filters_of_a_process_without_rights_come_from_elsewhere);
    tcase_add_test(tests, what_is_refused_elsewhere_is_refused);
    tcase_add_test(tests, two_thousand_files_of_a_rotation_need_few_descriptors);
    tcase_add_test(tests, more_files_at_once_than_the_limit_are_all_read_and_said);
    suite_add_tcase(suite, tests);
    int status = tap_run(suite);
    made_folder_remove();
    return status;
}
