#include "given.h"

#include "base/buffer.h"

#include <stdlib.h>
#include <string.h>

struct given_file {
    struct given_file *next;
    bool is_trusted;
    struct tlswatch_trust_scope scope; /* the server's name is owned */
    char *name;
    struct buffer bytes;
};

static void file_free(struct given_file *file) {
    if (file != NULL) {
        buffer_clear(&file->bytes);
        free((char *)file->scope.server);
        free(file->name);
        free(file);
    }
}

bool given_keep(struct given *given, const struct tlswatch_trust_scope *scope, struct bytes bytes, const char *name) {
    struct given_file *file = calloc(1, sizeof *file);
    bool ok = file != NULL && (file->name = strdup(name)) != NULL && buffer_append(&file->bytes, bytes, SIZE_MAX / 2);

    if (ok && scope != NULL) {
        file->is_trusted = true;
        file->scope = *scope;
        file->scope.server = scope->server != NULL ? strdup(scope->server) : NULL;
        ok = scope->server == NULL || file->scope.server != NULL;
    }
    if (!ok) {
        file_free(file);
        return false;
    }
    if (given->end == NULL) {
        given->end = &given->first;
    }
    *given->end = file;
    given->end = &file->next;
    return true;
}

void given_read(const struct given *given, struct certificate_store *store, struct trust_set *trusts) {
    struct bundle read;

    for (const struct given_file *file = given->first; file != NULL; file = file->next) {
        if (file->is_trusted) {
            trust_set_add(trusts, store, &file->scope, buffer_bytes(&file->bytes), file->name, &read);
        } else {
            bundle_read(store, buffer_bytes(&file->bytes), file->name, NULL, NULL, &read);
        }
    }
    certificate_store_set_aside(store);
}

void given_clear(struct given *given) {
    for (struct given_file *next, *file = given->first; file != NULL; file = next) {
        next = file->next;
        file_free(file);
    }
    *given = (struct given){0};
}
