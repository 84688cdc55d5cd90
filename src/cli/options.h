/*
 * The command line. One table of options makes getopt's tables, the help and the man page's list, so that they cannot
 * differ.
 */
#ifndef TLSWATCH_CLI_OPTIONS_H
#define TLSWATCH_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/completion.h"
#include "report/report.h"
#include "sandbox/sandbox.h"
#include "tlswatch/tlswatch.h"

enum action {
    ACTION_RUN,
    ACTION_WELCOME, /* nothing was asked for: the commands people need */
    ACTION_HELP_SHORT,
    ACTION_HELP,
    ACTION_HELP_MAN, /* the table as mdoc */
    ACTION_HELP_MAN_CAUSES,
    ACTION_HELP_CAUSES, /* docs/causes.md */
    ACTION_EXPLAIN,
    ACTION_EXPLAIN_LIST,
    ACTION_COMPLETION,
    ACTION_VERSION,
    ACTION_LIST_INTERFACES,
};

enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* A file of certificates that one side trusts. */
struct trust_option {
    struct tlswatch_trust_scope scope;
    char *server;     /* owned; what scope.server points to */
    const char *file; /* borrowed from argv */
};

struct options {
    enum action action;
    enum tlswatch_cause explain;

    const char **files; /* borrowed from argv, as all text here but the filter */
    size_t num_files;
    const char *interface;
    char *filter;   /* the trailing words joined; NULL: none */
    int snaplen;    /* 0: all of each packet */
    int buffer_kib; /* of the kernel's ring; 0: 64 MiB */
    bool promiscuous;
    bool libpcap;
    unsigned jobs;  /* files that are read at a time, each by itself; 0: all of them as one capture */
    unsigned workers; /* threads of a run */
    uint64_t count; /* conversations after which to stop; 0: never */
    uint16_t *tls_ports;
    size_t num_tls_ports;
    const char **known; /* files or folders of certificates */
    size_t num_known;
    struct trust_option *trusts;
    size_t num_trusts;
    bool one_pass;

    bool all;
    bool verbose;
    bool quiet;
    bool json;
    bool summary;
    const char *export; /* folder; NULL: none */
    const char *log;    /* NULL: none */
    unsigned redact;    /* of REDACT_ */
    enum text_time time;
    enum shell shell;      /* of ACTION_COMPLETION */
    const char *html;      /* -o; NULL: none */
    const char *annotated; /* -w; NULL: none */
    bool keep_secrets;
    bool utc;
    enum color color;
    bool exit_code;
    enum sandbox_mode sandbox;
    const char *user; /* whom root becomes; NULL: the default */
    bool no_monitor;
    int memory_mib; /* 0: 64 */
};

#define OPTIONS_ERROR_SIZE 512

/* options_parse reads the command line; false with a line of text in `error` where it makes no sense. `out` is zeroed
 * by the caller and is cleared by options_clear in either case. */
bool options_parse(int argc, char **argv, struct options *out, char error[OPTIONS_ERROR_SIZE]);

void options_clear(struct options *options);

enum option_group { GROUP_INPUT, GROUP_KNOWN, GROUP_CAPTURE, GROUP_OUTPUT, GROUP_RUN, NUM_GROUPS };

struct option_row {
    const char *name;
    char letter;          /* 0: none */
    const char *argument; /* NULL: none */
    const char *choices;  /* the words that the argument can be, with spaces between them; NULL: any */
    bool optional;        /* the argument may be left out: --name[=argument] */
    bool common;          /* shown by the short help */
    enum option_group group;
    const char *help; /* whole sentences; NULL: hidden */

    /* what it does: sets the flag at `flag`, or calls `apply` */
    size_t flag;
    bool (*apply)(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]);
};

/* option_rows is the table; a row without a name ends it. */
extern const struct option_row option_rows[];

const char *option_group_name(enum option_group group);

/* option_nearest gives the name in the table that a mistyped one is closest to; NULL where none is close. */
const char *option_nearest(const char *mistyped);

#endif
