#include "tls/opening_reader.h"

#include "tls/handshake.h"
#include "tls/registry.h"

#define RECORD_ALERT 21
#define RECORD_HANDSHAKE 22
#define HELLO_MIN 38 /* RFC 8446, 4.1.3: version, random, session ID, suite, compression */
#define HELLO_MAX 131072

/* RFC 5246, 6.2.1: what must stand in the five bytes of header. */
static enum look look_header(struct bytes b, uint8_t type, uint16_t *length) {
    if ((b.len > 0 && b.p[0] != type) || (b.len > 1 && b.p[1] != 3) || (b.len > 2 && b.p[2] > 4)) {
        return LOOK_NO;
    }
    if (!bytes_skip(&b, 3) || !bytes_u16(&b, length)) {
        return LOOK_MAYBE;
    }
    return *length >= 1 && *length <= LIMIT_RECORD ? LOOK_YES : LOOK_NO;
}

static bool hello_length_fits(uint8_t type, uint32_t message, uint16_t record) {
    switch (type) {
    case HELLO_REQUEST: /* alone, or it is an encrypted record that begins with a nonce of zeros */
        return message == 0 && record == 4;
    case CLIENT_HELLO: /* nothing may follow it in its record */
        return message >= HELLO_MIN && message <= HELLO_MAX && message + 4 >= record;
    default:
        return message >= HELLO_MIN && message <= HELLO_MAX;
    }
}

/* Drafts of TLS 1.3 up to 21 put 0x7fXX into ServerHello's version. */
static bool hello_version_fits(uint8_t type, uint8_t major) {
    return major == 3 || (type == SERVER_HELLO && major == 0x7f);
}

enum look opening_look_handshake(struct bytes b, bool at_start) {
    uint16_t record;
    uint8_t type, major;
    uint32_t message;
    enum look header = look_header(b, RECORD_HANDSHAKE, &record);
    if (header != LOOK_YES) {
        return header;
    }
    bytes_skip(&b, 5);
    if (!bytes_u8(&b, &type)) {
        return LOOK_MAYBE;
    }
    if (type > SERVER_HELLO) {
        return LOOK_NO;
    }
    if (record < 6 && type != HELLO_REQUEST) {
        return at_start ? LOOK_YES : LOOK_NO;
    }
    if (record < 4) {
        return LOOK_NO;
    }
    if (!bytes_u24(&b, &message)) {
        return LOOK_MAYBE;
    }
    if (!hello_length_fits(type, message, record)) {
        return LOOK_NO;
    }
    if (type == HELLO_REQUEST) {
        return LOOK_YES;
    }
    if (b.len < 2) {
        return b.len == 1 && !hello_version_fits(type, b.p[0]) ? LOOK_NO : LOOK_MAYBE;
    }
    bytes_u8(&b, &major);
    return hello_version_fits(type, major) ? LOOK_YES : LOOK_NO;
}

enum look opening_look_alert(struct bytes b) {
    uint16_t length;
    enum look header = look_header(b, RECORD_ALERT, &length);
    if (header != LOOK_YES) {
        return header;
    }
    if (length != 2 || (b.len > 5 && b.p[5] != 1 && b.p[5] != 2)) {
        return LOOK_NO;
    }
    if (b.len < 7) {
        return LOOK_MAYBE;
    }
    return alert_name(b.p[6]) != NULL ? LOOK_YES : LOOK_NO;
}

/* RFC 5246, E.2. The three lengths must add up to the record's. */
static enum look look_v2_client_hello(struct bytes b) {
    uint8_t high, low, type;
    uint16_t version, cipher_specs, session_id, challenge;
    if (b.len > 3 && b.p[3] != 3 && b.p[3] != 0) {
        return LOOK_NO;
    }
    if (!bytes_u8(&b, &high) || !bytes_u8(&b, &low) || !bytes_u8(&b, &type) || !bytes_u16(&b, &version) || !bytes_u16(&b, &cipher_specs) ||
        !bytes_u16(&b, &session_id) || !bytes_u16(&b, &challenge)) {
        return LOOK_MAYBE;
    }
    return (version == SSL_2_0 || (version >= SSL_3_0 && version <= TLS_1_3)) && cipher_specs > 0 && cipher_specs % 3 == 0 &&
                           session_id <= 32 && challenge >= 16 && challenge <= 32 &&
                           9u + cipher_specs + session_id + challenge == ((high & 0x7fu) << 8 | low)
                   ? LOOK_YES
                   : LOOK_NO;
}

/* SERVER-HELLO of SSL 2.0 (Hickman, 1995): session-id-hit, certificate type, version, three lengths. */
static enum look look_v2_server_hello(struct bytes b) {
    uint8_t high, low, type, hit, certificate_type;
    uint16_t version, certificate, cipher_specs, connection_id;
    if ((b.len > 3 && b.p[3] > 1) || (b.len > 4 && b.p[4] > 1) || (b.len > 5 && b.p[5] != 0)) {
        return LOOK_NO;
    }
    if (!bytes_u8(&b, &high) || !bytes_u8(&b, &low) || !bytes_u8(&b, &type) || !bytes_u8(&b, &hit) || !bytes_u8(&b, &certificate_type) ||
        !bytes_u16(&b, &version) || !bytes_u16(&b, &certificate) || b.len < 2) {
        return LOOK_MAYBE;
    }
    bytes_u16(&b, &cipher_specs);
    if (version != SSL_2_0 || cipher_specs % 3 != 0 || 11u + certificate + cipher_specs > ((high & 0x7fu) << 8 | low)) {
        return LOOK_NO;
    }
    connection_id = (uint16_t)(((high & 0x7fu) << 8 | low) - 11u - certificate - cipher_specs);
    return connection_id <= 32 ? LOOK_YES : LOOK_NO;
}

static enum look look_v2(struct bytes b) {
    if (b.len > 0 && (b.p[0] & 0x80) == 0) {
        return LOOK_NO;
    }
    if (b.len < 3) {
        return LOOK_MAYBE;
    }
    switch (b.p[2]) {
    case 1:
        return look_v2_client_hello(b);
    case 4:
        return look_v2_server_hello(b);
    default:
        return LOOK_NO;
    }
}

enum look opening_look_record(struct bytes b, bool at_start) {
    if (b.len == 0) {
        return LOOK_MAYBE;
    }
    switch (b.p[0]) {
    case RECORD_HANDSHAKE:
        return opening_look_handshake(b, at_start);
    case RECORD_ALERT:
        return opening_look_alert(b);
    default:
        return look_v2(b);
    }
}

bool opening_looks_like_tls(struct bytes data) {
    return opening_look_record(data, true) == LOOK_YES;
}
