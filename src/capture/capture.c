#include "capture/capture.h"

#include "base/escape.h"
#include "capture/filter.h"
#include "capture/live.h"
#include "capture/series.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINK_TYPE_ETHERNET 1

/* Either an interface or a series of files. */
struct capture {
    struct live *live;
    struct series *series;
    struct capture_listing *listing; /* the series', where nobody else had one; NULL otherwise */
    struct filter *filter;           /* of files; NULL: everything. Live, the kernel filters. */
    struct wake wake;
    struct warnings warnings;
    struct capture_statistics statistics;
    struct capture_secrets secrets;
    char error[CAPTURE_ERROR_SIZE];
};

/* Names of files and interfaces are shown, and may hold anything. */
static void error_escape(char error[CAPTURE_ERROR_SIZE]) {
    char *escaped = escape_utf8(bytes_of(error, strlen(error)), CAPTURE_ERROR_SIZE);
    if (escaped != NULL) {
        snprintf(error, CAPTURE_ERROR_SIZE, "%s", escaped);
    }
    free(escaped);
}

static struct capture *capture_new(char error[CAPTURE_ERROR_SIZE]) {
    struct capture *c = calloc(1, sizeof *c);
    if (c == NULL) {
        snprintf(error, CAPTURE_ERROR_SIZE, "out of memory");
        return NULL;
    }
    if (pipe(c->wake.fds) != 0) {
        snprintf(error, CAPTURE_ERROR_SIZE, "no pipe to be woken by: %s", strerror(errno));
        free(c);
        return NULL;
    }
    for (int i = 0; i < 2; i++) {
        fcntl(c->wake.fds[i], F_SETFD, FD_CLOEXEC);
        fcntl(c->wake.fds[i], F_SETFL, O_NONBLOCK);
    }
    return c;
}

void capture_free(struct capture *c) {
    if (c == NULL) {
        return;
    }
    live_free(c->live);
    series_free(c->series);
    listing_free(c->listing);
    filter_free(c->filter);
    warnings_clear(&c->warnings);
    close(c->wake.fds[0]);
    close(c->wake.fds[1]);
    free(c);
}

/* An expression is refused at once where it makes sense for none of the files: "type mgt" does for wireless ones
 * only. What a pipe will bring is not known: Ethernet stands for it. */
static bool capture_filter_suits(struct capture *c) {
    bool known, any_known = false;
    uint32_t link_type;
    for (size_t i = 0; series_link_type(c->series, i, &known, &link_type); i++) {
        if (known && filter_compile(c->filter, link_type)) {
            return true;
        }
        any_known |= known;
    }
    return !any_known && filter_compile(c->filter, LINK_TYPE_ETHERNET);
}

static bool capture_filter(struct capture *c, const struct capture_files *files, char error[CAPTURE_ERROR_SIZE]) {
    const char *expression = files->filter;
    if (expression == NULL || expression[0] == '\0') {
        return true;
    }
    c->filter = filter_new(expression, files->access);
    if (c->filter == NULL) {
        snprintf(error, CAPTURE_ERROR_SIZE, "out of memory");
        return false;
    }
    if (!capture_filter_suits(c)) {
        snprintf(error, CAPTURE_ERROR_SIZE, "filter \"%s\": %s", expression, filter_problem(c->filter));
        return false;
    }
    return true;
}

struct capture_listing *capture_list(const char *const *paths, size_t num_paths, char error[CAPTURE_ERROR_SIZE]) {
    struct capture_listing *listing = listing_new(paths, num_paths, error);
    if (listing == NULL) {
        error_escape(error);
    }
    return listing;
}

struct capture_listing *capture_list_one(const struct capture_listing *all, size_t index) {
    return listing_one(all, index);
}

void capture_listing_free(struct capture_listing *listing) {
    listing_free(listing);
}

const char *capture_listing_path(const struct capture_listing *listing, size_t index) {
    return index < listing->num_files ? listing->files[index].path : NULL;
}

