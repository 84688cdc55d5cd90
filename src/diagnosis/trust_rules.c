/*
 * Rules over what only the peer knows: which key it has under a name, what it trusts, what it has revoked, whom it denies.
 */
#include "diagnosis/reach_internal.h"

#include "diagnosis/habits.h"
#include "diagnosis/known.h"
#include "diagnosis/words.h"

/* The list was reached at an intermediate CA that was sent, and what is above it is not on the list: a server that holds
 * nothing else can't build a path up to a root. */
static bool reached_at_an_intermediate(const struct judge *j, const struct party *party) {
    const struct path *path = &party->path;
    if (path->reach.reached != TLSWATCH_REACHED_YES || path->ends_self_signed || path->num_path < 2) {
        return false;
    }
    enum name_match match;
    return (size_t)path->reach.at != top_index(party) && authority_find_issuer(j->facts->list, top_of(party), &match) < 0;
}

/* The name above the top of the path is the one that was reached, and another key is known under it. */
static bool rekeyed_by_what_is_known(const struct judge *j, const struct party *party, struct candidate *out) {
    const struct certificate *other = party->path.namesake;
    const struct trust *trust = party->trust.with;
    const char *issuer = words_issuer(j->arena, top_of(party));
    if (other == NULL) {
        return false;
    }
    bool decrypt_error = judge_alert_of(j, side_opposite(party->side)) == ALERT_DECRYPT_ERROR;
    bool no_path = judge_refused(j, party) && (decrypt_error || fits_no_path(j, party));
    if (trust != NULL && trust_holds(trust, other)) {
        out->confirmed = decrypt_error;
        return propose(out, party, top_index(party), issuer,
                       arena_format(j->arena, "%s holds a CA named %s with another key than the one that issued its chain",
                                    trust_name(trust), issuer),
                       no_path ? TLSWATCH_CERTAIN : TLSWATCH_LIKELY);
    }
    if (party->path.reach.reached != TLSWATCH_REACHED_YES || (size_t)party->path.reach.at != top_index(party)) {
        return false;
    }
    /* What the user knows of is the CA that is meant; one that only went by is a CA of that name, perhaps another's. */
    bool only_one = party->path.rekeyed != NULL, given = other->seen.given != NULL;
    bool certain = no_path && given && (only_one || (decrypt_error && j->facts->certificate_verify == LINK_VERIFIED));
    if (!only_one && !no_path) {
        return false;
    }
    out->confirmed = decrypt_error;
    return propose(
            out, party, top_index(party), issuer,
            arena_format(j->arena,
                         "its issuer %s is advertised by name, and the key that issued its chain is not the only one of that name (%s)",
                         issuer, known_where(j->facts, other, "a CA of that name, with another key", j->arena)),
            certain                     ? TLSWATCH_CERTAIN
            : only_one || decrypt_error ? agreed(j, party, TLSWATCH_LIKELY)
                                        : TLSWATCH_POSSIBLE);
}

/* A chain that is fine and reaches the list was refused, in words that the server has for this failure too, or in none:
 * stacks that have one alert for everything may mean anything by it. */
static bool may_mean(const struct judge *j, const struct party *party, enum failure failure) {
    uint8_t code = judge_alert_of(j, TLSWATCH_SERVER);
    enum stack stack = stack_likely(j->facts->server_stack);
    if (party->side != TLSWATCH_CLIENT || !readable(party) || party->path.reach.reached != TLSWATCH_REACHED_YES ||
        !judge_refused(j, party) || verifies_with_trust(party)) {
        return false;
    }
    if (code == 0) {
        return true;
    }
    bool generic = code == ALERT_BAD_CERTIFICATE || code == ALERT_CERTIFICATE_UNKNOWN || code == ALERT_ACCESS_DENIED;
    return stack != STACK_UNKNOWN ? habit_agrees(stack, failure, code, j->facts->tls13) == AGREEMENT_AGREES : generic;
}

static const char *wrong_key_of(const struct judge *j, const char *signer, const struct certificate *child) {
    return arena_format(j->arena,
                        "the path is right by name, but the key of %s, as it was sent, does not verify the signature on %s: a CA with the "
                        "same name and another key",
                        signer, words_subject(j->arena, child));
}

