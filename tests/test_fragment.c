/* Fragments: any order, overlaps against a model of one byte at a time, what must not be mixed, the bounds. */
#include "frames.h"

#include "net/fragment.h"

enum { UNIT = 8, UNITS = 6, SECOND = 1000000000 };

static struct fragments waiting;

static void tear_down(void) {
    fragments_clear(&waiting);
}

/* add gives one fragment of datagram `id` at second `s`, in memory of exactly its size, as a frame of its own. */
static enum fragment_result add(uint32_t id, size_t offset, const char *data, size_t captured, size_t len, bool more, int64_t s,
                                struct reassembled *out) {
    struct fragment fragment;
    uint8_t *copy = malloc(captured > 0 ? captured : 1);
    memcpy(copy, data, captured);
    memset(&fragment, 0, sizeof fragment);
    fragment.key.identification = id;
    fragment.offset = offset;
    fragment.data = bytes_of(copy, captured);
    fragment.len = len;
    fragment.more_fragments = more;
    fragment.next_header = (uint8_t)(6 + offset);
    fragment.time_ns = s * SECOND;
    fragments_next_frame(&waiting);
    enum fragment_result result = fragments_add(&waiting, &fragment, out);
    free(copy);
    return result;
}

static bool is_whole(const struct reassembled *whole, const char *text) {
    return whole->cut == 0 && whole->next_header == 6 && bytes_equal(whole->data, bytes_of(text, strlen(text)));
}

static const int orders[24][4] = {
        {0, 1, 2, 3}, {0, 1, 3, 2}, {0, 2, 1, 3}, {0, 2, 3, 1}, {0, 3, 1, 2}, {0, 3, 2, 1}, {1, 0, 2, 3}, {1, 0, 3, 2},
        {1, 2, 0, 3}, {1, 2, 3, 0}, {1, 3, 0, 2}, {1, 3, 2, 0}, {2, 0, 1, 3}, {2, 0, 3, 1}, {2, 1, 0, 3}, {2, 1, 3, 0},
        {2, 3, 0, 1}, {2, 3, 1, 0}, {3, 0, 1, 2}, {3, 0, 2, 1}, {3, 1, 0, 2}, {3, 1, 2, 0}, {3, 2, 0, 1}, {3, 2, 1, 0},
};

START_TEST(any_order_gives_the_datagram) {
    static const char text[] = "11111111222222223333333344444";
    struct reassembled whole = {0};
    for (int i = 0; i < 4; i++) {
        int n = orders[_i][i];
        size_t len = n == 3 ? 5 : 8;
        enum fragment_result result = add(1, (size_t)n * 8, text + n * 8, len, len, n < 3, 0, &whole);
        ck_assert_int_eq(result, i == 3 ? FRAGMENT_COMPLETE : FRAGMENT_WAITS);
    }
    ck_assert(is_whole(&whole, text));
    ck_assert_uint_eq(waiting.conflicts, 0);
}
END_TEST

/* A model that knows nothing of ranges: each byte is what first came to it. */
struct model {
    char data[UNITS * UNIT + 1];
    bool conflict;
};

static void model_add(struct model *m, size_t from, size_t to, char fill) {
    for (size_t i = from; i < to; i++) {
        m->conflict |= m->data[i] != 0 && m->data[i] != fill;
        m->data[i] = m->data[i] != 0 ? m->data[i] : fill;
    }
}

/* Two fragments anywhere, then one of everything: what the first two brought must have stayed. */
static void check_arrangement(const size_t at[4], bool same) {
    struct model m = {0};
    struct reassembled whole = {0};
    char data[UNITS * UNIT];
    uint64_t before = waiting.conflicts;
    static uint32_t id;

    id++;
    for (int i = 0; i < 3; i++) {
        size_t from = (i < 2 ? at[2 * i] : 0) * UNIT;
        size_t to = (i < 2 ? at[2 * i + 1] : UNITS) * UNIT;
        char fill = (char)(same ? 'x' : 'a' + i);
        memset(data, fill, sizeof data);
        model_add(&m, from, to, fill);
        enum fragment_result result = add(id, from, data, to - from, to - from, i < 2, 0, &whole);
        ck_assert_int_eq(result, i < 2 ? FRAGMENT_WAITS : FRAGMENT_COMPLETE);
    }
    ck_assert_msg(bytes_equal(whole.data, bytes_of(m.data, UNITS * UNIT)), "%zu-%zu, %zu-%zu", at[0], at[1], at[2], at[3]);
    ck_assert_msg((waiting.conflicts > before) == m.conflict, "%zu-%zu, %zu-%zu: conflict", at[0], at[1], at[2], at[3]);
}

