/*
 * Facts of certificates: all text is inert, the same bytes are the same certificate, and whatever is asked has an
 * answer. A chunk for each certificate; one with a tag is a list of names instead.
 */
#include "base/limits.h"
#include "store.h"
#include "x509/path.h"

static void ask(const struct certificate *c) {
    enum host_match host = certificate_matches_host(c, "www.example.com"), address = certificate_matches_host(c, "192.0.2.1");
    expect(c->facts.malformed == NULL || (host == HOST_UNKNOWN && address == HOST_UNKNOWN), "what is malformed has no host");
    certificate_names_permitted(c, c);
    certificate_other_key(c);
    certificate_named_as_ca(c);
    expect(certificate_key_ids_agree(c, c) || !c->facts.self_signed || c->facts.authority_key_id != NULL, "identifiers are compared");
}

static void walk(struct certificate_store *store, const struct certificate *const *chain, size_t num_chain,
                 const struct authority_list *list) {
    struct path path;
    path_walk(store, chain, num_chain, list, &path);
    expect(path.num_path <= num_chain && path.num_above <= LIMIT_CHAIN, "a path is no longer than the chain");
    for (size_t i = 0; i < path.num_path; i++) {
        expect(path.path[i] < num_chain && path.in_path[path.path[i]], "the path is of the chain");
        expect(i == 0 || path.links[i - 1] == LINK_UNCHECKED ||
                       path.links[i - 1] == certificate_issued_by(store, chain[path.path[i - 1]], chain[path.path[i]]),
               "a link is as it is asked for alone");
    }
    if (list == NULL) {
        path_look_beyond(store, chain, num_chain, &path);
    }
}

static const struct authority_list *read_list(struct certificate_store *store, struct bytes encoded) {
    const struct authority_list *list = certificate_store_authorities(store, encoded);
    for (size_t i = 0; list != NULL && i < list->num_names; i++) {
        expect_inert(list->names[i].text, "");
    }
    return list;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct certificate_store *store = fuzz_store();
    const struct certificate *chain[4];
    const struct authority_list *list = NULL;
    struct bytes input = bytes_of(data, len);
    struct chunk chunk;
    size_t num_chain = 0;
    while (num_chain < 4 && chunk_next(&input, &chunk)) {
        uint8_t *copy = fuzz_copy(chunk.data);
        struct bytes bytes = bytes_of(copy, chunk.data.len);
        if (chunk.tag != 0) {
            list = read_list(store, bytes);
        } else if ((chain[num_chain] = certificate_store_add(store, bytes)) != NULL) {
            expect(certificate_store_add(store, bytes) == chain[num_chain], "the same bytes are the same certificate");
            expect_sound_facts(chain[num_chain]);
            ask(chain[num_chain++]);
        }
        free(copy);
    }
    if (num_chain > 0) {
        walk(store, chain, num_chain, list);
    }
    return 0;
}
