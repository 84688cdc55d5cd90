/* How libcrypto starts: whatever memory is refused, it does not wait for itself. */
#ifndef TLSWATCH_CLI_LIBCRYPTO_H
#define TLSWATCH_CLI_LIBCRYPTO_H

/* libcrypto_start comes before anything else that uses libcrypto. It reads no configuration, which could load what it likes
 * into a process that begins as root, and lists no ciphers, which nobody asks for. */
void libcrypto_start(void);

#endif
