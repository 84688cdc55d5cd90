/* pcapng files: sections, interfaces, clocks, kinds of packets, what else stands in them, and damage. */
#include "capture_files.h"
#include "tap.h"

enum {
    IDB = 1,
    PB = 2,
    SPB = 3,
    NRB = 4,
    ISB = 5,
    EPB = 6,
    JOURNAL = 9,
    DSB = 10,
    SYSDIG = 0x204,
    CUSTOM = 0xbad,
    CUSTOM_NOT_COPIED = 0x40000bad
};

static struct given given;

/* A block is written around its body, which is made first. */
static void put_block(struct made *m, uint32_t type, struct made *body) {
    size_t pad = (4 - body->file.len % 4) % 4;
    put(body, "\0\0\0", pad);
    put_u32(m, type);
    put_u32(m, (uint32_t)body->file.len + 12);
    put(m, body->file.p, body->file.len);
    put_u32(m, (uint32_t)body->file.len + 12);
    buffer_clear(&body->file);
}

static void put_section(struct made *m) {
    struct made body = {.big = m->big};
    put_u32(&body, 0x1a2b3c4d);
    put_u16(&body, 1);
    put_u16(&body, 0);
    put_number(&body, UINT64_MAX, 8);
    put_block(m, 0x0a0d0d0a, &body);
}

static void put_option(struct made *body, uint16_t code, const void *value, uint16_t len) {
    put_u16(body, code);
    put_u16(body, len);
    put(body, value, len);
    put(body, "\0\0\0", (4 - len % 4) % 4);
}

/* resolution 6 and offset 0 are what holds where nothing is said: then no options are written. */
static void put_interface(struct made *m, uint16_t link_type, uint32_t snaplen, uint8_t resolution, int64_t offset) {
    struct made body = {.big = m->big}, number = {.big = m->big};
    put_u16(&body, link_type);
    put_u16(&body, 0);
    put_u32(&body, snaplen);
    if (resolution != 6 || offset != 0) {
        put_option(&body, 2, "eth0", 4);
        put_option(&body, 9, &resolution, 1);
        put_number(&number, (uint64_t)offset, 8);
        put_option(&body, 14, number.file.p, 8);
        put_option(&body, 0, "", 0);
        buffer_clear(&number.file);
    }
    put_block(m, IDB, &body);
}

static void put_packet(struct made *m, uint32_t interface, uint64_t ticks, uint32_t seed, uint32_t len) {
    struct made body = {.big = m->big};
    put_u32(&body, interface);
    put_u32(&body, (uint32_t)(ticks >> 32));
    put_u32(&body, (uint32_t)ticks);
    put_u32(&body, len);
    put_u32(&body, len + 1000);
    put_data(&body, seed, len);
    put(&body, "\0\0\0", (4 - len % 4) % 4);
    put_option(&body, 1, "a comment", 9);
    put_option(&body, 0, "", 0);
    put_block(m, EPB, &body);
}

static void put_obsolete_packet(struct made *m, uint16_t interface, uint64_t ticks, uint32_t seed, uint32_t len) {
    struct made body = {.big = m->big};
    put_u16(&body, interface);
    put_u16(&body, 0xffff); /* drops are not known */
    put_u32(&body, (uint32_t)(ticks >> 32));
    put_u32(&body, (uint32_t)ticks);
    put_u32(&body, len);
    put_u32(&body, len);
    put_data(&body, seed, len);
    put_block(m, PB, &body);
}

static void put_simple_packet(struct made *m, uint32_t original, uint32_t seed, uint32_t len) {
    struct made body = {.big = m->big};
    put_u32(&body, original);
    put_data(&body, seed, len);
    put_block(m, SPB, &body);
}

static void put_statistics(struct made *m, uint32_t interface, uint64_t ifdrop, uint64_t osdrop) {
    struct made body = {.big = m->big}, number = {.big = m->big};
    put_u32(&body, interface);
    put_number(&body, 0, 8);
    put_number(&number, ifdrop, 8);
    put_number(&number, osdrop, 8);
    put_option(&body, 5, number.file.p, 8);
    put_option(&body, 7, number.file.p + 8, 8);
    buffer_clear(&number.file);
    put_block(m, ISB, &body);
}

static void put_other(struct made *m, uint32_t type, const void *p, size_t len) {
    struct made body = {.big = m->big};
    put(&body, p, len);
    put_block(m, type, &body);
}

