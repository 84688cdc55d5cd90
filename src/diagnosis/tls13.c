/*
 * TLS 1.3 without keys: what the lengths of encrypted records say. Measured on the stacks of the lab; padding would
 * defeat it, so everything here is an inference and is said as one.
 */
#include "diagnosis/facts_internal.h"

enum { TAG = 16, INNER_TYPE = 1, EMPTY_CERTIFICATE = 4 + 1 + 3 + INNER_TYPE + TAG, LONGEST_CONTEXT = 255, SHORTEST_CHAIN = 150 };
enum { ALERT_LEN = 2 + INNER_TYPE + TAG, PADDED_ALERT_LEN = 32 + INNER_TYPE + 2 /* Java pads to 16 */ };
enum { BLOCK = 16, ONE_BLOCK = BLOCK + TAG /* an alert or an empty Certificate, padded */ };

/* More records of a side than the handshake, its tickets and an alert may take: it went on to application data. */
enum { CLIENT_FLIGHT = 4, SERVER_FLIGHT = 8 };

/* RFC 8446, 5.4: Mbed TLS pads all it encrypts to blocks of 16 bytes. */
static bool is_padded(const struct conversation_stream *s) {
    for (uint32_t i = 0; i < s->num_records; i++) {
        if (s->records[i].type == APPLICATION_DATA && s->records[i].len % BLOCK != TAG % BLOCK) {
            return false;
        }
    }
    return true;
}

bool facts_alert_sized(const struct conversation_stream *sender, uint32_t len) {
    return len == ALERT_LEN || len == PADDED_ALERT_LEN || (len == ONE_BLOCK && is_padded(sender));
}

bool facts_may_be_alert(const struct conversation_stream *sender, uint32_t index) {
    uint32_t len = sender->records[index].len;
    return facts_alert_sized(sender, len) && (len != PADDED_ALERT_LEN || index + 1 == sender->total_records);
}

/* A Finished alone is 4 + 32 or 4 + 48 bytes; an empty Certificate 4 + 1 + 3; both may share a record or be padded. */
static enum tls13_answer classify(const struct conversation_stream *client, uint32_t len) {
    bool padded = is_padded(client);
    if (padded && len == ONE_BLOCK) {
        return client->total_records == 1 ? TLS13_ANSWER_ALERT : TLS13_ANSWER_EMPTY;
    }
    switch (len) {
    case 64:
    case 80:
        return padded ? TLS13_ANSWER_NONE : TLS13_ANSWER_UNKNOWN;
    case 53:
    case 69:
    case 85:
        return TLS13_ANSWER_NONE;
    case 25:
    case 41:
    case 61:
    case 77:
        return TLS13_ANSWER_EMPTY;
    case ALERT_LEN:
    case PADDED_ALERT_LEN:
        return TLS13_ANSWER_ALERT;
    default:
        return len > SHORTEST_CHAIN ? TLS13_ANSWER_CERTIFICATE : TLS13_ANSWER_UNKNOWN;
    }
}

static bool is_finished(const struct conversation_stream *client, uint32_t len) {
    return classify(client, len) == TLS13_ANSWER_NONE;
}

/* Behind the client's Finished, where that has a record of its own, stands no more than a close_notify: clients that look at
 * the server's certificate only then leave so (wget, PHP), and health checks too. */
static bool is_mute(const struct facts *f, const struct conversation_stream *client) {
    uint32_t i = 0;
    while (i < client->num_records && i < CLIENT_FLIGHT && !is_finished(client, client->records[i].len)) {
        i++;
    }
    uint64_t behind = client->total_records - i - 1;
    bool missing = f->flow->side[f->conversation->client].missing > 0;
    bool notified = behind == 1 && i + 1 < client->num_records && facts_alert_sized(client, client->records[i + 1].len);
    bool finished = i < client->num_records && i < CLIENT_FLIGHT;
    return finished && !missing && (behind == 0 || notified) && f->closed.first_by == TLSWATCH_CLIENT;
}

static const struct encrypted_record *first_behind(const struct conversation_stream *s, uint32_t order) {
    for (uint32_t i = 0; i < s->num_records; i++) {
        if (s->records[i].order > order && s->records[i].type == APPLICATION_DATA) {
            return &s->records[i];
        }
    }
    return NULL;
}

