/* Each rule over the conversation: facts that fire it, and the nearest facts that must not. */
#include "diagnosis_facts.h"
#include "tap.h"

#define CLIENT TLSWATCH_CLIENT
#define SERVER TLSWATCH_SERVER
#define NOBODY TLSWATCH_NOBODY
#define CERTAIN TLSWATCH_CERTAIN
#define LIKELY TLSWATCH_LIKELY
#define POSSIBLE TLSWATCH_POSSIBLE
#define SILENT ((enum tlswatch_confidence) - 1) /* the rule must not fire */

static struct scene scene;
static struct facts *const f = &scene.facts;

static void setup(void) {
    scene_init(&scene);
    scene_chains(&scene);
}

static void teardown(void) {
    scene_clear(&scene);
}

/* --- Facts, one thing changed from one to the next. --- */

static struct bytes numbers(const char *bytes, size_t len) {
    return bytes_of(bytes, len);
}

static void not_tls(void) {
    scene_before_certificates(&scene, PROGRESS_NOTHING);
    f->has_client_hello = false;
    scene.conversation.protocol = PROTOCOL_NOT_TLS;
}

static void speaks_http(void) {
    not_tls();
    scene.opening.instead = "http";
    scene.opening.instead_by = FORWARD;
    scene.opening.instead_mark = scene_mark(4);
}

static void starttls_is_refused(void) {
    not_tls();
    scene.opening.refusal_len = 12;
    memcpy(scene.opening.refusal, "454 not now\x1b", 12);
    scene.opening.refusal_mark = scene_mark(6);
}

static void not_a_byte(void) {
    not_tls();
    scene.conversation.stream[FORWARD].any_bytes = scene.conversation.stream[BACKWARD].any_bytes = false;
}

static void answered_in_plain_text(void) {
    scene_before_certificates(&scene, PROGRESS_CLIENT_HELLO);
    scene.opening.instead = "http";
    scene.opening.instead_by = BACKWARD;
    scene_close(&scene, SERVER, TLSWATCH_CLOSED_FIN);
}

static void answered_in_something_else(void) {
    scene_before_certificates(&scene, PROGRESS_CLIENT_HELLO);
    scene_stream(&scene, SERVER)->malformed = MALFORMED_RECORD;
    scene_stream(&scene, SERVER)->malformed_mark = scene_mark(FRAME_SERVER_HELLO);
    scene_close(&scene, SERVER, TLSWATCH_CLOSED_FIN);
}

static void answered_in_something_else_behind_its_hello(void) {
    answered_in_something_else();
    f->has_server_hello = true;
    f->progress = PROGRESS_SERVER_HELLO;
}

static void capture_ends(void) {
}

static void bytes_are_lost(void) {
    scene_close(&scene, SERVER, TLSWATCH_CLOSED_FIN);
    f->lost = true;
}

static void alert_and_bytes_are_lost(void) {
    scene_before_certificates(&scene, PROGRESS_CLIENT_HELLO);
    scene_alert(&scene, SERVER, 40);
    f->lost = true;
}

static void alert(enum progress progress, enum tlswatch_side sender, uint8_t code) {
    scene_before_certificates(&scene, progress);
    scene_alert(&scene, sender, code);
}

static void alert_70(void) {
    alert(PROGRESS_CLIENT_HELLO, SERVER, 70);
}

static void alert_70_bytes_lost(void) {
    alert_70();
    f->lost = true;
}

static void alert_70_of_the_client(void) {
    alert(PROGRESS_SERVER_HELLO, CLIENT, 70);
}

static void alert_40(void) {
    alert(PROGRESS_CLIENT_HELLO, SERVER, 40);
}

static void alert_40_from_tls13_alone(void) {
    alert_40();
    f->client_hello.highest_version = TLS_1_3;
    f->client_hello.supported_versions = numbers("\x03\x04", 2);
    f->client_hello.cipher_suites = numbers("\x13\x02\x13\x01", 4);
    f->client_hello.supported_groups = numbers("\x00\x1d", 2); /* x25519 */
}

static void alert_40_from_tls12_and_13(void) {
    alert_40_from_tls13_alone();
    f->client_hello.supported_versions = numbers("\x03\x04\x03\x03", 4);
}

static void alert_40_from_tls13_without_signatures_of_rsa_keys(void) {
    alert_40_from_tls13_alone();
    f->client_hello.signature_algorithms = numbers("\x04\x03\x05\x03", 4);
}

static void alert_40_from_tls13_with_a_rare_suite(void) {
    alert_40_from_tls13_alone();
    f->client_hello.cipher_suites = numbers("\x13\x05", 2); /* TLS_AES_128_CCM_8_SHA256 */
}

static void alert_40_from_tls13_with_a_rare_group(void) {
    alert_40_from_tls13_alone();
    f->client_hello.supported_groups = numbers("\x00\x1e", 2); /* x448 */
}

