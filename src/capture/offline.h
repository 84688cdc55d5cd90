/*
 * One capture file read through libpcap: for a kind of file that libpcap knows and our reader does not.
 */
#ifndef TLSWATCH_CAPTURE_OFFLINE_H
#define TLSWATCH_CAPTURE_OFFLINE_H

#include "capture/pcap_file.h"

struct offline;

/* offline_open reads from an open descriptor, which it takes over; NULL with libpcap's message in `problem`, of
 * OFFLINE_PROBLEM_SIZE bytes. */
#define OFFLINE_PROBLEM_SIZE 256
struct offline *offline_open(int fd, char problem[OFFLINE_PROBLEM_SIZE]);

void offline_free(struct offline *o);

/* offline_next fills the frame but for its file. DAMAGED: offline_problem says why, in libpcap's words. */
enum format_result offline_next(struct offline *o, struct tlswatch_frame *frame);
const char *offline_problem(const struct offline *o);

/* offline_bytes is how much of the file has been read. */
uint64_t offline_bytes(const struct offline *o);

#endif
