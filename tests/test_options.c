/* The command line: what each option sets, and what is said where it makes no sense. */
#include "cli/help.h"
#include "cli/options.h"
#include "report/redact.h"
#include "tap.h"

#include <string.h>

#define MAX_WORDS 24

struct parsed {
    char text[MAX_WORDS][64]; /* getopt permutes argv and wants it writable */
    char *argv[MAX_WORDS + 1];
    struct options options;
    char error[OPTIONS_ERROR_SIZE];
    bool ok;
};

/* Words separated by '|'. */
static void parse(struct parsed *p, const char *words) {
    int argc = 1;
    memset(p, 0, sizeof *p);
    strcpy(p->text[0], "tlswatch");
    p->argv[0] = p->text[0];
    while (*words != '\0') {
        size_t len = strcspn(words, "|");
        memcpy(p->text[argc], words, len);
        p->argv[argc] = p->text[argc];
        argc++;
        words += len + (words[len] == '|');
    }
    p->ok = options_parse(argc, p->argv, &p->options, p->error);
}

static const struct {
    const char *words, *error;
} refused[] = {
        {"--jsom|-r|x", "there is no option --jsom; did you mean --json?"},
        {"--interfce|eth0", "there is no option --interfce; did you mean --interface?"},
        {"--tlsport=3", "there is no option --tlsport; did you mean --tls-port?"},
        {"--co", "there is no option --co; did you mean --color?"},
        {"--wholly-unknown-and-much-longer-than-any-name",
         "there is no option --wholly-unknown-and-much-longer-th; tlswatch --help lists them"},
        {"--\033[2J", "there is no option --?[2J; tlswatch --help lists them"},
        {"--json|-yv|-r|x", "there is no option -y; tlswatch --help lists them"},
        {"-R|x", "there is no option -R; did you mean -r?"},
        {"-A", "there is no option -A; did you mean -a?"},
        {"-u", "there is no option -u; did you mean --utc?"},
        {"-v|-r", "-r wants an argument: -r FILE"},
        {"--tls-port", "--tls-port wants an argument: --tls-port PORT"},
        {"--json=yes|-r|x", "--json takes no argument"},
        {"--tls-port|0|-r|x", "--tls-port wants a number from 1 to 65535, not \"0\""},
        {"--tls-port|65536|-r|x", "--tls-port wants a number from 1 to 65535, not \"65536\""},
        {"--tls-port|12x|-r|x", "--tls-port wants a number from 1 to 65535, not \"12x\""},
        {"--tls-port| 12|-r|x", "--tls-port wants a number from 1 to 65535, not \" 12\""},
        {"-c|-1|-r|x", "-c wants a number from 1 to 9223372036854775807, not \"-1\""},
        {"-c|99999999999999999999|-r|x", "-c wants a number from 1 to 9223372036854775807, not \"99999999999999999999\""},
        {"-s|262145|-i|lo", "-s wants a number from 0 to 262144, not \"262145\""},
        {"-B|0|-i|lo", "-B wants a number from 1 to 2097151, not \"0\""},
        {"-B|2097152|-i|lo", "-B wants a number from 1 to 2097151, not \"2097152\""},
        {"--sandbox=none|-r|x", "--sandbox wants strict, best-effort or off, not \"none\""},
        {"--color=blue|-r|x", "--color wants auto, always or never, not \"blue\""},
        {"-r|x|-i|lo", "-r and -i exclude each other: a run reads files or watches an interface"},
        {"-i|lo|-i|eth0", "-i can be given once; the interface \"any\" stands for all of them"},
        {"-r|x|--trust-for|server", "--trust-for wants HOST=FILE or HOST:PORT=FILE, not \"server\""},
        {"-r|x|--trust-for|=f", "--trust-for wants HOST=FILE or HOST:PORT=FILE, not \"=f\""},
        {"-r|x|--trust-for|server:=f", "the port of --trust-for wants a number from 1 to 65535, not \"\""},
        {"-r|x|--trust-for|[::1]:65536=f", "the port of --trust-for wants a number from 1 to 65535, not \"65536\""},
        {"-r|x|--json|-q", "--json and -q exclude each other"},
        {"-r|x|--summary|-q", "--summary and -q exclude each other"},
        {"-r|x|-w|y|--redact|ip", "-w and --redact exclude each other: packets hold all that is to be hidden"},
        {"-r|x|--workers|0", "--workers wants a number from 1 to 2, not \"0\""},
        {"-r|x|-j|0", "-j wants a number from 1 to 64, not \"0\""},
        {"-i|lo|-j|2", "-j and -i exclude each other: with -j each file is a run of its own"},
        {"-r|x|-j|2|-c|1", "-j and -c exclude each other: with -j each file is a run of its own"},
        {"-r|x|-j|2|--summary", "-j and --summary exclude each other: with -j each file is a run of its own"},
        {"-r|x|-j|2|--export|d", "-j and --export exclude each other: with -j each file is a run of its own"},
        {"-r|x|-j|2|--log|y", "-j and --log exclude each other: with -j each file is a run of its own"},
        {"-r|x|-j|2|--redact|ip", "-j and --redact exclude each other: with -j each file is a run of its own"},
        {"-r|x|-j|2|-o|y", "-j and -o exclude each other: with -j each file is a run of its own"},
        {"-r|x|--redact|ip,names", "--redact wants ip, name, serial, or several with commas, not \"ip,names\""},
        {"-r|x|--redact|ip,", "--redact wants ip, name, serial, or several with commas, not \"ip,\""},
        {"-r|x|--redact=", "--redact wants ip, name, serial, or several with commas, not \"\""},
        {"-r|x|-t|x", "-t wants a, ad, d, e, r, u or ud, not \"x\""},
        {"--completion=tcsh", "--completion wants bash, zsh or fish, not \"tcsh\""},
        {"-v", "nothing to watch: -r FILE reads a capture, -i INTERFACE watches a network"},
        {"port|443", "nothing to watch: -r FILE reads a capture, -i INTERFACE watches a network"},
        {"/dev/null", "say -r before the name of a file: tlswatch -r /dev/null"},
};

