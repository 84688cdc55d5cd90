#include "capture/pcapng_file.h"

#include "base/limits.h"

#include <stdlib.h>

#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define BLOCK_OVERHEAD 12 /* type, length, and length again at its end */

/* Draft, 10.1, and the records of other kinds that Wireshark numbers as if they were packets. */
enum block_type {
    BLOCK_INTERFACE_DESCRIPTION = 1,
    BLOCK_PACKET = 2,
    BLOCK_SIMPLE_PACKET = 3,
    BLOCK_INTERFACE_STATISTICS = 5,
    BLOCK_ENHANCED_PACKET = 6,
    BLOCK_SYSTEMD_JOURNAL = 9,
    BLOCK_DECRYPTION_SECRETS = 10,
    BLOCK_SYSDIG_EVENT = 0x204,
    BLOCK_SYSDIG_EVENT_V2 = 0x216,
    BLOCK_SYSDIG_EVENT_V2_LARGE = 0x221,
    BLOCK_CUSTOM = 0xbad,
    BLOCK_CUSTOM_NOT_COPIED = 0x40000bad,
    BLOCK_SECTION_HEADER = 0x0a0d0d0a,
};

enum block_option { OPTION_END = 0, OPTION_IF_TSRESOL = 9, OPTION_IF_TSOFFSET = 14, OPTION_ISB_IFDROP = 5, OPTION_ISB_OSDROP = 7 };

bool pcapng_file_recognise(struct bytes head) {
    return head.len >= 12 && order_u32(ORDER_BIG, head.p) == BLOCK_SECTION_HEADER &&
           (order_u32(ORDER_BIG, head.p + 8) == BYTE_ORDER_MAGIC || order_u32(ORDER_LITTLE, head.p + 8) == BYTE_ORDER_MAGIC);
}

void pcapng_file_clear(struct pcapng_file *f) {
    free(f->interfaces);
    *f = (struct pcapng_file){0};
}

/* An option is its code, its length and its value, padded to four bytes (draft, 3.5). */
static bool option_next(enum order order, struct bytes *options, uint16_t *code, struct bytes *value) {
    struct bytes head, padding;
    struct bytes rest = *options;
    if (!bytes_take(&rest, 4, &head)) {
        return false;
    }
    *code = order_u16(order, head.p);
    size_t len = order_u16(order, head.p + 2);
    if (*code == OPTION_END || !bytes_take(&rest, len, value)) {
        return false;
    }
    size_t pad = (4 - len % 4) % 4;
    if (!bytes_take(&rest, pad, &padding)) {
        rest = (struct bytes){0};
    }
    *options = rest;
    return true;
}

static bool section_header(struct pcapng_file *f, struct bytes body) {
    struct bytes head;
    if (!bytes_take(&body, 16, &head) || order_u16(f->order, head.p + 4) != 1) {
        return false;
    }
    f->num_interfaces = 0;
    return true;
}

static bool interface_room(struct pcapng_file *f) {
    if (f->num_interfaces < f->size) {
        return true;
    }
    size_t size = f->size == 0 ? 4 : f->size * 2;
    struct pcapng_interface *interfaces = size <= LIMIT_CAPTURE_INTERFACES ? realloc(f->interfaces, size * sizeof *interfaces) : NULL;
    if (interfaces == NULL) {
        return false;
    }
    f->interfaces = interfaces;
    f->size = size;
    return true;
}

static bool interface_description(struct pcapng_file *f, struct bytes body) {
    struct bytes head, value;
    uint16_t code;
    if (!bytes_take(&body, 8, &head) || !interface_room(f)) {
        return false;
    }
    struct pcapng_interface interface = {
            .link_type = order_u16(f->order, head.p),
            .snaplen = order_u32(f->order, head.p + 4),
            .resolution = 6, /* microseconds where nothing is said (draft, 4.2) */
    };
    while (option_next(f->order, &body, &code, &value)) {
        if (code == OPTION_IF_TSRESOL && value.len == 1) {
            interface.resolution = value.p[0];
        } else if (code == OPTION_IF_TSOFFSET && value.len == 8) {
            interface.offset_s = (int64_t)order_u64(f->order, value.p);
        }
    }
    f->interfaces[f->num_interfaces++] = interface;
    return true;
}

/* dumpcap writes what the kernel dropped as if the interface had dropped it: they are told as one. */
static void interface_statistics(struct pcapng_file *f, struct bytes body) {
    struct bytes head, value;
    uint16_t code;
    if (!bytes_take(&body, 12, &head) || order_u32(f->order, head.p) >= f->num_interfaces) {
        return;
    }
    struct pcapng_interface *interface = &f->interfaces[order_u32(f->order, head.p)];
    uint64_t drops = 0;
    while (option_next(f->order, &body, &code, &value)) {
        if ((code == OPTION_ISB_IFDROP || code == OPTION_ISB_OSDROP) && value.len == 8) {
            drops += order_u64(f->order, value.p);
        }
    }
    if (drops > interface->drops) { /* they count since the capture began */
        f->statistics->kernel_drops += drops - interface->drops;
        interface->drops = drops;
    }
}