static void alert_40_from_tls13_alone_bytes_lost(void) {
    alert_40_from_tls13_alone();
    f->lost = true;
}

static void alert_40_from_tls10(void) {
    alert_40();
    f->client_hello.highest_version = TLS_1_0;
}

static void alert_80_from_tls10(void) {
    alert(PROGRESS_CLIENT_HELLO, SERVER, 80);
    f->client_hello.highest_version = TLS_1_0;
}

static void alert_80_from_tls12(void) {
    alert(PROGRESS_CLIENT_HELLO, SERVER, 80);
    f->client_hello.highest_version = TLS_1_2;
}

static void rst_from_tls10(void) {
    scene_before_certificates(&scene, PROGRESS_CLIENT_HELLO);
    f->client_hello.highest_version = TLS_1_0;
    scene_close(&scene, SERVER, TLSWATCH_CLOSED_RST);
}

static void alert_40_from_tls10_bytes_lost(void) {
    alert_40_from_tls10();
    f->lost = true;
}

static void alert_40_behind_server_hello(void) {
    alert(PROGRESS_SERVER_HELLO, SERVER, 40);
}

static void alert_71(void) {
    alert(PROGRESS_CLIENT_HELLO, SERVER, 71);
}

static void alert_112(void) {
    alert(PROGRESS_CLIENT_HELLO, SERVER, 112);
}

static void alert_112_of_the_client(void) {
    alert(PROGRESS_SERVER_HELLO, CLIENT, 112);
}

static void alert_120(void) {
    alert(PROGRESS_CLIENT_HELLO, SERVER, 120);
}

static void alert_86(void) {
    alert(PROGRESS_CLIENT_HELLO, SERVER, 86);
}

static void sentinel_and_alert_47(void) {
    alert(PROGRESS_SERVER_HELLO, CLIENT, 47);
    f->server_hello.downgrade_sentinel = true;
}

static void alert_47_without_sentinel(void) {
    alert(PROGRESS_SERVER_HELLO, CLIENT, 47);
}

static void only_rare_groups(void) {
    alert_40();
    f->client_hello.supported_groups = numbers("\x00\x19\x00\x1e", 4); /* secp521r1, x448 */
}

static void a_common_group_too(void) {
    alert_40();
    f->client_hello.supported_groups = numbers("\x00\x19\x00\x17", 4); /* secp256r1 */
}

static void only_sha1(void) {
    alert_40();
    f->client_hello.signature_algorithms = numbers("\x02\x01\x02\x03\x01\x01", 6);
}

static void sha256_too(void) {
    alert_40();
    f->client_hello.signature_algorithms = numbers("\x02\x01\x02\x03\x04\x01", 6);
}

static void only_signatures_of_ec_keys(void) {
    alert_40();
    f->client_hello.signature_algorithms = numbers("\x04\x03\x05\x03\x08\x07", 6);
}

static void only_signatures_of_rsa_keys(void) {
    alert_40();
    f->client_hello.signature_algorithms = numbers("\x04\x01\x08\x04", 4);
}

static void no_algorithms_in_tls13(void) {
    alert(PROGRESS_CLIENT_HELLO, SERVER, 109);
    f->client_hello.highest_version = TLS_1_3;
}

static void request_too_long_for_a_record(void) {
    scene_unanswered(&scene);
    scene_alert(&scene, CLIENT, 22);
    scene_stream(&scene, SERVER)->malformed = MALFORMED_RECORD_TOO_LONG;
}

static void long_list(void) {
    struct authority_list *list = arena_alloc(&scene.arena, sizeof *list);
    *list = *f->list;
    list->encoded_len = 32000;
    f->list = list;
    scene_unanswered(&scene);
    scene_close(&scene, CLIENT, TLSWATCH_CLOSED_FIN);
}

static void long_list_that_was_answered(void) {
    long_list();
    f->client.state = TLSWATCH_SEEN;
}

static void long_list_and_the_server_closes(void) {
    long_list();
    scene_close(&scene, SERVER, TLSWATCH_CLOSED_FIN);
}

static void long_list_answer_lost(void) {
    long_list();
    f->client.state = TLSWATCH_LOST;
}

static void long_list_and_an_unknown_server_certificate(void) {
    long_list();
    scene_alert(&scene, CLIENT, 48);
}

static void long_list_and_alert_50(void) {
    long_list();
    scene_alert(&scene, CLIENT, 50);
}

static void asked_for_rsa_only(void) {
    scene_unanswered(&scene);
    scene_ask(&scene, bytes_of("\x01", 1), bytes_of("\x04\x01", 2));
    scene_alert(&scene, CLIENT, 40);
}

static void asked_for_rsa_and_ec(void) {
    scene_unanswered(&scene);
    scene_alert(&scene, CLIENT, 40);
}

