/* How a conversation ended: who closed, which alert decided, who fell silent. */
#include "diagnosis/facts_internal.h"
#include "tls/alert.h"
#include "tls/registry.h"

void facts_find_ending(struct facts *f, enum flow_end how) {
    const struct flow *flow = f->flow;
    bool cut_short = how == FLOW_END_CAPTURE || how == FLOW_END_EVICTED;
    if (flow->closed) {
        const struct flow_side *side = &flow->side[flow->closed_by];
        f->closed = (struct tlswatch_closed){
                .first_by = conversation_side(f->conversation, flow->closed_by),
                .how = flow->closed_by_rst ? TLSWATCH_CLOSED_RST : TLSWATCH_CLOSED_FIN,
                .mark = flow->closed_by_rst ? side->rst : side->fin,
        };
    } else {
        /* One that had to make room fell silent no more than one that was going on at the capture's end. */
        f->closed.how = cut_short ? TLSWATCH_CLOSED_CAPTURE_END : TLSWATCH_CLOSED_TIMEOUT;
    }
    f->evicted = how == FLOW_END_EVICTED;
    f->ended = flow->closed || !cut_short;
}

/* A warning in clear stands before its sender's ChangeCipherSpec: one whose Finished is there went on. */
static bool went_on(const struct facts *f, const struct tlswatch_alert *a) {
    return !f->tls13 && (a->sender == TLSWATCH_CLIENT ? f->client_finished : f->server_finished);
}

/* Alerts that neither end a handshake nor say that it failed (RFC 8446, 6.1; RFC 5246, 7.2.2; RFC 6066, 3). */
static bool ends_handshake(const struct facts *f, const struct tlswatch_alert *a) {
    if (!a->readable) {
        return a->inferred == TLSWATCH_INFERRED_FATAL;
    }
    if (a->level == ALERT_LEVEL_FATAL) {
        return a->code != ALERT_CLOSE_NOTIFY;
    }
    if (went_on(f, a)) {
        return false;
    }
    return a->code != ALERT_CLOSE_NOTIFY && a->code != ALERT_USER_CANCELED && a->code != ALERT_NO_RENEGOTIATION &&
           a->code != ALERT_UNRECOGNIZED_NAME && a->code != ALERT_NO_CERTIFICATE;
}

/* GnuTLS has a second alert, MariaDB's and ProFTPD's servers a line of plain text. Both stand in the stream, whatever the order of
 * the capture. */
static bool is_last_word(const struct tlswatch_alert *a, const struct conversation_stream *said) {
    return said->last.frame == a->mark.frame && said->malformed == MALFORMED_NOTHING;
}

/* Nothing comes behind one's own FIN or RST. What came behind the peer's is told by acknowledgements, whatever the order
 * of the capture; by time only where neither knew of the other. Whoever answers a FIN with an alert says nothing more. */
bool facts_is_behind_close(const struct facts *f, const struct tlswatch_alert *a) {
    enum direction client = f->conversation->client, sender = a->sender == TLSWATCH_CLIENT ? client : direction_opposite(client);
    const struct flow_side *side = &f->flow->side[sender];
    if (f->closed.first_by == TLSWATCH_NOBODY || f->closed.first_by == a->sender || side->last_before_close ||
        !is_last_word(a, &f->conversation->stream[sender])) {
        return false;
    }
    return side->last_answers_close || a->mark.time_ns > f->closed.mark.time_ns;
}

/* OpenSSL 3 answers the peer's bare FIN with a fatal decode_error: the closer is to blame. */
static bool is_echo(const struct facts *f, const struct tlswatch_alert *a) {
    if (f->closed.how != TLSWATCH_CLOSED_FIN || !facts_is_behind_close(f, a) || (a->readable && a->code != ALERT_DECODE_ERROR)) {
        return false;
    }
    return a->readable || a->inferred != TLSWATCH_INFERRED_CLOSE_NOTIFY;
}

/* What an encrypted alert must have been, by its place: before the peer's Finished only a fatal one makes sense, unless
 * that was lost; behind application data, or as the last word of a completed connection, it is a close_notify. */
static enum tlswatch_inferred infer_alert(const struct facts *f, const struct conversation_alert *a, enum tlswatch_side sender) {
    bool both = f->client_finished && f->server_finished;
    const struct conversation_stream *stream = &f->conversation->stream[a->sender];
    const struct conversation_stream *peer = &f->conversation->stream[direction_opposite(a->sender)];
    if (f->renegotiated && stream->application_records == 0 && sender == TLSWATCH_SERVER) {
        return f->flow->side[a->sender].missing > 0 ? TLSWATCH_INFERRED_UNKNOWN : TLSWATCH_INFERRED_FATAL;
    }
    if (!both && !f->lost) {
        return TLSWATCH_INFERRED_FATAL;
    }
    return stream->application_records > 0 || peer->application_records > 0 ? TLSWATCH_INFERRED_CLOSE_NOTIFY : TLSWATCH_INFERRED_UNKNOWN;
}

static void choose_deciding(struct facts *f) {
    for (size_t i = 0; i < f->num_alerts; i++) {
        const struct tlswatch_alert *a = &f->alerts[i];
        if (!ends_handshake(f, a)) {
            continue;
        }
        if (is_echo(f, a)) {
            f->echo = f->echo == NULL ? a : f->echo;
        } else if (f->alert == NULL) {
            f->alert = a;
        }
    }
}

