/*
 * Users and capabilities. Linux.
 */
#ifndef TLSWATCH_SANDBOX_PRIVILEGES_H
#define TLSWATCH_SANDBOX_PRIVILEGES_H

#include "sandbox/sandbox.h"

#include <stdint.h>
#include <sys/types.h>

struct account {
    char name[SANDBOX_USER_SIZE];
    uid_t uid;
    gid_t gid;
};

/* account_find: the user of that name; NULL: tlswatch, or nobody. False where there is none. */
bool account_find(const char *name, struct account *out);

/* account_current: who runs this; by number where the number has no name. */
void account_current(struct account *out);

/* privileges_bound empties the bounding set; false with errno set. Only who has CAP_SETPCAP can, and it is done before
 * privileges_become, which loses that; for others no_new_privs does the same. */
bool privileges_bound(void);

/* privileges_become: this user, and no group but the user's own; false with errno set. */
bool privileges_become(const struct account *account);

/* privileges_keep gives up all capabilities but these (1 << CAP_...), as far as they are there; false with errno set. */
bool privileges_keep(uint64_t capabilities);

/* privileges_forbid_new: nothing gained by executing anything, no core dumps, nobody who looks into the memory; false with
 * errno set. */
bool privileges_forbid_new(void);

/* privileges_forbid_processes: none further; false with errno set. Root is not held to it, anybody else is at once. */
bool privileges_forbid_processes(void);

#endif