static void asked_for_rsa_only_and_refused_the_server(void) {
    scene_unanswered(&scene);
    scene_ask(&scene, bytes_of("\x01", 1), bytes_of("\x04\x01", 2));
    scene_alert(&scene, CLIENT, 48);
}

static void asked_for_rsa_only_answer_lost(void) {
    asked_for_rsa_only();
    f->client.state = TLSWATCH_LOST;
}

/* Its key is an EC one. */
static void sent_a_chain_that_it_can_not_sign_for(void) {
    scene_ask(&scene, bytes_of("\x01", 1), bytes_of("\x04\x01", 2));
    f->progress = PROGRESS_CLIENT_FLIGHT;
    scene_alert(&scene, CLIENT, 40);
}

static void sent_a_chain_that_it_can_not_sign_for_and_closed(void) {
    scene_ask(&scene, bytes_of("\x01", 1), bytes_of("\x04\x01", 2));
    f->progress = PROGRESS_CLIENT_FLIGHT;
    scene_close(&scene, CLIENT, TLSWATCH_CLOSED_FIN);
}

static void sent_a_chain_and_signed(void) {
    sent_a_chain_that_it_can_not_sign_for();
    f->has_certificate_verify = true;
}

static void sent_a_chain_and_the_signature_may_be_lost(void) {
    sent_a_chain_that_it_can_not_sign_for();
    f->lost = true;
}

static void sent_a_chain_and_refused_the_server(void) {
    sent_a_chain_that_it_can_not_sign_for();
    f->alerts[0].code = 48;
}

static void sent_a_chain_of_a_kind_asked_for(void) {
    f->progress = PROGRESS_CLIENT_FLIGHT;
    scene_alert(&scene, CLIENT, 40);
}

static void empty_certificate(void) {
    scene_chain(&scene, CLIENT, (const char *const[]){NULL});
    scene_alert(&scene, SERVER, 40);
}

static void empty_certificate_let_in(void) {
    scene_chain(&scene, CLIENT, (const char *const[]){NULL});
    scene_complete(&scene);
}

static void empty_certificate_refused_inside(void) {
    scene_chain(&scene, CLIENT, (const char *const[]){NULL});
    scene_refused_inside(&scene, REFUSAL_LIKELY);
}

static void a_certificate(void) {
    scene_alert(&scene, SERVER, 40);
}

static void certificate_lost(void) {
    scene_lose_chain(&scene, CLIENT);
    scene_alert(&scene, SERVER, 40);
}

static void certificate_malformed(void) {
    empty_certificate();
    f->client.truncated = true;
}

static void empty_certificate_request_lost(void) {
    empty_certificate();
    scene_lose_request(&scene);
}

static void renegotiated(void) {
    scene_complete(&scene);
    f->renegotiated = true;
}

static void completed(void) {
    scene_complete(&scene);
}

static void tls13(void) {
    scene_before_certificates(&scene, PROGRESS_CLIENT_FINISHED);
    f->version = TLS_1_3;
    f->tls13 = f->has_server_hello = f->client_finished = true;
    f->request_state = f->client.state = f->server.state = TLSWATCH_ENCRYPTED;
}

static void tls13_refused(void) {
    tls13();
    scene_alert(&scene, SERVER, 48);
    f->alerts[0].readable = false;
    f->alerts[0].encrypted = true;
}

static void tls13_alert_behind_leave(void) {
    tls13_refused();
    f->alert_behind_leave = true;
}

static void client_says_46(void) {
    scene_unanswered(&scene);
    scene_alert(&scene, CLIENT, 46);
}

static void tls13_refused_by_the_client(void) {
    tls13();
    scene_alert(&scene, CLIENT, 48);
    f->alerts[0].readable = false;
    f->alerts[0].encrypted = true;
    f->goodbye = CLIENT;
}

static void tls13_gave_up_behind_its_chain(void) {
    tls13_refused_by_the_client();
    f->client_finished = false;
    f->tls13_answer = TLS13_ANSWER_CERTIFICATE;
}

static void tls13_declined_and_completed(void) {
    tls13();
    scene_complete(&scene);
    f->tls13_answer = TLS13_ANSWER_EMPTY;
}

static void tls13_completed(void) {
    tls13();
    scene_complete(&scene);
    f->tls13_answer = TLS13_ANSWER_CERTIFICATE;
}

static void asked_behind_the_handshake(void) {
    tls13_completed();
    f->tls13_answer = TLS13_ANSWER_NONE;
    f->client_hello.has_post_handshake_auth = true;
    f->late_answer = TLS13_ANSWER_EMPTY;
}

static void asked_behind_the_handshake_and_refused(void) {
    tls13_refused();
    f->tls13_answer = TLS13_ANSWER_NONE;
    f->client_hello.has_post_handshake_auth = true;
    f->late_answer = TLS13_ANSWER_CERTIFICATE;
}

static void cut_short_and_never_asked(void) {
    tls13_completed();
    f->tls13_answer = TLS13_ANSWER_NONE;
    f->cut_short = true;
}

