#include "report/annotated_notes.h"

#include "report/chain.h"
#include "report/ending.h"
#include "report/layout.h"

#define NOTE_MOST 16384 /* bytes of one comment */
#define SHOWN_NAMES 5

static struct layout layout_of(struct buffer *out) {
    return (struct layout){.out = out, .cap = NOTE_MOST, .width = NOTE_MOST, .utf8 = true};
}

/* The note on that frame, which goes on where there is one; NULL: there is no such frame, or no room. */
static struct buffer *note_on(struct notes *notes, const struct tlswatch_mark *mark) {
    if (mark->frame == 0) {
        return NULL;
    }
    for (size_t i = 0; i < notes->num; i++) {
        if (notes->items[i].mark.frame == mark->frame && notes->items[i].mark.file == mark->file) {
            buffer_append(&notes->texts[i], bytes_of("\n", 1), NOTE_MOST);
            return &notes->texts[i];
        }
    }
    if (notes->num == NOTES_MOST) {
        return NULL;
    }
    notes->items[notes->num].mark = *mark;
    struct buffer *text = &notes->texts[notes->num++];
    struct layout l = layout_of(text);
    layout_text(&l, "tlswatch: ");
    return text;
}

/* --- What each frame shows --- */

static void put_names(struct layout *l, const struct tlswatch_certificate_request *request) {
    for (size_t i = 0; i < request->num_authorities && i < SHOWN_NAMES; i++) {
        const char *text = request->authorities[i].text;
        layout_text(l, i == 0 ? ": " : "; ");
        layout_text(l, text != NULL && text[0] != '\0' ? text : "(empty name)");
    }
    if (request->num_authorities > SHOWN_NAMES) {
        layout_text(l, " and ");
        layout_number(l, request->num_authorities - SHOWN_NAMES);
        layout_text(l, " more");
    }
}

static void note_request(struct notes *notes, const struct tlswatch_record *record) {
    const struct tlswatch_certificate_request *request = &record->certificate_request;
    struct buffer *text = request->state == TLSWATCH_SEEN ? note_on(notes, &request->mark) : NULL;
    if (text == NULL) {
        return;
    }
    struct layout l = layout_of(text);
    if (request->num_authorities == 0) {
        layout_text(&l, "the server asked for a certificate and advertised no CA");
    } else {
        layout_text(&l, "the server asked for a certificate and advertised ");
        layout_count(&l, request->num_authorities, "CA");
        put_names(&l, request);
    }
}

static void put_issuer(struct layout *l, const struct tlswatch_record *record, enum tlswatch_side side) {
    const struct tlswatch_certificate *top = chain_of(record, side)->certificates[chain_top(record, side)];
    bool wrong;
    const char *note = chain_issuer_note(record, side, &wrong);
    if (top->malformed == NULL && top->issuer.text != NULL && !top->self_signed) {
        layout_text(l, "; issued by ");
        layout_text(l, top->issuer.text);
        layout_text(l, note != NULL ? "  " : "");
        layout_text(l, note != NULL ? note : "");
    }
}

static void put_findings(struct layout *l, const struct tlswatch_record *record, enum tlswatch_side side) {
    for (size_t i = 0; i < record->num_findings; i++) {
        const struct tlswatch_finding *finding = &record->findings[i];
        if (finding->certificate_of == side && finding->severity != TLSWATCH_INFO && finding->text != NULL) {
            layout_line_end(l);
            layout_text(l, finding->code);
            layout_text(l, ": ");
            layout_text(l, finding->text);
        }
    }
}

static void note_chain(struct notes *notes, const struct tlswatch_record *record, enum tlswatch_side side) {
    const struct tlswatch_chain *chain = chain_of(record, side);
    struct buffer *text = chain->state == TLSWATCH_SEEN ? note_on(notes, &chain->mark) : NULL;
    if (text == NULL) {
        return;
    }
    struct layout l = layout_of(text);
    layout_text(&l, "the ");
    layout_text(&l, tlswatch_side_name(side));
    if (chain->num_certificates == 0) {
        layout_text(&l, " sent an empty list: it declined");
        return;
    }
    layout_text(&l, " sent ");
    layout_count(&l, chain->num_certificates, "certificate");
    for (size_t i = 0; i < chain->num_certificates && i < SHOWN_NAMES; i++) {
        layout_text(&l, i == 0 ? ": " : "; ");
        layout_text(&l, chain_name(chain->certificates[i]));
    }
    put_issuer(&l, record, side);
    put_findings(&l, record, side);
}

