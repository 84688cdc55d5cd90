#include "capture/linktype.h"

#include <pcap.h>
#include <stddef.h>

struct linktype_pair {
    uint32_t link_type;
    int dlt;
};

/* https://www.tcpdump.org/linktypes.html: those whose DLT_ is not the same on all systems. */
static const struct linktype_pair pairs[] = {
        {100, DLT_ATM_RFC1483}, {101, DLT_RAW}, {102, DLT_SLIP_BSDOS}, {103, DLT_PPP_BSDOS}, {108, DLT_LOOP}, {109, DLT_ENC},
};

uint32_t linktype_of_dlt(int dlt) {
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (pairs[i].dlt == dlt) {
            return pairs[i].link_type;
        }
    }
    return (uint32_t)dlt;
}

int linktype_to_dlt(uint32_t link_type) {
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (pairs[i].link_type == link_type) {
            return pairs[i].dlt;
        }
    }
    return (int)link_type;
}
