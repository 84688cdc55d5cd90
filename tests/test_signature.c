/* Signatures of TLS, made by `openssl dgst` and `openssl pkeyutl`; hosts and name constraints. */
#include "certificates.h"
#include "tap.h"

static struct certificate_store *store;
static struct buffer message;

static void setup(void) {
    store = new_store();
    message = read_fixture("message.bin");
    ck_assert_uint_eq(message.len, 1000);
}

static void teardown(void) {
    certificate_store_free(store);
    buffer_clear(&message);
}

static const struct {
    const char *file, *certificate;
    uint16_t scheme;
} signatures[] = {
        {"0000-rsa-3072", "rsa-3072", 0},
        {"0000-leaf", "leaf", 0},
        {"0000-dsa", "dsa", 0},
        {"0201-rsa-3072", "rsa-3072", 0x0201},
        {"0401-rsa-3072", "rsa-3072", 0x0401},
        {"0501-rsa-3072", "rsa-3072", 0x0501},
        {"0601-rsa-3072", "rsa-3072", 0x0601},
        {"0804-rsa-3072", "rsa-3072", 0x0804},
        {"0805-rsa-3072", "rsa-3072", 0x0805},
        {"0806-rsa-3072", "rsa-3072", 0x0806},
        {"0809-rsa-pss", "rsa-pss", 0x0809},
        {"0203-leaf", "leaf", 0x0203},
        {"0403-leaf", "leaf", 0x0403},
        {"0603-leaf", "leaf", 0x0603},
        {"0503-p384", "p384", 0x0503},
        {"0403-p521", "p521", 0x0403},
        {"0402-dsa", "dsa", 0x0402},
        {"081a-brainpool", "brainpool", 0x081a},
        {"0807-ed25519", "ed25519", 0x0807},
        {"0808-ed448", "ed448", 0x0808},
};

static enum link verify(const struct certificate *c, uint16_t scheme, struct bytes signature) {
    const struct bytes pieces[] = {{message.p, 32}, {NULL, 0}, {message.p + 32, 1}, {message.p + 33, message.len - 33}};
    return certificate_verify_signature(c, scheme, pieces, 4, signature);
}

static struct buffer read_signature(int i) {
    char file[64];
    snprintf(file, sizeof file, "%s.sig", signatures[i].file);
    struct buffer signature = read_fixture(file);
    ck_assert_uint_gt(signature.len, 0);
    return signature;
}

START_TEST(a_signature_by_this_key_verifies) {
    const struct certificate *c = add(store, signatures[_i].certificate);
    struct buffer signature = read_signature(_i);
    ck_assert_int_eq(verify(c, signatures[_i].scheme, buffer_bytes(&signature)), LINK_VERIFIED);
    buffer_clear(&signature);
}
END_TEST

START_TEST(a_signature_over_other_bytes_fails) {
    const struct certificate *c = add(store, signatures[_i].certificate);
    struct buffer signature = read_signature(_i);
    message.p[500] ^= 1;
    ck_assert_int_eq(verify(c, signatures[_i].scheme, buffer_bytes(&signature)), LINK_FAILED);
    message.p[500] ^= 1;
    for (size_t len = 0; len < signature.len; len += 7) {
        uint8_t *copy = malloc(len > 0 ? len : 1);
        memcpy(copy, signature.p, len);
        ck_assert_int_eq(verify(c, signatures[_i].scheme, bytes_of(copy, len)), LINK_FAILED);
        free(copy);
    }
    buffer_clear(&signature);
}
END_TEST

START_TEST(a_signature_by_another_key_fails) {
    struct buffer signature = read_fixture("0403-leaf.sig");
    ck_assert_int_eq(verify(add(store, "intermediate"), 0x0403, buffer_bytes(&signature)), LINK_FAILED);
    ck_assert_int_eq(verify(add(store, "rsa-3072"), 0x0403, buffer_bytes(&signature)), LINK_FAILED);
    buffer_clear(&signature);
}
END_TEST

