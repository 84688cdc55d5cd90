/* Records of any cut, holes in them, and the search for the next one. Expected values: RFC 5246, 6.2 and 7. */
#include "fixtures/player.h"
#include "tap.h"
#include "tls/messages.h"
#include "tls/record.h"

/* Three records: a handshake message of 4 bytes, an empty one, an alert. */
static const uint8_t three[] = {22, 3, 3, 0, 4, 14, 0, 0, 0, 23, 3, 3, 0, 0, 21, 3, 3, 0, 2, 2, 40};

START_TEST(records_are_read_in_any_cut) {
    for (size_t cut = 1; cut <= sizeof(three); cut++) {
        struct record_reader reader = {0};
        struct record_piece piece;
        size_t lens[3] = {0}, records = 0;
        for (size_t at = 0; at < sizeof(three); at += cut) {
            size_t n = sizeof(three) - at < cut ? sizeof(three) - at : cut;
            uint8_t *copy = malloc(n);
            memcpy(copy, three + at, n);
            struct bytes data = bytes_of(copy, n);
            while (record_next(&reader, &data, &piece) == RECORD_PIECE) {
                ck_assert_uint_lt(records, 3);
                lens[records] += piece.data.len;
                records += piece.last;
            }
            ck_assert_uint_eq(data.len, 0);
            free(copy);
        }
        ck_assert_uint_eq(records, 3);
        ck_assert(lens[0] == 4 && lens[1] == 0 && lens[2] == 2);
    }
}
END_TEST

START_TEST(header_of_another_protocol_is_nonsense) {
    static const char *const texts[] = {"HTTP/1.1 400 Bad Request", "SSH-2.0-x", "\x16\x04\x00\x00\x01", "\x19\x03\x03\x00\x01",
                                        "\x13\x03\x03\x00\x01"};
    struct record_reader reader = {0};
    struct record_piece piece;
    struct bytes data = bytes_of(texts[_i], 5);

    ck_assert_int_eq(record_next(&reader, &data, &piece), RECORD_NONSENSE);
}
END_TEST

START_TEST(longest_length_is_read) {
    struct record_reader reader = {0};
    struct record_piece piece;
    uint8_t *p = calloc(1, 5 + 65535);
    struct bytes data = bytes_of(p, 5 + 65535);

    memcpy(p, "\x16\x03\x03\xff\xff", 5);
    ck_assert_int_eq(record_next(&reader, &data, &piece), RECORD_PIECE);
    ck_assert(piece.first && piece.last);
    ck_assert_uint_eq(piece.data.len, 65535);
    free(p);
}
END_TEST

START_TEST(hole_inside_a_record_keeps_the_place) {
    struct record_reader reader = {0};
    struct record_piece piece;
    struct bytes data = bytes_of("\x17\x03\x03\x00\x0a....", 9), rest = bytes_of("..\x15\x03\x03\x00\x02\x01", 8);
    bool ends;

    ck_assert(!record_hole(&reader, 1, &ends));
    ck_assert_int_eq(record_next(&reader, &data, &piece), RECORD_PIECE);
    ck_assert(!piece.last);
    ck_assert(!record_hole(&reader, 7, &ends));
    ck_assert(record_hole(&reader, 4, &ends));
    ck_assert(!ends);
    ck_assert_int_eq(record_next(&reader, &rest, &piece), RECORD_PIECE);
    ck_assert(piece.last && piece.data.len == 2);
    ck_assert_int_eq(record_next(&reader, &rest, &piece), RECORD_PIECE);
    ck_assert(piece.header.type == ALERT && !piece.last);
    ck_assert(record_hole(&reader, 1, &ends));
    ck_assert(ends);
}
END_TEST

#define WINDOW(text) text, sizeof(text) - 1

static const struct {
    const char *name, *window;
    size_t len;
    enum record_resync expected, expected_at_end;
} windows[] = {
        {"an alert", WINDOW("\x15\x03\x03\x00\x02\x02\x28"), RESYNC_HERE, RESYNC_HERE},
        {"an alert of no level", WINDOW("\x15\x03\x03\x00\x02\x07\x28????"), RESYNC_NOT_HERE, RESYNC_NOT_HERE},
        {"ChangeCipherSpec", WINDOW("\x14\x03\x01\x00\x01\x01"), RESYNC_HERE, RESYNC_HERE},
        {"ServerHelloDone", WINDOW("\x16\x03\x03\x00\x04\x0e\x00\x00\x00"), RESYNC_HERE, RESYNC_HERE},
        {"a message longer than its record", WINDOW("\x16\x03\x03\x00\x04\x0e\x00\x00\x09"), RESYNC_MORE, RESYNC_HERE},
        {"data and a header", WINDOW("\x17\x03\x03\x00\x02??\x17\x03\x03\x00\x09"), RESYNC_HERE, RESYNC_HERE},
        {"data and no header", WINDOW("\x17\x03\x03\x00\x02??\x17\x03\x09\x00\x09"), RESYNC_NOT_HERE, RESYNC_NOT_HERE},
        {"data to the end", WINDOW("\x17\x03\x03\x00\x02??"), RESYNC_MORE, RESYNC_HERE},
        {"data beyond the end", WINDOW("\x17\x03\x03\x00\x03??"), RESYNC_MORE, RESYNC_NOT_HERE},
        {"no version", WINDOW("\x17\x03\x05\x00\x02??"), RESYNC_NOT_HERE, RESYNC_NOT_HERE},
        {"no type", WINDOW("\x00\x03\x03\x00\x02??"), RESYNC_NOT_HERE, RESYNC_NOT_HERE},
        {"a length of zero", WINDOW("\x17\x03\x03\x00\x00"), RESYNC_NOT_HERE, RESYNC_NOT_HERE},
        {"a length too long", WINDOW("\x17\x03\x03\x48\x01"), RESYNC_NOT_HERE, RESYNC_NOT_HERE},
        {"a part of a header", WINDOW("\x17\x03"), RESYNC_MORE, RESYNC_NOT_HERE},
};

