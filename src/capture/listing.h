/*
 * The files that paths stand for: what was named, and in folders each plain file, by name. Hidden ones and folders in
 * folders are passed over. Files are not opened, so this can be done while a process may still look around.
 */
#ifndef TLSWATCH_CAPTURE_LISTING_H
#define TLSWATCH_CAPTURE_LISTING_H

#include "capture/capture.h"

struct listing_file {
    char *path;
    bool in_folder; /* it was found, not named */
};

struct capture_listing {
    struct listing_file *files;
    size_t num_files, size;
    char *first_given; /* path */
    bool may_be_none;  /* what was found need not be a capture */
};

/* listing_new: NULL with `error` filled where a folder can't be listed. */
struct capture_listing *listing_new(const char *const *paths, size_t num_paths, char error[CAPTURE_ERROR_SIZE]);

/* listing_one: a listing of that one of its files; NULL where memory is exhausted. */
struct capture_listing *listing_one(const struct capture_listing *all, size_t index);

void listing_free(struct capture_listing *l);

#endif
