/* A capture file that lies in memory, through the readers of src/capture: no descriptor, no system call for each run. */
#ifndef TLSWATCH_TESTS_FUZZ_MEMORY_CAPTURE_H
#define TLSWATCH_TESTS_FUZZ_MEMORY_CAPTURE_H

#include "capture/pcapng_file.h"
#include "fuzz.h"

struct memory_capture {
    struct reader reader;
    bool is_pcapng;
    struct pcap_file pcap;
    struct pcapng_file pcapng;
    struct capture_statistics statistics;
};

static inline void memory_capture_close(struct memory_capture *c) {
    pcapng_file_clear(&c->pcapng);
    fuzz_release(c->reader.block);
}

/* False where it is no capture; nothing is to be closed then. */
static inline bool memory_capture_open(struct memory_capture *c, struct bytes file) {
    static struct wake wake;
    *c = (struct memory_capture){0};
    c->reader = (struct reader){.block = fuzz_copy(file),
                                .end = file.len,
                                .size = LIMIT_CAPTURE_BLOCK, /* it is never filled: there is no more to come */
                                .fd = -1,
                                .recognised = true,
                                .ended = true,
                                .wake = &wake};
    c->is_pcapng = pcapng_file_recognise(file);
    c->pcapng.statistics = &c->statistics;
    bool is_pcap = file.len >= PCAP_FILE_HEADER_LEN && pcap_file_recognise(file) && pcap_file_open(&c->pcap, &c->reader);
    if (!c->is_pcapng && !is_pcap) {
        memory_capture_close(c);
    }
    return c->is_pcapng || is_pcap;
}

static inline enum format_result memory_capture_next(struct memory_capture *c, struct tlswatch_frame *frame) {
    return c->is_pcapng ? pcapng_file_next(&c->pcapng, &c->reader, frame) : pcap_file_next(&c->pcap, &c->reader, frame);
}

#endif
