#include "report/annotated.h"

#include "base/limits.h"
#include "report/annotated_notes.h"
#include "report/groups.h"
#include "report/pcapng_writer.h"

#include <arpa/inet.h>
#include <stdlib.h>

#define LATE_NS (60 * SECOND_NS) /* packets that come so long after a connection's end are of it, unless a SYN came */
#define MOST_INTERFACES 1024     /* pairs of link type and resolution; more than there are */

enum phase { PHASE_BEFORE, PHASE_IN, PHASE_BEHIND, PHASE_OVER };

/* A conversation whose frames are wanted. */
struct wanted {
    struct tlswatch_mark start, end;
    struct note *notes;
    size_t num_notes;
    enum phase phase;
    struct wanted *next; /* between the same endpoints, in the order in which they ended */
};

struct endpoints {
    struct wanted *first, *last;
};

/* Fragments of IP have no ports: those between two hosts are taken, while one of their conversations lasts. */
struct hosts {
    int64_t first_ns, last_ns;
};

struct interface {
    uint32_t link_type;
    uint8_t time_digits;
};

struct annotated {
    bool all;
    struct groups endpoints, hosts;
    struct tlswatch_decoder *decoder;
    struct report_sink *sink;
    struct interface interfaces[MOST_INTERFACES];
    uint32_t num_interfaces;
    struct interface first; /* of all frames, wanted or not */
    uint64_t classes[TEXT_MIDDLE + 1];
    uint64_t causes[TLSWATCH_NUM_CAUSES];
    uint64_t num_wanted, left_out;
    const char *file; /* the name told last */
};

static bool make_tables(struct annotated *a) {
    return groups_init(&a->endpoints, sizeof(struct endpoints), LIMIT_ANNOTATED, LIMIT_ANNOTATED_BYTES) &&
           groups_init(&a->hosts, sizeof(struct hosts), LIMIT_ANNOTATED, LIMIT_ANNOTATED_BYTES);
}

struct annotated *annotated_new(bool all) {
    struct annotated *a = calloc(1, sizeof *a);
    if (a != NULL) {
        a->all = all;
        a->decoder = tlswatch_decoder_new();
    }
    if (a == NULL || a->decoder == NULL || !make_tables(a)) {
        annotated_free(a);
        return NULL;
    }
    return a;
}

void annotated_free(struct annotated *a) {
    if (a != NULL) {
        tlswatch_decoder_free(a->decoder);
        groups_clear(&a->endpoints);
        groups_clear(&a->hosts);
        free(a);
    }
}

void annotated_forget(struct annotated *a) {
    groups_clear(&a->endpoints);
    groups_clear(&a->hosts);
    memset(a->classes, 0, sizeof a->classes);
    memset(a->causes, 0, sizeof a->causes);
    a->num_wanted = a->left_out = 0;
    a->file = NULL;
}

uint64_t annotated_left_out(const struct annotated *a) {
    return a->left_out;
}

/* --- Keys: both directions have the same --- */

struct key {
    uint8_t bytes[37];
};

static struct key key_of(const struct tlswatch_frame_ends *ends, bool with_ports) {
    struct key key = {.bytes = {ends->ipv6}};
    uint8_t sides[2][18] = {{0}};
    memcpy(sides[0], ends->source, 16);
    memcpy(sides[1], ends->destination, 16);
    for (int i = 0; i < 2 && with_ports; i++) {
        uint16_t port = i == 0 ? ends->source_port : ends->destination_port;
        sides[i][16] = (uint8_t)(port >> 8);
        sides[i][17] = (uint8_t)port;
    }
    bool swapped = memcmp(sides[0], sides[1], sizeof sides[0]) > 0;
    memcpy(key.bytes + 1, sides[swapped], 18);
    memcpy(key.bytes + 19, sides[!swapped], 18);
    return key;
}

static struct bytes key_bytes(const struct key *key) {
    return bytes_of(key->bytes, sizeof key->bytes);
}

static bool ends_of(const struct tlswatch_record *record, struct tlswatch_frame_ends *out) {
    int family = record->ipv6 ? AF_INET6 : AF_INET;
    *out = (struct tlswatch_frame_ends){.source_port = record->client.port, .destination_port = record->server.port, .ipv6 = record->ipv6};
    return inet_pton(family, record->client.ip, out->source) == 1 && inet_pton(family, record->server.ip, out->destination) == 1;
}

/* --- Conversations come in --- */

