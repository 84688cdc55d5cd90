#include "cli/run.h"

#include "base/limits.h"
#include "capture/capture.h"
#include "capture/wall_clock.h"
#include "cli/confine.h"
#include "cli/files.h"
#include "cli/known.h"
#include "cli/monitor.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/status_lines.h"
#include "cli/views.h"
#include "tlswatch/tlswatch.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define TICK_MS 100     /* how often timers run where no frame comes */
#define SOON_TICK_MS 10 /* and soon after one: what it ended is to be reported */
#define NUM_SOON_TICKS 30
#define WAITING_TICK_MS 5          /* and where a slow reader waits for more */
#define FRAMES_AT_ONCE 64          /* between two looks at signals and outputs */
#define RECENT_NS (60 * SECOND_NS) /* packets of a pipe that are no older come as they are captured, */
#define PAUSE_TICKS 10             /* as do those of one that is silent for so long */
/* So long a frame may wait in the kernel's ring, and then for the processor. */
#define NEWEST_FRAME_DELAY_NS ((CAPTURE_DELAY_MS + 10) * 1000000LL)

struct run {
    const struct options *options;
    const struct monitored *monitored;
    const struct part *part; /* NULL: the run is all of it */
    struct capture *capture;
    struct capture *first_capture; /* of the pass before: what was seen in it is named by its files */
    struct tlswatch *watcher;
    struct files files;
    struct views views; /* with progress and status what the lock guards, where records come on another thread */
    pthread_mutex_t lock;
    atomic_bool over;        /* the output failed, or there are as many conversations as were asked for (-c) */
    atomic_bool slow_reader; /* who reads the output has not taken all */
    bool twice;              /* the files may be read a second time */
    struct sandbox_state sandbox;
    struct progress progress;
    uint64_t packets;
    unsigned idle_ticks; /* since the last one */
    struct status_lines status;
    int64_t second_ns; /* what is done each second was done then, by the frames' or the system's clock */
};

