/* The parts of a block of text, each printed from the record at the start of a line and ending its last one. */
#ifndef TLSWATCH_REPORT_TEXT_H
#define TLSWATCH_REPORT_TEXT_H

#include "report/layout.h"
#include "report/report.h"

/* Where the columns of evidence begin: side, what it did, the object. The frame stands at the right edge. */
#define TEXT_SIDE_COLUMN 4
#define TEXT_DID_COLUMN 12
#define TEXT_OBJECT_COLUMN 34

/* text_heading says in which file and on which day, in which zone, the blocks below stand, where that changes. */
void text_heading(struct layout *l, struct text_report *report, int64_t time_ns, const char *file);

/* text_head is the first line of a block: mark, time, client, server and name, version, stream. It does not end it;
 * text_times says there how often its finding came, and until when. */
void text_head(struct layout *l, const struct text_report *report, const struct tlswatch_record *record, enum text_class as);
void text_times(struct layout *l, const struct text_report *report, const struct repeat *repeat);

/* text_address writes "192.0.2.1:443" or "[2001:db8::1]:443". */
void text_address(struct layout *l, const char *ip, uint16_t port);

/* text_summary_line is all there is of a good conversation, on one line. */
void text_summary_line(struct layout *l, const struct text_report *report, const struct tlswatch_record *record, enum text_class as);

/* text_repeat_line is a finding that came again: when last, who, the cause, how often since when. text_more_of_it says it
 * below the finding's own block. */
void text_repeat_line(struct layout *l, const struct text_report *report, const struct repeat *repeat);
void text_more_of_it(struct layout *l, const struct text_report *report, const struct repeat *repeat);

/* text_evidence is what was seen, a line each: side, what it did, the object, frame. */
void text_evidence(struct layout *l, const struct tlswatch_record *record, bool verbose);

/* text_verbose is what -v adds: both chains whole, all names that were advertised, every message. */
void text_verbose(struct layout *l, const struct tlswatch_record *record);

/* A line of evidence: text_side begins it, text_object goes on with the object, cut to what fits before a note and the
 * frame (0: none), and ends it. `object` and `note` may be NULL; a note of what is wrong is red. */
void text_side(struct layout *l, enum tlswatch_side side);
void text_object(struct layout *l, const char *object, const char *note, bool wrong, uint64_t frame);

/* text_chain is the certificates that one side sent, and whether their issuer was found. */
void text_chain(struct layout *l, const struct tlswatch_record *record, enum tlswatch_side side);

/* text_offset is how far the zone that is shown is ahead of UTC at that time, in seconds; text_zone names it. */
int text_offset(const struct text_options *options, int64_t time_s);
void text_zone(struct layout *l, int offset);

/* text_time writes the time of a conversation as -t wants it; by default "14:03:22.781". */
void text_time(struct layout *l, const struct text_report *report, int64_t time_ns);

/* text_since writes a time of day, with the date where that is another than on `day_of_ns`. */
void text_since(struct layout *l, const struct text_options *options, int64_t time_ns, int64_t day_of_ns);

/* text_moment writes "2026-11-20 14:03:22" in the zone that is shown. */
void text_moment(struct layout *l, const struct text_options *options, int64_t time_ns);

/* text_date_time writes "2026-11-19 23:59:59 UTC". */
void text_date_time(struct layout *l, int64_t time_s);
void text_date(struct layout *l, int64_t time_s);

/* text_path writes as much of a path as the line holds: of a long one the end. */
void text_path(struct layout *l, const char *path);

/* text_list writes items with commas between them, as many as the line holds, and how many more there are. */
void text_list(struct layout *l, const char *const *items);

#endif
