/*
 * libtlswatch: frames in, one record for each TLS conversation out.
 *
 * The library does no I/O, reads no clock, logs nothing, keeps no global state and gives the same records for the
 * same frames. Time enters with each frame. It never fails on what a frame holds: malformed traffic is a fact in a
 * record. Types at the top of this header are the vocabulary that every layer speaks; functions are at its end.
 *
 * Conventions: every string is NUL-terminated, printable UTF-8: whatever came off the wire has its control
 * characters, bidi overrides and invalid bytes escaped as RFC 2253 does (\0A). NULL means unknown. Lists of strings
 * end with NULL. Times are nanoseconds (_ns) or seconds since 1970-01-01 UTC.
 */
#ifndef TLSWATCH_TLSWATCH_H
#define TLSWATCH_TLSWATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLSWATCH_VERSION "0.1.0"

enum tlswatch_side {
    TLSWATCH_NOBODY,
    TLSWATCH_CLIENT, /* the side that sends, or would send, the ClientHello */
    TLSWATCH_SERVER,
};

/* What became of a message. A verdict may rest on ABSENT, never on LOST or ENCRYPTED. */
enum tlswatch_state {
    TLSWATCH_ABSENT,    /* the bytes are there, the message is not among them */
    TLSWATCH_SEEN,
    TLSWATCH_ENCRYPTED, /* it may stand where only a key shows it */
    TLSWATCH_LOST,      /* the bytes where it would stand are not in the capture */
};

enum tlswatch_outcome {
    TLSWATCH_INCOMPLETE,
    TLSWATCH_COMPLETED,
    TLSWATCH_REFUSED, /* completed, then refused inside the encryption: an inference */
    TLSWATCH_FAILED,
    TLSWATCH_STALLED,
    TLSWATCH_NOT_TLS,
};

enum tlswatch_confidence { TLSWATCH_POSSIBLE, TLSWATCH_LIKELY, TLSWATCH_CERTAIN };

enum tlswatch_severity { TLSWATCH_INFO, TLSWATCH_WARNING, TLSWATCH_ERROR };

/* The one thing to fix first. Names: tlswatch_cause_name(). */
enum tlswatch_cause {
    TLSWATCH_CAUSE_NONE,
    TLSWATCH_CAUSE_CLIENT_DECLINED,
    TLSWATCH_CAUSE_ISSUER_NOT_ADVERTISED,
    TLSWATCH_CAUSE_SELF_SIGNED,
    TLSWATCH_CAUSE_INTERMEDIATE_MISSING,
    TLSWATCH_CAUSE_CA_REKEYED,
    TLSWATCH_CAUSE_CHAIN_MISORDERED,
    TLSWATCH_CAUSE_FOREIGN_CERTIFICATE,
    TLSWATCH_CAUSE_EXPIRED,
    TLSWATCH_CAUSE_NOT_YET_VALID,
    TLSWATCH_CAUSE_PURPOSE,
    TLSWATCH_CAUSE_KEY_USAGE,
    TLSWATCH_CAUSE_ISSUER_NOT_CA,
    TLSWATCH_CAUSE_PATH_TOO_LONG,
    TLSWATCH_CAUSE_NAME_CONSTRAINT,
    TLSWATCH_CAUSE_CRITICAL_EXTENSION,
    TLSWATCH_CAUSE_MALFORMED_CERTIFICATE,
    TLSWATCH_CAUSE_WEAK_ALGORITHM,
    TLSWATCH_CAUSE_ALGORITHM_NOT_OFFERED,
    TLSWATCH_CAUSE_REVOKED,
    TLSWATCH_CAUSE_KEY_MISMATCH,
    TLSWATCH_CAUSE_HOSTNAME_MISMATCH,
    TLSWATCH_CAUSE_ISSUER_UNKNOWN,
    TLSWATCH_CAUSE_NAME_ENCODING_DIFFERS,
    TLSWATCH_CAUSE_POLICY,
    TLSWATCH_CAUSE_TRUST_DIFFERS,
    TLSWATCH_CAUSE_NOT_REQUESTED,
    TLSWATCH_CAUSE_RENEGOTIATION_HIDDEN,
    TLSWATCH_CAUSE_POST_HANDSHAKE_AUTH_HIDDEN,
    TLSWATCH_CAUSE_PROTOCOL_VERSION,
    TLSWATCH_CAUSE_CIPHER_MISMATCH,
    TLSWATCH_CAUSE_GROUP_MISMATCH,
    TLSWATCH_CAUSE_SIGNATURE_ALGORITHM_MISMATCH,
    TLSWATCH_CAUSE_SERVER_NAME_UNKNOWN,
    TLSWATCH_CAUSE_ALPN_MISMATCH,
    TLSWATCH_CAUSE_DOWNGRADE,
    TLSWATCH_CAUSE_ADVERTISED_NOT_A_CA,
    TLSWATCH_CAUSE_LIST_TOO_LONG,
    TLSWATCH_CAUSE_CLOSED_WITHOUT_ALERT,
    TLSWATCH_CAUSE_STALLED,
    TLSWATCH_CAUSE_NOT_TLS,
    TLSWATCH_CAUSE_PROTOCOL_ERROR,
    TLSWATCH_CAUSE_UNEXPLAINED,
    TLSWATCH_CAUSE_TLS13_ENCRYPTED,
    TLSWATCH_CAUSE_INCOMPLETE,
    TLSWATCH_NUM_CAUSES,
};

