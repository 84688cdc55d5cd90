#include "tls/reader.h"

/* A direction is passed over once this much was seen of it behind its handshake: enough for a renegotiation or an
 * alert that follows the first request. */
#define ENOUGH_RECORDS CONVERSATION_ENCRYPTED_KEPT
#define ENOUGH_BYTES 65536

/* RFC 5246, 6.2.2: alerts are two bytes each; whatever is longer than two of them is encrypted where it may be. */
#define CLEAR_ALERTS 4

struct tls_reader *reader_new(struct memory *memory) {
    struct tls_reader *r = memory_new(memory, sizeof(*r));

    if (r != NULL) {
        r->message.pending.memory = r->held.memory = memory;
    }
    return r;
}

void reader_free(struct tls_reader *r) {
    if (r != NULL) {
        message_reader_clear(&r->message);
        search_free(r->search);
        buffer_clear(&r->held);
        memory_free(r->held.memory, r, sizeof(*r));
    }
}

void reader_protect(struct conversation_stream *stream) {
    stream->encrypted = true;
    if (stream->reader != NULL) {
        stream->reader->protection = ENCRYPTED;
    }
}

static bool is_below_tls13(const struct conversation *c) {
    return c->version != 0 && !c->tls13;
}

/* In TLS 1.3 whatever is encrypted is of type 23 (RFC 8446, 5.2). Before the ServerHello is read, a handshake record
 * behind a ChangeCipherSpec may be a Finished, or a hello that follows a HelloRetryRequest: it is held until it shows. */
static enum route route_of_handshake(const struct conversation *c, const struct tls_reader *r) {
    if (r->protection == CLEAR || (r->protection == ENCRYPTED && c->tls13)) {
        return ROUTE_MESSAGES;
    }
    return r->protection == ENCRYPTED && is_below_tls13(c) ? ROUTE_PASS : ROUTE_HOLD;
}

static enum route route_of(const struct conversation *c, const struct tls_reader *r, const struct record_header *header) {
    switch ((enum content_type)header->type) {
    case HANDSHAKE:
        return route_of_handshake(c, r);
    case ALERT:
        return r->protection == CLEAR || header->len <= CLEAR_ALERTS ? ROUTE_ALERTS : ROUTE_PASS;
    case CHANGE_CIPHER_SPEC:
        if (header->len == 1) {
            return ROUTE_CHANGE_CIPHER_SPEC;
        }
        return r->protection == CLEAR ? ROUTE_NOTHING : ROUTE_PASS;
    case APPLICATION_DATA:
    case HEARTBEAT:
        return ROUTE_PASS;
    }
    return ROUTE_PASS;
}

static void begin_record(struct conversation *c, enum direction sender, const struct record_header *header,
                         const struct tlswatch_mark *mark) {
    struct conversation_stream *s = &c->stream[sender];
    struct tls_reader *r = s->reader;

    if (s->record_version == 0) {
        s->record_version = header->version;
    }
    c->protocol = PROTOCOL_TLS;
    r->route = route_of(c, r, header);
    if (r->route != ROUTE_PASS && header->len > s->max_record) {
        s->max_record = header->len;
    }
    if (header->len > LIMIT_RECORD) {
        note_malformed(s, MALFORMED_RECORD_TOO_LONG, mark);
    }
}

static void read_messages(struct conversation *c, enum direction sender, struct bytes data, const struct tlswatch_mark *mark) {
    struct message_view message;

    while (message_next(&c->stream[sender].reader->message, &data, &message)) {
        note_message(c, sender, &message, mark);
    }
}

static void read_alerts(struct conversation *c, enum direction sender, struct bytes data, const struct tlswatch_mark *mark) {
    struct tls_reader *r = c->stream[sender].reader;
    uint8_t byte;

    while (bytes_u8(&data, &byte)) {
        if (r->alert_begun) {
            r->alert_begun = false;
            note_alert(c, sender, r->alert_level, byte, mark);
        } else if (byte == 1 || byte == 2) {
            r->alert_begun = true;
            r->alert_level = byte;
        } else {
            note_malformed(&c->stream[sender], MALFORMED_ALERT, mark);
            r->route = ROUTE_NOTHING;
            return;
        }
    }
}

