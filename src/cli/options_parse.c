#include "cli/options.h"

#include "cli/distance.h"

#include <assert.h>
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LONGEST_NAME 32
#define MAX_ROWS 64
#define FIRST_LONG_ONLY 256 /* getopt values above every letter */

static bool row_is_last(const struct option_row *row) {
    return row->group == NUM_GROUPS;
}

const char *option_nearest(const char *mistyped) {
    const char *nearest = NULL;
    for (const struct option_row *row = option_rows; !row_is_last(row); row++) {
        if (row->name != NULL && row->help != NULL && strncmp(row->name, mistyped, strlen(mistyped)) == 0) {
            return row->name;
        }
    }
    size_t nearest_distance = 1 + strlen(mistyped) / 2;
    for (const struct option_row *row = option_rows; !row_is_last(row); row++) {
        if (row->name != NULL && row->help != NULL && word_distance(mistyped, row->name) < nearest_distance) {
            nearest = row->name;
            nearest_distance = word_distance(mistyped, row->name);
        }
    }
    return nearest;
}

/* A letter that is not an option: perhaps the other case of one, or the first letter of a long one. */
static void unknown_letter(int letter, char error[OPTIONS_ERROR_SIZE]) {
    int other_case = islower(letter) ? toupper(letter) : tolower(letter);
    for (const struct option_row *row = option_rows; !row_is_last(row); row++) {
        if (row->letter == other_case) {
            snprintf(error, OPTIONS_ERROR_SIZE, "there is no option -%c; did you mean -%c?", letter, row->letter);
            return;
        }
    }
    for (const struct option_row *row = option_rows; !row_is_last(row); row++) {
        if (row->name != NULL && row->help != NULL && row->name[0] == tolower(letter)) {
            snprintf(error, OPTIONS_ERROR_SIZE, "there is no option -%c; did you mean --%s?", letter, row->name);
            return;
        }
    }
    snprintf(error, OPTIONS_ERROR_SIZE, "there is no option -%c; tlswatch --help lists them", isprint(letter) ? letter : '?');
}

/* `word` as typed: "--jsom=x". */
static void unknown_long(const char *word, char error[OPTIONS_ERROR_SIZE]) {
    char name[LONGEST_NAME + 2] = "";
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    const char *nearest = option_nearest(name);
    for (char *c = name; *c != '\0'; c++) {
        *c = isprint((unsigned char)*c) ? *c : '?';
    }
    if (nearest != NULL) {
        snprintf(error, OPTIONS_ERROR_SIZE, "there is no option --%s; did you mean --%s?", name, nearest);
    } else {
        snprintf(error, OPTIONS_ERROR_SIZE, "there is no option --%s; tlswatch --help lists them", name);
    }
}

struct getopt_tables {
    char letters[2 * MAX_ROWS + 2];
    struct option names[MAX_ROWS + 1];
};

/* What getopt gives for a row: its letter, or its place where it has none. */
static int row_value(const struct option_row *row) {
    return row->letter != 0 ? row->letter : FIRST_LONG_ONLY + (int)(row - option_rows);
}

static const struct option_row *row_of(int value) {
    for (const struct option_row *row = option_rows; !row_is_last(row); row++) {
        if (row_value(row) == value) {
            return row;
        }
    }
    return NULL;
}

static void make_getopt_tables(struct getopt_tables *tables) {
    size_t num_letters = 0, num_names = 0;
    *tables = (struct getopt_tables){0};
    tables->letters[num_letters++] = ':'; /* say ':' where an argument is missing */
    for (const struct option_row *row = option_rows; !row_is_last(row); row++) {
        if (row->letter != 0) {
            tables->letters[num_letters++] = row->letter;
            if (row->argument != NULL) {
                tables->letters[num_letters++] = ':';
            }
        }
        if (row->name != NULL) {
            int has_argument = row->argument == NULL ? no_argument : row->optional ? optional_argument : required_argument;
            tables->names[num_names++] = (struct option){row->name, has_argument, NULL, row_value(row)};
        }
    }
}

static bool apply_row(const struct option_row *row, struct options *options, char error[OPTIONS_ERROR_SIZE]) {
    if (row->apply != NULL) {
        return row->apply(options, optarg, error);
    }
    *(bool *)((char *)options + row->flag) = true;
    return true;
}

/* What getopt refused, in our words: ':' an argument is missing, '?' no such option, or one that takes no argument.
 * optopt is 0 for a long option that is unknown. */
static void explain_refusal(int refusal, char *const *argv, char error[OPTIONS_ERROR_SIZE]) {
    const struct option_row *row = row_of(optopt);
    if (refusal == ':' && row != NULL && row->letter != 0) {
        snprintf(error, OPTIONS_ERROR_SIZE, "-%c wants an argument: -%c %s", row->letter, row->letter, row->argument);
    } else if (refusal == ':' && row != NULL && strcmp(row->argument, "CAUSE") == 0) {
        snprintf(error, OPTIONS_ERROR_SIZE, "--explain wants a cause; tlswatch --explain list shows them");
    } else if (refusal == ':' && row != NULL) {
        snprintf(error, OPTIONS_ERROR_SIZE, "--%s wants an argument: --%s %s", row->name, row->name, row->argument);
    } else if (row != NULL) {
        snprintf(error, OPTIONS_ERROR_SIZE, "--%s takes no argument", row->name);
    } else if (optopt == 0) {
        unknown_long(argv[optind - 1], error);
    } else {
        unknown_letter(optopt, error);
    }
}