enum tlswatch_reached { TLSWATCH_REACHED_UNKNOWN, TLSWATCH_REACHED_YES, TLSWATCH_REACHED_NO };

enum tlswatch_reach_how {
    /* unknown */
    TLSWATCH_REACH_INCOMPLETE,
    TLSWATCH_REACH_LIST_EMPTY,
    TLSWATCH_REACH_NOT_REQUESTED,
    TLSWATCH_REACH_DECLINED,
    TLSWATCH_REACH_RESUMED,
    TLSWATCH_REACH_ENCRYPTED,
    /* yes */
    TLSWATCH_REACH_ISSUER_LISTED,
    TLSWATCH_REACH_SUBJECT_LISTED,
    /* no */
    TLSWATCH_REACH_NOT_LISTED,
    TLSWATCH_REACH_CHAIN_BROKEN,
    TLSWATCH_REACH_SIGNATURE_FAILED,
};

enum tlswatch_signatures { TLSWATCH_UNVERIFIED, TLSWATCH_VERIFIED, TLSWATCH_VERIFY_FAILED };

/* Where in the captures something stands. frame counts from 1 in its file, as in Wireshark; 0: nowhere. */
struct tlswatch_mark {
    uint64_t frame;
    int64_t time_ns;
    const char *file; /* the pointer given with the frame; NULL when live */
};

/* A distinguished name: as text in RFC 2253 order, and its DER. */
struct tlswatch_name {
    const char *text;
    const uint8_t *der;
    size_t der_len;
};

/* The facts of one certificate. A certificate that libcrypto refuses has `malformed` set, and only der, sha256. */
struct tlswatch_certificate {
    const uint8_t *der;
    size_t der_len;
    const char *sha256;    /* 64 lower-case hex digits, over der */
    const char *malformed; /* why it could not be parsed; NULL where it could */
    struct tlswatch_name subject;
    struct tlswatch_name issuer;
    const char *serial;  /* lower-case hex */
    int64_t not_before;  /* seconds */
    int64_t not_after;   /* seconds */
    const char *public_key;          /* "RSA 2048", "EC P-256", "Ed25519" */
    const char *signature_algorithm; /* OpenSSL's long name: "sha256WithRSAEncryption" */
    int version;         /* 1 to 3 */
    bool self_issued;    /* subject and issuer are the same name */
    bool self_signed;    /* self-issued, and its own key verifies it */
    bool ca;             /* RFC 5280, 4.2.1.9: basicConstraints says CA; also a self-signed version 1 */
    int path_len;        /* pathLenConstraint; -1: none */
    const char *const *key_usage;          /* RFC 5280 names; NULL: no such extension */
    const char *const *extended_key_usage; /* short names or dotted OIDs; NULL: no such extension */
    const char *subject_key_id;            /* lower-case hex */
    const char *authority_key_id;          /* lower-case hex */
    const char *const *alternative_names;  /* "DNS:...", "IP:...", "email:...", "URI:...", "DirName:..." */
};

/* Where a certificate was seen first. */
struct tlswatch_sighting {
    const char *given; /* the name it was given under by the program; NULL: it was seen in a conversation: */
    uint64_t stream;
    enum tlswatch_side sender;
    struct tlswatch_mark mark;
};

struct tlswatch_endpoint {
    char ip[46];
    uint16_t port;
};

