/* Records by hand: the four conversations of the report's own examples, for the tests of text and JSON. */
#ifndef TLSWATCH_TESTS_RECORDS_H
#define TLSWATCH_TESTS_RECORDS_H

#include "tlswatch/tlswatch.h"

#define RECORDS_COUNT(array) (sizeof(array) / sizeof(array)[0])

/* 2026-11-20 14:03:22.779 UTC */
#define RECORDS_TIME_NS 1795183402779000000LL

static const char records_file[] = "acme-2026-11-20.pcapng";

static inline struct tlswatch_mark record_mark(uint64_t frame, int64_t time_ns) {
    return (struct tlswatch_mark){.frame = frame, .time_ns = time_ns, .file = records_file};
}

/* The server refused the client's certificate: an intermediate is missing. */
static inline struct tlswatch_record record_intermediate_missing(void) {
    static const char *const key_usage[] = {"digitalSignature", NULL};
    static const char *const purposes[] = {"clientAuth", NULL};
    static const char *const alternative_names[] = {"DNS:b2b-gw01.p.example", NULL};
    static const char *const types[] = {"rsa_sign", "ecdsa_sign", NULL};
    static const char *const algorithms[] = {"ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256", NULL};
    static const struct tlswatch_certificate leaf = {
            .sha256 = "5e9c1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3b5e9c1d7f0a3bffff",
            .subject = {.text = "CN=b2b-gw01,O=P"},
            .issuer = {.text = "CN=Acme Issuing CA 2,O=Acme,C=DE"},
            .serial = "55fbb9c7",
            .not_before = 1709208000, /* 2024-02-29 12:00:00 UTC */
            .not_after = 1795132799,  /* 2026-11-19 23:59:59 UTC */
            .public_key = "EC P-256",
            .signature_algorithm = "ecdsa-with-SHA256",
            .version = 3,
            .path_len = -1,
            .key_usage = key_usage,
            .extended_key_usage = purposes,
            .authority_key_id = "a1b2c3d4e5f60718",
            .alternative_names = alternative_names,
    };
    static const struct tlswatch_certificate *const chain[] = {&leaf};
    static const struct tlswatch_name authorities[] = {{.text = "CN=Acme Partner Root G1,O=Acme,C=DE"}};
    static const uint64_t frames[] = {60, 62, 63};
    static struct tlswatch_alert alerts[1];
    static struct tlswatch_finding findings[1];
    static struct tlswatch_message messages[2];
    static struct tlswatch_rival rivals[1];

    alerts[0] = (struct tlswatch_alert){.sender = TLSWATCH_SERVER,
                                        .readable = true,
                                        .level = 2,
                                        .code = 48,
                                        .name = "unknown_ca",
                                        .mark = record_mark(63, RECORDS_TIME_NS + 2284000)};
    findings[0] = (struct tlswatch_finding){.code = "intermediate-missing",
                                            .severity = TLSWATCH_ERROR,
                                            .certificate_of = TLSWATCH_CLIENT,
                                            .index = 0,
                                            .text = "its issuer was neither sent nor advertised",
                                            .mark = record_mark(62, 0)};
    rivals[0] = (struct tlswatch_rival){.cause = TLSWATCH_CAUSE_ISSUER_NOT_ADVERTISED,
                                        .certificate_of = TLSWATCH_CLIENT,
                                        .confidence = TLSWATCH_POSSIBLE,
                                        .why = "the missing CA may belong to another root"};
    messages[0] = (struct tlswatch_message){
            .sender = TLSWATCH_CLIENT, .name = "ClientHello", .len = 512, .mark = record_mark(57, RECORDS_TIME_NS)};
    messages[1] = (struct tlswatch_message){
            .sender = TLSWATCH_SERVER, .name = "Alert", .len = 2, .mark = record_mark(63, RECORDS_TIME_NS + 2284000)};

    return (struct tlswatch_record){
            .client = {"10.1.7.20", 47650},
            .server = {"10.2.0.8", 443},
            .community_id = "1:abc=",
            .start = record_mark(54, RECORDS_TIME_NS),
            .end = record_mark(65, RECORDS_TIME_NS + 3001000),
            .version = 0x0303,
            .version_text = "1.2",
            .cipher = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            .next_protocol = "h2",
            .server_name = "api.partner.example",
            .outcome = TLSWATCH_FAILED,
            .cause = TLSWATCH_CAUSE_INTERMEDIATE_MISSING,
            .certificate_of = TLSWATCH_CLIENT,
            .confidence = TLSWATCH_CERTAIN,
            .at_fault = TLSWATCH_CLIENT,
            .reason = "unknown_ca",
            .message = "The server refused the client's certificate: an intermediate is missing. The client sent only "
                       "its own certificate; nobody in the handshake knows the CA that signed it.",
            .advice_client = "send the chain: append \"Acme Issuing CA 2\" to the certificate file.",
            .advice_server = "or add that intermediate to the client-CA file.",
            .rivals = rivals,
            .num_rivals = 0,
            .findings = findings,
            .num_findings = RECORDS_COUNT(findings),
            .alerts = alerts,
            .num_alerts = RECORDS_COUNT(alerts),
            .messages = messages,
            .num_messages = RECORDS_COUNT(messages),
            .closed = {TLSWATCH_SERVER, TLSWATCH_CLOSED_FIN, record_mark(64, RECORDS_TIME_NS + 2900000)},
            .certificate_request = {.state = TLSWATCH_SEEN,
                                    .mark = record_mark(60, 0),
                                    .certificate_types = types,
                                    .signature_algorithms = algorithms,
                                    .authorities = authorities,
                                    .num_authorities = 1},
            .client_certificate = {.state = TLSWATCH_SEEN, .mark = record_mark(62, 0), .certificates = chain, .num_certificates = 1},
            .server_certificate = {.state = TLSWATCH_LOST},
            .reach = {TLSWATCH_REACHED_NO, TLSWATCH_REACH_NOT_LISTED, 0, -1, TLSWATCH_UNVERIFIED},
            .certificate_verify = "unchecked",
            .stream = 4,
            .frames = frames,
            .num_frames = RECORDS_COUNT(frames),
            .filter = "tcp.stream eq 4 && frame.number in {60, 62, 63}",
            .id = "b3c1000000000001",
    };
}

