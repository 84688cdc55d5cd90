#include "report/report.h"

#include <errno.h>
#include <unistd.h>

void report_sink_init(struct report_sink *sink, int fd) {
    *sink = (struct report_sink){.fd = fd};
}

void report_sink_clear(struct report_sink *sink) {
    buffer_clear(&sink->block);
}

bool report_sink_write(struct report_sink *sink) {
    struct bytes rest = buffer_bytes(&sink->block);
    /* One call takes it all but where a signal or a full pipe cuts it. */
    while (sink->error == 0 && rest.len > 0) {
        ssize_t n = write(sink->fd, rest.p, rest.len);
        if (n >= 0) {
            bytes_skip(&rest, (size_t)n);
        } else if (errno != EINTR) {
            sink->error = errno;
        }
    }
    sink->block.len = 0;
    return sink->error == 0;
}
