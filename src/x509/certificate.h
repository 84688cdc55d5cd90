/*
 * The facts of one certificate, and the store in which every certificate of a run stands once.
 *
 * In goes DER as it came off the wire; out comes an immutable `struct certificate` that lives as long as the store.
 * What libcrypto refuses is a certificate too, with `facts.malformed` set. The bound on size is looked at before
 * libcrypto sees a byte, the bounds on keys before it computes with one. This folder is the only user of libcrypto's X.509.
 */
#ifndef TLSWATCH_X509_CERTIFICATE_H
#define TLSWATCH_X509_CERTIFICATE_H

#include "base/bytes.h"
#include "base/siphash.h"
#include "tlswatch/tlswatch.h"

/* RFC 5280, 4.2.1.3: bit n of the extension is bit n here */
enum key_usage_bit { KU_DIGITAL_SIGNATURE = 1 << 0, KU_KEY_ENCIPHERMENT = 1 << 2, KU_KEY_AGREEMENT = 1 << 4, KU_KEY_CERT_SIGN = 1 << 5, KU_CRL_SIGN = 1 << 6 };

enum key_type { KEY_OTHER, KEY_RSA, KEY_RSA_PSS, KEY_EC, KEY_ED25519, KEY_ED448, KEY_DSA };
enum digest { DIGEST_OTHER, DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA224, DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512 };

struct certificate {
    struct tlswatch_certificate facts;

    bool has_basic_constraints;
    bool has_key_usage;
    uint32_t key_usage;           /* enum key_usage_bit */
    bool has_extended_key_usage;
    bool eku_client_auth, eku_server_auth, eku_any;
    bool has_name_constraints;
    const char *unknown_critical; /* OID of a critical extension that no path validation knows; NULL: none */
    const char *invalid_extension; /* one that does not decode or stands twice: every path fails; NULL: none */
    enum key_type key_type;
    int key_bits;                 /* RSA modulus, or the curve's field; 0 where the parameters are not looked at */
    const char *curve;            /* "P-256"; NULL: none */
    enum digest signature_digest;
    enum key_type signature_key;  /* what kind of key made the signature */
    bool usable_key;              /* libcrypto may compute with it: of a known kind and within LIMIT_RSA_BITS */

    struct tlswatch_sighting seen; /* the first that was told; zeroed: none was */

    struct certificate_private *private_part; /* the store's: X509, canonical names, links */
};

enum name_match {
    NAME_DIFFERENT,
    NAME_EQUAL,     /* as RFC 5280, 7.1 compares: case, white space, string type */
    NAME_IDENTICAL, /* byte for byte */
};

enum link { LINK_UNCHECKED, LINK_VERIFIED, LINK_FAILED };

/* The certificate_authorities of a CertificateRequest, parsed once. */
struct authority_list {
    const struct tlswatch_name *names;
    size_t num_names;
    size_t encoded_len;   /* of the whole vector, in bytes */
    bool malformed;       /* a name was cut or is no DER Name; the names before it stand */
    struct authority_list_private *private_part;
};

struct certificate_store;
struct signature_budget;

/* certificate_store_new: certificates and lists take no more than `bound` bytes. */
struct certificate_store *certificate_store_new(const struct hash_key *key, size_t bound);
void certificate_store_free(struct certificate_store *store);

/* certificate_store_add returns the certificate of these bytes, parsed at the first time. NULL where the store is full
 * or memory is exhausted. An empty `der` or one over LIMIT_CERTIFICATE is malformed. */
const struct certificate *certificate_store_add(struct certificate_store *store, struct bytes der);

/* certificate_store_note takes in a certificate without reading it: so much is enough of one that nobody asks for. */
void certificate_store_note(struct certificate_store *store, struct bytes der, const struct tlswatch_sighting *seen);

/* certificate_store_sha1 hashes with the store's libcrypto; false where it has no SHA-1. */
bool certificate_store_sha1(const struct certificate_store *store, struct bytes data, uint8_t digest[20]);

/* certificate_store_overflowed: since the last certificate_store_settle something was refused for want of room. */
bool certificate_store_overflowed(const struct certificate_store *store);

/* certificate_store_set_aside: what is in it by now does not count against its bound. */
void certificate_store_set_aside(struct certificate_store *store);

/* certificate_store_charge: signatures are paid from this budget, which outlives the store or is set anew; before, none is. */
void certificate_store_charge(struct certificate_store *store, struct signature_budget *budget);