START_TEST(the_first_byte_wins_in_every_overlap) {
    for (size_t a = 0; a < UNITS; a++) {
        for (size_t b = a + 1; b <= UNITS; b++) {
            for (size_t c = 0; c < UNITS; c++) {
                for (size_t e = c + 1; e <= UNITS; e++) {
                    check_arrangement((const size_t[]){a, b, c, e}, _i == 1);
                }
            }
        }
    }
}
END_TEST

START_TEST(other_numbers_are_other_datagrams) {
    struct reassembled whole = {0};
    ck_assert_int_eq(add(1, 0, "11111111", 8, 8, true, 0, &whole), FRAGMENT_WAITS);
    ck_assert_int_eq(add(2, 8, "xx", 2, 2, false, 0, &whole), FRAGMENT_WAITS);
    ck_assert_int_eq(add(1, 8, "22", 2, 2, false, 0, &whole), FRAGMENT_COMPLETE);
    ck_assert(is_whole(&whole, "1111111122"));
    ck_assert_int_eq(add(2, 0, "yyyyyyyy", 8, 8, true, 0, &whole), FRAGMENT_COMPLETE);
    ck_assert(is_whole(&whole, "yyyyyyyyxx"));
}
END_TEST

START_TEST(fragments_seen_twice_give_one_datagram) {
    struct reassembled whole = {0};
    ck_assert_int_eq(add(1, 0, "11111111", 8, 8, true, 0, &whole), FRAGMENT_WAITS);
    ck_assert_int_eq(add(1, 0, "11111111", 8, 8, true, 0, &whole), FRAGMENT_WAITS);
    ck_assert_int_eq(add(1, 8, "22", 2, 2, false, 0, &whole), FRAGMENT_COMPLETE);
    ck_assert_int_eq(add(1, 8, "22", 2, 2, false, 0, &whole), FRAGMENT_WAITS);
    ck_assert_uint_eq(waiting.conflicts, 0);
    /* The same number again, for other data, begins anew. */
    ck_assert_int_eq(add(1, 0, "33333333", 8, 8, true, 1, &whole), FRAGMENT_WAITS);
    ck_assert_int_eq(add(1, 8, "44", 2, 2, false, 1, &whole), FRAGMENT_COMPLETE);
    ck_assert(is_whole(&whole, "3333333344"));
    ck_assert_uint_eq(waiting.conflicts, 0);
}
END_TEST

START_TEST(what_is_too_old_is_not_completed) {
    struct reassembled whole = {0};
    ck_assert_int_eq(add(1, 0, "11111111", 8, 8, true, 1000, &whole), FRAGMENT_WAITS);
    ck_assert_int_eq(add(1, 8, "22", 2, 2, false, 1061, &whole), FRAGMENT_WAITS);
    ck_assert_int_eq(add(1, 0, "33333333", 8, 8, true, 1062, &whole), FRAGMENT_COMPLETE);
    ck_assert(is_whole(&whole, "3333333322"));
    /* Time may go backwards, a little or a lot. */
    ck_assert_int_eq(add(2, 0, "11111111", 8, 8, true, 1000, &whole), FRAGMENT_WAITS);
    ck_assert_int_eq(add(2, 8, "22", 2, 2, false, 990, &whole), FRAGMENT_COMPLETE);
    ck_assert_int_eq(add(3, 0, "11111111", 8, 8, true, 1000, &whole), FRAGMENT_WAITS);
    ck_assert_int_eq(add(3, 8, "22", 2, 2, false, -1000, &whole), FRAGMENT_WAITS);
}
END_TEST

START_TEST(a_fragment_that_was_cut_leaves_the_rest_unknown) {
    struct reassembled whole = {0};
    ck_assert_int_eq(add(1, 0, "11111111", 8, 8, true, 0, &whole), FRAGMENT_WAITS);
    ck_assert_int_eq(add(1, 8, "22222222", 3, 8, true, 0, &whole), FRAGMENT_WAITS);
    ck_assert_int_eq(add(1, 16, "333", 3, 3, false, 0, &whole), FRAGMENT_COMPLETE);
    ck_assert(bytes_equal(whole.data, bytes_of("11111111222", 11)));
    ck_assert_uint_eq(whole.cut, 8);
}
END_TEST

