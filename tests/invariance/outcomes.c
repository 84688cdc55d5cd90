#include "outcomes.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "report/report.h"

/* --- The capture facts, which are taken out --- */

static struct json_object *member(struct json_object *object, const char *key) {
    struct json_object *value = NULL;
    return json_object_object_get_ex(object, key, &value) ? value : NULL;
}

static bool is_text(struct json_object *object, const char *key, const char *text) {
    struct json_object *value = member(object, key);
    return value != NULL && strcmp(json_object_get_string(value), text) == 0;
}

/* Sentences name frames and streams: "frame 17". */
static size_t word_before_number(const char *text) {
    static const char *const words[] = {"frame ", "frames ", "stream "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strncmp(text, words[i], strlen(words[i])) == 0) {
            return strlen(words[i]);
        }
    }
    return 0;
}

/* "sent the same segment of 1307 bytes 16 times": the digits of either number. */
static size_t repeats_at(const char *text) {
    static const char digits[] = "0123456789", bytes[] = " bytes ", times[] = " times";
    size_t first = strspn(text, digits), second = first;
    if (first > 0 && strncmp(text + first, bytes, strlen(bytes)) == 0) {
        second += strlen(bytes);
        second += strspn(text + second, digits);
    }
    return first > 0 && strncmp(text + second, times, strlen(times)) == 0 ? first : 0;
}

static void forget_numbers(struct json_object *string, bool repeats) {
    char *text = strdup(json_object_get_string(string));
    char *to = text;
    for (const char *from = text; *from != '\0';) {
        from += repeats ? repeats_at(from) : 0;
        size_t word = word_before_number(from), len = word > 0 ? word : 1;
        memmove(to, from, len);
        to += len;
        from += len;
        while (word > 0 && *from >= '0' && *from <= '9') {
            from++;
        }
    }
    *to = '\0';
    json_object_set_string(string, text);
    free(text);
}

static void forget_places(struct json_object *value, bool repeats) {
    if (json_object_is_type(value, json_type_object)) {
        json_object_object_del(value, "frame");
        json_object_object_del(value, "time");
        json_object_object_del(value, "seen");
        json_object_object_foreach(value, key, inner) {
            (void)key;
            forget_places(inner, repeats);
        }
    } else if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            forget_places(json_object_array_get_idx(value, i), repeats);
        }
    } else if (json_object_is_type(value, json_type_string)) {
        forget_numbers(value, repeats);
    }
}

static void forget_finding(struct json_object *tlswatch, const char *code) {
    struct json_object *findings = member(tlswatch, "findings");
    for (size_t i = json_object_array_length(findings); i-- > 0;) {
        if (is_text(json_object_array_get_idx(findings, i), "code", code)) {
            json_object_array_del_idx(findings, i, 1);
        }
    }
}

/* How both sides' messages interleave is the capture's: what each has sent stands by itself, runs of records with the
 * same name joined. */
static struct json_object *messages_of(struct json_object *messages, const char *sender) {
    struct json_object *list = json_object_new_array();
    char line[128], last[64] = "";
    for (size_t i = 0; i < json_object_array_length(messages); i++) {
        struct json_object *message = json_object_array_get_idx(messages, i);
        const char *name = json_object_get_string(member(message, "name"));
        bool encrypted = json_object_get_boolean(member(message, "encrypted"));
        if (!is_text(message, "sender", sender) || (encrypted && strcmp(last, name) == 0)) {
            continue;
        }
        snprintf(last, sizeof last, "%s", encrypted ? name : "");
        snprintf(line, sizeof line, "%s%s %d", encrypted ? "encrypted " : "", name,
                 encrypted ? 0 : json_object_get_int(member(message, "length")));
        json_object_array_add(list, json_object_new_string(line));
    }
    return list;
}

static void forget_order(struct json_object *tlswatch) {
    struct json_object *messages = member(tlswatch, "messages");
    json_object_object_add(tlswatch, "client_messages", messages_of(messages, "client"));
    json_object_object_add(tlswatch, "server_messages", messages_of(messages, "server"));
    json_object_object_del(tlswatch, "messages");
}

