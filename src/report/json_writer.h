/*
 * JSON (RFC 8259) written straight into a buffer: strict UTF-8 without control characters, no white space, commas where
 * they belong. What a string holds of invalid bytes comes out as U+FFFD. Nesting is the caller's to balance.
 *
 * Where the buffer reaches its cap or memory is exhausted `failed` is set, and what was written is worth nothing.
 */
#ifndef TLSWATCH_REPORT_JSON_WRITER_H
#define TLSWATCH_REPORT_JSON_WRITER_H

#include "base/buffer.h"

#include <string.h>

struct json_pieces;

/* The version of the Elastic Common Schema whose field names are used. */
#define ECS_VERSION "8.17"

/* {.out = &buffer, .cap = n} is ready for one value. */
struct json_writer {
    struct buffer *out;
    size_t cap;
    bool comma; /* a value stands before, in the same object or array */
    bool failed;
    struct json_pieces *pieces; /* what is kept from one value to the next; NULL: nothing */
    int64_t clock_s;            /* private: the second that was written last, as it was written */
    char clock[20];
};

void json_begin_object(struct json_writer *w);
void json_end_object(struct json_writer *w);
void json_begin_array(struct json_writer *w);
void json_end_array(struct json_writer *w);

/* json_key: keys are ours and need no escaping. Where it stands in the program its length is known to the compiler. */
void json_key_of(struct json_writer *w, const char *key, size_t len);

static inline void json_key(struct json_writer *w, const char *key) {
    json_key_of(w, key, strlen(key));
}

void json_string(struct json_writer *w, const char *text);
void json_uint(struct json_writer *w, uint64_t value);
void json_int(struct json_writer *w, int64_t value);
void json_boolean(struct json_writer *w, bool value);

/* json_value writes one that was written before. */
void json_value(struct json_writer *w, struct bytes value);

/* json_time writes RFC 3339 in UTC: microseconds, or nanoseconds where they are not a multiple of 1000. */
void json_time(struct json_writer *w, int64_t time_ns);

/* A key and its value. A string that is NULL is left out, with its key. */
static inline void json_key_string(struct json_writer *w, const char *key, const char *text) {
    if (text != NULL) {
        json_key(w, key);
        json_string(w, text);
    }
}

static inline void json_key_uint(struct json_writer *w, const char *key, uint64_t value) {
    json_key(w, key);
    json_uint(w, value);
}

static inline void json_key_bool(struct json_writer *w, const char *key, bool value) {
    json_key(w, key);
    json_boolean(w, value);
}

static inline void json_key_time(struct json_writer *w, const char *key, int64_t time_ns) {
    json_key(w, key);
    json_time(w, time_ns);
}

static inline void json_key_object(struct json_writer *w, const char *key) {
    json_key(w, key);
    json_begin_object(w);
}

static inline void json_key_array(struct json_writer *w, const char *key) {
    json_key(w, key);
    json_begin_array(w);
}

/* json_key_date writes whole seconds; a year that has not four digits is left out, with its key. */
void json_key_date(struct json_writer *w, const char *key, int64_t time_s);

/* json_key_strings writes a list that ends with NULL; a list that is NULL is left out. */
void json_key_strings(struct json_writer *w, const char *key, const char *const *texts);

#endif
