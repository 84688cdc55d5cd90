#include "cli/completion.h"

#include "cli/options.h"
#include "tlswatch/tlswatch.h"

#include <string.h>

static bool is_last(const struct option_row *row) {
    return row->group == NUM_GROUPS;
}

/* What an argument is, by the name that the help gives it. */
enum kind { KIND_NONE, KIND_FILE, KIND_FOLDER, KIND_INTERFACE, KIND_WORD, KIND_OTHER };

static enum kind kind_of(const struct option_row *row) {
    if (row->argument == NULL) {
        return KIND_NONE;
    }
    if (row->choices != NULL || strcmp(row->argument, "CAUSE") == 0) {
        return KIND_WORD;
    }
    if (strcmp(row->argument, "INTERFACE") == 0) {
        return KIND_INTERFACE;
    }
    if (strcmp(row->argument, "DIR") == 0) {
        return KIND_FOLDER;
    }
    return strcmp(row->argument, "FILE") == 0 || strcmp(row->argument, "PATH") == 0 ? KIND_FILE : KIND_OTHER;
}

/* The words that an argument can be, with spaces between them. */
static void print_words(FILE *out, const struct option_row *row) {
    if (row->choices != NULL) {
        fputs(row->choices, out);
        return;
    }
    fputs("list", out);
    for (int i = 0; i < TLSWATCH_NUM_CAUSES; i++) {
        fprintf(out, " %s", tlswatch_cause_name((enum tlswatch_cause)i));
    }
}

/* The first sentence of the help, within single quotes, without what means something to a shell or its completion. */
static void print_description(FILE *out, const struct option_row *row, const char *apostrophe) {
    for (const char *c = row->help; *c != '\0' && !(c[0] == '.' && (c[1] == ' ' || c[1] == '\0')) && *c != ':' && *c != ';'; c++) {
        if (*c == '\'') {
            fputs(apostrophe, out);
        } else if (strchr("\"[]\\`$", *c) == NULL) {
            fputc(*c, out);
        }
    }
}

/* --- bash --- */

/* "-r|--read|--read=": the patterns of a case. An argument that may be left out follows an equals sign only. */
static void print_bash_pattern(FILE *out, const struct option_row *row) {
    if (row->letter != 0 && !row->optional) {
        fprintf(out, "-%c%s", row->letter, row->name != NULL ? " | " : "");
    }
    if (row->name != NULL && !row->optional) {
        fprintf(out, "--%s | ", row->name);
    }
    if (row->name != NULL) {
        fprintf(out, "--%s=", row->name);
    }
}

static void print_bash_case(FILE *out, const struct option_row *row) {
    fputs("    ", out);
    print_bash_pattern(out, row);
    fputs(")\n        ", out);
    switch (kind_of(row)) {
    case KIND_FILE:
        fputs("compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")", out);
        break;
    case KIND_FOLDER:
        fputs("compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")", out);
        break;
    case KIND_INTERFACE:
        fputs("mapfile -t COMPREPLY < <(compgen -W \"$(tlswatch -D 2>/dev/null | cut -d ' ' -f 1)\" -- \"$cur\")", out);
        break;
    case KIND_WORD:
        fputs("mapfile -t COMPREPLY < <(compgen -W \"", out);
        print_words(out, row);
        fputs("\" -- \"$cur\")", out);
        break;
    case KIND_OTHER:
    case KIND_NONE:
        fputs("COMPREPLY=()", out);
        break;
    }
    fputs("\n        return ;;\n", out);
}

static void print_bash_options(FILE *out) {
    const char *space = "";
    for (const struct option_row *row = option_rows; !is_last(row); row++) {
        if (row->help != NULL && row->letter != 0) {
            fprintf(out, "%s-%c", space, row->letter);
            space = " ";
        }
        if (row->help != NULL && row->name != NULL) {
            fprintf(out, "%s--%s", space, row->name);
            space = " ";
        }
    }
}

static void print_bash(FILE *out) {
    fputs("# bash completion for tlswatch\n"
          "_tlswatch() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    # bash takes --name=word apart.\n"
          "    if [[ $cur == = ]]; then\n"
          "        cur=''; option+='='\n"
          "    elif [[ $option == = ]]; then\n"
          "        option=${COMP_WORDS[COMP_CWORD-2]}'='\n"
          "    fi\n"
          "    case $option in\n",
          out);
    for (const struct option_row *row = option_rows; !is_last(row); row++) {
        if (row->help != NULL && row->argument != NULL) {
            print_bash_case(out, row);
        }
    }
    fputs("    esac\n"
          "    mapfile -t COMPREPLY < <(compgen -W \"",
          out);
    print_bash_options(out);
    fputs("\" -- \"$cur\")\n"
          "}\n"
          "complete -F _tlswatch tlswatch\n",
          out);
}