/* The client declined. */
static inline struct tlswatch_record record_declined(void) {
    static const struct tlswatch_name authorities[] = {{.text = "CN=Acme Root G1"}, {.text = "CN=Acme Root G2"}};
    static const uint64_t frames[] = {5, 7, 8};
    static struct tlswatch_alert alerts[1];
    static struct tlswatch_rival rivals[2];
    alerts[0] = (struct tlswatch_alert){.sender = TLSWATCH_SERVER,
                                        .readable = true,
                                        .level = 2,
                                        .code = 40,
                                        .name = "handshake_failure",
                                        .mark = record_mark(8, RECORDS_TIME_NS)};
    rivals[0] = (struct tlswatch_rival){
            .cause = TLSWATCH_CAUSE_ISSUER_NOT_ADVERTISED,
            .certificate_of = TLSWATCH_CLIENT,
            .confidence = TLSWATCH_LIKELY,
            .why = "its certificate is not issued by one of the 2 advertised CAs; Java, Go and .NET clients then send nothing"};
    rivals[1] = (struct tlswatch_rival){.cause = TLSWATCH_CAUSE_ALGORITHM_NOT_OFFERED,
                                        .certificate_of = TLSWATCH_CLIENT,
                                        .confidence = TLSWATCH_POSSIBLE,
                                        .why = "no certificate configured, or its key type or algorithm was not asked for"};
    return (struct tlswatch_record){
            .client = {"10.1.7.31", 50112},
            .server = {"10.2.0.8", 8443},
            .start = record_mark(1, RECORDS_TIME_NS),
            .end = record_mark(9, RECORDS_TIME_NS + 1000001),
            .version = 0x0303,
            .version_text = "1.2",
            .outcome = TLSWATCH_FAILED,
            .cause = TLSWATCH_CAUSE_CLIENT_DECLINED,
            .certificate_of = TLSWATCH_CLIENT,
            .confidence = TLSWATCH_CERTAIN,
            .at_fault = TLSWATCH_CLIENT,
            .reason = "handshake_failure",
            .message = "The client declined: asked for a certificate, it answered with an empty list.",
            .rivals = rivals,
            .num_rivals = RECORDS_COUNT(rivals),
            .alerts = alerts,
            .num_alerts = RECORDS_COUNT(alerts),
            .closed = {TLSWATCH_CLIENT, TLSWATCH_CLOSED_RST, record_mark(9, 0)},
            .certificate_request = {.state = TLSWATCH_SEEN, .mark = record_mark(5, 0), .authorities = authorities, .num_authorities = 2},
            .client_certificate = {.state = TLSWATCH_SEEN, .mark = record_mark(7, 0)},
            .reach = {TLSWATCH_REACHED_UNKNOWN, TLSWATCH_REACH_DECLINED, -1, -1, TLSWATCH_UNVERIFIED},
            .stream = 9,
            .frames = frames,
            .num_frames = RECORDS_COUNT(frames),
            .filter = "tcp.stream eq 9 && frame.number in {5, 7, 8}",
            .id = "b3c1000000000002",
    };
}

