#include "cli/confine.h"

#include "cli/run.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/* The C library reads the time zone and the catalogue of messages when they are first asked for. libcrypto's
 * configuration was read when the watcher was made. */
static void wake_libraries(void) {
    tzset();
    (void)strerror(ENOENT);
}

static bool start_threads(void *user) {
    return tlswatch_judge_apart(user);
}

bool confine(struct sandbox_state *state, const struct options *options, const struct capture *capture, struct tlswatch *watcher) {
    const struct sandbox_plan plan = {
            .mode = options->sandbox,
            .user = options->user,
            .capture_descriptor = capture != NULL ? capture_descriptor(capture) : -1,
            .start_threads = options->workers > 1 ? start_threads : NULL,
            .user_of_threads = watcher,
    };
    char error[SANDBOX_ERROR_SIZE] = "";
    wake_libraries();
    if (!sandbox_enter(&plan, state, error)) {
        complain("%s", error);
        return false;
    }
    if (options->verbose && state->missing[0] != '\0') {
        complain("the sandbox is without %s", state->missing);
    }
    return true;
}
