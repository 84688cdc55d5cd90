#include "report/text.h"

/* Where the values of a certificate's facts begin. */
#define LABEL_COLUMN 6
#define VALUE_COLUMN 18

static void put_label(struct layout *l, const char *label) {
    layout_to(l, LABEL_COLUMN);
    layout_text(l, label);
    layout_to(l, VALUE_COLUMN);
}

static void put_value(struct layout *l, const char *label, const char *value) {
    if (value != NULL) {
        put_label(l, label);
        layout_wrap(l, VALUE_COLUMN, value);
        layout_line_end(l);
    }
}

static void put_values(struct layout *l, const char *label, const char *const *values) {
    if (values == NULL || values[0] == NULL) {
        return;
    }
    put_label(l, label);
    for (size_t i = 0; values[i] != NULL; i++) {
        layout_wrap(l, VALUE_COLUMN, values[i]);
    }
    layout_line_end(l);
}

static void put_validity(struct layout *l, const struct tlswatch_certificate *certificate) {
    put_label(l, "valid");
    text_date_time(l, certificate->not_before);
    layout_text(l, " to ");
    text_date_time(l, certificate->not_after);
    layout_line_end(l);
}

static void put_certificate(struct layout *l, const struct tlswatch_certificate *certificate, size_t index) {
    layout_to(l, TEXT_SIDE_COLUMN);
    layout_number(l, index);
    if (certificate->malformed != NULL) {
        put_value(l, "malformed", certificate->malformed);
        put_value(l, "SHA-256", certificate->sha256);
        return;
    }
    put_value(l, "subject", certificate->subject.text);
    put_value(l, "issuer", certificate->issuer.text);
    put_value(l, "serial", certificate->serial);
    put_validity(l, certificate);
    put_value(l, "key", certificate->public_key);
    put_value(l, "signature", certificate->signature_algorithm);
    put_value(l, "is a", certificate->self_signed ? "self-signed certificate" : certificate->ca ? "CA" : NULL);
    put_values(l, "key usage", certificate->key_usage);
    put_values(l, "for use as", certificate->extended_key_usage);
    put_values(l, "names", certificate->alternative_names);
    put_value(l, "key id", certificate->subject_key_id);
    put_value(l, "issuer's", certificate->authority_key_id);
    put_value(l, "SHA-256", certificate->sha256);
}

static void put_title(struct layout *l, const char *title) {
    layout_text(l, "  ");
    layout_text(l, title);
    layout_line_end(l);
}

static void put_chain(struct layout *l, const char *title, const struct tlswatch_chain *chain) {
    if (chain->state != TLSWATCH_SEEN || chain->num_certificates == 0) {
        return;
    }
    put_title(l, title);
    for (size_t i = 0; i < chain->num_certificates; i++) {
        put_certificate(l, chain->certificates[i], i);
    }
}

static void put_request(struct layout *l, const struct tlswatch_certificate_request *request) {
    if (request->state != TLSWATCH_SEEN) {
        return;
    }
    put_title(l, "What the server asked for:");
    put_values(l, "types", request->certificate_types);
    put_values(l, "algorithms", request->signature_algorithms);
    for (size_t i = 0; i < request->num_authorities; i++) {
        put_value(l, i == 0 ? "CAs" : "", request->authorities[i].text != NULL ? request->authorities[i].text : "");
    }
}

static void put_messages(struct layout *l, const struct tlswatch_record *record) {
    if (record->num_messages == 0) {
        return;
    }
    put_title(l, "Messages:");
    for (size_t i = 0; i < record->num_messages; i++) {
        const struct tlswatch_message *message = &record->messages[i];
        text_side(l, message->sender);
        layout_text(l, message->name);
        layout_to(l, TEXT_OBJECT_COLUMN);
        layout_count(l, message->len, "byte");
        text_object(l, NULL, message->encrypted ? "encrypted" : NULL, false, message->mark.frame);
    }
}

void text_verbose(struct layout *l, const struct tlswatch_record *record) {
    put_chain(l, "The server's certificates:", &record->server_certificate);
    put_request(l, &record->certificate_request);
    put_chain(l, "The client's certificates:", &record->client_certificate);
    put_messages(l, record);
}
