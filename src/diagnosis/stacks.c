#include "diagnosis/stacks.h"

#include "tls/registry.h"

#define MAX_EXTENSIONS 32
#define MAX_ORDER 12

enum {
    SERVER_NAME = 0,
    ALPN = 16,
    SIGNED_CERTIFICATE_TIMESTAMP = 18,
    RECORD_SIZE_LIMIT = 28,
    SUPPORTED_VERSIONS = 43,
    SIGNATURE_ALGORITHMS_CERT = 50,
    RENEGOTIATION_INFO = 0xff01,
};

const char *stack_name(enum stack stack) {
    static const char *const names[NUM_STACKS] = {
            [STACK_OPENSSL] = "OpenSSL",  [STACK_BORINGSSL] = "BoringSSL",
            [STACK_GNUTLS] = "GnuTLS",    [STACK_NSS] = "NSS",
            [STACK_JAVA] = "Java",        [STACK_GO] = "Go",
            [STACK_MBEDTLS] = "Mbed TLS", [STACK_WOLFSSL] = "wolfSSL",
            [STACK_ERLANG] = "Erlang",    [STACK_APACHE] = "Apache",
            [STACK_NGINX] = "nginx",      [STACK_HAPROXY] = "HAProxy",
            [STACK_STUNNEL] = "stunnel",  [STACK_POSTFIX] = "Postfix",
            [STACK_DOVECOT] = "Dovecot",  [STACK_POSTGRESQL] = "PostgreSQL",
            [STACK_NODE] = "Node.js",     [STACK_SLAPD] = "OpenLDAP slapd",
    };
    return (unsigned)stack < NUM_STACKS ? names[stack] : NULL;
}

/* Types of extensions in their order, without those that are there or not by the user's wish. */
struct extension_order {
    uint16_t types[MAX_EXTENSIONS];
    size_t num;
    bool grease;
};

static struct extension_order order_of(struct bytes extensions) {
    struct extension_order order = {0};
    struct bytes data;
    uint16_t type;
    while (order.num < MAX_EXTENSIONS && bytes_u16(&extensions, &type) && bytes_vec16(&extensions, &data)) {
        if (version_is_grease(type)) {
            order.grease = true;
        } else if (type != SERVER_NAME && type != ALPN) {
            order.types[order.num++] = type;
        }
    }
    return order;
}

static bool has(const struct extension_order *order, uint16_t type) {
    for (size_t i = 0; i < order->num; i++) {
        if (order->types[i] == type) {
            return true;
        }
    }
    return false;
}

/* The types of `run`, which ends with 0, stand next to each other; at the beginning, where that is asked. */
static bool has_run(const struct extension_order *order, const uint16_t *run, bool at_start) {
    for (size_t start = 0; start < order->num && (start == 0 || !at_start); start++) {
        size_t i = 0;
        while (run[i] != 0 && start + i < order->num && order->types[start + i] == run[i]) {
            i++;
        }
        if (run[i] == 0) {
            return true;
        }
    }
    return false;
}

/* A list of uint16 begins with these values, which end with 0; GREASE does not count. */
static bool begins_with(struct bytes list, const uint16_t *values) {
    uint16_t value;
    while (*values != 0) {
        if (!bytes_u16(&list, &value)) {
            return false;
        }
        if (!version_is_grease(value)) {
            if (value != *values) {
                return false;
            }
            values++;
        }
    }
    return true;
}

/* How a client's hello looks, whatever the versions, suites and protocols that it was told to offer. */
struct client_look {
    enum stack stack;
    enum tlswatch_confidence confidence;
    uint16_t run[6];          /* extensions that stand next to each other, 0 behind the last */
    bool at_start;            /* ... and first */
    uint16_t groups[4];       /* what supported_groups begins with */
    uint16_t schemes[4];      /* what signature_algorithms begins with */
    uint8_t point_formats[3]; /* all of ec_point_formats, where it is not empty here */
    uint16_t with[2], without[2];
};

/* Measured: OpenSSL 3.0, GnuTLS 3.7, NSS 3.87, Java 17, Go 1.19 and 1.24, Mbed TLS 2.28, wolfSSL 5.5. What is left open here is
 * what their neighbours in time do otherwise. BoringSSL was not measured and is only possible. */
