/*
 * What tlswatch says about itself, made from the table of options.
 */
#ifndef TLSWATCH_CLI_HELP_H
#define TLSWATCH_CLI_HELP_H

#include <stdio.h>

/* help_welcome shows the three commands that people need first. */
void help_welcome(FILE *out);

/* help_short adds the options most used, help_all shows every option by purpose. */
void help_short(FILE *out);
void help_all(FILE *out);

/* help_man writes the list of options as it stands in the man page (mdoc). */
void help_man(FILE *out);

/* help_man_text writes sentences as mdoc wants them: each begins a line. */
void help_man_text(FILE *out, const char *text);

#endif
