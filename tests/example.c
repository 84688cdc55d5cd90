/*
 * A program on the library's public header alone: it reads a classic pcap file by itself (of this machine's byte
 * order, in microseconds) and says in a line what became of each TLS conversation.
 *
 *     example FILE
 */
#include <tlswatch/tlswatch.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void on_conversation(void *user, const struct tlswatch_record *record) {
    size_t *count = user;
    printf("stream %" PRIu64 ": %s, %s: %s\n", record->stream, tlswatch_outcome_name(record->outcome), tlswatch_cause_name(record->cause),
           record->message);
    ++*count;
}

int main(int argc, char **argv) {
    static uint8_t data[262144];
    uint32_t file_header[6], packet_header[4]; /* magic, ..., link type; seconds, microseconds, captured, original */
    size_t count = 0;
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (file == NULL || fread(file_header, sizeof file_header, 1, file) != 1 || file_header[0] != 0xa1b2c3d4) {
        fprintf(stderr, "usage: example FILE.pcap\n");
        return EXIT_FAILURE;
    }
    struct tlswatch *watcher = tlswatch_new(NULL, on_conversation, &count);
    struct tlswatch_frame frame = {.data = data, .link_type = file_header[5], .file = argv[1]};
    while (watcher != NULL && fread(packet_header, sizeof packet_header, 1, file) == 1 && packet_header[2] <= sizeof data &&
           fread(data, 1, packet_header[2], file) == packet_header[2]) {
        frame.len = packet_header[2];
        frame.original_len = packet_header[3];
        frame.number++;
        frame.time_ns = packet_header[0] * INT64_C(1000000000) + packet_header[1] * INT64_C(1000);
        tlswatch_frame(watcher, &frame);
    }
    if (watcher != NULL) {
        tlswatch_finish(watcher);
    }
    tlswatch_free(watcher);
    fclose(file);
    return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
