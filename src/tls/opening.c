#include "tls/opening_reader.h"

struct opening_reader *opening_reader_new(struct memory *memory) {
    struct opening_reader *r = memory_new(memory, sizeof(*r));

    if (r != NULL) {
        r->memory = r->side[FORWARD].kept.memory = r->side[BACKWARD].kept.memory = memory;
    }
    return r;
}

void opening_reader_free(struct opening_reader *r) {
    if (r != NULL) {
        buffer_clear(&r->side[FORWARD].kept);
        buffer_clear(&r->side[BACKWARD].kept);
        memory_free(r->memory, r, sizeof(*r));
    }
}

void opening_speaks_tls(struct opening_reader *r, enum direction sender) {
    r->side[sender].tls = true;
}

/* Bytes and the packets they came in */

static void side_drop(struct opening_side *side, size_t n) {
    buffer_drop(&side->kept, n);
    side->scanned = side->scanned > n ? side->scanned - n : 0;
    side->looked = side->looked > n ? side->looked - n : 0;
}

static void side_note_piece(struct opening_side *side, struct tlswatch_mark mark) {
    struct opening_piece *last = side->num_pieces > 0 ? &side->pieces[side->num_pieces - 1] : NULL;
    if (last != NULL && last->mark.frame == mark.frame && last->mark.file == mark.file) {
        last->end = side->end;
        return;
    }
    if (side->num_pieces == OPENING_PIECES) {
        memmove(&side->pieces[0], &side->pieces[1], sizeof side->pieces - sizeof side->pieces[0]);
        side->num_pieces--;
    }
    side->pieces[side->num_pieces++] = (struct opening_piece){side->end, mark};
}

static bool side_append(struct opening_side *side, struct bytes data, struct tlswatch_mark mark) {
    /* One packet over what is already waiting: the caller's packets are below 64 KiB. */
    if (!buffer_append(&side->kept, data, 4 * LIMIT_OPENING_BYTES)) {
        return false;
    }
    side->end += data.len;
    side_note_piece(side, mark);
    return true;
}

static void side_skip(struct opening_side *side, struct bytes *data) {
    size_t n = side->skip < data->len ? (size_t)side->skip : data->len;
    bytes_skip(data, n);
    side->skip -= n;
    side->end += n;
}

bool opening_replay(struct opening_reader *r, enum direction sender, struct bytes *data, struct tlswatch_mark *mark) {
    struct opening_side *side = &r->side[sender];
    if (!side->tls || side->replayed >= side->kept.len) {
        return false;
    }
    uint64_t at = side->end - side->kept.len + side->replayed;
    size_t i = 0;
    while (i + 1 < side->num_pieces && side->pieces[i].end <= at) {
        i++;
    }
    uint64_t end = side->pieces[i].end > at && side->pieces[i].end < side->end ? side->pieces[i].end : side->end;
    *data = bytes_of(side->kept.p + side->replayed, (size_t)(end - at));
    *mark = side->pieces[i].mark;
    side->replayed += data->len;
    return true;
}

/* What the protocols tell */

void opening_asks(const struct opening_turn *turn) {
    turn->r->asked = turn->r->awaiting = true;
    turn->r->asker = turn->sender;
    turn->r->agreed = false;
}

bool opening_answers(const struct opening_turn *turn) {
    return turn->r->awaiting && turn->sender != turn->r->asker;
}

void opening_agrees(const struct opening_turn *turn) {
    turn->r->agreed = true;
    turn->o->refusal_len = 0;
}

void opening_refuses(const struct opening_turn *turn, struct bytes text) {
    struct opening *o = turn->o;
    o->refusal_len = text.len < sizeof o->refusal ? text.len : sizeof o->refusal;
    if (o->refusal_len > 0) {
        memcpy(o->refusal, text.p, o->refusal_len);
    }
    o->refusal_mark = turn->mark;
    turn->r->agreed = false;
}

void opening_refuses_with(const struct opening_turn *turn, const char *words, unsigned code, struct bytes text) {
    char line[sizeof turn->o->refusal];
    size_t len = strlen(words), digits = code > 999 ? 4 : code > 99 ? 3 : code > 9 ? 2 : 1;
    memcpy(line, words, len);
    line[len++] = ' ';
    for (size_t i = digits; i > 0; i--, code /= 10) {
        line[len + i - 1] = (char)('0' + code % 10);
    }
    len += digits;
    if (text.len > 0) {
        memcpy(line + len, ": ", 2);
        len += 2;
        size_t n = text.len < sizeof line - len ? text.len : sizeof line - len;
        memcpy(line + len, text.p, n);
        len += n;
    }
    opening_refuses(turn, bytes_of(line, len));
}