/* Where no list tells how far a chain has to reach, its links matter only where it was refused. */
bool rule_other_key_sent(const struct judge *j, const struct party *party, struct candidate *out) {
    const struct path *path = &party->path;
    bool without_list = party->side == TLSWATCH_SERVER || (j->facts->list != NULL && path->reach.how == TLSWATCH_REACH_LIST_EMPTY);
    if (!readable(party) || !without_list || !judge_refused(j, party) || verifies_with_trust(party)) {
        return false;
    }
    for (size_t k = 0; k + 1 < path->num_path; k++) {
        const struct certificate *child = party->chain[path->path[k]], *issuer = party->chain[path->path[k + 1]];
        if (certificate_issued_by(j->facts->store, child, issuer) == LINK_FAILED) {
            return propose(out, party, path->path[k], words_subject(j->arena, child),
                           wrong_key_of(j, words_subject(j->arena, issuer), child), proven(j, party));
        }
    }
    return false;
}

/* The same name under another key: a signature that fails, a key identifier that differs, or alert 51 behind a chain
 * that is right by name (OpenSSL tries the key where the certificate carries no identifier). */
bool rule_ca_rekeyed(const struct judge *j, const struct party *party, struct candidate *out) {
    if (!readable(party) || verifies_with_trust(party)) {
        return false;
    }
    const struct certificate *top = top_of(party);
    const char *issuer = words_issuer(j->arena, top);
    if (party->path.reach.how == TLSWATCH_REACH_SIGNATURE_FAILED) {
        size_t at = (size_t)party->path.reach.at;
        const char *signer = words_issuer(j->arena, party->chain[at]);
        return propose(out, party, at, signer, wrong_key_of(j, signer, party->chain[at]), TLSWATCH_CERTAIN);
    }
    if (rekeyed_by_what_is_known(j, party, out)) {
        return true;
    }
    bool reached = party->path.reach.reached == TLSWATCH_REACHED_YES;
    bool no_list = j->facts->list != NULL && party->path.reach.how == TLSWATCH_REACH_LIST_EMPTY;
    if (!(reached || no_list) || !judge_refused(j, party) || reached_at_an_intermediate(j, party) || party->side != TLSWATCH_CLIENT) {
        return false;
    }
    /* OpenSSL says the same of a CertificateVerify that another key made. */
    bool decrypt_error = judge_alert_of(j, TLSWATCH_SERVER) == ALERT_DECRYPT_ERROR && j->facts->certificate_verify != LINK_FAILED &&
                         curve_is_usual(party->chain[0]);
    bool only_this = decrypt_error && !facts_signature_is_unknown(j->facts);
    if (!reached && !only_this) {
        return false;
    }
    const struct certificate *other = certificate_other_key(top);
    const char *may = other == NULL ? "the server's certificate of that CA may have another key (renewed CA)"
                                    : arena_format(j->arena, "there are two keys of that name, of which the server may have the other (%s)",
                                                   known_where(j->facts, other, "a certificate issued by the other", j->arena));
    out->confirmed = decrypt_error;
    /* Where the top of the chain says by identifier which key issued it, it was most likely chosen by it, unless nothing
     * else is left: the server says that it knows no such CA, or trusts what it advertises whether it has expired or not. */
    bool says_unknown = judge_alert_of(j, TLSWATCH_SERVER) == ALERT_UNKNOWN_CA;
    bool only_other = other != NULL && party->path.bridge == NULL;
    bool lists_its_trust = habit_lists_its_trust(stack_likely(j->facts->server_stack));
    bool nothing_else = says_unknown || (lists_its_trust && !may_mean(j, party, FAILURE_ROOT_EXPIRED));
    out->outranked = top->facts.authority_key_id != NULL && !only_other && !nothing_else;
    return propose(out, party, top_index(party), issuer,
                   arena_format(j->arena, "its issuer %s is %s, but %s", issuer,
                                reached ? "advertised by name" : "known to the server by name",
                                only_this ? "the server's certificate of that CA has another key" : may),
                   only_this ? TLSWATCH_LIKELY : TLSWATCH_POSSIBLE);
}

