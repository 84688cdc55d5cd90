#include "report/no_record.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NUM_KINDS = 3 };

__attribute__((format(printf, 2, 3))) static void add(char out[NO_RECORD_SIZE], const char *format, ...) {
    size_t len = strlen(out);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out + len, NO_RECORD_SIZE - len, format, arguments);
    va_end(arguments);
}

static void add_not_tcp(char out[NO_RECORD_SIZE], const struct tlswatch_not_tcp *seen) {
    const struct {
        const char *name, *filter;
        uint64_t frames;
    } kinds[NUM_KINDS] = {{"QUIC", "quic", seen->quic}, {"DTLS", "dtls", seen->dtls}, {"EAP", "eap", seen->eap}};
    const char *before = "TLS handshakes outside of TCP are not read: ";
    for (int i = 0; i < NUM_KINDS; i++) {
        if (kinds[i].frames > 0) {
            add(out, "%s%" PRIu64 " packet%s of %s", before, kinds[i].frames, kinds[i].frames == 1 ? "" : "s", kinds[i].name);
            before = ", ";
        }
    }
    before = " (Wireshark: ";
    for (int i = 0; i < NUM_KINDS; i++) {
        if (kinds[i].frames > 0) {
            add(out, "%s%s", before, kinds[i].filter);
            before = " || ";
        }
    }
    add(out, ").");
}

int no_record_text(const struct tlswatch_statistics *statistics, char out[NO_RECORD_SENTENCES][NO_RECORD_SIZE]) {
    uint64_t refused = statistics->tcp_refused, unanswered = statistics->tcp_unanswered;
    const struct tlswatch_not_tcp *seen = &statistics->not_tcp;
    int num = 0;
    memset(out, 0, NO_RECORD_SENTENCES * sizeof *out);
    if (refused > 0) {
        add(out[num++], "%" PRIu64 " TCP connection%s refused with an RST (Wireshark: tcp.completeness == 37).", refused,
            refused == 1 ? " was" : "s were");
    }
    if (unanswered > 0) {
        add(out[num++], "%" PRIu64 " TCP connection%s got no answer to the SYN (Wireshark: tcp.completeness == 1).", unanswered,
            unanswered == 1 ? "" : "s");
    }
    if (seen->quic + seen->dtls + seen->eap > 0) {
        add_not_tcp(out[num++], seen);
    }
    return num;
}
