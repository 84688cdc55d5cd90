#include "report/repeats.h"

#include "base/limits.h"

#define FIRST_PAUSE_NS SECOND_NS
#define LONGEST_PAUSE_NS (64 * SECOND_NS)

/* When something was last shown of one server, client and cause. */
struct repeat_pace {
    bool begun;
    int64_t told_ns;
};

void repeats_init(struct repeats *r, bool live) {
    *r = (struct repeats){.live = live};
    r->ready = groups_init(&r->findings, sizeof(struct repeat), LIMIT_REPEATS, LIMIT_REPEATS_BYTES) &&
               groups_init(&r->paces, sizeof(struct repeat_pace), LIMIT_REPEATS, LIMIT_REPEATS_BYTES);
}

void repeats_clear(struct repeats *r) {
    groups_clear(&r->findings);
    groups_clear(&r->paces);
    buffer_clear(&r->key);
    r->waiting = NULL;
}

static bool key_data(struct repeats *r, const void *data, size_t len) {
    return buffer_append(&r->key, bytes_of(data, len), LIMIT_REPEATS_BYTES);
}

static bool key_text(struct repeats *r, const char *text) {
    return text == NULL ? key_data(r, "\1", 2) : key_data(r, text, strlen(text) + 1);
}

enum { COARSE_NUMBERS = 2, FINE_NUMBERS = 3 };

/* The coarse key: one server, client and cause. */
static bool pace_key(struct repeats *r, const struct tlswatch_record *record) {
    uint16_t numbers[COARSE_NUMBERS] = {record->server.port, (uint16_t)record->cause};
    r->key.len = 0;
    return key_data(r, numbers, sizeof numbers) && key_text(r, record->server.ip) && key_text(r, record->client.ip);
}

static const char *guilty_sha256(const struct tlswatch_record *record) {
    const struct tlswatch_chain *chain =
            record->certificate_of == TLSWATCH_SERVER ? &record->server_certificate : &record->client_certificate;
    return chain->num_certificates > 0 ? chain->certificates[0]->sha256 : NULL;
}

/* The fine one, behind it. */
static bool finding_key(struct repeats *r, const struct tlswatch_record *record) {
    uint8_t numbers[FINE_NUMBERS] = {(uint8_t)record->outcome, (uint8_t)record->certificate_of, (uint8_t)record->confidence};
    return key_data(r, numbers, sizeof numbers) && key_text(r, record->server_name) && key_text(r, record->reason) &&
           key_text(r, guilty_sha256(record));
}

/* `key` is the finding's own, which lives as long as it does. */
static void begin(struct repeat *repeat, const struct tlswatch_record *record, const uint8_t *key) {
    repeat->outcome = record->outcome;
    repeat->confidence = record->confidence;
    repeat->cause = record->cause;
    repeat->server_port = record->server.port;
    repeat->server_ip = (const char *)key + COARSE_NUMBERS * sizeof(uint16_t);
    repeat->client_ip = repeat->server_ip + strlen(repeat->server_ip) + 1;
    repeat->server_name = record->server_name != NULL ? repeat->client_ip + strlen(repeat->client_ip) + 1 + FINE_NUMBERS : NULL;
    repeat->first_ns = record->start.time_ns;
    repeat->pause_ns = FIRST_PAUSE_NS;
}

static void enqueue(struct repeats *r, struct repeat *repeat) {
    if (!repeat->waiting) {
        repeat->waiting = true;
        repeat->next = NULL;
        *(r->waiting != NULL ? &r->last->next : &r->waiting) = repeat;
        r->last = repeat;
    }
}

void repeats_told(struct repeat *repeat) {
    repeat->shown = true;
    repeat->untold = 0;
    repeat->told_ns = repeat->last_ns;
    if (repeat->pace != NULL) {
        *repeat->pace = (struct repeat_pace){true, repeat->last_ns};
    }
}

