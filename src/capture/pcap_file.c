#include "capture/pcap_file.h"

#include "base/limits.h"

#include <assert.h>

#define LINK_TYPE_MASK 0x03ffffffu /* above it: length of the frame check sequence */

struct pcap_magic {
    uint32_t magic;
    uint32_t header_len;
    int64_t tick_ns;
};

static const struct pcap_magic magics[] = {
        {0xa1b2c3d4, 16, 1000},
        {0xa1b23c4d, 16, 1},
        {0xa1b2cd34, 24, 1000}, /* Alexey Kuznetzov's: interface, protocol and packet type follow the lengths */
};

static const struct pcap_magic *pcap_magic_find(const uint8_t *head, enum order order) {
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        if (order_u32(order, head) == magics[i].magic) {
            return &magics[i];
        }
    }
    return NULL;
}

bool pcap_file_recognise(struct bytes head) {
    return head.len >= 4 && (pcap_magic_find(head.p, ORDER_BIG) != NULL || pcap_magic_find(head.p, ORDER_LITTLE) != NULL);
}

/* Before 2.3 the original length came first, and some writers of 2.3 had not noticed; so did DG/UX, which calls itself
 * version 543.0. */
static enum pcap_lengths pcap_lengths_of(uint16_t major, uint16_t minor) {
    if (major == 543 || minor < 3) {
        return PCAP_LENGTHS_SWAPPED;
    }
    return minor == 3 ? PCAP_LENGTHS_MAYBE_SWAPPED : PCAP_LENGTHS_RIGHT;
}

bool pcap_file_open(struct pcap_file *f, struct reader *r) {
    const uint8_t *head = reader_take(r, PCAP_FILE_HEADER_LEN);
    enum order order = pcap_magic_find(head, ORDER_BIG) != NULL ? ORDER_BIG : ORDER_LITTLE;
    const struct pcap_magic *magic = pcap_magic_find(head, order);
    assert(magic != NULL); /* it was found before this was called */
    uint16_t major = order_u16(order, head + 4);
    uint16_t minor = order_u16(order, head + 6);
    if (!(major == 2 && minor <= 4) && !(major == 543 && minor == 0)) {
        return false;
    }
    *f = (struct pcap_file){
            .order = order,
            .lengths = pcap_lengths_of(major, minor),
            .header_len = magic->header_len,
            .link_type = order_u32(order, head + 20) & LINK_TYPE_MASK,
            .tick_ns = magic->tick_ns,
    };
    return true;
}

static bool pcap_lengths_are_swapped(const struct pcap_file *f, uint32_t captured, uint32_t original) {
    return f->lengths == PCAP_LENGTHS_SWAPPED || (f->lengths == PCAP_LENGTHS_MAYBE_SWAPPED && captured > original);
}

enum format_result pcap_file_next(struct pcap_file *f, struct reader *r, struct tlswatch_frame *frame) {
    enum reader_result result = reader_need(r, f->header_len);
    if (result != READER_READY) {
        bool at_end = reader_rest(r).len == 0;
        return result == READER_IDLE ? FORMAT_IDLE : at_end ? FORMAT_END : FORMAT_CUT_PACKET;
    }
    const uint8_t *header = r->block + r->start;
    uint32_t captured = order_u32(f->order, header + 8);
    uint32_t original = order_u32(f->order, header + 12);
    if (f->lengths != PCAP_LENGTHS_RIGHT && pcap_lengths_are_swapped(f, captured, original)) {
        uint32_t first = captured;
        captured = original;
        original = first;
    }
    if (captured > LIMIT_CAPTURED_PACKET) {
        r->problem = "a packet's length is absurd";
        return FORMAT_DAMAGED;
    }
    result = reader_need(r, f->header_len + captured);
    if (result != READER_READY) {
        return result == READER_IDLE ? FORMAT_IDLE : FORMAT_CUT_PACKET;
    }
    header = reader_take(r, f->header_len + captured);
    frame->data = header + f->header_len;
    frame->len = captured;
    frame->original_len = original < captured ? captured : original;
    frame->link_type = f->link_type;
    frame->time_digits = f->tick_ns == 1 ? 9 : 6;
    frame->number = ++f->number;
    frame->time_ns = (int64_t)order_u32(f->order, header) * SECOND_NS + (int64_t)order_u32(f->order, header + 4) * f->tick_ns;
    return FORMAT_FRAME;
}
