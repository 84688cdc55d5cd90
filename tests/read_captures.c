/*
 * Reads each capture to its end and prints its records to nowhere, whole and cut at evenly spaced lengths: under the
 * sanitizers, nothing may crash, leak or hang, whatever the bytes are. In one process, since starting one costs more
 * than reading a small capture.
 *
 *     read_captures CUTS FILE...
 *
 * Prints a line for each file before it is read, so that a crash can be laid at its door.
 */
#include "capture/capture.h"
#include "report/report.h"
#include "tlswatch/tlswatch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct outputs {
    struct report_sink sink;
    struct text_report text;
};

static void on_record(void *user, const struct tlswatch_record *record) {
    struct outputs *outputs = user;
    text_report_record(&outputs->text, record);
    json_report_record(&outputs->sink, record);
}

/* A file that cannot be read as a capture is refused, which is right for most that are cut short. */
static void read_capture(const char *path, int out) {
    struct outputs outputs;
    struct text_options text_options = {.all = true, .verbose = true, .utf8 = true, .color = true};
    struct capture_files files = {&path, 1, NULL, false};
    struct tlswatch_frame frames[64];
    char error[CAPTURE_ERROR_SIZE];
    struct capture *capture = capture_open_files(&files, error);
    if (capture == NULL) {
        return;
    }
    report_sink_init(&outputs.sink, out);
    text_report_init(&outputs.text, &outputs.sink, &text_options);
    struct tlswatch *watcher = tlswatch_new(NULL, on_record, &outputs);
    while (watcher != NULL && capture_next(capture, frames, 0) == CAPTURE_FRAME) {
        tlswatch_frames(watcher, frames, 1 + capture_more(capture, frames + 1, 63));
    }
    if (watcher != NULL) {
        tlswatch_finish(watcher);
    }
    tlswatch_free(watcher);
    capture_free(capture);
    report_sink_clear(&outputs.sink);
}

static bool copy_file(const char *from, const char *to, off_t *size) {
    char data[65536];
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t len = in >= 0 && out >= 0 ? 0 : -1;
    *size = 0;
    while (len >= 0 && (len = read(in, data, sizeof data)) > 0) {
        len = write(out, data, (size_t)len) == len ? len : -1;
        *size += len;
    }
    if (in >= 0) {
        close(in);
    }
    if (out >= 0) {
        close(out);
    }
    return len == 0;
}

/* From the longest to the shortest, so that one copy is enough. */
static bool read_cut(const char *path, const char *copy, int cuts, int out) {
    off_t size;
    if (!copy_file(path, copy, &size)) {
        return false;
    }
    for (int i = cuts; i > 0; i--) {
        off_t len = (off_t)((double)size * i / (cuts + 1));
        if (truncate(copy, len) != 0) {
            return false;
        }
        read_capture(copy, out);
    }
    return true;
}

int main(int argc, char **argv) {
    char copy[] = "/tmp/tlswatch-cut-XXXXXX";
    int out = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int descriptor = mkstemp(copy);
    if (argc < 3 || out < 0 || descriptor < 0) {
        fprintf(stderr, "usage: read_captures CUTS FILE...\n");
        return EXIT_FAILURE;
    }
    close(descriptor);
    bool ok = true;
    for (int i = 2; i < argc && ok; i++) {
        printf("%s\n", argv[i]);
        fflush(stdout);
        read_capture(argv[i], out);
        ok = read_cut(argv[i], copy, atoi(argv[1]), out);
        if (!ok) {
            fprintf(stderr, "%s: %s\n", argv[i], strerror(errno));
        }
    }
    unlink(copy);
    close(out);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
