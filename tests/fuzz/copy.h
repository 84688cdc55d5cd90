/*
 * A copy of an input behind which nothing can be read. With the address sanitizer it is an allocation of exactly its
 * size; without one, where runs are many times cheaper, a page that cannot be read follows it.
 */
#ifndef TLSWATCH_TESTS_FUZZ_COPY_H
#define TLSWATCH_TESTS_FUZZ_COPY_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/bytes.h"

static inline void expect(bool holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "does not hold: %s\n", what);
        abort();
    }
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FUZZ_GUARDED 0
#endif
#endif
#ifndef FUZZ_GUARDED
#define FUZZ_GUARDED 1
#endif

enum { FUZZ_PLACES = 4, FUZZ_PLACE = 128 * 1024, FUZZ_PAGE = 4096 };

/* Few copies live at a time; what finds no place, or is too long for one, is allocated. */
struct fuzz_place {
    uint8_t *begin;
    bool taken;
};

static struct fuzz_place fuzz_places[FUZZ_PLACES];

static inline struct fuzz_place *fuzz_free_place(size_t len) {
    for (size_t i = 0; FUZZ_GUARDED && i < FUZZ_PLACES && len <= FUZZ_PLACE; i++) {
        if (!fuzz_places[i].taken) {
            return &fuzz_places[i];
        }
    }
    return NULL;
}

static inline uint8_t *fuzz_place_take(struct fuzz_place *place, size_t len) {
    if (place->begin == NULL) {
        void *p = mmap(NULL, FUZZ_PLACE + FUZZ_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        expect(p != MAP_FAILED && mprotect((uint8_t *)p + FUZZ_PLACE, FUZZ_PAGE, PROT_NONE) == 0, "there is memory");
        place->begin = p;
    }
    place->taken = true;
    return place->begin + FUZZ_PLACE - len;
}

/* What a target needs for itself never fails. */
void *__real_malloc(size_t len);

static inline void *fuzz_sound_malloc(size_t len) {
    return __real_malloc(len);
}

/* fuzz_copy returns the bytes at a place of their own, to be given back with fuzz_release. */
static inline uint8_t *fuzz_copy(struct bytes data) {
    struct fuzz_place *place = fuzz_free_place(data.len);
    uint8_t *copy = place != NULL ? fuzz_place_take(place, data.len) : fuzz_sound_malloc(data.len > 0 ? data.len : 1);
    expect(copy != NULL, "there is memory");
    if (data.len > 0) {
        memcpy(copy, data.p, data.len);
    }
    return copy;
}

static inline void fuzz_release(const uint8_t *copy) {
    for (size_t i = 0; i < FUZZ_PLACES; i++) {
        const uint8_t *begin = fuzz_places[i].begin;
        if (begin != NULL && copy >= begin && copy <= begin + FUZZ_PLACE) {
            fuzz_places[i].taken = false;
            return;
        }
    }
    free((void *)(uintptr_t)copy);
}

#endif
