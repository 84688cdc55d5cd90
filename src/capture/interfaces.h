/*
 * The interfaces of this machine, as libpcap sees them; capture.h declares their list.
 */
#ifndef TLSWATCH_CAPTURE_INTERFACES_H
#define TLSWATCH_CAPTURE_INTERFACES_H

#include "capture/capture.h"

/* interfaces_names writes the names of the network interfaces, "eth0, lo, any", for a message; "" where none is
 * known. size is at least 8. */
void interfaces_names(char *text, size_t size);

#endif