START_TEST(sections_and_interfaces_may_differ_in_everything) {
    struct made m = {.big = _i & 1};
    put_section(&m);
    put_interface(&m, 1, 0, 6, 0);
    put_interface(&m, 113, 0, 9, 0);
    put_packet(&m, 0, 1700000000 * 1000000ULL + 5, 1, 61);
    put_packet(&m, 1, 1700000000 * 1000000000ULL + 7, 2, 62);
    m.big = (_i & 2) != 0; /* another section, perhaps in another byte order, whose interfaces begin at 0 again */
    put_section(&m);
    put_interface(&m, 276, 0, 3, 0);
    put_packet(&m, 0, 1700000000 * 1000ULL, 3, 63);
    given_read_made(&given, &m, m.file.len);
    static const uint32_t link_types[] = {1, 113, 276};
    static const int64_t fractions[] = {5000, 7, 0};
    ck_assert_str_eq(given.warning, "");
    ck_assert_uint_eq(given.num_frames, 3);
    for (uint32_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(given.frames[i].number, i + 1);
        ck_assert_uint_eq(given.frames[i].link_type, link_types[i]);
        ck_assert_int_eq(given.frames[i].time_ns, 1700000000 * NS + fractions[i]);
        ck_assert_uint_eq(given.frames[i].len, 61 + i);
        ck_assert_uint_eq(given.frames[i].original_len, 1061 + i);
        ck_assert_uint_eq(given.sums[i], sum_of_data(i + 1, 61 + i));
    }
    buffer_clear(&m.file);
}
END_TEST

/* The draft, 4.2: if_tsresol 6 is microseconds, 0x8a is 1/1024 of a second; if_tsoffset is in seconds. */
static const struct {
    uint8_t resolution;
    int64_t offset;
    uint64_t ticks;
    int64_t time_ns;
} clocks[] = {
        {6, 0, 1500000, 1500000000},
        {0, 0, 15, 15 * NS},
        {3, 0, 1500, 1500000000},
        {9, 0, 1500000001, 1500000001},
        {12, 0, 1500000001999, 1500000001},
        {19, 0, 15000000000000000000u, 1500000000},
        {127, 0, UINT64_MAX, 0},
        {0x80, 0, 3, 3 * NS},
        {0x81, 0, 3, 1500000000},
        {0x8a, 0, 1536, 1500000000},
        {0xa0, 0, 0x180000000, 1500000000},
        {0xbf, 0, 0xc000000000000000, 1500000000},
        {0xff, 0, UINT64_MAX, 0},
        {6, 1700000000, 1500000, 1700000001500000000},
        {6, -1, 1500000, 500000000},
        {6, -2, 1500000, 0},
        {6, INT64_MAX, 1, INT64_MAX / 2},
        {6, INT64_MIN, 1, 0},
        {0, 0, UINT64_MAX, INT64_MAX / 2},
        {0x80, 0, UINT64_MAX, INT64_MAX / 2},
};

START_TEST(a_clock_is_understood) {
    struct made m = {0};
    put_section(&m);
    put_interface(&m, 1, 0, clocks[_i].resolution, clocks[_i].offset);
    put_packet(&m, 0, clocks[_i].ticks, 1, 60);
    given_read_made(&given, &m, m.file.len);
    ck_assert_uint_eq(given.num_frames, 1);
    ck_assert_msg(given.frames[0].time_ns == clocks[_i].time_ns, "resolution %d offset %lld: %lld instead of %lld", clocks[_i].resolution,
                  (long long)clocks[_i].offset, (long long)given.frames[0].time_ns, (long long)clocks[_i].time_ns);
    buffer_clear(&m.file);
}
END_TEST

START_TEST(simple_and_obsolete_packets_are_packets) {
    struct made m = {.big = _i};
    put_section(&m);
    put_interface(&m, 1, 64, 6, 0);
    put_obsolete_packet(&m, 0, 1000000, 1, 61);
    put_simple_packet(&m, 1500, 2, 64); /* cut by the snapshot length */
    put_simple_packet(&m, 61, 3, 61);   /* three bytes of padding are not of it */
    given_read_made(&given, &m, m.file.len);
    ck_assert_uint_eq(given.num_frames, 3);
    ck_assert_int_eq(given.frames[0].time_ns, NS);
    ck_assert_uint_eq(given.frames[1].len, 64);
    ck_assert_uint_eq(given.frames[1].original_len, 1500);
    ck_assert_int_eq(given.frames[1].time_ns, NS);
    ck_assert_uint_eq(given.frames[2].len, 61);
    ck_assert_uint_eq(given.sums[2], sum_of_data(3, 61));
    buffer_clear(&m.file);
}
END_TEST

START_TEST(drops_and_secrets_are_counted) {
    struct made m = {.big = _i};
    put_section(&m);
    put_interface(&m, 1, 0, 6, 0);
    put_interface(&m, 1, 0, 6, 0);
    put_statistics(&m, 0, 3, 0);
    put_statistics(&m, 1, 0, 10);
    put_statistics(&m, 0, 5, 1); /* counted since the beginning */
    put_statistics(&m, 7, 5, 1); /* of no interface */
    put_other(&m, DSB, "KSLT\4\0\0\0abc\n", 12);
    given_read_made(&given, &m, m.file.len);
    ck_assert_str_eq(given.warning, "");
    ck_assert_uint_eq(given.statistics.kernel_drops, 16);
    ck_assert_uint_eq(given.statistics.secrets, 1);
    buffer_clear(&m.file);
}
END_TEST

