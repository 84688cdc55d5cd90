/*
 * The pcap file format (draft-ietf-opsawg-pcap), in both byte orders, with micro- and nanoseconds, with Kuznetzov's
 * longer packet headers, and with the lengths swapped as versions before 2.3 have them.
 */
#ifndef TLSWATCH_CAPTURE_PCAP_FILE_H
#define TLSWATCH_CAPTURE_PCAP_FILE_H

#include "capture/order.h"
#include "capture/reader.h"
#include "tlswatch/tlswatch.h"

/* What became of asking a file for its next frame. */
enum format_result {
    FORMAT_FRAME,
    FORMAT_IDLE,       /* not yet there: ask again */
    FORMAT_END,        /* the file ends where it may */
    FORMAT_CUT,        /* it ends between packets, in the middle of something else */
    FORMAT_CUT_PACKET, /* it ends in the middle of a packet */
    FORMAT_DAMAGED,    /* the reader's `problem` says how; the damage begins at its next byte */
};

enum pcap_lengths { PCAP_LENGTHS_RIGHT, PCAP_LENGTHS_SWAPPED, PCAP_LENGTHS_MAYBE_SWAPPED };

struct pcap_file {
    enum order order;
    enum pcap_lengths lengths;
    uint32_t header_len; /* of each packet */
    uint32_t link_type;
    int64_t tick_ns;
    uint64_t number; /* of the last packet */
};

#define PCAP_FILE_HEADER_LEN 24

/* pcap_file_recognise: these first bytes of a file begin with one of pcap's magic numbers. */
bool pcap_file_recognise(struct bytes head);

/* pcap_file_open reads the file header, which the reader has ready; false: of a version that nobody knows. */
bool pcap_file_open(struct pcap_file *f, struct reader *r);

/* pcap_file_next fills the frame but for its file. */
enum format_result pcap_file_next(struct pcap_file *f, struct reader *r, struct tlswatch_frame *frame);

#endif
