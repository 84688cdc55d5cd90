#include "net/decode.h"

#include <stdlib.h>

struct decapsulator *decapsulator_new(struct memory *memory) {
    struct decapsulator *d = calloc(1, sizeof *d);
    if (d != NULL) {
        d->fragments.memory = memory;
    }
    return d;
}

void decapsulator_free(struct decapsulator *d) {
    if (d != NULL) {
        fragments_clear(&d->fragments);
        free(d);
    }
}

static enum decode_result decode(struct decapsulator *d, const struct tlswatch_frame *frame, struct segment *out) {
    struct packet p = {
            .d = d,
            .rest = {frame->data, frame->len},
            .cut = frame_cut(frame),
            .segment = out,
    };
    out->payload = bytes_of(NULL, 0);
    out->payload_len = 0;
    out->source.port = out->destination.port = 0;
    enum decode_result result = decode_link(&p, frame->link_type);
    /* A quotation may end anywhere (RFC 792). */
    return p.quoted && result == DECODE_MALFORMED ? DECODE_OTHER : result;
}

enum decode_result decapsulator_decode(struct decapsulator *d, const struct tlswatch_frame *frame, struct segment *out) {
    out->mark = (struct tlswatch_mark){frame->number, frame->time_ns, frame->file};
    out->tunnel = 0;
    out->from_fragments = false;
    fragments_next_frame(&d->fragments);
    if (frame->link_type == LINK_ETHERNET && decode_plain(frame, out)) {
        return DECODE_SEGMENT;
    }
    return decode(d, frame, out);
}

uint64_t decapsulator_limits_hit(const struct decapsulator *d) {
    return d->limits_hit + d->fragments.limits_hit;
}

uint64_t decapsulator_conflicts(const struct decapsulator *d) {
    return d->fragments.conflicts;
}

struct tlswatch_not_tcp decapsulator_not_tcp(const struct decapsulator *d) {
    return d->not_tcp;
}
