/* The same packets in another order, or more than once. */
#include "rewrite.h"

#include <stdlib.h>

enum { WINDOW = 65536, FIN_SYN_RST = 0x07, FIN_RST = 0x05, SYN = 0x02, RST = 0x04, ACK = 0x10, MOST_DELAY = 500000000 };

static void swap(struct packets *p, size_t a, size_t b) {
    struct packet swapped = p->v[a];
    p->v[a] = p->v[b];
    p->v[b] = swapped;
}

static int compare_times(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* A capturing clock goes forward: a packet that comes later than it did has the time of the one before it. */
static void delay_times(struct packets *p) {
    for (size_t i = 1; i < p->num; i++) {
        if (p->v[i].time_ns < p->v[i - 1].time_ns) {
            p->v[i].time_ns = p->v[i - 1].time_ns;
        }
    }
}

/* Of packets that took a second or more, other times would tell another story. */
static bool is_brisk(const struct packets *p) {
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (size_t i = 0; i < p->num; i++) {
        first = p->v[i].time_ns < first ? p->v[i].time_ns : first;
        last = p->v[i].time_ns > last ? p->v[i].time_ns : last;
    }
    return p->num == 0 || last - first < 1000000000;
}

/* The packets come in this order to a clock that ticked as before. */
static void straighten_times(struct packets *p) {
    int64_t *times = malloc((p->num + 1) * sizeof *times);
    if (times == NULL) {
        abort();
    }
    for (size_t i = 0; i < p->num; i++) {
        times[i] = p->v[i].time_ns;
    }
    qsort(times, p->num, sizeof *times, compare_times);
    for (size_t i = 0; i < p->num; i++) {
        p->v[i].time_ns = times[i];
    }
    free(times);
}

static void shuffle_between(struct packets *p, size_t from, size_t to, uint32_t *state) {
    for (size_t i = to; i > from + 1; i--) {
        swap(p, i - 1, from + random_below(state, (uint32_t)(i - from)));
    }
}

static bool shuffle(const struct packets *in, struct packets *out, uint32_t seed) {
    uint32_t state = random_start(seed);
    size_t from = 0, bytes = 0;
    packets_copy_all(out, in);
    for (size_t i = 0; i < out->num; i++) {
        if (bytes + out->v[i].len > WINDOW) {
            shuffle_between(out, from, i, &state);
            from = i;
            bytes = 0;
        }
        bytes += out->v[i].len;
    }
    shuffle_between(out, from, out->num, &state);
    return true;
}

static bool shuffle_straight(const struct packets *in, struct packets *out, uint32_t seed) {
    shuffle(in, out, seed);
    straighten_times(out);
    return is_brisk(in);
}

/* Each direction in order, but all of the one before all of the other, within the window. */
static bool one_side_first(const struct packets *in, struct packets *out, uint32_t seed) {
    struct tcp_place place;
    size_t bytes = 0, from = 0;
    for (size_t i = 0; i <= in->num; i++) {
        if (i < in->num && bytes + in->v[i].len <= WINDOW) {
            bytes += in->v[i].len;
            continue;
        }
        for (int side = 0; side < 2; side++) {
            for (size_t j = from; j < i; j++) {
                const struct packet *p = &in->v[j];
                bool upward = find_tcp(p, &place) && memcmp(p->data + place.tcp, p->data + place.tcp + 2, 2) < 0;
                if (upward == ((side + seed) % 2 == 0)) {
                    packets_copy(out, p);
                }
            }
        }
        from = i;
        bytes = i < in->num ? in->v[i].len : 0;
    }
    straighten_times(out);
    return is_brisk(in);
}

static bool duplicate(const struct packets *in, struct packets *out, uint32_t seed) {
    (void)seed;
    for (size_t i = 0; i < in->num; i++) {
        packets_copy(out, &in->v[i]);
        packets_copy(out, &in->v[i]);
    }
    return true;
}

/* Each packet comes again three packets later. */
static bool duplicate_later(const struct packets *in, struct packets *out, uint32_t seed) {
    (void)seed;
    for (size_t i = 0; i < in->num + 3; i++) {
        if (i < in->num) {
            packets_copy(out, &in->v[i]);
        }
        if (i >= 3) {
            packets_copy(out, &in->v[i - 3]);
        }
    }
    delay_times(out);
    return true;
}

/* Behind each packet one of no length, and one of no data: their times are of other years. */
static bool among_empty(const struct packets *in, struct packets *out, uint32_t seed) {
    static const int64_t times[] = {0, INT64_C(4000000000) * 1000000000, INT64_C(1000000000) * 1000000000};
    struct tcp_place place;
    for (size_t i = 0; i < in->num; i++) {
        packets_copy(out, &in->v[i]);
        struct packet odd = in->v[i];
        odd.time_ns = times[(i + seed) % 3];
        packets_add(out, &odd, 0)->original_len = 0;
        if (find_tcp(&in->v[i], &place) && (place.flags & FIN_SYN_RST) == 0) {
            add_segment(out, &odd, &place, place.seq, ACK, (struct bytes){0});
        }
    }
    return true;
}

/* --- Everything at once --- */

struct placed {
    uint64_t key;
    struct packet packet;
};

static int compare_placed(const void *a, const void *b) {
    const struct placed *x = a, *y = b;
    return x->key != y->key ? (x->key > y->key) - (x->key < y->key)
                            : (x->packet.number > y->packet.number) - (x->packet.number < y->packet.number);
}

/* A part of the segment, from somewhere to somewhere else. */
static void add_recut(struct packets *out, const struct packet *packet, uint32_t *state) {
    struct tcp_place place;
    if (!find_tcp(packet, &place) || !place.whole || place.payload_len < 2 || (place.flags & FIN_SYN_RST) != 0) {
        packets_copy(out, packet);
        return;
    }
    size_t from = random_below(state, (uint32_t)place.payload_len - 1);
    size_t len = 1 + random_below(state, (uint32_t)(place.payload_len - from));
    add_segment(out, packet, &place, place.seq + (uint32_t)from, place.flags, bytes_of(packet->data + place.payload + from, len));
}

/* Where a packet comes that is late by some places: never later than a network may keep it. */
static uint64_t late_by(const struct packets *in, size_t i, uint32_t tenths) {
    size_t other = i + tenths / 10 < in->num ? i + tenths / 10 : in->num - 1;
    int64_t delay = in->v[other].time_ns - in->v[i].time_ns;
    return (uint64_t)i * 10 + (delay < MOST_DELAY ? tenths : 0);
}

bool rewrite_storm(const struct packets *in, struct packets *out, uint32_t seed) {
    uint32_t state = random_start(seed);
    struct placed *placed = malloc((in->num * 3 + 1) * sizeof *placed);
    size_t num = 0;
    if (placed == NULL) {
        abort();
    }
    for (size_t i = 0; i < in->num; i++) {
        uint32_t dice = random_below(&state, 100);
        uint64_t place = late_by(in, i, dice < 10 ? 11 + random_below(&state, 30) : dice < 20 ? 100 + random_below(&state, 400) : 0);
        packets_copy(out, &in->v[i]);
        placed[num++].key = place;
        if (random_below(&state, 100) < 5) {
            packets_copy(out, &in->v[i]);
            placed[num++].key = late_by(in, i, (uint32_t)(place - i * 10) + random_below(&state, 100));
        }
        if (random_below(&state, 100) < 5) {
            add_recut(out, &in->v[i], &state);
            placed[num++].key = late_by(in, i, (uint32_t)(place - i * 10) + random_below(&state, 100));
        }
    }
    for (size_t i = 0; i < num; i++) {
        placed[i].packet = out->v[i];
        placed[i].packet.number = i;
    }
    qsort(placed, num, sizeof *placed, compare_placed);
    for (size_t i = 0; i < num; i++) {
        out->v[i] = placed[i].packet;
    }
    free(placed);
    delay_times(out);
    return true;
}

/* Other numbers in its SYN, or too far off for any window. */
static bool is_other_stream(const struct tcp_place *a, const struct tcp_place *b) {
    if ((a->flags & b->flags & SYN) != 0) {
        return a->seq != b->seq;
    }
    uint32_t distance = a->seq - b->seq;
    return (b->flags & RST) == 0 && distance > 1U << 28 && distance < 15U << 28;
}

bool begins_twice(const struct packets *in) {
    struct tcp_place a, b;
    for (size_t i = 0; i < in->num; i++) {
        if (!find_tcp(&in->v[i], &a) || (a.flags & RST) != 0) {
            continue;
        }
        for (size_t j = i + 1; j < in->num && j < i + 200; j++) {
            if (find_tcp(&in->v[j], &b) && is_other_stream(&a, &b) && same_direction(&in->v[i], &a, &in->v[j], &b)) {
                return true;
            }
        }
    }
    return false;
}

/* a was sent by somebody who had read b, a FIN. */
static bool knows(const struct tcp_place *a, const struct tcp_place *b) {
    return (a->flags & ACK) != 0 && (b->flags & RST) == 0 && (int32_t)(a->ack - (b->seq + (uint32_t)b->payload_len)) > 0;
}

/* A RST that is placed before the FIN of the same side. */
static bool is_misplaced(const struct packet *a, const struct tcp_place *at, const struct packet *b, const struct tcp_place *bt) {
    const struct tcp_place *rst = (at->flags & RST) != 0 ? at : bt, *fin = rst == at ? bt : at;
    return ((at->flags ^ bt->flags) & RST) != 0 && same_direction(a, at, b, bt) &&
           (int32_t)(rst->seq - (fin->seq + (uint32_t)fin->payload_len)) <= 0;
}

static bool crosses(const struct packet *a, const struct tcp_place *at, const struct packet *b, const struct tcp_place *bt) {
    bool opposite = memcmp(a->data + at->tcp, b->data + bt->tcp + 2, 2) == 0 && memcmp(a->data + at->tcp + 2, b->data + bt->tcp, 2) == 0;
    return (opposite && !knows(at, bt) && !knows(bt, at)) || is_misplaced(a, at, b, bt);
}

bool closings_cross(const struct packets *in) {
    struct tcp_place a, b;
    for (size_t i = 0; i < in->num; i++) {
        if (!find_tcp(&in->v[i], &a) || (a.flags & FIN_RST) == 0) {
            continue;
        }
        for (size_t j = i + 1; j < in->num; j++) {
            if (find_tcp(&in->v[j], &b) && (b.flags & FIN_RST) != 0 && crosses(&in->v[i], &a, &in->v[j], &b)) {
                return true;
            }
        }
    }
    return false;
}

const struct rewriting order_rewritings[] = {
        {"shuffled within 64 KiB", shuffle_straight, IGNORE_REPEATS, false},
        {"shuffled within 64 KiB, with their own times", shuffle, IGNORE_REPEATS, false},
        {"with one direction before the other", one_side_first, IGNORE_REPEATS, false},
        {"with every packet twice", duplicate, IGNORE_REPEATS, false},
        {"with every packet again, later", duplicate_later, IGNORE_REPEATS, false},
        {"among empty packets of other years", among_empty, 0, false},
        {"reordered, repeated, cut again and late", rewrite_storm, IGNORE_REPEATS, false},
};
const size_t num_order_rewritings = sizeof order_rewritings / sizeof *order_rewritings;
