/*
 * The habits of TLS stacks, as measured: one row for each stack and kind of failure, of what the side that refuses
 * sends and what its log then says. OpenSSL 3.0, GnuTLS 3.7, NSS 3.87, Java 17 and 25, Go 1.19 and 1.24, Mbed TLS 2.28, wolfSSL 5.5,
 * BoringSSL of Android 13, Erlang/OTP 25 and 27, and servers on top of them. Where a cell was not measured there is no row.
 */
#ifndef TLSWATCH_DIAGNOSIS_HABITS_H
#define TLSWATCH_DIAGNOSIS_HABITS_H

#include "diagnosis/facts.h"
#include "tlswatch/explain.h"

enum failure {
    FAILURE_NONE,
    /* a server refuses a client */
    FAILURE_NO_CERTIFICATE,
    FAILURE_UNKNOWN_ISSUER,
    FAILURE_SELF_SIGNED,
    FAILURE_EXPIRED,
    FAILURE_NOT_YET_VALID,
    FAILURE_PURPOSE,
    FAILURE_KEY_USAGE,
    FAILURE_NOT_A_CA,
    FAILURE_PATH_TOO_LONG,
    FAILURE_NAME_CONSTRAINT,
    FAILURE_CRITICAL_EXTENSION,
    FAILURE_OTHER_KEY,      /* the CA has another key, and its child names the key by identifier */
    FAILURE_BAD_SIGNATURE,  /* the same, without identifier: the signature is tried */
    FAILURE_WEAK_SIGNATURE, /* SHA-1 */
    FAILURE_REVOKED,
    FAILURE_ROOT_EXPIRED,    /* not sent: the server's own certificate of the CA */
    /* a client refuses a server */
    FAILURE_SERVER_UNKNOWN_ISSUER,
    FAILURE_SERVER_EXPIRED,
    FAILURE_SERVER_HOSTNAME,
    NUM_FAILURES,
};

struct habit {
    enum stack stack;
    enum failure failure;
    enum tlswatch_conduct conduct;
    uint8_t alert, second_alert;
    uint8_t alert_tls13; /* where it is another one in TLS 1.3 */
    uint8_t alert_later; /* that later versions send as well, in its place */
    bool reset;          /* a RST right behind, which may hide the alert from the peer's program */
    const char *log;     /* NULL: not measured, or it says nothing */
};

extern const struct habit server_habits[];
extern const size_t num_server_habits;
extern const struct habit client_habits[];
extern const size_t num_client_habits;

/* habit_find: NULL where it was not measured. */
const struct habit *habit_find(enum stack stack, enum failure failure);

/* habit_is_about: does this kind of failure stand for that cause? `certificate_of` NOBODY: on either side. */
bool habit_is_about(enum failure failure, enum tlswatch_cause cause, enum tlswatch_side certificate_of);

/* habit_failure_of: the kind of failure that a cause is, about certificate `index` of this party; NONE where no row
 * can speak of it. */
enum failure habit_failure_of(enum tlswatch_cause cause, const struct party *party, int index);

/* habit_server: what runs on top of the server's library, where its protocol or its answer says so; else the library. */
struct stack_guess habit_server(const struct facts *f);

/* habit_verifies_first: this stack looks at a client's chain in the handshake and says no by an alert; what it completes
 * it has accepted. OpenSSL leaves that to the program. */
bool habit_verifies_first(enum stack stack);

/* habit_accepts: this stack was seen to let a certificate pass that has this fault. */
bool habit_accepts(enum stack stack, enum failure failure);

/* habit_lists_its_trust: what this stack advertises is what it trusts, unless a program takes pains. */
bool habit_lists_its_trust(enum stack stack);

/* What a client does with a certificate that is not issued by an advertised CA. */
enum withholding {
    WITHHOLDING_UNKNOWN,
    WITHHOLDS,
    SENDS_WHAT_IT_HAS,
};
enum withholding habit_withholds(enum stack stack);

/* habit_received: how a stack logs an alert that it received; NULL where that is not known. */
const char *habit_received(enum stack stack, uint8_t code, struct arena *arena);

/* habit_alert: the (first) alert of a row; 0: none. */
uint8_t habit_alert(const struct habit *h, bool tls13);

/* habit_agrees: is an alert that was seen (0: none) what this stack sends for that failure? */
enum agreement {
    AGREEMENT_UNKNOWN,
    AGREEMENT_AGREES,
    AGREEMENT_CONTRADICTS,
};
enum agreement habit_agrees(enum stack stack, enum failure failure, uint8_t code, bool tls13);

#endif
