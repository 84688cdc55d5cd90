/*
 * The pcapng file format (draft-ietf-opsawg-pcapng): any number of sections in either byte order, each with any number
 * of interfaces whose link types and clocks differ; enhanced, simple and obsolete packet blocks; drops out of the
 * interface statistics. Other blocks are passed over. A packet counts even where nobody reads its link type, so that
 * numbers are Wireshark's.
 */
#ifndef TLSWATCH_CAPTURE_PCAPNG_FILE_H
#define TLSWATCH_CAPTURE_PCAPNG_FILE_H

#include "capture/capture.h"
#include "capture/pcap_file.h"

struct pcapng_interface {
    uint32_t link_type;
    uint32_t snaplen;   /* 0: no limit */
    uint8_t resolution; /* if_tsresol as it stands */
    int64_t offset_s;   /* if_tsoffset */
    uint64_t drops;     /* as its last statistics say */
};

struct pcapng_file {
    enum order order;
    struct pcapng_interface *interfaces; /* of the section */
    size_t num_interfaces, size;
    int64_t time_ns; /* of the last packet that has a time */
    uint64_t number; /* of the last record that Wireshark numbers */
    struct capture_statistics *statistics;
    const struct capture_secrets *secrets; /* NULL: nobody wants them */
};

#define PCAPNG_FILE_HEADER_LEN 28

bool pcapng_file_recognise(struct bytes head);

/* pcapng_file_next fills the frame but for its file. A simple packet has no time: it gets that of the last
 * packet before it. */
enum format_result pcapng_file_next(struct pcapng_file *f, struct reader *r, struct tlswatch_frame *frame);

void pcapng_file_clear(struct pcapng_file *f);

#endif
