#include "cli/help.h"

#include "cli/options.h"

#include <stdbool.h>
#include <string.h>

#define HELP_COLUMN 34
#define HELP_WIDTH 100
#define MAN_WIDTH 78

void help_welcome(FILE *out) {
    fputs("tlswatch tells why a mutual-TLS handshake failed, from packets alone.\n"
          "\n"
          "  tlswatch -r partner.pcapng      explain a capture\n"
          "  tlswatch -i eth0 port 443       watch an interface; the words behind are a filter, as in tcpdump\n"
          "  tlswatch --help                 show all options (man tlswatch says more)\n",
          out);
}

/* "-r, --read FILE"; returns how many columns that is. */
static int print_names(FILE *out, const struct option_row *row) {
    int columns = fprintf(out, "  ");
    if (row->letter != 0) {
        columns += fprintf(out, "-%c%s", row->letter, row->name != NULL ? ", " : "");
    } else {
        columns += fprintf(out, "    ");
    }
    if (row->name != NULL) {
        columns += fprintf(out, "--%s", row->name);
    }
    if (row->argument != NULL) {
        columns += fprintf(out, row->optional ? "[=%s]" : " %s", row->argument);
    }
    return columns;
}

/* Fills lines from HELP_COLUMN on with words. */
static void print_wrapped(FILE *out, int column, const char *text, bool first_sentence) {
    fprintf(out, "%*s", column < HELP_COLUMN ? HELP_COLUMN - column : 1, "");
    column = column < HELP_COLUMN ? HELP_COLUMN : column + 1;
    for (const char *word = text; *word != '\0' && !(first_sentence && word > text + 1 && word[-2] == '.');) {
        int len = (int)strcspn(word, " ");
        if (word != text && column + 1 + len > HELP_WIDTH) {
            fprintf(out, "\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        } else if (word != text) {
            column += fprintf(out, " ");
        }
        column += fprintf(out, "%.*s", len, word);
        word += len + (word[len] == ' ');
    }
    fputc('\n', out);
}

static void print_row(FILE *out, const struct option_row *row) {
    print_wrapped(out, print_names(out, row), row->help, false);
}

void help_short(FILE *out) {
    help_welcome(out);
    fputc('\n', out);
    for (const struct option_row *row = option_rows; row->group != NUM_GROUPS; row++) {
        if (row->common) {
            print_wrapped(out, print_names(out, row), row->help, true);
        }
    }
}

static void print_group(FILE *out, enum option_group group, void (*print)(FILE *, const struct option_row *)) {
    for (const struct option_row *row = option_rows; row->group != NUM_GROUPS; row++) {
        if (row->group == group && row->help != NULL) {
            print(out, row);
        }
    }
}

void help_all(FILE *out) {
    help_welcome(out);
    fputs("\n"
          "usage: tlswatch [options] -r FILE [-r FILE ...] [filter expression]\n"
          "       tlswatch [options] -i INTERFACE [filter expression]\n",
          out);
    for (enum option_group group = 0; group < NUM_GROUPS; group++) {
        fprintf(out, "\n%s\n", option_group_name(group));
        print_group(out, group, print_row);
    }
    fputs("\n"
          "Exit status: 0; with --exit-code 1 where a failure was found; 2 where it could not run.\n",
          out);
}

/* Each sentence begins a line, and none passes MAN_WIDTH. */
void help_man_text(FILE *out, const char *text) {
    int column = 0;
    for (const char *word = text; *word != '\0';) {
        int len = (int)strcspn(word, " ");
        bool sentence_ended = word > text + 1 && word[-2] == '.';
        if (column > 0 && (sentence_ended || column + 1 + len > MAN_WIDTH)) {
            fputc('\n', out);
            column = 0;
        } else if (column > 0) {
            column += fprintf(out, " ");
        }
        column += fprintf(out, "%.*s", len, word);
        word += len + (word[len] == ' ');
    }
    fputc('\n', out);
}

static void print_man_row(FILE *out, const struct option_row *row) {
    fputs(".It", out);
    if (row->letter != 0) {
        fprintf(out, " Fl %c", row->letter);
        if (row->argument != NULL) {
            fprintf(out, " Ar %s", row->argument);
        }
        fputs(row->name != NULL ? " ," : "", out);
    }
    if (row->name != NULL) {
        fprintf(out, " Fl \\-%s", row->name);
    }
    if (row->name != NULL && row->argument != NULL) {
        fprintf(out, row->optional ? " Ns Oo = Ns Ar %s Oc" : " Ns = Ns Ar %s", row->argument);
    }
    fputc('\n', out);
    help_man_text(out, row->help);
}

void help_man(FILE *out) {
    for (enum option_group group = 0; group < NUM_GROUPS; group++) {
        fprintf(out, ".Ss %s\n.Bl -tag -width Ds\n", option_group_name(group));
        print_group(out, group, print_man_row);
        fputs(".El\n", out);
    }
}
