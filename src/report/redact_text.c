#include "report/redact_token.h"

#include <strings.h>

/* No part of a name in a sentence is longer. */
#define LONGEST_PART 1200
#define LONGEST_WORD 300

static bool is_word_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80) != 0;
}

/* Where a sentence stands: what was read, what was written. */
struct scan {
    struct redactor *r;
    const char *text, *at;
    struct buffer out;
    bool addresses_only;
};

static void put(struct scan *s, const char *text, size_t len) {
    if (!buffer_append(&s->out, bytes_of(text, len), SIZE_MAX / 2)) {
        s->r->failed = true;
    }
}

static void replace(struct scan *s, size_t len, const char *token) {
    put(s, token, strlen(token));
    s->at += len;
}

static bool at_word_start(const struct scan *s) {
    return s->at == s->text || !is_word_character(s->at[-1]);
}

static bool comes_after(const struct scan *s, const char *before) {
    size_t len = strlen(before);
    return (size_t)(s->at - s->text) >= len && memcmp(s->at - len, before, len) == 0;
}

/* --- Addresses --- */

static bool replace_as_address(struct scan *s, const char *of, size_t fewest_colons) {
    char word[64];
    size_t len = strspn(s->at, of);
    while (len > 0 && len < sizeof word) {
        size_t colons = 0;
        memcpy(word, s->at, len);
        word[len] = '\0';
        for (size_t i = 0; i < len; i++) {
            colons += word[i] == ':';
        }
        const char *token = colons >= fewest_colons ? token_address(s->r, word) : NULL;
        if (token != NULL && strcmp(token, word) != 0) {
            replace(s, len, token);
            return true;
        }
        if (word[len - 1] != '.' && word[len - 1] != ':') { /* of the sentence */
            return false;
        }
        len--;
    }
    return false;
}

/* "2.3.4.5" of "1.2.3.4.5" */
static bool inside_number(const struct scan *s) {
    return s->at > s->text + 1 && s->at[-1] == '.' && s->at[-2] >= '0' && s->at[-2] <= '9';
}

static bool replace_address(struct scan *s) {
    bool possible = (s->r->what & REDACT_IP) != 0 && strchr("0123456789abcdefABCDEF:", *s->at) != NULL && at_word_start(s) &&
                    !inside_number(s) && !comes_after(s, "extension "); /* an OID of four numbers looks the same */
    return possible && (replace_as_address(s, "0123456789abcdefABCDEF:.", 2) || replace_as_address(s, "0123456789.", 0));
}

/* --- Parts of names: "CN=Acme Root" --- */

static bool is_type(const char *text, size_t len) {
    static const char *const types[] = {"CN",
                                        "O",
                                        "OU",
                                        "L",
                                        "ST",
                                        "DC",
                                        "UID",
                                        "SN",
                                        "GN",
                                        "emailAddress",
                                        "title",
                                        "street",
                                        "initials",
                                        "serialNumber",
                                        "name",
                                        "dnQualifier",
                                        "pseudonym",
                                        "description",
                                        "organizationIdentifier"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strlen(types[i]) == len && strncmp(types[i], text, len) == 0) {
            return true;
        }
    }
    return memchr(text, '.', len) != NULL; /* an OID */
}

/* How long the "CN=" is; 0: there is none. */
static size_t type_len(const char *at) {
    size_t len = 0;
    while (is_word_character(at[len]) || at[len] == '.') {
        len++;
    }
    return len > 0 && at[len] == '=' ? len + 1 : 0;
}

static const char *known(const struct scan *s, const char *text, size_t len) {
    const char *const *token = groups_find(&s->r->known, bytes_of(text, len));
    return token != NULL ? *token : NULL;
}

/* The longest part that is known; one that was cut ("CN=A very long na...") by its beginning. */
static bool replace_known_part(struct scan *s) {
    size_t longest = strnlen(s->at, LONGEST_PART);
    for (size_t len = longest; len > 0; len--) {
        const char *token = is_word_character(s->at[len]) ? NULL : known(s, s->at, len);
        if (token != NULL) {
            replace(s, len, token);
            return true;
        }
    }
    const char *cut = longest > REDACT_BEGINNING ? strstr(s->at + REDACT_BEGINNING, "...") : NULL;
    const char *token = cut != NULL ? known(s, s->at, REDACT_BEGINNING) : NULL;
    if (token != NULL) {
        replace(s, (size_t)(cut - s->at) + 3, token);
        put(s, "...", 3);
    }
    return token != NULL;
}

