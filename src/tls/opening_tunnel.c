/*
 * What stands around another conversation: the PROXY header of a load balancer, and SOCKS. (HTTP CONNECT speaks in
 * lines: opening_text.c.)
 */
#include "tls/opening_reader.h"

#include <arpa/inet.h>

/* PROXY protocol (HAProxy, doc/proxy-protocol.txt), version 1: "PROXY TCP4 source destination port port CRLF", at
 * most 107 bytes. */

#define PROXY_V1_MAX 107

static bool cut_field(struct bytes *line, char *out, size_t size) {
    size_t len = 0;
    while (len < line->len && line->p[len] != ' ' && line->p[len] != '\r') {
        len++;
    }
    if (len == 0 || len >= size) {
        return false;
    }
    memcpy(out, line->p, len);
    out[len] = '\0';
    bytes_skip(line, len < line->len ? len + 1 : len);
    return true;
}

static bool read_port(const char *text, uint16_t *port) {
    uint32_t n = 0;
    for (; *text >= '0' && *text <= '9' && n <= 65535; text++) {
        n = n * 10 + (uint32_t)(*text - '0');
    }
    *port = (uint16_t)n;
    return *text == '\0' && n <= 65535;
}

static bool set_client(struct opening *o, int family, const void *address, uint16_t port) {
    struct tlswatch_endpoint client = {.port = port};
    if (inet_ntop(family, address, client.ip, sizeof client.ip) == NULL) {
        return false;
    }
    o->proxied_client = client;
    o->has_proxied_client = true;
    return true;
}

static void proxy_v1_line(struct bytes line, struct opening *o) {
    char family[8], source[46], destination[46], port_text[6];
    uint8_t address[16];
    uint16_t port;
    bytes_skip(&line, 6);
    if (!cut_field(&line, family, sizeof family) || !cut_field(&line, source, sizeof source) ||
        !cut_field(&line, destination, sizeof destination) || !cut_field(&line, port_text, sizeof port_text) ||
        !read_port(port_text, &port)) {
        return;
    }
    int af = strcmp(family, "TCP4") == 0 ? AF_INET : AF_INET6;
    if (inet_pton(af, source, address) == 1) {
        set_client(o, af, address, port);
    }
}

static enum look proxy_v1(struct bytes b, struct opening *o, size_t *len) {
    if (memcmp(b.p, "PROXY ", b.len < 6 ? b.len : 6) != 0) {
        return LOOK_NO;
    }
    const uint8_t *end = memchr(b.p, '\n', b.len < PROXY_V1_MAX ? b.len : PROXY_V1_MAX);
    if (end == NULL) {
        return b.len < PROXY_V1_MAX ? LOOK_MAYBE : LOOK_NO;
    }
    *len = (size_t)(end - b.p) + 1;
    if (*len < 8 || end[-1] != '\r') {
        return LOOK_NO;
    }
    proxy_v1_line(bytes_of(b.p, *len - 2), o);
    return LOOK_YES;
}

/* Version 2: a signature, version and command, family, length, addresses, and TLVs which are of no interest. */

static const char proxy_signature[] = "\r\n\r\n\0\r\nQUIT\n";
#define PROXY_V2_HEADER 16
#define PROXY_V2_ADDRESSES 36 /* of IPv6, with ports */
#define PROXY_COMMAND 0x21
#define PROXY_TCP4 0x11
#define PROXY_TCP6 0x21

static enum look proxy_v2(struct bytes b, struct opening *o, size_t *len) {
    struct bytes rest = b, source, destination;
    uint8_t command, family;
    uint16_t length, port;
    if (memcmp(b.p, proxy_signature, b.len < 12 ? b.len : 12) != 0) {
        return LOOK_NO;
    }
    if (!bytes_skip(&rest, 12) || !bytes_u8(&rest, &command) || !bytes_u8(&rest, &family) || !bytes_u16(&rest, &length)) {
        return LOOK_MAYBE;
    }
    if (command >> 4 != 2) {
        return LOOK_NO;
    }
    if (rest.len < (length < PROXY_V2_ADDRESSES ? length : PROXY_V2_ADDRESSES)) {
        return LOOK_MAYBE;
    }
    *len = PROXY_V2_HEADER + (size_t)length;
    rest.len = rest.len < length ? rest.len : length;
    size_t address_len = family == PROXY_TCP4 ? 4 : family == PROXY_TCP6 ? 16 : 0;
    if (command == PROXY_COMMAND && address_len > 0 && bytes_take(&rest, address_len, &source) &&
        bytes_take(&rest, address_len, &destination) && bytes_u16(&rest, &port)) {
        set_client(o, address_len == 4 ? AF_INET : AF_INET6, source.p, port);
    }
    return LOOK_YES;
}

enum look opening_proxy_header(struct bytes b, struct opening *o, size_t *len) {
    if (b.p[0] == 'P') {
        return proxy_v1(b, o, len);
    }
    return b.p[0] == '\r' ? proxy_v2(b, o, len) : LOOK_NO;
}

/* SOCKS 5 (RFC 1928, and 1929 for passwords). */

#define SOCKS5 5
#define SOCKS5_MAX_METHODS 16

static bool is_method(uint8_t method) {
    return method <= 9 || (method >= 0x80 && method < 0xff);
}