/* As in tcpdump the words that are left are one filter expression. */
static bool join_filter(int num_words, char **words, struct options *out) {
    size_t size = 1;
    for (int i = 0; i < num_words; i++) {
        size += strlen(words[i]) + 1;
    }
    out->filter = calloc(1, size);
    size_t len = 0;
    for (int i = 0; out->filter != NULL && i < num_words; i++) {
        len += (size_t)snprintf(out->filter + len, size - len, "%s%s", i > 0 ? " " : "", words[i]);
    }
    return out->filter != NULL;
}

/* Nothing to read: the likeliest slip is a file named without -r. */
static bool explain_no_input(int num_words, char **words, char error[OPTIONS_ERROR_SIZE]) {
    struct stat ignored;
    if (num_words > 0 && stat(words[0], &ignored) == 0) {
        snprintf(error, OPTIONS_ERROR_SIZE, "say -r before the name of a file: tlswatch -r %.300s", words[0]);
    } else {
        snprintf(error, OPTIONS_ERROR_SIZE, "nothing to watch: -r FILE reads a capture, -i INTERFACE watches a network");
    }
    return false;
}

/* What is not there is told when it is opened. */
static bool all_in_files(const struct options *options) {
    struct stat status;
    for (size_t i = 0; i < options->num_files; i++) {
        const char *file = options->files[i];
        assert(file != NULL);
        if (strcmp(file, "-") == 0 || (stat(file, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))) {
            return false;
        }
    }
    return options->interface == NULL;
}

/* What looks at all files together, or is written by one process. */
static bool check_jobs(const struct options *options, char error[OPTIONS_ERROR_SIZE]) {
    const struct {
        bool given;
        const char *name;
    } whole[] = {
            {options->interface != NULL, "-i"},    {options->count > 0, "-c"},         {options->summary, "--summary"},
            {options->export != NULL, "--export"}, {options->log != NULL, "--log"},    {options->redact != 0, "--redact"},
            {options->html != NULL, "-o"},         {options->annotated != NULL, "-w"},
    };
    for (size_t i = 0; options->jobs > 0 && i < sizeof whole / sizeof *whole; i++) {
        if (whole[i].given) {
            snprintf(error, OPTIONS_ERROR_SIZE, "-j and %s exclude each other: with -j each file is a run of its own", whole[i].name);
            return false;
        }
    }
    return true;
}

static bool check_whole(int num_words, char **words, struct options *out, char error[OPTIONS_ERROR_SIZE]) {
    if (out->action != ACTION_RUN) {
        return true;
    }
    if (out->num_files > 0 && out->interface != NULL) {
        snprintf(error, OPTIONS_ERROR_SIZE, "-r and -i exclude each other: a run reads files or watches an interface");
        return false;
    }
    if ((out->json || out->summary) && out->quiet) {
        snprintf(error, OPTIONS_ERROR_SIZE, "%s and -q exclude each other", out->summary ? "--summary" : "--json");
        return false;
    }
    if (out->annotated != NULL && out->html != NULL && strcmp(out->annotated, out->html) == 0) {
        snprintf(error, OPTIONS_ERROR_SIZE, "-o and -w name the same file");
        return false;
    }
    if (out->annotated != NULL && out->redact != 0) {
        snprintf(error, OPTIONS_ERROR_SIZE, "-w and --redact exclude each other: packets hold all that is to be hidden");
        return false;
    }
    if (out->annotated != NULL && !all_in_files(out)) {
        snprintf(error, OPTIONS_ERROR_SIZE, "-w reads the packets twice: it wants captures that lie in files, no interface and no pipe");
        return false;
    }
    if (!check_jobs(out, error)) {
        return false;
    }
    if (out->num_files == 0 && out->interface == NULL) {
        return explain_no_input(num_words, words, error);
    }
    if (num_words > 0 && !join_filter(num_words, words, out)) {
        snprintf(error, OPTIONS_ERROR_SIZE, "memory is exhausted");
        return false;
    }
    if (out->workers == 0) {
        out->workers = out->interface != NULL ? 2 : 1; /* an interface does not wait until a signature is checked; a file does */
    }
    return true;
}

bool options_parse(int argc, char **argv, struct options *out, char error[OPTIONS_ERROR_SIZE]) {
    struct getopt_tables tables;
    make_getopt_tables(&tables);
    /* Each word is at most one of these. */
    out->files = calloc((size_t)argc + 1, sizeof *out->files);
    out->tls_ports = calloc((size_t)argc + 1, sizeof *out->tls_ports);
    out->known = calloc((size_t)argc + 1, sizeof *out->known);
    out->trusts = calloc((size_t)argc + 1, sizeof *out->trusts);
    if (out->files == NULL || out->tls_ports == NULL || out->known == NULL || out->trusts == NULL) {
        snprintf(error, OPTIONS_ERROR_SIZE, "memory is exhausted");
        return false;
    }
    if (argc < 2) {
        out->action = ACTION_WELCOME;
        return true;
    }
    opterr = 0;
    optind = 0; /* from the start, also where a word before was left half-read */
    for (int value; (value = getopt_long(argc, argv, tables.letters, tables.names, NULL)) != -1;) {
        if (value == '?' || value == ':') {
            explain_refusal(value, argv, error);
            return false;
        }
        const struct option_row *row = row_of(value);
        assert(row != NULL); /* getopt knows no others */
        if (!apply_row(row, out, error)) {
            return false;
        }
    }
    return check_whole(argc - optind, argv + optind, out, error);
}

void options_clear(struct options *options) {
    free(options->files);
    free(options->tls_ports);
    free(options->known);
    for (size_t i = 0; i < options->num_trusts; i++) {
        free(options->trusts[i].server);
    }
    free(options->trusts);
    free(options->filter);
    *options = (struct options){0};
}
