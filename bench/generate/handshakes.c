#define OPENSSL_SUPPRESS_DEPRECATED /* there is no other way to fix what libcrypto takes for random */
#include "handshakes.h"

#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUM_SERVERS 24
#define NUM_KEYS 4 /* of the clients, and of the servers; half of them RSA */
#define DAY 86400L

struct issuer {
    X509 *certificate;
    EVP_PKEY *key;
};

struct pki {
    struct issuer server_root, server_ca;                          /* RSA */
    struct issuer client_root, client_ca_rsa, client_ca_ec, rogue; /* P-384, RSA, P-256, P-256 */
    EVP_PKEY *server_keys[NUM_KEYS], *client_keys[NUM_KEYS];
    SSL_CTX *servers[NUM_KINDS][NUM_SERVERS];
};

struct subject {
    const char *organization, *name, *alternative_names, *purpose; /* purpose NULL: a CA */
    long from_days, to_days;
};

static const struct {
    const char *name;
    bool completes;
} kinds[NUM_KINDS] = {
        [MUTUAL] = {"mutual", true},
        [DECLINED] = {"declined", false},
        [UNKNOWN_CA] = {"unknown-ca", false},
        [EXPIRED] = {"expired", false},
        [SERVER_REFUSED] = {"server-refused", false},
        [OLD_VERSION] = {"old-version", false},
        [RESUMED] = {"resumed", true},
        [ONE_SIDED] = {"one-sided", true},
        [TLS13] = {"tls13", true},
};

const char *handshake_kind_name(enum handshake_kind kind) {
    return kinds[kind].name;
}

bool handshake_completes(enum handshake_kind kind) {
    return kinds[kind].completes;
}

static void want(bool good, const char *what) {
    if (!good) {
        fprintf(stderr, "generate: libssl: %s\n", what);
        exit(2);
    }
}

/* --- What is random elsewhere. --- */

static uint64_t random_state = 0x9E3779B97F4A7C15;

/* Marsaglia's xorshift64*. */
static int fixed_bytes(unsigned char *out, int len) {
    for (int i = 0; i < len; i++) {
        random_state ^= random_state >> 12;
        random_state ^= random_state << 25;
        random_state ^= random_state >> 27;
        out[i] = (unsigned char)((random_state * UINT64_C(2685821657736338717)) >> 56);
    }
    return 1;
}

static int fixed_seed(const void *bytes, int len) {
    (void)bytes, (void)len;
    return 1;
}

static int fixed_add(const void *bytes, int len, double entropy) {
    (void)bytes, (void)len, (void)entropy;
    return 1;
}

static int fixed_status(void) {
    return 1;
}

static void fix_random(void) {
    static const RAND_METHOD method = {fixed_seed, fixed_bytes, NULL, fixed_add, fixed_bytes, fixed_status};
    want(RAND_set_rand_method(&method) == 1, "its random numbers can't be fixed");
}

/* --- Certificates. --- */

static EVP_PKEY *new_key(bool rsa, const char *curve) {
    EVP_PKEY *key = rsa ? EVP_RSA_gen(2048) : EVP_EC_gen(curve);
    want(key != NULL, "no key");
    return key;
}

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    want(extension != NULL && X509_add_ext(certificate, extension, -1) == 1, value);
    X509_EXTENSION_free(extension);
}

static void add_extensions(X509 *certificate, const struct subject *subject, X509 *issuer) {
    bool ca = subject->purpose == NULL;
    add_extension(certificate, issuer, NID_basic_constraints, ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(certificate, issuer, NID_key_usage, ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature,keyEncipherment");
    add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
    if (issuer != certificate) {
        add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always");
        add_extension(certificate, issuer, NID_crl_distribution_points, "URI:http://crl.pki.example.com/issuing-ca-g2.crl");
        add_extension(certificate, issuer, NID_info_access, "OCSP;URI:http://ocsp.pki.example.com");
    }
    if (!ca) {
        add_extension(certificate, issuer, NID_ext_key_usage, subject->purpose);
        add_extension(certificate, issuer, NID_subject_alt_name, subject->alternative_names);
    }
}

/* "SER" and six digits, and then what is random: the digits can be changed in the finished bytes. */
static void set_serial(X509 *certificate, unsigned number) {
    unsigned char serial[16];
    fixed_bytes(serial, sizeof serial);
    char digits[16];
    snprintf(digits, sizeof digits, "SER%06u", number % 1000000);
    memcpy(serial, digits, 9);
    BIGNUM *value = BN_bin2bn(serial, sizeof serial, NULL);
    BN_to_ASN1_INTEGER(value, X509_get_serialNumber(certificate));
    BN_free(value);
}

/* Issued by itself where `issuer` is NULL. */
static X509 *new_certificate(const struct subject *subject, EVP_PKEY *key, const struct issuer *issuer) {
    static unsigned number;
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_set_version(certificate, X509_VERSION_3);
    set_serial(certificate, number++);
    ASN1_TIME_set(X509_getm_notBefore(certificate), HANDSHAKES_TIME + subject->from_days * DAY);
    ASN1_TIME_set(X509_getm_notAfter(certificate), HANDSHAKES_TIME + subject->to_days * DAY);
    X509_NAME_add_entry_by_txt(name, "C", MBSTRING_ASC, (const unsigned char *)"US", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)subject->organization, -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)subject->name, -1, -1, 0);
    X509_set_issuer_name(certificate, issuer == NULL ? name : X509_get_subject_name(issuer->certificate));
    X509_set_pubkey(certificate, key);
    add_extensions(certificate, subject, issuer == NULL ? certificate : issuer->certificate);
    want(X509_sign(certificate, issuer == NULL ? key : issuer->key, EVP_sha256()) > 0, "a certificate can't be signed");
    return certificate;
}

