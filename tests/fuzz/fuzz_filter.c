/* Filter expressions and frames: what does not compile is refused with a reason. A text, NUL, a frame. */
#include "capture/filter.h"
#include "fuzz.h"

static const uint32_t link_types[] = {1, 101, 113, 276, 105};

static void apply(struct filter *filter, uint32_t link_type, struct bytes packet) {
    uint8_t *copy = fuzz_copy(packet);
    struct tlswatch_frame frame = {.data = copy, .len = (uint32_t)packet.len, .original_len = (uint32_t)packet.len, .link_type = link_type};
    if (filter_compile(filter, link_type)) {
        expect(filter_match(filter, &frame) == filter_match(filter, &frame), "a filter has no memory");
    } else {
        expect(filter_problem(filter) != NULL && filter_problem(filter)[0] != '\0', "a refusal has a reason");
        expect(!filter_match(filter, &frame), "what does not compile takes nothing");
    }
    fuzz_release(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    size_t text_len = strnlen((const char *)data, len);
    char *text = strndup((const char *)data, text_len);
    struct bytes packet = text_len < len ? bytes_of(data + text_len + 1, len - text_len - 1) : bytes_of(data, 0);
    struct filter *filter = text != NULL ? filter_new(text, NULL) : NULL;
    expect(filter != NULL, "there is memory");
    apply(filter, link_types[len % (sizeof link_types / sizeof *link_types)], packet);
    apply(filter, 1, packet);
    filter_free(filter);
    free(text);
    return 0;
}