static void hold(struct tls_reader *r, struct bytes data) {
    if (!buffer_append(&r->held, data, UINT16_MAX)) {
        r->held_cut = true;
    }
}

static void read_fragment(struct conversation *c, enum direction sender, struct bytes data, const struct tlswatch_mark *mark) {
    struct tls_reader *r = c->stream[sender].reader;

    switch (r->route) {
    case ROUTE_MESSAGES:
        r->bytes_clear += (uint32_t)data.len;
        read_messages(c, sender, data, mark);
        break;
    case ROUTE_ALERTS:
        r->bytes_clear += (uint32_t)data.len;
        read_alerts(c, sender, data, mark);
        break;
    case ROUTE_CHANGE_CIPHER_SPEC:
        if (data.len == 1 && data.p[0] == 1) {
            note_change_cipher_spec(c, sender, mark);
        }
        break;
    case ROUTE_HOLD:
        hold(r, data);
        break;
    case ROUTE_PASS:
        r->bytes_encrypted += data.len;
        break;
    case ROUTE_NOTHING:
        break;
    }
}

/* What was held is now whole. Where it proves to be messages, what was taken for encryption was none: the compatible
 * ChangeCipherSpec or the early data of TLS 1.3. */
static void decide_held(struct conversation *c, enum direction sender, const struct tlswatch_mark *mark) {
    struct conversation_stream *s = &c->stream[sender];
    struct tls_reader *r = s->reader;
    struct bytes held = buffer_bytes(&r->held);

    if (!r->held_cut && messages_plausible(held) && (r->protection == UNSURE || held.p[0] == CLIENT_HELLO || held.p[0] == SERVER_HELLO)) {
        r->protection = CLEAR;
        s->encrypted = false;
        read_messages(c, sender, held, mark);
    } else if (r->protection == ENCRYPTED) {
        note_encrypted(c, sender, HANDSHAKE, r->record.header.len, mark);
    }
    buffer_clear(&r->held);
    r->held_cut = false;
}

static void end_record(struct conversation *c, enum direction sender, const struct tlswatch_mark *mark) {
    struct conversation_stream *s = &c->stream[sender];

    if (s->reader->route == ROUTE_HOLD) {
        decide_held(c, sender, mark);
    } else if (s->reader->route == ROUTE_PASS) {
        note_encrypted(c, sender, s->reader->record.header.type, s->reader->record.header.len, mark);
    }
    s->last = *mark;
}

static bool has_enough(const struct conversation_stream *s) {
    const struct tls_reader *r = s->reader;

    if (r->bytes_clear > LIMIT_CLEAR) {
        return true;
    }
    return r->protection == ENCRYPTED && (r->bytes_encrypted >= ENOUGH_BYTES || s->total_records >= ENOUGH_RECORDS);
}

/* fill takes bytes until `len` are held; false: they are not. */
static bool fill(struct tls_reader *r, struct bytes *data, size_t len) {
    size_t missing = len > r->held.len ? len - r->held.len : 0;
    struct bytes part;

    (void)bytes_take(data, missing < data->len ? missing : data->len, &part);
    hold(r, part);
    return r->held.len >= len || r->held_cut;
}

/* SSL 2.0 (RFC 5246, E.2, and Hickman's draft): two bytes of length with the top bit set, then the message. False: it
 * is not whole yet. */
static bool read_v2(struct conversation *c, enum direction sender, struct bytes *data, const struct tlswatch_mark *mark) {
    struct tls_reader *r = c->stream[sender].reader;

    if (!fill(r, data, 2) || (!r->held_cut && !fill(r, data, 2 + ((size_t)(r->held.p[0] & 0x7f) << 8 | r->held.p[1])))) {
        return false;
    }
    r->reading_v2 = false;
    note_message_v2(c, sender, r->held_cut ? (struct bytes){0} : buffer_bytes(&r->held), mark);
    buffer_clear(&r->held);
    r->held_cut = false;
    return true;
}

