#include "tls/registry.h"

#include "tls/handshake.h"
#include "tls/registry_tables.h"

#include <string.h>

#define ROWS(table) (sizeof(table) / sizeof(table)[0])

/* RFC 8446, B.2, with those of older versions and of extensions (RFC 6066, 7301, 9147, 9849). */
static const struct registry_row alerts[] = {
        {0, "close_notify"},
        {1, "end_of_early_data"}, /* drafts of TLS 1.3 */
        {10, "unexpected_message"},
        {20, "bad_record_mac"},
        {21, "decryption_failed"},
        {22, "record_overflow"},
        {30, "decompression_failure"},
        {40, "handshake_failure"},
        {41, "no_certificate"},
        {42, "bad_certificate"},
        {43, "unsupported_certificate"},
        {44, "certificate_revoked"},
        {45, "certificate_expired"},
        {46, "certificate_unknown"},
        {47, "illegal_parameter"},
        {48, "unknown_ca"},
        {49, "access_denied"},
        {50, "decode_error"},
        {51, "decrypt_error"},
        {52, "too_many_cids_requested"},
        {60, "export_restriction"},
        {70, "protocol_version"},
        {71, "insufficient_security"},
        {80, "internal_error"},
        {86, "inappropriate_fallback"},
        {90, "user_canceled"},
        {100, "no_renegotiation"},
        {109, "missing_extension"},
        {110, "unsupported_extension"},
        {111, "certificate_unobtainable"},
        {112, "unrecognized_name"},
        {113, "bad_certificate_status_response"},
        {114, "bad_certificate_hash_value"},
        {115, "unknown_psk_identity"},
        {116, "certificate_required"},
        {117, "general_error"},
        {120, "no_application_protocol"},
        {121, "ech_required"},
};

/* The RFCs' names of the structures, which is how people speak of them. */
static const struct registry_row handshake_types[] = {
        {HELLO_REQUEST, "HelloRequest"},
        {CLIENT_HELLO, "ClientHello"},
        {SERVER_HELLO, "ServerHello"},
        {3, "HelloVerifyRequest"},
        {NEW_SESSION_TICKET, "NewSessionTicket"},
        {END_OF_EARLY_DATA, "EndOfEarlyData"},
        {HELLO_RETRY_REQUEST, "HelloRetryRequest"}, /* drafts of TLS 1.3 up to 21 */
        {ENCRYPTED_EXTENSIONS, "EncryptedExtensions"},
        {9, "RequestConnectionId"},
        {10, "NewConnectionId"},
        {CERTIFICATE, "Certificate"},
        {SERVER_KEY_EXCHANGE, "ServerKeyExchange"},
        {CERTIFICATE_REQUEST, "CertificateRequest"},
        {SERVER_HELLO_DONE, "ServerHelloDone"},
        {CERTIFICATE_VERIFY, "CertificateVerify"},
        {CLIENT_KEY_EXCHANGE, "ClientKeyExchange"},
        {17, "ClientCertificateRequest"},
        {FINISHED, "Finished"},
        {CERTIFICATE_URL, "CertificateURL"},
        {CERTIFICATE_STATUS, "CertificateStatus"},
        {SUPPLEMENTAL_DATA, "SupplementalData"},
        {KEY_UPDATE, "KeyUpdate"},
        {COMPRESSED_CERTIFICATE, "CompressedCertificate"},
        {26, "EKTKey"},
        {NEXT_PROTOCOL, "NextProtocol"},
        {MESSAGE_HASH, "MessageHash"},
};

/* RFC 5246, 7.4.4; RFC 8422, 5.5; RFC 9189; the numbers from 238 are GOST's before it had numbers of its own. */
static const struct registry_row client_certificate_types[] = {
        {1, "rsa_sign"},
        {2, "dss_sign"},
        {3, "rsa_fixed_dh"},
        {4, "dss_fixed_dh"},
        {5, "rsa_ephemeral_dh"},
        {6, "dss_ephemeral_dh"},
        {20, "fortezza_dms"},
        {21, "gost94_sign"},
        {22, "gost01_sign"},
        {64, "ecdsa_sign"},
        {65, "rsa_fixed_ecdh"},
        {66, "ecdsa_fixed_ecdh"},
        {67, "gost_sign256"},
        {68, "gost_sign512"},
        {80, "ibc_params"},
        {238, "gost_sign256_legacy"},
        {239, "gost_sign512_legacy"},
};

