#include "report/chain.h"

#include <string.h>

const struct tlswatch_chain *chain_of(const struct tlswatch_record *record, enum tlswatch_side side) {
    return side == TLSWATCH_SERVER ? &record->server_certificate : &record->client_certificate;
}

/* The certificate that the cause names, or -1. */
int chain_guilty(const struct tlswatch_record *record, enum tlswatch_side side) {
    const char *cause = tlswatch_cause_name(record->cause);
    if (record->certificate_of != side) {
        return -1;
    }
    for (size_t i = 0; i < record->num_findings; i++) {
        const struct tlswatch_finding *finding = &record->findings[i];
        if (finding->certificate_of == side && finding->index >= 0 && strcmp(finding->code, cause) == 0) {
            return finding->index;
        }
    }
    return -1;
}

/* The last certificate of the path upward: its issuer is the question. */
size_t chain_top(const struct tlswatch_record *record, enum tlswatch_side side) {
    const struct tlswatch_chain *chain = chain_of(record, side);
    const struct tlswatch_reach *reach = &record->reach;
    bool answered = side == TLSWATCH_CLIENT && reach->reached != TLSWATCH_REACHED_UNKNOWN && reach->at >= 0;
    return answered && (size_t)reach->at < chain->num_certificates ? (size_t)reach->at : chain->num_certificates - 1;
}

const char *chain_name(const struct tlswatch_certificate *certificate) {
    if (certificate->malformed != NULL) {
        return "(not readable as a certificate)";
    }
    return certificate->subject.text != NULL && certificate->subject.text[0] != '\0' ? certificate->subject.text : "(no subject)";
}

/* What is wrong with the certificate that the cause names, where no fact of its own on the next line says it. */
const char *chain_fault(enum tlswatch_cause cause) {
    switch ((int)cause) {
    case TLSWATCH_CAUSE_SELF_SIGNED:
        return "\u2717 self-signed";
    case TLSWATCH_CAUSE_ISSUER_NOT_CA:
        return "\u2717 not a CA";
    case TLSWATCH_CAUSE_PATH_TOO_LONG:
        return "\u2717 too many CAs below it";
    case TLSWATCH_CAUSE_NAME_CONSTRAINT:
        return "\u2717 names not permitted";
    case TLSWATCH_CAUSE_CRITICAL_EXTENSION:
        return "\u2717 unknown critical extension";
    case TLSWATCH_CAUSE_MALFORMED_CERTIFICATE:
        return "\u2717 malformed";
    case TLSWATCH_CAUSE_CHAIN_MISORDERED:
        return "\u2717 out of order";
    case TLSWATCH_CAUSE_FOREIGN_CERTIFICATE:
        return "\u2717 certifies none of these";
    case TLSWATCH_CAUSE_REVOKED:
        return "\u2717 revoked";
    case TLSWATCH_CAUSE_KEY_MISMATCH:
        return "\u2717 not the key that signed";
    default:
        return NULL;
    }
}

static bool top_is_root(const struct tlswatch_record *record, enum tlswatch_side side) {
    const struct tlswatch_chain *chain = chain_of(record, side);
    return chain->num_certificates > 0 && chain->certificates[chain_top(record, side)]->self_signed;
}

const char *chain_issuer_note(const struct tlswatch_record *record, enum tlswatch_side side, bool *wrong) {
    *wrong = false;
    if (side == TLSWATCH_SERVER) {
        return NULL;
    }
    switch (record->reach.reached) {
    case TLSWATCH_REACHED_YES:
        *wrong = record->cause == TLSWATCH_CAUSE_CA_REKEYED || record->cause == TLSWATCH_CAUSE_NAME_ENCODING_DIFFERS;
        if (*wrong) {
            return record->cause == TLSWATCH_CAUSE_CA_REKEYED ? "\u2717 advertised by its name only" : "\u2717 advertised in other bytes";
        }
        return record->reach.how == TLSWATCH_REACH_ISSUER_LISTED ? "\u2713 advertised" : NULL;
    case TLSWATCH_REACHED_NO:
        *wrong = true;
        return record->reach.how == TLSWATCH_REACH_SIGNATURE_FAILED ? "\u2717 its signature does not verify"
               : top_is_root(record, side)                          ? "\u2717 not advertised"
                                                                    : "\u2717 not sent, not advertised";
    case TLSWATCH_REACHED_UNKNOWN:
        break;
    }
    return NULL;
}

bool chain_reaches_subject(const struct tlswatch_record *record, enum tlswatch_side side) {
    return side == TLSWATCH_CLIENT && record->reach.reached == TLSWATCH_REACHED_YES && record->reach.how == TLSWATCH_REACH_SUBJECT_LISTED;
}
