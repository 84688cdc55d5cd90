/*
 * Openings: each dialogue of fixtures/openings.h whole, in pieces and byte by byte, with the two sides' TLS as it must
 * come out; what must not be taken for TLS; and records cut short.
 */
#include "fixtures/openings.h"
#include "tap.h"

#include "base/buffer.h"
#include "base/limits.h"
#include "tls/opening.h"

#define CAP ((size_t)1 << 22)

/* What a caller has at the end of a conversation. */
struct heard {
    struct opening opening;
    struct buffer tls[2];
    bool speaks_tls[2];
    enum opening_verdict verdict;
    uint64_t first_frame[2]; /* of the first TLS byte */
};

static void hear_tls(struct heard *heard, enum direction sender, struct bytes data, uint64_t frame) {
    if (heard->tls[sender].len == 0) {
        heard->first_frame[sender] = frame;
    }
    ck_assert(buffer_append(&heard->tls[sender], data, CAP));
}

static void hear(struct opening_reader *r, struct heard *heard, enum direction sender, struct bytes data, uint64_t frame) {
    struct tlswatch_mark mark = {.frame = frame};
    struct bytes piece;
    if (heard->verdict == OPENING_NOT_TLS) {
        return;
    }
    if (heard->speaks_tls[sender] && !opening_wrapped(r)) {
        hear_tls(heard, sender, data, frame);
        return;
    }
    uint8_t *copy = malloc(data.len); /* of exactly that size: the sanitizer sees an overread */
    memcpy(copy, data.p, data.len);
    enum opening_verdict verdict = opening_push(r, &heard->opening, sender, bytes_of(copy, data.len), mark);
    free(copy);
    heard->speaks_tls[sender] = heard->speaks_tls[sender] || verdict == OPENING_TLS;
    heard->verdict = verdict == OPENING_NOT_TLS ? OPENING_NOT_TLS : OPENING_UNDECIDED;
    while (opening_replay(r, sender, &piece, &mark)) {
        hear_tls(heard, sender, piece, mark.frame);
    }
}

static struct heard play(const struct said *said, size_t cut) {
    struct heard heard = {.verdict = OPENING_UNDECIDED};
    struct opening_reader *r = opening_reader_new(NULL);
    for (uint64_t frame = 1; said->bytes != NULL; said++, frame++) {
        for (size_t at = 0; at < said->len; at += cut) {
            size_t len = said->len - at < cut ? said->len - at : cut;
            hear(r, &heard, said->sender, bytes_of(said->bytes + at, len), frame);
        }
    }
    if (heard.verdict != OPENING_NOT_TLS) {
        heard.verdict = opening_finish(r, &heard.opening);
    }
    opening_reader_free(r);
    return heard;
}

static void heard_clear(struct heard *heard) {
    buffer_clear(&heard->tls[FORWARD]);
    buffer_clear(&heard->tls[BACKWARD]);
}

static const size_t cuts[] = {SIZE_MAX / 2, 1, 2, 3, 7, 16};
#define NUM_CUTS (sizeof cuts / sizeof cuts[0])

static void check_text(const char *dialogue, size_t cut, const char *what, const char *expected, const char *found) {
    ck_assert_msg((expected == NULL) == (found == NULL) && (expected == NULL || strcmp(expected, found) == 0), "%s, cut %zu: %s %s, not %s",
                  dialogue, cut, what, found, expected);
}

static void check_tls(const struct dialogue *d, size_t cut, const struct heard *heard, enum direction sender, const char *hello,
                      size_t len) {
    const struct buffer *tls = &heard->tls[sender];
    if (hello == NULL) {
        ck_assert_msg(!heard->speaks_tls[sender] && tls->len == 0, "%s, cut %zu: TLS by %d", d->name, cut, sender);
        return;
    }
    ck_assert_msg(tls->len == len && memcmp(tls->p, hello, len) == 0, "%s, cut %zu: %zu bytes of TLS by %d, not %zu", d->name, cut,
                  tls->len, sender, len);
}

