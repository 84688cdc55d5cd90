/* What computing with strangers' keys may cost: what can't be paid is unchecked, and never wrong. Which keys cost much: `openssl speed`. */
#include "x509/budget.h"

#include "certificates.h"
#include "tap.h"
#include "x509/path.h"
#include "x509/trust.h"

static struct certificate_store *store;
static struct signature_budget budget;
static struct buffer message;

static void setup(void) {
    store = new_store();
    message = read_fixture("message.bin");
    ck_assert_uint_eq(message.len, 1000);
    signature_budget_init(&budget);
}

static void teardown(void) {
    certificate_store_free(store);
    buffer_clear(&message);
}

static enum link verify(const struct certificate *c, uint16_t scheme, const char *file) {
    struct buffer signature = read_fixture(file);
    const struct bytes piece = buffer_bytes(&message);
    ck_assert_uint_gt(signature.len, 0);
    enum link link = certificate_verify_signature(c, scheme, &piece, 1, buffer_bytes(&signature));
    buffer_clear(&signature);
    return link;
}

static const struct {
    const char *certificate, *signature;
    uint16_t scheme;
    bool is_free;
} keys[] = {
        {"rsa-3072", "0401-rsa-3072.sig", 0x0401, true},
        {"rsa-pss", "0809-rsa-pss.sig", 0x0809, true},
        {"leaf", "0403-leaf.sig", 0x0403, true},
        {"ed25519", "0807-ed25519.sig", 0x0807, true},
        {"p384", "0503-p384.sig", 0x0503, false},
        {"p521", "0403-p521.sig", 0x0403, false},
        {"brainpool", "081a-brainpool.sig", 0x081a, false},
        {"ed448", "0808-ed448.sig", 0x0808, false},
        {"dsa", "0402-dsa.sig", 0x0402, false},
};

#define NUM_KEYS ((int)(sizeof keys / sizeof *keys))

START_TEST(a_signature_that_cannot_be_paid_is_unchecked) {
    const struct certificate *c = add(store, keys[_i].certificate);
    certificate_store_charge(store, &budget);
    budget.shared_us = 0;
    enum link without = verify(c, keys[_i].scheme, keys[_i].signature);
    ck_assert_msg(without == (keys[_i].is_free ? LINK_VERIFIED : LINK_UNCHECKED), "%s", keys[_i].certificate);
    ck_assert_uint_eq(certificate_store_num_unpaid(store), !keys[_i].is_free);
    signature_budget_init(&budget);
    ck_assert_int_eq(verify(c, keys[_i].scheme, keys[_i].signature), LINK_VERIFIED);
    ck_assert_uint_eq(certificate_store_num_unpaid(store), 0);
}
END_TEST

/* So many of one conversation as can be paid with what is left. */
static unsigned pay_all(const struct certificate *c) {
    unsigned num = 0;
    while (signature_budget_pay(&budget, c)) {
        num++;
    }
    ck_assert_uint_gt(budget.num_refused, 0);
    return num;
}

START_TEST(a_conversation_has_its_own_bound) {
    const struct certificate *c = add(store, "p521");
    unsigned first = pay_all(c);
    ck_assert_uint_ge(first, 10); /* a chain of five, and both sides' signatures */
    ck_assert_uint_eq(first, LIMIT_SIGNATURES_US_EACH / signature_cost_us(c));
    ck_assert_uint_eq(pay_all(c), 0);
    signature_budget_begin(&budget, 0);
    ck_assert_uint_eq(budget.num_refused, 0);
    ck_assert_uint_eq(pay_all(c), first);
}
END_TEST

/* In microseconds: of so many conversations that each take all they may, at one time. */
static uint32_t spend(unsigned num_conversations, int64_t time_ns) {
    const struct certificate *c = add(store, "p384");
    uint32_t sum = 0;
    for (unsigned i = 0; i < num_conversations; i++) {
        signature_budget_begin(&budget, time_ns);
        sum += pay_all(c) * signature_cost_us(c);
    }
    return sum;
}

