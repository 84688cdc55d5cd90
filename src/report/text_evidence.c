#include "report/ending.h"
#include "report/text.h"

#include <assert.h>

/* How many of each are shown where -v is not given. */
#define SHOWN_NAMES 3
#define SHOWN_ALERTS 4
#define SHOWN_FINDINGS 4

/* --- The names that were advertised: those nearest to the issuer that is looked for come first. --- */

static size_t common_prefix(const char *a, const char *b) {
    size_t n = 0;
    while (a[n] != '\0' && (a[n] | 0x20) == (b[n] | 0x20)) {
        n++;
    }
    return n;
}

static const char *wanted_issuer(const struct tlswatch_record *record) {
    const struct tlswatch_chain *chain = &record->client_certificate;
    return chain->num_certificates > 0 ? chain->certificates[chain->num_certificates - 1]->issuer.text : NULL;
}

static size_t nearness(const struct tlswatch_record *record, size_t index) {
    const char *text = record->certificate_request.authorities[index].text;
    const char *wanted = wanted_issuer(record);
    if (record->reach.authority >= 0 && index == (size_t)record->reach.authority) {
        return SIZE_MAX;
    }
    return text != NULL && wanted != NULL ? common_prefix(text, wanted) : 0;
}

/* The nearest names, best first, in their own order where they are equally near; how many. */
static size_t nearest(const struct tlswatch_record *record, size_t out[SHOWN_NAMES]) {
    size_t nears[SHOWN_NAMES] = {0}, num = 0;
    for (size_t i = 0; i < record->certificate_request.num_authorities; i++) {
        size_t near = nearness(record, i), at = num;
        while (at > 0 && near > nears[at - 1]) {
            at--;
        }
        if (at == SHOWN_NAMES) {
            continue;
        }
        num += num < SHOWN_NAMES;
        for (size_t j = num - 1; j > at; j--) {
            nears[j] = nears[j - 1];
            out[j] = out[j - 1];
        }
        nears[at] = near;
        out[at] = i;
    }
    return num;
}

static void put_authorities(struct layout *l, const struct tlswatch_record *record) {
    const struct tlswatch_certificate_request *request = &record->certificate_request;
    size_t shown[SHOWN_NAMES];
    size_t num = nearest(record, shown);
    for (size_t i = 0; i < num; i++) {
        const char *text = request->authorities[shown[i]].text;
        text_object(l, text != NULL && text[0] != '\0' ? text : "(empty name)", NULL, false, i == 0 ? request->mark.frame : 0);
    }
    if (request->num_authorities > num) {
        layout_to(l, TEXT_OBJECT_COLUMN);
        layout_text(l, "and ");
        layout_number(l, request->num_authorities - num);
        layout_text(l, " more");
        layout_line_end(l);
    }
}

static void put_request(struct layout *l, const struct tlswatch_record *record) {
    const struct tlswatch_certificate_request *request = &record->certificate_request;
    if (request->state == TLSWATCH_LOST) {
        text_side(l, TLSWATCH_SERVER);
        layout_text(l, "CertificateRequest: where it would stand, bytes are missing in the capture");
        text_object(l, NULL, NULL, false, 0);
    } else if (request->state == TLSWATCH_SEEN && request->num_authorities == 0) {
        text_side(l, TLSWATCH_SERVER);
        layout_text(l, "asked for a certificate, advertised no CA");
        text_object(l, NULL, NULL, false, request->mark.frame);
    } else if (request->state == TLSWATCH_SEEN) {
        text_side(l, TLSWATCH_SERVER);
        layout_text(l, "advertised ");
        layout_count(l, request->num_authorities, "CA");
        put_authorities(l, record);
    }
}

/* --- The last thing that each side said, where no certificate is the matter. --- */

static const struct tlswatch_message *last_of(const struct tlswatch_record *record, enum tlswatch_side side) {
    for (size_t i = record->num_messages; i > 0; i--) {
        const struct tlswatch_message *message = &record->messages[i - 1];
        if (message->sender == side && strcmp(message->name, "Alert") != 0 && ending_alert_of(record, i - 1) == NULL) {
            return message;
        }
    }
    return NULL;
}

static void put_last(struct layout *l, const struct tlswatch_message *message) {
    if (message != NULL) {
        text_side(l, message->sender);
        layout_text(l, "last sent");
        text_object(l, message->name, message->encrypted ? "encrypted" : NULL, false, message->mark.frame);
    }
}

static void put_last_messages(struct layout *l, const struct tlswatch_record *record) {
    const struct tlswatch_message *client = last_of(record, TLSWATCH_CLIENT), *server = last_of(record, TLSWATCH_SERVER);
    bool server_first = client != NULL && server != NULL && server->mark.frame < client->mark.frame;
    put_last(l, server_first ? server : client);
    put_last(l, server_first ? client : server);
}

/* --- Alerts, and who closed. --- */

static const char *inferred_text(const struct tlswatch_alert *alert) {
    switch (alert->inferred) {
    case TLSWATCH_INFERRED_CLOSE_NOTIFY:
        return "alert, encrypted; by its place close_notify";
    case TLSWATCH_INFERRED_FATAL:
        return "alert, encrypted; by its place fatal";
    case TLSWATCH_INFERRED_UNKNOWN:
    case TLSWATCH_NOT_INFERRED:
        break;
    }
    return "alert, encrypted; which one only a key shows";
}

