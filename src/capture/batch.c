#include "capture/batch.h"

#include <stdlib.h>
#include <string.h>

/* Of its pages only those are ever touched that frames come to lie in. */
bool batch_init(struct batch *b, size_t longest) {
    *b = (struct batch){.longest = longest, .bytes = malloc(BATCH_FRAMES * longest)};
    return b->bytes != NULL;
}

void batch_clear(struct batch *b) {
    free(b->bytes);
    *b = (struct batch){0};
}

void batch_begin(struct batch *b) {
    b->num = b->next = b->end = 0;
}

void batch_add(struct batch *b, const struct tlswatch_frame *frame) {
    struct tlswatch_frame *copy = &b->frames[b->num++];
    *copy = *frame;
    copy->len = frame->len < b->longest ? frame->len : (uint32_t)b->longest;
    copy->data = memcpy(b->bytes + b->end, frame->data, copy->len);
    b->end += copy->len;
}

size_t batch_take(struct batch *b, struct tlswatch_frame *frames, size_t max) {
    size_t left = b->num - b->next, num = left < max ? left : max;
    memcpy(frames, b->frames + b->next, num * sizeof *frames);
    b->next += num;
    return num;
}
