#include "capture/source.h"

#include "capture/decompress.h"
#include "capture/foreign.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *source_shown_name(const char *name) {
    return strcmp(name, "-") == 0 ? "standard input" : name;
}

static const char *open_problem(int error) {
    switch (error) {
    case ENOENT:
        return "no such file";
    case EACCES:
    case EPERM:
        return "no permission to read it";
    case EMFILE:
    case ENFILE:
        return "too many files are open: raise `ulimit -n`";
    default:
        return strerror(error);
    }
}

/* Standard input stays open for whoever else has it: a copy of its descriptor is closed at the end. */
static int source_descriptor(const char *name, size_t index, const struct capture_access *access) {
    if (strcmp(name, "-") == 0) {
        return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    }
    return access != NULL ? access->open(access->user, index) : capture_open_file(name);
}

static bool source_open_libpcap(struct source *s, int fd, char error[CAPTURE_ERROR_SIZE]) {
    char problem[OFFLINE_PROBLEM_SIZE] = "";
    s->format = SOURCE_LIBPCAP;
    s->offline = offline_open(fd, problem);
    if (s->offline == NULL) {
        snprintf(error, CAPTURE_ERROR_SIZE, "%s: libpcap cannot read it: %s", source_shown_name(s->name), problem);
    }
    return s->offline != NULL;
}

static bool source_read_once(const char *name, int fd) {
    struct stat status;
    return strcmp(name, "-") == 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode);
}

static uint64_t size_of(int fd) {
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 ? (uint64_t)status.st_size : 0;
}

struct source *source_open(const char *name, size_t index, const struct source_context *context, char error[CAPTURE_ERROR_SIZE]) {
    int fd = source_descriptor(name, index, context->access);
    if (fd < 0) {
        snprintf(error, CAPTURE_ERROR_SIZE, "%s: %s", source_shown_name(name), open_problem(errno));
        return NULL;
    }
    struct source *s = calloc(1, sizeof *s);
    if (s == NULL) {
        close(fd);
        snprintf(error, CAPTURE_ERROR_SIZE, "%s: out of memory", source_shown_name(name));
        return NULL;
    }
    s->name = name;
    s->context = context;
    s->pipe = source_read_once(name, fd);
    s->size = size_of(fd);
    if (context->libpcap) {
        if (!source_open_libpcap(s, fd, error)) {
            source_free(s);
            return NULL;
        }
    } else if (!reader_init(&s->reader, fd, context->wake)) {
        snprintf(error, CAPTURE_ERROR_SIZE, "%s: out of memory", source_shown_name(name));
        source_free(s);
        return NULL;
    }
    return s;
}

static void source_end(struct source *s) {
    if (s->format == SOURCE_PCAPNG) {
        pcapng_file_clear(&s->pcapng);
    } else if (s->format == SOURCE_LIBPCAP) {
        offline_free(s->offline);
    }
    reader_clear(&s->reader);
    s->format = SOURCE_ENDED;
}

void source_free(struct source *s) {
    if (s == NULL) {
        return;
    }
    source_end(s);
    free(s);
}

uint64_t source_size(const struct source *s) {
    return s->size;
}

uint64_t source_bytes(const struct source *s) {
    return s->format == SOURCE_LIBPCAP ? offline_bytes(s->offline) : s->reader.bytes_read;
}

__attribute__((format(printf, 2, 3))) static enum source_result source_refuse(struct source *s, const char *format, ...) {
    int n = snprintf(s->error, sizeof s->error, "%s: ", source_shown_name(s->name));
    if (n >= 0 && (size_t)n < sizeof s->error) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(s->error + n, sizeof s->error - (size_t)n, format, arguments);
        va_end(arguments);
    }
    return SOURCE_FOREIGN;
}