void opening_tunnels(struct opening_reader *r, const char *tunnel) {
    r->tunnel = tunnel;
    r->protocol = NULL;
    r->spoken = r->opening = NULL;
    r->asked = r->awaiting = r->agreed = r->plain = false;
    r->tag[0] = '\0';
    for (int d = FORWARD; d <= BACKWARD; d++) {
        r->side[d].spoke = r->side[d].tried = false;
        r->side[d].messages = 0;
    }
}

/* Where TLS begins */

/* An alert of seven bytes is weaker evidence than a hello: it counts where TLS is expected. */
static bool alert_expected(const struct opening_reader *r, enum direction sender) {
    return r->asked || r->side[direction_opposite(sender)].tls;
}

/* next_type returns where the next byte stands, from `at` on, that may be a record's type; the end: none. */
static size_t next_type(struct bytes b, size_t at, bool alerts) {
    if (!alerts) {
        const uint8_t *handshake = memchr(b.p + at, 22, b.len - at);
        return handshake != NULL ? (size_t)(handshake - b.p) : b.len;
    }
    while (at < b.len && b.p[at] != 22 && b.p[at] != 21) {
        at++;
    }
    return at;
}

/* scan looks for a record from `scanned` on and leaves `scanned` where one begins or may begin, or at the end. */
static enum look scan(const struct opening_reader *r, enum direction sender, struct opening_side *side) {
    bool alerts = alert_expected(r, sender);
    struct bytes b = buffer_bytes(&side->kept);
    for (; side->scanned < b.len; side->scanned++) {
        side->scanned = next_type(b, side->scanned, alerts);
        if (side->scanned == b.len) {
            break;
        }
        struct bytes rest = bytes_of(b.p + side->scanned, b.len - side->scanned);
        enum look look = rest.p[0] == 22 ? opening_look_handshake(rest, false) : opening_look_alert(rest);
        if (look != LOOK_NO) {
            return look;
        }
    }
    return LOOK_NO;
}

static const char unknown_opening[] = "unknown";

static const char *opening_name(const struct opening_reader *r) {
    return r->opening != NULL ? r->opening : r->spoken;
}

static enum opening_verdict begin_tls(struct opening_reader *r, struct opening *o, enum direction sender, size_t at) {
    struct opening_side *side = &r->side[sender];
    side_drop(side, at);
    side->tls = true;
    side->skip = 0;
    o->refusal_len = 0;
    const struct opening_side *other = &r->side[direction_opposite(sender)];
    if (side->spoke && opening_name(r) != NULL) {
        o->name = opening_name(r);
        r->unnamed = false;
    } else if (side->spoke && other->pushed > 0 && (other->spoke || !other->tls)) {
        o->name = unknown_opening;
        r->unnamed = true;
    } else if (o->name == NULL) {
        o->name = r->tunnel;
    }
    return OPENING_TLS;
}

/* Messages before that */

/* It is settled that no TLS follows, and both sides have said something else. */
static bool is_settled(const struct opening_reader *r) {
    const struct opening_side *forward = &r->side[FORWARD], *backward = &r->side[BACKWARD];
    return r->plain && forward->tried && backward->tried && !forward->tls && !backward->tls;
}

/* frame_of asks for the length of the message that begins `at` bytes into what is kept. */
static size_t frame_of(const struct opening_turn *turn, struct opening_side *side, size_t at, struct bytes rest) {
    size_t looked = side->looked;
    side->looked = looked > at ? looked - at : 0;
    size_t len = turn->r->protocol->frame(turn->r, turn->sender, rest);
    side->looked += at;
    return len;
}

/* talk shows the protocol what stands before `end` and returns how much of it is done with. It stops where a message
 * changes what the bytes behind it may be. */
static size_t talk(const struct opening_turn *turn, struct opening_side *side, size_t end) {
    struct opening_reader *r = turn->r;
    const struct opening_protocol *protocol = r->protocol;
    bool alerts = alert_expected(r, turn->sender);
    size_t at = 0;
    while (at < end && r->protocol == protocol && protocol->frame != NULL && !is_settled(r) && alert_expected(r, turn->sender) == alerts) {
        size_t shown_before = side->rest < end - at ? (size_t)side->rest : end - at;
        side->rest -= shown_before;
        at += shown_before;
        struct bytes rest = bytes_of(side->kept.p + at, end - at);
        size_t len = rest.len > 0 ? frame_of(turn, side, at, rest) : 0;
        /* A message without end, or longer than that, is judged by as much of it, whatever has come by now. */
        size_t shown = len > 0 && len < LIMIT_OPENING_MESSAGE ? len : LIMIT_OPENING_MESSAGE;
        if (rest.len < shown) {
            return at;
        }
        side->messages++;
        protocol->message(turn, bytes_of(rest.p, shown));
        side->rest = len > shown ? len - shown : 0;
        at += shown;
        if (protocol->framed) { /* the next one may carry TLS */
            return at;
        }
    }
    return protocol->frame == NULL ? end : at;
}

