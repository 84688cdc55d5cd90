#include "report/beside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* mkostemp makes files for their owner only; a report is as readable as the shell's umask would make it. */
static void let_read(int fd) {
    mode_t mask = umask(0);
    umask(mask);
    (void)fchmod(fd, 0666 & ~mask);
}

static bool open_temporary(struct beside *b) {
    size_t size = strlen(b->path) + sizeof ".XXXXXX";
    b->temporary = malloc(size);
    if (b->temporary == NULL) {
        return false;
    }
    snprintf(b->temporary, size, "%s.XXXXXX", b->path);
    b->fd = mkostemp(b->temporary, O_CLOEXEC);
    if (b->fd < 0) {
        free(b->temporary);
        b->temporary = NULL;
        return false;
    }
    let_read(b->fd);
    return true;
}

bool beside_open(struct beside *b, const char *path) {
    struct stat status;
    *b = (struct beside){.fd = -1, .path = path};
    if (stat(path, &status) != 0 || S_ISREG(status.st_mode)) {
        return open_temporary(b);
    }
    b->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    return b->fd >= 0;
}

bool beside_finish(struct beside *b) {
    bool synced = b->temporary == NULL || fsync(b->fd) == 0;
    bool closed = close(b->fd) == 0;
    b->fd = -1;
    if (synced && closed && (b->temporary == NULL || rename(b->temporary, b->path) == 0)) {
        free(b->temporary);
        b->temporary = NULL;
        return true;
    }
    int error = errno;
    beside_discard(b);
    errno = error;
    return false;
}

void beside_release(struct beside *b) {
    if (b->fd >= 0) {
        close(b->fd);
    }
    free(b->temporary);
    *b = (struct beside){.fd = -1};
}

void beside_discard(struct beside *b) {
    if (b->temporary != NULL) {
        unlink(b->temporary);
    }
    beside_release(b);
}
