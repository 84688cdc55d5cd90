/*
 * The registry against independent tables: tshark's (tshark -G values) and OpenSSL's (openssl ciphers -V). A test
 * whose program is missing says so on stderr and passes.
 */
#include "tls/registry.h"
#include "tls/registry_tables.h"
#include "tap.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

START_TEST(cipher_suites_ascend_without_a_double) {
    for (size_t i = 1; i < registry_num_cipher_suites; i++) {
        ck_assert_msg(registry_cipher_suites[i - 1].number < registry_cipher_suites[i].number, "%04x", registry_cipher_suites[i].number);
    }
    ck_assert_uint_gt(registry_num_cipher_suites, 350);
}
END_TEST

/* Every row is found, which halving would not do in a table out of order: the numbers of names are those of RFCs. */
START_TEST(first_and_last_rows_of_every_table_are_found) {
    ck_assert_str_eq(cipher_suite_name(0x0000), "TLS_NULL_WITH_NULL_NULL");
    ck_assert_str_eq(cipher_suite_name(0xc02f), "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    ck_assert_str_eq(cipher_suite_name(0xffe1), "SSL_RSA_FIPS_WITH_DES_CBC_SHA");
    ck_assert_ptr_null(cipher_suite_name(0xffff));
    ck_assert_str_eq(alert_name(0), "close_notify");
    ck_assert_str_eq(alert_name(48), "unknown_ca");
    ck_assert_str_eq(alert_name(121), "ech_required");
    ck_assert_ptr_null(alert_name(255));
    ck_assert_str_eq(handshake_type_name(0), "HelloRequest");
    ck_assert_str_eq(handshake_type_name(13), "CertificateRequest");
    ck_assert_str_eq(handshake_type_name(254), "MessageHash");
    ck_assert_ptr_null(handshake_type_name(255));
    ck_assert_str_eq(client_certificate_type_name(1), "rsa_sign");
    ck_assert_str_eq(client_certificate_type_name(64), "ecdsa_sign");
    ck_assert_str_eq(client_certificate_type_name(239), "gost_sign512_legacy");
    ck_assert_ptr_null(client_certificate_type_name(0));
    ck_assert_str_eq(named_group_name(1), "sect163k1");
    ck_assert_str_eq(named_group_name(0x11ec), "X25519MLKEM768");
    ck_assert_str_eq(named_group_name(0xff02), "arbitrary_explicit_char2_curves");
    ck_assert_ptr_null(named_group_name(0));
}
END_TEST

START_TEST(signature_schemes_have_names_of_1_3_and_pairs_those_of_1_2) {
    ck_assert_str_eq(signature_scheme_name(0x0201), "rsa_pkcs1_sha1");
    ck_assert_str_eq(signature_scheme_name(0x0403), "ecdsa_secp256r1_sha256");
    ck_assert_str_eq(signature_scheme_name(0x0804), "rsa_pss_rsae_sha256");
    ck_assert_str_eq(signature_scheme_name(0xefef), "gostr34102012_512_gostr34112012_512");
    ck_assert_str_eq(signature_scheme_name(0x0301), "rsa_sha224");
    ck_assert_str_eq(signature_scheme_name(0x0101), "rsa_md5");
    ck_assert_str_eq(signature_scheme_name(0x0402), "dsa_sha256");
    ck_assert_str_eq(signature_scheme_name(0x0303), "ecdsa_sha224");
    ck_assert_ptr_null(signature_scheme_name(0x0701));
    ck_assert_ptr_null(signature_scheme_name(0x0604));
    ck_assert_ptr_null(signature_scheme_name(0xffff));
}
END_TEST

START_TEST(versions_and_drafts_have_names) {
    ck_assert_str_eq(version_name(0x0002), "2.0");
    ck_assert_str_eq(version_name(0x0300), "3.0");
    ck_assert_str_eq(version_name(0x0303), "1.2");
    ck_assert_str_eq(version_name(0x0304), "1.3");
    ck_assert_str_eq(version_name(0x7f1c), "1.3");
    ck_assert_ptr_null(version_name(0x0305));
    ck_assert_ptr_null(version_name(0xfefd));
}
END_TEST

/* RFC 8701, 2: {0x0A,0x0A}, {0x1A,0x1A} ... {0xFA,0xFA}. */
START_TEST(exactly_sixteen_values_are_grease) {
    int found = 0;
    for (uint32_t value = 0; value <= 0xffff; value++) {
        if (version_is_grease((uint16_t)value)) {
            ck_assert_uint_eq(value, 0x0a0a + 0x1010 * (uint32_t)found);
            found++;
        }
    }
    ck_assert_int_eq(found, 16);
}
END_TEST

static const struct {
    uint16_t cipher_suite;
    enum key_exchange key_exchange;
} exchanges[] = {
        {0x0000, KX_UNKNOWN},   {0x000a, KX_RSA},       {0x0003, KX_RSA},         {0x0062, KX_RSA},     {0xfefe, KX_RSA},
        {0x0010, KX_DH},        {0x0014, KX_DHE_RSA},   {0x0013, KX_DHE_DSS},     {0x0018, KX_DH_ANON}, {0x001c, KX_UNKNOWN},
        {0x001e, KX_KRB5},      {0x002c, KX_PSK},       {0x002d, KX_DHE_PSK},     {0x002e, KX_RSA_PSK}, {0x0081, KX_GOST},
        {0x00ff, KX_UNKNOWN},   {0x1301, KX_TLS13},     {0x1305, KX_TLS13},       {0x5600, KX_UNKNOWN}, {0xc004, KX_ECDH},
        {0xc00e, KX_ECDH},      {0xc018, KX_ECDH_ANON}, {0xc01d, KX_SRP},         {0xc01e, KX_SRP},     {0xc02b, KX_ECDHE_ECDSA},
        {0xc02f, KX_ECDHE_RSA}, {0xc035, KX_ECDHE_PSK}, {0xc0aa, KX_DHE_PSK},     {0xc0b4, KX_TLS13},   {0xc100, KX_GOST},
        {0xc103, KX_TLS13},     {0xcca8, KX_ECDHE_RSA}, {0xcca9, KX_ECDHE_ECDSA}, {0xccaa, KX_DHE_RSA}, {0xccab, KX_PSK},
        {0x00c6, KX_TLS13},     {0xc0b0, KX_UNKNOWN},   {0xe013, KX_UNKNOWN},     {0xffff, KX_UNKNOWN},
};

START_TEST(key_exchange_is_that_of_the_name) {
    ck_assert_msg(cipher_suite_key_exchange(exchanges[_i].cipher_suite) == exchanges[_i].key_exchange, "%04x", exchanges[_i].cipher_suite);
}
END_TEST

START_TEST(cipher_suites_are_those_of_openssl) {
    FILE *openssl = popen("openssl ciphers -V -stdname ALL:COMPLEMENTOFALL 2>/dev/null", "r");
    char line[512], name[128];
    unsigned high, low, num = 0;
    while (openssl != NULL && fgets(line, sizeof line, openssl) != NULL) {
        if (sscanf(line, " 0x%x,0x%x - %127s", &high, &low, name) == 3) {
            const char *ours = cipher_suite_name((uint16_t)(high << 8 | low));
            ck_assert_msg(ours != NULL && strcmp(ours, name) == 0, "%s, not %s", name, ours);
            num++;
        }
    }
    pclose(openssl);
    if (num == 0) {
        fprintf(stderr, "SKIPPED: no openssl to compare cipher suites with\n");
    }
}
END_TEST

/* tshark writes "Bad Record MAC" and "Client Hello"; only letters and digits are compared, without their case. */
static bool same_letters(const char *a, const char *b) {
    for (;; a++, b++) {
        while (*a != '\0' && !isalnum((unsigned char)*a)) {
            a++;
        }
        while (*b != '\0' && !isalnum((unsigned char)*b)) {
            b++;
        }
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b)) {
            return false;
        }
        if (*a == '\0') {
            return true;
        }
    }
}

