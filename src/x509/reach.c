/* Does the path reach a name on the list? (record.md, "reach") */
#include "x509/walk.h"

static const struct certificate *on_path(const struct walk *w, const struct path *p, size_t step) {
    return w->chain[p->path[step]];
}

static bool links_are(const struct path *p, size_t num, enum link link) {
    for (size_t i = 0; i < num; i++) {
        if (p->links[i] != link) {
            return false;
        }
    }
    return true;
}

/* The CA whose name is listed, seen anywhere, with a key that verifies this step of the path. */
static bool ca_verifies(struct walk *w, const struct path *p, size_t step) {
    if (on_path(w, p, step)->facts.self_signed) {
        return true;
    }
    if (step + 1 < p->num_path) {
        return p->links[step] == LINK_VERIFIED;
    }
    return p->bridge != NULL;
}

static void set_reach(struct path *p, enum tlswatch_reached reached, enum tlswatch_reach_how how, size_t at, int authority) {
    p->reach.reached = reached;
    p->reach.how = how;
    p->reach.at = (int)at;
    p->reach.authority = authority;
}

/* A name on the list is reached at this step: whether the signatures up to that CA hold. */
static void judge_links(struct walk *w, struct path *p, size_t step, bool is_subject) {
    size_t num_links = is_subject || step + 1 >= p->num_path ? step : step + 1;
    if (p->failed_link >= 0 && (size_t)p->failed_link < num_links) {
        set_reach(p, TLSWATCH_REACHED_NO, TLSWATCH_REACH_SIGNATURE_FAILED, p->path[p->failed_link], p->reach.authority);
        p->reach.signatures = TLSWATCH_VERIFY_FAILED;
        return;
    }
    bool is_verified = links_are(p, step, LINK_VERIFIED) && (is_subject || ca_verifies(w, p, step));
    p->reach.signatures = is_verified ? TLSWATCH_VERIFIED : TLSWATCH_UNVERIFIED;
}

static bool reach_at(struct walk *w, struct path *p, size_t step) {
    const struct certificate *c = on_path(w, p, step);
    int authority = -1;
    bool is_subject = false;
    /* Further up, a certificate's subject is the issuer of the one below. */
    if (step == 0 && (c->facts.self_signed || c->facts.ca)) {
        authority = walk_listed(w, c, false, &p->match);
        is_subject = authority >= 0;
    }
    if (!is_subject) {
        authority = walk_listed(w, c, true, &p->match);
    }
    if (authority < 0) {
        return false;
    }
    set_reach(p, TLSWATCH_REACHED_YES, is_subject ? TLSWATCH_REACH_SUBJECT_LISTED : TLSWATCH_REACH_ISSUER_LISTED, p->path[step], authority);
    judge_links(w, p, step, is_subject);
    return true;
}

/* A listed name that stands in the chain, but beside the path. */
static bool listed_beside_path(struct walk *w, struct path *p) {
    for (size_t i = 0; i < w->num_chain; i++) {
        if (p->in_path[i]) {
            continue;
        }
        int authority = walk_listed(w, w->chain[i], true, &p->match);
        if (authority < 0) {
            authority = walk_listed(w, w->chain[i], false, &p->match);
        }
        if (authority >= 0) {
            set_reach(p, TLSWATCH_REACHED_NO, TLSWATCH_REACH_CHAIN_BROKEN, i, authority);
            return true;
        }
    }
    return false;
}

static enum tlswatch_signatures signatures_of_path(const struct path *p) {
    if (p->failed_link >= 0) {
        return TLSWATCH_VERIFY_FAILED;
    }
    return p->ends_self_signed && links_are(p, p->num_path - 1, LINK_VERIFIED) ? TLSWATCH_VERIFIED : TLSWATCH_UNVERIFIED;
}

void find_reach(struct walk *w, struct path *p) {
    if (w->list->encoded_len == 0) {
        p->reach.how = TLSWATCH_REACH_LIST_EMPTY;
        return;
    }
    if (p->malformed_leaf || w->list->num_names == 0) {
        p->reach.how = TLSWATCH_REACH_INCOMPLETE;
        return;
    }
    for (size_t step = 0; step < p->num_path; step++) {
        if (reach_at(w, p, step)) {
            return;
        }
    }
    p->reach.signatures = signatures_of_path(p);
    if (!listed_beside_path(w, p)) {
        set_reach(p, TLSWATCH_REACHED_NO, TLSWATCH_REACH_NOT_LISTED, p->path[p->num_path - 1], -1);
    }
}
