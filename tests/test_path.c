/* The path from a leaf to the names that were advertised. Each row is a chain, a list, what the store knows besides, and
 * what record.md says about it. */
#include "certificates.h"
#include "tap.h"
#include "x509/path.h"

#define MAX 8

static struct certificate_store *store;

static void setup(void) {
    store = new_store();
    ck_assert_ptr_nonnull(store);
}

static void teardown(void) {
    certificate_store_free(store);
}

/* Walks a chain of fixtures ("!" is a malformed certificate) against the subjects of others; NULL: no list. */
static void walk(const char *const *chain, const char *const *names, struct path *out) {
    const struct certificate *certificates[LIMIT_CHAIN + 1];
    const struct authority_list *list = NULL;
    struct buffer encoded = {0};
    size_t num = 0;
    for (; chain[num] != NULL; num++) {
        certificates[num] = strcmp(chain[num], "!") == 0 ? certificate_store_add(store, bytes_of("!", 1)) : add(store, chain[num]);
    }
    if (names != NULL) {
        struct certificate_store *elsewhere = new_store();
        for (; *names != NULL; names++) {
            const struct tlswatch_name *subject = &add(elsewhere, *names)->facts.subject;
            const uint8_t len[2] = {(uint8_t)(subject->der_len >> 8), (uint8_t)subject->der_len};
            buffer_append(&encoded, bytes_of(len, 2), 1 << 20);
            buffer_append(&encoded, bytes_of(subject->der, subject->der_len), 1 << 20);
        }
        list = certificate_store_authorities(store, buffer_bytes(&encoded));
        certificate_store_free(elsewhere);
    }
    path_walk(store, certificates, num, list, out);
    buffer_clear(&encoded);
}

#define YES TLSWATCH_REACHED_YES
#define NO TLSWATCH_REACHED_NO
#define UNKNOWN TLSWATCH_REACHED_UNKNOWN

