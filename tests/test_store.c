/* The store: each certificate once, issuers by name, links computed once, objects put aside and parsed again. */
#include "certificates.h"
#include "tap.h"
#include "x509/internal.h"

static struct certificate_store *store;

static void setup(void) {
    store = new_store();
    ck_assert_ptr_nonnull(store);
}

static void teardown(void) {
    certificate_store_free(store);
}

/* "server-only" with an authority key identifier that no CA has. */
static const struct certificate *add_of_another_key(void) {
    static const uint8_t identifier[] = {0x69, 0x93, 0x55, 0x05};
    struct buffer der = read_fixture("server-only.der");
    uint8_t *at = memmem(der.p, der.len, identifier, sizeof identifier);
    ck_assert_ptr_nonnull(at);
    at[0] ^= 1;
    const struct certificate *c = certificate_store_add(store, buffer_bytes(&der));
    buffer_clear(&der);
    return c;
}

START_TEST(another_key_of_an_issuer_is_known_by_its_identifier) {
    const struct certificate *leaf = add(store, "leaf");
    add(store, "server-only");
    add(store, "no-key-usage");
    ck_assert_ptr_null(certificate_other_key(leaf));
    const struct certificate *other = add_of_another_key();
    ck_assert_ptr_eq(certificate_other_key(leaf), other);
    ck_assert_ptr_eq(certificate_other_key(other), leaf);
}
END_TEST

START_TEST(the_same_bytes_are_the_same_certificate) {
    const struct certificate *leaf = add(store, "leaf");
    const struct certificate *root = add(store, "root");
    ck_assert_ptr_ne(leaf, root);
    ck_assert_ptr_eq(add(store, "leaf"), leaf);
    ck_assert_ptr_eq(add(store, "root"), root);
    const struct certificate *empty = certificate_store_add(store, bytes_of(NULL, 0));
    ck_assert_str_eq(empty->facts.malformed, "empty");
    /* FIPS 180-4: SHA-256 of nothing */
    ck_assert_str_eq(empty->facts.sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    ck_assert_ptr_eq(certificate_store_add(store, bytes_of("", 0)), empty);
}
END_TEST

START_TEST(issuers_are_found_by_name_in_the_order_seen) {
    const struct certificate *leaf = add(store, "leaf");
    const struct certificate *found[4];
    ck_assert_uint_eq(certificate_store_issuers(store, leaf, found, 4), 0);
    const struct certificate *rekeyed = add(store, "rekeyed");
    const struct certificate *intermediate = add(store, "intermediate");
    const struct certificate *cross = add(store, "cross");
    add(store, "root");
    ck_assert_uint_eq(certificate_store_issuers(store, leaf, found, 4), 3);
    ck_assert_ptr_eq(found[0], rekeyed);
    ck_assert_ptr_eq(found[1], intermediate);
    ck_assert_ptr_eq(found[2], cross);
    ck_assert_uint_eq(certificate_store_issuers(store, leaf, found, 2), 2);
    ck_assert_uint_eq(certificate_store_issuers(store, certificate_store_add(store, bytes_of("x", 1)), found, 4), 0);
}
END_TEST

static const struct {
    const char *child, *issuer;
    enum link link;
} links[] = {
        {"leaf", "intermediate", LINK_VERIFIED},
        {"leaf", "cross", LINK_VERIFIED},
        {"leaf", "rekeyed", LINK_FAILED},
        {"leaf", "rekeyed-bare", LINK_FAILED},
        {"leaf", "root", LINK_UNCHECKED},
        {"intermediate", "root", LINK_VERIFIED},
        {"intermediate", "root-2", LINK_FAILED},
        {"root", "root", LINK_VERIFIED},
        {"root", "root-2", LINK_FAILED},
        {"cross", "other", LINK_VERIFIED},
        {"md5", "root", LINK_VERIFIED},
        {"sha1", "intermediate", LINK_VERIFIED},
        {"hostile", "root", LINK_VERIFIED},
        {"hostile-nul", "root", LINK_FAILED},
        {"rsa-signs-pss", "rsa-signs-pss", LINK_VERIFIED},
        {"md5", "v1-root", LINK_VERIFIED},
        {"explicit", "explicit", LINK_UNCHECKED},
};

/* As `openssl verify -partial_chain` says of each pair. */
START_TEST(links_are_verified_once_and_for_all) {
    const struct certificate *child = add(store, links[_i].child);
    const struct certificate *issuer = add(store, links[_i].issuer);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(certificate_issued_by(store, child, issuer), links[_i].link);
    }
}
END_TEST

START_TEST(key_identifiers_disagree_only_where_both_are_there) {
    const struct certificate *leaf = add(store, "leaf");
    ck_assert(certificate_key_ids_agree(leaf, add(store, "intermediate")));
    ck_assert(!certificate_key_ids_agree(leaf, add(store, "rekeyed")));
    ck_assert(certificate_key_ids_agree(leaf, add(store, "rekeyed-bare")));
    ck_assert(certificate_key_ids_agree(add(store, "no-key-usage"), add(store, "v1-root")));
}
END_TEST

