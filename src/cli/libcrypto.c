/*
 * Where libcrypto finds no memory for its very first locks it reports an error; for that it starts itself, and waits for
 * ever for the start that is under way (3.5). So while it starts it is never refused: a small reserve stands in.
 */
#include "cli/libcrypto.h"

#include <openssl/crypto.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct {
    _Alignas(max_align_t) uint8_t bytes[4096];
    size_t used;
    bool open;
} reserve;

static bool is_reserved(const void *p) {
    uintptr_t at = (uintptr_t)p, begin = (uintptr_t)reserve.bytes;
    return at >= begin && at < begin + sizeof reserve.bytes;
}

static void *take(size_t len) {
    size_t most = sizeof reserve.bytes - reserve.used;
    if (!reserve.open || len > most) {
        return NULL;
    }
    void *p = reserve.bytes + reserve.used;
    size_t whole = (len + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t);
    reserve.used += whole < most ? whole : most;
    return p;
}

static void *allocate(size_t len, const char *file, int line) {
    (void)file;
    (void)line;
    void *p = malloc(len);
    return p != NULL ? p : take(len);
}

static void *reallocate(void *p, size_t len, const char *file, int line) {
    (void)file;
    (void)line;
    if (!is_reserved(p)) {
        return realloc(p, len);
    }
    size_t behind = (size_t)(reserve.bytes + sizeof reserve.bytes - (uint8_t *)p);
    void *moved = malloc(len);
    if (moved != NULL) {
        memcpy(moved, p, len < behind ? len : behind);
    }
    return moved;
}

static void release(void *p, const char *file, int line) {
    (void)file;
    (void)line;
    if (!is_reserved(p)) {
        free(p);
    }
}

void libcrypto_start(void) {
    reserve.open = CRYPTO_set_mem_functions(allocate, reallocate, release) == 1;
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS, NULL);
    reserve.open = false;
}
