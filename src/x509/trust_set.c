/* Which file of trust holds for which server. */
#include <stdlib.h>
#include <strings.h>

#include "base/limits.h"
#include "x509/trust.h"

static void entry_free(struct trust_entry *e) {
    if (e != NULL) {
        trust_free(e->trust);
        free((char *)e->scope.server);
        free(e);
    }
}

bool trust_set_add(struct trust_set *set, struct certificate_store *store, const struct tlswatch_trust_scope *scope, struct bytes file,
                   const char *name, struct bundle *read) {
    struct trust_entry *e = calloc(1, sizeof *e);
    char *server = scope->server != NULL ? strdup(scope->server) : NULL;
    *read = (struct bundle){.num_refused = 1, .why = set->num < LIMIT_TRUSTS ? "memory is exhausted" : "too many files of trust"};
    if (e != NULL && (server != NULL || scope->server == NULL) && set->num < LIMIT_TRUSTS) {
        e->trust = trust_new(store, file, name, read);
    }
    if (e == NULL || e->trust == NULL) {
        free(server);
        free(e);
        return false;
    }
    e->scope = (struct tlswatch_trust_scope){scope->certificate_of, server, scope->port};
    e->next = set->first;
    set->first = e;
    set->num++;
    return true;
}

void trust_set_clear(struct trust_set *set) {
    for (struct trust_entry *next, *e = set->first; e != NULL; e = next) {
        next = e->next;
        entry_free(e);
    }
    *set = (struct trust_set){0};
}

static bool is_named(const char *wanted, const char *name) {
    return name != NULL && strcasecmp(wanted, name) == 0;
}

/* How much of the server the scope names; -1: another server. */
static int fit(const struct tlswatch_trust_scope *scope, const char *server_name, const char *address, uint16_t port) {
    bool other_port = scope->port != 0 && scope->port != port;
    bool other_server = scope->server != NULL && !is_named(scope->server, server_name) && !is_named(scope->server, address);
    return other_port || other_server ? -1 : (scope->server != NULL ? 2 : 0) + (scope->port != 0 ? 1 : 0);
}

struct trust *trust_set_find(const struct trust_set *set, enum tlswatch_side certificate_of, const char *server_name, const char *address,
                             uint16_t port) {
    struct trust *best = NULL;
    int best_fit = -1;
    for (const struct trust_entry *e = set->first; e != NULL; e = e->next) {
        int how = e->scope.certificate_of == certificate_of ? fit(&e->scope, server_name, address, port) : -1;
        if (how > best_fit) {
            best = e->trust;
            best_fit = how;
        }
    }
    return best;
}
