/* Names as RFC 5280, 7.1 compares them, held against libcrypto's X509_NAME_cmp; and names on a list. */
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

/* A list that holds the subjects of these certificates. */
static const struct authority_list *list_of(const char *const *names) {
    struct buffer encoded = {0};
    for (; *names != NULL; names++) {
        const struct tlswatch_name *subject = &add(store, *names)->facts.subject;
        const uint8_t len[2] = {(uint8_t)(subject->der_len >> 8), (uint8_t)subject->der_len};
        buffer_append(&encoded, bytes_of(len, 2), 1 << 20);
        buffer_append(&encoded, bytes_of(subject->der, subject->der_len), 1 << 20);
    }
    const struct authority_list *list = certificate_store_authorities(store, buffer_bytes(&encoded));
    buffer_clear(&encoded);
    return list;
}

static const char *const forms[] = {
        "name-utf8",  "name-bmp",           "name-t61",         "name-case",    "name-spaces", "name-order", "name-umlaut",
        "name-multi", "name-multi-swapped", "name-multi-apart", "name-special", "name-empty",  "root",       "root-2",
        "hostile",    "hostile-nul-name"};

#define NUM_FORMS ((int)(sizeof forms / sizeof forms[0]))

START_TEST(every_pair_compares_as_in_libcrypto) {
    const struct certificate *a = add(store, forms[_i]);
    X509 *ax = certificate_x509(a);
    for (int j = 0; j < NUM_FORMS; j++) {
        const struct certificate *b = add(store, forms[j]);
        const struct authority_list *list = list_of((const char *const[]){forms[j], NULL});
        X509 *bx = certificate_x509(b);
        bool equal = X509_NAME_cmp(X509_get_subject_name(ax), X509_get_subject_name(bx)) == 0;
        ck_assert_msg((authority_match_subject(list, 0, a) != NAME_DIFFERENT) == equal, "%s and %s", forms[_i], forms[j]);
        X509_free(bx);
    }
    X509_free(ax);
}
END_TEST

/* What RFC 5280, 7.1 says, without asking libcrypto. */
static const struct {
    const char *a, *b;
    enum name_match match;
} pairs[] = {
        {"name-utf8", "name-utf8", NAME_IDENTICAL},
        {"root", "root-2", NAME_IDENTICAL},
        {"name-utf8", "name-bmp", NAME_EQUAL},
        {"name-utf8", "name-t61", NAME_EQUAL},
        {"name-bmp", "name-case", NAME_EQUAL},
        {"name-case", "name-spaces", NAME_EQUAL},
        {"name-bmp", "name-order", NAME_DIFFERENT},
        {"name-multi", "name-multi-swapped", NAME_EQUAL},
        {"name-multi", "name-multi-apart", NAME_DIFFERENT},
        {"name-empty", "root", NAME_DIFFERENT},
};

START_TEST(case_space_and_type_do_not_count) {
    const struct authority_list *list = list_of((const char *const[]){pairs[_i].b, NULL});
    enum name_match match;
    ck_assert_int_eq(authority_match_subject(list, 0, add(store, pairs[_i].a)), pairs[_i].match);
    int found = authority_find_subject(list, add(store, pairs[_i].a), &match);
    ck_assert_int_eq(found, pairs[_i].match == NAME_DIFFERENT ? -1 : 0);
    ck_assert_int_eq(match, pairs[_i].match);
}
END_TEST

static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525 + 1013904223;
    return *state >> 16;
}

static X509_NAME *random_name(uint32_t *state) {
    static const char *const values[] = {"a", "A", " a", "a b", "a  B", "", "1", "b"};
    static const int types[] = {V_ASN1_UTF8STRING,    V_ASN1_PRINTABLESTRING, V_ASN1_IA5STRING,
                                V_ASN1_NUMERICSTRING, V_ASN1_OCTET_STRING,    V_ASN1_T61STRING};
    X509_NAME *name = X509_NAME_new();
    for (uint32_t i = next_random(state) % 3; i > 0; i--) {
        const char *value = values[next_random(state) % 8];
        X509_NAME_add_entry_by_NID(name, next_random(state) % 2 ? NID_commonName : NID_organizationName, types[next_random(state) % 6],
                                   (const unsigned char *)value, (int)strlen(value), -1, next_random(state) % 3 == 0 ? -1 : 0);
    }
    unsigned char *der = NULL;
    int len = i2d_X509_NAME(name, &der);
    const unsigned char *p = der;
    X509_NAME_free(name);
    name = d2i_X509_NAME(NULL, &p, len);
    OPENSSL_free(der);
    return name;
}

START_TEST(random_names_compare_as_in_libcrypto) {
    uint32_t state = 99;
    int equal = 0;
    for (int i = 0; i < 5000; i++) {
        X509_NAME *a = random_name(&state);
        X509_NAME *b = random_name(&state);
        ck_assert(a != NULL && b != NULL);
        bool same = X509_NAME_cmp(a, b) == 0;
        equal += same;
        ck_assert_int_eq(name_intern(store, a) == name_intern(store, b), same);
        X509_NAME_free(a);
        X509_NAME_free(b);
    }
    ck_assert_int_gt(equal, 100);
}
END_TEST

