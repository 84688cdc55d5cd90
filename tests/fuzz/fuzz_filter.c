/* Filter expressions and frames: what does not compile is refused with a reason. A text, NUL, a frame. */
#include "capture/filter.h"
#include "fuzz.h"

static const uint32_t link_types[] = {1, 101, 113, 276, 105};

static void apply(struct filter *filter, uint32_t link_type, struct bytes packet) {
    uint8_t *copy = fuzz_copy(packet);
    struct tlswatch_frame frame = {.data = copy, .len = (uint32_t)packet.len, .original_len = (uint32_t)packet.len, .link_type = link_type};
    bool taken = filter_match(filter, &frame);
    if (filter_compile(filter, link_type)) {
        expect(filter_match(filter, &frame) == taken, "a filter has no memory");
    } else {
        expect(filter_problem(filter) != NULL && (filter_problem(filter)[0] != '\0' || fuzz_failed()), "a refusal has a reason");
        expect(!taken && !filter_match(filter, &frame), "what does not compile takes nothing");
    }
    fuzz_release(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct bytes input = bytes_of(data, len), text;
    uint32_t unable;
    fuzz_fail_by_front(&input);
    (void)bytes_take(&input, input.len > 0 ? strnlen((const char *)input.p, input.len) : 0, &text);
    (void)bytes_skip(&input, input.len > 0);
    char *expression = fuzz_sound_malloc(text.len + 1);
    expect(expression != NULL, "there is memory");
    memcpy(expression, text.p, text.len);
    expression[text.len] = '\0';
    struct filter *filter = filter_new(expression, NULL);
    expect(filter != NULL || fuzz_failed(), "there is memory");
    if (filter != NULL) {
        apply(filter, link_types[len % (sizeof link_types / sizeof *link_types)], input);
        apply(filter, 1, input);
        for (size_t num = 0; filter_unable(filter, &unable); num++) {
            expect(num < 2 && !filter_compile(filter, unable), "each link type that it cannot be compiled for is told once");
        }
    }
    fuzz_fail(0);
    filter_free(filter);
    free(expression);
    return 0;
}