/* TDS: from the first packet with TLS in it, headers are taken off as bytes come. */
static enum look begin_unwrapping(struct opening_reader *r, struct opening *o, struct opening_side *side, struct tlswatch_mark mark) {
    enum look look = opening_tds_wraps(buffer_bytes(&side->kept));
    if (look == LOOK_YES) {
        struct buffer raw = side->kept;
        side->kept = (struct buffer){0};
        side->wrapped = side->tls = true;
        side->end = side->num_pieces = 0;
        o->name = r->protocol->name;
        opening_tds_unwrap(r, side, buffer_bytes(&raw));
        side->end = side->kept.len;
        side_note_piece(side, mark);
        buffer_clear(&raw);
    }
    return look;
}

/* look_at_start settles what the first bytes of a direction are: TLS, a PROXY header, a protocol. LOOK_YES: it is
 * settled that they are not TLS. */
static enum look look_at_start(const struct opening_turn *turn, struct opening_side *side, bool *tls) {
    struct opening_reader *r = turn->r;
    size_t len = 0;
    *tls = false;
    if (!side->spoke) {
        enum look record = opening_look_record(buffer_bytes(&side->kept), true);
        *tls = record == LOOK_YES;
        if (record != LOOK_NO) {
            return LOOK_MAYBE;
        }
        enum look proxy = side->proxied ? LOOK_NO : opening_proxy_header(buffer_bytes(&side->kept), turn->o, &len);
        if (proxy == LOOK_YES) {
            side->proxied = true;
            r->tunnel = "proxy";
            side->skip = len > side->kept.len ? len - side->kept.len : 0;
            side_drop(side, len < side->kept.len ? len : side->kept.len);
        }
        if (proxy != LOOK_NO) {
            return proxy == LOOK_YES && side->kept.len > 0 ? look_at_start(turn, side, tls) : LOOK_MAYBE;
        }
        side->spoke = true;
        side->first = turn->mark;
    }
    if (!side->tried && (r->protocol == NULL || r->protocol == &opening_unknown)) {
        if (opening_recognise(r, turn->sender, buffer_bytes(&side->kept)) == LOOK_MAYBE) {
            return LOOK_MAYBE;
        }
    }
    side->tried = true;
    return LOOK_YES;
}

/* advance reads on in what is kept of a direction. */
static enum opening_verdict advance(const struct opening_turn *turn, struct opening_side *side) {
    struct opening_reader *r = turn->r;
    while (side->kept.len > 0) {
        bool tls;
        if (look_at_start(turn, side, &tls) != LOOK_YES) {
            return tls ? begin_tls(r, turn->o, turn->sender, 0) : OPENING_UNDECIDED;
        }
        const struct opening_protocol *protocol = r->protocol;
        if (is_settled(r)) {
            break;
        }
        if (protocol == &opening_tds && begin_unwrapping(r, turn->o, side, turn->mark) == LOOK_YES) {
            return OPENING_TLS;
        }
        enum look record = LOOK_NO;
        if (!protocol->framed) {
            record = scan(r, turn->sender, side);
        } else {
            side->scanned = side->kept.len;
        }
        bool alerts = alert_expected(r, turn->sender);
        size_t found = side->scanned;
        size_t done = talk(turn, side, found);
        if (is_settled(r)) {
            break;
        }
        if (alert_expected(r, turn->sender) != alerts) {
            side_drop(side, done);
            side->scanned = 0;
            continue;
        }
        if (record == LOOK_YES && r->protocol != NULL) {
            return begin_tls(r, turn->o, turn->sender, found);
        }
        side_drop(side, done);
        if (done == 0 || (r->protocol == protocol && !protocol->framed)) {
            break;
        }
    }
    return OPENING_UNDECIDED;
}

/* speaks_else: the other side speaks TLS from its first byte, and this one answers something else. (Where the other
 * said something before it, this is the answer to that.) */
static bool speaks_else(const struct opening_reader *r, enum direction sender) {
    const struct opening_side *side = &r->side[sender], *other = &r->side[direction_opposite(sender)];
    return !side->tls && side->spoke && other->tls && !other->spoke;
}

/* explain_instead notes in *o what that is. */
static void explain_instead(const struct opening_reader *r, struct opening *o) {
    if (r->unnamed) { /* the other side's bytes tell it, and may tell more of it later */
        o->name = opening_name(r) != NULL ? opening_name(r) : unknown_opening;
    }
    o->instead = NULL;
    for (int d = FORWARD; d <= BACKWARD; d++) {
        if (speaks_else(r, (enum direction)d)) {
            o->instead = r->spoken;
            o->instead_by = (enum direction)d;
            o->instead_mark = r->side[d].first;
        }
    }
}

