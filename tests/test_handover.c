/* Between the thread that reads and the one that judges: how much may be on its way, and that nothing waits for the judge. */
#include "handover.h"

#include "base/limits.h"
#include "tap.h"

#include <pthread.h>

static struct memory memory;
static struct judge judge;
static struct handover *handover;

/* The judge can't go on while the test holds it. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static uint64_t told, in_order;
static pthread_t teller;
static int64_t now_ns; /* when what is pushed ended */

static void on_record(void *user, const struct tlswatch_record *record) {
    (void)user;
    pthread_mutex_lock(&gate);
    teller = pthread_self();
    in_order += record->stream == told++;
    pthread_mutex_unlock(&gate);
}

static void set_up(void) {
    struct hash_key key = {1, 2};
    memory = (struct memory){.bound = LIMIT_MEMORY};
    told = in_order = 0;
    now_ns = 0;
    judge = (struct judge){.callback = on_record};
    ck_assert(judge_init(&judge, &key, LIMIT_MEMORY));
    judge_begin(&judge);
    handover = handover_new(&judge, &memory);
    ck_assert_ptr_nonnull(handover);
}

static void tear_down(void) {
    handover_free(handover);
    judge_clear(&judge);
    ck_assert_uint_eq(memory.held, 0);
    memory_clear(&memory);
}

static bool push(uint64_t number, bool soon) {
    struct conversation *c = memory_new(&memory, sizeof *c);
    struct ended e = {.flow.stream = number, .conversation = c, .how = FLOW_END_CLOSED, .deserves_record = true, .time_ns = now_ns};
    conversation_init(c, FORWARD, &memory);
    bool taken = handover_push(handover, &e, soon);
    if (!taken) {
        conversation_free(c, &memory);
    }
    return taken;
}

static uint64_t push_until_refused(bool soon) {
    uint64_t num = 0;
    while (push(num, soon)) {
        num++;
    }
    return num;
}

START_TEST(all_are_judged_in_their_order_on_the_other_thread) {
    for (uint64_t i = 0; i < 1000; i++) {
        ck_assert(push(i, i % 3 == 0));
    }
    handover_wait(handover);
    ck_assert_uint_eq(told, 1000);
    ck_assert_uint_eq(in_order, 1000);
    ck_assert(!pthread_equal(teller, pthread_self()));
    ck_assert_uint_eq(memory.held, 0);
}
END_TEST

/* Whether so many are told before long. */
static bool are_told(uint64_t num, int patience_ms) {
    bool seen = false;
    for (int i = 0; i < patience_ms && !seen; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        pthread_mutex_lock(&gate);
        seen = told == num;
        pthread_mutex_unlock(&gate);
    }
    return seen;
}

START_TEST(what_is_wanted_soon_needs_nothing_behind_it) {
    ck_assert(push(0, true));
    ck_assert(are_told(1, 10000));
}
END_TEST

START_TEST(few_wait_for_others_until_the_first_has_waited_long_enough) {
    for (uint64_t i = 0; i < 3; i++) {
        now_ns = 100 + (int64_t)i;
        ck_assert(push(i, false));
    }
    handover_flush(handover, 99);
    ck_assert(!are_told(3, 100));
    ck_assert_uint_eq(told, 0);
    handover_flush(handover, 100);
    ck_assert(are_told(3, 10000));
    handover_flush(handover, INT64_MAX); /* there is nothing */
    ck_assert_uint_eq(in_order, 3);
}
END_TEST

START_TEST(many_wait_for_nobody) {
    for (uint64_t i = 0; i < 64; i++) {
        ck_assert(push(i, false));
    }
    ck_assert(are_told(64, 10000));
}
END_TEST

START_TEST(where_nobody_judges_what_is_too_much_is_refused_at_once) {
    pthread_mutex_lock(&gate);
    ck_assert_uint_eq(push_until_refused(true), LIMIT_HANDED_OVER);
    pthread_mutex_unlock(&gate);
    handover_wait(handover);
    ck_assert_uint_eq(told, LIMIT_HANDED_OVER);
    ck_assert_uint_eq(in_order, LIMIT_HANDED_OVER);
    ck_assert(push(told, true));
}
END_TEST

START_TEST(a_judge_that_is_stuck_is_noticed_and_one_that_rests_is_not) {
    ck_assert(!handover_stands(handover));
    ck_assert(!handover_stands(handover));
    pthread_mutex_lock(&gate);
    ck_assert(push(0, true));
    bool stands = false;
    for (int i = 0; i < 10000 && !stands; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        stands = handover_stands(handover);
    }
    ck_assert(stands);
    ck_assert(handover_stands(handover));
    pthread_mutex_unlock(&gate);
    handover_wait(handover);
    ck_assert(!handover_stands(handover));
    ck_assert(push(1, true));
    handover_wait(handover);
    ck_assert(!handover_stands(handover));
}
END_TEST

START_TEST(where_memory_is_scarce_it_is_refused_sooner) {
    const size_t others = memory.bound - memory.bound / 16;
    ck_assert(memory_charge(&memory, others));
    pthread_mutex_lock(&gate);
    ck_assert_uint_eq(push_until_refused(true), LIMIT_HANDED_OVER_SCARCE);
    pthread_mutex_unlock(&gate);
    handover_wait(handover);
    ck_assert_uint_eq(memory.held, others);
    memory_discharge(&memory, others);
}
END_TEST

START_TEST(what_waits_for_others_stays_until_it_is_asked_for) {
    judge.holding = true;
    for (uint64_t i = 0; i < LIMIT_HELD_CONVERSATIONS + 10; i++) {
        ck_assert(push(i, false));
    }
    handover_wait(handover);
    ck_assert_uint_eq(told, 10);
    ck_assert_uint_gt(memory.held, LIMIT_HELD_CONVERSATIONS * sizeof(struct ended));
    judge_rest(&judge);
    handover_wait(handover);
    ck_assert_uint_eq(in_order, LIMIT_HELD_CONVERSATIONS + 10);
    ck_assert_uint_eq(memory.held, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("handover");
    TCase *tests = tcase_create("handover");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, all_are_judged_in_their_order_on_the_other_thread);
    tcase_add_test(tests, what_is_wanted_soon_needs_nothing_behind_it);
    tcase_add_test(tests, few_wait_for_others_until_the_first_has_waited_long_enough);
    tcase_add_test(tests, many_wait_for_nobody);
    tcase_add_test(tests, where_nobody_judges_what_is_too_much_is_refused_at_once);
    tcase_add_test(tests, a_judge_that_is_stuck_is_noticed_and_one_that_rests_is_not);
    tcase_add_test(tests, where_memory_is_scarce_it_is_refused_sooner);
    tcase_add_test(tests, what_waits_for_others_stays_until_it_is_asked_for);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
