#include "cli/options.h"

#include "base/limits.h"
#include "cli/explain.h"
#include "report/redact.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool apply_file(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    (void)error;
    options->files[options->num_files++] = argument;
    return true;
}

static bool apply_interface(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    if (options->interface != NULL) {
        snprintf(error, OPTIONS_ERROR_SIZE, "-i can be given once; the interface \"any\" stands for all of them");
        return false;
    }
    options->interface = argument;
    return true;
}

/* A whole number in decimal, nothing before it and nothing behind. */
static bool read_number(const char *option, const char *argument, uint64_t least, uint64_t most, uint64_t *out,
                        char error[OPTIONS_ERROR_SIZE]) {
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(argument, &end, 10);
    if (!isdigit((unsigned char)argument[0]) || *end != '\0' || errno != 0 || value < least || value > most) {
        snprintf(error, OPTIONS_ERROR_SIZE, "%s wants a number from %llu to %llu, not \"%.100s\"", option, (unsigned long long)least,
                 (unsigned long long)most, argument);
        return false;
    }
    *out = value;
    return true;
}

static bool apply_snaplen(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    uint64_t value;
    if (!read_number("-s", argument, 0, 262144, &value, error)) {
        return false;
    }
    options->snaplen = (int)value;
    return true;
}

/* -B as in tcpdump: KiB. libpcap takes bytes in an int. */
static bool apply_buffer(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    uint64_t value;
    if (!read_number("-B", argument, 1, INT_MAX / 1024, &value, error)) {
        return false;
    }
    options->buffer_kib = (int)value;
    return true;
}

static bool apply_memory(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    uint64_t value;
    if (!read_number("--memory", argument, 8, INT_MAX / 1024, &value, error)) {
        return false;
    }
    options->memory_mib = (int)value;
    return true;
}

static bool apply_user(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    (void)error;
    options->user = argument;
    return true;
}

static bool apply_sandbox(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    if (!sandbox_mode_find(argument, &options->sandbox)) {
        snprintf(error, OPTIONS_ERROR_SIZE, "--sandbox wants strict, best-effort or off, not \"%.100s\"", argument);
        return false;
    }
    return true;
}

static bool apply_count(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    return read_number("-c", argument, 1, INT64_MAX, &options->count, error);
}

static bool apply_jobs(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    uint64_t value;
    if (!read_number("-j", argument, 1, LIMIT_JOBS, &value, error)) {
        return false;
    }
    options->jobs = (unsigned)value;
    return true;
}

static bool apply_workers(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    uint64_t value;
    if (!read_number("--workers", argument, 1, 2, &value, error)) {
        return false;
    }
    options->workers = (unsigned)value;
    return true;
}

static bool apply_tls_port(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    uint64_t value;
    if (!read_number("--tls-port", argument, 1, UINT16_MAX, &value, error)) {
        return false;
    }
    options->tls_ports[options->num_tls_ports++] = (uint16_t)value;
    return true;
}

static bool apply_ca(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    (void)error;
    options->known[options->num_known++] = argument;
    return true;
}

static bool add_trust(struct options *options, enum tlswatch_side certificate_of, char *server, uint16_t port, const char *file) {
    options->trusts[options->num_trusts++] = (struct trust_option){{certificate_of, server, port}, server, file};
    return true;
}

static bool apply_trust(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    (void)error;
    return add_trust(options, TLSWATCH_CLIENT, NULL, 0, argument);
}

static bool apply_client_trust(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    (void)error;
    return add_trust(options, TLSWATCH_SERVER, NULL, 0, argument);
}

/* HOST, HOST:PORT, an address of IPv6 as it is or, with a port, in brackets: where the host ends. A port is read. */
static bool split_host(const char *text, size_t len, size_t *skip, size_t *host_len, uint64_t *port, char error[OPTIONS_ERROR_SIZE]) {
    const char *bracket = text[0] == '[' ? memchr(text, ']', len) : NULL;
    const char *colon = memchr(bracket != NULL ? bracket : text, ':', len - (size_t)(bracket != NULL ? bracket - text : 0));
    bool bare_ipv6 = bracket == NULL && colon != NULL && memchr(colon + 1, ':', len - (size_t)(colon + 1 - text)) != NULL;
    char digits[8] = "";
    *skip = bracket != NULL;
    *host_len = bracket != NULL ? (size_t)(bracket - text) - 1 : colon != NULL && !bare_ipv6 ? (size_t)(colon - text) : len;
    *port = 0;
    if (colon == NULL || bare_ipv6) {
        return true;
    }
    snprintf(digits, sizeof digits, "%.*s", (int)(len - (size_t)(colon + 1 - text)), colon + 1);
    return read_number("the port of --trust-for", digits, 1, UINT16_MAX, port, error);
}

