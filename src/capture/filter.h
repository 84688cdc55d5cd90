/*
 * A BPF expression applied to frames of files: compiled by libpcap once for each link type that occurs.
 */
#ifndef TLSWATCH_CAPTURE_FILTER_H
#define TLSWATCH_CAPTURE_FILTER_H

#include "capture/capture.h"

struct filter;

/* filter_new copies the expression; NULL where memory is exhausted. Another process compiles where `access` is not
 * NULL. */
struct filter *filter_new(const char *expression, const struct capture_access *access);

void filter_free(struct filter *f);

/* filter_compile: the expression makes sense for this link type. Where not, filter_problem is libpcap's message. */
bool filter_compile(struct filter *f, uint32_t link_type);
const char *filter_problem(const struct filter *f);

/* filter_match: the frame is wanted. A frame of a link type that the expression cannot be compiled for is not. */
bool filter_match(struct filter *f, const struct tlswatch_frame *frame);

/* filter_unable takes, once for each, a link type that the expression could not be compiled for. */
bool filter_unable(struct filter *f, uint32_t *link_type);

#endif
