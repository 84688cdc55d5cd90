/* Which of libcrypto's answers counts, where one of them may be wrong. */
#include "x509/answer.h"

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

int main(void) {
    Suite *suite = suite_create("answer");
    TCase *cases = tcase_create("answer");
    tcase_add_loop_test(cases, a_yes_counts_at_once_and_all_else_when_it_is_said_twice, 0, NUM_ROWS);
    tcase_add_test(cases, three_answers_are_enough);
    suite_add_tcase(suite, cases);
    return tap_run(suite);
}