static bool apply_trust_for(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    const char *equals = strchr(argument, '=');
    size_t skip, host_len;
    uint64_t port;
    if (equals == NULL || equals == argument || equals[1] == '\0') {
        snprintf(error, OPTIONS_ERROR_SIZE, "--trust-for wants HOST=FILE or HOST:PORT=FILE, not \"%.100s\"", argument);
        return false;
    }
    if (!split_host(argument, (size_t)(equals - argument), &skip, &host_len, &port, error)) {
        return false;
    }
    char *server = strndup(argument + skip, host_len);
    if (server == NULL) {
        snprintf(error, OPTIONS_ERROR_SIZE, "memory is exhausted");
        return false;
    }
    return add_trust(options, TLSWATCH_CLIENT, server, (uint16_t)port, equals + 1);
}

static bool apply_export(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    (void)error;
    options->export = argument;
    return true;
}

static bool apply_log(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    (void)error;
    options->log = argument;
    return true;
}

static bool apply_redact(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    static const char *const names[] = {"ip", "name", "serial"};
    static const unsigned whats[] = {REDACT_IP, REDACT_NAME, REDACT_SERIAL};
    const char *rest = argument;
    do {
        size_t len = strcspn(rest, ","), i = 0;
        while (i < 3 && (strlen(names[i]) != len || strncmp(names[i], rest, len) != 0)) {
            i++;
        }
        if (i == 3) {
            snprintf(error, OPTIONS_ERROR_SIZE, "--redact wants ip, name, serial, or several with commas, not \"%.100s\"", argument);
            return false;
        }
        options->redact |= whats[i];
        rest += len;
    } while (*rest++ == ',');
    return true;
}

static bool apply_html(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    (void)error;
    options->html = argument;
    return true;
}

static bool apply_annotated(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    (void)error;
    options->annotated = argument;
    return true;
}

static bool apply_color(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    static const char *const names[] = {[COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never"};
    if (argument == NULL) {
        options->color = COLOR_ALWAYS;
        return true;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(argument, names[i]) == 0) {
            options->color = (enum color)i;
            return true;
        }
    }
    snprintf(error, OPTIONS_ERROR_SIZE, "--color wants auto, always or never, not \"%.100s\"", argument);
    return false;
}

static bool apply_time(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    static const struct {
        const char *name;
        enum text_time time;
        bool utc;
    } formats[] = {
            {"a", TEXT_TIME_OF_DAY, false}, {"ad", TEXT_TIME_DATE, false}, {"d", TEXT_TIME_BEFORE, false}, {"dd", TEXT_TIME_BEFORE, false},
            {"e", TEXT_TIME_EPOCH, false},  {"r", TEXT_TIME_FIRST, false}, {"u", TEXT_TIME_OF_DAY, true},  {"ud", TEXT_TIME_DATE, true},
    };
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(argument, formats[i].name) == 0) {
            options->time = formats[i].time;
            options->utc = options->utc || formats[i].utc;
            return true;
        }
    }
    snprintf(error, OPTIONS_ERROR_SIZE, "-t wants a, ad, d, e, r, u or ud, not \"%.100s\"", argument);
    return false;
}

static bool apply_completion(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    static const char *const names[] = {[SHELL_BASH] = "bash", [SHELL_ZSH] = "zsh", [SHELL_FISH] = "fish"};
    options->action = ACTION_COMPLETION;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(argument, names[i]) == 0) {
            options->shell = (enum shell)i;
            return true;
        }
    }
    snprintf(error, OPTIONS_ERROR_SIZE, "--completion wants bash, zsh or fish, not \"%.100s\"", argument);
    return false;
}

static bool apply_no_promiscuous(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    (void)argument, (void)error;
    options->promiscuous = false;
    return true;
}

static bool apply_list_interfaces(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    (void)argument, (void)error;
    options->action = ACTION_LIST_INTERFACES;
    return true;
}

