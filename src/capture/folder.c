#include "capture/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool folder_is(const char *path) {
    struct stat status;
    return strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int folder_wants(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static bool folder_offer(const char *folder, const char *name, folder_callback callback, void *user) {
    struct stat status;
    size_t len = strlen(folder);
    size_t size = len + strlen(name) + 2;
    char *path = malloc(size);
    if (path == NULL) {
        return false;
    }
    snprintf(path, size, "%s%s%s", folder, len > 0 && folder[len - 1] == '/' ? "" : "/", name);
    bool go_on = stat(path, &status) != 0 || !S_ISREG(status.st_mode) || callback(user, path);
    free(path);
    return go_on;
}

bool folder_list(const char *path, folder_callback callback, void *user, char error[CAPTURE_ERROR_SIZE]) {
    struct dirent **entries;
    int num_entries = scandir(path, &entries, folder_wants, alphasort);
    if (num_entries < 0) {
        snprintf(error, CAPTURE_ERROR_SIZE, "%s: %s", path, errno == EACCES ? "no permission to list this folder" : strerror(errno));
        return false;
    }
    bool go_on = true;
    for (int i = 0; i < num_entries; i++) {
        go_on = go_on && folder_offer(path, entries[i]->d_name, callback, user);
        free(entries[i]);
    }
    free(entries);
    if (!go_on) {
        snprintf(error, CAPTURE_ERROR_SIZE, "%s: out of memory", path);
    }
    return go_on;
}
