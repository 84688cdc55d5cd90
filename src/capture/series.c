#include "capture/series.h"

#include "base/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct series_file {
    const char *name;
    size_t order; /* as they were listed; decides between equal times */
    bool in_folder;
    bool known; /* first_ns and link_type are */
    int64_t first_ns;
    uint32_t link_type;
    struct source *source; /* NULL: not open */
    bool ready;            /* the source's frame is the next one of this file */
    bool ended;
    uint64_t size; /* bytes; 0: a pipe */
};

struct series {
    struct source_context context;
    struct series_file *files;
    size_t num_files;
    size_t next;                                        /* the first that has not been opened for its frames */
    struct series_file *heap[LIMIT_CAPTURE_OPEN_FILES]; /* open ones, that with the earliest frame first */
    size_t num_open;
    bool given; /* the frame of heap[0] has been given out */
    bool told_limit;
    char error[CAPTURE_ERROR_SIZE];
};

/* A pipe is looked at when its turn comes, since its beginning may be long in coming; another file that will be read
 * alone is read on from here. */
static bool series_look_keeps(const struct series *s, const struct source *source) {
    return source->pipe || s->num_files == 1;
}

/* Looks into a file for what it is and when it begins. What is wrong with its frames is told when they are read. */
static bool series_look(struct series *s, struct series_file *file) {
    struct warnings unheard = {0};
    struct capture_statistics uncounted = {0};
    struct source_context aside = s->context;
    aside.warnings = &unheard;
    aside.statistics = &uncounted;
    aside.secrets = NULL;
    file->source = source_open(file->name, file->order, &aside, s->error);
    if (file->source == NULL) {
        return false;
    }
    bool keep = series_look_keeps(s, file->source);
    file->size = source_size(file->source);
    file->source->context = keep ? &s->context : &aside;
    enum source_result result = file->source->reader.waits ? SOURCE_IDLE : source_next(file->source, 0);
    if (result == SOURCE_FRAME) {
        file->known = true;
        file->first_ns = file->source->frame.time_ns;
        file->link_type = file->source->frame.link_type;
        file->ready = keep;
    } else if (result == SOURCE_FOREIGN) {
        memcpy(s->error, file->source->error, sizeof s->error);
    }
    if (!keep || result == SOURCE_FOREIGN) {
        source_free(file->source);
        file->source = NULL;
    }
    warnings_clear(&unheard);
    return result != SOURCE_FOREIGN;
}

/* In a folder, what is not a capture is passed over. */
static bool series_look_at_all(struct series *s) {
    size_t num_kept = 0;
    bool well = true;
    for (size_t i = 0; i < s->num_files && well; i++) {
        struct series_file *file = &s->files[i];
        if (series_look(s, file)) {
            s->files[num_kept++] = *file;
        } else {
            well = file->in_folder;
        }
    }
    s->num_files = num_kept;
    return well;
}

static int series_file_compare(const void *a, const void *b) {
    const struct series_file *x = a, *y = b;
    if (x->first_ns != y->first_ns) {
        return x->first_ns < y->first_ns ? -1 : 1;
    }
    return x->order < y->order ? -1 : x->order > y->order;
}

struct series *series_open(const struct capture_listing *listing, const struct source_context *context, char error[CAPTURE_ERROR_SIZE]) {
    struct series *s = calloc(1, sizeof *s);
    if (s != NULL) {
        s->files = calloc(listing->num_files + 1, sizeof *s->files);
    }
    if (s == NULL || s->files == NULL) {
        snprintf(error, CAPTURE_ERROR_SIZE, "out of memory");
        series_free(s);
        return NULL;
    }
    s->context = *context;
    for (size_t i = 0; i < listing->num_files; i++) {
        const struct listing_file *file = &listing->files[i];
        s->files[s->num_files++] =
                (struct series_file){.name = file->path, .order = i, .in_folder = file->in_folder, .first_ns = INT64_MIN};
    }
    bool looked = series_look_at_all(s);
    bool empty = s->num_files == 0 && !listing->may_be_none;
    if (looked && empty) {
        snprintf(s->error, sizeof s->error, "%s: no captures in this folder (folders in it are not searched)", listing->first_given);
    }
    if (!looked || empty) {
        memcpy(error, s->error, CAPTURE_ERROR_SIZE);
        series_free(s);
        return NULL;
    }
    context->statistics->files = s->num_files;
    qsort(s->files, s->num_files, sizeof *s->files, series_file_compare);
    return s;
}

void series_free(struct series *s) {
    if (s == NULL) {
        return;
    }
    for (size_t i = 0; i < s->num_files; i++) {
        source_free(s->files[i].source);
    }
    free(s->files);
    free(s);
}

static bool series_before(const struct series_file *a, const struct series_file *b) {
    int64_t x = a->source->frame.time_ns, y = b->source->frame.time_ns;
    return x != y ? x < y : a->order < b->order;
}

