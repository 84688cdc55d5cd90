/* What is in the captures: frames, streams, records, messages, certificates, each for its target. */
#include "base/siphash.h"
#include "capture/capture.h"
#include "flow/flow.h"
#include "make_corpus.h"
#include "report/pem.h"
#include "tls/conversation.h"

#include <stdio.h>
#include <stdlib.h>

enum { LONGEST = 20000, FRAMES_EACH = 8 };

struct stream_seed {
    struct seed *seed;      /* written for the targets */
    struct seed chunks;     /* the conversation, as chunks */
    struct buffer bytes[2]; /* each direction */
    struct conversation conversation;
    bool late[2];
};

static enum flow_want on_data(void *user, struct flow *flow, enum direction sender, struct bytes data, struct tlswatch_mark mark) {
    struct stream_seed *s = flow->reader;
    if (s == NULL) {
        s = flow->reader = calloc(1, sizeof *s);
        s->seed = user;
        s->chunks.folder = s->seed->folder;
        conversation_init(&s->conversation, FORWARD, NULL);
        seed_u8(&s->chunks, 0);
        seed_u8(&s->chunks, 255);
    }
    seed_chunk(&s->chunks, (uint8_t)sender, data);
    buffer_append(&s->bytes[sender], data, LONGEST);
    if (!s->late[sender]) {
        s->late[sender] = !conversation_data(&s->conversation, sender, data, mark);
    }
    return FLOW_MORE;
}

static enum flow_want on_gap(void *user, struct flow *flow, enum direction sender, uint64_t len, struct tlswatch_mark mark) {
    (void)user, (void)flow, (void)sender, (void)len, (void)mark;
    return FLOW_MORE;
}

static void on_late(void *user, struct flow *flow, enum direction sender, struct bytes payload, struct tlswatch_mark mark) {
    (void)user, (void)flow, (void)sender, (void)payload, (void)mark;
}

static void write_message(struct stream_seed *s, const struct handshake_message *message) {
    struct bytes body = conversation_body(&s->conversation, message);
    seed_u8(s->seed, message->type);
    seed_u16(s->seed, s->conversation.version);
    seed_u16(s->seed, s->conversation.cipher_suite);
    seed_bytes(s->seed, body);
    seed_write(s->seed, "handshake", false);
}

/* The certificates of a message, each with this tag: see fuzz_certificate.c. */
static void put_chain(struct stream_seed *s, struct bytes body, uint8_t tag) {
    struct seed single = {.folder = s->seed->folder};
    struct bytes list, der;
    if (!certificate_list_parse(body, &list)) {
        return;
    }
    while (certificate_list_next(&list, &der)) {
        seed_chunk(s->seed, tag, der);
        seed_bytes(&single, der);
        seed_write(&single, "outline", true);
        seed_write(&single, "facts", false);
    }
}

/* The names that are advertised, also each of them twice; and while an allocation fails. */
static void write_names(struct seed *seed, struct bytes names) {
    struct buffer twice = {0};
    buffer_append(&twice, names, SIZE_MAX / 2);
    buffer_append(&twice, names, SIZE_MAX / 2);
    seed_chunk(seed, 1, buffer_bytes(&twice));
    seed_write(seed, "certificate", false);
    for (uint8_t n = 1; n < 64; n++) {
        seed_chunk(seed, (uint8_t)(n << 2 | 1), n % 2 != 0 ? names : buffer_bytes(&twice));
        seed_write(seed, "certificate", false);
    }
    buffer_clear(&twice);
}

static void put_names(struct stream_seed *s, struct bytes body) {
    struct seed single = {.folder = s->seed->folder};
    struct certificate_request request;
    if (certificate_request_parse(body, s->conversation.version, &request)) {
        seed_chunk(s->seed, 1, request.certificate_authorities);
        if (request.certificate_authorities.len > 0 && request.certificate_authorities.len < LONGEST) {
            write_names(&single, request.certificate_authorities);
        }
    }
}

static void put_each(struct stream_seed *s, enum handshake_type type, uint8_t tag) {
    for (size_t i = 0; i < s->conversation.num_messages; i++) {
        const struct handshake_message *message = &s->conversation.messages[i];
        struct bytes body = conversation_body(&s->conversation, message);
        if (message->type != type) {
            continue;
        }
        if (type == CERTIFICATE) {
            put_chain(s, body, tag);
        } else {
            put_names(s, body);
        }
    }
}

/* All certificates of a conversation: read, held against the names that were advertised, and a signature that is none;
 * then only noted before one of them is read. */
static void write_certificates(struct stream_seed *s) {
    static const uint8_t signature[258] = {8, 4};
    put_each(s, CERTIFICATE, 0);
    put_each(s, CERTIFICATE_REQUEST, 1);
    seed_chunk(s->seed, 3, bytes_of(signature, sizeof signature));
    seed_write(s->seed, "certificate", false);
    put_each(s, CERTIFICATE, 2);
    put_each(s, CERTIFICATE_REQUEST, 1);
    put_each(s, CERTIFICATE, 0);
    seed_write(s->seed, "certificate", false);
}

