/* Packets as files of every kind that a capture comes in, and what the tests know of folders. */
#ifndef TLSWATCH_TESTS_INVARIANCE_FILES_H
#define TLSWATCH_TESTS_INVARIANCE_FILES_H

#include "packets.h"

enum file_kind {
    FILE_PCAP,
    FILE_PCAP_BIG_ENDIAN,
    FILE_PCAP_NANOSECONDS,
    FILE_PCAP_BIG_ENDIAN_NANOSECONDS,
    FILE_PCAPNG,
    FILE_PCAPNG_BIG_ENDIAN,
    FILE_PCAP_GZIP,
    FILE_PCAPNG_ZSTD,
    NUM_FILE_KINDS,
};

const char *file_kind_name(enum file_kind kind);

/* file_write makes the file, or makes it anew. False: it cannot hold these packets (pcap: of several link types), or
 * this program was built without the compression. */
bool file_write(const char *path, enum file_kind kind, const struct packets *packets);

struct names {
    char **v;
    size_t num;
};

/* names_find_captures adds the paths of all captures in a folder and those below it, in order. */
void names_find_captures(struct names *names, const char *folder);

/* names_leave_sample leaves one in so many of a large collection, unless $TLSWATCH_ALL is set. */
void names_leave_sample(struct names *names);

#endif
