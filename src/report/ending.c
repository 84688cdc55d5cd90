#include "report/ending.h"

#include <string.h>

bool ending_closed(const struct tlswatch_record *record) {
    return record->closed.how == TLSWATCH_CLOSED_FIN || record->closed.how == TLSWATCH_CLOSED_RST;
}

bool ending_is_proof(const struct tlswatch_record *record, const struct tlswatch_mark *mark) {
    for (size_t i = 0; i < record->num_frames; i++) {
        if (record->frames[i] == mark->frame && mark->file == record->start.file) {
            return true;
        }
    }
    return false;
}

/* In TLS 1.3 an alert looks like any other record: it is the last that its sender sent in that frame. */
static const struct tlswatch_alert *hidden_alert_of(const struct tlswatch_record *record, size_t message) {
    const struct tlswatch_message *m = &record->messages[message];
    for (size_t i = message + 1; i < record->num_messages; i++) {
        if (record->messages[i].sender == m->sender && record->messages[i].mark.frame == m->mark.frame) {
            return NULL;
        }
    }
    for (size_t i = 0; i < record->num_alerts; i++) {
        const struct tlswatch_alert *alert = &record->alerts[i];
        if (alert->encrypted && alert->sender == m->sender && alert->mark.frame == m->mark.frame) {
            return alert;
        }
    }
    return NULL;
}

/* The timeline names alerts, the list of alerts describes them, both in order. */
const struct tlswatch_alert *ending_alert_of(const struct tlswatch_record *record, size_t message) {
    const struct tlswatch_message *m = &record->messages[message];
    size_t before = 0;
    if (strcmp(m->name, "Alert") != 0) {
        return m->encrypted ? hidden_alert_of(record, message) : NULL;
    }
    for (size_t i = 0; i < message; i++) {
        const struct tlswatch_message *other = &record->messages[i];
        before += strcmp(other->name, "Alert") == 0 && other->sender == m->sender && other->mark.frame == m->mark.frame;
    }
    for (size_t i = 0; i < record->num_alerts; i++) {
        const struct tlswatch_alert *alert = &record->alerts[i];
        if (alert->sender == m->sender && alert->mark.frame == m->mark.frame && before-- == 0) {
            return alert;
        }
    }
    return NULL;
}

static bool may_break(const struct tlswatch_record *record, const struct tlswatch_alert *alert) {
    if (record->reason != NULL) {
        return alert->readable && strcmp(alert->name, record->reason) == 0;
    }
    if (alert->readable) {
        return alert->level == 2 && alert->code != 0;
    }
    return alert->inferred == TLSWATCH_INFERRED_FATAL ||
           (alert->inferred == TLSWATCH_INFERRED_UNKNOWN && record->outcome == TLSWATCH_FAILED);
}

/* The verdict names the frames of the file in which it began; of an alert in the next one it can say nothing. */
const struct tlswatch_alert *ending_alert(const struct tlswatch_record *record) {
    const struct tlswatch_alert *found = NULL;
    for (size_t i = 0; i < record->num_alerts; i++) {
        const struct tlswatch_alert *alert = &record->alerts[i];
        bool named = record->num_frames == 0 || alert->mark.file != record->start.file || ending_is_proof(record, &alert->mark);
        if (named && may_break(record, alert)) {
            found = alert;
        }
    }
    return found;
}

struct tlswatch_mark ending_mark(const struct tlswatch_record *record) {
    const struct tlswatch_alert *alert = ending_alert(record);
    return alert != NULL ? alert->mark : record->closed.mark.frame != 0 ? record->closed.mark : record->end;
}
