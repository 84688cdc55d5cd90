#include "tls/messages.h"

#include "base/limits.h"
#include "tls/handshake.h"

void message_reader_clear(struct message_reader *r) {
    buffer_clear(&r->pending);
    *r = (struct message_reader){.pending = r->pending};
}

/* message_header_parse reads type and length (RFC 5246, 7.4). */
static bool message_header_parse(struct bytes *b, uint8_t *type, uint32_t *len) {
    struct bytes rest = *b;

    if (!bytes_u8(&rest, type) || !bytes_u24(&rest, len)) {
        return false;
    }
    *b = rest;
    return true;
}

#define COMMON_MESSAGE 2048

static bool next_in_place(struct bytes *data, struct message_view *out) {
    struct bytes rest = *data, body;
    uint8_t type;
    uint32_t len;

    if (!message_header_parse(&rest, &type, &len) || len > LIMIT_HANDSHAKE_MESSAGE || !bytes_take(&rest, len, &body)) {
        return false;
    }
    *out = (struct message_view){type, {data->p, MESSAGE_HEADER + body.len}, true};
    *data = rest;
    return true;
}

/* keep adds to the message what fits; the rest of it is counted only. What is kept has no hole. */
static void keep(struct message_reader *r, struct bytes part) {
    size_t room = MESSAGE_HEADER + LIMIT_HANDSHAKE_MESSAGE - r->pending.len;
    struct bytes kept = {part.p, part.len < room ? part.len : room};

    r->too_long = r->too_long || !buffer_append(&r->pending, kept, MESSAGE_HEADER + LIMIT_HANDSHAKE_MESSAGE) || kept.len < part.len;
}

static bool complete_header(struct message_reader *r, struct bytes *data) {
    size_t missing = MESSAGE_HEADER - r->num_header;
    struct bytes part, header = {r->header, MESSAGE_HEADER};
    uint8_t type;

    (void)bytes_take(data, missing < data->len ? missing : data->len, &part);
    memcpy(r->header + r->num_header, part.p, part.len);
    r->num_header = (uint8_t)(r->num_header + part.len);
    if (r->num_header < MESSAGE_HEADER || !message_header_parse(&header, &type, &r->left)) {
        return false;
    }
    /* A length is only a claim: room for more than is common is made as the bytes come. */
    (void)buffer_reserve(&r->pending, MESSAGE_HEADER + (r->left < COMMON_MESSAGE ? r->left : COMMON_MESSAGE), SIZE_MAX);
    keep(r, bytes_of(r->header, MESSAGE_HEADER));
    return true;
}

/* What was handed out last is still in `pending`, for the view's sake. */
static void forget_finished(struct message_reader *r) {
    if (r->num_header == MESSAGE_HEADER && r->left == 0) {
        message_reader_clear(r);
    }
}

/* take_body reads what is still missing of the message; true where it is complete. */
static bool take_body(struct message_reader *r, struct bytes *data) {
    struct bytes part;

    if (r->left > 0) {
        (void)bytes_take(data, r->left < data->len ? r->left : data->len, &part);
        r->left -= (uint32_t)part.len;
        keep(r, part);
    }
    return r->left == 0;
}

/* Where there was no room even for the header it is handed out from the reader. */
static struct bytes kept_of(const struct message_reader *r) {
    return r->pending.len > 0 ? buffer_bytes(&r->pending) : bytes_of(r->header, MESSAGE_HEADER);
}

bool message_next(struct message_reader *r, struct bytes *data, struct message_view *out) {
    for (;;) {
        forget_finished(r);
        if (r->num_header == 0 && next_in_place(data, out)) {
            return true;
        }
        if (data->len == 0 || (r->num_header < MESSAGE_HEADER && !complete_header(r, data)) || !take_body(r, data)) {
            return false;
        }
        if (!r->cut) {
            *out = (struct message_view){r->header[0], kept_of(r), !r->too_long};
            return true;
        }
    }
}

bool message_hole(struct message_reader *r, uint64_t len) {
    forget_finished(r);
    if (r->num_header < MESSAGE_HEADER || len > r->left) {
        message_reader_clear(r);
        return false;
    }
    r->left -= (uint32_t)len;
    r->cut = true;
    return true;
}

int message_begun(const struct message_reader *r) {
    if (r->num_header == 0 || (r->num_header == MESSAGE_HEADER && r->left == 0)) {
        return -1;
    }
    return r->header[0];
}

/* HelloRequest is left out: eight zeros begin many an encrypted record (RFC 5288, 3). */
static bool known_in_clear(uint8_t type) {
    switch ((enum handshake_type)type) {
    case CLIENT_HELLO:
    case SERVER_HELLO:
    case NEW_SESSION_TICKET:
    case CERTIFICATE:
    case SERVER_KEY_EXCHANGE:
    case CERTIFICATE_REQUEST:
    case SERVER_HELLO_DONE:
    case CERTIFICATE_VERIFY:
    case CLIENT_KEY_EXCHANGE:
    case CERTIFICATE_URL:
    case CERTIFICATE_STATUS:
    case SUPPLEMENTAL_DATA:
    case NEXT_PROTOCOL:
        return true;
    case HELLO_REQUEST:
    case END_OF_EARLY_DATA:
    case HELLO_RETRY_REQUEST:
    case ENCRYPTED_EXTENSIONS:
    case FINISHED:
    case KEY_UPDATE:
    case COMPRESSED_CERTIFICATE:
    case MESSAGE_HASH:
        return false;
    }
    return false;
}

/* list_length_agrees reads a CertificateRequest up to the length of its names, which must be what is left. */
static bool list_length_agrees(struct bytes body, uint32_t len, bool with_algorithms) {
    size_t before = body.len;
    struct bytes types, algorithms = {0};
    uint16_t names;

    return bytes_vec8(&body, &types) && types.len > 0 && types.len <= 32 && (!with_algorithms || bytes_vec16(&body, &algorithms)) &&
           algorithms.len % 2 == 0 && bytes_u16(&body, &names) && before - body.len + names == len;
}

static bool begins_long_message(uint8_t type, uint32_t len, struct bytes body) {
    uint32_t list;

    if (type == CERTIFICATE) {
        return bytes_u24(&body, &list) && list + 3 == len;
    }
    return type == CERTIFICATE_REQUEST && (list_length_agrees(body, len, true) || list_length_agrees(body, len, false));
}

bool messages_plausible(struct bytes fragment) {
    uint8_t type;
    uint32_t len;

    if (fragment.len == 0) {
        return false;
    }
    while (fragment.len > 0) {
        if (!message_header_parse(&fragment, &type, &len) || !known_in_clear(type)) {
            return false;
        }
        if (len > fragment.len) {
            return begins_long_message(type, len, fragment);
        }
        (void)bytes_skip(&fragment, len);
    }
    return true;
}