static const char *file_name(struct annotated *a, const char *name) {
    if (name != NULL && (a->file == NULL || strcmp(a->file, name) != 0)) {
        a->file = groups_text(&a->endpoints, name);
    }
    return name != NULL ? a->file : NULL;
}

static bool keep_notes(struct annotated *a, struct wanted *wanted, const struct notes *notes) {
    wanted->notes = arena_alloc(&a->endpoints.arena, (notes->num + 1) * sizeof *wanted->notes);
    if (wanted->notes == NULL) {
        return false;
    }
    for (size_t i = 0; i < notes->num; i++) {
        struct note *note = &wanted->notes[wanted->num_notes++];
        *note = notes->items[i];
        note->mark.file = file_name(a, note->mark.file);
        note->text = groups_text(&a->endpoints, note->text);
        if (note->text == NULL) {
            return false;
        }
    }
    return true;
}

static struct wanted *new_wanted(struct annotated *a, const struct tlswatch_record *record) {
    struct notes notes = {.num = 0};
    struct wanted *wanted = a->num_wanted < LIMIT_ANNOTATED ? arena_alloc(&a->endpoints.arena, sizeof *wanted) : NULL;
    if (wanted == NULL) {
        return NULL;
    }
    notes_collect(&notes, record);
    wanted->start = record->start;
    wanted->end = record->end;
    wanted->start.file = file_name(a, record->start.file);
    wanted->end.file = file_name(a, record->end.file);
    bool kept = keep_notes(a, wanted, &notes);
    notes_clear(&notes);
    return kept ? wanted : NULL;
}

static bool add_hosts(struct annotated *a, const struct tlswatch_frame_ends *ends, const struct tlswatch_record *record) {
    struct key key = key_of(ends, false);
    bool known = groups_find(&a->hosts, key_bytes(&key)) != NULL;
    struct hosts *hosts = groups_add(&a->hosts, key_bytes(&key));
    if (hosts == NULL) {
        return false;
    }
    if (!known || record->start.time_ns < hosts->first_ns) {
        hosts->first_ns = record->start.time_ns;
    }
    if (!known || record->end.time_ns > hosts->last_ns) {
        hosts->last_ns = record->end.time_ns;
    }
    return true;
}

static bool add(struct annotated *a, const struct tlswatch_record *record) {
    struct tlswatch_frame_ends ends;
    if (!ends_of(record, &ends) || !add_hosts(a, &ends, record)) {
        return false;
    }
    struct key key = key_of(&ends, true);
    struct endpoints *endpoints = groups_add(&a->endpoints, key_bytes(&key));
    struct wanted *wanted = endpoints != NULL ? new_wanted(a, record) : NULL;
    if (wanted == NULL) {
        return false;
    }
    if (endpoints->first == NULL) {
        endpoints->first = wanted;
    } else {
        endpoints->last->next = wanted;
    }
    endpoints->last = wanted;
    return true;
}

void annotated_record(struct annotated *a, const struct tlswatch_record *record) {
    enum text_class as = text_report_class(record);
    a->classes[as]++;
    if (as != TEXT_FAILED && as != TEXT_DOUBTFUL && !a->all) {
        return;
    }
    a->causes[record->cause]++;
    if (add(a, record)) {
        a->num_wanted++;
    } else {
        a->left_out++;
    }
}

/* --- The file --- */

static void write_block(struct annotated *a, const struct pcapng_writer *w) {
    if (w->failed) {
        a->sink->dropped++;
    }
    report_sink_write(a->sink);
}

void annotated_begin(struct annotated *a, struct report_sink *sink) {
    struct pcapng_writer w = {.out = &sink->block};
    struct buffer comment = {0};
    a->sink = sink;
    a->num_interfaces = 0;
    a->first = (struct interface){0, 6};
    sink->block.len = 0;
    notes_summary(&comment, a->classes, a->causes, a->num_wanted);
    pcapng_section(&w, "tlswatch " TLSWATCH_VERSION, (const char *)comment.p);
    buffer_clear(&comment);
    write_block(a, &w);
}

void annotated_secrets(struct annotated *a, uint32_t type, const uint8_t *data, size_t len) {
    struct pcapng_writer w = {.out = &a->sink->block};
    pcapng_secrets(&w, type, bytes_of(data, len));
    write_block(a, &w);
}

