/*
 * What a record says of the end of a conversation, for every view that shows it: which message is which alert, and where
 * it broke.
 */
#ifndef TLSWATCH_REPORT_ENDING_H
#define TLSWATCH_REPORT_ENDING_H

#include "tlswatch/tlswatch.h"

/* ending_closed: somebody closed the connection, by FIN or RST. */
bool ending_closed(const struct tlswatch_record *record);

/* ending_is_proof: the mark is on one of the frames that the verdict names. */
bool ending_is_proof(const struct tlswatch_record *record, const struct tlswatch_mark *mark);

/* ending_alert_of is the alert that this message of the timeline is; NULL: it is none. */
const struct tlswatch_alert *ending_alert_of(const struct tlswatch_record *record, size_t message);

/* ending_alert is the alert at which it broke; NULL: at none. What echoes a close, or only takes leave, broke nothing. */
const struct tlswatch_alert *ending_alert(const struct tlswatch_record *record);

/* ending_mark is where it broke: that alert, or the close, or the last frame of the conversation. */
struct tlswatch_mark ending_mark(const struct tlswatch_record *record);

#endif
