/*
 * Refusals inside the encryption: nginx, IIS, mail servers and API gateways complete the handshake, answer the first
 * request briefly and close. All that can be seen is who closed, when, and how long the answer was.
 */
#include "diagnosis/facts_internal.h"
#include "tls/registry.h"

#define SHORT_ANSWER 1024
#define FEW_REQUESTS 8 /* in TLS 1.3 the client's flight is among them */
#define PROMPT_NS (2 * SECOND_NS)
#define MUCH_DATA 16384 /* a server that sends so much has not refused */

/* Lengths in clear of error pages as stacks send them by default, measured. */
static const struct {
    const char *why;
    uint32_t min, max;
} error_pages[] = {
        {"the server closed right after one answer as long as nginx's error page for certificates (400)", 340, 405},
        {"the server closed right after one answer as long as haproxy's error page (403)", 208, 208},
};

/* What a record is longer than its content; 0: not known exactly (CBC). */
static uint32_t record_overhead(const struct facts *f) {
    const char *cipher = cipher_suite_name(f->conversation->cipher_suite);
    if (f->tls13) {
        return 17;
    }
    if (cipher == NULL || strstr(cipher, "CBC") != NULL) {
        return 0;
    }
    return strstr(cipher, "CHACHA20") != NULL ? 16 : 24;
}

/* The server's encrypted alert came before anything the client did to end it, or its FIN did. */
static bool server_ended(const struct facts *f) {
    if (f->closed.first_by == TLSWATCH_SERVER) {
        return true;
    }
    for (size_t i = 0; i < f->num_alerts; i++) {
        if (f->alerts[i].encrypted) {
            return f->alerts[i].sender == TLSWATCH_SERVER;
        }
    }
    return false;
}

/* The server's records of application data behind the client's last one: its answer. */
static uint32_t answer_records(const struct facts *f, uint32_t *len) {
    const struct conversation_stream *client = conversation_client(f->conversation);
    const struct conversation_stream *server = conversation_server(f->conversation);
    uint32_t request = 0, num = 0;
    for (uint32_t i = 0; i < client->num_records; i++) {
        bool alert = f->tls13 && facts_alert_sized(client->records[i].len);
        if (client->records[i].type == APPLICATION_DATA && !alert) {
            request = client->records[i].order;
        }
    }
    *len = 0;
    for (uint32_t i = 0; i < server->num_records; i++) {
        bool alert = f->tls13 && facts_alert_sized(server->records[i].len);
        if (server->records[i].type == APPLICATION_DATA && server->records[i].order > request && !alert) {
            *len += server->records[i].len;
            num++;
        }
    }
    return num;
}

static const char *as_error_page(const struct facts *f, uint32_t len) {
    uint32_t overhead = record_overhead(f), slack = overhead == 0 ? 24 : 0;
    for (size_t i = 0; i < sizeof error_pages / sizeof *error_pages; i++) {
        if (len >= error_pages[i].min + overhead && len <= error_pages[i].max + overhead + slack) {
            return error_pages[i].why;
        }
    }
    return NULL;
}

static void refuse(struct facts *f, enum refusal refusal, const char *why) {
    f->refusal = refusal;
    f->refusal_why = why;
}

void facts_find_refusal(struct facts *f) {
    if (f->progress != PROGRESS_COMPLETED || f->alert != NULL) {
        return;
    }
    f->client_left = !f->tls13 && f->closed.first_by == TLSWATCH_CLIENT && f->client_application_records == 0 && !f->resumed;
    if (!server_ended(f) || f->client_application_records > FEW_REQUESTS || f->server_application_bytes > MUCH_DATA) {
        return;
    }
    if (!f->tls13 && f->server_application_records == 0) {
        refuse(f, REFUSAL_LIKELY, f->client_application_records == 0 ? "the server closed right after the handshake, without a byte of application data"
                                                                     : "the server closed without an answer");
        return;
    }
    uint32_t len, num = answer_records(f, &len);
    const char *page = num == 1 ? as_error_page(f, len) : NULL;
    int64_t wait = f->closed.mark.time_ns - conversation_server(f->conversation)->last_application.time_ns;
    if (page != NULL) {
        refuse(f, REFUSAL_LIKELY, page);
    } else if (!f->tls13 && num <= 2 && len <= SHORT_ANSWER && wait < PROMPT_NS) {
        refuse(f, REFUSAL_POSSIBLE, "the server closed right after one short answer");
    }
}
