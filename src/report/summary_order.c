#include "report/summary.h"

#include <stdlib.h>

static void merge(struct summary_span *into, const struct summary_span *from) {
    if (into->count == 0) {
        *into = *from;
        return;
    }
    into->count += from->count;
    into->first_ns = from->first_ns < into->first_ns ? from->first_ns : into->first_ns;
    into->last_ns = from->last_ns > into->last_ns ? from->last_ns : into->last_ns;
}

static bool append_text(struct buffer *key, const char *text, size_t most) {
    return text == NULL ? buffer_append(key, bytes_of("\1", 2), most) : buffer_append(key, bytes_of(text, strlen(text) + 1), most);
}

static bool make_key(struct buffer *key, const struct summary_failure *failure, enum summary_by by, size_t most) {
    key->len = 0;
    switch (by) {
    case SUMMARY_BY_SERVER:
        return append_text(key, failure->server_name, most) && append_text(key, failure->server.ip, most) &&
               buffer_append(key, bytes_of(&failure->server.port, sizeof failure->server.port), most);
    case SUMMARY_BY_CLIENT:
        return append_text(key, failure->client_ip, most);
    case SUMMARY_BY_ISSUER:
        return append_text(key, failure->issuer, most);
    }
    return false;
}

bool summary_totals(const struct summary *s, enum summary_by by, struct groups *out) {
    struct buffer key = {0};
    bool whole = groups_init(out, sizeof(struct summary_total), s->failures.most, s->failures.most_bytes);
    for (size_t i = 0; whole && i < s->failures.num; i++) {
        const struct summary_failure *failure = groups_at(&s->failures, i);
        struct summary_total *total = make_key(&key, failure, by, s->failures.most_bytes) ? groups_add(out, buffer_bytes(&key)) : NULL;
        whole = total != NULL;
        if (whole && total->first == NULL) {
            total->first = failure;
        }
        if (whole) {
            merge(&total->span, &failure->span);
        }
    }
    buffer_clear(&key);
    return whole;
}

struct place {
    uint64_t count;
    size_t index;
    void *value;
};

/* The most frequent first; of equal ones that which came first. */
static int compare_places(const void *a, const void *b) {
    const struct place *x = a, *y = b;
    if (x->count != y->count) {
        return x->count < y->count ? 1 : -1;
    }
    return x->index < y->index ? -1 : x->index > y->index;
}

void **summary_sorted(const struct groups *g, size_t span) {
    struct place *places = g->num > 0 ? calloc(g->num, sizeof *places) : NULL;
    void **values = places != NULL ? calloc(g->num, sizeof *values) : NULL;
    for (size_t i = 0; values != NULL && i < g->num; i++) {
        void *value = groups_at(g, i);
        const struct summary_span *at = (const void *)((const char *)value + span);
        places[i] = (struct place){at->count, i, value};
    }
    if (values != NULL) {
        qsort(places, g->num, sizeof *places, compare_places);
        for (size_t i = 0; i < g->num; i++) {
            values[i] = places[i].value;
        }
    }
    free(places);
    return values;
}