static const struct client_look client_looks[] = {
        {STACK_OPENSSL, TLSWATCH_LIKELY, .run = {11, 10}, .point_formats = {0, 1, 2}},
        {STACK_GNUTLS, TLSWATCH_LIKELY, .run = {5, 10, 11, 13}, .at_start = true, .schemes = {0x0401, 0x0809, 0x0804}},
        {STACK_NSS, TLSWATCH_LIKELY, .run = {23, 0xff01, 10}, .at_start = true, .schemes = {0x0403, 0x0503, 0x0603},
         .with = {RECORD_SIZE_LIMIT}},
        {STACK_JAVA, TLSWATCH_LIKELY, .run = {5, 10}, .at_start = true, .schemes = {0x0403, 0x0503, 0x0603},
         .with = {SIGNATURE_ALGORITHMS_CERT, SUPPORTED_VERSIONS}, .without = {RENEGOTIATION_INFO, SIGNED_CERTIFICATE_TIMESTAMP}},
        {STACK_GO, TLSWATCH_LIKELY, .run = {5, 10, 11}, .at_start = true, .schemes = {0x0804, 0x0403, 0x0807},
         .with = {SIGNED_CERTIFICATE_TIMESTAMP, SUPPORTED_VERSIONS}},
        {STACK_GO, TLSWATCH_LIKELY, .run = {RENEGOTIATION_INFO, 23, SIGNED_CERTIFICATE_TIMESTAMP, 5, 10},
         .schemes = {0x0804, 0x0403, 0x0807}, .with = {SUPPORTED_VERSIONS}}, /* 1.24 */
        {STACK_MBEDTLS, TLSWATCH_LIKELY, .run = {13, 10, 11, 22, 23}, .at_start = true, .groups = {25, 28, 24, 27}},
        {STACK_WOLFSSL, TLSWATCH_LIKELY, .run = {13, 11, 10}, .at_start = true, .groups = {25, 28, 24, 27}},
        {STACK_WOLFSSL, TLSWATCH_LIKELY, .run = {45, 51, 43, 13, 10}, .at_start = true, .groups = {25, 28, 24, 27}},
        {STACK_BORINGSSL, TLSWATCH_POSSIBLE, .run = {23, 0xff01, 10, 11}, .at_start = true, .schemes = {0x0403, 0x0804, 0x0401},
         .without = {RECORD_SIZE_LIMIT}},
};

static bool starts_with_grease(struct bytes list) {
    uint16_t first;
    return bytes_u16(&list, &first) && version_is_grease(first);
}

static bool looks_like(const struct client_look *look, const struct client_hello *hello, const struct extension_order *order) {
    uint16_t groups[5] = {0}, schemes[5] = {0};
    memcpy(groups, look->groups, sizeof look->groups);
    memcpy(schemes, look->schemes, sizeof look->schemes);
    uint16_t run[7] = {0};
    memcpy(run, look->run, sizeof look->run);
    size_t num_formats = look->point_formats[1] != 0 ? sizeof look->point_formats : 0;
    bool formats = num_formats == 0 ||
                   (hello->ec_point_formats.len == num_formats && memcmp(hello->ec_point_formats.p, look->point_formats, num_formats) == 0);
    for (size_t i = 0; i < 2; i++) {
        if ((look->with[i] != 0 && !has(order, look->with[i])) || (look->without[i] != 0 && has(order, look->without[i]))) {
            return false;
        }
    }
    return formats && has_run(order, run, look->at_start) && begins_with(hello->supported_groups, groups) &&
           begins_with(hello->signature_algorithms, schemes);
}

struct stack_guess stack_guess_client(const struct client_hello *hello) {
    struct extension_order order = order_of(hello->extensions);
    if (hello->sslv2 || order.num == 0) {
        return (struct stack_guess){0};
    }
    /* RFC 8701 in suites, groups and extensions: BoringSSL's habit, and Chrome's and Apple's on top of it. */
    if (order.grease && starts_with_grease(hello->cipher_suites) && starts_with_grease(hello->supported_groups)) {
        return (struct stack_guess){STACK_BORINGSSL, TLSWATCH_POSSIBLE};
    }
    for (size_t i = 0; i < sizeof client_looks / sizeof *client_looks; i++) {
        if (!order.grease && looks_like(&client_looks[i], hello, &order)) {
            return (struct stack_guess){client_looks[i].stack, client_looks[i].confidence};
        }
    }
    return (struct stack_guess){0};
}

