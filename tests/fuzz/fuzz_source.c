/* A file as it lies on disk, compressed or not: what it gives is what its plain bytes give. */
#include "capture/decompress.h"
#include "capture/source.h"
#include "memory_capture.h"

#include <sys/mman.h>
#include <unistd.h>

static uint64_t sum_of_source(const char *path) {
    struct wake wake = {.fds = {-1, -1}};
    struct warnings warnings = {0};
    struct capture_statistics statistics = {0};
    struct source_context context = {.wake = &wake, .warnings = &warnings, .statistics = &statistics};
    char error[CAPTURE_ERROR_SIZE];
    uint64_t sum = 0;
    struct source *source = source_open(path, 0, &context, error);
    expect(source != NULL, "a file in memory can be opened");
    enum source_result result;
    while ((result = source_next(source, 0)) == SOURCE_FRAME) {
        fuzz_mix(&sum, source->frame.number);
        fuzz_mix_bytes(&sum, bytes_of(source->frame.data, source->frame.len));
    }
    expect(result != SOURCE_IDLE, "nothing waits for a file");
    expect(result != SOURCE_FOREIGN || source->error[0] != '\0', "what is refused is refused with a reason");
    for (const char *warning; (warning = warnings_take(&warnings)) != NULL;) {
        expect_inert(warning, "");
    }
    warnings_clear(&warnings);
    source_free(source);
    return sum;
}

static uint64_t sum_of_memory(struct bytes file) {
    struct memory_capture capture;
    struct tlswatch_frame frame = {0};
    uint64_t sum = 0;
    if (memory_capture_open(&capture, file)) {
        while (memory_capture_next(&capture, &frame) == FORMAT_FRAME) {
            fuzz_mix(&sum, frame.number);
            fuzz_mix_bytes(&sum, bytes_of(frame.data, frame.len));
        }
        memory_capture_close(&capture);
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static int fd = -1;
    static char path[64];
    if (fd < 0) {
        fd = memfd_create("capture", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    expect(ftruncate(fd, 0) == 0 && pwrite(fd, data, len, 0) == (ssize_t)len, "it can be written");
    uint64_t sum = sum_of_source(path);
    expect(compression_of(bytes_of(data, len)) != COMPRESSION_NONE || sum == sum_of_memory(bytes_of(data, len)),
           "both give the same frames");
    return 0;
}
