/*
 * Rules over what stands in the certificates of one side: dates, purposes, constraints, algorithms, and whether the
 * key belongs to the certificate. All are judged at the time of the packet that carried the chain.
 */
#include "diagnosis/rules.h"
#include "diagnosis/habits.h"
#include "diagnosis/words.h"
#include "tls/registry.h"

static bool propose(struct candidate *out, const struct party *party, int index, const char *object, const char *clause) {
    out->certificate_of = out->at_fault = party->side;
    out->index = index;
    out->object = object;
    out->clause = clause;
    out->mark = party->mark;
    out->confidence = TLSWATCH_CERTAIN;
    return true;
}

/* Which certificate of the chain, for people: "the client's certificate CN=x", "the intermediate CN=y". */
static const char *describe(const struct judge *j, const struct party *party, size_t index) {
    const char *name = words_subject(j->arena, party->chain[index]);
    if (index == 0) {
        return name;
    }
    return arena_format(j->arena, "the CA certificate %s that it sent along", name);
}

bool rule_malformed(const struct judge *j, const struct party *party, struct candidate *out) {
    for (size_t i = 0; i < party->num_chain; i++) {
        const char *why = party->chain[i]->facts.malformed;
        if (why != NULL) {
            return propose(out, party, (int)i, arena_format(j->arena, "certificate %zu of the chain", i + 1),
                           arena_format(j->arena, "certificate %zu of its chain can't be parsed (%s)", i + 1, why));
        }
        const char *extension = party->chain[i]->invalid_extension;
        if (extension != NULL) {
            return propose(out, party, (int)i, words_subject(j->arena, party->chain[i]),
                           arena_format(j->arena, "%s has an extension that does not decode (%s)", describe(j, party, i), extension));
        }
    }
    return false;
}

bool rule_expired(const struct judge *j, const struct party *party, struct candidate *out) {
    for (size_t k = 0; k < party->path.num_path; k++) {
        size_t i = party->path.path[k];
        const struct certificate *c = party->chain[i];
        if (c->facts.malformed == NULL && party_needs(party, k) && party->time > c->facts.not_after) {
            return propose(out, party, (int)i, words_subject(j->arena, c),
                           arena_format(j->arena, "%s expired %s before this packet, on %s", describe(j, party, i),
                                        words_span(j->arena, party->time - c->facts.not_after), words_time(j->arena, c->facts.not_after)));
        }
    }
    return false;
}

bool rule_not_yet_valid(const struct judge *j, const struct party *party, struct candidate *out) {
    for (size_t k = 0; k < party->path.num_path; k++) {
        size_t i = party->path.path[k];
        const struct certificate *c = party->chain[i];
        if (c->facts.malformed == NULL && party_needs(party, k) && party->time < c->facts.not_before) {
            return propose(out, party, (int)i, words_subject(j->arena, c),
                           arena_format(j->arena, "%s becomes valid only %s after this packet, on %s", describe(j, party, i),
                                        words_span(j->arena, c->facts.not_before - party->time),
                                        words_time(j->arena, c->facts.not_before)));
        }
    }
    return false;
}

#define NAMED 5 /* of a list that may be long */

static const char *join(struct arena *arena, const char *const *list) {
    const char *text = "empty";
    for (size_t i = 0; list != NULL && list[i] != NULL && text != NULL; i++) {
        if (i == NAMED) {
            return arena_format(arena, "%s ...", text);
        }
        text = i == 0 ? words_cut(arena, list[0]) : arena_format(arena, "%s, %s", text, words_cut(arena, list[i]));
    }
    return text;
}

/* None, or one that several stacks have for nearly everything. */
static bool is_general(uint8_t code) {
    return code == 0 || code == ALERT_BAD_CERTIFICATE || code == ALERT_CERTIFICATE_UNKNOWN;
}

/* RFC 5280, 4.2.1.12 leaves it to the application whether "any" will do. OpenSSL and NSS say no. */
static bool any_purpose_refused(const struct judge *j, const struct party *party, int index, const char *wanted, struct candidate *out) {
    uint8_t code = judge_alert_of(j, side_opposite(party->side));
    const char *subject = words_subject(j->arena, party->chain[index]);
    if (!judge_refused(j, party) || (code != 0 && code != ALERT_UNSUPPORTED_CERTIFICATE && code != ALERT_CERTIFICATE_UNKNOWN)) {
        return false;
    }
    propose(out, party, index, subject,
            arena_format(j->arena,
                         "the extendedKeyUsage of %s has anyExtendedKeyUsage in place of %s, which OpenSSL and NSS do not take for it",
                         describe(j, party, (size_t)index), wanted));
    out->confidence = code == ALERT_UNSUPPORTED_CERTIFICATE ? TLSWATCH_LIKELY : TLSWATCH_POSSIBLE;
    return true;
}

