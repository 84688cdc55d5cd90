#include "x509/algorithms.h"

#include "base/bytes.h"

#include <openssl/decoder.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

static bool fetch_algorithms(OSSL_LIB_CTX *libcrypto) {
    static const struct { const char *key, *signature; } wanted[] = {{"RSA", "RSA"}, {"EC", "ECDSA"}};
    bool all = true;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted && all; i++) {
        EVP_KEYMGMT *key = EVP_KEYMGMT_fetch(libcrypto, wanted[i].key, NULL);
        OSSL_DECODER *decoder = OSSL_DECODER_fetch(libcrypto, wanted[i].key, NULL);
        EVP_SIGNATURE *signature = EVP_SIGNATURE_fetch(libcrypto, wanted[i].signature, NULL);
        all = key != NULL && decoder != NULL && signature != NULL;
        EVP_KEYMGMT_free(key);
        OSSL_DECODER_free(decoder);
        EVP_SIGNATURE_free(signature);
    }
    return all;
}

/* A decoder that is lacking, or room for errors, is told by no error, but by keys that can't be decoded; and from OpenSSL 3.2 on the
 * way to decode a kind of key is kept as well. So two keys are decoded, of 64 bits and of P-256 (its base point). */
static bool decode_keys(OSSL_LIB_CTX *libcrypto) {
    static const uint8_t rsa[] = {0x30, 0x24, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
                                  0x01, 0x01, 0x05, 0x00, 0x03, 0x13, 0x00, 0x30, 0x10, 0x02, 0x09, 0x00, 0xc5,
                                  0x32, 0x01, 0x02, 0x03, 0x04, 0x05, 0x0b, 0x02, 0x03, 0x01, 0x00, 0x01};
    static const uint8_t ec[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
                                 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1,
                                 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d,
                                 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe,
                                 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b,
                                 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5};
    static const struct bytes keys[] = {{rsa, sizeof rsa}, {ec, sizeof ec}};
    bool all = true;
    for (size_t i = 0; i < sizeof keys / sizeof *keys && all; i++) {
        const unsigned char *p = keys[i].p;
        EVP_PKEY *key = d2i_PUBKEY_ex(NULL, &p, (long)keys[i].len, libcrypto, NULL);
        all = key != NULL;
        EVP_PKEY_free(key);
    }
    return all;
}

bool algorithms_fetch(OSSL_LIB_CTX *libcrypto) {
    return fetch_algorithms(libcrypto) && decode_keys(libcrypto);
}