static bool apply_help_short(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    (void)argument, (void)error;
    options->action = ACTION_HELP_SHORT;
    return true;
}

static bool apply_help(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    (void)argument, (void)error;
    options->action = ACTION_HELP;
    return true;
}

static bool apply_help_man(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    (void)argument, (void)error;
    options->action = ACTION_HELP_MAN;
    return true;
}

static bool apply_help_man_causes(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    (void)argument, (void)error;
    options->action = ACTION_HELP_MAN_CAUSES;
    return true;
}

static bool apply_help_causes(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    (void)argument, (void)error;
    options->action = ACTION_HELP_CAUSES;
    return true;
}

static bool apply_explain(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    const char *nearest = NULL;
    options->action = ACTION_EXPLAIN;
    if (strcmp(argument, "list") == 0) {
        options->action = ACTION_EXPLAIN_LIST;
        return true;
    }
    if (explain_find(argument, &options->explain, &nearest)) {
        return true;
    }
    char shown[64];
    snprintf(shown, sizeof shown, "%s", argument);
    for (char *c = shown; *c != '\0'; c++) {
        *c = isprint((unsigned char)*c) ? *c : '?';
    }
    if (nearest != NULL) {
        snprintf(error, OPTIONS_ERROR_SIZE, "there is no cause \"%s\"; did you mean %s?", shown, nearest);
    } else {
        snprintf(error, OPTIONS_ERROR_SIZE, "there is no cause \"%s\"; tlswatch --explain list shows them", shown);
    }
    return false;
}

static bool apply_version(struct options *options, const char *argument, char error[OPTIONS_ERROR_SIZE]) {
    (void)argument, (void)error;
    options->action = ACTION_VERSION;
    return true;
}

#define FLAG(member) .flag = offsetof(struct options, member)

