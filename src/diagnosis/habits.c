#include "diagnosis/habits.h"

#include "tls/registry.h"

#define CAUSE(name) TLSWATCH_CAUSE_##name
#define MOST_CAUSES 5

/* Which causes each kind of failure stands for. */
static const struct {
    enum failure failure;
    enum tlswatch_side certificate_of;
    enum tlswatch_cause causes[MOST_CAUSES]; /* NONE behind the last */
} kinds[] = {
        {FAILURE_NO_CERTIFICATE, TLSWATCH_CLIENT, {CAUSE(CLIENT_DECLINED)}},
        {FAILURE_UNKNOWN_ISSUER,
         TLSWATCH_CLIENT,
         {CAUSE(ISSUER_NOT_ADVERTISED), CAUSE(INTERMEDIATE_MISSING), CAUSE(ISSUER_UNKNOWN), CAUSE(TRUST_DIFFERS)}},
        {FAILURE_SELF_SIGNED, TLSWATCH_CLIENT, {CAUSE(SELF_SIGNED)}},
        {FAILURE_EXPIRED, TLSWATCH_CLIENT, {CAUSE(EXPIRED)}},
        {FAILURE_NOT_YET_VALID, TLSWATCH_CLIENT, {CAUSE(NOT_YET_VALID)}},
        {FAILURE_PURPOSE, TLSWATCH_CLIENT, {CAUSE(PURPOSE)}},
        {FAILURE_KEY_USAGE, TLSWATCH_CLIENT, {CAUSE(KEY_USAGE)}},
        {FAILURE_NOT_A_CA, TLSWATCH_CLIENT, {CAUSE(ISSUER_NOT_CA)}},
        {FAILURE_PATH_TOO_LONG, TLSWATCH_CLIENT, {CAUSE(PATH_TOO_LONG)}},
        {FAILURE_NAME_CONSTRAINT, TLSWATCH_CLIENT, {CAUSE(NAME_CONSTRAINT)}},
        {FAILURE_CRITICAL_EXTENSION, TLSWATCH_CLIENT, {CAUSE(CRITICAL_EXTENSION)}},
        {FAILURE_OTHER_KEY, TLSWATCH_CLIENT, {CAUSE(CA_REKEYED)}},
        {FAILURE_BAD_SIGNATURE, TLSWATCH_CLIENT, {CAUSE(CA_REKEYED)}},
        {FAILURE_WEAK_SIGNATURE, TLSWATCH_CLIENT, {CAUSE(WEAK_ALGORITHM)}},
        {FAILURE_REVOKED, TLSWATCH_CLIENT, {CAUSE(REVOKED)}},
        {FAILURE_ROOT_EXPIRED, TLSWATCH_CLIENT, {CAUSE(EXPIRED)}},
        {FAILURE_SERVER_UNKNOWN_ISSUER, TLSWATCH_SERVER, {CAUSE(ISSUER_UNKNOWN), CAUSE(INTERMEDIATE_MISSING)}},
        {FAILURE_SERVER_EXPIRED, TLSWATCH_SERVER, {CAUSE(EXPIRED)}},
        {FAILURE_SERVER_HOSTNAME, TLSWATCH_SERVER, {CAUSE(HOSTNAME_MISMATCH)}},
};
#define NUM_KINDS (sizeof kinds / sizeof *kinds)

static const struct habit *find_in(const struct habit *table, size_t num, enum stack stack, enum failure failure) {
    for (size_t i = 0; i < num; i++) {
        if (table[i].stack == stack && table[i].failure == failure) {
            return &table[i];
        }
    }
    return NULL;
}

const struct habit *habit_find(enum stack stack, enum failure failure) {
    const struct habit *h = find_in(server_habits, num_server_habits, stack, failure);
    return h != NULL ? h : find_in(client_habits, num_client_habits, stack, failure);
}

bool habit_is_about(enum failure failure, enum tlswatch_cause cause, enum tlswatch_side certificate_of) {
    for (size_t i = 0; i < NUM_KINDS; i++) {
        bool side = certificate_of == TLSWATCH_NOBODY || kinds[i].certificate_of == certificate_of;
        for (size_t k = 0; kinds[i].failure == failure && side && k < MOST_CAUSES && kinds[i].causes[k] != CAUSE(NONE); k++) {
            if (kinds[i].causes[k] == cause) {
                return true;
            }
        }
    }
    return false;
}

