/*
 * TDS (MS-TDS, 2.2.6.5 and 3.2.5.2), the protocol of SQL Server: a prelogin in which both sides say whether they
 * encrypt, then a TLS handshake inside TDS packets of type 0x12. Behind it TLS stands bare; where only the login is
 * encrypted, plain TDS follows that.
 */
#include "tls/opening_reader.h"

#define TDS_HEADER 8
#define TDS_RESPONSE 0x04
#define TDS_PRELOGIN 0x12
#define TLS_HEADER 5
#define TOKEN_ENCRYPTION 1
#define TOKEN_TERMINATOR 0xff
enum { ENCRYPT_OFF, ENCRYPT_ON, ENCRYPT_NOT_SUP, ENCRYPT_REQ };

static bool is_tls_type(uint8_t type) {
    return type >= 20 && type <= 23;
}

/* A prelogin's first option is VERSION, whose data stand behind all options. */
static enum look tds_begins(struct bytes b) {
    if (b.p[0] != TDS_PRELOGIN || (b.len > 1 && b.p[1] > 1) || (b.len > 7 && b.p[7] != 0)) {
        return LOOK_NO;
    }
    if (b.len < TDS_HEADER + 5) {
        return LOOK_MAYBE;
    }
    return b.p[TDS_HEADER] == 0 && b.p[TDS_HEADER + 3] == 0 && b.p[TDS_HEADER + 4] == 6 ? LOOK_YES : LOOK_NO;
}

/* packet_len reads the length of a packet, its header with it, from at least four bytes. */
static size_t packet_len(struct bytes b) {
    return (size_t)(b.p[2] << 8 | b.p[3]);
}

static size_t tds_frame(struct opening_reader *r, enum direction sender, struct bytes b) {
    (void)r, (void)sender;
    if (b.len < 4) {
        return 0;
    }
    size_t len = packet_len(b);
    return len < TDS_HEADER ? OPENING_ENDLESS : len;
}

/* prelogin_encryption reads the option ENCRYPTION: token, offset and length, then the data at the offset. */
static bool prelogin_encryption(struct bytes prelogin, uint8_t *encryption) {
    struct bytes options = prelogin, data;
    uint8_t token;
    uint16_t offset, len;
    while (bytes_u8(&options, &token) && token != TOKEN_TERMINATOR && bytes_u16(&options, &offset) && bytes_u16(&options, &len)) {
        data = prelogin;
        if (token == TOKEN_ENCRYPTION) {
            return bytes_skip(&data, offset) && bytes_u8(&data, encryption);
        }
    }
    return false;
}

static void tds_message(const struct opening_turn *turn, struct bytes message) {
    struct opening_reader *r = turn->r;
    uint8_t encryption;
    if (r->side[turn->sender].messages != 1 || !bytes_skip(&message, TDS_HEADER) || !prelogin_encryption(message, &encryption)) {
        return;
    }
    if (turn->sender == r->recognised_by) {
        opening_asks(turn);
        r->tls_only_login = encryption == ENCRYPT_OFF;
    } else if (encryption == ENCRYPT_NOT_SUP) {
        opening_refuses_with(turn, "ENCRYPT_NOT_SUP", encryption, bytes_of("", 0));
        r->plain = true;
    } else {
        r->tls_only_login = r->tls_only_login && encryption == ENCRYPT_OFF;
        opening_agrees(turn);
    }
}

const struct opening_protocol opening_tds = {
        .name = "tds", .begins = tds_begins, .frame = tds_frame, .message = tds_message, .framed = true};

enum look opening_tds_wraps(struct bytes b) {
    if (b.len > 0 && b.p[0] != TDS_PRELOGIN) {
        return LOOK_NO;
    }
    if (b.len <= TDS_HEADER) {
        return LOOK_MAYBE;
    }
    return packet_len(b) > TDS_HEADER && is_tls_type(b.p[TDS_HEADER]) ? LOOK_YES : LOOK_NO;
}

/* unwrap_header takes the next byte of the header of a TDS packet or TLS record; a record's header is TLS as well. */
static bool unwrap_header(struct opening_side *side, uint8_t byte) {
    side->header[side->header_len++] = byte;
    bool bare = is_tls_type(side->header[0]);
    if (!bare && side->header[0] != TDS_PRELOGIN) {
        side->unencrypted = true;
        return true;
    }
    if (side->header_len < (bare ? TLS_HEADER : TDS_HEADER)) {
        return true;
    }
    side->header_len = 0;
    if (bare) {
        side->payload = (size_t)(side->header[3] << 8 | side->header[4]);
        return buffer_append(&side->kept, bytes_of(side->header, TLS_HEADER), 4 * LIMIT_OPENING_BYTES);
    }
    size_t len = packet_len(bytes_of(side->header, TDS_HEADER));
    side->payload = len > TDS_HEADER ? len - TDS_HEADER : 0;
    return true;
}

bool opening_tds_unwrap(struct opening_reader *r, struct opening_side *side, struct bytes data) {
    struct bytes part;
    while (data.len > 0 && !side->unencrypted) {
        bool between = side->payload == 0 && side->header_len == 0;
        side->bare = side->bare || (between && is_tls_type(data.p[0]));
        if (side->bare && between && !r->tls_only_login) {
            return buffer_append(&side->kept, data, 4 * LIMIT_OPENING_BYTES);
        }
        if (side->payload == 0) {
            uint8_t byte;
            if (!bytes_u8(&data, &byte) || !unwrap_header(side, byte)) {
                return false;
            }
            continue;
        }
        size_t len = side->payload < data.len ? side->payload : data.len;
        side->payload -= len;
        if (!bytes_take(&data, len, &part) || !buffer_append(&side->kept, part, 4 * LIMIT_OPENING_BYTES)) {
            return false;
        }
    }
    return true;
}
