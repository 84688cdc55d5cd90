#include "base/limits.h"
#include "report/json_certificate.h"
#include "report/report.h"

static const char *event_outcome(const struct tlswatch_record *record) {
    switch (record->outcome) {
    case TLSWATCH_COMPLETED:
        return "success";
    case TLSWATCH_FAILED:
    case TLSWATCH_REFUSED:
    case TLSWATCH_STALLED:
        return "failure";
    case TLSWATCH_INCOMPLETE:
    case TLSWATCH_NOT_TLS:
        break;
    }
    return "unknown";
}

static void put_event(struct json_writer *w, const struct tlswatch_record *record) {
    const char *outcome = event_outcome(record);
    json_key_object(w, "event");
    json_key_name(w, "kind", strcmp(outcome, "failure") == 0 ? "alert" : "event");
    json_key_array(w, "category");
    json_name(w, "network");
    json_end_array(w);
    json_key_array(w, "type");
    json_name(w, "connection");
    json_name(w, "protocol");
    json_end_array(w);
    json_key_name(w, "dataset", "tlswatch.conversation");
    json_key_name(w, "outcome", outcome);
    json_key_name(w, "code", tlswatch_cause_name(record->cause));
    json_key_string(w, "reason", record->reason);
    json_key_time(w, "start", record->start.time_ns);
    json_key_time(w, "end", record->end.time_ns);
    /* Time may run backwards in a capture; a duration can not. */
    int64_t duration = 0;
    if (!__builtin_sub_overflow(record->end.time_ns, record->start.time_ns, &duration) && duration >= 0) {
        json_key_uint(w, "duration", (uint64_t)duration);
    }
    json_end_object(w);
}

static void put_endpoint(struct json_writer *w, const char *key, const struct tlswatch_endpoint *endpoint, const char *domain) {
    json_key_object(w, key);
    json_key_string(w, "ip", endpoint->ip[0] != '\0' ? endpoint->ip : NULL);
    json_key_uint(w, "port", endpoint->port);
    json_key_string(w, "domain", domain);
    json_end_object(w);
}

static void put_network(struct json_writer *w, const struct tlswatch_record *record) {
    json_key_object(w, "network");
    json_key_name(w, "transport", "tcp");
    json_key_name(w, "protocol", record->outcome != TLSWATCH_NOT_TLS ? "tls" : NULL);
    json_key_name(w, "type", record->ipv6 ? "ipv6" : "ipv4");
    json_key_string(w, "community_id", record->community_id);
    json_end_object(w);
}

static void put_log(struct json_writer *w, const struct tlswatch_record *record) {
    if (record->start.file != NULL) {
        json_key_object(w, "log");
        json_key_object(w, "file");
        json_key_string(w, "path", record->start.file);
        json_end_object(w);
        json_end_object(w);
    }
}

/* SSL 2.0 and 3.0 stand on the wire as 0x0002 and 0x0300. */
static const char *version_protocol(uint16_t version) {
    return version == 0 ? NULL : version <= 0x0300 ? "ssl" : "tls";
}

static void put_tls_side(struct json_writer *w, const char *key, const char *server_name, const struct tlswatch_chain *chain) {
    if (server_name != NULL || (chain->state == TLSWATCH_SEEN && chain->num_certificates > 0)) {
        json_key_object(w, key);
        json_key_string(w, "server_name", server_name);
        json_put_leaf(w, chain);
        json_end_object(w);
    }
}

static void put_tls(struct json_writer *w, const struct tlswatch_record *record) {
    json_key_object(w, "tls");
    json_key_string(w, "version", record->version_text);
    json_key_name(w, "version_protocol", version_protocol(record->version));
    json_key_string(w, "cipher", record->cipher);
    json_key_bool(w, "established", record->established);
    json_key_bool(w, "resumed", record->resumed);
    json_key_string(w, "next_protocol", record->next_protocol);
    put_tls_side(w, "client", record->server_name, &record->client_certificate);
    put_tls_side(w, "server", NULL, &record->server_certificate);
    json_end_object(w);
}

static void put_verdict(struct json_writer *w, const struct tlswatch_record *record) {
    json_key_name(w, "outcome", tlswatch_outcome_name(record->outcome));
    json_key_name(w, "cause", tlswatch_cause_name(record->cause));
    json_key_name(w, "certificate_of", tlswatch_side_name(record->certificate_of));
    json_key_name(w, "confidence", tlswatch_confidence_name(record->confidence));
    json_key_name(w, "at_fault", tlswatch_side_name(record->at_fault));
}