bool rule_purpose(const struct judge *j, const struct party *party, struct candidate *out) {
    const char *wanted = party->side == TLSWATCH_CLIENT ? "clientAuth" : "serverAuth";
    int any = -1;
    for (size_t k = 0; k < party->path.num_path; k++) {
        size_t i = party->path.path[k];
        const struct certificate *c = party->chain[i];
        bool allowed = party->side == TLSWATCH_CLIENT ? c->eku_client_auth : c->eku_server_auth;
        if (!c->has_extended_key_usage || allowed || c->facts.self_signed) {
            continue;
        }
        if (c->eku_any) {
            any = any < 0 ? (int)i : any;
        } else {
            propose(out, party, (int)i, words_subject(j->arena, c),
                    arena_format(j->arena, "the extendedKeyUsage of %s is %s, without %s", describe(j, party, i),
                                 join(j->arena, c->facts.extended_key_usage), wanted));
            out->tolerated = i > 0; /* RFC 5280 knows nothing of it in a CA: OpenSSL and Go mind, GnuTLS, Java and NSS do not */
            return true;
        }
    }
    return any >= 0 && any_purpose_refused(j, party, any, wanted, out);
}

/* RFC 5246, 7.4.2: for DHE and ECDHE the bit is digitalSignature. OpenSSL and Go do not look at it; GnuTLS and Java do. */
static bool usage_of_signing_key(const struct judge *j, const struct party *party, struct candidate *out) {
    const struct certificate *c = party->chain[0];
    const char *suite = cipher_suite_name(j->facts->conversation->cipher_suite);
    enum stack stack = stack_likely(j->facts->client_stack);
    uint8_t code = judge_alert_of(j, side_opposite(party->side));
    bool signs = suite != NULL && (strstr(suite, "_DHE_") != NULL || strstr(suite, "_ECDHE_") != NULL);
    bool meant = code == ALERT_UNSUPPORTED_CERTIFICATE || code == ALERT_ILLEGAL_PARAMETER || code == ALERT_INTERNAL_ERROR;
    if (!signs || (!meant && !is_general(code)) || !judge_refused(j, party) || stack == STACK_OPENSSL || stack == STACK_GO ||
        (c->key_usage & KU_DIGITAL_SIGNATURE) != 0) {
        return false;
    }
    propose(out, party, 0, words_subject(j->arena, c),
            arena_format(j->arena, "the keyUsage of %s is %s, without digitalSignature, which this key exchange needs",
                         describe(j, party, 0), join(j->arena, c->facts.key_usage)));
    out->confidence = meant || stack == STACK_GNUTLS || stack == STACK_JAVA ? TLSWATCH_LIKELY : TLSWATCH_POSSIBLE;
    return true;
}

bool rule_key_usage(const struct judge *j, const struct party *party, struct candidate *out) {
    for (size_t k = 0; k < party->path.num_path; k++) {
        size_t i = party->path.path[k];
        const struct certificate *c = party->chain[i];
        const char *missing = NULL;
        uint32_t leaf_usage = KU_DIGITAL_SIGNATURE;
        if (party->side == TLSWATCH_SERVER) {
            leaf_usage |= KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT;
        }
        if (c->has_key_usage && i == 0 && (c->key_usage & leaf_usage) == 0) {
            missing = "digitalSignature";
        } else if (c->has_key_usage && i > 0 && (c->key_usage & KU_KEY_CERT_SIGN) == 0) {
            missing = "keyCertSign";
        }
        if (missing != NULL) {
            return propose(out, party, (int)i, words_subject(j->arena, c),
                           arena_format(j->arena, "the keyUsage of %s is %s, without %s", describe(j, party, i),
                                        join(j->arena, c->facts.key_usage), missing));
        }
    }
    return party->side == TLSWATCH_SERVER && party->num_chain > 0 && party->chain[0]->has_key_usage && usage_of_signing_key(j, party, out);
}