START_TEST(all_conversations_share_a_bound_in_time) {
    const uint32_t each = signature_cost_us(add(store, "p384")); /* less than this is left each time */
    ck_assert_uint_le(spend(1000, 0), LIMIT_SIGNATURES_US);
    ck_assert_uint_le(spend(1000, 10 * SECOND_NS), LIMIT_SIGNATURES_US); /* a pause earns no more than it holds */
    ck_assert_uint_lt(budget.shared_us, each);
    uint32_t minute = 0;
    for (int tenths = 1; tenths <= 600; tenths++) {
        minute += spend(100, 10 * SECOND_NS + tenths * SECOND_NS / 10);
    }
    ck_assert_uint_le(minute, 60 * LIMIT_SIGNATURES_US_PER_S + each);
    ck_assert_uint_ge(minute, 60 * LIMIT_SIGNATURES_US_PER_S - each);
    ck_assert_uint_eq(spend(100, 70 * SECOND_NS), 0);
}
END_TEST

START_TEST(what_one_conversation_can_not_pay_another_can) {
    const struct certificate *dear = add(store, "p521");
    pay_all(dear);
    certificate_store_charge(store, &budget);
    ck_assert_int_eq(verify(dear, 0x0403, "0403-p521.sig"), LINK_UNCHECKED);
    signature_budget_begin(&budget, 0);
    ck_assert_int_eq(verify(dear, 0x0403, "0403-p521.sig"), LINK_VERIFIED);
}
END_TEST

/* The same names and another signature; n is not 0. */
static const struct certificate *add_forged(uint8_t n) {
    struct buffer der = read_fixture("p521.der");
    der.p[der.len - 1] ^= n;
    const struct certificate *c = certificate_store_add(store, buffer_bytes(&der));
    buffer_clear(&der);
    return c;
}

/* Whether it is self-signed decides what is said of everything below it. */
START_TEST(a_self_issued_certificate_that_can_not_be_paid_is_read_when_it_comes_again) {
    certificate_store_charge(store, &budget);
    budget.own_us = 0;
    ck_assert_ptr_null(add(store, "p521"));
    ck_assert_uint_eq(certificate_store_num_unpaid(store), 1);
    ck_assert_ptr_null(add(store, "p521"));
    ck_assert_ptr_nonnull(add(store, "leaf"));
    signature_budget_begin(&budget, 0);
    const struct certificate *c = add(store, "p521");
    ck_assert_ptr_nonnull(c);
    ck_assert(c->facts.self_signed);
}
END_TEST

START_TEST(a_self_issued_certificate_whose_signature_fails_is_paid_twice_or_not_read) {
    certificate_store_charge(store, &budget);
    budget.own_us = signature_cost_us(add(store, "p521"));
    ck_assert_ptr_null(add_forged(1));
    signature_budget_begin(&budget, 0);
    const struct certificate *c = add_forged(1);
    ck_assert_ptr_nonnull(c);
    ck_assert(!c->facts.self_signed);
    ck_assert_uint_eq(budget.own_us, LIMIT_SIGNATURES_US_EACH - 2 * signature_cost_us(c));
}
END_TEST

START_TEST(a_link_that_can_not_be_paid_is_asked_again) {
    const struct certificate *issuer = add(store, "p521"), *forged = add_forged(1);
    ck_assert(issuer->facts.self_signed && !forged->facts.self_signed);
    certificate_store_charge(store, &budget);
    for (uint32_t payable = 0; payable < 2; payable++) { /* it takes two to be sure that it fails */
        budget.own_us = payable * signature_cost_us(issuer);
        ck_assert_int_eq(certificate_issued_by(store, forged, issuer), LINK_UNCHECKED);
    }
    signature_budget_begin(&budget, 0);
    ck_assert_int_eq(certificate_issued_by(store, forged, issuer), LINK_FAILED);
    budget.own_us = 0;
    ck_assert_int_eq(certificate_issued_by(store, forged, issuer), LINK_FAILED); /* it is known now */
}
END_TEST

