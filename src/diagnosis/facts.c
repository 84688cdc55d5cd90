#include "diagnosis/facts.h"

#include "diagnosis/facts_internal.h"
#include "tls/alert.h"
#include "tls/registry.h"

static void collect_hellos(struct facts *f) {
    const struct conversation *c = f->conversation;
    const struct handshake_message *m;

    f->has_client_hello = conversation_client_hello(c, &f->client_hello);
    for (m = NULL; (m = conversation_find(c, TLSWATCH_CLIENT, CLIENT_HELLO, m)) != NULL;) {
        f->client_hello_mark = m->mark;
    }
    f->has_server_hello = conversation_server_hello(c, &f->server_hello);
    for (m = NULL; (m = conversation_find(c, TLSWATCH_SERVER, SERVER_HELLO, m)) != NULL;) {
        f->server_hello_mark = m->mark;
    }
    f->version = c->version;
    f->tls13 = c->version == TLS_1_3;
    f->resumed = conversation_resumed(c);
}

static void collect_states(struct facts *f) {
    f->request_state = conversation_state(f->conversation, TLSWATCH_SERVER, CERTIFICATE_REQUEST, f->ended);
    f->client.state = conversation_state(f->conversation, TLSWATCH_CLIENT, CERTIFICATE, f->ended);
    f->server.state = conversation_state(f->conversation, TLSWATCH_SERVER, CERTIFICATE, f->ended);
}

/* Where the ServerHello is lost the version is not known, but only one of the two forms fits (RFC 5246, 7.4.4). */
static bool parse_request(struct bytes body, uint16_t version, struct certificate_request *out) {
    if (version != 0) {
        return certificate_request_parse(body, version, out);
    }
    return certificate_request_parse(body, TLS_1_2, out) || certificate_request_parse(body, TLS_1_0, out);
}

static void collect_request(struct facts *f) {
    const struct conversation *c = f->conversation;
    const struct handshake_message *m = conversation_find(c, TLSWATCH_SERVER, CERTIFICATE_REQUEST, NULL);
    if (m == NULL) {
        return;
    }
    f->request_mark = m->mark;
    if (!m->whole || !parse_request(conversation_body(c, m), f->version, &f->request)) {
        f->request_malformed = m->whole;
        return;
    }
    f->list = certificate_store_authorities(f->store, f->request.certificate_authorities);
    f->list_lost = f->list == NULL;
}

static void collect_party(struct facts *f, struct party *party, enum tlswatch_side side) {
    const struct conversation *c = f->conversation;
    party->side = side;
    party->path.foreign = party->path.duplicate = -1;
    party->path.reach.at = party->path.reach.authority = -1;
    const struct handshake_message *m = conversation_find(c, side, CERTIFICATE, NULL);
    if (m == NULL) {
        return;
    }
    party->mark = m->mark;
    party->time = m->mark.time_ns / SECOND_NS;
    struct bytes list, der;
    if (!m->whole || !certificate_list_parse(conversation_body(c, m), &list)) {
        party->truncated = true;
        return;
    }
    const struct tlswatch_sighting seen = {.stream = f->flow->stream, .sender = side, .mark = m->mark};
    while (certificate_list_next(&list, &der)) {
        const struct certificate *certificate = party->num_chain < LIMIT_CHAIN ? certificate_store_add(f->store, der) : NULL;
        if (certificate == NULL) {
            party->truncated = true;
            break;
        }
        certificate_set_seen(certificate, &seen);
        party->chain[party->num_chain++] = certificate;
    }
    if (party->truncated && party->num_chain == 0) {
        party->state = TLSWATCH_LOST; /* it was no empty list */
    }
}

/* Appends the messages of one flight that stand before `end` on the wire: the capture may hold the server's behind it.
 * False: one of them is not whole. */
