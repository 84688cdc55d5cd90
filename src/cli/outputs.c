#include "cli/outputs.h"

#include "cli/run.h"
#include "report/annotated.h"
#include "report/html_report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool same_file(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The status of the folder in which a file stands. */
static bool folder_status(const char *path, struct stat *out) {
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);
    bool found = folder != NULL && stat(folder, out) == 0;
    free(folder);
    return found;
}

/* A capture is evidence: what is read, or lies in a folder that is read, is not written over. */
static bool is_read(const struct options *options, const char *path) {
    struct stat written, folder, read;
    if (stat(path, &written) != 0 || !S_ISREG(written.st_mode)) {
        return false;
    }
    bool has_folder = folder_status(path, &folder);
    for (size_t i = 0; i < options->num_files; i++) {
        bool found = stat(options->files[i], &read) == 0;
        if (found && (same_file(&read, &written) || (has_folder && same_file(&read, &folder)))) {
            return true;
        }
    }
    return false;
}

static bool open_file(const struct outputs *o, enum placed which, struct beside *file, const char *path) {
    if (is_read(o->options, path)) {
        complain("%s: it is read in this run, and is not written over", path);
        return false;
    }
    if (!beside_open(file, path)) {
        complain("%s: cannot be written: %s", path, strerror(errno));
        return false;
    }
    o->files->placed[which] = file;
    return true;
}

bool outputs_open(struct outputs *o, const struct options *options, struct files *files, const struct text_options *text) {
    *o = (struct outputs){.options = options, .files = files, .html_file = {.fd = -1}, .annotated_file = {.fd = -1}};
    if ((options->html != NULL && !open_file(o, PLACED_HTML, &o->html_file, options->html)) ||
        (options->annotated != NULL && !open_file(o, PLACED_ANNOTATED, &o->annotated_file, options->annotated))) {
        return false;
    }
    o->html = options->html != NULL ? html_report_new(text) : NULL;
    o->annotated = options->annotated != NULL ? annotated_new(options->all) : NULL;
    if ((options->html != NULL && o->html == NULL) || (options->annotated != NULL && o->annotated == NULL)) {
        complain("memory is exhausted");
        return false;
    }
    return true;
}

void outputs_clear(struct outputs *o) {
    beside_discard(&o->html_file);
    beside_discard(&o->annotated_file);
    html_report_free(o->html);
    annotated_free(o->annotated);
    o->html = NULL;
    o->annotated = NULL;
}

void outputs_forget(struct outputs *o) {
    if (o->html != NULL) {
        html_report_forget(o->html);
    }
    if (o->annotated != NULL) {
        annotated_forget(o->annotated);
    }
}

void outputs_record(struct outputs *o, const struct tlswatch_record *record) {
    if (o->html != NULL) {
        html_report_record(o->html, record);
    }
    if (o->annotated != NULL) {
        annotated_record(o->annotated, record);
    }
}

/* What was written takes its place if all went well. */
static bool finish_file(struct outputs *o, enum placed which, struct report_sink *sink) {
    const char *path = o->files->placed[which]->path;
    if (sink->error == 0 && sink->dropped > 0) {
        complain("%s: memory is exhausted: nothing was written", path);
    } else if (sink->error != 0) {
        complain("%s: cannot be written: %s", path, strerror(sink->error));
    } else if (files_place(o->files, which)) {
        report_sink_clear(sink);
        return true;
    } else {
        complain("%s: cannot be written: %s", path, strerror(errno));
    }
    report_sink_clear(sink);
    return false;
}

static bool write_html(struct outputs *o, const struct tlswatch_statistics *statistics, uint64_t kernel_drops) {
    struct report_sink sink;
    struct html_end end = {o->options->files, o->options->num_files, o->options->interface, statistics, kernel_drops};
    report_sink_init(&sink, o->html_file.fd);
    html_report_write(o->html, &sink, &end);
    return finish_file(o, PLACED_HTML, &sink);
}

static void on_secrets(void *user, uint32_t type, const uint8_t *data, size_t len) {
    annotated_secrets(user, type, data, len);
}

/* The frames once more; false where the files can no longer be read. */
static bool copy_frames(struct outputs *o, const struct report_sink *sink) {
    char error[CAPTURE_ERROR_SIZE] = "";
    struct capture_files files = files_capture(o->files);
    if (o->options->keep_secrets) {
        files.secrets = (struct capture_secrets){on_secrets, o->annotated};
    }
    struct capture *capture = capture_open_files(&files, error);
    if (capture == NULL) {
        complain("%s", error);
        return false;
    }
    struct tlswatch_frame frame;
    enum capture_result result = CAPTURE_IDLE;
    while (sink->error == 0 && (result == CAPTURE_FRAME || result == CAPTURE_IDLE)) {
        result = capture_next(capture, &frame, -1);
        if (result == CAPTURE_FRAME) {
            annotated_frame(o->annotated, &frame);
        }
    }
    annotated_end(o->annotated);
    capture_free(capture);
    return true;
}

static bool write_annotated(struct outputs *o) {
    struct report_sink sink;
    report_sink_init(&sink, o->annotated_file.fd);
    annotated_begin(o->annotated, &sink);
    if (!copy_frames(o, &sink)) {
        report_sink_clear(&sink);
        return false;
    }
    if (annotated_left_out(o->annotated) > 0) {
        complain("%s: %" PRIu64 " more conversations found no place in it", o->options->annotated, annotated_left_out(o->annotated));
    }
    return finish_file(o, PLACED_ANNOTATED, &sink);
}

void outputs_write(struct outputs *o, const struct tlswatch_statistics *statistics, uint64_t kernel_drops) {
    o->failed |= o->html != NULL && !write_html(o, statistics, kernel_drops);
    o->failed |= o->annotated != NULL && !write_annotated(o);
}
