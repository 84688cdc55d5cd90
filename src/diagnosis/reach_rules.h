/* Rules over the path from the leaf to the advertised names, for the table of certificate rules. */
#ifndef TLSWATCH_DIAGNOSIS_REACH_RULES_H
#define TLSWATCH_DIAGNOSIS_REACH_RULES_H

#include "diagnosis/rules.h"

bool rule_self_signed(const struct judge *j, const struct party *party, struct candidate *out);
bool rule_advertised_not_a_ca(const struct judge *j, const struct party *party, struct candidate *out);
bool rule_intermediate_missing(const struct judge *j, const struct party *party, struct candidate *out);
bool rule_issuer_not_advertised(const struct judge *j, const struct party *party, struct candidate *out);
bool rule_other_key_sent(const struct judge *j, const struct party *party, struct candidate *out);
bool rule_ca_rekeyed(const struct judge *j, const struct party *party, struct candidate *out);
bool rule_trust_at_an_intermediate(const struct judge *j, const struct party *party, struct candidate *out);
bool rule_trust_differs(const struct judge *j, const struct party *party, struct candidate *out);
bool rule_policy(const struct judge *j, const struct party *party, struct candidate *out);
bool rule_issuer_unknown(const struct judge *j, const struct party *party, struct candidate *out);
bool rule_name_encoding(const struct judge *j, const struct party *party, struct candidate *out);
bool rule_misordered(const struct judge *j, const struct party *party, struct candidate *out);
bool rule_foreign(const struct judge *j, const struct party *party, struct candidate *out);
bool rule_revoked(const struct judge *j, const struct party *party, struct candidate *out);
bool rule_expired_unseen(const struct judge *j, const struct party *party, struct candidate *out);

#endif
