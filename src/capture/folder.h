/*
 * The plain files of a folder, by name. Hidden ones and folders in it are passed over.
 */
#ifndef TLSWATCH_CAPTURE_FOLDER_H
#define TLSWATCH_CAPTURE_FOLDER_H

#include "capture/capture.h"

/* folder_callback gets the path of each file; false ends the listing: memory is exhausted. */
typedef bool (*folder_callback)(void *user, const char *path);

bool folder_is(const char *path);

/* folder_list calls back for each file, in the order of their names; false with `error` filled on failure. */
bool folder_list(const char *path, folder_callback callback, void *user, char error[CAPTURE_ERROR_SIZE]);

#endif
