/*
 * The certificates that the program gave, as it gave them: kept so that the store can begin anew when what was seen has
 * filled it.
 */
#ifndef TLSWATCH_GIVEN_H
#define TLSWATCH_GIVEN_H

#include "x509/trust.h"

/* One file. A zeroed list is an empty one. */
struct given {
    struct given_file *first, **end;
};

/* given_keep copies; `scope` is NULL for certificates that are known and not trusted. False where memory is exhausted. */
bool given_keep(struct given *given, const struct tlswatch_trust_scope *scope, struct bytes bytes, const char *name);

/* given_read puts everything into a store, and what is trusted into the set, in the order in which it was given. */
void given_read(const struct given *given, struct certificate_store *store, struct trust_set *trusts);

void given_clear(struct given *given);

#endif
