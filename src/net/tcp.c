#include "net/tcp.h"

enum decode_result decode_tcp(struct packet *p) {
    struct bytes rest = p->rest, header;

    /* A quotation may end behind the window. */
    if (!bytes_take(&rest, 16, &header)) {
        return DECODE_MALFORMED;
    }
    size_t header_len = tcp_ports_and_flags(header.p, p->segment);
    if (p->quoted || p->rest.len < TCP_LEN || !tcp_payload(p->rest, p->cut, header_len, p->segment)) {
        return DECODE_MENTION;
    }
    return DECODE_SEGMENT;
}
