#include "cli/jobs.h"

#include "base/limits.h"
#include "cli/part.h"
#include "cli/views.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCK 65536

/* One file, from when it is begun until it is shown. */
struct job {
    pid_t pid; /* 0: its process has ended */
    int status;
    FILE *out, *err; /* without names */
    struct part_counts *counts;
};

struct jobs {
    const struct options *options;
    struct capture_listing *listing;
    size_t num_files, begun, shown;
    size_t unread; /* of those shown: a signal came before they could be */
    unsigned running;
    struct job *jobs; /* a ring of those that are begun and not shown */
    size_t size;
    sigset_t before; /* signals that were blocked */
    bool stopped;
    int ending; /* the signal that stopped it; 0: none came */
    struct report_sink sink;
    struct part_counts sum;
    enum exit_status worst;
};

static struct job *job_at(const struct jobs *j, size_t index) {
    return &j->jobs[index % j->size];
}

/* --- One of them --- */

static void job_clear(struct job *job) {
    if (job->out != NULL) {
        fclose(job->out);
    }
    if (job->err != NULL) {
        fclose(job->err);
    }
    if (job->counts != NULL) {
        munmap(job->counts, sizeof *job->counts);
    }
    *job = (struct job){0};
}

static bool job_init(struct job *job) {
    void *shared = mmap(NULL, sizeof *job->counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *job = (struct job){.out = tmpfile(), .err = tmpfile(), .counts = shared != MAP_FAILED ? shared : NULL};
    if (job->out == NULL || job->err == NULL || job->counts == NULL) {
        int error = errno;
        job_clear(job);
        errno = error;
        return false;
    }
    return true;
}

/* In the new process: what the others print and count is none of its business. */
static enum exit_status work(const struct jobs *j, size_t index) {
    const struct job *own = job_at(j, index);
    struct options options = *j->options;
    const char *path = capture_listing_path(j->listing, index);
    struct part part = {j->listing, index, fileno(own->out), own->counts};
    for (size_t i = j->shown; i < index; i++) {
        job_clear(job_at(j, i));
    }
    sigprocmask(SIG_SETMASK, &j->before, NULL);
    options.files = &path;
    options.num_files = 1;
    dup2(fileno(own->err), STDERR_FILENO);
    return run_part(&options, &part);
}

/* --- Those that run --- */

/* True in the new process. */
static bool begin_one(struct jobs *j) {
    struct job *job = job_at(j, j->begun);
    job->pid = job_init(job) ? fork() : -1;
    if (job->pid == 0) {
        return true;
    }
    if (job->pid < 0) {
        complain("no process to read files in: %s", strerror(errno));
        job_clear(job);
        j->worst = EXIT_CANNOT_RUN;
        j->stopped = true;
        return false;
    }
    j->begun++;
    j->running++;
    return false;
}

/* As many as may run, and may wait for their turn; true in a new process. */
static bool begin_some(struct jobs *j) {
    while (!j->stopped && j->begun < j->num_files && j->running < j->options->jobs && j->begun - j->shown < j->size) {
        if (begin_one(j)) {
            return true;
        }
    }
    return false;
}

static void reap(struct jobs *j) {
    for (size_t i = j->shown; i < j->begun; i++) {
        struct job *job = job_at(j, i);
        if (job->pid > 0 && waitpid(job->pid, &job->status, WNOHANG) == job->pid) {
            job->pid = 0;
            j->running--;
        }
    }
}

static void stop(struct jobs *j, int number) {
    j->stopped = true;
    for (size_t i = j->shown; i < j->begun; i++) {
        if (job_at(j, i)->pid > 0) {
            kill(job_at(j, i)->pid, number);
        }
    }
}

/* --- Their turn --- */

static void copy_out(struct jobs *j, FILE *from) {
    uint8_t block[BLOCK];
    ssize_t n;
    off_t at = 0;
    while ((n = pread(fileno(from), block, sizeof block, at)) > 0) {
        buffer_append(&j->sink.block, bytes_of(block, (size_t)n), BLOCK);
        report_sink_write(&j->sink);
        at += n;
    }
}

static void copy_err(FILE *from) {
    char block[BLOCK];
    ssize_t n;
    off_t at = 0;
    while ((n = pread(fileno(from), block, sizeof block, at)) > 0) {
        fwrite(block, 1, (size_t)n, stderr);
        at += n;
    }
}

static void add_up(struct part_counts *sum, const struct part_counts *counts) {
    sum->captures += counts->captures;
    sum->kernel_drops += counts->kernel_drops;
    for (int i = 0; i <= TEXT_MIDDLE; i++) {
        sum->classes[i] += counts->classes[i];
    }
    /* What the last line says of them. */
    sum->statistics.frames += counts->statistics.frames;
    sum->statistics.tcp_connections += counts->statistics.tcp_connections;
    sum->statistics.tcp_refused += counts->statistics.tcp_refused;
    sum->statistics.tcp_unanswered += counts->statistics.tcp_unanswered;
    sum->statistics.limits_hit += counts->statistics.limits_hit;
    sum->statistics.not_tcp.quic += counts->statistics.not_tcp.quic;
    sum->statistics.not_tcp.dtls += counts->statistics.not_tcp.dtls;
    sum->statistics.not_tcp.eap += counts->statistics.not_tcp.eap;
}

static void judge(struct jobs *j, const struct job *job, const char *path) {
    enum exit_status status = WIFEXITED(job->status) ? (enum exit_status)WEXITSTATUS(job->status) : EXIT_CANNOT_RUN;
    if (WIFSIGNALED(job->status) && WTERMSIG(job->status) == j->ending) {
        j->unread++; /* it was stopped before it heard signals */
        return;
    }
    if (WIFSIGNALED(job->status)) {
        complain("%s: the process that read it died of signal %d (%s)", path, WTERMSIG(job->status), strsignal(WTERMSIG(job->status)));
    }
    j->worst = status > j->worst ? status : j->worst;
}

static void show_next(struct jobs *j) {
    struct job *job = job_at(j, j->shown);
    copy_out(j, job->out);
    copy_err(job->err);
    add_up(&j->sum, job->counts);
    judge(j, job, capture_listing_path(j->listing, j->shown));
    job_clear(job);
    j->shown++;
    if (j->sink.error != 0) {
        stop(j, SIGTERM); /* nobody reads on, or there is no room */
    }
}

/* --- All of it --- */

static void on_child(int number) {
    (void)number; /* what has a handler stays pending while it is blocked */
}

/* From now on sigwait hears them; what is ignored (nohup) is not heard. */
static void listen(struct jobs *j, sigset_t *heard) {
    static const int signals[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGUSR1};
    struct sigaction action = {.sa_handler = on_child};
    sigemptyset(&action.sa_mask);
    sigaction(SIGCHLD, &action, NULL);
    sigemptyset(heard);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        sigaddset(heard, signals[i]);
    }
    sigprocmask(SIG_BLOCK, heard, &j->before);
}

