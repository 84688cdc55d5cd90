/*
 * Rules over the path from the leaf to the advertised names: where it breaks, and what closes the gap.
 *
 * One capture often can't tell a missing intermediate from a CA that the server does not know: both stop at an issuer
 * that was neither sent nor advertised. A certificate of the store that closes the gap decides it; without one, what was
 * sent does: a lone leaf was sent without its chain, a leaf with CA certificates is a whole chain of another PKI,
 * unless the names say otherwise.
 */
#include "diagnosis/reach_rules.h"

#include <strings.h>

#include "diagnosis/habits.h"
#include "diagnosis/known.h"
#include "diagnosis/words.h"

enum { ALERT_UNKNOWN_CA = 48, ALERT_ACCESS_DENIED = 49, ALERT_DECRYPT_ERROR = 51 };

static bool propose(struct candidate *out, const struct party *party, size_t index, const char *object, const char *clause,
                    enum tlswatch_confidence confidence) {
    out->certificate_of = party->side;
    out->at_fault = party->side;
    out->index = (int)index;
    out->object = object;
    out->clause = clause;
    out->mark = party->mark;
    out->confidence = confidence;
    return true;
}

static size_t top_index(const struct party *party) {
    return party->path.num_path > 0 ? party->path.path[party->path.num_path - 1] : 0;
}

static const struct certificate *top_of(const struct party *party) {
    return party->num_chain > 0 ? party->chain[top_index(party)] : NULL;
}

static bool readable(const struct party *party) {
    return party->num_chain > 0 && !party->path.malformed_leaf;
}

/* The chain was held against a list and did not reach it; or there was no list to hold it against. */
static bool unreached(const struct party *party) {
    return readable(party) && party->path.reach.reached == TLSWATCH_REACHED_NO;
}

static bool without_list(const struct judge *j, const struct party *party) {
    return readable(party) && (party->side == TLSWATCH_SERVER || (j->facts->list != NULL && j->facts->list->num_names == 0));
}

static bool trust_is(const struct party *party, enum trust_failure failure) {
    return party->trust.with != NULL && party->trust.failure == failure;
}

static bool verifies_with_trust(const struct party *party) {
    return trust_is(party, TRUST_VERIFIES);
}

bool rule_self_signed(const struct judge *j, const struct party *party, struct candidate *out) {
    if (!readable(party) || !party->chain[0]->facts.self_signed || party->path.reach.reached == TLSWATCH_REACHED_YES ||
        verifies_with_trust(party)) {
        return false;
    }
    const char *name = words_subject(j->arena, party->chain[0]);
    return propose(out, party, 0, name, arena_format(j->arena, "%s is self-signed: no CA issued it", name), TLSWATCH_CERTAIN);
}