bool rule_issuer_not_ca(const struct judge *j, const struct party *party, struct candidate *out) {
    for (size_t k = 1; k < party->path.num_path; k++) {
        const struct certificate *c = party->chain[party->path.path[k]];
        if (c->facts.malformed == NULL && !c->facts.ca) {
            return propose(out, party, (int)party->path.path[k], words_subject(j->arena, c),
                           arena_format(j->arena, "%s issued %s but is no CA: its basicConstraints does not say CA:TRUE",
                                        words_subject(j->arena, c), words_subject(j->arena, party->chain[party->path.path[k - 1]])));
        }
    }
    return false;
}

/* RFC 5280, 6.1.4 (l), (m): certificates between a CA and the leaf, self-issued ones not counted. */
bool rule_path_too_long(const struct judge *j, const struct party *party, struct candidate *out) {
    int below = 0;
    for (size_t k = 1; k < party->path.num_path; k++) {
        const struct certificate *c = party->chain[party->path.path[k]];
        if (c->facts.path_len >= 0 && below > c->facts.path_len) {
            return propose(out, party, (int)party->path.path[k], words_subject(j->arena, c),
                           arena_format(j->arena, "%s has more CAs below it (%d) than its pathLenConstraint allows (%d)",
                                        words_subject(j->arena, c), below, c->facts.path_len));
        }
        below += !c->facts.self_issued;
    }
    return false;
}

bool rule_name_constraint(const struct judge *j, const struct party *party, struct candidate *out) {
    for (size_t k = 1; k < party->path.num_path; k++) {
        const struct certificate *ca = party->chain[party->path.path[k]];
        for (size_t below = 0; ca->has_name_constraints && below < k; below++) {
            const struct certificate *c = party->chain[party->path.path[below]];
            if ((below == 0 || !c->facts.self_issued) && !certificate_names_permitted(ca, c)) {
                propose(out, party, (int)party->path.path[below], words_subject(j->arena, c),
                        arena_format(j->arena, "the nameConstraints of %s do not permit the names of %s", words_subject(j->arena, ca),
                                     words_subject(j->arena, c)));
                /* Without another name it may be a host name in CN, which OpenSSL and Java look at, and the RFC does not. */
                out->tolerated = c->facts.alternative_names == NULL;
                out->confidence = out->tolerated ? TLSWATCH_LIKELY : TLSWATCH_CERTAIN;
                return true;
            }
        }
    }
    return false;
}

bool rule_critical_extension(const struct judge *j, const struct party *party, struct candidate *out) {
    for (size_t k = 0; k < party->path.num_path; k++) {
        size_t i = party->path.path[k];
        const struct certificate *c = party->chain[i];
        if (c->unknown_critical != NULL) {
            return propose(out, party, (int)i, words_subject(j->arena, c),
                           arena_format(j->arena,
                                        "%s has the critical extension %s, which most software does not know and must then refuse",
                                        describe(j, party, i), words_cut(j->arena, c->unknown_critical)));
        }
    }
    return false;
}

/* OpenSSL's security level 2, the default of Debian and many others: 112 bits, no SHA-1, no MD5. Signatures of
 * self-signed certificates are not looked at. */
static const char *weakness(const struct judge *j, const struct certificate *c) {
    if (!c->facts.self_signed && (c->signature_digest == DIGEST_MD5 || c->signature_digest == DIGEST_SHA1)) {
        return arena_format(j->arena, "is signed with %s", c->facts.signature_algorithm);
    }
    bool rsa = c->key_type == KEY_RSA || c->key_type == KEY_RSA_PSS || c->key_type == KEY_DSA;
    if ((rsa && c->key_bits < 2048) || (c->key_type == KEY_EC && c->key_bits > 0 && c->key_bits < 224)) {
        return arena_format(j->arena, "has a key of %d bits (%s)", c->key_bits, c->facts.public_key);
    }
    return NULL;
}

bool rule_weak_algorithm(const struct judge *j, const struct party *party, struct candidate *out) {
    for (size_t k = 0; k < party->path.num_path; k++) {
        size_t i = party->path.path[k];
        const struct certificate *c = party->chain[i];
        const char *weak = c->facts.malformed == NULL ? weakness(j, c) : NULL;
        if (weak != NULL) {
            propose(out, party, (int)i, words_subject(j->arena, c), arena_format(j->arena, "%s %s", describe(j, party, i), weak));
            out->confidence = TLSWATCH_LIKELY;
            return true;
        }
    }
    return false;
}

