#include "flow/sent.h"

#include <string.h>

#define ROOM (SENT_NOTED * sizeof(struct sent_segment))

void sent_clear(struct sent *sent, struct memory *memory) {
    memory_free(memory, sent->segment, ROOM);
    *sent = (struct sent){0};
}

static bool make_room(struct sent *sent, struct memory *memory) {
    if (sent->segment == NULL) {
        sent->segment = memory_resize(memory, NULL, 0, ROOM);
    }
    return sent->segment != NULL;
}

bool sent_note(struct sent *sent, uint64_t position, uint32_t len, struct tlswatch_mark mark, bool add, struct memory *memory) {
    bool repeats = false;
    uint32_t place = 0;

    for (uint32_t i = 0; i < sent->num; i++) {
        struct sent_segment *segment = &sent->segment[i];
        if (segment->position < position + len && position < segment->position + segment->len) {
            segment->times++;
            repeats = true;
        }
        place += segment->position < position;
    }
    if (repeats || !add || place >= SENT_NOTED) {
        return true;
    }
    if (!make_room(sent, memory)) {
        return false;
    }
    if (sent->num == SENT_NOTED) {
        sent->num--;
    }
    memmove(sent->segment + place + 1, sent->segment + place, (sent->num - place) * sizeof(sent->segment[0]));
    sent->segment[place] = (struct sent_segment){position, len, 1, mark};
    sent->num++;
    return true;
}

void sent_acknowledge(struct sent *sent, uint64_t acknowledged) {
    uint32_t gone = 0;

    while (gone < sent->num && sent->segment[gone].position + sent->segment[gone].len <= acknowledged) {
        gone++;
    }
    if (gone > 0) {
        sent->num -= gone;
        memmove(sent->segment, sent->segment + gone, sent->num * sizeof(sent->segment[0]));
    }
}

uint32_t sent_longest(const struct sent *sent) {
    uint32_t longest = 0;

    for (uint32_t i = 0; i < sent->num; i++) {
        if (sent->segment[i].len > longest) {
            longest = sent->segment[i].len;
        }
    }
    return longest;
}