static const struct {
    const char *chain[MAX], *list[MAX], *known[MAX];
    enum tlswatch_reached reached;
    enum tlswatch_reach_how how;
    int at, authority;
    enum tlswatch_signatures signatures;
} reaches[] = {
        /* The issuer of the lowest certificate that reaches; the CA's own certificate at hand or not. */
        {{"leaf", "intermediate"}, {"root"}, {NULL}, YES, TLSWATCH_REACH_ISSUER_LISTED, 1, 0, TLSWATCH_UNVERIFIED},
        {{"leaf", "intermediate"}, {"root"}, {"root"}, YES, TLSWATCH_REACH_ISSUER_LISTED, 1, 0, TLSWATCH_VERIFIED},
        {{"leaf", "intermediate", "root"}, {"other", "root"}, {NULL}, YES, TLSWATCH_REACH_ISSUER_LISTED, 1, 1, TLSWATCH_VERIFIED},
        {{"leaf", "intermediate", "root"}, {"intermediate", "root"}, {NULL}, YES, TLSWATCH_REACH_ISSUER_LISTED, 0, 0, TLSWATCH_VERIFIED},
        {{"leaf"}, {"intermediate"}, {NULL}, YES, TLSWATCH_REACH_ISSUER_LISTED, 0, 0, TLSWATCH_UNVERIFIED},
        {{"leaf"}, {"intermediate"}, {"intermediate"}, YES, TLSWATCH_REACH_ISSUER_LISTED, 0, 0, TLSWATCH_VERIFIED},
        {{"leaf"}, {"intermediate"}, {"rekeyed"}, YES, TLSWATCH_REACH_ISSUER_LISTED, 0, 0, TLSWATCH_UNVERIFIED},
        {{"leaf", "root", "intermediate"}, {"root"}, {NULL}, YES, TLSWATCH_REACH_ISSUER_LISTED, 2, 0, TLSWATCH_VERIFIED},
        {{"leaf", "intermediate", "root", "cross"}, {"other"}, {NULL}, YES, TLSWATCH_REACH_ISSUER_LISTED, 3, 0, TLSWATCH_UNVERIFIED},
        /* Itself on the list. */
        {{"p384"}, {"root", "p384"}, {NULL}, YES, TLSWATCH_REACH_SUBJECT_LISTED, 0, 1, TLSWATCH_VERIFIED},
        {{"path-3"}, {"path-3"}, {NULL}, YES, TLSWATCH_REACH_SUBJECT_LISTED, 0, 0, TLSWATCH_VERIFIED},
        {{"leaf"}, {"leaf"}, {NULL}, NO, TLSWATCH_REACH_NOT_LISTED, 0, -1, TLSWATCH_UNVERIFIED},
        /* Not on the list: at is where the path ends. */
        {{"leaf"}, {"root"}, {NULL}, NO, TLSWATCH_REACH_NOT_LISTED, 0, -1, TLSWATCH_UNVERIFIED},
        {{"leaf"}, {"root"}, {"intermediate", "root"}, NO, TLSWATCH_REACH_NOT_LISTED, 0, -1, TLSWATCH_UNVERIFIED},
        {{"leaf", "intermediate", "root"}, {"other"}, {NULL}, NO, TLSWATCH_REACH_NOT_LISTED, 2, -1, TLSWATCH_VERIFIED},
        {{"leaf", "!", "intermediate"}, {"other"}, {NULL}, NO, TLSWATCH_REACH_NOT_LISTED, 2, -1, TLSWATCH_UNVERIFIED},
        {{"p384"}, {"root"}, {NULL}, NO, TLSWATCH_REACH_NOT_LISTED, 0, -1, TLSWATCH_VERIFIED},
        /* A listed name beside the path. */
        {{"leaf", "root"}, {"root"}, {NULL}, NO, TLSWATCH_REACH_CHAIN_BROKEN, 1, 0, TLSWATCH_UNVERIFIED},
        {{"leaf", "intermediate", "stranger"}, {"other"}, {NULL}, NO, TLSWATCH_REACH_CHAIN_BROKEN, 2, 0, TLSWATCH_UNVERIFIED},
        /* A signature that can be checked is wrong. */
        {{"leaf", "rekeyed", "root"}, {"root"}, {NULL}, NO, TLSWATCH_REACH_SIGNATURE_FAILED, 0, 0, TLSWATCH_VERIFY_FAILED},
        {{"leaf", "rekeyed-bare", "root"}, {"root"}, {NULL}, NO, TLSWATCH_REACH_SIGNATURE_FAILED, 0, 0, TLSWATCH_VERIFY_FAILED},
        {{"leaf", "intermediate", "root-2"}, {"root"}, {NULL}, NO, TLSWATCH_REACH_SIGNATURE_FAILED, 1, 0, TLSWATCH_VERIFY_FAILED},
        {{"hostile-nul", "root"}, {"root"}, {NULL}, NO, TLSWATCH_REACH_SIGNATURE_FAILED, 0, 0, TLSWATCH_VERIFY_FAILED},
        {{"leaf", "intermediate", "root-2"}, {"intermediate"}, {NULL}, YES, TLSWATCH_REACH_ISSUER_LISTED, 0, 0, TLSWATCH_VERIFIED},
        {{"leaf", "rekeyed", "root"}, {"other"}, {NULL}, NO, TLSWATCH_REACH_NOT_LISTED, 2, -1, TLSWATCH_VERIFY_FAILED},
        /* Nothing can be said. */
        {{"leaf"}, {NULL}, {NULL}, UNKNOWN, TLSWATCH_REACH_LIST_EMPTY, -1, -1, TLSWATCH_UNVERIFIED},
        {{"!", "intermediate"}, {"root"}, {NULL}, UNKNOWN, TLSWATCH_REACH_INCOMPLETE, -1, -1, TLSWATCH_UNVERIFIED},
};

START_TEST(reach_is_what_record_md_says) {
    struct path path;
    for (int i = 0; reaches[_i].known[i] != NULL; i++) {
        add(store, reaches[_i].known[i]);
    }
    walk(reaches[_i].chain, reaches[_i].list, &path);
    ck_assert_msg(path.reach.reached == reaches[_i].reached && path.reach.how == reaches[_i].how && path.reach.at == reaches[_i].at &&
                          path.reach.authority == reaches[_i].authority && path.reach.signatures == reaches[_i].signatures,
                  "row %d (%s ...): reached %d how %d at %d authority %d signatures %d", _i, reaches[_i].chain[0], (int)path.reach.reached,
                  (int)path.reach.how, path.reach.at, path.reach.authority, (int)path.reach.signatures);
}
END_TEST