/* Which of them count was found out with tshark 4.0, and is asked of the tshark that is there. */
static void put_all_kinds(struct made *m) {
    static const char journal[] = "__CURSOR=x\n__REALTIME_TIMESTAMP=1422625157605000\nMESSAGE=hi\n\n";
    put_section(m);
    put_interface(m, 1, 0, 6, 0);
    put_packet(m, 0, 1, 1, 60);
    put_other(m, JOURNAL, journal, sizeof journal - 1);
    put_packet(m, 0, 2, 2, 60);
    put_other(m, CUSTOM, "\xd9\x7e\0\0abcd", 8);
    put_other(m, CUSTOM_NOT_COPIED, "\xd9\x7e\0\0abcd", 8);
    put_packet(m, 0, 3, 3, 60);
    put_other(m, 0x12345, "abcd", 4);
    put_other(m, NRB, "\0\0\0\0", 4);
    put_packet(m, 0, 4, 4, 60);
    put_other(m, SYSDIG, "\0\0\x40\x1b\x24\xd7\xf1\x24\xbe\x13\1\0\0\0\0\0\0\0\x22\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0", 36);
    put_packet(m, 0, 5, 5, 60);
}

START_TEST(numbers_are_those_of_wireshark) {
    struct made m = {0};
    char command[512], line[64];
    put_all_kinds(&m);
    const char *path = made_write(&m, m.file.len, "kinds.pcapng");
    given_read_file(&given, path);
    ck_assert_uint_eq(given.num_frames, 5);
    snprintf(command, sizeof command, "tshark -r %s -Y arp -T fields -e frame.number 2>/dev/null", path);
    FILE *tshark = popen(command, "r");
    size_t n = 0;
    while (fgets(line, sizeof line, tshark) != NULL) {
        ck_assert_uint_lt(n, 5);
        ck_assert_uint_eq(given.frames[n++].number, strtoul(line, NULL, 10));
    }
    if (pclose(tshark) != 0) {
        fprintf(stderr, "SKIPPED: no tshark to compare numbers with\n");
    } else {
        ck_assert_uint_eq(n, 5);
    }
    buffer_clear(&m.file);
}
END_TEST

START_TEST(every_prefix_gives_its_whole_packets) {
    struct made m = {.big = _i};
    size_t ends[4], num_ends = 0;
    put_section(&m);
    put_interface(&m, 1, 0, 9, 3);
    for (uint32_t i = 0; i < 2; i++) {
        put_packet(&m, 0, i, i, 30 + i);
        ends[num_ends++] = m.file.len;
        put_simple_packet(&m, 33, i, 33);
        ends[num_ends++] = m.file.len;
    }
    put_statistics(&m, 0, 1, 1);
    for (size_t len = 0; len <= m.file.len; len++) {
        given_read_made(&given, &m, len);
        size_t whole = 0;
        while (whole < num_ends && len >= ends[whole]) {
            whole++;
        }
        ck_assert_int_eq(given.result, len < 24 ? CAPTURE_ERROR : CAPTURE_END);
        ck_assert_uint_eq(given.num_frames, whole);
        ck_assert_uint_le(given.num_warnings, 1);
    }
    ck_assert_str_eq(given.warning, "");
    buffer_clear(&m.file);
}
END_TEST

/* Each damages one place of a file of a section (28 bytes), an interface (20) and two packets. */
static const struct {
    const char *name;
    size_t at; /* from the beginning of the second packet's block */
    uint32_t value;
    const char *said;
} damages[] = {
        {"a length of nothing", 4, 0, "a block's length is absurd"},
        {"a length below its own size", 4, 8, "a block's length is absurd"},
        {"a length that is not of words", 4, 97, "a block's length is absurd"},
        {"a length without end", 4, 0xfffffff0, "a block's length is absurd"},
        {"a second length that differs", 108, 0, "a block's two lengths differ"},
        {"an interface that is not there", 8, 1, "a packet that contradicts itself"},
        {"a packet longer than its block", 20, 1000, "a packet that contradicts itself"},
};

