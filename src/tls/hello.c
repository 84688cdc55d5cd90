#include "tls/handshake.h"

#include "tls/registry.h"

enum {
    EXT_SERVER_NAME = 0,
    EXT_STATUS_REQUEST = 5,
    EXT_SUPPORTED_GROUPS = 10,
    EXT_EC_POINT_FORMATS = 11,
    EXT_SIGNATURE_ALGORITHMS = 13,
    EXT_ALPN = 16,
    EXT_EXTENDED_MASTER_SECRET = 23,
    EXT_SESSION_TICKET = 35,
    EXT_KEY_SHARE_DRAFT = 40, /* up to draft-ietf-tls-tls13-22 */
    EXT_PRE_SHARED_KEY = 41,
    EXT_EARLY_DATA = 42,
    EXT_SUPPORTED_VERSIONS = 43,
    EXT_POST_HANDSHAKE_AUTH = 49,
    EXT_SIGNATURE_ALGORITHMS_CERT = 50,
    EXT_KEY_SHARE = 51,
    EXT_ENCRYPTED_CLIENT_HELLO = 0xfe0d,
    EXT_RENEGOTIATION_INFO = 0xff01,
};

enum {
    EMPTY_RENEGOTIATION_INFO_SCSV = 0x00ff, /* RFC 5746, 3.3 */
    FALLBACK_SCSV = 0x5600,                 /* RFC 7507 */
    HOST_NAME = 0,                          /* RFC 6066, 3 */
    RANDOM_LEN = 32,
    SESSION_ID_MAX = 32,
    DRAFT_VERSION = 0x7f, /* 0x7f00 | n: draft n of TLS 1.3 */
    LAST_DRAFT_WITHOUT_SESSION_ID = 0x7f15,
};

/* RFC 8446, 4.1.3: SHA-256 of "HelloRetryRequest" */
static const uint8_t retry_random[RANDOM_LEN] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
                                                 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
                                                 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

static uint16_t without_draft(uint16_t version) {
    return version >> 8 == DRAFT_VERSION ? TLS_1_3 : version;
}

/* A vector of uint16 values that fills the extension. */
static bool list16(struct bytes data, struct bytes *out) {
    struct bytes list;

    if (!bytes_vec16(&data, &list) || data.len != 0 || list.len % 2 != 0) {
        return false;
    }
    *out = list;
    return true;
}

/* RFC 6066, 3. No data at all is what a server sends back; some clients send it too. */
static bool server_name_parse(struct bytes data, struct bytes *out) {
    struct bytes list, name;
    uint8_t type;

    if (data.len == 0) {
        return true;
    }
    if (!bytes_vec16(&data, &list) || data.len != 0) {
        return false;
    }
    while (list.len > 0) {
        if (!bytes_u8(&list, &type) || !bytes_vec16(&list, &name)) {
            return false;
        }
        if (type == HOST_NAME && out->len == 0) {
            *out = name;
        }
    }
    return true;
}

/* RFC 7301, 3.1 */
static bool alpn_parse(struct bytes data, struct bytes *out) {
    struct bytes list, rest, name;

    if (!bytes_vec16(&data, &list) || data.len != 0) {
        return false;
    }
    for (rest = list; rest.len > 0;) {
        if (!bytes_vec8(&rest, &name) || name.len == 0) {
            return false;
        }
    }
    *out = list;
    return true;
}

/* RFC 8446, 4.2.1 */
static bool supported_versions_parse(struct bytes data, struct bytes *out) {
    struct bytes list;

    if (!bytes_vec8(&data, &list) || data.len != 0 || list.len % 2 != 0) {
        return false;
    }
    *out = list;
    return true;
}