/* Decides by the first bytes what the file is. IDLE: they are not all there; FRAME: it is decided. */
static enum source_result source_recognise(struct source *s) {
    struct reader *r = &s->reader;
    enum reader_result result = reader_need(r, PCAP_FILE_HEADER_LEN);
    if (result == READER_IDLE) {
        return SOURCE_IDLE;
    }
    struct bytes head = reader_rest(r);
    bool known = pcap_file_recognise(head) || pcapng_file_recognise(head);
    if (result == READER_SHORT && r->problem != NULL) {
        return source_refuse(s, "cannot be read: %s", r->problem);
    }
    if (result == READER_SHORT && known) {
        return source_refuse(s, "the capture ends inside the header of the file: there is nothing in it to read");
    }
    if (!known) {
        return source_refuse(s, "not a capture: %s", foreign_describe(head));
    }
    if (pcapng_file_recognise(head)) {
        s->format = SOURCE_PCAPNG;
        s->pcapng = (struct pcapng_file){.statistics = s->context->statistics, .secrets = s->context->secrets};
        return SOURCE_FRAME;
    }
    if (!pcap_file_open(&s->pcap, r)) {
        return source_refuse(s, "a pcap file of a version that tlswatch does not read: try --libpcap");
    }
    s->format = SOURCE_PCAP;
    return SOURCE_FRAME;
}

static uint64_t source_number(const struct source *s) {
    return s->format == SOURCE_PCAP ? s->pcap.number : s->format == SOURCE_PCAPNG ? s->pcapng.number : s->frame.number;
}

static void source_warn(struct source *s, enum format_result result) {
    struct warnings *w = s->context->warnings;
    const char *name = source_shown_name(s->name);
    uint64_t number = source_number(s);
    if (result == FORMAT_END && s->reader.problem == NULL) {
        return;
    }
    if (s->format == SOURCE_LIBPCAP) {
        warnings_add(w, "%s: %s: analysed up to there, %" PRIu64 " packets", name, offline_problem(s->offline), number);
    } else if (result == FORMAT_DAMAGED || s->reader.problem != NULL) {
        warnings_add(w, "%s: damaged at byte %" PRIu64 ": %s: analysed up to there, %" PRIu64 " packets", name, reader_offset(&s->reader),
                     s->reader.problem, number);
    } else if (result == FORMAT_CUT_PACKET) {
        warnings_add(w, "%s: the capture ends in the middle of packet %" PRIu64 ": analysed up to there", name, number + 1);
    } else if (result == FORMAT_CUT) {
        warnings_add(w, "%s: the capture ends in the middle of a block, behind packet %" PRIu64 ": analysed up to there", name, number);
    }
}

static inline enum format_result source_read(struct source *s, struct tlswatch_frame *frame) {
    frame->file = s->name;
    switch (s->format) {
    case SOURCE_PCAP:
        return pcap_file_next(&s->pcap, &s->reader, frame);
    case SOURCE_PCAPNG:
        return pcapng_file_next(&s->pcapng, &s->reader, frame);
    case SOURCE_LIBPCAP:
        return offline_next(s->offline, frame);
    case SOURCE_UNKNOWN:
    case SOURCE_ENDED:
        break;
    }
    return FORMAT_END;
}

size_t source_more(struct source *s, struct tlswatch_frame *frames, size_t max) {
    size_t num = 0;
    if (s->format != SOURCE_PCAP && s->format != SOURCE_PCAPNG) {
        return 0;
    }
    s->reader.alone = true;
    s->reader.only_held = true;
    while (num < max && source_read(s, &frames[num]) == FORMAT_FRAME) {
        num++;
    }
    s->reader.only_held = false;
    return num;
}

enum source_result source_next(struct source *s, int timeout_ms) {
    s->reader.timeout_ms = timeout_ms;
    if (s->format == SOURCE_UNKNOWN) {
        enum source_result decided = source_recognise(s);
        if (decided != SOURCE_FRAME) {
            return decided;
        }
    }
    enum format_result result = source_read(s, &s->frame);
    if (result == FORMAT_FRAME) {
        return SOURCE_FRAME;
    }
    if (result == FORMAT_IDLE) {
        return SOURCE_IDLE;
    }
    source_warn(s, result);
    source_end(s);
    return SOURCE_END;
}
