#include "net/decode.h"

#include <arpa/inet.h>
#include <stdlib.h>

struct decapsulator *decapsulator_new(void) {
    struct decapsulator *d = calloc(1, sizeof *d);
    if (d != NULL && !fragments_init(&d->fragments)) {
        free(d);
        return NULL;
    }
    return d;
}

void decapsulator_free(struct decapsulator *d) {
    if (d != NULL) {
        fragments_clear(&d->fragments);
        free(d);
    }
}

enum decode_result decapsulator_decode(struct decapsulator *d, const struct tlswatch_frame *frame, struct segment *out) {
    struct packet p = {
            .d = d,
            .rest = {frame->data, frame->len},
            .cut = frame->original_len > frame->len ? frame->original_len - frame->len : 0,
            .segment.mark = {frame->number, frame->time_ns, frame->file},
    };
    fragments_next_frame(&d->fragments);
    enum decode_result result = decode_link(&p, frame->link_type);
    if (result == DECODE_SEGMENT || result == DECODE_MENTION) {
        *out = p.segment;
    } else if (result == DECODE_FRAGMENT) {
        *out = (struct segment){.source = p.segment.source, .destination = p.segment.destination, .ipv6 = p.segment.ipv6};
    }
    /* A quotation may end anywhere (RFC 792). */
    return p.quoted && result == DECODE_MALFORMED ? DECODE_OTHER : result;
}

uint64_t decapsulator_limits_hit(const struct decapsulator *d) {
    return d->limits_hit + d->fragments.limits_hit;
}

uint64_t decapsulator_conflicts(const struct decapsulator *d) {
    return d->fragments.conflicts;
}

void endpoint_text(const struct endpoint *endpoint, bool ipv6, char out[46]) {
    if (inet_ntop(ipv6 ? AF_INET6 : AF_INET, endpoint->address, out, 46) == NULL) {
        out[0] = '\0';
    }
}
