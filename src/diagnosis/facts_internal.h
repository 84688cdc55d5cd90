/* The parts of facts_collect, each of one subject. They are called in the order in which they stand here. */
#ifndef TLSWATCH_DIAGNOSIS_FACTS_INTERNAL_H
#define TLSWATCH_DIAGNOSIS_FACTS_INTERNAL_H

#include "diagnosis/facts.h"

/* Who refuses a certificate does so at once, but for one that asks others first (OCSP, a directory). So time proves nothing: it
 * tells only which of two likely readings is told. */
#define PROMPT_NS (2 * SECOND_NS)

/* Bytes that either side sent are not in the capture: what seems to be its last word may not be. */
static inline bool facts_bytes_missing(const struct flow *flow) {
    return flow->side[FORWARD].missing > 0 || flow->side[BACKWARD].missing > 0;
}

/* Who closed first and how: `closed`, `ended`. */
void facts_find_ending(struct facts *f, enum flow_end how);

/* What the lengths of TLS 1.3 records say (no key): `tls13_answer`, `client_finished`, `server_finished`. */
void facts_infer_tls13(struct facts *f);

/* A TLS 1.3 record of this length, by this sender, may be an alert. */
bool facts_alert_sized(const struct conversation_stream *sender, uint32_t len);

/* The same of one of its records. One as long as a padded alert that is not its sender's last is a short request: behind an
 * alert nobody says more. */
bool facts_may_be_alert(const struct conversation_stream *sender, uint32_t index);

/* The alert came behind the FIN or RST of the other side. */
bool facts_is_behind_close(const struct facts *f, const struct tlswatch_alert *a);

/* All alerts with their senders; which one decided, which is an echo; `goodbye`. */
void facts_collect_alerts(struct facts *f, struct arena *arena);

/* Nobody closed, and one side owes an answer: `stalled`. */
void facts_find_stall(struct facts *f);

/* A completed handshake whose sequel looks like a refusal: `refusal`, `client_left`. */
void facts_find_refusal(struct facts *f);

#endif
