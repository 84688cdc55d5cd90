#include "base/limits.h"
#include "report/json_writer.h"
#include "report/summary.h"

#include <stdlib.h>

static void put_span(struct json_writer *w, const struct summary_span *span) {
    json_key_uint(w, "count", span->count);
    json_key_time(w, "first", span->first_ns);
    json_key_time(w, "last", span->last_ns);
    json_key_object(w, "example");
    json_key_string(w, "file", span->file);
    json_key_uint(w, "frame", span->frame);
    json_key_uint(w, "stream", span->stream);
    json_end_object(w);
}

static void put_server(struct json_writer *w, const struct tlswatch_endpoint *endpoint, const char *name) {
    json_key_object(w, "server");
    json_key_string(w, "ip", endpoint->ip);
    json_key_uint(w, "port", endpoint->port);
    json_key_string(w, "domain", name);
    json_end_object(w);
}

static void put_client(struct json_writer *w, const char *ip) {
    json_key_object(w, "client");
    json_key_string(w, "ip", ip);
    json_end_object(w);
}

static void put_cause(struct json_writer *w, enum tlswatch_cause cause, enum tlswatch_side certificate_of) {
    json_key_string(w, "cause", tlswatch_cause_name(cause));
    json_key_string(w, "certificate_of", tlswatch_side_name(certificate_of));
}

static void put_failure(struct json_writer *w, const struct summary_failure *failure) {
    json_begin_object(w);
    put_cause(w, failure->cause, failure->certificate_of);
    json_key_bool(w, "doubtful", failure->as == TEXT_DOUBTFUL);
    put_server(w, &failure->server, failure->server_name);
    put_client(w, failure->client_ip);
    json_key_string(w, "issuer", failure->issuer);
    json_key_string(w, "message", failure->message);
    put_span(w, &failure->span);
    json_end_object(w);
}

/* A list for which there is no memory would be taken for an empty one: then the line is not written at all, and counted. */
static void put_failures(struct json_writer *w, const struct summary *s) {
    void **sorted = summary_sorted(&s->failures, offsetof(struct summary_failure, span));
    w->failed |= sorted == NULL && s->failures.num > 0;
    json_key_array(w, "failures");
    for (size_t i = 0; sorted != NULL && i < s->failures.num; i++) {
        put_failure(w, sorted[i]);
    }
    json_end_array(w);
    free(sorted);
}

static void put_causes(struct json_writer *w, const struct summary *s) {
    json_key_array(w, "causes");
    for (int i = 0; i < TLSWATCH_NUM_CAUSES; i++) {
        for (int side = 0; side <= TLSWATCH_SERVER; side++) {
            if (s->causes[i][side].count > 0) {
                json_begin_object(w);
                put_cause(w, (enum tlswatch_cause)i, (enum tlswatch_side)side);
                put_span(w, &s->causes[i][side]);
                json_end_object(w);
            }
        }
    }
    json_end_array(w);
}

static void put_total(struct json_writer *w, enum summary_by by, const struct summary_total *total) {
    json_begin_object(w);
    switch (by) {
    case SUMMARY_BY_SERVER:
        put_server(w, &total->first->server, total->first->server_name);
        break;
    case SUMMARY_BY_CLIENT:
        put_client(w, total->first->client_ip);
        break;
    case SUMMARY_BY_ISSUER:
        json_key_string(w, "issuer", total->first->issuer);
        break;
    }
    put_span(w, &total->span);
    json_end_object(w);
}

static void put_totals(struct json_writer *w, const struct summary *s, enum summary_by by, const char *key) {
    struct groups totals;
    bool whole = summary_totals(s, by, &totals);
    void **sorted = whole ? summary_sorted(&totals, offsetof(struct summary_total, span)) : NULL;
    w->failed |= sorted == NULL && (!whole || totals.num > 0);
    json_key_array(w, key);
    for (size_t i = 0; sorted != NULL && i < totals.num; i++) {
        put_total(w, by, sorted[i]);
    }
    json_end_array(w);
    free(sorted);
    groups_clear(&totals);
}

