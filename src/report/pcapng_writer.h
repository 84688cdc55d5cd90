/*
 * Blocks of a pcapng file (draft-ietf-opsawg-pcapng) into a buffer, in the byte order of the network: a section header,
 * interfaces, packets with comments, decryption secrets. Where memory is exhausted `failed` is set.
 */
#ifndef TLSWATCH_REPORT_PCAPNG_WRITER_H
#define TLSWATCH_REPORT_PCAPNG_WRITER_H

#include "base/buffer.h"
#include "tlswatch/tlswatch.h"

/* {.out = &buffer} is ready. */
struct pcapng_writer {
    struct buffer *out;
    bool failed;
};

/* A comment may be NULL: none. */
void pcapng_section(struct pcapng_writer *w, const char *application, const char *comment);
void pcapng_interface(struct pcapng_writer *w, uint32_t link_type, uint8_t time_digits);
void pcapng_packet(struct pcapng_writer *w, uint32_t interface, uint8_t time_digits, const struct tlswatch_frame *frame,
                   const char *comment);
void pcapng_secrets(struct pcapng_writer *w, uint32_t type, struct bytes data);

#endif
