/* BPF expressions on files, and on an interface what is refused before it is opened. */
#include "capture_files.h"
#include "tap.h"

static struct given given;

static const uint8_t tcp_443[] = {
        2, 0, 0, 0,  0, 2, 2, 0,    0, 0, 0,    1, 8, 0, 0x45, 0, 0, 40, 0, 0,    0x40, 0,    64,   6, 0, 0, 10,
        0, 0, 1, 10, 0, 0, 2, 0xc0, 0, 1, 0xbb, 0, 0, 0, 1,    0, 0, 0,  0, 0x50, 2,    0xff, 0xff, 0, 0, 0, 0,
};

/* pcap packets 1 ARP, 2 TCP to port 443, 3 ARP, 4 TCP again. */
static void put_mixture(struct made *m) {
    put_pcap_header(m, 0xa1b2c3d4, 4, 1);
    for (uint32_t i = 0; i < 2; i++) {
        put_pcap_packet(m, 2 * i, 0, i, 60);
        put_u32(m, 2 * i + 1);
        put_u32(m, 0);
        put_u32(m, sizeof tcp_443);
        put_u32(m, sizeof tcp_443);
        put(m, tcp_443, sizeof tcp_443);
    }
}

static void read_filtered(const struct made *m, const char *filter, bool libpcap) {
    const char *path = made_write(m, m->file.len, "capture");
    struct capture_files files = {.paths = &path, .num_paths = 1, .filter = filter, .libpcap = libpcap};
    given_read(&given, &files);
}

START_TEST(frames_left_out_keep_their_numbers) {
    struct made m = {0};
    put_mixture(&m);
    read_filtered(&m, "tcp port 443", _i);
    ck_assert_uint_eq(given.num_frames, 2);
    ck_assert_uint_eq(given.frames[0].number, 2);
    ck_assert_uint_eq(given.frames[1].number, 4);
    ck_assert_uint_eq(given.statistics.frames, 2);
    ck_assert_uint_eq(given.statistics.filtered, 2);
    buffer_clear(&m.file);
}
END_TEST

START_TEST(no_expression_is_everything) {
    struct made m = {0};
    put_mixture(&m);
    read_filtered(&m, "", false);
    ck_assert_uint_eq(given.num_frames, 4);
    read_filtered(&m, NULL, false);
    ck_assert_uint_eq(given.num_frames, 4);
    buffer_clear(&m.file);
}
END_TEST

START_TEST(an_expression_without_sense_is_refused_in_the_words_of_libpcap) {
    struct made m = {0};
    put_mixture(&m);
    read_filtered(&m, "port 443 nor", false);
    ck_assert_int_eq(given.result, CAPTURE_ERROR);
    ck_assert_ptr_nonnull(strstr(given.error, "filter \"port 443 nor\": "));
    ck_assert_ptr_nonnull(strstr(given.error, "syntax error"));
    buffer_clear(&m.file);
}
END_TEST

/* The same TCP segment as Ethernet and as raw IP (link type 101), and a frame of a link type without filters. */
START_TEST(each_link_type_has_its_own_program) {
    static const uint8_t section[] = {0x0a, 0x0d, 0x0d, 0x0a, 0,    0,    0,    28,   0x1a, 0x2b, 0x3c, 0x4d, 0, 1,
                                      0,    0,    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0,    0,    0, 28};
    static const uint16_t link_types[] = {1, 101, 252};
    struct made m = {.big = true};
    put(&m, section, sizeof section);
    for (size_t i = 0; i < 3; i++) {
        put_u32(&m, 1);
        put_u32(&m, 20);
        put_u16(&m, link_types[i]);
        put_u16(&m, 0);
        put_u32(&m, 0);
        put_u32(&m, 20);
    }
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t skipped = i == 0 ? 0 : 14, len = (uint32_t)sizeof tcp_443 - skipped, padding = (4 - len % 4) % 4;
        put_u32(&m, 6);
        put_u32(&m, 32 + len + padding);
        put_u32(&m, i);
        put_number(&m, i, 8);
        put_u32(&m, len);
        put_u32(&m, len);
        put(&m, tcp_443 + skipped, len);
        put(&m, "\0\0\0", padding);
        put_u32(&m, 32 + len + padding);
    }
    read_filtered(&m, "tcp dst port 443", false);
    ck_assert_str_eq(given.error, "");
    ck_assert_uint_eq(given.num_frames, 2);
    ck_assert_uint_eq(given.frames[0].link_type, 1);
    ck_assert_uint_eq(given.frames[1].link_type, 101);
    ck_assert_ptr_nonnull(strstr(given.warning, "link type 252"));
    ck_assert_uint_eq(given.num_warnings, 1);
    buffer_clear(&m.file);
}
END_TEST

START_TEST(an_interface_that_is_not_there_is_refused) {
    struct capture_live live = {.interface = "nosuch0"};
    char error[CAPTURE_ERROR_SIZE] = "";
    ck_assert_ptr_null(capture_open_live(&live, error));
    ck_assert_int_eq(strncmp(error, "nosuch0: no ", 12), 0); /* such interface, or permission */
    ck_assert_ptr_null(strchr(error, '\n'));
}
END_TEST

static void count_interface(void *user, const char *name, const char *description) {
    ck_assert_str_ne(name, "");
    ck_assert_str_ne(description, "");
    ++*(int *)user;
}

START_TEST(interfaces_are_listed_or_the_failure_is_said) {
    char error[CAPTURE_ERROR_SIZE] = "";
    int num_interfaces = 0;
    bool listed = capture_list_interfaces(count_interface, &num_interfaces, error);
    ck_assert(listed || error[0] != '\0');
}
END_TEST

START_TEST(an_idle_interface_gives_way_to_the_timers) {
    struct capture_live live = {.interface = "lo", .filter = "ether proto 0x88b5"};
    char error[CAPTURE_ERROR_SIZE];
    struct capture_statistics statistics;
    struct tlswatch_frame frame;
    struct capture *c = capture_open_live(&live, error);
    if (c == NULL) {
        fprintf(stderr, "SKIPPED: %s\n", error);
        return;
    }
    ck_assert_int_eq(capture_next(c, &frame, 20), CAPTURE_IDLE);
    capture_get_statistics(c, &statistics);
    ck_assert_uint_eq(statistics.kernel_drops, 0);
    capture_interrupt(c);
    ck_assert_int_eq(capture_next(c, &frame, -1), CAPTURE_END);
    capture_free(c);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("filter");
    TCase *tests = tcase_create("filter");
    made_folder();
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, frames_left_out_keep_their_numbers, 0, 2);
    tcase_add_test(tests, no_expression_is_everything);
    tcase_add_test(tests, an_expression_without_sense_is_refused_in_the_words_of_libpcap);
    tcase_add_test(tests, each_link_type_has_its_own_program);
    tcase_add_test(tests, an_interface_that_is_not_there_is_refused);
    tcase_add_test(tests, interfaces_are_listed_or_the_failure_is_said);
    tcase_add_test(tests, an_idle_interface_gives_way_to_the_timers);
    suite_add_tcase(suite, tests);
    int status = tap_run(suite);
    made_folder_remove();
    return status;
}