static struct issuer new_issuer(const char *organization, const char *name, EVP_PKEY *key, const struct issuer *issuer) {
    const struct subject subject = {.organization = organization, .name = name, .from_days = -1000, .to_days = 4000};
    return (struct issuer){new_certificate(&subject, key, issuer), key};
}

static void make_pki(struct pki *p) {
    p->server_root = new_issuer("Example Server PKI", "Example Server Root CA G1", new_key(true, NULL), NULL);
    p->server_ca = new_issuer("Example Server PKI", "Example Server Issuing CA G2", new_key(true, NULL), &p->server_root);
    p->client_root = new_issuer("Example Device PKI", "Example Device Root CA G1", new_key(false, "P-384"), NULL);
    p->client_ca_rsa = new_issuer("Example Device PKI", "Example Device Issuing CA R1", new_key(true, NULL), &p->client_root);
    p->client_ca_ec = new_issuer("Example Device PKI", "Example Device Issuing CA E1", new_key(false, "P-256"), &p->client_root);
    p->rogue = new_issuer("Rogue PKI", "Rogue Root CA", new_key(false, "P-256"), NULL);
    for (int i = 0; i < NUM_KEYS; i++) {
        p->server_keys[i] = new_key(i % 2 == 0, "P-256");
        p->client_keys[i] = new_key(i % 2 == 0, "P-256");
    }
}

/* --- Contexts. --- */

static void set_time(SSL_CTX *context) {
    X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(context), HANDSHAKES_TIME);
}

static void set_versions(SSL_CTX *context, int least, int most) {
    SSL_CTX_set_min_proto_version(context, least);
    SSL_CTX_set_max_proto_version(context, most);
}

static void use(SSL_CTX *context, X509 *certificate, EVP_PKEY *key, const struct issuer *issuer, const struct issuer *root) {
    want(SSL_CTX_use_certificate(context, certificate) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1, "a certificate can't be used");
    SSL_CTX_add1_chain_cert(context, issuer->certificate);
    if (root != NULL) {
        SSL_CTX_add1_chain_cert(context, root->certificate);
    }
}

static void trust(SSL_CTX *context, const struct issuer *root, int mode) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), root->certificate);
    SSL_CTX_set_verify(context, mode, NULL);
}

/* The time of a session is inside its ticket. */
static int fix_ticket(SSL *ssl, void *user) {
    (void)user;
    SSL_SESSION_set_time(SSL_get_session(ssl), HANDSHAKES_TIME);
    return 1;
}

