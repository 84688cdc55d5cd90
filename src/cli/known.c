#include "cli/known.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "cli/run.h"

/* All of a file, or of a pipe; false with errno set. */
static bool read_all(const char *path, struct buffer *out) {
    uint8_t block[65536];
    ssize_t n = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && ((n = read(fd, block, sizeof block)) > 0 || (n < 0 && errno == EINTR))) {
        if (n > 0 && !buffer_append(out, (struct bytes){block, (size_t)n}, LIMIT_CERTIFICATE_FILE)) {
            errno = EFBIG;
            n = -1;
            break;
        }
    }
    int error = errno;
    if (fd >= 0) {
        close(fd);
    }
    errno = error;
    return n == 0;
}

/* In a folder what holds no certificate is passed over, as is what cannot be read. */
static bool give_known_file(struct tlswatch *watcher, const char *path, bool of_folder) {
    struct buffer file = {0};
    const char *why = NULL;
    size_t num = 0;
    if (!read_all(path, &file)) {
        complain("%s: %s", path, strerror(errno));
    } else {
        num = tlswatch_add_certificates(watcher, file.p, file.len, path, &why);
        if (num == 0 && !of_folder) {
            complain("%s: no certificate in it (%s)", path, why != NULL ? why : "PEM of something else");
        } else if (num > 0 && why != NULL) {
            complain("%s: a certificate in it is left out (%s)", path, why);
        }
    }
    buffer_clear(&file);
    return num > 0 || of_folder;
}

static int is_shown(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static bool give_known_folder(struct tlswatch *watcher, const char *folder) {
    struct dirent **entries;
    int num = scandir(folder, &entries, is_shown, alphasort);
    if (num < 0) {
        complain("%s: %s", folder, strerror(errno));
        return false;
    }
    for (int i = 0; i < num; i++) {
        struct stat status;
        char *path = NULL;
        if (asprintf(&path, "%s/%s", folder, entries[i]->d_name) >= 0 && stat(path, &status) == 0 && S_ISREG(status.st_mode)) {
            give_known_file(watcher, path, true);
        }
        free(path);
        free(entries[i]);
    }
    free(entries);
    return true;
}

static bool give_known(struct tlswatch *watcher, const char *path) {
    struct stat status;
    bool is_folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    return is_folder ? give_known_folder(watcher, path) : give_known_file(watcher, path, false);
}

static bool give_trust(struct tlswatch *watcher, const struct trust_option *option) {
    struct buffer file = {0};
    const char *why = NULL;
    bool given = false;
    if (!read_all(option->file, &file)) {
        complain("%s: %s", option->file, strerror(errno));
    } else {
        given = tlswatch_add_trust(watcher, &option->scope, file.p, file.len, option->file, &why);
        if (!given) {
            complain("%s: no certificate in it (%s)", option->file, why != NULL ? why : "PEM of something else");
        } else if (why != NULL) {
            complain("%s: a certificate in it is left out (%s)", option->file, why);
        }
    }
    buffer_clear(&file);
    return given;
}

bool known_give(const struct options *options, struct tlswatch *watcher) {
    for (size_t i = 0; i < options->num_known; i++) {
        if (!give_known(watcher, options->known[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < options->num_trusts; i++) {
        if (!give_trust(watcher, &options->trusts[i])) {
            return false;
        }
    }
    return true;
}
