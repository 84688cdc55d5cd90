/*
 * Each handshake message: what a parser gives lies in the body, what it refuses leaves its output alone. Type, version,
 * cipher suite, body.
 */
#include "fuzz.h"
#include "tls/handshake.h"
#include "tls/registry.h"

enum { SSLV2_HELLO = 255 };

static struct bytes body;

static void within(struct bytes view) {
    expect(view.len == 0 || (view.p >= body.p && view.len <= body.len && (size_t)(view.p - body.p) <= body.len - view.len),
           "a view lies in the body");
}

/* `out` was filled with 0xa5 before. */
static void expect_untouched(const void *out, size_t len) {
    for (size_t i = 0; i < len; i++) {
        expect(((const uint8_t *)out)[i] == 0xa5, "a refusal touches nothing");
    }
}

static void hello_from_client(bool (*parse)(struct bytes body, struct client_hello *out)) {
    struct client_hello hello;
    memset(&hello, 0xa5, sizeof hello);
    if (!parse(body, &hello)) {
        expect_untouched(&hello, sizeof hello);
        return;
    }
    const struct bytes views[] = {hello.random,
                                  hello.session_id,
                                  hello.cipher_suites,
                                  hello.compression_methods,
                                  hello.extensions,
                                  hello.ec_point_formats,
                                  hello.server_name,
                                  hello.alpn,
                                  hello.supported_versions,
                                  hello.supported_groups,
                                  hello.signature_algorithms,
                                  hello.signature_algorithms_cert,
                                  hello.session_ticket};
    for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
        within(views[i]);
    }
    version_name(hello.highest_version);
}

static void hello_from_server(void) {
    struct server_hello hello;
    memset(&hello, 0xa5, sizeof hello);
    if (!server_hello_parse(body, &hello)) {
        expect_untouched(&hello, sizeof hello);
        return;
    }
    within(hello.random);
    within(hello.session_id);
    within(hello.extensions);
    within(hello.alpn);
    expect(hello.random.len == 32, "the random has 32 bytes");
    cipher_suite_name(hello.cipher_suite);
}

static void request(uint16_t version) {
    struct certificate_request out;
    struct bytes name;
    memset(&out, 0xa5, sizeof out);
    if (!certificate_request_parse(body, version, &out)) {
        expect_untouched(&out, sizeof out);
        return;
    }
    within(out.certificate_types);
    within(out.supported_signature_algorithms);
    within(out.certificate_authorities);
    while (certificate_authorities_next(&out.certificate_authorities, &name)) {
        within(name);
    }
}

static void certificates(void) {
    struct bytes list, certificate;
    size_t num = 0;
    if (certificate_list_parse(body, &list)) {
        within(list);
        while (certificate_list_next(&list, &certificate)) {
            within(certificate);
            num += certificate.len + 3;
        }
        expect(num <= body.len, "certificates do not overlap");
    }
}

static void signature(const struct digitally_signed *out) {
    within(out->signature);
    signature_scheme_name(out->algorithm);
}

static void verify(uint16_t version) {
    struct digitally_signed out;
    memset(&out, 0xa5, sizeof out);
    if (certificate_verify_parse(body, version, &out)) {
        expect(out.has_algorithm == (version >= TLS_1_2), "TLS 1.2 names the algorithm");
        signature(&out);
    } else {
        expect_untouched(&out, sizeof out);
    }
}

static void key_exchange(uint16_t version, uint16_t cipher_suite) {
    struct server_key_exchange out;
    memset(&out, 0xa5, sizeof out);
    if (!server_key_exchange_parse(body, version, cipher_suite, &out)) {
        expect_untouched(&out, sizeof out);
        return;
    }
    within(out.params);
    named_group_name(out.named_group);
    if (out.is_signed) {
        signature(&out.signed_params);
    }
}

static void parse(uint8_t type, uint16_t version, uint16_t cipher_suite) {
    switch (type) {
    case CLIENT_HELLO:
        hello_from_client(client_hello_parse);
        break;
    case SSLV2_HELLO:
        hello_from_client(client_hello_v2_parse);
        break;
    case SERVER_HELLO:
        hello_from_server();
        break;
    case CERTIFICATE:
        certificates();
        break;
    case CERTIFICATE_REQUEST:
        request(version);
        break;
    case CERTIFICATE_VERIFY:
        verify(version);
        break;
    case SERVER_KEY_EXCHANGE:
        key_exchange(version, cipher_suite);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct bytes input = bytes_of(data, len);
    uint8_t type = fuzz_u8(&input);
    uint16_t version = fuzz_u16(&input), cipher_suite = fuzz_u16(&input);
    uint8_t *copy = fuzz_copy(input);
    body = bytes_of(copy, input.len);
    parse(type, version, cipher_suite);
    fuzz_release(copy);
    return 0;
}
