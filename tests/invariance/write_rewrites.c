/*
 * Writes every rewriting of captures, for another program to read:
 *
 *     write_rewrites FOLDER CAPTURE...
 *
 * prints a line for each file: its path, the capture that it was made of, whether it has the same packets one for one and in
 * the same order ("packets"), the same bytes of TCP in the same order ("bytes") or neither ("any"), and how it was rewritten.
 */
#include <stdio.h>
#include <stdlib.h>

#include "files.h"
#include "rewrite.h"

static const char *sameness(const struct rewriting *rewriting) {
    bool in_order = rewriting < order_rewritings || rewriting >= order_rewritings + num_order_rewritings;
    bool repeats = (rewriting->ignore & IGNORE_REPEATS) != 0;
    return rewriting->same_packets ? "packets" : in_order && !repeats ? "bytes" : "any";
}

static void write_one(const char *folder, const char *capture, const char *same, const char *how, enum file_kind kind,
                      const struct packets *packets) {
    static unsigned num;
    char path[4096];
    snprintf(path, sizeof path, "%s/%u", folder, ++num);
    if (file_write(path, kind, packets)) {
        printf("%s\t%s\t%s\t%s\n", path, capture, same, how);
    }
}

static bool write_all(const char *folder, const char *capture) {
    struct packets packets = {0}, rewritten;
    const struct rewriting *rewriting;
    if (!packets_read(&packets, capture, 0)) {
        return false;
    }
    for (size_t i = 0; (rewriting = rewriting_at(i)) != NULL; i++) {
        if (rewrite(rewriting, &packets, &rewritten, 1)) {
            write_one(folder, capture, sameness(rewriting), rewriting->name, FILE_PCAPNG, &rewritten);
            packets_clear(&rewritten);
        }
    }
    for (int kind = 0; kind < NUM_FILE_KINDS; kind++) {
        write_one(folder, capture, "packets", file_kind_name((enum file_kind)kind), (enum file_kind)kind, &packets);
    }
    packets_clear(&packets);
    return true;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: write_rewrites FOLDER CAPTURE...\n");
        return EXIT_FAILURE;
    }
    for (int i = 2; i < argc; i++) {
        if (!write_all(argv[1], argv[i])) {
            fprintf(stderr, "%s: no capture\n", argv[i]);
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}
