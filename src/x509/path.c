#include "x509/path.h"

#include "x509/walk.h"

enum link walk_link(struct walk *w, const struct certificate *child, const struct certificate *issuer) {
    if (w->signatures_left == 0) {
        return LINK_UNCHECKED;
    }
    w->signatures_left--;
    return certificate_issued_by(w->store, child, issuer);
}

int walk_listed(const struct walk *w, const struct certificate *c, bool by_issuer, enum name_match *match) {
    if (w->list == NULL) {
        return -1;
    }
    return by_issuer ? authority_find_issuer(w->list, c, match) : authority_find_subject(w->list, c, match);
}

static bool is_listed(const struct walk *w, const struct certificate *c) {
    enum name_match match;
    return walk_listed(w, c, true, &match) >= 0 || walk_listed(w, c, false, &match) >= 0;
}

bool walk_stands_in_path(const struct walk *w, const struct path *p, const struct certificate *c) {
    for (size_t i = 0; i < p->num_path; i++) {
        if (w->chain[p->path[i]] == c) {
            return true;
        }
    }
    return false;
}

static bool key_ids_equal(const struct certificate *child, const struct certificate *issuer) {
    return child->facts.authority_key_id != NULL && issuer->facts.subject_key_id != NULL && certificate_key_ids_agree(child, issuer);
}

/* Signature before key identifier before list: the last only tells apart two certificates of one CA (cross-signed). */
static int rank_issuer(const struct walk *w, const struct certificate *child, const struct certificate *issuer, enum link link) {
    return (link == LINK_VERIFIED ? 8 : 0) + (key_ids_equal(child, issuer) ? 4 : 0) + (link == LINK_UNCHECKED ? 2 : 0) +
           is_listed(w, issuer);
}

static bool may_be_issuer(const struct walk *w, const struct path *p, const struct certificate *top, const struct certificate *c) {
    return certificate_issuer_match(top, c) != NAME_DIFFERENT && !walk_stands_in_path(w, p, c);
}

static size_t num_issuers(const struct walk *w, const struct path *p, const struct certificate *top) {
    size_t num = 0;
    for (size_t i = 0; i < w->num_chain; i++) {
        num += may_be_issuer(w, p, top, w->chain[i]);
    }
    return num;
}

/* Adds the best issuer in the chain of the path's top; false where there is none. */
static bool step_up(struct walk *w, struct path *p) {
    const struct certificate *top = w->chain[p->path[p->num_path - 1]];
    size_t best = 0;
    int best_rank = -1;
    enum link best_link = LINK_UNCHECKED;
    bool others = num_issuers(w, p, top) > 1;
    for (size_t i = 0; i < w->num_chain; i++) {
        const struct certificate *c = w->chain[i];
        if (!may_be_issuer(w, p, top, c)) {
            continue;
        }
        enum link link = w->list != NULL || others ? walk_link(w, top, c) : LINK_UNCHECKED;
        int rank = rank_issuer(w, top, c, link);
        if (rank > best_rank) {
            best = i;
            best_rank = rank;
            best_link = link;
        }
    }
    if (best_rank < 0) {
        return false;
    }
    p->links[p->num_path - 1] = best_link;
    p->path[p->num_path++] = best;
    p->in_path[best] = true;
    return true;
}

static void walk_up(struct walk *w, struct path *p) {
    p->num_path = 1;
    p->in_path[0] = true;
    while (!w->chain[p->path[p->num_path - 1]]->facts.self_signed && p->num_path < w->num_chain && step_up(w, p)) {
    }
    p->ends_self_signed = w->chain[p->path[p->num_path - 1]]->facts.self_signed;
    for (size_t i = 0; i < p->num_path; i++) {
        p->misordered |= p->path[i] != i;
        if (p->failed_link < 0 && i + 1 < p->num_path && p->links[i] == LINK_FAILED) {
            p->failed_link = (int)i;
        }
    }
}

static bool stands_before(const struct walk *w, size_t index) {
    for (size_t i = 0; i < index; i++) {
        if (w->chain[i] == w->chain[index]) {
            return true;
        }
    }
    return false;
}

/* Whether c signed one of those that count already: a second certificate of the same CA, or what stands above that. */
static bool certifies(struct walk *w, const bool *counts, const struct certificate *c) {
    for (size_t i = 0; i < w->num_chain; i++) {
        if (counts[i] && w->chain[i] != c && certificate_issuer_match(w->chain[i], c) != NAME_DIFFERENT &&
            walk_link(w, w->chain[i], c) != LINK_FAILED) {
            return true;
        }
    }
    return false;
}

static void find_strangers(struct walk *w, struct path *p) {
    bool counts[LIMIT_CHAIN];
    memcpy(counts, p->in_path, sizeof counts);
    for (bool grew = true; grew;) {
        grew = false;
        for (size_t i = 0; i < w->num_chain; i++) {
            if (!counts[i] && w->chain[i]->facts.malformed == NULL && certifies(w, counts, w->chain[i])) {
                counts[i] = true;
                grew = true;
            }
        }
    }
    for (size_t i = w->num_chain; i-- > 0;) {
        bool repeated = stands_before(w, i);
        if (repeated) {
            p->duplicate = (int)i;
        }
        if (!counts[i] && !repeated && w->chain[i]->facts.malformed == NULL) {
            p->foreign = (int)i;
        }
    }
}

void path_look_beyond(struct certificate_store *store, const struct certificate *const *chain, size_t num_chain, struct path *path) {
    struct walk w = {.store = store, .chain = chain, .num_chain = num_chain, .signatures_left = LIMIT_SIGNATURES};
    find_bridge(&w, path);
}

void path_walk(struct certificate_store *store, const struct certificate *const *chain, size_t num_chain, const struct authority_list *list,
               struct path *out) {
    struct walk w = {.store = store,
                     .chain = chain,
                     .num_chain = num_chain < LIMIT_CHAIN ? num_chain : LIMIT_CHAIN,
                     .list = list,
                     .signatures_left = LIMIT_SIGNATURES};
    *out = (struct path){.foreign = -1, .duplicate = -1, .failed_link = -1, .bridge_authority = -1};
    out->reach.at = -1;
    out->reach.authority = -1;
    out->malformed_leaf = w.num_chain == 0 || chain[0]->facts.malformed != NULL;
    if (!out->malformed_leaf) {
        walk_up(&w, out);
    }
    if (list != NULL) {
        find_bridge(&w, out);
        find_reach(&w, out);
    }
    if (!out->malformed_leaf) {
        find_strangers(&w, out);
    }
}
