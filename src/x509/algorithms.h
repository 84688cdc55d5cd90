/*
 * The algorithms that most certificates want. libcrypto makes those of a kind when the first of them is wanted, and never
 * again those for which there was no memory then. So they are fetched while nothing is judged by what they say.
 */
#ifndef TLSWATCH_X509_ALGORITHMS_H
#define TLSWATCH_X509_ALGORITHMS_H

#include <openssl/types.h>
#include <stdbool.h>

/* False where memory is exhausted. */
bool algorithms_fetch(OSSL_LIB_CTX *libcrypto);

#endif