static bool add_flight(const struct conversation *c, enum tlswatch_side sender, bool hello, const struct handshake_message *end,
                       struct bytes *pieces, size_t *num) {
    for (const struct handshake_message *m = c->messages; m < c->messages + c->num_messages; m++) {
        if (m == end && conversation_side(c, end->sender) == sender) {
            break;
        }
        bool counts = m->type != HELLO_REQUEST && m->type != NEW_SESSION_TICKET;
        if (conversation_side(c, m->sender) != sender || (m->type == CLIENT_HELLO) != hello || !counts) {
            continue;
        }
        if (!m->whole) {
            return false;
        }
        pieces[(*num)++] = conversation_message(c, m);
    }
    return true;
}

/* The key of the leaf signed all messages before (RFC 5246, 7.4.8): the client's hello, the server's flight, the client's
 * own two messages, in this order whatever the capture's. SSL 3.0 hashes otherwise. */
static void check_certificate_verify(struct facts *f) {
    const struct conversation *c = f->conversation;
    const struct handshake_message *m = conversation_find(c, TLSWATCH_CLIENT, CERTIFICATE_VERIFY, NULL);
    struct digitally_signed signature;
    bool all_kept = !f->lost && c->limits_hit == 0;
    if (m == NULL || f->version < TLS_1_0 || !all_kept || f->client.num_chain == 0 ||
        !certificate_verify_parse(conversation_body(c, m), f->version, &signature)) {
        return;
    }
    f->certificate_verify_scheme = signature.has_algorithm ? signature.algorithm : 0;
    struct bytes pieces[LIMIT_MESSAGES];
    size_t num = 0;
    if (add_flight(c, TLSWATCH_CLIENT, true, m, pieces, &num) && add_flight(c, TLSWATCH_SERVER, false, m, pieces, &num) &&
        add_flight(c, TLSWATCH_CLIENT, false, m, pieces, &num)) {
        f->certificate_verify =
                certificate_verify_signature(f->client.chain[0], f->certificate_verify_scheme, pieces, num, signature.signature);
    }
}

/* RFC 5246, 7.4.3: signed are both randoms and the parameters. */
static void check_server_key_exchange(struct facts *f) {
    const struct conversation *c = f->conversation;
    const struct handshake_message *m = conversation_find(c, TLSWATCH_SERVER, SERVER_KEY_EXCHANGE, NULL);
    struct server_key_exchange exchange;
    if (m == NULL || !m->whole || f->server.num_chain == 0 || !f->has_client_hello || !f->has_server_hello || f->client_hello.sslv2 ||
        f->version < TLS_1_0 || !server_key_exchange_parse(conversation_body(c, m), f->version, c->cipher_suite, &exchange) ||
        !exchange.is_signed) {
        return;
    }
    struct bytes pieces[] = {f->client_hello.random, f->server_hello.random, exchange.params};
    uint16_t scheme = exchange.signed_params.has_algorithm ? exchange.signed_params.algorithm : 0;
    f->server_key_exchange = certificate_verify_signature(f->server.chain[0], scheme, pieces, 3, exchange.signed_params.signature);
}

/* The alert names what its sender found in the other side's chain, which comes before the signature: that one is not to blame. */
static bool refused_for_its_chain(const struct facts *f, enum tlswatch_side sender) {
    const struct tlswatch_alert *a = f->alert;
    return a != NULL && a->readable && a->sender == sender &&
           (a->code == ALERT_CERTIFICATE_REVOKED || a->code == ALERT_CERTIFICATE_EXPIRED || a->code == ALERT_UNKNOWN_CA);
}

/* What of the client is lost may be that it went on. */
static bool client_broke_off(const struct facts *f) {
    return f->goodbye == TLSWATCH_CLIENT && !f->client_finished && (f->alert != NULL || !f->lost);
}

/* A side that went on has checked the other's signature; only what was broken off there is worth the computing, of which clients that
 * try again all day would take most. */