/* One handshake message, alert, ChangeCipherSpec or run of encrypted records, in the order of the capture. */
struct tlswatch_message {
    enum tlswatch_side sender;
    const char *name; /* the RFC's name: "ClientHello", "CertificateRequest", "Alert", "ApplicationData" */
    uint32_t len;     /* bytes of its body, or of the records */
    bool encrypted;
    struct tlswatch_mark mark; /* the frame that carried its last byte */
};

enum tlswatch_inferred { TLSWATCH_NOT_INFERRED, TLSWATCH_INFERRED_CLOSE_NOTIFY, TLSWATCH_INFERRED_FATAL, TLSWATCH_INFERRED_UNKNOWN };

struct tlswatch_alert {
    enum tlswatch_side sender;
    bool encrypted; /* then level and code mean nothing, unless a key showed them */
    bool readable;  /* level and code are known */
    uint8_t level;  /* 1 warning, 2 fatal */
    uint8_t code;
    const char *name; /* RFC 8446, B.2: "unknown_ca"; "alert_99" for a number without a name */
    enum tlswatch_inferred inferred;
    struct tlswatch_mark mark;
};

struct tlswatch_finding {
    const char *code; /* a cause's name or one of its own: "list-empty", "root-sent", ... */
    enum tlswatch_severity severity;
    enum tlswatch_side certificate_of;
    int index; /* which certificate of that chain, 0 the leaf; -1: none in particular */
    const char *text;
    struct tlswatch_mark mark; /* its evidence; frame 0: none in particular */
};

struct tlswatch_rival {
    enum tlswatch_cause cause;
    enum tlswatch_side certificate_of;
    enum tlswatch_confidence confidence;
    const char *why;
};

struct tlswatch_chain {
    enum tlswatch_state state;
    struct tlswatch_mark mark;
    const struct tlswatch_certificate *const *certificates; /* in the order sent, the leaf first */
    size_t num_certificates;
};

struct tlswatch_certificate_request {
    enum tlswatch_state state;
    struct tlswatch_mark mark;
    const char *const *certificate_types;    /* "rsa_sign", "ecdsa_sign"; NULL: none on the wire */
    const char *const *signature_algorithms; /* "ecdsa_secp256r1_sha256"; NULL: none on the wire */
    const struct tlswatch_name *authorities; /* certificate_authorities, in their order */
    size_t num_authorities;
};

struct tlswatch_reach {
    enum tlswatch_reached reached;
    enum tlswatch_reach_how how;
    int at;        /* index in the client's chain; -1: none */
    int authority; /* index in the list; -1: none */
    enum tlswatch_signatures signatures;
};

/* A certificate that was not sent, known from elsewhere, with the name of the issuer that the top of a chain asks for. */
struct tlswatch_known_issuer {
    const struct tlswatch_certificate *certificate; /* NULL: none is known; the rest means nothing then */
    enum tlswatch_side certificate_of;              /* whose chain */
    bool verifies;                                  /* its key verifies the top of that chain */
    int authority; /* index of the advertised name that it leads to; -1: none */
    struct tlswatch_sighting seen;
    const char *text; /* "stream 2 carried that CA in frame 62: it is issued by the advertised CN=..." */
};

/* Would the chain verify with what the program gave with tlswatch_add_trust? */
struct tlswatch_trust {
    const char *with; /* the name of that file; NULL: none was given for this peer, or no chain was seen */
    bool verifies;
    const char *error; /* libcrypto's words: "unable to get local issuer certificate"; NULL where it verifies */
    int depth;         /* of the certificate at which it stopped, 0 the leaf */
};

enum tlswatch_closed_how { TLSWATCH_CLOSED_CAPTURE_END, TLSWATCH_CLOSED_TIMEOUT, TLSWATCH_CLOSED_FIN, TLSWATCH_CLOSED_RST };

/* Who ended the TCP connection first. first_by is NOBODY at the end of the capture and after a timeout. */
struct tlswatch_closed {
    enum tlswatch_side first_by;
    enum tlswatch_closed_how how;
    struct tlswatch_mark mark;
};

enum tlswatch_start { TLSWATCH_START_SEEN, TLSWATCH_START_MISSED };

