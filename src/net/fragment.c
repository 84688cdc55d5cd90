#include "net/fragment.h"

struct range {
    size_t from, to;
};

struct datagram {
    bool used, complete;
    bool total_known;
    uint8_t next_header;
    struct datagram_key key;
    int64_t time_ns; /* of its first fragment */
    uint64_t serial; /* the frame that touched it last */
    size_t total;
    size_t held; /* nothing before this was cut by the snapshot length */
    uint8_t *data;
    size_t size; /* allocated: 0, or one of size_for */
    size_t num_ranges;
    struct range ranges[LIMIT_FRAGMENTS_EACH]; /* what has come: disjoint, not even touching, ascending */
};

static void forget(struct fragments *f, struct datagram *d) {
    memory_free(f->memory, d->data, d->size);
    f->held -= d->size;
    d->data = NULL;
    d->size = 0;
    d->used = false;
}

void fragments_clear(struct fragments *f) {
    for (size_t i = 0; f->datagrams != NULL && i < LIMIT_FRAGMENT_DATAGRAMS; i++) {
        forget(f, &f->datagrams[i]);
    }
    memory_free(f->memory, f->datagrams, LIMIT_FRAGMENT_DATAGRAMS * sizeof *f->datagrams);
    *f = (struct fragments){.memory = f->memory};
}

void fragments_next_frame(struct fragments *f) {
    f->serial++;
}

static void start(struct datagram *d, const struct fragment *fragment) {
    d->used = true;
    d->complete = d->total_known = false;
    d->next_header = 0;
    d->key = fragment->key;
    d->time_ns = fragment->time_ns;
    d->total = 0;
    d->held = SIZE_MAX;
    d->num_ranges = 0;
}

static struct datagram *find(const struct fragments *f, const struct datagram_key *key) {
    for (size_t i = 0; f->datagrams != NULL && i < LIMIT_FRAGMENT_DATAGRAMS; i++) {
        struct datagram *d = &f->datagrams[i];
        if (d->used && d->key.identification == key->identification && memcmp(&d->key, key, sizeof *key) == 0) {
            return d;
        }
    }
    return NULL;
}

/* has_places: most captures have no fragment, and need none. */
static bool has_places(struct fragments *f) {
    if (f->datagrams == NULL) {
        f->datagrams = memory_new(f->memory, LIMIT_FRAGMENT_DATAGRAMS * sizeof *f->datagrams);
    }
    return f->datagrams != NULL;
}

/* find_room takes a free place, else that of the datagram that nothing has come for longest; never one that this very
 * frame has touched, since the packet may be read from it. */
static struct datagram *find_room(struct fragments *f) {
    struct datagram *oldest = NULL;
    if (!has_places(f)) {
        f->limits_hit++;
        return NULL;
    }
    for (size_t i = 0; i < LIMIT_FRAGMENT_DATAGRAMS; i++) {
        struct datagram *d = &f->datagrams[i];
        if (!d->used) {
            return d;
        }
        if (d->serial != f->serial && (oldest == NULL || d->serial < oldest->serial)) {
            oldest = d;
        }
    }
    if (oldest == NULL || !oldest->complete) {
        f->limits_hit++;
    }
    return oldest;
}

static bool has_expired(const struct datagram *d, int64_t now_ns) {
    uint64_t age = now_ns > d->time_ns ? (uint64_t)now_ns - (uint64_t)d->time_ns : (uint64_t)d->time_ns - (uint64_t)now_ns;
    return age > LIMIT_FRAGMENT_AGE_NS;
}

static size_t size_for(size_t len) {
    size_t size = 2048;
    while (size < len) {
        size *= 2;
    }
    return size;
}

static struct datagram *oldest_holding(const struct fragments *f) {
    struct datagram *oldest = NULL;
    for (size_t i = 0; i < LIMIT_FRAGMENT_DATAGRAMS; i++) {
        struct datagram *d = &f->datagrams[i];
        if (d->size > 0 && d->serial != f->serial && (oldest == NULL || d->serial < oldest->serial)) {
            oldest = d;
        }
    }
    return oldest;
}

/* A few bytes at the end of a datagram claim all of it: where such claims add up, those that have waited longest go. */
static bool make_room(struct fragments *f, size_t more) {
    struct datagram *oldest;
    while (f->held + more > LIMIT_FRAGMENT_BYTES && (oldest = oldest_holding(f)) != NULL) {
        f->limits_hit += oldest->used && !oldest->complete;
        forget(f, oldest);
    }
    return f->held + more <= LIMIT_FRAGMENT_BYTES;
}

static bool grow(struct fragments *f, struct datagram *d, size_t len) {
    size_t size = size_for(len);
    if (size <= d->size) {
        return true;
    }
    uint8_t *data = make_room(f, size - d->size) ? memory_resize(f->memory, d->data, d->size, size) : NULL;
    if (data == NULL) {
        return false;
    }
    f->held += size - d->size;
    d->data = data;
    d->size = size;
    return true;
}

/* differs: bytes of the fragment that have come before were others then. What was cut is not compared. */
static bool differs(const struct datagram *d, const struct fragment *fragment) {
    size_t end = fragment->offset + fragment->data.len;
    end = end < d->held ? end : d->held;
    for (size_t i = 0; i < d->num_ranges; i++) {
        size_t from = d->ranges[i].from > fragment->offset ? d->ranges[i].from : fragment->offset;
        size_t to = d->ranges[i].to < end ? d->ranges[i].to : end;
        if (from < to && memcmp(d->data + from, fragment->data.p + (from - fragment->offset), to - from) != 0) {
            return true;
        }
    }
    return false;
}

