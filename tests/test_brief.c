/* Records told in brief, and frames taken many at a time: over every capture of pcaps/, nothing else changes. */
#include "capture/capture.h"
#include "report/text.h"
#include "tap.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_RECORDS 512
#define MOST_AT_ONCE 50

struct told {
    enum text_class as;
    enum tlswatch_outcome outcome;
    uint64_t stream, first, last;
    bool whole;
    char message[200];
};

struct all_told {
    struct told v[MOST_RECORDS];
    size_t num;
};

static void on_record(void *user, const struct tlswatch_record *r) {
    struct all_told *all = user;
    ck_assert_uint_lt(all->num, MOST_RECORDS);
    struct told *told = &all->v[all->num++];
    *told = (struct told){text_report_class(r), r->outcome, r->stream, r->start.frame, r->end.frame, r->message != NULL, ""};
    snprintf(told->message, sizeof told->message, "%s", r->message != NULL ? r->message : "");
}

static const char *folder(void) {
    const char *folder = getenv("PCAPS");
    return folder != NULL ? folder : "pcaps";
}

static void watch(const char *name, bool brief, size_t at_once, struct all_told *all) {
    char path[512], error[CAPTURE_ERROR_SIZE] = "";
    snprintf(path, sizeof path, "%s/%s", folder(), name);
    struct capture_files files = {(const char *const[]){path}, 1, NULL, false};
    struct capture *capture = capture_open_files(&files, error);
    ck_assert_msg(capture != NULL, "%s", error);
    struct tlswatch *watcher = tlswatch_new(&(struct tlswatch_options){.brief = brief}, on_record, all);
    struct tlswatch_frame frames[MOST_AT_ONCE];
    all->num = 0;
    while (capture_next(capture, frames, 0) == CAPTURE_FRAME) {
        tlswatch_frames(watcher, frames, 1 + capture_more(capture, frames + 1, at_once - 1));
    }
    tlswatch_finish(watcher);
    tlswatch_free(watcher);
    capture_free(capture);
}

static size_t compare(const char *name) {
    static struct all_told whole, brief;
    size_t num_brief = 0;
    watch(name, false, 1, &whole);
    watch(name, true, 1, &brief);
    ck_assert_msg(whole.num == brief.num, "%s", name);
    for (size_t i = 0; i < whole.num; i++) {
        const struct told *a = &whole.v[i], *b = &brief.v[i];
        bool same = a->as == b->as && a->outcome == b->outcome && a->stream == b->stream && a->first == b->first && a->last == b->last;
        ck_assert_msg(same, "%s: stream %llu", name, (unsigned long long)a->stream);
        ck_assert_msg(b->whole || a->as == TEXT_GOOD, "%s: stream %llu", name, (unsigned long long)a->stream);
        num_brief += !b->whole;
    }
    return num_brief;
}

static size_t compare_at_once(const char *name) {
    static struct all_told one, many;
    watch(name, false, 1, &one);
    watch(name, false, MOST_AT_ONCE, &many);
    ck_assert_msg(one.num == many.num, "%s", name);
    for (size_t i = 0; i < one.num; i++) {
        const struct told *a = &one.v[i], *b = &many.v[i];
        bool same = a->outcome == b->outcome && a->stream == b->stream && a->first == b->first && a->last == b->last;
        ck_assert_msg(same && strcmp(a->message, b->message) == 0, "%s: stream %llu", name, (unsigned long long)a->stream);
    }
    return one.num;
}

static size_t each_capture(size_t (*compare_one)(const char *name)) {
    DIR *captures = opendir(folder());
    size_t num = 0, num_captures = 0;
    ck_assert_ptr_nonnull(captures);
    for (const struct dirent *entry; (entry = readdir(captures)) != NULL;) {
        if (strstr(entry->d_name, ".pcap") != NULL) {
            num += compare_one(entry->d_name);
            num_captures++;
        }
    }
    closedir(captures);
    ck_assert_uint_ge(num_captures, 12);
    return num;
}

START_TEST(what_is_told_in_brief_is_good_and_nothing_else_changes) {
    ck_assert_uint_gt(each_capture(compare), 0);
}
END_TEST

START_TEST(frames_taken_many_at_a_time_give_the_same_records) {
    ck_assert_uint_gt(each_capture(compare_at_once), 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("brief");
    TCase *tcase = tcase_create("brief");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, what_is_told_in_brief_is_good_and_nothing_else_changes);
    tcase_add_test(tcase, frames_taken_many_at_a_time_give_the_same_records);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
