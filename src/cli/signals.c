#include "cli/signals.h"

#include "capture/capture.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>

/* A handler can reach nothing but statics. */
static struct capture *volatile watched;
static volatile sig_atomic_t stopped, asked, hung_up, hangup_reopens;
static volatile time_t stopped_s;

void signals_stop(void) {
    stopped = 1;
    if (watched != NULL) {
        capture_interrupt(watched);
    }
}

static void on_signal(int signal_number) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now); /* async-signal-safe, as all here */
    if (stopped && now.tv_sec > stopped_s + 1) {
        signal(signal_number, SIG_DFL);
        raise(signal_number);
    } else if (!stopped) {
        stopped_s = now.tv_sec;
        signals_stop();
    }
}

static void on_hangup(int signal_number) {
    (void)signal_number;
    hung_up = 1;
}

static void on_question(int signal_number) {
    (void)signal_number;
    asked = 1;
}

static void watch(int signal_number, void (*handler)(int)) {
    struct sigaction action = {.sa_flags = SA_RESTART};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    sigaction(signal_number, &action, NULL);
}

void signals_watch(struct capture *capture) {
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_flags = 0};
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    watched = capture;
    watch(SIGUSR1, on_question);
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++) {
        struct sigaction before;
        /* A signal that the parent chose to ignore (nohup, a background job) stays ignored. */
        if (sigaction(ending[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN && !(hangup_reopens && ending[i] == SIGHUP)) {
            sigaction(ending[i], &action, NULL);
        }
    }
}

void signals_hangup_reopens(void) {
    hangup_reopens = 1;
    watch(SIGHUP, on_hangup);
}

bool signals_reopen(void) {
    bool was = hung_up != 0;
    if (was) {
        hung_up = 0;
    }
    return was;
}

bool signals_stopped(void) {
    return stopped != 0;
}

bool signals_asked(void) {
    bool was = asked != 0;
    if (was) {
        asked = 0;
    }
    return was;
}