static void put_expiring(struct json_writer *w, const struct summary *s) {
    json_key_array(w, "expiring_client_certificates");
    for (size_t i = 0; i < s->expiring.num; i++) {
        const struct summary_expiring *expiring = groups_at(&s->expiring, i);
        /* The key begins with the SHA-256, behind which stands a NUL. */
        json_begin_object(w);
        json_key_string(w, "sha256", (const char *)groups_key(&s->expiring, i).p);
        json_key_string(w, "subject", expiring->subject);
        json_key_string(w, "issuer", expiring->issuer);
        json_key_string(w, "serial", expiring->serial);
        json_key_date(w, "not_after", expiring->not_after);
        put_client(w, expiring->client_ip);
        put_server(w, &expiring->server, expiring->server_name);
        put_span(w, &expiring->span);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_advertised(struct json_writer *w, const struct summary_advertised *advertised) {
    const struct summary_list *list = advertised->list;
    json_begin_object(w);
    json_key_uint(w, "num_authorities", list->num);
    json_key_array(w, "authorities");
    for (size_t i = 0; i < list->num_kept; i++) {
        json_string(w, list->names[i]);
    }
    json_end_array(w);
    put_span(w, &advertised->span);
    json_end_object(w);
}

static void put_servers(struct json_writer *w, const struct summary *s) {
    json_key_array(w, "servers");
    for (size_t i = 0; i < s->servers.num; i++) {
        const struct summary_server *server = groups_at(&s->servers, i);
        json_begin_object(w);
        put_server(w, &server->endpoint, server->name);
        json_key_uint(w, "conversations", server->conversations);
        json_key_uint(w, "failures", server->failures);
        json_key_uint(w, "not_requested", server->not_requested);
        json_key_uint(w, "request_not_visible", server->hidden);
        json_key_array(w, "advertised");
        for (const struct summary_advertised *a = server->first; a != NULL; a = a->next) {
            put_advertised(w, a);
        }
        json_end_array(w);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_not_shown(struct json_writer *w, const struct summary *s, const struct summary_end *end) {
    const struct summary_unseen *unseen = &s->unseen;
    json_key_object(w, "not_shown");
    json_key_uint(w, "incomplete", unseen->incomplete);
    json_key_uint(w, "begun_before", unseen->begun_before);
    json_key_uint(w, "encrypted", unseen->encrypted);
    json_key_uint(w, "resumed", unseen->resumed);
    json_key_uint(w, "lost", unseen->lost);
    json_key_uint(w, "gaps", unseen->gaps);
    json_key_uint(w, "cut", unseen->cut);
    json_key_uint(w, "one_sided", unseen->one_sided);
    json_key_uint(w, "missing_bytes", unseen->missing_bytes);
    json_key_uint(w, "kernel_drops", end->kernel_drops);
    json_key_uint(w, "unsupported_frames", end->statistics->unsupported_frames);
    json_key_uint(w, "tcp_refused", end->statistics->tcp_refused);
    json_key_uint(w, "tcp_unanswered", end->statistics->tcp_unanswered);
    json_key_uint(w, "quic_frames", end->statistics->not_tcp.quic);
    json_key_uint(w, "dtls_frames", end->statistics->not_tcp.dtls);
    json_key_uint(w, "eap_frames", end->statistics->not_tcp.eap);
    json_key_uint(w, "limits_hit", end->statistics->limits_hit);
    json_key_uint(w, "groups_left_out", summary_left_out(s));
    json_end_object(w);
}

static void put_counts(struct json_writer *w, const struct summary *s, const struct summary_end *end) {
    json_key_uint(w, "packets", end->statistics->frames);
    json_key_uint(w, "tcp_connections", end->statistics->tcp_connections);
    json_key_uint(w, "conversations", s->all.count);
    json_key_object(w, "verdicts");
    json_key_uint(w, "good", s->classes[TEXT_GOOD]);
    json_key_uint(w, "failed", s->classes[TEXT_FAILED]);
    json_key_uint(w, "doubtful", s->classes[TEXT_DOUBTFUL]);
    json_key_uint(w, "begun_before", s->classes[TEXT_MIDDLE]);
    json_end_object(w);
}

static void put_summary(struct json_writer *w, const struct summary *s, const struct summary_end *end) {
    json_key_object(w, "summary");
    put_counts(w, s, end);
    put_causes(w, s);
    put_failures(w, s);
    put_totals(w, s, SUMMARY_BY_SERVER, "by_server");
    put_totals(w, s, SUMMARY_BY_CLIENT, "by_client");
    put_totals(w, s, SUMMARY_BY_ISSUER, "by_issuer");
    put_expiring(w, s);
    put_servers(w, s);
    put_not_shown(w, s, end);
    json_end_object(w);
}

void summary_json(const struct summary *s, struct report_sink *sink, const struct summary_end *end) {
    struct json_writer writer = {.out = &sink->block, .cap = LIMIT_SUMMARY_JSON};
    struct json_writer *w = &writer;
    sink->block.len = 0;
    json_begin_object(w);
    if (s->all.count > 0) {
        json_key_time(w, "@timestamp", s->all.last_ns);
    }
    json_key_object(w, "event");
    json_key_string(w, "kind", "metric");
    json_key_string(w, "dataset", "tlswatch.summary");
    if (s->all.count > 0) {
        json_key_time(w, "start", s->all.first_ns);
        json_key_time(w, "end", s->all.last_ns);
    }
    json_end_object(w);
    json_key_object(w, "tlswatch");
    json_key_uint(w, "schema", 1);
    put_summary(w, s, end);
    json_end_object(w);
    json_end_object(w);
    if (writer.failed || !buffer_append(&sink->block, bytes_of("\n", 1), LIMIT_SUMMARY_JSON)) {
        sink->block.len = 0;
        sink->dropped++;
        return;
    }
    report_sink_write(sink);
}
