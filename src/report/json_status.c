#include "base/limits.h"
#include "report/json_writer.h"
#include "report/status.h"

static void put_event(struct json_writer *w, const struct status *status) {
    json_key_object(w, "event");
    json_key_string(w, "kind", "metric");
    json_key_array(w, "category");
    json_string(w, "network");
    json_end_array(w);
    json_key_array(w, "type");
    json_string(w, "info");
    json_end_array(w);
    json_key_string(w, "dataset", "tlswatch.status");
    json_key_string(w, "action", status->action);
    json_end_object(w);
}

static void put_interface(struct json_writer *w, const char *interface) {
    if (interface != NULL) {
        json_key_object(w, "observer");
        json_key_object(w, "ingress");
        json_key_object(w, "interface");
        json_key_string(w, "name", interface);
        json_end_object(w);
        json_end_object(w);
        json_end_object(w);
    }
}

static void put_counts(struct json_writer *w, const struct status *status) {
    json_key_object(w, "tlswatch");
    json_key_uint(w, "schema", 1);
    json_key_object(w, "status");
    json_key_uint(w, "packets", status->packets);
    json_key_uint(w, "conversations", status->conversations);
    json_key_uint(w, "kernel_drops", status->kernel_drops);
    json_key_uint(w, "interface_drops", status->interface_drops);
    json_key_uint(w, "records_lost", status->records_lost);
    json_end_object(w);
    json_end_object(w);
}

static void put_status(struct json_writer *w, const struct status *status) {
    json_begin_object(w);
    json_key_time(w, "@timestamp", status->time_ns);
    json_key_string(w, "message", status->message);
    json_key_object(w, "ecs");
    json_key_string(w, "version", ECS_VERSION);
    json_end_object(w);
    put_event(w, status);
    put_interface(w, status->interface);
    put_counts(w, status);
    json_end_object(w);
}

bool json_report_status(struct report_sink *sink, const struct status *status) {
    struct json_writer writer = {.out = &sink->block, .cap = LIMIT_REPORT_BLOCK};
    uint64_t lost = sink->lost;
    sink->block.len = 0;
    put_status(&writer, status);
    if (writer.failed || !buffer_append(&sink->block, bytes_of("\n", 1), LIMIT_REPORT_BLOCK)) {
        sink->block.len = 0;
        return false;
    }
    report_sink_write(sink);
    bool taken = sink->lost == lost && sink->error == 0;
    sink->lost = lost;
    return taken;
}
