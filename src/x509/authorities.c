/* The certificate_authorities of a CertificateRequest, and certificates held against them. */
#include "x509/internal.h"
#include "x509/pending.h"

#include <openssl/err.h>
#include <stdlib.h>

/* One name of a list. Names that are equal form a chain, in the order of the list. */
struct authority {
    struct name *name; /* NULL: no DER Name */
    int next;          /* the next equal one; -1: none */
    int last;          /* of the first of a chain: its last */
};

struct authority_list_private {
    struct bytes encoded;
    struct authority_list list;
    struct authority *authorities;
    struct table first; /* struct authority, by name: the first of each chain */
};

void authority_lists_clear(struct certificate_store *store) {
    for (size_t i = 0; i < store->lists.num_slots; i++) {
        struct authority_list_private *inner = store->lists.slots[i].item;
        if (inner != NULL) {
            table_clear(&inner->first);
        }
    }
    table_clear(&store->lists);
}

static bool is_this_list(const void *item, const void *wanted) {
    return bytes_equal(((const struct authority_list_private *)item)->encoded, *(const struct bytes *)wanted);
}

static bool has_this_name(const void *item, const void *wanted) {
    return ((const struct authority *)item)->name == wanted;
}

/* False where memory is exhausted; *out is NULL for what is no Name. */
static bool decode_name(struct bytes der, X509_NAME **out) {
    const unsigned char *p = der.p;
    ERR_set_mark();
    *out = d2i_X509_NAME(NULL, &p, (long)der.len);
    bool ok = *out != NULL || !memory_was_exhausted();
    ERR_pop_to_mark();
    if (*out != NULL && p != der.p + der.len) {
        X509_NAME_free(*out);
        *out = NULL;
    }
    return ok;
}

static bool index_authority(struct authority_list_private *inner, size_t index) {
    struct authority *authority = &inner->authorities[index];
    struct authority *first = table_find(&inner->first, authority->name->hash, has_this_name, authority->name);
    authority->next = -1;
    authority->last = (int)index;
    if (first == NULL) {
        return table_add(&inner->first, authority->name->hash, authority);
    }
    inner->authorities[first->last].next = (int)index;
    first->last = (int)index;
    return true;
}

/* What is no Name keeps its place in the list, as # and hex (RFC 2253, 2.4), and matches nothing. */
static const char *text_no_name(struct arena *arena, struct bytes der) {
    const char *hex = text_hex(arena, bytes_of(der.p, der.len < LIMIT_NAME_TEXT ? der.len : LIMIT_NAME_TEXT));
    return hex != NULL ? arena_format(arena, "#%s", hex) : NULL;
}

static bool read_authority(struct certificate_store *store, struct authority_list_private *inner, struct bytes der,
                           struct tlswatch_name *out) {
    X509_NAME *decoded;
    *out = (struct tlswatch_name){.der = der.p, .der_len = der.len};
    if (!decode_name(der, &decoded)) {
        return false;
    }
    if (decoded == NULL) {
        inner->list.malformed = true;
        out->text = text_no_name(&store->arena, der);
        return out->text != NULL;
    }
    size_t index = inner->list.num_names;
    struct name *name = name_intern(store, decoded);
    inner->authorities[index].name = name;
    out->text = text_name(&store->arena, decoded);
    X509_NAME_free(decoded);
    return name != NULL && out->text != NULL && index_authority(inner, index);
}

static size_t count_names(struct bytes encoded) {
    struct bytes name;
    size_t num = 0;
    while (num < LIMIT_AUTHORITIES && bytes_vec16(&encoded, &name)) {
        num++;
    }
    return num;
}

static bool read_authorities(struct certificate_store *store, struct authority_list_private *inner) {
    size_t num = count_names(inner->encoded);
    struct tlswatch_name *names = arena_alloc(&store->arena, (num + 1) * sizeof *names);
    inner->authorities = arena_alloc(&store->arena, (num + 1) * sizeof *inner->authorities);
    if (names == NULL || inner->authorities == NULL) {
        return false;
    }
    struct bytes rest = inner->encoded;
    struct bytes der;
    inner->list = (struct authority_list){.names = names, .encoded_len = inner->encoded.len, .private_part = inner};
    while (inner->list.num_names < num && bytes_vec16(&rest, &der)) {
        if (!read_authority(store, inner, der, &names[inner->list.num_names])) {
            return false;
        }
        inner->list.num_names++;
    }
    inner->list.malformed |= rest.len != 0;
    return true;
}

