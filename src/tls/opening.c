#include "tls/opening.h"

#include "base/buffer.h"
#include "base/limits.h"

#include <stdlib.h>

struct opening_reader {
    struct buffer kept[2];
    struct tlswatch_mark mark[2];
};

bool opening_looks_like_tls(struct bytes data) {
    return data.len >= 3 && data.p[0] >= 21 && data.p[0] <= 22 && data.p[1] == 3 && data.p[2] <= 4;
}

struct opening_reader *opening_reader_new(void) {
    return calloc(1, sizeof(struct opening_reader));
}

void opening_reader_free(struct opening_reader *r) {
    if (r != NULL) {
        buffer_clear(&r->kept[FORWARD]);
        buffer_clear(&r->kept[BACKWARD]);
        free(r);
    }
}

enum opening_verdict opening_push(struct opening_reader *r, struct opening *o, enum direction sender, struct bytes data,
                                  struct tlswatch_mark mark) {
    (void)o;
    r->mark[sender] = mark;
    if (!buffer_append(&r->kept[sender], data, LIMIT_OPENING_BYTES)) {
        return OPENING_NOT_TLS;
    }
    if (r->kept[sender].len < 3) {
        return OPENING_UNDECIDED;
    }
    return opening_looks_like_tls(buffer_bytes(&r->kept[sender])) ? OPENING_TLS : OPENING_NOT_TLS;
}

bool opening_replay(struct opening_reader *r, enum direction sender, struct bytes *data, struct tlswatch_mark *mark) {
    static const struct tlswatch_mark nowhere;
    if (r->kept[sender].len == 0) {
        return false;
    }
    *data = buffer_bytes(&r->kept[sender]);
    *mark = r->mark[sender];
    r->kept[sender].len = 0;
    r->mark[sender] = nowhere;
    return true;
}

bool opening_wrapped(const struct opening_reader *r) {
    (void)r;
    return false;
}

enum opening_verdict opening_finish(struct opening_reader *r, struct opening *o) {
    (void)r;
    (void)o;
    return OPENING_UNDECIDED;
}
