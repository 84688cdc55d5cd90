/*
 * Where libcrypto finds no memory while it starts, or while it reads its table of errors, it reports an error; for that it
 * starts itself, or reads that table, and waits for ever for what is under way (3.5; 3.0 does not). So both are done at once,
 * out of a reserve: nothing of them is refused.
 */
#include "cli/libcrypto.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT _Alignof(max_align_t)
#define FIRST_THAT_MAY_WAIT 0x30100000UL /* 3.1: between the two, nothing is known */

static struct {
    _Alignas(max_align_t) uint8_t bytes[256 * 1024]; /* 3.5 takes 67 KB */
    size_t used;
    bool open;
} reserve;

static bool is_reserved(const void *p) {
    uintptr_t at = (uintptr_t)p, begin = (uintptr_t)reserve.bytes;
    return at >= begin && at < begin + sizeof reserve.bytes;
}

static void *allocate(size_t len, const char *file, int line) {
    (void)file;
    (void)line;
    if (!reserve.open || len > sizeof reserve.bytes - reserve.used) {
        return malloc(len);
    }
    void *p = reserve.bytes + reserve.used;
    size_t next = reserve.used + (len + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    reserve.used = next < sizeof reserve.bytes ? next : sizeof reserve.bytes;
    return p;
}

/* How long a reserved block is, is not known: what lies behind it is copied with it. */
static void *reallocate(void *p, size_t len, const char *file, int line) {
    if (p != NULL && !is_reserved(p)) {
        return realloc(p, len);
    }
    size_t most = p == NULL ? 0 : (size_t)(reserve.bytes + sizeof reserve.bytes - (uint8_t *)p);
    void *moved = allocate(len, file, line);
    if (moved != NULL && most > 0) {
        memmove(moved, p, len < most ? len : most);
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

static void read_errors(void) {
    OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL);
    ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
    ERR_clear_error();
}

void libcrypto_start(void) {
    bool waits_for_itself = OpenSSL_version_num() >= FIRST_THAT_MAY_WAIT;
    reserve.open = waits_for_itself && CRYPTO_set_mem_functions(allocate, reallocate, release) == 1;
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS, NULL);
    if (waits_for_itself) {
        read_errors();
    }
    reserve.open = false;
}
