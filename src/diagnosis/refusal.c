/*
 * Refusals inside the encryption: nginx, IIS, mail servers and API gateways complete the handshake, answer the first
 * request briefly and close. All that can be seen is who closed, when, and how long the answer was.
 */
#include "diagnosis/facts_internal.h"
#include "tls/registry.h"

#define SHORT_ANSWER 1024
#define FEW_REQUESTS 8 /* in TLS 1.3 the client's flight is among them */
#define SMTP_LINE 128
#define LINE 160
#define IMAPS 993
#define MUCH_DATA 16384 /* a server that sends so much has not refused */

/* Lengths in clear of error pages as stacks send them by default, measured. */
static const struct {
    const char *why;
    uint32_t min, max;
    bool denial;
    enum stack server;
} error_pages[] = {
        {"the server closed right after one answer as long as nginx's error page for certificates (400)", 340, 405, false, STACK_NGINX},
        {"the server closed right after one answer as long as haproxy's error page (403)", 208, 208, true, STACK_HAPROXY},
};

#define CBC_LEAST 21 /* MAC and padding, and behind TLS 1.0 an IV */
#define CBC_SLACK 48

/* What a record is longer than its content, at least. */
static uint32_t record_overhead(const struct facts *f) {
    const char *cipher = cipher_suite_name(f->conversation->cipher_suite);
    if (f->tls13) {
        return 17;
    }
    if (cipher == NULL || strstr(cipher, "CBC") != NULL) {
        return CBC_LEAST;
    }
    return strstr(cipher, "CHACHA20") != NULL ? 16 : 24;
}

/* The server's records of application data behind the client's last one. */
struct answer {
    uint32_t num;
    uint32_t sum;  /* of their lengths */
    uint32_t last; /* length of the last: in TLS 1.3 session tickets look the same, and come first */
    int64_t time_ns;
};

static struct answer find_answer(const struct facts *f) {
    const struct conversation_stream *client = conversation_client(f->conversation);
    const struct conversation_stream *server = conversation_server(f->conversation);
    struct answer answer = {0};
    uint32_t request = 0;
    for (uint32_t i = 0; i < client->num_records; i++) {
        bool alert = f->tls13 && facts_may_be_alert(client, i);
        if (client->records[i].type == APPLICATION_DATA && !alert) {
            request = client->records[i].order;
        }
    }
    for (uint32_t i = 0; i < server->num_records; i++) {
        bool alert = f->tls13 && facts_alert_sized(server, server->records[i].len);
        if (server->records[i].type == APPLICATION_DATA && server->records[i].order > request && !alert) {
            answer.last = server->records[i].len;
            answer.sum += answer.last;
            answer.num++;
            answer.time_ns = server->records[i].mark.time_ns;
        }
    }
    return answer;
}

static void refuse(struct facts *f, enum refusal refusal, const char *why) {
    f->refusal = refusal;
    f->refusal_why = why;
}

static bool is_error_page(struct facts *f, uint32_t len) {
    uint32_t overhead = record_overhead(f), slack = overhead == CBC_LEAST ? CBC_SLACK : 0;
    for (size_t i = 0; i < sizeof error_pages / sizeof *error_pages; i++) {
        if (len >= error_pages[i].min + overhead && len <= error_pages[i].max + overhead + slack) {
            refuse(f, REFUSAL_LIKELY, error_pages[i].why);
            f->denied = error_pages[i].denial;
            f->answers_like = error_pages[i].server;
            return true;
        }
    }
    return false;
}

/* An answer to EHLO is a list; one that is as short as a line, and the server's last word, was 421 or 554. */
static bool is_smtp_refusal(const struct facts *f, const struct answer *answer) {
    const char *opening = conversation_opening(f->conversation)->name;
    return opening != NULL && strcmp(opening, "smtp") == 0 && f->client_application_records == 1 && answer->num == 1 &&
           answer->last <= SMTP_LINE;
}

