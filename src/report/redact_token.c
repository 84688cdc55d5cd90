#include "report/redact_token.h"

#include <arpa/inet.h>

#define LONGEST_FOLDED 2048

const char *redact_keep(struct redactor *r, struct bytes text) {
    const char *copy = arena_copy(&r->arena, text);
    r->failed = r->failed || copy == NULL;
    return copy;
}

static const char *checked(struct redactor *r, const char *text) {
    r->failed = r->failed || text == NULL;
    return text;
}

/* --- Addresses --- */

/* Whether the token is free or stands for this address already. Where the table is full, it is taken as it is. */
static bool claim(struct redactor *r, const uint8_t *token, const struct redact_address *address) {
    struct redact_address *owner = groups_add(&r->addresses, bytes_of(token, address->len));
    if (owner != NULL && owner->len == 0) {
        *owner = *address;
    }
    return owner == NULL || (owner->len == address->len && memcmp(owner->bytes, address->bytes, address->len) == 0);
}

static void address_token(struct redactor *r, const struct redact_address *address, uint8_t out[16]) {
    static const uint8_t documentation[] = {0x20, 0x01, 0x0d, 0xb8}; /* RFC 3849 */
    uint8_t input[17];
    memcpy(input, address->bytes, address->len);
    for (uint8_t attempt = 0;; attempt++) {
        input[address->len] = attempt;
        uint64_t hash = siphash(&r->key, input, address->len + 1);
        memset(out, 0, 16);
        if (address->len == 16) {
            memcpy(out, documentation, sizeof documentation);
            memcpy(out + 8, &hash, sizeof hash);
        } else {
            memcpy(out, &hash, 4);
            out[0] |= 0xf0; /* class E: 240.0.0.0/4 (RFC 1112, 4) */
        }
        if (claim(r, out, address) || attempt == UINT8_MAX) {
            return;
        }
    }
}

static bool read_address(const char *ip, struct redact_address *out) {
    *out = (struct redact_address){.len = strchr(ip, ':') != NULL ? 16 : 4};
    return inet_pton(out->len == 16 ? AF_INET6 : AF_INET, ip, out->bytes) == 1;
}

const char *token_address(struct redactor *r, const char *ip) {
    struct redact_address address;
    uint8_t token[16];
    char text[INET6_ADDRSTRLEN];
    if (ip == NULL || (r->what & REDACT_IP) == 0 || !read_address(ip, &address)) {
        return ip;
    }
    address_token(r, &address, token);
    inet_ntop(address.len == 16 ? AF_INET6 : AF_INET, token, text, sizeof text);
    return redact_keep(r, bytes_of(text, strlen(text)));
}

/* --- Names --- */

static bool is_address(const char *text) {
    struct redact_address ignored;
    return read_address(text, &ignored);
}

/* Two spellings that RFC 5280, 7.1 and DNS take for the same are the same here. */
static size_t fold(struct bytes text, char out[LONGEST_FOLDED]) {
    size_t len = 0;
    for (size_t i = 0; i < text.len && len < LONGEST_FOLDED; i++) {
        uint8_t c = text.p[i];
        bool again = c == ' ' && (len == 0 || out[len - 1] == ' ');
        if (!again) {
            out[len++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        }
    }
    return len > 0 && out[len - 1] == ' ' ? len - 1 : len;
}

static const char *hash_token(struct redactor *r, struct bytes text) {
    char folded[LONGEST_FOLDED];
    uint64_t hash = siphash(&r->key, folded, fold(text, folded));
    return checked(r, arena_format(&r->arena, "n%010llx", (unsigned long long)(hash >> 24)));
}

static bool is_host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '*';
}

static bool is_host(struct bytes text) {
    for (size_t i = 0; i < text.len; i++) {
        if (!is_host_character((char)text.p[i])) {
            return false;
        }
    }
    return text.len > 0;
}

/* Label by label, so that *.partner.example still fits api.partner.example. */
static const char *host_token(struct redactor *r, struct bytes host) {
    const char *token = "";
    while (host.len > 0) {
        const uint8_t *dot = memchr(host.p, '.', host.len);
        struct bytes label = {0};
        bytes_take(&host, dot != NULL ? (size_t)(dot - host.p) : host.len, &label);
        bool kept = label.len == 0 || (label.len == 1 && label.p[0] == '*');
        const char *part = kept ? redact_keep(r, label) : hash_token(r, label);
        token = checked(r, arena_format(&r->arena, "%s%s%s", token != NULL ? token : "", part != NULL ? part : "", dot != NULL ? "." : ""));
        bytes_skip(&host, dot != NULL);
    }
    return token;
}

static const char *value_token(struct redactor *r, struct bytes value) {
    const char *text = redact_keep(r, value);
    if (text != NULL && is_address(text) && (r->what & REDACT_IP) != 0) {
        return token_address(r, text);
    }
    return is_host(value) && value.len < 256 ? host_token(r, value) : hash_token(r, value);
}

static void learn(struct redactor *r, struct bytes text, const char *token) {
    const char **known = groups_add(&r->known, text);
    if (known != NULL && *known == NULL) {
        *known = groups_text(&r->known, token);
        r->known.left_out += *known == NULL;
    }
}

/* Sentences may quote a value alone. */
static void learn_quoted(struct redactor *r, struct bytes value, const char *token) {
    const char *quoted = checked(r, arena_format(&r->arena, "\"%.*s\"", (int)value.len, (const char *)value.p));
    const char *instead = checked(r, arena_format(&r->arena, "\"%s\"", token));
    if (quoted != NULL && instead != NULL) {
        learn(r, bytes_of(quoted, strlen(quoted)), instead);
    }
}

