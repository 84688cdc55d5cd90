#include "x509/trust.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "x509/internal.h"

/* A chain as it was judged: the same from one begin or end of a certificate's validity to the next. */
struct judged {
    const struct certificate *chain[LIMIT_TRUST_CHAIN];
    size_t num_chain; /* 0: empty */
    enum tlswatch_side holder;
    int64_t from, to; /* seconds, `to` not included */
    struct trust_verdict verdict;
};

struct trust {
    struct certificate_store *store;
    const char *name;
    X509_STORE *anchors;
    const struct certificate **certificates;
    size_t num_certificates;
    const struct certificate *dearest; /* of them: whose key costs most to compute with */
    struct judged judged[LIMIT_TRUST_JUDGED];
};

static bool hold(void *user, const struct certificate *c) {
    struct trust *t = user;
    const struct certificate **grown = realloc(t->certificates, (t->num_certificates + 1) * sizeof(*grown));
    if (grown == NULL) {
        return false;
    }
    t->certificates = grown;
    X509 *x = certificate_x509_complete(c);
    /* What its extensions say is found out once: that is now. */
    bool known = x != NULL && (X509_check_purpose(x, -1, 0) == 1 || !memory_was_exhausted());
    bool added = known && X509_STORE_add_cert(t->anchors, x) == 1;
    X509_free(x);
    if (added) {
        t->certificates[t->num_certificates++] = c;
        t->dearest = t->dearest == NULL || signature_cost_us(c) > signature_cost_us(t->dearest) ? c : t->dearest;
    }
    return added;
}

struct trust *trust_new(struct certificate_store *store, struct bytes file, const char *name, struct bundle *read) {
    struct trust *t = calloc(1, sizeof *t);
    *read = (struct bundle){.num_refused = 1, .why = "memory is exhausted"};
    if (t == NULL || (t->anchors = X509_STORE_new()) == NULL) {
        trust_free(t);
        return NULL;
    }
    t->store = store;
    bundle_read(store, file, name, hold, t, read);
    t->name = read->name;
    if (t->num_certificates == 0) {
        trust_free(t);
        return NULL;
    }
    return t;
}

void trust_free(struct trust *trust) {
    if (trust != NULL) {
        X509_STORE_free(trust->anchors);
        free(trust->certificates);
        free(trust);
    }
}

const char *trust_name(const struct trust *trust) {
    return trust->name;
}

bool trust_holds(const struct trust *trust, const struct certificate *c) {
    for (size_t i = 0; i < trust->num_certificates; i++) {
        if (trust->certificates[i] == c) {
            return true;
        }
    }
    return false;
}

static enum trust_failure failure_of(int error) {
    switch (error) {
    case X509_V_OK:
        return TRUST_VERIFIES;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return TRUST_NO_ISSUER;
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        return TRUST_SIGNATURE;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return TRUST_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return TRUST_NOT_YET_VALID;
    default:
        return TRUST_OTHER;
    }
}

static bool push(STACK_OF(X509) * stack, const struct certificate *c) {
    X509 *x = certificate_x509_complete(c);
    if (c->facts.malformed != NULL) {
        return true;
    }
    if (x == NULL || sk_X509_push(stack, x) == 0) {
        X509_free(x);
        return false;
    }
    return true;
}

static bool is_in_chain(const struct judged *j, X509 *x) {
    for (size_t i = 0; i < j->num_chain; i++) {
        X509 *c = certificate_x509_complete(j->chain[i]);
        bool same = c != NULL && X509_cmp(c, x) == 0;
        X509_free(c);
        if (same) {
            return true;
        }
    }
    return false;
}

/* False where memory is exhausted. */
static bool run(X509_STORE_CTX *context, struct judged *j, const struct trust *t, int64_t time) {
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
    X509_STORE_CTX_set_purpose(context, j->holder == TLSWATCH_CLIENT ? X509_PURPOSE_SSL_CLIENT : X509_PURPOSE_SSL_SERVER);
    X509_VERIFY_PARAM_set_time(param, (time_t)time);
    ERR_set_mark();
    int verified = X509_verify_cert(context), error = X509_STORE_CTX_get_error(context);
    bool exhausted = verified != 1 && (memory_was_exhausted() || error == X509_V_ERR_OUT_OF_MEM);
    ERR_pop_to_mark();
    if (exhausted) {
        return false;
    }
    j->verdict = (struct trust_verdict){.with = t, .failure = verified == 1 ? TRUST_VERIFIES : failure_of(error)};
    if (verified != 1) {
        X509 *at = X509_STORE_CTX_get_current_cert(context);
        j->verdict.failure = j->verdict.failure == TRUST_VERIFIES ? TRUST_OTHER : j->verdict.failure;
        j->verdict.error = X509_verify_cert_error_string(error);
        j->verdict.depth = X509_STORE_CTX_get_error_depth(context);
        j->verdict.beyond_chain = at != NULL && !is_in_chain(j, at);
    }
    return true;
}

