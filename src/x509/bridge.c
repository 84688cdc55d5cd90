/* Beyond the top of the path: certificates seen elsewhere that carry on where the chain stops. */
#include "x509/walk.h"

/* Breadth first through the store. Each certificate remembers the bridge that led to it. */
struct search {
    const struct certificate *queue[LIMIT_CHAIN];
    const struct certificate *bridge[LIMIT_CHAIN];
    size_t num;
};

static bool is_queued(const struct search *s, const struct certificate *c) {
    for (size_t i = 0; i < s->num; i++) {
        if (s->queue[i] == c) {
            return true;
        }
    }
    return false;
}

static void enqueue(struct search *s, const struct certificate *c, const struct certificate *bridge) {
    if (s->num < LIMIT_CHAIN && !is_queued(s, c)) {
        s->queue[s->num] = c;
        s->bridge[s->num++] = bridge;
    }
}

/* The same order whichever was seen first: whose key identifier agrees, then roots before cross certificates of them. */
static bool comes_before(const struct certificate *child, const struct certificate *a, const struct certificate *b) {
    bool a_agrees = certificate_key_ids_agree(child, a), b_agrees = certificate_key_ids_agree(child, b);
    if (a_agrees != b_agrees) {
        return a_agrees;
    }
    if (a->facts.self_signed != b->facts.self_signed) {
        return a->facts.self_signed;
    }
    size_t len = a->facts.der_len < b->facts.der_len ? a->facts.der_len : b->facts.der_len;
    int order = memcmp(a->facts.der, b->facts.der, len);
    return order != 0 ? order < 0 : a->facts.der_len < b->facts.der_len;
}

/* Fetches the issuers by name of `child`, in that order. */
static size_t candidates(const struct walk *w, const struct certificate *child, const struct certificate **out) {
    const struct certificate *all[LIMIT_ISSUERS * 4];
    size_t num_all = certificate_store_issuers(w->store, child, all, LIMIT_ISSUERS * 4);
    size_t num = 0;
    for (size_t i = 0; i < num_all; i++) {
        size_t at = num;
        while (at > 0 && comes_before(child, all[i], out[at - 1])) {
            at--;
        }
        if (all[i] == child || at == LIMIT_ISSUERS) {
            continue;
        }
        num += num < LIMIT_ISSUERS;
        memmove(&out[at + 1], &out[at], (num - 1 - at) * sizeof *out);
        out[at] = all[i];
    }
    return num;
}

/* Queues those whose key verifies `child` and returns the first whose key does not. `bridge` is NULL at the path's top. */
static const struct certificate *expand(struct walk *w, const struct path *p, struct search *s, const struct certificate *child,
                                        const struct certificate *bridge) {
    const struct certificate *issuers[LIMIT_ISSUERS];
    const struct certificate *wrong_key = NULL;
    size_t num = candidates(w, child, issuers);
    for (size_t i = 0; i < num; i++) {
        if (walk_stands_in_path(w, p, issuers[i])) {
            continue;
        }
        enum link link = walk_link(w, child, issuers[i]);
        if (link == LINK_VERIFIED) {
            enqueue(s, issuers[i], bridge != NULL ? bridge : issuers[i]);
        } else if (link == LINK_FAILED && wrong_key == NULL) {
            wrong_key = issuers[i];
        }
    }
    return wrong_key;
}

static int find_listed(const struct walk *w, const struct certificate *c) {
    enum name_match match;
    int authority = walk_listed(w, c, false, &match);
    return authority >= 0 ? authority : walk_listed(w, c, true, &match);
}

void path_rely_on(const struct certificate *const *chain, const struct path *path, bool verdict) {
    if (path->malformed_leaf || path->ends_self_signed) {
        return;
    }
    size_t top = path->path[path->num_path - 1];
    if (verdict) {
        certificate_rely_on_issuers(chain[top], TLSWATCH_VERDICTS_OUTDATED);
    } else if (path->reach.how == TLSWATCH_REACH_ISSUER_LISTED && path->reach.at == (int)top) {
        certificate_rely_on_issuers(chain[top], TLSWATCH_DETAILS_OUTDATED);
    }
    for (size_t i = 0; i < path->num_above && verdict; i++) {
        certificate_rely_on_issuers(path->above[i], TLSWATCH_VERDICTS_OUTDATED);
    }
}

void find_bridge(struct walk *w, struct path *p) {
    struct search s = {.num = 0};
    if (p->malformed_leaf || p->ends_self_signed) {
        return;
    }
    const struct certificate *wrong_key = expand(w, p, &s, w->chain[p->path[p->num_path - 1]], NULL);
    p->namesake = wrong_key;
    if (s.num == 0) {
        p->rekeyed = wrong_key;
        return;
    }
    p->bridge = s.queue[0];
    for (size_t i = 0; i < s.num; i++) {
        int authority = find_listed(w, s.queue[i]);
        if (authority >= 0 && !p->bridge_reaches) {
            p->bridge = s.bridge[i];
            p->bridge_reaches = true;
            p->bridge_authority = authority;
        }
        p->above[p->num_above++] = s.queue[i];
        if (!s.queue[i]->facts.self_signed) {
            expand(w, p, &s, s.queue[i], s.bridge[i]);
        } else if (p->root == NULL) {
            p->root = s.queue[i];
        }
    }
    if (p->bridge_reaches) {
        p->root = NULL;
    }
}
