/* What the parts of a path walk share: path.c goes up through the chain, bridge.c beyond its top, reach.c asks the list. */
#ifndef TLSWATCH_X509_WALK_H
#define TLSWATCH_X509_WALK_H

#include "x509/path.h"

struct walk {
    struct certificate_store *store;
    const struct certificate *const *chain;
    size_t num_chain;
    const struct authority_list *list; /* NULL: none */
    unsigned signatures_left;          /* so that a chain of namesakes costs no more than others */
};

/* walk_link is certificate_issued_by within the walk's bound; UNCHECKED beyond it. */
enum link walk_link(struct walk *w, const struct certificate *child, const struct certificate *issuer);

/* walk_listed finds the issuer or the subject of c on the list; -1: not there, or no list. */
int walk_listed(const struct walk *w, const struct certificate *c, bool by_issuer, enum name_match *match);

bool walk_stands_in_path(const struct walk *w, const struct path *p, const struct certificate *c);

void find_bridge(struct walk *w, struct path *p);
void find_reach(struct walk *w, struct path *p);

#endif
