/*
 * What clients do about a server's certificate. Some programs differ from their library: curl, wget and ldapsearch
 * close without a word where OpenSSL or GnuTLS by itself would send an alert.
 */
#include "diagnosis/habits.h"

#define ALERT(code) .alert = (code)
#define REFUSES_INSIDE .conduct = TLSWATCH_REFUSES_INSIDE
#define RESETS .reset = true
#define LOG(text) .log = (text)
#define VERIFY(error) .log = "verify error:num=" error ", then 0A000086 certificate verify failed"

/* clang-format off */
const struct habit client_habits[] = {
    {STACK_OPENSSL, FAILURE_SERVER_UNKNOWN_ISSUER, ALERT(48), VERIFY("20:unable to get local issuer certificate")},
    {STACK_OPENSSL, FAILURE_SERVER_HOSTNAME, ALERT(42), VERIFY("62:hostname mismatch")},
    {STACK_OPENSSL, FAILURE_SERVER_EXPIRED, ALERT(45), VERIFY("10:certificate has expired")},
    {STACK_BORINGSSL, FAILURE_SERVER_UNKNOWN_ISSUER, ALERT(48), RESETS},
    {STACK_BORINGSSL, FAILURE_SERVER_HOSTNAME, ALERT(42)},
    {STACK_BORINGSSL, FAILURE_SERVER_EXPIRED, ALERT(45)},
    {STACK_GNUTLS, FAILURE_SERVER_UNKNOWN_ISSUER, ALERT(42)},
    {STACK_GNUTLS, FAILURE_SERVER_HOSTNAME, ALERT(42)},
    {STACK_GNUTLS, FAILURE_SERVER_EXPIRED, ALERT(42)},
    {STACK_NSS, FAILURE_SERVER_UNKNOWN_ISSUER, ALERT(48)},
    {STACK_NSS, FAILURE_SERVER_HOSTNAME, ALERT(42)},
    {STACK_NSS, FAILURE_SERVER_EXPIRED, ALERT(45)},
    {STACK_JAVA, FAILURE_SERVER_UNKNOWN_ISSUER, ALERT(46), LOG("PKIX path building failed: ... unable to find valid certification path")},
    {STACK_JAVA, FAILURE_SERVER_HOSTNAME, ALERT(46)},
    {STACK_JAVA, FAILURE_SERVER_EXPIRED, ALERT(45)},
    {STACK_GO, FAILURE_SERVER_UNKNOWN_ISSUER, ALERT(42), LOG("x509: certificate signed by unknown authority")},
    {STACK_GO, FAILURE_SERVER_HOSTNAME, ALERT(42)},
    {STACK_GO, FAILURE_SERVER_EXPIRED, ALERT(42), LOG("x509: certificate has expired or is not yet valid")},
    {STACK_MBEDTLS, FAILURE_SERVER_UNKNOWN_ISSUER, ALERT(48)},
    {STACK_MBEDTLS, FAILURE_SERVER_HOSTNAME, ALERT(42)},
    {STACK_MBEDTLS, FAILURE_SERVER_EXPIRED, ALERT(45)},
    {STACK_WOLFSSL, FAILURE_SERVER_UNKNOWN_ISSUER, ALERT(48)},
    {STACK_WOLFSSL, FAILURE_SERVER_HOSTNAME, ALERT(42)},
    {STACK_WOLFSSL, FAILURE_SERVER_EXPIRED, ALERT(45)},
    {STACK_ERLANG, FAILURE_SERVER_UNKNOWN_ISSUER, ALERT(48)},
    {STACK_ERLANG, FAILURE_SERVER_HOSTNAME, ALERT(40)},
    {STACK_ERLANG, FAILURE_SERVER_EXPIRED, ALERT(45)},
    {STACK_NODE, FAILURE_SERVER_UNKNOWN_ISSUER, REFUSES_INSIDE},
    {STACK_NODE, FAILURE_SERVER_HOSTNAME, REFUSES_INSIDE},
    {STACK_NODE, FAILURE_SERVER_EXPIRED, REFUSES_INSIDE},
};
/* clang-format on */
const size_t num_client_habits = sizeof client_habits / sizeof *client_habits;