START_TEST(search_takes_only_what_makes_sense) {
    uint8_t *copy = malloc(windows[_i].len);

    memcpy(copy, windows[_i].window, windows[_i].len);
    ck_assert_msg(record_resync(bytes_of(copy, windows[_i].len), false) == windows[_i].expected, "%s", windows[_i].name);
    ck_assert_msg(record_resync(bytes_of(copy, windows[_i].len), true) == windows[_i].expected_at_end, "%s at the end", windows[_i].name);
    free(copy);
}
END_TEST

START_TEST(messages_prove_themselves_by_their_lengths) {
    ck_assert(messages_plausible(bytes_of("\x0e\x00\x00\x00", 4)));
    ck_assert(messages_plausible(bytes_of("\x10\x00\x00\x01x\x0f\x00\x00\x01y", 10)));
    ck_assert(messages_plausible(bytes_of("\x0b\x00\x40\x03\x00\x40\x00...", 10)));  /* a Certificate that goes on */
    ck_assert(!messages_plausible(bytes_of("\x0b\x00\x40\x03\x00\x41\x00...", 10))); /* whose list is longer than it */
    ck_assert(messages_plausible(bytes_of("\x0d\x00\x01\x06\x01\x01\x00\x02\x04\x01\x00\xfe...", 15)));
    ck_assert(!messages_plausible(bytes_of("\x00\x00\x00\x00\x00\x00\x00\x00", 8))); /* an explicit nonce */
    ck_assert(!messages_plausible(bytes_of("\x0e\x00\x00\x00\x0e", 5)));
    ck_assert(!messages_plausible(bytes_of("\x14\x00\x00\x00", 4))); /* Finished is never in clear */
    ck_assert(!messages_plausible(bytes_of("", 0)));
}
END_TEST

START_TEST(message_with_a_hole_is_dropped_and_the_next_one_read) {
    struct message_reader reader = {0};
    struct message_view view;
    struct bytes data = bytes_of("\x0b\x00\x00\x05"
                                 "abc",
                                 7),
                 rest = bytes_of("\x0e\x00\x00\x00", 4);

    ck_assert(!message_hole(&reader, 1));
    ck_assert(!message_next(&reader, &data, &view));
    ck_assert_int_eq(message_begun(&reader), 11);
    ck_assert(message_hole(&reader, 2));
    ck_assert(message_next(&reader, &rest, &view));
    ck_assert_int_eq(view.type, 14);
    ck_assert(view.whole);
    ck_assert(!message_next(&reader, &rest, &view));
    ck_assert_int_eq(message_begun(&reader), -1);
    message_reader_clear(&reader);
}
END_TEST

/* No more than the account allows: what is kept has no hole, and the reader stays at its place. */
START_TEST(message_without_memory_does_not_move_the_next_one) {
    static const char in[] = "\x0b\x00\x00\x05"
                             "abcde"
                             "\x0e\x00\x00\x00";
    struct memory none = {.bound = 0};
    struct message_reader reader = {.pending.memory = &none};
    struct message_view view;

    for (size_t cut = 1; cut < 9; cut++) {
        struct bytes first = bytes_of(in, cut), rest = bytes_of(in + cut, sizeof in - 1 - cut);
        ck_assert(!message_next(&reader, &first, &view));
        ck_assert_uint_eq(first.len, 0);
        ck_assert(message_next(&reader, &rest, &view));
        ck_assert(!view.whole && view.type == 11 && bytes_equal(view.bytes, bytes_of(in, 4)));
        ck_assert(message_next(&reader, &rest, &view));
        ck_assert(view.whole && view.type == 14 && rest.len == 0);
    }
    message_reader_clear(&reader);
}
END_TEST

