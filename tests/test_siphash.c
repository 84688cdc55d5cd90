/* SipHash-2-4 against the vectors of its authors (vectors_sip64 of the reference code; openssl mac SIPHASH agrees). */
#include "base/siphash.h"
#include "tap.h"

/* The hash of the bytes 00, 01, 02 ..., by their number, under the key 00 01 ... 0f. */
static const uint64_t vectors[64] = {
        0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a, 0x85676696d7fb7e2d, 0xcf2794e0277187b7, 0x18765564cd99a68d,
        0xcbc9466e58fee3ce, 0xab0200f58b01d137, 0x93f5f5799a932462, 0x9e0082df0ba9e4b0, 0x7a5dbbc594ddb9f3, 0xf4b32f46226bada7,
        0x751e8fbc860ee5fb, 0x14ea5627c0843d90, 0xf723ca908e7af2ee, 0xa129ca6149be45e5, 0x3f2acc7f57c29bdb, 0x699ae9f52cbe4794,
        0x4bc1b3f0968dd39c, 0xbb6dc91da77961bd, 0xbed65cf21aa2ee98, 0xd0f2cbb02e3b67c7, 0x93536795e3a33e88, 0xa80c038ccd5ccec8,
        0xb8ad50c6f649af94, 0xbce192de8a85b8ea, 0x17d835b85bbb15f3, 0x2f2e6163076bcfad, 0xde4daaaca71dc9a5, 0xa6a2506687956571,
        0xad87a3535c49ef28, 0x32d892fad841c342, 0x7127512f72f27cce, 0xa7f32346f95978e3, 0x12e0b01abb051238, 0x15e034d40fa197ae,
        0x314dffbe0815a3b4, 0x027990f029623981, 0xcadcd4e59ef40c4d, 0x9abfd8766a33735c, 0x0e3ea96b5304a7d0, 0xad0c42d6fc585992,
        0x187306c89bc215a9, 0xd4a60abcf3792b95, 0xf935451de4f21df2, 0xa9538f0419755787, 0xdb9acddff56ca510, 0xd06c98cd5c0975eb,
        0xe612a3cb9ecba951, 0xc766e62cfcadaf96, 0xee64435a9752fe72, 0xa192d576b245165a, 0x0a8787bf8ecb74b2, 0x81b3e73d20b49b6f,
        0x7fa8220ba3b2ecea, 0x245731c13ca42499, 0xb78dbfaf3a8d83bd, 0xea1ad565322a1a0b, 0x60e61c23a3795013, 0x6606d7e446282b93,
        0x6ca4ecb15c5f91e1, 0x9f626da15c9625f3, 0xe51b38608ef25f57, 0x958a324ceb064572,
};

static const struct hash_key key = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};

START_TEST(every_length_hashes_as_the_reference_does) {
    size_t len = (size_t)_i;
    uint8_t *data = malloc(len > 0 ? len : 1);
    for (size_t i = 0; i < len; i++) {
        data[i] = (uint8_t)i;
    }
    ck_assert_uint_eq(siphash(&key, data, len), vectors[len]);
    free(data);
}
END_TEST

START_TEST(the_example_of_the_paper_holds) {
    uint8_t data[15];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)i;
    }
    ck_assert_uint_eq(siphash(&key, data, sizeof data), UINT64_C(0xa129ca6149be45e5));
}
END_TEST

START_TEST(no_bytes_may_be_a_null_pointer) {
    ck_assert_uint_eq(siphash(&key, NULL, 0), vectors[0]);
}
END_TEST

START_TEST(two_random_keys_differ) {
    struct hash_key a, b;
    ck_assert(hash_key_random(&a));
    ck_assert(hash_key_random(&b));
    ck_assert(a.k0 != b.k0 || a.k1 != b.k1);
}
END_TEST

/* Around the length of one block and of several. */
START_TEST(a_long_hash_depends_on_every_byte_and_the_length) {
    struct long_hash_key long_key;
    size_t len = (size_t)_i;
    uint8_t *data = calloc(1, len + 1);
    long_hash_key_init(&long_key, &key);
    uint64_t hash = long_hash(&long_key, data, len);
    for (size_t i = 0; i < len; i++) {
        data[i] ^= 1;
        ck_assert_uint_ne(long_hash(&long_key, data, len), hash);
        data[i] ^= 1;
    }
    ck_assert_uint_eq(long_hash(&long_key, data, len), hash);
    ck_assert_uint_ne(long_hash(&long_key, data, len + 1), hash);
    free(data);
}
END_TEST

START_TEST(a_long_hash_depends_on_the_key) {
    struct long_hash_key one, other;
    uint8_t data[300] = {0};
    long_hash_key_init(&one, &key);
    long_hash_key_init(&other, &(struct hash_key){key.k0 ^ 1, key.k1});
    ck_assert_uint_ne(long_hash(&one, data, sizeof data), long_hash(&other, data, sizeof data));
}
END_TEST

/* 48 bytes at the front and 16 at the end. */
START_TEST(a_hash_of_ends_depends_on_them_alone) {
    struct long_hash_key keys;
    uint8_t data[100] = {0};
    long_hash_key_init(&keys, &key);
    const uint64_t plain = hash_of_ends(&keys, bytes_of(data, sizeof data));
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] ^= 1;
        ck_assert((hash_of_ends(&keys, bytes_of(data, sizeof data)) != plain) == (i < 48 || i >= sizeof data - 16));
        data[i] ^= 1;
    }
    for (size_t len = 0; len < 64; len++) {
        ck_assert_uint_eq(hash_of_ends(&keys, bytes_of(data, len)), hash_of_ends(&keys, bytes_of(NULL, 0)));
    }
}
END_TEST

/* Serial numbers that count, whichever byte it is that differs: of 256 places chance fills 162. */
START_TEST(ends_that_count_scatter) {
    struct long_hash_key keys;
    uint8_t data[64] = {0};
    bool filled[256] = {false};
    int num = 0;
    long_hash_key_init(&keys, &key);
    for (int i = 0; i < 256; i++) {
        data[_i] = (uint8_t)i;
        bool *place = &filled[hash_of_ends(&keys, bytes_of(data, sizeof data)) % 256];
        num += !*place;
        *place = true;
    }
    ck_assert_int_gt(num, 64);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("siphash");
    TCase *tests = tcase_create("siphash");
    tcase_add_loop_test(tests, every_length_hashes_as_the_reference_does, 0, 64);
    tcase_add_loop_test(tests, a_long_hash_depends_on_every_byte_and_the_length, 0, 400);
    tcase_add_test(tests, a_long_hash_depends_on_the_key);
    tcase_add_test(tests, a_hash_of_ends_depends_on_them_alone);
    tcase_add_loop_test(tests, ends_that_count_scatter, 0, 64);
    tcase_add_test(tests, the_example_of_the_paper_holds);
    tcase_add_test(tests, no_bytes_may_be_a_null_pointer);
    tcase_add_test(tests, two_random_keys_differ);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
