/*
 * A file as it lies on disk or comes through a pipe, compressed or not: what it gives is what its plain bytes give. Its
 * last byte says how it comes, and what fails meanwhile.
 */
#include "capture/decompress.h"
#include "capture/source.h"
#include "memory_capture.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

enum how { PIPE = 4, READ_FAILS, LIBPCAP, ALLOCATION_FAILS }; /* of its lowest bits; less: a file */

enum { PIPE_HOLDS = 65536, AT_ONCE = 3 };

static const int errors[] = {EIO, ESTALE, EINTR, EISDIR}, open_errors[] = {ENOENT, EACCES, EMFILE, ELOOP};

static int refuse(void *user, size_t index) {
    (void)user;
    errno = open_errors[index & 3];
    return -1;
}

static void mix_frame(uint64_t *sum, const struct tlswatch_frame *frame) {
    fuzz_mix(sum, frame->number);
    fuzz_mix_bytes(sum, bytes_of(frame->data, frame->len));
}

static uint64_t sum_of_source(const char *path, uint8_t last) {
    struct wake wake = {.fds = {-1, -1}};
    struct warnings warnings = {0};
    struct capture_statistics statistics = {0};
    unsigned how = last & 7, more = last >> 3;
    const struct capture_access access = {.open = refuse};
    bool refused = how == ALLOCATION_FAILS && more >= 24;
    struct source_context context = {
            .libpcap = how == LIBPCAP, .wake = &wake, .warnings = &warnings, .statistics = &statistics, .access = refused ? &access : NULL};
    char error[CAPTURE_ERROR_SIZE];
    uint64_t sum = 0;
    fuzz_fail(how == ALLOCATION_FAILS ? more : 0);
    fuzz_fail_read(how == READ_FAILS ? 1 + (more & 1) : 0, errors[more >> 1 & 3]);
    struct source *source = source_open(path, more, &context, error);
    if (source == NULL) {
        fuzz_fail(0);
        expect((fuzz_failed() || refused || how == LIBPCAP) && error[0] != '\0', "a file in memory can be opened");
        return 0;
    }
    enum source_result result;
    while ((result = source_next(source, 0)) == SOURCE_FRAME || (result == SOURCE_IDLE && how == READ_FAILS)) {
        if (result == SOURCE_IDLE) {
            continue;
        }
        struct tlswatch_frame held[AT_ONCE];
        mix_frame(&sum, &source->frame);
        size_t num = source_more(source, held, AT_ONCE);
        for (size_t i = 0; i < num; i++) {
            mix_frame(&sum, &held[i]);
        }
    }
    fuzz_fail(0);
    fuzz_fail_read(0, 0);
    expect(result != SOURCE_IDLE, "nothing waits for a file");
    expect(source_size(source) == 0 || source_bytes(source) <= source_size(source) || how == LIBPCAP, "no more is read than there is");
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
            mix_frame(&sum, &frame);
        }
        memory_capture_close(&capture);
    }
    return sum;
}

/* The file in memory, or a pipe that holds all of it and is closed behind. */
static int descriptor_of(struct bytes file, bool pipe_wanted) {
    static int fd = -1;
    int ends[2];
    if (pipe_wanted) {
        expect(pipe(ends) == 0 && write(ends[1], file.p, file.len) == (ssize_t)file.len && close(ends[1]) == 0, "a pipe can be written");
        return ends[0];
    }
    fd = fd < 0 ? memfd_create("capture", MFD_CLOEXEC) : fd;
    expect(ftruncate(fd, 0) == 0 && pwrite(fd, file.p, file.len, 0) == (ssize_t)file.len, "it can be written");
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct bytes file = bytes_of(data, len);
    char path[64];
    uint8_t last = len > 0 ? data[len - 1] : 0;
    unsigned how = last & 7;
    bool is_pipe = how == PIPE && len < PIPE_HOLDS;
    int fd = descriptor_of(file, is_pipe);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (is_pipe && last >> 3 == 0) {
        expect(dup2(fd, STDIN_FILENO) == STDIN_FILENO, "it can be standard input");
        strcpy(path, "-");
    }
    uint64_t sum = sum_of_source(path, last);
    if (is_pipe) {
        close(fd);
    }
    expect(how > PIPE || compression_of(file) != COMPRESSION_NONE || sum == sum_of_memory(file), "both give the same frames");
    return 0;
}
