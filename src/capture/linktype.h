/*
 * A link type has two numbers: LINKTYPE_ in files, the same everywhere, and DLT_ in libpcap, which differs by system
 * for a few of them.
 */
#ifndef TLSWATCH_CAPTURE_LINKTYPE_H
#define TLSWATCH_CAPTURE_LINKTYPE_H

#include <stdint.h>

uint32_t linktype_of_dlt(int dlt);
int linktype_to_dlt(uint32_t link_type);

#endif
