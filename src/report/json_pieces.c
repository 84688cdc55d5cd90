#include "report/json_pieces.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

#define SHA256_DIGITS 64
#define PLACES 4096 /* of each kind */
#define NUM_KINDS 2
#define REFERENCE 0x01

struct json_piece {
    char sha256[SHA256_DIGITS];
    bool self_signed; /* as far as anyone had looked */
    bool referred;
    uint8_t reference[3];
    size_t len;
    char text[];
};

struct json_pieces {
    struct json_piece *at[NUM_KINDS * PLACES];
    size_t held; /* bytes */
};

struct json_pieces *json_pieces_new(void) {
    return calloc(1, sizeof(struct json_pieces));
}

static void forget(struct json_pieces *pieces, struct json_piece **at) {
    pieces->held -= *at != NULL ? sizeof **at + (*at)->len : 0;
    free(*at);
    *at = NULL;
}

void json_pieces_free(struct json_pieces *pieces) {
    for (size_t i = 0; pieces != NULL && i < NUM_KINDS * PLACES; i++) {
        forget(pieces, &pieces->at[i]);
    }
    free(pieces);
}

static bool is_referred(const struct json_piece *piece) {
    return piece != NULL && piece->referred;
}

static void forget_the_rest(struct json_pieces *pieces) {
    for (size_t i = 0; i < NUM_KINDS * PLACES; i++) {
        if (!is_referred(pieces->at[i])) {
            forget(pieces, &pieces->at[i]);
        }
    }
}

static bool has_key(const struct tlswatch_certificate *certificate) {
    return certificate->sha256 != NULL && strlen(certificate->sha256) == SHA256_DIGITS;
}

/* By the first digits of a hash, which spread of themselves. */
static size_t place_of(enum json_piece_kind kind, const char *sha256) {
    size_t place = 0;
    for (size_t i = 0; i < 4; i++) {
        unsigned char c = (unsigned char)sha256[i];
        place = place * 16 + (c <= '9' ? c : c + 9) % 16;
    }
    return kind * PLACES + place % PLACES;
}

static struct json_piece *find(const struct json_pieces *pieces, enum json_piece_kind kind,
                               const struct tlswatch_certificate *certificate) {
    struct json_piece *piece = pieces != NULL && has_key(certificate) ? pieces->at[place_of(kind, certificate->sha256)] : NULL;
    if (piece == NULL || piece->self_signed != certificate->self_signed ||
        memcmp(piece->sha256, certificate->sha256, sizeof piece->sha256) != 0) {
        return NULL;
    }
    return piece;
}

struct bytes json_pieces_find(const struct json_pieces *pieces, enum json_piece_kind kind, const struct tlswatch_certificate *certificate) {
    const struct json_piece *piece = find(pieces, kind, certificate);
    return piece != NULL ? bytes_of(piece->text, piece->len) : (struct bytes){0};
}

struct bytes json_pieces_refer(struct json_pieces *pieces, enum json_piece_kind kind, const struct tlswatch_certificate *certificate) {
    struct json_piece *piece = find(pieces, kind, certificate);
    if (piece == NULL) {
        return (struct bytes){0};
    }
    piece->referred = true;
    return bytes_of(piece->reference, sizeof piece->reference);
}

struct bytes json_pieces_resolve(const struct json_pieces *pieces, struct bytes *held) {
    struct bytes plain = {0};
    const uint8_t *reference = held->len > 0 ? memchr(held->p, REFERENCE, held->len) : NULL;
    if (reference != held->p) {
        bytes_take(held, reference != NULL ? (size_t)(reference - held->p) : held->len, &plain);
        return plain;
    }
    uint8_t mark;
    uint16_t place;
    struct bytes rest = *held;
    if (!bytes_u8(&rest, &mark) || !bytes_u16(&rest, &place)) {
        return plain;
    }
    *held = rest;
    return bytes_of(pieces->at[place]->text, pieces->at[place]->len);
}

void json_pieces_keep(struct json_pieces *pieces, enum json_piece_kind kind, const struct tlswatch_certificate *certificate,
                      struct bytes text) {
    size_t len = sizeof(struct json_piece) + text.len;
    size_t place = pieces != NULL && has_key(certificate) ? place_of(kind, certificate->sha256) : SIZE_MAX;
    if (place == SIZE_MAX || text.len == 0 || len > LIMIT_JSON_PIECES || is_referred(pieces->at[place])) {
        return;
    }
    forget(pieces, &pieces->at[place]);
    if (len > LIMIT_JSON_PIECES - pieces->held) {
        forget_the_rest(pieces);
    }
    struct json_piece *piece = len <= LIMIT_JSON_PIECES - pieces->held ? malloc(len) : NULL;
    if (piece == NULL) {
        return;
    }
    *piece = (struct json_piece){
            .self_signed = certificate->self_signed,
            .reference = {REFERENCE, (uint8_t)(place >> 8), (uint8_t)place},
            .len = text.len,
    };
    memcpy(piece->sha256, certificate->sha256, sizeof piece->sha256);
    memcpy(piece->text, text.p, text.len);
    pieces->at[place] = piece;
    pieces->held += len;
}
