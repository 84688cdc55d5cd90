/* How far apart two short words are, to guess what was meant by a mistyped one. */
#ifndef TLSWATCH_CLI_DISTANCE_H
#define TLSWATCH_CLI_DISTANCE_H

#include <stddef.h>

/* word_distance: insertions, deletions and substitutions; SIZE_MAX where a word is longer than any of ours. */
size_t word_distance(const char *a, const char *b);

#endif