START_TEST(a_wrong_command_line_is_refused_with_a_sentence) {
    struct parsed p;
    parse(&p, refused[_i].words);
    ck_assert_msg(!p.ok, "%s", refused[_i].words);
    ck_assert_str_eq(p.error, refused[_i].error);
    options_clear(&p.options);
}
END_TEST

START_TEST(files_can_be_given_several_times_and_in_every_spelling) {
    struct parsed p;
    parse(&p, "-r|a|-vrb|--read|c|--read=d|-r|-");
    ck_assert(p.ok);
    ck_assert_uint_eq(p.options.num_files, 5);
    static const char *const expected[] = {"a", "b", "c", "d", "-"};
    for (size_t i = 0; i < 5; i++) {
        ck_assert_str_eq(p.options.files[i], expected[i]);
    }
    ck_assert(p.options.verbose);
    ck_assert_ptr_null(p.options.filter);
    options_clear(&p.options);
}
END_TEST

START_TEST(words_that_are_left_are_the_filter) {
    struct parsed p;
    parse(&p, "-i|eth0|tcp|port|443|-a|and|host 10.0.0.1");
    ck_assert(p.ok);
    ck_assert_str_eq(p.options.interface, "eth0");
    ck_assert_str_eq(p.options.filter, "tcp port 443 and host 10.0.0.1");
    ck_assert(p.options.all);
    options_clear(&p.options);
    parse(&p, "-i|eth0|--|-x");
    ck_assert(p.ok);
    ck_assert_str_eq(p.options.filter, "-x");
    options_clear(&p.options);
}
END_TEST

START_TEST(an_interface_has_a_thread_more_than_files_unless_told_otherwise) {
    static const struct {
        const char *words;
        unsigned workers;
    } rows[] = {{"-i|lo", 2}, {"-r|x", 1}, {"-i|lo|--workers|1", 1}, {"-r|x|--workers|2", 2}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct parsed p;
        parse(&p, rows[i].words);
        ck_assert_uint_eq(p.options.workers, rows[i].workers);
        options_clear(&p.options);
    }
}
END_TEST