static void cut_short_and_may_be_asked(void) {
    cut_short_and_never_asked();
    f->client_hello.has_post_handshake_auth = true;
}

static void cut_short_and_resumed(void) {
    cut_short_and_never_asked();
    f->resumed = true;
}

static void answered_and_never_asked(void) {
    cut_short_and_never_asked();
    f->cut_short = false;
}

static void tls13_client_says_48(void) {
    tls13();
    f->client_finished = false;
    f->progress = PROGRESS_SERVER_HELLO;
    scene_alert(&scene, CLIENT, 48);
}

static void tls13_client_says_45(void) {
    tls13_client_says_48();
    f->alerts[0].code = 45;
}

static void tls13_openssl_says_42(void) {
    tls13_client_says_48();
    f->alerts[0].code = 42;
    f->client_stack = (struct stack_guess){STACK_OPENSSL, TLSWATCH_LIKELY};
}

static void tls13_openssl_says_46(void) {
    tls13_openssl_says_42();
    f->alerts[0].code = 46;
}

static void tls13_openssl_says_80(void) {
    tls13_openssl_says_42();
    f->alerts[0].code = 80;
}

static void tls13_gnutls_says_80(void) {
    tls13_openssl_says_80();
    f->client_stack.stack = STACK_GNUTLS;
}

static void tls13_go_says_42(void) {
    tls13_openssl_says_42();
    f->client_stack.stack = STACK_GO;
}

static void tls13_client_says_40(void) {
    tls13();
    f->client_finished = false;
    f->progress = PROGRESS_SERVER_HELLO;
    scene_alert(&scene, CLIENT, 40);
}

static void stalled(void) {
    f->stalled = true;
}

static void stalled_for_the_path(void) {
    f->stalled = true;
    scene.flow.side[FORWARD].unacknowledged_sent = 6;
    scene.flow.side[FORWARD].unacknowledged_segment = 1448;
    scene.flow.side[FORWARD].unacknowledged_mark = scene_mark(FRAME_CLIENT_FLIGHT);
}

static void server_says_50(void) {
    scene_alert(&scene, SERVER, 50);
}

static void server_says_80(void) {
    scene_alert(&scene, SERVER, 80);
}

static void server_says_48(void) {
    scene_alert(&scene, SERVER, 48);
}

static void rst_on_hello(void) {
    scene_before_certificates(&scene, PROGRESS_CLIENT_HELLO);
    scene_close(&scene, SERVER, TLSWATCH_CLOSED_RST);
}

static void completed_without_request(void) {
    scene_complete(&scene);
    f->request_state = f->client.state = TLSWATCH_ABSENT;
    f->client.num_chain = 0;
    f->list = NULL;
}

static void completed_request_lost(void) {
    completed_without_request();
    f->request_state = TLSWATCH_LOST;
}

static void completed_resumed(void) {
    completed_without_request();
    f->resumed = true;
}