static const struct {
    const char *chain[MAX];
    int path[MAX]; /* ends with -1 */
    bool misordered, ends_self_signed;
    int foreign, duplicate, failed_link;
} shapes[] = {
        {{"leaf"}, {0, -1}, false, false, -1, -1, -1},
        {{"leaf", "intermediate", "root"}, {0, 1, 2, -1}, false, true, -1, -1, -1},
        {{"leaf", "root", "intermediate"}, {0, 2, 1, -1}, true, true, -1, -1, -1},
        {{"leaf", "other", "intermediate", "root"}, {0, 2, 3, -1}, true, true, 1, -1, -1},
        {{"leaf", "intermediate", "stranger", "other"}, {0, 1, -1}, false, false, 2, -1, -1},
        {{"leaf", "intermediate", "intermediate", "root"}, {0, 1, 3, -1}, true, true, -1, 2, -1},
        {{"leaf", "leaf"}, {0, -1}, false, false, -1, 1, -1},
        {{"p384", "root"}, {0, -1}, false, true, 1, -1, -1},
        /* cross-signed: both certificates of the intermediate belong */
        {{"leaf", "intermediate", "cross", "root", "other"}, {0, 1, 3, -1}, true, true, -1, -1, -1},
        /* the key decides, then its identifier */
        {{"leaf", "rekeyed", "intermediate"}, {0, 2, -1}, true, false, 1, -1, -1},
        {{"leaf", "rekeyed-bare", "root"}, {0, 1, 2, -1}, false, true, -1, -1, 0},
        {{"leaf", "!", "intermediate"}, {0, 2, -1}, true, false, -1, -1, -1},
        /* the root's name under two keys */
        {{"leaf", "intermediate", "root-2", "root"}, {0, 1, 3, -1}, true, true, 2, -1, -1},
};

static void check_shape(int _i, const char *const *list, struct path *out) {
    struct path path;
    size_t num = 0;
    walk(shapes[_i].chain, list, &path);
    for (; shapes[_i].path[num] >= 0; num++) {
        ck_assert_msg(num < path.num_path && path.path[num] == (size_t)shapes[_i].path[num], "row %d, step %zu", _i, num);
        ck_assert(path.in_path[path.path[num]]);
    }
    ck_assert_uint_eq(path.num_path, num);
    ck_assert_int_eq(path.misordered, shapes[_i].misordered);
    ck_assert_int_eq(path.ends_self_signed, shapes[_i].ends_self_signed);
    ck_assert_int_eq(path.foreign, shapes[_i].foreign);
    ck_assert_int_eq(path.duplicate, shapes[_i].duplicate);
    ck_assert(!path.malformed_leaf);
    *out = path;
}

START_TEST(the_path_follows_names_and_keys) {
    struct path path;
    check_shape(_i, (const char *const[]){"host-good", NULL}, &path);
    ck_assert_int_eq(path.failed_link, shapes[_i].failed_link);
    ck_assert_int_eq(path.reach.reached, NO);
    check_shape(_i, NULL, &path);
    ck_assert_int_eq(path.reach.reached, UNKNOWN);
}
END_TEST

static const struct {
    const char *chain[MAX], *list[MAX], *known[MAX], *bridge, *rekeyed;
    bool reaches;
    int authority;
} bridges[] = {
        {{"leaf"}, {"root"}, {NULL}, NULL, NULL, false, -1},
        {{"leaf"}, {"root"}, {"intermediate"}, "intermediate", NULL, true, 0},
        {{"leaf"}, {"other", "root"}, {"intermediate"}, "intermediate", NULL, true, 1},
        /* two steps up; the one that reaches is preferred */
        {{"leaf"}, {"stranger"}, {"intermediate", "root"}, "intermediate", NULL, false, -1},
        {{"leaf"}, {"other"}, {"intermediate", "root", "cross"}, "cross", NULL, true, 0},
        {{"leaf"}, {"other"}, {"rekeyed", "root"}, NULL, "rekeyed", false, -1},
        {{"leaf"}, {"root"}, {"rekeyed", "rekeyed-bare", "intermediate"}, "intermediate", NULL, true, 0},
        {{"leaf", "intermediate"}, {"root"}, {"root-2"}, NULL, "root-2", false, -1},
        {{"leaf", "intermediate"}, {"root"}, {"root-2", "root"}, "root", NULL, true, 0},
        {{"leaf", "intermediate", "root"}, {"root"}, {"root-2"}, NULL, NULL, false, -1},
};

