/*
 * Protocols that speak in lines: SMTP, LMTP, IMAP, POP3, FTP, NNTP, ManageSieve, IRC, HTTP, and XMPP, which speaks in
 * tags. A line's words tell which it is, a client's STARTTLS is a question, and the shape of the answer follows from
 * that of the question.
 */
#include "tls/opening_reader.h"

static uint8_t lower(uint8_t c) {
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static bool goes_on_with(struct bytes line, const char *prefix) {
    for (size_t i = 1; prefix[i] != '\0'; i++) {
        if (i >= line.len || lower(line.p[i]) != lower((uint8_t)prefix[i])) {
            return false;
        }
    }
    return true;
}

/* begins_with compares without regard to case. Most lines that are only taken for text differ in the first byte. */
static inline bool begins_with(struct bytes line, const char *prefix) {
    return line.len > 0 && lower(line.p[0]) == lower((uint8_t)prefix[0]) && goes_on_with(line, prefix);
}

static bool is(struct bytes line, const char *word) {
    return line.len == strlen(word) && begins_with(line, word);
}

static bool ends_with(struct bytes line, const char *suffix) {
    size_t len = strlen(suffix);
    return line.len >= len && is(bytes_of(line.p + line.len - len, len), suffix);
}

static bool contains(struct bytes line, const char *word) {
    for (; line.len > 0; bytes_skip(&line, 1)) {
        if (begins_with(line, word)) {
            return true;
        }
    }
    return false;
}

static struct bytes trim(struct bytes line) {
    while (line.len > 0 && (line.p[line.len - 1] == '\n' || line.p[line.len - 1] == '\r' || line.p[line.len - 1] == ' ')) {
        line.len--;
    }
    return line;
}

/* cut_word takes the first word off a line. */
static struct bytes cut_word(struct bytes *line) {
    const uint8_t *space = line->len > 0 ? memchr(line->p, ' ', line->len) : NULL;
    struct bytes word = {line->p, space != NULL ? (size_t)(space - line->p) : line->len};
    bytes_skip(line, word.len < line->len ? word.len + 1 : word.len);
    return word;
}

/* What is spoken */

static const struct {
    const char *prefix;
    const char *within; /* NULL: anything */
    const char *spoken;
    bool plain;
} hints[] = {
        {"220", "LMTP", "lmtp", false},      {"220", "SMTP", "smtp", false},
        {"220", "FTP", "ftp", false},        {"220", "Postfix", "smtp", false},
        {"220", "Exim", "smtp", false},      {"220", "FileZilla", "ftp", false},
        {"EHLO ", NULL, "smtp", false},      {"HELO ", NULL, "smtp", false},
        {"LHLO ", NULL, "lmtp", false},      {"AUTH TLS", NULL, "ftp", false},
        {"AUTH SSL", NULL, "ftp", false},    {"FEAT", NULL, "ftp", false},
        {"331 ", NULL, "ftp", false},        {"* OK", NULL, "imap", false},
        {"* PREAUTH", NULL, "imap", false},  {"* BYE", NULL, "imap", false},
        {"+OK", NULL, "pop3", false},        {"-ERR", NULL, "pop3", false},
        {"STLS", NULL, "pop3", false},       {"\"IMPLEMENTATION\"", NULL, "sieve", false},
        {"\"SIEVE\"", NULL, "sieve", false}, {"\"SASL\"", NULL, "sieve", false},
        {"20", "NNTP", "nntp", false},       {"20", "NNRP", "nntp", false},
        {"20", "posting", "nntp", false},    {"MODE READER", NULL, "nntp", false},
        {"NICK ", NULL, "irc", false},       {"CAP LS", NULL, "irc", false},
        {"NOTICE ", "***", "irc", false},    {":", " NOTICE ", "irc", false},
        {"SSH-", NULL, "ssh", true},         {"RFB 00", NULL, "vnc", false},
        {"@RSYNCD:", NULL, "rsync", false},
};

static bool is_printable(uint8_t c) {
    return c >= 0x20 && c < 0x7f;
}

/* Lines of what is only taken for text go no further than their first bytes. */
static void guess(struct opening_reader *r, struct bytes line, enum direction sender) {
    if (line.len < 2 || !is_printable(line.p[0]) || !is_printable(line.p[1])) {
        return;
    }
    uint8_t first = lower(line.p[0]);
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        if (lower((uint8_t)hints[i].prefix[0]) == first && begins_with(line, hints[i].prefix) &&
            (hints[i].within == NULL || contains(line, hints[i].within))) {
            r->spoken = hints[i].spoken;
            r->plain = hints[i].plain;
            r->recognised_by = sender;
            return;
        }
    }
}