START_TEST(fragments_that_nobody_sends_are_refused) {
    struct reassembled whole = {0};
    static const char zeros[65535];
    ck_assert_int_eq(add(1, 0, zeros, 7, 7, true, 0, &whole), FRAGMENT_REFUSED);
    ck_assert_int_eq(add(1, 8, zeros, 0, 0, false, 0, &whole), FRAGMENT_REFUSED);
    ck_assert_int_eq(add(1, 65528, zeros, 8, 8, false, 0, &whole), FRAGMENT_REFUSED);
    ck_assert_int_eq(add(1, 65528, zeros, 7, 7, false, 0, &whole), FRAGMENT_WAITS);
    ck_assert_int_eq(add(1, 0, zeros, 65528, 65528, true, 0, &whole), FRAGMENT_COMPLETE);
    ck_assert_uint_eq(whole.data.len, 65535);
}
END_TEST

START_TEST(two_ends_of_one_datagram_are_a_conflict) {
    struct reassembled whole = {0};
    ck_assert_int_eq(add(1, 8, "22", 2, 2, false, 0, &whole), FRAGMENT_WAITS);
    ck_assert_int_eq(add(1, 16, "33", 2, 2, false, 0, &whole), FRAGMENT_REFUSED);
    ck_assert_uint_eq(waiting.conflicts, 1);
    ck_assert_int_eq(add(2, 16, "33333333", 8, 8, true, 0, &whole), FRAGMENT_WAITS);
    ck_assert_int_eq(add(2, 8, "22", 2, 2, false, 0, &whole), FRAGMENT_REFUSED);
    ck_assert_uint_eq(waiting.conflicts, 2);
    ck_assert_int_eq(add(3, 8, "22", 2, 2, false, 0, &whole), FRAGMENT_WAITS);
    ck_assert_int_eq(add(3, 8, "22222222", 8, 8, true, 0, &whole), FRAGMENT_REFUSED);
    ck_assert_uint_eq(waiting.conflicts, 3);
}
END_TEST

START_TEST(the_datagram_that_waited_longest_goes_first) {
    struct reassembled whole = {0};
    for (uint32_t id = 0; id < LIMIT_FRAGMENT_DATAGRAMS; id++) {
        ck_assert_int_eq(add(id, 0, "11111111", 8, 8, true, 0, &whole), FRAGMENT_WAITS);
    }
    ck_assert_int_eq(add(0, 8, "22222222", 8, 8, true, 0, &whole), FRAGMENT_WAITS);
    ck_assert_uint_eq(waiting.limits_hit, 0);
    ck_assert_int_eq(add(9999, 0, "11111111", 8, 8, true, 0, &whole), FRAGMENT_WAITS);
    ck_assert_uint_eq(waiting.limits_hit, 1);
    ck_assert_int_eq(add(0, 16, "33", 2, 2, false, 0, &whole), FRAGMENT_COMPLETE);
    ck_assert_int_eq(add(2, 8, "33", 2, 2, false, 0, &whole), FRAGMENT_COMPLETE);
    ck_assert_int_eq(add(1, 8, "33", 2, 2, false, 0, &whole), FRAGMENT_WAITS);
}
END_TEST

/* Eight bytes at the end of a long datagram claim 64 KiB; how many such may wait is what LIMIT_FRAGMENT_BYTES allows. */
START_TEST(long_datagrams_that_are_only_claimed_are_bounded) {
    const uint32_t fit = LIMIT_FRAGMENT_BYTES / 65536;
    struct memory account = {.bound = SIZE_MAX};
    struct reassembled whole = {0};
    waiting.memory = &account;
    for (uint32_t id = 0; id < fit; id++) {
        ck_assert_int_eq(add(id, 60000, "11111111", 8, 8, false, 0, &whole), FRAGMENT_WAITS);
    }
    ck_assert_uint_eq(waiting.limits_hit, 0);
    const size_t most = account.held;
    ck_assert_uint_ge(most, LIMIT_FRAGMENT_BYTES);
    for (uint32_t id = fit; id < 10 * fit; id++) {
        ck_assert_int_eq(add(id, 60000, "11111111", 8, 8, false, 0, &whole), FRAGMENT_WAITS);
        ck_assert_uint_eq(account.held, most);
    }
    ck_assert_uint_eq(waiting.limits_hit, 9 * fit);
    ck_assert_int_eq(add(9 * fit, 0, "", 0, 60000, true, 0, &whole), FRAGMENT_COMPLETE);
    ck_assert_uint_eq(whole.cut, 60008);
    ck_assert_int_eq(add(9 * fit - 1, 0, "", 0, 60000, true, 0, &whole), FRAGMENT_WAITS);
    fragments_clear(&waiting);
    ck_assert_uint_eq(account.held, 0);
    memory_clear(&account);
    waiting.memory = NULL;
}
END_TEST