/* It reaches what is advertised, and the file of what is trusted says no. */
static bool trust_differs_by_file(const struct judge *j, const struct party *party, const char *listed, struct candidate *out) {
    const struct certificate *root = known_root(party);
    const char *why = root != NULL ? arena_format(j->arena, "the root %s is not in it", words_subject(j->arena, root)) : party->trust.error;
    return trust_is(party, TRUST_NO_ISSUER) &&
           propose(out, party, top_index(party), listed,
                   arena_format(j->arena, "its chain reaches the advertised %s, but does not verify with %s: %s", listed,
                                trust_name(party->trust.with), why),
                   root != NULL ? proven(j, party) : TLSWATCH_LIKELY);
}

/* All that is known speaks for it, but a server that holds no more than it advertises can't go on from there. */
static bool ends_at_an_intermediate(const struct judge *j, const struct party *party) {
    return party->trust.with == NULL && reached_at_an_intermediate(j, party);
}

static const char *listed_name(const struct judge *j, const struct party *party) {
    return words_name(j->arena, j->facts->list->names[party->path.reach.authority].text);
}

bool rule_trust_at_an_intermediate(const struct judge *j, const struct party *party, struct candidate *out) {
    if (party->side != TLSWATCH_CLIENT || !readable(party) || !judge_refused(j, party) || !ends_at_an_intermediate(j, party)) {
        return false;
    }
    const char *listed = listed_name(j, party);
    propose(out, party, top_index(party), listed,
            arena_format(
                    j->arena,
                    "the server advertises the intermediate CA %s, which the client's chain reaches, but does not accept a path that ends "
                    "there",
                    listed),
            TLSWATCH_LIKELY);
    out->at_fault = TLSWATCH_SERVER;
    return true;
}

bool rule_trust_differs(const struct judge *j, const struct party *party, struct candidate *out) {
    if (party->side != TLSWATCH_CLIENT || !readable(party) || !judge_refused(j, party)) {
        return false;
    }
    if (verifies_with_trust(party)) {
        const char *file = trust_name(party->trust.with);
        bool fires = judge_alert_of(j, TLSWATCH_SERVER) == ALERT_UNKNOWN_CA &&
                     propose(out, party, top_index(party), file,
                             arena_format(j->arena,
                                          "its chain verifies with %s, so the server does not use that file as it is, or a CRL or a depth "
                                          "limit stands against it",
                                          file),
                             TLSWATCH_POSSIBLE);
        out->at_fault = TLSWATCH_SERVER;
        return fires;
    }
    if (party->path.reach.reached != TLSWATCH_REACHED_YES || ends_at_an_intermediate(j, party)) {
        return false;
    }
    const char *listed = listed_name(j, party);
    if (party->trust.with != NULL) {
        bool fires = trust_differs_by_file(j, party, listed, out);
        out->at_fault = TLSWATCH_SERVER;
        return fires;
    }
    propose(out, party, top_index(party), listed,
            arena_format(j->arena,
                         "what the server trusts may differ from what it advertises: the client's chain reaches the advertised %s", listed),
            TLSWATCH_POSSIBLE);
    out->at_fault = TLSWATCH_SERVER;
    return true;
}

bool rule_policy(const struct judge *j, const struct party *party, struct candidate *out) {
    bool verified = verifies_with_trust(party), seen = j->facts->list != NULL || verified;
    if (party->side != TLSWATCH_CLIENT || !readable(party) || !seen || (party->path.reach.reached == TLSWATCH_REACHED_NO && !verified)) {
        return false;
    }
    bool denied = judge_alert_of(j, TLSWATCH_SERVER) == ALERT_ACCESS_DENIED;
    bool inside = j->facts->refusal >= REFUSAL_OF_LOGIN && party->path.reach.reached == TLSWATCH_REACHED_YES;
    bool though_verified = verified && judge_refused(j, party) && fits_no_path(j, party);
    if (!denied && !inside && !though_verified) {
        return false;
    }
    const char *name = words_subject(j->arena, party->chain[0]);
    const char *fine = verified ? arena_format(j->arena, "its chain verifies with %s", trust_name(party->trust.with))
                       : party->path.reach.reached == TLSWATCH_REACHED_YES ? "its chain reaches what the server advertises"
                                                                           : "nothing is wrong with its chain";
    /* GnuTLS sends 49 for everything, and most programs let it say 42 behind it. */
    bool meant = denied && j->facts->num_alerts == 1 && stack_likely(j->facts->server_stack) != STACK_GNUTLS;
    bool likely = meant || j->facts->denied || (though_verified && judge_alert_of(j, TLSWATCH_SERVER) != ALERT_UNKNOWN_CA);
    return propose(out, party, 0, name, arena_format(j->arena, "a rule of the server's own may deny %s: %s", name, fine),
                   likely ? TLSWATCH_LIKELY : TLSWATCH_POSSIBLE);
}

