/* Which of libcrypto's answers counts, where one of them may be wrong. */
#include "x509/answer.h"

#include <openssl/err.h>
#include <string.h>

#include "tap.h"

/* y, n and -: yes, no and none. What is asked ends with the answer that counts. */
static const char *const rows[] = {"y", "ny", "-y", "nn", "--", "n-y", "-ny", "n-n", "-nn", "n--", "-n-"};

#define NUM_ROWS ((int)(sizeof rows / sizeof *rows))

static enum answer answer_of(char c) {
    return c == 'y' ? ANSWER_YES : c == 'n' ? ANSWER_NO : ANSWER_NONE;
}

START_TEST(a_yes_counts_at_once_and_all_else_when_it_is_said_twice) {
    struct answers answers = {0};
    const char *row = rows[_i];
    for (size_t i = 0; row[i] != '\0'; i++) {
        ck_assert_msg(answer_counts(&answers, answer_of(row[i])) == (row[i + 1] == '\0'), "%s, answer %zu", row, i);
    }
}
END_TEST

/* So nobody asks for ever. */
START_TEST(three_answers_are_enough) {
    static const enum answer all[] = {ANSWER_NONE, ANSWER_NO, ANSWER_YES};
    for (int i = 0; i < 27; i++) {
        struct answers answers = {0};
        bool counts = answer_counts(&answers, all[i % 3]);
        counts = counts || answer_counts(&answers, all[i / 3 % 3]);
        ck_assert_msg(counts || answer_counts(&answers, all[i / 9]), "case %d", i);
    }
}
END_TEST

/* What libcrypto puts on its queue where a signature does not verify, in all its versions, and where it could not try. */
static const struct {
    int lib, reason;
    bool computing;
} errors[] = {
        {ERR_LIB_RSA, 104 /* bad signature */, false},
        {ERR_LIB_PROV, ERR_R_RSA_LIB, false},
        {ERR_LIB_EVP, 234 /* provider signature failure, from 3.5 on */, false},
        {ERR_LIB_RSA, 234, false},
        {ERR_LIB_EVP, ERR_R_MALLOC_FAILURE, true},
        {ERR_LIB_CRYPTO, ERR_R_MALLOC_FAILURE, true},
        {ERR_LIB_EVP, 134 /* initialization error */, true},
        {ERR_LIB_BN, 109 /* too many temporary variables */, true},
};

START_TEST(a_signature_that_fails_is_told_from_one_that_was_not_computed) {
    ck_assert(!computing_failed());
    ERR_raise(errors[_i].lib, errors[_i].reason);
    ck_assert_int_eq(computing_failed(), errors[_i].computing);
    ck_assert_msg(ERR_peek_error() == 0, "the queue is empty");
    ERR_raise(errors[_i].lib, errors[_i].reason);
    ERR_raise(ERR_LIB_EVP, 234);
    ck_assert_int_eq(computing_failed(), errors[_i].computing);
}
END_TEST

START_TEST(what_could_not_be_decoded_for_want_of_memory_is_told_from_what_is_malformed) {
    ck_assert(!memory_was_exhausted());
    ERR_raise(ERR_LIB_CRYPTO, ERR_R_MALLOC_FAILURE);
    ERR_raise(ERR_LIB_ASN1, ERR_R_NESTED_ASN1_ERROR);
    ck_assert(memory_was_exhausted());
    ERR_raise(ERR_LIB_ASN1, ERR_R_ASN1_LIB); /* from 3.2 on that is all there is */
    ERR_raise(ERR_LIB_ASN1, ERR_R_NESTED_ASN1_ERROR);
    ck_assert(memory_was_exhausted());
    ERR_raise(ERR_LIB_ASN1, 168 /* wrong tag */);
    ERR_raise(ERR_LIB_ASN1, ERR_R_NESTED_ASN1_ERROR);
    ck_assert(!memory_was_exhausted());
    ERR_raise(ERR_LIB_ASN1, ERR_R_EVP_LIB); /* of a signature that does not verify */
    ck_assert(!memory_was_exhausted());
}
END_TEST

int main(void) {
    Suite *suite = suite_create("answer");
    TCase *cases = tcase_create("answer");
    tcase_add_loop_test(cases, a_yes_counts_at_once_and_all_else_when_it_is_said_twice, 0, NUM_ROWS);
    tcase_add_test(cases, three_answers_are_enough);
    tcase_add_loop_test(cases, a_signature_that_fails_is_told_from_one_that_was_not_computed, 0, sizeof errors / sizeof *errors);
    tcase_add_test(cases, what_could_not_be_decoded_for_want_of_memory_is_told_from_what_is_malformed);
    suite_add_tcase(suite, cases);
    return tap_run(suite);
}