static SSL_CTX *new_server(const struct pki *p, size_t number, enum handshake_kind kind) {
    char name[64], names[160];
    snprintf(name, sizeof name, "api-%02zu.gateway.example.com", number);
    snprintf(names, sizeof names, "DNS:%s,DNS:*.svc-%02zu.gateway.example.com", name, number);
    const struct subject subject = {"Example Corp", name, names, "serverAuth", -30, 335};
    EVP_PKEY *key = p->server_keys[number % NUM_KEYS];
    X509 *certificate = new_certificate(&subject, key, &p->server_ca);
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    set_versions(context, TLS1_2_VERSION, kind == TLS13 ? TLS1_3_VERSION : TLS1_2_VERSION);
    set_time(context);
    use(context, certificate, key, &p->server_ca, number % 4 == 3 ? &p->server_root : NULL);
    SSL_CTX_set_session_id_context(context, (const unsigned char *)"bench", 5);
    SSL_CTX_set_timeout(context, 1000000000); /* fixed times are long ago */
    SSL_CTX_set_session_ticket_cb(context, fix_ticket, NULL, NULL);
    if (number % 2 == 1) {
        SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    }
    if (kind != ONE_SIDED) {
        trust(context, &p->client_root, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
        SSL_CTX_add_client_CA(context, p->client_root.certificate);
        SSL_CTX_add_client_CA(context, p->client_ca_rsa.certificate);
        SSL_CTX_add_client_CA(context, p->client_ca_ec.certificate);
    }
    X509_free(certificate);
    return context;
}

static void use_client_certificate(SSL_CTX *context, const struct pki *p, size_t number, enum handshake_kind kind) {
    char name[64], names[160];
    snprintf(name, sizeof name, "client-%06zu.devices.example.com", number);
    snprintf(names, sizeof names, "DNS:%s,URI:spiffe://devices.example.com/ns/prod/sa/client-%06zu", name, number);
    long from = kind == EXPIRED ? -400 : -40;
    const struct subject subject = {"Example Fleet Operations", name, names, "clientAuth", from, from + 365};
    const struct issuer *issuer = kind == UNKNOWN_CA ? &p->rogue : number % 2 == 0 ? &p->client_ca_rsa : &p->client_ca_ec;
    EVP_PKEY *key = p->client_keys[number % NUM_KEYS];
    X509 *certificate = new_certificate(&subject, key, issuer);
    use(context, certificate, key, issuer, number % 3 == 0 && kind != UNKNOWN_CA ? &p->client_root : NULL);
    X509_free(certificate);
}

static SSL_CTX *new_client(const struct pki *p, size_t number, enum handshake_kind kind) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    set_versions(context, kind == OLD_VERSION ? TLS1_3_VERSION : TLS1_2_VERSION, TLS1_3_VERSION);
    set_time(context);
    trust(context, kind == SERVER_REFUSED ? &p->rogue : &p->server_root, SSL_VERIFY_PEER);
    if (kind != DECLINED) {
        use_client_certificate(context, p, number, kind);
    }
    return context;
}

/* --- Conversations. --- */

struct talk {
    SSL *client, *server;
    struct handshake *out;
};

/* What one side has to say goes to the other; false where it is nothing. */
static bool pass_on(struct talk *t, bool by_server) {
    BIO *from = SSL_get_wbio(by_server ? t->server : t->client), *to = SSL_get_rbio(by_server ? t->client : t->server);
    size_t len = BIO_ctrl_pending(from);
    if (len == 0) {
        return false;
    }
    want(t->out->num_flights < HANDSHAKE_FLIGHTS, "more flights than expected");
    struct flight *flight = &t->out->flights[t->out->num_flights++];
    *flight = (struct flight){by_server, len, malloc(len)};
    want(flight->bytes != NULL, "memory is exhausted");
    BIO_read(from, flight->bytes, (int)len);
    BIO_write(to, flight->bytes, (int)len);
    return true;
}

/* What comes after the handshake, or instead of it, is read here too: tickets, alerts. */
static bool go_on(SSL *ssl) {
    unsigned char nothing[64];
    if (SSL_is_init_finished(ssl)) {
        SSL_read(ssl, nothing, sizeof nothing);
    } else {
        SSL_do_handshake(ssl);
    }
    return SSL_is_init_finished(ssl);
}

static bool shake_hands(struct talk *t) {
    bool client_done = false, server_done = false;
    for (bool spoke = true; spoke;) {
        client_done = go_on(t->client);
        spoke = pass_on(t, false);
        server_done = go_on(t->server);
        spoke |= pass_on(t, true);
    }
    return client_done && server_done;
}

static void say(struct talk *t, bool by_server, int len) {
    static const unsigned char words[2048];
    unsigned char heard[2048];
    want(SSL_write(by_server ? t->server : t->client, words, len) == len, "nothing can be said");
    pass_on(t, by_server);
    SSL_read(by_server ? t->client : t->server, heard, sizeof heard);
}

static void say_goodbye(struct talk *t) {
    unsigned char nothing[64];
    SSL_shutdown(t->client);
    pass_on(t, false);
    SSL_read(t->server, nothing, sizeof nothing);
    SSL_shutdown(t->server);
    pass_on(t, true);
}

static SSL *new_end(SSL_CTX *context) {
    SSL *ssl = SSL_new(context);
    want(ssl != NULL, "memory is exhausted");
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    return ssl;
}