/* HTTP (RFC 9112), and RTSP and SIP which look like it */

static const char http_connect[] = "http-connect";

static bool is_method(struct bytes word) {
    static const char *const methods[] = {"GET",   "POST",     "HEAD",      "PUT",   "DELETE",   "OPTIONS", "PATCH",
                                          "TRACE", "PROPFIND", "PROPPATCH", "MKCOL", "DESCRIBE", "CONNECT", "PRI"};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (bytes_equal(word, bytes_of(methods[i], strlen(methods[i])))) {
            return true;
        }
    }
    return false;
}

static const char *protocol_of_version(struct bytes word) {
    return begins_with(word, "HTTP/") ? "http" : begins_with(word, "RTSP/") ? "rtsp" : begins_with(word, "SIP/2.0") ? "sip" : NULL;
}

/* request_line notes what a request line asks; false: it is none. One that was cut off counts by its method. */
static bool request_line(const struct opening_turn *turn, struct bytes line) {
    struct opening_reader *r = turn->r;
    struct bytes rest = trim(line), method = cut_word(&rest), last = rest;
    bool whole = line.len > 0 && line.p[line.len - 1] == '\n';
    for (size_t i = 0; i < rest.len; i++) {
        if (rest.p[i] == ' ') {
            last = bytes_of(rest.p + i + 1, rest.len - i - 1);
        }
    }
    const char *spoken = whole ? protocol_of_version(last) : "http";
    if (spoken == NULL || method.len == 0 || method.len > 20 || (!whole && !is_method(method))) {
        return false;
    }
    r->spoken = spoken;
    r->recognised_by = turn->sender;
    if (is(method, "CONNECT")) {
        r->opening = http_connect;
        opening_asks(turn);
    }
    return true;
}

static void http_status(const struct opening_turn *turn, struct bytes line) {
    struct bytes rest = line;
    cut_word(&rest);
    struct opening_reader *r = turn->r;
    bool connect = r->opening == http_connect;
    if (!opening_answers(turn)) {
        /* An answer to what was not seen, or was no question for TLS. Where TLS follows, it was CONNECT (RFC 9110, 9.3.6). */
        bool asker_spoke = r->side[direction_opposite(turn->sender)].spoke;
        r->plain = !r->asked && asker_spoke;
        r->opening = !asker_spoke && begins_with(rest, "2") ? http_connect : r->opening;
    } else if (begins_with(rest, connect ? "2" : "101")) {
        opening_agrees(turn);
    } else if (!begins_with(rest, "1")) {
        opening_refuses(turn, line);
        r->awaiting = false;
        r->plain = !connect; /* after 407 comes another CONNECT */
    }
}

static void http_line(const struct opening_turn *turn, struct bytes line, bool first) {
    struct opening_reader *r = turn->r;
    if (begins_with(line, "HTTP/1.")) {
        http_status(turn, line);
    } else if (line.len == 0 && r->agreed && opening_answers(turn) && r->opening == http_connect) {
        opening_tunnels(r, http_connect);
    } else if (!first && begins_with(line, "Upgrade:") && contains(line, "TLS/")) { /* RFC 2817, 3 */
        r->opening = "http-upgrade";
        opening_asks(turn);
    } else if (begins_with(line, "CONNECT ")) { /* once more, after 407 */
        opening_asks(turn);
    }
}

