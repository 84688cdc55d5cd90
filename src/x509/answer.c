#include "x509/answer.h"

#include <openssl/err.h>
#include <openssl/evperr.h>

/* From OpenSSL 3.5 on that is put on top of every no. The program may have been built with one that does not know it. */
#ifndef EVP_R_PROVIDER_SIGNATURE_FAILURE
#define EVP_R_PROVIDER_SIGNATURE_FAILURE 234
#endif

bool answer_counts(struct answers *all, enum answer last) {
    all->num[last]++;
    return last == ANSWER_YES || all->num[last] == 2;
}

/* It says that a part of what is decoded could not be made, and not why. */
static bool passes_on(unsigned long error) {
    int reason = ERR_GET_REASON(error);
    return ERR_GET_LIB(error) == ERR_LIB_ASN1 &&
           (reason == ERR_R_NESTED_ASN1_ERROR || reason == ERR_R_ASN1_LIB || reason == ERR_R_CRYPTO_LIB);
}

bool memory_was_exhausted(void) {
    bool was = passes_on(ERR_peek_error()); /* from OpenSSL 3.2 on, some parts that find no memory give no reason */
    for (unsigned long error; (error = ERR_get_error()) != 0;) {
        was |= ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE;
    }
    return was;
}

bool computing_failed(void) {
    bool failed = false;
    for (unsigned long error; (error = ERR_get_error()) != 0;) {
        int lib = ERR_GET_LIB(error), reason = ERR_GET_REASON(error);
        bool says_no = lib == ERR_LIB_EVP && reason == EVP_R_PROVIDER_SIGNATURE_FAILURE;
        failed |= reason == ERR_R_MALLOC_FAILURE || (lib == ERR_LIB_EVP && !says_no) || lib == ERR_LIB_BN;
    }
    return failed;
}