static enum look socks5_begins(struct bytes b) {
    uint8_t version, num_methods, method;
    if (b.p[0] != SOCKS5) {
        return LOOK_NO;
    }
    if (!bytes_u8(&b, &version) || !bytes_u8(&b, &num_methods)) {
        return LOOK_MAYBE;
    }
    if (num_methods == 0 || num_methods > SOCKS5_MAX_METHODS) {
        return LOOK_NO;
    }
    for (; num_methods > 0; num_methods--) {
        if (!bytes_u8(&b, &method)) {
            return LOOK_MAYBE;
        }
        if (!is_method(method)) {
            return LOOK_NO;
        }
    }
    return LOOK_YES;
}

/* A request and its reply: version, command or reply, reserved, address, port. */
static size_t socks5_address_frame(struct bytes b) {
    if (b.len < 5) {
        return 0;
    }
    size_t address = b.p[3] == 1 ? 4 : b.p[3] == 4 ? 16 : 1 + (size_t)b.p[4];
    return 4 + address + 2;
}

static size_t socks5_frame(struct opening_reader *r, enum direction sender, struct bytes b) {
    bool first = r->side[sender].messages == 0;
    if (b.len < 2) {
        return 0;
    }
    if (sender != r->recognised_by) {
        return first || b.p[0] != SOCKS5 ? 2 : socks5_address_frame(b); /* method; RFC 1929's status; reply */
    }
    if (first) {
        return 2 + (size_t)b.p[1];
    }
    if (b.p[0] == SOCKS5) {
        return socks5_address_frame(b);
    }
    size_t user = 2 + (size_t)b.p[1]; /* version 1, user name, password */
    return b.len <= user ? 0 : user + 1 + b.p[user];
}

static void socks5_message(const struct opening_turn *turn, struct bytes message) {
    struct opening_reader *r = turn->r;
    bool first = r->side[turn->sender].messages == 1;
    if (turn->sender == r->recognised_by) {
        opening_asks(turn);
    } else if (message.len < 2) {
        return;
    } else if (first) {
        if (message.p[1] == 0xff) {
            opening_refuses_with(turn, "SOCKS method", message.p[1], bytes_of("", 0));
        }
    } else if (message.p[0] != SOCKS5) {
        if (message.p[1] != 0) {
            opening_refuses_with(turn, "SOCKS authentication", message.p[1], bytes_of("", 0));
        }
    } else if (message.p[1] == 0) {
        opening_tunnels(r, opening_socks5.name);
    } else {
        opening_refuses_with(turn, "SOCKS reply", message.p[1], bytes_of("", 0));
        turn->r->plain = true;
    }
}

const struct opening_protocol opening_socks5 = {
        .name = "socks5", .begins = socks5_begins, .frame = socks5_frame, .message = socks5_message};

/* SOCKS 4 and 4a: version, command, port, address, user, NUL, and for 0.0.0.x a host name, NUL. */

#define SOCKS4 4
#define SOCKS4_HEADER 8
#define SOCKS4_TEXT 255
#define SOCKS4_GRANTED 0x5a

static size_t socks4_text_end(struct bytes b, size_t at) {
    size_t most = b.len < at + SOCKS4_TEXT ? b.len : at + SOCKS4_TEXT;
    for (; at < most; at++) {
        if (b.p[at] == 0) {
            return at + 1;
        }
        if (b.p[at] < 0x20) {
            return SIZE_MAX;
        }
    }
    return most < b.len ? SIZE_MAX : 0;
}

/* The request's length; 0: too few bytes; SIZE_MAX: it is none. */
static size_t socks4_request(struct bytes b) {
    if (b.p[0] != SOCKS4 || (b.len > 1 && b.p[1] != 1 && b.p[1] != 2)) {
        return SIZE_MAX;
    }
    if (b.len < SOCKS4_HEADER + 1) {
        return 0;
    }
    size_t end = socks4_text_end(b, SOCKS4_HEADER);
    bool has_host = b.p[4] == 0 && b.p[5] == 0 && b.p[6] == 0 && b.p[7] != 0;
    return has_host && end != 0 && end != SIZE_MAX ? socks4_text_end(b, end) : end;
}

static enum look socks4_begins(struct bytes b) {
    size_t len = socks4_request(b);
    return len == 0 ? LOOK_MAYBE : len == SIZE_MAX ? LOOK_NO : LOOK_YES;
}

static size_t socks4_frame(struct opening_reader *r, enum direction sender, struct bytes b) {
    if (sender != r->recognised_by) {
        return SOCKS4_HEADER;
    }
    size_t len = b.len > 0 ? socks4_request(b) : 0;
    return len == SIZE_MAX ? OPENING_ENDLESS : len;
}

static void socks4_message(const struct opening_turn *turn, struct bytes message) {
    if (turn->sender == turn->r->recognised_by) {
        opening_asks(turn);
    } else if (message.len >= 2 && message.p[1] == SOCKS4_GRANTED) {
        opening_tunnels(turn->r, opening_socks4.name);
    } else if (message.len >= 2) {
        opening_refuses_with(turn, "SOCKS reply", message.p[1], bytes_of("", 0));
        turn->r->plain = true;
    }
}

const struct opening_protocol opening_socks4 = {
        .name = "socks4", .begins = socks4_begins, .frame = socks4_frame, .message = socks4_message};