bool rule_key_mismatch(const struct judge *j, const struct party *party, struct candidate *out) {
    const struct facts *f = j->facts;
    bool client = party->side == TLSWATCH_CLIENT;
    if (party->num_chain == 0 || (client ? f->certificate_verify : f->server_key_exchange) != LINK_FAILED) {
        return false;
    }
    return propose(out, party, 0, words_subject(j->arena, party->chain[0]),
                   arena_format(j->arena, "its %s is not signed by the key of %s: key and certificate do not belong together",
                                client ? "CertificateVerify" : "ServerKeyExchange", words_subject(j->arena, party->chain[0])));
}

/* The server found a signature wrong, and this one could not be checked: it is lost, or of a kind or size that is not computed. */
bool rule_key_may_mismatch(const struct judge *j, const struct party *party, struct candidate *out) {
    if (party->side != TLSWATCH_CLIENT || !facts_signature_is_unknown(j->facts) ||
        judge_alert_of(j, TLSWATCH_SERVER) != ALERT_DECRYPT_ERROR) {
        return false;
    }
    const char *subject = words_subject(j->arena, party->chain[0]);
    propose(out, party, 0, subject,
            arena_format(j->arena, "its CertificateVerify could not be checked here, and may not be signed by the key of %s", subject));
    out->confidence = TLSWATCH_POSSIBLE;
    out->confirmed = true;
    return true;
}

/* RFC 5246, 7.4.4; RFC 8422, 5.5: EC and EdDSA keys come under ecdsa_sign. */
static uint8_t certificate_type_of(const struct certificate *c) {
    switch (c->key_type) {
    case KEY_RSA:
    case KEY_RSA_PSS:
        return 1;
    case KEY_DSA:
        return 2;
    case KEY_EC:
    case KEY_ED25519:
    case KEY_ED448:
        return 64;
    case KEY_OTHER:
        break;
    }
    return 0;
}

/* Is there an algorithm in the list that a key of this kind can sign with? The low byte of a TLS 1.2 pair is the kind. */
static bool scheme_for(struct bytes schemes, const struct certificate *c) {
    uint16_t s;
    while (bytes_u16(&schemes, &s)) {
        bool rsa = (s & 0xff) == 1 || (s >= 0x0804 && s <= 0x0806);
        bool rsa_pss = s >= 0x0809 && s <= 0x080b;
        if ((c->key_type == KEY_RSA && rsa) || (c->key_type == KEY_RSA_PSS && rsa_pss) || (c->key_type == KEY_DSA && (s & 0xff) == 2) ||
            (c->key_type == KEY_EC && (s & 0xff) == 3 && s < 0x0800) || (c->key_type == KEY_ED25519 && s == 0x0807) ||
            (c->key_type == KEY_ED448 && s == 0x0808) || c->key_type == KEY_OTHER) {
            return true;
        }
    }
    return false;
}

/* RFC 8422, 5.1.1: what everybody has. A CertificateRequest of TLS 1.2 names no curves. */
bool curve_is_usual(const struct certificate *c) {
    return c->key_type != KEY_EC ||
           (c->curve != NULL && (strcmp(c->curve, "P-256") == 0 || strcmp(c->curve, "P-384") == 0 || strcmp(c->curve, "P-521") == 0));
}

/* OpenSSL then says 47, NSS 51, Java 40, and GnuTLS and Go what they always say. */
static bool curve_not_taken(const struct judge *j, const struct party *party, struct candidate *out) {
    const struct certificate *leaf = party->chain[0];
    uint8_t code = judge_alert_of(j, TLSWATCH_SERVER);
    bool meant = code == ALERT_ILLEGAL_PARAMETER || code == ALERT_DECRYPT_ERROR;
    bool fits = meant || code == ALERT_HANDSHAKE_FAILURE || code == ALERT_UNSUPPORTED_CERTIFICATE;
    if (curve_is_usual(leaf) || !judge_refused(j, party) || (!fits && !is_general(code))) {
        return false;
    }
    propose(out, party, 0, leaf->facts.public_key,
            arena_format(j->arena, "its key is %s, a curve that few servers take", leaf->facts.public_key));
    out->confidence = fits ? TLSWATCH_LIKELY : TLSWATCH_POSSIBLE;
    out->confirmed = meant;
    return true;
}