START_TEST(a_fragment_without_memory_is_refused) {
    struct memory account = {.bound = 0};
    struct reassembled whole = {0};
    waiting.memory = &account;
    ck_assert_int_eq(add(1, 0, "11111111", 8, 8, true, 0, &whole), FRAGMENT_REFUSED);
    account.bound = 1 << 20; /* enough for the table */
    ck_assert_int_eq(add(1, 8, "11111111", 8, 8, true, 0, &whole), FRAGMENT_WAITS);
    account.bound = account.held + 65535;
    ck_assert_int_eq(add(2, 60000, "11111111", 8, 8, true, 0, &whole), FRAGMENT_REFUSED);
    ck_assert_uint_eq(waiting.limits_hit, 2);
    ck_assert_int_eq(add(1, 0, "11111111", 8, 8, true, 0, &whole), FRAGMENT_WAITS);
    ck_assert_int_eq(add(1, 16, "11111111", 8, 8, false, 0, &whole), FRAGMENT_COMPLETE);
    fragments_clear(&waiting);
    memory_clear(&account);
    waiting.memory = NULL;
}
END_TEST

START_TEST(holes_are_bounded) {
    struct reassembled whole = {0};
    for (size_t i = 0; i < LIMIT_FRAGMENTS_EACH; i++) {
        ck_assert_int_eq(add(1, i * 16, "11111111", 8, 8, true, 0, &whole), FRAGMENT_WAITS);
    }
    ck_assert_int_eq(add(1, 8, "22222222", 8, 8, true, 0, &whole), FRAGMENT_WAITS);
    ck_assert_int_eq(add(1, 32000, "11111111", 8, 8, true, 0, &whole), FRAGMENT_WAITS);
    ck_assert_int_eq(add(1, 33000, "11111111", 8, 8, true, 0, &whole), FRAGMENT_REFUSED);
    ck_assert_uint_eq(waiting.limits_hit, 1);
}
END_TEST

/* The known segment in three fragments, of IPv4 and of IPv6, in every order. */
START_TEST(frames_of_one_datagram_give_its_segment) {
    static const char *const parts[2][3][2] = {
            {{"9c40 01bb 000003e8 000007d0 5018 0400", "2000 40 06 0000 0a000001 0a000002"},
             {"0000 0000 68656c6c", "2002 40 06 0000 0a000001 0a000002"},
             {"6f", "0003 40 06 0000 0a000001 0a000002"}},
            {{"9c40 01bb 000003e8 000007d0 5018 0400", "06 00 0001 00000009"},
             {"0000 0000 68656c6c", "06 00 0011 00000009"},
             {"6f", "3c 00 0018 00000009"}},
    };
    struct decapsulator *d = decapsulator_new(NULL);
    for (int i = 0; i < 4; i++) {
        int n = orders[_i % 24][i];
        if (n == 3) {
            continue;
        }
        struct frame f;
        struct segment s = {0};
        uint8_t *copy;
        bool ipv6 = _i >= 24;
        frame_build(&f, (const char *const[]){parts[ipv6][n][0], parts[ipv6][n][1], NULL});
        if (ipv6) {
            frame_step(&f, "ip6:44");
        } else {
            frame_step(&f, "0009");
            frame_step(&f, "len:4");
            frame_step(&f, "4500");
        }
        bool last = i == 3 || (i == 2 && orders[_i % 24][3] == 3);
        enum decode_result result = frame_decode(d, &f, 101, frame_len(&f), frame_len(&f), &s, &copy);
        free(copy); /* the payload is in the decapsulator */
        ck_assert_int_eq(result, last ? DECODE_SEGMENT : DECODE_FRAGMENT);
        ck_assert(!last || frame_is_known(&s));
    }
    decapsulator_free(d);
}
END_TEST

