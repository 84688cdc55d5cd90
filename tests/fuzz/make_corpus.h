/*
 * The stored corpus: for each target a folder of inputs, made of the captures in pcaps/ and of the fixtures of the other
 * tests. An input is put together in a buffer, written under the sum of its bytes, and the buffer is empty again.
 */
#ifndef TLSWATCH_TESTS_FUZZ_MAKE_CORPUS_H
#define TLSWATCH_TESTS_FUZZ_MAKE_CORPUS_H

#include "base/buffer.h"

struct seed {
    const char *folder; /* of all targets */
    struct buffer input;
};

void seed_u8(struct seed *seed, uint8_t value);
void seed_u16(struct seed *seed, uint16_t value);
void seed_bytes(struct seed *seed, struct bytes data);
void seed_text(struct seed *seed, const char *text);
void seed_chunk(struct seed *seed, uint8_t tag, struct bytes data);

/* seed_write writes the input for one target; with `keep` it stays in the buffer, to be written for another as well. */
void seed_write(struct seed *seed, const char *target, bool keep);

void seed_frames(struct seed *seed);                    /* for link, of the tables of frames */
void seed_openings(struct seed *seed);                  /* for opening and conversation, of the dialogues */
void seed_streams(struct seed *seed);                   /* for conversation, of whole conversations */
void seed_words(struct seed *seed);                     /* for options, filter, escape and flow, by hand */
void seed_capture(struct seed *seed, const char *path); /* for all that is in a capture */
void seed_certificate(struct seed *seed, struct bytes der);
void seed_signature(struct seed *seed, struct bytes der, uint16_t scheme, struct bytes signature);
void seed_containers(struct seed *seed); /* kinds of capture files that pcaps/ has none of */

#endif
