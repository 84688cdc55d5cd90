/* Records told in brief: over every capture of pcaps/, the text for people would be the same. */
#include "capture/capture.h"
#include "report/text.h"
#include "tap.h"

#include <dirent.h>
#include <stdlib.h>

#define MOST_RECORDS 512

struct told {
    enum text_class as;
    enum tlswatch_outcome outcome;
    uint64_t stream, first, last;
    bool whole;
};

struct all_told {
    struct told v[MOST_RECORDS];
    size_t num;
};

static void on_record(void *user, const struct tlswatch_record *r) {
    struct all_told *all = user;
    ck_assert_uint_lt(all->num, MOST_RECORDS);
    all->v[all->num++] = (struct told){text_report_class(r), r->outcome, r->stream, r->start.frame, r->end.frame, r->message != NULL};
}

static const char *folder(void) {
    const char *folder = getenv("PCAPS");
    return folder != NULL ? folder : "pcaps";
}

static void watch(const char *name, bool brief, struct all_told *all) {
    char path[512], error[CAPTURE_ERROR_SIZE] = "";
    snprintf(path, sizeof path, "%s/%s", folder(), name);
    struct capture_files files = {(const char *const[]){path}, 1, NULL, false};
    struct capture *capture = capture_open_files(&files, error);
    ck_assert_msg(capture != NULL, "%s", error);
    struct tlswatch *watcher = tlswatch_new(&(struct tlswatch_options){.brief = brief}, on_record, all);
    struct tlswatch_frame frame;
    all->num = 0;
    while (capture_next(capture, &frame, 0) == CAPTURE_FRAME) {
        tlswatch_frame(watcher, &frame);
    }
    tlswatch_finish(watcher);
    tlswatch_free(watcher);
    capture_free(capture);
}

static size_t compare(const char *name) {
    static struct all_told whole, brief;
    size_t num_brief = 0;
    watch(name, false, &whole);
    watch(name, true, &brief);
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

START_TEST(what_is_told_in_brief_is_good_and_nothing_else_changes) {
    DIR *captures = opendir(folder());
    size_t num_brief = 0, num_captures = 0;
    ck_assert_ptr_nonnull(captures);
    for (const struct dirent *entry; (entry = readdir(captures)) != NULL;) {
        if (strstr(entry->d_name, ".pcap") != NULL) {
            num_brief += compare(entry->d_name);
            num_captures++;
        }
    }
    closedir(captures);
    ck_assert_uint_ge(num_captures, 12);
    ck_assert_uint_gt(num_brief, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("brief");
    TCase *tcase = tcase_create("brief");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, what_is_told_in_brief_is_good_and_nothing_else_changes);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