START_TEST(a_chain_of_namesakes_asks_for_no_more_than_its_bound) {
    const struct certificate *chain[LIMIT_CHAIN];
    struct path path;
    for (uint8_t i = 0; i < LIMIT_CHAIN; i++) {
        chain[i] = add_forged(i + 1);
    }
    const uint32_t plenty = 2 * LIMIT_CHAIN * LIMIT_CHAIN * signature_cost_us(chain[0]);
    budget = (struct signature_budget){.shared_us = plenty, .own_us = plenty};
    certificate_store_charge(store, &budget);
    path_walk(store, chain, LIMIT_CHAIN, NULL, &path);
    ck_assert_uint_eq(budget.num_refused, 0);
    /* Each is computed twice, since it fails. */
    ck_assert_uint_eq((plenty - budget.own_us) / signature_cost_us(chain[0]), 2 * LIMIT_SIGNATURES);
    ck_assert_int_eq(path.failed_link, 0); /* what was asked for first */
}
END_TEST

START_TEST(a_chain_that_can_not_be_paid_has_no_verdict_of_trust) {
    struct buffer der = read_fixture("p521.der");
    struct bundle read;
    struct trust *trust = trust_new(store, buffer_bytes(&der), "ca.der", &read);
    const struct certificate *chain[] = {add(store, "p521")};
    struct trust_verdict verdict = {.with = NULL};
    certificate_store_charge(store, &budget);
    budget.shared_us = 0;
    ck_assert(!trust_verify(trust, chain, 1, NULL, 0, TLSWATCH_CLIENT, 1790000000, &verdict));
    ck_assert_ptr_null(verdict.with);
    signature_budget_init(&budget);
    ck_assert(trust_verify(trust, chain, 1, NULL, 0, TLSWATCH_CLIENT, 1790000000, &verdict));
    ck_assert_int_eq(verdict.failure, TRUST_VERIFIES);
    trust_free(trust);
    buffer_clear(&der);
}
END_TEST

/* By `openssl verify -CAfile p521 -partial_chain` the one verifies and the other does not: no issuer is found. */
START_TEST(a_verdict_of_trust_is_paid_once_where_the_chain_verifies) {
    struct buffer der = read_fixture("p521.der");
    struct bundle read;
    struct trust *trust = trust_new(store, buffer_bytes(&der), "ca.der", &read);
    const struct certificate *good = add(store, "p521"), *bad = add(store, "ed448");
    const uint32_t dearest = signature_cost_us(good);
    struct trust_verdict verdict;
    certificate_store_charge(store, &budget);
    ck_assert(trust_verify(trust, &good, 1, NULL, 0, TLSWATCH_CLIENT, 1790000000, &verdict));
    ck_assert_uint_eq(budget.own_us, LIMIT_SIGNATURES_US_EACH - 2 * dearest);
    signature_budget_begin(&budget, 0);
    ck_assert(trust_verify(trust, &bad, 1, NULL, 0, TLSWATCH_CLIENT, 1790000000, &verdict));
    ck_assert_int_eq(verdict.failure, TRUST_NO_ISSUER);
    ck_assert_uint_eq(budget.own_us, LIMIT_SIGNATURES_US_EACH - 2 * (dearest + signature_cost_us(bad)));
    trust_free(trust);
    buffer_clear(&der);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("budget");
    TCase *cases = tcase_create("budget");
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, a_signature_that_cannot_be_paid_is_unchecked, 0, NUM_KEYS);
    tcase_add_test(cases, a_conversation_has_its_own_bound);
    tcase_add_test(cases, all_conversations_share_a_bound_in_time);
    tcase_add_test(cases, what_one_conversation_can_not_pay_another_can);
    tcase_add_test(cases, a_self_issued_certificate_that_can_not_be_paid_is_read_when_it_comes_again);
    tcase_add_test(cases, a_self_issued_certificate_whose_signature_fails_is_paid_twice_or_not_read);
    tcase_add_test(cases, a_link_that_can_not_be_paid_is_asked_again);
    tcase_add_test(cases, a_chain_of_namesakes_asks_for_no_more_than_its_bound);
    tcase_add_test(cases, a_chain_that_can_not_be_paid_has_no_verdict_of_trust);
    tcase_add_test(cases, a_verdict_of_trust_is_paid_once_where_the_chain_verifies);
    suite_add_tcase(suite, cases);
    return tap_run(suite);
}