static bool client_extension(uint16_t type, struct bytes data, struct client_hello *hello) {
    switch (type) {
    case EXT_SERVER_NAME:
        return server_name_parse(data, &hello->server_name);
    case EXT_SUPPORTED_GROUPS:
        return list16(data, &hello->supported_groups);
    case EXT_EC_POINT_FORMATS:
        (void)(bytes_vec8(&data, &hello->ec_point_formats)); /* a hint, never worth refusing a hello */
        break;
    case EXT_SIGNATURE_ALGORITHMS:
        return list16(data, &hello->signature_algorithms);
    case EXT_SIGNATURE_ALGORITHMS_CERT:
        return list16(data, &hello->signature_algorithms_cert);
    case EXT_ALPN:
        return alpn_parse(data, &hello->alpn);
    case EXT_SUPPORTED_VERSIONS:
        return supported_versions_parse(data, &hello->supported_versions);
    case EXT_SESSION_TICKET:
        hello->session_ticket = data;
        hello->has_session_ticket = true;
        break;
    case EXT_STATUS_REQUEST:
        hello->has_status_request = true;
        break;
    case EXT_EXTENDED_MASTER_SECRET:
        hello->has_extended_master_secret = true;
        break;
    case EXT_PRE_SHARED_KEY:
        hello->has_pre_shared_key = true;
        break;
    case EXT_EARLY_DATA:
        hello->has_early_data = true;
        break;
    case EXT_KEY_SHARE_DRAFT:
    case EXT_KEY_SHARE:
        hello->has_key_share = true;
        break;
    case EXT_POST_HANDSHAKE_AUTH:
        hello->has_post_handshake_auth = true;
        break;
    case EXT_ENCRYPTED_CLIENT_HELLO:
        hello->has_encrypted_client_hello = true;
        break;
    case EXT_RENEGOTIATION_INFO:
        hello->renegotiation_info = true;
        break;
    default:
        break;
    }
    return true;
}

static bool client_extensions(struct bytes extensions, struct client_hello *hello) {
    struct bytes data;
    uint16_t type;

    while (extensions.len > 0) {
        if (!bytes_u16(&extensions, &type) || !bytes_vec16(&extensions, &data) || !client_extension(type, data, hello)) {
            return false;
        }
    }
    return true;
}

static uint16_t highest_version(const struct client_hello *hello) {
    struct bytes list = hello->supported_versions;
    uint16_t version, highest = 0;

    while (bytes_u16(&list, &version)) {
        version = without_draft(version);
        if (!version_is_grease(version) && version > highest && version <= TLS_1_3) {
            highest = version;
        }
    }
    return highest != 0 ? highest : hello->client_version;
}

static void read_signals(struct client_hello *hello) {
    struct bytes suites = hello->cipher_suites;
    uint16_t suite;

    while (bytes_u16(&suites, &suite)) {
        hello->fallback_scsv |= suite == FALLBACK_SCSV;
        hello->renegotiation_info |= suite == EMPTY_RENEGOTIATION_INFO_SCSV;
    }
}

/* RFC 5246, 7.4.1.2; extensions may be left out altogether. */
static bool client_hello_fields(struct bytes body, struct client_hello *hello) {
    if (!bytes_u16(&body, &hello->client_version) || !bytes_take(&body, RANDOM_LEN, &hello->random) ||
        !bytes_vec8(&body, &hello->session_id) || hello->session_id.len > SESSION_ID_MAX || !bytes_vec16(&body, &hello->cipher_suites) ||
        hello->cipher_suites.len % 2 != 0 || !bytes_vec8(&body, &hello->compression_methods)) {
        return false;
    }
    hello->has_extensions = body.len > 0;
    return !hello->has_extensions ||
           (bytes_vec16(&body, &hello->extensions) && body.len == 0 && client_extensions(hello->extensions, hello));
}

bool client_hello_is_well_formed(struct bytes body) {
    struct client_hello hello = {0};

    return client_hello_fields(body, &hello);
}

bool client_hello_parse(struct bytes body, struct client_hello *out) {
    struct client_hello hello = {0};

    if (!client_hello_fields(body, &hello)) {
        return false;
    }
    read_signals(&hello);
    hello.highest_version = highest_version(&hello);
    *out = hello;
    return true;
}

/* RFC 5246, E.2 */
bool client_hello_v2_parse(struct bytes body, struct client_hello *out) {
    struct client_hello hello = {.sslv2 = true};
    uint16_t suites_len, session_id_len, challenge_len;
    uint8_t type;

    if (!bytes_u8(&body, &type) || type != CLIENT_HELLO || !bytes_u16(&body, &hello.client_version) || !bytes_u16(&body, &suites_len) ||
        !bytes_u16(&body, &session_id_len) || !bytes_u16(&body, &challenge_len) || suites_len % 3 != 0 ||
        !bytes_take(&body, suites_len, &hello.cipher_suites) || !bytes_take(&body, session_id_len, &hello.session_id) ||
        !bytes_take(&body, challenge_len, &hello.random) || body.len != 0) {
        return false;
    }
    hello.highest_version = hello.client_version;
    *out = hello;
    return true;
}

