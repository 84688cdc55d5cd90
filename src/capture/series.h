/*
 * Several files as one capture, in the order of time: the files of a rotation one after the other, so that what
 * straddles two of them is whole, and files that overlap merged frame by frame. Only files whose time has come are
 * open: ten thousand files of a rotation need one descriptor.
 */
#ifndef TLSWATCH_CAPTURE_SERIES_H
#define TLSWATCH_CAPTURE_SERIES_H

#include "capture/listing.h"
#include "capture/source.h"

struct series;

/* series_open looks into every file for its first frame. NULL with `error` filled on failure. The listing outlives the
 * series. */
struct series *series_open(const struct capture_listing *listing, const struct source_context *context, char error[CAPTURE_ERROR_SIZE]);

void series_free(struct series *s);

/* series_next gives the next frame, valid until the next call. */
enum source_result series_next(struct series *s, const struct tlswatch_frame **frame, int timeout_ms);

/* series_more gives frames behind the last one, which stays valid; see capture_more. */
size_t series_more(struct series *s, struct tlswatch_frame *frames, size_t max);

/* series_error says why series_next returned SOURCE_FOREIGN: a pipe that brings no capture. */
const char *series_error(const struct series *s);

/* series_bytes tells how much of the files has been read, and how much they are; *total is 0 where a pipe is among them. */
void series_bytes(const struct series *s, uint64_t *bytes, uint64_t *total);

/* series_link_type tells the link type of the first frame of the file of this index, while it is known; false behind
 * the last file. */
bool series_link_type(const struct series *s, size_t index, bool *known, uint32_t *link_type);

#endif
