#include "rewrite.h"

#include <stdlib.h>

#include "net/segment.h"

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

static bool same_connection(const struct packet *a, const struct packet *b) {
    struct tcp_place at, bt;
    if (!find_tcp(a, &at) || !find_tcp(b, &bt) || at.ip.type != bt.ip.type) {
        return false;
    }
    size_t from = at.ip.type == 0x0800 ? 12 : 8, len = at.ip.type == 0x0800 ? 4 : 16;
    const uint8_t *x = a->data + at.ip.at + from, *y = b->data + bt.ip.at + from;
    const uint8_t *p = a->data + at.tcp, *q = b->data + bt.tcp;
    return (memcmp(x, y, 2 * len) == 0 && memcmp(p, q, 4) == 0) ||
           (memcmp(x, y + len, len) == 0 && memcmp(x + len, y, len) == 0 && memcmp(p, q + 2, 2) == 0 && memcmp(p + 2, q, 2) == 0);
}

bool carries_tcp(struct decapsulator *d, const struct packet *p) {
    struct tlswatch_frame frame = {p->data, p->len, p->original_len, p->link_type, p->number, p->time_ns, p->file};
    struct segment segment;
    enum decode_result result = decapsulator_decode(d, &frame, &segment);
    return result == DECODE_SEGMENT || result == DECODE_FRAGMENT;
}

/* Some TCP stands where find_tcp does not look. */
static bool hides_tcp(const struct packets *in) {
    struct decapsulator *d = decapsulator_new(NULL);
    bool hidden = false;
    for (size_t i = 0; i < in->num && !hidden; i++) {
        struct tcp_place place;
        hidden = carries_tcp(d, &in->v[i]) && !find_tcp(&in->v[i], &place);
    }
    decapsulator_free(d);
    return hidden;
}

static struct packets *add_set(struct packets **sets, size_t *num) {
    *sets = realloc(*sets, (*num + 1) * sizeof **sets);
    if (*sets == NULL) {
        abort();
    }
    (*sets)[*num] = (struct packets){0};
    return &(*sets)[(*num)++];
}

size_t split_connections(const struct packets *in, struct packets **out) {
    struct tcp_place place;
    size_t num = 0;
    *out = NULL;
    if (hides_tcp(in)) {
        return 0;
    }
    for (size_t i = 0; i < in->num; i++) {
        size_t set = 0;
        if (!find_tcp(&in->v[i], &place)) {
            continue;
        }
        while (set < num && !same_connection(&(*out)[set].v[0], &in->v[i])) {
            set++;
        }
        packets_copy(set < num ? &(*out)[set] : add_set(out, &num), &in->v[i]);
    }
    return num;
}

void rewrite_without(const struct packets *in, size_t dropped, struct packets *out) {
    for (size_t i = 0; i < in->num; i++) {
        if (i != dropped) {
            packets_copy(out, &in->v[i]);
        }
    }
}