START_TEST(damage_ends_the_file_and_says_where) {
    struct made m = {0}, value = {0};
    put_section(&m);
    put_interface(&m, 1, 0, 6, 0);
    put_packet(&m, 0, 1, 1, 60);
    size_t begin = m.file.len;
    put_packet(&m, 0, 2, 2, 60);
    ck_assert_uint_eq(m.file.len, begin + 112);
    put_u32(&value, damages[_i].value);
    memcpy(m.file.p + begin + damages[_i].at, value.file.p, 4);
    given_read_made(&given, &m, m.file.len);
    char expected[128];
    snprintf(expected, sizeof expected, "damaged at byte %zu: %s: analysed up to there, 1 packet", begin, damages[_i].said);
    ck_assert_msg(strstr(given.warning, expected) != NULL, "%s: %s", damages[_i].name, given.warning);
    ck_assert_uint_eq(given.num_frames, 1);
    buffer_clear(&value.file);
    buffer_clear(&m.file);
}
END_TEST

/* Any byte changed to any of these: what comes out must be sound, whatever it is. */
START_TEST(no_changed_byte_does_harm) {
    static const uint8_t changes[] = {0, 1, 0x7f, 0x80, 0xff};
    struct made m = {.big = _i};
    put_all_kinds(&m);
    put_obsolete_packet(&m, 0, 1, 1, 61);
    put_simple_packet(&m, 61, 1, 61);
    put_statistics(&m, 0, 1, 1);
    for (size_t i = 0; i < m.file.len; i++) {
        uint8_t before = m.file.p[i];
        m.file.p[i] = changes[i % 5];
        given_read_made(&given, &m, m.file.len);
        ck_assert_uint_le(given.num_frames, 7);
        m.file.p[i] = before;
    }
    buffer_clear(&m.file);
}
END_TEST

static const struct {
    const char *format;
    const char *refused; /* NULL: it is read */
    int64_t tick_ns;
} formats[] = {
        {"pcap", NULL, 1000},
        {"nsecpcap", NULL, 1},
        {"modpcap", NULL, 1000},
        {"pcapng", NULL, 1},
        {"snoop", "Sun snoop", 0},
        {"netmon2", "Network Monitor", 0},
        {"netmon1", "Network Monitor 1", 0},
        {"ngsniffer", "Sniffer", 0},
        {"ngwsniffer_2_0", "NetXRay", 0},
        {"observer", "Observer", 0},
        {"visual", "Visual Networks", 0},
};

START_TEST(files_of_wiresharks_editcap_are_read_or_refused_by_name) {
    struct made m = {0};
    char command[512], path[256];
    put_pcap_header(&m, 0xa1b23c4d, 4, 1);
    for (uint32_t i = 0; i < 50; i++) {
        put_pcap_packet(&m, 1700000000 + i, 123456789, i, 60 + i);
    }
    snprintf(path, sizeof path, "%s/converted", made_folder());
    snprintf(command, sizeof command, "editcap -F %s %s %s >/dev/null 2>&1", formats[_i].format, made_write(&m, m.file.len, "plain.pcap"),
             path);
    if (system(command) != 0) {
        fprintf(stderr, "SKIPPED: no editcap that writes %s\n", formats[_i].format);
        buffer_clear(&m.file);
        return;
    }
    given_read_file(&given, path);
    if (formats[_i].refused != NULL) {
        ck_assert_msg(strstr(given.error, formats[_i].refused) != NULL, "%s: %s", formats[_i].format, given.error);
        buffer_clear(&m.file);
        return;
    }
    ck_assert_uint_eq(given.num_frames, 50);
    for (uint32_t i = 0; i < 50; i++) {
        ck_assert_int_eq(given.frames[i].time_ns, (1700000000 + i) * NS + 123456789 / formats[_i].tick_ns * formats[_i].tick_ns);
        ck_assert_uint_eq(given.sums[i], sum_of_data(i, 60 + i));
    }
    buffer_clear(&m.file);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("pcapng");
    TCase *tests = tcase_create("pcapng");
    made_folder();
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, sections_and_interfaces_may_differ_in_everything, 0, 4);
    tcase_add_loop_test(tests, a_clock_is_understood, 0, sizeof clocks / sizeof clocks[0]);
    tcase_add_loop_test(tests, simple_and_obsolete_packets_are_packets, 0, 2);
    tcase_add_loop_test(tests, drops_and_secrets_are_counted, 0, 2);
    tcase_add_test(tests, numbers_are_those_of_wireshark);
    tcase_add_loop_test(tests, every_prefix_gives_its_whole_packets, 0, 2);
    tcase_add_loop_test(tests, damage_ends_the_file_and_says_where, 0, sizeof damages / sizeof damages[0]);
    tcase_add_loop_test(tests, no_changed_byte_does_harm, 0, 2);
    tcase_add_loop_test(tests, files_of_wiresharks_editcap_are_read_or_refused_by_name, 0, sizeof formats / sizeof formats[0]);
    suite_add_tcase(suite, tests);
    int status = tap_run(suite);
    made_folder_remove();
    return status;
}