static void on_end(void *user, struct flow *flow, enum flow_end how) {
    struct stream_seed *s = flow->reader;
    (void)user, (void)how;
    if (s == NULL) {
        return;
    }
    conversation_finish(&s->conversation);
    for (size_t i = 0; i < s->conversation.num_messages; i++) {
        write_message(s, &s->conversation.messages[i]);
    }
    write_certificates(s);
    if (s->chunks.input.len <= LONGEST) {
        seed_write(&s->chunks, "opening", true);
        seed_write(&s->chunks, "conversation", true);
    }
    for (int d = FORWARD; d <= BACKWARD; d++) {
        seed_u8(s->seed, 7);
        seed_bytes(s->seed, buffer_bytes(&s->bytes[d]));
        seed_write(s->seed, "record", false);
        buffer_clear(&s->bytes[d]);
    }
    buffer_clear(&s->chunks.input);
    conversation_clear(&s->conversation);
    free(s);
    flow->reader = NULL;
}

static void read_frames(struct seed *seed, struct capture *capture, struct flow_table *table, struct decapsulator *decapsulator) {
    struct tlswatch_frame frame;
    struct segment segment;
    while (capture_next(capture, &frame, 0) == CAPTURE_FRAME) {
        if (frame.number <= FRAMES_EACH) {
            seed_u16(seed, (uint16_t)frame.link_type);
            seed_chunk(seed, 0, bytes_of(frame.data, frame.len));
            seed_write(seed, "link", false);
        }
        if (decapsulator_decode(decapsulator, &frame, &segment) == DECODE_SEGMENT) {
            flow_table_push(table, &segment);
        }
    }
    flow_table_finish(table);
}

static void whole_file(struct seed *seed, const char *path) {
    uint8_t block[4096];
    size_t len;
    FILE *file = fopen(path, "rb");
    while (file != NULL && (len = fread(block, 1, sizeof block, file)) > 0) {
        seed_bytes(seed, bytes_of(block, len));
    }
    if (file != NULL) {
        fclose(file);
    }
    if (seed->input.len <= LONGEST) {
        seed_write(seed, "capture", true);
        seed_write(seed, "source", true);
        seed_write(seed, "pipeline", true);
    }
    buffer_clear(&seed->input);
}

void seed_capture(struct seed *seed, const char *path) {
    const struct capture_files files = {.paths = &path, .num_paths = 1};
    const struct hash_key key = {1, 2};
    const struct flow_events events = {seed, on_data, on_gap, on_late, on_end};
    char error[CAPTURE_ERROR_SIZE];
    struct capture *capture = capture_open_files(&files, error);
    struct flow_table *table = flow_table_new(&events, &key, NULL, false);
    struct decapsulator *decapsulator = decapsulator_new(NULL);
    if (capture != NULL && table != NULL && decapsulator != NULL) {
        read_frames(seed, capture, table, decapsulator);
    }
    capture_free(capture);
    flow_table_free(table);
    decapsulator_free(decapsulator);
    whole_file(seed, path);
}

/* See fuzz_certificate.c: allocations that fail while it is read, ours and libcrypto's. Another signature each time, since one
 * that is known is not read again. */
static void write_failing(struct seed *seed, struct bytes der) {
    struct buffer other = {0};
    buffer_append(&other, der, SIZE_MAX / 2);
    for (uint8_t n = 1; n < 64 && der.len > 0; n++) {
        other.p[der.len - 1] = (uint8_t)(der.p[der.len - 1] ^ n);
        seed_chunk(seed, (uint8_t)(n << 2), buffer_bytes(&other));
        seed_chunk(seed, 0, buffer_bytes(&other));
        seed_write(seed, "certificate", false);
        seed_u8(seed, n % 32);
        seed_bytes(seed, buffer_bytes(&other));
        seed_write(seed, "facts", false);
    }
    buffer_clear(&other);
}

void seed_signature(struct seed *seed, struct bytes der, uint16_t scheme, struct bytes signature) {
    struct buffer signed_by = {0};
    const uint8_t number[] = {(uint8_t)(scheme >> 8), (uint8_t)scheme};
    buffer_append(&signed_by, bytes_of(number, sizeof number), SIZE_MAX / 2);
    buffer_append(&signed_by, signature, SIZE_MAX / 2);
    for (unsigned n = 0; n < 64; n += n == 0 ? 48 : 1) {
        seed_chunk(seed, 0, der);
        seed_chunk(seed, (uint8_t)(n << 2 | 3), buffer_bytes(&signed_by));
        seed_write(seed, "certificate", false);
    }
    buffer_clear(&signed_by);
}

void seed_certificate(struct seed *seed, struct bytes der) {
    write_failing(seed, der);
    seed_chunk(seed, 0, der);
    seed_write(seed, "certificate", false);
    seed_bytes(seed, der);
    seed_write(seed, "outline", true);
    seed_write(seed, "facts", true);
    seed_bytes(seed, der);
    seed_write(seed, "bundle", false);
    seed_text(seed, "subject=someone\n");
    pem_append(&seed->input, "CERTIFICATE", der, SIZE_MAX / 2);
    pem_append(&seed->input, "TRUSTED CERTIFICATE", der, SIZE_MAX / 2);
    pem_append(&seed->input, "X509 CRL", der, SIZE_MAX / 2);
    seed_write(seed, "bundle", false);
}