static bool verify(const struct trust *t, struct judged *j, int64_t time) {
    ERR_clear_error(); /* what failed before must not be taken for what fails here */
    X509_STORE_CTX *context = X509_STORE_CTX_new_ex(t->store->libcrypto, NULL);
    STACK_OF(X509) *sent = sk_X509_new_null();
    X509 *leaf = certificate_x509_complete(j->chain[0]);
    bool ready = context != NULL && sent != NULL && leaf != NULL;
    for (size_t i = 1; i < j->num_chain && ready; i++) {
        ready = push(sent, j->chain[i]);
    }
    ready = ready && X509_STORE_CTX_init(context, t->anchors, leaf, sent) == 1 && run(context, j, t, time);
    X509_STORE_CTX_free(context);
    sk_X509_pop_free(sent, X509_free);
    X509_free(leaf);
    return ready;
}

static bool is_same_verdict(const struct trust_verdict *a, const struct trust_verdict *b) {
    return a->failure == b->failure && a->error == b->error && a->depth == b->depth && a->beyond_chain == b->beyond_chain;
}

/* At most as many signatures as there are certificates, and one by a key of the file. */
static bool can_afford(const struct trust *t, const struct judged *j) {
    bool can = store_can_afford(t->store, t->dearest);
    for (size_t i = 0; i < j->num_chain && can; i++) {
        can = store_can_afford(t->store, j->chain[i]);
    }
    return can;
}

struct reasons {
    struct trust_verdict all[MOST_ANSWERS];
    size_t num;
};

/* A chain fails by the first reason, or by one that was given before; another one is none. */
static enum answer ask(const struct trust *t, struct judged *j, int64_t time, struct reasons *before) {
    if (!verify(t, j, time)) {
        return ANSWER_NONE;
    }
    if (j->verdict.failure == TRUST_VERIFIES) {
        return ANSWER_YES;
    }
    bool counts = before->num == 0;
    for (size_t i = 0; i < before->num && !counts; i++) {
        counts = is_same_verdict(&before->all[i], &j->verdict);
    }
    before->all[before->num++] = j->verdict;
    return counts ? ANSWER_NO : ANSWER_NONE;
}

static bool verify_surely(const struct trust *t, struct judged *j, int64_t time) {
    struct answers answers = {0};
    struct reasons reasons = {.num = 0};
    enum answer answer;
    do {
        if (!can_afford(t, j)) {
            return false;
        }
        answer = ask(t, j, time, &reasons);
    } while (!answer_counts(&answers, answer));
    return answer != ANSWER_NONE;
}

static void narrow(struct judged *j, const struct certificate *c, int64_t time) {
    /* RFC 5280, 4.1.2.5 counts the last second in, OpenSSL 3.0 does not. */
    const int64_t changes[] = {c->facts.not_before, c->facts.not_after, c->facts.not_after + 1};
    for (size_t i = 0; i < 3; i++) {
        if (changes[i] <= time && changes[i] > j->from) {
            j->from = changes[i];
        } else if (changes[i] > time && changes[i] < j->to) {
            j->to = changes[i];
        }
    }
}

static void find_span(const struct trust *t, struct judged *j, int64_t time) {
    j->from = INT64_MIN;
    j->to = INT64_MAX;
    for (size_t i = 0; i < j->num_chain; i++) {
        narrow(j, j->chain[i], time);
    }
    for (size_t i = 0; i < t->num_certificates; i++) {
        narrow(j, t->certificates[i], time);
    }
}

static bool is_same(const struct judged *a, const struct judged *b, int64_t time) {
    return a->num_chain == b->num_chain && a->holder == b->holder && time >= a->from && time < a->to &&
           memcmp(a->chain, b->chain, b->num_chain * sizeof(*b->chain)) == 0;
}

/* By what was sent, not by where it lies: the leaf's hash is as good as random. */
static struct judged *place_of(struct trust *t, const struct judged *j) {
    size_t slot = (size_t)strtoul((char[]){j->chain[0]->facts.sha256[0], j->chain[0]->facts.sha256[1], j->chain[0]->facts.sha256[2], '\0'},
                                  NULL, 16);
    return &t->judged[(slot + j->num_chain) % LIMIT_TRUST_JUDGED];
}

bool trust_verify(struct trust *trust, const struct certificate *const *chain, size_t num_chain, const struct certificate *const *known,
                  size_t num_known, enum tlswatch_side holder, int64_t time, struct trust_verdict *out) {
    struct judged j = {.holder = holder};
    if (num_chain == 0 || chain[0]->facts.malformed != NULL || (time_t)time != time) {
        return false;
    }
    for (size_t i = 0; i < num_chain && j.num_chain < LIMIT_TRUST_CHAIN; i++) {
        j.chain[j.num_chain++] = chain[i];
    }
    for (size_t i = 0; i < num_known && j.num_chain < LIMIT_TRUST_CHAIN; i++) {
        j.chain[j.num_chain++] = known[i];
    }
    struct judged *place = place_of(trust, &j);
    if (!is_same(place, &j, time)) {
        find_span(trust, &j, time);
        if (!verify_surely(trust, &j, time)) {
            return false;
        }
        *place = j;
    }
    *out = place->verdict;
    return true;
}
