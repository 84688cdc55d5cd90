/*
 * The files of a run: those that are read, and those that take their places at its end. In a sandbox another process
 * opens them, makes them and puts them there, which was forked before and knows them by itself (sandbox/keeper.h); it
 * also compiles filters, since names in them are looked up. Elsewhere it is all done here.
 */
#ifndef TLSWATCH_CLI_FILES_H
#define TLSWATCH_CLI_FILES_H

#include "capture/capture.h"
#include "cli/options.h"
#include "cli/part.h"
#include "report/beside.h"
#include "report/export.h"
#include "report/log_file.h"
#include "sandbox/keeper.h"

/* The outputs that are written beside their places. */
enum placed { PLACED_HTML, PLACED_ANNOTATED, NUM_PLACED };

struct files {
    const struct options *options;
    struct capture_listing *listing; /* NULL: nothing is read from files */
    int *pipes;                      /* by place in the listing: those that were opened; -1: a file */
    size_t num_files;
    struct keeper keeper;         /* its fd is -1: it is all done here */
    struct capture_access access; /* through the keeper */

    /* What the keeper knows of the outputs; NULL: there is none of that kind. */
    struct beside *placed[NUM_PLACED];
    struct export *export;
    struct log_file *log;
};

/* files_find looks what is to be read; false where a folder can't be listed, which was then said on stderr. files_clear is
 * called in either case. */
bool files_find(struct files *f, const struct options *options, const struct part *part);
void files_clear(struct files *f);

/* files_keep starts the keeper, if there is anything for it to do, and leads what opens files to it. All outputs are
 * open by now; false where there can't be one, which was then said on stderr. */
bool files_keep(struct files *f);

/* files_capture is what capture_open_files wants. */
struct capture_files files_capture(const struct files *f);

/* files_can_be_read_again: all of them lie on disk. To be asked while this process may look. */
bool files_can_be_read_again(const struct files *f);

/* files_place is beside_finish. */
bool files_place(struct files *f, enum placed which);

#endif