START_TEST(each_option_sets_what_it_says) {
    struct parsed p;
    parse(&p, "-i|any|-s|96|-c|7|--promiscuous|--utc|--exit-code|--libpcap|-q|--tls-port|1414|--tls-port=9093");
    ck_assert(p.ok);
    ck_assert_int_eq(p.options.action, ACTION_RUN);
    ck_assert_int_eq(p.options.snaplen, 96);
    ck_assert_uint_eq(p.options.count, 7);
    ck_assert(p.options.promiscuous && p.options.utc && p.options.exit_code && p.options.libpcap && p.options.quiet);
    ck_assert(!p.options.json && !p.options.all && !p.options.verbose);
    ck_assert_uint_eq(p.options.num_tls_ports, 2);
    ck_assert_uint_eq(p.options.tls_ports[0], 1414);
    ck_assert_uint_eq(p.options.tls_ports[1], 9093);
    options_clear(&p.options);
    parse(&p, "-r|x|--summary|--export|d|--redact|serial,ip|-t|ud");
    ck_assert(p.ok && p.options.summary && p.options.utc);
    ck_assert_str_eq(p.options.export, "d");
    ck_assert_uint_eq(p.options.redact, REDACT_SERIAL | REDACT_IP);
    ck_assert_int_eq(p.options.time, TEXT_TIME_DATE);
    options_clear(&p.options);
    parse(&p, "-i|eth0|--log|/var/log/tls.json|--no-monitor");
    ck_assert(p.ok && p.options.no_monitor && !p.options.json);
    ck_assert_str_eq(p.options.log, "/var/log/tls.json");
    options_clear(&p.options);
    parse(&p, "-i|eth0");
    ck_assert(p.options.sandbox == SANDBOX_DEFAULT && p.options.user == NULL && p.options.buffer_kib == 0);
    options_clear(&p.options);
    parse(&p, "--memory|256|-i|eth0");
    ck_assert(p.ok && p.options.memory_mib == 256);
    options_clear(&p.options);
    parse(&p, "--memory|7|-i|eth0");
    ck_assert(!p.ok);
    options_clear(&p.options);
    parse(&p, "-Z|dumper|-B|4096|--sandbox|best-effort|-i|eth0");
    ck_assert(p.ok && p.options.sandbox == SANDBOX_BEST_EFFORT && p.options.buffer_kib == 4096);
    ck_assert_str_eq(p.options.user, "dumper");
    options_clear(&p.options);
    parse(&p, "--promiscuous|-p|-i|eth0");
    ck_assert(p.ok && !p.options.promiscuous);
    options_clear(&p.options);
}
END_TEST

static const struct {
    const char *words, *server, *file;
    uint16_t port;
    enum tlswatch_side certificate_of;
} trusts[] = {
        {"-r|x|--trust|f", NULL, "f", 0, TLSWATCH_CLIENT},
        {"-r|x|--client-trust|f", NULL, "f", 0, TLSWATCH_SERVER},
        {"-r|x|--trust-for|api.example=f=g", "api.example", "f=g", 0, TLSWATCH_CLIENT},
        {"-r|x|--trust-for|api.example:8443=f", "api.example", "f", 8443, TLSWATCH_CLIENT},
        {"-r|x|--trust-for|2001:db8::1=f", "2001:db8::1", "f", 0, TLSWATCH_CLIENT},
        {"-r|x|--trust-for|[2001:db8::1]=f", "2001:db8::1", "f", 0, TLSWATCH_CLIENT},
        {"-r|x|--trust-for|[2001:db8::1]:443=f", "2001:db8::1", "f", 443, TLSWATCH_CLIENT},
};

START_TEST(what_is_trusted_names_a_side_and_a_server) {
    struct parsed p;
    parse(&p, trusts[_i].words);
    ck_assert_msg(p.ok, "%s", p.error);
    ck_assert_uint_eq(p.options.num_trusts, 1);
    const struct trust_option *trust = &p.options.trusts[0];
    ck_assert_pstr_eq(trust->scope.server, trusts[_i].server);
    ck_assert_str_eq(trust->file, trusts[_i].file);
    ck_assert_uint_eq(trust->scope.port, trusts[_i].port);
    ck_assert_int_eq(trust->scope.certificate_of, trusts[_i].certificate_of);
    options_clear(&p.options);
}
END_TEST

START_TEST(known_certificates_can_be_given_several_times) {
    struct parsed p;
    parse(&p, "-r|x|--ca|a.pem|--ca=b|--one-pass");
    ck_assert(p.ok && p.options.one_pass);
    ck_assert_uint_eq(p.options.num_known, 2);
    ck_assert_str_eq(p.options.known[0], "a.pem");
    ck_assert_str_eq(p.options.known[1], "b");
    options_clear(&p.options);
}
END_TEST

static const struct {
    const char *words;
    enum color color;
} colors[] = {{"-r|x", COLOR_AUTO},
              {"-r|x|--color", COLOR_ALWAYS},
              {"-r|x|--color=auto", COLOR_AUTO},
              {"-r|x|--color=always", COLOR_ALWAYS},
              {"-r|x|--color=never", COLOR_NEVER}};

