/* The facts of certificates. Expected values: read from `openssl x509 -text` over tests/certificates. */
#include "base/limits.h"
#include "certificates.h"
#include "tap.h"

static struct certificate_store *store;

static void setup(void) {
    store = new_store();
    ck_assert_ptr_nonnull(store);
}

static void teardown(void) {
    certificate_store_free(store);
}

static const struct certificate *good(const char *name) {
    const struct certificate *c = add(store, name);
    ck_assert_msg(c != NULL && c->facts.malformed == NULL, "%s: %s", name, c != NULL ? c->facts.malformed : "not taken");
    return c;
}

static void assert_list(const char *const *have, const char *const *want) {
    ck_assert_ptr_nonnull(have);
    for (; *want != NULL; want++, have++) {
        ck_assert_ptr_nonnull(*have);
        ck_assert_str_eq(*have, *want);
    }
    ck_assert_ptr_null(*have);
}

START_TEST(a_leaf_has_every_fact) {
    const struct certificate *c = good("leaf");
    ck_assert_str_eq(c->facts.subject.text, "CN=b2b-gw01,O=P");
    ck_assert_str_eq(c->facts.issuer.text, "CN=Acme Issuing CA 2,O=Acme,C=DE");
    ck_assert_str_eq(c->facts.serial, "1003");
    ck_assert_int_eq(c->facts.version, 3);
    ck_assert_str_eq(c->facts.signature_algorithm, "ecdsa-with-SHA256");
    ck_assert_str_eq(c->facts.public_key, "EC P-256");
    ck_assert_str_eq(c->curve, "P-256");
    ck_assert(!c->facts.ca && !c->facts.self_issued && !c->facts.self_signed && c->usable_key);
    ck_assert(c->has_basic_constraints && c->has_key_usage && c->has_extended_key_usage && !c->has_name_constraints);
    ck_assert(c->eku_client_auth && !c->eku_server_auth);
    ck_assert_uint_eq(c->key_usage, KU_DIGITAL_SIGNATURE);
    ck_assert_int_eq(c->facts.path_len, -1);
    ck_assert_ptr_null(c->unknown_critical);
    ck_assert_ptr_null(c->invalid_extension);
    ck_assert_str_eq(c->facts.subject_key_id, "3275167f6e660f422b89fd6ae6b74c11ec6afcfc");
    ck_assert_str_eq(c->facts.authority_key_id, good("intermediate")->facts.subject_key_id);
    ck_assert_str_eq(c->facts.sha256, "f3e2c509a72b0b6bc282c2fe3c8aae31935374a8290b83ce11085a74945a7feb");
    assert_list(c->facts.key_usage, (const char *const[]){"digitalSignature", NULL});
    assert_list(c->facts.extended_key_usage, (const char *const[]){"clientAuth", NULL});
    assert_list(c->facts.alternative_names, (const char *const[]){"DNS:gw.partner.example", "DNS:*.b2b.example", "IP:192.0.2.7",
                                                                  "IP:2001:db8::7", "email:ops@partner.example", "URI:spiffe://p/gw",
                                                                  "othername:1.3.6.1.4.1.311.20.2.3", "DirName:CN=dir,O=P", NULL});
}
END_TEST

START_TEST(a_ca_has_its_constraints) {
    const struct certificate *root = good("root");
    ck_assert(root->facts.ca && root->facts.self_issued && root->facts.self_signed);
    ck_assert_int_eq(root->facts.path_len, -1);
    ck_assert_uint_eq(root->key_usage, KU_KEY_CERT_SIGN | KU_CRL_SIGN);
    assert_list(root->facts.key_usage, (const char *const[]){"keyCertSign", "cRLSign", NULL});
    ck_assert_ptr_null(root->facts.extended_key_usage);
    ck_assert_ptr_null(root->facts.alternative_names);
    ck_assert_int_eq(good("intermediate")->facts.path_len, 0);
    ck_assert_int_eq(good("path-3")->facts.path_len, 3);
    ck_assert(good("constraining")->has_name_constraints);
}
END_TEST

