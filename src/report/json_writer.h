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
    size_t room; /* private: where the buffer ends, or else the cap */
    bool comma;  /* a value stands before, in the same object or array */
    bool failed;
    struct json_pieces *pieces; /* what is kept from one value to the next; NULL: nothing */
    bool refers;                /* and a reference is written for what is kept */
    int64_t clock_s;            /* private: the second that was written last, as it was written */
    char clock[19];
};

/* Each record has some 150 keys. Inlined, the length of a key is known to the compiler, which of itself would not do it. */
#define JSON_INLINE static inline __attribute__((always_inline))

/* Private. Nearly always there is room: no call then. */
char *json_make_room(struct json_writer *w, size_t n);

static inline char *json_room(struct json_writer *w, size_t n) {
    return n <= w->room && w->out->len <= w->room - n ? (char *)w->out->p + w->out->len : json_make_room(w, n);
}

/* Private: json_room for a value of n bytes, behind the comma that it needs. */
static inline char *json_value_room(struct json_writer *w, size_t n) {
    char *p = json_room(w, n + 1);
    if (p != NULL && w->comma) {
        *p++ = ',';
        w->out->len++;
    }
    w->comma = true;
    return p;
}

/* Private */
static inline void json_begin(struct json_writer *w, char bracket) {
    char *p = json_value_room(w, 1);
    if (p != NULL) {
        *p = bracket;
        w->out->len++;
    }
    w->comma = false;
}

static inline void json_end(struct json_writer *w, char bracket) {
    char *p = json_room(w, 1);
    if (p != NULL) {
        *p = bracket;
        w->out->len++;
    }
    w->comma = true;
}

static inline void json_begin_object(struct json_writer *w) {
    json_begin(w, '{');
}

static inline void json_end_object(struct json_writer *w) {
    json_end(w, '}');
}

static inline void json_begin_array(struct json_writer *w) {
    json_begin(w, '[');
}

static inline void json_end_array(struct json_writer *w) {
    json_end(w, ']');
}

/* json_key: keys are ours and need no escaping. */
JSON_INLINE void json_key(struct json_writer *w, const char *key) {
    size_t len = strlen(key);
    char *p = json_value_room(w, len + 3);
    if (p != NULL) {
        *p++ = '"';
        memcpy(p, key, len);
        memcpy(p + len, "\":", 2);
        w->out->len += len + 3;
    }
    w->comma = false;
}

void json_string(struct json_writer *w, const char *text);
void json_name(struct json_writer *w, const char *name); /* a string of ours, in which nothing is to be escaped */
void json_uint(struct json_writer *w, uint64_t value);
void json_int(struct json_writer *w, int64_t value);
void json_boolean(struct json_writer *w, bool value);

/* json_value writes one that was written before. */
void json_value(struct json_writer *w, struct bytes value);

/* json_time writes RFC 3339 in UTC: microseconds, or nanoseconds where they are not a multiple of 1000. */
void json_time(struct json_writer *w, int64_t time_ns);

/* A key and its value. A string that is NULL is left out, with its key. */
JSON_INLINE void json_key_string(struct json_writer *w, const char *key, const char *text) {
    if (text != NULL) {
        json_key(w, key);
        json_string(w, text);
    }
}

JSON_INLINE void json_key_name(struct json_writer *w, const char *key, const char *name) {
    if (name != NULL) {
        json_key(w, key);
        json_name(w, name);
    }
}

JSON_INLINE void json_key_uint(struct json_writer *w, const char *key, uint64_t value) {
    json_key(w, key);
    json_uint(w, value);
}

JSON_INLINE void json_key_bool(struct json_writer *w, const char *key, bool value) {
    json_key(w, key);
    json_boolean(w, value);
}

JSON_INLINE void json_key_time(struct json_writer *w, const char *key, int64_t time_ns) {
    json_key(w, key);
    json_time(w, time_ns);
}

JSON_INLINE void json_key_object(struct json_writer *w, const char *key) {
    json_key(w, key);
    json_begin_object(w);
}

JSON_INLINE void json_key_array(struct json_writer *w, const char *key) {
    json_key(w, key);
    json_begin_array(w);
}

/* json_key_date writes whole seconds; a year that has not four digits is left out, with its key. */
void json_key_date(struct json_writer *w, const char *key, int64_t time_s);

/* json_key_strings writes a list that ends with NULL; a list that is NULL is left out. */
void json_key_strings(struct json_writer *w, const char *key, const char *const *texts);

#endif