/* The certificate at the top of the path names its issuer's key. */
static bool names_issuer_key(const struct party *party) {
    const struct path *path = &party->path;
    return path->num_path > 0 && party->chain[path->path[path->num_path - 1]]->facts.authority_key_id != NULL;
}

enum failure habit_failure_of(enum tlswatch_cause cause, const struct party *party, int index) {
    /* What a CA may not do, and how weak is too weak, was measured for too few. */
    if ((cause == CAUSE(KEY_USAGE) && index > 0) || cause == CAUSE(WEAK_ALGORITHM)) {
        return FAILURE_NONE;
    }
    if (cause == CAUSE(CA_REKEYED) && party->side == TLSWATCH_CLIENT) {
        return names_issuer_key(party) ? FAILURE_OTHER_KEY : FAILURE_BAD_SIGNATURE;
    }
    for (int failure = FAILURE_NONE + 1; failure < NUM_FAILURES; failure++) {
        if (habit_is_about((enum failure)failure, cause, party->side)) {
            return (enum failure)failure;
        }
    }
    return FAILURE_NONE;
}

static bool opened_with(const struct facts *f, const char *name) {
    const char *opening = conversation_opening(f->conversation)->name;
    return opening != NULL && strcmp(opening, name) == 0;
}

struct stack_guess habit_server(const struct facts *f) {
    bool refused = f->refusal != REFUSAL_NONE, openssl = f->server_stack.stack == STACK_OPENSSL;
    if (f->answers_like != STACK_UNKNOWN) {
        return (struct stack_guess){f->answers_like, TLSWATCH_LIKELY};
    }
    if (openssl && refused && opened_with(f, "smtp")) {
        return (struct stack_guess){STACK_POSTFIX, TLSWATCH_POSSIBLE};
    }
    if (openssl && refused && opened_with(f, "imap")) {
        return (struct stack_guess){STACK_DOVECOT, TLSWATCH_POSSIBLE};
    }
    if (openssl && opened_with(f, "postgresql")) {
        return (struct stack_guess){STACK_POSTGRESQL, TLSWATCH_LIKELY};
    }
    if (f->server_stack.stack == STACK_GNUTLS && opened_with(f, "ldap")) {
        return (struct stack_guess){STACK_SLAPD, TLSWATCH_POSSIBLE};
    }
    return f->server_stack;
}

bool habit_verifies_first(enum stack stack) {
    const struct habit *h = habit_find(stack, FAILURE_UNKNOWN_ISSUER);
    return h != NULL && stack != STACK_OPENSSL && stack < NUM_LIBRARIES && h->conduct == TLSWATCH_SENDS_ALERT;
}

bool habit_accepts(enum stack stack, enum failure failure) {
    const struct habit *h = habit_find(stack, failure);
    return h != NULL && h->conduct == TLSWATCH_ACCEPTS;
}

/* The library itself makes the list of the certificates that it verifies with. */
bool habit_lists_its_trust(enum stack stack) {
    return stack == STACK_JAVA || stack == STACK_GO || stack == STACK_GNUTLS;
}

/* GnuTLS does both, as the program wishes: wget and ldapsearch withhold, gnutls-cli and curl send. */
enum withholding habit_withholds(enum stack stack) {
    bool withholds = stack == STACK_JAVA || stack == STACK_GO || stack == STACK_NSS;
    bool sends = stack == STACK_OPENSSL || stack == STACK_BORINGSSL || stack == STACK_MBEDTLS || stack == STACK_WOLFSSL;
    return withholds ? WITHHOLDS : sends ? SENDS_WHAT_IT_HAS : WITHHOLDING_UNKNOWN;
}

/* What Go's crypto/tls calls the alerts (alert.go). */
static const char *go_text(uint8_t code) {
    static const struct {
        uint8_t code;
        const char *text;
    } texts[] = {
            {40, "handshake failure"},
            {42, "bad certificate"},
            {43, "unsupported certificate"},
            {44, "revoked certificate"},
            {45, "expired certificate"},
            {46, "unknown certificate"},
            {47, "illegal parameter"},
            {48, "unknown certificate authority"},
            {49, "access denied"},
            {50, "error decoding message"},
            {51, "error decrypting message"},
            {70, "protocol version not supported"},
            {80, "internal error"},
            {112, "unrecognized name"},
            {116, "certificate required"},
            {120, "no application protocol"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i].code == code) {
            return texts[i].text;
        }
    }
    return NULL;
}

