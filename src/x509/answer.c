#include "x509/answer.h"

#include <openssl/err.h>

bool answer_counts(struct answers *all, enum answer last) {
    all->num[last]++;
    return last == ANSWER_YES || all->num[last] == 2;
}

bool memory_was_exhausted(void) {
    bool was = false;
    for (unsigned long error; (error = ERR_get_error()) != 0;) {
        was |= ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE;
    }
    return was;
}

bool computing_failed(void) {
    bool failed = false;
    for (unsigned long error; (error = ERR_get_error()) != 0;) {
        int lib = ERR_GET_LIB(error);
        failed |= ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE || lib == ERR_LIB_EVP || lib == ERR_LIB_BN;
    }
    return failed;
}
