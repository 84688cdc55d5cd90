#include "capture/listing.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool listing_add(struct capture_listing *l, char *path, bool in_folder) {
    if (path != NULL && l->num_files == l->size) {
        size_t size = l->size == 0 ? 16 : l->size * 2;
        struct listing_file *files = realloc(l->files, size * sizeof *files);
        if (files == NULL) {
            free(path);
            return false;
        }
        l->files = files;
        l->size = size;
    }
    if (path != NULL) {
        l->files[l->num_files++] = (struct listing_file){path, in_folder};
    }
    return path != NULL;
}

static bool listing_is_folder(const char *path) {
    struct stat status;
    return strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int listing_wants(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static char *listing_join(const char *folder, const char *name) {
    size_t len = strlen(folder);
    size_t size = len + strlen(name) + 2;
    char *path = malloc(size);
    if (path != NULL) {
        snprintf(path, size, "%s%s%s", folder, len > 0 && folder[len - 1] == '/' ? "" : "/", name);
    }
    return path;
}

static bool listing_offer(struct capture_listing *l, const char *folder, const char *name) {
    struct stat status;
    char *path = listing_join(folder, name);
    if (path != NULL && (stat(path, &status) != 0 || !S_ISREG(status.st_mode))) {
        free(path);
        return true;
    }
    return listing_add(l, path, true);
}

static bool listing_add_folder(struct capture_listing *l, const char *folder, char error[CAPTURE_ERROR_SIZE]) {
    struct dirent **entries;
    int num_entries = scandir(folder, &entries, listing_wants, alphasort);
    if (num_entries < 0) {
        snprintf(error, CAPTURE_ERROR_SIZE, "%s: %s", folder, errno == EACCES ? "no permission to list this folder" : strerror(errno));
        return false;
    }
    bool go_on = true;
    for (int i = 0; i < num_entries; i++) {
        go_on = go_on && listing_offer(l, folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    if (!go_on) {
        snprintf(error, CAPTURE_ERROR_SIZE, "%s: out of memory", folder);
    }
    return go_on;
}

static bool listing_add_path(struct capture_listing *l, const char *path, char error[CAPTURE_ERROR_SIZE]) {
    if (listing_is_folder(path)) {
        return listing_add_folder(l, path, error);
    }
    if (!listing_add(l, strdup(path), false)) {
        snprintf(error, CAPTURE_ERROR_SIZE, "out of memory");
        return false;
    }
    return true;
}

struct capture_listing *listing_new(const char *const *paths, size_t num_paths, char error[CAPTURE_ERROR_SIZE]) {
    struct capture_listing *l = calloc(1, sizeof *l);
    bool listed = l != NULL;
    if (listed) {
        l->first_given = strdup(num_paths > 0 ? paths[0] : "-r");
        listed = l->first_given != NULL;
    }
    if (!listed) {
        snprintf(error, CAPTURE_ERROR_SIZE, "out of memory");
    }
    for (size_t i = 0; i < num_paths && listed; i++) {
        listed = listing_add_path(l, paths[i], error);
    }
    if (!listed) {
        listing_free(l);
        return NULL;
    }
    return l;
}

struct capture_listing *listing_one(const struct capture_listing *all, size_t index) {
    char unheard[CAPTURE_ERROR_SIZE];
    struct capture_listing *l = listing_new(NULL, 0, unheard);
    if (l == NULL || !listing_add(l, strdup(all->files[index].path), all->files[index].in_folder)) {
        listing_free(l);
        return NULL;
    }
    l->may_be_none = all->files[index].in_folder;
    return l;
}

void listing_free(struct capture_listing *l) {
    if (l == NULL) {
        return;
    }
    for (size_t i = 0; i < l->num_files; i++) {
        free(l->files[i].path);
    }
    free(l->files);
    free(l->first_given);
    free(l);
}
