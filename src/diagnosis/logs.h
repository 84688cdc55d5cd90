/* How a failure reads in the logs of both sides, if their stacks were guessed right. */
#ifndef TLSWATCH_DIAGNOSIS_LOGS_H
#define TLSWATCH_DIAGNOSIS_LOGS_H

#include "diagnosis/rules.h"

struct logs {
    const char *client, *server; /* NULL: not known */
};

struct logs logs_of(const struct judge *j, const struct candidate *chosen);

#endif
