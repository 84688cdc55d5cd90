/*
 * Sentences about what went wrong inside the files, kept until someone asks, with hostile names of files escaped. A zeroed list is an empty
 * one. Beyond LIMIT_CAPTURE_WARNINGS they are dropped; the last one kept says so.
 */
#ifndef TLSWATCH_CAPTURE_WARNINGS_H
#define TLSWATCH_CAPTURE_WARNINGS_H

#include <stddef.h>

struct warnings {
    char **texts;
    size_t num_texts;
    size_t size;
    size_t taken;
};

void warnings_add(struct warnings *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* warnings_take returns the oldest text not yet taken, or NULL. It lives as long as the list. */
const char *warnings_take(struct warnings *w);

void warnings_clear(struct warnings *w);

#endif
