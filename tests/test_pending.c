/*
 * Certificates that are only noted: what can be told of them at a glance agrees with libcrypto, and a store that reads
 * them when they are asked for answers as one that has read them all.
 */
#include "base/limits.h"
#include "certificates.h"
#include "tap.h"
#include "x509/outline.h"

#include <dirent.h>
#include <string.h>

#define MOST 96

static struct buffer ders[MOST];
static size_t num_ders;

static void setup(void) {
    const char *folder = getenv("CERTIFICATES");
    struct dirent **entries;
    int num = scandir(folder != NULL ? folder : "tests/certificates", &entries, NULL, alphasort);
    for (int i = 0; i < num; i++) {
        if (strstr(entries[i]->d_name, ".der") != NULL && num_ders < MOST) {
            ders[num_ders++] = read_fixture(entries[i]->d_name);
        }
        free(entries[i]);
    }
    free(entries);
}

static void teardown(void) {
    while (num_ders > 0) {
        buffer_clear(&ders[--num_ders]);
    }
}

START_TEST(an_outline_says_what_libcrypto_says) {
    struct certificate_store *store = new_store();
    size_t num_read = 0;
    for (size_t i = 0; i < num_ders; i++) {
        struct outline outline;
        const struct certificate *c = certificate_store_add(store, buffer_bytes(&ders[i]));
        bool is_read = outline_read(buffer_bytes(&ders[i]), &outline);
        ck_assert(is_read || c->facts.malformed != NULL); /* openssl made DER of all of them */
        num_read += is_read;
        if (is_read && c->facts.malformed == NULL) {
            ck_assert(bytes_equal(outline.subject, bytes_of(c->facts.subject.der, c->facts.subject.der_len)));
            ck_assert(bytes_equal(outline.issuer, bytes_of(c->facts.issuer.der, c->facts.issuer.der_len)));
            ck_assert(c->facts.authority_key_id == NULL || outline.authority_key_id.len > 0);
        }
    }
    ck_assert_uint_gt(num_read, 40);
    certificate_store_free(store);
}
END_TEST

START_TEST(an_outline_is_of_a_whole_certificate) {
    struct buffer der = read_fixture("leaf.der");
    struct outline outline;
    for (size_t len = 0; len < der.len; len++) {
        uint8_t *exact = malloc(len > 0 ? len : 1);
        memcpy(exact, der.p, len);
        ck_assert(!outline_read(bytes_of(exact, len), &outline));
        free(exact);
    }
    ck_assert(outline_read(buffer_bytes(&der), &outline));
    buffer_clear(&der);
}
END_TEST

START_TEST(names_that_are_equal_fold_alike) {
    const struct hash_key key = {1, 2};
    struct certificate_store *store = new_store();
    size_t num_equal = 0, num_apart = 0;
    for (size_t i = 0; i < num_ders; i++) {
        for (size_t j = 0; j < num_ders; j++) {
            const struct certificate *a = certificate_store_add(store, buffer_bytes(&ders[i]));
            const struct certificate *b = certificate_store_add(store, buffer_bytes(&ders[j]));
            uint64_t x, y;
            if (a->facts.malformed != NULL || b->facts.malformed != NULL) {
                continue;
            }
            ck_assert(outline_fold(&key, bytes_of(a->facts.issuer.der, a->facts.issuer.der_len), &x));
            ck_assert(outline_fold(&key, bytes_of(b->facts.subject.der, b->facts.subject.der_len), &y));
            bool equal = certificate_issuer_match(a, b) != NAME_DIFFERENT;
            ck_assert(!equal || x == y);
            num_equal += equal;
            num_apart += x != y;
        }
    }
    ck_assert_uint_gt(num_equal, num_ders);
    ck_assert_uint_gt(num_apart, num_equal); /* or it would be of no use */
    certificate_store_free(store);
}
END_TEST

static uint32_t next_random(uint64_t *state) {
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(*state >> 33);
}

