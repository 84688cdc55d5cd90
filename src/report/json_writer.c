#include "report/json_writer.h"

#include "base/escape.h"
#include "report/clock.h"
#include "report/utf8.h"

/* Bytes that stand in a string as they are. */
static inline bool is_plain(unsigned char c) {
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* The letter of a two-character escape (RFC 8259, 7), or 0. */
static char short_escape(unsigned char c) {
    switch (c) {
    case '"':
    case '\\':
        return (char)c;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

static inline char *json_room(struct json_writer *w, size_t n) {
    /* Nearly always there is room: no call then. */
    bool fits = n <= w->out->size - w->out->len && n <= w->cap && w->out->len <= w->cap - n;
    if (!fits && !buffer_reserve(w->out, n, w->cap)) {
        w->failed = true;
        return NULL;
    }
    return (char *)w->out->p + w->out->len;
}

/* Most of what is copied is short: no call then. */
static inline void copy(char *to, const char *from, size_t len) {
    if (len > 16) {
        memcpy(to, from, len);
    } else if (len >= 8) {
        uint64_t first, last;
        memcpy(&first, from, sizeof first);
        memcpy(&last, from + len - sizeof last, sizeof last);
        memcpy(to, &first, sizeof first);
        memcpy(to + len - sizeof last, &last, sizeof last);
    } else {
        for (size_t i = 0; i < len; i++) {
            to[i] = from[i];
        }
    }
}

static inline void json_raw(struct json_writer *w, const char *text, size_t len) {
    char *p = json_room(w, len);
    if (p != NULL) {
        copy(p, text, len);
        w->out->len += len;
    }
}

/* json_room for a value of n bytes, behind the comma that it needs. */
static inline char *json_value_room(struct json_writer *w, size_t n) {
    char *p = json_room(w, n + 1);
    if (p != NULL && w->comma) {
        *p++ = ',';
        w->out->len++;
    }
    w->comma = true;
    return p;
}

static inline void json_plain_value(struct json_writer *w, const char *text, size_t len) {
    char *p = json_value_room(w, len);
    if (p != NULL) {
        copy(p, text, len);
        w->out->len += len;
    }
}

void json_value(struct json_writer *w, struct bytes value) {
    json_plain_value(w, (const char *)value.p, value.len);
}

static void json_begin(struct json_writer *w, char bracket) {
    json_plain_value(w, &bracket, 1);
    w->comma = false;
}

static void json_end(struct json_writer *w, char bracket) {
    json_raw(w, &bracket, 1);
    w->comma = true;
}

void json_begin_object(struct json_writer *w) {
    json_begin(w, '{');
}

void json_end_object(struct json_writer *w) {
    json_end(w, '}');
}

void json_begin_array(struct json_writer *w) {
    json_begin(w, '[');
}

void json_end_array(struct json_writer *w) {
    json_end(w, ']');
}

void json_key_of(struct json_writer *w, const char *key, size_t len) {
    char *p = json_value_room(w, len + 3);
    if (p == NULL) {
        return;
    }
    *p++ = '"';
    copy(p, key, len);
    memcpy(p + len, "\":", 2);
    w->out->len += len + 3;
    w->comma = false;
}

static void json_unit_escape(struct json_writer *w, uint32_t unit) {
    static const char hex[] = "0123456789abcdef";
    char escape[6] = {'\\', 'u', hex[unit >> 12 & 15], hex[unit >> 8 & 15], hex[unit >> 4 & 15], hex[unit & 15]};
    json_raw(w, escape, sizeof escape);
}

/* Beyond U+FFFF by a pair of surrogates (RFC 8259, 7). */
static void json_unicode_escape(struct json_writer *w, uint32_t c) {
    if (c >= 0x10000) {
        json_unit_escape(w, 0xd800 | (c - 0x10000) >> 10);
        json_unit_escape(w, 0xdc00 | ((c - 0x10000) & 0x3ff));
    } else {
        json_unit_escape(w, c);
    }
}

/* A character of several bytes, or one byte that begins none; how many bytes were taken. */
static size_t json_wide_character(struct json_writer *w, const char *text) {
    uint32_t c;
    size_t n = utf8_next(text, &c);
    if (n == 0) {
        json_raw(w, "\xef\xbf\xbd", 3); /* U+FFFD */
        return 1;
    }
    if (escape_is_hidden(c)) { /* C1 controls, and what turns a line around */
        json_unicode_escape(w, c);
    } else {
        json_raw(w, text, n);
    }
    return n;
}

static void json_escape(struct json_writer *w, unsigned char c) {
    char escape[2] = {'\\', short_escape(c)};
    if (escape[1] == 0) {
        json_unicode_escape(w, c);
    } else {
        json_raw(w, escape, sizeof escape);
    }
}

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* All of eight bytes are plain: in none of these words does a byte reach, or borrow, its highest bit. */
static inline bool are_plain(const char *text) {
    uint64_t bytes;
    memcpy(&bytes, text, sizeof bytes);
    uint64_t quote = bytes ^ EACH_BYTE('"'), backslash = bytes ^ EACH_BYTE('\\'), delete = bytes ^ EACH_BYTE(0x7f);
    return ((bytes | (bytes - EACH_BYTE(0x20)) | (quote - EACH_BYTE(1)) | (backslash - EACH_BYTE(1)) | (delete - EACH_BYTE(1))) &
            EACH_BYTE(0x80)) == 0;
}

/* Copies the bytes at the front that are plain; how many they are. */
static size_t copy_plain(char *to, const char *text, size_t len) {
    size_t plain = 0;
    while (len - plain >= 8 && are_plain(text + plain)) {
        memcpy(to + plain, text + plain, 8);
        plain += 8;
    }
    if (len >= 8 && len - plain < 8 && are_plain(text + len - 8)) {
        memcpy(to + len - 8, text + len - 8, 8);
        return len;
    }
    while (plain < len && is_plain((unsigned char)text[plain])) {
        to[plain] = text[plain];
        plain++;
    }
    return plain;
}

/* What begins with a character that is not plain. */
static void json_rest(struct json_writer *w, const char *text, size_t len) {
    const char *end = text + len;
    while (text < end) {
        if ((unsigned char)*text >= 0x80) {
            text += json_wide_character(w, text);
        } else {
            json_escape(w, (unsigned char)*text);
            text++;
        }
        char *p = json_room(w, (size_t)(end - text));
        if (p == NULL) {
            return;
        }
        size_t plain = copy_plain(p, text, (size_t)(end - text));
        w->out->len += plain;
        text += plain;
    }
}

void json_string(struct json_writer *w, const char *text) {
    size_t len = strlen(text);
    char *p = json_value_room(w, len + 2);
    if (p == NULL) {
        return;
    }
    *p = '"';
    size_t plain = copy_plain(p + 1, text, len);
    w->out->len += plain + 1;
    if (plain < len) {
        json_rest(w, text + plain, len - plain);
    }
    json_raw(w, "\"", 1);
}

void json_uint(struct json_writer *w, uint64_t value) {
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    json_plain_value(w, digits + at, sizeof digits - at);
}

void json_int(struct json_writer *w, int64_t value) {
    if (value >= 0) {
        json_uint(w, (uint64_t)value);
        return;
    }
    json_plain_value(w, "-", 1);
    w->comma = false;
    json_uint(w, -(uint64_t)value);
}

void json_boolean(struct json_writer *w, bool value) {
    json_plain_value(w, value ? "true" : "false", value ? 4 : 5);
}

static char *put_digits(char *p, uint32_t value, int width) {
    for (int i = width - 1; i >= 0; i--) {
        p[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return p + width;
}

static char *put_clock(char *p, int64_t time_s) {
    struct clock c = clock_utc(time_s);
    p = put_digits(p, (uint32_t)c.year, 4);
    *p++ = '-';
    p = put_digits(p, (uint32_t)c.month, 2);
    *p++ = '-';
    p = put_digits(p, (uint32_t)c.day, 2);
    *p++ = 'T';
    p = put_digits(p, (uint32_t)c.hour, 2);
    *p++ = ':';
    p = put_digits(p, (uint32_t)c.minute, 2);
    *p++ = ':';
    return put_digits(p, (uint32_t)c.second, 2);
}

/* Most of a record's times are of one second. */
static char *put_same_clock(struct json_writer *w, char *p, int64_t time_s) {
    size_t len = strlen(w->clock);
    if (len == 0 || w->clock_s != time_s) {
        w->clock_s = time_s;
        len = (size_t)(put_clock(w->clock, time_s) - w->clock);
        w->clock[len] = '\0';
    }
    memcpy(p, w->clock, len);
    return p + len;
}

void json_time(struct json_writer *w, int64_t time_ns) {
    char text[40];
    uint32_t ns;
    char *p = text;
    *p++ = '"';
    p = put_same_clock(w, p, clock_seconds(time_ns, &ns));
    *p++ = '.';
    p = ns % 1000 == 0 ? put_digits(p, ns / 1000, 6) : put_digits(p, ns, 9);
    *p++ = 'Z';
    *p++ = '"';
    json_plain_value(w, text, (size_t)(p - text));
}

void json_key_date(struct json_writer *w, const char *key, int64_t time_s) {
    char text[40];
    char *p = text;
    if (time_s < CLOCK_FIRST_S || time_s >= CLOCK_BEHIND_S) {
        return;
    }
    *p++ = '"';
    p = put_clock(p, time_s);
    *p++ = 'Z';
    *p++ = '"';
    json_key(w, key);
    json_plain_value(w, text, (size_t)(p - text));
}

void json_key_strings(struct json_writer *w, const char *key, const char *const *texts) {
    if (texts == NULL) {
        return;
    }
    json_key_array(w, key);
    for (size_t i = 0; texts[i] != NULL; i++) {
        json_string(w, texts[i]);
    }
    json_end_array(w);
}
