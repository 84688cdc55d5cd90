/*
 * One of several runs, of one file each, that are told as one (-j): where it writes, and what it counted, for whoever adds
 * that up.
 */
#ifndef TLSWATCH_CLI_PART_H
#define TLSWATCH_CLI_PART_H

#include "capture/capture.h"
#include "report/report.h"

/* Zeroed by whoever adds up; it stays so where the run did not come to its end. */
struct part_counts {
    uint64_t captures;                 /* 0: what was found in a folder is none */
    uint64_t classes[TEXT_MIDDLE + 1]; /* as struct text_report counts them */
    struct tlswatch_statistics statistics;
    uint64_t kernel_drops;
};

struct part {
    const struct capture_listing *listing; /* of all files */
    size_t index;                          /* of its own */
    int out;                               /* in the place of standard output */
    struct part_counts *counts;            /* shared between processes */
};

#endif
