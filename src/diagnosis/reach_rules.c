/*
 * Rules over the path from the leaf to the advertised names: where it breaks, and what closes the gap.
 *
 * One capture often can't tell a missing intermediate from a CA that the server does not know: both stop at an issuer
 * that was neither sent nor advertised. A certificate of the store that closes the gap decides it; without one, what was
 * sent does: a lone leaf was sent without its chain, a leaf with CA certificates is a whole chain of another PKI,
 * unless the names say otherwise ("Issuing CA", "Root CA").
 */
#include "diagnosis/reach_internal.h"

#include <strings.h>

#include "diagnosis/known.h"
#include "diagnosis/words.h"

/* The chain was held against a list and did not reach it; or there was no list to hold it against. */
static bool unreached(const struct party *party) {
    return readable(party) && party->path.reach.reached == TLSWATCH_REACHED_NO;
}

static bool without_list(const struct judge *j, const struct party *party) {
    return readable(party) && (party->side == TLSWATCH_SERVER || (j->facts->list != NULL && j->facts->list->num_names == 0));
}

bool rule_self_signed(const struct judge *j, const struct party *party, struct candidate *out) {
    if (!readable(party) || !party->chain[0]->facts.self_signed || party->path.reach.reached == TLSWATCH_REACHED_YES ||
        verifies_with_trust(party)) {
        return false;
    }
    const char *name = words_subject(j->arena, party->chain[0]);
    return propose(out, party, 0, name, arena_format(j->arena, "%s is self-signed: no CA issued it", name), TLSWATCH_CERTAIN);
}

static bool says(const char *name, const char *const *words) {
    struct bytes cn = words_common_name(name);
    for (size_t i = 0; i < cn.len; i++) {
        for (size_t w = 0; words[w] != NULL; w++) {
            size_t len = strlen(words[w]);
            if (cn.len - i >= len && strncasecmp((const char *)cn.p + i, words[w], len) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* An issuing CA by its name: such a one has a CA above it. */
static bool sounds_like_an_intermediate(const char *name) {
    return says(name, (const char *const[]){"issuing", "intermediate", "sub ca", "subca", "sub-ca", "zwischen", "-sub", "policy ca", NULL});
}

/* One that is a root by its name: nothing is missing between it and the list. */
static bool sounds_like_a_root(const char *name) {
    return says(name, (const char *const[]){"root", "wurzel", NULL}) && !sounds_like_an_intermediate(name);
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

static const char *where_it_stops(const struct judge *j, const struct party *party) {
    return arena_format(j->arena, "%s was issued by %s", words_subject(j->arena, top_of(party)), words_issuer(j->arena, top_of(party)));
}

/* " (ca.pem holds that CA: ...)", or nothing */
static const char *in_brackets(const struct judge *j, const struct party *party) {
    struct tlswatch_known_issuer known;
    return known_issuer(j->facts, party, j->arena, &known) ? arena_format(j->arena, " (%s)", known.text) : "";
}

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
    bool lone = party->path.num_path == 1 && party->path.num_above == 0 && !sounds_like_a_root(end->facts.issuer.text);
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
    bool lone = party->path.num_path == 1 && !sounds_like_a_root(top->facts.issuer.text);
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

/* A server that advertises nobody says nothing of whom it knows: that it does not know this one's CA is the better word. */
static bool nobody_advertised(const struct judge *j, const struct party *party, struct candidate *out) {
    if (!without_list(j, party) || !judge_refused(j, party) || party->chain[0]->facts.self_signed || verifies_with_trust(party)) {
        return false;
    }
    const char *end = words_issuer(j->arena, end_of_path(party));
    return propose(out, party, top_index(party), end,
                   arena_format(j->arena, "its chain ends at %s, and the server, which advertised no CA at all, may know only others", end),
                   TLSWATCH_POSSIBLE);
}

bool rule_issuer_not_advertised(const struct judge *j, const struct party *party, struct candidate *out) {
    if (party->side == TLSWATCH_CLIENT && nobody_advertised(j, party, out)) {
        return true;
    }
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
    bool whole = party->path.num_path > 1 || party->path.num_above > 0 || sounds_like_a_root(end_of_path(party)->facts.issuer.text);
    propose(out, party, top_index(party), end, clause, root != NULL || whole ? TLSWATCH_LIKELY : TLSWATCH_POSSIBLE);
    if (root != NULL && !generation_of_advertised(j, root->facts.subject.text)) {
        out->confidence = proven(j, party);
    }
    return true;
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
    /* The name that the client asked for may be what it missed: of these alerts only 48 says otherwise. */
    bool name_lost =
            party->side == TLSWATCH_SERVER && !j->facts->has_client_hello && judge_alert_of(j, TLSWATCH_CLIENT) != ALERT_UNKNOWN_CA;
    return propose(out, party, top_index(party), issuer,
                   arena_format(j->arena, "its chain ends at %s, which %s%s", issuer, how,
                                party->side == TLSWATCH_CLIENT ? "; the server advertised no CA names to compare with" : ""),
                   proof                                  ? proven(j, party)
                   : fits_no_path(j, party) && !name_lost ? TLSWATCH_LIKELY
                                                          : TLSWATCH_POSSIBLE);
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

static bool stands_before(const struct party *party, size_t index) {
    for (size_t i = 0; i < index; i++) {
        if (party->chain[i] == party->chain[index]) {
            return true;
        }
    }
    return false;
}

/* No stack was seen to stumble over a certificate that is sent twice, not even those that want the rest in order. */
static bool misordered_but_for_repeats(const struct party *party) {
    size_t next = 0;
    for (size_t i = 0; i < party->path.num_path; i++, next++) {
        while (next < party->path.path[i] && stands_before(party, next)) {
            next++;
        }
        if (party->path.path[i] != next) {
            return true;
        }
    }
    return false;
}

bool rule_misordered(const struct judge *j, const struct party *party, struct candidate *out) {
    if (!readable(party) || !party->path.misordered || party->path.foreign >= 0 || !misordered_but_for_repeats(party)) {
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
