/* The hash of a few words against a computation in Python's integers, and how its bits spread where keys are chosen. */
#include "base/word_hash.h"
#include "tap.h"

static const struct {
    size_t num;
    uint32_t words[WORD_HASH_WORDS], hash;
} vectors[] = {
        {0, {0}, 0x1b809c87},
        {1, {0}, 0x1b809c87},
        {1, {1}, 0x7cc9fa68},
        {3, {0x0100000a, 0x0200000a, 0x01bbd431}, 0x861a83fc},
        {3, {0xffffffff, 0xffffffff, 0xffffffff}, 0x052a2997},
        {9, {1, 2, 3, 4, 5, 6, 7, 8, 9}, 0x8ec443c5},
        {9, {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, 0x541f24d1},
};

START_TEST(it_is_the_high_half_of_a_sum_of_products) {
    struct word_hash_key key;
    word_hash_key_init(&key, &(struct hash_key){UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)});
    ck_assert_uint_eq(word_hash(&key, vectors[_i].words, vectors[_i].num), vectors[_i].hash);
}
END_TEST

/* Two keys that somebody chose without the secret meet as often as chance has it, in the bits that choose a line and in those
 * that stand beside a number. */
static const struct {
    uint32_t one[3], other[3];
} chosen[] = {
        {{0x0100000a, 0x0200000a, 443}, {0x0100000a, 0x0200000a, 444}},
        {{0x0100000a, 0x0200000a, 443}, {0x8100000a, 0x0200000a, 443}},
        {{0, 0, 0}, {0, 0x80000000, 0}},
        {{0, 0, 0}, {0xffffffff, 0xffffffff, 0xffffffff}},
        {{0x00010000, 0, 0x00010000}, {0x00020000, 0, 0}},
        {{1, 2, 3}, {3, 2, 1}},
};

enum { SECRETS = 20000, MEET_BY_CHANCE = SECRETS >> 11 /* of 11 bits */, MANY = 4 * MEET_BY_CHANCE };

START_TEST(chosen_keys_meet_by_chance) {
    int low = 0, high = 0;
    for (uint64_t secret = 0; secret < SECRETS; secret++) {
        struct word_hash_key key;
        word_hash_key_init(&key, &(struct hash_key){secret, ~secret});
        uint32_t differ = word_hash(&key, chosen[_i].one, 3) ^ word_hash(&key, chosen[_i].other, 3);
        low += (differ & 0x7ff) == 0;
        high += differ >> 21 == 0;
    }
    ck_assert_msg(low < MANY && high < MANY, "%d and %d meet", low, high);
}
END_TEST

/* A scan: as many lines as a table of them has, twelve to each on average. */
START_TEST(keys_in_a_row_scatter) {
    enum { LINES = 4096, EACH = 12, MOST = 64 };
    static int in_line[LINES];
    struct word_hash_key key;
    word_hash_key_init(&key, &(struct hash_key){(uint64_t)_i, 0});
    memset(in_line, 0, sizeof in_line);
    for (uint32_t i = 0; i < LINES * EACH; i++) {
        in_line[word_hash(&key, (const uint32_t[]){0x0100000a, 0x0200000a, i << 16 | 443}, 3) % LINES]++;
    }
    for (int i = 0; i < LINES; i++) {
        ck_assert_msg(in_line[i] < MOST, "%d in line %d", in_line[i], i);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("word_hash");
    TCase *tests = tcase_create("word_hash");
    tcase_add_loop_test(tests, it_is_the_high_half_of_a_sum_of_products, 0, sizeof vectors / sizeof *vectors);
    tcase_add_loop_test(tests, chosen_keys_meet_by_chance, 0, sizeof chosen / sizeof *chosen);
    tcase_add_loop_test(tests, keys_in_a_row_scatter, 0, 50);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
