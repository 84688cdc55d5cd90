#include "tls/reader.h"

#include "tls/registry.h"

static void set_client(struct conversation *c, enum direction client) {
    if (!c->roles_known) {
        c->roles_known = true;
        c->client = client;
    }
}

/* Some messages only one side ever sends. */
static void learn_roles(struct conversation *c, enum direction sender, uint8_t type) {
    switch (type) {
    case CLIENT_HELLO:
    case CLIENT_KEY_EXCHANGE:
    case CERTIFICATE_VERIFY:
        set_client(c, sender);
        break;
    case HELLO_REQUEST:
    case SERVER_HELLO:
    case NEW_SESSION_TICKET:
    case SERVER_KEY_EXCHANGE:
    case CERTIFICATE_REQUEST:
    case SERVER_HELLO_DONE:
    case CERTIFICATE_STATUS:
        set_client(c, direction_opposite(sender));
        break;
    default:
        break;
    }
}

/* note adds to the timeline, and returns the entry; NULL: there is none. A run of application data of one side is one entry, at its
 * first record. Entries are written where they stand: one that is put together elsewhere has to be waited for. */
static struct timeline_entry *note(struct conversation *c, enum direction sender, uint8_t content, uint32_t len,
                                   const struct tlswatch_mark *mark) {
    struct timeline_entry *last = c->num_timeline > 0 ? &c->timeline[c->num_timeline - 1] : NULL;

    if (content == APPLICATION_DATA && last != NULL && last->content == APPLICATION_DATA && last->sender == sender) {
        last->len = len > UINT32_MAX - last->len ? UINT32_MAX : last->len + len;
        return NULL;
    }
    struct timeline_entry *timeline = c->num_timeline < LIMIT_TIMELINE
                                              ? memory_grow(c->memory, c->timeline, c->num_timeline, USUAL_TIMELINE, sizeof(*timeline))
                                              : NULL;
    if (timeline == NULL) {
        c->limits_hit++;
        return NULL;
    }
    c->timeline = timeline;
    struct timeline_entry *entry = &timeline[c->num_timeline++];
    *entry = (struct timeline_entry){.mark = *mark, .len = len, .sender = sender, .content = content};
    return entry;
}

static void note_handshake(struct conversation *c, enum direction sender, uint8_t type, size_t len, const struct tlswatch_mark *mark) {
    struct timeline_entry *entry = note(c, sender, HANDSHAKE, (uint32_t)len, mark);

    if (entry != NULL) {
        entry->type = type;
    }
}

static const char *handshake_name(const struct timeline_entry *entry) {
    if (entry->encrypted) {
        return entry->type == FINISHED ? "Finished" : "EncryptedHandshake";
    }
    const char *name = handshake_type_name(entry->type);
    return name != NULL ? name : "UnknownHandshake";
}

const char *timeline_name(const struct timeline_entry *entry) {
    switch ((enum content_type)entry->content) {
    case HANDSHAKE:
        return handshake_name(entry);
    case ALERT:
        return entry->encrypted ? "EncryptedAlert" : "Alert";
    case CHANGE_CIPHER_SPEC:
        return "ChangeCipherSpec";
    case HEARTBEAT:
        return "Heartbeat";
    case APPLICATION_DATA:
        break;
    }
    return "ApplicationData";
}

void note_malformed(struct conversation_stream *stream, enum malformed malformed, const struct tlswatch_mark *mark) {
    if (stream->malformed == MALFORMED_NOTHING) {
        stream->malformed = malformed;
        stream->malformed_mark = *mark;
    }
}

void note_loss(struct conversation_stream *s, uint64_t len) {
    if (len == 0 && !s->any_bytes) {
        s->begins_in_middle = true;
    }
    s->lost += len > 0 ? len : 1;
    s->lost_in_handshake |= !s->encrypted;
}

/* Chains and lists of names are said by many, and are most of what is said. */
static bool is_common(uint8_t type, size_t len) {
    return (type == CERTIFICATE || type == CERTIFICATE_REQUEST) && len > sizeof(struct shared);
}

static bool keep_bytes(struct conversation *c, struct bytes bytes, struct handshake_message *out) {
    if (bytes.len > LIMIT_TRANSCRIPT - c->transcript.len - c->shared_len) {
        return false;
    }
    if (c->shared == NULL || !is_common(out->type, bytes.len)) {
        out->offset += (uint32_t)c->transcript.len;
        if (c->transcript.size == 0) {
            (void)buffer_reserve(&c->transcript, USUAL_TRANSCRIPT, LIMIT_TRANSCRIPT);
        }
        return buffer_append(&c->transcript, bytes, LIMIT_TRANSCRIPT);
    }
    out->shared = shared_hold(c->shared, bytes);
    c->shared_len += out->shared != NULL ? bytes.len : 0;
    return out->shared != NULL;
}