/* Memory comes back behind the header: the body must not take its place. */
START_TEST(message_that_begins_without_memory_is_kept_as_far_as_it_has_no_hole) {
    static const char in[] = "\x0b\x00\x00\x05"
                             "abcde";

    for (size_t cut = 4; cut < 9; cut++) {
        struct memory memory = {.bound = 0};
        struct message_reader reader = {.pending.memory = &memory};
        struct bytes first = bytes_of(in, cut), rest = bytes_of(in + cut, 9 - cut);
        struct message_view view;
        ck_assert(!message_next(&reader, &first, &view));
        memory.bound = 65536;
        ck_assert(message_next(&reader, &rest, &view));
        ck_assert(!view.whole && view.type == 11 && bytes_equal(view.bytes, bytes_of(in, 4)));
        message_reader_clear(&reader);
        memory_clear(&memory);
    }
}
END_TEST

/* repack puts the messages that one side of a fixture says in clear into records of n bytes, or all of them in one (0);
 * but nothing ever follows a ClientHello in its record. */
static size_t repack(const struct play *play, enum direction sender, size_t n, uint8_t *out) {
    uint8_t *in = malloc(play->len[sender]), *messages = malloc(play->len[sender]);
    size_t len = 0, num = 0, at = 0, out_len = 0;

    for (size_t i = 0; i < play->num_packets; i++) {
        if (play->packets[i].sender == sender) {
            memcpy(in + len, play->packets[i].p, play->packets[i].len);
            len += play->packets[i].len;
        }
    }
    for (size_t record; at + 5 <= len && in[at] == 22; at += 5 + record) {
        record = (size_t)in[at + 3] << 8 | in[at + 4];
        memcpy(messages + num, in + at + 5, record);
        num += record;
    }
    n = n > 0 ? n : num;
    size_t hello = MESSAGE_HEADER + ((size_t)messages[2] << 8 | messages[3]);
    for (size_t done = 0, part; done < num; done += part) {
        size_t end = sender == FORWARD && done < hello ? hello : num;
        part = end - done < n ? end - done : n;
        uint8_t header[5] = {22, 3, 3, (uint8_t)(part >> 8), (uint8_t)part};
        memcpy(out + out_len, header, 5);
        memcpy(out + out_len + 5, messages + done, part);
        out_len += 5 + part;
    }
    memcpy(out + out_len, in + at, len - at);
    free(in);
    free(messages);
    return out_len + len - at;
}

static const size_t fragments[] = {0, 1, 2, 3, 5, 64, 1000};

START_TEST(messages_are_the_same_however_they_are_put_into_records) {
    for (size_t i = 0; i < sizeof(fragments) / sizeof(fragments[0]); i++) {
        const struct stream_fixture *f = &stream_fixtures[_i];
        struct play play, repacked = {0};
        struct player player;
        uint8_t *out = malloc(65536);
        play_fixture(&play, f);
        play_add(&repacked, FORWARD, 1, out, repack(&play, FORWARD, fragments[i], out));
        play_add(&repacked, BACKWARD, 2, out, repack(&play, BACKWARD, fragments[i], out));
        player_run(&player, &repacked, 0, NULL);
        ck_assert_uint_eq(player.c.num_messages, f->num_messages);
        for (int d = 0; d < 2; d++) {
            size_t j = 0;
            for (size_t k = 0; k < f->num_messages; k++) {
                if ((int)f->messages[k].sender != d) {
                    continue;
                }
                while (j < player.c.num_messages && (int)player.c.messages[j].sender != d) {
                    j++;
                }
                ck_assert_msg(player.c.messages[j].type == f->messages[k].what && player.c.messages[j].len == f->messages[k].value,
                              "%s in records of %zu: message %zu", f->name, fragments[i], k);
                j++;
            }
        }
        ck_assert_uint_eq(player.c.stream[FORWARD].malformed, MALFORMED_NOTHING);
        ck_assert_uint_eq(player.c.stream[BACKWARD].malformed, MALFORMED_NOTHING);
        player_clear(&player);
        play_free(&play);
        play_free(&repacked);
        free(out);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("record");
    TCase *tests = tcase_create("record");
    tcase_add_test(tests, records_are_read_in_any_cut);
    tcase_add_loop_test(tests, header_of_another_protocol_is_nonsense, 0, 5);
    tcase_add_test(tests, longest_length_is_read);
    tcase_add_test(tests, hole_inside_a_record_keeps_the_place);
    tcase_add_loop_test(tests, search_takes_only_what_makes_sense, 0, (int)(sizeof(windows) / sizeof(windows[0])));
    tcase_add_test(tests, messages_prove_themselves_by_their_lengths);
    tcase_add_test(tests, message_with_a_hole_is_dropped_and_the_next_one_read);
    tcase_add_test(tests, message_without_memory_does_not_move_the_next_one);
    tcase_add_test(tests, message_that_begins_without_memory_is_kept_as_far_as_it_has_no_hole);
    tcase_add_loop_test(tests, messages_are_the_same_however_they_are_put_into_records, 0, RETRY_TLS13);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