/* The client refused the server's certificate, expired. */
static inline struct tlswatch_record record_server_expired(void) {
    static const struct tlswatch_certificate leaf = {
            .sha256 = "00",
            .subject = {.text = "CN=mq1"},
            .issuer = {.text = "CN=Acme Issuing CA 1"},
            .not_before = 1709208000,
            .not_after = 1795132799,
            .path_len = -1,
    };
    static const struct tlswatch_certificate *const chain[] = {&leaf};
    static const uint64_t frames[] = {75, 77};
    static struct tlswatch_alert alerts[1];
    static struct tlswatch_finding findings[1];
    alerts[0] = (struct tlswatch_alert){.sender = TLSWATCH_CLIENT,
                                        .readable = true,
                                        .level = 2,
                                        .code = 45,
                                        .name = "certificate_expired",
                                        .mark = record_mark(77, RECORDS_TIME_NS)};
    findings[0] = (struct tlswatch_finding){.code = "expired",
                                            .severity = TLSWATCH_ERROR,
                                            .certificate_of = TLSWATCH_SERVER,
                                            .index = 0,
                                            .text = "ended 8 hours before",
                                            .mark = record_mark(75, 0)};
    return (struct tlswatch_record){
            .client = {"10.3.0.5", 39112},
            .server = {"10.2.0.40", 1414},
            .start = record_mark(70, RECORDS_TIME_NS),
            .end = record_mark(79, RECORDS_TIME_NS),
            .version = 0x0303,
            .version_text = "1.2",
            .server_name = "mq1",
            .outcome = TLSWATCH_FAILED,
            .cause = TLSWATCH_CAUSE_EXPIRED,
            .certificate_of = TLSWATCH_SERVER,
            .confidence = TLSWATCH_CERTAIN,
            .at_fault = TLSWATCH_SERVER,
            .reason = "certificate_expired",
            .message = "The CLIENT refused the SERVER's certificate: it expired 8 hours before. Client authentication is not involved.",
            .findings = findings,
            .num_findings = RECORDS_COUNT(findings),
            .alerts = alerts,
            .num_alerts = RECORDS_COUNT(alerts),
            .closed = {TLSWATCH_NOBODY, TLSWATCH_CLOSED_CAPTURE_END, {0}},
            .server_certificate = {.state = TLSWATCH_SEEN, .mark = record_mark(75, 0), .certificates = chain, .num_certificates = 1},
            .reach = {TLSWATCH_REACHED_UNKNOWN, TLSWATCH_REACH_NOT_REQUESTED, -1, -1, TLSWATCH_UNVERIFIED},
            .stream = 77,
            .frames = frames,
            .num_frames = RECORDS_COUNT(frames),
            .filter = "tcp.stream eq 77 && frame.number in {75, 77}",
            .id = "b3c1000000000003",
    };
}

/* Accepted by TLS, probably refused inside it. */
static inline struct tlswatch_record record_refused_inside(void) {
    static struct tlswatch_finding findings[1];
    struct tlswatch_record record = record_intermediate_missing();
    findings[0] =
            (struct tlswatch_finding){.code = "refused-inside",
                                      .severity = TLSWATCH_WARNING,
                                      .index = -1,
                                      .text = "nginx, IIS and API gateways answer 400 or 403 inside TLS instead of sending an alert."};
    record.client = (struct tlswatch_endpoint){"10.1.7.44", 41000};
    record.server_name = NULL;
    record.outcome = TLSWATCH_REFUSED;
    record.confidence = TLSWATCH_LIKELY;
    record.established = true;
    record.reason = NULL;
    record.message = "Accepted by TLS, probably refused inside it: the client's chain does not reach an advertised CA, "
                     "and the server closed 3 ms after a short answer.";
    record.advice_client = record.advice_server = NULL;
    record.findings = findings;
    record.num_alerts = 0;
    record.stream = 5;
    record.filter = "tcp.stream eq 5 && frame.number in {60, 62, 63}";
    return record;
}

/* Nothing wrong: the client's chain reaches the list. */
static inline struct tlswatch_record record_good(void) {
    struct tlswatch_record record = record_intermediate_missing();
    record.outcome = TLSWATCH_COMPLETED;
    record.cause = TLSWATCH_CAUSE_NONE;
    record.certificate_of = record.at_fault = TLSWATCH_NOBODY;
    record.established = true;
    record.reason = NULL;
    record.message = "The handshake completed.";
    record.advice_client = record.advice_server = NULL;
    record.num_findings = record.num_alerts = 0;
    record.reach = (struct tlswatch_reach){TLSWATCH_REACHED_YES, TLSWATCH_REACH_ISSUER_LISTED, 0, 0, TLSWATCH_VERIFIED};
    return record;
}

#endif