static void put_rivals(struct json_writer *w, const struct tlswatch_record *record) {
    json_key_array(w, "rivals");
    for (size_t i = 0; i < record->num_rivals; i++) {
        const struct tlswatch_rival *rival = &record->rivals[i];
        json_begin_object(w);
        json_key_name(w, "cause", tlswatch_cause_name(rival->cause));
        json_key_name(w, "certificate_of", tlswatch_side_name(rival->certificate_of));
        json_key_name(w, "confidence", tlswatch_confidence_name(rival->confidence));
        json_key_string(w, "why", rival->why);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_frame(struct json_writer *w, const struct tlswatch_mark *mark) {
    if (mark->frame != 0) {
        json_key_uint(w, "frame", mark->frame);
    }
}

static void put_mark(struct json_writer *w, const struct tlswatch_mark *mark) {
    if (mark->frame != 0) {
        json_key_uint(w, "frame", mark->frame);
        json_key_time(w, "time", mark->time_ns);
    }
}

static void put_findings(struct json_writer *w, const struct tlswatch_record *record) {
    json_key_array(w, "findings");
    for (size_t i = 0; i < record->num_findings; i++) {
        const struct tlswatch_finding *finding = &record->findings[i];
        json_begin_object(w);
        json_key_string(w, "code", finding->code);
        json_key_name(w, "severity", tlswatch_severity_name(finding->severity));
        json_key_name(w, "certificate_of", tlswatch_side_name(finding->certificate_of));
        if (finding->index >= 0) {
            json_key_uint(w, "index", (uint64_t)finding->index);
        }
        json_key_string(w, "text", finding->text);
        put_frame(w, &finding->mark);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_advice(struct json_writer *w, const struct tlswatch_record *record) {
    if (record->advice_client != NULL || record->advice_server != NULL) {
        json_key_object(w, "advice");
        json_key_string(w, "client", record->advice_client);
        json_key_string(w, "server", record->advice_server);
        json_end_object(w);
    }
}

static void put_stack(struct json_writer *w, const char *side, const struct tlswatch_stack *stack) {
    if (stack->name != NULL) {
        json_key_object(w, side);
        json_key_string(w, "name", stack->name);
        json_key_name(w, "confidence", tlswatch_confidence_name(stack->confidence));
        json_end_object(w);
    }
}

static void put_stacks_and_logs(struct json_writer *w, const struct tlswatch_record *record) {
    if (record->client_stack.name != NULL || record->server_stack.name != NULL) {
        json_key_object(w, "stacks");
        put_stack(w, "client", &record->client_stack);
        put_stack(w, "server", &record->server_stack);
        json_end_object(w);
    }
    if (record->client_log != NULL || record->server_log != NULL) {
        json_key_object(w, "logs");
        json_key_string(w, "client", record->client_log);
        json_key_string(w, "server", record->server_log);
        json_end_object(w);
    }
}

static const char *inferred_name(enum tlswatch_inferred inferred) {
    switch (inferred) {
    case TLSWATCH_INFERRED_CLOSE_NOTIFY:
        return "close_notify";
    case TLSWATCH_INFERRED_FATAL:
        return "fatal";
    case TLSWATCH_INFERRED_UNKNOWN:
        return "unknown";
    case TLSWATCH_NOT_INFERRED:
        break;
    }
    return NULL;
}

static void put_alert(struct json_writer *w, const struct tlswatch_alert *alert) {
    json_begin_object(w);
    json_key_name(w, "sender", tlswatch_side_name(alert->sender));
    if (alert->readable) {
        /* RFC 8446, 6: a level that is neither is treated as fatal. */
        json_key_name(w, "level", alert->level == 1 ? "warning" : "fatal");
        json_key_uint(w, "code", alert->code);
        json_key_string(w, "name", alert->name);
    }
    json_key_bool(w, "encrypted", alert->encrypted);
    json_key_name(w, "inferred", inferred_name(alert->inferred));
    put_mark(w, &alert->mark);
    json_end_object(w);
}

static void put_alerts(struct json_writer *w, const struct tlswatch_record *record) {
    json_key_array(w, "alerts");
    for (size_t i = 0; i < record->num_alerts; i++) {
        put_alert(w, &record->alerts[i]);
    }
    json_end_array(w);
}

static void put_messages(struct json_writer *w, const struct tlswatch_record *record) {
    json_key_array(w, "messages");
    for (size_t i = 0; i < record->num_messages; i++) {
        const struct tlswatch_message *message = &record->messages[i];
        json_begin_object(w);
        json_key_name(w, "sender", tlswatch_side_name(message->sender));
        json_key_name(w, "name", message->name);
        json_key_uint(w, "length", message->len);
        json_key_bool(w, "encrypted", message->encrypted);
        put_mark(w, &message->mark);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_closed(struct json_writer *w, const struct tlswatch_record *record) {
    json_key_object(w, "closed");
    json_key_name(w, "first_by", tlswatch_side_name(record->closed.first_by));
    json_key_name(w, "how", tlswatch_closed_how_name(record->closed.how));
    put_frame(w, &record->closed.mark);
    json_end_object(w);
}

static void put_request(struct json_writer *w, const struct tlswatch_certificate_request *request) {
    json_key_object(w, "certificate_request");
    json_key_name(w, "state", tlswatch_state_name(request->state));
    if (request->state == TLSWATCH_SEEN) {
        put_frame(w, &request->mark);
        json_key_strings(w, "certificate_types", request->certificate_types);
        json_key_strings(w, "signature_algorithms", request->signature_algorithms);
        json_key_array(w, "authorities");
        for (size_t i = 0; i < request->num_authorities; i++) {
            const char *name = request->authorities[i].text;
            json_string(w, name != NULL ? name : "");
        }
        json_end_array(w);
    }
    json_end_object(w);
}

static void put_reach(struct json_writer *w, const struct tlswatch_reach *reach) {
    json_key_object(w, "reach");
    json_key_name(w, "reached", tlswatch_reached_name(reach->reached));
    json_key_name(w, "how", tlswatch_reach_how_name(reach->how));
    if (reach->at >= 0) {
        json_key_uint(w, "at", (uint64_t)reach->at);
    }
    if (reach->authority >= 0) {
        json_key_uint(w, "authority", (uint64_t)reach->authority);
    }
    /* Without an answer there is no path on which a signature could stand. */
    if (reach->reached != TLSWATCH_REACHED_UNKNOWN) {
        json_key_name(w, "signatures", tlswatch_signatures_name(reach->signatures));
    }
    json_end_object(w);
}

static const char *bytes_name(enum tlswatch_bytes bytes) {
    switch (bytes) {
    case TLSWATCH_BYTES_WHOLE:
        return "whole";
    case TLSWATCH_BYTES_GAPS:
        return "gaps";
    case TLSWATCH_BYTES_CUT:
        return "cut";
    case TLSWATCH_BYTES_PARTIAL:
        return "partial";
    case TLSWATCH_BYTES_NONE:
        return "none";
    }
    return NULL;
}

static void put_capture(struct json_writer *w, const struct tlswatch_capture *capture) {
    json_key_object(w, "capture");
    json_key_name(w, "start", capture->start == TLSWATCH_START_SEEN ? "seen" : "missed");
    json_key_name(w, "client_bytes", bytes_name(capture->client_bytes));
    json_key_name(w, "server_bytes", bytes_name(capture->server_bytes));
    json_key_uint(w, "kernel_drops", capture->kernel_drops);
    if (capture->client_missing > 0) {
        json_key_uint(w, "client_missing", capture->client_missing);
    }
    if (capture->server_missing > 0) {
        json_key_uint(w, "server_missing", capture->server_missing);
    }
    if (capture->conflicts > 0) {
        json_key_uint(w, "conflicts", capture->conflicts);
    }
    json_end_object(w);
}

static void put_wireshark(struct json_writer *w, const struct tlswatch_record *record) {
    json_key_object(w, "wireshark");
    json_key_uint(w, "stream", record->stream);
    json_key_array(w, "frames");
    for (size_t i = 0; i < record->num_frames; i++) {
        json_uint(w, record->frames[i]);
    }
    json_end_array(w);
    json_key_string(w, "filter", record->filter);
    json_end_object(w);
}

static void put_tlswatch(struct json_writer *w, const struct tlswatch_record *record) {
    json_key_object(w, "tlswatch");
    json_key_uint(w, "schema", 1);
    json_key_string(w, "id", record->id);
    put_verdict(w, record);
    put_rivals(w, record);
    put_findings(w, record);
    put_advice(w, record);
    put_stacks_and_logs(w, record);
    json_key_string(w, "opening", record->opening);
    if (record->proxied_client != NULL) {
        put_endpoint(w, "proxied_client", record->proxied_client, NULL);
    }
    put_alerts(w, record);
    put_closed(w, record);
    put_request(w, &record->certificate_request);
    json_put_chain(w, "client_certificate", &record->client_certificate);
    json_put_chain(w, "server_certificate", &record->server_certificate);
    put_reach(w, &record->reach);
    json_put_known_issuer(w, &record->known_issuer);
    json_put_trust(w, &record->client_trust, &record->server_trust);
    json_key_string(w, "certificate_verify", record->certificate_verify);
    put_messages(w, record);
    put_capture(w, &record->capture);
    put_wireshark(w, record);
    json_end_object(w);
}

static void put_record(struct json_writer *w, const struct tlswatch_record *record) {
    json_begin_object(w);
    json_key_time(w, "@timestamp", record->start.time_ns);
    json_key_string(w, "message", record->message);
    json_key_object(w, "ecs");
    json_key_name(w, "version", ECS_VERSION);
    json_end_object(w);
    put_event(w, record);
    put_endpoint(w, "client", &record->client, NULL);
    put_endpoint(w, "server", &record->server, record->server_name);
    put_network(w, record);
    put_log(w, record);
    if (record->outcome != TLSWATCH_NOT_TLS) {
        put_tls(w, record);
    }
    put_tlswatch(w, record);
    json_end_object(w);
}

void json_report_record(struct report_sink *sink, const struct tlswatch_record *record) {
    sink->pieces = sink->pieces != NULL ? sink->pieces : json_pieces_new();
    struct json_writer writer = {.out = &sink->block, .cap = LIMIT_REPORT_BLOCK, .pieces = sink->pieces, .refers = sink->hold > 0};
    sink->block.len = 0;
    put_record(&writer, record);
    if (writer.failed || !buffer_append(&sink->block, bytes_of("\n", 1), LIMIT_REPORT_BLOCK)) {
        sink->block.len = 0;
        sink->dropped++;
        return;
    }
    report_sink_write(sink);
}
