/* TLS handshakes that TCP does not carry. They are not read; but who looks for one is to be told that it is there. */
#include "net/decode.h"

enum { LONG_HEADER = 0x80, CONNECTION_ID_MOST = 20 };
enum { QUIC_VERSION_1 = 1, QUIC_VERSION_2 = 0x6b3343cf, QUIC_DRAFTS = 0xff0000 };
enum { QUIC_INITIAL = 0, QUIC_HANDSHAKE = 2 };
enum { DTLS_HANDSHAKE = 22, DTLS_1_0 = 0xfeff, DTLS_1_2 = 0xfefd, DTLS_MESSAGE_HEADER = 12 };
enum { RADIUS_REQUEST = 1, RADIUS_CHALLENGE = 11, RADIUS_HEADER = 20, RADIUS_EAP_MESSAGE = 79 };
enum { EAPOL_EAP = 0 };

/* RFC 9000, 17.2; RFC 9369, 3.2 numbers the types of packets otherwise. The bit behind the first may be either (RFC 9287). */
static bool is_quic(struct bytes b) {
    uint8_t first;
    uint32_t version;
    struct bytes destination, source;
    if (!bytes_u8(&b, &first) || !bytes_u32(&b, &version) || !bytes_vec8(&b, &destination) || !bytes_vec8(&b, &source)) {
        return false;
    }
    bool known = version == QUIC_VERSION_1 || version == QUIC_VERSION_2 || version >> 8 == QUIC_DRAFTS;
    unsigned type = (first >> 4 & 3U) - (version == QUIC_VERSION_2 ? 1U : 0U);
    return known && (first & LONG_HEADER) != 0 && (type == QUIC_INITIAL || type == QUIC_HANDSHAKE) &&
           destination.len <= CONNECTION_ID_MOST && source.len <= CONNECTION_ID_MOST;
}

/* RFC 6347, 4.1 and 4.2.2: a record in clear with a part of a message. */
static bool is_dtls(struct bytes b) {
    uint8_t content, type;
    uint16_t version, epoch, len;
    uint32_t message_len, fragment_len;
    if (!bytes_u8(&b, &content) || !bytes_u16(&b, &version) || !bytes_u16(&b, &epoch) || !bytes_skip(&b, 6) || !bytes_u16(&b, &len) ||
        !bytes_u8(&b, &type) || !bytes_u24(&b, &message_len) || !bytes_skip(&b, 5) || !bytes_u24(&b, &fragment_len)) {
        return false;
    }
    return content == DTLS_HANDSHAKE && (version == DTLS_1_0 || version == DTLS_1_2) && epoch == 0 &&
           fragment_len + DTLS_MESSAGE_HEADER <= len && fragment_len <= message_len;
}

/* RFC 3748, 4: a request or response of a method that is TLS, in tunnels or not: TLS (13), TTLS, PEAP, FAST, TEAP. */
static bool is_eap(struct bytes b) {
    uint8_t code, type;
    uint16_t len;
    if (!bytes_u8(&b, &code) || !bytes_skip(&b, 1) || !bytes_u16(&b, &len) || !bytes_u8(&b, &type)) {
        return false;
    }
    return (code == 1 || code == 2) && len > 5 && (type == 13 || type == 21 || type == 25 || type == 43 || type == 55);
}

/* RFC 2865, 3 and 5; RFC 3579, 3.1: EAP begins in the first attribute that holds a part of it. */
static bool is_radius(struct bytes b, size_t cut) {
    uint8_t code, type, len;
    uint16_t whole;
    size_t all = b.len + cut;
    if (!bytes_u8(&b, &code) || (code != RADIUS_REQUEST && code != RADIUS_CHALLENGE) || !bytes_skip(&b, 1) || !bytes_u16(&b, &whole) ||
        whole != all || !bytes_skip(&b, RADIUS_HEADER - 4)) {
        return false;
    }
    while (bytes_u8(&b, &type) && bytes_u8(&b, &len) && len >= 2) {
        if (type == RADIUS_EAP_MESSAGE) {
            return is_eap(b);
        }
        if (!bytes_skip(&b, len - 2U)) {
            break;
        }
    }
    return false;
}

void note_datagram(struct packet *p) {
    struct tlswatch_not_tcp *seen = &p->d->not_tcp;
    if (p->quoted) {
        return;
    }
    seen->quic += is_quic(p->rest);
    seen->dtls += is_dtls(p->rest);
    seen->eap += is_radius(p->rest, p->cut);
}

void note_eapol(struct packet *p) {
    uint8_t type;
    struct bytes b = p->rest;
    if (bytes_skip(&b, 1) && bytes_u8(&b, &type) && bytes_skip(&b, 2) && type == EAPOL_EAP) {
        p->d->not_tcp.eap += is_eap(b);
    }
}
