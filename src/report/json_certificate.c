#include "report/json_certificate.h"

#include "report/json_pieces.h"

static void put_names(struct json_writer *w, const struct tlswatch_certificate *certificate) {
    json_key_string(w, "subject", certificate->subject.text);
    json_key_string(w, "issuer", certificate->issuer.text);
}

static void put_validity(struct json_writer *w, const struct tlswatch_certificate *certificate) {
    json_key_date(w, "not_before", certificate->not_before);
    json_key_date(w, "not_after", certificate->not_after);
}

static void put_leaf(struct json_writer *w, const struct tlswatch_certificate *leaf) {
    if (leaf->malformed == NULL) {
        put_names(w, leaf);
        put_validity(w, leaf);
    }
    json_key_object(w, "hash");
    json_key_string(w, "sha256", leaf->sha256);
    json_end_object(w);
}

static void put_facts(struct json_writer *w, const struct tlswatch_certificate *certificate) {
    put_names(w, certificate);
    json_key_string(w, "serial", certificate->serial);
    json_key_string(w, "sha256", certificate->sha256);
    put_validity(w, certificate);
    json_key_string(w, "public_key", certificate->public_key);
    json_key_string(w, "signature_algorithm", certificate->signature_algorithm);
    if (certificate->version > 0) {
        json_key_uint(w, "version", (uint64_t)certificate->version);
    }
    json_key_bool(w, "self_signed", certificate->self_signed);
    json_key_bool(w, "ca", certificate->ca);
    if (certificate->path_len >= 0) {
        json_key_uint(w, "path_len", (uint64_t)certificate->path_len);
    }
    json_key_strings(w, "key_usage", certificate->key_usage);
    json_key_strings(w, "extended_key_usage", certificate->extended_key_usage);
    json_key_string(w, "subject_key_id", certificate->subject_key_id);
    json_key_string(w, "authority_key_id", certificate->authority_key_id);
    json_key_strings(w, "alternative_names", certificate->alternative_names);
}

static void put_certificate(struct json_writer *w, const struct tlswatch_certificate *certificate) {
    json_begin_object(w);
    if (certificate->malformed != NULL) {
        json_key_string(w, "sha256", certificate->sha256);
        json_key_string(w, "malformed", certificate->malformed);
    } else {
        put_facts(w, certificate);
    }
    json_end_object(w);
}

/* As it was written before, or by `put`. */
static void put_piece(struct json_writer *w, enum json_piece_kind kind, const struct tlswatch_certificate *certificate,
                      void (*put)(struct json_writer *, const struct tlswatch_certificate *)) {
    struct bytes known = w->refers ? json_pieces_refer(w->pieces, kind, certificate) : json_pieces_find(w->pieces, kind, certificate);
    if (known.len > 0) {
        json_value(w, known);
        return;
    }
    size_t start = w->out->len + w->comma;
    put(w, certificate);
    if (!w->failed) {
        json_pieces_keep(w->pieces, kind, certificate, bytes_of(w->out->p + start, w->out->len - start));
    }
}

void json_put_leaf(struct json_writer *w, const struct tlswatch_chain *chain) {
    if (chain->state == TLSWATCH_SEEN && chain->num_certificates > 0) {
        put_piece(w, JSON_PIECE_LEAF, chain->certificates[0], put_leaf);
    }
}

void json_put_certificate(struct json_writer *w, const struct tlswatch_certificate *certificate) {
    put_piece(w, JSON_PIECE_CERTIFICATE, certificate, put_certificate);
}

void json_put_chain(struct json_writer *w, const char *key, const struct tlswatch_chain *chain) {
    json_key_object(w, key);
    json_key_name(w, "state", tlswatch_state_name(chain->state));
    if (chain->state == TLSWATCH_SEEN) {
        if (chain->mark.frame != 0) {
            json_key_uint(w, "frame", chain->mark.frame);
        }
        json_key_array(w, "chain");
        for (size_t i = 0; i < chain->num_certificates; i++) {
            json_put_certificate(w, chain->certificates[i]);
        }
        json_end_array(w);
    }
    json_end_object(w);
}

static void put_sighting(struct json_writer *w, const struct tlswatch_sighting *seen) {
    json_key_object(w, "seen");
    if (seen->given != NULL) {
        json_key_string(w, "given", seen->given);
    } else {
        json_key_string(w, "file", seen->mark.file);
        json_key_uint(w, "stream", seen->stream);
        json_key_name(w, "sender", tlswatch_side_name(seen->sender));
        json_key_uint(w, "frame", seen->mark.frame);
    }
    json_end_object(w);
}

void json_put_known_issuer(struct json_writer *w, const struct tlswatch_known_issuer *known) {
    if (known->certificate == NULL) {
        return;
    }
    json_key_object(w, "known_issuer");
    json_key_name(w, "certificate_of", tlswatch_side_name(known->certificate_of));
    json_key_bool(w, "verifies", known->verifies);
    if (known->authority >= 0) {
        json_key_uint(w, "authority", (uint64_t)known->authority);
    }
    put_sighting(w, &known->seen);
    json_key_string(w, "text", known->text);
    json_key(w, "certificate");
    json_put_certificate(w, known->certificate);
    json_end_object(w);
}

static void put_trust(struct json_writer *w, const char *key, const struct tlswatch_trust *trust) {
    if (trust->with == NULL) {
        return;
    }
    json_key_object(w, key);
    json_key_bool(w, "verifies", trust->verifies);
    json_key_string(w, "with", trust->with);
    if (!trust->verifies) {
        json_key_string(w, "error", trust->error);
        json_key_uint(w, "depth", (uint64_t)trust->depth);
    }
    json_end_object(w);
}

void json_put_trust(struct json_writer *w, const struct tlswatch_trust *client, const struct tlswatch_trust *server) {
    if (client->with == NULL && server->with == NULL) {
        return;
    }
    json_key_object(w, "trust");
    put_trust(w, "client", client);
    put_trust(w, "server", server);
    json_end_object(w);
}
