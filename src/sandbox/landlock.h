/*
 * Landlock: from here on no path leads anywhere, no port either, and no signal leaves. Descriptors that are open stay
 * as they are.
 */
#ifndef TLSWATCH_SANDBOX_LANDLOCK_H
#define TLSWATCH_SANDBOX_LANDLOCK_H

#include <stdbool.h>

/* landlock_deny_all wants no_new_privs to be set; false with errno set: ENOSYS or EOPNOTSUPP where the kernel has none,
 * EPERM or ENOSYS where a container hides it. */
bool landlock_deny_all(void);

#endif
