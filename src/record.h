/*
 * Everything known about one conversation, put into the public record.
 */
#ifndef TLSWATCH_RECORD_H
#define TLSWATCH_RECORD_H

#include "base/arena.h"
#include "base/siphash.h"
#include "diagnosis/facts.h"
#include "diagnosis/verdict.h"

/* record_build fills *out, whose strings and lists live in the arena, the store, or for ever. False where memory is
 * exhausted. */
bool record_build(struct tlswatch_record *out, const struct facts *facts, const struct verdict *verdict, uint64_t kernel_drops,
                  struct arena *arena);

/* community_id writes the Community ID (version 1, seed 0) of a TCP connection: "1:" and 28 characters of base64.
 * False where memory is exhausted. */
bool community_id(const struct certificate_store *store, const struct endpoint *a, const struct endpoint *b, bool ipv6, char out[32]);

#endif