/* How much of one direction's bytes the capture holds. */
enum tlswatch_bytes {
    TLSWATCH_BYTES_WHOLE,
    TLSWATCH_BYTES_GAPS,    /* some are missing in the middle */
    TLSWATCH_BYTES_CUT,     /* the snapshot length cut packets */
    TLSWATCH_BYTES_PARTIAL, /* it begins in the middle */
    TLSWATCH_BYTES_NONE,    /* the peer acknowledged bytes that the capture does not hold at all */
};

struct tlswatch_capture {
    enum tlswatch_start start;
    enum tlswatch_bytes client_bytes, server_bytes;
    uint64_t client_missing, server_missing; /* bytes known to be missing */
    uint32_t conflicts;                      /* overlapping segments whose data differ */
    uint64_t kernel_drops;
};

/* Which TLS stack a side seems to be, by what it said in clear; POSSIBLE or LIKELY, never more. name NULL: no guess. */
struct tlswatch_stack {
    const char *name; /* "OpenSSL", "Java" */
    enum tlswatch_confidence confidence;
};

/* What tlswatch says about one conversation. It and all it points to live until the callback returns. */
struct tlswatch_record {
    struct tlswatch_endpoint client, server;
    bool ipv6;
    const char *community_id;
    const char *opening; /* what came before TLS: "smtp", "http-connect", "proxy", ...; NULL: TLS from the first byte */
    const struct tlswatch_endpoint *proxied_client; /* the client that a PROXY header names */
    struct tlswatch_mark start, end;                /* first and last packet of the TCP connection */

    uint16_t version;         /* as on the wire: 0x0303; 0 unknown */
    const char *version_text; /* "1.2", "3.0"; NULL unknown */
    const char *cipher;       /* IANA's name */
    bool established, resumed;
    const char *next_protocol; /* ALPN that the server chose, in clear */
    const char *server_name;   /* SNI */

    enum tlswatch_outcome outcome;
    enum tlswatch_cause cause;
    enum tlswatch_side certificate_of; /* whose certificate the cause is about */
    enum tlswatch_confidence confidence;
    enum tlswatch_side at_fault;
    const char *reason;  /* name of the alert that decided it; NULL: none */
    const char *message; /* the sentence: one or two */
    const char *advice_client, *advice_server;
    struct tlswatch_stack client_stack, server_stack;
    const char *client_log, *server_log; /* how it reads in that side's log, if the stack was guessed right; NULL */

    const struct tlswatch_rival *rivals;
    size_t num_rivals;
    const struct tlswatch_finding *findings;
    size_t num_findings;
    const struct tlswatch_alert *alerts;
    size_t num_alerts;
    const struct tlswatch_message *messages;
    size_t num_messages;

    struct tlswatch_closed closed;
    struct tlswatch_certificate_request certificate_request;
    struct tlswatch_chain client_certificate, server_certificate;
    struct tlswatch_reach reach;
    struct tlswatch_known_issuer known_issuer;
    struct tlswatch_trust client_trust, server_trust; /* of the client's, of the server's chain */
    const char *certificate_verify; /* "verified", "failed", "unchecked", as behind alerts about the chain; NULL: none in clear */
    struct tlswatch_capture capture;

    uint64_t stream;        /* tcp.stream in Wireshark, in start.file */
    const uint64_t *frames; /* the frames that prove it, ascending, in the file of `start` */
    size_t num_frames;
    const char *filter; /* a Wireshark display filter that finds exactly those */
    const char *id;     /* 16 hex digits, stable for the same packets */
};

/* One captured frame. Borrowed: the library keeps nothing of it but `file`, which must outlive the watcher. */
struct tlswatch_frame {
    const uint8_t *data;
    uint32_t len;          /* bytes captured */
    uint32_t original_len; /* bytes on the wire */
    uint32_t link_type;    /* LINKTYPE_, as in pcap files: 1 Ethernet, 113 SLL, ... */
    uint64_t number;       /* from 1, in its file */
    int64_t time_ns;
    const char *file; /* name to show; NULL when live */
    uint8_t time_digits; /* of a second's fraction that the source tells, 0 to 9; for whoever writes the frame again */
};

struct tlswatch_options {
    const uint16_t *tls_ports; /* besides those that are TLS by convention: they get a record whatever they carry */
    size_t num_tls_ports;
    size_t memory; /* bytes that it may hold of the traffic, at least 8 MiB; 0: 64 MiB. What is worth least goes first */
    bool live; /* frames are as recent as their time says: conversations are closed by timers */
    /* Who only counts the conversations that went well spares most of their cost: of one that completed, with nothing in
     * its course that speaks of a refusal, the record has outcome, established, ipv6, stream, start and end; the rest is
     * zero. */
    bool brief;
};