/* An issuing CA by its name: such a one has a CA above it. */
static bool sounds_like_an_intermediate(const char *name) {
    static const char *const words[] = {"issuing", "intermediate", "sub ca", "subca", "sub-ca", "zwischen", "-sub", "policy ca"};
    struct bytes cn = words_common_name(name);
    for (size_t i = 0; i < cn.len; i++) {
        for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
            size_t len = strlen(words[w]);
            if (cn.len - i >= len && strncasecmp((const char *)cn.p + i, words[w], len) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* "Acme Root G2" where "Acme Root" is advertised: another generation of it, which a cross certificate would join. */
static bool generation_of_advertised(const struct judge *j, const char *name) {
    struct bytes cn = words_common_name(name);
    const struct authority_list *list = j->facts->list;
    for (size_t i = 0; list != NULL && i < list->num_names; i++) {
        struct bytes listed = words_common_name(list->names[i].text);
        if (listed.len >= 4 && cn.len > listed.len && bytes_start_with(cn, listed.p, listed.len)) {
            return true;
        }
    }
    return false;
}

static enum tlswatch_confidence agreed(const struct judge *j, const struct party *party, enum tlswatch_confidence best) {
    return judge_refused(j, party) ? best : TLSWATCH_POSSIBLE;
}

static const char *where_it_stops(const struct judge *j, const struct party *party) {
    return arena_format(j->arena, "%s was issued by %s", words_subject(j->arena, top_of(party)), words_issuer(j->arena, top_of(party)));
}

/* --- What is known besides the chain. --- */

/* Alerts with which one stack or another says that it found no path; none at all (0) fits everything. */
static bool fits_no_path(const struct judge *j, const struct party *party) {
    switch (judge_alert_of(j, side_opposite(party->side))) {
    case 0:
    case 42:
    case 46:
    case 48:
    case ALERT_ACCESS_DENIED:
        return true;
    default:
        return false;
    }
}

/* CERTAIN where the peer refused it and its alert does not speak of something else. */
static enum tlswatch_confidence proven(const struct judge *j, const struct party *party) {
    return judge_refused(j, party) && fits_no_path(j, party) ? TLSWATCH_CERTAIN : TLSWATCH_LIKELY;
}

/* The highest certificate by which the path goes on, as far as is known: its issuer is where it ends. */
static const struct certificate *end_of_path(const struct party *party) {
    return party->path.num_above > 0 ? party->path.above[party->path.num_above - 1] : top_of(party);
}

/* The root that the path ends at, sent or known; NULL: it is not known where it ends. */
static const struct certificate *known_root(const struct party *party) {
    if (party->path.ends_self_signed) {
        return top_of(party);
    }
    for (size_t i = 0; i < party->path.num_above; i++) {
        if (party->path.above[i]->facts.self_signed) {
            return party->path.above[i];
        }
    }
    return NULL;
}

/* " (ca.pem holds that CA: ...)", or nothing */
static const char *in_brackets(const struct judge *j, const struct party *party) {
    struct tlswatch_known_issuer known;
    return known_issuer(j->facts, party, j->arena, &known) ? arena_format(j->arena, " (%s)", known.text) : "";
}

/* --- The rules. --- */

/* A leaf loaded where its CA belongs: its name is on the list, and nobody knows a CA of that name. */
bool rule_advertised_not_a_ca(const struct judge *j, const struct party *party, struct candidate *out) {
    enum name_match match;
    if (party->side != TLSWATCH_CLIENT || !unreached(party) || party->chain[0]->facts.ca || party->chain[0]->facts.self_issued ||
        authority_find_subject(j->facts->list, party->chain[0], &match) < 0 || certificate_named_as_ca(party->chain[0])) {
        return false;
    }
    const char *name = words_subject(j->arena, party->chain[0]);
    propose(out, party, 0, name,
            arena_format(j->arena,
                         "the advertised %s is the client's own certificate and no CA: it was loaded where the CA that issued it belongs",
                         name),
            proven(j, party));
    out->certificate_of = TLSWATCH_NOBODY;
    out->at_fault = TLSWATCH_SERVER;
    return true;
}

static bool intermediate_missing_by_list(const struct judge *j, const struct party *party, struct candidate *out) {
    const struct certificate *top = top_of(party), *end = end_of_path(party);
    const char *issuer = words_issuer(j->arena, top);
    const char *stop = where_it_stops(j, party);
    if (party->path.bridge_reaches) {
        return propose(out, party, top_index(party), issuer,
                       arena_format(j->arena, "an intermediate is missing: %s, which was not sent%s", stop, in_brackets(j, party)),
                       proven(j, party));
    }
    if (party->path.reach.how == TLSWATCH_REACH_CHAIN_BROKEN) {
        return propose(out, party, top_index(party), issuer,
                       arena_format(j->arena,
                                    "an intermediate is missing: %s, which was not sent, so that the CA certificates sent along do not "
                                    "join it to the list",
                                    stop),
                       agreed(j, party, TLSWATCH_LIKELY));
    }
    if (party->path.ends_self_signed || top->facts.self_issued) {
        return false;
    }
    bool lone = party->path.num_path == 1 && party->path.num_above == 0;
    bool likely = lone || (party->path.root == NULL && sounds_like_an_intermediate(end->facts.issuer.text)) ||
                  generation_of_advertised(j, end->facts.issuer.text);
    return propose(
            out, party, top_index(party), issuer,
            arena_format(j->arena, "an intermediate is missing: %s, which was neither sent nor advertised%s", stop, in_brackets(j, party)),
            likely ? agreed(j, party, TLSWATCH_LIKELY) : TLSWATCH_POSSIBLE);
}

bool rule_intermediate_missing(const struct judge *j, const struct party *party, struct candidate *out) {
    if (!readable(party) || verifies_with_trust(party)) {
        return false;
    }
    const struct certificate *top = top_of(party);
    const char *issuer = words_issuer(j->arena, top);
    if (party->trust_with_known.with != NULL && party->trust_with_known.failure == TRUST_VERIFIES) {
        return propose(out, party, top_index(party), issuer,
                       arena_format(j->arena,
                                    "an intermediate is missing: %s, which was not sent%s; with it the chain would verify with %s",
                                    where_it_stops(j, party), in_brackets(j, party), trust_name(party->trust.with)),
                       proven(j, party));
    }
    if (unreached(party)) {
        return intermediate_missing_by_list(j, party, out);
    }
    if (top->facts.self_issued) {
        return false;
    }
    bool lone = party->path.num_path == 1;
    enum tlswatch_confidence best =
            party->side == TLSWATCH_CLIENT ? TLSWATCH_LIKELY : TLSWATCH_POSSIBLE; /* a client says nothing of what it knows */
    /* Where the root itself is known to have issued the top, nothing is missing. */
    bool whole = party->path.bridge != NULL && party->path.bridge->facts.self_signed;
    if (without_list(j, party) && !whole && (lone || sounds_like_an_intermediate(top->facts.issuer.text) || party->path.bridge != NULL)) {
        return propose(out, party, top_index(party), issuer,
                       arena_format(j->arena, "an intermediate seems to be missing: %s, which was not sent%s", where_it_stops(j, party),
                                    in_brackets(j, party)),
                       agreed(j, party, best));
    }
    /* A lone leaf whose issuer is advertised: enough for some, but stacks that want a root need that CA's certificate. */
    if (party->path.reach.reached == TLSWATCH_REACHED_YES && lone && judge_refused(j, party) &&
        sounds_like_an_intermediate(top->facts.issuer.text)) {
        return propose(out, party, top_index(party), issuer,
                       arena_format(j->arena,
                                    "%s; that CA is advertised but its certificate was not sent, and a server that wants a path up to a "
                                    "root can't build it",
                                    where_it_stops(j, party)),
                       TLSWATCH_LIKELY);
    }
    return false;
}

bool rule_issuer_not_advertised(const struct judge *j, const struct party *party, struct candidate *out) {
    if (party->side != TLSWATCH_CLIENT || !unreached(party) || party->path.reach.how == TLSWATCH_REACH_SIGNATURE_FAILED ||
        verifies_with_trust(party) || party->path.bridge_reaches) {
        return false;
    }
    size_t num = j->facts->list->num_names;
    const struct certificate *root = known_root(party);
    const char *end = words_issuer(j->arena, end_of_path(party));
    const char *list =
            num == 1 ? "the CA that the server advertised" : arena_format(j->arena, "among the %zu CAs that the server advertised", num);
    const char *nor = trust_is(party, TRUST_NO_ISSUER) ? arena_format(j->arena, ", nor in %s", trust_name(party->trust.with)) : "";
    const char *clause = arena_format(j->arena, "its chain ends at %s, which is not %s%s%s", end, list, nor, in_brackets(j, party));
    bool longer = party->path.num_path > 1 || party->path.num_above > 0;
    propose(out, party, top_index(party), end, clause, root != NULL || longer ? TLSWATCH_LIKELY : TLSWATCH_POSSIBLE);
    if (root != NULL && !generation_of_advertised(j, root->facts.subject.text)) {
        out->confidence = proven(j, party);
    }
    return true;
}

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
    bool generic = code == 42 || code == 46 || code == ALERT_ACCESS_DENIED;
    return stack != STACK_UNKNOWN ? habit_agrees(stack, failure, code, j->facts->tls13) == AGREEMENT_AGREES : generic;
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
        return propose(out, party, at, signer,
                       arena_format(j->arena,
                                    "the path is right by name, but the key of %s, as it was sent, does not verify the signature on %s: a "
                                    "CA with the same name and another key",
                                    signer, words_subject(j->arena, party->chain[at])),
                       TLSWATCH_CERTAIN);
    }
    if (rekeyed_by_what_is_known(j, party, out)) {
        return true;
    }
    bool reached = party->path.reach.reached == TLSWATCH_REACHED_YES;
    if (!reached || !judge_refused(j, party) || reached_at_an_intermediate(j, party) || party->side != TLSWATCH_CLIENT) {
        return false;
    }
    bool decrypt_error = judge_alert_of(j, TLSWATCH_SERVER) == ALERT_DECRYPT_ERROR;
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
                   arena_format(j->arena, "its issuer %s is advertised by name, but %s", issuer,
                                decrypt_error ? "the server's certificate of that CA has another key" : may),
                   decrypt_error ? TLSWATCH_LIKELY : TLSWATCH_POSSIBLE);
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
    if (party->path.reach.reached != TLSWATCH_REACHED_YES) {
        return false;
    }
    const char *listed = words_name(j->arena, j->facts->list->names[party->path.reach.authority].text);
    if (party->trust.with != NULL) {
        bool fires = trust_differs_by_file(j, party, listed, out);
        out->at_fault = TLSWATCH_SERVER;
        return fires;
    }
    bool partial = reached_at_an_intermediate(j, party);
    propose(out, party, top_index(party), listed,
            partial ? arena_format(j->arena,
                                   "its chain reaches the advertised %s, an intermediate CA; the server advertises it but does not accept "
                                   "a path that ends there",
                                   listed)
                    : arena_format(j->arena,
                                   "its chain reaches the advertised %s: what the server trusts may differ from what it advertises",
                                   listed),
            partial ? TLSWATCH_LIKELY : TLSWATCH_POSSIBLE);
    out->at_fault = TLSWATCH_SERVER;
    return true;
}

