/* Check's own asserts stop a program that is no test. */
#include "tap.h"

#include <assert.h>

#undef ck_assert
#undef ck_assert_int_eq
#undef ck_assert_msg
#define ck_assert(holds) assert(holds)
#define ck_assert_int_eq(a, b) assert((a) == (b))
#define ck_assert_msg(holds, ...) assert(holds)

#include "base/limits.h"
#include "fixtures/ip_frames.h"
#include "fixtures/link_frames.h"
#include "fixtures/tunnel_frames.h"
#include "make_corpus.h"

#include <stdio.h>

static void write_row(struct seed *seed, const struct frame_row *row) {
    struct frame f;
    frame_build(&f, row->steps);
    seed_u16(seed, (uint16_t)row->link_type);
    seed_chunk(seed, 0, bytes_of(f.space + f.at, frame_len(&f)));
    seed_write(seed, "link", false);
}

/* A datagram in two fragments, in both orders, then both again; an allocation may fail meanwhile. */
static void write_fragments(struct seed *seed, const char *const *first, const char *const *second) {
    struct frame a, b;
    frame_build(&a, first);
    frame_build(&b, second);
    for (unsigned turn = 0; turn < 8; turn++) {
        bool backwards = turn % 2 != 0;
        unsigned fails = turn / 2;
        const struct frame *frames[] = {backwards ? &b : &a, backwards ? &a : &b, &b, &a};
        seed_u16(seed, (uint16_t)(fails << 10 | 101));
        for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
            seed_chunk(seed, 0, bytes_of(frames[i]->space + frames[i]->at, frame_len(frames[i])));
        }
        seed_write(seed, "link", false);
    }
}

/* More datagrams than are put together at a time, one of more parts than are kept, and more long ones than are claimed. */
static void write_many_fragments(struct seed *seed) {
    enum { SHORT, PARTS, LONG };
    for (int how = SHORT; how <= LONG; how++) {
        seed_u16(seed, 101);
        for (unsigned i = 0; i < LIMIT_FRAGMENT_DATAGRAMS + 10; i++) {
            char header[64];
            struct frame f;
            unsigned place = how == PARTS ? 2 * i : how == LONG ? 7500 : 1;
            snprintf(header, sizeof header, "45 00 001c %04x %04x 40 06 0000 0a000001 0a000002", how == PARTS ? 7 : i, 0x2000 | place);
            frame_build(&f, (const char *const[]){"0000 0000 6865 6c6c", header, NULL});
            seed_chunk(seed, 0, bytes_of(f.space + f.at, frame_len(&f)));
        }
        seed_write(seed, "link", false);
    }
}

void seed_frames(struct seed *seed) {
    static const struct {
        const struct frame_row *rows;
        size_t num;
    } tables[] = {
            {link_frames, sizeof link_frames / sizeof *link_frames},
            {tunnel_frames, sizeof tunnel_frames / sizeof *tunnel_frames},
            {ip_frames, sizeof ip_frames / sizeof *ip_frames},
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        for (size_t row = 0; row < tables[i].num; row++) {
            write_row(seed, &tables[i].rows[row]);
        }
    }
    /* RFC 791, 3.2 and RFC 8200, 4.5: 16 bytes of the TCP header, then the rest with "hello". */
    write_fragments(
            seed, (const char *const[]){"9c40 01bb 000003e8 000007d0 5018 0400", "45 00 0024 0007 2000 40 06 0000 0a000001 0a000002", NULL},
            (const char *const[]){"0000 0000 68656c6c6f", "45 00 001d 0007 0002 40 06 0000 0a000001 0a000002", NULL});
    write_fragments(seed, (const char *const[]){"9c40 01bb 000003e8 000007d0 5018 0400", "06 00 0001 00000007", "ip6:44", NULL},
                    (const char *const[]){"0000 0000 68656c6c6f", "06 00 0010 00000007", "ip6:44", NULL});
    write_many_fragments(seed);
}
