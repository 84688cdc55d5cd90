#include "tls/conversation.h"

#include "tls/reader.h"

void conversation_init(struct conversation *c, enum direction client_guess, struct memory *memory) {
    *c = (struct conversation){.client = client_guess, .transcript.memory = memory, .memory = memory};
}

static void forget_opening(struct conversation *c) {
    opening_reader_free(c->opening_reader);
    c->opening_reader = NULL;
}

void conversation_clear(struct conversation *c) {
    for (int i = 0; i < 2; i++) {
        struct conversation_stream *s = &c->stream[i];
        reader_free(s->reader);
        s->reader = NULL;
        memory_free_array(c->memory, s->records, s->num_records, USUAL_RECORDS, sizeof(*s->records));
        s->records = NULL;
        s->num_records = 0;
    }
    forget_opening(c);
    memory_free(c->memory, c->opening, sizeof(*c->opening));
    c->opening = NULL;
    for (size_t i = 0; i < c->num_messages; i++) {
        if (c->messages[i].shared != NULL) {
            shared_give_back(c->shared, c->messages[i].shared);
        }
    }
    buffer_clear(&c->transcript);
    memory_free_array(c->memory, c->messages, c->num_messages, USUAL_MESSAGES, sizeof(*c->messages));
    memory_free_array(c->memory, c->alerts, c->num_alerts, USUAL_ALERTS, sizeof(*c->alerts));
    memory_free_array(c->memory, c->timeline, c->num_timeline, USUAL_TIMELINE, sizeof(*c->timeline));
    c->messages = NULL;
    c->alerts = NULL;
    c->timeline = NULL;
    c->num_messages = c->num_alerts = c->num_timeline = 0;
}

static void count_late(struct conversation_stream *s, size_t len, struct tlswatch_mark mark) {
    if (len > 0) {
        s->application_bytes += len;
        s->last_application = mark;
    }
    s->last = mark;
}

static struct bytes last_of(struct bytes bytes) {
    if (bytes.len > CONVERSATION_TAIL) {
        (void)bytes_skip(&bytes, bytes.len - CONVERSATION_TAIL);
    }
    return bytes;
}

/* The tail, with this behind it. */
static struct bytes join_tail(struct conversation_stream *s, struct bytes end) {
    size_t room = CONVERSATION_TAIL - end.len, kept = s->tail_len < room ? s->tail_len : room;
    memmove(s->tail, s->tail + s->tail_len - kept, kept);
    memcpy(s->tail + kept, end.p, end.len);
    return bytes_of(s->tail, kept + end.len);
}

enum alert_part { ALERT_NOT, ALERT_BEGUN, ALERT_WHOLE };

/* What these bytes up to the last are of an encrypted alert's record. Level and code, a MAC or a tag, an IV and padding
 * make 17 to 80 bytes (RFC 5246, 6.2.3). */
static enum alert_part alert_part(struct bytes record) {
    const uint8_t *p = record.p;
    if (p[0] != ALERT || (record.len > 1 && p[1] != 3) || (record.len > 2 && p[2] > 4) || (record.len > 3 && p[3] != 0)) {
        return ALERT_NOT;
    }
    if (record.len < RECORD_HEADER) {
        return ALERT_BEGUN;
    }
    size_t whole = RECORD_HEADER + (size_t)p[4];
    if (p[4] < 17 || p[4] > 80 || whole < record.len) {
        return ALERT_NOT;
    }
    return whole == record.len ? ALERT_WHOLE : ALERT_BEGUN;
}

/* alert_at_end returns the length of the alert record that ends the bytes, without its header; 0: none. *begun is then
 * where one may have begun, or nothing. */