static void check_dialogue(const struct dialogue *d, size_t cut) {
    struct heard heard = play(d->said, cut);
    char refusal[sizeof heard.opening.refusal + 1] = {0};
    memcpy(refusal, heard.opening.refusal, heard.opening.refusal_len);
    check_text(d->name, cut, "name", d->opening, heard.opening.name);
    check_text(d->name, cut, "instead", d->instead, heard.opening.instead);
    check_text(d->name, cut, "refusal", d->refusal != NULL ? d->refusal : "", refusal);
    check_text(d->name, cut, "client", d->client != NULL ? d->client : "", heard.opening.proxied_client.ip);
    ck_assert_msg(heard.opening.proxied_client.port == d->client_port, "%s: port %d", d->name, heard.opening.proxied_client.port);
    ck_assert_msg(d->instead == NULL || heard.opening.instead_by == d->instead_by, "%s, cut %zu: by %d", d->name, cut,
                  heard.opening.instead_by);
    ck_assert_msg(heard.verdict == d->verdict, "%s, cut %zu: verdict %d", d->name, cut, heard.verdict);
    check_tls(d, cut, &heard, FORWARD, d->client_tls, d->client_tls_len);
    check_tls(d, cut, &heard, BACKWARD, d->server_tls, d->server_tls_len);
    heard_clear(&heard);
}

START_TEST(dialogue_comes_out_the_same_however_it_is_cut) {
    for (size_t i = 0; i < NUM_CUTS; i++) {
        check_dialogue(&dialogues[_i], cuts[i]);
    }
}
END_TEST

/* A capture that ends anywhere in it must not make TLS of what is not. */
START_TEST(no_prefix_of_a_dialogue_invents_tls) {
    const struct dialogue *d = &dialogues[_i];
    for (size_t last = 0; d->said[last].bytes != NULL; last++) {
        for (size_t len = 0; len < d->said[last].len; len += 5) {
            struct said cut[32] = {0};
            memcpy(cut, d->said, last * sizeof cut[0]);
            cut[last] = (struct said){d->said[last].sender, d->said[last].bytes, len};
            struct heard heard = play(cut, SIZE_MAX / 2);
            ck_assert_msg(heard.tls[FORWARD].len <= d->client_tls_len && heard.tls[BACKWARD].len <= d->server_tls_len, "%s", d->name);
            heard_clear(&heard);
        }
    }
}
END_TEST

START_TEST(tls_bytes_keep_the_frame_they_came_in) {
    static const struct said said[] = {{FORWARD, BYTES("EHLO x\r\n")}, {FORWARD, BYTES("STARTTLS\r\n")}, {FORWARD, BYTES("\x16")},
                                       {FORWARD, BYTES("\x03\x01")},   {FORWARD, CLIENT_HELLO_REST},     {0, NULL, 0}};
    struct opening_reader *r = opening_reader_new(NULL);
    struct opening o = {0};
    struct tlswatch_mark mark;
    struct bytes data;
    enum opening_verdict verdict = OPENING_UNDECIDED;
    for (uint64_t i = 0; said[i].bytes != NULL; i++) {
        ck_assert_int_eq(verdict, OPENING_UNDECIDED);
        ck_assert(!opening_replay(r, FORWARD, &data, &mark));
        verdict = opening_push(r, &o, said[i].sender, bytes_of(said[i].bytes, said[i].len), (struct tlswatch_mark){.frame = i + 1});
    }
    ck_assert_int_eq(verdict, OPENING_TLS);
    size_t lens[] = {1, 2, CLIENT_HELLO_LEN - 3};
    for (uint64_t i = 0; i < 3; i++) {
        ck_assert(opening_replay(r, FORWARD, &data, &mark));
        ck_assert_uint_eq(data.len, lens[i]);
        ck_assert_uint_eq(mark.frame, 3 + i);
    }
    ck_assert(!opening_replay(r, FORWARD, &data, &mark));
    opening_reader_free(r);
}
END_TEST

START_TEST(record_at_the_start_is_told_from_look_alikes) {
    const struct look_alike *row = &look_alikes[_i];
    uint8_t *copy = malloc(row->len);
    memcpy(copy, row->bytes, row->len);
    ck_assert_msg(opening_looks_like_tls(bytes_of(copy, row->len)) == row->tls, "%s", row->name);
    free(copy);
}
END_TEST

