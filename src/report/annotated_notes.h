/* What is said on the frames of an annotated capture, from the record. */
#ifndef TLSWATCH_REPORT_ANNOTATED_NOTES_H
#define TLSWATCH_REPORT_ANNOTATED_NOTES_H

#include "report/report.h"

#define NOTES_MOST 16

struct note {
    struct tlswatch_mark mark;
    const char *text;
};

/* Notes on different frames of one conversation; zeroed, it has none. */
struct notes {
    struct note items[NOTES_MOST];
    struct buffer texts[NOTES_MOST]; /* what the items point to */
    size_t num;
};

/* notes_collect fills in what the request, the certificates, the alerts and the end of the connection show, and the
 * verdict on the frame in which it broke. */
void notes_collect(struct notes *notes, const struct tlswatch_record *record);
void notes_clear(struct notes *notes);

/* notes_summary writes what the whole file holds, and a NUL. */
void notes_summary(struct buffer *out, const uint64_t classes[TEXT_MIDDLE + 1], const uint64_t causes[TLSWATCH_NUM_CAUSES],
                   uint64_t num_conversations);

#endif