/* One that nobody knows, from another conversation: it may reach as far as the next mark. */
static bool replace_part(struct scan *s) {
    size_t len = at_word_start(s) ? type_len(s->at) : 0;
    if (len == 0) {
        return false;
    }
    if (replace_known_part(s)) {
        return true;
    }
    if (!is_type(s->at, len - 1)) {
        return false;
    }
    put(s, s->at, len);
    replace(s, len + strcspn(s->at + len, ",;:\"()"), "(redacted)");
    return true;
}

/* --- Words: hosts and numbers --- */

static size_t word_len(const char *at) {
    size_t len = 0;
    while (is_word_character(at[len]) || at[len] == '-' || at[len] == '_' || at[len] == '.' || at[len] == '*') {
        len++;
    }
    while (len > 0 && at[len - 1] == '.') {
        len--;
    }
    return len;
}

/* A host may be called "server": that is a word of our own, but where a sentence names a host. */
static bool is_meant(const struct scan *s, size_t len) {
    static const char *const ours[] = {"a",    "alert",  "and",   "ca",  "certificate", "chain", "client", "for", "frame", "in",
                                       "is",   "issuer", "it",    "key", "list",        "not",   "name",   "of",  "one",   "root",
                                       "sent", "server", "stack", "the", "this",        "tls",   "to",     "was", "with"};
    bool own = false;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        own = own || (strlen(ours[i]) == len && strncasecmp(ours[i], s->at, len) == 0);
    }
    return !own || comes_after(s, "asked for ") || comes_after(s, "name than ") || comes_after(s, "(") || comes_after(s, "\"");
}

static bool replace_word(struct scan *s) {
    char folded[LONGEST_WORD];
    size_t len = at_word_start(s) || *s->at == '*' ? word_len(s->at) : 0;
    if (len == 0 || len > sizeof folded || !is_meant(s, len)) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        folded[i] = (char)(s->at[i] >= 'A' && s->at[i] <= 'Z' ? s->at[i] - 'A' + 'a' : s->at[i]);
    }
    const char *token = known(s, folded, len);
    if (token != NULL) {
        replace(s, len, token);
    }
    return token != NULL;
}

/* A name in quotes. What a program said in clear before TLS is quoted too, and may hold anything. */
static bool replace_quote(struct scan *s) {
    const char *end = *s->at == '"' && (s->r->what & REDACT_NAME) != 0 ? strchr(s->at + 1, '"') : NULL;
    const char *token = end != NULL ? known(s, s->at, (size_t)(end - s->at) + 1) : NULL;
    if (token == NULL && end != NULL && comes_after(s, ": ")) {
        end = strrchr(s->at, '"');
        token = "(redacted)";
    }
    if (token != NULL) {
        replace(s, (size_t)(end - s->at) + 1, token);
    }
    return token != NULL;
}

static bool replace_something(struct scan *s) {
    if (s->addresses_only) {
        return replace_address(s);
    }
    return replace_quote(s) || ((s->r->what & REDACT_NAME) != 0 && replace_part(s)) || replace_address(s) || replace_word(s);
}

static const char *scan_all(struct redactor *r, const char *text, bool addresses_only) {
    struct scan s = {.r = r, .text = text, .at = text, .addresses_only = addresses_only};
    while (*s.at != '\0' && !r->failed) {
        if (!replace_something(&s)) {
            put(&s, s.at, 1);
            s.at++;
        }
    }
    const char *result = redact_keep(r, buffer_bytes(&s.out));
    buffer_clear(&s.out);
    return result;
}

const char *token_sentence(struct redactor *r, const char *text) {
    return text != NULL ? scan_all(r, text, false) : NULL;
}

const char *token_addresses(struct redactor *r, const char *text) {
    return text != NULL && (r->what & REDACT_IP) != 0 ? scan_all(r, text, true) : text;
}
