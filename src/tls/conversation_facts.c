#include "tls/conversation.h"

enum tlswatch_side conversation_side(const struct conversation *c, enum direction sender) {
    return sender == c->client ? TLSWATCH_CLIENT : TLSWATCH_SERVER;
}

const struct conversation_stream *conversation_client(const struct conversation *c) {
    return &c->stream[c->client];
}

const struct conversation_stream *conversation_server(const struct conversation *c) {
    return &c->stream[direction_opposite(c->client)];
}

const struct opening *conversation_opening(const struct conversation *c) {
    static const struct opening nothing;

    return c->opening != NULL ? c->opening : &nothing;
}

bool conversation_failed(const struct conversation *c) {
    const uint8_t fatal = 2, close_notify = 0;

    for (size_t i = 0; i < c->num_alerts; i++) {
        const struct conversation_alert *a = &c->alerts[i];
        if (!a->encrypted && a->level == fatal && a->code != close_notify) {
            return true;
        }
    }
    return false;
}

const struct handshake_message *conversation_find(const struct conversation *c, enum tlswatch_side sender, enum handshake_type type,
                                                  const struct handshake_message *from) {
    size_t i = from == NULL ? 0 : (size_t)(from - c->messages) + 1;

    for (; i < c->num_messages; i++) {
        if (c->messages[i].type == type && conversation_side(c, c->messages[i].sender) == sender) {
            return &c->messages[i];
        }
    }
    return NULL;
}

static const uint8_t *body_of(const struct conversation *c, const struct handshake_message *message) {
    return (message->shared != NULL ? message->shared->data : c->transcript.p) + message->offset;
}

struct bytes conversation_body(const struct conversation *c, const struct handshake_message *message) {
    return bytes_of(body_of(c, message), message->type == NEW_SESSION_TICKET ? 0 : message->len);
}

struct bytes conversation_message(const struct conversation *c, const struct handshake_message *message) {
    uint32_t header = message->sslv2 ? 0 : 4; /* RFC 5246, E.2: without the record's length */

    return bytes_of(body_of(c, message) - header, conversation_body(c, message).len + header);
}

/* The last ClientHello. */
static const struct handshake_message *find_client_hello(const struct conversation *c) {
    const struct handshake_message *m = NULL, *last = NULL;

    while ((m = conversation_find(c, TLSWATCH_CLIENT, CLIENT_HELLO, m)) != NULL) {
        last = m;
    }
    return last;
}

static bool is_hello_retry_request(struct bytes body) {
    struct server_hello hello;

    return server_hello_may_be_retry(body) && server_hello_parse(body, &hello);
}

/* The last ServerHello that is no HelloRetryRequest. */
static const struct handshake_message *find_server_hello(const struct conversation *c) {
    const struct handshake_message *m = NULL, *last = NULL;

    while ((m = conversation_find(c, TLSWATCH_SERVER, SERVER_HELLO, m)) != NULL) {
        if (m->sslv2 || !is_hello_retry_request(conversation_body(c, m))) {
            last = m;
        }
    }
    return last;
}

bool conversation_client_hello(const struct conversation *c, struct client_hello *out) {
    const struct handshake_message *m = find_client_hello(c);

    if (m == NULL || !m->whole) {
        return false;
    }
    return m->sslv2 ? client_hello_v2_parse(conversation_body(c, m), out) : client_hello_parse(conversation_body(c, m), out);
}

bool conversation_server_hello(const struct conversation *c, struct server_hello *out) {
    const struct handshake_message *m = find_server_hello(c);

    return m != NULL && m->whole && !m->sslv2 && server_hello_parse(conversation_body(c, m), out);
}

static bool was_cut(const struct conversation_stream *s, enum handshake_type type) {
    return (unsigned)type < 32 && (s->cut_types >> type & 1) != 0;
}

