/*
 * Protocols that ask for TLS in binary messages: PostgreSQL, MySQL, RDP, LDAP, AMQP.
 */
#include "tls/opening_reader.h"

/* PostgreSQL (protocol, "SSL Session Encryption"): a length of eight, then a number where a version stands. */

#define PG_SSL_REQUEST 80877103
#define PG_GSSENC_REQUEST 80877104
#define PG_CANCEL_REQUEST 80877102
#define PG_VERSION_3 196608

static enum look postgresql_begins(struct bytes b) {
    uint32_t len, code;
    if (b.p[0] != 0 || (b.len > 1 && b.p[1] != 0)) {
        return LOOK_NO;
    }
    if (!bytes_u32(&b, &len) || !bytes_u32(&b, &code)) {
        return LOOK_MAYBE;
    }
    bool request = len == 8 && (code == PG_SSL_REQUEST || code == PG_GSSENC_REQUEST);
    bool startup = len > 8 && len <= 10000 && (code & ~0xffffu) == PG_VERSION_3;
    return request || startup || (len == 16 && code == PG_CANCEL_REQUEST) ? LOOK_YES : LOOK_NO;
}

/* The client's messages have no type before the server has answered; the answer is one byte, or an ErrorResponse of
 * a server that never heard of SSL. */
static size_t postgresql_frame(struct opening_reader *r, enum direction sender, struct bytes b) {
    uint32_t len;
    if (sender != r->recognised_by) {
        if (b.len > 0 && b.p[0] != 'E') {
            return 1;
        }
        bytes_skip(&b, 1);
        return bytes_u32(&b, &len) ? 1 + (size_t)len : 0;
    }
    return bytes_u32(&b, &len) ? (len < 4 ? OPENING_ENDLESS : len) : 0;
}

static void postgresql_message(const struct opening_turn *turn, struct bytes message) {
    struct opening_reader *r = turn->r;
    uint32_t len, code = 0;
    if (turn->sender != r->recognised_by) {
        if (opening_answers(turn)) {
            r->awaiting = false;
            if (message.p[0] == 'S' || message.p[0] == 'G') {
                opening_agrees(turn);
            } else {
                opening_refuses(turn, message);
            }
        }
    } else if (bytes_u32(&message, &len) && bytes_u32(&message, &code) && (code == PG_SSL_REQUEST || code == PG_GSSENC_REQUEST)) {
        opening_asks(turn);
    } else {
        r->plain = true;
    }
}

const struct opening_protocol opening_postgresql = {
        .name = "postgresql", .begins = postgresql_begins, .frame = postgresql_frame, .message = postgresql_message};

/* MySQL: the server greets with protocol 10 and its version; a client that wants TLS answers with the first 32 bytes
 * of a handshake response, CLIENT_SSL set, and goes on in TLS unasked. */

#define MYSQL_HEADER 4
#define MYSQL_SSL_REQUEST_MAX 32
#define CLIENT_SSL 0x08 /* of the second byte of the capabilities */

static enum look mysql_begins(struct bytes b) {
    if ((b.len > 1 && b.p[1] > 3) || (b.len > 2 && b.p[2] != 0) || (b.len > 3 && b.p[3] != 0) || (b.len > 4 && b.p[4] != 10)) {
        return LOOK_NO;
    }
    if (b.len < 6) {
        return LOOK_MAYBE;
    }
    return b.p[5] >= '1' && b.p[5] <= '9' ? LOOK_YES : LOOK_NO;
}

static size_t mysql_frame(struct opening_reader *r, enum direction sender, struct bytes b) {
    (void)r, (void)sender;
    return b.len < MYSQL_HEADER ? 0 : MYSQL_HEADER + (b.p[0] | (size_t)b.p[1] << 8 | (size_t)b.p[2] << 16);
}

static void mysql_message(const struct opening_turn *turn, struct bytes message) {
    struct opening_reader *r = turn->r;
    if (turn->sender == r->recognised_by || r->side[turn->sender].messages != 1 || message.len < MYSQL_HEADER + 2) {
        return;
    }
    if (mysql_frame(r, turn->sender, message) <= MYSQL_HEADER + MYSQL_SSL_REQUEST_MAX && (message.p[MYSQL_HEADER + 1] & CLIENT_SSL) != 0) {
        opening_asks(turn);
        opening_agrees(turn);
    } else {
        r->plain = true;
    }
}

const struct opening_protocol opening_mysql = {.name = "mysql", .begins = mysql_begins, .frame = mysql_frame, .message = mysql_message};

/* RDP (MS-RDPBCGR, 2.2.1.1 and 2.2.1.2): TPKT, X.224 Connection Request or Confirm, negotiation in its last 8 bytes. */