/* clang-format off */
const struct option_row option_rows[] = {
    {"read", 'r', "FILE", .group = GROUP_INPUT, .common = true, .apply = apply_file,
     .help = "Read packets from a capture file (pcap or pcapng), or from standard input if FILE is \"-\". "
             "May be given several times."},
    {"interface", 'i', "INTERFACE", .group = GROUP_INPUT, .common = true, .apply = apply_interface,
     .help = "Watch a network interface; \"any\" stands for all of them. Ends at Ctrl-C or SIGTERM."},
    {"list-interfaces", 'D', NULL, .group = GROUP_INPUT, .common = true, .apply = apply_list_interfaces,
     .help = "List the interfaces that can be watched."},
    {"tls-port", 0, "PORT", .group = GROUP_INPUT, .apply = apply_tls_port,
     .help = "Report every conversation on this server port, also those in which nothing looks like TLS. "
             "May be given several times. The ports that are TLS by convention, such as 443, 636 and 8443, are always on that list; "
             "TLS is found on any port."},

    {"one-pass", 0, NULL, .group = GROUP_INPUT, FLAG(one_pass),
     .help = "Show each conversation as soon as it ends, judged by what is known by then. Otherwise what is found in files and pipes is "
             "shown when all is read, since a certificate of a later conversation may explain an earlier one; files are read a second "
             "time only where too many conversations would have had to wait for it. "
             "What comes through a pipe as it is captured, and all with -c, is always shown at once."},

    {"ca", 0, "PATH", .group = GROUP_KNOWN, .common = true, .apply = apply_ca,
     .help = "Know the certificates of this file (PEM or DER, one or many), or of the files in this folder: they close gaps in the "
             "chains that are seen. They are not trusted. May be given several times."},
    {"trust", 0, "FILE", .group = GROUP_KNOWN, .apply = apply_trust,
     .help = "What servers verify clients with, such as nginx's ssl_client_certificate: the report says whether each client's "
             "chain would verify with it, at the time of its packet."},
    {"trust-for", 0, "HOST[:PORT]=FILE", .group = GROUP_KNOWN, .apply = apply_trust_for,
     .help = "The same for one server, by the name that clients ask for or by address. May be given several times."},
    {"client-trust", 0, "FILE", .group = GROUP_KNOWN, .apply = apply_client_trust,
     .help = "What clients verify servers with."},

    {"snapshot-length", 's', "BYTES", .group = GROUP_CAPTURE, .apply = apply_snaplen,
     .help = "Take so many bytes of each packet; 0, the default, takes 262144. Certificates stand in full packets: "
             "a short length loses them."},
    {"buffer-size", 'B', "KIB", .group = GROUP_CAPTURE, .apply = apply_buffer,
     .help = "Let so many KiB of packets wait in the kernel while tlswatch is busy. The default is 65536: at 250,000 packets a second "
             "that outlasts a stall of a tenth of a second."},
    {"promiscuous", 0, NULL, .group = GROUP_CAPTURE, FLAG(promiscuous),
     .help = "Put the interface into promiscuous mode, to see packets that are not for this machine (a mirror port)."},
    {"no-promiscuous-mode", 'p', NULL, .group = GROUP_CAPTURE, .apply = apply_no_promiscuous,
     .help = "As in tcpdump, do not. This is the default."},
    {"libpcap", 0, NULL, .group = GROUP_CAPTURE, FLAG(libpcap),
     .help = "Read files through libpcap rather than through tlswatch's own reader."},

    {"all", 'a', NULL, .group = GROUP_OUTPUT, .common = true, FLAG(all),
     .help = "Show a line for each good conversation too."},
    {"verbose", 'v', NULL, .group = GROUP_OUTPUT, .common = true, FLAG(verbose),
     .help = "Show the chains and each handshake message with its frame, and each finding however often it repeats."},
    {"quiet", 'q', NULL, .group = GROUP_OUTPUT, FLAG(quiet),
     .help = "Show the counts only."},
    {"json", 0, NULL, .group = GROUP_OUTPUT, .common = true, FLAG(json),
     .help = "Print one JSON object a line for each conversation, the good ones too."},
    {"log", 0, "FILE", .group = GROUP_OUTPUT, .common = true, .apply = apply_log,
     .help = "Append the same lines of JSON to FILE, for weeks on a gateway, whatever is printed besides. SIGHUP opens the name anew, "
             "after logrotate has renamed the file. A line that a crash left torn is cut off at the next start. "
             "Where the disk is full, whole lines are left out and counted, and the capture goes on. Implies --one-pass."},
    {"summary", 0, NULL, .group = GROUP_OUTPUT, .common = true, FLAG(summary),
     .help = "Show one summary at the end: failures by cause, server, client and issuer, client certificates about to end, what each "
             "server advertised, what the capture could not show. With --json as one JSON object, with -v all of each list."},
    {"export", 0, "DIR", .group = GROUP_OUTPUT, .apply = apply_export,
     .help = "Write into this folder every certificate as SHA256.pem and, for each conversation, what each side sent as "
             "ID-client.pem and ID-server.pem and what the server advertised as ID-advertised.txt and .der. "
             "Nothing is overwritten and no link is followed. ID is tlswatch.id in the JSON."},
    {"report", 'o', "FILE", .group = GROUP_OUTPUT, .common = true, .apply = apply_html,
     .help = "Write a report as one page of HTML that can be mailed: for each finding who said what, where the chain breaks, the names "
             "that were advertised, the certificates, what to do on each side. It is there when it is whole."},
    {"write", 'w', "FILE", .group = GROUP_OUTPUT, .common = true, .apply = apply_annotated,
     .help = "Write the packets of the conversations that failed into a pcapng file, with comments on those that matter, for "
             "Wireshark: the filter frame.comment finds them. With -a of all conversations. Only for captures that lie in files."},
    {"keep-secrets", 0, NULL, .group = GROUP_OUTPUT, FLAG(keep_secrets),
     .help = "With -w, keep the decryption secrets that a capture holds. Otherwise they are left out."},
    {"redact", 0, "WHAT", .choices = "ip name serial ip,name ip,name,serial", .group = GROUP_OUTPUT, .apply = apply_redact,
     .help = "In all that is shown and written, put tokens in the place of addresses (ip), of names in certificates and of hosts (name), "
             "of serial numbers (serial); several with commas. The same thing has the same token all through a run, and another in the next. "
             "Names of files stay."},
    {"utc", 0, NULL, .group = GROUP_OUTPUT, FLAG(utc),
     .help = "Show times in UTC rather than in local time. JSON is always in UTC."},
    {"time", 't', "FORMAT", .choices = "a ad d e r u ud", .group = GROUP_OUTPUT, .apply = apply_time,
     .help = "Show times as tshark's -t does: a, the time of day (the default); ad, with the date; u and ud, the same in UTC; "
             "r, seconds since the first packet; d, seconds since the conversation shown before; e, seconds since 1970. JSON has its own."},
    {"color", 0, "WHEN", .choices = "auto always never", .optional = true, .group = GROUP_OUTPUT, .apply = apply_color,
     .help = "Colour the text: auto (the default: on a terminal, unless NO_COLOR is set), always or never. "
             "Without WHEN: always."},

    {"count", 'c', "NUMBER", .group = GROUP_RUN, .apply = apply_count,
     .help = "Stop after so many conversations."},
    {"jobs", 'j', "NUMBER", .group = GROUP_RUN, .apply = apply_jobs,
     .help = "Read so many files at a time, each by itself, in a process of its own. What is printed is in the order of the files, and the "
             "exit status is the highest of them. Files that continue each other are better read as one capture, without -j: a connection "
             "with packets in two of them is told twice here, and no certificate of one explains anything in another."},
    {"workers", 0, "NUMBER", .group = GROUP_RUN, .apply = apply_workers,
     .help = "With 2, one thread reads packets and follows connections, and another judges and prints what has ended, with the same "
             "result, unless memory gets scarce: no signature is checked while packets wait. On an interface the first never waits for the "
             "second: where more than 8192 conversations have piled up between them, what is too much is thrown away, and counted. The "
             "default is 2 on an interface, and 1 for files, which wait."},
    {"exit-code", 0, NULL, .group = GROUP_RUN, FLAG(exit_code),
     .help = "Exit with status 1 if a failure was found."},
    {"no-monitor", 0, NULL, .group = GROUP_RUN, FLAG(no_monitor),
     .help = "On an interface, run as one process. Otherwise a small process beside it starts the capture again where it died, "
             "hung, or its interface disappeared and came back; under systemd, Restart=always does that. "
             "-c, -o and --summary, which end with a result, always run as one process."},
    {"memory", 0, "MIB", .group = GROUP_RUN, .apply = apply_memory,
     .help = "Hold at most so many MiB of the traffic; the default is 64. Where it is not enough, half-open connections go first, then "
             "the oldest handshakes: what that costs is counted."},
    {"relinquish-privileges", 'Z', "USER", .group = GROUP_RUN, .apply = apply_user,
     .help = "As root: become this user before the first packet is looked at. Without it: tlswatch where there is such a user, "
             "else nobody."},
    {"sandbox", 0, "MODE", .choices = "strict best-effort off", .group = GROUP_RUN, .apply = apply_sandbox,
     .help = "What is given up before the first packet is looked at: the user, all privileges, the files, and every system call that "
             "reading packets does not need. strict, the default for root: all of it, or tlswatch does not run. best-effort, the "
             "default for others: what the kernel offers; -v says what is missing. off: nothing."},
    {"explain", 0, "CAUSE", .group = GROUP_RUN, .common = true, .apply = apply_explain,
     .help = "Explain a cause: what it means, how it shows on the wire, what stacks send and log, what to do on each side. "
             "\"list\" shows the causes."},
    {NULL, 'h', NULL, .group = GROUP_RUN, .apply = apply_help_short,
     .help = "Show the options most used."},
    {"help", 0, NULL, .group = GROUP_RUN, .common = true, .apply = apply_help,
     .help = "Show all options."},
    {"version", 0, NULL, .group = GROUP_RUN, .apply = apply_version,
     .help = "Show the version."},
    {"completion", 0, "SHELL", .choices = "bash zsh fish", .group = GROUP_RUN, .apply = apply_completion},
    {"help-man", 0, NULL, .group = GROUP_RUN, .apply = apply_help_man},
    {"help-man-causes", 0, NULL, .group = GROUP_RUN, .apply = apply_help_man_causes},
    {"help-causes", 0, NULL, .group = GROUP_RUN, .apply = apply_help_causes},
    {.group = NUM_GROUPS},
};
/* clang-format on */

const char *option_group_name(enum option_group group) {
    static const char *const names[] = {
            [GROUP_INPUT] = "Input",
            [GROUP_KNOWN] = "What is known besides",
            [GROUP_CAPTURE] = "How packets are taken",
            [GROUP_OUTPUT] = "Output",
            [GROUP_RUN] = "Running",
    };
    return names[group];
}