static const struct registry_row signature_schemes[] = {
        {0x0201, "rsa_pkcs1_sha1"},
        {0x0203, "ecdsa_sha1"},
        {0x0401, "rsa_pkcs1_sha256"},
        {0x0403, "ecdsa_secp256r1_sha256"},
        {0x0420, "rsa_pkcs1_sha256_legacy"},
        {0x0501, "rsa_pkcs1_sha384"},
        {0x0503, "ecdsa_secp384r1_sha384"},
        {0x0520, "rsa_pkcs1_sha384_legacy"},
        {0x0601, "rsa_pkcs1_sha512"},
        {0x0603, "ecdsa_secp521r1_sha512"},
        {0x0620, "rsa_pkcs1_sha512_legacy"},
        {0x0704, "eccsi_sha256"},
        {0x0705, "iso_ibs1"},
        {0x0706, "iso_ibs2"},
        {0x0707, "iso_chinese_ibs"},
        {0x0708, "sm2sig_sm3"},
        {0x0709, "gostr34102012_256a"},
        {0x070a, "gostr34102012_256b"},
        {0x070b, "gostr34102012_256c"},
        {0x070c, "gostr34102012_256d"},
        {0x070d, "gostr34102012_512a"},
        {0x070e, "gostr34102012_512b"},
        {0x070f, "gostr34102012_512c"},
        {0x0804, "rsa_pss_rsae_sha256"},
        {0x0805, "rsa_pss_rsae_sha384"},
        {0x0806, "rsa_pss_rsae_sha512"},
        {0x0807, "ed25519"},
        {0x0808, "ed448"},
        {0x0809, "rsa_pss_pss_sha256"},
        {0x080a, "rsa_pss_pss_sha384"},
        {0x080b, "rsa_pss_pss_sha512"},
        {0x081a, "ecdsa_brainpoolP256r1tls13_sha256"},
        {0x081b, "ecdsa_brainpoolP384r1tls13_sha384"},
        {0x081c, "ecdsa_brainpoolP512r1tls13_sha512"},
        {0x0840, "gostr34102012_256"}, /* RFC 9189 */
        {0x0841, "gostr34102012_512"},
        {0x0904, "mldsa44"},
        {0x0905, "mldsa65"},
        {0x0906, "mldsa87"},
        {0xeded, "gostr34102001_gostr3411"}, /* GOST before RFC 9189 */
        {0xeeee, "gostr34102012_256_gostr34112012_256"},
        {0xefef, "gostr34102012_512_gostr34112012_512"},
};

/* RFC 5246, 7.4.1.4.1: HashAlgorithm none(0) to sha512(6), SignatureAlgorithm anonymous(0) to ecdsa(3). */
static const char *const signature_pairs[7][4] = {
        {"anonymous_none", "rsa_none", "dsa_none", "ecdsa_none"},         {"anonymous_md5", "rsa_md5", "dsa_md5", "ecdsa_md5"},
        {"anonymous_sha1", "rsa_sha1", "dsa_sha1", "ecdsa_sha1"},         {"anonymous_sha224", "rsa_sha224", "dsa_sha224", "ecdsa_sha224"},
        {"anonymous_sha256", "rsa_sha256", "dsa_sha256", "ecdsa_sha256"}, {"anonymous_sha384", "rsa_sha384", "dsa_sha384", "ecdsa_sha384"},
        {"anonymous_sha512", "rsa_sha512", "dsa_sha512", "ecdsa_sha512"},
};

static const struct registry_row named_groups[] = {
        {1, "sect163k1"},
        {2, "sect163r1"},
        {3, "sect163r2"},
        {4, "sect193r1"},
        {5, "sect193r2"},
        {6, "sect233k1"},
        {7, "sect233r1"},
        {8, "sect239k1"},
        {9, "sect283k1"},
        {10, "sect283r1"},
        {11, "sect409k1"},
        {12, "sect409r1"},
        {13, "sect571k1"},
        {14, "sect571r1"},
        {15, "secp160k1"},
        {16, "secp160r1"},
        {17, "secp160r2"},
        {18, "secp192k1"},
        {19, "secp192r1"},
        {20, "secp224k1"},
        {21, "secp224r1"},
        {22, "secp256k1"},
        {23, "secp256r1"},
        {24, "secp384r1"},
        {25, "secp521r1"},
        {26, "brainpoolP256r1"},
        {27, "brainpoolP384r1"},
        {28, "brainpoolP512r1"},
        {29, "x25519"},
        {30, "x448"},
        {31, "brainpoolP256r1tls13"},
        {32, "brainpoolP384r1tls13"},
        {33, "brainpoolP512r1tls13"},
        {34, "GC256A"},
        {35, "GC256B"},
        {36, "GC256C"},
        {37, "GC256D"},
        {38, "GC512A"},
        {39, "GC512B"},
        {40, "GC512C"},
        {41, "curveSM2"},
        {0x0100, "ffdhe2048"},
        {0x0101, "ffdhe3072"},
        {0x0102, "ffdhe4096"},
        {0x0103, "ffdhe6144"},
        {0x0104, "ffdhe8192"},
        {0x0200, "MLKEM512"},
        {0x0201, "MLKEM768"},
        {0x0202, "MLKEM1024"},
        {0x11eb, "SecP256r1MLKEM768"},
        {0x11ec, "X25519MLKEM768"},
        {0x11ed, "SecP384r1MLKEM1024"},
        {0x11ee, "curveSM2MLKEM768"},
        {0x4138, "CECPQ2"},
        {0x6399, "X25519Kyber768Draft00"},
        {0x639a, "SecP256r1Kyber768Draft00"},
        {0xff01, "arbitrary_explicit_prime_curves"},
        {0xff02, "arbitrary_explicit_char2_curves"},
};