int capture_open_file(const char *path) {
    return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

static bool capture_open_series(struct capture *c, const struct capture_files *files, char error[CAPTURE_ERROR_SIZE]) {
    const struct source_context context = {files->libpcap, &c->wake, &c->warnings, &c->statistics, &c->secrets, files->access};
    const struct capture_listing *listing = files->listing;
    if (listing == NULL) {
        listing = c->listing = listing_new(files->paths, files->num_paths, error);
    }
    c->series = listing != NULL ? series_open(listing, &context, error) : NULL;
    return c->series != NULL;
}

struct capture *capture_open_files(const struct capture_files *files, char error[CAPTURE_ERROR_SIZE]) {
    struct capture *c = capture_new(error);
    if (c == NULL) {
        return NULL;
    }
    c->secrets = files->secrets;
    if (!capture_open_series(c, files, error) || !capture_filter(c, files, error)) {
        error_escape(error);
        capture_free(c);
        return NULL;
    }
    return c;
}

struct capture *capture_open_live(const struct capture_live *live, char error[CAPTURE_ERROR_SIZE]) {
    struct capture *c = capture_new(error);
    if (c == NULL) {
        return NULL;
    }
    c->live = live_open(live, &c->warnings, error);
    if (c->live == NULL) {
        error_escape(error);
        capture_free(c);
        return NULL;
    }
    return c;
}

static enum capture_result capture_fail(struct capture *c, const char *error) {
    snprintf(c->error, sizeof c->error, "%s", error);
    error_escape(c->error);
    return CAPTURE_ERROR;
}

/* Who waits for a frame wants to hear now and then that there is none yet. */
#define MOST_FILTERED 65536

static enum capture_result capture_next_of_files(struct capture *c, struct tlswatch_frame *out, int timeout_ms) {
    const struct tlswatch_frame *frame;
    for (unsigned filtered = 0; !c->wake.interrupted; filtered++) {
        if (filtered == MOST_FILTERED) {
            return CAPTURE_IDLE;
        }
        enum source_result result = series_next(c->series, &frame, timeout_ms);
        if (result == SOURCE_FRAME) {
            if (c->filter == NULL || filter_match(c->filter, frame)) {
                c->statistics.frames++;
                *out = *frame;
                return CAPTURE_FRAME;
            }
            c->statistics.filtered++;
            timeout_ms = 0; /* a pipe full of what is not wanted must not hold up the timers */
        } else if (result == SOURCE_FOREIGN) {
            return capture_fail(c, series_error(c->series));
        } else {
            return result == SOURCE_END || c->wake.interrupted ? CAPTURE_END : CAPTURE_IDLE;
        }
    }
    return CAPTURE_END;
}

enum capture_result capture_next(struct capture *c, struct tlswatch_frame *frame, int timeout_ms) {
    if (c->error[0] != '\0') {
        return CAPTURE_ERROR;
    }
    if (c->series != NULL) {
        return capture_next_of_files(c, frame, timeout_ms);
    }
    enum capture_result result = live_next(c->live, frame, timeout_ms, &c->wake);
    if (result == CAPTURE_FRAME) {
        c->statistics.frames++;
    }
    if (result == CAPTURE_ERROR) {
        return capture_fail(c, live_error(c->live));
    }
    return result;
}

size_t capture_more(struct capture *c, struct tlswatch_frame *frames, size_t max) {
    if (c->filter != NULL || c->wake.interrupted) {
        return 0;
    }
    size_t num = c->series != NULL ? series_more(c->series, frames, max) : live_more(c->live, frames, max);
    c->statistics.frames += num;
    return num;
}

int capture_descriptor(const struct capture *c) {
    return c->live != NULL ? live_descriptor(c->live) : -1;
}

const char *capture_warning(struct capture *c) {
    uint32_t link_type;
    while (c->filter != NULL && filter_unable(c->filter, &link_type)) {
        warnings_add(&c->warnings, "the filter says nothing about packets of link type %" PRIu32 ": they are left out", link_type);
    }
    return warnings_take(&c->warnings);
}

const char *capture_error(const struct capture *c) {
    return c->error;
}

void capture_get_statistics(struct capture *c, struct capture_statistics *out) {
    *out = c->statistics;
    if (c->live != NULL) {
        live_drops(c->live, out);
    }
}

void capture_get_bytes(const struct capture *c, uint64_t *bytes, uint64_t *total) {
    *bytes = *total = 0;
    if (c->series != NULL) {
        series_bytes(c->series, bytes, total);
    }
}

void capture_interrupt(struct capture *c) {
    int error = errno;
    c->wake.interrupted = 1;
    ssize_t written = write(c->wake.fds[1], "", 1); /* full: it is readable already */
    (void)written;
    errno = error;
}
