#include "report/json_pieces.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

#define SHA256_DIGITS 64
#define PLACES 4096 /* of each kind */
#define NUM_KINDS 2

struct json_piece {
    char sha256[SHA256_DIGITS];
    bool self_signed; /* as far as anyone had looked */
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

static void forget(struct json_pieces *pieces) {
    for (size_t i = 0; i < NUM_KINDS * PLACES; i++) {
        free(pieces->at[i]);
    }
    *pieces = (struct json_pieces){0};
}

void json_pieces_free(struct json_pieces *pieces) {
    if (pieces != NULL) {
        forget(pieces);
        free(pieces);
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

struct bytes json_pieces_find(const struct json_pieces *pieces, enum json_piece_kind kind, const struct tlswatch_certificate *certificate) {
    const struct json_piece *piece = pieces != NULL && has_key(certificate) ? pieces->at[place_of(kind, certificate->sha256)] : NULL;
    if (piece == NULL || piece->self_signed != certificate->self_signed ||
        memcmp(piece->sha256, certificate->sha256, sizeof piece->sha256) != 0) {
        return (struct bytes){0};
    }
    return bytes_of(piece->text, piece->len);
}

void json_pieces_keep(struct json_pieces *pieces, enum json_piece_kind kind, const struct tlswatch_certificate *certificate,
                      struct bytes text) {
    size_t len = sizeof(struct json_piece) + text.len;
    if (pieces == NULL || !has_key(certificate) || text.len == 0 || len > LIMIT_JSON_PIECES) {
        return;
    }
    if (len > LIMIT_JSON_PIECES - pieces->held) {
        forget(pieces);
    }
    struct json_piece *piece = malloc(len);
    if (piece == NULL) {
        return;
    }
    memcpy(piece->sha256, certificate->sha256, sizeof piece->sha256);
    piece->self_signed = certificate->self_signed;
    piece->len = text.len;
    memcpy(piece->text, text.p, text.len);
    struct json_piece **at = &pieces->at[place_of(kind, certificate->sha256)];
    pieces->held += len - (*at != NULL ? sizeof **at + (*at)->len : 0);
    free(*at);
    *at = piece;
}