static const struct row {
    enum tlswatch_cause cause;
    const char *what;
    void (*change)(void);
    enum tlswatch_confidence confidence;
    enum tlswatch_side at_fault, certificate_of;
} rows[] = {
#define R(name) TLSWATCH_CAUSE_##name
        {R(NOT_TLS), "HTTP", speaks_http, CERTAIN, CLIENT, NOBODY},
        {R(NOT_TLS), "STARTTLS is refused", starttls_is_refused, CERTAIN, SERVER, NOBODY},
        {R(NOT_TLS), "nobody knows what", not_tls, CERTAIN, NOBODY, NOBODY},
        {R(NOT_TLS), "not a byte", not_a_byte, SILENT, NOBODY, NOBODY},
        {R(NOT_TLS), "a ClientHello is answered in plain text", answered_in_plain_text, CERTAIN, SERVER, NOBODY},
        {R(NOT_TLS), "a ClientHello is answered in something else", answered_in_something_else, CERTAIN, SERVER, NOBODY},
        {R(NOT_TLS), "something else behind ServerHello", answered_in_something_else_behind_its_hello, SILENT, NOBODY, NOBODY},
        {R(NOT_TLS), "an alert on ClientHello", alert_40, SILENT, NOBODY, NOBODY},
        {R(INCOMPLETE), "the capture ends", capture_ends, CERTAIN, NOBODY, NOBODY},
        {R(INCOMPLETE), "bytes are lost", bytes_are_lost, CERTAIN, NOBODY, NOBODY},
        {R(INCOMPLETE), "an alert, and bytes are lost", alert_and_bytes_are_lost, CERTAIN, NOBODY, NOBODY},
        {R(INCOMPLETE), "an alert", alert_40, SILENT, NOBODY, NOBODY},
        {R(INCOMPLETE), "completed", completed, SILENT, NOBODY, NOBODY},
        {R(PROTOCOL_VERSION), "alert 70", alert_70, CERTAIN, NOBODY, NOBODY},
        {R(PROTOCOL_VERSION), "alert 70, bytes lost", alert_70_bytes_lost, CERTAIN, NOBODY, NOBODY},
        {R(PROTOCOL_VERSION), "alert 70 of the client", alert_70_of_the_client, CERTAIN, NOBODY, NOBODY},
        {R(PROTOCOL_VERSION), "TLS 1.0, and alert 40", alert_40_from_tls10, POSSIBLE, NOBODY, NOBODY},
        {R(PROTOCOL_VERSION), "TLS 1.0, and alert 80", alert_80_from_tls10, POSSIBLE, NOBODY, NOBODY},
        {R(PROTOCOL_VERSION), "TLS 1.2, and alert 80", alert_80_from_tls12, SILENT, NOBODY, NOBODY},
        {R(PROTOCOL_VERSION), "TLS 1.0, and a RST", rst_from_tls10, POSSIBLE, NOBODY, NOBODY},
        {R(PROTOCOL_VERSION), "TLS 1.0, alert 40, bytes lost", alert_40_from_tls10_bytes_lost, SILENT, NOBODY, NOBODY},
        {R(PROTOCOL_VERSION), "TLS 1.3 alone, and alert 40", alert_40_from_tls13_alone, LIKELY, NOBODY, NOBODY},
        {R(PROTOCOL_VERSION), "TLS 1.2 and 1.3, and alert 40", alert_40_from_tls12_and_13, SILENT, NOBODY, NOBODY},
        {R(PROTOCOL_VERSION), "TLS 1.3 alone with signatures of EC keys only", alert_40_from_tls13_without_signatures_of_rsa_keys, SILENT,
         NOBODY, NOBODY},
        {R(PROTOCOL_VERSION), "TLS 1.3 alone with a rare suite", alert_40_from_tls13_with_a_rare_suite, SILENT, NOBODY, NOBODY},
        {R(PROTOCOL_VERSION), "TLS 1.3 alone with a rare group", alert_40_from_tls13_with_a_rare_group, SILENT, NOBODY, NOBODY},
        {R(PROTOCOL_VERSION), "TLS 1.3 alone, alert 40, bytes lost", alert_40_from_tls13_alone_bytes_lost, SILENT, NOBODY, NOBODY},
        {R(PROTOCOL_VERSION), "TLS 1.2, and alert 40", alert_40, SILENT, NOBODY, NOBODY},
        {R(SERVER_NAME_UNKNOWN), "alert 112", alert_112, CERTAIN, NOBODY, NOBODY},
        {R(SERVER_NAME_UNKNOWN), "alert 112 of the client", alert_112_of_the_client, SILENT, NOBODY, NOBODY},
        {R(ALPN_MISMATCH), "alert 120", alert_120, CERTAIN, NOBODY, NOBODY},
        {R(ALPN_MISMATCH), "alert 112", alert_112, SILENT, NOBODY, NOBODY},
        {R(DOWNGRADE), "alert 86", alert_86, CERTAIN, CLIENT, NOBODY},
        {R(DOWNGRADE), "the sentinel, and alert 47", sentinel_and_alert_47, LIKELY, NOBODY, NOBODY},
        {R(DOWNGRADE), "alert 47 without it", alert_47_without_sentinel, SILENT, NOBODY, NOBODY},
        {R(GROUP_MISMATCH), "only rare groups", only_rare_groups, LIKELY, NOBODY, NOBODY},
        {R(GROUP_MISMATCH), "a common one too", a_common_group_too, SILENT, NOBODY, NOBODY},
        {R(GROUP_MISMATCH), "no groups", alert_40, SILENT, NOBODY, NOBODY},
        {R(SIGNATURE_ALGORITHM_MISMATCH), "SHA-1 and MD5 only", only_sha1, LIKELY, NOBODY, NOBODY},
        {R(SIGNATURE_ALGORITHM_MISMATCH), "SHA-256 too", sha256_too, SILENT, NOBODY, NOBODY},
        {R(SIGNATURE_ALGORITHM_MISMATCH), "of EC keys only", only_signatures_of_ec_keys, LIKELY, NOBODY, NOBODY},
        {R(SIGNATURE_ALGORITHM_MISMATCH), "of RSA keys only", only_signatures_of_rsa_keys, LIKELY, NOBODY, NOBODY},
        {R(SIGNATURE_ALGORITHM_MISMATCH), "none in TLS 1.3, and alert 109", no_algorithms_in_tls13, LIKELY, CLIENT, NOBODY},
        {R(SIGNATURE_ALGORITHM_MISMATCH), "none in TLS 1.2, and alert 40", alert_40, SILENT, NOBODY, NOBODY},
        {R(CIPHER_MISMATCH), "alert 40", alert_40, LIKELY, NOBODY, NOBODY},
        {R(CIPHER_MISMATCH), "alert 71", alert_71, CERTAIN, NOBODY, NOBODY},
        {R(CIPHER_MISMATCH), "alert 40, bytes lost", alert_and_bytes_are_lost, SILENT, NOBODY, NOBODY},
        {R(CIPHER_MISMATCH), "alert 40 behind ServerHello", alert_40_behind_server_hello, SILENT, NOBODY, NOBODY},
        {R(LIST_TOO_LONG), "in one record", request_too_long_for_a_record, CERTAIN, SERVER, NOBODY},
        {R(LIST_TOO_LONG), "in several", long_list, LIKELY, NOBODY, NOBODY},
        {R(LIST_TOO_LONG), "and answered", long_list_that_was_answered, SILENT, NOBODY, NOBODY},
        {R(LIST_TOO_LONG), "and the answer is lost", long_list_answer_lost, SILENT, NOBODY, NOBODY},
        {R(LIST_TOO_LONG), "and the server closes", long_list_and_the_server_closes, SILENT, NOBODY, NOBODY},
        {R(LIST_TOO_LONG), "and the client does not know the server's CA", long_list_and_an_unknown_server_certificate, SILENT, NOBODY,
         NOBODY},
        {R(LIST_TOO_LONG), "and the client can't read it", long_list_and_alert_50, LIKELY, NOBODY, NOBODY},
        {R(LIST_TOO_LONG), "a short one", asked_for_rsa_and_ec, SILENT, NOBODY, NOBODY},
        {R(ALGORITHM_NOT_OFFERED), "RSA keys only", asked_for_rsa_only, LIKELY, CLIENT, CLIENT},
        {R(ALGORITHM_NOT_OFFERED), "RSA and EC", asked_for_rsa_and_ec, SILENT, NOBODY, NOBODY},
        {R(ALGORITHM_NOT_OFFERED), "it is the server's certificate", asked_for_rsa_only_and_refused_the_server, SILENT, NOBODY, NOBODY},
        {R(ALGORITHM_NOT_OFFERED), "the answer is lost", asked_for_rsa_only_answer_lost, SILENT, NOBODY, NOBODY},
        {R(ALGORITHM_NOT_OFFERED), "a chain and no signature", sent_a_chain_that_it_can_not_sign_for, CERTAIN, CLIENT, CLIENT},
        {R(ALGORITHM_NOT_OFFERED), "a chain, no signature, no alert", sent_a_chain_that_it_can_not_sign_for_and_closed, LIKELY, CLIENT,
         CLIENT},
        {R(ALGORITHM_NOT_OFFERED), "a chain and a signature", sent_a_chain_and_signed, SILENT, NOBODY, NOBODY},
        {R(ALGORITHM_NOT_OFFERED), "a chain, and bytes are lost", sent_a_chain_and_the_signature_may_be_lost, SILENT, NOBODY, NOBODY},
        {R(ALGORITHM_NOT_OFFERED), "a chain, and an unknown CA", sent_a_chain_and_refused_the_server, SILENT, NOBODY, NOBODY},
        {R(ALGORITHM_NOT_OFFERED), "a chain of a kind asked for", sent_a_chain_of_a_kind_asked_for, SILENT, NOBODY, NOBODY},
        {R(CLIENT_DECLINED), "an empty Certificate", empty_certificate, CERTAIN, CLIENT, CLIENT},
        {R(CLIENT_DECLINED), "let in", empty_certificate_let_in, POSSIBLE, CLIENT, CLIENT},
        {R(CLIENT_DECLINED), "refused inside", empty_certificate_refused_inside, LIKELY, CLIENT, CLIENT},
        {R(CLIENT_DECLINED), "a certificate", a_certificate, SILENT, NOBODY, NOBODY},
        {R(CLIENT_DECLINED), "lost", certificate_lost, SILENT, NOBODY, NOBODY},
        {R(CLIENT_DECLINED), "malformed", certificate_malformed, SILENT, NOBODY, NOBODY},
        {R(CLIENT_DECLINED), "the request is lost", empty_certificate_request_lost, SILENT, NOBODY, NOBODY},
        {R(RENEGOTIATION_HIDDEN), "a second handshake", renegotiated, LIKELY, NOBODY, CLIENT},
        {R(RENEGOTIATION_HIDDEN), "one handshake", completed, SILENT, NOBODY, NOBODY},
        {R(POST_HANDSHAKE_AUTH_HIDDEN), "asked late", asked_behind_the_handshake, LIKELY, NOBODY, CLIENT},
        {R(POST_HANDSHAKE_AUTH_HIDDEN), "asked late, and refused", asked_behind_the_handshake_and_refused, LIKELY, NOBODY, CLIENT},
        {R(POST_HANDSHAKE_AUTH_HIDDEN), "can't be asked, and cut short", cut_short_and_never_asked, POSSIBLE, NOBODY, CLIENT},
        {R(POST_HANDSHAKE_AUTH_HIDDEN), "could be asked, and cut short", cut_short_and_may_be_asked, SILENT, NOBODY, NOBODY},
        {R(POST_HANDSHAKE_AUTH_HIDDEN), "resumed, and cut short", cut_short_and_resumed, SILENT, NOBODY, NOBODY},
        {R(POST_HANDSHAKE_AUTH_HIDDEN), "can't be asked, and answered", answered_and_never_asked, SILENT, NOBODY, NOBODY},
        {R(POST_HANDSHAKE_AUTH_HIDDEN), "asked in the handshake", tls13_refused, SILENT, NOBODY, NOBODY},
        {R(TLS13_ENCRYPTED), "asked late, and refused", asked_behind_the_handshake_and_refused, SILENT, NOBODY, NOBODY},
        {R(TLS13_ENCRYPTED), "an encrypted alert", tls13_refused, LIKELY, NOBODY, NOBODY},
        {R(TLS13_ENCRYPTED), "an encrypted alert behind the client's leave", tls13_alert_behind_leave, POSSIBLE, NOBODY, NOBODY},
        {R(TLS13_ENCRYPTED), "an encrypted alert of the client", tls13_refused_by_the_client, LIKELY, NOBODY, NOBODY},
        {R(TLS13_ENCRYPTED), "an alert behind the client's chain", tls13_gave_up_behind_its_chain, LIKELY, NOBODY, NOBODY},
        {R(TLS13_ENCRYPTED), "declined, and let in", tls13_declined_and_completed, POSSIBLE, NOBODY, NOBODY},
        {R(TLS13_ENCRYPTED), "completed", tls13_completed, SILENT, NOBODY, NOBODY},
        {R(TLS13_ENCRYPTED), "TLS 1.2", completed, SILENT, NOBODY, NOBODY},
        {R(ISSUER_UNKNOWN), "TLS 1.3, alert 48 in clear", tls13_client_says_48, LIKELY, NOBODY, SERVER},
        {R(ISSUER_UNKNOWN), "TLS 1.3, alert 40 in clear", tls13_client_says_40, SILENT, NOBODY, NOBODY},
        {R(EXPIRED), "TLS 1.3, alert 45 in clear", tls13_client_says_45, LIKELY, SERVER, SERVER},
        {R(EXPIRED), "TLS 1.3, alert 48 in clear", tls13_client_says_48, SILENT, NOBODY, NOBODY},
        {R(HOSTNAME_MISMATCH), "TLS 1.3, alert 42 of OpenSSL", tls13_openssl_says_42, POSSIBLE, NOBODY, SERVER},
        {R(HOSTNAME_MISMATCH), "TLS 1.3, alert 80 of OpenSSL", tls13_openssl_says_80, POSSIBLE, NOBODY, SERVER},
        {R(HOSTNAME_MISMATCH), "TLS 1.3, alert 80 of GnuTLS", tls13_gnutls_says_80, SILENT, NOBODY, NOBODY},
        {R(HOSTNAME_MISMATCH), "TLS 1.3, alert 46 of OpenSSL", tls13_openssl_says_46, SILENT, NOBODY, NOBODY},
        {R(HOSTNAME_MISMATCH), "TLS 1.3, alert 42 of Go, which has it for all", tls13_go_says_42, SILENT, NOBODY, NOBODY},
        {R(STALLED), "silence", stalled, LIKELY, NOBODY, NOBODY},
        {R(STALLED), "never acknowledged", stalled_for_the_path, LIKELY, NOBODY, NOBODY},
        {R(STALLED), "the capture ends", capture_ends, SILENT, NOBODY, NOBODY},
        {R(PROTOCOL_ERROR), "alert 50", server_says_50, POSSIBLE, CLIENT, NOBODY},
        {R(PROTOCOL_ERROR), "alert 80, unrelated to the peer", server_says_80, POSSIBLE, SERVER, NOBODY},
        {R(PROTOCOL_ERROR), "alert 48", server_says_48, SILENT, NOBODY, NOBODY},
        {R(CLOSED_WITHOUT_ALERT), "a RST on ClientHello", rst_on_hello, CERTAIN, SERVER, NOBODY},
        {R(CLOSED_WITHOUT_ALERT), "with an alert", alert_40, SILENT, NOBODY, NOBODY},
        {R(CLOSED_WITHOUT_ALERT), "bytes are lost", bytes_are_lost, SILENT, NOBODY, NOBODY},
        {R(CLOSED_WITHOUT_ALERT), "completed", completed, SILENT, NOBODY, NOBODY},
        {R(UNEXPLAINED), "alert 48", server_says_48, POSSIBLE, NOBODY, CLIENT},
        {R(UNEXPLAINED), "alert 46 of the client", client_says_46, POSSIBLE, NOBODY, SERVER},
        {R(UNEXPLAINED), "no alert", rst_on_hello, SILENT, NOBODY, NOBODY},
        {R(NOT_REQUESTED), "completed", completed_without_request, CERTAIN, NOBODY, NOBODY},
        {R(NOT_REQUESTED), "the request is lost", completed_request_lost, SILENT, NOBODY, NOBODY},
        {R(NOT_REQUESTED), "resumed", completed_resumed, SILENT, NOBODY, NOBODY},
        {R(NOT_REQUESTED), "requested", completed, SILENT, NOBODY, NOBODY},
#undef R
};

