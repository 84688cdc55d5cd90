/*
 * Hours of traffic on one page: failures by cause, server, client and issuer; client certificates about to end; what
 * each server advertised; what the capture could not show. Records go in one after the other and are not kept; time
 * and memory are linear and bounded (limits.h). Counts by cause are exact, also where a bound left groups out.
 */
#ifndef TLSWATCH_REPORT_SUMMARY_H
#define TLSWATCH_REPORT_SUMMARY_H

#include "report/groups.h"
#include "report/report.h"

/* A client's certificate is listed that ends within so many days of the last time it was seen, or has ended. */
#define SUMMARY_EXPIRY_DAYS 30

/* How often, from when to when, and where for the first time. */
struct summary_span {
    uint64_t count;
    int64_t first_ns, last_ns;
    const char *file; /* NULL: live */
    uint64_t frame, stream;
};

struct summary_failure {
    enum text_class as;
    enum tlswatch_cause cause;
    enum tlswatch_side certificate_of;
    struct tlswatch_endpoint server;
    const char *server_name; /* NULL: none was asked for */
    char client_ip[46];
    const char *issuer; /* of the client's certificate; NULL: none was seen */
    const char *message;
    struct summary_span span;
};

struct summary_server {
    struct tlswatch_endpoint endpoint;
    const char *name;
    uint64_t conversations, failures;
    uint64_t not_requested, hidden; /* it did not ask; whether it asked is lost or encrypted */
    struct summary_advertised *first, *last;
};

/* A list of names as it was advertised, by whichever servers. */
struct summary_list {
    const char *const *names;
    size_t num;
    bool cut; /* a bound was reached: not all names were kept */
    size_t num_kept;
};

struct summary_advertised {
    const struct summary_list *list;
    struct summary_span span;
    struct summary_advertised *next; /* of the same server */
};

struct summary_expiring {
    const char *subject, *issuer, *serial;
    int64_t not_after; /* seconds */
    char client_ip[46];
    const char *server_name;
    struct tlswatch_endpoint server;
    struct summary_span span;
};

/* Conversations of which the capture does not show all. One conversation can count in several. */
struct summary_unseen {
    uint64_t incomplete, begun_before, resumed;
    uint64_t encrypted; /* certificates inside the encryption: TLS 1.3, renegotiation */
    uint64_t lost;      /* a message stands where bytes are missing */
    uint64_t gaps, cut, one_sided;
    uint64_t missing_bytes;
};

struct summary {
    struct groups failures, servers, lists, advertised, expiring;
    struct buffer key;
    struct summary_span all;
    uint64_t classes[TEXT_MIDDLE + 1];
    struct summary_span causes[TLSWATCH_NUM_CAUSES][TLSWATCH_SERVER + 1]; /* by whose certificate */
    struct summary_unseen unseen;
};

/* summary_new returns an empty summary that the caller frees; NULL where memory is exhausted. */
struct summary *summary_new(void);
void summary_free(struct summary *s);

void summary_record(struct summary *s, const struct tlswatch_record *record);

/* What is known at the end, beside the records. */
struct summary_end {
    const struct tlswatch_statistics *statistics;
    uint64_t kernel_drops;
};

/* summary_print writes the summary as text, with -v all of each list; summary_json writes it as one line of JSON. */
void summary_print(const struct summary *s, struct report_sink *sink, const struct text_options *options, const struct summary_end *end);
void summary_json(const struct summary *s, struct report_sink *sink, const struct summary_end *end);

/* --- For the two views --- */

enum summary_by { SUMMARY_BY_SERVER, SUMMARY_BY_CLIENT, SUMMARY_BY_ISSUER };

struct summary_total {
    const struct summary_failure *first; /* one that stands for all */
    struct summary_span span;
};

/* summary_totals adds the failures up by one of their sides; *out is cleared by the caller. False where memory is
 * exhausted. summary_sorted gives the values of a table by falling count, an array to free; NULL where memory is
 * exhausted or the table is empty. `span` is where in the values the span stands. */
bool summary_totals(const struct summary *s, enum summary_by by, struct groups *out);
void **summary_sorted(const struct groups *g, size_t span);

/* summary_is_failure: it counts among the failures, not among what the capture could not show. */
bool summary_is_failure(const struct tlswatch_record *record);

/* summary_left_out counts what found no place in the tables. */
uint64_t summary_left_out(const struct summary *s);

#endif