START_TEST(too_few_bytes_are_no_record_and_no_overread) {
    static const char hello[] = CLIENT_HELLO;
    for (size_t len = 0; len < 11; len++) {
        uint8_t *copy = malloc(len);
        memcpy(copy, hello, len);
        ck_assert(!opening_looks_like_tls(bytes_of(copy, len)));
        free(copy);
    }
    ck_assert(opening_looks_like_tls(bytes_of(hello, 11)));
}
END_TEST

/* xorshift64: the same bytes every time */
static uint8_t noise(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint8_t)(*state >> 24);
}

START_TEST(random_bytes_are_not_tls_and_are_given_up_at_the_limit) {
    uint64_t state = (uint64_t)_i + 1;
    struct opening_reader *r = opening_reader_new(NULL);
    struct opening o = {0};
    enum opening_verdict verdict = OPENING_UNDECIDED;
    size_t total = 0;
    while (verdict == OPENING_UNDECIDED && total < 2 * LIMIT_OPENING_BYTES) {
        uint8_t data[97];
        size_t len = 1 + noise(&state) % sizeof data;
        for (size_t i = 0; i < len; i++) {
            data[i] = noise(&state);
        }
        verdict = opening_push(r, &o, FORWARD, bytes_of(data, len), (struct tlswatch_mark){.frame = 1});
        total += len;
    }
    ck_assert_int_eq(verdict, OPENING_NOT_TLS);
    ck_assert_uint_ge(total, LIMIT_OPENING_BYTES);
    ck_assert_uint_lt(total, LIMIT_OPENING_BYTES + 97);
    opening_reader_free(r);
}
END_TEST

/* A dialogue with a few bytes damaged: nothing to expect but that the sanitizer stays quiet. */
START_TEST(damaged_dialogues_do_no_harm) {
    const struct dialogue *d = &dialogues[_i];
    uint64_t state = 77;
    for (int round = 0; round < 200; round++) {
        struct heard heard = {.verdict = OPENING_UNDECIDED};
        struct opening_reader *r = opening_reader_new(NULL);
        for (const struct said *said = d->said; said->bytes != NULL; said++) {
            uint8_t *copy = malloc(said->len);
            memcpy(copy, said->bytes, said->len);
            copy[(noise(&state) << 8 | noise(&state)) % said->len] = noise(&state);
            hear(r, &heard, said->sender, bytes_of(copy, said->len), 1);
            free(copy);
        }
        opening_finish(r, &heard.opening);
        opening_reader_free(r);
        heard_clear(&heard);
    }
}
END_TEST

START_TEST(line_without_end_does_not_hide_tls) {
    static char line[3 * LIMIT_OPENING_MESSAGE];
    memset(line, 'x', sizeof line);
    struct said said[] = {{FORWARD, line, sizeof line}, {FORWARD, CLIENT_HELLO_BYTES}, {0, NULL, 0}};
    for (size_t i = 0; i < NUM_CUTS; i++) {
        struct heard heard = play(said, cuts[i]);
        ck_assert(heard.speaks_tls[FORWARD]);
        ck_assert_uint_eq(heard.tls[FORWARD].len, CLIENT_HELLO_LEN);
        heard_clear(&heard);
    }
}
END_TEST

int main(void) {
    Suite *s = suite_create("opening");
    TCase *t = tcase_create("dialogues");
    int num = (int)(sizeof dialogues / sizeof dialogues[0]);
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, dialogue_comes_out_the_same_however_it_is_cut, 0, num);
    tcase_add_loop_test(t, no_prefix_of_a_dialogue_invents_tls, 0, num);
    tcase_add_loop_test(t, damaged_dialogues_do_no_harm, 0, num);
    tcase_add_test(t, tls_bytes_keep_the_frame_they_came_in);
    tcase_add_test(t, line_without_end_does_not_hide_tls);
    suite_add_tcase(s, t);
    t = tcase_create("records");
    tcase_add_loop_test(t, record_at_the_start_is_told_from_look_alikes, 0, (int)(sizeof look_alikes / sizeof look_alikes[0]));
    tcase_add_test(t, too_few_bytes_are_no_record_and_no_overread);
    tcase_add_loop_test(t, random_bytes_are_not_tls_and_are_given_up_at_the_limit, 0, 8);
    suite_add_tcase(s, t);
    return tap_run(s);
}
