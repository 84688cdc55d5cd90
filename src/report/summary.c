#include "report/summary.h"

#include "base/limits.h"

#include <stdlib.h>

#define DAY_S 86400

static bool init_table(struct groups *g, size_t value_len) {
    return groups_init(g, value_len, LIMIT_SUMMARY_GROUPS, LIMIT_SUMMARY_BYTES);
}

struct summary *summary_new(void) {
    struct summary *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return NULL;
    }
    if (!init_table(&s->failures, sizeof(struct summary_failure)) || !init_table(&s->servers, sizeof(struct summary_server)) ||
        !init_table(&s->lists, sizeof(struct summary_list)) || !init_table(&s->advertised, sizeof(struct summary_advertised)) ||
        !init_table(&s->expiring, sizeof(struct summary_expiring))) {
        free(s);
        return NULL;
    }
    return s;
}

void summary_free(struct summary *s) {
    if (s == NULL) {
        return;
    }
    groups_clear(&s->failures);
    groups_clear(&s->servers);
    groups_clear(&s->lists);
    groups_clear(&s->advertised);
    groups_clear(&s->expiring);
    buffer_clear(&s->key);
    free(s);
}

bool summary_is_failure(const struct tlswatch_record *record) {
    enum text_class as = text_report_class(record);
    return as == TEXT_FAILED || (as == TEXT_DOUBTFUL && record->outcome != TLSWATCH_INCOMPLETE);
}

uint64_t summary_left_out(const struct summary *s) {
    return s->failures.left_out + s->servers.left_out + s->lists.left_out + s->advertised.left_out + s->expiring.left_out;
}

/* --- Keys: each text with the NUL behind it, so that no two lists of texts make one key. --- */

static void key_begin(struct summary *s) {
    s->key.len = 0;
}

static bool key_data(struct summary *s, const void *data, size_t len) {
    return buffer_append(&s->key, bytes_of(data, len), LIMIT_SUMMARY_BYTES);
}

static bool key_text(struct summary *s, const char *text) {
    return text == NULL ? key_data(s, "\1", 2) : key_data(s, text, strlen(text) + 1);
}

static bool key_endpoint(struct summary *s, const struct tlswatch_endpoint *endpoint) {
    return key_text(s, endpoint->ip) && key_data(s, &endpoint->port, sizeof endpoint->port);
}

/* --- Where the frame that shows it best stands: what ended it, and else its beginning. --- */

static const struct tlswatch_mark *telling_mark(const struct tlswatch_record *record) {
    if (record->num_alerts > 0) {
        return &record->alerts[record->num_alerts - 1].mark;
    }
    return record->closed.mark.frame != 0 ? &record->closed.mark : &record->start;
}

static void count(struct summary_span *span, const struct tlswatch_record *record, const struct tlswatch_mark *mark) {
    int64_t first_ns = record->start.time_ns;
    if (span->count == 0) {
        span->file = mark->file;
        span->frame = mark->frame;
        span->stream = record->stream;
    }
    span->first_ns = span->count == 0 || first_ns < span->first_ns ? first_ns : span->first_ns;
    span->last_ns = span->count == 0 || first_ns > span->last_ns ? first_ns : span->last_ns;
    span->count++;
}

static const struct tlswatch_certificate *client_leaf(const struct tlswatch_record *record) {
    const struct tlswatch_chain *chain = &record->client_certificate;
    bool readable = chain->num_certificates > 0 && chain->certificates[0]->malformed == NULL;
    return readable ? chain->certificates[0] : NULL;
}

/* add_group adds what the key stands for; without memory for the key it is left out as well. */
static void *add_group(struct summary *s, struct groups *g, bool keyed) {
    g->left_out += !keyed;
    return keyed ? groups_add(g, buffer_bytes(&s->key)) : NULL;
}

static void add_failure(struct summary *s, const struct tlswatch_record *record) {
    const struct tlswatch_certificate *leaf = client_leaf(record);
    const char *issuer = leaf != NULL ? leaf->issuer.text : NULL;
    enum text_class as = text_report_class(record);
    uint8_t kind[] = {(uint8_t)as, (uint8_t)record->cause, (uint8_t)record->certificate_of};
    key_begin(s);
    bool keyed = key_data(s, kind, sizeof kind) && key_endpoint(s, &record->server) && key_text(s, record->server_name) &&
                 key_text(s, record->client.ip) && key_text(s, issuer);
    struct summary_failure *failure = add_group(s, &s->failures, keyed);
    if (failure == NULL) {
        return;
    }
    if (failure->span.count == 0) {
        failure->as = as;
        failure->cause = record->cause;
        failure->certificate_of = record->certificate_of;
        failure->server = record->server;
        failure->server_name = groups_text(&s->failures, record->server_name);
        memcpy(failure->client_ip, record->client.ip, sizeof failure->client_ip);
        failure->issuer = groups_text(&s->failures, issuer);
        failure->message = groups_text(&s->failures, record->message);
    }
    count(&failure->span, record, telling_mark(record));
}

/* --- What servers advertised --- */

static void keep_names(struct summary *s, struct summary_list *list, const struct tlswatch_certificate_request *request) {
    size_t num = request->num_authorities;
    size_t len = num * sizeof *list->names;
    const char **names = len <= LIMIT_SUMMARY_BYTES - s->lists.bytes ? arena_alloc(&s->lists.arena, len) : NULL;
    list->num = num;
    list->names = names;
    s->lists.bytes += names != NULL ? len : 0;
    for (size_t i = 0; names != NULL && i < num; i++) {
        const char *text = request->authorities[i].text;
        names[i] = groups_text(&s->lists, text != NULL ? text : "");
        if (names[i] == NULL) {
            break;
        }
        list->num_kept++;
    }
    list->cut = list->num_kept < num;
}