/* TLS 1.3 hides what a record is, but not its length: the server's last one may be a close_notify that the client only answered,
 * though its FIN came sooner. */
static const struct encrypted_record *server_took_leave(const struct facts *f) {
    const struct conversation_stream *client = conversation_client(f->conversation), *server = conversation_server(f->conversation);
    if (!f->tls13 || !f->client_finished || !f->server_finished || f->closed.first_by != TLSWATCH_CLIENT || server->num_records == 0 ||
        facts_bytes_missing(f->flow) || server->total_records > CONVERSATION_ENCRYPTED_KEPT ||
        client->total_records > CONVERSATION_ENCRYPTED_KEPT) {
        return NULL;
    }
    const struct encrypted_record *last = &server->records[server->num_records - 1];
    const struct tlswatch_alert leave = {.sender = TLSWATCH_SERVER, .mark = last->mark};
    bool answered = false;
    for (uint32_t i = 0; i < client->num_records; i++) {
        bool alert = facts_may_be_alert(client, i);
        if (alert != (client->records[i].order > last->order)) {
            return NULL;
        }
        answered = answered || alert;
    }
    bool leaves = last->type == APPLICATION_DATA && facts_alert_sized(server, last->len);
    return leaves && answered && !facts_is_behind_close(f, &leave) ? last : NULL;
}

/* A close_notify, or an encrypted alert of a completed handshake, comes before the FIN that it announces. */
static void find_goodbye(struct facts *f) {
    const struct tlswatch_alert *said = f->alert;
    for (size_t i = 0; i < f->num_alerts && said == NULL; i++) {
        const struct tlswatch_alert *a = &f->alerts[i];
        if ((a->readable && a->code == ALERT_CLOSE_NOTIFY) || (a->encrypted && f->client_finished && f->server_finished)) {
            said = a;
        }
    }
    bool by_alert = said != NULL && (said == f->alert || !facts_is_behind_close(f, said));
    f->goodbye = by_alert ? said->sender : f->closed.first_by;
    f->goodbye_mark = by_alert ? said->mark : f->closed.mark;
    const struct encrypted_record *leave = said == NULL ? server_took_leave(f) : NULL;
    if (leave != NULL) {
        f->goodbye = TLSWATCH_SERVER;
        f->goodbye_mark = leave->mark;
    }
}

static bool is_captured_before(const struct tlswatch_mark *a, const struct tlswatch_mark *b) {
    return a->file == b->file ? a->frame < b->frame : a->time_ns < b->time_ns;
}

/* A side that waited for lost bytes is read later than the other, of which nothing more was read: there only the capture
 * tells the order of what both said. */
static void order_alerts(struct facts *f) {
    if (!facts_bytes_missing(f->flow)) {
        return;
    }
    for (size_t i = 1; i < f->num_alerts; i++) {
        struct tlswatch_alert a = f->alerts[i];
        size_t at = i;
        while (at > 0 && a.sender != f->alerts[at - 1].sender && is_captured_before(&a.mark, &f->alerts[at - 1].mark)) {
            f->alerts[at] = f->alerts[at - 1];
            at--;
        }
        f->alerts[at] = a;
    }
}

void facts_collect_alerts(struct facts *f, struct arena *arena) {
    const struct conversation *c = f->conversation;
    struct tlswatch_alert inferred[2];
    size_t num_inferred = f->num_alerts; /* by facts_infer_tls13 */
    memcpy(inferred, f->alerts, sizeof inferred);
    f->num_alerts = 0;
    for (size_t i = 0; i < c->num_alerts; i++) {
        const struct conversation_alert *from = &c->alerts[i];
        struct tlswatch_alert *a = &f->alerts[f->num_alerts++];
        *a = (struct tlswatch_alert){.sender = conversation_side(c, from->sender), .encrypted = from->encrypted, .mark = from->mark};
        if (from->encrypted) {
            a->inferred = infer_alert(f, from, a->sender);
            continue;
        }
        a->readable = true;
        a->level = from->level;
        a->code = from->code;
        a->name = alert_name(a->code);
        if (a->name == NULL) {
            a->name = arena_format(arena, "alert_%u", a->code);
        }
    }
    for (size_t i = 0; i < num_inferred; i++) {
        f->alerts[f->num_alerts++] = inferred[i];
    }
    order_alerts(f);
    choose_deciding(f);
    find_goodbye(f);
}

/* Silence is a fact only where it lasted: the timer ran out, or a flight was sent again and again without an answer. */
void facts_find_stall(struct facts *f) {
    if (f->flow->closed || f->progress == PROGRESS_COMPLETED || f->alert != NULL) {
        return;
    }
    const struct flow_side *sides = f->flow->side;
    bool repeated = sides[FORWARD].unacknowledged_sent > 2 || sides[BACKWARD].unacknowledged_sent > 2;
    f->stalled = repeated || f->closed.how == TLSWATCH_CLOSED_TIMEOUT;
    f->ended = f->ended || f->stalled;
}

const struct tlswatch_mark *facts_reset_behind_alert(const struct facts *f) {
    for (int d = 0; f->alert != NULL && d < 2; d++) {
        const struct flow_side *side = &f->flow->side[d];
        bool sender = conversation_side(f->conversation, (enum direction)d) == f->alert->sender;
        if (sender && side->rst.frame != 0 && side->rst.time_ns - f->alert->mark.time_ns < SECOND_NS) {
            return &side->rst;
        }
    }
    return NULL;
}
