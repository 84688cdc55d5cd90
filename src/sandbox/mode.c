#include "sandbox/sandbox.h"

#include <string.h>

static const char *const names[] = {
        [SANDBOX_DEFAULT] = "default", [SANDBOX_STRICT] = "strict", [SANDBOX_BEST_EFFORT] = "best-effort", [SANDBOX_OFF] = "off"};

const char *sandbox_mode_name(enum sandbox_mode mode) {
    return names[mode];
}

bool sandbox_mode_find(const char *name, enum sandbox_mode *out) {
    for (size_t i = SANDBOX_STRICT; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (enum sandbox_mode)i;
            return true;
        }
    }
    return false;
}