static const struct encrypted_record *last_before(const struct conversation_stream *s, uint32_t order) {
    const struct encrypted_record *last = NULL;
    for (uint32_t i = 0; i < s->num_records && s->records[i].order < order; i++) {
        last = &s->records[i];
    }
    return last;
}

static void add_alert(struct facts *f, enum tlswatch_side sender, enum tlswatch_inferred inferred, const struct encrypted_record *r) {
    f->alerts[f->num_alerts++] = (struct tlswatch_alert){.sender = sender, .encrypted = true, .inferred = inferred, .mark = r->mark};
}

/* Nothing behind the client's flight but what may be alerts: the server did not go on. A padded answer of a few bytes is as
 * long as a padded alert, and a close_notify stands behind it. */
static const struct encrypted_record *only_alerts_behind(const struct conversation_stream *server, uint32_t order, bool *none) {
    const struct encrypted_record *first = NULL;
    for (uint32_t i = 0; i < server->num_records; i++) {
        const struct encrypted_record *r = &server->records[i];
        if (r->order > order && r->type == APPLICATION_DATA) {
            if (!facts_alert_sized(server, r->len) || (first != NULL && r->len == ONE_BLOCK)) {
                *none = false;
                return NULL;
            }
            first = first == NULL ? r : first;
        }
    }
    *none = first == NULL;
    return first;
}

/* Java's takes two padded alerts, user_canceled and close_notify; one may be a request that happens to be as long. */
static bool is_leave(const struct conversation_stream *client, const struct encrypted_record *last) {
    bool twice = last > client->records && last[-1].len == PADDED_ALERT_LEN;
    return facts_alert_sized(client, last->len) && (last->len != PADDED_ALERT_LEN || twice);
}

static bool client_left_before(const struct facts *f, const struct encrypted_record *answer, const struct encrypted_record *alert) {
    const struct conversation_stream *client = conversation_client(f->conversation);
    const struct encrypted_record *last = last_before(client, alert->order);
    const struct tlswatch_alert said = {.sender = TLSWATCH_SERVER, .mark = alert->mark};
    return (last->order > answer->order && is_leave(client, last)) || facts_is_behind_close(f, &said);
}

/* The client's last record before the alert, or at all where not all of them were kept. */
static int64_t last_of_client_ns(const struct conversation_stream *client, const struct encrypted_record *alert) {
    return client->total_records > CONVERSATION_ENCRYPTED_KEPT ? client->last.time_ns : last_before(client, alert->order)->mark.time_ns;
}

/* Servers that hand out no tickets say nothing but a close_notify in protocols in which only the client speaks (syslog): when the
 * client has left, or after it went on for a while. */
static bool only_says_goodbye(const struct facts *f, const struct encrypted_record *answer, const struct encrypted_record *alert) {
    int64_t since_ns = answer->mark.time_ns;
    bool went_on = last_of_client_ns(conversation_client(f->conversation), alert) - since_ns >= PROMPT_NS;
    return alert->mark.time_ns - since_ns >= PROMPT_NS && (went_on || f->alert_behind_leave);
}

/* The server answers a request with an alert alone: so ends an authentication behind the handshake (RFC 8446, 4.6.2). */
static void infer_late_refusal(struct facts *f, const struct conversation_stream *client, const struct conversation_stream *server) {
    if (client->num_records < 2 || server->num_records < 3 || client->total_records > CONVERSATION_ENCRYPTED_KEPT ||
        server->total_records > CONVERSATION_ENCRYPTED_KEPT || !f->client_hello.has_post_handshake_auth) {
        return;
    }
    const struct encrypted_record *last = &server->records[server->num_records - 1];
    const struct encrypted_record *asked = &client->records[client->num_records - 1];
    bool answers = last->order > asked->order && server->records[server->num_records - 2].order < asked->order;
    if (answers && facts_alert_sized(server, last->len) && !facts_alert_sized(client, asked->len) &&
        f->closed.first_by == TLSWATCH_SERVER) {
        add_alert(f, TLSWATCH_SERVER, TLSWATCH_INFERRED_FATAL, last);
    }
}

/* RFC 8446, 4.6.2: the server asks behind the handshake, and the client answers at once with a Certificate, perhaps a
 * CertificateVerify, and a Finished as long as its first. Seen only where it answers its first request so, and where each
 * message has a record of its own, as OpenSSL writes them. */
