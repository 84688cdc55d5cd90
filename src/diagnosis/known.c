#include "diagnosis/known.h"

#include "diagnosis/words.h"

/* What was seen when the files were read before is named by other pointers. */
static bool is_elsewhere(const char *there, const char *here) {
    return there != NULL && (here == NULL || strcmp(there, here) != 0);
}

const char *known_where(const struct facts *f, const struct certificate *c, const char *what, struct arena *arena) {
    const struct tlswatch_sighting *seen = &c->seen;
    unsigned long long stream = seen->stream, frame = seen->mark.frame;
    const char *here = f->flow->first.file, *there = seen->mark.file;
    if (seen->given != NULL) {
        return arena_format(arena, "%s holds %s", seen->given, what);
    }
    if (is_elsewhere(there, here)) {
        return arena_format(arena, "stream %llu of %s carried %s in frame %llu", stream,
                            arena_escape(arena, bytes_of(there, strlen(there)), LIMIT_NAME_TEXT), what, frame);
    }
    if (stream == f->flow->stream) {
        return arena_format(arena, "the %s itself sent %s in frame %llu", tlswatch_side_name(seen->sender), what, frame);
    }
    return arena_format(arena, "stream %llu carried %s in frame %llu", stream, what, frame);
}

static const char *where_it_leads(const struct facts *f, const struct path *p, struct arena *arena) {
    if (p->bridge_reaches) {
        enum name_match match;
        const char *listed = words_name(arena, f->list->names[p->bridge_authority].text);
        bool at_once = authority_find_issuer(f->list, p->bridge, &match) == p->bridge_authority;
        bool itself = authority_find_subject(f->list, p->bridge, &match) >= 0;
        return itself ? ", which is advertised"
                      : arena_format(arena, at_once ? ": it is issued by the advertised %s" : ": it leads to the advertised %s", listed);
    }
    if (p->root != NULL && f->list != NULL && p->root != p->bridge) {
        return arena_format(arena, ": it leads to %s, which is not advertised", words_subject(arena, p->root));
    }
    return "";
}

bool known_issuer(const struct facts *f, const struct party *party, struct arena *arena, struct tlswatch_known_issuer *out) {
    const struct path *p = &party->path;
    const struct certificate *c = p->bridge != NULL ? p->bridge : p->rekeyed;
    if (c == NULL) {
        return false;
    }
    const char *text = c == p->bridge ? arena_format(arena, "%s%s", known_where(f, c, "that CA", arena), where_it_leads(f, p, arena))
                                      : known_where(f, c, "a CA of that name, with another key", arena);
    *out = (struct tlswatch_known_issuer){.certificate = &c->facts,
                                          .certificate_of = party->side,
                                          .verifies = c == p->bridge,
                                          .authority = p->bridge_authority,
                                          .seen = c->seen,
                                          .text = text};
    return text != NULL;
}
