#include "report/redact.h"

#include "base/limits.h"
#include "report/redact_token.h"

#include <stdlib.h>

struct redactor *redactor_new(unsigned what) {
    struct redactor *r = calloc(1, sizeof *r);
    if (r == NULL || !hash_key_random(&r->key) ||
        !groups_init(&r->addresses, sizeof(struct redact_address), LIMIT_REDACT_KNOWN, LIMIT_REDACT_BYTES) ||
        !groups_init(&r->known, sizeof(char *), LIMIT_REDACT_KNOWN, LIMIT_REDACT_BYTES)) {
        free(r);
        return NULL;
    }
    r->what = what;
    return r;
}

void redactor_free(struct redactor *r) {
    if (r == NULL) {
        return;
    }
    groups_clear(&r->addresses);
    groups_clear(&r->known);
    arena_clear(&r->arena);
    free(r);
}

static void *room(struct redactor *r, size_t num, size_t size) {
    void *p = arena_alloc(&r->arena, (num + 1) * size);
    r->failed = r->failed || p == NULL;
    return p;
}

static struct tlswatch_name copy_name(struct redactor *r, const struct tlswatch_name *name) {
    struct tlswatch_name copy = *name;
    copy.text = token_name(r, name->text);
    copy.der = NULL;
    copy.der_len = 0;
    return copy;
}

static const char *const *copy_alternative_names(struct redactor *r, const char *const *names) {
    size_t num = 0;
    while (names != NULL && names[num] != NULL) {
        num++;
    }
    const char **copy = names != NULL ? room(r, num, sizeof *copy) : NULL;
    for (size_t i = 0; copy != NULL && i < num; i++) {
        copy[i] = token_alternative_name(r, names[i]);
    }
    return copy;
}

static const struct tlswatch_certificate *copy_certificate(struct redactor *r, const struct tlswatch_certificate *certificate) {
    struct tlswatch_certificate *copy = certificate != NULL ? room(r, 1, sizeof *copy) : NULL;
    if (copy == NULL) {
        return NULL;
    }
    *copy = *certificate;
    copy->subject = copy_name(r, &certificate->subject);
    copy->issuer = copy_name(r, &certificate->issuer);
    copy->serial = token_serial(r, certificate->serial);
    copy->subject_key_id = token_key_id(r, certificate->subject_key_id);
    copy->authority_key_id = token_key_id(r, certificate->authority_key_id);
    copy->sha256 = token_sha256(r, certificate->sha256);
    copy->alternative_names = copy_alternative_names(r, certificate->alternative_names);
    copy->der = NULL; /* all of it stands there, addresses too */
    copy->der_len = 0;
    return copy;
}

static void copy_chain(struct redactor *r, struct tlswatch_chain *chain) {
    const struct tlswatch_certificate **copy = room(r, chain->num_certificates, sizeof *copy);
    for (size_t i = 0; copy != NULL && i < chain->num_certificates; i++) {
        copy[i] = copy_certificate(r, chain->certificates[i]);
    }
    chain->certificates = copy;
}

static void copy_request(struct redactor *r, struct tlswatch_certificate_request *request) {
    struct tlswatch_name *copy = room(r, request->num_authorities, sizeof *copy);
    for (size_t i = 0; copy != NULL && i < request->num_authorities; i++) {
        copy[i] = copy_name(r, &request->authorities[i]);
    }
    request->authorities = copy;
}

static void copy_endpoint(struct redactor *r, struct tlswatch_endpoint *endpoint) {
    const char *token = token_address(r, endpoint->ip);
    if (token != NULL) {
        memmove(endpoint->ip, token, strlen(token) + 1);
    }
}

static void copy_proxied_client(struct redactor *r, struct tlswatch_record *record) {
    struct tlswatch_endpoint *copy = record->proxied_client != NULL ? room(r, 1, sizeof *copy) : NULL;
    if (copy != NULL) {
        *copy = *record->proxied_client;
        copy_endpoint(r, copy);
    }
    record->proxied_client = copy;
}

/* Addresses can be guessed from what is made of them without a key. */
static void hide_ids(struct redactor *r, struct tlswatch_record *record) {
    if ((r->what & REDACT_IP) != 0) {
        record->community_id = NULL;
        record->id = record->id != NULL ? token_id(r, record->id, 16) : NULL;
    }
}

/* All that has a name of its own; sentences can be looked through then. */
static void copy_facts(struct redactor *r, struct tlswatch_record *record) {
    copy_endpoint(r, &record->client);
    copy_endpoint(r, &record->server);
    copy_proxied_client(r, record);
    hide_ids(r, record);
    record->server_name = token_host(r, record->server_name);
    copy_request(r, &record->certificate_request);
    copy_chain(r, &record->client_certificate);
    copy_chain(r, &record->server_certificate);
    record->known_issuer.certificate = copy_certificate(r, record->known_issuer.certificate);
}

/* Where the names are too many to be known, no sentence is shown that may hold one. */
static const char *sentence(struct redactor *r, const char *text) {
    return r->known.left_out == 0 ? token_sentence(r, text) : NULL;
}

static void copy_findings(struct redactor *r, struct tlswatch_record *record) {
    struct tlswatch_finding *copy = room(r, record->num_findings, sizeof *copy);
    for (size_t i = 0; copy != NULL && i < record->num_findings; i++) {
        copy[i] = record->findings[i];
        copy[i].text = sentence(r, copy[i].text);
    }
    record->findings = copy;
}

static void copy_rivals(struct redactor *r, struct tlswatch_record *record) {
    struct tlswatch_rival *copy = room(r, record->num_rivals, sizeof *copy);
    for (size_t i = 0; copy != NULL && i < record->num_rivals; i++) {
        copy[i] = record->rivals[i];
        copy[i].why = sentence(r, copy[i].why);
    }
    record->rivals = copy;
}

static void copy_sentences(struct redactor *r, struct tlswatch_record *record) {
    record->message = sentence(r, record->message);
    record->advice_client = sentence(r, record->advice_client);
    record->advice_server = sentence(r, record->advice_server);
    record->client_log = sentence(r, record->client_log);
    record->server_log = sentence(r, record->server_log);
    record->known_issuer.text = sentence(r, record->known_issuer.text);
    copy_findings(r, record);
    copy_rivals(r, record);
}

const struct tlswatch_record *redact_record(struct redactor *r, const struct tlswatch_record *record) {
    arena_reset(&r->arena);
    r->failed = false;
    r->record = *record;
    copy_facts(r, &r->record);
    if (r->known.left_out > 0) {
        /* Those of other conversations make place. */
        groups_clear(&r->known);
        r->record = *record;
        copy_facts(r, &r->record);
    }
    copy_sentences(r, &r->record);
    return r->failed ? NULL : &r->record;
}
