/*
 * What comes before TLS: however it is cut, it ends the same, and TLS begins at the same byte. The first byte says how it
 * is cut, the second how much memory there is; then a chunk for each packet, whose tag says who sent it.
 */
#include "base/direction.h"
#include "base/limits.h"
#include "fuzz.h"
#include "tls/opening.h"

struct heard {
    struct opening opening;
    bool speaks_tls[2];
    bool is_over;
    size_t tls_len[2];
    uint64_t sum[2];
};

static void hear_tls(struct heard *h, enum direction sender, struct bytes data, uint64_t frame) {
    if (h->tls_len[sender] == 0) {
        fuzz_mix(&h->sum[sender], frame);
    }
    h->tls_len[sender] += data.len;
    fuzz_mix_bytes(&h->sum[sender], data);
}

static void hear(struct opening_reader *r, struct heard *h, enum direction sender, struct bytes data, uint64_t frame) {
    struct tlswatch_mark mark = {.frame = frame};
    struct bytes piece;
    if (h->is_over) {
        return;
    }
    if (h->speaks_tls[sender] && !opening_wrapped(r)) {
        hear_tls(h, sender, data, frame);
        return;
    }
    uint8_t *copy = fuzz_copy(data);
    enum opening_verdict verdict = opening_push(r, &h->opening, sender, bytes_of(copy, data.len), mark);
    fuzz_release(copy);
    h->speaks_tls[sender] = h->speaks_tls[sender] || verdict == OPENING_TLS;
    h->is_over = verdict == OPENING_NOT_TLS;
    while (opening_replay(r, sender, &piece, &mark)) {
        hear_tls(h, sender, piece, mark.frame);
    }
}

static struct heard hear_all(struct bytes input, size_t bound, size_t cut) {
    struct heard h = {.is_over = false};
    struct memory memory = {.bound = bound};
    struct opening_reader *r = opening_reader_new(&memory);
    struct chunk chunk;
    struct bytes part;
    if (r == NULL) {
        fuzz_fail(0);
        return h;
    }
    for (uint64_t frame = 1; chunk_next(&input, &chunk); frame++) {
        while (chunk.data.len > 0 && bytes_take(&chunk.data, cut < chunk.data.len ? cut : chunk.data.len, &part)) {
            hear(r, &h, (chunk.tag & 1) != 0 ? BACKWARD : FORWARD, part, frame);
        }
    }
    if (!h.is_over) {
        h.is_over = opening_finish(r, &h.opening) == OPENING_NOT_TLS;
    }
    opening_reader_free(r);
    fuzz_fail(0);
    memory_clear(&memory);
    expect(memory.held == 0 && memory.peak <= bound, "all memory is accounted for");
    return h;
}

static void expect_same(const struct heard *a, const struct heard *b) {
    const struct opening *x = &a->opening, *y = &b->opening;
    expect(a->is_over == b->is_over && x->name == y->name && x->instead == y->instead, "it is the same opening");
    expect(x->refusal_len <= sizeof x->refusal && x->refusal_len == y->refusal_len && memcmp(x->refusal, y->refusal, x->refusal_len) == 0,
           "it is the same refusal");
    expect(x->has_proxied_client == y->has_proxied_client && x->proxied_client.port == y->proxied_client.port &&
                   strcmp(x->proxied_client.ip, y->proxied_client.ip) == 0,
           "it is the same client");
    for (int d = FORWARD; d <= BACKWARD; d++) {
        expect(a->speaks_tls[d] == b->speaks_tls[d] && a->tls_len[d] == b->tls_len[d] && a->sum[d] == b->sum[d], "TLS is the same");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct bytes input = bytes_of(data, len);
    size_t cut = 1 + fuzz_u8(&input), bound = fuzz_bound(&input, 4);
    struct heard whole = hear_all(input, bound, SIZE_MAX), parts = hear_all(input, bound, cut);
    expect_inert(whole.opening.proxied_client.ip, "");
    if (bound == LIMIT_MEMORY) {
        expect_same(&whole, &parts);
    }
    return 0;
}