/* Nor can it be told in which order both sides sent what is encrypted, once it is not read any more: behind the readable
 * ones, each side's stand by themselves. */
static void order_alerts(struct json_object *tlswatch) {
    struct json_object *alerts = member(tlswatch, "alerts"), *ordered = json_object_new_array();
    for (int pass = 0; pass < 3; pass++) {
        for (size_t i = 0; i < json_object_array_length(alerts); i++) {
            struct json_object *alert = json_object_array_get_idx(alerts, i);
            int place = member(alert, "code") != NULL ? 0 : is_text(alert, "sender", "client") ? 1 : 2;
            if (place == pass) {
                json_object_array_add(ordered, json_object_get(alert));
            }
        }
    }
    json_object_object_add(tlswatch, "alerts", ordered);
}

static void forget_missing(struct json_object *tlswatch) {
    json_object_object_del(tlswatch, "capture");
}

static void forget_addresses(struct json_object *record) {
    json_object_object_del(member(record, "client"), "ip");
    json_object_object_del(member(record, "client"), "port");
    json_object_object_del(member(record, "server"), "ip");
    json_object_object_del(member(record, "network"), "community_id");
}

/* Who closed, and how it is judged; what was sent stays. */
static void forget_closing(struct json_object *record, struct json_object *tlswatch) {
    static const char *const keys[] = {"closed",   "outcome", "cause",    "certificate_of", "confidence",
                                       "at_fault", "rivals",  "findings", "advice"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        json_object_object_del(tlswatch, keys[i]);
    }
    json_object_object_del(record, "message");
    json_object_object_del(record, "event");
}

static void forget(struct json_object *record, unsigned ignore) {
    struct json_object *tlswatch = member(record, "tlswatch"), *event = member(record, "event");
    json_object_object_del(record, "@timestamp");
    json_object_object_del(record, "log");
    json_object_object_del(event, "start");
    json_object_object_del(event, "end");
    json_object_object_del(event, "duration");
    json_object_object_del(tlswatch, "id");
    json_object_object_del(tlswatch, "wireshark");
    json_object_object_del(member(tlswatch, "capture"), "kernel_drops");
    forget_order(tlswatch);
    order_alerts(tlswatch);
    forget_places(record, (ignore & IGNORE_REPEATS) != 0);
    if ((ignore & IGNORE_OVERLAPS) != 0) {
        forget_finding(tlswatch, "overlap-conflict");
        json_object_object_del(member(tlswatch, "capture"), "conflicts");
    }
    if ((ignore & IGNORE_LIMITS) != 0) {
        forget_finding(tlswatch, "limit");
    }
    if ((ignore & IGNORE_MISSING) != 0) {
        forget_missing(tlswatch);
    }
    if ((ignore & IGNORE_CLOSING) != 0) {
        forget_closing(record, tlswatch);
    }
    if ((ignore & IGNORE_ADDRESSES) != 0) {
        forget_addresses(record);
    }
}

/* --- Collecting --- */

void outcomes_begin(struct outcomes_collector *c, struct outcomes *o, unsigned ignore) {
    *o = (struct outcomes){0};
    *c = (struct outcomes_collector){o, ignore, memfd_create("record", MFD_CLOEXEC)};
}

static struct json_object *json_of(int fd, const struct tlswatch_record *record) {
    struct report_sink sink = {.fd = fd};
    json_report_record(&sink, record);
    report_sink_clear(&sink);
    off_t len = lseek(fd, 0, SEEK_CUR);
    char *text = malloc((size_t)len + 1);
    if (text == NULL || pread(fd, text, (size_t)len, 0) != len) {
        abort();
    }
    text[len] = '\0';
    lseek(fd, 0, SEEK_SET);
    struct json_object *object = json_tokener_parse(text);
    free(text);
    return object;
}