void complain(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("tlswatch: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

static bool is_enough(const struct run *run) {
    return run->options->count > 0 && run->views.conversations >= run->options->count;
}

static bool has_threads(const struct run *run) {
    return run->options->workers > 1;
}

static void lock(struct run *run) {
    if (has_threads(run)) {
        pthread_mutex_lock(&run->lock);
    }
}

/* For what has time until the next look: frames come first. */
static bool try_lock(struct run *run) {
    return !has_threads(run) || pthread_mutex_trylock(&run->lock) == 0;
}

static void unlock(struct run *run) {
    run->over = is_enough(run) || views_failed(&run->views);
    run->slow_reader = views_waiting(&run->views);
    if (has_threads(run)) {
        pthread_mutex_unlock(&run->lock);
    }
}

/* In the first of two passes: what was shown so far might look otherwise, or it is too much to hold back. */
static bool wants_second_pass(const struct run *run) {
    enum tlswatch_outdated seen = run->options->json ? TLSWATCH_DETAILS_OUTDATED : TLSWATCH_VERDICTS_OUTDATED;
    return run->views.sink.hold > 0 && (run->views.sink.full || tlswatch_outdated(run->watcher) >= seen);
}

static void show_record(struct run *run, const struct tlswatch_record *record) {
    if (run->views.sink.hold == 0) {
        progress_make_way(&run->progress);
    }
    bool first_failure = run->views.failures == 0;
    views_record(&run->views, record);
    if (first_failure && run->views.failures > 0) {
        monitored_failure(run->monitored);
    }
    if (wants_second_pass(run)) {
        tlswatch_collect(run->watcher);
    }
}

static void on_record(void *user, const struct tlswatch_record *record) {
    struct run *run = user;
    lock(run);
    if (!is_enough(run)) { /* one frame can end several conversations */
        show_record(run, record);
    }
    unlock(run);
}

/* NULL where there is none to be had, which was then said. */
static struct capture *open_files(const struct run *run) {
    char error[CAPTURE_ERROR_SIZE] = "";
    struct capture_files files = files_capture(&run->files);
    struct capture *capture = capture_open_files(&files, error);
    if (capture == NULL) {
        complain("%s", error);
    }
    return capture;
}

static struct capture *open_interface(const struct options *options) {
    char error[CAPTURE_ERROR_SIZE] = "";
    struct capture_live live = {
            .interface = options->interface,
            .filter = options->filter,
            .snaplen = options->snaplen,
            .buffer_size = options->buffer_kib * 1024,
            .no_promiscuous = !options->promiscuous,
    };
    struct capture *capture = capture_open_live(&live, error);
    if (capture == NULL) {
        complain("%s", error);
    }
    return capture;
}

static void pass_on_warnings(struct run *run) {
    for (const char *warning; (warning = capture_warning(run->capture)) != NULL;) {
        if (run->first_capture == NULL) { /* the second time it is all known */
            lock(run);
            progress_hide(&run->progress);
            complain("%s", warning);
            unlock(run);
        }
    }
}

/* A clock that was set back must not stop what is done each second. */
static void each_second(struct run *run, int64_t now_ns) {
    int64_t since = now_ns - run->second_ns;
    if (run->options->interface != NULL && (since >= SECOND_NS || since < -SECOND_NS) && try_lock(run)) {
        struct capture_statistics statistics;
        run->second_ns = now_ns;
        capture_get_statistics(run->capture, &statistics);
        tlswatch_drops(run->watcher, statistics.kernel_drops);
        views_tick(&run->views, now_ns);
        status_losses(&run->status, &statistics, now_ns, false);
        unlock(run);
        if (!tlswatch_judge_stands(run->watcher) && !monitored_alive(run->monitored)) {
            complain("the monitor is gone: ending");
            signals_stop();
        }
    }
}

/* Somebody looks on: what is found in a pipe is shown at once where what comes through it is captured just now. */
static void stop_waiting(struct run *run) {
    if (!run->twice) {
        tlswatch_hold(run->watcher, false);
    }
}

static bool is_recent(int64_t time_ns) {
    int64_t age_ns = wall_clock_ns() - time_ns;
    return age_ns > -RECENT_NS && age_ns < RECENT_NS;
}

/* The log's name may have gone to another file; a slow reader may take more. */
static void look_after_views(struct run *run, bool idle) {
    if (try_lock(run)) {
        if (signals_reopen()) {
            views_reopen(&run->views);
        }
        progress_step(&run->progress, run->capture, run->packets, run->views.failures, idle);
        views_drain(&run->views);
        unlock(run);
    }
}

static void on_idle(struct run *run) {
    run->idle_ticks++;
    if (run->packets > 0 && run->idle_ticks == PAUSE_TICKS) {
        stop_waiting(run);
    }
    pass_on_warnings(run);
    look_after_views(run, true);
    if (run->options->interface != NULL) {
        each_second(run, wall_clock_ns());
        tlswatch_tick(run->watcher, wall_clock_ns() - NEWEST_FRAME_DELAY_NS);
    }
}

static void on_frames(struct run *run, const struct tlswatch_frame *frames, size_t num) {
    if (run->packets == 0) {
        views_first(&run->views, frames->time_ns);
        if (is_recent(frames->time_ns)) {
            stop_waiting(run);
        }
    }
    run->packets += num;
    each_second(run, frames->time_ns);
    tlswatch_frames(run->watcher, frames, num);
}

static int tick_ms(const struct run *run) {
    if (run->slow_reader) {
        return WAITING_TICK_MS;
    }
    return run->options->interface != NULL && run->idle_ticks < NUM_SOON_TICKS ? SOON_TICK_MS : TICK_MS;
}

/* Takes some frames, or gives what came instead of one. */
static enum capture_result take_frames(struct run *run) {
    struct tlswatch_frame frames[FRAMES_AT_ONCE];
    size_t most = run->options->count > 0 ? 1 : FRAMES_AT_ONCE; /* -c counts the packets that it took */
    for (size_t taken = 0; taken < FRAMES_AT_ONCE && !run->over;) {
        enum capture_result result = capture_next(run->capture, frames, tick_ms(run));
        if (result != CAPTURE_FRAME) {
            return result;
        }
        size_t num = 1 + capture_more(run->capture, frames + 1, most - 1);
        on_frames(run, frames, num);
        taken += num;
        run->idle_ticks = 0;
    }
    return CAPTURE_FRAME;
}

/* Frames until the capture ends, -c is reached or the output fails; false where the interface failed. */
static bool pump_frames(struct run *run) {
    while (!run->over) {
        switch (take_frames(run)) {
        case CAPTURE_FRAME:
            look_after_views(run, false);
            break;
        case CAPTURE_IDLE:
            on_idle(run);
            break;
        case CAPTURE_END:
            return true;
        case CAPTURE_ERROR:
            lock(run);
            progress_hide(&run->progress);
            complain("%s", capture_error(run->capture));
            unlock(run);
            return false;
        }
    }
    return true;
}

static bool pump(struct run *run) {
    run->packets = 0;
    run->over = is_enough(run) || views_failed(&run->views);
    progress_begin(&run->progress, run->first_capture != NULL, run->options->interface != NULL);
    bool well = pump_frames(run);
    lock(run);
    progress_hide(&run->progress);
    unlock(run);
    return well;
}

static const char *plural(uint64_t count) {
    return count == 1 ? "" : "s";
}

/* `captured_well` is false where the input failed; nothing is to be said of one that never gave a packet. */
static void close_report(struct run *run, bool captured_well) {
    struct capture_statistics captured;
    struct tlswatch_statistics watched;
    capture_get_statistics(run->capture, &captured);
    if (!captured_well && captured.frames == 0) {
        return;
    }
    tlswatch_drops(run->watcher, captured.kernel_drops);
    tlswatch_finish(run->watcher);
    tlswatch_get_statistics(run->watcher, &watched);
    pass_on_warnings(run);
    views_end(&run->views, &watched, captured.kernel_drops);
    if (run->part != NULL) {
        run->part->counts->captures = captured.files;
    }
    if (run->options->interface != NULL || run->options->log != NULL) {
        status_losses(&run->status, &captured, wall_clock_ns(), true);
        views_flush(&run->views);
    }
    if (run->options->json && watched.limits_hit > 0) { /* a report in text says it by itself */
        complain("a limit was reached %" PRIu64 " time%s, and something was thrown away", watched.limits_hit, plural(watched.limits_hit));
    }
    if ((run->options->interface != NULL || signals_stopped()) && !views_failed(&run->views)) {
        complain("%" PRIu64 " packet%s, %" PRIu64 " conversation%s, %" PRIu64 " packet%s dropped by the kernel", captured.frames,
                 plural(captured.frames), run->views.conversations, plural(run->views.conversations), captured.kernel_drops,
                 plural(captured.kernel_drops));
    }
}

static enum exit_status status_of(const struct run *run, bool captured) {
    if (!views_say(&run->views) || !captured) {
        return run->monitored->fd >= 0 && !captured ? EXIT_CAPTURE_LOST : EXIT_CANNOT_RUN;
    }
    return run->options->exit_code && run->views.failures > 0 ? EXIT_FAILURE_FOUND : EXIT_OK;
}

/* What is found may be shown when all is read. */
static bool may_wait(const struct options *options) {
    return options->interface == NULL && options->count == 0 && !options->one_pass && options->log == NULL;
}

/* The same frames once more, now that all certificates are known; false where they can't be had again. */
static bool go_again(struct run *run) {
    struct capture *again = open_files(run);
    if (again == NULL) {
        return false;
    }
    run->first_capture = run->capture;
    run->capture = again;
    signals_watch(again);
    tlswatch_hold(run->watcher, false);
    if (!tlswatch_restart(run->watcher)) {
        complain("memory is exhausted");
        return false;
    }
    return views_again(&run->views) && pump(run);
}

/* Verdicts rest on certificates of other conversations too, later ones as well. The watcher holds as many as it may until
 * all is read; where those were too many, and a certificate came that a verdict before would have used, the files are read
 * again. So what was found is not shown before the end. */
static bool pump_files(struct run *run) {
    struct capture_statistics captured;
    bool well = pump(run);
    capture_get_statistics(run->capture, &captured);
    tlswatch_drops(run->watcher, captured.kernel_drops);
    tlswatch_finish(run->watcher);
    if (well && !views_failed(&run->views) && wants_second_pass(run) && !signals_stopped()) {
        well = go_again(run);
    }
    lock(run);
    report_sink_release(&run->views.sink);
    unlock(run);
    return well;
}

static bool pump_live(struct run *run) {
    struct capture_statistics captured;
    capture_get_statistics(run->capture, &captured);
    monitored_begins(run->monitored);
    status_capture_resumed(&run->status, &captured, wall_clock_ns(), run->monitored);
    bool well = pump(run);
    if (!well) {
        capture_get_statistics(run->capture, &captured);
        lock(run);
        status_capture_lost(&run->status, &captured, wall_clock_ns(), capture_error(run->capture));
        unlock(run);
    }
    return well;
}

static enum exit_status watch(struct run *run) {
    if (run->options->interface != NULL) {
        complain("watching %s as %s, sandbox %s; Ctrl-C ends", run->options->interface, run->sandbox.user,
                 sandbox_mode_name(run->sandbox.mode));
    }
    run->status = (struct status_lines){.views = &run->views, .interface = run->options->interface};
    signals_watch(run->capture);
    pass_on_warnings(run);
    bool captured = run->options->interface != NULL ? pump_live(run) : run->twice ? pump_files(run) : pump(run);
    close_report(run, captured);
    signals_watch(NULL);
    return status_of(run, captured);
}

/* Nothing but the text for people is printed, which counts the good ones. */
static bool counts_the_good(const struct options *options) {
    bool lists_all = options->json || options->all || options->verbose || options->summary;
    bool writes_files = options->export != NULL || options->html != NULL || options->annotated != NULL || options->log != NULL;
    return !lists_all && !writes_files && options->redact == 0;
}

/* What is opened while this process may still open anything. */
static bool prepare(struct run *run) {
    const struct options *options = run->options;
    struct tlswatch_options watcher_options = {
            .tls_ports = options->tls_ports,
            .num_tls_ports = options->num_tls_ports,
            .memory = (size_t)options->memory_mib * 1024 * 1024,
            .live = options->interface != NULL,
            .brief = counts_the_good(options),
    };
    if (!files_find(&run->files, options, run->part)) {
        return false;
    }
    run->watcher = tlswatch_new(&watcher_options, on_record, run);
    if (run->watcher == NULL) {
        complain("memory is exhausted");
        return false;
    }
    if (!known_give(options, run->watcher) || !views_open(&run->views, options, run->part, &run->files)) {
        return false;
    }
    tlswatch_hold(run->watcher, may_wait(options));
    run->twice = may_wait(options) && files_can_be_read_again(&run->files);
    if (run->twice) {
        views_hold(&run->views);
    }
    return sandbox_mode_of(options->sandbox) == SANDBOX_OFF || files_keep(&run->files);
}

/* An interface is opened by whoever may, files by somebody who may nothing but read them. */
static bool open_confined(struct run *run) {
    const struct options *options = run->options;
    if (options->interface != NULL) {
        run->capture = open_interface(options);
        return run->capture != NULL && confine(&run->sandbox, options, run->capture, run->watcher);
    }
    run->capture = confine(&run->sandbox, options, NULL, run->watcher) ? open_files(run) : NULL;
    return run->capture != NULL;
}

static enum exit_status run_all(struct run *run) {
    if (run->options->log != NULL) {
        signals_hangup_reopens();
    }
    pthread_mutex_init(&run->lock, NULL);
    enum exit_status status = prepare(run) && open_confined(run) ? watch(run) : EXIT_CANNOT_RUN;
    views_close(&run->views);
    files_clear(&run->files);
    tlswatch_free(run->watcher);
    capture_free(run->capture);
    capture_free(run->first_capture);
    pthread_mutex_destroy(&run->lock);
    return status;
}

enum exit_status run(const struct options *options, const struct monitored *monitored) {
    return run_all(&(struct run){.options = options, .monitored = monitored});
}

enum exit_status run_part(const struct options *options, const struct part *part) {
    const struct monitored nobody = {.fd = -1};
    return run_all(&(struct run){.options = options, .monitored = &nobody, .part = part});
}

static void print_interface(void *user, const char *name, const char *description) {
    (void)user;
    printf("%-20s %s\n", name, description != NULL ? description : "");
}

enum exit_status run_list_interfaces(void) {
    char error[CAPTURE_ERROR_SIZE] = "";
    if (!capture_list_interfaces(print_interface, NULL, error)) {
        complain("%s", error);
        return EXIT_CANNOT_RUN;
    }
    return EXIT_OK;
}
