/*
 * The same finding again and again, told once: which record gets a block, which a line, which is only counted.
 *
 * A finding is a cause of the same server, name, client address and certificate. In a file its first record gets a
 * block, all others are counted. Live a finding that goes on gets a line now and then, the pauses growing from a second
 * to a minute, and one server, client and cause together get no more than a block or line a second, whatever else of
 * the finding a stranger varies. Time is that of the records. Bounded (limits.h): what finds no place gets a block.
 */
#ifndef TLSWATCH_REPORT_REPEATS_H
#define TLSWATCH_REPORT_REPEATS_H

#include "base/buffer.h"
#include "report/groups.h"
#include "tlswatch/tlswatch.h"

struct repeat {
    enum tlswatch_outcome outcome;
    enum tlswatch_confidence confidence;
    enum tlswatch_cause cause;
    uint16_t server_port;
    const char *server_ip, *client_ip, *server_name; /* in its key; the name NULL: none was asked for */
    uint64_t count, untold; /* all, and those since the last block or line */
    int64_t first_ns, last_ns;
    const char *last_file;
    uint64_t last_stream;
    int64_t told_ns, pause_ns;
    bool shown;          /* by a block or a line */
    bool waiting;        /* stands in the list of those with something untold */
    struct repeat *next; /* in that list */
    struct repeat_pace *pace;
};

struct repeats {
    bool ready, live;
    struct groups findings, paces;
    struct buffer key;
    struct repeat *waiting, *last; /* with something untold, in the order in which that began */
};

enum repeat_verdict {
    REPEAT_BLOCK,   /* to be shown whole */
    REPEAT_LINE,    /* its count is to be shown */
    REPEAT_COUNTED, /* nothing is to be shown now */
};

/* repeats_init: where it fails, every record gets a block. */
void repeats_init(struct repeats *r, bool live);
void repeats_clear(struct repeats *r);

/* repeats_add takes in a record that has a block; *out is its finding, NULL where it found no place. */
enum repeat_verdict repeats_add(struct repeats *r, const struct tlswatch_record *record, struct repeat **out);

/* repeats_full: there is no place for further findings; worth telling what is untold, and beginning anew. */
bool repeats_full(const struct repeats *r);

/* repeats_tell gives each finding with something untold whose pause is over, or all at the end; they are told then. */
typedef void (*repeats_callback)(void *user, const struct repeat *repeat);
void repeats_tell(struct repeats *r, int64_t now_ns, bool at_end, repeats_callback callback, void *user);

/* repeats_told: all that was counted of it has been shown. */
void repeats_told(struct repeat *repeat);

#endif