static enum tls13_answer classify_late(const struct conversation_stream *client, const struct conversation_stream *server) {
    const struct encrypted_record *finished = &client->records[0], *request = &client->records[1], *first = &client->records[2];
    if (client->num_records < 4) {
        return TLS13_ANSWER_UNKNOWN;
    }
    const struct encrypted_record *asked = last_before(server, first->order), *next = first_behind(server, first->order);
    uint32_t num = 0;
    while (2 + num < client->num_records && (next == NULL || first[num].order < next->order)) {
        num++;
    }
    if (asked == NULL || asked->order < request->order || facts_alert_sized(server, asked->len) || first[num - 1].len != finished->len) {
        return TLS13_ANSWER_UNKNOWN;
    }
    bool empty = num == 2 && first->len >= EMPTY_CERTIFICATE && first->len <= EMPTY_CERTIFICATE + LONGEST_CONTEXT;
    bool chain = num == 3 && first->len > SHORTEST_CHAIN;
    return empty ? TLS13_ANSWER_EMPTY : chain ? TLS13_ANSWER_CERTIFICATE : TLS13_ANSWER_UNKNOWN;
}

/* What stands right behind the chain is as long as an alert, and the server says nothing more: the client could not sign (Go and
 * BoringSSL, where the server does not take their kind of key). One that puts its whole flight into one record and leaves at once
 * looks the same where the server hands out no tickets. */
static const struct encrypted_record *gave_up_behind_chain(const struct facts *f, const struct encrypted_record *answer) {
    const struct conversation_stream *client = conversation_client(f->conversation), *server = conversation_server(f->conversation);
    const struct encrypted_record *last = &client->records[client->num_records - 1];
    bool only_these = client->total_records == 2 && answer == &client->records[0] && facts_alert_sized(client, last->len);
    bool silent = server->total_records == server->num_records && first_behind(server, answer->order) == NULL;
    bool left = f->closed.first_by == TLSWATCH_CLIENT && !facts_bytes_missing(f->flow);
    return f->tls13_answer == TLS13_ANSWER_CERTIFICATE && only_these && silent && left ? last : NULL;
}

void facts_infer_tls13(struct facts *f) {
    const struct conversation_stream *client = conversation_client(f->conversation);
    const struct conversation_stream *server = conversation_server(f->conversation);
    if (f->lost) {
        f->client_finished = f->server_finished =
                client->application_records > CLIENT_FLIGHT && server->application_records > SERVER_FLIGHT;
        return;
    }
    if (server->num_records == 0) {
        return;
    }
    uint32_t server_start = server->records[0].order;
    const struct encrypted_record *answer = first_behind(client, server_start);
    if (answer == NULL || f->client_hello.has_early_data) { /* then the client's first records are no flight of the handshake */
        f->client_finished = f->server_finished = answer != NULL;
        return;
    }
    f->tls13_answer = classify(client, answer->len);
    if (f->tls13_answer == TLS13_ANSWER_ALERT && client->total_records == 1) {
        add_alert(f, TLSWATCH_CLIENT, TLSWATCH_INFERRED_FATAL, answer);
        return;
    }
    const struct encrypted_record *instead = gave_up_behind_chain(f, answer);
    if (instead != NULL) {
        add_alert(f, TLSWATCH_CLIENT, TLSWATCH_INFERRED_FATAL, instead);
        return;
    }
    f->client_finished = true;
    bool silent = false;
    const struct encrypted_record *alert = only_alerts_behind(server, answer->order, &silent);
    f->client_mute = !f->resumed && is_mute(f, client);
    f->server_mute = (silent || alert != NULL) && f->tls13_answer != TLS13_ANSWER_NONE;
    f->alert_behind_leave = alert != NULL && f->server_mute && client_left_before(f, answer, alert);
    if (alert != NULL && f->server_mute && !only_says_goodbye(f, answer, alert)) {
        add_alert(f, TLSWATCH_SERVER, TLSWATCH_INFERRED_FATAL, alert);
        return;
    }
    f->server_finished = !(silent && f->closed.first_by == TLSWATCH_SERVER && f->tls13_answer != TLS13_ANSWER_NONE);
    if (f->tls13_answer == TLS13_ANSWER_NONE && f->client_hello.has_post_handshake_auth) {
        f->late_answer = classify_late(client, server);
    }
    infer_late_refusal(f, client, server);
}
