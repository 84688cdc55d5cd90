/*
 * Files of certificates that the user names, read and given to a watcher: what is known (--ca), what is trusted
 * (--trust, --trust-for, --client-trust).
 */
#ifndef TLSWATCH_CLI_KNOWN_H
#define TLSWATCH_CLI_KNOWN_H

#include "cli/options.h"

/* known_give reads them all; false where one can't be read or holds no certificate, which was then said on stderr. */
bool known_give(const struct options *options, struct tlswatch *watcher);

#endif