START_TEST(certificates_seen_elsewhere_close_a_gap) {
    struct path path;
    for (int i = 0; bridges[_i].known[i] != NULL; i++) {
        add(store, bridges[_i].known[i]);
    }
    walk(bridges[_i].chain, bridges[_i].list, &path);
    ck_assert_ptr_eq(path.bridge, bridges[_i].bridge != NULL ? add(store, bridges[_i].bridge) : NULL);
    ck_assert_ptr_eq(path.rekeyed, bridges[_i].rekeyed != NULL ? add(store, bridges[_i].rekeyed) : NULL);
    ck_assert_int_eq(path.bridge_reaches, bridges[_i].reaches);
    ck_assert_int_eq(path.bridge_authority, bridges[_i].authority);
}
END_TEST

START_TEST(a_name_in_other_bytes_reaches_and_says_so) {
    struct path path;
    walk((const char *const[]){"name-utf8", NULL}, (const char *const[]){"name-bmp", NULL}, &path);
    ck_assert_int_eq(path.reach.how, TLSWATCH_REACH_SUBJECT_LISTED);
    ck_assert_int_eq(path.match, NAME_EQUAL);
    walk((const char *const[]){"leaf", NULL}, (const char *const[]){"intermediate", NULL}, &path);
    ck_assert_int_eq(path.match, NAME_IDENTICAL);
    walk((const char *const[]){"leaf", NULL}, (const char *const[]){"other", NULL}, &path);
    ck_assert_int_eq(path.match, NAME_DIFFERENT);
}
END_TEST

/* 40 certificates of one name, each its own issuer by name: the walk ends, within its bounds. */
START_TEST(namesakes_without_end_are_bounded) {
    const struct certificate *chain[40];
    struct buffer der = read_fixture("root.der");
    struct path path;
    for (int i = 0; i < 40; i++) {
        der.p[der.len - 1] = (uint8_t)(i + 100);
        der.p[der.len - 2] = (uint8_t)(i * 3);
        chain[i] = certificate_store_add(store, buffer_bytes(&der));
        ck_assert(chain[i]->facts.self_issued && !chain[i]->facts.self_signed);
    }
    path_walk(store, chain, 40, NULL, &path);
    ck_assert_uint_eq(path.num_path, LIMIT_CHAIN);
    buffer_clear(&der);
}
END_TEST

/* p521 under other names as long as its own. */
static const struct certificate *add_named(const char *subject, const char *issuer) {
    struct buffer der = read_fixture("p521.der");
    uint8_t *first = memmem(der.p, der.len, "p521", 4);
    ck_assert_ptr_nonnull(first);
    uint8_t *second = memmem(first + 4, der.len - (size_t)(first + 4 - der.p), "p521", 4);
    ck_assert_ptr_nonnull(second);
    memcpy(first, issuer, 4);
    memcpy(second, subject, 4);
    const struct certificate *c = certificate_store_add(store, buffer_bytes(&der));
    ck_assert(c != NULL && c->facts.malformed == NULL);
    buffer_clear(&der);
    return c;
}

START_TEST(cas_that_certify_each_other_are_gone_through_once) {
    const struct certificate *chain[] = {add_named("leaf", "ca-1"), add_named("ca-1", "ca-2"), add_named("ca-2", "ca-1"),
                                         add(store, "root"), add(store, "p384")};
    struct path path;
    path_walk(store, chain, 5, NULL, &path);
    ck_assert_uint_eq(path.num_path, 3);
    for (size_t i = 0; i < path.num_path; i++) {
        ck_assert_uint_eq(path.path[i], i);
    }
    ck_assert_int_eq(path.foreign, 3);
}
END_TEST

START_TEST(an_empty_chain_says_nothing) {
    struct path path;
    walk((const char *const[]){NULL}, (const char *const[]){"root", NULL}, &path);
    ck_assert(path.malformed_leaf);
    ck_assert_uint_eq(path.num_path, 0);
    ck_assert_int_eq(path.reach.how, TLSWATCH_REACH_INCOMPLETE);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("path");
    TCase *tcase = tcase_create("path");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, reach_is_what_record_md_says, 0, sizeof reaches / sizeof reaches[0]);
    tcase_add_loop_test(tcase, the_path_follows_names_and_keys, 0, sizeof shapes / sizeof shapes[0]);
    tcase_add_loop_test(tcase, certificates_seen_elsewhere_close_a_gap, 0, sizeof bridges / sizeof bridges[0]);
    tcase_add_test(tcase, a_name_in_other_bytes_reaches_and_says_so);
    tcase_add_test(tcase, namesakes_without_end_are_bounded);
    tcase_add_test(tcase, cas_that_certify_each_other_are_gone_through_once);
    tcase_add_test(tcase, an_empty_chain_says_nothing);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
