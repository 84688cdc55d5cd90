#include "report/json_writer.h"

#include "base/digits.h"
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

char *json_make_room(struct json_writer *w, size_t n) {
    if (!buffer_reserve(w->out, n, w->cap)) {
        w->failed = true;
        return NULL;
    }
    w->room = w->out->size < w->cap ? w->out->size : w->cap;
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

void json_name(struct json_writer *w, const char *name) {
    size_t len = strlen(name);
    char *p = json_value_room(w, len + 2);
    if (p != NULL) {
        *p++ = '"';
        copy(p, name, len);
        p[len] = '"';
        w->out->len += len + 2;
    }
}

void json_uint(struct json_writer *w, uint64_t value) {
    char *p = json_value_room(w, DIGITS_MOST);
    if (p != NULL) {
        w->out->len += (size_t)(digits_decimal(p, value) - p);
    }
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

static char *put_clock(char *p, int64_t time_s) {
    struct clock c = clock_utc(time_s);
    p = digits_padded(p, (uint32_t)c.year, 4);
    *p++ = '-';
    p = digits_padded(p, (uint32_t)c.month, 2);
    *p++ = '-';
    p = digits_padded(p, (uint32_t)c.day, 2);
    *p++ = 'T';
    p = digits_padded(p, (uint32_t)c.hour, 2);
    *p++ = ':';
    p = digits_padded(p, (uint32_t)c.minute, 2);
    *p++ = ':';
    return digits_padded(p, (uint32_t)c.second, 2);
}

/* Most of a record's times are of one second. */
static const char *same_clock(struct json_writer *w, int64_t time_s) {
    if (w->clock[0] == '\0' || w->clock_s != time_s) {
        w->clock_s = time_s;
        put_clock(w->clock, time_s);
    }
    return w->clock;
}

void json_time(struct json_writer *w, int64_t time_ns) {
    uint32_t ns;
    const char *clock = same_clock(w, clock_seconds(time_ns, &ns));
    char *start = json_value_room(w, sizeof w->clock + 13), *p = start;
    if (start == NULL) {
        return;
    }
    *p++ = '"';
    memcpy(p, clock, sizeof w->clock);
    p += sizeof w->clock;
    *p++ = '.';
    p = ns % 1000 == 0 ? digits_padded(p, ns / 1000, 6) : digits_padded(p, ns, 9);
    *p++ = 'Z';
    *p++ = '"';
    w->out->len += (size_t)(p - start);
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
