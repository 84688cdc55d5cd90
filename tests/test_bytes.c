/* The cursor: each read takes what it says from the front, and one that has too few bytes takes nothing. */
#include "base/bytes.h"
#include "tap.h"

static bool take_three(struct bytes *b) {
    struct bytes out;
    return bytes_take(b, 3, &out);
}

static bool skip_three(struct bytes *b) {
    return bytes_skip(b, 3);
}

static bool u8(struct bytes *b) {
    uint8_t out;
    return bytes_u8(b, &out) && out == 0x00;
}

static bool u16(struct bytes *b) {
    uint16_t out;
    return bytes_u16(b, &out) && out == 0x0001;
}

static bool u24(struct bytes *b) {
    uint32_t out;
    return bytes_u24(b, &out) && out == 0x020001;
}

static bool u32(struct bytes *b) {
    uint32_t out;
    return bytes_u32(b, &out) && out == 0x03020001;
}

static bool vec8(struct bytes *b) {
    struct bytes out;
    return bytes_vec8(b, &out) && bytes_equal(out, bytes_of("\x01\x02", 2));
}

static bool vec16(struct bytes *b) {
    struct bytes out;
    return bytes_vec16(b, &out) && bytes_equal(out, bytes_of("\x01\x02", 2));
}

static bool vec24(struct bytes *b) {
    struct bytes out;
    return bytes_vec24(b, &out) && bytes_equal(out, bytes_of("\x01\x02", 2));
}

static const struct {
    const char *name;
    bool (*read)(struct bytes *b);
    const char *data;
    size_t len; /* what the read takes */
} rows[] = {
        {"take", take_three, "abc", 3},    {"skip", skip_three, "abc", 3},          {"u8", u8, "\x00", 1},
        {"u16", u16, "\x00\x01", 2},       {"u24", u24, "\x02\x00\x01", 3},         {"u32", u32, "\x03\x02\x00\x01", 4},
        {"vec8", vec8, "\x02\x01\x02", 3}, {"vec16", vec16, "\x00\x02\x01\x02", 4}, {"vec24", vec24, "\x00\x00\x02\x01\x02", 5},
};

#define NUM_ROWS (sizeof rows / sizeof *rows)

START_TEST(read_takes_what_it_says_and_no_more) {
    char data[8] = {0};
    memcpy(data, rows[_i].data, rows[_i].len);
    struct bytes b = bytes_of(data, rows[_i].len + 1);
    ck_assert_msg(rows[_i].read(&b), "%s", rows[_i].name);
    ck_assert_ptr_eq(b.p, data + rows[_i].len);
    ck_assert_uint_eq(b.len, 1);
}
END_TEST

/* Nothing moves, so that whoever waits for more bytes can begin anew. */
START_TEST(read_of_too_few_bytes_moves_nothing) {
    for (size_t len = 0; len < rows[_i].len; len++) {
        uint8_t *data = malloc(len > 0 ? len : 1);
        memcpy(data, rows[_i].data, len);
        struct bytes b = bytes_of(data, len);
        ck_assert_msg(!rows[_i].read(&b), "%s of %zu", rows[_i].name, len);
        ck_assert_ptr_eq(b.p, data);
        ck_assert_uint_eq(b.len, len);
        free(data);
    }
}
END_TEST

START_TEST(vector_of_64_kib_and_more_has_all_of_its_length) {
    static uint8_t data[3 + 0x010002] = {0x01, 0x00, 0x02};
    struct bytes b = bytes_of(data, sizeof data), out;
    ck_assert(bytes_vec24(&b, &out));
    ck_assert_uint_eq(out.len, 0x010002);
    ck_assert_uint_eq(b.len, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("bytes");
    TCase *tests = tcase_create("bytes");
    tcase_add_loop_test(tests, read_takes_what_it_says_and_no_more, 0, NUM_ROWS);
    tcase_add_loop_test(tests, read_of_too_few_bytes_moves_nothing, 0, NUM_ROWS);
    tcase_add_test(tests, vector_of_64_kib_and_more_has_all_of_its_length);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