bool rule_algorithm_not_offered(const struct judge *j, const struct party *party, struct candidate *out) {
    const struct facts *f = j->facts;
    if (party->side != TLSWATCH_CLIENT || party->num_chain == 0 || party->chain[0]->facts.malformed != NULL ||
        f->request_state != TLSWATCH_SEEN || f->request_malformed) {
        return false;
    }
    const struct certificate *leaf = party->chain[0];
    uint8_t type = certificate_type_of(leaf);
    bool type_asked = type == 0 || f->request.certificate_types.len == 0 ||
                      memchr(f->request.certificate_types.p, type, f->request.certificate_types.len) != NULL;
    bool scheme_asked = f->version < TLS_1_2 || scheme_for(f->request.supported_signature_algorithms, leaf);
    if (type_asked && scheme_asked) {
        return curve_not_taken(j, party, out);
    }
    return propose(out, party, 0, leaf->facts.public_key,
                   arena_format(j->arena, "its key is %s, and the server asked for no %s with such a key", leaf->facts.public_key,
                                type_asked ? "signature algorithm" : "certificate type"));
}

/* The client's stack has an alert that it sends for a name that does not fit, and another for an unknown issuer. */
static bool alert_means_the_name(const struct judge *j) {
    const struct facts *f = j->facts;
    enum stack stack = stack_likely(f->client_stack);
    uint8_t code = judge_alert_of(j, TLSWATCH_CLIENT);
    return habit_agrees(stack, FAILURE_SERVER_HOSTNAME, code, f->tls13) == AGREEMENT_AGREES &&
           habit_agrees(stack, FAILURE_SERVER_UNKNOWN_ISSUER, code, f->tls13) == AGREEMENT_CONTRADICTS &&
           habit_agrees(stack, FAILURE_SERVER_EXPIRED, code, f->tls13) == AGREEMENT_CONTRADICTS;
}

/* RFC 9525, 2: a host name in CN no longer counts. Go looks at names before it looks for an issuer. */
static bool name_in_cn_alone(const struct judge *j, const struct party *party, struct candidate *out) {
    const struct facts *f = j->facts;
    const struct certificate *leaf = party->chain[0];
    bool go = stack_likely(f->client_stack) == STACK_GO;
    if (f->server_name == NULL || leaf->facts.alternative_names != NULL || !go || !judge_refused(j, party) ||
        judge_alert_of(j, TLSWATCH_CLIENT) != ALERT_BAD_CERTIFICATE) {
        return false;
    }
    propose(out, party, 0, words_cut(j->arena, f->server_name),
            arena_format(j->arena, "%s has no subjectAltName, and Go clients do not look for %s in its CN", words_subject(j->arena, leaf),
                         words_cut(j->arena, f->server_name)));
    out->confidence = TLSWATCH_LIKELY;
    return true;
}

/* The name the client asked for, against the names of the certificate. A client may check another one than it asks for. */
bool rule_hostname_mismatch(const struct judge *j, const struct party *party, struct candidate *out) {
    const struct facts *f = j->facts;
    if (party->side == TLSWATCH_SERVER && party->num_chain > 0 && party->chain[0]->facts.malformed == NULL && alert_means_the_name(j) &&
        (f->server_name == NULL || certificate_matches_host(party->chain[0], f->server_name) != HOST_DIFFERS)) {
        propose(out, party, 0, "the name that the client checks",
                arena_format(j->arena,
                             "%s may not be valid for the name that the client checks, which may be another than %s: %s clients say %s for "
                             "that, and something else for an unknown issuer or a date",
                             words_subject(j->arena, party->chain[0]),
                             f->server_name != NULL ? words_cut(j->arena, f->server_name) : "it asks for",
                             stack_name(f->client_stack.stack), f->alert->name));
        out->confidence = TLSWATCH_LIKELY;
        return true;
    }
    if (party->side != TLSWATCH_SERVER || party->num_chain == 0 || f->server_name == NULL) {
        return false;
    }
    if (certificate_matches_host(party->chain[0], f->server_name) != HOST_DIFFERS) {
        return name_in_cn_alone(j, party, out);
    }
    const char *name = words_cut(j->arena, f->server_name);
    return propose(out, party, 0, name,
                   arena_format(j->arena, "the client asked for %s, and %s is not valid for that name", name,
                                words_subject(j->arena, party->chain[0])));
}
