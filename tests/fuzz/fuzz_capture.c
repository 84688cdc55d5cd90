/* pcap and pcapng: each frame lies within its bounds, and a file that is cut gives the same frames, only fewer. */
#include "base/limits.h"
#include "memory_capture.h"

static void expect_frame(const struct tlswatch_frame *frame, uint64_t before) {
    uint64_t sum = 0;
    expect(frame->number > before, "numbers ascend");
    expect(frame->len <= LIMIT_CAPTURED_PACKET && frame->len <= frame->original_len, "no more is captured than was sent");
    expect(frame->time_digits <= 9, "a second has nine digits");
    fuzz_mix_bytes(&sum, bytes_of(frame->data, frame->len));
}

static bool same_frame(const struct tlswatch_frame *a, const struct tlswatch_frame *b) {
    return a->number == b->number && a->len == b->len && a->original_len == b->original_len && a->link_type == b->link_type &&
           a->time_ns == b->time_ns && a->time_digits == b->time_digits &&
           bytes_equal(bytes_of(a->data, a->len), bytes_of(b->data, b->len));
}

static void read_beside(struct memory_capture *whole, struct memory_capture *part) {
    struct tlswatch_frame a = {0}, b = {0};
    uint64_t number = 0;
    while (memory_capture_next(part, &b) == FORMAT_FRAME) {
        expect(memory_capture_next(whole, &a) == FORMAT_FRAME && same_frame(&a, &b), "a cut file gives the same frames");
    }
    number = a.number;
    while (memory_capture_next(whole, &a) == FORMAT_FRAME) {
        expect_frame(&a, number);
        number = a.number;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct memory_capture whole, part;
    if (!memory_capture_open(&whole, bytes_of(data, len))) {
        return 0;
    }
    if (memory_capture_open(&part, bytes_of(data, len - len / 3))) {
        read_beside(&whole, &part);
        memory_capture_close(&part);
    }
    memory_capture_close(&whole);
    return 0;
}
