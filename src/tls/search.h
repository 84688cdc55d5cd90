/*
 * The search for the next record behind a gap. Holds the bytes that are not decided yet, with the frames they came in,
 * so that what is found does not hang on how the bytes were cut; about one record at most.
 */
#ifndef TLSWATCH_TLS_SEARCH_H
#define TLSWATCH_TLS_SEARCH_H

#include "base/buffer.h"
#include "tlswatch/tlswatch.h"

struct search {
    bool active;        /* bytes go through the search */
    bool found;         /* a record begins at `start` */
    struct buffer bytes;
    struct buffer marks; /* of struct search_mark: the packets that `bytes` came in */
    size_t start;       /* in bytes: what stands before is decided */
    uint64_t dropped;   /* bytes that stood before bytes.p[0] */
    uint64_t passed;    /* bytes that began no record, in all searches of this direction */
};

/* search_new returns NULL where memory is exhausted. */
struct search *search_new(struct memory *memory);
void search_free(struct search *s);
void search_clear(struct search *s); /* keeps `passed` */

/* search_push adds bytes; false where memory is exhausted. */
bool search_push(struct search *s, struct bytes data, struct tlswatch_mark mark);

/* search_find moves on to where a record begins; false: not yet, or LIMIT_SEARCH is reached (search_exhausted). */
bool search_find(struct search *s, bool end);
bool search_exhausted(const struct search *s);

/* search_next hands out the bytes from there on, packet by packet; false: no more. search_back gives the last n bytes
 * back, to be searched again. */
bool search_next(struct search *s, struct bytes *data, struct tlswatch_mark *mark);
void search_back(struct search *s, size_t n);

#endif