/* certificate_store_num_unpaid: how many signatures of this conversation were left unchecked for what they cost. */
uint64_t certificate_store_num_unpaid(const struct certificate_store *store);

/* certificate_set_seen says where the certificate was seen; the first time it is told counts. */
void certificate_set_seen(const struct certificate *c, const struct tlswatch_sighting *seen);

/* certificate_rely_on_issuers: this rests on which issuers of `c` are known. */
void certificate_rely_on_issuers(const struct certificate *c, enum tlswatch_outdated what);

/* certificate_store_outdated: since the last certificate_store_settle a certificate has come that something rests on,
 * as was said, or with which certificate_other_key, certificate_named_as_ca or authority_end_entity (verdicts) would have
 * given another answer. */
enum tlswatch_outdated certificate_store_outdated(const struct certificate_store *store);
/* certificate_store_number: who notes of messages that their certificates are known goes by this number, as it was set
 * last; 0 at first: nobody is to note it. A store that follows another has another one. */
void certificate_store_set_number(struct certificate_store *store, uint64_t number);
uint64_t certificate_store_number(const struct certificate_store *store);
void certificate_store_settle(struct certificate_store *store);

/* certificate_store_authorities does the same for a list of names (the vector's content, RFC 5246, 7.4.4). */
const struct authority_list *certificate_store_authorities(struct certificate_store *store, struct bytes certificate_authorities);

/* certificate_store_issuers writes up to max certificates of the store, well-formed ones, whose subject is the
 * issuer name of `child` (RFC 5280, 7.1), in the order in which they were first seen, and returns how many. */
size_t certificate_store_issuers(const struct certificate_store *store, const struct certificate *child, const struct certificate **out,
                                 size_t max);

/* certificate_other_key returns a certificate that was issued under the same name by another key, as its authority key
 * identifier says (RFC 5280, 4.2.1.1); NULL: none is known, or `c` has no such identifier. */
const struct certificate *certificate_other_key(const struct certificate *c);

/* certificate_issued_by: does the key of `issuer` verify the signature on `child`? Computed once for each pair.
 * UNCHECKED: names differ, or the algorithm or key can't be used. Key identifiers are not looked at. */
enum link certificate_issued_by(struct certificate_store *store, const struct certificate *child, const struct certificate *issuer);

enum name_match certificate_issuer_match(const struct certificate *child, const struct certificate *issuer);
/* Holds the issuer or the subject of a certificate against one name of the list. */
enum name_match authority_match_issuer(const struct authority_list *list, size_t index, const struct certificate *c);
enum name_match authority_match_subject(const struct authority_list *list, size_t index, const struct certificate *c);
/* authority_find_* return the index of the first name that matches, identical ones first; -1: none. */
int authority_find_issuer(const struct authority_list *list, const struct certificate *c, enum name_match *match);
int authority_find_subject(const struct authority_list *list, const struct certificate *c, enum name_match *match);
/* authority_end_entity returns a certificate that has a name of the list for its subject and is neither a CA nor
 * self-signed, where no CA of that name is known, and the name's index; NULL: there is none. */
const struct certificate *authority_end_entity(const struct authority_list *list, int *index);

/* certificate_named_as_ca: a CA, or a self-signed certificate, with the subject of `c` is known. */
bool certificate_named_as_ca(const struct certificate *c);

/* certificate_key_ids_agree: RFC 5280, 4.2.1.1: false only where both identifiers are there and differ. */
bool certificate_key_ids_agree(const struct certificate *child, const struct certificate *issuer);

enum host_match { HOST_UNKNOWN, HOST_MATCHES, HOST_DIFFERS };
/* certificate_matches_host holds a server name (SNI, or an address as text) against SAN, or CN where there is no SAN
 * of that kind (RFC 6125, as X509_check_host does). */
enum host_match certificate_matches_host(const struct certificate *c, const char *host);

/* certificate_names_permitted: does `ca`, with its name constraints, permit the names of `c`? (RFC 5280, 4.2.1.10) */
bool certificate_names_permitted(const struct certificate *ca, const struct certificate *c);

/* certificate_verify_signature checks a TLS signature by the certificate's key over `signed_data`, which is given in
 * pieces. `number` is the SignatureScheme of TLS 1.2, or 0: MD5+SHA-1 for RSA and SHA-1 for others (RFC 4346, 7.4.3). */
enum link certificate_verify_signature(const struct certificate *c, uint16_t number, const struct bytes *signed_data, size_t num_pieces,
                                       struct bytes signature);

#endif