static const char *find(const struct registry_row *rows, size_t num_rows, uint16_t number) {
    size_t low = 0, high = num_rows;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows[middle].number == number) {
            return rows[middle].name;
        }
        if (rows[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const char *cipher_suite_name(uint16_t cipher_suite) {
    return find(registry_cipher_suites, registry_num_cipher_suites, cipher_suite);
}

const char *alert_name(uint8_t description) {
    return find(alerts, ROWS(alerts), description);
}

const char *handshake_type_name(uint8_t type) {
    return find(handshake_types, ROWS(handshake_types), type);
}

const char *client_certificate_type_name(uint8_t type) {
    return find(client_certificate_types, ROWS(client_certificate_types), type);
}

const char *signature_scheme_name(uint16_t scheme) {
    const char *name = find(signature_schemes, ROWS(signature_schemes), scheme);
    if (name == NULL && scheme >> 8 < 7 && (scheme & 0xff) < 4) {
        name = signature_pairs[scheme >> 8][scheme & 0xff];
    }
    return name;
}

const char *named_group_name(uint16_t group) {
    return find(named_groups, ROWS(named_groups), group);
}

const char *version_name(uint16_t version) {
    switch (version) {
    case SSL_2_0:
        return "2.0";
    case SSL_3_0:
        return "3.0";
    case TLS_1_0:
        return "1.0";
    case TLS_1_1:
        return "1.1";
    case TLS_1_2:
        return "1.2";
    case TLS_1_3:
        return "1.3";
    default:
        /* 0x7fXX are IETF's drafts of TLS 1.3, 0xfb17 and 0xfb1a Facebook's copies of them. */
        return version >> 8 == 0x7f || version == 0xfb17 || version == 0xfb1a ? "1.3" : NULL;
    }
}

bool version_is_grease(uint16_t value) {
    return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

/* IANA's names begin with the key exchange. The longer prefix stands first. */
static const struct {
    const char *prefix;
    enum key_exchange key_exchange;
} key_exchanges[] = {
        {"RSA_PSK_", KX_RSA_PSK},
        {"RSA_", KX_RSA},
        {"DH_anon_", KX_DH_ANON},
        {"DH_", KX_DH},
        {"DHE_RSA_", KX_DHE_RSA},
        {"DHE_DSS_", KX_DHE_DSS},
        {"DHE_PSK_", KX_DHE_PSK},
        {"PSK_DHE_", KX_DHE_PSK},
        {"PSK_", KX_PSK},
        {"ECDHE_RSA_", KX_ECDHE_RSA},
        {"ECDHE_ECDSA_", KX_ECDHE_ECDSA},
        {"ECDHE_PSK_", KX_ECDHE_PSK},
        {"ECDH_anon_", KX_ECDH_ANON},
        {"ECDH_", KX_ECDH},
        {"SRP_", KX_SRP},
        {"KRB5_", KX_KRB5},
        /* RFC 9367: the suites with MGM are for TLS 1.3. */
        {"GOSTR341112_256_WITH_KUZNYECHIK_MGM_", KX_TLS13},
        {"GOSTR341112_256_WITH_MAGMA_MGM_", KX_TLS13},
        {"GOST", KX_GOST},
        /* RFC 8446, B.4; RFC 8998; RFC 9150 */
        {"AES_", KX_TLS13},
        {"CHACHA20_", KX_TLS13},
        {"SM4_", KX_TLS13},
        {"SHA256_", KX_TLS13},
        {"SHA384_", KX_TLS13},
};

enum key_exchange cipher_suite_key_exchange(uint16_t cipher_suite) {
    const char *name = cipher_suite_name(cipher_suite);
    if (name == NULL || cipher_suite == 0 || (strncmp(name, "TLS_", 4) != 0 && strncmp(name, "SSL_", 4) != 0)) {
        return KX_UNKNOWN;
    }
    for (size_t i = 0; i < ROWS(key_exchanges); i++) {
        if (strncmp(name + 4, key_exchanges[i].prefix, strlen(key_exchanges[i].prefix)) == 0) {
            return key_exchanges[i].key_exchange;
        }
    }
    return KX_UNKNOWN;
}