/* `session` is continued where it is not NULL. Returns a session that can be, or NULL. */
static SSL_SESSION *converse(SSL_CTX *client, SSL_CTX *server, const char *server_name, SSL_SESSION *session, struct handshake *out) {
    struct talk talk = {.out = out};
    talk.client = new_end(client);
    talk.server = new_end(server);
    SSL_set_tlsext_host_name(talk.client, server_name);
    if (session != NULL) {
        SSL_set_session(talk.client, session);
    }
    SSL_set_connect_state(talk.client);
    SSL_set_accept_state(talk.server);
    bool completed = shake_hands(&talk);
    want(completed == handshake_completes(out->kind), handshake_kind_name(out->kind));
    want((SSL_session_reused(talk.client) == 1) == (out->kind == RESUMED), "a session is not resumed");
    SSL_SESSION *again = NULL;
    if (completed) {
        say(&talk, false, 150 + (int)(random_state % 300));
        say(&talk, true, 200 + (int)(random_state % 900));
        again = SSL_get1_session(talk.client);
        say_goodbye(&talk);
    }
    SSL_free(talk.client);
    SSL_free(talk.server);
    return again;
}

static void find_digits(struct handshake *h, size_t flight, const char *marker) {
    const struct flight *f = &h->flights[flight];
    size_t len = strlen(marker);
    for (size_t at = 0; at + len + 6 <= f->len && h->num_digits < HANDSHAKE_DIGITS; at++) {
        if (memcmp(f->bytes + at, marker, len) == 0) {
            h->digits[h->num_digits].flight = flight;
            h->digits[h->num_digits++].offset = at + len;
        }
    }
}

static struct handshake *add(struct handshakes *out, enum handshake_kind kind) {
    out->of_kind[kind][out->num_of_kind[kind]++] = out->num;
    struct handshake *h = &out->each[out->num++];
    h->kind = kind;
    return h;
}

static void add_conversation(struct handshakes *out, struct pki *p, size_t client, enum handshake_kind kind) {
    size_t number = client * 7 % NUM_SERVERS;
    char name[64];
    snprintf(name, sizeof name, "api-%02zu.gateway.example.com", number);
    SSL_CTX *context = new_client(p, client, kind), **server = &p->servers[kind == ONE_SIDED || kind == TLS13 ? kind : MUTUAL][number];
    if (*server == NULL) {
        *server = new_server(p, number, kind);
    }
    struct handshake *h = add(out, kind == RESUMED ? MUTUAL : kind);
    SSL_SESSION *session = converse(context, *server, name, NULL, h);
    for (size_t i = 0; i < h->num_flights && h->kind == MUTUAL; i++) {
        if (!h->flights[i].by_server) {
            find_digits(h, i, "client-");
            find_digits(h, i, "SER");
        }
    }
    if (kind == RESUMED) {
        SSL_SESSION_free(converse(context, *server, name, session, add(out, RESUMED)));
    }
    SSL_SESSION_free(session);
    SSL_CTX_free(context);
}

/* Of 40 clients one has the wrong CA and one is late; the others are well, and some of them do more besides. */
static enum handshake_kind kind_of(size_t client) {
    return client % 40 == 38 ? UNKNOWN_CA : client % 40 == 39 ? EXPIRED : client % 16 == 4 ? RESUMED : MUTUAL;
}

void handshakes_make(struct handshakes *out, size_t num_clients) {
    static const enum handshake_kind others[] = {ONE_SIDED, TLS13, DECLINED, SERVER_REFUSED, OLD_VERSION};
    const size_t num_others = sizeof others / sizeof *others;
    static struct pki p; /* until the end of the program */
    num_clients = num_clients < 40 ? 40 : num_clients;
    size_t most = 3 * num_clients;
    *out = (struct handshakes){.each = calloc(most, sizeof *out->each)};
    want(out->each != NULL, "memory is exhausted");
    for (int kind = 0; kind < NUM_KINDS; kind++) {
        out->of_kind[kind] = calloc(most, sizeof **out->of_kind);
        want(out->of_kind[kind] != NULL, "memory is exhausted");
    }
    fix_random();
    make_pki(&p);
    for (size_t i = 0; i < num_clients; i++) {
        add_conversation(out, &p, i, kind_of(i));
        if (i % 4 == 1) {
            add_conversation(out, &p, i, others[i / 4 % num_others]);
        }
    }
}

void handshakes_clear(struct handshakes *handshakes) {
    for (size_t i = 0; i < handshakes->num; i++) {
        for (size_t k = 0; k < handshakes->each[i].num_flights; k++) {
            free(handshakes->each[i].flights[k].bytes);
        }
    }
    free(handshakes->each);
    for (int kind = 0; kind < NUM_KINDS; kind++) {
        free(handshakes->of_kind[kind]);
    }
}
