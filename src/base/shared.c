#include "base/shared.h"

#include <stdlib.h>

#include "base/limits.h"

#define RECENT 1024 /* places for what came last */

struct shared_table {
    struct long_hash_key key;
    struct memory *memory;
    struct shared **heads; /* of the chains of strings with the same hash */
    size_t num_heads;      /* 0 or a power of two */
    size_t num;
    size_t idle; /* bytes that nobody holds */
    struct shared *recent[RECENT];
};

struct shared_table *shared_table_new(const struct hash_key *key, struct memory *memory) {
    struct shared_table *t = calloc(1, sizeof(*t));

    if (t != NULL) {
        long_hash_key_init(&t->key, key);
        t->memory = memory;
    }
    return t;
}

static void drop_idle(struct shared_table *t) {
    for (size_t i = 0; i < t->num_heads; i++) {
        for (struct shared **place = &t->heads[i]; *place != NULL;) {
            struct shared *s = *place;
            if (s->holders > 0) {
                place = &s->next;
                continue;
            }
            *place = s->next;
            t->num--;
            memory_free(t->memory, s, sizeof(*s) + s->len);
        }
    }
    t->idle = 0;
    memset(t->recent, 0, sizeof(t->recent));
}

void shared_table_free(struct shared_table *t) {
    if (t != NULL) {
        drop_idle(t);
        memory_free(t->memory, t->heads, t->num_heads * sizeof(*t->heads));
        free(t);
    }
}

static bool make_room(struct shared_table *t) {
    size_t num = t->num_heads == 0 ? SHARED_LEAST_HEADS : t->num_heads * 2;

    if (t->num < t->num_heads) {
        return true;
    }
    struct shared **heads = memory_new(t->memory, num * sizeof(*heads));
    if (heads == NULL) {
        return false;
    }
    for (size_t i = 0; i < t->num_heads; i++) {
        for (struct shared *s = t->heads[i], *next; s != NULL; s = next) {
            next = s->next;
            s->next = heads[s->hash & (num - 1)];
            heads[s->hash & (num - 1)] = s;
        }
    }
    memory_free(t->memory, t->heads, t->num_heads * sizeof(*heads));
    t->heads = heads;
    t->num_heads = num;
    return true;
}

static struct shared *find(const struct shared_table *t, uint64_t hash, struct bytes bytes) {
    struct shared *s = t->num_heads > 0 ? t->heads[hash & (t->num_heads - 1)] : NULL;

    while (s != NULL && (s->hash != hash || !bytes_equal(shared_bytes(s), bytes))) {
        s = s->next;
    }
    return s;
}

static struct shared *add(struct shared_table *t, uint64_t hash, struct bytes bytes) {
    struct shared *s = bytes.len <= UINT32_MAX && make_room(t) ? memory_resize(t->memory, NULL, 0, sizeof(*s) + bytes.len) : NULL;

    if (s == NULL) {
        return NULL;
    }
    struct shared **head = &t->heads[hash & (t->num_heads - 1)];
    *s = (struct shared){.next = *head, .hash = hash, .len = (uint32_t)bytes.len};
    if (bytes.len > 0) {
        memcpy(s->data, bytes.p, bytes.len);
    }
    *head = s;
    t->num++;
    t->idle += s->len;
    return s;
}

/* Most of what comes came a moment ago, and is found without a hash of all of it. */
static struct shared **recent_of(struct shared_table *t, struct bytes bytes) {
    return &t->recent[hash_of_ends(&t->key, bytes) % RECENT];
}

static struct shared *find_or_add(struct shared_table *t, struct bytes bytes) {
    uint64_t hash = long_hash(&t->key, bytes.p, bytes.len);
    struct shared *s = find(t, hash, bytes);

    return s != NULL ? s : add(t, hash, bytes);
}

struct shared *shared_hold(struct shared_table *t, struct bytes bytes) {
    struct shared **recent = recent_of(t, bytes), *s = *recent;

    if (s == NULL || !bytes_equal(shared_bytes(s), bytes)) {
        s = find_or_add(t, bytes);
        *recent = s;
    }
    if (s != NULL && s->holders++ == 0) {
        t->idle -= s->len;
    }
    return s;
}

static void drop(struct shared_table *t, struct shared *s) {
    struct shared **place = &t->heads[s->hash & (t->num_heads - 1)], **recent = recent_of(t, shared_bytes(s));

    while (*place != s) {
        place = &(*place)->next;
    }
    *place = s->next;
    *recent = *recent == s ? NULL : *recent;
    t->num--;
    memory_free(t->memory, s, sizeof(*s) + s->len);
}

/* All that is idle goes at once, so that a walk over the table is rare. */
void shared_give_back(struct shared_table *t, struct shared *s) {
    if (--s->holders > 0) {
        return;
    }
    if (memory_is_scarce(t->memory)) {
        drop(t, s);
        return;
    }
    t->idle += s->len;
    if (t->idle > LIMIT_SHARED_IDLE) {
        drop_idle(t);
    }
}
