#include "tls/record.h"

#include "base/limits.h"
#include "tls/conversation.h"
#include "tls/messages.h"

static bool header_parse(struct bytes b, struct record_header *out) {
    struct record_header header;
    uint16_t len;

    if (!bytes_u8(&b, &header.type) || !bytes_u16(&b, &header.version) || !bytes_u16(&b, &len)) {
        return false;
    }
    header.len = len;
    *out = header;
    return true;
}

/* A receiver may not look at the minor version (RFC 8446, 5.1); every version so far is 3.something. */
static bool header_makes_sense(const struct record_header *header) {
    return header->type >= CHANGE_CIPHER_SPEC && header->type <= HEARTBEAT && header->version >> 8 == 3;
}

/* read_header takes the header from the data, which may hold only a part of it. */
static bool read_header(struct record_reader *r, struct bytes *data) {
    struct bytes part;

    if (r->partial_len == 0 && data->len >= RECORD_HEADER) {
        (void)header_parse(*data, &r->header);
        return bytes_skip(data, RECORD_HEADER);
    }
    size_t missing = (size_t)RECORD_HEADER - r->partial_len;
    if (!bytes_take(data, missing < data->len ? missing : data->len, &part)) {
        return false;
    }
    if (part.len > 0) {
        memcpy(r->partial + r->partial_len, part.p, part.len);
    }
    r->partial_len = (uint8_t)(r->partial_len + part.len);
    if (r->partial_len < RECORD_HEADER) {
        return false;
    }
    r->partial_len = 0;
    return header_parse(bytes_of(r->partial, RECORD_HEADER), &r->header);
}

enum record_result record_next(struct record_reader *r, struct bytes *data, struct record_piece *out) {
    bool first = !r->inside;

    if (first) {
        if (!read_header(r, data)) {
            return RECORD_MORE;
        }
        if (!header_makes_sense(&r->header)) {
            return RECORD_NONSENSE;
        }
        r->inside = true;
        r->left = r->header.len;
    } else if (data->len == 0) {
        return RECORD_MORE;
    }
    out->header = r->header;
    out->first = first;
    (void)bytes_take(data, r->left < data->len ? r->left : data->len, &out->data);
    r->left -= (uint32_t)out->data.len;
    out->last = r->left == 0;
    r->inside = r->left > 0;
    return RECORD_PIECE;
}

bool record_hole(struct record_reader *r, uint64_t len, bool *ends) {
    if (!r->inside || len > r->left) {
        return false;
    }
    r->left -= (uint32_t)len;
    r->inside = r->left > 0;
    *ends = r->left == 0;
    return true;
}

/* Stricter than in step: the versions that exist, a length that is allowed, and none of zero. */
static bool plausible(struct bytes b) {
    uint8_t type, major, minor;
    uint16_t len;

    if (bytes_u8(&b, &type) && (type < CHANGE_CIPHER_SPEC || type > HEARTBEAT)) {
        return false;
    }
    if (bytes_u8(&b, &major) && major != 3) {
        return false;
    }
    if (bytes_u8(&b, &minor) && minor > 4) {
        return false;
    }
    return !bytes_u16(&b, &len) || (len > 0 && len <= LIMIT_RECORD);
}

static bool fragment_is_clear(uint8_t type, struct bytes fragment) {
    if (type == HANDSHAKE) {
        return messages_plausible(fragment);
    }
    if (type == ALERT) {
        return fragment.len == 2 && (fragment.p[0] == 1 || fragment.p[0] == 2);
    }
    return type == CHANGE_CIPHER_SPEC && fragment.len == 1 && fragment.p[0] == 1;
}

enum record_resync record_resync(struct bytes window, bool end) {
    enum record_resync too_short = end ? RESYNC_NOT_HERE : RESYNC_MORE;
    struct record_header header;
    struct bytes fragment;

    if (!plausible(window)) {
        return RESYNC_NOT_HERE;
    }
    if (!header_parse(window, &header)) {
        return too_short;
    }
    (void)bytes_skip(&window, RECORD_HEADER);
    if (!bytes_take(&window, header.len, &fragment)) {
        return too_short;
    }
    if (fragment_is_clear(header.type, fragment)) {
        return RESYNC_HERE;
    }
    if (!plausible(window)) {
        return RESYNC_NOT_HERE;
    }
    return window.len >= RECORD_HEADER || end ? RESYNC_HERE : RESYNC_MORE;
}
