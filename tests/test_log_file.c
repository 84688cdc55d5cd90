/* The log: mended when it is opened, renamed under it, never another kind of file. */
#include "report/log_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"

static char folder[64], path[96];
static char error[LOG_FILE_ERROR_SIZE];

static void make_folder(void) {
    snprintf(folder, sizeof folder, "/tmp/test_log_file.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/log", folder);
}

static void remove_folder(void) {
    static const char *const names[] = {"log", "log.1", "other"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char name[96];
        snprintf(name, sizeof name, "%s/%s", folder, names[i]);
        unlink(name);
    }
    rmdir(folder);
}

static void write_file(const char *bytes, size_t len) {
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
    fclose(file);
}

static void put(struct log_file *l, const char *line) {
    buffer_append(&l->sink.block, bytes_of(line, strlen(line)), SIZE_MAX);
    report_sink_write(&l->sink);
}

static void expect(const char *name, const char *content) {
    char have[16384] = "", where[96];
    snprintf(where, sizeof where, "%s/%s", folder, name);
    FILE *file = fopen(where, "rb");
    ck_assert_ptr_nonnull(file);
    have[fread(have, 1, sizeof have - 1, file)] = '\0';
    fclose(file);
    ck_assert_str_eq(have, content);
}

static const struct {
    const char *name, *bytes;
    size_t len, cut;
} tails[] = {
        {"nothing", "", 0, 0},
        {"whole lines", "{1}\n{2}\n", 8, 0},
        {"a torn line", "{1}\n{2}\n{3", 10, 2},
        {"a torn line alone", "{\"a\":", 5, 5},
        {"zeros behind a line", "{1}\n\0\0\0", 7, 3},
        {"zeros alone", "\0\0\0\0", 4, 4},
};

START_TEST(a_torn_line_is_cut_back_and_nothing_else) {
    struct log_file l;
    char content[64] = "";
    write_file(tails[_i].bytes, tails[_i].len);
    ck_assert_msg(log_file_open(&l, path, error), "%s: %s", tails[_i].name, error);
    ck_assert_msg(l.cut == tails[_i].cut, "%s: %d", tails[_i].name, (int)l.cut);
    put(&l, "{new}\n");
    log_file_close(&l);
    snprintf(content, sizeof content, "%.*s{new}\n", (int)(tails[_i].len - tails[_i].cut), tails[_i].bytes);
    expect("log", content);
}
END_TEST

START_TEST(a_torn_line_of_any_length_is_cut) {
    static const size_t lengths[] = {1, 4091, 4092, 4093, 4095, 4096, 4097, 8191, 8192, 8193, 10000};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct log_file l;
        char bytes[16384] = "{1}\n";
        memset(bytes + 4, '{', lengths[i]);
        write_file(bytes, 4 + lengths[i]);
        ck_assert(log_file_open(&l, path, error));
        ck_assert_uint_eq(l.cut, lengths[i]);
        log_file_close(&l);
        expect("log", "{1}\n");
    }
}
END_TEST

START_TEST(what_is_no_log_is_refused_and_untouched) {
    struct log_file l;
    write_file("\xd4\xc3\xb2\xa1 a capture", 14);
    ck_assert(!log_file_open(&l, path, error));
    ck_assert_ptr_nonnull(strstr(error, path));
    expect("log", "\xd4\xc3\xb2\xa1 a capture");
    unlink(path);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert(!log_file_open(&l, path, error));
    unlink(path);
    ck_assert_int_eq(symlink("other", path), 0);
    ck_assert(!log_file_open(&l, path, error));
}
END_TEST

static void rename_log(void) {
    char renamed[96];
    snprintf(renamed, sizeof renamed, "%s/log.1", folder);
    ck_assert_int_eq(rename(path, renamed), 0);
}

START_TEST(a_renamed_log_takes_lines_until_it_is_reopened) {
    struct log_file l;
    ck_assert(log_file_open(&l, path, error));
    put(&l, "{1}\n");
    rename_log();
    put(&l, "{2}\n");
    ck_assert(log_file_reopen(&l, error));
    put(&l, "{3}\n");
    expect("log.1", "{1}\n{2}\n");
    expect("log", "{3}\n");
    ck_assert(log_file_reopen(&l, error)); /* the same file */
    put(&l, "{4}\n");
    log_file_close(&l);
    expect("log", "{3}\n{4}\n");
}
END_TEST

START_TEST(the_folder_may_be_renamed_too) {
    struct log_file l;
    char moved[96];
    ck_assert(log_file_open(&l, path, error));
    snprintf(moved, sizeof moved, "%s.moved", folder);
    ck_assert_int_eq(rename(folder, moved), 0);
    ck_assert(log_file_reopen(&l, error));
    put(&l, "{1}\n");
    log_file_close(&l);
    ck_assert_int_eq(rename(moved, folder), 0);
    expect("log", "{1}\n");
}
END_TEST

START_TEST(where_it_cannot_be_reopened_the_one_before_goes_on) {
    struct log_file l;
    ck_assert(log_file_open(&l, path, error));
    rename_log();
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert(!log_file_reopen(&l, error));
    put(&l, "{1}\n");
    log_file_close(&l);
    expect("log.1", "{1}\n");
    rmdir(path);
}
END_TEST

START_TEST(a_log_that_somebody_else_writes_is_not_cut) {
    struct log_file l, other;
    ck_assert(log_file_open(&other, path, error));
    put(&other, "{half");
    ck_assert(log_file_open(&l, path, error));
    ck_assert_uint_eq(l.cut, 0);
    put(&other, "}\n");
    put(&l, "{1}\n");
    log_file_close(&other);
    log_file_close(&l);
    expect("log", "{half}\n{1}\n");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("log_file");
    TCase *tcase = tcase_create("log_file");
    tcase_add_checked_fixture(tcase, make_folder, remove_folder);
    tcase_add_loop_test(tcase, a_torn_line_is_cut_back_and_nothing_else, 0, sizeof tails / sizeof tails[0]);
    tcase_add_test(tcase, a_torn_line_of_any_length_is_cut);
    tcase_add_test(tcase, what_is_no_log_is_refused_and_untouched);
    tcase_add_test(tcase, a_renamed_log_takes_lines_until_it_is_reopened);
    tcase_add_test(tcase, the_folder_may_be_renamed_too);
    tcase_add_test(tcase, where_it_cannot_be_reopened_the_one_before_goes_on);
    tcase_add_test(tcase, a_log_that_somebody_else_writes_is_not_cut);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
