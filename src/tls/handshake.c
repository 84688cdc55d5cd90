#include "tls/handshake.h"

#include "tls/registry.h"

bool certificate_request_parse(struct bytes body, uint16_t version, struct certificate_request *out) {
    struct certificate_request request = {0};

    /* RFC 5246, 7.4.4; TLS 1.0 and 1.1 have no signature algorithms (RFC 4346, 7.4.4). */
    if (!bytes_vec8(&body, &request.certificate_types) ||
        (version >= TLS_1_2 &&
         (!bytes_vec16(&body, &request.supported_signature_algorithms) || request.supported_signature_algorithms.len % 2 != 0)) ||
        !bytes_vec16(&body, &request.certificate_authorities) || body.len != 0) {
        return false;
    }
    *out = request;
    return true;
}

bool certificate_authorities_next(struct bytes *certificate_authorities, struct bytes *name) {
    return bytes_vec16(certificate_authorities, name);
}

/* RFC 5246, 7.4.2 */
bool certificate_list_parse(struct bytes body, struct bytes *certificate_list) {
    struct bytes list, rest, certificate;

    if (!bytes_vec24(&body, &list) || body.len != 0) {
        return false;
    }
    for (rest = list; rest.len > 0;) {
        if (!certificate_list_next(&rest, &certificate)) {
            return false;
        }
    }
    *certificate_list = list;
    return true;
}

bool certificate_list_next(struct bytes *certificate_list, struct bytes *certificate) {
    return bytes_vec24(certificate_list, certificate);
}

/* RFC 5246, 4.7; without the algorithm in RFC 4346, 4.7. */
static bool digitally_signed_parse(struct bytes *body, uint16_t version, struct digitally_signed *out) {
    struct digitally_signed result = {.has_algorithm = version >= TLS_1_2};
    struct bytes rest = *body;

    if ((result.has_algorithm && !bytes_u16(&rest, &result.algorithm)) || !bytes_vec16(&rest, &result.signature)) {
        return false;
    }
    *body = rest;
    *out = result;
    return true;
}

bool certificate_verify_parse(struct bytes body, uint16_t version, struct digitally_signed *out) {
    struct digitally_signed result;

    if (!digitally_signed_parse(&body, version, &result) || body.len != 0) {
        return false;
    }
    *out = result;
    return true;
}

/* RFC 5246, 7.4.3: p, g, Ys; the temporary key of an export suite (RFC 2246, 7.4.3) has two numbers. */
static bool numbers_skip(struct bytes *body, int count) {
    struct bytes number;

    for (int i = 0; i < count; i++) {
        if (!bytes_vec16(body, &number) || number.len == 0) {
            return false;
        }
    }
    return true;
}

/* RFC 8422, 5.4. Explicit curves were never deployed (RFC 8422 withdrew them). */
static bool ecdh_params_skip(struct bytes *body, uint16_t *named_group) {
    enum { NAMED_CURVE = 3 };
    struct bytes point;
    uint8_t curve_type;

    return bytes_u8(body, &curve_type) && curve_type == NAMED_CURVE && bytes_u16(body, named_group) && bytes_vec8(body, &point) &&
           point.len > 0;
}

/* RFC 5054, 2.6: N, g, s, B */
static bool srp_params_skip(struct bytes *body) {
    struct bytes salt;
    return numbers_skip(body, 2) && bytes_vec8(body, &salt) && numbers_skip(body, 1);
}

/* params_skip moves behind the parameters of this key exchange. */
static bool params_skip(enum key_exchange exchange, struct bytes *body, uint16_t *named_group) {
    struct bytes psk_identity_hint;

    switch (exchange) {
    case KX_DH_ANON:
    case KX_DHE_RSA:
    case KX_DHE_DSS:
        return numbers_skip(body, 3);
    case KX_ECDH_ANON:
    case KX_ECDHE_RSA:
    case KX_ECDHE_ECDSA:
        return ecdh_params_skip(body, named_group);
    case KX_RSA:
        return numbers_skip(body, 2);
    case KX_PSK: /* RFC 4279, 2 */
    case KX_RSA_PSK:
        return bytes_vec16(body, &psk_identity_hint);
    case KX_DHE_PSK: /* RFC 4279, 3 */
        return bytes_vec16(body, &psk_identity_hint) && numbers_skip(body, 3);
    case KX_ECDHE_PSK: /* RFC 5489, 2 */
        return bytes_vec16(body, &psk_identity_hint) && ecdh_params_skip(body, named_group);
    case KX_SRP:
        return srp_params_skip(body);
    case KX_UNKNOWN:
    case KX_DH:
    case KX_ECDH:
    case KX_KRB5:
    case KX_GOST:
    case KX_TLS13:
        return false;
    }
    return false;
}

static bool always_signed(enum key_exchange exchange) {
    return exchange == KX_DHE_RSA || exchange == KX_DHE_DSS || exchange == KX_ECDHE_RSA || exchange == KX_ECDHE_ECDSA || exchange == KX_RSA;
}

bool server_key_exchange_parse(struct bytes body, uint16_t version, uint16_t cipher_suite, struct server_key_exchange *out) {
    struct server_key_exchange result = {0};
    enum key_exchange exchange = cipher_suite_key_exchange(cipher_suite);
    struct bytes rest = body;

    if (!params_skip(exchange, &rest, &result.named_group)) {
        return false;
    }
    result.params = bytes_of(body.p, body.len - rest.len);
    /* SRP is signed or not by its suite (RFC 5054, 2.7); there what follows tells. */
    result.is_signed = always_signed(exchange) || (exchange == KX_SRP && rest.len > 0);
    if ((result.is_signed && !digitally_signed_parse(&rest, version, &result.signed_params)) || rest.len != 0) {
        return false;
    }
    *out = result;
    return true;
}