const char *habit_received(enum stack stack, uint8_t code, struct arena *arena) {
    const char *name = alert_name(code);
    switch (stack) {
    case STACK_OPENSSL: /* its error codes for alerts are 1000 + the alert's */
        return arena_format(arena, "error:%08X ... SSL alert number %u", 0x0a000000u + 1000 + code, code);
    case STACK_JAVA:
        return name != NULL ? arena_format(arena, "Received fatal alert: %s", name) : NULL;
    case STACK_GO:
        return go_text(code) != NULL ? arena_format(arena, "remote error: tls: %s", go_text(code)) : NULL;
    case STACK_MBEDTLS:
        return "-0x7780, a fatal alert message was received";
    case STACK_WOLFSSL:
        return "error -313, received alert fatal error";
    case STACK_NSS:
        return code == 48 ? "-12195 Peer does not recognize and trust the CA that issued your certificate" : NULL;
    case STACK_UNKNOWN:
    case STACK_BORINGSSL:
    case STACK_GNUTLS:
    case STACK_ERLANG:
    case STACK_APACHE:
    case STACK_NGINX:
    case STACK_HAPROXY:
    case STACK_STUNNEL:
    case STACK_POSTFIX:
    case STACK_DOVECOT:
    case STACK_POSTGRESQL:
    case STACK_NODE:
    case STACK_SLAPD:
    case NUM_STACKS:
        break;
    }
    return NULL;
}

uint8_t habit_alert(const struct habit *h, bool tls13) {
    return h->conduct != TLSWATCH_SENDS_ALERT ? 0 : tls13 && h->alert_tls13 != 0 ? h->alert_tls13 : h->alert;
}

enum agreement habit_agrees(enum stack stack, enum failure failure, uint8_t code, bool tls13) {
    const struct habit *h = habit_find(stack, failure);
    if (h == NULL || code == 0) {
        return AGREEMENT_UNKNOWN;
    }
    return habit_alert(h, tls13) == code || h->alert_later == code ? AGREEMENT_AGREES : AGREEMENT_CONTRADICTS;
}

/* The forms of one cause that were measured apart. */
static const char *variant_of(enum failure failure) {
    return failure == FAILURE_OTHER_KEY       ? "the chain names its issuer's key by identifier"
           : failure == FAILURE_BAD_SIGNATURE ? "without an identifier, so that the signature is tried"
           : failure == FAILURE_ROOT_EXPIRED  ? "the server's own certificate of the CA has expired"
                                              : NULL;
}

static struct tlswatch_habit made_public(const struct habit *h, enum tlswatch_side side) {
    return (struct tlswatch_habit){.stack = stack_name(h->stack),
                                   .side = side,
                                   .conduct = h->conduct,
                                   .variant = variant_of(h->failure),
                                   .alert = h->alert,
                                   .second_alert = h->second_alert,
                                   .alert_tls13 = h->alert_tls13,
                                   .alert_later = h->alert_later,
                                   .reset = h->reset,
                                   .log = h->log};
}

bool tlswatch_cause_habit(enum tlswatch_cause cause, size_t index, struct tlswatch_habit *out) {
    for (int failure = FAILURE_NONE + 1; failure < NUM_FAILURES; failure++) {
        bool client = habit_is_about((enum failure)failure, cause, TLSWATCH_CLIENT);
        bool server = habit_is_about((enum failure)failure, cause, TLSWATCH_SERVER);
        const struct habit *table = client ? server_habits : client_habits;
        size_t num = client ? num_server_habits : server ? num_client_habits : 0;
        for (size_t i = 0; i < num; i++) {
            if (table[i].failure == (enum failure)failure && index-- == 0) {
                *out = made_public(&table[i], client ? TLSWATCH_SERVER : TLSWATCH_CLIENT);
                return true;
            }
        }
    }
    return false;
}

const char *tlswatch_alert_name(uint8_t code) {
    return alert_name(code);
}