static const char *suite(uint16_t n) {
    return cipher_suite_name(n);
}
static const char *alert(uint16_t n) {
    return alert_name((uint8_t)n);
}
static const char *certificate_type(uint16_t n) {
    return client_certificate_type_name((uint8_t)n);
}

/* Rows of tshark that are not taken over: groups and schemes of Open Quantum Safe's experiments, and GREASE. */
static bool is_experiment(const char *field, unsigned number, const char *name) {
    return strstr(name, "GREASE") != NULL || strcmp(name, "ssl_31_ciphersuite") == 0 || strcmp(name, "N/A") == 0 ||
           strcmp(name, "X.509 Certificate") == 0 ||
           (strcmp(field, "tls.handshake.extensions_supported_group") == 0 && (number >> 8 == 0x02 || number >> 8 == 0x2f)) ||
           (strcmp(field, "tls.handshake.sig_hash_alg") == 0 && number >> 8 == 0xfe) || strncmp(name, "GOST R", 6) == 0;
}

static const struct {
    const char *field;
    const char *(*name)(uint16_t);
    unsigned at_least;
} fields[] = {
        {"tls.handshake.ciphersuite", suite, 350},
        {"tls.alert_message.desc", alert, 30},
        {"tls.handshake.cert_type", certificate_type, 7},
        {"tls.handshake.sig_hash_alg", signature_scheme_name, 15},
        {"tls.handshake.extensions_supported_group", named_group_name, 35},
};
#define NUM_FIELDS (sizeof fields / sizeof fields[0])

