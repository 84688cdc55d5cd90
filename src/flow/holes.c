#include "flow/holes.h"

static void holes_remove(struct holes *holes, uint32_t i) {
    holes->num--;
    memmove(holes->hole + i, holes->hole + i + 1, (holes->num - i) * sizeof(holes->hole[0]));
}

uint64_t holes_add(struct holes *holes, uint64_t from, uint64_t to) {
    uint64_t lost = 0;

    if (holes->num == HOLES_KEPT) {
        lost = holes->hole[0].to - holes->hole[0].from;
        holes_remove(holes, 0);
    }
    holes->hole[holes->num++] = (struct hole){from, to};
    return lost;
}

/* Takes [from, to), which lies in hole i, out of it. A hole split in two where there is no place keeps its longer part
 * as a hole: the other part is then taken for bytes that came. */
static void fill(struct holes *holes, uint32_t i, uint64_t from, uint64_t to) {
    struct hole before = {holes->hole[i].from, from}, behind = {to, holes->hole[i].to};
    bool has_before = before.to > before.from, has_behind = behind.to > behind.from;

    if (has_before && has_behind && holes->num < HOLES_KEPT) {
        memmove(holes->hole + i + 1, holes->hole + i, (holes->num - i) * sizeof(holes->hole[0]));
        holes->num++;
        holes->hole[i] = before;
        holes->hole[i + 1] = behind;
    } else if (has_before || has_behind) {
        holes->hole[i] = before.to - before.from > behind.to - behind.from ? before : behind;
    } else {
        holes_remove(holes, i);
    }
}

bool holes_fill(struct holes *holes, uint64_t *position, struct bytes *data, struct bytes *part) {
    for (uint32_t i = 0; i < holes->num; i++) {
        struct hole hole = holes->hole[i];
        uint64_t from = hole.from > *position ? hole.from : *position;
        uint64_t to = hole.to < *position + data->len ? hole.to : *position + data->len;
        if (from < to) {
            bytes_skip(data, from - *position);
            bytes_take(data, to - from, part);
            *position = to;
            fill(holes, i, from, to);
            return true;
        }
    }
    return false;
}

uint64_t holes_missing(const struct holes *holes) {
    uint64_t missing = 0;

    for (uint32_t i = 0; i < holes->num; i++) {
        missing += holes->hole[i].to - holes->hole[i].from;
    }
    return missing;
}
