/*
 * Small pieces of the sentences: names short enough to say, dates, spans of time, frames.
 */
#ifndef TLSWATCH_DIAGNOSIS_WORDS_H
#define TLSWATCH_DIAGNOSIS_WORDS_H

#include "base/arena.h"
#include "x509/certificate.h"

/* The first RDN of a name ("CN=b2b-gw01"), cut where it is long; "an empty name" for none. */
const char *words_name(struct arena *arena, const char *name);
const char *words_subject(struct arena *arena, const struct certificate *c);
const char *words_issuer(struct arena *arena, const struct certificate *c);

/* Any other text of the wire, cut where it is long. */
const char *words_cut(struct arena *arena, const char *text);

/* "2026-11-19 23:59:59 UTC" */
const char *words_time(struct arena *arena, int64_t seconds);

/* "8 hours", "3 days"; of a span of seconds, which is not negative */
const char *words_span(struct arena *arena, int64_t seconds);

/* The common name of a DN's text as a view, without "CN="; empty where there is none. */
struct bytes words_common_name(const char *name);

/* words_fill puts `object` for each {} in `text`; NULL for NULL. */
const char *words_fill(struct arena *arena, const char *text, const char *object);

#endif