/* Questions */

static void keep_tag(struct opening_reader *r, struct bytes tag) {
    size_t len = tag.len < sizeof r->tag - 1 ? tag.len : sizeof r->tag - 1;
    memcpy(r->tag, tag.p, len);
    r->tag[len] = '\0';
}

static bool asks_starttls(const struct opening_turn *turn, struct bytes line) {
    if (is(line, "STARTTLS") || is(line, "STLS") || begins_with(line, "AUTH TLS") || begins_with(line, "AUTH SSL")) {
        turn->r->tag[0] = '\0';
        return true;
    }
    if (!ends_with(line, "STARTTLS")) {
        return false;
    }
    struct bytes rest = line, tag = cut_word(&rest);
    if (tag.len > 0 && is(rest, "STARTTLS") && (turn->r->spoken == NULL || strcmp(turn->r->spoken, "imap") == 0)) { /* RFC 3501, 6.2.1 */
        keep_tag(turn->r, tag);
        turn->r->spoken = "imap";
        return true;
    }
    return false;
}

/* Answers */

enum answer { ANSWER_OTHER, ANSWER_YES, ANSWER_NO };

static enum answer answer_tagged(const struct opening_reader *r, struct bytes line) {
    struct bytes rest = line, tag = cut_word(&rest);
    if (!bytes_equal(tag, bytes_of(r->tag, strlen(r->tag)))) {
        return ANSWER_OTHER;
    }
    return begins_with(rest, "OK") ? ANSWER_YES : begins_with(rest, "NO") || begins_with(rest, "BAD") ? ANSWER_NO : ANSWER_OTHER;
}

static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

/* RFC 3207, 4; RFC 4217, 4; RFC 4642, 2.2.2. The last line of a reply has no hyphen behind its code. */
static enum answer answer_code(struct opening_reader *r, struct bytes line) {
    if (line.len < 3 || !is_digit(line.p[0]) || !is_digit(line.p[1]) || !is_digit(line.p[2]) || (line.len > 3 && line.p[3] == '-')) {
        return ANSWER_OTHER;
    }
    if (begins_with(line, "220") || begins_with(line, "234") || begins_with(line, "334") || begins_with(line, "382")) {
        if (r->spoken == NULL) {
            r->spoken = begins_with(line, "382") ? "nntp" : begins_with(line, "220") ? "smtp" : "ftp";
        }
        return ANSWER_YES;
    }
    return line.p[0] == '4' || line.p[0] == '5' ? ANSWER_NO : ANSWER_OTHER;
}

/* IRC's numerics: 670 RPL_STARTTLS, 691 ERR_STARTTLS, 421 ERR_UNKNOWNCOMMAND, 451 ERR_NOTREGISTERED. */
static enum answer answer_irc(struct opening_reader *r, struct bytes line) {
    cut_word(&line);
    if (r->spoken == NULL && (begins_with(line, "670 ") || begins_with(line, "691 "))) {
        r->spoken = "irc";
    }
    if (begins_with(line, "670 ")) {
        return ANSWER_YES;
    }
    return begins_with(line, "691 ") || begins_with(line, "451 ") || (begins_with(line, "421 ") && contains(line, "STARTTLS"))
                   ? ANSWER_NO
                   : ANSWER_OTHER;
}

static enum answer answer_of(struct opening_reader *r, struct bytes line) {
    if (r->tag[0] != '\0') {
        return answer_tagged(r, line);
    }
    if (begins_with(line, ":")) {
        return answer_irc(r, line);
    }
    if (begins_with(line, "+OK") || is(line, "OK") || begins_with(line, "OK ")) {
        return ANSWER_YES;
    }
    if (begins_with(line, "-ERR") || begins_with(line, "NO ") || is(line, "NO") || begins_with(line, "BYE")) {
        return ANSWER_NO;
    }
    return answer_code(r, line);
}