#define X224_REQUEST 0xe0
#define X224_CONFIRM 0xd0
#define NEG_REQUEST 1
#define NEG_RESPONSE 2
#define NEG_FAILURE 3
#define TPKT_HEADER 4
#define X224_HEADER 7

static enum look rdp_begins(struct bytes b) {
    if (b.p[0] != 3 || (b.len > 1 && b.p[1] != 0) || (b.len > 2 && b.p[2] > 1)) {
        return LOOK_NO;
    }
    if (b.len < TPKT_HEADER + 2) {
        return LOOK_MAYBE;
    }
    return (b.p[5] == X224_REQUEST || b.p[5] == X224_CONFIRM) && b.p[4] + 5 == (b.p[2] << 8 | b.p[3]) ? LOOK_YES : LOOK_NO;
}

static size_t tpkt_frame(struct opening_reader *r, enum direction sender, struct bytes b) {
    (void)r, (void)sender;
    if (b.len < TPKT_HEADER) {
        return 0;
    }
    size_t len = (size_t)(b.p[2] << 8 | b.p[3]);
    return len < TPKT_HEADER ? OPENING_ENDLESS : len;
}

/* rdp_negotiation finds the 8 bytes: type, flags, length 8 and a number, both little-endian. */
static bool rdp_negotiation(struct bytes message, uint8_t *type, uint32_t *number) {
    if (message.len < TPKT_HEADER + X224_HEADER + 8) {
        return false;
    }
    const uint8_t *p = message.p + message.len - 8;
    if (p[0] < NEG_REQUEST || p[0] > NEG_FAILURE || p[2] != 8 || p[3] != 0) {
        return false;
    }
    *type = p[0];
    *number = p[4] | (uint32_t)p[5] << 8 | (uint32_t)p[6] << 16 | (uint32_t)p[7] << 24;
    return true;
}

static struct bytes rdp_failure(uint32_t code) {
    static const char *const names[] = {"",
                                        "SSL_REQUIRED_BY_SERVER",
                                        "SSL_NOT_ALLOWED_BY_SERVER",
                                        "SSL_CERT_NOT_ON_SERVER",
                                        "INCONSISTENT_FLAGS",
                                        "HYBRID_REQUIRED_BY_SERVER",
                                        "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER"};
    const char *name = code < sizeof names / sizeof names[0] ? names[code] : "";
    return bytes_of(name, strlen(name));
}

static void rdp_message(const struct opening_turn *turn, struct bytes message) {
    uint8_t type = 0;
    uint32_t number = 0;
    bool negotiation = rdp_negotiation(message, &type, &number);
    if (turn->r->side[turn->sender].messages != 1) {
        return;
    }
    if (type == NEG_REQUEST && number != 0) {
        opening_asks(turn);
    } else if (type == NEG_FAILURE) {
        opening_refuses_with(turn, "RDP_NEG_FAILURE", number & 0xffff, rdp_failure(number));
    } else if (type == NEG_RESPONSE && number != 0) {
        opening_agrees(turn);
    } else if (message.len > 5 && message.p[5] == X224_CONFIRM) {
        turn->r->plain = true; /* the RDP of Windows 2000, which has an encryption of its own */
        if (opening_answers(turn) && negotiation) {
            opening_refuses_with(turn, "RDP_NEG_RSP PROTOCOL_RDP", 0, bytes_of("", 0));
        }
    }
}

const struct opening_protocol opening_rdp = {.name = "rdp", .begins = rdp_begins, .frame = tpkt_frame, .message = rdp_message};

/* LDAP (RFC 4511, 4.12 and 4.14). A message is a SEQUENCE with an INTEGER and the operation. */

#define BER_INTEGER 0x02
#define BER_OCTET_STRING 0x04
#define BER_ENUMERATED 0x0a
#define BER_SEQUENCE 0x30
#define LDAP_EXTENDED_REQUEST 0x77
#define LDAP_EXTENDED_RESPONSE 0x78
#define LDAP_REQUEST_NAME 0x80

/* ber_length reads a definite length of up to four bytes. */
static bool ber_length(struct bytes *b, size_t *len) {
    struct bytes rest = *b;
    uint8_t first, byte;
    if (!bytes_u8(&rest, &first) || first == 0x80 || first > 0x84) {
        return false;
    }
    size_t n = first < 0x80 ? first : 0;
    for (; first > 0x80; first--) {
        if (!bytes_u8(&rest, &byte)) {
            return false;
        }
        n = n << 8 | byte;
    }
    *len = n;
    *b = rest;
    return true;
}

static bool ber_value(struct bytes *b, uint8_t tag, struct bytes *value) {
    struct bytes rest = *b;
    uint8_t found;
    size_t len;
    if (!bytes_u8(&rest, &found) || found != tag || !ber_length(&rest, &len) || !bytes_take(&rest, len, value)) {
        return false;
    }
    *b = rest;
    return true;
}

