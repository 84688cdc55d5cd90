/* What stands for an address, a name, a number; and the sentences in which they occur. */
#ifndef TLSWATCH_REPORT_REDACT_TOKEN_H
#define TLSWATCH_REPORT_REDACT_TOKEN_H

#include "base/buffer.h"
#include "report/groups.h"
#include "report/redact.h"

struct redact_address {
    uint8_t bytes[16];
    size_t len;
};

/* So much of a long part of a name is known by itself: sentences cut behind that. */
#define REDACT_BEGINNING 40

struct redactor {
    unsigned what;
    struct hash_key key;
    struct groups addresses; /* by token: the address it stands for */
    struct groups known;     /* what sentences may hold: "CN=Acme Root", "api.partner.example"; the value is its token */
    struct arena arena;      /* of the record at hand */
    struct tlswatch_record record;
    bool failed; /* memory is exhausted: no copy */
};

/* Each returns text in the arena, or what it was given where that is not to be hidden; NULL for NULL, and with `failed`
 * set where memory is exhausted. */
const char *token_address(struct redactor *r, const char *ip);
const char *token_name(struct redactor *r, const char *dn);
const char *token_host(struct redactor *r, const char *host);
const char *token_alternative_name(struct redactor *r, const char *name);
const char *token_serial(struct redactor *r, const char *hex);
const char *token_key_id(struct redactor *r, const char *hex);
const char *token_sha256(struct redactor *r, const char *hex);

/* token_id writes so many digits that stand for the text. */
const char *token_id(struct redactor *r, const char *text, unsigned digits);

/* token_sentence replaces what is known to the redactor by now, and what looks as if it had to be. */
const char *token_sentence(struct redactor *r, const char *text);

/* token_addresses replaces addresses only. */
const char *token_addresses(struct redactor *r, const char *text);

/* redact_keep copies into the arena. */
const char *redact_keep(struct redactor *r, struct bytes text);

#endif