static const struct authority_list *take_in(struct certificate_store *store, struct bytes encoded, uint64_t hash) {
    if (store->lists.num_items >= LIMIT_STORE_LISTS || !store_make_room(store, encoded.len)) {
        return NULL;
    }
    ERR_clear_error(); /* what failed before must not be taken for what fails here */
    struct authority_list_private *inner = arena_alloc(&store->arena, sizeof *inner);
    const char *copy = arena_copy(&store->arena, encoded);
    if (inner == NULL || copy == NULL) {
        return NULL;
    }
    inner->encoded = bytes_of(copy, encoded.len);
    if (!read_authorities(store, inner) || !table_add(&store->lists, hash, inner)) {
        table_clear(&inner->first);
        return NULL;
    }
    return &inner->list;
}

const struct authority_list *certificate_store_authorities(struct certificate_store *store, struct bytes certificate_authorities) {
    uint64_t hash = long_hash(&store->key, certificate_authorities.p, certificate_authorities.len);
    const struct authority_list_private *inner = table_find(&store->lists, hash, is_this_list, &certificate_authorities);
    const struct authority_list *list = inner != NULL ? &inner->list : take_in(store, certificate_authorities, hash);
    store->overflowed |= list == NULL;
    return list;
}

static enum name_match match_name(const struct authority_list *list, size_t index, const struct name *name,
                                  const struct tlswatch_name *der) {
    if (name == NULL || list->private_part->authorities[index].name != name) {
        return NAME_DIFFERENT;
    }
    const struct tlswatch_name *listed = &list->names[index];
    return bytes_equal(bytes_of(listed->der, listed->der_len), bytes_of(der->der, der->der_len)) ? NAME_IDENTICAL : NAME_EQUAL;
}

static int find_name(const struct authority_list *list, const struct name *name, const struct tlswatch_name *der, enum name_match *match) {
    const struct authority_list_private *inner = list->private_part;
    const struct authority *first = name != NULL ? table_find(&inner->first, name->hash, has_this_name, name) : NULL;
    *match = NAME_DIFFERENT;
    if (first == NULL) {
        return -1;
    }
    int start = (int)(first - inner->authorities);
    for (int i = start; i >= 0; i = inner->authorities[i].next) {
        if (match_name(list, (size_t)i, name, der) == NAME_IDENTICAL) {
            *match = NAME_IDENTICAL;
            return i;
        }
    }
    *match = NAME_EQUAL;
    return start;
}

enum name_match authority_match_issuer(const struct authority_list *list, size_t index, const struct certificate *c) {
    return match_name(list, index, certificate_private_of(c)->issuer, &c->facts.issuer);
}

enum name_match authority_match_subject(const struct authority_list *list, size_t index, const struct certificate *c) {
    return match_name(list, index, certificate_private_of(c)->subject, &c->facts.subject);
}

int authority_find_issuer(const struct authority_list *list, const struct certificate *c, enum name_match *match) {
    return find_name(list, certificate_private_of(c)->issuer, &c->facts.issuer, match);
}

int authority_find_subject(const struct authority_list *list, const struct certificate *c, enum name_match *match) {
    return find_name(list, certificate_private_of(c)->subject, &c->facts.subject, match);
}

const struct certificate *authority_end_entity(const struct authority_list *list, int *index) {
    const struct certificate *found = NULL;
    for (size_t i = 0; i < list->num_names; i++) {
        struct name *name = list->private_part->authorities[i].name;
        if (name == NULL) {
            continue;
        }
        pending_read_subjects(name, true);
        name->advertised = true;
        if (found == NULL && !name->has_ca && name->first_end_entity != NULL) {
            found = name->first_end_entity;
            *index = (int)i;
        }
    }
    return found;
}