START_TEST(an_object_put_aside_is_parsed_again) {
    const struct certificate *leaf = add(store, "leaf");
    struct buffer der = read_fixture("intermediate.der");
    enum host_match match = certificate_matches_host(leaf, "leaf.example");
    ck_assert_ptr_nonnull(leaf->private_part->x509);
    for (int i = 0; i < LIMIT_PARSED_CERTIFICATES + 10; i++) {
        der.p[der.len - 1] = (uint8_t)i;
        der.p[der.len - 2] = (uint8_t)(i >> 8);
        const struct certificate *c = certificate_store_add(store, buffer_bytes(&der));
        ck_assert_ptr_null(c->facts.malformed);
        certificate_matches_host(c, "leaf.example");
    }
    ck_assert_ptr_null(leaf->private_part->x509);
    ck_assert_int_eq(certificate_matches_host(leaf, "leaf.example"), match);
    ck_assert_ptr_nonnull(leaf->private_part->x509);
    buffer_clear(&der);
}
END_TEST

START_TEST(a_full_store_takes_no_more) {
    uint8_t *big = calloc(1, LIMIT_CERTIFICATE * 2);
    const struct certificate *first = add(store, "leaf");
    const struct certificate *c = first;
    for (size_t taken = 0; c != NULL && taken <= LIMIT_STORE_BYTES; taken += LIMIT_CERTIFICATE * 2) {
        big[0]++;
        big[1] = (uint8_t)(taken >> 24);
        big[2] = (uint8_t)(taken >> 20);
        c = certificate_store_add(store, bytes_of(big, LIMIT_CERTIFICATE * 2));
    }
    ck_assert_ptr_null(c);
    ck_assert_ptr_eq(add(store, "leaf"), first);
    free(big);
}
END_TEST

/* Each of these takes at least its own bytes. What was given does not count. */
START_TEST(a_store_that_overflowed_says_so_until_it_is_settled) {
    const struct hash_key key = {1, 2};
    struct certificate_store *small = certificate_store_new(&key, 100000);
    const struct certificate *c = NULL;
    uint8_t der[1000] = {0};
    uint32_t num = 0;
    do {
        ck_assert(!certificate_store_overflowed(small));
        memcpy(der, &num, sizeof num);
        c = certificate_store_add(small, bytes_of(der, sizeof der));
        num += c != NULL;
    } while (c != NULL && num < 1000);
    ck_assert(certificate_store_overflowed(small));
    ck_assert_uint_ge(num, 20);
    ck_assert_uint_lt(num, 100);
    certificate_store_settle(small);
    ck_assert(!certificate_store_overflowed(small));
    certificate_store_set_aside(small);
    ck_assert_ptr_nonnull(certificate_store_add(small, bytes_of(der, sizeof der)));
    certificate_store_free(small);
}
END_TEST

static const struct {
    const char *name;
    bool usual;
} keys[] = {{"leaf", true},       {"p384", true},       {"p521", true},      {"root", true},         {"rsa-3072", true},
            {"rsa-1024", true},   {"dsa", false},       {"ed25519", false},  {"ed448", false},       {"rsa-pss", false},
            {"secp256k1", false}, {"brainpool", false}, {"explicit", false}, {"rsa-signs-pss", true}};

START_TEST(a_usual_key_is_the_one_that_libcrypto_decodes) {
    const struct certificate *c = add(store, keys[_i].name);
    X509 *x = certificate_x509_complete(c);
    EVP_PKEY *made = usual_key(c);
    ck_assert_msg((made != NULL) == keys[_i].usual, "%s", keys[_i].name);
    ck_assert_msg(made == NULL || EVP_PKEY_eq(made, X509_get0_pubkey(x)) == 1, "%s", keys[_i].name);
    EVP_PKEY_free(made);
    X509_free(x);
}
END_TEST

/* RFC 5480, 2.2: 03 is a bit string, 00 its unused bits, 04 an uncompressed point. */
START_TEST(a_point_beside_its_curve_is_no_key) {
    static const uint8_t begins[] = {0x03, 0x42, 0x00, 0x04};
    struct buffer der = read_fixture("leaf.der");
    uint8_t *at = memmem(der.p, der.len, begins, sizeof begins);
    ck_assert_ptr_nonnull(at);
    at[sizeof begins + 63] ^= 1;
    const struct certificate *c = certificate_store_add(store, buffer_bytes(&der));
    buffer_clear(&der);
    ck_assert(c->usable_key); /* by its looks */
    ck_assert_ptr_null(usual_key(c));
    ck_assert_ptr_null(certificate_key(c));
}
END_TEST

START_TEST(nothing_can_be_freed) {
    certificate_store_free(NULL);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("store");
    TCase *tcase = tcase_create("store");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, the_same_bytes_are_the_same_certificate);
    tcase_add_test(tcase, issuers_are_found_by_name_in_the_order_seen);
    tcase_add_loop_test(tcase, links_are_verified_once_and_for_all, 0, sizeof links / sizeof links[0]);
    tcase_add_test(tcase, key_identifiers_disagree_only_where_both_are_there);
    tcase_add_test(tcase, another_key_of_an_issuer_is_known_by_its_identifier);
    tcase_add_test(tcase, an_object_put_aside_is_parsed_again);
    tcase_add_test(tcase, a_full_store_takes_no_more);
    tcase_add_test(tcase, a_store_that_overflowed_says_so_until_it_is_settled);
    tcase_add_loop_test(tcase, a_usual_key_is_the_one_that_libcrypto_decodes, 0, sizeof keys / sizeof keys[0]);
    tcase_add_test(tcase, a_point_beside_its_curve_is_no_key);
    tcase_add_test(tcase, nothing_can_be_freed);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