/* Something may be shown of this server, client and cause. Time that goes backwards is no reason to be silent for long. */
static bool pace_allows(const struct repeat *repeat, int64_t now_ns) {
    const struct repeat_pace *pace = repeat->pace;
    return pace == NULL || !pace->begun || now_ns < pace->told_ns - LONGEST_PAUSE_NS || now_ns >= pace->told_ns + FIRST_PAUSE_NS;
}

static bool pause_is_over(const struct repeat *repeat, int64_t now_ns) {
    return (now_ns < repeat->told_ns - LONGEST_PAUSE_NS || now_ns >= repeat->told_ns + repeat->pause_ns) && pace_allows(repeat, now_ns);
}

static void lengthen(struct repeat *repeat) {
    repeat->pause_ns = repeat->pause_ns < LONGEST_PAUSE_NS ? 2 * repeat->pause_ns : LONGEST_PAUSE_NS;
}

static enum repeat_verdict judge(struct repeats *r, struct repeat *repeat, int64_t before_ns) {
    if (!r->live) {
        return repeat->count == 1 ? REPEAT_BLOCK : REPEAT_COUNTED;
    }
    bool quiet = repeat->last_ns - before_ns > LONGEST_PAUSE_NS;
    if (quiet) {
        repeat->pause_ns = FIRST_PAUSE_NS;
    }
    if (!repeat->shown) {
        return pace_allows(repeat, repeat->last_ns) ? REPEAT_BLOCK : REPEAT_COUNTED;
    }
    return pause_is_over(repeat, repeat->last_ns) ? REPEAT_LINE : REPEAT_COUNTED;
}

enum repeat_verdict repeats_add(struct repeats *r, const struct tlswatch_record *record, struct repeat **out) {
    struct repeat_pace *pace = r->ready && pace_key(r, record) && r->live ? groups_add(&r->paces, buffer_bytes(&r->key)) : NULL;
    struct repeat *repeat = r->ready && finding_key(r, record) ? groups_add(&r->findings, buffer_bytes(&r->key)) : NULL;
    *out = repeat;
    if (repeat == NULL) {
        return REPEAT_BLOCK;
    }
    if (repeat->count == 0) {
        begin(repeat, record, groups_key(&r->findings, r->findings.num - 1).p); /* it is the last one */
    }
    int64_t before_ns = repeat->count > 0 ? repeat->last_ns : record->end.time_ns;
    repeat->pace = pace;
    repeat->count++;
    repeat->untold++;
    repeat->last_ns = record->end.time_ns;
    repeat->last_file = record->start.file;
    repeat->last_stream = record->stream;
    enum repeat_verdict verdict = judge(r, repeat, before_ns);
    if (verdict == REPEAT_COUNTED) {
        enqueue(r, repeat);
        return verdict;
    }
    if (verdict == REPEAT_LINE) {
        lengthen(repeat);
    }
    repeats_told(repeat);
    return verdict;
}

bool repeats_full(const struct repeats *r) {
    return r->findings.left_out > 0 || r->paces.left_out > 0;
}

static void tell(struct repeat *repeat, int64_t now_ns, repeats_callback callback, void *user) {
    callback(user, repeat);
    lengthen(repeat);
    repeats_told(repeat);
    repeat->told_ns = now_ns;
    if (repeat->pace != NULL) {
        *repeat->pace = (struct repeat_pace){true, now_ns};
    }
}

void repeats_tell(struct repeats *r, int64_t now_ns, bool at_end, repeats_callback callback, void *user) {
    struct repeat **at = &r->waiting;
    r->last = NULL;
    for (struct repeat *repeat; (repeat = *at) != NULL;) {
        if (repeat->untold > 0 && !at_end && !pause_is_over(repeat, now_ns)) {
            at = &repeat->next;
            r->last = repeat;
            continue;
        }
        *at = repeat->next;
        repeat->waiting = false;
        if (repeat->untold > 0) {
            tell(repeat, now_ns, callback, user);
        }
    }
}
