/*
 * The report as one page of HTML: self-contained, asks the network for nothing, readable without its script.
 *
 * Conversations go in one after the other; failed and doubtful ones are laid out at once and kept, within the bounds of
 * limits.h, since the counts stand before them. Repeats of one (same server, client, cause, certificate) are told with
 * the first. Everything beyond a bound is counted.
 */
#ifndef TLSWATCH_REPORT_HTML_REPORT_H
#define TLSWATCH_REPORT_HTML_REPORT_H

#include "report/report.h"

struct html_report;

/* html_report_new: NULL where memory is exhausted. */
struct html_report *html_report_new(const struct text_options *options);
void html_report_free(struct html_report *report);

/* html_report_forget empties it: the same conversations will come again. */
void html_report_forget(struct html_report *report);

void html_report_record(struct html_report *report, const struct tlswatch_record *record);

/* What is known at the end. */
struct html_end {
    const char *const *files;
    size_t num_files;
    const char *interface; /* NULL: files were read */
    const struct tlswatch_statistics *statistics;
    uint64_t kernel_drops;
};

/* html_report_write writes the page; what goes wrong is in sink->error, or sink->dropped where memory is exhausted. */
void html_report_write(struct html_report *report, struct report_sink *sink, const struct html_end *end);

#endif
