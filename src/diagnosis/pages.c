/*
 * The page of each cause: what it means, how it shows on the wire, what to do on each side. The man page, docs/causes.md and
 * --explain are made of it, so that they can't differ.
 */
#include "tlswatch/explain.h"

/* clang-format off */
static const struct tlswatch_cause_page pages[TLSWATCH_NUM_CAUSES] = {
    [TLSWATCH_CAUSE_NONE] = {
        .means = "Nothing is wrong with the conversation.",
        .shows = "Both sides sent Finished, and nothing that was sent before or after speaks against it. In TLS 1.3 that "
            "is all that can be seen: certificates are encrypted.",
        .client = "Nothing to do.",
        .server = "Nothing to do."},
    [TLSWATCH_CAUSE_CLIENT_DECLINED] = {
        .means = "The server asked for a certificate, and the client answered with an empty list. Why is not in a capture: "
            "no certificate is configured, or one was withheld because its issuer is not on the advertised list "
            "(Java, Go, .NET, NSS and wget do that), or its key type was not asked for.",
        .shows = "A client Certificate message without a certificate in it, behind a CertificateRequest. A server that "
            "insists then sends handshake_failure (40), bad_certificate (42), in TLS 1.3 certificate_required (116), "
            "or just closes; one that does not insist goes on. Stacks differ in what they withhold: OpenSSL, Mbed TLS "
            "and wolfSSL send what they have whatever the list says.",
        .client = "Configure a certificate together with its key; it must be issued by one of the advertised CAs and have a "
            "key of a kind that the server asked for. Send the intermediates along: Java and Go look for the "
            "advertised name in the chain.",
        .server = "Check that the advertised list names the CA of this client. A server that does not advertise any name "
            "makes every client send what it has."},
    [TLSWATCH_CAUSE_ISSUER_NOT_ADVERTISED] = {
        .means = "The client's chain ends at a CA that is not on the list that the server advertised.",
        .shows = "The chain is in the client's Certificate message, the list in the server's CertificateRequest: no "
            "certificate of the chain was issued by a name on the list. The server sends unknown_ca (48), or what its "
            "stack has for everything. A server that completes the handshake may still refuse inside it. Where the list "
            "is empty, no name can be missed on it: that is issuer-unknown, with this beside it.",
        .client = "Use a certificate of an advertised CA.",
        .server = "If this client is to be let in, add its CA to the client-CA file; if it advertises another list than it "
            "trusts, correct the list."},
    [TLSWATCH_CAUSE_SELF_SIGNED] = {
        .means = "The certificate is its own issuer.",
        .shows = "One certificate was sent, its issuer is its subject, and its own key verifies its signature. The peer "
            "sends unknown_ca (48) or bad_certificate (42).",
        .client = "If it is the client's: use a certificate from a CA that the server accepts. If it is the server's: add "
            "that very certificate to the CA file, if it is to be trusted.",
        .server = "If it is the client's: add that very certificate to the client-CA file, if that is what was agreed. If "
            "it is the server's: use a certificate from a CA that the clients know."},
    [TLSWATCH_CAUSE_INTERMEDIATE_MISSING] = {
        .means = "The chain stops at a certificate whose issuer was neither sent nor advertised. The side that sent it has "
            "to send the missing certificate along.",
        .shows = "The Certificate message holds the leaf, but not the CA that issued it, or a gap is further up; the "
            "advertised list names only the root. It is certain where the missing certificate is known from "
            "elsewhere: another conversation or a file given with --ca. Without that, a lone leaf points to it. The "
            "alert is the same as for an unknown CA. That a server lets such a chain in means that it holds the "
            "intermediate, or has cached it.",
        .client = "If it is the client's chain: append the missing certificate to the certificate file, behind the client's "
            "own. If it is the server's: nothing, or add the intermediate to the CA file.",
        .server = "If it is the client's chain: or add that intermediate to the client-CA file, beside its root; OpenSSL "
            "accepts no path that ends below one. If it is the server's: send the whole chain."},
    [TLSWATCH_CAUSE_CA_REKEYED] = {
        .means = "The issuer's name is right, but it stands for another key: the CA was renewed, and one of the two sides "
            "has the old certificate.",
        .shows = "The chain reaches an advertised name, and is refused all the same. OpenSSL says unknown_ca (48) where "
            "the chain names its issuer's key by identifier, and decrypt_error (51) where it has to try the "
            "signature. It is certain where the other certificate of that name is known: sent, seen elsewhere, or "
            "given with --ca. A server that sends an intermediate of an older key is meant too.",
        .client = "Get a certificate under the CA key that is in use now.",
        .server = "Compare the key of that CA in the client-CA file with the authority key identifier in the client's "
            "chain; add the right one and keep both while certificates of both are about."},
    [TLSWATCH_CAUSE_CHAIN_MISORDERED] = {
        .means = "The certificates of the chain are out of order.",
        .shows = "A certificate stands behind another that it did not issue, and the path can be built only by reordering. "
            "Nearly all stacks do that by themselves; Mbed TLS does not and says unknown_ca (48).",
        .client = "If it is the client's chain: put its own certificate first, then the issuer of each. If it is the "
            "server's: nothing to do.",
        .server = "If it is the server's chain: put its own certificate first, then the issuer of each. If it is the "
            "client's: nothing to do."},
    [TLSWATCH_CAUSE_FOREIGN_CERTIFICATE] = {
        .means = "A certificate was sent that certifies none of the others.",
        .shows = "It stands in the Certificate message, and no path from the leaf goes through it. All measured stacks "
            "ignore it, so that it is the cause only where nothing else is wrong.",
        .client = "Remove it from the certificate file, if it is the client's.",
        .server = "Remove it from the certificate file, if it is the server's."},
    [TLSWATCH_CAUSE_EXPIRED] = {
        .means = "A certificate of the chain had expired when it was sent.",
        .shows = "Its notAfter is before the time of the packet. The peer sends certificate_expired (45), Java "
            "certificate_unknown (46), Go bad_certificate (42), NSS unknown_ca (48) where it is the intermediate. Where "
            "the alert says so and nothing that was sent has expired, it is the peer's own certificate of the CA, its CRL, or a "
            "clock; Java and wolfSSL do not mind an expired root. Of a CA that it advertises, and of a root, the peer has "
            "its own: an expired one that was sent along is no fault by itself.",
        .client = "If it is the client's: renew it, or its intermediate. If it is the server's: nothing to do but to check "
            "the clock.",
        .server = "If it is the server's: renew it, or its intermediate. If it is the client's: nothing to do but to check "
            "the clock, and the dates in the client-CA file."},
    [TLSWATCH_CAUSE_NOT_YET_VALID] = {
        .means = "A certificate of the chain was not yet valid when it was sent.",
        .shows = "Its notBefore is after the time of the packet: a clock is wrong, or it was used too early. OpenSSL and "
            "Go send bad_certificate (42) for that, Java and Mbed TLS certificate_unknown (46), BoringSSL, NSS, wolfSSL "
            "and Erlang certificate_expired (45).",
        .client = "Check the clocks of the client and of the machine that issued the certificate.",
        .server = "Check the server's clock."},
    [TLSWATCH_CAUSE_PURPOSE] = {
        .means = "The extended key usage of a certificate does not allow what it is used for.",
        .shows = "extendedKeyUsage is there and lacks clientAuth in a client's chain, or serverAuth in a server's; in an "
            "intermediate it binds what is below for OpenSSL and Go, and for GnuTLS, Java and NSS it does not. OpenSSL sends "
            "unsupported_certificate (43), also where anyExtendedKeyUsage stands in its place, and NSS then "
            "certificate_unknown (46). GnuTLS's server does not look at it.",
        .client = "If it is the client's: get a certificate with clientAuth; a server's certificate is not one.",
        .server = "If it is the server's: get a certificate with serverAuth."},
    [TLSWATCH_CAUSE_KEY_USAGE] = {
        .means = "The key usage does not allow it: a leaf that may not sign, a CA that may not issue.",
        .shows = "keyUsage is there and lacks digitalSignature in the leaf, or keyCertSign in a CA. OpenSSL sends "
            "unsupported_certificate (43) for the leaf, and unknown_ca (48) for the CA. Go does not look at it in a leaf. "
            "A server's key that may only encipher is for RSA key exchange; with ECDHE GnuTLS says internal_error (80) and Java "
            "certificate_unknown (46), and OpenSSL does not mind.",
        .client = "If it is the client's: have the certificate issued anew with that bit.",
        .server = "If it is the server's: have the certificate issued anew with that bit."},
    [TLSWATCH_CAUSE_ISSUER_NOT_CA] = {
        .means = "A certificate that is used as an issuer is not a CA.",
        .shows = "Its basicConstraints is missing or does not say CA:TRUE. OpenSSL sends unknown_ca (48).",
        .client = "If it is the client's chain: get a certificate from a real CA.",
        .server = "If it is the server's chain: get a certificate from a real CA."},
    [TLSWATCH_CAUSE_PATH_TOO_LONG] = {
        .means = "There are more certificates below a CA than its path length allows.",
        .shows = "pathLenConstraint of a CA in the chain is less than the number of CAs between it and the leaf. OpenSSL "
            "sends unknown_ca (48).",
        .client = "If it is the client's chain: use one with fewer CAs, or have that CA issued anew without the limit.",
        .server = "If it is the server's chain: use one with fewer CAs, or have that CA issued anew without the limit."},
    [TLSWATCH_CAUSE_NAME_CONSTRAINT] = {
        .means = "A CA of the chain may not issue for this name.",
        .shows = "nameConstraints of a CA in the chain do not permit a name of a certificate below it, or exclude it.",
        .client = "If it is the client's: get a certificate whose names that CA may certify.",
        .server = "If it is the server's: get a certificate whose names that CA may certify."},
    [TLSWATCH_CAUSE_CRITICAL_EXTENSION] = {
        .means = "A certificate has a critical extension that is not understood.",
        .shows = "An extension is marked critical, and RFC 5280 does not oblige anybody to know it.",
        .client = "If it is the client's: have the certificate issued anew without that extension, or with it not critical.",
        .server = "Use software that knows the extension; if it is the server's own, have it issued anew."},
    [TLSWATCH_CAUSE_MALFORMED_CERTIFICATE] = {
        .means = "A certificate can't be parsed.",
        .shows = "The bytes in the Certificate message are no X.509 certificate, or hold something that libcrypto refuses. "
            "OpenSSL sends decode_error (50) for what it can't parse, others bad_certificate (42).",
        .client = "If it is the client's: replace the file.",
        .server = "If it is the server's: replace the file."},
    [TLSWATCH_CAUSE_WEAK_ALGORITHM] = {
        .means = "A signature with MD5 or SHA-1, or an RSA key below 2048 bits, and the peer refused.",
        .shows = "OpenSSL at security level 2, which is the default of Debian and others, sends bad_certificate (42); many "
            "other stacks accept SHA-1 and 1024 bits.",
        .client = "If it is the client's: have the certificate issued anew with SHA-256 and a longer key.",
        .server = "If it is the server's: have the certificate issued anew. Lowering the security level would let a client "
            "in, and is unwise."},
    [TLSWATCH_CAUSE_ALGORITHM_NOT_OFFERED] = {
        .means = "The key type or signature algorithm is not among those that the peer asked for.",
        .shows = "certificate_types and supported_signature_algorithms of the CertificateRequest, against the key of the "
            "client's leaf. Most clients send an empty list then, GnuTLS and BoringSSL break off; Mbed TLS and wolfSSL "
            "sign all the same. Curves are not named there: for one that it does not have (brainpool, secp256k1) OpenSSL "
            "says illegal_parameter (47), NSS decrypt_error (51), Java handshake_failure (40).",
        .client = "Use a key of a kind that the server asks for.",
        .server = "Allow other kinds of keys: certificate types and signature algorithms follow from its own configuration."},
    [TLSWATCH_CAUSE_REVOKED] = {
        .means = "The peer says that the certificate has been revoked (alert 44).",
        .shows = "certificate_revoked (44), from OpenSSL, BoringSSL and Mbed TLS. Java says certificate_unknown (46), GnuTLS "
            "access_denied (49), wolfSSL bad_certificate (42) for it. A CRL that is missing or out of date is unknown_ca (48) from OpenSSL.",
        .client = "If it is the client's: get a new certificate.",
        .server = "If that is a surprise, look at the CRL or the OCSP answer that it used; if it is the server's own "
            "certificate, get a new one."},
    [TLSWATCH_CAUSE_KEY_MISMATCH] = {
        .means = "The signature over the handshake does not fit the certificate: another private key was used.",
        .shows = "The CertificateVerify (client) or ServerKeyExchange (server) of TLS 1.2 and below does not verify with "
            "the key of the leaf. The peer sends decrypt_error (51). Where a server says so and the client's could not be checked "
            "(lost, or of a kind that is not computed), it is only possible, as is a CA with another key.",
        .client = "If it is the client's: configure the private key that belongs to the certificate.",
        .server = "If it is the server's: configure the private key that belongs to the certificate."},
    [TLSWATCH_CAUSE_HOSTNAME_MISMATCH] = {
        .means = "The client asked for a server name that is not in the server's certificate, and refused.",
        .shows = "The name in the client's hello is in no subjectAltName of the server's leaf, and the client broke off: "
            "by bad_certificate (42) from most, certificate_unknown (46) from Java, handshake_failure (40) from Erlang, or "
            "by leaving right after the handshake without a byte of data, as curl, Node.js and others do. A client may check another name than it "
            "asks for: OpenSSL's alert 42 then tells. Go does not look for names in CN. Client authentication is not involved.",
        .client = "Connect by a name that stands in the certificate.",
        .server = "Use a certificate that names the server as its clients do."},
    [TLSWATCH_CAUSE_ISSUER_UNKNOWN] = {
        .means = "The peer does not know the CA, and it advertised no list against which the chain could be held.",
        .shows = "The chain is whole, as far as can be seen, and nothing in it is wrong; the peer's alert is unknown_ca "
            "(48), or its stack's one for everything. Servers that never advertise a list, such as mosquitto and "
            "Python's, look like this whenever they do not know a CA. A client never says which CAs it trusts.",
        .client = "If it is the client's chain: use a certificate of a CA that the server knows, and send the whole chain. "
            "If it is the server's: trust its CA, if that is intended.",
        .server = "If it is the client's chain: add its CA to the client-CA file, if it is to be let in. If it is the "
            "server's: send the whole chain, from a CA that the clients know."},
    [TLSWATCH_CAUSE_NAME_ENCODING_DIFFERS] = {
        .means = "The issuer's name and the CA's name are the same name in other bytes, and the peer compares bytes.",
        .shows = "String type (PrintableString, UTF8String, BMPString), case or white space differ between the issuer in "
            "the chain and the name on the advertised list. Go, GnuTLS, NSS and wolfSSL compare bytes; OpenSSL and "
            "BoringSSL do not; Java and Mbed TLS are in between.",
        .client = "Have the certificate issued anew by the CA as it stands in the server's file.",
        .server = "Or put the CA certificate with the client's spelling into the client-CA file."},
    [TLSWATCH_CAUSE_POLICY] = {
        .means = "The certificate is fine, and the server's own rules refuse it.",
        .shows = "Alert access_denied (49) from a stack that does not use it for everything, or a completed handshake "
            "behind which the server says no and closes, although the chain reaches the list.",
        .client = "Ask the server's side which rule denied it: names, roles, groups.",
        .server = "Look at the rules for this name and at the log of the application, not only that of TLS."},
    [TLSWATCH_CAUSE_TRUST_DIFFERS] = {
        .means = "The chain reaches an advertised CA, and the server says unknown CA all the same: what it advertises is "
            "not what it trusts, or a revocation list or a depth limit is behind it.",
        .shows = "Everything that was sent is fine, and unknown_ca (48) or a general alert answers it. Servers with two "
            "settings do this (nginx: ssl_client_certificate and ssl_trusted_certificate; Apache: "
            "SSLCADNRequestFile; haproxy: ca-file and ca-verify-file); OpenSSL also where only an intermediate is trusted, or where a CRL is asked for and "
            "missing.",
        .client = "Nothing to do, as far as the capture shows.",
        .server = "Compare the CA file that it verifies with, its CRLs and its depth limit with what it advertises; its log "
            "names the reason."},
    [TLSWATCH_CAUSE_NOT_REQUESTED] = {
        .means = "The server never asked for a certificate.",
        .shows = "The handshake was seen in clear up to its end, and there is no CertificateRequest in it. A resumed "
            "session has none either, and is not meant.",
        .client = "Nothing to do.",
        .server = "If client authentication is wanted: turn it on for this name and port; some servers ask later, inside "
            "the encryption."},
    [TLSWATCH_CAUSE_RENEGOTIATION_HIDDEN] = {
        .means = "Client authentication took place in a renegotiation, inside the encryption.",
        .shows = "Handshake records follow both Finished messages, encrypted (TLS 1.2 and below). Apache does so where a "
            "certificate is asked for by location, IIS by default.",
        .client = "Nothing to do.",
        .server = "Its log has what the capture can't show; or ask for the certificate in the first handshake."},
    [TLSWATCH_CAUSE_POST_HANDSHAKE_AUTH_HIDDEN] = {
        .means = "Client authentication took place after the handshake, inside the encryption (TLS 1.3).",
        .shows = "The client offered post_handshake_auth, sent its Finished alone in the handshake, and, asked behind its "
            "first request, answered with records as long as a Certificate and a Finished. A client that does not offer it can't "
            "be asked: Apache then answers 403 (AH10158 in its log).",
        .client = "If it was refused without being asked: turn post-handshake authentication on.",
        .server = "Its log has what the capture can't show; or ask for the certificate in the handshake."},
    [TLSWATCH_CAUSE_PROTOCOL_VERSION] = {
        .means = "The two sides have no version of TLS in common.",
        .shows = "protocol_version (70) answers the ClientHello, or a client's the ServerHello; GnuTLS, Mbed TLS and "
            "wolfSSL send handshake_failure (40), which is most likely meant so where the hello offers TLS 1.3 alone. It "
            "ends before any certificate: client authentication is not involved.",
        .client = "Allow a newer version, or update the TLS library.",
        .server = "Or allow the version that the client offers."},
    [TLSWATCH_CAUSE_CIPHER_MISMATCH] = {
        .means = "The two sides have no cipher suite in common.",
        .shows = "handshake_failure (40) or insufficient_security (71) answers the ClientHello. The same alert stands for "
            "groups and signature algorithms; the lists in the hello tell. A server without a certificate of a "
            "fitting kind looks the same.",
        .client = "Enable cipher suites that the server has.",
        .server = "Or enable one that the client offers; check that a certificate is configured. Its log names the reason."},
    [TLSWATCH_CAUSE_GROUP_MISMATCH] = {
        .means = "The two sides have no key exchange group in common.",
        .shows = "handshake_failure (40) answers a ClientHello whose supported_groups holds none of the common ones.",
        .client = "Offer x25519 or secp256r1.",
        .server = "Or enable a group that the client offers."},
    [TLSWATCH_CAUSE_SIGNATURE_ALGORITHM_MISMATCH] = {
        .means = "The two sides have no signature algorithm in common.",
        .shows = "handshake_failure (40) answers a ClientHello whose signature_algorithms fit no key of the server (of EC "
            "keys only, and its is RSA), or are missing.",
        .client = "Offer the usual signature algorithms.",
        .server = "Use a certificate with a key that the client's algorithms can sign with."},
    [TLSWATCH_CAUSE_SERVER_NAME_UNKNOWN] = {
        .means = "The server has nothing for the server name that the client asked for.",
        .shows = "unrecognized_name (112), fatal, answers the ClientHello.",
        .client = "Ask for a name that the server has.",
        .server = "Or configure that name."},
    [TLSWATCH_CAUSE_ALPN_MISMATCH] = {
        .means = "The two sides have no application protocol in common.",
        .shows = "no_application_protocol (120) answers the ClientHello.",
        .client = "Offer a protocol that the server speaks.",
        .server = "Or enable one that the client offers."},
    [TLSWATCH_CAUSE_DOWNGRADE] = {
        .means = "A downgrade of the version was noticed and refused.",
        .shows = "inappropriate_fallback (86) from a server, or illegal_parameter (47) from a client behind a ServerHello "
            "whose random bears the mark of RFC 8446, 4.1.3.",
        .client = "Look at why an earlier attempt with the higher version failed.",
        .server = "Look at middleboxes in front of the server."},
    [TLSWATCH_CAUSE_ADVERTISED_NOT_A_CA] = {
        .means = "The advertised list names an end-entity certificate: a leaf was loaded where the CA belongs.",
        .shows = "A name on the list is the subject of a certificate that is known and is no CA.",
        .client = "Nothing to do.",
        .server = "Put the certificate of the CA that issued that leaf into the client-CA file, in its place."},
    [TLSWATCH_CAUSE_LIST_TOO_LONG] = {
        .means = "The advertised list is longer than the client can take, or than the server can send.",
        .shows = "The CertificateRequest is longer than one record (16 KiB), and the client closes without an answer: Mbed "
            "TLS and wolfSSL clients can't take it. wolfSSL's server puts it into one record that is longer than TLS "
            "allows; Mbed TLS's leaves out the names that do not fit.",
        .client = "Use a TLS library that takes a CertificateRequest of several records.",
        .server = "Advertise fewer CAs, or none: the list does not have to be what is trusted."},
    [TLSWATCH_CAUSE_CLOSED_WITHOUT_ALERT] = {
        .means = "One side closed or reset the connection, and nothing is wrong in what was sent before.",
        .shows = "FIN or RST in the middle of the handshake. Node.js and slapd close so when a client's certificate does "
            "not verify; curl and others when a server's does not. An alert decode_error (50) of OpenSSL behind a FIN "
            "is an echo of it. A firewall's RST looks the same but for its TTL.",
        .client = "If the client closed, its log says why.",
        .server = "If the server closed, its log says why; look also for health checks and middleboxes."},
    [TLSWATCH_CAUSE_STALLED] = {
        .means = "One side sent something that was never acknowledged or never answered.",
        .shows = "The same segment again and again without an acknowledgement: path MTU or a firewall, most likely where "
            "it is a large one, with certificates. Acknowledged and never answered: the program hangs.",
        .client = "Check the path: lower the MTU, or allow ICMP \"fragmentation needed\".",
        .server = "The same; check firewalls between the two, and what the program waits for."},
    [TLSWATCH_CAUSE_NOT_TLS] = {
        .means = "Something other than TLS was spoken, by one side or by both.",
        .shows = "The first bytes are no TLS record and no STARTTLS that is known, or a ClientHello is answered by none: "
            "plain HTTP on a TLS port, and TLS on a plain one, are the most common.",
        .client = "Speak TLS on this port, or use the port for plain text.",
        .server = "Check that TLS is on for this port."},
    [TLSWATCH_CAUSE_PROTOCOL_ERROR] = {
        .means = "One side found the other's messages wrong (decode_error, unexpected_message and the like).",
        .shows = "An alert that speaks of a message and not of a certificate. GnuTLS's server sends decode_error (50) for "
            "an empty certificate list.",
        .client = "Check the versions of the TLS libraries, and middleboxes.",
        .server = "Check the versions of the TLS libraries, and middleboxes."},
    [TLSWATCH_CAUSE_UNEXPLAINED] = {
        .means = "Refused, and nothing visible explains it; the report says what the alert means by itself.",
        .shows = "An alert, in clear or encrypted, behind what looks right: unknown_psk_identity (115), say, or one that "
            "only its sender uses so.",
        .client = "Compare the time of the packet with the client's log.",
        .server = "Its log names the reason at the time of that packet."},
    [TLSWATCH_CAUSE_TLS13_ENCRYPTED] = {
        .means = "TLS 1.3 without keys: what can be seen looks like a refusal, and certificates and alerts are encrypted.",
        .shows = "The lengths of records tell a little: an empty Certificate, a chain, an alert behind it. OpenSSL clients "
            "that refuse a server send their alert in clear.",
        .client = "Look at the client's log, or capture with a key log (SSLKEYLOGFILE).",
        .server = "Its log names the reason; or reproduce it with TLS 1.2."},
    [TLSWATCH_CAUSE_INCOMPLETE] = {
        .means = "The capture does not hold what a verdict needs.",
        .shows = "Packets are missing, the capture began late or ended early, or packets were cut by a snapshot length.",
        .client = "Capture again, with whole packets and from before the connection.",
        .server = "Capture again, with whole packets and from before the connection; best on the server itself."},
};
/* clang-format on */

const struct tlswatch_cause_page *tlswatch_cause_page(enum tlswatch_cause cause) {
    return (unsigned)cause < TLSWATCH_NUM_CAUSES ? &pages[cause] : NULL;
}
