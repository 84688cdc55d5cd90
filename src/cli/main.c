/* tlswatch: tells why a mutual-TLS handshake failed, from packets alone. */
#include "cli/explain.h"
#include "cli/help.h"
#include "cli/jobs.h"
#include "cli/libcrypto.h"
#include "cli/monitor.h"
#include "cli/options.h"
#include "cli/run.h"
#include "tlswatch/tlswatch.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum exit_status act(const struct options *options) {
    switch (options->action) {
    case ACTION_RUN:
        if (options->jobs > 0) {
            return jobs_run(options);
        }
        return monitor_wanted(options) ? monitor_run(options, run) : run(options, &(struct monitored){.fd = -1});
    case ACTION_WELCOME:
        /* In a script no arguments are a slip; at a terminal a question. */
        help_welcome(isatty(STDOUT_FILENO) ? stdout : stderr);
        return isatty(STDOUT_FILENO) ? EXIT_OK : EXIT_CANNOT_RUN;
    case ACTION_HELP_SHORT:
        help_short(stdout);
        return EXIT_OK;
    case ACTION_HELP:
        help_all(stdout);
        return EXIT_OK;
    case ACTION_HELP_MAN:
        help_man(stdout);
        return EXIT_OK;
    case ACTION_HELP_MAN_CAUSES:
        explain_man(stdout);
        return EXIT_OK;
    case ACTION_HELP_CAUSES:
        explain_markdown(stdout);
        return EXIT_OK;
    case ACTION_EXPLAIN:
        explain_cause(stdout, options->explain);
        return EXIT_OK;
    case ACTION_EXPLAIN_LIST:
        explain_list(stdout);
        return EXIT_OK;
    case ACTION_COMPLETION:
        completion_print(stdout, options->shell);
        return EXIT_OK;
    case ACTION_VERSION:
        puts("tlswatch " TLSWATCH_VERSION);
        return EXIT_OK;
    case ACTION_LIST_INTERFACES:
        return run_list_interfaces();
    }
    return EXIT_CANNOT_RUN;
}

/* What was printed through stdio must have arrived too. */
static enum exit_status flush(enum exit_status status) {
    errno = 0;
    /* Some file systems tell only at the end that there was no room. */
    if (fclose(stdout) != 0 && errno != EPIPE) {
        complain("standard output: %s", strerror(errno));
        return EXIT_CANNOT_RUN;
    }
    return status;
}

/* Where a descriptor was closed by whoever started this, the next file opened would get it, and with it what is printed. */
static void occupy(int fd, int flags) {
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", flags) != fd) {
        _exit(EXIT_CANNOT_RUN);
    }
}

int main(int argc, char **argv) {
    struct options options = {0};
    char error[OPTIONS_ERROR_SIZE] = "";
    enum exit_status status = EXIT_CANNOT_RUN;

    occupy(STDIN_FILENO, O_RDONLY);
    occupy(STDOUT_FILENO, O_RDONLY); /* writing fails, as it should */
    occupy(STDERR_FILENO, O_WRONLY);
    libcrypto_start();
    setlocale(LC_CTYPE, ""); /* numbers and times look the same everywhere */
    setlocale(LC_MESSAGES, "");
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of write(2), and no crash */
    if (options_parse(argc, argv, &options, error)) {
        status = flush(act(&options));
    } else {
        complain("%s", error);
    }
    options_clear(&options);
    return (int)status;
}
