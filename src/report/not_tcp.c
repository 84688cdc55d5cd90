#include "report/not_tcp.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NUM_KINDS = 3 };

__attribute__((format(printf, 2, 3))) static void add(char out[NOT_TCP_SIZE], const char *format, ...) {
    size_t len = strlen(out);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out + len, NOT_TCP_SIZE - len, format, arguments);
    va_end(arguments);
}

bool not_tcp_text(const struct tlswatch_not_tcp *seen, char out[NOT_TCP_SIZE]) {
    const struct {
        const char *name, *filter;
        uint64_t frames;
    } kinds[NUM_KINDS] = {{"QUIC", "quic", seen->quic}, {"DTLS", "dtls", seen->dtls}, {"EAP", "eap", seen->eap}};
    const char *before = "TLS handshakes outside of TCP are not read: ";
    out[0] = '\0';
    for (int i = 0; i < NUM_KINDS; i++) {
        if (kinds[i].frames > 0) {
            add(out, "%s%" PRIu64 " packet%s of %s", before, kinds[i].frames, kinds[i].frames == 1 ? "" : "s", kinds[i].name);
            before = ", ";
        }
    }
    if (out[0] == '\0') {
        return false;
    }
    before = " (Wireshark: ";
    for (int i = 0; i < NUM_KINDS; i++) {
        if (kinds[i].frames > 0) {
            add(out, "%s%s", before, kinds[i].filter);
            before = " || ";
        }
    }
    add(out, ").");
    return true;
}