static void hear(struct jobs *j, const sigset_t *heard) {
    int number = 0;
    sigwait(heard, &number);
    if (number == SIGUSR1) {
        complain("%zu of %zu files", j->shown, j->num_files);
    } else if (number != SIGCHLD) {
        j->ending = number;
        stop(j, number);
    }
    reap(j);
}

/* False in a new process. */
static bool run_all(struct jobs *j) {
    sigset_t heard;
    listen(j, &heard);
    while (true) {
        while (j->shown < j->begun && job_at(j, j->shown)->pid == 0) {
            show_next(j);
        }
        if (begin_some(j)) {
            return false;
        }
        if (j->shown == j->begun) {
            return true;
        }
        hear(j, &heard);
    }
}

static void print_sum(struct jobs *j) {
    struct text_report text;
    struct text_options options = views_text_options(j->options);
    text_report_init(&text, &j->sink, &options);
    memcpy(text.counts, j->sum.classes, sizeof text.counts);
    text_report_end(&text, &j->sum.statistics, j->sum.kernel_drops);
    text_report_clear(&text);
}

static enum exit_status end(struct jobs *j) {
    size_t left = j->num_files - j->shown + j->unread;
    if (j->stopped && left > 0 && j->sink.error == 0) {
        complain("ended before %zu of %zu files", left, j->num_files);
    } else if (j->sum.captures == 0 && j->worst < EXIT_CANNOT_RUN) {
        complain("%s: no captures in this folder (folders in it are not searched)", j->options->files[0]);
        return EXIT_CANNOT_RUN;
    }
    if (j->sum.captures > 0 && !j->options->json) {
        print_sum(j);
    }
    if (j->sink.error != 0 && j->sink.error != EPIPE) {
        complain("standard output: %s", strerror(j->sink.error));
        return EXIT_CANNOT_RUN;
    }
    return j->worst;
}

static bool prepare(struct jobs *j) {
    char error[CAPTURE_ERROR_SIZE] = "";
    j->listing = capture_list(j->options->files, j->options->num_files, error);
    if (j->listing == NULL) {
        complain("%s", error);
        return false;
    }
    while (capture_listing_path(j->listing, j->num_files) != NULL) {
        j->num_files++;
    }
    j->size = (size_t)j->options->jobs * LIMIT_JOBS_WAITING;
    j->jobs = calloc(j->size, sizeof *j->jobs);
    if (j->jobs == NULL) {
        complain("memory is exhausted");
    }
    return j->jobs != NULL;
}

enum exit_status jobs_run(const struct options *options) {
    struct jobs j = {.options = options, .sink = {.fd = STDOUT_FILENO}};
    enum exit_status status = EXIT_CANNOT_RUN;
    if (prepare(&j)) {
        status = run_all(&j) ? end(&j) : work(&j, j.begun);
    }
    for (size_t i = 0; j.jobs != NULL && i < j.size; i++) {
        job_clear(&j.jobs[i]);
    }
    free(j.jobs);
    capture_listing_free(j.listing);
    report_sink_clear(&j.sink);
    return status;
}