bool rule_policy(const struct judge *j, const struct party *party, struct candidate *out) {
    bool verified = verifies_with_trust(party), seen = j->facts->list != NULL || verified;
    if (party->side != TLSWATCH_CLIENT || !readable(party) || !seen || (party->path.reach.reached == TLSWATCH_REACHED_NO && !verified)) {
        return false;
    }
    bool denied = judge_alert_of(j, TLSWATCH_SERVER) == ALERT_ACCESS_DENIED;
    bool inside = j->facts->refusal == REFUSAL_LIKELY && party->path.reach.reached == TLSWATCH_REACHED_YES;
    bool though_verified = verified && judge_refused(j, party) && fits_no_path(j, party);
    if (!denied && !inside && !though_verified) {
        return false;
    }
    const char *name = words_subject(j->arena, party->chain[0]);
    const char *fine = verified ? arena_format(j->arena, "its chain verifies with %s", trust_name(party->trust.with))
                                : "nothing is wrong with its chain";
    bool meant = denied && j->facts->num_alerts == 1; /* GnuTLS sends 49 for everything, and 42 behind it */
    bool likely = meant || j->facts->denied || (though_verified && judge_alert_of(j, TLSWATCH_SERVER) != ALERT_UNKNOWN_CA);
    return propose(out, party, 0, name, arena_format(j->arena, "%s, so a rule of the server's own may deny %s", fine, name),
                   likely ? TLSWATCH_LIKELY : TLSWATCH_POSSIBLE);
}

