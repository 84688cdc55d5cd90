/*
 * Frames to TCP segments. The link type, and above its ten bits which allocation fails; then a chunk for each frame,
 * whose tag says how many bytes of it are not in the capture.
 */
#include "base/limits.h"
#include "fuzz.h"
#include "net/segment.h"

static struct decapsulator *decapsulator;
static bool holds_fragments;

enum { LINK_TYPES = 0x3ff, ETHERNET = 1, LINUX_SLL = 113 };

/* A frame of 802.11 may hold many packets, of which one is told: another may be a fragment. */
static bool may_aggregate(uint32_t link_type) {
    return link_type == 105 || link_type == 127 || link_type == 192; /* PPI: of any type */
}

static bool renew(void) {
    if (decapsulator == NULL || holds_fragments) {
        decapsulator_free(decapsulator);
        decapsulator = decapsulator_new(NULL);
        expect(decapsulator != NULL || fuzz_failed(), "there is memory");
        holds_fragments = false;
    }
    return decapsulator != NULL;
}

static void expect_segment(const struct segment *s) {
    uint64_t sum = 0;
    char text[46];
    expect(s->payload.len <= s->payload_len, "no more is captured than was sent");
    fuzz_mix_bytes(&sum, s->payload);
    endpoint_text(&s->source, s->ipv6, text);
    expect_inert(text, "");
}

/* Of a frame that the snapshot length cuts shorter the segment is the same, with less payload, or none. */
static void expect_same_when_cut(const struct tlswatch_frame *frame, const struct segment *whole) {
    struct segment part = {0};
    struct tlswatch_frame shorter = *frame;
    shorter.len -= frame->len / 4 + 1;
    shorter.data = fuzz_copy(bytes_of(frame->data, shorter.len));
    if (decapsulator_decode(decapsulator, &shorter, &part) == DECODE_SEGMENT) {
        expect(part.seq == whole->seq && part.source.port == whole->source.port && part.flags == whole->flags, "the header is the same");
        expect(part.payload_len == whole->payload_len && part.payload.len <= whole->payload.len, "its length is the one on the wire");
        expect(bytes_equal(part.payload, bytes_of(whole->payload.p, part.payload.len)), "the payload is the front of it");
    }
    fuzz_release(shorter.data);
}

/* Plain Ethernet frames are read at once; behind a header of "any" the same is read on the long way. */
static void expect_same_when_cooked(const struct tlswatch_frame *frame, enum decode_result result, const struct segment *plain) {
    struct segment segment = {0};
    struct tlswatch_frame cooked = *frame;
    cooked.link_type = LINUX_SLL;
    cooked.len += 2;
    cooked.original_len += 2;
    uint8_t *copy = malloc(cooked.len);
    if (copy == NULL) {
        return;
    }
    memset(copy, 0, 14);
    memcpy(copy + 14, frame->data + 12, frame->len - 12);
    cooked.data = copy;
    expect(decapsulator_decode(decapsulator, &cooked, &segment) == result, "both say what it is");
    if (result == DECODE_SEGMENT) {
        expect(memcmp(&segment.source, &plain->source, sizeof segment.source) == 0 && segment.destination.port == plain->destination.port,
               "the endpoints are the same");
        expect(segment.seq == plain->seq && segment.ack == plain->ack && segment.flags == plain->flags && segment.ttl == plain->ttl,
               "the header is the same");
        expect(segment.payload_len == plain->payload_len && bytes_equal(segment.payload, plain->payload), "the payload is the same");
    }
    free(copy);
}

static bool is_plain_ethernet(const struct tlswatch_frame *frame) {
    return frame->link_type == ETHERNET && frame->len >= 34 && memcmp(frame->data + 12, "\x08\x00\x45", 3) == 0 && frame->data[23] == 6;
}

static void decode(struct tlswatch_frame *frame) {
    struct segment segment = {0};
    enum decode_result result = decapsulator_decode(decapsulator, frame, &segment);
    holds_fragments = holds_fragments || result == DECODE_FRAGMENT || may_aggregate(frame->link_type);
    if (result == DECODE_SEGMENT) {
        expect_segment(&segment);
        if (!holds_fragments && frame->len > 0) {
            expect_same_when_cut(frame, &segment);
        }
    }
    bool headers = result == DECODE_SEGMENT || result == DECODE_MENTION; /* else it may be a fragment that found no memory */
    if (!holds_fragments && headers && is_plain_ethernet(frame)) {
        expect_same_when_cooked(frame, result, &segment);
    }
    expect(link_supported(frame->link_type) || result == DECODE_UNSUPPORTED, "a link type that is not read gives nothing");
    expect(result != DECODE_MENTION || segment.payload.len == 0, "a mention has no payload");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct bytes input = bytes_of(data, len);
    uint16_t first = fuzz_u16(&input);
    struct tlswatch_frame frame = {.link_type = first & LINK_TYPES};
    struct chunk chunk;
    fuzz_fail(first >> 10);
    if (!renew()) {
        fuzz_fail(0);
        return 0;
    }
    uint64_t conflicts = decapsulator_conflicts(decapsulator), limits_hit = decapsulator_limits_hit(decapsulator);
    while (chunk_next(&input, &chunk)) {
        uint8_t *copy = fuzz_copy(chunk.data);
        frame.data = copy;
        frame.len = (uint32_t)chunk.data.len;
        frame.original_len = frame.len + chunk.tag;
        frame.number++;
        decode(&frame);
        fuzz_release(copy);
    }
    fuzz_fail(0);
    expect(holds_fragments || decapsulator_conflicts(decapsulator) == conflicts, "only fragments can contradict each other");
    expect(decapsulator_limits_hit(decapsulator) >= limits_hit, "what is counted stays counted");
    return 0;
}
