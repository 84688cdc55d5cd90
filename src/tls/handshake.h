/*
 * The handshake messages, parsed from a body to views of it: each function reads like the RFC's struct, refuses a body
 * with a byte too few or too many, and leaves *out untouched when it refuses. Field names are the RFC's.
 */
#ifndef TLSWATCH_TLS_HANDSHAKE_H
#define TLSWATCH_TLS_HANDSHAKE_H

#include "base/bytes.h"

enum {
    SSL_2_0 = 0x0002,
    SSL_3_0 = 0x0300,
    TLS_1_0 = 0x0301,
    TLS_1_1 = 0x0302,
    TLS_1_2 = 0x0303,
    TLS_1_3 = 0x0304,
};

/* RFC 8446, B.3, and RFC 5246, 7.4 */
enum handshake_type {
    HELLO_REQUEST = 0,
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    NEW_SESSION_TICKET = 4,
    END_OF_EARLY_DATA = 5,
    HELLO_RETRY_REQUEST = 6, /* in drafts of TLS 1.3; since then it is a ServerHello (RFC 8446, 4.1.4) */
    ENCRYPTED_EXTENSIONS = 8,
    CERTIFICATE = 11,
    SERVER_KEY_EXCHANGE = 12,
    CERTIFICATE_REQUEST = 13,
    SERVER_HELLO_DONE = 14,
    CERTIFICATE_VERIFY = 15,
    CLIENT_KEY_EXCHANGE = 16,
    FINISHED = 20,
    CERTIFICATE_URL = 21,
    CERTIFICATE_STATUS = 22,
    SUPPLEMENTAL_DATA = 23,
    KEY_UPDATE = 24,
    COMPRESSED_CERTIFICATE = 25,
    NEXT_PROTOCOL = 67,
    MESSAGE_HASH = 254,
};

struct client_hello {
    bool sslv2;              /* an SSL 2.0 hello (RFC 5246, E.2): no extensions, cipher specs of three bytes */
    uint16_t client_version; /* legacy_version */
    struct bytes random, session_id, cipher_suites, compression_methods;
    bool has_extensions;
    struct bytes extensions;        /* all of them, each a uint16 type and a vector */
    struct bytes ec_point_formats;
    struct bytes server_name;       /* the host_name; empty: not sent */
    struct bytes alpn;              /* ProtocolNameList without its length; empty: not sent */
    struct bytes supported_versions;   /* list of uint16, likewise */
    struct bytes supported_groups;
    struct bytes signature_algorithms;
    struct bytes signature_algorithms_cert;
    struct bytes session_ticket;    /* the ticket; has_session_ticket says whether the extension is there */
    bool has_session_ticket, has_pre_shared_key, has_early_data, has_key_share;
    bool has_post_handshake_auth, has_extended_master_secret, has_status_request, has_encrypted_client_hello;
    bool fallback_scsv, renegotiation_info;
    uint16_t highest_version;       /* of supported_versions without GREASE, else client_version */
};

struct server_hello {
    uint16_t server_version; /* legacy_version */
    uint16_t version;        /* what was chosen: selected_version where there is one; drafts of 1.3 count as TLS_1_3 */
    struct bytes random, session_id;
    uint16_t cipher_suite;
    uint8_t compression_method;
    bool hello_retry_request;
    struct bytes extensions; /* all of them, as in the ClientHello */
    struct bytes alpn; /* the one protocol; empty: not sent */
    bool has_session_ticket, has_extended_master_secret, has_pre_shared_key, has_key_share;
    bool downgrade_sentinel; /* RFC 8446, 4.1.3 */
};

struct certificate_request { /* RFC 5246, 7.4.4; RFC 4346, 7.4.4 without algorithms */
    struct bytes certificate_types;              /* bytes */
    struct bytes supported_signature_algorithms; /* list of uint16; empty before 1.2 */
    struct bytes certificate_authorities;        /* names, each with a uint16 length */
};

bool client_hello_is_well_formed(struct bytes body); /* client_hello_parse would be true */
bool client_hello_parse(struct bytes body, struct client_hello *out);
bool client_hello_v2_parse(struct bytes body, struct client_hello *out); /* body behind the two bytes of record length */
bool server_hello_parse(struct bytes body, struct server_hello *out);
bool server_hello_may_be_retry(struct bytes body); /* by its random; no other is a HelloRetryRequest (RFC 8446, 4.1.3) */
bool certificate_request_parse(struct bytes body, uint16_t version, struct certificate_request *out);

/* certificate_list_parse reads the Certificate of TLS 1.2 and below. It returns false for a malformed body. The
 * certificates are then read one by one with certificate_list_next until that returns false. */
bool certificate_list_parse(struct bytes body, struct bytes *certificate_list);
bool certificate_list_next(struct bytes *certificate_list, struct bytes *certificate);

/* certificate_authorities_next reads one DistinguishedName; false at the end or where a name is cut. */
bool certificate_authorities_next(struct bytes *certificate_authorities, struct bytes *name);

struct digitally_signed {
    bool has_algorithm; /* TLS 1.2 */
    uint16_t algorithm;
    struct bytes signature;
};
/* certificate_verify_parse: RFC 5246, 7.4.8. */
bool certificate_verify_parse(struct bytes body, uint16_t version, struct digitally_signed *out);

struct server_key_exchange {
    struct bytes params; /* what is signed, besides both randoms */
    uint16_t named_group; /* 0: not a named group */
    bool is_signed;
    struct digitally_signed signed_params;
};
/* server_key_exchange_parse needs to know the key exchange, which the cipher suite names. */
bool server_key_exchange_parse(struct bytes body, uint16_t version, uint16_t cipher_suite, struct server_key_exchange *out);

#endif