/* Our tables were held against this release; another one has other rows, new ones above all. */
static bool is_the_tshark_we_know(void) {
    FILE *version = popen("tshark --version 2>/dev/null", "r");
    char line[256] = "";
    bool known = version != NULL && fgets(line, sizeof line, version) != NULL && strstr(line, " 4.0.") != NULL;
    if (version != NULL) {
        pclose(version);
    }
    return known;
}

START_TEST(every_name_that_tshark_knows_is_ours) {
    bool strict = is_the_tshark_we_know();
    unsigned differ = 0, all = 0;
    FILE *tshark = popen("tshark -G values 2>/dev/null | grep -aE '^V.tls[.]'", "r");
    char line[1024], field[128], name[256];
    unsigned number, num[NUM_FIELDS] = {0};
    while (tshark != NULL && fgets(line, sizeof line, tshark) != NULL) {
        if (sscanf(line, "V\t%127[^\t]\t%i\t%255[^\t\n]", field, (int *)&number, name) != 3 || is_experiment(field, number, name)) {
            continue;
        }
        for (size_t i = 0; i < NUM_FIELDS; i++) {
            if (strcmp(field, fields[i].field) == 0) {
                const char *ours = fields[i].name((uint16_t)number);
                bool same = ours != NULL && same_letters(ours, name);
                ck_assert_msg(same || !strict, "%s %u: %s, not %s", field, number, name, ours);
                differ += !same;
                all++;
                num[i]++;
            }
        }
    }
    pclose(tshark);
    for (size_t i = 0; i < NUM_FIELDS; i++) {
        ck_assert_msg(num[0] == 0 || num[i] >= fields[i].at_least, "%s: %u", fields[i].field, num[i]);
    }
    ck_assert_msg(differ * 10 <= all, "%u of %u names differ from tshark's", differ, all);
    if (num[0] == 0) {
        fprintf(stderr, "SKIPPED: no tshark to compare names with\n");
    }
}
END_TEST

int main(void) {
    Suite *s = suite_create("registry");
    TCase *tables = tcase_create("tables");
    tcase_add_test(tables, cipher_suites_ascend_without_a_double);
    tcase_add_test(tables, first_and_last_rows_of_every_table_are_found);
    tcase_add_test(tables, signature_schemes_have_names_of_1_3_and_pairs_those_of_1_2);
    tcase_add_test(tables, versions_and_drafts_have_names);
    tcase_add_test(tables, exactly_sixteen_values_are_grease);
    tcase_add_loop_test(tables, key_exchange_is_that_of_the_name, 0, (int)(sizeof exchanges / sizeof exchanges[0]));
    suite_add_tcase(s, tables);
    TCase *others = tcase_create("others");
    tcase_set_timeout(others, 240);
    tcase_add_test(others, cipher_suites_are_those_of_openssl);
    tcase_add_test(others, every_name_that_tshark_knows_is_ours);
    suite_add_tcase(s, others);
    return tap_run(s);
}