START_TEST(color_has_a_default_and_three_values) {
    struct parsed p;
    parse(&p, colors[_i].words);
    ck_assert(p.ok);
    ck_assert_int_eq(p.options.color, colors[_i].color);
    options_clear(&p.options);
}
END_TEST

static const struct {
    const char *words;
    enum action action;
} actions[] = {{"", ACTION_WELCOME},
               {"-h", ACTION_HELP_SHORT},
               {"--help", ACTION_HELP},
               {"--version", ACTION_VERSION},
               {"-D", ACTION_LIST_INTERFACES},
               {"--list-interfaces", ACTION_LIST_INTERFACES},
               {"--help-man", ACTION_HELP_MAN},
               {"--completion=zsh", ACTION_COMPLETION},
               {"-r|x", ACTION_RUN}};

START_TEST(each_action_is_reached) {
    struct parsed p;
    parse(&p, actions[_i].words);
    ck_assert_msg(p.ok, "%s", p.error);
    ck_assert_int_eq(p.options.action, actions[_i].action);
    options_clear(&p.options);
}
END_TEST

static char *printed(void (*print)(FILE *)) {
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    print(out);
    fclose(out);
    return text;
}

START_TEST(help_and_man_list_every_option_within_100_columns) {
    char *help = printed(help_all), *man = printed(help_man);
    for (const struct option_row *row = option_rows; row->group != NUM_GROUPS; row++) {
        char name[64];
        if (row->name == NULL || row->help == NULL) {
            continue;
        }
        snprintf(name, sizeof name, "--%s", row->name);
        ck_assert_msg(strstr(help, name) != NULL, "%s", name);
        snprintf(name, sizeof name, "Fl \\-%s", row->name);
        ck_assert_msg(strstr(man, name) != NULL, "%s", name);
    }
    for (const char *line = help; *line != '\0'; line += strcspn(line, "\n") + 1) {
        ck_assert_uint_le(strcspn(line, "\n"), 100);
    }
    ck_assert_ptr_null(strstr(help, "help-man"));
    free(help);
    free(man);
}
END_TEST

START_TEST(every_option_is_a_sentence_and_has_a_name_of_its_own) {
    for (const struct option_row *row = option_rows; row->group != NUM_GROUPS; row++) {
        ck_assert(row->name != NULL || row->letter != 0);
        ck_assert(row->help == NULL || row->help[strlen(row->help) - 1] == '.');
        for (const struct option_row *other = option_rows; other < row; other++) {
            ck_assert(row->letter == 0 || row->letter != other->letter);
            ck_assert(row->name == NULL || other->name == NULL || strcmp(row->name, other->name) != 0);
        }
    }
}
END_TEST

/* getopt keeps its place within a word of several letters. */
START_TEST(nothing_is_left_of_a_command_line_that_was_refused) {
    struct parsed p;
    parse(&p, "-aZv");
    ck_assert(!p.ok);
    options_clear(&p.options);
    parse(&p, "--read|a");
    ck_assert(p.ok && p.options.num_files == 1 && !p.options.verbose);
    options_clear(&p.options);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

int main(void) {
    Suite *suite = suite_create("options");
    TCase *tests = tcase_create("options");
    tcase_add_loop_test(tests, a_wrong_command_line_is_refused_with_a_sentence, 0, COUNT(refused));
    tcase_add_test(tests, files_can_be_given_several_times_and_in_every_spelling);
    tcase_add_test(tests, words_that_are_left_are_the_filter);
    tcase_add_test(tests, an_interface_has_a_thread_more_than_files_unless_told_otherwise);
    tcase_add_test(tests, each_option_sets_what_it_says);
    tcase_add_loop_test(tests, what_is_trusted_names_a_side_and_a_server, 0, COUNT(trusts));
    tcase_add_test(tests, known_certificates_can_be_given_several_times);
    tcase_add_loop_test(tests, color_has_a_default_and_three_values, 0, COUNT(colors));
    tcase_add_loop_test(tests, each_action_is_reached, 0, COUNT(actions));
    tcase_add_test(tests, help_and_man_list_every_option_within_100_columns);
    tcase_add_test(tests, every_option_is_a_sentence_and_has_a_name_of_its_own);
    tcase_add_test(tests, nothing_is_left_of_a_command_line_that_was_refused);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
