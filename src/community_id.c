/* Community ID, version 1: base64 of the SHA-1 over seed, both ends in order, protocol. */
#include "record.h"

#include <openssl/evp.h>

#define PROTOCOL_TCP 6

static bool ends_in_order(const struct endpoint *a, const struct endpoint *b, size_t address_len) {
    int order = memcmp(a->address, b->address, address_len);
    return order < 0 || (order == 0 && a->port <= b->port);
}

static size_t put(uint8_t *out, size_t at, const void *data, size_t len) {
    memcpy(out + at, data, len);
    return at + len;
}

bool community_id(const struct certificate_store *store, const struct endpoint *a, const struct endpoint *b, bool ipv6, char out[32]) {
    size_t address_len = ipv6 ? 16 : 4, n = 0;
    uint8_t input[2 + 16 + 16 + 2 + 4], digest[20];
    const struct endpoint *first = ends_in_order(a, b, address_len) ? a : b;
    const struct endpoint *second = first == a ? b : a;

    n = put(input, n, "\0\0", 2);
    n = put(input, n, first->address, address_len);
    n = put(input, n, second->address, address_len);
    n = put(input, n, (uint8_t[]){PROTOCOL_TCP, 0}, 2);
    n = put(input, n, (uint8_t[]){(uint8_t)(first->port >> 8), (uint8_t)first->port, (uint8_t)(second->port >> 8), (uint8_t)second->port},
            4);
    memcpy(out, "1:", 3);
    if (!certificate_store_sha1(store, bytes_of(input, n), digest)) {
        return false;
    }
    EVP_EncodeBlock((uint8_t *)out + 2, digest, sizeof digest);
    return true;
}