static void begin(struct conversation *c, enum direction sender, uint8_t first) {
    struct tls_reader *r = c->stream[sender].reader;

    r->begun = true;
    r->reading_v2 = (first & 0x80) != 0;
    r->began_with_v2 = r->reading_v2;
    if (r->reading_v2) {
        c->protocol = PROTOCOL_TLS;
    }
}

/* What follows an SSL 2.0 hello in the same framing belongs to an SSL 2.0 handshake, of which no more is in clear. */
static enum read_result nonsense(struct conversation_stream *s, const struct tlswatch_mark *mark) {
    if (s->reader->began_with_v2 && (s->reader->record.header.type & 0x80) != 0) {
        reader_protect(s);
        return READ_DONE;
    }
    if (s->lost > 0) {
        return READ_LOST;
    }
    note_malformed(s, MALFORMED_RECORD, mark);
    return READ_DONE;
}

enum read_result reader_read(struct conversation *c, enum direction sender, struct bytes *data, const struct tlswatch_mark *mark) {
    struct conversation_stream *s = &c->stream[sender];
    struct tls_reader *r = s->reader;
    struct record_piece piece;

    if (!r->begun && data->len > 0) {
        begin(c, sender, data->p[0]);
    }
    if (r->reading_v2) {
        if (!read_v2(c, sender, data, mark)) {
            return READ_ALL;
        }
        if (s->encrypted || s->malformed != MALFORMED_NOTHING) {
            return READ_DONE;
        }
    }
    for (;;) {
        switch (record_next(&r->record, data, &piece)) {
        case RECORD_MORE:
            return READ_ALL;
        case RECORD_NONSENSE:
            return nonsense(s, mark);
        case RECORD_PIECE:
            if (piece.first) {
                begin_record(c, sender, &piece.header, mark);
            }
            read_fragment(c, sender, piece.data, mark);
            if (piece.last) {
                end_record(c, sender, mark);
                if (has_enough(s)) {
                    return READ_DONE;
                }
            }
            break;
        }
    }
}

static void cut_message(struct conversation_stream *s) {
    int type = message_begun(&s->reader->message);

    if (type >= 0 && type < 32) {
        s->cut_types |= UINT32_C(1) << type;
    }
}

void reader_lose_place(struct conversation *c, enum direction sender) {
    struct conversation_stream *s = &c->stream[sender];
    struct tls_reader *r = s->reader;

    cut_message(s);
    message_reader_clear(&r->message);
    buffer_clear(&r->held);
    r->held_cut = false;
    r->alert_begun = false;
    r->reading_v2 = false;
    r->begun = true;
    r->record = (struct record_reader){0};
    if (r->protection == CLEAR) {
        r->protection = UNSURE;
    }
    s->gap_encrypted |= r->protection == ENCRYPTED;
    s->gaps++;
}

/* The record goes on behind the hole, but where in it the next message begins is not known. */
static void lose_messages(struct conversation_stream *s) {
    s->reader->route = ROUTE_NOTHING;
    s->reader->alert_begun = false;
    if (s->reader->protection == CLEAR) {
        s->reader->protection = UNSURE;
    }
    s->gaps++;
}

bool reader_hole(struct conversation *c, enum direction sender, uint64_t len, const struct tlswatch_mark *mark) {
    struct conversation_stream *s = &c->stream[sender];
    struct tls_reader *r = s->reader;
    bool ends;

    if (!record_hole(&r->record, len, &ends)) {
        return false;
    }
    switch (r->route) {
    case ROUTE_MESSAGES:
        cut_message(s);
        if (!message_hole(&r->message, len)) {
            lose_messages(s);
        }
        break;
    case ROUTE_ALERTS:
    case ROUTE_CHANGE_CIPHER_SPEC:
        lose_messages(s);
        break;
    case ROUTE_HOLD:
        r->held_cut = true;
        s->gaps++;
        break;
    case ROUTE_PASS:
        r->bytes_encrypted += len;
        break;
    case ROUTE_NOTHING:
        break;
    }
    if (ends) {
        end_record(c, sender, mark);
    }
    return true;
}
