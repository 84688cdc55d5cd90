#include "flow/pieces.h"
#include "base/limits.h"

#include <assert.h>

static uint64_t piece_end(const struct piece *piece) {
    return piece->position + piece->len;
}

static size_t piece_cost(const struct piece *piece) {
    return sizeof(*piece) + piece->len;
}

/* The index, from `first`, of the first piece that ends behind `position`. */
static uint32_t find(const struct pieces *pieces, uint64_t position) {
    uint32_t low = 0, high = pieces->num;

    /* Most segments come behind all that is held. */
    if (high > 0 && piece_end(pieces->sorted[pieces->first + high - 1]) <= position) {
        return high;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (piece_end(pieces->sorted[pieces->first + middle]) <= position) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool make_room(struct pieces *pieces, struct memory *memory) {
    if (pieces->first + pieces->num < pieces->size) {
        return true;
    }
    if (pieces->first > pieces->size / 2) {
        memmove(pieces->sorted, pieces->sorted + pieces->first, pieces->num * sizeof(struct piece *));
        pieces->first = 0;
        return true;
    }
    uint32_t size = pieces->size == 0 ? 8 : pieces->size * 2;
    struct piece **sorted = memory_resize(memory, pieces->sorted, pieces->size * sizeof(struct piece *), size * sizeof(struct piece *));
    if (sorted == NULL) {
        return false;
    }
    pieces->sorted = sorted;
    pieces->size = size;
    return true;
}

static bool insert(struct pieces *pieces, uint32_t index, uint64_t position, struct bytes data, const struct piece_source *source,
                   struct memory *memory) {
    if (pieces->num >= LIMIT_REORDER_SEGMENTS || pieces->num_bytes + data.len > LIMIT_REORDER_BYTES || !make_room(pieces, memory)) {
        return false;
    }
    struct piece *piece = memory_resize(memory, NULL, 0, sizeof(*piece) + data.len);
    if (piece == NULL) {
        return false;
    }
    *piece = (struct piece){.position = position,
                            .order = source->order,
                            .needs = source->needs,
                            .since_ns = source->since_ns,
                            .passed = source->passed,
                            .mark = source->mark,
                            .len = (uint32_t)data.len};
    memcpy(piece->bytes, data.p, data.len);
    struct piece **place = pieces->sorted + pieces->first + index;
    memmove(place + 1, place, (pieces->num - index) * sizeof(*place));
    *place = piece;
    pieces->num++;
    pieces->num_bytes += (uint32_t)data.len;
    return true;
}

/* At most so many bytes from the front. */
static struct bytes split(struct bytes *data, uint64_t most) {
    struct bytes part = {data->p, most < data->len ? (size_t)most : data->len};
    bytes_skip(data, part.len);
    return part;
}

bool pieces_add(struct pieces *pieces, uint64_t position, struct bytes data, const struct piece_source *source, struct memory *memory,
                struct piece_result *result) {
    uint32_t index = find(pieces, position);

    while (data.len > 0) {
        struct piece *next = index < pieces->num ? pieces->sorted[pieces->first + index] : NULL;
        struct bytes part;

        if (next != NULL && next->position <= position) {
            part = split(&data, piece_end(next) - position);
            result->conflict |= memcmp(part.p, next->bytes + (position - next->position), part.len) != 0;
            next->needs = source->needs < next->needs ? source->needs : next->needs; /* what is sent again acknowledges more */
        } else {
            part = split(&data, next == NULL ? data.len : next->position - position);
            if (!insert(pieces, index, position, part, source, memory)) {
                return false;
            }
            result->new_bytes += part.len;
        }
        position += part.len;
        index++;
    }
    return true;
}

struct piece *pieces_take(struct pieces *pieces) {
    struct piece *piece = pieces_first(pieces);

    assert(piece != NULL);
    pieces->first++;
    pieces->num--;
    pieces->num_bytes -= piece->len;
    if (pieces->num == 0) {
        pieces->first = 0;
    }
    return piece;
}

void piece_free(struct piece *piece, struct memory *memory) {
    memory_free(memory, piece, piece_cost(piece));
}

void pieces_clear(struct pieces *pieces, struct memory *memory) {
    while (pieces->num > 0) {
        piece_free(pieces_take(pieces), memory);
    }
    memory_free(memory, pieces->sorted, pieces->size * sizeof(struct piece *));
    *pieces = (struct pieces){0};
}