static void check_signatures(struct facts *f) {
    f->has_certificate_verify = conversation_find(f->conversation, TLSWATCH_CLIENT, CERTIFICATE_VERIFY, NULL) != NULL;
    if (!f->server_finished && !refused_for_its_chain(f, TLSWATCH_SERVER)) {
        check_certificate_verify(f);
    }
    if (client_broke_off(f) && !refused_for_its_chain(f, TLSWATCH_CLIENT)) {
        check_server_key_exchange(f);
    }
}

static void collect_chains(struct facts *f) {
    collect_party(f, &f->client, TLSWATCH_CLIENT);
    collect_party(f, &f->server, TLSWATCH_SERVER);
    if (f->server.num_chain > 0) {
        path_walk(f->store, f->server.chain, f->server.num_chain, NULL, &f->server.path);
    }
    if (f->client.num_chain > 0) {
        path_walk(f->store, f->client.chain, f->client.num_chain, f->list, &f->client.path);
    }
}

static bool broken_off(const struct facts *f) {
    return f->progress != PROGRESS_COMPLETED || f->client_left;
}

/* What is known besides what the server sent matters only where the client may have refused it. */
static void look_beyond(struct facts *f) {
    if (f->server.num_chain > 0 && (f->client_left || client_broke_off(f))) {
        path_look_beyond(f->store, f->server.chain, f->server.num_chain, &f->server.path);
        path_rely_on(f->server.chain, &f->server.path, true);
    }
}

/* The verdict of a conversation with nothing wrong rests on nothing else. */
static void rely_on_what_is_known(const struct facts *f) {
    bool untrusted = f->client.trust.with != NULL && f->client.trust.failure != TRUST_VERIFIES;
    if (f->client.num_chain > 0) {
        bool good = !broken_off(f) && f->refusal == REFUSAL_NONE && !untrusted && f->client.path.reach.reached == TLSWATCH_REACHED_YES;
        path_rely_on(f->client.chain, &f->client.path, !good);
    }
}

static void verify_with(struct party *party, struct trust *trust) {
    const struct path *path = &party->path;
    if (trust == NULL || !trust_verify(trust, party->chain, party->num_chain, NULL, 0, party->side, party->time, &party->trust)) {
        return;
    }
    if (party->trust.failure != TRUST_VERIFIES && path->num_above > 0) {
        trust_verify(trust, party->chain, party->num_chain, path->above, path->num_above, party->side, party->time,
                     &party->trust_with_known);
    }
}

static void collect_trust(struct facts *f, const struct trust_set *trusts) {
    if (trusts->first == NULL) {
        return;
    }
    const struct conversation *c = f->conversation;
    const struct endpoint *server = &f->flow->side[direction_opposite(c->client)].endpoint;
    char address[46];
    endpoint_text(server, f->flow->ipv6, address);
    verify_with(&f->client, trust_set_find(trusts, TLSWATCH_CLIENT, f->server_name, address, server->port));
    verify_with(&f->server, trust_set_find(trusts, TLSWATCH_SERVER, f->server_name, address, server->port));
}

/* GnuTLS's server says access_denied and then bad_certificate, both fatal; nobody else does. */
static bool denied_and_called_bad(const struct facts *f) {
    bool denied = false;
    for (size_t i = 0; i < f->num_alerts; i++) {
        const struct tlswatch_alert *a = &f->alerts[i];
        if (a->readable && a->level == ALERT_LEVEL_FATAL && a->sender == TLSWATCH_SERVER) {
            if (denied && a->code == ALERT_BAD_CERTIFICATE) {
                return true;
            }
            denied = a->code == ALERT_ACCESS_DENIED;
        }
    }
    return false;
}

static void guess_stacks(struct facts *f) {
    if (f->has_client_hello) {
        f->client_stack = stack_guess_client(&f->client_hello);
    }
    if (f->has_server_hello) {
        f->server_stack = stack_guess_server(&f->server_hello, f->list != NULL ? &f->request : NULL);
    }
    if (denied_and_called_bad(f)) {
        f->server_stack = (struct stack_guess){STACK_GNUTLS, TLSWATCH_LIKELY};
    }
}

