/*
 * Names that differ in one word: "CN=Acme Issuing CA 2,O=Acme" and "CN=Acme Issuing CA 3,O=Acme". A word is a run of
 * letters, digits and bytes above ASCII.
 */
#ifndef TLSWATCH_REPORT_NEAR_H
#define TLSWATCH_REPORT_NEAR_H

#include <stdbool.h>
#include <stddef.h>

/* near_miss: the names differ, and in one word only: one is another, missing, or too many. *at and *len say which bytes
 * of `name` those are; len 0: a word of `wanted` is missing there. */
bool near_miss(const char *wanted, const char *name, size_t *at, size_t *len);

#endif
