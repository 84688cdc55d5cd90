/*
 * Certificates together: what fuzz_facts.c asks of each, and links, paths, lists, signatures. A chunk for each certificate,
 * whose tag says whether it is a list of names instead, one that is only noted, or a signature by the first; and which
 * allocation fails meanwhile.
 */
#include "base/limits.h"
#include "store.h"
#include "x509/internal.h"
#include "x509/path.h"

#include <openssl/evp.h>

enum tag { CHAIN, LIST, NOTED, SIGNATURE };

/* The n-th of ours, or one of libcrypto's, of which there are hundreds for one certificate. */
static void fail_by(unsigned n) {
    enum { OURS = 48 };
    unsigned root = n < OURS ? 0 : n - OURS + 1;
    fuzz_fail(root == 0 ? n : 0);
    fuzz_fail_libcrypto(root * root * root);
}

static void compare_keys(const struct certificate *c) {
    EVP_PKEY *made = c->usable_key ? usual_key(c) : NULL;
    X509 *x = made != NULL ? certificate_x509_complete(c) : NULL;
    expect(made == NULL || (x != NULL && EVP_PKEY_eq(made, X509_get0_pubkey(x)) == 1), "a key is the one that libcrypto decodes");
    X509_free(x);
    EVP_PKEY_free(made);
}

static void ask(struct certificate_store *store, const struct certificate *c) {
    compare_keys(c);
    certificate_other_key(c);
    certificate_issued_by(store, c, c);
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
    for (size_t i = 0; i < num_chain; i++) {
        certificate_names_permitted(chain[num_chain - 1], chain[i]);
    }
    if (list == NULL) {
        path_look_beyond(store, chain, num_chain, &path);
    }
    path_rely_on(chain, &path, list == NULL);
    expect(certificate_store_outdated(store) <= TLSWATCH_VERDICTS_OUTDATED, "what is outdated has a name");
}

static const struct authority_list *read_list(struct certificate_store *store, struct bytes encoded) {
    const struct authority_list *list = certificate_store_authorities(store, encoded);
    for (size_t i = 0; list != NULL && i < list->num_names; i++) {
        expect_inert(list->names[i].text, "");
    }
    return list;
}

/* A scheme, then the signature, as if over itself. */
static void verify(const struct certificate *c, struct bytes bytes) {
    uint16_t scheme = fuzz_u16(&bytes);
    if (c != NULL) {
        expect(certificate_verify_signature(c, scheme, &bytes, 1, bytes) != LINK_VERIFIED || c->usable_key, "only a usable key verifies");
    }
}

static void ask_list(const struct authority_list *list, const struct certificate *c) {
    enum name_match match = NAME_DIFFERENT;
    int index = authority_find_issuer(list, c, &match);
    expect(index < 0 || authority_match_issuer(list, (size_t)index, c) == match, "a name that is found matches");
    index = authority_find_subject(list, c, &match);
    expect(index < 0 || authority_match_subject(list, (size_t)index, c) == match, "a name that is found matches");
    authority_end_entity(list, &index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct certificate_store *store = fuzz_store(true);
    const struct certificate *chain[4];
    const struct authority_list *list = NULL;
    struct bytes input = bytes_of(data, len);
    struct chunk chunk;
    size_t num_chain = 0;
    while (num_chain < 4 && chunk_next(&input, &chunk)) {
        uint8_t *copy = fuzz_copy(chunk.data);
        struct bytes bytes = bytes_of(copy, chunk.data.len);
        const struct certificate *c = NULL;
        fail_by(chunk.tag >> 2);
        switch ((enum tag)(chunk.tag & 3)) {
        case CHAIN:
            c = certificate_store_add(store, bytes);
            break;
        case LIST:
            list = read_list(store, bytes);
            break;
        case NOTED:
            certificate_store_note(store, bytes, &(struct tlswatch_sighting){.mark.frame = 1});
            break;
        case SIGNATURE:
            verify(num_chain > 0 ? chain[0] : NULL, bytes);
            break;
        }
        fail_by(0);
        if (c != NULL) {
            expect(certificate_store_add(store, bytes) == c, "the same bytes are the same certificate");
            expect_sound_facts(c);
            expect_sound_answers(c);
            ask(store, c);
            chain[num_chain++] = c;
        }
        fuzz_release(copy);
    }
    for (size_t i = 0; list != NULL && i < num_chain; i++) {
        ask_list(list, chain[i]);
    }
    if (num_chain > 0) {
        walk(store, chain, num_chain, list);
    }
    return 0;
}