static const struct {
    const char *name, *public_key, *signature_algorithm;
    enum key_type key;
    int bits;
    enum key_type signature_key;
    enum digest digest;
    bool usable, self_signed;
} keys[] = {
        {"root", "RSA 2048", "sha256WithRSAEncryption", KEY_RSA, 2048, KEY_RSA, DIGEST_SHA256, true, true},
        {"intermediate", "EC P-256", "sha256WithRSAEncryption", KEY_EC, 256, KEY_RSA, DIGEST_SHA256, true, false},
        {"rsa-1024", "RSA 1024", "sha256WithRSAEncryption", KEY_RSA, 1024, KEY_RSA, DIGEST_SHA256, true, true},
        {"rsa-3072", "RSA 3072", "sha256WithRSAEncryption", KEY_RSA, 3072, KEY_RSA, DIGEST_SHA256, true, true},
        {"rsa-exponent", "RSA 2048", "sha256WithRSAEncryption", KEY_RSA, 2048, KEY_RSA, DIGEST_SHA256, false, false},
        {"rsa-pss", "RSA-PSS 2048", "rsassaPss", KEY_RSA_PSS, 2048, KEY_RSA_PSS, DIGEST_SHA256, true, true},
        {"rsa-signs-pss", "RSA 3072", "rsassaPss", KEY_RSA, 3072, KEY_RSA_PSS, DIGEST_SHA384, true, true},
        {"p384", "EC P-384", "ecdsa-with-SHA256", KEY_EC, 384, KEY_EC, DIGEST_SHA256, true, true},
        {"p521", "EC P-521", "ecdsa-with-SHA256", KEY_EC, 521, KEY_EC, DIGEST_SHA256, true, true},
        {"secp256k1", "EC secp256k1", "ecdsa-with-SHA256", KEY_EC, 256, KEY_EC, DIGEST_SHA256, true, true},
        {"brainpool", "EC brainpoolP256r1", "ecdsa-with-SHA256", KEY_EC, 256, KEY_EC, DIGEST_SHA256, true, true},
        {"explicit", "EC explicit", "ecdsa-with-SHA256", KEY_EC, 0, KEY_EC, DIGEST_SHA256, false, false},
        {"dsa", "DSA 2048", "dsa_with_SHA256", KEY_DSA, 2048, KEY_DSA, DIGEST_SHA256, true, true},
        {"ed25519", "Ed25519", "ED25519", KEY_ED25519, 256, KEY_ED25519, DIGEST_OTHER, true, true},
        {"ed448", "Ed448", "ED448", KEY_ED448, 456, KEY_ED448, DIGEST_OTHER, true, true},
        {"md5", "EC P-256", "md5WithRSAEncryption", KEY_EC, 256, KEY_RSA, DIGEST_MD5, true, false},
        {"sha1", "EC P-256", "ecdsa-with-SHA1", KEY_EC, 256, KEY_EC, DIGEST_SHA1, true, false},
};

START_TEST(keys_and_signatures_are_named) {
    const struct certificate *c = good(keys[_i].name);
    ck_assert_str_eq(c->facts.public_key, keys[_i].public_key);
    ck_assert_str_eq(c->facts.signature_algorithm, keys[_i].signature_algorithm);
    ck_assert_int_eq(c->key_type, keys[_i].key);
    ck_assert_int_eq(c->key_bits, keys[_i].bits);
    ck_assert_int_eq(c->signature_key, keys[_i].signature_key);
    ck_assert_int_eq(c->signature_digest, keys[_i].digest);
    ck_assert_int_eq(c->usable_key, keys[_i].usable);
    ck_assert_int_eq(c->facts.self_signed, keys[_i].self_signed);
}
END_TEST

/* Seconds as `date -u -d ... +%s` gives them. */
static const struct {
    const char *name;
    int64_t not_before, not_after;
} times[] = {
        {"leaf", 1767225600, 2398377600},    {"expired", 1577836800, 1609502400},      {"future", 2208988800, 4102444799},
        {"ancient", -154900494, 2524608000}, {"for-ever", -62135596800, 253402300799},
};

START_TEST(dates_of_any_century_are_seconds) {
    const struct certificate *c = good(times[_i].name);
    ck_assert_int_eq(c->facts.not_before, times[_i].not_before);
    ck_assert_int_eq(c->facts.not_after, times[_i].not_after);
}
END_TEST