static uint32_t alert_at_end(struct bytes bytes, struct bytes *begun) {
    uint32_t alert = 0;
    *begun = bytes_of(NULL, 0);
    for (const uint8_t *p; bytes.len > 0 && (p = memchr(bytes.p, ALERT, bytes.len)) != NULL;) {
        (void)bytes_skip(&bytes, (size_t)(p - bytes.p));
        enum alert_part part = alert_part(bytes);
        if (part == ALERT_WHOLE) {
            alert = (uint32_t)bytes.len - RECORD_HEADER;
        } else if (part == ALERT_BEGUN && begun->len == 0) {
            *begun = bytes;
        }
        (void)bytes_skip(&bytes, 1);
    }
    return alert;
}

static void keep_tail(struct conversation_stream *s, struct bytes begun) {
    if (begun.len > 0) {
        memmove(s->tail, begun.p, begun.len);
    }
    s->tail_len = (uint32_t)begun.len;
}

void conversation_late(struct conversation *c, enum direction sender, struct bytes payload, struct tlswatch_mark mark) {
    struct conversation_stream *s = &c->stream[sender];

    if (c->protocol != PROTOCOL_TLS || !s->encrypted || payload.len == 0) {
        return;
    }
    if (c->version == 0 && s->record_version == SSL_2_0 && !s->change_cipher_spec) {
        c->version = SSL_2_0; /* nothing else goes on behind its hello without records */
    }
    if (c->tls13) { /* alerts look like data (RFC 8446, 5.2) */
        count_late(s, payload.len, mark);
        return;
    }
    struct bytes begun, end = last_of(payload);
    uint32_t alert = alert_at_end(s->tail_len > 0 ? join_tail(s, end) : end, &begun);
    if (alert == 0) {
        keep_tail(s, begun);
        count_late(s, payload.len, mark);
        return;
    }
    size_t whole = alert + RECORD_HEADER;
    count_late(s, payload.len > whole ? payload.len - whole : 0, mark);
    if (whole > payload.len) { /* packets before brought its beginning, which was taken for data */
        uint64_t early = whole - payload.len;
        s->application_bytes -= early < s->application_bytes ? early : s->application_bytes;
    }
    s->tail_len = 0;
    note_encrypted(c, sender, ALERT, alert, &mark);
}

/* There is no memory to read this direction, so that what else it says is not known. */
static void lose_rest(struct conversation *c, enum direction sender, uint64_t len) {
    struct conversation_stream *s = &c->stream[sender];

    note_loss(s, len);
    c->limits_hit++;
    s->gaps++;
    s->done = true;
}

static uint32_t begun_type(const struct conversation_stream *s) {
    int type = s->reader != NULL ? message_begun(&s->reader->message) : -1;
    return type >= 0 && type < 32 ? UINT32_C(1) << type : 0;
}

/* retire gives back what reading needed. */
static void retire(struct conversation *c, enum direction sender) {
    struct conversation_stream *s = &c->stream[sender];

    s->cut_types |= begun_type(s);
    reader_free(s->reader);
    s->reader = NULL;
    s->done = true;
}

/* The same, where it was read so far. */
static void give_up(struct conversation *c, enum direction sender) {
    note_loss(&c->stream[sender], 1);
    c->limits_hit++;
    retire(c, sender);
}

static struct tls_reader *reader_of(struct conversation *c, enum direction sender) {
    struct conversation_stream *s = &c->stream[sender];

    if (s->reader == NULL && !s->done) {
        s->reader = reader_new(c->memory);
        if (s->reader == NULL) {
            lose_rest(c, sender, 1);
        }
    }
    return s->reader;
}

static void stop_reading(struct conversation *c, enum direction sender, struct bytes rest, struct tlswatch_mark mark) {
    conversation_late(c, sender, rest, mark);
    retire(c, sender);
}

/* False: there is no memory to search, and the direction is done. */
static bool start_search(struct conversation *c, enum direction sender) {
    struct tls_reader *r = c->stream[sender].reader;

    reader_lose_place(c, sender);
    if (r->search == NULL) {
        r->search = search_new(c->memory);
    }
    if (r->search == NULL) {
        give_up(c, sender);
        return false;
    }
    search_clear(r->search);
    r->search->active = true;
    return true;
}