/* if_tsresol (draft, 4.2): a negative power of ten, or with its highest bit set of two. */
static uint64_t ticks_to_ns(uint64_t ticks, uint8_t resolution) {
    unsigned exponent = resolution & 0x7f;
    if (resolution & 0x80) {
        uint64_t seconds = exponent < 64 ? ticks >> exponent : 0;
        uint64_t fraction = exponent < 64 ? ticks - (seconds << exponent) : ticks;
        for (; exponent > 33; exponent--) { /* so that the product below fits */
            fraction >>= 1;
        }
        return seconds > LIMIT_TIME_NS / SECOND_NS ? LIMIT_TIME_NS : seconds * SECOND_NS + (fraction * SECOND_NS >> exponent);
    }
    for (; exponent > 9 && ticks > 0; exponent--) {
        ticks /= 10;
    }
    for (; exponent < 9; exponent++) {
        if (ticks > LIMIT_TIME_NS / 10) {
            return LIMIT_TIME_NS;
        }
        ticks *= 10;
    }
    return ticks > LIMIT_TIME_NS ? LIMIT_TIME_NS : ticks;
}

static int64_t interface_time(const struct pcapng_interface *interface, uint64_t ticks) {
    int64_t ns = (int64_t)ticks_to_ns(ticks, interface->resolution);
    if (interface->offset_s == 0) {
        return ns;
    }
    if (interface->offset_s > LIMIT_TIME_NS / SECOND_NS) {
        return LIMIT_TIME_NS;
    }
    if (interface->offset_s < -LIMIT_TIME_NS / SECOND_NS) {
        return 0;
    }
    ns += interface->offset_s * SECOND_NS;
    return ns < 0 ? 0 : ns > LIMIT_TIME_NS ? LIMIT_TIME_NS : ns;
}

/* What is finer than nanoseconds, or counted in powers of two, is held in nanoseconds. */
static uint8_t time_digits(const struct pcapng_interface *interface) {
    return interface->resolution <= 9 ? interface->resolution : 9;
}

/* The enhanced and the obsolete packet block differ in how they say the interface only (draft, 4.3 and A). */
static bool packet(struct pcapng_file *f, struct bytes body, bool obsolete, struct tlswatch_frame *frame) {
    struct bytes head, data;
    if (!bytes_take(&body, 20, &head)) {
        return false;
    }
    uint32_t id = obsolete ? order_u16(f->order, head.p) : order_u32(f->order, head.p);
    uint32_t captured = order_u32(f->order, head.p + 12);
    uint32_t original = order_u32(f->order, head.p + 16);
    if (id >= f->num_interfaces || captured > LIMIT_CAPTURED_PACKET || !bytes_take(&body, captured, &data)) {
        return false;
    }
    uint64_t ticks = (uint64_t)order_u32(f->order, head.p + 4) << 32 | order_u32(f->order, head.p + 8);
    f->time_ns = interface_time(&f->interfaces[id], ticks);
    frame->data = data.p;
    frame->len = captured;
    frame->original_len = original < captured ? captured : original;
    frame->link_type = f->interfaces[id].link_type;
    frame->time_digits = time_digits(&f->interfaces[id]);
    return true;
}

/* Its captured length is told by nothing but the snapshot length and the end of the block (draft, 4.4). */
static bool simple_packet(struct pcapng_file *f, struct bytes body, struct tlswatch_frame *frame) {
    struct bytes head;
    if (f->num_interfaces == 0 || !bytes_take(&body, 4, &head)) {
        return false;
    }
    uint32_t original = order_u32(f->order, head.p);
    uint32_t snaplen = f->interfaces[0].snaplen;
    uint32_t captured = snaplen != 0 && snaplen < original ? snaplen : original;
    if (captured > body.len) {
        captured = (uint32_t)body.len;
    }
    if (captured > LIMIT_CAPTURED_PACKET) {
        return false;
    }
    frame->data = body.p;
    frame->len = captured;
    frame->original_len = original;
    frame->link_type = f->interfaces[0].link_type;
    frame->time_digits = time_digits(&f->interfaces[0]);
    return true;
}

/* Draft, 4.7. */
static void decryption_secrets(struct pcapng_file *f, struct bytes body) {
    struct bytes head, data;
    if (f->secrets != NULL && f->secrets->callback != NULL && bytes_take(&body, 8, &head) &&
        bytes_take(&body, order_u32(f->order, head.p + 4), &data)) {
        f->secrets->callback(f->secrets->user, order_u32(f->order, head.p), data.p, data.len);
    }
}

