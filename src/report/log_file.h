/*
 * A file of lines that grows for weeks, and is renamed by others while it does (logrotate).
 *
 * Its folder is opened once, and from then on the file only by its name in that folder: opening it anew needs no path.
 * A line is appended by one write(2); a process that is killed may leave the last one torn, and who opens the file next
 * cuts that back to the last whole line, since half a line of JSON can't be read by anybody.
 *
 * Where this process has given up the right to open files, another one does it: `open`. What else is needed is fstat,
 * flock, lseek, pread, write and ftruncate on what is open; nothing is renamed or removed here.
 */
#ifndef TLSWATCH_REPORT_LOG_FILE_H
#define TLSWATCH_REPORT_LOG_FILE_H

#include "report/report.h"

#define LOG_FILE_ERROR_SIZE 512

struct log_file {
    const char *path;                                         /* borrowed, for what is said of it; NULL: not open */
    const char *name;                                         /* its last part */
    int folder;                                               /* -1: let go of */
    struct report_sink sink;                                  /* live; its descriptor is the file's */
    uint64_t cut;                                             /* bytes of a torn line that were cut off when it was opened last */
    int (*open)(void *user, char error[LOG_FILE_ERROR_SIZE]); /* as log_file_open_name; NULL: it is opened here */
    void *user;
};

/* log_file_open opens or makes the file; false, with a line of text in `error`, where that can't be, or where it holds
 * something else than such lines. */
bool log_file_open(struct log_file *l, const char *path, char error[LOG_FILE_ERROR_SIZE]);

/* log_file_reopen goes over to the file that has the name now, and makes it where there is none. False, with `error`
 * filled, where it can't be had: then the one before goes on. */
bool log_file_reopen(struct log_file *l, char error[LOG_FILE_ERROR_SIZE]);

/* log_file_through: from now on another process opens the file, and this one lets go of the folder. */
void log_file_through(struct log_file *l, int (*open)(void *user, char error[LOG_FILE_ERROR_SIZE]), void *user);

/* log_file_open_name opens what has the name now; -1 with `error` filled. */
int log_file_open_name(const struct log_file *l, char error[LOG_FILE_ERROR_SIZE]);

/* log_file_close: a zeroed struct is allowed. */
void log_file_close(struct log_file *l);

#endif