/* The server went from its hello to its ChangeCipherSpec, with nothing missing and none of the messages between. */
static bool server_abbreviated(const struct conversation *c, const struct handshake_message *hello) {
    static const enum handshake_type of_full_handshake[] = {CERTIFICATE, SERVER_KEY_EXCHANGE, CERTIFICATE_REQUEST, SERVER_HELLO_DONE};
    const struct conversation_stream *s = conversation_server(c);

    if (!s->change_cipher_spec || s->change_cipher_spec_gaps != hello->gaps) {
        return false;
    }
    for (size_t i = 0; i < sizeof(of_full_handshake) / sizeof(of_full_handshake[0]); i++) {
        if (was_cut(s, of_full_handshake[i]) || conversation_find(c, TLSWATCH_SERVER, of_full_handshake[i], NULL) != NULL) {
            return false;
        }
    }
    return true;
}

/* The client sent its ChangeCipherSpec without a ClientKeyExchange. */
static bool client_abbreviated(const struct conversation *c) {
    const struct conversation_stream *s = conversation_client(c);
    const struct handshake_message *hello = find_client_hello(c);

    return hello != NULL && s->change_cipher_spec && s->change_cipher_spec_gaps == hello->gaps && !was_cut(s, CLIENT_KEY_EXCHANGE) &&
           conversation_find(c, TLSWATCH_CLIENT, CLIENT_KEY_EXCHANGE, NULL) == NULL;
}

bool conversation_resumed(const struct conversation *c) {
    const struct handshake_message *m = find_server_hello(c);
    struct server_hello hello;

    if (c->tls13) {
        return conversation_server_hello(c, &hello) && hello.has_pre_shared_key;
    }
    if (c->version == SSL_2_0) {
        return false;
    }
    return (m != NULL && server_abbreviated(c, m)) || ((c->version != 0 || conversation_client(c)->finished) && client_abbreviated(c));
}

static const struct handshake_message *find_hello(const struct conversation *c, enum tlswatch_side side) {
    return side == TLSWATCH_CLIENT ? find_client_hello(c) : find_server_hello(c);
}

static const struct handshake_message *find_any(const struct conversation *c, enum tlswatch_side side, enum handshake_type type) {
    return type == SERVER_HELLO && side == TLSWATCH_SERVER ? find_server_hello(c) : conversation_find(c, side, type, NULL);
}

/* A client that goes on to application data without a key exchange or a Finished speaks TLS 1.3, also where nothing
 * of the server is there to say so. */
static bool client_must_be_tls13(const struct conversation *c) {
    const struct conversation_stream *s = conversation_client(c);

    return c->version == 0 && s->num_records > 0 && s->records[0].type == APPLICATION_DATA && !s->finished && s->gaps == 0 &&
           conversation_find(c, TLSWATCH_CLIENT, CLIENT_HELLO, NULL) != NULL &&
           conversation_find(c, TLSWATCH_CLIENT, CLIENT_KEY_EXCHANGE, NULL) == NULL;
}

/* Everything behind the ServerHello of TLS 1.3 is encrypted (RFC 8446, 2), and so is what SSL 2.0 has beside hellos. */
static bool is_hidden(const struct conversation *c, enum tlswatch_side side, enum handshake_type type) {
    const struct conversation_stream *s = side == TLSWATCH_CLIENT ? conversation_client(c) : conversation_server(c);

    if (type == CLIENT_HELLO || type == SERVER_HELLO || type == HELLO_REQUEST) {
        return false;
    }
    if (c->version == SSL_2_0) {
        return true;
    }
    if (c->tls13) {
        return s->total_records > 0; /* without any, it can only be absent or lost */
    }
    return (side == TLSWATCH_CLIENT && client_must_be_tls13(c)) || (type == FINISHED && s->finished);
}

/* passed finds the first thing of this side that stands behind where the message would, and how often reading had lost
 * its place before. Without a version, a client's ChangeCipherSpec may be the one of TLS 1.3 that means nothing. */
