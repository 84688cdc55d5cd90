/* Text from hostile bytes: what passes, what is escaped, where it is cut. */
#include "base/escape.h"
#include "tap.h"

static const struct row {
    const char *name;
    const char *in;
    size_t len;
    const char *out;
} rows[] = {
#define ROW(name, in, out)                                                                                                                 \
    { name, in, sizeof(in) - 1, out }
        ROW("nothing", "", ""),
        ROW("ASCII", "CN=a b,O=\"x\"", "CN=a b,O=\"x\""),
        ROW("two, three, four bytes", "\xc3\xbc\xe2\x82\xac\xf0\x9f\x94\x92", "\xc3\xbc\xe2\x82\xac\xf0\x9f\x94\x92"),
        ROW("backslash doubled", "a\\0Ab", "a\\\\0Ab"),
        ROW("NUL", "a\0b", "a\\00b"),
        ROW("terminal escape", "\x1b[31m", "\\1B[31m"),
        ROW("line ends and tab", "a\r\n\tb", "a\\0D\\0A\\09b"),
        ROW("DEL", "\x7f", "\\7F"),
        ROW("C1 as UTF-8", "\xc2\x9b", "\\C2\\9B"),
        ROW("first after C1", "\xc2\xa0", "\xc2\xa0"),
        ROW("soft hyphen", "\xc2\xad", "\\C2\\AD"),
        ROW("arabic letter mark", "\xd8\x9c", "\\D8\\9C"),
        ROW("zero width space", "\xe2\x80\x8b", "\\E2\\80\\8B"),
        ROW("left-to-right mark", "\xe2\x80\x8e", "\\E2\\80\\8E"),
        ROW("line separator", "\xe2\x80\xa8", "\\E2\\80\\A8"),
        ROW("right-to-left override", "\xe2\x80\xae", "\\E2\\80\\AE"),
        ROW("narrow space is shown", "\xe2\x80\xaf", "\xe2\x80\xaf"),
        ROW("isolate", "\xe2\x81\xa6", "\\E2\\81\\A6"),
        ROW("byte order mark", "\xef\xbb\xbf", "\\EF\\BB\\BF"),
        ROW("tag character", "\xf3\xa0\x81\xa1", "\\F3\\A0\\81\\A1"),
        ROW("noncharacter", "\xef\xbf\xbe", "\\EF\\BF\\BE"),
        ROW("noncharacter of a far plane", "\xf4\x8f\xbf\xbf", "\\F4\\8F\\BF\\BF"),
        ROW("replacement character is shown", "\xef\xbf\xbd", "\xef\xbf\xbd"),
        ROW("lone continuation", "a\x80z", "a\\80z"),
        ROW("overlong slash", "\xc0\xaf", "\\C0\\AF"),
        ROW("overlong in three", "\xe0\x80\xaf", "\\E0\\80\\AF"),
        ROW("overlong in four", "\xf0\x80\x80\xaf", "\\F0\\80\\80\\AF"),
        ROW("surrogate", "\xed\xa0\x80", "\\ED\\A0\\80"),
        ROW("beyond Unicode", "\xf4\x90\x80\x80", "\\F4\\90\\80\\80"),
        ROW("no such first byte", "\xf8\xff", "\\F8\\FF"),
        ROW("cut sequence", "a\xe2\x82", "a\\E2\\82"),
        ROW("cut sequence before ASCII", "\xe2\x82z", "\\E2\\82z"),
        ROW("Latin-1", "M\xfcller", "M\\FCller"),
#undef ROW
};

#define NUM_ROWS ((int)(sizeof rows / sizeof *rows))

START_TEST(each_row_comes_out_as_written) {
    const struct row *row = &rows[_i];
    char *out = escape_utf8(bytes_of(row->in, row->len), row->len);
    ck_assert_msg(strcmp(out, row->out) == 0, "%s: %s", row->name, out);
    bool same = strlen(row->out) == row->len && memcmp(row->in, row->out, row->len) == 0;
    ck_assert_msg(escape_is_plain(bytes_of(row->in, row->len)) == same, "%s: plain", row->name);
    free(out);
}
END_TEST

START_TEST(no_prefix_of_a_row_is_read_beyond) {
    const struct row *row = &rows[_i];
    for (size_t len = 0; len <= row->len; len++) {
        uint8_t *copy = malloc(len > 0 ? len : 1);
        memcpy(copy, row->in, len);
        for (size_t max = 0; max <= len; max++) {
            char *out = escape_utf8(bytes_of(copy, len), max);
            ck_assert_msg(strlen(out) <= 3 * max + 3, "%s", row->name);
            free(out);
        }
        escape_is_plain(bytes_of(copy, len));
        free(copy);
    }
}
END_TEST

START_TEST(every_pair_of_bytes_comes_out_printable) {
    for (unsigned pair = 0; pair < 0x10000; pair++) {
        uint8_t in[2] = {(uint8_t)(pair >> 8), (uint8_t)pair};
        char *out = escape_utf8(bytes_of(in, 2), 2);
        for (const char *p = out; *p != '\0'; p++) {
            ck_assert((uint8_t)*p >= 0x20 && *p != 0x7f);
        }
        free(out);
    }
}
END_TEST

START_TEST(long_text_is_cut_between_characters) {
    char *out = escape_utf8(bytes_of("abcdef", 6), 3);
    ck_assert_str_eq(out, "abc...");
    free(out);
    out = escape_utf8(bytes_of("ab\xe2\x82\xac", 5), 4);
    ck_assert_str_eq(out, "ab...");
    free(out);
    out = escape_utf8(bytes_of("ab\xe2\x82\xac", 5), 5);
    ck_assert_str_eq(out, "ab\xe2\x82\xac");
    free(out);
    out = escape_utf8(bytes_of("a\x80\x80\x80\x80", 5), 3);
    ck_assert_str_eq(out, "a\\80\\80...");
    free(out);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("escape");
    TCase *tests = tcase_create("escape");
    tcase_add_loop_test(tests, each_row_comes_out_as_written, 0, NUM_ROWS);
    tcase_add_loop_test(tests, no_prefix_of_a_row_is_read_beyond, 0, NUM_ROWS);
    tcase_add_test(tests, every_pair_of_bytes_comes_out_printable);
    tcase_add_test(tests, long_text_is_cut_between_characters);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
