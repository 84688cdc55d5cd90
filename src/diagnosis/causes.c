/* The names and one-line meanings of the causes: the one place where a cause is named. */
#include "tlswatch/tlswatch.h"

#include <string.h>

static const struct {
    const char *name, *meaning;
} causes[TLSWATCH_NUM_CAUSES] = {
        [TLSWATCH_CAUSE_NONE] = {"none", "nothing is wrong"},
        [TLSWATCH_CAUSE_CLIENT_DECLINED] = {"client-declined",
                                            "the server asked for a certificate and the client answered with an empty list"},
        [TLSWATCH_CAUSE_ISSUER_NOT_ADVERTISED] = {"issuer-not-advertised",
                                                  "the client's chain ends at a CA that the server did not advertise"},
        [TLSWATCH_CAUSE_SELF_SIGNED] = {"self-signed", "the certificate is its own issuer"},
        [TLSWATCH_CAUSE_INTERMEDIATE_MISSING] = {"intermediate-missing", "a certificate between the leaf and the CA was not sent"},
        [TLSWATCH_CAUSE_CA_REKEYED] = {"ca-rekeyed", "the CA's name is right and its key is another one"},
        [TLSWATCH_CAUSE_CHAIN_MISORDERED] = {"chain-misordered", "the certificates of the chain are out of order"},
        [TLSWATCH_CAUSE_FOREIGN_CERTIFICATE] = {"foreign-certificate", "the chain holds a certificate that certifies nobody there"},
        [TLSWATCH_CAUSE_EXPIRED] = {"expired", "a certificate had expired when it was sent"},
        [TLSWATCH_CAUSE_NOT_YET_VALID] = {"not-yet-valid", "a certificate was not yet valid when it was sent"},
        [TLSWATCH_CAUSE_PURPOSE] = {"purpose", "extendedKeyUsage does not allow this use"},
        [TLSWATCH_CAUSE_KEY_USAGE] = {"key-usage", "keyUsage lacks digitalSignature (leaf) or keyCertSign (CA)"},
        [TLSWATCH_CAUSE_ISSUER_NOT_CA] = {"issuer-not-ca", "a certificate was issued by one that is no CA"},
        [TLSWATCH_CAUSE_PATH_TOO_LONG] = {"path-too-long", "more CAs below one than its pathLenConstraint allows"},
        [TLSWATCH_CAUSE_NAME_CONSTRAINT] = {"name-constraint", "a CA's nameConstraints do not permit a name below it"},
        [TLSWATCH_CAUSE_CRITICAL_EXTENSION] = {"critical-extension", "a critical extension that path validation does not know"},
        [TLSWATCH_CAUSE_MALFORMED_CERTIFICATE] = {"malformed-certificate", "a certificate can't be parsed"},
        [TLSWATCH_CAUSE_WEAK_ALGORITHM] = {"weak-algorithm", "MD5, SHA-1 or a short key, and the peer refused"},
        [TLSWATCH_CAUSE_ALGORITHM_NOT_OFFERED] = {"algorithm-not-offered",
                                                  "key type or signature algorithm is not among what the peer asked for"},
        [TLSWATCH_CAUSE_REVOKED] = {"revoked", "the peer says that the certificate is revoked"},
        [TLSWATCH_CAUSE_KEY_MISMATCH] = {"key-mismatch", "the handshake was signed with a key that is not the certificate's"},
        [TLSWATCH_CAUSE_HOSTNAME_MISMATCH] = {"hostname-mismatch",
                                              "the server's certificate does not hold the name that the client asked for"},
        [TLSWATCH_CAUSE_ISSUER_UNKNOWN] = {"issuer-unknown", "the peer does not know the CA, and advertised no list to compare with"},
        [TLSWATCH_CAUSE_NAME_ENCODING_DIFFERS] = {"name-encoding-differs", "issuer and CA name are the same name in other bytes"},
        [TLSWATCH_CAUSE_POLICY] = {"policy", "the chain is fine, and a rule of the server's own denied it"},
        [TLSWATCH_CAUSE_TRUST_DIFFERS] = {"trust-differs", "the server does not trust what it advertises"},
        [TLSWATCH_CAUSE_NOT_REQUESTED] = {"not-requested", "the server did not ask for a client certificate"},
        [TLSWATCH_CAUSE_RENEGOTIATION_HIDDEN] = {"renegotiation-hidden", "client authentication ran in an encrypted renegotiation"},
        [TLSWATCH_CAUSE_POST_HANDSHAKE_AUTH_HIDDEN] = {"post-handshake-auth-hidden",
                                                       "client authentication ran encrypted, after the handshake"},
        [TLSWATCH_CAUSE_PROTOCOL_VERSION] = {"protocol-version", "no protocol version in common"},
        [TLSWATCH_CAUSE_CIPHER_MISMATCH] = {"cipher-mismatch", "no cipher suite in common"},
        [TLSWATCH_CAUSE_GROUP_MISMATCH] = {"group-mismatch", "no key-exchange group in common"},
        [TLSWATCH_CAUSE_SIGNATURE_ALGORITHM_MISMATCH] = {"signature-algorithm-mismatch", "no signature algorithm in common"},
        [TLSWATCH_CAUSE_SERVER_NAME_UNKNOWN] = {"server-name-unknown", "the server does not know the name that the client asked for"},
        [TLSWATCH_CAUSE_ALPN_MISMATCH] = {"alpn-mismatch", "no application protocol in common"},
        [TLSWATCH_CAUSE_DOWNGRADE] = {"downgrade", "a lower protocol version than both sides can"},
        [TLSWATCH_CAUSE_ADVERTISED_NOT_A_CA] = {"advertised-not-a-ca", "the advertised list names an end-entity certificate"},
        [TLSWATCH_CAUSE_LIST_TOO_LONG] = {"list-too-long", "a CertificateRequest longer than the client could take"},
        [TLSWATCH_CAUSE_CLOSED_WITHOUT_ALERT] = {"closed-without-alert", "closed by FIN or RST, with nothing wrong before"},
        [TLSWATCH_CAUSE_STALLED] = {"stalled", "one side never answered"},
        [TLSWATCH_CAUSE_NOT_TLS] = {"not-tls", "something else than TLS was spoken"},
        [TLSWATCH_CAUSE_PROTOCOL_ERROR] = {"protocol-error", "one side could not take what the other had sent"},
        [TLSWATCH_CAUSE_UNEXPLAINED] = {"unexplained", "refused, and nothing visible explains it"},
        [TLSWATCH_CAUSE_TLS13_ENCRYPTED] = {"tls13-encrypted", "TLS 1.3 hides what looks like a refusal"},
        [TLSWATCH_CAUSE_INCOMPLETE] = {"incomplete", "the capture does not hold what the verdict needs"},
};

const char *tlswatch_cause_name(enum tlswatch_cause cause) {
    return (unsigned)cause < TLSWATCH_NUM_CAUSES ? causes[cause].name : NULL;
}

const char *tlswatch_cause_meaning(enum tlswatch_cause cause) {
    return (unsigned)cause < TLSWATCH_NUM_CAUSES ? causes[cause].meaning : NULL;
}

bool tlswatch_cause_find(const char *name, enum tlswatch_cause *out) {
    for (int cause = 0; cause < TLSWATCH_NUM_CAUSES; cause++) {
        if (strcmp(causes[cause].name, name) == 0) {
            *out = (enum tlswatch_cause)cause;
            return true;
        }
    }
    return false;
}
