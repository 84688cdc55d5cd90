/* The JSON writer, held against json-c. */
#include "report/json_writer.h"

#include "parse_json.h"
#include "tap.h"

static const char *finish(struct json_writer *w) {
    ck_assert(!w->failed);
    ck_assert(buffer_append(w->out, bytes_of("", 1), SIZE_MAX / 2));
    return (const char *)w->out->p;
}

#define WRITER(name)                                                                                                                       \
    struct buffer name##_buffer = {0};                                                                                                     \
    struct json_writer name = {.out = &name##_buffer, .cap = 1 << 20}

START_TEST(commas_stand_between_values_and_nowhere_else) {
    WRITER(w);
    static const char *const texts[] = {"x", "y", NULL};
    static const char *const none[] = {NULL};
    json_begin_object(&w);
    json_key_array(&w, "empty");
    json_end_array(&w);
    json_key_object(&w, "nothing");
    json_end_object(&w);
    json_key_array(&w, "list");
    json_uint(&w, 0);
    json_begin_object(&w);
    json_key_bool(&w, "t", true);
    json_key_bool(&w, "f", false);
    json_end_object(&w);
    json_begin_array(&w);
    json_end_array(&w);
    json_int(&w, -7);
    json_end_array(&w);
    json_key_string(&w, "unknown", NULL);
    json_key_strings(&w, "unknown", NULL);
    json_key_strings(&w, "texts", texts);
    json_key_strings(&w, "none", none);
    json_key_name(&w, "unknown", NULL);
    json_key_name(&w, "name", "");
    json_key_name(&w, "longer", "a_name_of_more_than_16");
    json_end_object(&w);
    ck_assert_str_eq(finish(&w),
                     "{\"empty\":[],\"nothing\":{},\"list\":[0,{\"t\":true,\"f\":false},[],-7],\"texts\":[\"x\",\"y\"],\"none\":[],"
                     "\"name\":\"\",\"longer\":\"a_name_of_more_than_16\"}");
    buffer_clear(&w_buffer);
}
END_TEST

START_TEST(integers_keep_their_extremes) {
    WRITER(w);
    json_begin_array(&w);
    json_uint(&w, UINT64_MAX);
    json_int(&w, INT64_MIN);
    json_int(&w, INT64_MAX);
    json_end_array(&w);
    ck_assert_str_eq(finish(&w), "[18446744073709551615,-9223372036854775808,9223372036854775807]");
    buffer_clear(&w_buffer);
}
END_TEST

/* What RFC 8259, 7 and RFC 3629 ask; invalid bytes one by one as U+FFFD. */
static const struct {
    const char *text, *json;
} strings[] = {
        {"", "\"\""},
        {"plain", "\"plain\""},
        {"a\"b\\c/d", "\"a\\\"b\\\\c/d\""},
        {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
        {"\x01\x1b\x1f\x7f", "\"\\u0001\\u001b\\u001f\\u007f\""},
        {"\xc2\x80\xc2\x9f\xc2\xa0", "\"\\u0080\\u009f\xc2\xa0\""},
        {"\xe2\x80\xae\xe2\x81\xa6\xe2\x80\xa8", "\"\\u202e\\u2066\\u2028\""}, /* bidi controls, a line separator */
        {"\xf3\xa0\x81\x81", "\"\\udb40\\udc41\""},                            /* U+E0041, a tag */
        {"Zürich 東京 🚀", "\"Zürich 東京 🚀\""},
        {"\xff", "\"\xef\xbf\xbd\""},
        {"a\xc3", "\"a\xef\xbf\xbd\""},                                                 /* cut */
        {"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},                                   /* overlong */
        {"\xe0\x80\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},                   /* overlong */
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},                   /* a surrogate */
        {"\xf4\x90\x80\x80z", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\""}, /* above U+10FFFF */
        {"\xf0\x9f\x9a", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},                   /* cut */
        {"\\0A</script>", "\"\\\\0A</script>\""},
};

START_TEST(string_is_strict_utf8_without_controls) {
    WRITER(w);
    json_string(&w, strings[_i].text);
    ck_assert_str_eq(finish(&w), strings[_i].json);
    buffer_clear(&w_buffer);
}
END_TEST

START_TEST(every_byte_parses_back_with_json_c) {
    for (int first = 1; first < 256; first++) {
        for (int second = 1; second < 256; second++) {
            WRITER(w);
            char text[] = {(char)first, (char)second, 'x', '\0'};
            json_string(&w, text);
            const char *error;
            struct json_object *parsed = parse_json(finish(&w), &error);
            ck_assert_msg(parsed != NULL, "%02x %02x: %s", first, second, error);
            if (first < 0x80 && second < 0x80) {
                ck_assert_str_eq(json_object_get_string(parsed), text);
            }
            json_object_put(parsed);
            buffer_clear(&w_buffer);
        }
    }
}
END_TEST

/* Wherever it stands in a string: what is plain is looked at in eights. */
START_TEST(a_byte_to_escape_is_found_at_every_place) {
    for (int byte = 1; byte < 0x80; byte++) {
        for (size_t at = 0; at < 19; at++) {
            WRITER(w);
            char text[] = "~~~~~~~~~~~~~~~~~~~";
            text[at] = (char)byte;
            json_string(&w, text);
            struct json_object *parsed = json_tokener_parse(finish(&w));
            ck_assert_msg(parsed != NULL, "%02x at %zu", (unsigned)byte, at);
            ck_assert_str_eq(json_object_get_string(parsed), text);
            ck_assert(byte != 0x7f || strstr(finish(&w), "\\u007f") != NULL);
            json_object_put(parsed);
            buffer_clear(&w_buffer);
        }
    }
}
END_TEST

/* Expected by date(1): date -u -d @SECONDS. */
static const struct {
    int64_t time_ns;
    const char *json;
} times[] = {
        {0, "\"1970-01-01T00:00:00.000000Z\""},
        {-1, "\"1969-12-31T23:59:59.999999999Z\""},
        {951782400000000000, "\"2000-02-29T00:00:00.000000Z\""},
        {1795183402781284000, "\"2026-11-20T14:03:22.781284Z\""},
        {1795183402781284001, "\"2026-11-20T14:03:22.781284001Z\""},
        {4107542399000001000, "\"2100-02-28T23:59:59.000001Z\""},
        {INT64_MAX, "\"2262-04-11T23:47:16.854775807Z\""},
        {INT64_MIN, "\"1677-09-21T00:12:43.145224192Z\""},
};

START_TEST(time_is_rfc_3339_with_micro_or_nanoseconds) {
    WRITER(w);
    json_time(&w, times[_i].time_ns);
    ck_assert_str_eq(finish(&w), times[_i].json);
    buffer_clear(&w_buffer);
}
END_TEST

static const struct {
    int64_t time_s;
    const char *json;
} dates[] = {
        {1795132799, "{\"d\":\"2026-11-19T23:59:59Z\"}"},
        {253402300799, "{\"d\":\"9999-12-31T23:59:59Z\"}"},
        {-62167219200, "{\"d\":\"0000-01-01T00:00:00Z\"}"},
        {253402300800, "{}"},
        {-62167219201, "{}"},
        {INT64_MAX, "{}"},
        {INT64_MIN, "{}"},
};

START_TEST(date_without_four_digits_of_year_is_left_out) {
    WRITER(w);
    json_begin_object(&w);
    json_key_date(&w, "d", dates[_i].time_s);
    json_end_object(&w);
    ck_assert_str_eq(finish(&w), dates[_i].json);
    buffer_clear(&w_buffer);
}
END_TEST

START_TEST(beyond_the_cap_the_writer_fails_and_stays_within_it) {
    struct buffer out = {0};
    struct json_writer w = {.out = &out, .cap = 10};
    json_begin_array(&w);
    for (int i = 0; i < 100; i++) {
        json_string(&w, "abc");
    }
    json_end_array(&w);
    ck_assert(w.failed);
    ck_assert_uint_le(out.len, 10);
    buffer_clear(&out);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("json_writer");
    TCase *tests = tcase_create("json_writer");
    tcase_add_test(tests, commas_stand_between_values_and_nowhere_else);
    tcase_add_test(tests, integers_keep_their_extremes);
    tcase_add_loop_test(tests, string_is_strict_utf8_without_controls, 0, sizeof strings / sizeof strings[0]);
    tcase_add_test(tests, every_byte_parses_back_with_json_c);
    tcase_add_test(tests, a_byte_to_escape_is_found_at_every_place);
    tcase_add_test(tests, a_byte_to_escape_is_found_at_every_place);
    tcase_add_loop_test(tests, time_is_rfc_3339_with_micro_or_nanoseconds, 0, sizeof times / sizeof times[0]);
    tcase_add_loop_test(tests, date_without_four_digits_of_year_is_left_out, 0, sizeof dates / sizeof dates[0]);
    tcase_add_test(tests, beyond_the_cap_the_writer_fails_and_stays_within_it);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