/* From openssl x509 -nameopt RFC2253,-esc_msb, but for what it prints raw: U+0085 and the bidi controls. */
static const struct {
    const char *name, *subject;
} subjects[] = {
        {"name-utf8", "CN=Acme Issuing CA,O=Müller  & Söhne,C=DE"},
        {"name-bmp", "CN=Acme Issuing CA,O=Müller & Söhne,C=DE"},
        {"name-t61", "CN=Acme Issuing CA,O=Müller & Söhne,C=DE"},
        {"name-spaces", "CN=Acme  Issuing   CA,O=\\ Müller &  Söhne\\ ,C=DE"},
        {"name-multi", "CN=a,OU=Sales+O=Acme,C=DE"},
        {"name-multi-swapped", "CN=a,OU=sales+O=ACME,C=DE"},
        {"name-special", "CN=\\ y\\ ,OU=\\#x,O=A\\, \\\"B\\\" \\+ \\<C\\>\\;\\\\D"},
        {"name-empty", ""},
        {"hostile", "CN=line\\0Atwo\\0D\\C2\\85,O=\\1B[31mred\\E2\\80\\AE\\E2\\81\\A6"},
        {"hostile-nul-name", "CN=line\\00two\\0D\\C2\\85,O=\\1B[31mred\\E2\\80\\AE\\E2\\81\\A6"},
};

START_TEST(names_are_rfc_2253_and_harmless) {
    ck_assert_str_eq(good(subjects[_i].name)->facts.subject.text, subjects[_i].subject);
}
END_TEST

START_TEST(hostile_alternative_names_are_escaped) {
    assert_list(good("hostile-nul")->facts.alternative_names, (const char *const[]){"email:x@a\\00b\\1Bc.example", NULL});
}
END_TEST

START_TEST(version_1_is_a_ca_where_it_is_self_signed) {
    ck_assert_int_eq(good("v1-root")->facts.version, 1);
    ck_assert(good("v1-root")->facts.ca && !good("v1-root")->has_basic_constraints);
    ck_assert(!good("v1-issued")->facts.ca);
    ck_assert_str_eq(good("v1-root")->facts.serial, "ff");
    ck_assert_str_eq(good("negative-serial")->facts.serial, "-1234");
}
END_TEST

START_TEST(purposes_are_read) {
    const struct certificate *any = good("any-purpose");
    ck_assert(any->eku_any && !any->eku_client_auth && !any->eku_server_auth);
    assert_list(any->facts.extended_key_usage, (const char *const[]){"anyExtendedKeyUsage", "1.2.3.4", NULL});
    ck_assert(!good("server-only")->eku_client_auth && good("server-only")->eku_server_auth);
    const struct certificate *none = good("no-key-usage");
    ck_assert(!none->has_key_usage && !none->has_extended_key_usage && !none->eku_client_auth);
    ck_assert_ptr_null(none->facts.key_usage);
}
END_TEST

START_TEST(extensions_that_no_path_survives_are_named) {
    ck_assert_str_eq(good("critical")->unknown_critical, "1.2.3.4.5");
    ck_assert_ptr_null(good("critical")->invalid_extension);
    ck_assert_str_eq(good("broken-extension")->invalid_extension, "basicConstraints");
    ck_assert_ptr_null(good("constraining")->unknown_critical);
}
END_TEST

static const char *const prefixed[] = {"leaf",     "root",        "v1-issued", "ed25519",     "rsa-pss",
                                       "explicit", "hostile-nul", "name-bmp",  "constraining"};

START_TEST(a_certificate_rejects_every_prefix) {
    char file[64];
    snprintf(file, sizeof file, "%s.der", prefixed[_i]);
    struct buffer der = read_fixture(file);
    ck_assert_uint_gt(der.len, 0);
    for (size_t len = 0; len < der.len; len++) {
        uint8_t *copy = malloc(len > 0 ? len : 1);
        memcpy(copy, der.p, len);
        const struct certificate *c = certificate_store_add(store, bytes_of(copy, len));
        ck_assert_msg(c != NULL && c->facts.malformed != NULL, "prefix of %zu bytes", len);
        ck_assert_uint_eq(strlen(c->facts.sha256), 64);
        ck_assert_uint_eq(c->facts.der_len, len);
        ck_assert_ptr_null(c->facts.subject.text);
        free(copy);
    }
    buffer_clear(&der);
}
END_TEST