void outcomes_record(void *user, const struct tlswatch_record *record) {
    struct outcomes_collector *c = user;
    struct outcomes *o = c->outcomes;
    struct json_object *whole = json_of(c->fd, record), *bare = NULL;
    if (whole == NULL || json_object_deep_copy(whole, &bare, NULL) != 0) {
        abort();
    }
    forget(bare, c->ignore);
    if (o->num == o->size) {
        o->size = o->size * 2 + 16;
        o->lines = realloc(o->lines, o->size * sizeof *o->lines);
        o->records = realloc(o->records, o->size * sizeof(struct json_object *));
    }
    o->lines[o->num] = strdup(json_object_to_json_string_ext(bare, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
    o->records[o->num++] = whole;
    json_object_put(bare);
}

static int compare_lines(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void outcomes_end(struct outcomes_collector *c) {
    if (c->outcomes->num > 0) {
        qsort(c->outcomes->lines, c->outcomes->num, sizeof *c->outcomes->lines, compare_lines);
    }
    close(c->fd);
}

void outcomes_of(struct outcomes *o, const struct packets *packets, unsigned ignore) {
    struct outcomes_collector collector;
    outcomes_begin(&collector, o, ignore);
    struct tlswatch *watcher = tlswatch_new(NULL, outcomes_record, &collector);
    for (size_t i = 0; watcher != NULL && i < packets->num; i++) {
        const struct packet *p = &packets->v[i];
        struct tlswatch_frame frame = {p->data, p->len, p->original_len, p->link_type, p->number, p->time_ns, p->file};
        tlswatch_frame(watcher, &frame);
    }
    if (watcher != NULL) {
        tlswatch_finish(watcher);
    }
    tlswatch_free(watcher);
    outcomes_end(&collector);
}

void outcomes_clear(struct outcomes *o) {
    for (size_t i = 0; i < o->num; i++) {
        free(o->lines[i]);
        json_object_put(o->records[i]);
    }
    free(o->lines);
    free(o->records);
    *o = (struct outcomes){0};
}

/* --- Comparing --- */

static char *format(const char *what, const char *wanted, const char *have) {
    size_t size = strlen(what) + strlen(wanted) + strlen(have) + 64;
    char *text = malloc(size);
    if (text != NULL) {
        snprintf(text, size, "%s\n  wanted %s\n  have   %s", what, wanted, have);
    }
    return text;
}

static size_t line_end(const char *text, size_t at) {
    return at + strcspn(text + at, "\n");
}

/* The first line in which the two texts differ, with the lines before it. */
static char *first_difference(const char *wanted, const char *have) {
    size_t line = 0;
    for (size_t i = 0; wanted[i] == have[i]; i++) {
        line = wanted[i] == '\n' ? i + 1 : line;
    }
    size_t before = line;
    for (int lines = 0; lines < 8 && before > 0; lines++) {
        do {
            before--;
        } while (before > 0 && wanted[before - 1] != '\n');
    }
    char *a = strndup(wanted + before, line_end(wanted, line) - before), *b = strndup(have + line, line_end(have, line) - line);
    char *text = format("records differ", a, b);
    free(a);
    free(b);
    return text;
}

char *outcomes_differ(const struct outcomes *wanted, const struct outcomes *have) {
    char a[32], b[32];
    if (wanted->num != have->num) {
        snprintf(a, sizeof a, "%zu", wanted->num);
        snprintf(b, sizeof b, "%zu", have->num);
        return format("number of records", a, b);
    }
    for (size_t i = 0; i < wanted->num; i++) {
        if (strcmp(wanted->lines[i], have->lines[i]) != 0) {
            return first_difference(wanted->lines[i], have->lines[i]);
        }
    }
    return NULL;
}

const char *outcome_at(struct json_object *record, const char *path) {
    char step[64];
    while (record != NULL && *path != '\0') {
        size_t len = strcspn(path, ".");
        snprintf(step, sizeof step, "%.*s", (int)len, path);
        path += len + (path[len] == '.');
        if (json_object_is_type(record, json_type_array)) {
            record = json_object_array_get_idx(record, (size_t)atoi(step));
        } else {
            record = member(record, step);
        }
    }
    return record == NULL ? "-" : json_object_to_json_string_ext(record, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}
