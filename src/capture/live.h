/*
 * One interface through libpcap: never blocking inside libpcap, since that never returns from an idle interface.
 */
#ifndef TLSWATCH_CAPTURE_LIVE_H
#define TLSWATCH_CAPTURE_LIVE_H

#include "capture/capture.h"
#include "capture/reader.h"
#include "capture/warnings.h"

struct live;

/* live_open starts capturing; NULL with `error` filled on failure. */
struct live *live_open(const struct capture_live *options, struct warnings *warnings, char error[CAPTURE_ERROR_SIZE]);

void live_free(struct live *l);

/* live_next is capture_next; the wait ends early when `wake` says so, and after it has read what came until then, so does
 * the capture. */
enum capture_result live_next(struct live *l, struct tlswatch_frame *frame, int timeout_ms, struct wake *wake);

/* live_more is capture_more. */
size_t live_more(struct live *l, struct tlswatch_frame *frames, size_t max);

/* live_descriptor is what is read from. */
int live_descriptor(const struct live *l);

/* live_error says why live_next returned CAPTURE_ERROR. */
const char *live_error(const struct live *l);

/* live_drops adds up what kernel and interface dropped since the capture began. */
void live_drops(struct live *l, struct capture_statistics *out);

#endif
