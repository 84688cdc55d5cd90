/*
 * Certificates as JSON, kept as they were written: the same few hundred come again and again.
 *
 * One is known by its SHA-256, on which all that is said of it depends. Bounded (limits.h): what finds its place taken
 * takes it over, and where all of it is too long, all is forgotten; but that to which something refers, which stays.
 *
 * In JSON that is held back a reference stands for a piece: a control character, which is in no JSON, and a number.
 */
#ifndef TLSWATCH_REPORT_JSON_PIECES_H
#define TLSWATCH_REPORT_JSON_PIECES_H

#include "base/bytes.h"
#include "tlswatch/tlswatch.h"

struct json_pieces;

enum json_piece_kind {
    JSON_PIECE_CERTIFICATE, /* all of it */
    JSON_PIECE_LEAF,        /* ECS's fields of it */
};

/* json_pieces_new returns NULL where memory is exhausted. NULL is one that keeps nothing. */
struct json_pieces *json_pieces_new(void);
void json_pieces_free(struct json_pieces *pieces);

/* json_pieces_find returns nothing where the certificate is not there. */
struct bytes json_pieces_find(const struct json_pieces *pieces, enum json_piece_kind kind, const struct tlswatch_certificate *certificate);

/* json_pieces_refer returns a reference to it. */
struct bytes json_pieces_refer(struct json_pieces *pieces, enum json_piece_kind kind, const struct tlswatch_certificate *certificate);

/* json_pieces_resolve takes from the front of `held` what stands as it is, or a reference, and returns what is to be
 * written. Nothing, where nothing is left or the reference is cut. */
struct bytes json_pieces_resolve(const struct json_pieces *pieces, struct bytes *held);

/* json_pieces_keep copies the text, or does not. */
void json_pieces_keep(struct json_pieces *pieces, enum json_piece_kind kind, const struct tlswatch_certificate *certificate,
                      struct bytes text);

#endif
