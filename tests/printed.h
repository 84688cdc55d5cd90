/* What a sink has written, for the tests of text and JSON. */
#ifndef TLSWATCH_TESTS_PRINTED_H
#define TLSWATCH_TESTS_PRINTED_H

#include <stdio.h>
#include <unistd.h>

#include "report/report.h"
#include "tap.h"

/* A sink into a file without a name; printed() reads it back and gives both back. The caller frees the text. */
static inline struct report_sink printed_sink(void) {
    struct report_sink sink;
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    report_sink_init(&sink, dup(fileno(file)));
    fclose(file);
    ck_assert_int_ge(sink.fd, 0);
    return sink;
}

static inline char *printed(struct report_sink *sink) {
    off_t len = lseek(sink->fd, 0, SEEK_END);
    ck_assert_int_eq(sink->error, 0);
    ck_assert_int_ge(len, 0);
    char *text = calloc(1, (size_t)len + 1);
    ck_assert_ptr_nonnull(text);
    ck_assert_int_eq(pread(sink->fd, text, (size_t)len, 0), len);
    close(sink->fd);
    report_sink_clear(sink);
    return text;
}

#endif
