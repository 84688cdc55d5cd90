/*
 * What libcrypto's answers are worth. Where an allocation fails inside of it, it may say no (a signature fails, a name differs, no
 * issuer is found), and not always does it leave a reason. So a yes counts at once, and a no only where it is said twice.
 *
 * Each question costs what it costs: where that is charged (budget.h), every time is paid for.
 */
#ifndef TLSWATCH_X509_ANSWER_H
#define TLSWATCH_X509_ANSWER_H

#include <stdbool.h>

#define MOST_ANSWERS 3 /* to one question: of so many one counts, since two are the same */

enum answer { ANSWER_NONE, ANSWER_NO, ANSWER_YES };

/* How often each was said to one question. A zeroed one is before the first time. */
struct answers {
    unsigned num[ANSWER_YES + 1];
};

/* answer_counts: the last answer is the one that counts; false: ask again. */
bool answer_counts(struct answers *all, enum answer last);

/* memory_was_exhausted empties libcrypto's queue of errors, and says whether that is among them: then what it could not
 * read may be well-formed. */
bool memory_was_exhausted(void);
/* computing_failed does the same behind a signature that did not verify: not it is to blame, but a digest or a number that could
 * not be had, for which libcrypto gives many reasons. */
bool computing_failed(void);

#endif
