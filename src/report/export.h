/*
 * What was sent, as files: every certificate once as SHA256.pem; of each conversation the chains in the order sent as
 * ID-client.pem and ID-server.pem, and the names that the server advertised as ID-advertised.txt, one a line, and
 * ID-advertised.der, one behind the other. ID is the record's.
 *
 * Names of files are hexadecimal digits and these words, nothing off the wire. Files are made anew in the one folder:
 * no link is followed, nothing is overwritten, and what could not be written whole is not left behind. Where a record
 * has no DER (redacted), a chain is a text of what is known of it, ID-client.txt.
 */
#ifndef TLSWATCH_REPORT_EXPORT_H
#define TLSWATCH_REPORT_EXPORT_H

#include "report/groups.h"
#include "tlswatch/tlswatch.h"

struct export;

#define EXPORT_ERROR_SIZE 512

/* export_open makes the folder where it is missing; NULL with a line of text in `error`. The path is borrowed. */
struct export *export_open(const char *path, char error[EXPORT_ERROR_SIZE]);
void export_free(struct export *e);

/* Where another process makes the files: -1 with errno set as export_create; export_remove. */
struct export_access {
    int (*create)(void *user, const char *name);
    void (*remove)(void *user);
    void *user;
};

/* export_through: files are made so from now on. */
void export_through(struct export *e, const struct export_access *access);

/* export_create makes a file in the folder; -1 with errno set where it can't, is there already, or has a name that is
 * none of the above. export_remove removes the one that was made last. */
int export_create(struct export *e, const char *name);
void export_remove(struct export *e);

/* export_record writes the files of one conversation; false, now and from then on, where one could not be written. */
bool export_record(struct export *e, const struct tlswatch_record *record);

/* export_error says in a line what could not be written; NULL: all is well. */
const char *export_error(const struct export *e);

/* export_kept: files of conversations were there before and were left as they are. */
bool export_kept(const struct export *e);

/* export_again: the same conversations come once more; that their files are there by then is not worth a word. */
void export_again(struct export *e);

#endif
