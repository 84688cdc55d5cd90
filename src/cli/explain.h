/*
 * The causes, explained: the page of one for --explain, and all of them for the man page and docs/causes.md, from the
 * same source.
 */
#ifndef TLSWATCH_CLI_EXPLAIN_H
#define TLSWATCH_CLI_EXPLAIN_H

#include <stdio.h>

#include "tlswatch/tlswatch.h"

/* explain_find: false for a name that is no cause; then *nearest is the cause that is closest to it, or NULL. */
bool explain_find(const char *name, enum tlswatch_cause *out, const char **nearest);

void explain_cause(FILE *out, enum tlswatch_cause cause);
void explain_list(FILE *out);     /* the names, each with its meaning */
void explain_man(FILE *out);      /* a list in mdoc */
void explain_markdown(FILE *out); /* docs/causes.md */

#endif