static enum opening_verdict not_tls(const struct opening_reader *r, struct opening *o) {
    o->name = r->asked && opening_name(r) != NULL ? opening_name(r) : r->tunnel;
    o->instead = r->spoken;
    o->instead_by = r->recognised_by;
    o->instead_mark = r->side[r->recognised_by].first;
    return OPENING_NOT_TLS;
}

static enum opening_verdict judge(const struct opening_reader *r, struct opening *o, enum direction sender) {
    const struct opening_side *side = &r->side[sender], *other = &r->side[direction_opposite(sender)];
    if (other->tls) {
        explain_instead(r, o);
        return side->pushed >= LIMIT_OPENING_BYTES && speaks_else(r, sender) ? OPENING_NOT_TLS : OPENING_UNDECIDED;
    }
    if (side->pushed >= LIMIT_OPENING_BYTES || is_settled(r)) {
        return not_tls(r, o);
    }
    return OPENING_UNDECIDED;
}

static enum opening_verdict push_wrapped(struct opening_reader *r, struct opening_side *side, struct bytes data,
                                         struct tlswatch_mark mark) {
    side_drop(side, side->replayed);
    side->replayed = 0;
    size_t before = side->kept.len;
    if (!opening_tds_unwrap(r, side, data)) {
        return OPENING_LOST;
    }
    if (side->kept.len > before) {
        side->end += side->kept.len - before;
        side_note_piece(side, mark);
    }
    return OPENING_TLS;
}

enum opening_verdict opening_push(struct opening_reader *r, struct opening *o, enum direction sender, struct bytes data,
                                  struct tlswatch_mark mark) {
    struct opening_side *side = &r->side[sender];
    struct opening_turn turn = {r, o, sender, mark};
    if (side->wrapped) {
        return push_wrapped(r, side, data, mark);
    }
    if (side->pushed >= LIMIT_OPENING_BYTES) {
        return judge(r, o, sender);
    }
    side->pushed += data.len;
    side_skip(side, &data);
    if (data.len > 0 && !side_append(side, data, mark)) {
        return OPENING_LOST;
    }
    if (data.len > 0 && advance(&turn, side) == OPENING_TLS) {
        explain_instead(r, o);
        return OPENING_TLS;
    }
    return judge(r, o, sender);
}

bool opening_wrapped(const struct opening_reader *r) {
    bool any = r->side[FORWARD].wrapped || r->side[BACKWARD].wrapped;
    bool both_bare = r->side[FORWARD].bare && r->side[BACKWARD].bare;
    return any && (!both_bare || r->tls_only_login);
}

/* finish_side shows the protocol a line that never ended, and a message that claims more than it will be read of. */
static void finish_side(const struct opening_turn *turn, struct opening_side *side) {
    struct opening_reader *r = turn->r;
    if (side->tls || side->kept.len == 0) {
        return;
    }
    if (side->spoke && !side->tried && (r->protocol == NULL || r->protocol == &opening_unknown) &&
        opening_text.begins(buffer_bytes(&side->kept)) == LOOK_YES) {
        r->protocol = &opening_text;
        r->recognised_by = turn->sender;
    }
    const struct opening_protocol *protocol = r->protocol;
    if (!side->spoke || protocol == NULL || protocol->frame == NULL || side->rest > 0 || is_settled(r)) {
        return;
    }
    if (protocol == &opening_text || frame_of(turn, side, 0, buffer_bytes(&side->kept)) > LIMIT_OPENING_MESSAGE) {
        side->messages++;
        protocol->message(turn, buffer_bytes(&side->kept));
    }
}

enum opening_verdict opening_finish(struct opening_reader *r, struct opening *o) {
    bool spoke = false;
    for (int d = FORWARD; d <= BACKWARD; d++) {
        struct opening_turn turn = {r, o, (enum direction)d, r->side[d].first};
        finish_side(&turn, &r->side[d]);
        spoke = spoke || r->side[d].tried;
    }
    if (r->side[FORWARD].tls || r->side[BACKWARD].tls) {
        explain_instead(r, o);
        return speaks_else(r, FORWARD) || speaks_else(r, BACKWARD) ? OPENING_NOT_TLS : OPENING_UNDECIDED;
    }
    if (o->refusal_len == 0 && (!spoke || r->agreed)) {
        o->name = r->agreed && opening_name(r) != NULL ? opening_name(r) : r->tunnel;
        return OPENING_UNDECIDED;
    }
    return not_tls(r, o);
}
