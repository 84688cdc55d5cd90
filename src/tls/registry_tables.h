/*
 * The long tables behind registry.h. Each is ascending by number and has no number twice.
 */
#ifndef TLSWATCH_TLS_REGISTRY_TABLES_H
#define TLSWATCH_TLS_REGISTRY_TABLES_H

#include <stddef.h>
#include <stdint.h>

struct registry_row {
    uint16_t number;
    const char *name;
};

extern const struct registry_row registry_cipher_suites[];
extern const size_t registry_num_cipher_suites;

#endif