static void drop_bytes(struct conversation *c, struct bytes bytes, const struct handshake_message *m) {
    if (m->shared == NULL) {
        c->transcript.len -= bytes.len;
        return;
    }
    shared_give_back(c->shared, m->shared);
    c->shared_len -= bytes.len;
}

static bool add_message(struct conversation *c, struct bytes bytes, struct handshake_message *m) {
    if (m->type == NEW_SESSION_TICKET) {
        bytes.len = MESSAGE_HEADER; /* it tells nothing to anyone but its sender, and no signature covers it (RFC 5077, 3.3) */
    }
    if (c->num_messages == LIMIT_MESSAGES || !keep_bytes(c, bytes, m)) {
        return false;
    }
    struct handshake_message *messages = memory_grow(c->memory, c->messages, c->num_messages, USUAL_MESSAGES, sizeof(*messages));
    if (messages == NULL) {
        drop_bytes(c, bytes, m);
        return false;
    }
    c->messages = messages;
    messages[c->num_messages++] = *m;
    return true;
}

/* keep_message keeps its bytes; what does not fit counts as lost. */
static bool keep_message(struct conversation *c, enum direction sender, uint8_t type, struct bytes bytes, uint32_t header_len, bool whole,
                         const struct tlswatch_mark *mark) {
    struct handshake_message m = {.type = type, .sender = sender, .whole = whole, .sslv2 = header_len == 2, .mark = *mark};

    m.offset = header_len;
    m.len = (uint32_t)bytes.len - header_len;
    m.order = c->order;
    m.gaps = c->stream[sender].gaps;
    if (!add_message(c, bytes, &m)) {
        c->limits_hit++;
        c->stream[sender].gaps++;
        return false;
    }
    c->order++;
    return true;
}

/* A ChangeCipherSpec of the client was taken for the real one, before this was known to be TLS 1.3. */
static void learn_tls13(struct conversation *c, enum direction server) {
    struct conversation_stream *client = &c->stream[direction_opposite(server)];

    c->tls13 = true;
    if (client->encrypted && client->total_records == 0) {
        client->encrypted = false;
        if (client->reader != NULL && client->reader->protection == ENCRYPTED) {
            client->reader->protection = CLEAR;
        }
    }
}

static bool read_server_hello(struct conversation *c, enum direction sender, struct bytes body, bool *is_retry) {
    struct server_hello hello;

    if (!server_hello_parse(body, &hello)) {
        return false;
    }
    *is_retry = hello.hello_retry_request;
    if (hello.version == TLS_1_3) {
        learn_tls13(c, sender);
    }
    if (!hello.hello_retry_request) {
        c->version = hello.version;
        c->cipher_suite = hello.cipher_suite;
        if (c->tls13) {
            reader_protect(&c->stream[sender]);
        }
    }
    return true;
}

/* well_formed parses what must be understood at once, and what can be checked without more. */
static bool well_formed(struct conversation *c, enum direction sender, uint8_t type, struct bytes body, bool *is_retry) {
    struct certificate_request request;
    struct bytes list;

    switch (type) {
    case CLIENT_HELLO:
        return client_hello_is_well_formed(body);
    case SERVER_HELLO:
        return read_server_hello(c, sender, body, is_retry);
    case CERTIFICATE:
        return c->tls13 || certificate_list_parse(body, &list);
    case CERTIFICATE_REQUEST:
        return c->version == 0 || c->tls13 || certificate_request_parse(body, c->version, &request);
    case SERVER_HELLO_DONE:
    case HELLO_REQUEST:
        return body.len == 0;
    default:
        return true;
    }
}

void note_message(struct conversation *c, enum direction sender, const struct message_view *message, const struct tlswatch_mark *mark) {
    struct bytes body = message->bytes;
    bool is_retry = false;

    (void)bytes_skip(&body, MESSAGE_HEADER);
    learn_roles(c, sender, message->type);
    c->limits_hit += !message->whole;
    if (!keep_message(c, sender, message->type, message->bytes, MESSAGE_HEADER, message->whole, mark)) {
        return;
    }
    if (message->whole && !well_formed(c, sender, message->type, body, &is_retry)) {
        note_malformed(&c->stream[sender], MALFORMED_MESSAGE, mark);
    }
    note_handshake(c, sender, is_retry ? HELLO_RETRY_REQUEST : message->type, body.len, mark);
}

