#include "judge.h"

#include "diagnosis/verdict.h"
#include "record.h"

bool judge_init(struct judge *j, const struct hash_key *key, size_t memory) {
    j->key = *key;
    j->store_bound = memory / 4;
    j->memory.bound = memory / 32;
    j->arena.memory = &j->memory;
    j->store = certificate_store_new(key, j->store_bound);
    return j->store != NULL;
}

void judge_clear(struct judge *j) {
    trust_set_clear(&j->trusts);
    certificate_store_free(j->store);
    given_clear(&j->given);
    arena_clear(&j->arena);
    memory_clear(&j->memory);
}

enum tlswatch_outdated judge_outdated(const struct judge *j) {
    enum tlswatch_outdated now = certificate_store_outdated(j->store);
    return now > j->outdated ? now : j->outdated;
}

void judge_begin(struct judge *j) {
    signature_budget_init(&j->budget);
    signature_budget_init(&j->held_budget);
    certificate_store_settle(j->store);
    certificate_store_set_number(j->store, ++j->num_stores);
    j->collecting = false;
    j->outdated = TLSWATCH_UP_TO_DATE;
    j->statistics = (struct tlswatch_statistics){0};
}

static void tell(struct judge *j, const struct tlswatch_record *record) {
    j->statistics.conversations++;
    j->statistics.outcomes[record->outcome]++;
    j->callback(j->user, record);
}

/* What was put together while memory was refused may lack what the verdict should rest on. */
static void judge(struct judge *j, const struct ended *e) {
    struct facts facts;
    struct verdict verdict;
    struct tlswatch_record record;
    uint64_t refused = j->memory.refused;
    facts_collect_course(&facts, e->conversation, &e->flow, e->how, &j->arena);
    facts_collect_certificates(&facts, j->store, &j->trusts, &j->arena);
    j->statistics.limits_hit += facts_limits_hit(&facts);
    if (verdict_find(&facts, &j->arena, &verdict) && record_build(&record, &facts, &verdict, e->kernel_drops, &j->arena) &&
        j->memory.refused == refused) {
        tell(j, &record);
    } else {
        j->statistics.limits_hit++;
    }
    arena_reset(&j->arena);
}

bool judge_next(struct judge *j) {
    struct ended *e = held_take(&j->held);
    if (e == NULL) {
        return false;
    }
    if (!j->collecting) {
        signature_budget_begin(&j->held_budget, e->time_ns);
        certificate_store_charge(j->store, &j->held_budget);
        judge(j, e);
        certificate_store_charge(j->store, &j->budget);
    }
    j->owner.give_back(j->owner.user, e);
    return true;
}

void judge_rest(struct judge *j) {
    while (judge_next(j)) {
    }
}

/* The store is full: what was seen is forgotten, and what was given is read again. No certificate is in use now. */
static void forget_certificates(struct judge *j) {
    judge_rest(j);
    struct certificate_store *fresh = certificate_store_new(&j->key, j->store_bound);
    j->statistics.limits_hit++;
    if (fresh == NULL) {
        return;
    }
    j->outdated = judge_outdated(j);
    trust_set_clear(&j->trusts);
    certificate_store_free(j->store);
    j->store = fresh;
    given_read(&j->given, j->store, &j->trusts);
    certificate_store_charge(j->store, &j->budget);
    certificate_store_settle(j->store);
    certificate_store_set_number(j->store, ++j->num_stores);
}

/* Who counts the good ones need not know more of this one. */
static bool is_told_in_brief(struct judge *j, const struct ended *e) {
    struct facts facts;
    if (!j->brief || j->trusts.first != NULL) {
        return false;
    }
    if (facts_course_is_plain(e->conversation, &e->flow, e->how)) {
        return true;
    }
    facts_collect_course(&facts, e->conversation, &e->flow, e->how, &j->arena);
    bool well = facts_went_well(&facts);
    arena_reset(&j->arena);
    return well;
}

static void tell_in_brief(struct judge *j, const struct ended *e) {
    facts_gather(e->conversation, &e->flow, j->store);
    tell(j, &(struct tlswatch_record){.outcome = TLSWATCH_COMPLETED,
                                      .confidence = TLSWATCH_CERTAIN,
                                      .ipv6 = e->flow.ipv6,
                                      .start = e->flow.first,
                                      .end = e->flow.last,
                                      .stream = e->flow.stream,
                                      .established = true});
}

/* Its certificates count for those before it at once. */
static bool hold(struct judge *j, struct ended *e) {
    struct ended *kept = j->holding ? j->owner.keep(j->owner.user, e) : NULL;
    if (kept == NULL) {
        return false;
    }
    held_add(&j->held, kept);
    facts_gather_read(kept->conversation, &kept->flow, j->store);
    while (j->held.num > LIMIT_HELD_CONVERSATIONS) {
        judge_next(j);
    }
    return true;
}

static bool give_out(struct judge *j, struct ended *e) {
    if (certificate_store_overflowed(j->store)) {
        forget_certificates(j);
    }
    if (is_told_in_brief(j, e)) {
        tell_in_brief(j, e);
    } else if (hold(j, e)) {
        return true;
    } else {
        judge_rest(j);
        judge(j, e);
    }
    return false;
}

bool judge_take(struct judge *j, struct ended *e) {
    signature_budget_begin(&j->budget, e->time_ns);
    certificate_store_charge(j->store, &j->budget);
    if (j->collecting) {
        facts_gather(e->conversation, &e->flow, j->store);
        return false;
    }
    return e->deserves_record && give_out(j, e);
}
