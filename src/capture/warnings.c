#include "capture/warnings.h"

#include "base/escape.h"
#include "base/limits.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool warnings_grow(struct warnings *w) {
    if (w->num_texts < w->size) {
        return true;
    }
    size_t size = w->size == 0 ? 8 : w->size * 2;
    char **texts = realloc(w->texts, size * sizeof *texts);
    if (texts == NULL) {
        return false;
    }
    w->texts = texts;
    w->size = size;
    return true;
}

void warnings_add(struct warnings *w, const char *format, ...) {
    if (w->num_texts >= LIMIT_CAPTURE_WARNINGS || !warnings_grow(w)) {
        return;
    }
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    bool last = w->num_texts == LIMIT_CAPTURE_WARNINGS - 1;
    const char *kept = last ? "more was wrong with the captures than is said here" : text;
    char *copy = escape_utf8(bytes_of(kept, strlen(kept)), sizeof text);
    if (copy != NULL) {
        w->texts[w->num_texts++] = copy;
    }
}

const char *warnings_take(struct warnings *w) {
    return w->taken < w->num_texts ? w->texts[w->taken++] : NULL;
}

void warnings_clear(struct warnings *w) {
    for (size_t i = 0; i < w->num_texts; i++) {
        free(w->texts[i]);
    }
    free(w->texts);
    *w = (struct warnings){0};
}