static enum progress find_progress(const struct facts *f) {
    const struct conversation *c = f->conversation;
    if (f->client_finished && f->server_finished) {
        return PROGRESS_COMPLETED;
    }
    if (f->client_finished) {
        return PROGRESS_CLIENT_FINISHED;
    }
    if (conversation_find(c, TLSWATCH_CLIENT, CERTIFICATE, NULL) != NULL ||
        conversation_find(c, TLSWATCH_CLIENT, CLIENT_KEY_EXCHANGE, NULL) != NULL || f->tls13_answer == TLS13_ANSWER_EMPTY ||
        f->tls13_answer == TLS13_ANSWER_CERTIFICATE || f->tls13_answer == TLS13_ANSWER_NONE) {
        return PROGRESS_CLIENT_FLIGHT;
    }
    if (conversation_find(c, TLSWATCH_SERVER, SERVER_HELLO_DONE, NULL) != NULL || (f->resumed && f->server_finished) ||
        (f->tls13 && conversation_server(c)->num_records > 0)) {
        return PROGRESS_SERVER_DONE;
    }
    if (conversation_find(c, TLSWATCH_SERVER, CERTIFICATE, NULL) != NULL) {
        return PROGRESS_SERVER_CERTIFICATE;
    }
    if (f->has_server_hello) {
        return PROGRESS_SERVER_HELLO;
    }
    return conversation_find(c, TLSWATCH_CLIENT, CLIENT_HELLO, NULL) != NULL ? PROGRESS_CLIENT_HELLO : PROGRESS_NOTHING;
}

/* RFC 5246, 7.4.4; RFC 8422, 5.5. What asks for static Diffie-Hellman nobody has. */
const char *facts_only_kind_asked(const struct facts *f) {
    enum { RSA_SIGN = 1, DSS_SIGN = 2, ECDSA_SIGN = 64 };
    struct bytes types = f->request.certificate_types;
    bool rsa = false, dss = false, ec = false;
    uint8_t type;
    while (f->request_state == TLSWATCH_SEEN && bytes_u8(&types, &type)) {
        rsa |= type == RSA_SIGN;
        dss |= type == DSS_SIGN;
        ec |= type == ECDSA_SIGN;
    }
    return rsa && !dss && !ec ? "RSA" : ec && !rsa && !dss ? "EC" : NULL;
}

/* Bytes that a verdict would rest on. Behind the Finished of TLS 1.2 and below nothing is read from lengths; in TLS 1.3
 * everything is. */
static bool lost_any(const struct facts *f, const struct conversation_stream *s) {
    return s->lost_in_handshake || s->begins_in_middle || (s->lost > 0 && (f->tls13 || !s->finished));
}

void facts_collect_course(struct facts *out, const struct conversation *conversation, const struct flow *flow, enum flow_end how,
                          struct arena *arena) {
    *out = (struct facts){.conversation = conversation, .flow = flow};
    const struct conversation_stream *client = conversation_client(conversation);
    const struct conversation_stream *server = conversation_server(conversation);

    facts_find_ending(out, how);
    collect_hellos(out);
    collect_states(out);
    out->lost = lost_any(out, client) || lost_any(out, server);
    out->client_application_records = client->application_records;
    out->server_application_records = server->application_records;
    out->client_application_bytes = client->application_bytes;
    out->server_application_bytes = server->application_bytes;
    if (out->tls13) {
        facts_infer_tls13(out);
    } else {
        out->client_finished = client->finished;
        out->server_finished = server->finished;
        out->renegotiated = client->encrypted_handshakes_after_finished > 0 && server->encrypted_handshakes_after_finished > 0;
    }
    facts_collect_alerts(out, arena);
    out->progress = find_progress(out);
    facts_find_stall(out);
    facts_find_refusal(out);
}