/* read_found reads on from where the search found a record; false: the direction is done. */
static bool read_found(struct conversation *c, enum direction sender) {
    struct search *search = c->stream[sender].reader->search;
    struct tlswatch_mark mark;
    struct bytes data;

    while (search->found && search_next(search, &data, &mark)) {
        switch (reader_read(c, sender, &data, &mark)) {
        case READ_ALL:
            break;
        case READ_LOST:
            search_back(search, data.len);
            reader_lose_place(c, sender);
            break;
        case READ_DONE:
            do {
                conversation_late(c, sender, data, mark);
            } while (search_next(search, &data, &mark));
            retire(c, sender);
            return false;
        }
    }
    return true;
}

static void run_search(struct conversation *c, enum direction sender, bool end) {
    struct conversation_stream *s = &c->stream[sender];
    struct search *search = s->reader->search;

    while (search_find(search, end)) {
        if (!read_found(c, sender)) {
            return;
        }
        if (search->found) {
            search_clear(search); /* used up: reading is in step again */
            return;
        }
    }
    if (search_exhausted(search)) {
        give_up(c, sender);
    }
}

static void search_in(struct conversation *c, enum direction sender, struct bytes data, struct tlswatch_mark mark) {
    if (!search_push(c->stream[sender].reader->search, data, mark)) {
        give_up(c, sender);
        return;
    }
    run_search(c, sender, false);
}

/* read_tls reads bytes of a direction that speaks TLS, or may. */
static void read_tls(struct conversation *c, enum direction sender, struct bytes data, struct tlswatch_mark mark) {
    struct tls_reader *r = reader_of(c, sender);

    if (r == NULL) {
        return;
    }
    if (reader_searches(r)) {
        search_in(c, sender, data, mark);
        return;
    }
    switch (reader_read(c, sender, &data, &mark)) {
    case READ_ALL:
        break;
    case READ_LOST:
        if (start_search(c, sender)) {
            search_in(c, sender, data, mark);
        }
        break;
    case READ_DONE:
        stop_reading(c, sender, data, mark);
        break;
    }
}

static void close_opening(struct conversation *c) {
    if (c->opening_reader != NULL && c->stream[FORWARD].speaks_tls && c->stream[BACKWARD].speaks_tls &&
        !opening_wrapped(c->opening_reader)) {
        forget_opening(c);
    }
}

static void begin_tls(struct conversation *c, enum direction sender) {
    c->protocol = PROTOCOL_TLS;
    c->stream[sender].speaks_tls = true;
}

/* Where one side spoke TLS and the other answers something else, that is what is malformed. Where bytes of the other
 * side are lost, they may have been TLS. */
static void no_tls(struct conversation *c, enum direction sender, struct tlswatch_mark mark) {
    if (c->protocol == PROTOCOL_TLS) {
        note_malformed(&c->stream[sender], MALFORMED_RECORD, &mark);
        c->stream[sender].done = true;
    } else if (c->stream[direction_opposite(sender)].lost > 0) {
        c->stream[sender].done = true;
    } else {
        c->protocol = PROTOCOL_NOT_TLS;
        forget_opening(c);
    }
}

static void replay(struct conversation *c, enum direction sender) {
    struct tlswatch_mark mark;
    struct bytes data;

    while (!c->stream[sender].done && opening_replay(c->opening_reader, sender, &data, &mark)) {
        read_tls(c, sender, data, mark);
    }
}

static bool begin_opening(struct conversation *c) {
    if (c->opening == NULL) {
        c->opening = memory_new(c->memory, sizeof(*c->opening));
    }
    if (c->opening != NULL) {
        c->opening_reader = opening_reader_new(c->memory);
    }
    return c->opening_reader != NULL;
}