START_TEST(what_cannot_be_computed_is_unchecked) {
    struct buffer signature = read_fixture("0403-leaf.sig");
    static const uint16_t schemes[] = {0xeaea, 0x0708, 0x0400, 0x0404, 0x0703, 0x0003};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        ck_assert_int_eq(verify(add(store, "leaf"), schemes[i], buffer_bytes(&signature)), LINK_UNCHECKED);
    }
    ck_assert_int_eq(verify(add(store, "explicit"), 0x0403, buffer_bytes(&signature)), LINK_UNCHECKED);
    ck_assert_int_eq(verify(add(store, "rsa-exponent"), 0x0401, buffer_bytes(&signature)), LINK_UNCHECKED);
    ck_assert_int_eq(verify(add(store, "ed25519"), 0, buffer_bytes(&signature)), LINK_UNCHECKED);
    ck_assert_int_eq(verify(certificate_store_add(store, bytes_of("x", 1)), 0x0403, buffer_bytes(&signature)), LINK_UNCHECKED);
    buffer_clear(&signature);
}
END_TEST

static const struct {
    const char *certificate, *host;
    enum host_match match;
} hosts[] = {
        {"leaf", "gw.partner.example", HOST_MATCHES},
        {"leaf", "GW.Partner.Example", HOST_MATCHES},
        {"leaf", "gw.partner.example.", HOST_MATCHES},
        {"leaf", "a.b2b.example", HOST_MATCHES},
        {"leaf", "a.a.b2b.example", HOST_DIFFERS},
        {"leaf", "b2b.example", HOST_DIFFERS},
        {"leaf", "b2b-gw01", HOST_DIFFERS},
        {"leaf", "192.0.2.7", HOST_MATCHES},
        {"leaf", "192.0.2.8", HOST_DIFFERS},
        {"leaf", "2001:db8:0::7", HOST_MATCHES},
        {"www.other.example", "www.other.example", HOST_MATCHES},
        {"www.other.example", "other.example", HOST_DIFFERS},
        {"host-good", "host-good", HOST_DIFFERS},
        {"leaf", "", HOST_UNKNOWN},
        {"leaf", NULL, HOST_UNKNOWN},
};

START_TEST(hosts_match_as_rfc_6125_says) {
    ck_assert_int_eq(certificate_matches_host(add(store, hosts[_i].certificate), hosts[_i].host), hosts[_i].match);
}
END_TEST

/* RFC 5280, 4.2.1.10: excluded wins over permitted; a host name in CN counts as a DNS name. */
static const struct {
    const char *ca, *certificate;
    bool permitted;
} constraints[] = {
        {"constraining", "host-good", true},          {"constraining", "host-bad", false}, {"constraining", "host-outside", false},
        {"constraining", "www.other.example", false}, {"constraining", "root", true},      {"intermediate", "host-bad", true},
};

START_TEST(name_constraints_permit_and_exclude) {
    ck_assert_int_eq(certificate_names_permitted(add(store, constraints[_i].ca), add(store, constraints[_i].certificate)),
                     constraints[_i].permitted);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("signature");
    TCase *tcase = tcase_create("signatures");
    const int num_signatures = sizeof signatures / sizeof signatures[0];
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, a_signature_by_this_key_verifies, 0, num_signatures);
    tcase_add_loop_test(tcase, a_signature_over_other_bytes_fails, 0, num_signatures);
    tcase_add_test(tcase, a_signature_by_another_key_fails);
    tcase_add_test(tcase, what_cannot_be_computed_is_unchecked);
    tcase_add_loop_test(tcase, hosts_match_as_rfc_6125_says, 0, sizeof hosts / sizeof hosts[0]);
    tcase_add_loop_test(tcase, name_constraints_permit_and_exclude, 0, sizeof constraints / sizeof constraints[0]);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
