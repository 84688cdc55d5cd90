/* Intrusive lists: a link stands in the object and knows its neighbours, so that leaving a list costs nothing. */
#ifndef TLSWATCH_FLOW_LIST_H
#define TLSWATCH_FLOW_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* A link, or the head of a list. A zeroed link is in no list. */
struct link {
    struct link *prev, *next;
};

#define list_object(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

static inline void list_init(struct link *head) {
    head->prev = head->next = head;
}

static inline bool list_has(const struct link *link) {
    return link->next != NULL;
}

static inline void list_remove(struct link *link) {
    if (list_has(link)) {
        link->prev->next = link->next;
        link->next->prev = link->prev;
        link->prev = link->next = NULL;
    }
}

static inline void list_append(struct link *head, struct link *link) {
    link->prev = head->prev;
    link->next = head;
    head->prev->next = link;
    head->prev = link;
}

static inline struct link *list_first(const struct link *head) {
    return head->next == head ? NULL : head->next;
}

#endif
