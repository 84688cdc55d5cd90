/* What json-c makes of a line, which is to be strict JSON in UTF-8. */
#ifndef TLSWATCH_TESTS_PARSE_JSON_H
#define TLSWATCH_TESTS_PARSE_JSON_H

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

static inline struct json_object *parse_json_as(const char *text, size_t len, int flags, const char **error) {
    struct json_tokener *tokener = json_tokener_new();
    json_tokener_set_flags(tokener, flags);
    struct json_object *object = json_tokener_parse_ex(tokener, text, (int)len);
    *error = json_tokener_error_desc(json_tokener_get_error(tokener));
    json_tokener_free(tokener);
    return object;
}

/* NULL, and what is wrong with it: it is none. Where json-c 0.18 is strict it takes no byte beyond ASCII, so that it is asked twice. */
static inline struct json_object *parse_json(const char *text, const char **error) {
    size_t len = strlen(text);
    char *ascii = strdup(text);
    for (size_t i = 0; i < len; i++) {
        ascii[i] = (unsigned char)text[i] < 0x80 ? text[i] : '?';
    }
    struct json_object *object = parse_json_as(ascii, len + 1, JSON_TOKENER_STRICT, error);
    free(ascii);
    if (object != NULL) {
        json_object_put(object);
        object = parse_json_as(text, len, JSON_TOKENER_VALIDATE_UTF8, error);
    }
    return object;
}

#endif
