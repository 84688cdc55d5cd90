/*
 * A thousand conversations at once, in a capture with everything that a network does to packets: all are found, and what is
 * said of each is what is said without all that.
 */
#include <stdio.h>

#include "files.h"
#include "rewrite.h"
#include "tap.h"

enum { CONVERSATIONS = 1000, NUM_SEEDS = 2 };

static struct names captures;

static void put_16(uint8_t *p, uint16_t value) {
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

/* The client has an address and ports of its own for each conversation; ports of the server have a meaning and stay. */
static bool move_client(struct packet *packet, uint16_t server_port, unsigned number) {
    struct tcp_place place;
    if (!find_tcp(packet, &place)) {
        return false;
    }
    uint8_t *tcp = packet->data + place.tcp, *ip = packet->data + place.ip.at;
    bool from_server = (tcp[0] << 8 | tcp[1]) == server_port;
    bool version_4 = place.ip.type == 0x0800;
    uint8_t *address = ip + (version_4 ? (from_server ? 16 : 12) + 2 : (from_server ? 24 : 8) + 14);
    put_16(tcp + (from_server ? 2 : 0), (uint16_t)(10000 + number));
    put_16(address, (uint16_t)(0x4000 + number));
    if (version_4) {
        ip_checksum(ip);
    }
    return true;
}

/* The first packet is the client's. */
static uint16_t server_port_of(const struct packets *packets) {
    struct tcp_place place;
    if (packets->num == 0 || !find_tcp(&packets->v[0], &place)) {
        return 0;
    }
    const uint8_t *tcp = packets->v[0].data + place.tcp;
    return (uint16_t)(tcp[2] << 8 | tcp[3]);
}

struct lane {
    struct packets packets;
    size_t next;
    int64_t shift; /* to the time at which this conversation begins */
};

/* One connection of the captures, in turn, as the conversation of that number. */
static void fill_lane(struct lane *lane, const struct packets *connection, unsigned number, bool storm) {
    struct packets moved = {0};
    packets_copy_all(&moved, connection);
    uint16_t server_port = server_port_of(&moved);
    for (size_t i = 0; i < moved.num; i++) {
        ck_assert(move_client(&moved.v[i], server_port, number));
    }
    *lane = (struct lane){0};
    if (storm) {
        ck_assert(rewrite_storm(&moved, &lane->packets, number + 1));
        packets_clear(&moved);
    } else {
        lane->packets = moved;
    }
    lane->shift = (int64_t)number * 1000000 - lane->packets.v[0].time_ns + INT64_C(1795300000) * 1000000000;
}

/* All of them, by time: each begins a millisecond behind the one before. */
static void merge(struct lane *lanes, size_t num, struct packets *out) {
    for (;;) {
        struct lane *first = NULL;
        for (size_t i = 0; i < num; i++) {
            struct lane *lane = &lanes[i];
            if (lane->next < lane->packets.num && (first == NULL || lane->packets.v[lane->next].time_ns + lane->shift <
                                                                            first->packets.v[first->next].time_ns + first->shift)) {
                first = lane;
            }
        }
        if (first == NULL) {
            return;
        }
        packets_copy(out, &first->packets.v[first->next++]);
        out->v[out->num - 1].time_ns += first->shift;
    }
}

static struct packets *connections;
static size_t num_connections;

/* A connection that was refused, or not answered, is no conversation. */
static bool carries_data(const struct packets *connection) {
    struct tcp_place place;
    for (size_t i = 0; i < connection->num; i++) {
        if (find_tcp(&connection->v[i], &place) && place.payload_len > 0) {
            return true;
        }
    }
    return false;
}

/* Those with two closings at once, or ports used twice, have no order that is the true one. */
static void collect_connections(void) {
    for (size_t i = 0; i < captures.num; i++) {
        struct packets packets = {0}, *sets;
        packets_read(&packets, captures.v[i], 0);
        size_t num = split_connections(&packets, &sets);
        for (size_t j = 0; j < num; j++) {
            if (!carries_data(&sets[j]) || closings_cross(&sets[j]) || begins_twice(&sets[j])) {
                packets_clear(&sets[j]);
                continue;
            }
            connections = realloc(connections, (num_connections + 1) * sizeof *connections);
            connections[num_connections++] = sets[j];
        }
        free(sets);
        packets_clear(&packets);
    }
}

static void clear_lanes(struct lane *lanes, size_t num) {
    for (size_t i = 0; i < num; i++) {
        packets_clear(&lanes[i].packets);
        lanes[i] = (struct lane){0};
    }
}

/* Every connection once in quiet: certificates that were seen elsewhere have a part in verdicts, and which were seen before
 * must not depend on the storm. Then the crowd. */
static void crowd(struct packets *out, bool storm, unsigned seed) {
    static struct lane lanes[CONVERSATIONS];
    unsigned quiet = (unsigned)num_connections;
    for (unsigned i = 0; i < quiet; i++) {
        fill_lane(&lanes[i], &connections[i], i, false);
    }
    merge(lanes, quiet, out);
    clear_lanes(lanes, quiet);
    for (unsigned i = 0; i < CONVERSATIONS; i++) {
        fill_lane(&lanes[i], &connections[(i + seed) % quiet], quiet + i, storm);
        lanes[i].shift += INT64_C(60) * 1000000000;
    }
    merge(lanes, CONVERSATIONS, out);
    clear_lanes(lanes, CONVERSATIONS);
    packets_number(out);
}

START_TEST(a_thousand_conversations_are_found_and_judged_as_in_a_quiet_network) {
    struct packets quiet = {0}, stormy = {0};
    struct outcomes wanted, have;
    crowd(&quiet, false, (unsigned)_i);
    crowd(&stormy, true, (unsigned)_i);
    outcomes_of(&wanted, &quiet, IGNORE_REPEATS);
    outcomes_of(&have, &stormy, IGNORE_REPEATS);
    ck_assert_uint_eq(wanted.num, num_connections + CONVERSATIONS);
    char *difference = outcomes_differ(&wanted, &have);
    ck_assert_msg(difference == NULL, "%s", difference);
    outcomes_clear(&wanted);
    outcomes_clear(&have);
    packets_clear(&quiet);
    packets_clear(&stormy);
}
END_TEST

int main(void) {
    names_find_captures(&captures, getenv("PCAPS"));
    collect_connections();
    if (num_connections == 0 || num_connections > CONVERSATIONS) {
        printf("1..0 # SKIP there are no captures\n");
        return EXIT_SUCCESS;
    }
    Suite *suite = suite_create("thousand");
    TCase *tcase = tcase_create("thousand");
    tcase_set_timeout(tcase, 600);
    tcase_add_loop_test(tcase, a_thousand_conversations_are_found_and_judged_as_in_a_quiet_network, 0, NUM_SEEDS);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