START_TEST(what_is_wrong_is_told_not_what_it_is_in) {
    struct buffer der = read_fixture("leaf.der");
    ck_assert_str_eq(certificate_store_add(store, bytes_of(der.p, 100))->facts.malformed, "a length reaches past the end");
    ck_assert_uint_eq(der.p[4], 0x30); /* tbsCertificate, a SEQUENCE */
    der.p[4] = 0x31;
    ck_assert_str_eq(certificate_store_add(store, buffer_bytes(&der))->facts.malformed, "wrong tag");
    buffer_clear(&der);
}
END_TEST

START_TEST(bytes_behind_a_certificate_make_it_malformed) {
    struct buffer der = read_fixture("leaf.der");
    ck_assert(buffer_append(&der, bytes_of("", 1), 1 << 20));
    ck_assert_str_eq(certificate_store_add(store, buffer_bytes(&der))->facts.malformed, "bytes follow the certificate");
    buffer_clear(&der);
}
END_TEST

START_TEST(what_is_too_long_is_malformed) {
    uint8_t *big = calloc(1, LIMIT_CERTIFICATE + 1);
    const struct certificate *c = certificate_store_add(store, bytes_of(big, LIMIT_CERTIFICATE + 1));
    ck_assert_str_eq(c->facts.malformed, "too long to be a certificate");
    free(big);
}
END_TEST

/* Whatever the bytes, nothing crashes, and what is read can be shown. */
START_TEST(flipped_bytes_never_crash) {
    struct buffer der = read_fixture("leaf.der");
    const struct certificate *issuer = good("intermediate");
    uint32_t random = 12345;
    for (int round = 0; round < 2000; round++) {
        uint8_t kept[3];
        size_t at[3];
        for (int i = 0; i < 3; i++) {
            random = random * 1664525 + 1013904223;
            at[i] = (random >> 8) % der.len;
            kept[i] = der.p[at[i]];
            der.p[at[i]] ^= (uint8_t)(1 << (random >> 29));
        }
        const struct certificate *c = certificate_store_add(store, buffer_bytes(&der));
        ck_assert_ptr_nonnull(c);
        ck_assert(c->facts.malformed != NULL || c->facts.subject.text != NULL);
        certificate_issued_by(store, c, issuer);
        certificate_matches_host(c, "gw.partner.example");
        for (int i = 2; i >= 0; i--) {
            der.p[at[i]] = kept[i];
        }
    }
    buffer_clear(&der);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("certificate");
    TCase *tcase = tcase_create("facts");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_leaf_has_every_fact);
    tcase_add_test(tcase, a_ca_has_its_constraints);
    tcase_add_loop_test(tcase, keys_and_signatures_are_named, 0, sizeof keys / sizeof keys[0]);
    tcase_add_loop_test(tcase, dates_of_any_century_are_seconds, 0, sizeof times / sizeof times[0]);
    tcase_add_loop_test(tcase, names_are_rfc_2253_and_harmless, 0, sizeof subjects / sizeof subjects[0]);
    tcase_add_test(tcase, hostile_alternative_names_are_escaped);
    tcase_add_test(tcase, version_1_is_a_ca_where_it_is_self_signed);
    tcase_add_test(tcase, purposes_are_read);
    tcase_add_test(tcase, extensions_that_no_path_survives_are_named);
    tcase_add_loop_test(tcase, a_certificate_rejects_every_prefix, 0, sizeof prefixed / sizeof prefixed[0]);
    tcase_add_test(tcase, what_is_wrong_is_told_not_what_it_is_in);
    tcase_add_test(tcase, bytes_behind_a_certificate_make_it_malformed);
    tcase_add_test(tcase, what_is_too_long_is_malformed);
    tcase_add_test(tcase, flipped_bytes_never_crash);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