/* An interface for each link type and resolution, in the order in which they come. */
static uint32_t interface_of(struct annotated *a, struct pcapng_writer *w, const struct tlswatch_frame *frame) {
    for (uint32_t i = 0; i < a->num_interfaces; i++) {
        if (a->interfaces[i].link_type == frame->link_type && a->interfaces[i].time_digits == frame->time_digits) {
            return i;
        }
    }
    if (a->num_interfaces == MOST_INTERFACES) {
        w->failed = true;
        return 0;
    }
    pcapng_interface(w, frame->link_type, frame->time_digits);
    a->interfaces[a->num_interfaces] = (struct interface){frame->link_type, frame->time_digits};
    return a->num_interfaces++;
}

static bool is_there(const struct tlswatch_mark *mark, const struct tlswatch_frame *frame) {
    return mark->frame == frame->number &&
           (mark->file == frame->file || (mark->file != NULL && frame->file != NULL && strcmp(mark->file, frame->file) == 0));
}

static const char *comment_of(const struct wanted *wanted, const struct tlswatch_frame *frame) {
    for (size_t i = 0; i < wanted->num_notes; i++) {
        if (is_there(&wanted->notes[i].mark, frame)) {
            return wanted->notes[i].text;
        }
    }
    return NULL;
}

static void write_frame(struct annotated *a, const struct tlswatch_frame *frame, const char *comment) {
    struct pcapng_writer w = {.out = &a->sink->block};
    uint32_t interface = interface_of(a, &w, frame);
    if (!w.failed) {
        pcapng_packet(&w, interface, frame->time_digits, frame, comment);
    }
    write_block(a, &w);
}

/* Does the frame belong to this one? Its phase goes on. */
static bool step(struct wanted *wanted, const struct tlswatch_frame *frame, bool opens) {
    switch (wanted->phase) {
    case PHASE_BEFORE:
        if (!is_there(&wanted->start, frame)) {
            return false;
        }
        wanted->phase = is_there(&wanted->end, frame) ? PHASE_BEHIND : PHASE_IN;
        return true;
    case PHASE_IN:
        wanted->phase = is_there(&wanted->end, frame) ? PHASE_BEHIND : PHASE_IN;
        return true;
    case PHASE_BEHIND:
        wanted->phase = opens || frame->time_ns - wanted->end.time_ns > LATE_NS ? PHASE_OVER : PHASE_BEHIND;
        return wanted->phase == PHASE_BEHIND;
    case PHASE_OVER:
        break;
    }
    return false;
}

static void take_segment(struct annotated *a, struct endpoints *endpoints, const struct tlswatch_frame *frame, bool opens) {
    for (struct wanted *wanted = endpoints->first; wanted != NULL; wanted = wanted->next) {
        /* Where the next one begins, what is behind the end of this one no longer counts for it. */
        bool next_begins = wanted->phase == PHASE_BEHIND && wanted->next != NULL && is_there(&wanted->next->start, frame);
        if (!next_begins && step(wanted, frame, opens)) {
            write_frame(a, frame, comment_of(wanted, frame));
            return;
        }
        if ((wanted->phase == PHASE_OVER || next_begins) && wanted == endpoints->first) {
            endpoints->first = wanted->next;
        } else if (wanted->phase == PHASE_BEFORE) {
            return; /* those behind it ended later */
        }
    }
}

/* A file without an interface is no capture to editcap. */
void annotated_end(struct annotated *a) {
    struct pcapng_writer w = {.out = &a->sink->block};
    if (a->num_interfaces == 0) {
        pcapng_interface(&w, a->first.link_type, a->first.time_digits);
        write_block(a, &w);
    }
}

void annotated_frame(struct annotated *a, const struct tlswatch_frame *frame) {
    struct tlswatch_frame_ends ends;
    if (a->first.link_type == 0) {
        a->first = (struct interface){frame->link_type, frame->time_digits};
    }
    if (!tlswatch_decoder_ends(a->decoder, frame, &ends)) {
        return;
    }
    bool fragment = ends.source_port == 0 && ends.destination_port == 0;
    struct key key = key_of(&ends, !fragment);
    if (!fragment) {
        struct endpoints *endpoints = groups_find(&a->endpoints, key_bytes(&key));
        if (endpoints != NULL) {
            take_segment(a, endpoints, frame, ends.opens);
        }
        return;
    }
    const struct hosts *hosts = groups_find(&a->hosts, key_bytes(&key));
    if (hosts != NULL && frame->time_ns >= hosts->first_ns - SECOND_NS && frame->time_ns <= hosts->last_ns + SECOND_NS) {
        write_frame(a, frame, NULL);
    }
}