/* SSL 2.0's ServerHello carries the certificate itself; all behind it that matters is encrypted. */
void note_message_v2(struct conversation *c, enum direction sender, struct bytes record, const struct tlswatch_mark *mark) {
    enum { V2_CLIENT_HELLO = 1, V2_SERVER_HELLO = 4 };
    struct conversation_stream *s = &c->stream[sender];
    struct client_hello hello;
    struct bytes body = record;
    uint8_t type = 0;

    s->last = *mark;
    s->record_version = SSL_2_0;
    (void)bytes_skip(&body, 2);
    if (body.len > 0) {
        type = body.p[0];
    }
    if (type == V2_CLIENT_HELLO && client_hello_v2_parse(body, &hello)) {
        set_client(c, sender);
        (void)keep_message(c, sender, CLIENT_HELLO, record, 2, true, mark);
        note_handshake(c, sender, CLIENT_HELLO, body.len, mark);
        if (hello.client_version == SSL_2_0) {
            reader_protect(s);
        }
    } else if (type == V2_SERVER_HELLO) {
        set_client(c, direction_opposite(sender));
        (void)keep_message(c, sender, SERVER_HELLO, record, 2, true, mark);
        note_handshake(c, sender, SERVER_HELLO, body.len, mark);
        c->version = SSL_2_0;
        reader_protect(s);
    } else {
        note_malformed(s, MALFORMED_MESSAGE, mark);
    }
}

static void add_alert(struct conversation *c, const struct conversation_alert *alert) {
    struct conversation_alert *alerts =
            c->num_alerts < LIMIT_ALERTS ? memory_grow(c->memory, c->alerts, c->num_alerts, USUAL_ALERTS, sizeof(*alerts)) : NULL;

    if (alerts == NULL) {
        c->limits_hit++;
        note_loss(&c->stream[alert->sender], 1);
        return;
    }
    c->alerts = alerts;
    alerts[c->num_alerts++] = *alert;
}

void note_alert(struct conversation *c, enum direction sender, uint8_t level, uint8_t code, const struct tlswatch_mark *mark) {
    struct conversation_alert alert = {.sender = sender, .level = level, .code = code, .order = c->order++, .mark = *mark};

    add_alert(c, &alert);
    note(c, sender, ALERT, 2, mark);
    c->stream[sender].last = *mark;
}

void note_change_cipher_spec(struct conversation *c, enum direction sender, const struct tlswatch_mark *mark) {
    struct conversation_stream *s = &c->stream[sender];

    c->order++;
    note(c, sender, CHANGE_CIPHER_SPEC, 1, mark);
    if (!s->change_cipher_spec) {
        s->change_cipher_spec = true;
        s->change_cipher_spec_gaps = s->gaps;
    }
    if (!c->tls13) {
        reader_protect(s);
    }
}

/* The first handshake record behind a ChangeCipherSpec is the Finished (RFC 5246, 7.1); more of them, or any behind
 * application data, are another handshake. */
static uint8_t note_handshake_record(struct conversation_stream *s) {
    if (s->change_cipher_spec && !s->finished) {
        s->finished = true;
        return FINISHED;
    }
    if (s->finished || s->application_records > 0) {
        s->encrypted_handshakes_after_finished++;
    }
    return 0;
}

static void note_application(struct conversation_stream *s, const struct encrypted_record *record) {
    s->application_records++;
    s->application_bytes += record->len;
    s->last_application = record->mark;
}

/* note_by_type returns the type of the handshake message in it, as far as that can be told. */
static uint8_t note_by_type(struct conversation *c, const struct encrypted_record *record) {
    struct conversation_stream *s = &c->stream[record->sender];
    struct conversation_alert alert = {
            .sender = record->sender, .encrypted = true, .len = record->len, .order = record->order, .mark = record->mark};

    switch ((enum content_type)record->type) {
    case HANDSHAKE:
        return note_handshake_record(s);
    case ALERT:
        add_alert(c, &alert);
        break;
    case APPLICATION_DATA:
        note_application(s, record);
        break;
    case CHANGE_CIPHER_SPEC:
    case HEARTBEAT:
        break;
    }
    return 0;
}

static void keep_record(struct conversation *c, struct conversation_stream *s, const struct encrypted_record *record) {
    s->total_records++;
    if (s->num_records == CONVERSATION_ENCRYPTED_KEPT) {
        return;
    }
    struct encrypted_record *records = memory_grow(c->memory, s->records, s->num_records, USUAL_RECORDS, sizeof(*records));
    if (records == NULL) {
        c->limits_hit++;
        return;
    }
    s->records = records;
    records[s->num_records++] = *record;
}

void note_encrypted(struct conversation *c, enum direction sender, uint8_t type, uint32_t len, const struct tlswatch_mark *mark) {
    struct conversation_stream *s = &c->stream[sender];
    struct encrypted_record record = {.type = type, .sender = sender, .len = len, .order = c->order++, .mark = *mark};
    uint8_t message = note_by_type(c, &record);

    keep_record(c, s, &record);
    struct timeline_entry *entry = note(c, sender, type, len, mark);
    if (entry != NULL) {
        entry->type = message;
        entry->encrypted = true;
    }
    s->last = *mark;
    /* In TLS 1.3 the first such record is all that shows that the client's keys have changed. */
    if (!s->encrypted && type != HEARTBEAT) {
        reader_protect(s);
    }
}