enum block_meaning { MEANING_PASSED, MEANING_FRAME, MEANING_DAMAGED };

static enum block_meaning block_read(struct pcapng_file *f, uint32_t type, struct bytes body, struct tlswatch_frame *frame) {
    switch (type) {
    case BLOCK_ENHANCED_PACKET:
    case BLOCK_PACKET:
        return packet(f, body, type == BLOCK_PACKET, frame) ? MEANING_FRAME : MEANING_DAMAGED;
    case BLOCK_SIMPLE_PACKET:
        return simple_packet(f, body, frame) ? MEANING_FRAME : MEANING_DAMAGED;
    case BLOCK_SECTION_HEADER:
        return section_header(f, body) ? MEANING_PASSED : MEANING_DAMAGED;
    case BLOCK_INTERFACE_DESCRIPTION:
        return interface_description(f, body) ? MEANING_PASSED : MEANING_DAMAGED;
    case BLOCK_INTERFACE_STATISTICS:
        interface_statistics(f, body);
        return MEANING_PASSED;
    case BLOCK_DECRYPTION_SECRETS:
        f->statistics->secrets++;
        decryption_secrets(f, body);
        return MEANING_PASSED;
    case BLOCK_SYSTEMD_JOURNAL:
    case BLOCK_SYSDIG_EVENT:
    case BLOCK_SYSDIG_EVENT_V2:
    case BLOCK_SYSDIG_EVENT_V2_LARGE:
    case BLOCK_CUSTOM:
    case BLOCK_CUSTOM_NOT_COPIED:
        f->number++;
        return MEANING_PASSED;
    default:
        return MEANING_PASSED;
    }
}

static bool block_is_packet(uint32_t type) {
    return type == BLOCK_ENHANCED_PACKET || type == BLOCK_PACKET || type == BLOCK_SIMPLE_PACKET;
}

/* A section header says its byte order behind its length, which is written in it. */
static bool block_order(struct pcapng_file *f, struct bytes head) {
    if (order_u32(ORDER_BIG, head.p) != BLOCK_SECTION_HEADER) {
        return true;
    }
    if (!pcapng_file_recognise(head)) {
        return false;
    }
    f->order = order_u32(ORDER_BIG, head.p + 8) == BYTE_ORDER_MAGIC ? ORDER_BIG : ORDER_LITTLE;
    return true;
}

static enum format_result block_missing(enum reader_result result, const struct reader *r, bool is_packet) {
    if (result == READER_IDLE) {
        return FORMAT_IDLE;
    }
    return reader_rest(r).len == 0 ? FORMAT_END : is_packet ? FORMAT_CUT_PACKET : FORMAT_CUT;
}

static enum format_result block_damaged(struct reader *r, const char *problem) {
    r->problem = problem;
    return FORMAT_DAMAGED;
}

/* Takes the next block, or nothing where it is not whole or not sound. */
static enum format_result block_next(struct pcapng_file *f, struct reader *r, uint32_t *type, struct bytes *body) {
    enum reader_result result = reader_need(r, BLOCK_OVERHEAD);
    if (result != READER_READY) {
        return block_missing(result, r, false);
    }
    if (!block_order(f, reader_rest(r))) {
        return block_damaged(r, "a section without a byte order");
    }
    *type = order_u32(f->order, r->block + r->start);
    uint32_t len = order_u32(f->order, r->block + r->start + 4);
    if (len < BLOCK_OVERHEAD || len % 4 != 0 || len > LIMIT_CAPTURE_BLOCK) {
        return block_damaged(r, "a block's length is absurd");
    }
    result = reader_need(r, len);
    if (result != READER_READY) {
        return block_missing(result, r, block_is_packet(*type));
    }
    if (order_u32(f->order, r->block + r->start + len - 4) != len) {
        return block_damaged(r, "a block's two lengths differ");
    }
    *body = bytes_of(r->block + r->start + 8, len - BLOCK_OVERHEAD);
    return FORMAT_FRAME;
}

enum format_result pcapng_file_next(struct pcapng_file *f, struct reader *r, struct tlswatch_frame *frame) {
    uint32_t type;
    struct bytes body;
    for (;;) {
        enum format_result result = block_next(f, r, &type, &body);
        if (result != FORMAT_FRAME) {
            return result;
        }
        enum block_meaning meaning = block_read(f, type, body, frame);
        if (meaning == MEANING_DAMAGED) {
            return block_damaged(r, block_is_packet(type) ? "a packet that contradicts itself" : "a block that contradicts itself");
        }
        reader_take(r, body.len + BLOCK_OVERHEAD);
        if (meaning == MEANING_FRAME) {
            frame->number = ++f->number;
            frame->time_ns = f->time_ns;
            return FORMAT_FRAME;
        }
    }
}
