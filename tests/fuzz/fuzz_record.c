/*
 * The record layer and the handshake messages in it: what comes out does not depend on how the bytes were cut. The
 * first byte says how, and
 * which allocation fails when they are read once more.
 */
#include "base/limits.h"
#include "fuzz.h"
#include "tls/messages.h"
#include "tls/record.h"

struct reading {
    struct record_reader records;
    struct message_reader messages;
    uint64_t records_sum, messages_sum;
    size_t num_fragments; /* bytes of them */
};

static void read_messages(struct reading *r, struct bytes fragment) {
    struct message_view message;
    while (message_next(&r->messages, &fragment, &message)) {
        expect(message.bytes.len >= MESSAGE_HEADER && message.bytes.p[0] == message.type, "a message begins with its header");
        expect(!message.whole || message.bytes.len == MESSAGE_HEADER + ((size_t)message.bytes.p[1] << 16 | (size_t)message.bytes.p[2] << 8 |
                                                                        message.bytes.p[3]),
               "a whole message is as long as it says");
        fuzz_mix(&r->messages_sum, message.whole);
        fuzz_mix_bytes(&r->messages_sum, message.bytes);
    }
    expect(fragment.len == 0, "the fragment is used up");
}

static void read_piece(struct reading *r, const struct record_piece *piece) {
    if (piece->first) {
        fuzz_mix(&r->records_sum, (uint64_t)piece->header.type << 40 | (uint64_t)piece->header.version << 24 | piece->header.len);
    }
    r->num_fragments += piece->data.len;
    fuzz_mix_bytes(&r->records_sum, piece->data);
    read_messages(r, piece->data);
    if (piece->last) {
        fuzz_mix(&r->records_sum, UINT64_C(1) << 48);
    }
}

static bool read_some(struct reading *r, struct bytes data) {
    struct record_piece piece;
    enum record_result result;
    while ((result = record_next(&r->records, &data, &piece)) == RECORD_PIECE) {
        read_piece(r, &piece);
    }
    return result == RECORD_MORE;
}

static uint64_t read_all(struct bytes stream, size_t cut) {
    struct reading r = {.records_sum = 0};
    struct bytes part;
    size_t len = stream.len;
    bool more = true;
    while (more && stream.len > 0 && bytes_take(&stream, cut < stream.len ? cut : stream.len, &part)) {
        uint8_t *copy = fuzz_copy(part);
        more = read_some(&r, bytes_of(copy, part.len));
        fuzz_release(copy);
    }
    expect(r.num_fragments <= len, "records hold no more than was there");
    message_reader_clear(&r.messages);
    return r.records_sum ^ r.messages_sum * 3;
}

/* More bytes change no answer that was given. */
static void resync(struct bytes stream, size_t cut) {
    uint8_t *copy = fuzz_copy(stream);
    struct bytes window = bytes_of(copy, stream.len);
    enum record_resync whole = record_resync(window, false);
    enum record_resync part = record_resync(bytes_of(window.p, cut < window.len ? cut : window.len), false);
    expect(part == RESYNC_MORE || part == whole, "an answer stands");
    expect(record_resync(window, true) != RESYNC_MORE, "at the end no more comes");
    expect(whole != RESYNC_MORE || window.len < LIMIT_RECORD + 2 * RECORD_HEADER, "it asks for no more than a record");
    messages_plausible(window);
    fuzz_release(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct bytes input = bytes_of(data, len);
    uint8_t first = fuzz_u8(&input);
    size_t cut = 1 + (first & 63);
    fuzz_fail(first >> 6);
    read_all(input, cut);
    fuzz_fail(0);
    expect(read_all(input, SIZE_MAX) == read_all(input, cut), "the cut makes no difference");
    resync(input, cut);
    return 0;
}
