#include "cli/signals.h"

#include "capture/capture.h"

#include <signal.h>
#include <stddef.h>

/* A handler can reach nothing but statics. */
static struct capture *volatile watched;
static volatile sig_atomic_t stopped, asked;

static void on_signal(int signal_number) {
    (void)signal_number;
    stopped = 1;
    if (watched != NULL) {
        capture_interrupt(watched);
    }
}

static void on_question(int signal_number) {
    (void)signal_number;
    asked = 1;
}

static void watch_questions(void) {
    struct sigaction action = {.sa_flags = SA_RESTART};
    action.sa_handler = on_question;
    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR1, &action, NULL);
}

void signals_watch(struct capture *capture) {
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_flags = (int)SA_RESETHAND};
    action.sa_handler = capture != NULL ? on_signal : SIG_DFL;
    sigemptyset(&action.sa_mask);
    watched = capture;
    watch_questions();
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++) {
        struct sigaction before;
        /* A signal that the parent chose to ignore (nohup, a background job) stays ignored. */
        if (sigaction(ending[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
            sigaction(ending[i], &action, NULL);
        }
    }
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