/* "CN=Acme Root": the type stays, and the country. Long ones are cut in sentences, so that their beginnings are known too. */
static const char *part_token(struct redactor *r, struct bytes part) {
    const uint8_t *equals = memchr(part.p, '=', part.len);
    size_t type_len = equals != NULL ? (size_t)(equals - part.p) : 0;
    if (type_len == 1 && part.p[0] == 'C') {
        return redact_keep(r, part);
    }
    struct bytes value = equals != NULL ? bytes_of(equals + 1, part.len - type_len - 1) : part;
    const char *token = value_token(r, value);
    const char *whole = checked(r, arena_format(&r->arena, "%.*s%s%s", (int)type_len, (const char *)part.p, equals != NULL ? "=" : "",
                                                token != NULL ? token : ""));
    if (whole != NULL) {
        learn(r, part, whole);
        learn_quoted(r, value, token);
    }
    if (whole != NULL && part.len > REDACT_BEGINNING) {
        learn(r, bytes_of(part.p, REDACT_BEGINNING), whole);
    }
    return whole;
}

/* The length of what stands before the next "," or "+" that is not escaped. */
static size_t part_len(struct bytes rest) {
    size_t i = 0;
    while (i < rest.len && rest.p[i] != ',' && rest.p[i] != '+') {
        i += rest.p[i] == '\\' && i + 1 < rest.len ? 2 : 1;
    }
    return i;
}

const char *token_name(struct redactor *r, const char *dn) {
    if (dn == NULL || (r->what & REDACT_NAME) == 0) {
        return token_addresses(r, dn);
    }
    struct bytes rest = bytes_of(dn, strlen(dn)), part = {0};
    const char *token = "";
    while (rest.len > 0 && !r->failed) {
        bytes_take(&rest, part_len(rest), &part);
        char separator[2] = {(char)(rest.len > 0 ? rest.p[0] : 0), '\0'};
        bytes_skip(&rest, rest.len > 0);
        const char *shown = part_token(r, part);
        token = checked(r, arena_format(&r->arena, "%s%s%s", token, shown != NULL ? shown : "", separator));
    }
    return token;
}

const char *token_host(struct redactor *r, const char *host) {
    if (host == NULL || (r->what & REDACT_NAME) == 0) {
        return token_addresses(r, host);
    }
    char folded[LONGEST_FOLDED];
    size_t len = fold(bytes_of(host, strlen(host)), folded);
    const char *token = value_token(r, bytes_of(host, strlen(host)));
    if (token != NULL) {
        learn(r, bytes_of(folded, len), token);
    }
    return token;
}

static const char *after_type(struct redactor *r, const char *name, size_t type_len, const char *token) {
    return token != NULL ? checked(r, arena_format(&r->arena, "%.*s%s", (int)type_len, name, token)) : NULL;
}

const char *token_alternative_name(struct redactor *r, const char *name) {
    const char *colon = name != NULL ? strchr(name, ':') : NULL;
    if (colon == NULL) {
        return (r->what & REDACT_NAME) != 0 ? token_host(r, name) : token_addresses(r, name);
    }
    size_t type_len = (size_t)(colon - name) + 1;
    const char *value = colon + 1, *at = strchr(value, '@');
    if (strncmp(name, "IP:", type_len) == 0 && is_address(value)) {
        return after_type(r, name, type_len, token_address(r, value));
    }
    if (strncmp(name, "DirName:", type_len) == 0) {
        return after_type(r, name, type_len, token_name(r, value));
    }
    if (strncmp(name, "email:", type_len) == 0 && at != NULL && (r->what & REDACT_NAME) != 0) {
        const char *user = hash_token(r, bytes_of(value, (size_t)(at - value))), *host = token_host(r, at + 1);
        return user != NULL && host != NULL ? checked(r, arena_format(&r->arena, "email:%s@%s", user, host)) : NULL;
    }
    return after_type(r, name, type_len, token_host(r, value));
}

/* --- Numbers --- */

const char *token_id(struct redactor *r, const char *text, unsigned digits) {
    char token[65] = "";
    for (unsigned i = 0; i < digits / 16; i++) {
        struct hash_key key = {r->key.k0 ^ i, r->key.k1};
        uint64_t hash = siphash(&key, text, strlen(text));
        for (unsigned j = 0; j < 16; j++) {
            token[16 * i + j] = "0123456789abcdef"[hash >> 4 * j & 15];
        }
    }
    return redact_keep(r, bytes_of(token, digits));
}

static const char *number_token(struct redactor *r, const char *hex, unsigned what, unsigned digits) {
    if (hex == NULL || (r->what & what) == 0) {
        return hex;
    }
    const char *token = token_id(r, hex, digits);
    if (token != NULL && strlen(hex) >= 6) {
        learn(r, bytes_of(hex, strlen(hex)), token);
    }
    return token;
}

const char *token_serial(struct redactor *r, const char *hex) {
    return number_token(r, hex, REDACT_SERIAL, 16);
}

const char *token_key_id(struct redactor *r, const char *hex) {
    return number_token(r, hex, REDACT_SERIAL | REDACT_NAME, 32);
}

const char *token_sha256(struct redactor *r, const char *hex) {
    return number_token(r, hex, REDACT_SERIAL | REDACT_NAME, 64);
}