static bool selected_protocol(struct bytes data, struct bytes *out) {
    struct bytes list, name;

    if (!bytes_vec16(&data, &list) || data.len != 0 || !bytes_vec8(&list, &name) || list.len != 0) {
        return false;
    }
    *out = name;
    return true;
}

static bool server_extension(uint16_t type, struct bytes data, struct server_hello *hello) {
    uint16_t version;

    switch (type) {
    case EXT_SUPPORTED_VERSIONS:
        if (!bytes_u16(&data, &version) || data.len != 0) {
            return false;
        }
        hello->version = without_draft(version);
        break;
    case EXT_ALPN:
        return selected_protocol(data, &hello->alpn);
    case EXT_SESSION_TICKET:
        hello->has_session_ticket = true;
        break;
    case EXT_EXTENDED_MASTER_SECRET:
        hello->has_extended_master_secret = true;
        break;
    case EXT_PRE_SHARED_KEY:
        hello->has_pre_shared_key = true;
        break;
    case EXT_KEY_SHARE_DRAFT:
    case EXT_KEY_SHARE:
        hello->has_key_share = true;
        break;
    default:
        break;
    }
    return true;
}

static bool server_extensions(struct bytes *body, struct server_hello *hello) {
    struct bytes extensions, data;
    uint16_t type;

    if (body->len == 0) {
        return true;
    }
    if (!bytes_vec16(body, &extensions) || body->len != 0) {
        return false;
    }
    hello->extensions = extensions;
    while (extensions.len > 0) {
        if (!bytes_u16(&extensions, &type) || !bytes_vec16(&extensions, &data) || !server_extension(type, data, hello)) {
            return false;
        }
    }
    return true;
}

/* RFC 8446, 4.1.3: "DOWNGRD" and 1 or 0 at the end of the random */
static bool has_downgrade_sentinel(struct bytes random) {
    const uint8_t *tail = random.p + RANDOM_LEN - 8;
    return memcmp(tail, "DOWNGRD", 7) == 0 && tail[7] <= 1;
}

/* Up to draft 15 the number of TLS 1.3 itself stood here; since draft 22 it is that of 1.2 (RFC 8446, 4.1.3). */
static bool is_early_draft(uint16_t version) {
    return version == TLS_1_3 || (version >> 8 == DRAFT_VERSION && version <= LAST_DRAFT_WITHOUT_SESSION_ID);
}

bool server_hello_may_be_retry(struct bytes body) {
    struct bytes random;

    return bytes_skip(&body, 2) && bytes_take(&body, RANDOM_LEN, &random) && memcmp(random.p, retry_random, RANDOM_LEN) == 0;
}

/* RFC 5246, 7.4.1.3. Drafts of 1.3 up to 21 had neither session ID nor compression (draft-ietf-tls-tls13-21, 4.1.3). */
bool server_hello_parse(struct bytes body, struct server_hello *out) {
    struct server_hello hello = {0};

    if (!bytes_u16(&body, &hello.server_version) || !bytes_take(&body, RANDOM_LEN, &hello.random)) {
        return false;
    }
    hello.version = without_draft(hello.server_version);
    if (is_early_draft(hello.server_version)) {
        if (!bytes_u16(&body, &hello.cipher_suite)) {
            return false;
        }
    } else if (!bytes_vec8(&body, &hello.session_id) || hello.session_id.len > SESSION_ID_MAX || !bytes_u16(&body, &hello.cipher_suite) ||
               !bytes_u8(&body, &hello.compression_method)) {
        return false;
    }
    if (!server_extensions(&body, &hello)) {
        return false;
    }
    hello.hello_retry_request = memcmp(hello.random.p, retry_random, RANDOM_LEN) == 0;
    hello.downgrade_sentinel = has_downgrade_sentinel(hello.random);
    *out = hello;
    return true;
}
