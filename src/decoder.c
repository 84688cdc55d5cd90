/*
 * Which TCP connection a frame belongs to, without following it.
 */
#include "net/segment.h"

#include <stdlib.h>

struct tlswatch_decoder {
    struct decapsulator *decapsulator;
};

struct tlswatch_decoder *tlswatch_decoder_new(void) {
    struct tlswatch_decoder *decoder = calloc(1, sizeof *decoder);
    if (decoder == NULL) {
        return NULL;
    }
    decoder->decapsulator = decapsulator_new(NULL);
    if (decoder->decapsulator == NULL) {
        free(decoder);
        return NULL;
    }
    return decoder;
}

void tlswatch_decoder_free(struct tlswatch_decoder *decoder) {
    if (decoder != NULL) {
        decapsulator_free(decoder->decapsulator);
        free(decoder);
    }
}

bool tlswatch_decoder_ends(struct tlswatch_decoder *decoder, const struct tlswatch_frame *frame, struct tlswatch_frame_ends *out) {
    struct segment segment;
    enum decode_result result = decapsulator_decode(decoder->decapsulator, frame, &segment);
    if (result != DECODE_SEGMENT && result != DECODE_MENTION && result != DECODE_FRAGMENT) {
        return false;
    }
    *out = (struct tlswatch_frame_ends){
            .source_port = segment.source.port,
            .destination_port = segment.destination.port,
            .ipv6 = segment.ipv6,
            .opens = result == DECODE_SEGMENT && (segment.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN,
    };
    memcpy(out->source, segment.source.address, sizeof out->source);
    memcpy(out->destination, segment.destination.address, sizeof out->destination);
    return true;
}
