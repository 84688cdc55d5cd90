/*
 * IANA's names for the numbers of TLS. Every function returns a static string, or NULL for a number without a name.
 */
#ifndef TLSWATCH_TLS_REGISTRY_H
#define TLSWATCH_TLS_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

const char *cipher_suite_name(uint16_t cipher_suite);
const char *alert_name(uint8_t description);                 /* "unknown_ca" */
const char *handshake_type_name(uint8_t type);               /* "ClientHello" */
const char *client_certificate_type_name(uint8_t type);      /* "rsa_sign" */
const char *signature_scheme_name(uint16_t scheme);          /* "ecdsa_secp256r1_sha256"; for a TLS 1.2 pair without
                                                                such a name "rsa_sha224" */
const char *named_group_name(uint16_t group);                /* "x25519" */
const char *version_name(uint16_t version);                  /* "1.2", "3.0" */
bool version_is_grease(uint16_t value);                      /* RFC 8701 */

enum key_exchange { KX_UNKNOWN, KX_RSA, KX_DH_ANON, KX_ECDH_ANON, KX_DHE_RSA, KX_DHE_DSS, KX_ECDHE_RSA, KX_ECDHE_ECDSA,
    KX_DH, KX_ECDH, KX_PSK, KX_DHE_PSK, KX_ECDHE_PSK, KX_RSA_PSK, KX_SRP, KX_KRB5, KX_GOST, KX_TLS13 };
enum key_exchange cipher_suite_key_exchange(uint16_t cipher_suite);

#endif