static void note_alert(struct notes *notes, const struct tlswatch_alert *alert) {
    struct buffer *text = note_on(notes, &alert->mark);
    if (text == NULL) {
        return;
    }
    struct layout l = layout_of(text);
    layout_text(&l, "the ");
    layout_text(&l, tlswatch_side_name(alert->sender));
    if (alert->readable) {
        layout_text(&l, " sent alert ");
        layout_text(&l, alert->name);
        layout_text(&l, " (");
        layout_number(&l, alert->code);
        layout_text(&l, ")");
    } else {
        layout_text(&l, " sent an alert that is encrypted");
    }
}

static void note_close(struct notes *notes, const struct tlswatch_record *record) {
    struct buffer *text = ending_closed(record) && record->closed.first_by != TLSWATCH_NOBODY ? note_on(notes, &record->closed.mark) : NULL;
    if (text == NULL) {
        return;
    }
    struct layout l = layout_of(text);
    layout_text(&l, "the ");
    layout_text(&l, tlswatch_side_name(record->closed.first_by));
    layout_text(&l, record->closed.how == TLSWATCH_CLOSED_RST ? " reset the connection" : " closed the connection first");
}

/* --- The verdict --- */

static void put_advice(struct layout *l, const char *side, const char *advice) {
    if (advice != NULL) {
        layout_line_end(l);
        layout_text(l, side);
        layout_text(l, advice);
    }
}

static void put_origin(struct layout *l, const struct tlswatch_record *record) {
    layout_line_end(l);
    layout_text(l, "In ");
    layout_text(l, record->start.file != NULL ? record->start.file : "the capture");
    layout_text(l, ": ");
    layout_text(l, record->filter);
}

static void note_verdict(struct notes *notes, const struct tlswatch_record *record) {
    struct tlswatch_mark mark = ending_mark(record);
    struct buffer *text = note_on(notes, &mark);
    if (text == NULL) {
        return;
    }
    struct layout l = layout_of(text);
    layout_text(&l, record->message != NULL ? record->message : tlswatch_cause_name(record->cause));
    layout_text(&l, " [");
    layout_text(&l, tlswatch_cause_name(record->cause));
    layout_text(&l, ", ");
    layout_text(&l, tlswatch_confidence_name(record->confidence));
    layout_text(&l, "]");
    put_advice(&l, "Client: ", record->advice_client);
    put_advice(&l, "Server: ", record->advice_server);
    if (record->filter != NULL) {
        put_origin(&l, record);
    }
}

void notes_collect(struct notes *notes, const struct tlswatch_record *record) {
    /* The verdict first: where room is short, it is there. */
    note_verdict(notes, record);
    note_request(notes, record);
    note_chain(notes, record, TLSWATCH_CLIENT);
    note_chain(notes, record, TLSWATCH_SERVER);
    for (size_t i = record->num_alerts; i > 0; i--) {
        note_alert(notes, &record->alerts[i - 1]);
    }
    note_close(notes, record);
    for (size_t i = 0; i < notes->num; i++) {
        struct buffer *text = &notes->texts[i];
        bool ended = buffer_append(text, bytes_of("", 1), NOTE_MOST + 1);
        notes->items[i].text = ended ? (const char *)text->p : "tlswatch";
    }
}

void notes_clear(struct notes *notes) {
    for (size_t i = 0; i < notes->num; i++) {
        buffer_clear(&notes->texts[i]);
    }
    notes->num = 0;
}

void notes_summary(struct buffer *out, const uint64_t classes[TEXT_MIDDLE + 1], const uint64_t causes[TLSWATCH_NUM_CAUSES],
                   uint64_t num_conversations) {
    struct layout l = layout_of(out);
    layout_text(&l, "tlswatch " TLSWATCH_VERSION ": ");
    layout_count(&l, classes[TEXT_GOOD] + classes[TEXT_FAILED] + classes[TEXT_DOUBTFUL] + classes[TEXT_MIDDLE], "conversation");
    layout_text(&l, ": ");
    layout_number(&l, classes[TEXT_GOOD]);
    layout_text(&l, " good, ");
    layout_number(&l, classes[TEXT_FAILED]);
    layout_text(&l, " failed, ");
    layout_number(&l, classes[TEXT_DOUBTFUL]);
    layout_text(&l, " doubtful. Here are the packets of ");
    layout_number(&l, num_conversations);
    layout_text(&l, "; what was found stands on the packets: frame.comment");
    for (size_t i = 0; i < TLSWATCH_NUM_CAUSES; i++) {
        if (causes[i] > 0) {
            layout_line_end(&l);
            layout_text(&l, tlswatch_cause_name((enum tlswatch_cause)i));
            layout_text(&l, ": ");
            layout_number(&l, causes[i]);
        }
    }
    buffer_append(out, bytes_of("", 1), NOTE_MOST + 1);
}
