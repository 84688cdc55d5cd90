/*
 * Records to what people and programs read: blocks of text, lines of JSON.
 *
 * A record goes in, one whole block or line comes out by one write(2). Nothing is judged here: everything printed
 * stands in the record. Nothing is printed elsewhere: what went wrong with the output is in report_sink.error.
 */
#ifndef TLSWATCH_REPORT_REPORT_H
#define TLSWATCH_REPORT_REPORT_H

#include <stdio.h>

#include "base/buffer.h"
#include "report/deferred.h"
#include "report/json_pieces.h"
#include "report/repeats.h"
#include "report/waiting.h"
#include "tlswatch/tlswatch.h"

/* Where blocks go. The descriptor stays the caller's. */
struct report_sink {
    int fd;
    int error;         /* errno of the first write that failed; from then on nothing is written. 0: all is well */
    uint64_t dropped;  /* blocks left out because memory was exhausted */
    size_t unfinished; /* bytes written of a line that has no end yet */
    struct buffer block;
    struct json_pieces *pieces; /* NULL: nothing was written as JSON yet */
    size_t hold; /* bytes of blocks that are held back; 0: they are written at once */
    bool full;   /* that, or the disk, was not enough: what came since is lost */
    struct buffer held;
    FILE *spilled; /* what was held back before; NULL: nothing */
    size_t num_spilled;
    bool live;        /* writing never waits: what finds no place is lost, a whole block at a time, and the run goes on */
    bool plain;       /* live: a file, which takes all at once or is full */
    uint64_t lost;    /* live: blocks */
    int lost_because; /* errno of the last one; EAGAIN: the reader is too slow */
    struct waiting waiting;
};

/* report_sink_init: {.fd = fd} does the same. */
void report_sink_init(struct report_sink *sink, int fd);

/* report_sink_init_live: one for days and weeks, which must not hold up the capture. */
void report_sink_init_live(struct report_sink *sink, int fd);

/* report_sink_clear gives back the memory. */
void report_sink_clear(struct report_sink *sink);

/* report_sink_write writes the block that was built, and empties it. False where sink.error is set. */
bool report_sink_write(struct report_sink *sink);

/* report_sink_drain, live, writes of what waits as much as is taken at once; worth calling often. */
void report_sink_drain(struct report_sink *sink);

/* report_sink_flush, live, waits for the reader; where nothing is taken for `patience_ms`, the rest is lost. */
void report_sink_flush(struct report_sink *sink, int patience_ms);

/* report_sink_hold holds back, on disk where it is much: the file for that is opened now. At least `least` bytes are taken;
 * up to `most`, where that is a sixteenth of what is free on the disk. */
void report_sink_hold(struct report_sink *sink, size_t least, size_t most);

/* report_sink_release writes what was held back, report_sink_forget throws it away; from then on blocks are written at
 * once. */
bool report_sink_release(struct report_sink *sink);
void report_sink_forget(struct report_sink *sink);

/* How the time of a conversation is shown, as with tshark -t. */
enum text_time {
    TEXT_TIME_OF_DAY, /* a, u */
    TEXT_TIME_DATE,   /* ad, ud */
    TEXT_TIME_FIRST,  /* r: seconds since the first packet */
    TEXT_TIME_BEFORE, /* d: seconds since the conversation shown before */
    TEXT_TIME_EPOCH,  /* e: seconds since 1970 */
};

/* What becomes of findings that repeat: all are shown, or the first as a block and then a count, live now and then. */
enum text_fold { TEXT_FOLD_NOT, TEXT_FOLD_FILE, TEXT_FOLD_LIVE };

struct text_options {
    bool color;   /* red, for the break only */
    bool utf8;    /* else ASCII, with what is not ASCII escaped as \C3\A9 */
    bool utc;     /* else times are in the zone of localtime_r */
    bool all;     /* -a: one line for each good conversation */
    bool verbose; /* -v: every message with its frame, whole chains */
    bool quiet;   /* -q: no blocks, only the closing line */
    enum text_fold fold;
    bool defer; /* blocks wait for the end, also where the sink does not hold them back */
    enum text_time time;
    unsigned width; /* columns; 0: 100; kept within 64 and 100 */
};

/* How a conversation is shown and counted. */
enum text_class {
    TEXT_GOOD,     /* counted, a line with -a */
    TEXT_FAILED,   /* a block, marked as broken */
    TEXT_DOUBTFUL, /* a block, marked with a question mark */
    TEXT_MIDDLE,   /* it began before the capture and nothing bad is seen of it: counted, a line with -a */
};

struct text_report {
    struct report_sink *sink;
    struct text_options options;
    uint64_t counts[TEXT_MIDDLE + 1];
    /* What the last heading said: */
    bool headed;
    int64_t day;      /* days since 1970, in the zone that is shown */
    int offset;       /* of that zone from UTC, seconds */
    const char *file; /* as in the records; outlives the report */
    /* What times are shown against: */
    bool started, shown_one;
    int64_t first_ns, before_ns;
    struct repeats repeats;
    struct deferred deferred;
    unsigned head_column; /* of the block that is being built: the column that its head has reached, */
    size_t head_end;      /* and where that stands in the block */
    struct repeat *before; /* the finding whose block was shown last, where nothing was shown since; else NULL */
};

/* text_report_init: `sink` must outlive the report. Nothing has to be freed where nothing is folded. */
void text_report_init(struct text_report *report, struct report_sink *sink, const struct text_options *options);

/* text_report_clear gives back the memory; a zeroed report is allowed. */
void text_report_clear(struct text_report *report);

/* text_report_start says when the first packet came, for times that count from there. */
void text_report_start(struct text_report *report, int64_t first_ns);

enum text_class text_report_class(const struct tlswatch_record *record);

/* text_report_record counts the conversation, and prints it where the options want it. */
void text_report_record(struct text_report *report, const struct tlswatch_record *record);

/* text_report_tick shows, live, what repeated and was not shown yet, where that is due. Worth calling once a second. */
void text_report_tick(struct text_report *report, int64_t now_ns);

/* text_report_rest prints what waited for the end, text_report_end does too, and then the closing line: " 42 conversations: 38 good, 3 failed, 1 doubtful.  0 packets dropped." */
void text_report_rest(struct text_report *report);
void text_report_end(struct text_report *report, const struct tlswatch_statistics *statistics, uint64_t kernel_drops);

/* json_report_record writes the record as one line of JSON (record.md): strict UTF-8, no control character in it. */
void json_report_record(struct report_sink *sink, const struct tlswatch_record *record);

#endif