static void answer(const struct opening_turn *turn, struct bytes line) {
    switch (answer_of(turn->r, line)) {
    case ANSWER_YES:
        opening_agrees(turn);
        turn->r->awaiting = false;
        break;
    case ANSWER_NO:
        opening_refuses(turn, line);
        turn->r->awaiting = false;
        break;
    case ANSWER_OTHER:
        break;
    }
}

/* No protocol of lines has other control characters in them than these. */
static bool is_text(struct bytes line) {
    for (size_t i = 0; i < line.len; i++) {
        uint8_t c = line.p[i];
        if (c < 0x20 && c != 0x1b && (c < '\a' || c > '\r')) {
            return false;
        }
    }
    return true;
}

static void text_message(const struct opening_turn *turn, struct bytes message) {
    struct opening_reader *r = turn->r;
    if (r->spoken == NULL && !r->asked && !is_text(message)) {
        r->protocol = &opening_unknown; /* its first byte looked like text */
        return;
    }
    bool first = r->side[turn->sender].messages <= 1;
    struct bytes line = trim(message);
    if (first && r->spoken == NULL) {
        if (begins_with(line, "HTTP/1.")) {
            r->spoken = "http";
            r->recognised_by = turn->sender;
        } else if (request_line(turn, message)) {
            return;
        }
    }
    if (r->spoken == NULL) {
        guess(r, line, turn->sender);
    } else if (begins_with(line, "LHLO ") && strcmp(r->spoken, "smtp") == 0) {
        r->spoken = "lmtp";
    }
    if (r->spoken != NULL && strcmp(r->spoken, "http") == 0) {
        if (!first || !request_line(turn, message)) {
            http_line(turn, line, first);
        }
    } else if (asks_starttls(turn, line)) {
        opening_asks(turn);
    } else if (opening_answers(turn)) {
        answer(turn, line);
    }
}

static enum look text_begins(struct bytes b) {
    return is_printable(b.p[0]) || b.p[0] == '\r' || b.p[0] == '\n' || b.p[0] == '\t' ? LOOK_YES : LOOK_NO;
}

static size_t frame_to(struct opening_side *side, struct bytes b, uint8_t last) {
    if (side->looked < b.len) {
        const uint8_t *end = memchr(b.p + side->looked, last, b.len - side->looked);
        if (end != NULL) {
            side->looked = 0;
            return (size_t)(end - b.p) + 1;
        }
        side->looked = b.len;
    }
    return 0;
}

static size_t text_frame(struct opening_reader *r, enum direction sender, struct bytes b) {
    return frame_to(&r->side[sender], b, '\n');
}

const struct opening_protocol opening_text = {.begins = text_begins, .frame = text_frame, .message = text_message};

/* XMPP (RFC 6120, 5.4): the question and its answer are one tag each. */

static enum look xmpp_begins(struct bytes b) {
    static const char *const beginnings[] = {"<?xml", "<stream:stream"};
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++) {
        size_t len = strlen(beginnings[i]);
        if (memcmp(b.p, beginnings[i], b.len < len ? b.len : len) == 0) {
            return b.len < len ? LOOK_MAYBE : LOOK_YES;
        }
    }
    return LOOK_NO;
}

static size_t xmpp_frame(struct opening_reader *r, enum direction sender, struct bytes b) {
    return frame_to(&r->side[sender], b, '>');
}

static void xmpp_message(const struct opening_turn *turn, struct bytes tag) {
    if (contains(tag, "<starttls") && contains(tag, "xmpp-tls") && turn->r->recognised_by == turn->sender) {
        opening_asks(turn);
    } else if (opening_answers(turn) && contains(tag, "<proceed")) {
        opening_agrees(turn);
    } else if (opening_answers(turn) && contains(tag, "<failure")) {
        opening_refuses(turn, tag);
    }
}

const struct opening_protocol opening_xmpp = {.name = "xmpp", .begins = xmpp_begins, .frame = xmpp_frame, .message = xmpp_message};
