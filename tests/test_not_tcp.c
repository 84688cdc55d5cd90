/* TLS handshakes that TCP does not carry, which are counted. Packets of QUIC are those of RFC 9001, A, and RFC 9369, A. */
#include "frames.h"

#define INITIAL "c300000001088394c8f03e5157080000449e00000002"
#define DTLS "16 fefd 0000 000000000000 0042 01 000036 0000 000000 000036 fefd"
#define AUTHENTICATOR "000102030405060708090a0b0c0d0e0f"
#define RADIUS "01 00 001f " AUTHENTICATOR " 01 03 61 4f 08 02 01 0006 0d 00"

static const struct row {
    const char *name;
    uint32_t link_type;
    struct tlswatch_not_tcp seen;
    const char *steps[8];
} rows[] = {
        {"client's Initial", 101, {.quic = 1}, {INITIAL, "udp:443", "ip4:17"}},
        {"to another port, over IPv6", 101, {.quic = 1}, {INITIAL, "udp:4434", "ip6:17"}},
        {"server's Handshake", 101, {.quic = 1}, {"e0 00000001 00 08 f067a5502a4262b5 00", "udp:443", "ip4:17"}},
        {"Initial of version 2", 101, {.quic = 1}, {"d36b3343cf088394c8f03e5157080000449e00000002", "udp:443", "ip4:17"}},
        {"Initial of draft 29", 101, {.quic = 1}, {"c3 ff00001d 08 8394c8f03e515708 00 00", "udp:443", "ip4:17"}},
        {"0-RTT", 101, {0}, {"d0 00000001 08 8394c8f03e515708 00 00", "udp:443", "ip4:17"}},
        {"Retry", 101, {0}, {"ff000000010008f067a5502a4262b5746f6b656e", "udp:443", "ip4:17"}},
        {"Retry of version 2", 101, {0}, {"cf6b3343cf0008f067a5502a4262b5746f6b656e", "udp:443", "ip4:17"}},
        {"version negotiation", 101, {0}, {"c0 00000000 08 8394c8f03e515708 00 00000001", "udp:443", "ip4:17"}},
        {"short header", 101, {0}, {"40 00000001 08 8394c8f03e515708 00", "udp:443", "ip4:17"}},
        {"without the fixed bit", 101, {.quic = 1}, {"83 00000001 08 8394c8f03e515708 00 00", "udp:443", "ip4:17"}},
        {"connection ID of 21 bytes", 101, {0}, {"c3 00000001 15 000102030405060708090a0b0c0d0e0f1011121314 00 00", "udp:443", "ip4:17"}},
        {"QUIC of Google", 101, {0}, {"c3 51303436 08 8394c8f03e515708 00 00", "udp:443", "ip4:17"}},
        {"DTLS", 101, {.dtls = 1}, {DTLS, "udp:4433", "ip4:17"}},
        {"DTLS 1.0", 101, {.dtls = 1}, {"16 feff 0000 000000000001 0018 02 000030 0000 00000c 00000c", "udp:4433", "ip4:17"}},
        {"DTLS in a tunnel", 101, {.dtls = 1}, {DTLS, "udp:4433", "ip4:17", "out4:4"}},
        {"DTLS in an ICMP error", 101, {0}, {DTLS, "udp:4433", "ip4:17", "0303 0000 00000000", "out4:1"}},
        {"encrypted", 101, {0}, {"16 fefd 0001 000000000000 0042 01 000036 0000 000000 000036 fefd", "udp:4433", "ip4:17"}},
        {"data of DTLS", 101, {0}, {"17 fefd 0000 000000000000 0042 01 000036 0000 000000 000036 fefd", "udp:4433", "ip4:17"}},
        {"TLS in UDP", 101, {0}, {"16 0303 0000 000000000000 0042 01 000036 0000 000000 000036 fefd", "udp:4433", "ip4:17"}},
        {"fragment beyond its record",
         101,
         {0},
         {"16 fefd 0000 000000000000 0042 01 000037 0000 000000 000037 fefd", "udp:4433", "ip4:17"}},
        {"fragment beyond its message",
         101,
         {0},
         {"16 fefd 0000 000000000000 0042 01 000035 0000 000000 000036 fefd", "udp:4433", "ip4:17"}},
        {"EAP in RADIUS", 101, {.eap = 1}, {RADIUS, "udp:1812", "ip4:17"}},
        {"PEAP in a challenge", 101, {.eap = 1}, {"0b 00 001c " AUTHENTICATOR " 4f 08 01 01 0006 19 20", "udp:50001", "ip4:17"}},
        {"EAP's identity", 101, {0}, {"01 00 001c " AUTHENTICATOR " 4f 08 02 01 0006 01 61", "udp:1812", "ip4:17"}},
        {"RADIUS without EAP", 101, {0}, {"01 00 0017 " AUTHENTICATOR " 01 03 61", "udp:1812", "ip4:17"}},
        {"RADIUS that accepts", 101, {0}, {"02 00 001c " AUTHENTICATOR " 4f 08 02 01 0006 0d 00", "udp:1812", "ip4:17"}},
        {"RADIUS of another length", 101, {0}, {"01 00 001d " AUTHENTICATOR " 4f 08 02 01 0006 0d 00", "udp:1812", "ip4:17"}},
        {"attribute of length 0", 101, {0}, {"01 00 001e " AUTHENTICATOR " 01 00 4f 08 02 01 0006 0d 00", "udp:1812", "ip4:17"}},
        {"EAPOL", 1, {.eap = 1}, {"02 00 0006 02 01 0006 0d 00", MACS "888e"}},
        {"EAPOL behind a VLAN tag", 1, {.eap = 1}, {"02 00 0006 01 01 0006 15 20", "0064 888e", MACS "8100"}},
        {"EAPOL's start", 1, {0}, {"02 01 0006 02 01 0006 0d 00", MACS "888e"}},
        {"EAP that succeeds", 1, {0}, {"02 00 0004 03 01 0004 0d 00", MACS "888e"}},
        {"EAP's MD5", 1, {0}, {"02 00 0006 02 01 0006 04 00", MACS "888e"}},
};