START_TEST(each_rule_fires_on_its_facts_and_not_on_their_neighbours) {
    const struct row *row = &rows[_i];
    const char *name = tlswatch_cause_name(row->cause);
    struct candidate c;
    row->change();
    bool fires = scene_conversation_rule(&scene, row->cause, &c);
    ck_assert_msg(fires == (row->confidence != SILENT), "%s, %s: fires %d", name, row->what, fires);
    if (fires) {
        ck_assert_msg(c.confidence == row->confidence, "%s, %s: confidence %d", name, row->what, (int)c.confidence);
        ck_assert_msg(c.at_fault == row->at_fault, "%s, %s: at fault %d", name, row->what, (int)c.at_fault);
        ck_assert_msg(c.certificate_of == row->certificate_of, "%s, %s: certificate of %d", name, row->what, (int)c.certificate_of);
        ck_assert_ptr_nonnull(c.clause);
    }
}
END_TEST

static const struct conversation_rule *rule_at(size_t i) {
    return i < num_first_rules ? &first_rules[i] : &last_rules[i - num_first_rules];
}

/* By itself, not by another rule of the same cause. */
START_TEST(every_rule_has_a_row_that_fires_it_and_one_that_does_not) {
    const struct conversation_rule *rule = rule_at((size_t)_i);
    bool fires = false, keeps_silent = false;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].cause != rule->cause) {
            continue;
        }
        struct candidate c = {.cause = rule->cause, .index = -1};
        teardown();
        setup();
        rows[i].change();
        struct judge j = scene_judge(&scene);
        bool fired = (rule->situations & 1u << j.situation) != 0 && rule->fires(&j, &c);
        fires |= fired && rows[i].confidence != SILENT;
        keeps_silent |= !fired && rows[i].confidence == SILENT;
    }
    ck_assert_msg(fires && keeps_silent, "rule %d (%s): a row fires %d, a row does not %d", _i, tlswatch_cause_name(rule->cause), fires,
                  keeps_silent);
}
END_TEST

