#include "cli/monitor.h"

#include "capture/capture.h"
#include "capture/wall_clock.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HUNG_S 10                 /* a worker that says nothing for so long is killed */
#define LOOK_MS 200               /* how often an interface that is gone is looked for */
#define FIRST_PAUSE_MS LOOK_MS    /* before another worker; twice as long each time */
#define LONGEST_PAUSE_MS 10000    /* after a crash or a hang */
#define LONGEST_LOST_PAUSE_MS 800 /* after an interface came back */
#define STEADY_S 30               /* a worker that lived so long makes the pause short again */

/* What stands in the pipe: what a worker says, and the numbers of signals that the monitor got. */
enum { WORKER_BEGINS = 0x80, WORKER_ALIVE, WORKER_FAILURE };

struct monitor {
    const struct options *options;
    int pipe[2];
    pid_t worker;      /* 0: none */
    bool ever_began;   /* a worker has captured */
    bool began;        /* this one */
    bool hung;         /* it was killed for that */
    bool failure;      /* any found one */
    bool known;        /* to the system by this name: "any" and what is no network interface is not */
    unsigned silent_s; /* since it said something */
    int ending;        /* the signal that ends all; 0: none came */
    time_t ending_s;
    int pause_ms;
    time_t started_s;
    char after[128];
    struct monitored monitored; /* for the next worker */
};

/* A handler can reach nothing but statics. */
static int handler_fd;

static void on_signal(int number) {
    int error = errno; /* NOLINT(bugprone-signal-handler,cert-sig30-c): the thread's own, though a function finds it */
    uint8_t byte = (uint8_t)number;
    ssize_t written = write(handler_fd, &byte, 1);
    (void)written;
    errno = error;
}

/* --- The worker's side --- */

static bool say(const struct monitored *m, uint8_t what) {
    return m->fd < 0 || write(m->fd, &what, 1) == 1 || errno != EPIPE;
}

void monitored_begins(const struct monitored *m) {
    say(m, WORKER_BEGINS);
}

bool monitored_alive(const struct monitored *m) {
    return say(m, WORKER_ALIVE);
}

void monitored_failure(const struct monitored *m) {
    say(m, WORKER_FAILURE);
}

/* --- Signals --- */