/* The longest of all that the server said behind the handshake. In TLS 1.3 it says tickets first, by twos of one length. */
static uint32_t longest_said(const struct facts *f) {
    const struct conversation_stream *client = conversation_client(f->conversation);
    const struct conversation_stream *server = conversation_server(f->conversation);
    uint32_t flight = f->tls13 && client->num_records > 0 ? client->records[0].order : 0;
    uint32_t first = 0, as_long = 0, longest = 0;
    for (uint32_t i = 0; i < server->num_records; i++) {
        const struct encrypted_record *r = &server->records[i];
        if (r->type != APPLICATION_DATA || r->order < flight || (f->tls13 && facts_alert_sized(server, r->len))) {
            continue;
        }
        first = first == 0 ? r->len : first;
        as_long += r->len == first;
        longest = r->len != first && r->len > longest ? r->len : longest;
    }
    bool tickets = f->tls13 && as_long > 1;
    return tickets || longest > first ? longest : first;
}

static bool said_only_lines(const struct facts *f) {
    uint32_t longest = longest_said(f), overhead = record_overhead(f), slack = overhead == CBC_LEAST ? CBC_SLACK : 0;
    return longest > 0 && longest <= LINE + overhead + slack &&
           conversation_server(f->conversation)->total_records <= CONVERSATION_ENCRYPTED_KEPT;
}

static bool is_imap(const struct facts *f) {
    const struct conversation *c = f->conversation;
    const char *opening = conversation_opening(c)->name;
    bool starttls = opening != NULL && strcmp(opening, "imap") == 0;
    return starttls || f->flow->side[direction_opposite(c->client)].endpoint.port == IMAPS;
}

void facts_find_refusal(struct facts *f) {
    /* What is missing may have been the answer, or the request; a mute server gave none. */
    if (f->progress != PROGRESS_COMPLETED || f->alert != NULL || facts_bytes_missing(f->flow) || f->server_mute) {
        return;
    }
    /* ldapsearch takes its leave in plain text where it does not like the certificate: malformed TLS. */
    bool babbled = conversation_client(f->conversation)->malformed != MALFORMED_NOTHING;
    f->client_left = !f->tls13 && !f->resumed && f->client_application_records == 0 && (f->goodbye == TLSWATCH_CLIENT || babbled);
    if (f->client_left || f->goodbye != TLSWATCH_SERVER || f->client_application_records > FEW_REQUESTS ||
        f->server_application_bytes > MUCH_DATA) {
        return;
    }
    if (!f->tls13 && f->server_application_records == 0) {
        refuse(f, REFUSAL_LIKELY,
               f->client_application_records == 0 ? "the server closed right after the handshake, without a byte of application data"
                                                  : "the server closed without an answer");
        return;
    }
    struct answer answer = find_answer(f);
    if ((answer.num == 1 || (f->tls13 && answer.num <= 3)) && is_error_page(f, answer.last)) {
        return;
    }
    if (!f->tls13 && is_smtp_refusal(f, &answer)) {
        refuse(f, REFUSAL_LIKELY,
               "the server closed right after an answer to EHLO that is too short for a list of extensions (421, 454 or 554)");
        return;
    }
    /* In TLS 1.3 the close_notify counts as application data, and an idle connection's end would seem to be prompt. */
    int64_t last_ns = f->tls13 && answer.num > 0 ? answer.time_ns : conversation_server(f->conversation)->last_application.time_ns;
    if (f->goodbye_mark.time_ns - last_ns >= PROMPT_NS) {
        return;
    }
    bool is_short = f->tls13 ? answer.sum <= SHORT_ANSWER / 2 || (answer.num <= 3 && answer.last <= SHORT_ANSWER)
                             : answer.num <= 2 && answer.sum <= SHORT_ANSWER;
    bool lines = said_only_lines(f);
    bool authenticated = !f->tls13 || f->tls13_answer == TLS13_ANSWER_CERTIFICATE || f->tls13_answer == TLS13_ANSWER_EMPTY;
    f->cut_short = is_short || lines;
    if (authenticated && lines && is_imap(f)) {
        refuse(f, REFUSAL_OF_LOGIN,
               "the server ended an IMAP session in which it had said nothing longer than a line, as behind a refused login");
    } else if (authenticated && f->cut_short) {
        refuse(f, REFUSAL_POSSIBLE,
               is_short ? "the server closed right after one short answer" : "the server closed right after a few short answers");
    }
}