/* --- zsh --- */

static void print_zsh_argument(FILE *out, const struct option_row *row) {
    fprintf(out, "%s%s:", row->optional ? "::" : ":", row->argument);
    switch (kind_of(row)) {
    case KIND_FILE:
        fputs("_files", out);
        break;
    case KIND_FOLDER:
        fputs("_files -/", out);
        break;
    case KIND_INTERFACE:
        fputs("($(tlswatch -D 2>/dev/null | cut -d \" \" -f 1))", out);
        break;
    case KIND_WORD:
        fputs("(", out);
        print_words(out, row);
        fputs(")", out);
        break;
    case KIND_OTHER:
    case KIND_NONE:
        fputs(" ", out);
        break;
    }
}

/* A colon in the name of an argument would end it. */
static bool zsh_can_name(const struct option_row *row) {
    return row->argument != NULL && strchr(row->argument, ':') == NULL && strchr(row->argument, '[') == NULL;
}

static void print_zsh_row(FILE *out, const struct option_row *row) {
    const char *many = strstr(row->help, "several times") != NULL ? "*" : "";
    const char *equals = row->argument == NULL ? "" : row->optional ? "=-" : "=";
    fputs("        ", out);
    if (row->letter != 0 && row->name != NULL) {
        fprintf(out, "'%s'{-%c%s,--%s%s}'[", many, row->letter, row->argument != NULL ? "+" : "", row->name, equals);
    } else if (row->name != NULL) {
        fprintf(out, "'%s--%s%s[", many, row->name, equals);
    } else {
        fprintf(out, "'%s-%c[", many, row->letter);
    }
    print_description(out, row, "'\\''");
    fputc(']', out);
    if (zsh_can_name(row)) {
        print_zsh_argument(out, row);
    } else if (row->argument != NULL) {
        fputs(":argument: ", out);
    }
    fputs("' \\\n", out);
}

static void print_zsh(FILE *out) {
    fputs("#compdef tlswatch\n"
          "_tlswatch() {\n"
          "    _arguments -s \\\n",
          out);
    for (const struct option_row *row = option_rows; !is_last(row); row++) {
        if (row->help != NULL) {
            print_zsh_row(out, row);
        }
    }
    fputs("        '*:filter: '\n"
          "}\n"
          "_tlswatch \"$@\"\n",
          out);
}

/* --- fish --- */

static void print_fish_argument(FILE *out, const struct option_row *row) {
    switch (kind_of(row)) {
    case KIND_FILE:
        fputs(" -r -F", out);
        break;
    case KIND_FOLDER:
        fputs(" -x -a '(__fish_complete_directories)'", out);
        break;
    case KIND_INTERFACE:
        fputs(" -x -a '(tlswatch -D 2>/dev/null | string split -f 1 \" \")'", out);
        break;
    case KIND_WORD:
        fprintf(out, " %s -a '", row->optional ? "-f" : "-x");
        print_words(out, row);
        fputs("'", out);
        break;
    case KIND_OTHER:
        fputs(" -x", out);
        break;
    case KIND_NONE:
        break;
    }
}

static void print_fish(FILE *out) {
    fputs("# fish completion for tlswatch\n"
          "complete -c tlswatch -f\n",
          out);
    for (const struct option_row *row = option_rows; !is_last(row); row++) {
        if (row->help == NULL) {
            continue;
        }
        fputs("complete -c tlswatch", out);
        if (row->letter != 0) {
            fprintf(out, " -s %c", row->letter);
        }
        if (row->name != NULL) {
            fprintf(out, " -l %s", row->name);
        }
        print_fish_argument(out, row);
        fputs(" -d '", out);
        print_description(out, row, "\\'");
        fputs("'\n", out);
    }
}

void completion_print(FILE *out, enum shell shell) {
    switch (shell) {
    case SHELL_BASH:
        print_bash(out);
        break;
    case SHELL_ZSH:
        print_zsh(out);
        break;
    case SHELL_FISH:
        print_fish(out);
        break;
    }
}