START_TEST(what_a_server_said_in_plain_text_is_escaped) {
    struct candidate c;
    starttls_is_refused();
    ck_assert(scene_conversation_rule(&scene, TLSWATCH_CAUSE_NOT_TLS, &c));
    ck_assert_ptr_nonnull(strstr(c.clause, "454 not now"));
    ck_assert_ptr_null(strchr(c.clause, '\x1b'));
}
END_TEST

START_TEST(a_stall_names_the_size_that_does_not_get_through) {
    struct candidate c;
    stalled_for_the_path();
    ck_assert(scene_conversation_rule(&scene, TLSWATCH_CAUSE_STALLED, &c));
    ck_assert_ptr_nonnull(strstr(c.clause, "the client sent the same segment of 1448 bytes 6 times"));
    ck_assert_uint_eq(c.mark.frame, FRAME_CLIENT_FLIGHT);
}
END_TEST

static const struct {
    enum progress progress;
    const char *silent;
} silences[] = {
        {PROGRESS_CLIENT_HELLO, "the server"},  {PROGRESS_SERVER_CERTIFICATE, "the server"}, {PROGRESS_SERVER_DONE, "the client"},
        {PROGRESS_CLIENT_FLIGHT, "the server"}, {PROGRESS_CLIENT_FINISHED, "the server"},
};

START_TEST(a_stall_names_the_side_whose_turn_it_was) {
    struct candidate c;
    stalled();
    f->progress = silences[_i].progress;
    ck_assert(scene_conversation_rule(&scene, TLSWATCH_CAUSE_STALLED, &c));
    ck_assert_msg(strncmp(c.clause, silences[_i].silent, strlen(silences[_i].silent)) == 0, "%s", c.clause);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

int main(void) {
    Suite *suite = suite_create("conversation rules");
    TCase *tests = tcase_create("conversation rules");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, each_rule_fires_on_its_facts_and_not_on_their_neighbours, 0, COUNT(rows));
    tcase_add_loop_test(tests, every_rule_has_a_row_that_fires_it_and_one_that_does_not, 0, (int)(num_first_rules + num_last_rules));
    tcase_add_test(tests, what_a_server_said_in_plain_text_is_escaped);
    tcase_add_test(tests, a_stall_names_the_size_that_does_not_get_through);
    tcase_add_loop_test(tests, a_stall_names_the_side_whose_turn_it_was, 0, COUNT(silences));
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
