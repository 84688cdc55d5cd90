#include "held.h"

struct ended *ended_new(const struct ended *e, struct memory *memory) {
    struct ended *copy = memory_new(memory, sizeof *copy);
    if (copy != NULL) {
        *copy = *e;
    }
    return copy;
}

void conversation_free(struct conversation *c, struct memory *memory) {
    conversation_clear(c);
    memory_free(memory, c, sizeof *c);
}

void ended_free(struct ended *e, struct memory *memory) {
    conversation_free(e->conversation, memory);
    memory_free(memory, e, sizeof *e);
}

void held_add(struct held *held, struct ended *e) {
    e->next = NULL;
    *(held->first != NULL ? held->end : &held->first) = e;
    held->end = &e->next;
    held->num++;
}

struct ended *held_take(struct held *held) {
    struct ended *first = held->first;
    if (first != NULL) {
        held->first = first->next;
        held->num--;
    }
    return first;
}

void held_move(struct held *held, struct held *from) {
    if (from->first != NULL) {
        *(held->first != NULL ? held->end : &held->first) = from->first;
        held->end = from->end;
        held->num += from->num;
        *from = (struct held){0};
    }
}
