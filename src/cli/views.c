#include "cli/views.h"

#include "base/limits.h"
#include "cli/run.h"

#include <errno.h>
#include <inttypes.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define FLUSH_PATIENCE_MS 3000 /* at the end, for a reader that takes nothing */

static bool color_wanted(const struct options *options) {
    const char *no_color = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    if (options->color != COLOR_AUTO) {
        return options->color == COLOR_ALWAYS;
    }
    return isatty(STDOUT_FILENO) && (no_color == NULL || no_color[0] == '\0') && terminal != NULL && strcmp(terminal, "dumb") != 0;
}

static unsigned terminal_width(void) {
    struct winsize size;
    return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

struct text_options views_text_options(const struct options *options) {
    return (struct text_options){
            .color = color_wanted(options),
            .utf8 = strcasecmp(nl_langinfo(CODESET), "UTF-8") == 0,
            .utc = options->utc,
            .all = options->all,
            .verbose = options->verbose,
            .quiet = options->quiet,
            .fold = options->verbose             ? TEXT_FOLD_NOT
                    : options->interface != NULL ? TEXT_FOLD_LIVE
                                                 : TEXT_FOLD_FILE,
            .time = options->time,
            .width = terminal_width(),
    };
}

static bool begin(struct views *v) {
    struct text_options text_options = views_text_options(v->options);
    text_report_init(&v->text, &v->sink, &text_options);
    v->text.deferred.file = v->deferred;
    v->conversations = v->failures = 0;
    v->summary = v->options->summary ? summary_new() : NULL;
    if (v->options->summary && v->summary == NULL) {
        complain("memory is exhausted");
        return false;
    }
    return true;
}

static bool open_export(struct views *v) {
    char error[EXPORT_ERROR_SIZE] = "";
    v->export = v->options->export != NULL ? export_open(v->options->export, error) : NULL;
    if (v->options->export != NULL && v->export == NULL) {
        complain("%s", error);
        return false;
    }
    return true;
}

static bool open_redactor(struct views *v) {
    v->redactor = v->options->redact != 0 ? redactor_new(v->options->redact) : NULL;
    if (v->options->redact != 0 && v->redactor == NULL) {
        complain("memory is exhausted");
        return false;
    }
    return true;
}

static void say_cut(const struct views *v) {
    if (v->log.cut > 0) {
        complain("%s: it ended in %" PRIu64 " bytes of an unfinished line, which were cut off", v->log.path, v->log.cut);
    }
}

static bool open_log(struct views *v) {
    char error[LOG_FILE_ERROR_SIZE];
    if (v->options->log != NULL && !log_file_open(&v->log, v->options->log, error)) {
        complain("%s", error);
        return false;
    }
    say_cut(v);
    return true;
}

bool views_open(struct views *v, const struct options *options, const struct part *part, struct files *files) {
    struct text_options text_options = views_text_options(options);
    *v = (struct views){.options = options, .part = part};
    if (options->interface != NULL) {
        report_sink_init_live(&v->sink, STDOUT_FILENO);
    } else {
        report_sink_init(&v->sink, part != NULL ? part->out : STDOUT_FILENO);
    }
    bool opened = outputs_open(&v->outputs, options, files, &text_options) && open_export(v) && open_redactor(v) && open_log(v) && begin(v);
    files->export = v->export;
    files->log = v->log.path != NULL ? &v->log : NULL;
    return opened;
}

void views_hold(struct views *v) {
    report_sink_hold(&v->sink, LIMIT_HELD_BACK, LIMIT_HELD_BACK_MOST);
    v->deferred = v->text.deferred.file = tmpfile();
}

void views_close(struct views *v) {
    if (v->options == NULL) { /* it was never opened */
        return;
    }
    if (v->deferred != NULL) {
        fclose(v->deferred);
    }
    report_sink_clear(&v->sink);
    text_report_clear(&v->text);
    summary_free(v->summary);
    export_free(v->export);
    redactor_free(v->redactor);
    outputs_clear(&v->outputs);
    log_file_close(&v->log);
    *v = (struct views){0};
}

bool views_again(struct views *v) {
    bool waits = v->sink.hold > 0; /* all is read before anything is shown: so it stays */
    report_sink_forget(&v->sink);
    text_report_clear(&v->text);
    summary_free(v->summary);
    if (v->export != NULL) {
        export_again(v->export);
    }
    outputs_forget(&v->outputs);
    bool begun = begin(v);
    v->text.options.defer = waits;
    return begun;
}

void views_first(struct views *v, int64_t time_ns) {
    text_report_start(&v->text, time_ns);
}

static bool is_failure(enum tlswatch_outcome outcome) {
    return outcome == TLSWATCH_FAILED || outcome == TLSWATCH_REFUSED || outcome == TLSWATCH_STALLED;
}

static void show(struct views *v, const struct tlswatch_record *record) {
    if (v->summary != NULL) {
        summary_record(v->summary, record);
    } else if (v->options->json) {
        json_report_record(&v->sink, record);
    } else {
        text_report_record(&v->text, record);
    }
    if (v->log.path != NULL) {
        json_report_record(&v->log.sink, record);
    }
    if (v->export != NULL) {
        export_record(v->export, record);
    }
    outputs_record(&v->outputs, record);
}

void views_record(struct views *v, const struct tlswatch_record *record) {
    const struct tlswatch_record *shown = v->redactor != NULL ? redact_record(v->redactor, record) : record;
    v->conversations++;
    v->failures += is_failure(record->outcome);
    if (shown != NULL) {
        show(v, shown);
    } else {
        v->sink.dropped++;
    }
}

void views_tick(struct views *v, int64_t now_ns) {
    text_report_tick(&v->text, now_ns);
}

void views_drain(struct views *v) {
    report_sink_drain(&v->sink);
}

bool views_waiting(const struct views *v) {
    return v->sink.waiting.num > 0;
}

void views_reopen(struct views *v) {
    char error[LOG_FILE_ERROR_SIZE];
    if (!log_file_reopen(&v->log, error)) {
        complain("%s; going on with the file before", error);
    } else {
        say_cut(v);
    }
}

bool views_status(struct views *v, const struct status *status) {
    bool printed = !v->options->json || v->summary != NULL || v->sink.error != 0 || json_report_status(&v->sink, status);
    return (v->log.path == NULL || json_report_status(&v->log.sink, status)) && printed;
}

static void end_summary(struct views *v, const struct summary_end *end) {
    if (v->options->json) {
        summary_json(v->summary, &v->sink, end);
    } else {
        summary_print(v->summary, &v->sink, &v->text.options, end);
    }
}

/* Whoever adds up the parts prints the last line. */
static void end_part(struct views *v, const struct tlswatch_statistics *statistics, uint64_t kernel_drops) {
    text_report_rest(&v->text);
    *v->part->counts = (struct part_counts){.statistics = *statistics, .kernel_drops = kernel_drops};
    memcpy(v->part->counts->classes, v->text.counts, sizeof v->text.counts);
}

void views_flush(struct views *v) {
    report_sink_flush(&v->sink, FLUSH_PATIENCE_MS);
}

void views_end(struct views *v, const struct tlswatch_statistics *statistics, uint64_t kernel_drops) {
    if (v->part != NULL) {
        end_part(v, statistics, kernel_drops);
    } else if (v->summary != NULL) {
        end_summary(v, &(struct summary_end){statistics, kernel_drops});
    } else if (!v->options->json) {
        text_report_end(&v->text, statistics, kernel_drops);
    }
    views_flush(v);
    if (views_failed(v)) {
        return; /* one line is enough, and a file that may lack something is worse than none */
    }
    outputs_write(&v->outputs, statistics, kernel_drops);
    uint64_t dropped = v->sink.dropped + v->log.sink.dropped;
    if (dropped > 0) {
        complain("memory was exhausted: %" PRIu64 " conversation%s not shown", dropped, dropped == 1 ? "" : "s");
    }
    if (v->export != NULL && export_kept(v->export)) {
        complain("%s: files that were there already were left as they are", v->options->export);
    }
}

static bool writes_files(const struct options *options) {
    return options->export != NULL || options->html != NULL || options->annotated != NULL || options->log != NULL;
}

bool views_failed(const struct views *v) {
    bool unread = v->sink.error == EPIPE && writes_files(v->options);
    return (v->sink.error != 0 && !unread) || (v->export != NULL && export_error(v->export) != NULL);
}

bool views_say(const struct views *v) {
    if (v->sink.error != 0 && v->sink.error != EPIPE) {
        complain("standard output: %s", strerror(v->sink.error));
        return false;
    }
    if (v->export != NULL && export_error(v->export) != NULL) {
        complain("%s", export_error(v->export));
        return false;
    }
    return !v->outputs.failed;
}