static bool passed(const struct conversation *c, enum tlswatch_side side, enum handshake_type type, uint32_t *gaps) {
    const struct conversation_stream *s = side == TLSWATCH_CLIENT ? conversation_client(c) : conversation_server(c);
    const struct handshake_message *behind = NULL;

    if (type == FINISHED) {
        return false;
    }
    if (side == TLSWATCH_SERVER && type != SERVER_HELLO_DONE && type != NEW_SESSION_TICKET) {
        behind = conversation_find(c, side, SERVER_HELLO_DONE, NULL);
    } else if (side == TLSWATCH_CLIENT && type == CERTIFICATE) {
        behind = conversation_find(c, side, CLIENT_KEY_EXCHANGE, NULL);
    }
    if (behind != NULL) {
        *gaps = behind->gaps;
        return true;
    }
    if (s->change_cipher_spec && !c->tls13 && (c->version != 0 || s->finished)) {
        *gaps = s->change_cipher_spec_gaps;
        return true;
    }
    return false;
}

/* Nothing of this side is there at all, though what the other side sent shows that it spoke, or is itself lost. */
static bool must_have_spoken(const struct conversation *c, enum tlswatch_side side) {
    if (side == TLSWATCH_CLIENT) {
        return conversation_server(c)->any_bytes || conversation_server(c)->lost > 0;
    }
    const struct conversation_stream *client = conversation_client(c);
    return client->lost > 0 || client->change_cipher_spec || client->encrypted ||
           conversation_find(c, TLSWATCH_CLIENT, CLIENT_KEY_EXCHANGE, NULL) != NULL;
}

static bool is_absent(const struct conversation *c, enum tlswatch_side side, enum handshake_type type, bool ended) {
    const struct conversation_stream *s = side == TLSWATCH_CLIENT ? conversation_client(c) : conversation_server(c);
    const struct handshake_message *hello = find_hello(c, side);
    uint32_t gaps_before = hello != NULL ? hello->gaps : 0, gaps_behind;

    if (hello != NULL && passed(c, side, type, &gaps_behind)) {
        return gaps_before == gaps_behind;
    }
    /* Without a version the ChangeCipherSpec may be the one that means nothing. */
    bool change_tells = s->change_cipher_spec && (c->version != 0 || s->finished);
    if (!ended || s->gaps != gaps_before || (s->total_records > 0 && !change_tells) ||
        was_cut(s, side == TLSWATCH_CLIENT ? CLIENT_HELLO : SERVER_HELLO)) {
        return false;
    }
    return s->any_bytes || !must_have_spoken(c, side);
}

/* Another handshake inside the encryption may have carried it. Where reading lost its
 * place there on both sides, nobody can tell. */
static enum tlswatch_state behind_the_handshake(const struct conversation *c, enum handshake_type type) {
    const struct conversation_stream *client = conversation_client(c), *server = conversation_server(c);

    if (type != CERTIFICATE_REQUEST && type != CERTIFICATE && type != CERTIFICATE_VERIFY) {
        return TLSWATCH_ABSENT;
    }
    if (client->encrypted_handshakes_after_finished > 0 || server->encrypted_handshakes_after_finished > 0) {
        return TLSWATCH_ENCRYPTED;
    }
    return client->gap_encrypted && server->gap_encrypted ? TLSWATCH_LOST : TLSWATCH_ABSENT;
}

enum tlswatch_state conversation_state(const struct conversation *c, enum tlswatch_side sender, enum handshake_type type, bool ended) {
    if (sender == TLSWATCH_NOBODY || c->protocol == PROTOCOL_NOT_TLS) {
        return TLSWATCH_ABSENT;
    }
    const struct conversation_stream *s = sender == TLSWATCH_CLIENT ? conversation_client(c) : conversation_server(c);
    const struct handshake_message *m = find_any(c, sender, type);
    if (m != NULL) {
        return m->whole ? TLSWATCH_SEEN : TLSWATCH_LOST;
    }
    bool begun = (unsigned)type < 32 && (s->begun_types >> type & 1) != 0;
    if (was_cut(s, type) || (begun && !ended)) {
        return TLSWATCH_LOST;
    }
    if (begun && s->gaps == 0) {
        return TLSWATCH_ABSENT; /* its sender was interrupted: it never was whole */
    }
    if (is_hidden(c, sender, type)) {
        return TLSWATCH_ENCRYPTED;
    }
    if (!is_absent(c, sender, type, ended)) {
        return TLSWATCH_LOST;
    }
    return behind_the_handshake(c, type);
}