static void read_opening(struct conversation *c, enum direction sender, struct bytes data, struct tlswatch_mark mark) {
    if (c->opening_reader == NULL) {
        if (!begin_opening(c)) {
            lose_rest(c, sender, data.len);
            return;
        }
        if (c->protocol == PROTOCOL_TLS && c->stream[direction_opposite(sender)].speaks_tls) {
            opening_speaks_tls(c->opening_reader, direction_opposite(sender));
        }
    }
    switch (opening_push(c->opening_reader, c->opening, sender, data, mark)) {
    case OPENING_UNDECIDED:
        break;
    case OPENING_TLS:
        begin_tls(c, sender);
        replay(c, sender);
        close_opening(c);
        break;
    case OPENING_NOT_TLS:
        no_tls(c, sender, mark);
        break;
    case OPENING_LOST:
        lose_rest(c, sender, data.len);
        break;
    }
}

bool conversation_data(struct conversation *c, enum direction sender, struct bytes data, struct tlswatch_mark mark) {
    struct conversation_stream *s = &c->stream[sender];
    bool is_first = !s->any_bytes;

    if (s->done || c->protocol == PROTOCOL_NOT_TLS) {
        return false;
    }
    if (data.len == 0) {
        return true;
    }
    s->any_bytes = true;
    if (is_first && !s->speaks_tls && c->opening_reader == NULL && opening_looks_like_tls(data)) {
        begin_tls(c, sender);
    }
    if (!s->speaks_tls || (c->opening_reader != NULL && opening_wrapped(c->opening_reader))) {
        read_opening(c, sender, data, mark);
    } else {
        read_tls(c, sender, data, mark);
    }
    return !s->done && c->protocol != PROTOCOL_NOT_TLS;
}

bool conversation_gap(struct conversation *c, enum direction sender, uint64_t len, struct tlswatch_mark mark) {
    struct conversation_stream *s = &c->stream[sender];

    if (s->done || c->protocol == PROTOCOL_NOT_TLS) {
        return false;
    }
    note_loss(s, len);
    s->speaks_tls = true; /* or nobody will ever know: what follows is searched for records */
    if (c->opening_reader != NULL && opening_wrapped(c->opening_reader)) {
        forget_opening(c); /* the packets around the records can't be followed any more */
    }
    close_opening(c);
    struct tls_reader *r = reader_of(c, sender);
    if (r == NULL) {
        return false;
    }
    if (len == 0 || reader_searches(r) || !reader_hole(c, sender, len, &mark)) {
        return start_search(c, sender);
    }
    return true;
}

static void finish_opening(struct conversation *c) {
    if (c->opening_reader == NULL) {
        return;
    }
    enum opening_verdict verdict = opening_finish(c->opening_reader, c->opening);
    if (verdict == OPENING_NOT_TLS && c->protocol != PROTOCOL_TLS) {
        bool lost = c->stream[FORWARD].lost > 0 || c->stream[BACKWARD].lost > 0;
        c->protocol = lost ? PROTOCOL_UNDECIDED : PROTOCOL_NOT_TLS;
    } else if (verdict == OPENING_NOT_TLS) {
        for (int i = 0; i < 2; i++) {
            if (c->stream[i].any_bytes && !c->stream[i].speaks_tls) {
                note_malformed(&c->stream[i], MALFORMED_RECORD, &c->opening->instead_mark);
            }
        }
    }
    forget_opening(c);
}

void conversation_finish(struct conversation *c) {
    for (int i = 0; i < 2; i++) {
        if (c->stream[i].reader != NULL && reader_searches(c->stream[i].reader)) {
            run_search(c, (enum direction)i, true);
        }
    }
    finish_opening(c);
    for (int i = 0; i < 2; i++) {
        struct conversation_stream *s = &c->stream[i];
        uint32_t cut_types = s->cut_types;
        s->begun_types = begun_type(s);
        retire(c, (enum direction)i);
        s->cut_types = cut_types; /* no byte was lost here: none came any more */
    }
}
