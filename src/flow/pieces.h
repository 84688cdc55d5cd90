/*
 * Bytes of one direction that wait for a hole before them to fill: pieces in the order of their positions, which never
 * overlap, since the byte that was captured first wins. Positions are 64-bit and don't wrap.
 */
#ifndef TLSWATCH_FLOW_PIECES_H
#define TLSWATCH_FLOW_PIECES_H

#include "base/bytes.h"
#include "base/memory.h"
#include "tlswatch/tlswatch.h"

struct piece {
    uint64_t position;
    uint64_t order;   /* of its segment among all of the table */
    uint64_t needs;   /* position in the peer's stream up to which its sender had read; 0: not known */
    int64_t since_ns; /* when it came, and after how many bytes of packets */
    uint64_t passed;
    struct tlswatch_mark mark;
    uint32_t len;
    uint8_t bytes[];
};

struct pieces {
    struct piece **sorted; /* those before `first` are gone */
    uint32_t first, num, size;
    uint32_t num_bytes; /* no more than LIMIT_REORDER_BYTES */
};

struct piece_source {
    struct tlswatch_mark mark;
    uint64_t order;
    int64_t since_ns;
    uint64_t passed;
    uint64_t needs;
};

struct piece_result {
    uint64_t new_bytes;
    bool conflict; /* bytes held already differ from these */
};

/* pieces_add copies what of `data` is not held yet. Where a bound or memory does not allow all of it, it returns false
 * and has added what it could. *result adds to what it says. */
bool pieces_add(struct pieces *pieces, uint64_t position, struct bytes data, const struct piece_source *source, struct memory *memory,
                struct piece_result *result);

static inline struct piece *pieces_first(const struct pieces *pieces) {
    return pieces->num == 0 ? NULL : pieces->sorted[pieces->first];
}

/* pieces_take hands over the first piece, which the caller frees with piece_free. */
struct piece *pieces_take(struct pieces *pieces);
void piece_free(struct piece *piece, struct memory *memory);

void pieces_clear(struct pieces *pieces, struct memory *memory);

#endif