static const int passed_on[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
#define NUM_PASSED_ON (sizeof passed_on / sizeof passed_on[0])

static void handle(int number, void (*handler)(int)) {
    struct sigaction action = {.sa_flags = SA_RESTART}, before;
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    /* What the parent chose to ignore (nohup) stays ignored. */
    if (sigaction(number, NULL, &before) == 0 && (before.sa_handler != SIG_IGN || number == SIGCHLD)) {
        sigaction(number, &action, NULL);
    }
}

static void handle_all(void (*handler)(int)) {
    for (size_t i = 0; i < NUM_PASSED_ON; i++) {
        handle(passed_on[i], handler);
    }
    handle(SIGCHLD, handler);
}

/* --- What comes through the pipe --- */

static time_t now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static bool ends(const struct monitor *m, int number) {
    return number == SIGINT || number == SIGTERM || (number == SIGHUP && m->options->log == NULL);
}

static void hear_signal(struct monitor *m, int number) {
    bool again = m->ending != 0 && ends(m, number) && now_s() > m->ending_s + 1;
    if (ends(m, number) && m->ending == 0) {
        m->ending = number;
        m->ending_s = now_s();
    }
    if (m->worker > 0) {
        kill(m->worker, again ? SIGKILL : number); /* who asks twice has lost patience */
    }
}

static void hear_byte(struct monitor *m, uint8_t byte) {
    switch (byte) {
    case WORKER_BEGINS:
        m->began = m->ever_began = true;
        break;
    case WORKER_ALIVE:
        break;
    case WORKER_FAILURE:
        m->failure = true;
        break;
    case SIGINT:
    case SIGTERM:
    case SIGHUP:
    case SIGUSR1:
        hear_signal(m, byte);
        return;
    default:
        return;
    }
    m->silent_s = 0;
}

/* Waits for a byte; false where none came in all that time. */
static bool hear(struct monitor *m, int timeout_ms) {
    struct pollfd ready = {m->pipe[0], POLLIN, 0};
    uint8_t bytes[64];
    if (poll(&ready, 1, timeout_ms) == 0) {
        return false; /* a signal in between is in the pipe by now */
    }
    ssize_t n = read(m->pipe[0], bytes, sizeof bytes);
    for (ssize_t i = 0; i < n; i++) {
        hear_byte(m, bytes[i]);
    }
    return true;
}

/* --- One worker --- */

/* True in the worker. */
static bool start(struct monitor *m) {
    m->began = false;
    m->silent_s = 0;
    m->started_s = now_s();
    m->worker = fork();
    if (m->worker == 0) {
        handle_all(SIG_DFL);
        close(m->pipe[0]);
        return true;
    }
    return false;
}

/* Until it has ended. Seconds are counted by waits that were in vain, not by the clock: a machine or a terminal that
 * stopped both processes for a while has hung nobody. */
static int attend(struct monitor *m) {
    int status = 0;
    m->hung = false;
    while (waitpid(m->worker, &status, WNOHANG) == 0) {
        bool silent = !hear(m, 1000) && m->began && m->ending == 0;
        if (silent && ++m->silent_s >= HUNG_S) {
            m->hung = true;
            kill(m->worker, SIGKILL);
        }
    }
    m->worker = 0;
    while (hear(m, 0)) { /* its last words */
    }
    return status;
}

/* Whether there has to be another worker, and why. What crashes or can't open anything before it ever captured would do
 * that again. */
static bool find_reason(struct monitor *m, int status) {
    bool crashed = WIFSIGNALED(status), lost = !crashed && WEXITSTATUS(status) == EXIT_CAPTURE_LOST;
    if (!m->began) {
        return m->ever_began && (crashed || lost || WEXITSTATUS(status) == EXIT_CANNOT_RUN); /* the reason stays */
    }
    if (m->hung) {
        snprintf(m->after, sizeof m->after, "the capturing process did not answer for %d s", HUNG_S);
    } else if (crashed) {
        snprintf(m->after, sizeof m->after, "the capturing process died of signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    } else if (lost) {
        snprintf(m->after, sizeof m->after, "the interface was lost");
    }
    return crashed || lost;
}

/* --- Between two workers --- */

static bool is_away(const struct monitor *m) {
    return m->known && capture_interface_state(m->options->interface) != CAPTURE_INTERFACE_UP;
}

/* Until the interface is there, and for a while that gets longer where workers die young. */
static void wait_for_turn(struct monitor *m, bool lost) {
    int longest = lost ? LONGEST_LOST_PAUSE_MS : LONGEST_PAUSE_MS;
    if (now_s() - m->started_s >= STEADY_S) {
        m->pause_ms = FIRST_PAUSE_MS;
    }
    int pause_ms = m->pause_ms < longest ? m->pause_ms : longest;
    for (int waited_ms = 0; m->ending == 0 && (waited_ms < pause_ms || is_away(m)); waited_ms += LOOK_MS) {
        hear(m, LOOK_MS);
    }
    m->pause_ms = 2 * pause_ms;
}

/* What could not be forked may be forked later. False where it can't even begin. */
static bool wait_for_process(struct monitor *m) {
    complain("no process to capture in: %s%s", strerror(errno), m->ever_began ? "; trying again" : "");
    if (m->ever_began) {
        wait_for_turn(m, false);
    }
    return m->ever_began;
}

static void prepare_next(struct monitor *m, int status) {
    bool lost = WIFEXITED(status);
    if (m->began) {
        m->monitored.lost_ns = wall_clock_ns();
        complain("%s; %s", m->after, lost ? "waiting for it to come back" : "starting another");
    }
    m->monitored.after = m->after;
    wait_for_turn(m, lost);
}

static enum exit_status status_of(const struct monitor *m, int status) {
    if (WIFSIGNALED(status)) {
        if (m->ending != 0) {
            signal(m->ending, SIG_DFL);
            raise(m->ending);
        }
        complain("the capturing process died of signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
        return EXIT_CANNOT_RUN;
    }
    enum exit_status said = (enum exit_status)WEXITSTATUS(status);
    if (said == EXIT_CAPTURE_LOST) {
        said = EXIT_OK; /* it was to end anyway */
    }
    return said == EXIT_OK && m->failure && m->options->exit_code ? EXIT_FAILURE_FOUND : said;
}

/* --- All of it --- */

bool monitor_wanted(const struct options *options) {
    return options->interface != NULL && !options->no_monitor && options->count == 0 && options->html == NULL && !options->summary;
}

static bool open_pipe(struct monitor *m) {
    if (pipe(m->pipe) != 0) {
        complain("no pipe for the monitor: %s", strerror(errno));
        return false;
    }
    for (int i = 0; i < 2; i++) {
        fcntl(m->pipe[i], F_SETFD, FD_CLOEXEC);
        fcntl(m->pipe[i], F_SETFL, O_NONBLOCK);
    }
    handler_fd = m->monitored.fd = m->pipe[1];
    return true;
}

enum exit_status monitor_run(const struct options *options, enum exit_status (*work)(const struct options *, const struct monitored *)) {
    struct monitor m = {.options = options, .pause_ms = FIRST_PAUSE_MS};
    char error[SANDBOX_ERROR_SIZE];
    int status = 0;
    if (!sandbox_limit_monitor(options->sandbox, error)) {
        complain("%s", error);
        return EXIT_CANNOT_RUN;
    }
    if (!open_pipe(&m)) {
        return EXIT_CANNOT_RUN;
    }
    m.known = capture_interface_state(options->interface) != CAPTURE_INTERFACE_ABSENT;
    handle_all(on_signal);
    if (options->log != NULL) {
        signal(SIGHUP, on_signal); /* under nohup too: it ends nothing */
    }
    while (m.ending == 0) {
        if (start(&m)) {
            return work(options, &m.monitored);
        }
        if (m.worker < 0) {
            if (!wait_for_process(&m)) {
                return EXIT_CANNOT_RUN;
            }
            continue;
        }
        status = attend(&m);
        if (m.ending != 0 || !find_reason(&m, status)) {
            break;
        }
        prepare_next(&m, status);
        status = 0; /* a signal that comes in between ends what has ended */
    }
    return status_of(&m, status);
}
