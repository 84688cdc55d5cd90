/*
 * What a record says of a chain, for every view that shows one: which certificate is wrong and how, where the path ends.
 */
#ifndef TLSWATCH_REPORT_CHAIN_H
#define TLSWATCH_REPORT_CHAIN_H

#include "tlswatch/tlswatch.h"

const struct tlswatch_chain *chain_of(const struct tlswatch_record *record, enum tlswatch_side side);

/* chain_guilty is the certificate that the cause names, or -1. */
int chain_guilty(const struct tlswatch_record *record, enum tlswatch_side side);

/* chain_top is the last certificate of the path upward: its issuer is the question. The chain has certificates. */
size_t chain_top(const struct tlswatch_record *record, enum tlswatch_side side);

/* chain_reaches_subject: the client's path ends at a certificate that is itself advertised. */
bool chain_reaches_subject(const struct tlswatch_record *record, enum tlswatch_side side);

/* chain_name is the subject, or what is to be said where there is none. */
const char *chain_name(const struct tlswatch_certificate *certificate);

/* chain_fault is what is wrong with the certificate that the cause names, where its facts do not say it; else NULL. */
const char *chain_fault(enum tlswatch_cause cause);

/* chain_issuer_note is what became of the issuer that the top of the chain names; NULL where nothing is known. */
const char *chain_issuer_note(const struct tlswatch_record *record, enum tlswatch_side side, bool *wrong);

#endif
