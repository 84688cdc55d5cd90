/* The parts of the HTML report, each written from the record. */
#ifndef TLSWATCH_REPORT_HTML_H
#define TLSWATCH_REPORT_HTML_H

#include "report/html_writer.h"
#include "report/report.h"

/* A finding while it is written. */
struct html_finding {
    struct html h;
    const struct text_options *options;
    const struct tlswatch_record *record;
    enum text_class as;
    size_t number;       /* from 1: its anchor is f1 */
    size_t same_list_as; /* the number of an earlier finding with the same advertised list; 0: none */
};

/* html_finding writes all of it. */
void html_finding(struct html_finding *f);

/* html_ladder is the SVG of who said what when, html_chain the certificates from the leaf upward beside the advertised
 * list, html_certificates what each of them holds, with its PEM. */
void html_ladder(struct html_finding *f);
void html_chain(struct html_finding *f);
void html_authorities(struct html_finding *f);
void html_certificates(struct html_finding *f);

/* html_moment writes "2026-11-20 14:03:22", html_zone "UTC+01:00", html_date "2026-11-19 23:59:59 UTC". */
void html_moment(struct html *h, const struct text_options *options, int64_t time_ns);
void html_zone(struct html *h, const struct text_options *options, int64_t time_ns);
void html_date(struct html *h, int64_t time_s);

/* html_endpoint writes "10.2.0.8:443" or "[2001:db8::8]:443". */
void html_endpoint(struct html *h, const struct tlswatch_endpoint *endpoint);

#endif