bool rule_issuer_unknown(const struct judge *j, const struct party *party, struct candidate *out) {
    if (!without_list(j, party) || !judge_refused(j, party) || verifies_with_trust(party)) {
        return false;
    }
    const char *issuer = words_issuer(j->arena, end_of_path(party));
    bool proof = trust_is(party, TRUST_NO_ISSUER) && known_root(party) != NULL;
    const char *how = trust_is(party, TRUST_NO_ISSUER)
                              ? arena_format(j->arena, "is not in %s", trust_name(party->trust.with))
                              : arena_format(j->arena, "the %s does not seem to know", tlswatch_side_name(side_opposite(party->side)));
    return propose(out, party, top_index(party), issuer,
                   arena_format(j->arena, "its chain ends at %s, which %s%s", issuer, how,
                                party->side == TLSWATCH_CLIENT ? "; the server advertised no CA names to compare with" : ""),
                   proof ? proven(j, party) : TLSWATCH_LIKELY);
}

bool rule_name_encoding(const struct judge *j, const struct party *party, struct candidate *out) {
    if (party->side != TLSWATCH_CLIENT || !readable(party) || party->path.reach.reached != TLSWATCH_REACHED_YES ||
        party->path.match != NAME_EQUAL) {
        return false;
    }
    const char *listed = words_name(j->arena, j->facts->list->names[party->path.reach.authority].text);
    return propose(out, party, party->path.reach.at >= 0 ? (size_t)party->path.reach.at : 0, listed,
                   arena_format(j->arena,
                                "its issuer and the advertised %s are the same name in other bytes (string type, case or spaces), and some "
                                "servers compare bytes",
                                listed),
                   agreed(j, party, TLSWATCH_LIKELY));
}

bool rule_misordered(const struct judge *j, const struct party *party, struct candidate *out) {
    if (!readable(party) || !party->path.misordered || party->path.foreign >= 0) {
        return false;
    }
    return propose(out, party, 0, "the chain", arena_format(j->arena, "the certificates of its chain are out of order"),
                   agreed(j, party, TLSWATCH_LIKELY));
}

bool rule_foreign(const struct judge *j, const struct party *party, struct candidate *out) {
    if (!readable(party) || party->path.foreign < 0) {
        return false;
    }
    const char *name = words_subject(j->arena, party->chain[party->path.foreign]);
    return propose(out, party, (size_t)party->path.foreign, name,
                   arena_format(j->arena, "%s stands in its chain and certifies nobody there", name), TLSWATCH_POSSIBLE);
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
        if (party->time > c->not_after || party->time < c->not_before) {
            return false;
        }
    }
    return true;
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
    if (judge_alert_of(j, side_opposite(party->side)) != 45) {
        return may_mean(j, party, FAILURE_ROOT_EXPIRED) &&
               propose_unseen(
                       out, party, top_index(party), issuer,
                       arena_format(j->arena,
                                    "the server's own certificate of %s may have expired: a server of this kind says no more in that case",
                                    issuer));
    }
    return propose(out, party, top_index(party), issuer,
                   arena_format(j->arena,
                                "it says expired; no certificate that was sent is, so the certificate of %s (held by the %s) or a clock is",
                                issuer, peer),
                   TLSWATCH_LIKELY);
}
