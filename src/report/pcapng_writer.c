#include "report/pcapng_writer.h"

#include "base/limits.h"

enum block_type { BLOCK_SECTION = 0x0a0d0d0a, BLOCK_INTERFACE = 1, BLOCK_PACKET = 6, BLOCK_SECRETS = 10 };
enum option_code { OPTION_END = 0, OPTION_COMMENT = 1, OPTION_USER_APPLICATION = 4, OPTION_TSRESOL = 9 };

#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define BLOCK_MOST (2 * LIMIT_CAPTURE_BLOCK)
#define OPTION_MOST 65535 /* its length has 16 bits */

static void put(struct pcapng_writer *w, const void *data, size_t len) {
    if (!buffer_append(w->out, bytes_of(data, len), BLOCK_MOST)) {
        w->failed = true;
    }
}

static void put_u16(struct pcapng_writer *w, uint32_t value) {
    uint8_t bytes[] = {(uint8_t)(value >> 8), (uint8_t)value};
    put(w, bytes, sizeof bytes);
}

static void put_u32(struct pcapng_writer *w, uint32_t value) {
    put_u16(w, value >> 16);
    put_u16(w, value);
}

/* Everything is padded to 32 bits (draft, 3.1). */
static void put_padded(struct pcapng_writer *w, const void *data, size_t len) {
    put(w, data, len);
    put(w, "\0\0\0", (4 - len % 4) % 4);
}

/* A text too long for an option is cut between two of its characters. */
static void put_option(struct pcapng_writer *w, enum option_code code, const void *data, size_t len) {
    const uint8_t *p = data;
    while (len > OPTION_MOST || (len == OPTION_MOST && (p[len] & 0xc0) == 0x80)) {
        len = len > OPTION_MOST ? OPTION_MOST : len - 1;
    }
    put_u16(w, code);
    put_u16(w, (uint32_t)len);
    put_padded(w, data, len);
}

static void put_text(struct pcapng_writer *w, enum option_code code, const char *text) {
    if (text != NULL) {
        put_option(w, code, text, strlen(text));
    }
}

static size_t begin(struct pcapng_writer *w, uint32_t type) {
    size_t start = w->out->len;
    put_u32(w, type);
    put_u32(w, 0);
    return start;
}

/* The length stands at both ends of a block (draft, 3.1). */
static void end(struct pcapng_writer *w, size_t start) {
    uint32_t len = (uint32_t)(w->out->len - start) + 4;
    put_u32(w, len);
    if (w->failed) {
        w->out->len = start;
    } else {
        memcpy(w->out->p + start + 4, w->out->p + w->out->len - 4, 4);
    }
}

void pcapng_section(struct pcapng_writer *w, const char *application, const char *comment) {
    size_t start = begin(w, BLOCK_SECTION);
    put_u32(w, BYTE_ORDER_MAGIC);
    put_u32(w, 1 << 16); /* version 1.0 */
    put_u32(w, UINT32_MAX);
    put_u32(w, UINT32_MAX); /* the section's length is not told */
    put_text(w, OPTION_COMMENT, comment);
    put_text(w, OPTION_USER_APPLICATION, application);
    put_option(w, OPTION_END, "", 0);
    end(w, start);
}

void pcapng_interface(struct pcapng_writer *w, uint32_t link_type, uint8_t time_digits) {
    size_t start = begin(w, BLOCK_INTERFACE);
    put_u16(w, link_type);
    put_u16(w, 0);
    put_u32(w, 0); /* no limit to the length of packets */
    put_option(w, OPTION_TSRESOL, &time_digits, 1);
    put_option(w, OPTION_END, "", 0);
    end(w, start);
}

static uint64_t ticks_of(int64_t time_ns, uint8_t time_digits) {
    uint64_t ticks = time_ns > 0 ? (uint64_t)time_ns : 0;
    for (uint8_t digits = 9; digits > time_digits; digits--) {
        ticks /= 10;
    }
    return ticks;
}

void pcapng_packet(struct pcapng_writer *w, uint32_t interface, uint8_t time_digits, const struct tlswatch_frame *frame,
                   const char *comment) {
    size_t start = begin(w, BLOCK_PACKET);
    uint64_t ticks = ticks_of(frame->time_ns, time_digits);
    put_u32(w, interface);
    put_u32(w, (uint32_t)(ticks >> 32));
    put_u32(w, (uint32_t)ticks);
    put_u32(w, frame->len);
    put_u32(w, frame->original_len);
    put_padded(w, frame->data, frame->len);
    if (comment != NULL) {
        put_text(w, OPTION_COMMENT, comment);
        put_option(w, OPTION_END, "", 0);
    }
    end(w, start);
}

void pcapng_secrets(struct pcapng_writer *w, uint32_t type, struct bytes data) {
    size_t start = begin(w, BLOCK_SECRETS);
    put_u32(w, type);
    put_u32(w, (uint32_t)data.len);
    put_padded(w, data.p, data.len);
    end(w, start);
}
