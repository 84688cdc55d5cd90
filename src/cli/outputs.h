/*
 * Files that a run writes beside what it prints: the HTML report (-o), the annotated capture (-w). They take their
 * places when everything is in them, or never.
 */
#ifndef TLSWATCH_CLI_OUTPUTS_H
#define TLSWATCH_CLI_OUTPUTS_H

#include "capture/capture.h"
#include "cli/files.h"
#include "cli/options.h"
#include "report/beside.h"
#include "report/report.h"

struct outputs {
    const struct options *options;
    struct files *files;
    struct html_report *html; /* NULL: none is wanted */
    struct beside html_file;
    struct annotated *annotated; /* NULL: none is wanted */
    struct beside annotated_file;
    bool failed; /* one could not be written, which was said */
};

/* outputs_open makes sure that there is a place for each; false where there is none, which was then said on stderr.
 * outputs_clear is called in either case. */
bool outputs_open(struct outputs *o, const struct options *options, struct files *files, const struct text_options *text);
void outputs_clear(struct outputs *o);

/* outputs_forget: the same conversations will come again. */
void outputs_forget(struct outputs *o);
void outputs_record(struct outputs *o, const struct tlswatch_record *record);

/* outputs_write puts the files in their places; where one can't be, that is said on stderr and `failed` is set. */
void outputs_write(struct outputs *o, const struct tlswatch_statistics *statistics, uint64_t kernel_drops);

#endif
