/*
 * Seconds since 1970 to a calendar date and time of day, in UTC, without the C library's tables and locks.
 */
#ifndef TLSWATCH_REPORT_CLOCK_H
#define TLSWATCH_REPORT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_DAY_S 86400

/* 0000-01-01 and the second behind 9999-12-31: between them a year has four digits (RFC 3339, 5.6). */
#define CLOCK_FIRST_S (-62167219200LL)
#define CLOCK_BEHIND_S 253402300800LL

struct clock {
    int year, month, day; /* month and day from 1 */
    int hour, minute, second;
};

/* clock_days rounds down to days. */
int64_t clock_days(int64_t time_s);

struct clock clock_utc(int64_t time_s);

/* clock_seconds rounds nanoseconds down to seconds; what is left goes to *ns. */
int64_t clock_seconds(int64_t time_ns, uint32_t *ns);

/* clock_offset is how far the local zone is ahead of UTC at that time, in seconds. */
int clock_offset(int64_t time_s);

#endif
