#include "report/clock.h"

#include <time.h>

int64_t clock_days(int64_t time_s) {
    int64_t days = time_s / CLOCK_DAY_S;
    return days - (time_s % CLOCK_DAY_S < 0);
}

/* The Gregorian calendar repeats every 400 years (146097 days). Years are counted from March, so that the leap day is
 * a year's last. */
static void date_of_days(int64_t days, struct clock *out) {
    int64_t shifted = days + 719468; /* days since 0000-03-01 */
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int in_era = (int)(shifted - era * 146097);
    int year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int in_year = in_era - (365 * year + year / 4 - year / 100);
    int month = (5 * in_year + 2) / 153;
    out->day = in_year - (153 * month + 2) / 5 + 1;
    out->month = month < 10 ? month + 3 : month - 9;
    out->year = (int)(year + era * 400) + (out->month <= 2);
}

struct clock clock_utc(int64_t time_s) {
    struct clock clock = {0};
    int64_t days = clock_days(time_s);
    int rest = (int)(time_s - days * CLOCK_DAY_S);
    date_of_days(days, &clock);
    clock.hour = rest / 3600;
    clock.minute = rest / 60 % 60;
    clock.second = rest % 60;
    return clock;
}

int64_t clock_seconds(int64_t time_ns, uint32_t *ns) {
    int64_t seconds = time_ns / 1000000000;
    int64_t rest = time_ns % 1000000000;
    if (rest < 0) {
        rest += 1000000000;
        seconds--;
    }
    *ns = (uint32_t)rest;
    return seconds;
}

int clock_offset(int64_t time_s) {
    time_t t = (time_t)time_s;
    struct tm local;
    if (t != time_s || localtime_r(&t, &local) == NULL) { /* 32 bits end in 2038 */
        return 0;
    }
    return (int)local.tm_gmtoff;
}
