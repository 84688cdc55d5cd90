#include "diagnosis/words.h"

#define LONGEST_NAME 60
#define LONGEST_TEXT 80

static size_t first_rdn_len(const char *name) {
    size_t i = 0;
    while (name[i] != '\0' && name[i] != ',') {
        i += name[i] == '\\' && name[i + 1] != '\0' ? 2 : 1;
    }
    return i;
}

/* Not inside a character of several bytes, nor inside an escape. */
static const char *cut(struct arena *arena, const char *text, size_t len, size_t longest) {
    if (len <= longest) {
        return arena_copy(arena, bytes_of(text, len));
    }
    size_t end = longest;
    while (end > 0 && ((text[end] & 0xc0) == 0x80 || text[end - 1] == '\\' || (end > 1 && text[end - 2] == '\\'))) {
        end--;
    }
    return arena_format(arena, "%.*s...", (int)end, text);
}

const char *words_name(struct arena *arena, const char *name) {
    if (name == NULL || name[0] == '\0') {
        return "an empty name";
    }
    return cut(arena, name, first_rdn_len(name), LONGEST_NAME);
}

const char *words_cut(struct arena *arena, const char *text) {
    return cut(arena, text, strlen(text), LONGEST_TEXT);
}

const char *words_subject(struct arena *arena, const struct certificate *c) {
    return words_name(arena, c->facts.subject.text);
}

const char *words_issuer(struct arena *arena, const struct certificate *c) {
    return words_name(arena, c->facts.issuer.text);
}

struct bytes words_common_name(const char *name) {
    const char *at = name != NULL ? strstr(name, "CN=") : NULL;
    if (at == NULL) {
        return bytes_of("", 0);
    }
    return bytes_of(at + 3, first_rdn_len(at + 3));
}

/* Days since 1970-01-01 to a date of the Gregorian calendar, by eras of 400 years. */
static void civil_from_days(int64_t days, int64_t *year, int *month, int *day) {
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153; /* March is 0 */
    *day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

const char *words_time(struct arena *arena, int64_t seconds) {
    int64_t days = seconds / 86400, rest = seconds % 86400, year;
    int month, day;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    civil_from_days(days, &year, &month, &day);
    return arena_format(arena, "%04lld-%02d-%02d %02d:%02d:%02d UTC", (long long)year, month, day, (int)(rest / 3600),
                        (int)(rest / 60 % 60), (int)(rest % 60));
}

const char *words_span(struct arena *arena, int64_t seconds) {
    static const struct {
        int64_t seconds;
        const char *unit;
    } units[] = {{365 * 86400, "year"}, {86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    size_t i = 0;
    while (i < 4 && seconds < 2 * units[i].seconds) {
        i++;
    }
    long long n = (long long)(seconds / units[i].seconds);
    return arena_format(arena, "%lld %s%s", n, units[i].unit, n == 1 ? "" : "s");
}

const char *words_fill(struct arena *arena, const char *text, const char *object) {
    const char *at = text != NULL ? strstr(text, "{}") : NULL;
    if (at == NULL) {
        return text;
    }
    const char *rest = words_fill(arena, at + 2, object);
    return arena_format(arena, "%.*s%s%s", (int)(at - text), text, object != NULL ? object : "the certificate", rest != NULL ? rest : "");
}
