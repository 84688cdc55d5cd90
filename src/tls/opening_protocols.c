/*
 * Which protocol the first bytes of a direction belong to. Those that never lead to TLS need no more than that.
 */
#include "tls/opening_reader.h"

static enum look look_prefix(struct bytes b, const char *prefix, size_t len) {
    if (memcmp(b.p, prefix, b.len < len ? b.len : len) != 0) {
        return LOOK_NO;
    }
    return b.len < len ? LOOK_MAYBE : LOOK_YES;
}

static enum look begins_bittorrent(struct bytes b) {
    return look_prefix(b,
                       "\x13"
                       "BitTorrent protocol",
                       20);
}

/* MS-SMB2, 2.1: four bytes of length, then 0xff (SMB 1) or 0xfe (SMB 2) and "SMB". */
static enum look begins_smb(struct bytes b) {
    if (b.p[0] != 0 || (b.len > 4 && b.p[4] < 0xfe)) {
        return LOOK_NO;
    }
    return b.len < 5 ? LOOK_MAYBE : look_prefix(bytes_of(b.p + 5, b.len - 5), "SMB", 3);
}

/* MQTT 3.1.1, 3.1: CONNECT with one or two bytes of length, then the protocol's name. */
static enum look begins_mqtt(struct bytes b) {
    if (b.p[0] != 0x10) {
        return LOOK_NO;
    }
    if (b.len < 2) {
        return LOOK_MAYBE;
    }
    size_t header = b.p[1] & 0x80 ? 3 : 2;
    if (b.len <= header) {
        return LOOK_MAYBE;
    }
    struct bytes name = bytes_of(b.p + header, b.len - header);
    enum look look = look_prefix(name, "\0\4MQTT", 6);
    return look != LOOK_NO ? look : look_prefix(name, "\0\6MQIsdp", 8);
}

/* OpenVPN over TCP: length, then P_CONTROL_HARD_RESET_CLIENT_V2 or V3 with key 0, as long as such a packet gets. Its
 * TLS is cut into packets of its own, and is not ours to read. */
static enum look begins_openvpn(struct bytes b) {
    uint16_t len;
    uint8_t opcode;
    if (b.p[0] > 1) {
        return LOOK_NO;
    }
    if (!bytes_u16(&b, &len) || !bytes_u8(&b, &opcode)) {
        return LOOK_MAYBE;
    }
    return (len == 14 || len == 26 || len == 42 || len == 54 || len == 66 || len == 86) && (opcode == 0x38 || opcode == 0x50) ? LOOK_YES
                                                                                                                              : LOOK_NO;
}

static enum look begins_anything(struct bytes b) {
    (void)b;
    return LOOK_YES;
}

static const struct opening_protocol bittorrent = {.name = "bittorrent", .begins = begins_bittorrent, .plain = true};
static const struct opening_protocol smb = {.name = "smb", .begins = begins_smb, .plain = true};
static const struct opening_protocol mqtt = {.name = "mqtt", .begins = begins_mqtt, .plain = true};
static const struct opening_protocol openvpn = {.name = "openvpn", .begins = begins_openvpn, .plain = true, .framed = true};
const struct opening_protocol opening_unknown = {.begins = begins_anything};

/* The stricter ones first. */
static const struct opening_protocol *const protocols[] = {
        &opening_amqp, &opening_xmpp,   &opening_postgresql, &opening_mysql, &opening_tds, &opening_rdp,
        &opening_ldap, &opening_socks5, &opening_socks4,     &bittorrent,    &mqtt,        &openvpn,
        &smb,          &opening_text,   &opening_unknown,
};

enum look opening_recognise(struct opening_reader *r, enum direction sender, struct bytes b) {
    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
        enum look look = protocols[i]->begins(b);
        if (look == LOOK_MAYBE) {
            return LOOK_MAYBE;
        }
        if (look == LOOK_YES) {
            r->protocol = protocols[i];
            r->recognised_by = sender;
            r->spoken = protocols[i]->name;
            r->plain = protocols[i]->plain;
            return LOOK_YES;
        }
    }
    return LOOK_NO;
}
