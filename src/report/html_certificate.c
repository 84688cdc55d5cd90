#include "report/html.h"

#include "base/limits.h"
#include "report/chain.h"
#include "report/pem.h"

static void put_row(struct html *h, const char *what, const char *text) {
    if (text != NULL) {
        html_put(h, "<dt>%s</dt><dd>%s</dd>\n", what, text);
    }
}

static void put_names_row(struct html *h, const char *what, const char *const *items) {
    if (items == NULL) {
        return;
    }
    html_put(h, "<dt>%s</dt><dd>", what);
    for (size_t i = 0; items[i] != NULL; i++) {
        html_put(h, "%s%s", i > 0 ? ", " : "", items[i]);
    }
    html_put(h, items[0] == NULL ? "(none)</dd>\n" : "</dd>\n");
}

static void put_basic_constraints(struct html *h, const struct tlswatch_certificate *certificate) {
    html_put(h, "<dt>CA</dt><dd>%s", certificate->ca ? "yes" : "no");
    if (certificate->ca && certificate->path_len >= 0) {
        html_put(h, ", at most %d CAs below it", certificate->path_len);
    }
    html_put(h, "</dd>\n");
}

static void put_fields(struct html *h, const struct tlswatch_certificate *certificate) {
    html_put(h, "<dl>\n");
    put_row(h, "Subject", certificate->subject.text);
    put_row(h, "Issuer", certificate->issuer.text);
    put_row(h, "Serial number", certificate->serial);
    html_put(h, "<dt>Valid</dt><dd>");
    html_date(h, certificate->not_before);
    html_put(h, " to ");
    html_date(h, certificate->not_after);
    html_put(h, "</dd>\n");
    put_row(h, "Public key", certificate->public_key);
    put_row(h, "Signature algorithm", certificate->signature_algorithm);
    put_basic_constraints(h, certificate);
    put_names_row(h, "Key usage", certificate->key_usage);
    put_names_row(h, "Extended key usage", certificate->extended_key_usage);
    put_names_row(h, "Alternative names", certificate->alternative_names);
    put_row(h, "Subject key identifier", certificate->subject_key_id);
    put_row(h, "Authority key identifier", certificate->authority_key_id);
    put_row(h, "SHA-256", certificate->sha256);
    html_put(h, "</dl>\n");
}

static void put_pem(struct html *h, const struct tlswatch_certificate *certificate) {
    if (certificate->der == NULL || certificate->der_len == 0) {
        return;
    }
    html_put(h, "<pre tabindex=\"0\" aria-label=\"Certificate as PEM\">");
    if (!pem_append(h->out, "CERTIFICATE", bytes_of(certificate->der, certificate->der_len), h->cap)) {
        h->failed = true;
    }
    html_put(h, "</pre>\n");
}

static void put_one(struct html_finding *f, const struct tlswatch_certificate *certificate, const char *whose, size_t index) {
    html_put(&f->h, "<details><summary>%s %zu: <span class=\"dn\">%s</span></summary><div>\n", whose, index, chain_name(certificate));
    if (certificate->malformed != NULL) {
        html_put(&f->h, "<p class=\"bad\">It can not be parsed: %s.</p><dl>\n", certificate->malformed);
        put_row(&f->h, "SHA-256", certificate->sha256);
        html_put(&f->h, "</dl>\n");
    } else {
        put_fields(&f->h, certificate);
    }
    put_pem(&f->h, certificate);
    html_put(&f->h, "</div></details>\n");
}

static void put_chain(struct html_finding *f, enum tlswatch_side side, const char *whose) {
    const struct tlswatch_chain *chain = chain_of(f->record, side);
    for (size_t i = 0; i < chain->num_certificates; i++) {
        put_one(f, chain->certificates[i], whose, i);
    }
}

void html_certificates(struct html_finding *f) {
    const struct tlswatch_known_issuer *known = &f->record->known_issuer;
    if (f->record->client_certificate.num_certificates + f->record->server_certificate.num_certificates == 0) {
        return;
    }
    html_put(&f->h, "<h4>Certificates</h4>\n");
    put_chain(f, TLSWATCH_CLIENT, "Client");
    put_chain(f, TLSWATCH_SERVER, "Server");
    if (known->certificate != NULL) {
        put_one(f, known->certificate, "Not sent, known", 0);
    }
}