/* ldap_operation reads up to the operation's tag. */
static bool ldap_operation(struct bytes *b, uint8_t *operation) {
    struct bytes rest = *b, message_id;
    uint8_t tag;
    size_t len;
    if (!bytes_u8(&rest, &tag) || tag != BER_SEQUENCE || !ber_length(&rest, &len) || !ber_value(&rest, BER_INTEGER, &message_id) ||
        message_id.len < 1 || message_id.len > 4 || !bytes_u8(&rest, operation)) {
        return false;
    }
    *b = rest;
    return true;
}

static enum look ldap_begins(struct bytes b) {
    uint8_t operation;
    if (b.p[0] != BER_SEQUENCE || (b.len > 1 && b.p[1] > 0x84) || (b.len > 2 && b.p[1] < 0x80 && b.p[2] != BER_INTEGER) ||
        (b.len > 1 && b.p[1] < 5)) {
        return LOOK_NO;
    }
    if (!ldap_operation(&b, &operation)) {
        return b.len < 14 ? LOOK_MAYBE : LOOK_NO;
    }
    return operation >= 0x42 && operation <= 0x79 ? LOOK_YES : LOOK_NO;
}

static size_t ldap_frame(struct opening_reader *r, enum direction sender, struct bytes b) {
    struct bytes rest = b;
    size_t len;
    (void)r, (void)sender;
    if (b.p[0] != BER_SEQUENCE) {
        return OPENING_ENDLESS;
    }
    bytes_skip(&rest, 1);
    if (!ber_length(&rest, &len)) {
        return b.len < 6 ? 0 : OPENING_ENDLESS;
    }
    return b.len - rest.len + len;
}

static void ldap_message(const struct opening_turn *turn, struct bytes message) {
    static const char starttls[] = "1.3.6.1.4.1.1466.20037";
    struct bytes name, code, matched, diagnostic = {0};
    uint8_t operation;
    size_t len;
    if (!ldap_operation(&message, &operation) || !ber_length(&message, &len)) {
        return;
    }
    if (operation == LDAP_EXTENDED_REQUEST && ber_value(&message, LDAP_REQUEST_NAME, &name) &&
        bytes_equal(name, bytes_of(starttls, sizeof starttls - 1))) {
        opening_asks(turn);
    } else if (operation == LDAP_EXTENDED_RESPONSE && opening_answers(turn) && ber_value(&message, BER_ENUMERATED, &code) &&
               code.len == 1) {
        if (ber_value(&message, BER_OCTET_STRING, &matched)) {
            ber_value(&message, BER_OCTET_STRING, &diagnostic);
        }
        turn->r->awaiting = false;
        if (code.p[0] == 0) {
            opening_agrees(turn);
        } else {
            opening_refuses_with(turn, "resultCode", code.p[0], diagnostic);
        }
    }
}

const struct opening_protocol opening_ldap = {.name = "ldap", .begins = ldap_begins, .frame = ldap_frame, .message = ldap_message};

/* AMQP 1.0, 5.2.1: a header with protocol id 2 asks for TLS, and the same header is the answer. Another header from
 * the server is what it would rather speak. */

#define AMQP_HEADER 8
#define AMQP_TLS 2

static enum look amqp_begins(struct bytes b) {
    if (memcmp(b.p, "AMQP", b.len < 4 ? b.len : 4) != 0) {
        return LOOK_NO;
    }
    if (b.len < AMQP_HEADER) {
        return b.len > 4 && b.p[4] > 3 ? LOOK_NO : LOOK_MAYBE;
    }
    return b.p[4] <= 3 ? LOOK_YES : LOOK_NO;
}

static size_t amqp_frame(struct opening_reader *r, enum direction sender, struct bytes b) {
    (void)r, (void)sender;
    return b.len < AMQP_HEADER ? 0 : AMQP_HEADER;
}

static void amqp_message(const struct opening_turn *turn, struct bytes message) {
    struct opening_reader *r = turn->r;
    if (r->side[turn->sender].messages != 1) {
        return;
    }
    bool tls = bytes_start_with(message, "AMQP", 4) && message.len > 4 && message.p[4] == AMQP_TLS;
    if (turn->sender == r->recognised_by) {
        if (tls) {
            opening_asks(turn);
        } else {
            r->plain = true;
        }
    } else if (opening_answers(turn)) {
        r->awaiting = false;
        if (tls) {
            opening_agrees(turn);
        } else {
            opening_refuses_with(turn, "AMQP protocol", message.len > 4 ? message.p[4] : 0, bytes_of("", 0));
            r->plain = true;
        }
    }
}

const struct opening_protocol opening_amqp = {.name = "amqp", .begins = amqp_begins, .frame = amqp_frame, .message = amqp_message};