#define NUM_ROWS ((int)(sizeof rows / sizeof *rows))

static struct tlswatch_not_tcp seen_in(const struct row *row, const struct frame *f, size_t len) {
    struct decapsulator *d = decapsulator_new(NULL);
    struct segment s = {0};
    uint8_t *copy;
    enum decode_result result = frame_decode(d, f, row->link_type, len, frame_len(f), &s, &copy);
    ck_assert_msg(len < frame_len(f) || result == DECODE_OTHER, "%s: %d", row->name, (int)result);
    struct tlswatch_not_tcp seen = decapsulator_not_tcp(d);
    free(copy);
    decapsulator_free(d);
    return seen;
}

START_TEST(handshakes_are_counted_by_what_carries_them) {
    const struct row *row = &rows[_i];
    struct frame f;
    frame_build(&f, row->steps);
    struct tlswatch_not_tcp seen = seen_in(row, &f, frame_len(&f));
    ck_assert_msg(seen.quic == row->seen.quic && seen.dtls == row->seen.dtls && seen.eap == row->seen.eap, "%s: %ju %ju %ju", row->name,
                  (uintmax_t)seen.quic, (uintmax_t)seen.dtls, (uintmax_t)seen.eap);
}
END_TEST

/* A snapshot length takes the end of frames; what it leaves is read, and nothing behind it (the copy is as long as what is left). */
START_TEST(a_cut_frame_is_counted_by_what_is_left_of_it) {
    const struct row *row = &rows[_i];
    struct frame f;
    frame_build(&f, row->steps);
    uint64_t before = 0;
    for (size_t len = 0; len <= frame_len(&f); len++) {
        struct tlswatch_not_tcp seen = seen_in(row, &f, len);
        uint64_t all = seen.quic + seen.dtls + seen.eap;
        ck_assert_msg(all >= before && all <= row->seen.quic + row->seen.dtls + row->seen.eap, "%s: %zu bytes", row->name, len);
        before = all;
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("not TCP");
    TCase *tests = tcase_create("not TCP");
    tcase_add_loop_test(tests, handshakes_are_counted_by_what_carries_them, 0, NUM_ROWS);
    tcase_add_loop_test(tests, a_cut_frame_is_counted_by_what_is_left_of_it, 0, NUM_ROWS);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
