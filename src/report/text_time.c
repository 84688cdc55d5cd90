#include "report/text.h"

#include "report/clock.h"

int text_offset(const struct text_options *options, int64_t time_s) {
    return options->utc ? 0 : clock_offset(time_s);
}

void text_zone(struct layout *l, int offset) {
    layout_text(l, "UTC");
    if (offset == 0) {
        return;
    }
    unsigned minutes = (unsigned)(offset < 0 ? -offset : offset) / 60;
    layout_text(l, offset < 0 ? "-" : "+");
    layout_digits(l, minutes / 60, 2);
    layout_text(l, ":");
    layout_digits(l, minutes % 60, 2);
}

void text_date(struct layout *l, int64_t time_s) {
    struct clock c = clock_utc(time_s);
    layout_digits(l, c.year < 0 ? 0 : (uint32_t)c.year, c.year > 9999 ? 6 : 4);
    layout_text(l, "-");
    layout_digits(l, (uint32_t)c.month, 2);
    layout_text(l, "-");
    layout_digits(l, (uint32_t)c.day, 2);
}

static void put_time_of_day(struct layout *l, int64_t time_s) {
    struct clock c = clock_utc(time_s);
    layout_digits(l, (uint32_t)c.hour, 2);
    layout_text(l, ":");
    layout_digits(l, (uint32_t)c.minute, 2);
    layout_text(l, ":");
    layout_digits(l, (uint32_t)c.second, 2);
}

void text_date_time(struct layout *l, int64_t time_s) {
    if (time_s < CLOCK_FIRST_S || time_s >= CLOCK_BEHIND_S) {
        layout_text(l, time_s < 0 ? "before the year 0" : "after the year 9999");
        return;
    }
    text_date(l, time_s);
    layout_text(l, " ");
    put_time_of_day(l, time_s);
    layout_text(l, " UTC");
}

void text_moment(struct layout *l, const struct text_options *options, int64_t time_ns) {
    uint32_t ns;
    int64_t time_s = clock_seconds(time_ns, &ns);
    int64_t shown_s = time_s + text_offset(options, time_s);
    text_date(l, shown_s);
    layout_text(l, " ");
    put_time_of_day(l, shown_s);
}

void text_since(struct layout *l, const struct text_options *options, int64_t time_ns, int64_t day_of_ns) {
    uint32_t ns;
    int64_t time_s = clock_seconds(time_ns, &ns), other_s = clock_seconds(day_of_ns, &ns);
    int64_t shown_s = time_s + text_offset(options, time_s);
    if (clock_days(shown_s) != clock_days(other_s + text_offset(options, other_s))) {
        text_date(l, shown_s);
        layout_text(l, " ");
    }
    put_time_of_day(l, shown_s);
}

static void put_milliseconds(struct layout *l, uint32_t ns) {
    layout_text(l, ".");
    layout_digits(l, ns / 1000000, 3);
}

/* Seconds from `from_ns`, which may come later where a capture is out of order. */
static void put_seconds(struct layout *l, int64_t from_ns, int64_t time_ns) {
    bool before = time_ns < from_ns;
    uint64_t ns = before ? (uint64_t)from_ns - (uint64_t)time_ns : (uint64_t)time_ns - (uint64_t)from_ns;
    layout_text(l, before ? "-" : "");
    layout_number(l, ns / 1000000000);
    put_milliseconds(l, (uint32_t)(ns % 1000000000));
}

static void put_clock(struct layout *l, const struct text_options *options, int64_t time_ns) {
    uint32_t ns;
    int64_t time_s = clock_seconds(time_ns, &ns);
    if (options->time == TEXT_TIME_DATE) {
        text_moment(l, options, time_ns);
    } else {
        put_time_of_day(l, time_s + text_offset(options, time_s));
    }
    put_milliseconds(l, ns);
}

void text_time(struct layout *l, const struct text_report *report, int64_t time_ns) {
    switch (report->options.time) {
    case TEXT_TIME_OF_DAY:
    case TEXT_TIME_DATE:
        put_clock(l, &report->options, time_ns);
        break;
    case TEXT_TIME_FIRST:
        put_seconds(l, report->started ? report->first_ns : time_ns, time_ns);
        break;
    case TEXT_TIME_BEFORE:
        put_seconds(l, report->shown_one ? report->before_ns : time_ns, time_ns);
        break;
    case TEXT_TIME_EPOCH:
        put_seconds(l, 0, time_ns);
        break;
    }
}
