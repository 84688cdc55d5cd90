#include "cli/files.h"

#include "cli/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the keeper can be asked. */
enum duty {
    OPEN_CAPTURE,  /* which: place in the listing */
    COMPILE,       /* which: link type; the program, or libpcap's message */
    PLACE,         /* which: enum placed */
    CREATE_EXPORT, /* name */
    REMOVE_EXPORT, /* the one made last */
    OPEN_LOG,      /* a line of text where it can't */
};

/* --- Pipes: opening one waits for who writes it, and is done once, by the process that reads it --- */

static bool is_pipe(const char *path) {
    struct stat status;
    return strcmp(path, "-") != 0 && stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static void close_pipes(struct files *f) {
    for (size_t i = 0; f->pipes != NULL && i < f->num_files; i++) {
        if (f->pipes[i] >= 0) {
            close(f->pipes[i]);
        }
    }
    free(f->pipes);
    f->pipes = NULL;
}

/* One that can't be opened is told when its turn comes. */
static bool open_pipes(struct files *f) {
    while (f->listing != NULL && capture_listing_path(f->listing, f->num_files) != NULL) {
        f->num_files++;
    }
    f->pipes = calloc(f->num_files + 1, sizeof *f->pipes);
    for (size_t i = 0; f->pipes != NULL && i < f->num_files; i++) {
        const char *path = capture_listing_path(f->listing, i);
        f->pipes[i] = is_pipe(path) ? capture_open_file(path) : -1;
    }
    return f->pipes != NULL;
}

/* --- In the keeper --- */

/* The lock on the log is the other process's, and what is read. */
static void begin(void *user) {
    struct files *f = user;
    if (f->log != NULL) {
        close(f->log->sink.fd);
    }
    close_pipes(f);
}

static void put_text(struct keeper_answer *answer, const char *text) {
    buffer_append(&answer->text, bytes_of(text, strlen(text)), SIZE_MAX);
}

static void answer_descriptor(struct keeper_answer *answer, int fd) {
    answer->fd = fd;
    answer->error = fd < 0 ? errno : 0;
}

static void open_capture(struct files *f, size_t which, struct keeper_answer *answer) {
    const char *path = f->listing != NULL ? capture_listing_path(f->listing, which) : NULL;
    errno = ENOENT;
    answer_descriptor(answer, path != NULL ? capture_open_file(path) : -1);
}

static void compile(struct files *f, uint32_t link_type, struct keeper_answer *answer) {
    char problem[CAPTURE_ERROR_SIZE] = "";
    const char *filter = f->options->filter;
    if (filter == NULL || !capture_compile(filter, link_type, &answer->text, problem)) {
        answer->error = EINVAL;
        put_text(answer, problem);
    }
}

static void place(struct files *f, size_t which, struct keeper_answer *answer) {
    struct beside *placed = which < NUM_PLACED ? f->placed[which] : NULL;
    errno = EINVAL;
    answer->error = placed != NULL && placed->fd >= 0 && beside_finish(placed) ? 0 : errno;
}

static void open_log(struct files *f, struct keeper_answer *answer) {
    char error[LOG_FILE_ERROR_SIZE] = "";
    errno = EINVAL;
    answer_descriptor(answer, f->log != NULL ? log_file_open_name(f->log, error) : -1);
    put_text(answer, error);
}

static void serve(void *user, const struct keeper_question *question, struct keeper_answer *answer) {
    struct files *f = user;
    switch ((enum duty)question->what) {
    case OPEN_CAPTURE:
        open_capture(f, question->which, answer);
        return;
    case COMPILE:
        compile(f, question->which, answer);
        return;
    case PLACE:
        place(f, question->which, answer);
        return;
    case CREATE_EXPORT:
        errno = EINVAL;
        answer_descriptor(answer, f->export != NULL ? export_create(f->export, question->name) : -1);
        return;
    case REMOVE_EXPORT:
        if (f->export != NULL) {
            export_remove(f->export);
        }
        return;
    case OPEN_LOG:
        open_log(f, answer);
        return;
    }
    answer->error = EINVAL;
}

/* What was not put in its place is not left behind. */
static void end(void *user) {
    struct files *f = user;
    for (size_t i = 0; i < NUM_PLACED; i++) {
        if (f->placed[i] != NULL) {
            beside_discard(f->placed[i]);
        }
    }
}

/* --- In the process that reads packets --- */

static void ask(const struct files *f, enum duty what, uint32_t which, const char *name, struct keeper_answer *answer) {
    struct keeper_question question = {.what = what, .which = which};
    snprintf(question.name, sizeof question.name, "%s", name);
    keeper_ask(&f->keeper, &question, answer);
}

/* The descriptor that was answered; -1 with errno set. */
static int take_descriptor(struct keeper_answer *answer) {
    int fd = answer->error == 0 ? answer->fd : -1;
    int error = answer->error;
    answer->fd = fd >= 0 ? -1 : answer->fd;
    keeper_answer_clear(answer);
    errno = error;
    return fd;
}

static int ask_capture(void *user, size_t index) {
    struct files *f = user;
    struct keeper_answer answer;
    if (f->pipes[index] >= 0) {
        int fd = f->pipes[index];
        f->pipes[index] = -1;
        return fd;
    }
    ask(f, OPEN_CAPTURE, (uint32_t)index, "", &answer);
    return take_descriptor(&answer);
}

static void take_text(const struct keeper_answer *answer, char *out, size_t size) {
    if (answer->text.len > 0) {
        snprintf(out, size, "%.*s", (int)answer->text.len, (const char *)answer->text.p);
    } else {
        snprintf(out, size, "%s", strerror(answer->error));
    }
}

static bool ask_program(void *user, uint32_t link_type, struct buffer *program, char problem[CAPTURE_ERROR_SIZE]) {
    struct keeper_answer answer;
    ask(user, COMPILE, link_type, "", &answer);
    if (answer.error != 0) {
        take_text(&answer, problem, CAPTURE_ERROR_SIZE);
        keeper_answer_clear(&answer);
        return false;
    }
    buffer_clear(program);
    *program = answer.text;
    return true;
}

static int ask_export(void *user, const char *name) {
    struct keeper_answer answer;
    ask(user, CREATE_EXPORT, 0, name, &answer);
    return take_descriptor(&answer);
}

static void ask_removal(void *user) {
    struct keeper_answer answer;
    ask(user, REMOVE_EXPORT, 0, "", &answer);
    keeper_answer_clear(&answer);
}

static int ask_log(void *user, char error[LOG_FILE_ERROR_SIZE]) {
    struct keeper_answer answer;
    ask(user, OPEN_LOG, 0, "", &answer);
    if (answer.error != 0) {
        take_text(&answer, error, LOG_FILE_ERROR_SIZE);
    }
    return take_descriptor(&answer);
}

bool files_place(struct files *f, enum placed which) {
    struct keeper_answer answer;
    if (f->keeper.fd < 0) {
        return beside_finish(f->placed[which]);
    }
    ask(f, PLACE, (uint32_t)which, "", &answer);
    int error = answer.error;
    keeper_answer_clear(&answer);
    beside_release(f->placed[which]);
    errno = error;
    return error == 0;
}

/* --- Both --- */

bool files_find(struct files *f, const struct options *options, const struct part *part) {
    char error[CAPTURE_ERROR_SIZE] = "memory is exhausted";
    *f = (struct files){.options = options, .keeper = {.fd = -1}};
    if (options->interface == NULL) {
        f->listing = part != NULL ? capture_list_one(part->listing, part->index) : capture_list(options->files, options->num_files, error);
        if (f->listing == NULL) {
            complain("%s", error);
            return false;
        }
    }
    return true;
}

bool files_can_be_read_again(const struct files *f) {
    struct stat status;
    const char *path;
    for (size_t i = 0; f->listing != NULL && (path = capture_listing_path(f->listing, i)) != NULL; i++) {
        if (strcmp(path, "-") == 0 || stat(path, &status) != 0 || !S_ISREG(status.st_mode)) {
            return false;
        }
    }
    return f->listing != NULL;
}

void files_clear(struct files *f) {
    keeper_stop(&f->keeper);
    close_pipes(f);
    capture_listing_free(f->listing);
    f->listing = NULL;
}

/* Standard input alone needs nobody. */
static bool need_keeper(const struct files *f) {
    const char *path;
    for (size_t i = 0; f->listing != NULL && (path = capture_listing_path(f->listing, i)) != NULL; i++) {
        if (strcmp(path, "-") != 0) {
            return true;
        }
    }
    return f->placed[PLACED_HTML] != NULL || f->placed[PLACED_ANNOTATED] != NULL || f->export != NULL || f->log != NULL ||
           (f->listing != NULL && f->options->filter != NULL);
}

bool files_keep(struct files *f) {
    const struct keeper_duty duty = {begin, serve, end, f};
    if (!need_keeper(f)) {
        return true;
    }
    if (!open_pipes(f) || !keeper_start(&f->keeper, &duty)) {
        complain("no process to open files in: %s", strerror(errno));
        return false;
    }
    f->access = (struct capture_access){ask_capture, ask_program, f};
    if (f->export != NULL) {
        export_through(f->export, &(struct export_access){ask_export, ask_removal, f});
    }
    if (f->log != NULL) {
        log_file_through(f->log, ask_log, f);
    }
    return true;
}

struct capture_files files_capture(const struct files *f) {
    return (struct capture_files){
            .paths = f->options->files,
            .num_paths = f->options->num_files,
            .filter = f->options->filter,
            .libpcap = f->options->libpcap,
            .listing = f->listing,
            .access = f->keeper.fd >= 0 ? &f->access : NULL,
    };
}