START_TEST(an_identical_name_is_found_before_an_equal_one) {
    const struct authority_list *list = list_of((const char *const[]){"root", "name-bmp", "name-case", "name-t61", "name-case", NULL});
    enum name_match match;
    ck_assert_int_eq(authority_find_subject(list, add(store, "name-case"), &match), 2);
    ck_assert_int_eq(match, NAME_IDENTICAL);
    ck_assert_int_eq(authority_find_subject(list, add(store, "name-spaces"), &match), 1);
    ck_assert_int_eq(match, NAME_EQUAL);
    ck_assert_int_eq(authority_find_issuer(list, add(store, "intermediate"), &match), 0);
    ck_assert_int_eq(match, NAME_IDENTICAL);
    ck_assert_int_eq(authority_find_issuer(list, add(store, "leaf"), &match), -1);
    ck_assert_int_eq(match, NAME_DIFFERENT);
    ck_assert_int_eq(authority_match_issuer(list, 0, add(store, "intermediate")), NAME_IDENTICAL);
}
END_TEST

START_TEST(a_list_keeps_names_in_order_and_is_parsed_once) {
    const char *const names[] = {"root", "other", "name-bmp", NULL};
    const struct authority_list *list = list_of(names);
    ck_assert_uint_eq(list->num_names, 3);
    ck_assert(!list->malformed);
    ck_assert_str_eq(list->names[0].text, "CN=Acme Root G1,O=Acme,C=DE");
    ck_assert_str_eq(list->names[1].text, "CN=Other Root,O=Other");
    ck_assert_str_eq(list->names[2].text, "CN=Acme Issuing CA,O=Müller & Söhne,C=DE");
    ck_assert_ptr_eq(list, list_of(names));
    ck_assert_uint_eq(certificate_store_authorities(store, bytes_of("", 0))->num_names, 0);
}
END_TEST

START_TEST(a_cut_list_keeps_the_names_before_the_cut) {
    const struct tlswatch_name *subject = &add(store, "root")->facts.subject;
    struct buffer encoded = {0};
    for (int i = 0; i < 2; i++) {
        const uint8_t len[2] = {0, (uint8_t)subject->der_len};
        buffer_append(&encoded, bytes_of(len, 2), 1000);
        buffer_append(&encoded, bytes_of(subject->der, subject->der_len), 1000);
    }
    size_t one = encoded.len / 2;
    for (size_t len = 0; len <= encoded.len; len++) {
        uint8_t *copy = malloc(len > 0 ? len : 1);
        memcpy(copy, encoded.p, len);
        const struct authority_list *list = certificate_store_authorities(store, bytes_of(copy, len));
        ck_assert_uint_eq(list->num_names, len / one);
        ck_assert_uint_eq(list->encoded_len, len);
        ck_assert_int_eq(list->malformed, len % one != 0);
        free(copy);
    }
    buffer_clear(&encoded);
}
END_TEST

START_TEST(what_is_no_name_keeps_its_place_and_matches_nothing) {
    static const uint8_t encoded[] = {0, 3, 0x30, 0x05, 0x01, 0, 0, 0, 2, 0x30, 0x00, 0, 3, 0x30, 0x00, 0x00};
    const struct authority_list *list = certificate_store_authorities(store, bytes_of(encoded, sizeof encoded));
    enum name_match match;
    ck_assert(list->malformed);
    ck_assert_uint_eq(list->num_names, 4);
    ck_assert_str_eq(list->names[0].text, "#300501");
    ck_assert_str_eq(list->names[1].text, "#");
    ck_assert_str_eq(list->names[2].text, "");
    ck_assert_str_eq(list->names[3].text, "#300000");
    ck_assert_int_eq(authority_find_subject(list, add(store, "name-empty"), &match), 2);
    ck_assert_int_eq(authority_find_subject(list, add(store, "root"), &match), -1);
    ck_assert_int_eq(authority_match_subject(list, 0, add(store, "root")), NAME_DIFFERENT);
    ck_assert_int_eq(authority_find_subject(list, certificate_store_add(store, bytes_of("x", 1)), &match), -1);
}
END_TEST

/* 16,000 names, as the largest list that 256 KiB hold: each is found, in no time worth noting. */
START_TEST(a_huge_list_is_searched_by_hash) {
    uint8_t *encoded = malloc(16000 * 16);
    for (int i = 0; i < 16000; i++) {
        const uint8_t name[16] = {0, 14, 0x30, 12, 0x31, 10, 0x30, 8, 6, 3, 0x55, 4, 3, 0x0c, 1, 'x'};
        memcpy(encoded + i * 16, name, 16);
        encoded[i * 16 + 10] = 0x55;
        encoded[i * 16 + 12] = (uint8_t)(i % 100);
        encoded[i * 16 + 15] = (uint8_t)('a' + i % 26);
    }
    const struct authority_list *list = certificate_store_authorities(store, bytes_of(encoded, 16000 * 16));
    ck_assert_uint_eq(list->num_names, 16000);
    ck_assert(!list->malformed);
    enum name_match match;
    for (int i = 0; i < 1000; i++) {
        ck_assert_int_eq(authority_find_issuer(list, add(store, "leaf"), &match), -1);
    }
    free(encoded);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("name");
    TCase *tcase = tcase_create("names");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, every_pair_compares_as_in_libcrypto, 0, NUM_FORMS);
    tcase_add_loop_test(tcase, case_space_and_type_do_not_count, 0, sizeof pairs / sizeof pairs[0]);
    tcase_add_test(tcase, random_names_compare_as_in_libcrypto);
    tcase_add_test(tcase, an_identical_name_is_found_before_an_equal_one);
    tcase_add_test(tcase, a_list_keeps_names_in_order_and_is_parsed_once);
    tcase_add_test(tcase, a_cut_list_keeps_the_names_before_the_cut);
    tcase_add_test(tcase, what_is_no_name_keeps_its_place_and_matches_nothing);
    tcase_add_test(tcase, a_huge_list_is_searched_by_hash);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