static bool propose_unseen(struct candidate *out, const struct party *party, size_t index, const char *object, const char *clause) {
    out->outranked = true;
    return propose(out, party, index, object, clause, TLSWATCH_POSSIBLE);
}

/* Alerts that say what the capture can't show. */
bool rule_revoked(const struct judge *j, const struct party *party, struct candidate *out) {
    bool said = judge_alert_of(j, side_opposite(party->side)) == 44;
    if (party->num_chain == 0 || (!said && !may_mean(j, party, FAILURE_REVOKED))) {
        return false;
    }
    const char *name = words_subject(j->arena, party->chain[0]);
    if (!said) {
        return propose_unseen(
                out, party, 0, name,
                arena_format(j->arena, "%s may be on the server's revocation list: a server of this kind says no more in that case", name));
    }
    return propose(out, party, 0, name,
                   arena_format(j->arena, "the %s says that %s is revoked", tlswatch_side_name(side_opposite(party->side)), name),
                   TLSWATCH_LIKELY);
}

static bool dates_are_fine(const struct party *party) {
    for (size_t k = 0; k < party->path.num_path; k++) {
        const struct tlswatch_certificate *c = &party->chain[party->path.path[k]]->facts;
        if (party_needs(party, k) && (party->time > c->not_after || party->time < c->not_before)) {
            return false;
        }
    }
    return true;
}

/* The first that had expired of the CA certificates that were sent along and that the peer has itself; -1: none. */
static int expired_beyond(const struct party *party) {
    for (size_t k = 0; k < party->path.num_path; k++) {
        size_t i = party->path.path[k];
        if (!party_needs(party, k) && party->time > party->chain[i]->facts.not_after) {
            return (int)i;
        }
    }
    return -1;
}

/* One that is not on the wire: the peer's own certificate of the issuer. */
bool rule_expired_unseen(const struct judge *j, const struct party *party, struct candidate *out) {
    const char *peer = tlswatch_side_name(side_opposite(party->side));
    if (!readable(party)) {
        return false;
    }
    const char *issuer = words_issuer(j->arena, end_of_path(party));
    if (trust_is(party, TRUST_EXPIRED) && party->trust.beyond_chain && judge_refused(j, party)) {
        return propose(out, party, top_index(party), issuer,
                       arena_format(j->arena, "the certificate of %s in %s had expired by then", issuer, trust_name(party->trust.with)),
                       TLSWATCH_CERTAIN);
    }
    if (!dates_are_fine(party)) {
        return false;
    }
    int old = expired_beyond(party);
    bool said = judge_alert_of(j, side_opposite(party->side)) == 45;
    if (old >= 0 && (said || may_mean(j, party, FAILURE_ROOT_EXPIRED))) {
        const char *name = words_subject(j->arena, party->chain[old]);
        return propose(
                out, party, (size_t)old, name,
                arena_format(j->arena,
                             "the CA certificate %s that it sent along had expired on %s, and the %s's own of that CA may be the same",
                             name, words_time(j->arena, party->chain[old]->facts.not_after), peer),
                said ? TLSWATCH_LIKELY : TLSWATCH_POSSIBLE);
    }
    if (!said) {
        return may_mean(j, party, FAILURE_ROOT_EXPIRED) &&
               propose_unseen(
                       out, party, top_index(party), issuer,
                       arena_format(j->arena,
                                    "the server's own certificate of %s may have expired: a server of this kind says no more in that case",
                                    issuer));
    }
    propose(out, party, top_index(party), issuer,
            arena_format(j->arena,
                         "none of the certificates that were sent has expired, so the %s's own certificate of %s has, or its CRL, or a "
                         "clock is wrong",
                         peer, issuer),
            TLSWATCH_LIKELY);
    out->at_fault = side_opposite(party->side); /* or the CA's, of which both sides hear too late */
    return true;
}
