#include "report/json_certificate.h"

static void put_names(struct json_writer *w, const struct tlswatch_certificate *certificate) {
    json_key_string(w, "subject", certificate->subject.text);
    json_key_string(w, "issuer", certificate->issuer.text);
}

static void put_validity(struct json_writer *w, const struct tlswatch_certificate *certificate) {
    json_key_date(w, "not_before", certificate->not_before);
    json_key_date(w, "not_after", certificate->not_after);
}

void json_put_leaf(struct json_writer *w, const struct tlswatch_chain *chain) {
    if (chain->state != TLSWATCH_SEEN || chain->num_certificates == 0) {
        return;
    }
    const struct tlswatch_certificate *leaf = chain->certificates[0];
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

void json_put_chain(struct json_writer *w, const char *key, const struct tlswatch_chain *chain) {
    json_key_object(w, key);
    json_key_string(w, "state", tlswatch_state_name(chain->state));
    if (chain->state == TLSWATCH_SEEN) {
        if (chain->mark.frame != 0) {
            json_key_uint(w, "frame", chain->mark.frame);
        }
        json_key_array(w, "chain");
        for (size_t i = 0; i < chain->num_certificates; i++) {
            put_certificate(w, chain->certificates[i]);
        }
        json_end_array(w);
    }
    json_end_object(w);
}