static void series_sift_down(struct series *s) {
    size_t i = 0;
    for (;;) {
        size_t first = 2 * i + 1;
        if (first >= s->num_open) {
            return;
        }
        if (first + 1 < s->num_open && series_before(s->heap[first + 1], s->heap[first])) {
            first++;
        }
        if (!series_before(s->heap[first], s->heap[i])) {
            return;
        }
        struct series_file *file = s->heap[i];
        s->heap[i] = s->heap[first];
        s->heap[first] = file;
        i = first;
    }
}

static void series_push(struct series *s, struct series_file *file) {
    size_t i = s->num_open++;
    for (; i > 0 && series_before(file, s->heap[(i - 1) / 2]); i = (i - 1) / 2) {
        s->heap[i] = s->heap[(i - 1) / 2];
    }
    s->heap[i] = file;
}

static void series_close(struct series_file *file) {
    source_free(file->source);
    file->source = NULL;
    file->ended = true;
}

/* The file whose frame was given out reads its next one, or leaves. */
static enum source_result series_advance(struct series *s, int timeout_ms) {
    struct series_file *file = s->heap[0];
    enum source_result result = source_next(file->source, timeout_ms);
    if (result == SOURCE_IDLE) {
        return SOURCE_IDLE;
    }
    s->given = false;
    if (result != SOURCE_FRAME) {
        series_close(file);
        s->heap[0] = s->heap[--s->num_open];
    }
    if (s->num_open > 1) {
        series_sift_down(s);
    }
    return SOURCE_FRAME;
}

static bool series_due(struct series *s) {
    if (s->next == s->num_files || (s->num_open > 0 && s->files[s->next].first_ns > s->heap[0]->source->frame.time_ns)) {
        return false;
    }
    if (s->num_open == LIMIT_CAPTURE_OPEN_FILES && !s->told_limit) {
        s->told_limit = true;
        warnings_add(s->context.warnings, "more than %d captures overlap in time: some are read later than their time",
                     LIMIT_CAPTURE_OPEN_FILES);
    }
    return s->num_open < LIMIT_CAPTURE_OPEN_FILES;
}

/* Opens the file whose time has come. Where it changed since it was looked at, the others go on without it. */
static enum source_result series_start(struct series *s, int timeout_ms) {
    struct series_file *file = &s->files[s->next];
    if (file->source == NULL) {
        file->source = source_open(file->name, file->order, &s->context, s->error);
    }
    enum source_result result = SOURCE_FOREIGN;
    if (file->source != NULL) {
        result = file->ready ? SOURCE_FRAME : source_next(file->source, timeout_ms);
    }
    if (result == SOURCE_IDLE) {
        return SOURCE_IDLE;
    }
    if (result == SOURCE_FOREIGN && file->source != NULL) {
        memcpy(s->error, file->source->error, sizeof s->error);
        if (file->source->pipe) {
            return SOURCE_FOREIGN;
        }
    }
    s->next++;
    if (result == SOURCE_FRAME) {
        series_push(s, file);
        return SOURCE_FRAME;
    }
    if (result == SOURCE_FOREIGN) {
        warnings_add(s->context.warnings, "%s", s->error);
    }
    series_close(file);
    return SOURCE_FRAME;
}

enum source_result series_next(struct series *s, const struct tlswatch_frame **frame, int timeout_ms) {
    enum source_result result = s->given ? series_advance(s, timeout_ms) : SOURCE_FRAME;
    while (result == SOURCE_FRAME && series_due(s)) {
        result = series_start(s, timeout_ms);
    }
    if (result != SOURCE_FRAME) {
        return result;
    }
    if (s->num_open == 0) {
        return SOURCE_END;
    }
    s->given = true;
    *frame = &s->heap[0]->source->frame;
    return SOURCE_FRAME;
}

size_t series_more(struct series *s, struct tlswatch_frame *frames, size_t max) {
    bool alone = s->given && s->num_open == 1 && s->next == s->num_files;
    return alone ? source_more(s->heap[0]->source, frames, max) : 0;
}

const char *series_error(const struct series *s) {
    return s->error;
}

void series_bytes(const struct series *s, uint64_t *bytes, uint64_t *total) {
    uint64_t done = 0, all = 0;
    bool pipe = false;
    for (size_t i = 0; i < s->num_files; i++) {
        const struct series_file *file = &s->files[i];
        done += file->ended ? file->size : file->source != NULL ? source_bytes(file->source) : 0;
        all += file->size;
        pipe = pipe || file->size == 0;
    }
    *bytes = done;
    *total = pipe ? 0 : all;
}

bool series_link_type(const struct series *s, size_t index, bool *known, uint32_t *link_type) {
    if (index >= s->num_files) {
        return false;
    }
    *known = s->files[index].known;
    *link_type = s->files[index].link_type;
    return true;
}