/* Frames that carry TLS handshakes without TCP, which are not read: they are only recognised. */
struct tlswatch_not_tcp {
    uint64_t quic; /* QUIC's Initial and Handshake packets (RFC 9000, RFC 9369) */
    uint64_t dtls; /* handshake records in clear (RFC 6347) */
    uint64_t eap;  /* EAP-TLS and what tunnels in TLS, in EAPOL or RADIUS (RFC 5216) */
};

struct tlswatch_statistics {
    uint64_t frames, bytes;
    uint64_t tcp_segments;
    uint64_t tcp_connections; /* as Wireshark counts streams, but each once where several files hold packets of it */
    uint64_t tcp_refused;     /* of these, the SYN was answered by an RST, */
    uint64_t tcp_unanswered;  /* or by nothing for a second */
    uint64_t conversations;   /* records given out */
    uint64_t outcomes[TLSWATCH_NOT_TLS + 1];
    uint64_t unsupported_frames; /* of a link type or a protocol that is not read */
    struct tlswatch_not_tcp not_tcp;
    uint64_t limits_hit;         /* how often a bound of limits.h threw something away */
};

struct tlswatch;

/* tlswatch_callback is called once for each conversation, in the order in which they end; one that is told in brief does
 * not wait for those that are held (tlswatch_hold). */
typedef void (*tlswatch_callback)(void *user, const struct tlswatch_record *record);

/* tlswatch_new returns a watcher that gives its records to `callback`; NULL where memory is exhausted. `options` may
 * be NULL and is copied. The caller owns the watcher. One watcher is used by one thread at a time; several watchers
 * share nothing. */
struct tlswatch *tlswatch_new(const struct tlswatch_options *options, tlswatch_callback callback, void *user);

/* tlswatch_free gives back everything, without reporting what is still open. NULL is allowed. */
void tlswatch_free(struct tlswatch *watcher);

/* tlswatch_frame takes in the next frame. Time may go backwards. */
void tlswatch_frame(struct tlswatch *watcher, const struct tlswatch_frame *frame);

/* tlswatch_frames takes in several, one after the other: who has them at hand spares some time. */
void tlswatch_frames(struct tlswatch *watcher, const struct tlswatch_frame *frames, size_t num);

/* tlswatch_add_certificates takes in certificates that are known without having been seen: PEM or DER, one or many,
 * other PEM blocks passed over. They close gaps in chains; they are not trusted. Records name them by `name`, which is
 * copied. Returns how many were read. Where something could not be, *why says of the first of it what was wrong, in
 * text that lives as long as the watcher; else it is NULL. Given before the first frame they count for every record. */
size_t tlswatch_add_certificates(struct tlswatch *watcher, const uint8_t *bytes, size_t len, const char *name, const char **why);

/* What one side verifies the other's certificates with, and whose certificates these are. */
struct tlswatch_trust_scope {
    enum tlswatch_side certificate_of; /* CLIENT: what servers trust; SERVER: what clients trust */
    const char *server;                /* only for this server: its name (SNI), or address as text; NULL: for all */
    uint16_t port;                     /* only for this port of it; 0: for all */
};

/* tlswatch_add_trust does the same with certificates that a side is known to trust: each chain is then verified with
 * them as well, at the time of its packet. The scope that names more of the server counts; of two equal ones the later.
 * False where no certificate was read or a bound is reached: then nothing is trusted anew. `scope` and `name` are copied. */
bool tlswatch_add_trust(struct tlswatch *watcher, const struct tlswatch_trust_scope *scope, const uint8_t *bytes, size_t len,
                        const char *name, const char **why);

/* tlswatch_hold: from now on records wait until tlswatch_finish, so that certificates of later conversations count for them
 * too; where many wait, the first are given out. With `hold` false all that waits is given out, and nothing waits any more. */
void tlswatch_hold(struct tlswatch *watcher, bool hold);

/* What of the records given out so far might be another, had every certificate been known that has been seen by now. */
enum tlswatch_outdated {
    TLSWATCH_UP_TO_DATE,
    TLSWATCH_DETAILS_OUTDATED, /* reach.signatures of conversations with nothing wrong */
    TLSWATCH_VERDICTS_OUTDATED,
};