START_TEST(no_prefix_of_a_fragment_is_read_beyond) {
    static const char *const steps[][4] = {
            {"tcp", "45 00 002d 0001 2000 40 06 0000 0a000001 0a000002"},
            {"tcp", "45 00 002d 0001 0003 40 06 0000 0a000001 0a000002"},
            {"tcp", "06 00 0001 00000009", "ip6:44"},
            {"tcp", "06 00 0018 00000009", "ip6:44"},
    };
    struct decapsulator *d = decapsulator_new(NULL);
    struct frame f;
    struct segment s = {0};
    uint8_t *copy;
    frame_build(&f, steps[_i]);
    for (size_t len = 0; len < frame_len(&f); len++) {
        ck_assert_int_ne(frame_decode(d, &f, 101, len, len, &s, &copy), DECODE_SEGMENT);
        free(copy);
        ck_assert_int_ne(frame_decode(d, &f, 101, len, frame_len(&f), &s, &copy), DECODE_SEGMENT);
        free(copy);
    }
    decapsulator_free(d);
}
END_TEST

/* A datagram, put together from two fragments, holds another whole fragment of IP in IP, and so on: the inner ones
 * must not take the place from which the outer ones are being read. */
START_TEST(fragments_within_fragments_are_read_from_where_they_lie) {
    struct decapsulator *d = decapsulator_new(NULL);
    struct frame f;
    struct segment s = {0};
    uint8_t *copy;
    for (unsigned id = 0; id < 2 * LIMIT_FRAGMENT_DATAGRAMS; id++) {
        char inner[80], outer[80];
        snprintf(inner, sizeof inner, "45 00 001c %04x 2000 40 06 0000 0a000001 0a000002", id);
        snprintf(outer, sizeof outer, "45 00 0030 %04x 0002 40 04 0000 c0000201 c0000202", id);
        /* The outer datagram: 16 bytes of the inner header first, then the rest of it, its eight bytes and eight more. */
        frame_build(&f, (const char *const[]){"0a000002 9c40 01bb 000003e8 0000000000000000 00000000 00000000", outer, NULL});
        enum decode_result result = frame_decode(d, &f, 101, frame_len(&f), frame_len(&f), &s, &copy);
        ck_assert_int_eq(result, DECODE_FRAGMENT);
        free(copy);
        snprintf(outer, sizeof outer, "45 00 0024 %04x 2000 40 04 0000 c0000201 c0000202", id);
        inner[strlen(inner) - 9] = '\0';
        frame_build(&f, (const char *const[]){inner, outer, NULL});
        result = frame_decode(d, &f, 101, frame_len(&f), frame_len(&f), &s, &copy);
        ck_assert_int_eq(result, DECODE_FRAGMENT);
        free(copy);
    }
    decapsulator_free(d);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("fragment");
    TCase *tests = tcase_create("fragment");
    tcase_add_checked_fixture(tests, NULL, tear_down);
    tcase_add_loop_test(tests, any_order_gives_the_datagram, 0, 24);
    tcase_add_loop_test(tests, the_first_byte_wins_in_every_overlap, 0, 2);
    tcase_add_test(tests, other_numbers_are_other_datagrams);
    tcase_add_test(tests, fragments_seen_twice_give_one_datagram);
    tcase_add_test(tests, what_is_too_old_is_not_completed);
    tcase_add_test(tests, a_fragment_that_was_cut_leaves_the_rest_unknown);
    tcase_add_test(tests, fragments_that_nobody_sends_are_refused);
    tcase_add_test(tests, two_ends_of_one_datagram_are_a_conflict);
    tcase_add_test(tests, the_datagram_that_waited_longest_goes_first);
    tcase_add_test(tests, long_datagrams_that_are_only_claimed_are_bounded);
    tcase_add_test(tests, a_fragment_without_memory_is_refused);
    tcase_add_test(tests, holes_are_bounded);
    tcase_add_loop_test(tests, frames_of_one_datagram_give_its_segment, 0, 48);
    tcase_add_loop_test(tests, no_prefix_of_a_fragment_is_read_beyond, 0, 4);
    tcase_add_test(tests, fragments_within_fragments_are_read_from_where_they_lie);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
