/*
 * What the shells know of the options: bash, zsh, fish. Made from the table of options, as the help is.
 */
#ifndef TLSWATCH_CLI_COMPLETION_H
#define TLSWATCH_CLI_COMPLETION_H

#include <stdio.h>

enum shell { SHELL_BASH, SHELL_ZSH, SHELL_FISH };

void completion_print(FILE *out, enum shell shell);

#endif
