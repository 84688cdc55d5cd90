/*
 * A file that is whole or not there: written beside its place, under another name, and renamed when it is done. What is
 * no plain file (a pipe, a device) is written to as it is.
 */
#ifndef TLSWATCH_REPORT_BESIDE_H
#define TLSWATCH_REPORT_BESIDE_H

#include <stdbool.h>

struct beside {
    int fd;           /* -1: not open */
    const char *path; /* borrowed */
    char *temporary;  /* NULL: it is written to as it is */
};

/* beside_open: false, with errno set, where there is no place for it. */
bool beside_open(struct beside *b, const char *path);

/* beside_finish puts the file in its place; false, with errno set, where that failed: then it is as if never written. */
bool beside_finish(struct beside *b);

/* beside_release forgets a file that another process, which has it open too, puts in its place. */
void beside_release(struct beside *b);

/* beside_discard leaves nothing behind. A struct that is not open is allowed: {.fd = -1}. */
void beside_discard(struct beside *b);

#endif
