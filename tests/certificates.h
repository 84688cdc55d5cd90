/*
 * Certificates of tests/certificates (made by tests/make-certificates), and a store with a fixed key to put them into.
 */
#ifndef TLSWATCH_TESTS_CERTIFICATES_H
#define TLSWATCH_TESTS_CERTIFICATES_H

#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "x509/certificate.h"

static inline struct certificate_store *new_store(void) {
    const struct hash_key key = {1, 2};
    return certificate_store_new(&key, SIZE_MAX / 4);
}

/* read_fixture reads tests/certificates/NAME; the caller clears the buffer. Empty: no such file. */
static inline struct buffer read_fixture(const char *name) {
    const char *folder = getenv("CERTIFICATES");
    struct buffer all = {0};
    char path[512];
    uint8_t block[4096];
    size_t len;
    snprintf(path, sizeof path, "%s/%s", folder != NULL ? folder : "tests/certificates", name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return all;
    }
    while ((len = fread(block, 1, sizeof block, file)) > 0) {
        buffer_append(&all, bytes_of(block, len), 1 << 20);
    }
    fclose(file);
    return all;
}

/* add puts tests/certificates/NAME.der into the store. */
static inline const struct certificate *add(struct certificate_store *store, const char *name) {
    char file[128];
    snprintf(file, sizeof file, "%s.der", name);
    struct buffer der = read_fixture(file);
    const struct certificate *c = certificate_store_add(store, buffer_bytes(&der));
    buffer_clear(&der);
    return c;
}

#endif
