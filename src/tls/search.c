#include "tls/search.h"

#include "base/limits.h"
#include "tls/record.h"

struct search_mark {
    uint64_t end; /* offset behind the last byte of the packet, from the first byte that was searched */
    struct tlswatch_mark mark;
};

struct search *search_new(struct memory *memory) {
    struct search *s = memory_new(memory, sizeof(*s));

    if (s != NULL) {
        s->bytes.memory = s->marks.memory = memory;
    }
    return s;
}

void search_free(struct search *s) {
    if (s != NULL) {
        search_clear(s);
        memory_free(s->bytes.memory, s, sizeof(*s));
    }
}

void search_clear(struct search *s) {
    uint64_t passed = s->passed;

    buffer_clear(&s->bytes);
    buffer_clear(&s->marks);
    *s = (struct search){.bytes = s->bytes, .marks = s->marks, .passed = passed};
}

static struct search_mark mark_at(const struct search *s, size_t i) {
    struct search_mark m;

    memcpy(&m, s->marks.p + i * sizeof(m), sizeof(m));
    return m;
}

static size_t num_marks(const struct search *s) {
    return s->marks.len / sizeof(struct search_mark);
}

/* Only now and then, so that a byte is not moved for every byte that comes. */
static void drop_decided(struct search *s) {
    size_t n = 0;

    if (s->start == 0 || (s->start < s->bytes.len && s->start < LIMIT_RECORD)) {
        return;
    }
    s->dropped += s->start;
    buffer_drop(&s->bytes, s->start);
    s->start = 0;
    while (n < num_marks(s) && mark_at(s, n).end <= s->dropped) {
        n++;
    }
    buffer_drop(&s->marks, n * sizeof(struct search_mark));
}

bool search_push(struct search *s, struct bytes data, struct tlswatch_mark mark) {
    struct search_mark m = {0};

    drop_decided(s);
    m.end = s->dropped + s->bytes.len + data.len;
    m.mark = mark;
    return buffer_append(&s->marks, bytes_of(&m, sizeof(m)), SIZE_MAX) && buffer_append(&s->bytes, data, SIZE_MAX);
}

static void pass(struct search *s, size_t n) {
    s->start += n;
    s->passed += n;
}

/* To where the second byte is 3, the major version of every record, or to the last byte. */
static void pass_nonsense(struct search *s) {
    const uint8_t *p = s->bytes.p + s->start;
    size_t len = s->bytes.len - s->start, most = LIMIT_SEARCH - s->passed;
    const uint8_t *major = len > 1 ? memchr(p + 1, 3, len - 1) : NULL;
    size_t n = major != NULL ? (size_t)(major - p) - 1 : len - 1;

    pass(s, n < most ? n : most);
}

bool search_find(struct search *s, bool end) {
    while (!s->found && s->start < s->bytes.len && !search_exhausted(s)) {
        pass_nonsense(s);
        if (search_exhausted(s)) {
            break;
        }
        switch (record_resync(bytes_of(s->bytes.p + s->start, s->bytes.len - s->start), end)) {
        case RESYNC_HERE:
            s->found = true;
            break;
        case RESYNC_NOT_HERE:
            pass(s, 1);
            break;
        case RESYNC_MORE:
            return false;
        }
    }
    return s->found;
}

bool search_exhausted(const struct search *s) {
    return s->passed >= LIMIT_SEARCH;
}

bool search_next(struct search *s, struct bytes *data, struct tlswatch_mark *mark) {
    uint64_t at = s->dropped + s->start;

    for (size_t low = 0, high = num_marks(s); low < high;) {
        size_t middle = low + (high - low) / 2;
        struct search_mark m = mark_at(s, middle);

        if (m.end <= at) {
            low = middle + 1;
        } else if (middle > low && mark_at(s, middle - 1).end > at) {
            high = middle;
        } else {
            *data = bytes_of(s->bytes.p + s->start, (size_t)(m.end - at));
            *mark = m.mark;
            s->start += data->len;
            return true;
        }
    }
    return false;
}

void search_back(struct search *s, size_t n) {
    s->start -= n;
    s->found = false;
}
