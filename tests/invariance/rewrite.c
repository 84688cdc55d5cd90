#include "rewrite.h"

const struct rewriting *rewriting_at(size_t i) {
    if (i < num_link_rewritings) {
        return &link_rewritings[i];
    }
    i -= num_link_rewritings;
    if (i < num_tcp_rewritings) {
        return &tcp_rewritings[i];
    }
    i -= num_tcp_rewritings;
    return i < num_order_rewritings ? &order_rewritings[i] : NULL;
}

bool rewrite(const struct rewriting *rewriting, const struct packets *in, struct packets *out, uint32_t seed) {
    *out = (struct packets){0};
    if (!rewriting->apply(in, out, seed)) {
        packets_clear(out);
        return false;
    }
    packets_number(out);
    return true;
}

void rewrite_without(const struct packets *in, size_t dropped, struct packets *out) {
    for (size_t i = 0; i < in->num; i++) {
        if (i != dropped) {
            packets_copy(out, &in->v[i]);
        }
    }
}