/* A server answers extensions in an order of its own, and asks for keys in words of its own. */
struct server_look {
    enum stack stack;
    enum tlswatch_confidence confidence;
    uint16_t order[6];            /* the order in which it answers these, 0 behind the last */
    uint8_t certificate_types[3]; /* 0 behind the last */
    uint16_t schemes[4];          /* what supported_signature_algorithms begins with; none: TLS 1.1 and below only */
    bool any_schemes;
};

/* Measured on the same versions; NSS and BoringSSL only in part. */
static const struct server_look server_looks[] = {
        {STACK_OPENSSL, TLSWATCH_LIKELY, {0xff01, 11, 35, 22, 23}, {1, 2, 64}, {0x0403, 0x0503, 0x0603, 0x0807}},
        {STACK_GNUTLS, TLSWATCH_LIKELY, {11, 22, 23, 35, 0xff01, 28}, {1, 64}, {0x0401, 0x0809, 0x0804}},
        {STACK_GNUTLS, TLSWATCH_LIKELY, {11, 22, 23, 35, 0xff01, 28}, {1, 2, 64}, {0}},
        {STACK_JAVA, TLSWATCH_LIKELY, {23, 35, 0xff01}, {64, 1, 2}, {0x0403, 0x0503, 0x0603, 0x0807}},
        {STACK_GO, TLSWATCH_LIKELY, {35, 0xff01, 23, 11}, {1, 64}, {0x0804, 0x0403, 0x0807}},
        {STACK_MBEDTLS, TLSWATCH_LIKELY, {0xff01, 23, 35, 11}, {1, 64}, {0x0501, 0x0503, 0x0401}},
        {STACK_WOLFSSL, TLSWATCH_LIKELY, {35, 11, 0xff01, 23}, {1}, {0x0806, 0x080b, 0x0805}},
        {STACK_WOLFSSL, TLSWATCH_LIKELY, {35, 11, 0xff01, 23}, {1, 64}, {0x0806, 0x080b, 0x0805}},
        {STACK_NSS, TLSWATCH_POSSIBLE, {0}, {1, 64, 2}, {0}, .any_schemes = true},
};

/* Those of the answered extensions that this stack's order names stand in it. */
static bool in_order(const struct extension_order *answered, const uint16_t order[6]) {
    size_t at = 0;
    for (size_t i = 0; i < answered->num; i++) {
        size_t place = 0;
        while (place < 6 && order[place] != 0 && order[place] != answered->types[i]) {
            place++;
        }
        if (place == 6 || order[place] == 0) {
            continue;
        }
        if (place < at) {
            return false;
        }
        at = place;
    }
    return true;
}

static bool asks_like(const struct server_look *look, const struct certificate_request *request) {
    struct bytes types = request->certificate_types;
    uint16_t schemes[5] = {0};
    size_t num = 0;
    memcpy(schemes, look->schemes, sizeof look->schemes);
    while (num < sizeof look->certificate_types && look->certificate_types[num] != 0) {
        num++;
    }
    if (types.len != num || memcmp(types.p, look->certificate_types, num) != 0) {
        return false;
    }
    bool before_tls12 = request->supported_signature_algorithms.len == 0;
    return before_tls12 || look->any_schemes || (schemes[0] != 0 && begins_with(request->supported_signature_algorithms, schemes));
}

struct stack_guess stack_guess_server(const struct server_hello *hello, const struct certificate_request *request) {
    struct extension_order answered = order_of(hello->extensions);
    struct stack_guess guess = {0};
    if (hello->version >= TLS_1_3 || request == NULL) {
        return guess;
    }
    for (size_t i = 0; i < sizeof server_looks / sizeof *server_looks; i++) {
        const struct server_look *look = &server_looks[i];
        if (!asks_like(look, request) || !in_order(&answered, look->order)) {
            continue;
        }
        if (guess.stack != STACK_UNKNOWN && guess.stack != look->stack) {
            return (struct stack_guess){0}; /* more than one: say nothing */
        }
        bool names_schemes = request->supported_signature_algorithms.len > 0;
        guess = (struct stack_guess){look->stack, names_schemes ? look->confidence : TLSWATCH_POSSIBLE};
    }
    return guess;
}