void facts_collect_certificates(struct facts *f, struct certificate_store *store, const struct trust_set *trusts, struct arena *arena) {
    f->store = store;
    if (f->has_client_hello && f->client_hello.server_name.len > 0) {
        f->server_name = arena_escape(arena, f->client_hello.server_name, LIMIT_NAME_TEXT);
    }
    collect_request(f);
    collect_chains(f);
    if (!f->tls13) {
        check_signatures(f);
    }
    guess_stacks(f);
    look_beyond(f);
    collect_trust(f, trusts);
    rely_on_what_is_known(f);
    f->num_unpaid = certificate_store_num_unpaid(store);
}

/* No alert stands in clear, and the first one, if any, is the client's. */
static bool only_takes_leave(const struct conversation *c) {
    for (size_t i = 0; i < c->num_alerts; i++) {
        if (!c->alerts[i].encrypted) {
            return false;
        }
    }
    return c->num_alerts == 0 || c->alerts[0].sender == c->client;
}

bool facts_course_is_plain(const struct conversation *c, const struct flow *flow, enum flow_end how) {
    const struct conversation_stream *client = conversation_client(c), *server = conversation_server(c);
    bool tls12 = c->protocol == PROTOCOL_TLS && c->version != 0 && !c->tls13;
    bool finished = client->finished && server->finished && server->encrypted_handshakes_after_finished == 0;
    bool whole = client->lost == 0 && server->lost == 0 && !facts_bytes_missing(flow);
    bool client_closed = flow->closed && flow->closed_by == c->client && how != FLOW_END_EVICTED;

    return tls12 && finished && client->application_records > 0 && whole && client_closed && only_takes_leave(c) && c->limits_hit == 0;
}

bool facts_went_well(const struct facts *f) {
    return f->conversation->protocol == PROTOCOL_TLS && f->progress == PROGRESS_COMPLETED && f->alert == NULL &&
           f->refusal == REFUSAL_NONE && !f->client_left && !f->evicted && f->conversation->limits_hit == 0;
}

uint64_t facts_limits_hit(const struct facts *f) {
    return f->conversation->limits_hit + f->num_unpaid + (uint64_t)f->client.truncated + (uint64_t)f->server.truncated +
           (uint64_t)f->list_lost;
}

static void gather_chain(const struct conversation *c, const struct flow *flow, struct certificate_store *store, enum tlswatch_side side,
                         bool read) {
    const struct handshake_message *m = conversation_find(c, side, CERTIFICATE, NULL);
    struct bytes list, der;
    uint64_t number = certificate_store_number(store);
    if (m == NULL || !m->whole || (m->shared != NULL && number != 0 && m->shared->known_to == number) ||
        !certificate_list_parse(conversation_body(c, m), &list)) {
        return;
    }
    if (m->shared != NULL) {
        m->shared->known_to = number;
    }
    const struct tlswatch_sighting seen = {.stream = flow->stream, .sender = side, .mark = m->mark};
    for (size_t i = 0; i < LIMIT_CHAIN && certificate_list_next(&list, &der); i++) {
        const struct certificate *certificate = read ? certificate_store_add(store, der) : NULL;
        if (certificate != NULL) {
            certificate_set_seen(certificate, &seen);
        } else if (!read) {
            certificate_store_note(store, der, &seen);
        }
    }
}

void facts_gather(const struct conversation *conversation, const struct flow *flow, struct certificate_store *store) {
    gather_chain(conversation, flow, store, TLSWATCH_CLIENT, false);
    gather_chain(conversation, flow, store, TLSWATCH_SERVER, false);
}

void facts_gather_read(const struct conversation *conversation, const struct flow *flow, struct certificate_store *store) {
    gather_chain(conversation, flow, store, TLSWATCH_CLIENT, true);
    gather_chain(conversation, flow, store, TLSWATCH_SERVER, true);
}