static bool same(const struct certificate *a, const struct certificate *b) {
    return a == NULL || b == NULL ? a == b : strcmp(a->facts.sha256, b->facts.sha256) == 0;
}

/* Whoever asks for a certificate asks for one of a conversation, in both stores. */
static void ask_both(struct certificate_store *read, struct certificate_store *noted, struct bytes der, uint32_t what) {
    const struct certificate *a = certificate_store_add(read, der), *b = certificate_store_add(noted, der);
    const struct certificate *above[LIMIT_ISSUERS], *above_noted[LIMIT_ISSUERS];
    int index = -1, index_noted = -1;
    switch (what % 5) {
    case 0: {
        size_t num = certificate_store_issuers(read, a, above, LIMIT_ISSUERS);
        ck_assert_uint_eq(certificate_store_issuers(noted, b, above_noted, LIMIT_ISSUERS), num);
        for (size_t i = 0; i < num; i++) {
            ck_assert(same(above[i], above_noted[i]));
        }
        break;
    }
    case 1:
        ck_assert_int_eq(certificate_other_key(a) != NULL, certificate_other_key(b) != NULL);
        break;
    case 2:
        ck_assert_int_eq(certificate_named_as_ca(a), certificate_named_as_ca(b));
        break;
    case 3:
        certificate_rely_on_issuers(a, TLSWATCH_VERDICTS_OUTDATED);
        certificate_rely_on_issuers(b, TLSWATCH_VERDICTS_OUTDATED);
        break;
    default: {
        struct buffer list = {0};
        const struct tlswatch_name *name = &a->facts.issuer;
        const uint8_t len[2] = {(uint8_t)(name->der_len >> 8), (uint8_t)name->der_len};
        buffer_append(&list, bytes_of(len, 2), 1 << 20);
        buffer_append(&list, bytes_of(name->der, name->der_len), 1 << 20);
        a = authority_end_entity(certificate_store_authorities(read, buffer_bytes(&list)), &index);
        b = authority_end_entity(certificate_store_authorities(noted, buffer_bytes(&list)), &index_noted);
        ck_assert(same(a, b));
        ck_assert_int_eq(index, index_noted);
        buffer_clear(&list);
        break;
    }
    }
}

START_TEST(noted_certificates_answer_as_those_that_were_read) {
    uint64_t seed = (uint64_t)_i + 1;
    struct certificate_store *read = new_store(), *noted = new_store();
    const struct tlswatch_sighting seen = {.stream = 3, .sender = TLSWATCH_CLIENT, .mark = {.frame = 7}};
    for (int step = 0; step < 150; step++) {
        struct bytes der = buffer_bytes(&ders[next_random(&seed) % num_ders]);
        uint32_t what = next_random(&seed);
        if (what % 3 > 0) {
            certificate_set_seen(certificate_store_add(read, der), &seen);
            certificate_store_note(noted, der, &seen);
        } else {
            ask_both(read, noted, der, what / 3);
        }
        ck_assert_int_eq(certificate_store_outdated(read), certificate_store_outdated(noted));
        if (what % 16 == 0) {
            certificate_store_settle(read);
            certificate_store_settle(noted);
        }
    }
    for (size_t i = 0; i < num_ders; i++) {
        const struct certificate *a = certificate_store_add(read, buffer_bytes(&ders[i]));
        const struct certificate *b = certificate_store_add(noted, buffer_bytes(&ders[i]));
        ck_assert(same(a, b));
        ck_assert_uint_eq(a->seen.mark.frame, b->seen.mark.frame);
        ck_assert(a->facts.subject.text == NULL || strcmp(a->facts.subject.text, b->facts.subject.text) == 0);
    }
    certificate_store_free(read);
    certificate_store_free(noted);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("pending");
    TCase *tcase = tcase_create("pending");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, an_outline_says_what_libcrypto_says);
    tcase_add_test(tcase, an_outline_is_of_a_whole_certificate);
    tcase_add_test(tcase, names_that_are_equal_fold_alike);
    tcase_add_loop_test(tcase, noted_certificates_answer_as_those_that_were_read, 0, 40);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