/* The texts themselves would be a long key: two hashes of them stand for them. */
static const struct summary_list *add_list(struct summary *s, const struct tlswatch_certificate_request *request) {
    const struct hash_key second = {s->lists.key.k1, s->lists.key.k0};
    uint64_t key[3] = {request->num_authorities, 0, 0};
    key_begin(s);
    for (size_t i = 0; i < request->num_authorities; i++) {
        if (!key_text(s, request->authorities[i].text)) {
            s->lists.left_out++;
            return NULL;
        }
    }
    key[1] = siphash(&s->lists.key, s->key.p, s->key.len);
    key[2] = siphash(&second, s->key.p, s->key.len);
    size_t before = s->lists.num;
    struct summary_list *list = groups_add(&s->lists, bytes_of(key, sizeof key));
    if (list != NULL && s->lists.num > before) {
        keep_names(s, list, request);
    }
    return list;
}

static void add_advertised(struct summary *s, struct summary_server *server, const struct tlswatch_record *record) {
    const struct tlswatch_certificate_request *request = &record->certificate_request;
    const struct summary_list *list = add_list(s, request);
    const void *key[] = {server, list};
    struct summary_advertised *advertised = list != NULL ? groups_add(&s->advertised, bytes_of(key, sizeof key)) : NULL;
    if (advertised == NULL) {
        return;
    }
    if (advertised->list == NULL) {
        advertised->list = list;
        *(server->last != NULL ? &server->last->next : &server->first) = advertised;
        server->last = advertised;
    }
    count(&advertised->span, record, &request->mark);
}

static void add_server(struct summary *s, const struct tlswatch_record *record, bool failed) {
    key_begin(s);
    bool keyed = key_endpoint(s, &record->server) && key_text(s, record->server_name);
    struct summary_server *server = add_group(s, &s->servers, keyed);
    if (server == NULL) {
        return;
    }
    if (server->conversations == 0) {
        server->endpoint = record->server;
        server->name = groups_text(&s->servers, record->server_name);
    }
    server->conversations++;
    server->failures += failed;
    switch (record->certificate_request.state) {
    case TLSWATCH_SEEN:
        add_advertised(s, server, record);
        break;
    case TLSWATCH_ABSENT:
        server->not_requested += record->established && !record->resumed;
        break;
    case TLSWATCH_ENCRYPTED:
    case TLSWATCH_LOST:
        server->hidden++;
        break;
    }
}

/* --- Clients whose certificate is about to end --- */

static void add_expiring(struct summary *s, const struct tlswatch_record *record) {
    const struct tlswatch_certificate *leaf = client_leaf(record);
    int64_t seen_s = record->start.time_ns / SECOND_NS;
    if (leaf == NULL || leaf->not_after > seen_s + SUMMARY_EXPIRY_DAYS * DAY_S) {
        return;
    }
    key_begin(s);
    bool keyed = key_text(s, leaf->sha256) && key_text(s, record->client.ip);
    struct summary_expiring *expiring = add_group(s, &s->expiring, keyed);
    if (expiring == NULL) {
        return;
    }
    if (expiring->span.count == 0) {
        expiring->subject = groups_text(&s->expiring, leaf->subject.text);
        expiring->issuer = groups_text(&s->expiring, leaf->issuer.text);
        expiring->serial = groups_text(&s->expiring, leaf->serial);
        expiring->not_after = leaf->not_after;
        memcpy(expiring->client_ip, record->client.ip, sizeof expiring->client_ip);
        expiring->server = record->server;
        expiring->server_name = groups_text(&s->expiring, record->server_name);
    }
    count(&expiring->span, record, &record->client_certificate.mark);
}

/* --- What the capture could not show --- */

static bool any_state(const struct tlswatch_record *record, enum tlswatch_state state) {
    return record->certificate_request.state == state || record->client_certificate.state == state ||
           record->server_certificate.state == state;
}

static bool either(const struct tlswatch_capture *capture, enum tlswatch_bytes bytes) {
    return capture->client_bytes == bytes || capture->server_bytes == bytes;
}

static void add_unseen(struct summary_unseen *unseen, const struct tlswatch_record *record) {
    const struct tlswatch_capture *capture = &record->capture;
    unseen->incomplete += record->outcome == TLSWATCH_INCOMPLETE;
    unseen->begun_before += capture->start == TLSWATCH_START_MISSED;
    unseen->resumed += record->resumed;
    unseen->encrypted += any_state(record, TLSWATCH_ENCRYPTED);
    unseen->lost += any_state(record, TLSWATCH_LOST);
    unseen->gaps += either(capture, TLSWATCH_BYTES_GAPS);
    unseen->cut += either(capture, TLSWATCH_BYTES_CUT);
    unseen->one_sided += either(capture, TLSWATCH_BYTES_NONE);
    unseen->missing_bytes += capture->client_missing + capture->server_missing;
}

void summary_record(struct summary *s, const struct tlswatch_record *record) {
    bool failed = summary_is_failure(record);
    count(&s->all, record, &record->start);
    s->classes[text_report_class(record)]++;
    if (failed) {
        count(&s->causes[record->cause][record->certificate_of], record, telling_mark(record));
        add_failure(s, record);
    }
    add_server(s, record, failed);
    add_expiring(s, record);
    add_unseen(&s->unseen, record);
}
