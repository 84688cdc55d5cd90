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

#include "diagnosis/words.h"

enum { ALERT_ACCESS_DENIED = 49, ALERT_DECRYPT_ERROR = 51 };

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

bool rule_self_signed(const struct judge *j, const struct party *party, struct candidate *out) {
    if (!readable(party) || !party->chain[0]->facts.self_signed || party->path.reach.reached == TLSWATCH_REACHED_YES) {
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

static bool intermediate_missing_by_list(const struct judge *j, const struct party *party, struct candidate *out) {
    const struct certificate *top = top_of(party);
    const char *issuer = words_issuer(j->arena, top);
    const char *stop = where_it_stops(j, party);
    if (party->path.bridge != NULL && party->path.bridge_reaches) {
        return propose(out, party, top_index(party), issuer,
                       arena_format(j->arena, "an intermediate is missing: %s, which was not sent; it is known here and leads to the advertised %s",
                                    stop, words_name(j->arena, j->facts->list->names[party->path.bridge_authority].text)),
                       TLSWATCH_CERTAIN);
    }
    if (party->path.reach.how == TLSWATCH_REACH_CHAIN_BROKEN) {
        return propose(out, party, top_index(party), issuer,
                       arena_format(j->arena, "an intermediate is missing: %s, which was not sent, so that the CA certificates sent along do not join it to the list",
                                    stop),
                       agreed(j, party, TLSWATCH_LIKELY));
    }
    if (party->path.ends_self_signed || top->facts.self_issued) {
        return false;
    }
    bool lone = party->path.num_path == 1;
    bool likely = lone || sounds_like_an_intermediate(top->facts.issuer.text) ||
                  generation_of_advertised(j, top->facts.issuer.text);
    return propose(out, party, top_index(party), issuer,
                   arena_format(j->arena, "an intermediate is missing: %s, which was neither sent nor advertised", stop),
                   likely ? agreed(j, party, TLSWATCH_LIKELY) : TLSWATCH_POSSIBLE);
}

bool rule_intermediate_missing(const struct judge *j, const struct party *party, struct candidate *out) {
    if (unreached(party)) {
        return intermediate_missing_by_list(j, party, out);
    }
    const struct certificate *top = top_of(party);
    if (!readable(party) || top->facts.self_issued) {
        return false;
    }
    const char *issuer = words_issuer(j->arena, top);
    bool lone = party->path.num_path == 1;
    enum tlswatch_confidence best = party->side == TLSWATCH_CLIENT ? TLSWATCH_LIKELY : TLSWATCH_POSSIBLE; /* a client says nothing of what it knows */
    if (without_list(j, party) && (lone || sounds_like_an_intermediate(top->facts.issuer.text) || party->path.bridge != NULL)) {
        return propose(out, party, top_index(party), issuer,
                       arena_format(j->arena, "an intermediate seems to be missing: %s, which was not sent", where_it_stops(j, party)),
                       agreed(j, party, best));
    }
    /* A lone leaf whose issuer is advertised: enough for some, but stacks that want a root need that CA's certificate. */
    if (party->path.reach.reached == TLSWATCH_REACHED_YES && lone && judge_refused(j, party) &&
        sounds_like_an_intermediate(top->facts.issuer.text)) {
        return propose(out, party, top_index(party), issuer,
                       arena_format(j->arena, "%s; that CA is advertised but its certificate was not sent, and a server that wants a path up to a root can't build it",
                                    where_it_stops(j, party)),
                       TLSWATCH_LIKELY);
    }
    return false;
}

bool rule_issuer_not_advertised(const struct judge *j, const struct party *party, struct candidate *out) {
    if (party->side != TLSWATCH_CLIENT || !unreached(party) || party->path.reach.how == TLSWATCH_REACH_SIGNATURE_FAILED) {
        return false;
    }
    size_t num = j->facts->list->num_names;
    const char *issuer = words_issuer(j->arena, top_of(party));
    bool root = party->path.ends_self_signed;
    const char *clause = num == 1 ? arena_format(j->arena, "its chain ends at %s, which is not the CA that the server advertised", issuer)
                                  : arena_format(j->arena, "its chain ends at %s, which is not among the %zu CAs that the server advertised", issuer, num);
    propose(out, party, top_index(party), issuer, clause, root || party->path.num_path > 1 ? TLSWATCH_LIKELY : TLSWATCH_POSSIBLE);
    if (root && judge_refused(j, party)) {
        out->confidence = TLSWATCH_CERTAIN;
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

/* The same name under another key: a signature that fails, a key identifier that differs, or alert 51 behind a chain
 * that is right by name (OpenSSL tries the key where the certificate carries no identifier). */
bool rule_ca_rekeyed(const struct judge *j, const struct party *party, struct candidate *out) {
    if (!readable(party)) {
        return false;
    }
    const struct certificate *top = top_of(party);
    const char *issuer = words_issuer(j->arena, top);
    bool reached = party->path.reach.reached == TLSWATCH_REACHED_YES;
    if (party->path.reach.how == TLSWATCH_REACH_SIGNATURE_FAILED || (reached && party->path.rekeyed != NULL)) {
        return propose(out, party, top_index(party), issuer,
                       arena_format(j->arena, "the path is right by name, but the key of %s does not verify the signature below it: a CA with the same name and another key",
                                    party->path.rekeyed != NULL ? words_subject(j->arena, party->path.rekeyed) : issuer),
                       TLSWATCH_CERTAIN);
    }
    if (!reached || !judge_refused(j, party) || reached_at_an_intermediate(j, party) || party->side != TLSWATCH_CLIENT) {
        return false;
    }
    bool decrypt_error = judge_alert_of(j, TLSWATCH_SERVER) == ALERT_DECRYPT_ERROR;
    out->confirmed = decrypt_error;
    /* Where the top of the chain says by identifier which key issued it, it was most likely chosen by it. */
    out->outranked = top->facts.authority_key_id != NULL;
    return propose(out, party, top_index(party), issuer,
                   arena_format(j->arena, "its issuer %s is advertised by name, but %s", issuer,
                                decrypt_error ? "the server's certificate of that CA has another key"
                                              : "the server's certificate of that CA may have another key (renewed CA)"),
                   decrypt_error ? TLSWATCH_LIKELY : TLSWATCH_POSSIBLE);
}

bool rule_trust_differs(const struct judge *j, const struct party *party, struct candidate *out) {
    if (party->side != TLSWATCH_CLIENT || !readable(party) || party->path.reach.reached != TLSWATCH_REACHED_YES || !judge_refused(j, party)) {
        return false;
    }
    const char *listed = words_name(j->arena, j->facts->list->names[party->path.reach.authority].text);
    bool partial = reached_at_an_intermediate(j, party);
    propose(out, party, top_index(party), listed,
            partial ? arena_format(j->arena, "its chain reaches the advertised %s, an intermediate CA; the server advertises it but does not accept a path that ends there", listed)
                    : arena_format(j->arena, "its chain is fine and reaches the advertised %s: what the server trusts differs from what it advertises", listed),
            partial ? TLSWATCH_LIKELY : TLSWATCH_POSSIBLE);
    out->at_fault = TLSWATCH_SERVER;
    return true;
}

bool rule_policy(const struct judge *j, const struct party *party, struct candidate *out) {
    if (party->side != TLSWATCH_CLIENT || !readable(party) || party->path.reach.reached == TLSWATCH_REACHED_NO) {
        return false;
    }
    bool denied = judge_alert_of(j, TLSWATCH_SERVER) == ALERT_ACCESS_DENIED;
    bool inside = j->facts->refusal == REFUSAL_LIKELY && party->path.reach.reached == TLSWATCH_REACHED_YES;
    if (!denied && !inside) {
        return false;
    }
    out->confirmed = denied && j->facts->num_alerts == 1; /* GnuTLS sends 49 for everything, and 42 behind it */
    return propose(out, party, 0, words_subject(j->arena, party->chain[0]),
                   arena_format(j->arena, "nothing is wrong with its chain, so a rule of the server's own may deny %s",
                                words_subject(j->arena, party->chain[0])),
                   j->facts->denied ? TLSWATCH_LIKELY : TLSWATCH_POSSIBLE);
}

bool rule_issuer_unknown(const struct judge *j, const struct party *party, struct candidate *out) {
    if (!without_list(j, party) || !judge_refused(j, party)) {
        return false;
    }
    const char *issuer = words_issuer(j->arena, top_of(party));
    return propose(out, party, top_index(party), issuer,
                   arena_format(j->arena, "its chain ends at %s, which the %s does not seem to know%s", issuer,
                                tlswatch_side_name(side_opposite(party->side)),
                                party->side == TLSWATCH_CLIENT ? "; the server advertised no CA names to compare with" : ""),
                   TLSWATCH_LIKELY);
}

bool rule_name_encoding(const struct judge *j, const struct party *party, struct candidate *out) {
    if (party->side != TLSWATCH_CLIENT || !readable(party) || party->path.reach.reached != TLSWATCH_REACHED_YES ||
        party->path.match != NAME_EQUAL) {
        return false;
    }
    const char *listed = words_name(j->arena, j->facts->list->names[party->path.reach.authority].text);
    return propose(out, party, party->path.reach.at >= 0 ? (size_t)party->path.reach.at : 0, listed,
                   arena_format(j->arena, "its issuer and the advertised %s are the same name in other bytes (string type, case or spaces), and some servers compare bytes",
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

/* Alerts that say what the capture can't show. */
bool rule_revoked(const struct judge *j, const struct party *party, struct candidate *out) {
    if (judge_alert_of(j, side_opposite(party->side)) != 44 || party->num_chain == 0) {
        return false;
    }
    const char *name = words_subject(j->arena, party->chain[0]);
    return propose(out, party, 0, name, arena_format(j->arena, "the %s says that %s is revoked",
                                                     tlswatch_side_name(side_opposite(party->side)), name), TLSWATCH_LIKELY);
}

bool rule_expired_unseen(const struct judge *j, const struct party *party, struct candidate *out) {
    if (judge_alert_of(j, side_opposite(party->side)) != 45 || !readable(party)) {
        return false;
    }
    const char *issuer = words_issuer(j->arena, top_of(party));
    return propose(out, party, top_index(party), issuer,
                   arena_format(j->arena, "it says expired; no certificate that was sent is, so the certificate of %s (held by the %s) or a clock is", issuer,
                                tlswatch_side_name(side_opposite(party->side))),
                   TLSWATCH_LIKELY);
}