/* copy_between writes the fragment's bytes from `from` to `to`, and zeros where they were not captured. */
static void copy_between(struct datagram *d, const struct fragment *fragment, size_t from, size_t to) {
    size_t end = fragment->offset + fragment->data.len;
    size_t known = to < end ? to : end;
    if (from < known) {
        memcpy(d->data + from, fragment->data.p + (from - fragment->offset), known - from);
    } else {
        known = from;
    }
    if (known < to) {
        memset(d->data + known, 0, to - known);
        d->held = known < d->held ? known : d->held;
    }
}

/* fill copies what has not come before. */
static void fill(struct datagram *d, const struct fragment *fragment, size_t end) {
    size_t at = fragment->offset;
    for (size_t i = 0; i < d->num_ranges && at < end; i++) {
        if (d->ranges[i].from > at) {
            copy_between(d, fragment, at, d->ranges[i].from < end ? d->ranges[i].from : end);
        }
        at = d->ranges[i].to > at ? d->ranges[i].to : at;
    }
    if (at < end) {
        copy_between(d, fragment, at, end);
    }
}

/* note_range joins the new range with those it touches. False where there are too many. */
static bool note_range(struct datagram *d, struct range range) {
    size_t first = 0;
    while (first < d->num_ranges && d->ranges[first].to < range.from) {
        first++;
    }
    size_t last = first;
    while (last < d->num_ranges && d->ranges[last].from <= range.to) {
        range.from = d->ranges[last].from < range.from ? d->ranges[last].from : range.from;
        range.to = d->ranges[last].to > range.to ? d->ranges[last].to : range.to;
        last++;
    }
    if (last == first && d->num_ranges == LIMIT_FRAGMENTS_EACH) {
        return false;
    }
    memmove(&d->ranges[first + 1], &d->ranges[last], (d->num_ranges - last) * sizeof *d->ranges);
    d->ranges[first] = range;
    d->num_ranges = d->num_ranges - (last - first) + 1;
    return true;
}

/* note_total: the last fragment says how long the datagram is. False where others have said otherwise. */
static bool note_total(struct datagram *d, const struct fragment *fragment) {
    size_t end = fragment->offset + fragment->len;
    if (fragment->more_fragments) {
        return !d->total_known || end <= d->total;
    }
    size_t reached = d->num_ranges > 0 ? d->ranges[d->num_ranges - 1].to : 0;
    if (d->total_known ? end != d->total : end < reached) {
        return false;
    }
    d->total = end;
    d->total_known = true;
    return true;
}

/* store adds a fragment to a datagram that is not complete. */
static bool store(struct fragments *f, struct datagram *d, const struct fragment *fragment) {
    size_t end = fragment->offset + fragment->len;
    if (!note_total(d, fragment)) {
        f->conflicts++;
        return false;
    }
    if (!grow(f, d, end)) {
        f->limits_hit++;
        return false;
    }
    f->conflicts += differs(d, fragment);
    fill(d, fragment, end);
    if (!note_range(d, (struct range){fragment->offset, end})) {
        f->limits_hit++;
        return false;
    }
    if (fragment->offset == 0) {
        d->next_header = fragment->next_header;
    }
    d->complete = d->total_known && d->num_ranges == 1 && d->ranges[0].from == 0 && d->ranges[0].to == d->total;
    return true;
}

/* repeats: the fragment belongs to a datagram that is complete already. Mirrors give every packet twice; a fragment
 * that came late must not lie in wait for a datagram that has the same number again. */
static bool repeats(const struct datagram *d, const struct fragment *fragment) {
    return d->complete && fragment->offset + fragment->len <= d->total && !differs(d, fragment);
}

enum fragment_result fragments_add(struct fragments *f, const struct fragment *fragment, struct reassembled *out) {
    /* All but the last are multiples of eight bytes (RFC 791, 3.2; RFC 8200, 4.5). */
    if (fragment->offset + fragment->len > LIMIT_DATAGRAM || fragment->len == 0 || (fragment->more_fragments && fragment->len % 8 != 0)) {
        return FRAGMENT_REFUSED;
    }
    struct datagram *d = find(f, &fragment->key);
    if (d != NULL && !has_expired(d, fragment->time_ns) && repeats(d, fragment)) {
        d->serial = f->serial;
        return FRAGMENT_WAITS;
    }
    if (d == NULL || d->complete || has_expired(d, fragment->time_ns)) {
        d = d != NULL ? d : find_room(f);
        /* A packet may pretend to be a fragment of the very datagram that it came in, which is being read. */
        if (d == NULL || (d->used && d->serial == f->serial)) {
            return FRAGMENT_REFUSED;
        }
        start(d, fragment);
    }
    d->serial = f->serial;
    if (!store(f, d, fragment)) {
        d->used = false;
        return FRAGMENT_REFUSED;
    }
    if (!d->complete) {
        return FRAGMENT_WAITS;
    }
    size_t held = d->held < d->total ? d->held : d->total;
    *out = (struct reassembled){{d->data, held}, d->total - held, d->next_header};
    return FRAGMENT_COMPLETE;
}