static const char *closed_text(const struct tlswatch_record *record) {
    return record->closed.how == TLSWATCH_CLOSED_RST ? "reset the connection" : "closed the connection";
}

static void put_alert(struct layout *l, const struct tlswatch_alert *alert, bool then_closed, const struct tlswatch_record *record) {
    text_side(l, alert->sender);
    if (alert->readable) {
        layout_text(l, "alert ");
        layout_text(l, alert->name);
        layout_text(l, " (");
        layout_number(l, alert->code);
        layout_text(l, ")");
        layout_text(l, alert->level == 1 ? ", a warning" : "");
        layout_text(l, alert->encrypted ? ", encrypted" : "");
    } else {
        layout_text(l, inferred_text(alert));
    }
    if (then_closed) {
        layout_text(l, ", then ");
        layout_text(l, record->closed.how == TLSWATCH_CLOSED_RST ? "reset" : "closed");
    }
    text_object(l, NULL, NULL, false, alert->mark.frame);
}

static void put_closed(struct layout *l, const struct tlswatch_record *record) {
    if (ending_closed(record)) {
        text_side(l, record->closed.first_by);
        layout_text(l, closed_text(record));
        text_object(l, NULL, NULL, false, record->closed.mark.frame);
    } else if (record->outcome == TLSWATCH_STALLED || record->outcome == TLSWATCH_INCOMPLETE) {
        text_side(l, TLSWATCH_NOBODY);
        bool timeout = record->closed.how == TLSWATCH_CLOSED_TIMEOUT;
        layout_text(l, timeout ? "then nothing more, and nobody closed" : "nobody had closed when the capture ended");
        text_object(l, NULL, NULL, false, 0);
    }
}

static void put_ending(struct layout *l, const struct tlswatch_record *record, bool verbose) {
    size_t num = record->num_alerts;
    assert(num == 0 || record->alerts != NULL);
    const struct tlswatch_alert *last = num > 0 ? &record->alerts[num - 1] : NULL;
    bool together = last != NULL && ending_closed(record) && last->sender == record->closed.first_by &&
                    last->mark.frame <= record->closed.mark.frame;
    size_t first = !verbose && num > SHOWN_ALERTS ? num - SHOWN_ALERTS : 0;
    if (first > 0) {
        text_side(l, TLSWATCH_NOBODY);
        layout_count(l, first, "alert");
        layout_text(l, " before these");
        layout_line_end(l);
    }
    bool told = together;
    for (size_t i = first; i < num; i++) {
        if (!told && ending_closed(record) && record->closed.mark.frame < record->alerts[i].mark.frame) {
            put_closed(l, record);
            told = true;
        }
        put_alert(l, &record->alerts[i], together && i + 1 == num, record);
    }
    if (!told) {
        put_closed(l, record);
    }
}

/* --- What else was noticed. --- */

static bool is_said_above(const struct tlswatch_record *record, const char *text) {
    for (size_t i = 0; i < record->num_rivals; i++) {
        if (record->rivals[i].why != NULL && strcmp(record->rivals[i].why, text) == 0) {
            return true;
        }
    }
    /* There it may begin with a capital. */
    return record->message != NULL && text[0] != '\0' && strstr(record->message, text + 1) != NULL;
}

static bool is_told(const struct tlswatch_record *record, const struct tlswatch_finding *finding, bool verbose) {
    bool is_cause = strcmp(finding->code, tlswatch_cause_name(record->cause)) == 0;
    if (finding->text == NULL || is_said_above(record, finding->text)) {
        return false;
    }
    /* A refusal inside the encryption is inferred: what from stands in the findings. */
    return verbose || (finding->severity != TLSWATCH_INFO && (!is_cause || record->outcome == TLSWATCH_REFUSED));
}

static void put_finding(struct layout *l, const struct tlswatch_finding *finding) {
    layout_to(l, TEXT_SIDE_COLUMN);
    layout_text(l, "also");
    layout_to(l, TEXT_DID_COLUMN);
    layout_wrap(l, TEXT_DID_COLUMN, finding->text);
    layout_line_end(l);
}

static void put_findings(struct layout *l, const struct tlswatch_record *record, bool verbose) {
    size_t told = 0, left_out = 0;
    for (size_t i = 0; i < record->num_findings; i++) {
        const struct tlswatch_finding *finding = &record->findings[i];
        if (!is_told(record, finding, verbose)) {
            continue;
        }
        if (!verbose && told == SHOWN_FINDINGS) {
            left_out++;
        } else {
            put_finding(l, finding);
            told++;
        }
    }
    if (left_out > 0) {
        layout_to(l, TEXT_DID_COLUMN);
        layout_text(l, "and ");
        layout_number(l, left_out);
        layout_text(l, " more (-v)");
        layout_line_end(l);
    }
}

void text_evidence(struct layout *l, const struct tlswatch_record *record, bool verbose) {
    if (record->certificate_of == TLSWATCH_SERVER) {
        text_chain(l, record, TLSWATCH_SERVER);
    } else {
        put_request(l, record);
        text_chain(l, record, TLSWATCH_CLIENT);
    }
    if (record->certificate_of == TLSWATCH_NOBODY) {
        put_last_messages(l, record);
    }
    put_ending(l, record, verbose);
    put_findings(l, record, verbose);
}