/* tlswatch_outdated: with the same frames once more, after tlswatch_restart, records do not depend on what came first. */
enum tlswatch_outdated tlswatch_outdated(const struct tlswatch *watcher);

/* tlswatch_collect: from now on certificates are only collected, and no records given out, until tlswatch_restart. */
void tlswatch_collect(struct tlswatch *watcher);

/* tlswatch_restart forgets all but options and certificates, so that the same frames can be given from the first one
 * on. Names of files given with earlier frames must stay valid. False where memory is exhausted: then nothing has
 * changed. */
bool tlswatch_restart(struct tlswatch *watcher);

/* tlswatch_judge_apart starts a thread on which records are made from now on, and given to the callback, in the same order:
 * signatures are checked there, not on the thread that reads packets. To be called before the first frame, and by a process
 * that gives up rights before it may start no more threads. All functions stay for the one thread that gives frames, on
 * which tlswatch_finish and tlswatch_hold may call back too, while the other one rests; but tlswatch_outdated and
 * tlswatch_collect are for the callback, or for when tlswatch_finish has returned. Where records of live packets are made
 * more slowly than conversations end, tlswatch_frame does not wait: what is too much is thrown away, and counts as a limit.
 * False where there can't be a thread: then nothing has changed. */
bool tlswatch_judge_apart(struct tlswatch *watcher);

/* tlswatch_judge_stands: that thread has been at the same few conversations, none of which takes long, since this was asked
 * last. False where there is no such thread. */
bool tlswatch_judge_stands(struct tlswatch *watcher);

/* tlswatch_tick runs the timers up to `now_ns` where no frame comes (live). */
void tlswatch_tick(struct tlswatch *watcher, int64_t now_ns);

/* tlswatch_drops says how many packets the kernel has dropped so far; it goes into the records from now on. */
void tlswatch_drops(struct tlswatch *watcher, uint64_t kernel_drops);

/* tlswatch_finish reports every conversation that is still open: the capture has ended. */
void tlswatch_finish(struct tlswatch *watcher);

void tlswatch_get_statistics(const struct tlswatch *watcher, struct tlswatch_statistics *out);

/* tlswatch_link_supported says whether frames of this LINKTYPE_ are read. */
bool tlswatch_link_supported(uint32_t link_type);

/* The TCP connection that a frame belongs to: addresses as on the wire (IPv4: the first four bytes, the rest zero). */
struct tlswatch_frame_ends {
    uint8_t source[16], destination[16];
    uint16_t source_port, destination_port; /* both 0: a fragment of IP, whose ports other frames tell */
    bool ipv6;
    bool opens; /* a SYN without ACK */
};

/* tlswatch_decoder reads single frames as a watcher does, for whoever looks for those of a record once more. It holds
 * fragments of IP, so that frames go in in their order. NULL where memory is exhausted; free takes NULL. */
struct tlswatch_decoder;
struct tlswatch_decoder *tlswatch_decoder_new(void);
void tlswatch_decoder_free(struct tlswatch_decoder *decoder);

/* tlswatch_decoder_ends: false where the frame is of no TCP connection. */
bool tlswatch_decoder_ends(struct tlswatch_decoder *decoder, const struct tlswatch_frame *frame, struct tlswatch_frame_ends *out);

/* Names as in the records: "issuer-not-advertised", "completed", "certain". */
const char *tlswatch_cause_name(enum tlswatch_cause cause);
const char *tlswatch_cause_meaning(enum tlswatch_cause cause); /* one line, for people */
bool tlswatch_cause_find(const char *name, enum tlswatch_cause *out); /* false for a name that is none */
const char *tlswatch_outcome_name(enum tlswatch_outcome outcome);
const char *tlswatch_state_name(enum tlswatch_state state);
const char *tlswatch_confidence_name(enum tlswatch_confidence confidence);
const char *tlswatch_severity_name(enum tlswatch_severity severity);
const char *tlswatch_side_name(enum tlswatch_side side); /* NULL for NOBODY */
const char *tlswatch_reached_name(enum tlswatch_reached reached);
const char *tlswatch_reach_how_name(enum tlswatch_reach_how how);
const char *tlswatch_signatures_name(enum tlswatch_signatures signatures);
const char *tlswatch_closed_how_name(enum tlswatch_closed_how how);

const char *tlswatch_alert_name(uint8_t code); /* RFC 8446, B.2; NULL for a number without a name */

#endif
