/* Built without libseccomp. */
#include "sandbox/syscalls.h"

#include <errno.h>

bool syscalls_restrict(const struct sandbox_plan *plan) {
    (void)plan;
    errno = ENOTSUP;
    return false;
}
